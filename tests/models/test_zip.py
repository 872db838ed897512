# SPDX-License-Identifier: LGPL-2.1-or-later
"""Networks in zip archives: hostile archives, and the way from an archive to a card."""

import hashlib
import json
import os
import stat
import struct
import unittest
import zipfile
from pathlib import Path
from unittest import mock

from support import Case, listing, pattern

from gstpose_models import zip_member
from gstpose_models.errors import IntegrityError

WANTED = "2023/net/end2end.onnx"
NETWORK = pattern(50_000)


def archive(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes],
            method: int = zipfile.ZIP_DEFLATED) -> Path:
    """Writes a zip archive."""
    with zipfile.ZipFile(path, "w", method) as made:
        for name, data in members:
            made.writestr(name, data)
    return path


def patched(path: Path, at: int, form: str, value: int, local: int | None = None) -> Path:
    """Changes the number at byte `at` of the only entry of the directory, and at byte `local` of
    the member's own header."""
    data = bytearray(path.read_bytes())
    struct.pack_into(form, data, data.rindex(b"PK\1\2") + at, value)
    if local is not None:
        struct.pack_into(form, data, local, value)
    path.write_bytes(data)
    return path


class ArchiveTest(Case):
    def setUp(self) -> None:
        super().setUp()
        self.path = self.folder / "x.zip"

    def read(self, size: int = len(NETWORK)) -> bytes:
        """Returns what is read of the archive."""
        return zip_member.read_member(self.path, WANTED, size)

    def assert_refused(self, reason: str, size: int = len(NETWORK)) -> None:
        """Checks that the archive is refused in one line that names it."""
        with self.assertRaisesRegex(IntegrityError, reason) as refusal:
            self.read(size)
        self.assertRegex(str(refusal.exception), r"^x\.zip: .+$")

    def test_only_the_member_is_read_and_nothing_written(self) -> None:
        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            with self.subTest(method):
                archive(self.path, ("../../evil", b"1"), ("/tmp/evil", bytes(5_000_000)),
                        (WANTED, NETWORK), ("end2end.onnx", b"other"), method=method)
                with mock.patch.object(zipfile.ZipFile, "open", autospec=True,
                                       side_effect=zipfile.ZipFile.open) as opened:
                    self.assertEqual(self.read(), NETWORK)
                self.assertEqual([call.args[1].filename for call in opened.mock_calls
                                  if len(call.args) > 1], [WANTED])
                self.assertEqual(os.listdir(self.folder), ["x.zip"])

    def test_member_of_another_size_is_not_unpacked(self) -> None:
        archive(self.path, (WANTED, bytes(50_000_000)))
        self.assertLess(self.path.stat().st_size, 100_000)
        with mock.patch.object(zipfile.ZipFile, "open") as opened:
            self.assert_refused("has 50000000 bytes, expected 50000")
        opened.assert_not_called()

    def test_bomb_that_declares_the_right_size(self) -> None:
        patched(archive(self.path, (WANTED, bytes(50_000_000))), 24, "<I", 50_000, local=22)
        self.assert_refused("Bad CRC-32")

    def test_member_that_ends_before_the_size_it_declares(self) -> None:
        patched(archive(self.path, (WANTED, NETWORK[:100])), 24, "<I", 50_000, local=22)
        self.assert_refused("unpacks to 100 bytes, expected 50000")

    def test_encrypted(self) -> None:
        for flag in (0x1, 0x40, 0x2000):
            with self.subTest(flag):
                patched(archive(self.path, (WANTED, NETWORK)), 8, "<H", flag, local=6)
                self.assert_refused(f"'{WANTED}' is encrypted")

    def test_unusual_method(self) -> None:
        for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
            with self.subTest(method):
                archive(self.path, (WANTED, NETWORK), method=method)
                self.assert_refused(rf"packed by method {method}, expected 0 \(stored\) or 8")

    def test_link_or_device_in_the_place_of_a_file(self) -> None:
        for kind in (stat.S_IFLNK, stat.S_IFCHR, stat.S_IFDIR):
            with self.subTest(kind):
                member = zipfile.ZipInfo(WANTED)
                member.external_attr = (kind | 0o777) << 16
                archive(self.path, (member, NETWORK))
                self.assert_refused("is not a plain file")

    def test_second_member_of_the_same_name(self) -> None:
        with self.assertWarnsRegex(UserWarning, "Duplicate"):
            archive(self.path, (WANTED, NETWORK), (WANTED, NETWORK))
        self.assert_refused(f"holds '{WANTED}' 2 times, expected once")

    def test_lacking_member(self) -> None:
        archive(self.path, ("2024/end2end.onnx", NETWORK), ("readme", b""))
        self.assert_refused(rf"lacks '{WANTED}', holds \['2024/end2end.onnx'\]")
        archive(self.path, ("readme", b""))
        self.assert_refused(f"lacks '{WANTED}', holds none of its kind")

    def test_header_of_another_name(self) -> None:
        archive(self.path, (WANTED, NETWORK))
        data = self.path.read_bytes()
        self.path.write_bytes(data.replace(b"2023/", b"2024/", 1))
        self.assert_refused("not a sound zip archive: File name in directory")

    def test_every_cut_and_no_archive(self) -> None:
        whole = archive(self.path, (WANTED, NETWORK)).read_bytes()
        for data in (b"", b"no archive", *(whole[:cut] for cut in range(0, len(whole), 5000)),
                     whole[5000:]):
            with self.subTest(len(data)):
                self.path.write_bytes(data)
                self.assert_refused("not a sound zip archive")

    def test_flipped_bytes_never_give_other_contents(self) -> None:
        whole = archive(self.path, (WANTED, NETWORK[:300])).read_bytes()
        refused = 0
        for at in range(len(whole)):
            data = bytearray(whole)
            data[at] ^= 0xff
            self.path.write_bytes(data)
            try:
                self.assertEqual(self.read(300), NETWORK[:300], f"byte {at}")
            except IntegrityError:
                refused += 1
        self.assertGreater(refused, 300)


class MakerTest(Case):
    """The tool with a network in an archive of ours."""

    def setUp(self) -> None:
        super().setUp()
        self.card = {"name": "toy", "mode": "coco-17", "decoder": "simcc", "model": "toy.onnx",
                     "crop": {"scale": 1.25, "shape": "input"},
                     "sha256": hashlib.sha256(NETWORK).hexdigest()}
        self.member = {"path": WANTED, "size": len(NETWORK)}
        self.server = self.serve()
        data = archive(self.folder / "toy.zip", ("2023/net/detail.json", b"{}"),
                       (WANTED, NETWORK)).read_bytes()
        url, _ = self.server.add("/toy.zip", data=data)
        self.download = listing("toy.zip", data, [url])

    def install(self, *words: str):
        """Installs the network."""
        return self.fetch(*words, "toy", catalogue=self.catalogue({
            "name": "toy", "keypoints": "", "licence": "toy", "needs_acceptance": False,
            "tried": False, "ap": None, "maker": "zip-member", "card": self.card,
            "member": self.member, "downloads": [self.download]}))

    def test_member_becomes_the_network_and_nothing_else_stays(self) -> None:
        result = self.install()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout, f"{self.target}/toy.json\n")
        self.assertNotIn("converting", result.stderr)
        self.assertEqual(self.left_in(self.target), ["toy.json", "toy.onnx"])
        self.assertEqual((self.target / "toy.onnx").read_bytes(), NETWORK)
        self.assertEqual(json.loads((self.target / "toy.json").read_text()), self.card)
        self.assertIn("toy: is installed already", self.install().stderr)

    def test_archive_that_was_brought_along(self) -> None:
        result = self.install("--from", str(self.folder))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.left_in(self.target), ["toy.json", "toy.onnx"])
        self.assertEqual(self.server.routes["/toy.zip"].requests, [])

    def test_other_network_is_not_installed(self) -> None:
        self.card["sha256"] = hashlib.sha256(b"another").hexdigest()
        result = self.install()
        self.assertEqual(result.returncode, 5, result.stderr)
        self.assertIn("toy: the unpacked network has sha256", result.stderr)
        self.assertEqual(self.left_in(self.target), ["downloads/toy/toy.zip"])

    def test_archive_without_the_member(self) -> None:
        self.member["path"] = "2023/other.onnx"
        result = self.install()
        self.assertEqual(result.returncode, 5)
        self.assertEqual(result.stderr.splitlines()[-1],
                         f"models/fetch: toy.zip: lacks '2023/other.onnx', holds ['{WANTED}']")
        self.assertFalse((self.target / "toy.json").exists())

    def test_entry_without_a_checksum_of_the_member(self) -> None:
        del self.card["sha256"]
        result = self.install()
        self.assertEqual(result.returncode, 1)
        self.assertIn("toy: a zip-member is of one download and has a sha256", result.stderr)


if __name__ == "__main__":
    unittest.main()
