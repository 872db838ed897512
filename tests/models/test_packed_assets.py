# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files inside the packed assets of a web application."""

import json
import unittest

import support  # noqa: F401 (makes gstpose_models importable)

from gstpose_models.errors import IntegrityError
from gstpose_models.packed_assets import cut, loader_of

ASSETS = b"firstsecond file"
FILES = [{"filename": "/a/first", "start": 0, "end": 5},
         {"filename": "/second", "start": 5, "end": 16, "audio": 0}]


def loader(files=None, call: str = "loadPackage({});", **facts: object) -> bytes:
    """Returns a loader as Emscripten's packager writes it."""
    text = json.dumps({"files": FILES if files is None else files, **facts})
    return ("var loadPackage = function(metadata) { use(metadata['files']); };\n  "
            + call.replace("{}", text) + "\n\n})();\n").encode()


class PackedAssetsTest(unittest.TestCase):
    def test_each_file_is_cut(self) -> None:
        script = loader(remote_package_size=16, package_uuid="x")
        self.assertEqual(cut(script, ASSETS, "/a/first"), b"first")
        self.assertEqual(cut(script, ASSETS, "/second"), b"second file")

    def test_name_of_the_loader(self) -> None:
        self.assertEqual(loader_of("package/x_assets.data"), "package/x_assets_loader.js")

    def refused(self, script: bytes, finding: str, path: str = "/second") -> None:
        """Checks that nothing is cut, for some reason."""
        with self.subTest(finding), self.assertRaisesRegex(IntegrityError, finding):
            cut(script, ASSETS, path)

    def test_file_that_is_not_there_once(self) -> None:
        self.refused(loader(), r"'/third' 0 times, expected once, among \['/a/first', '/second'\]",
                     "/third")
        first, second = FILES
        self.refused(loader([{**first, "filename": "/second"}, second]), "'/second' 2 times")

    def test_files_that_do_not_fill_the_assets(self) -> None:
        first, second = FILES
        for files, finding in (
                ([], "have 16 bytes, their loader says 0"),
                ([first], "have 16 bytes, their loader says 5"),
                ([first, {**second, "end": 17}], "their loader says 17"),
                ([first, {**second, "start": 4}], "bytes 4 to 16, expected a begin at 5"),
                ([first, {**second, "start": 6}], "expected a begin at 5"),
                ([first, {**second, "end": 4}], "bytes 5 to 4"),
                ([first, {**second, "end": 16.0}], "bytes 5 to 16.0"),
                ([first, {**second, "start": "5"}], "bytes '5' to"),
                ([{**first, "start": False}, second], "bytes False to"),
                ([{**first, "filename": 1}, second], "1 lies at")):
            self.refused(loader(files), finding)

    def test_what_is_no_loader(self) -> None:
        for script, finding in (
                (b"", r"calls loadPackage\(\{…\}\) 0 times"),
                (loader(call="loadPackage({}); loadPackage({});"), "2 times, expected once"),
                (loader(call="loadPackage({}, 1);"), "more than one object"),
                (loader(call="loadPackage({'files': []});"), "cannot be read"),
                (loader(call='loadPackage({"files": 3});'), "cannot be read"),
                (loader(call='loadPackage({"fills": []});'), "cannot be read: KeyError"),
                (loader(call='loadPackage({"files": ["x"]});'), "cannot be read"),
                (loader(call='loadPackage({"files": ' + "[" * 100_000 + ");"), "cannot be read"),
                (loader()[:60], "times"), (b"\xff" + loader(), "cannot be read"),
                (loader() + b" " * (1 << 20), "at most 1048576")):
            self.refused(script, finding)


if __name__ == "__main__":
    unittest.main()
