# SPDX-License-Identifier: LGPL-2.1-or-later
"""demo.sh from nothing to its files: what it installs, builds and fetches, when, and what it says."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from support import SCRIPTS, frames_of, make_toy_network, quoted, run

BUILT = Path(os.environ.get("GST_PLUGIN_PATH_1_0", "/nonexistent").split(":")[0])
ALL_INSTALLED = 'shift 2; for name; do echo "installed $name"; done'


def make_film(path: Path, frames: int) -> None:
    """Writes a small film of black frames."""
    run(f"videotestsrc num-buffers={frames} pattern=black ! video/x-raw,width=64,height=64,framerate=10/1 "
        f"! jpegenc ! avimux ! filesink location={quoted(path)}")


class Demo(unittest.TestCase):
    """Runs of demo.sh with programs in front of the real ones, which note that they are called."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="gst pose '\"")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        make_toy_network(self.folder)
        self.programs = self.folder / "programs"
        self.programs.mkdir()
        self.calls = self.folder / "calls"
        self.sample = self.folder / "cache" / "gst-pose" / "vtest.avi"
        self.build = self.folder / "build"
        self.environment = {
            name: value for name, value in os.environ.items()
            if name not in ("DISPLAY", "WAYLAND_DISPLAY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")}
        self.environment.update(
            POSE_MODEL_PATH=str(self.folder), XDG_DATA_HOME=str(self.folder / "data"),
            XDG_CACHE_HOME=str(self.folder / "cache"), GST_POSE_BUILD=str(self.build),
            PATH=f"{self.programs}:{os.environ['PATH']}")
        self.fake("dpkg-query", ALL_INSTALLED)
        for name in ("meson", "ninja", "npm", "apt-get", "xdg-open"):
            self.fake(name, "exit 1")

    def fake(self, name: str, text: str) -> None:
        """Puts a shell script of this name before all other programs; it notes its arguments."""
        path = self.programs / name
        path.write_text(f'#!/bin/bash\nprintf "%s " "{name}" "$@" >>"{self.escaped(self.calls)}"\n'
                        f'echo >>"{self.escaped(self.calls)}"\n{text}\n', encoding="utf-8")
        path.chmod(0o755)

    @staticmethod
    def escaped(path: Path) -> str:
        return str(path).replace('"', '\\"')

    def called(self, name: str) -> list[str]:
        """Returns the lines with the arguments that a program was called with."""
        lines = self.calls.read_text(encoding="utf-8").splitlines() if self.calls.exists() else []
        return [line for line in lines if line.startswith(f"{name} ")]

    def keep_sample(self, frames: int = 20) -> None:
        self.sample.parent.mkdir(parents=True, exist_ok=True)
        make_film(self.sample, frames)

    def without_plugin(self, *installed: Path) -> None:
        """Has GStreamer know its own plugins and those of these folders alone."""
        system = subprocess.run(["pkg-config", "--variable=pluginsdir", "gstreamer-1.0"], text=True,
                                capture_output=True, check=True).stdout.strip()
        del self.environment["GST_PLUGIN_PATH_1_0"]
        self.environment["GST_PLUGIN_SYSTEM_PATH_1_0"] = ":".join(map(str, (*installed, system)))
        self.environment["GST_REGISTRY_1_0"] = str(self.folder / "registry")

    def fake_build(self) -> None:
        """Has meson and ninja make a build folder with the plugin of this build."""
        self.fake("meson", 'for word; do case $word in */build) mkdir -p "$word" && : >"$word/build.ninja" ;; esac; done')
        self.fake("ninja", f'mkdir -p "$2/gst/pose"; ln -sf {BUILT}/libgstpose.so "$2/gst/"; '
                           f'ln -sf {BUILT}/pose/libgstpose-1.0.so* "$2/gst/pose/"')

    def call(self, *arguments: object, **more: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run([SCRIPTS / "demo.sh", *map(str, arguments)], cwd=self.folder, text=True,
                              env=self.environment, capture_output=True, timeout=120, check=False,
                              stdin=subprocess.DEVNULL, **more)

    def assert_files(self, count: int) -> None:
        lines = (self.folder / "poses.jsonl").read_text(encoding="utf-8").splitlines()
        self.assertEqual((len(lines), frames_of(self.folder / "annotated.mp4")), (count, count))

    def assert_no_files(self) -> None:
        self.assertFalse((self.folder / "poses.jsonl").exists())
        self.assertFalse((self.folder / "annotated.mp4").exists())

    def test_twenty_seconds_of_the_sample_are_taken(self) -> None:
        self.keep_sample(205)
        result = self.call()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("--all", result.stderr)
        self.assert_files(200)
        result = self.call("--all")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_files(205)

    def test_a_video_of_the_users_own_is_taken_whole(self) -> None:
        make_film(self.folder / "own.avi", 205)
        result = self.call("own.avi")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("--all", result.stderr)
        self.assert_files(205)

    def test_nothing_is_got_where_everything_is_there(self) -> None:
        self.keep_sample()
        result = self.call()
        self.assertEqual(result.returncode, 0, result.stderr)
        for name in ("meson", "ninja", "npm", "apt-get"):
            self.assertEqual(self.called(name), [], name)
        self.assertNotIn("Getting", result.stderr)
        self.assertIn("To look at it:", result.stderr)
        self.assertIn("tests/run.sh", result.stderr)

    def test_an_installed_plugin_is_used_as_it_is(self) -> None:
        self.keep_sample()
        installed = self.folder / "lib"
        installed.mkdir()
        (installed / "libgstpose.so").symlink_to(BUILT / "libgstpose.so")
        self.without_plugin(installed)
        result = self.call()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.called("meson") + self.called("ninja"), [])
        self.assert_files(20)

    def test_a_plugin_is_built_once_where_there_is_none(self) -> None:
        self.keep_sample()
        self.without_plugin()
        self.fake_build()
        for _ in range(2):
            result = self.call()
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assert_files(20)
        (setup,) = self.called("meson")
        self.assertIn("-Dunity=on", setup)
        self.assertEqual([line.split()[-1] for line in self.called("ninja")], ["gst/libgstpose.so"] * 2)

    def test_what_is_missing_is_installed_and_no_more(self) -> None:
        self.keep_sample()
        self.without_plugin()
        self.fake_build()
        self.fake("dpkg-query", 'shift 2; for name; do case $name in libopencv-dnn-dev | gstreamer1.0-libav) ;; '
                                '*) echo "installed $name" ;; esac; done; exit 1')
        self.fake("apt-get", "exit 0")
        self.fake("sudo", 'shift; while [ "$1" = -- ] || [ "$1" = -n ]; do shift; done; exec "$@"')
        result = self.call()
        self.assertEqual(result.returncode, 0, result.stderr)
        installed = [line.split("--no-install-recommends ")[1].strip() for line in self.called("apt-get")
                     if " install " in line and "--print-uris" not in line]
        self.assertEqual(installed, ["libopencv-dnn-dev", "gstreamer1.0-libav"])
        self.assertEqual(len([line for line in self.called("apt-get") if line.endswith(" update ")]), 1)

    def test_a_build_that_fails_is_shown(self) -> None:
        self.keep_sample()
        self.without_plugin()
        self.fake_build()
        self.fake("ninja", "echo estimate.cpp: a fault; exit 1")
        result = self.call()
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("estimate.cpp: a fault", result.stderr)
        self.assertIn("the plugin could not be built", result.stderr)
        self.assert_no_files()

    def test_an_interrupted_build_ends(self) -> None:
        self.keep_sample()
        self.without_plugin()
        self.fake_build()
        self.fake("ninja", f'echo $$ >"{self.escaped(self.folder)}/ninja.pid"; exec sleep 100')
        process = subprocess.Popen([SCRIPTS / "demo.sh"], cwd=self.folder, env=self.environment, text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   start_new_session=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        noted = self.folder / "ninja.pid"
        end = time.monotonic() + 60
        while not (noted.is_file() and noted.read_text()):
            self.assertIsNone(process.poll())
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        self.assertEqual(process.wait(30), 130)
        self.assertIn("Stopped.", process.stdout.read())
        state = Path("/proc", noted.read_text().strip(), "stat")
        end = time.monotonic() + 30
        while state.exists() and ") Z " not in state.read_text():
            self.assertLess(time.monotonic(), end, "what was started goes on")
            time.sleep(0.05)
        self.assert_no_files()

    def test_the_sample_is_taken_out_of_its_package(self) -> None:
        tree = self.folder / "tree"
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "DEBIAN" / "control").write_text("Package: opencv-doc\nVersion: 1\nArchitecture: all\n"
                                                 "Maintainer: A <a@b.c>\nDescription: a sample\n")
        data = tree / "usr" / "share" / "doc" / "opencv-doc" / "examples" / "data"
        data.mkdir(parents=True)
        make_film(data / "vtest.avi", 20)
        package = self.folder / "opencv-doc_1_all.deb"
        subprocess.run(["dpkg-deb", "--build", "--root-owner-group", tree, package], check=True, capture_output=True)
        self.fake("apt-get", 'case "$*" in *" download "*) cp "' + self.escaped(package) + '" . ;; esac')
        result = self.call()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_files(20)
        self.assertEqual([path.name for path in self.sample.parent.iterdir()], ["vtest.avi"])
        self.assertEqual([line for line in self.called("apt-get") if " install " in line], [])

    def test_a_sample_that_is_not_to_be_had_is_an_error(self) -> None:
        result = self.call()
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("name a video instead, as in pipelines/demo.sh video.mp4", result.stderr)
        self.assertEqual(list(self.sample.parent.iterdir()), [])
        self.assert_no_files()

    def test_a_dead_server_is_not_waited_for(self) -> None:
        self.keep_sample()
        self.environment["POSE_MODEL_PATH"] = ""
        self.fake("timeout", "exit 124")  # as where a firewall swallows what is sent
        result = self.call()
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertEqual({line.split()[-1] for line in self.called("timeout")},
                         {"storage.openvinotoolkit.org", "download.01.org"})
        self.assertNotIn("lightweight-coco: ", result.stderr)
        self.assertIn("movenet-multipose", result.stderr)
        self.assertIn("npm pack", result.stderr)
        self.assertIn("docs/models.md", result.stderr)
        self.assert_no_files()

    def test_the_picture_is_opened_before_a_screen_alone(self) -> None:
        self.keep_sample()
        self.fake("xdg-open", "exit 3")
        for display, terminal in (("", True), (":1", False), (":1", True)):
            with self.subTest(display=display, terminal=terminal):
                self.environment["DISPLAY"] = display
                ours, its = pty.openpty()
                result = subprocess.run([SCRIPTS / "demo.sh"], cwd=self.folder, env=self.environment, text=True,
                                        stdin=subprocess.DEVNULL, stdout=its if terminal else subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, timeout=120, check=False)
                self.assertEqual(result.returncode, 0, result.stderr)
                end = time.monotonic() + (30 if display and terminal else 0.5)
                while not self.called("xdg-open") and time.monotonic() < end:
                    time.sleep(0.05)
                self.assertEqual(bool(self.called("xdg-open")), bool(display and terminal))
                os.close(its)
                os.close(ours)

    def test_the_help_is_a_page(self) -> None:
        result = self.call("--help")
        self.assertLessEqual(len(result.stdout.splitlines()), 25)
        self.assertIn("--all", result.stdout)


if __name__ == "__main__":
    unittest.main()
