# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every script of pipelines/ describes a pipeline that exists; those for files do what they say."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
import unittest
from collections.abc import Callable
from pathlib import Path

from films import (HEIGHT, MATRICES, MAYBE_UNREAD, WIDTH, first_frame, make_clips, make_film, orientation_of,
                    shape_of)
from support import SCRIPTS, frames_of, make_hand_network, make_toy_network, parse, quoted, run

FRAMES = 20

DESCRIBED = {
    "annotate.sh": [["in put.avi", "out \"put\".mp4"], ["in.avi", "out.mp4", "out.jsonl"]],
    "demo.sh": [[], ["film.mp4"], ["rtsp://camera/stream"], ["/dev/video0"], ["--height", "432"],
                ["https://host/film.webm"], ["--hands"], ["--hands", "rtsp://camera/stream"]],
    "hands.sh": [["in.avi", "out.mp4"], ["in put.avi", "out.mp4", "out \"put\".jsonl"]],
    "json.sh": [["film.mp4"], ["rtsp://camera/stream"]],
    "rtsp-record.sh": [["rtsp://camera/stream", "some folder"]],
    "rtsp-view.sh": [["rtsp://camera/stream?a=b&c=d"]],
    "two-cameras.sh": [["/dev/video0", "rtsp://camera/stream"], ["a.mp4", "b.mp4"]],
    "webcam.sh": [[], ["/dev/video1"]],
}


class Descriptions(unittest.TestCase):
    """What --print prints."""

    def test_every_script_is_tested(self) -> None:
        found = {path.name for path in SCRIPTS.glob("*.sh")}
        self.assertEqual(found, set(DESCRIBED))

    def test_every_description_can_be_parsed(self) -> None:
        for name, cases in DESCRIBED.items():
            for arguments in cases:
                with self.subTest(script=name, arguments=arguments):
                    result = subprocess.run([SCRIPTS / name, "--print", *arguments], cwd="/",
                                            capture_output=True, text=True, check=True)
                    parse(result.stdout)

    def printed(self, name: str, *arguments: str) -> list[str]:
        """Returns the elements of what a script prints, in their order."""
        text = subprocess.run([SCRIPTS / name, "--print", *arguments], cwd="/", check=True,
                              capture_output=True, text=True).stdout
        return [" ".join(element.split()) for element in text.split(" ! ")]

    def test_hands_are_analysed_before_anything_is_drawn(self) -> None:
        for name, arguments in (("demo.sh", ["--hands"]), ("demo.sh", ["--hands", "/dev/video0"]),
                                ("hands.sh", ["in.avi", "out.mp4", "out.jsonl"])):
            with self.subTest(script=name, arguments=arguments):
                elements = self.printed(name, *arguments)
                people, hands = (i for i, element in enumerate(elements)
                                 if element.startswith("poseestimate"))
                self.assertEqual(hands, people + 1)
                self.assertIn(" mode=hand regions=people", elements[hands])
                self.assertNotIn("model=", elements[hands])  # the first that is installed
                self.assertNotIn("overlay", elements[people] + elements[hands])
                self.assertGreater(elements.index("poseoverlay"), hands)
                live = "/dev/video0" in arguments
                for index in (people, hands):
                    self.assertEqual("inference=every-frame" in elements[index], not live)

    def test_a_demo_without_hands_draws_people_alone(self) -> None:
        elements = self.printed("demo.sh")
        self.assertEqual(len([e for e in elements if e.startswith("poseestimate")]), 1)
        self.assertNotIn("poseoverlay", elements)

    def test_the_check_knows_what_does_not_exist(self) -> None:
        for wrong in ("fakesrc ! poseestimat ! fakesink", "fakesrc ! poseestimate overlai=1"):
            with self.subTest(wrong), self.assertRaises(Exception):
                parse(wrong)

    def test_wrong_usage_is_refused(self) -> None:
        for name, arguments in (("annotate.sh", ["one"]), ("json.sh", []), ("webcam.sh", ["--x"]),
                                ("demo.sh", ["--frames", "0"]), ("demo.sh", ["--height"]),
                                ("demo.sh", ["a", "b"])):
            with self.subTest(script=name, arguments=arguments):
                result = subprocess.run([SCRIPTS / name, *arguments], capture_output=True,
                                        text=True, check=False)
                self.assertNotEqual(result.returncode, 0)
                self.assertTrue(result.stderr)

    def test_every_script_has_help(self) -> None:
        for name in DESCRIBED:
            with self.subTest(name):
                result = subprocess.run([SCRIPTS / name, "--help"], capture_output=True, text=True,
                                        check=True)
                self.assertTrue(result.stdout.startswith(name), result.stdout)


class Runs(unittest.TestCase):
    """The scripts for files, on a film with a toy network."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="gst pose '\"")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        make_toy_network(self.folder)
        self.environment = dict(os.environ, POSE_MODEL_PATH=str(self.folder),
                                XDG_DATA_HOME=str(self.folder / "data"))
        self.film = self.folder / "a film.avi"

    def make_film(self, frames: int, size: str = "width=161,height=91") -> None:
        """Writes a film with sound, of an odd size unless another is asked for."""
        run(f"avimux name=mux ! filesink location={quoted(self.film)} "
            f"audiotestsrc num-buffers={frames} samplesperbuffer=1764 ! queue ! mux. "
            f"videotestsrc num-buffers={frames} pattern=ball ! video/x-raw,{size},framerate=25/1 "
            "! queue ! jpegenc ! mux.")

    def call(self, name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run([SCRIPTS / name, *map(str, arguments)], cwd=self.folder, text=True,
                              env=self.environment, capture_output=True, timeout=120, check=False,
                              stdin=subprocess.DEVNULL)

    def start(self, name: str, *arguments: object) -> subprocess.Popen[str]:
        process = subprocess.Popen([SCRIPTS / name, *map(str, arguments)], cwd=self.folder,
                                   env=self.environment, text=True, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   start_new_session=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def wait(self, process: subprocess.Popen[str], condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not condition():
            if process.poll() is not None or time.monotonic() > end:
                process.kill()
                self.fail(f"waited in vain:\n{process.stdout.read()}")
            time.sleep(0.05)

    def lines(self, path: Path) -> list[dict]:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    def assert_numbered(self, lines: list[dict], count: int) -> None:
        self.assertEqual([line["frame"] for line in lines], list(range(count)))

    def test_json_prints_a_line_for_each_frame(self) -> None:
        self.make_film(FRAMES)
        result = self.call("json.sh", self.film)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_numbered([json.loads(line) for line in result.stdout.splitlines()], FRAMES)

    def test_annotate_writes_every_frame(self) -> None:
        self.make_film(FRAMES)
        film, lines = self.folder / "out \"1\".mp4", self.folder / "out 1.jsonl"
        result = self.call("annotate.sh", self.film, film, lines)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(frames_of(film), FRAMES)
        self.assert_numbered(self.lines(lines), FRAMES)

    def test_annotate_without_lines(self) -> None:
        self.make_film(FRAMES, "width=64,height=64")
        result = self.call("annotate.sh", self.film, "out.mp4")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(frames_of(self.folder / "out.mp4"), FRAMES)

    def make_programs(self, programs: dict[str, str]) -> None:
        """Puts shell scripts of these names before all other programs."""
        folder = self.folder / "programs"
        folder.mkdir()
        for name, text in programs.items():
            path = folder / name
            path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
            path.chmod(0o755)
        self.environment["PATH"] = f"{folder}:{self.environment['PATH']}"

    def test_hands_are_written_too(self) -> None:
        self.make_film(FRAMES)
        for network in ("hand", "mediapipe-hand"):  # the better one is taken once it is there
            with self.subTest(network):
                make_hand_network(self.folder, network)
                result = self.call("hands.sh", self.film, "out.mp4", "out.jsonl")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn(f"the network of hands of {self.folder}/{network}.json",
                              result.stderr)
                self.assertEqual(frames_of(self.folder / "out.mp4"), FRAMES)
                self.assert_numbered(self.lines(self.folder / "out.jsonl"), FRAMES)

    def test_the_demo_writes_hands_too(self) -> None:
        self.make_film(FRAMES)
        make_hand_network(self.folder)
        for most in (7, FRAMES + 5):
            with self.subTest(most):
                result = self.call("demo.sh", "--hands", "--frames", most, "--height", 96,
                                   "--out", "new folder", self.film)
                self.assertEqual(result.returncode, 0, result.stderr)
                out = self.folder / "new folder"
                self.assertEqual(frames_of(out / "annotated.mp4"), min(most, FRAMES))
                self.assert_numbered(self.lines(out / "poses.jsonl"), min(most, FRAMES))

    def test_a_network_of_hands_is_fetched_where_there_is_none(self) -> None:
        self.make_film(FRAMES)
        self.make_programs({"dpkg-query": 'shift 2; for name; do echo "installed $name"; done',
                            "npm": "exit 1"})
        for script, files in (("hands.sh", ["out.mp4"]), ("demo.sh", ["--hands"])):
            with self.subTest(script):
                result = self.call(script, self.film, *files)
                self.assertEqual(result.returncode, 1, result.stderr)
                self.assertIn("npm pack @mediapipe/hands@", result.stderr)
                self.assertIn("no network of hands could be fetched", result.stderr)
                for file in ("out.mp4", "annotated.mp4", "poses.jsonl"):
                    self.assertFalse((self.folder / file).exists(), file)

    def test_a_change_of_size_or_rate_costs_no_frame(self) -> None:
        first = "width=320,height=240,framerate=25/1"
        for then in ("width=160,height=240,framerate=25/1", "width=640,height=480,framerate=25/1",
                     "width=320,height=240,framerate=25/1,pixel-aspect-ratio=2/1",
                     "width=320,height=240,framerate=10/1"):
            with self.subTest(then):
                make_clips(self.film, first, then)
                result = self.call("annotate.sh", self.film, "out.mp4", "out.jsonl")
                self.assertEqual(result.returncode, 0, result.stderr)
                film = self.folder / "out.mp4"
                self.assertEqual(frames_of(film), 20)
                self.assertEqual(shape_of(film), (320, 240))
                self.assert_numbered(self.lines(self.folder / "out.jsonl"), 20)

    def test_the_demo_loses_no_frame_to_a_change_either(self) -> None:
        make_clips(self.film, "width=320,height=240,framerate=25/1",
                   "width=160,height=240,framerate=25/1,pixel-aspect-ratio=2/1")
        result = self.call("demo.sh", self.film)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(frames_of(self.folder / "annotated.mp4"), 20)
        self.assertEqual(len(self.lines(self.folder / "poses.jsonl")), 20)

    def test_frames_that_are_lost_are_an_error(self) -> None:
        make_clips(self.film, "width=320,height=240,framerate=25/1")
        described = subprocess.run([SCRIPTS / "annotate.sh", "--print", self.film, "out.mp4"],
                                   capture_output=True, text=True, check=True).stdout
        lossy = described.replace("! tee", "! identity drop-probability=0.5 ! tee")
        result = subprocess.run(
            ["/usr/bin/python3", SCRIPTS / "lib" / "watch.py", "--file=out.mp4", "--", lossy],
            cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=120,
            check=False)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertRegex(result.stderr, r"out\.mp4 holds \d of 10 frames")

    def test_a_film_without_video_is_an_error_and_leaves_no_file(self) -> None:
        run("audiotestsrc num-buffers=20 ! wavenc ! filesink "
            f"location={quoted(self.folder / 'sound.wav')}")
        make_film(self.folder / "whole.mp4")
        whole = (self.folder / "whole.mp4").read_bytes()
        (self.folder / "nothing.mp4").write_bytes(b"")
        (self.folder / "cut.mp4").write_bytes(whole[:len(whole) // 2])
        for name in ("sound.wav", "nothing.mp4", "cut.mp4"):
            for script, files in (("annotate.sh", ["out.mp4", "out.jsonl"]), ("json.sh", []),
                                  ("demo.sh", [])):
                with self.subTest(input=name, script=script):
                    result = self.call(script, name, *files)
                    self.assertEqual(result.returncode, 1, result.stderr)
                    self.assertIn(f"no video in {name}", result.stderr)
                    self.assertEqual(result.stdout, "")
                    for file in ("out.mp4", "out.jsonl", "annotated.mp4", "poses.jsonl"):
                        self.assertFalse((self.folder / file).exists(), file)

    def test_the_input_is_not_written_over(self) -> None:
        self.make_film(FRAMES)
        before = self.film.read_bytes()
        (self.folder / "link.mp4").symlink_to(self.film)
        for out in (self.film, "link.mp4"):
            result = self.call("annotate.sh", self.film, out)
            self.assertNotEqual(result.returncode, 0)
            self.assertIn("is the input", result.stderr)
        self.assertEqual(self.film.read_bytes(), before)

    def test_video_of_phones_is_written_upright(self) -> None:
        make_film(self.folder / "upright.mp4")
        self.assertEqual(self.call("annotate.sh", "upright.mp4", "u.mp4").returncode, 0)
        expected = first_frame(self.folder / "u.mp4")
        for direction in MATRICES:
            with self.subTest(direction):
                film, written = self.folder / "phone.mp4", self.folder / "out.mp4"
                make_film(film, direction)
                turned = direction in ("90r", "90l", "ul-lr", "ur-ll")
                self.assertEqual(shape_of(film), (HEIGHT, WIDTH) if turned else (WIDTH, HEIGHT))
                if direction in MAYBE_UNREAD and orientation_of(film) is None:
                    continue
                result = self.call("annotate.sh", film, written, "out.jsonl")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertNotIn("warning", result.stderr)
                self.assertEqual(shape_of(written), (WIDTH, HEIGHT))
                self.assertIn(orientation_of(written), (None, "rotate-0"))
                self.assertLess(abs(first_frame(written) - expected).mean(), 4.0)
                for line in self.lines(self.folder / "out.jsonl"):
                    self.assertEqual((line["width"], line["height"]), (WIDTH, HEIGHT))

    def test_lines_are_about_the_upright_frame(self) -> None:
        film = self.folder / "phone.mp4"
        make_film(film, "90r")
        result = self.call("json.sh", film)
        self.assertEqual(result.returncode, 0, result.stderr)
        for line in result.stdout.splitlines():
            self.assertEqual(json.loads(line)["width"], WIDTH)

    def test_the_demo_takes_a_whole_film(self) -> None:
        self.make_film(FRAMES)
        result = self.call("demo.sh", "--out", "new folder", self.film)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(f"{FRAMES} frames in", result.stderr)
        self.assertIn("people in a frame: ", result.stderr)
        self.assertIn("new folder/annotated.mp4", result.stderr)
        self.assertEqual(frames_of(self.folder / "new folder" / "annotated.mp4"), FRAMES)
        self.assert_numbered(self.lines(self.folder / "new folder" / "poses.jsonl"), FRAMES)

    def test_the_demo_stops_after_exactly_so_many_frames(self) -> None:
        self.make_film(FRAMES)
        for most in (1, 7, FRAMES, FRAMES + 5):
            with self.subTest(most):
                result = self.call("demo.sh", "--frames", most, self.film)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn("shortened run", result.stderr)
                self.assertEqual(frames_of(self.folder / "annotated.mp4"), min(most, FRAMES))
                self.assert_numbered(self.lines(self.folder / "poses.jsonl"), min(most, FRAMES))

    def test_an_interrupted_demo_leaves_playable_files(self) -> None:
        self.make_film(3000, "width=320,height=240")
        lines = self.folder / "poses.jsonl"
        make_hand_network(self.folder)
        for options in ([], ["--hands"]):
            with self.subTest(options=options):
                lines.unlink(missing_ok=True)
                process = self.start("demo.sh", *options, self.film)
                self.wait(process, lambda: lines.is_file() and lines.stat().st_size > 4000)
                os.killpg(process.pid, signal.SIGINT)  # as a terminal does
                self.assertEqual(process.wait(30), 130, process.stdout.read())
                count = len(self.lines(lines))
                self.assertGreater(count, 0)
                self.assertLess(count, 3000)
                self.assertEqual(frames_of(self.folder / "annotated.mp4"), count)

    def test_what_cannot_be_played_is_an_error(self) -> None:
        self.film.write_bytes(b"no film at all" * 100)
        for name, arguments in (("demo.sh", []), ("annotate.sh", ["out.mp4"])):
            with self.subTest(name):
                self.assertNotEqual(self.call(name, self.film, *arguments).returncode, 0)
        result = self.call("demo.sh", "missing.avi")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("missing.avi", result.stderr)

    def test_a_camera_is_recorded_until_it_is_interrupted(self) -> None:
        address = self.serve_camera()
        folder = self.folder / "recordings"
        process = self.start("rtsp-record.sh", address, folder)

        def recorded() -> bool:
            return any(path.stat().st_size > 4000 for path in folder.glob("*.jsonl"))

        self.wait(process, recorded)
        os.killpg(process.pid, signal.SIGINT)
        self.assertEqual(process.wait(30), 0, process.stdout.read())
        (film,) = folder.glob("*.mp4")
        self.assertGreater(frames_of(film), 0)

    def test_the_demo_takes_a_camera(self) -> None:
        address = self.serve_camera()
        make_hand_network(self.folder)
        for options in ([], ["--hands"]):
            with self.subTest(options=options):
                result = self.call("demo.sh", *options, "--frames", FRAMES, address)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(frames_of(self.folder / "annotated.mp4"), FRAMES)
                self.assertLessEqual(len(self.lines(self.folder / "poses.jsonl")), FRAMES)

    def test_no_camera_is_an_error(self) -> None:
        result = self.call("rtsp-record.sh", "rtsp://127.0.0.1:9/none", self.folder / "recordings")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("rtsp://127.0.0.1:9/none", result.stderr)

    def serve_camera(self) -> str:
        """Starts a network camera in a process of its own; returns its address."""
        server = subprocess.Popen(["/usr/bin/python3", Path(__file__).parent / "camera.py"],
                                  stdout=subprocess.PIPE, text=True)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        address = server.stdout.readline().strip()
        if not address:
            self.skipTest("gir1.2-gst-rtsp-server-1.0 is not installed")
        return address


if __name__ == "__main__":
    unittest.main()
