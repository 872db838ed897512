# SPDX-License-Identifier: LGPL-2.1-or-later
"""The npm client and its packages: hostile tarballs, a failing client, and the real registry."""

import base64
import contextlib
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import tarfile
import unittest
import urllib.request
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from support import Case, ROOT, Route, Server, pattern, listing, wait_for

from gstpose_models import npm
from gstpose_models.errors import DownloadError, IntegrityError

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
    def read(self, *members: tuple[str, bytes | str], room: int = 1000) -> dict[str, bytes]:
        """Returns what is read of a tarball when WANTED is asked for."""
        return npm.read_members(tarball(self.folder / "x.tgz", *members), [WANTED], room)

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

    def test_members_have_the_room_of_the_catalogue(self) -> None:
        members = (("package/zeros", bytes(5_000_000)), (WANTED, b"good"))
        self.assertEqual(self.read(*members, room=5_000_004), {WANTED: b"good"})
        with self.assertRaisesRegex(IntegrityError,
                                    "x.tgz: holds more than the 5000003 bytes that it should"):
            self.read(*members, room=5_000_003)

    def test_lacking_member(self) -> None:
        with self.assertRaisesRegex(IntegrityError, "lacks package/model/model.json"):
            self.read(("package/model/other.json", b"{}"))

    def test_truncated_and_no_archive(self) -> None:
        path = tarball(self.folder / "x.tgz", (WANTED, pattern(100_000)))
        path.write_bytes(path.read_bytes()[:50_000])
        with self.assertRaises(IntegrityError):
            npm.read_members(path, [WANTED], 1_000_000)
        path.write_bytes(b"no archive")
        with self.assertRaises(IntegrityError):
            npm.read_members(path, [WANTED], 1_000_000)


class Recorder:
    """A progress that keeps what it is told, and calls `then` with it."""

    def __init__(self, then: Callable[[int], object] = lambda count: None) -> None:
        self.counts: list[int] = []
        self._then = then

    def at(self, count: int) -> None:
        self.counts.append(count)
        self._then(count)

    def end(self) -> None:
        pass


def packaged(data: bytes, **changes: object) -> dict:
    """Returns the catalogue's entry of the npm package toy@1.0.0, which should be `data`."""
    return listing("toy-1.0.0.tgz", data, [], npm="toy@1.0.0", unpacked=1000, **changes)


class ClientTest(Case):
    """The tool with a client of ours in the place of npm."""

    def setUp(self) -> None:
        super().setUp()
        self.programs = self.folder / "bin"
        self.programs.mkdir()
        self.path = f"{self.programs}:/usr/bin:/bin"
        self.pid = self.folder / "pid"
        self.now = 0.0  # of clock()

    def client(self, script: str) -> None:
        """Installs a shell script as npm; in it, $2 is the package, $4 the destination and $6 the
        cache. `stay` never ends by itself and writes its process number into the file `pid`."""
        path = self.programs / "npm"
        stay = f'stay() {{ echo $$ > {self.pid}.new; mv {self.pid}.new {self.pid}; exec sleep 1000; }}'
        path.write_text(f"#!/bin/sh\n{stay}\n{script}")
        path.chmod(0o755)

    def assert_client_ended(self) -> None:
        """Checks that the client that stayed is no more."""
        with self.assertRaises(ProcessLookupError):
            os.kill(int(self.pid.read_text()), 0)

    def book(self, data: bytes) -> Path:
        """Returns a catalogue with a network that is one file, which an npm package is."""
        card = {"name": "toy", "model": "toy/toy-1.0.0.tgz"}
        return self.catalogue({"name": "toy", "keypoints": "coco (18)", "licence": "toy",
                               "needs_acceptance": False, "tried": True, "ap": None,
                               "maker": "as-is", "card": card, "downloads": [packaged(data)]})

    def fetch_toy(self, data: bytes) -> subprocess.CompletedProcess[str]:
        """Fetches that network."""
        return self.fetch("toy", catalogue=self.book(data), PATH=self.path)

    def pack(self, progress: Recorder, limit: int = 1000) -> None:
        """Packs the package in this process."""
        with mock.patch.dict(os.environ, self.environment(PATH=self.path), clear=True), \
                npm.packed("toy@1.0.0", "toy-1.0.0.tgz", limit, self.folder, progress):
            pass

    def test_package_is_fetched(self) -> None:
        self.client('test "$2" = toy@1.0.0 && printf good > "$4/toy-1.0.0.tgz"')
        result = self.fetch_toy(b"good")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("asking the npm registry for 0.0 MB", result.stderr)
        self.assertEqual(self.left_in(self.target), ["toy.json", "toy/toy-1.0.0.tgz"])

    def test_changed_package_is_refused(self) -> None:
        self.client('printf evil > "$4/toy-1.0.0.tgz"')
        result = self.fetch_toy(b"good")
        self.assertEqual(result.returncode, 4)
        self.assertIn("npm package toy@1.0.0: sha256 is", result.stderr)
        self.assertEqual(self.left_in(self.target), [])

    def test_larger_package_is_refused_while_it_comes(self) -> None:
        self.client('mkdir -p "$6/tmp"; printf larger > "$6/tmp/content"; stay')
        result = self.fetch_toy(b"small")
        self.assertEqual(result.returncode, 4)
        self.assertEqual(result.stderr.count("npm package toy@1.0.0 is larger than the 5 bytes"), 1)
        self.assertEqual(self.left_in(self.target), [])
        self.assert_client_ended()

    def test_larger_package_is_refused_when_it_is_here(self) -> None:
        self.client('printf larger > "$4/toy-1.0.0.tgz"')
        result = self.fetch_toy(b"small")
        self.assertIn("npm package toy@1.0.0 is larger than the 5 bytes", result.stderr)

    def test_progress_is_told_while_the_cache_grows(self) -> None:
        go = self.folder / "go"
        self.client(f'''mkdir -p "$6/tmp"; printf half > "$6/tmp/content"
                    until [ -e {go} ]; do sleep 0.01; done
                    printf complete > "$4/toy-1.0.0.tgz"''')
        progress = Recorder(lambda count: count == 4 and go.touch())
        self.pack(progress)
        self.assertEqual(progress.counts, [4, 8])

    def test_interruption_ends_the_client_and_leaves_nothing(self) -> None:
        self.client('printf half > "$4/toy-1.0.0.tgz"; stay')
        with mock.patch.dict(os.environ, PATH=self.path), \
                self.started("toy", catalogue=self.book(b"good")) as process:
            wait_for(self.pid.exists, "the client was at work")
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate()
        self.assertEqual(process.returncode, 130, errors)
        self.assertNotIn("Traceback", errors)
        self.assert_client_ended()
        self.assertEqual(self.left_in(self.target), [])

    def test_interruption_while_the_client_is_started_ends_it_too(self) -> None:
        self.client("stay")

        def start(*command: object, **options: object) -> subprocess.Popen:
            process = real(*command, **options)
            wait_for(self.pid.exists, "the client was at work")
            signal.raise_signal(signal.SIGINT)
            return process

        real = subprocess.Popen
        with mock.patch.object(npm.subprocess, "Popen", start), \
                self.assertRaises(KeyboardInterrupt):
            self.pack(Recorder())
        self.assert_client_ended()
        self.assertIs(signal.getsignal(signal.SIGINT), signal.default_int_handler)

    def test_silent_client_is_given_up_and_killed_if_need_be(self) -> None:
        self.client('trap "" TERM; stay')
        with mock.patch.multiple(npm, _SILENCE=0.3, _GRACE=0.1), \
                self.assertRaisesRegex(DownloadError, "toy@1.0.0: not a byte within 0.3 s"), \
                mock.patch.object(npm.time, "monotonic", side_effect=self.clock):
            self.pack(Recorder())
        self.assert_client_ended()

    def clock(self) -> float:
        """Stands still until the client is at work; an hour passes with each call from then on."""
        self.now += 3600.0 if self.pid.exists() else 0.0
        return self.now

    def test_failure_is_told(self) -> None:
        self.client('echo "npm ERR! code ENOTFOUND" >&2; exit 1')
        result = self.fetch_toy(b"good")
        self.assertEqual(result.returncode, 4)
        self.assertIn("failed with exit code 1 (ENOTFOUND)", result.stderr)
        self.assertIn("by hand", result.stderr)

    def test_full_disk_is_told(self) -> None:
        self.client('echo "npm error code ENOSPC" >&2; exit 1')
        result = self.fetch_toy(b"good")
        self.assertEqual(result.returncode, 6)
        self.assertIn("toy-1.0.0.tgz: no room in", result.stderr)

    def test_what_a_killed_client_left_is_removed(self) -> None:
        left = self.target / "downloads/toy/npm-left"
        left.mkdir(parents=True)
        self.client("exit 1")
        self.fetch_toy(b"good")
        self.assertFalse(left.exists())

    def fetch_without_client(self, data: bytes, served: bytes) -> subprocess.CompletedProcess[str]:
        """Fetches the network, which should be `data`, from a registry of ours without a client."""
        url, _ = self.serve().add("/registry/toy/-/toy-1.0.0.tgz", data=served)
        return self.fetch("toy", catalogue=self.book(data), PATH=str(self.programs),
                          npm_config_registry=url.removesuffix("toy/-/toy-1.0.0.tgz"))

    def test_without_a_client_the_registry_is_asked(self) -> None:
        result = self.fetch_without_client(b"good", b"good")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual((self.target / "toy/toy-1.0.0.tgz").read_bytes(), b"good")

    def test_without_a_client_a_changed_package_is_refused(self) -> None:
        result = self.fetch_without_client(b"good", b"evil")
        self.assertEqual(result.returncode, 4)
        self.assertIn("expected", result.stderr)
        self.assertEqual(self.left_in(self.target), [])

    def test_without_a_client_a_larger_package_is_refused(self) -> None:
        result = self.fetch_without_client(b"good", b"larger than good")
        self.assertEqual(result.returncode, 4)
        self.assertIn("sends more than the 4 bytes", result.stderr)

    def test_address_in_the_registry(self) -> None:
        with mock.patch.dict(os.environ):
            os.environ.pop("npm_config_registry", None)
            self.assertEqual(npm.address("@some/toy@1.0.0"),
                             "https://registry.npmjs.org/@some/toy/-/toy-1.0.0.tgz")
            os.environ["npm_config_registry"] = "http://localhost:4873/"
            self.assertEqual(npm.address("toy@1.0.0"), "http://localhost:4873/toy/-/toy-1.0.0.tgz")

    def test_package_without_its_room_is_no_entry(self) -> None:
        entry = packaged(b"good")
        del entry["unpacked"]
        book = self.catalogue({"name": "toy", "keypoints": "", "licence": "", "ap": None,
                               "needs_acceptance": False, "tried": True, "maker": "as-is",
                               "card": {"model": "toy-1.0.0.tgz"}, "downloads": [entry]})
        result = self.fetch("toy", catalogue=book)
        self.assertEqual(result.returncode, 1)
        self.assertIn("'unpacked'", result.stderr)


@unittest.skipUnless(shutil.which("npm"), "npm is not installed: apt-get install npm")
class LoopbackRegistryTest(Case):
    """The real client with a registry of ours."""

    SIZE = 8_000_000  # more than npm keeps in memory

    def setUp(self) -> None:
        super().setUp()
        package = json.dumps({"name": "toy", "version": "1.0.0"}).encode()
        self.data = tarball(self.folder / "made.tgz", ("package/package.json", package),
                            ("package/x", pattern(self.SIZE))).read_bytes()
        self.server: Server = self.serve()
        url, self.route = self.server.add("/toy-1.0.0.tgz", data=self.data)
        self.publish(url, self.route)
        self.enterContext(contextlib.redirect_stderr(io.StringIO()))

    def publish(self, url: str, route: Route) -> None:
        """Lists the package in the registry."""
        checksum = base64.b64encode(hashlib.sha512(route.data).digest()).decode()
        version = {"name": "toy", "version": "1.0.0",
                   "dist": {"tarball": url, "integrity": f"sha512-{checksum}"}}
        registry, _ = self.server.add("/toy", data=json.dumps(
            {"name": "toy", "dist-tags": {"latest": "1.0.0"},
             "versions": {"1.0.0": version}}).encode())
        self.enterContext(mock.patch.dict(os.environ, self.environment(
            HOME=str(self.folder), npm_config_registry=registry.removesuffix("toy")), clear=True))

    def test_progress_and_package(self) -> None:
        self.route.hold_at = self.SIZE // 2
        progress = Recorder(lambda count: count > self.SIZE // 4 and self.route.gate.set())
        with npm.packed("toy@1.0.0", "toy-1.0.0.tgz", len(self.data), self.folder,
                        progress) as made:
            self.assertEqual(made.read_bytes(), self.data)
        self.assertTrue(any(self.SIZE // 4 < count < len(self.data) for count in progress.counts))
        self.assertEqual(progress.counts[-1], len(self.data))
        self.assertEqual(self.left_in(self.folder), ["made.tgz"])  # no cache of npm either

    def test_larger_package_is_not_read_to_its_end(self) -> None:
        self.route.hold_at = self.SIZE // 2
        with self.assertRaisesRegex(DownloadError, "is larger than the 1000000 bytes"), \
                npm.packed("toy@1.0.0", "toy-1.0.0.tgz", 1_000_000, self.folder, Recorder()):
            pass
        self.assertFalse(self.route.gate.is_set())
        self.assertEqual(self.left_in(self.folder), ["made.tgz"])


@unittest.skipUnless(os.environ.get("POSE_TEST_NETWORK") == "1",
                     "POSE_TEST_NETWORK is not 1: the npm registry is not to be used")
class RegistryTest(Case):
    """The real packages, fetched and converted for real, by npm's client where there is one."""

    def assert_fetched(self, name: str, *needs: str) -> None:
        """Checks that a network can be had with those that it needs, and becomes the file that the
        catalogue says."""
        # With the proxies and npm settings of this machine.
        result = self.fetch(name, **os.environ)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.left_in(self.target),
                         [f"{each}.{end}" for each in (name, *needs) for end in ("json", "onnx")])
        entries = json.loads((ROOT / "models/catalogue.json").read_text())
        for each in (name, *needs):
            card = json.loads((self.target / f"{each}.json").read_text())
            self.assertEqual(card, next(e["card"] for e in entries if e["name"] == each))
        self.assertEqual(self.fetch("verify").stdout,
                         "".join(f"{each}: sound\n" for each in (name, *needs)))

    def test_mobilenet_thin(self) -> None:
        self.assert_fetched("mobilenet-thin")

    def test_the_registry_has_packages_where_they_are_asked_for_without_a_client(self) -> None:
        with mock.patch("gstpose_models.npm.client", return_value=None):
            entries = json.loads((ROOT / "models/catalogue.json").read_text())
            for entry in entries:
                for item in entry["downloads"]:
                    if "npm" in item:
                        request = urllib.request.Request(npm.address(item["npm"]), method="HEAD")
                        with self.subTest(item["npm"]), urllib.request.urlopen(request, timeout=60) as answer:
                            self.assertEqual(int(answer.headers["Content-Length"]), item["size"])

    @unittest.skipUnless(os.environ.get("POSE_TEST_LARGE") == "1",
                         "POSE_TEST_LARGE is not 1: 13 MB are not to be downloaded")
    def test_mediapipe_hand(self) -> None:
        self.assert_fetched("mediapipe-hand", "mediapipe-palm")

    @unittest.skipUnless(os.environ.get("POSE_TEST_LARGE") == "1",
                         "POSE_TEST_LARGE is not 1: 145 MB are not to be downloaded")
    def test_movenet_multipose(self) -> None:
        self.assert_fetched("movenet-multipose")
        try:
            import cv2
            import numpy as np
        except ImportError as error:
            self.skipTest(f"fetched, but not run: needs python3-opencv ({error})")
        network = cv2.dnn.readNetFromONNX(str(self.target / "movenet-multipose.onnx"))
        channels = {"center": 1, "regress": 34, "maps": 17, "offset": 34, "box_size": 2,
                    "box_offset": 2}
        for rows, columns in ((288, 384), (192, 256)):
            network.setInput(np.zeros((1, 3, rows, columns), np.float32))
            for name, found in zip(channels, network.forward(list(channels))):
                self.assertEqual(found.shape, (1, channels[name], rows // 4, columns // 4), name)


if __name__ == "__main__":
    unittest.main()
