# SPDX-License-Identifier: LGPL-2.1-or-later
"""The npm client and its packages: hostile tarballs, a failing client, and the real registry."""

import io
import json
import os
import shutil
import tarfile
import unittest
from pathlib import Path

from support import Case, ROOT, pattern, listing

from gstpose_models import npm
from gstpose_models.errors import IntegrityError

WANTED = "package/model/model.json"


def tarball(path: Path, *members: tuple[str, bytes | str]) -> Path:
    """Writes a tar.gz file; a member given as text is a symbolic link to that path."""
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members:
            member = tarfile.TarInfo(name)
            if isinstance(content, str):
                member.type, member.linkname = tarfile.SYMTYPE, content
                archive.addfile(member)
            else:
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return path


class TarballTest(Case):
    def read(self, *members: tuple[str, bytes | str]) -> dict[str, bytes]:
        """Returns what is read of a tarball when WANTED is asked for."""
        return npm.read_members(tarball(self.folder / "x.tgz", *members), [WANTED])

    def test_only_what_is_wanted_is_read_and_nothing_written(self) -> None:
        found = self.read(("../../evil", b"1"), ("/tmp/evil", b"2"), (WANTED, b"good"),
                          ("package/model/../../../evil", b"3"), ("package/link", "/etc/passwd"))
        self.assertEqual(found, {WANTED: b"good"})
        self.assertEqual(os.listdir(self.folder), ["x.tgz"])
        self.assertFalse((self.folder.parent / "evil").exists())

    def test_link_in_the_place_of_a_file(self) -> None:
        with self.assertRaisesRegex(IntegrityError, "not one plain file"):
            self.read((WANTED, "/etc/passwd"))

    def test_second_member_of_the_same_name(self) -> None:
        with self.assertRaisesRegex(IntegrityError, "not one plain file"):
            self.read((WANTED, b"good"), (WANTED, b"evil"))

    def test_bomb(self) -> None:
        with self.assertRaisesRegex(IntegrityError, "holds more than"):
            self.read(("package/zeros", bytes(65 << 20)), (WANTED, b"good"))

    def test_lacking_member(self) -> None:
        with self.assertRaisesRegex(IntegrityError, "lacks package/model/model.json"):
            self.read(("package/model/other.json", b"{}"))

    def test_truncated_and_no_archive(self) -> None:
        path = tarball(self.folder / "x.tgz", (WANTED, pattern(100_000)))
        path.write_bytes(path.read_bytes()[:50_000])
        with self.assertRaises(IntegrityError):
            npm.read_members(path, [WANTED])
        path.write_bytes(b"no archive")
        with self.assertRaises(IntegrityError):
            npm.read_members(path, [WANTED])


class ClientTest(Case):
    """The tool with a client of ours in the place of npm."""

    def setUp(self) -> None:
        super().setUp()
        self.programs = self.folder / "bin"
        self.programs.mkdir()

    def client(self, script: str) -> None:
        """Installs a shell script as npm; in it, $2 is the package and $4 the destination."""
        path = self.programs / "npm"
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(0o755)

    def fetch_toy(self, data: bytes):
        """Fetches a network that is one file, which an npm package is."""
        item = listing("toy-1.0.0.tgz", data, [], npm="toy@1.0.0")
        card = {"name": "toy", "model": "toy/toy-1.0.0.tgz"}
        book = self.catalogue({"name": "toy", "keypoints": "coco (18)", "licence": "toy",
                               "needs_acceptance": False, "ap": None, "maker": "as-is",
                               "card": card, "downloads": [item]})
        return self.fetch("toy", catalogue=book, PATH=f"{self.programs}:/usr/bin:/bin")

    def test_package_is_fetched(self) -> None:
        self.client('test "$2" = toy@1.0.0 && printf good > "$4/toy-1.0.0.tgz"')
        result = self.fetch_toy(b"good")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.left_in(self.target), ["toy.json", "toy/toy-1.0.0.tgz"])

    def test_changed_package_is_refused(self) -> None:
        self.client('printf evil > "$4/toy-1.0.0.tgz"')
        result = self.fetch_toy(b"good")
        self.assertEqual(result.returncode, 4)
        self.assertIn("npm package toy@1.0.0: sha256 is", result.stderr)
        self.assertEqual(self.left_in(self.target), [])

    def test_failure_is_told(self) -> None:
        self.client('echo "npm ERR! code ENOTFOUND" >&2; exit 1')
        result = self.fetch_toy(b"good")
        self.assertEqual(result.returncode, 4)
        self.assertIn("failed with exit code 1 (ENOTFOUND)", result.stderr)
        self.assertIn("by hand", result.stderr)

    def test_what_a_killed_client_left_is_removed(self) -> None:
        left = self.target / "downloads/toy/npm-left"
        left.mkdir(parents=True)
        self.client("exit 1")
        self.fetch_toy(b"good")
        self.assertFalse(left.exists())

    def test_no_client(self) -> None:
        item = listing("toy-1.0.0.tgz", b"good", [], npm="toy@1.0.0")
        book = self.catalogue({"name": "toy", "keypoints": "", "licence": "", "ap": None,
                               "needs_acceptance": False, "maker": "as-is",
                               "card": {"model": "toy-1.0.0.tgz"}, "downloads": [item]})
        result = self.fetch("toy", catalogue=book, PATH=str(self.programs))
        self.assertEqual(result.returncode, 7)
        self.assertIn("apt-get install npm", result.stderr)


@unittest.skipUnless(os.environ.get("POSE_TEST_NETWORK") == "1",
                     "POSE_TEST_NETWORK is not 1: the npm registry is not to be used")
@unittest.skipUnless(shutil.which("npm"), "npm is not installed: apt-get install npm")
class RegistryTest(Case):
    """The real package, fetched and converted for real."""

    def test_mobilenet_thin(self) -> None:
        # With the proxies and npm settings of this machine.
        result = self.fetch("mobilenet-thin", **os.environ)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.left_in(self.target), ["mobilenet-thin.json", "mobilenet-thin.onnx"])
        card = json.loads((self.target / "mobilenet-thin.json").read_text())
        entries = json.loads((ROOT / "models/catalogue.json").read_text())
        self.assertEqual(card, next(e["card"] for e in entries if e["name"] == "mobilenet-thin"))
        self.assertEqual(self.fetch("verify").stdout, "mobilenet-thin: sound\n")


if __name__ == "__main__":
    unittest.main()
