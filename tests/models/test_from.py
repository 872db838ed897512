# SPDX-License-Identifier: LGPL-2.1-or-later
"""Installing from files brought along: models/fetch --from."""

import json
import unittest

from support import Case, listing, pattern, toy_model

WEIGHTS = pattern(300_000)
CONFIG = pattern(2_000, seed=2)


class FromTest(Case):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.serve()
        url, self.weights = self.server.add("/net.caffemodel", data=WEIGHTS)
        config_url, self.config = self.server.add("/net.prototxt", data=CONFIG)
        self.urls = (url, config_url)
        weights = listing("net.caffemodel", WEIGHTS, [url], "md5", about=300_000)
        del weights["size"]
        self.toy = toy_model("toy", weights, listing("net.prototxt", CONFIG, [config_url]))
        self.book = self.catalogue(self.toy)
        self.brought = self.folder / "usb"
        self.brought.mkdir()

    def take(self, *names: str):
        """Installs from the files brought along; checks that nothing was downloaded."""
        result = self.fetch("--from", str(self.brought), *names, catalogue=self.book)
        self.assertNotIn("Traceback", result.stderr)
        self.assertEqual([route.requests for route in self.server.routes.values()],
                         [[] for _ in self.server.routes])
        return result

    def assert_installed(self) -> None:
        """Checks that the toy network and nothing else is in the target folder."""
        self.assertEqual(self.left_in(self.target),
                         ["toy.json", "toy/net.caffemodel", "toy/net.prototxt"])
        self.assertEqual((self.target / "toy/net.caffemodel").read_bytes(), WEIGHTS)
        self.assertEqual(self.fetch("verify", catalogue=self.book).stdout, "toy: sound\n")

    def test_files_in_the_folder_or_one_level_below_are_copied(self) -> None:
        (self.brought / "net.caffemodel").write_bytes(WEIGHTS)
        (self.brought / "toy").mkdir()
        (self.brought / "toy/net.prototxt").write_bytes(CONFIG)
        result = self.take("toy")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout, f"{self.target}/toy.json\n")
        self.assert_installed()
        self.assertEqual(self.left_in(self.brought), ["net.caffemodel", "toy/net.prototxt"])

    def test_of_several_files_of_a_name_the_right_one_is_taken(self) -> None:
        (self.brought / "net.caffemodel").write_bytes(WEIGHTS)
        for name, data in (("a", b"other"), ("b", CONFIG[::-1]), ("c", CONFIG)):
            (self.brought / name).mkdir()
            (self.brought / name / "net.prototxt").write_bytes(data)
        self.assertEqual(self.take("toy").returncode, 0)
        self.assert_installed()

    def test_all_that_is_missing_is_named(self) -> None:
        (self.brought / "net.prototxt").write_bytes(CONFIG[::-1])
        other = toy_model("other", listing("other.onnx", b"other", ["https://example.org/o"]))
        packed = {**toy_model("packed", listing("p-1.tgz", b"p", [], npm="p@1", unpacked=9)),
                  "needs_acceptance": False}
        self.book = self.catalogue(self.toy, other, packed)
        result = self.take("toy", "other", "packed")
        self.assertEqual(result.returncode, 4, result.stderr)
        self.assertEqual(result.stdout, "")
        for text in (f"net.caffemodel (about 0.3 MB, md5 {self.toy['downloads'][0]['checksum'][4:]}"
                     f"): {self.urls[0]}",
                     "net.prototxt (2000 bytes, sha256 ", self.urls[1],
                     f"{self.brought}/net.prototxt has the sha256 ",
                     "other.onnx (5 bytes, sha256 ", "https://example.org/o",
                     "p-1.tgz (1 bytes, sha256 ", "npm pack p@1"):
            self.assertIn(text, result.stderr)
        self.assertEqual(self.left_in(self.target), [])

    def test_a_file_of_another_size_is_not_read(self) -> None:
        (self.brought / "net.caffemodel").write_bytes(WEIGHTS)
        (self.brought / "net.prototxt").write_bytes(CONFIG + b"x")
        result = self.take("toy")
        self.assertEqual(result.returncode, 4)
        self.assertIn("net.prototxt has 2001 bytes, which is another file", result.stderr)
        self.assertNotIn("net.caffemodel", result.stderr)

    def test_what_is_installed_need_not_be_brought(self) -> None:
        for name, data in (("net.caffemodel", WEIGHTS), ("net.prototxt", CONFIG)):
            (self.brought / name).write_bytes(data)
        self.take("toy")
        sibling = toy_model("sibling", self.toy["downloads"][0],
                            listing("s.prototxt", b"s", ["https://example.org/s"]))
        sibling["card"]["model"] = self.toy["card"]["model"]
        self.book = self.catalogue(self.toy, sibling)
        for path in self.brought.iterdir():
            path.unlink()
        (self.brought / "s.prototxt").write_bytes(b"s")
        result = self.take("toy", "sibling")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("toy: is installed already", result.stderr)

    def test_npm_package(self) -> None:
        packed = toy_model("packed", listing("p-1.tgz", b"p", [], npm="p@1", unpacked=9))
        self.book = self.catalogue(packed)
        (self.brought / "p-1.tgz").write_bytes(b"p")
        self.assertEqual(self.take("packed").returncode, 0)
        card = json.loads((self.target / "packed.json").read_text(encoding="utf-8"))
        self.assertEqual((self.target / card["model"]).read_bytes(), b"p")

    def test_best_takes_what_was_brought(self) -> None:
        poor = toy_model("poor", listing("poor.onnx", b"poor", ["https://example.org/p"]), ap=0.1)
        self.book = self.catalogue({**self.toy, "ap": 0.3}, poor)
        (self.brought / "poor.onnx").write_bytes(b"poor")
        result = self.take("best")
        self.assertEqual(result.stdout, f"{self.target}/poor.json\n", result.stderr)
        self.assertIn("not to be had: toy: not in", result.stderr)

    def test_licence_has_to_be_accepted(self) -> None:
        self.book = self.catalogue({**self.toy, "needs_acceptance": True})
        self.assertEqual(self.take("toy").returncode, 3)

    def test_wrong_usage(self) -> None:
        nowhere = self.folder / "nowhere"
        result = self.fetch("--from", str(nowhere), "toy", catalogue=self.book)
        self.assertEqual(result.returncode, 2)
        self.assertIn(f"--from {nowhere}: is no folder", result.stderr)
        for words in (["list"], ["verify"], ["to-onnx", "toy"], []):
            self.assertEqual(self.take(*words).returncode, 2)


if __name__ == "__main__":
    unittest.main()
