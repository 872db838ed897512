# SPDX-License-Identifier: LGPL-2.1-or-later
"""Downloads against a server that misbehaves in every way we know of."""

import contextlib
import hashlib
import io
import os
import unittest
from unittest import mock

from support import Case, listing, pattern

from gstpose_models.catalogue import _download as read_listing
from gstpose_models.download import RetryPolicy, fetch
from gstpose_models.errors import DownloadError

DATA = pattern(300_000)
HASTY = RetryPolicy(timeout=0.3, attempts=3, pause=0.01)


class DownloadTest(Case):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.serve()
        self.said = io.StringIO()
        self.enterContext(contextlib.redirect_stderr(self.said))
        self.enterContext(mock.patch.dict(os.environ, self.environment(), clear=True))

    def get(self, *urls: str, **changes: object) -> bytes:
        """Downloads what should be DATA and returns what is in the file."""
        item = read_listing(listing("net.bin", DATA, urls, **changes))
        return fetch(item, self.folder, HASTY).read_bytes()

    def test_whole_file(self) -> None:
        url, route = self.server.add("/net.bin", data=DATA)
        self.assertEqual(self.get(url), DATA)
        self.assertEqual(route.requests, [""])
        self.assertEqual(self.left_in(self.folder), ["net.bin"])

    def test_file_that_is_there_is_not_downloaded_again(self) -> None:
        (self.folder / "net.bin").write_bytes(DATA)
        url, route = self.server.add("/net.bin", data=DATA)
        self.assertEqual(self.get(url), DATA)
        self.assertEqual(route.requests, [])

    def test_damaged_file_that_is_there_is_replaced(self) -> None:
        (self.folder / "net.bin").write_bytes(DATA[:-1] + b"!")
        url, _ = self.server.add("/net.bin", data=DATA)
        self.assertEqual(self.get(url), DATA)

    def test_cut_is_continued(self) -> None:
        url, route = self.server.add("/net.bin", data=DATA, cuts=[100_000, 50_000])
        self.assertEqual(self.get(url), DATA)
        self.assertEqual(route.requests, ["", "bytes=100000-", "bytes=150000-"])

    def test_cut_without_length_is_found_by_the_checksum(self) -> None:
        url, _ = self.server.add("/net.bin", data=DATA, cuts=[100_000], length=False)
        good, _ = self.server.add("/mirror", data=DATA)
        self.assertEqual(self.get(url, good), DATA)

    def test_server_without_ranges_sends_all_again(self) -> None:
        url, route = self.server.add("/net.bin", data=DATA, cuts=[100_000], ranges=False)
        self.assertEqual(self.get(url), DATA)
        self.assertEqual(route.requests, ["", "bytes=100000-"])

    def test_complete_part_needs_no_request(self) -> None:
        (self.folder / "net.bin.part").write_bytes(DATA)
        url, route = self.server.add("/net.bin", data=DATA)
        self.assertEqual(self.get(url), DATA)
        self.assertEqual(route.requests, [])

    def test_part_of_another_file_is_dropped(self) -> None:
        (self.folder / "net.bin.part").write_bytes(pattern(100_000, seed=2))
        url, route = self.server.add("/net.bin", data=DATA)
        self.assertEqual(self.get(url), DATA)
        self.assertEqual(route.requests, ["bytes=100000-", ""])

    def test_part_longer_than_the_file_is_dropped(self) -> None:
        (self.folder / "net.bin.part").write_bytes(DATA + b"more")
        url, route = self.server.add("/net.bin", data=DATA)
        self.assertEqual(self.get(url, size=None, about=len(DATA)), DATA)
        self.assertEqual(route.requests, [f"bytes={len(DATA) + 4}-", ""])

    def test_wrong_checksum_goes_to_the_next_mirror(self) -> None:
        bad, _ = self.server.add("/bad", data=pattern(300_000, seed=3))
        good, route = self.server.add("/good", data=DATA)
        self.assertEqual(self.get(bad, good), DATA)
        self.assertEqual(route.requests, [""])  # from the start: nothing of the bad file is kept
        self.assertIn("serves a file with sha256", self.said.getvalue())

    def test_wrong_checksum_everywhere_leaves_nothing(self) -> None:
        bad, _ = self.server.add("/bad", data=pattern(300_000, seed=3))
        worse, _ = self.server.add("/worse", data=DATA[:-1])
        with self.assertRaisesRegex(DownloadError, "any of its 2 sources.*by hand"):
            self.get(bad, worse)
        self.assertEqual(self.left_in(self.folder), [])

    def test_md5_counts(self) -> None:
        bad, _ = self.server.add("/bad", data=pattern(300_000, seed=3))
        with self.assertRaises(DownloadError):
            self.get(bad, checksum="md5:" + hashlib.md5(DATA).hexdigest())

    def test_not_found_is_not_tried_twice(self) -> None:
        missing, gone = self.server.add("/missing", status=404)
        good, _ = self.server.add("/good", data=DATA)
        self.assertEqual(self.get(missing, good), DATA)
        self.assertEqual(len(gone.requests), 1)
        self.assertIn("HTTP 404", self.said.getvalue())

    def test_busy_server_is_tried_again(self) -> None:
        url, route = self.server.add("/busy", status=503)
        with self.assertRaises(DownloadError):
            self.get(url)
        self.assertEqual(len(route.requests), HASTY.attempts)

    def test_stall_ends_in_a_timeout_and_the_next_mirror_continues(self) -> None:
        slow, _ = self.server.add("/slow", data=DATA, hold_at=1000)
        good, route = self.server.add("/good", data=DATA)
        self.assertEqual(self.get(slow, good), DATA)
        self.assertEqual(route.requests, ["bytes=1000-"])
        self.assertIn("silent", self.said.getvalue())

    def test_nobody_listens(self) -> None:
        with self.assertRaisesRegex(DownloadError, "https_proxy"):
            self.get("http://127.0.0.1:1/net.bin")
        self.assertIn("cannot be reached", self.said.getvalue())

    def test_endless_file_is_stopped(self) -> None:
        url, _ = self.server.add("/net.bin", data=DATA + b"more", length=False)
        with self.assertRaises(DownloadError):
            self.get(url)
        self.assertIn("more than the 300000 bytes", self.said.getvalue())

    def test_redirect_is_followed_over_http_only(self) -> None:
        good, _ = self.server.add("/good", data=DATA)
        moved, _ = self.server.add("/moved", location=good)
        self.assertEqual(self.get(moved), DATA)
        (self.folder / "net.bin").unlink()
        (self.folder / "secret").write_bytes(DATA)
        local, _ = self.server.add("/local", location=f"file://{self.folder}/secret")
        for url in (local, f"file://{self.folder}/secret"):
            with self.subTest(url), self.assertRaises(DownloadError):
                self.get(url)


if __name__ == "__main__":
    unittest.main()
