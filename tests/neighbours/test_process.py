# SPDX-License-Identifier: LGPL-2.1-or-later
"""Metadata in another process, through shared memory."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from neighbours import Gst, GstPose, require, support

FRAMES = 20

# A process that adds no metadata of its own, and knows the library only as far as it is told.
RECEIVER = """\
import sys
import gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
pipeline = Gst.parse_launch(sys.argv[1])
pipeline.set_state(Gst.State.PLAYING)
message = pipeline.get_bus().timed_pop_filtered(
    60 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
pipeline.set_state(Gst.State.NULL)
if message is None or message.type == Gst.MessageType.ERROR:
    sys.exit(message.parse_error()[0].message if message else "no end after a minute")
"""


def frame(number: int) -> Gst.Buffer:
    buffer = Gst.Buffer.new_wrapped(bytes(64 * 48))
    buffer.pts = number * Gst.SECOND // 25
    buffer.duration = Gst.SECOND // 25
    bodies = GstPose.Meta.new(GstPose.KeypointSet.COCO, 64, 48, buffer.pts, Gst.MSECOND)
    for person in range(number % 3):  # nobody, too
        values = [value for i in range(18) for value in (number + i / 8, person, 0.5)]
        bodies.add_pose(person, 0.75, values, 3)
    hands = GstPose.Meta.new(GstPose.KeypointSet.HAND, 64, 48, buffer.pts, Gst.MSECOND)
    hands.add_pose(number, 0.5, [number, number / 2, 0.5] * 21, 3)
    hands.set_hand(0, GstPose.HandSide.LEFT, 0)
    GstPose.buffer_add_pose_meta(buffer, bodies)
    GstPose.buffer_add_pose_meta(buffer, hands)
    return buffer


def lines(path: Path) -> list[dict]:
    """What posejson wrote, without what each process counts by a clock of its own."""
    kept = "people", "width", "height", "mode", "age", "version"
    return [{key: line[key] for key in kept}
            for line in map(json.loads, path.read_text(encoding="utf-8").splitlines())]


class Process(unittest.TestCase):
    def setUp(self):
        require(self, "unixfdsink", "unixfdsrc")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def send(self, receiver: str) -> subprocess.CompletedProcess:
        """Sends FRAMES frames to a process that runs `receiver` behind its source."""
        socket = self.folder / "socket"
        pipeline = support.parse(
            "appsrc name=from format=time caps=video/x-raw,format=GRAY8,width=64,height=48,"
            "framerate=25/1 ! tee name=t "
            f"t. ! queue ! posejson ! filesink location={self.folder / 'here.jsonl'} "
            # Older releases want memory that has a file descriptor; videoconvert takes the sink's.
            "t. ! queue ! videoconvert ! video/x-raw,format=RGB "
            f"! unixfdsink sync=false async=false socket-path={socket} "
            "wait-for-connection=true")
        pipeline.set_state(Gst.State.PLAYING)
        self.addCleanup(pipeline.set_state, Gst.State.NULL)
        source = pipeline.get_by_name("from")
        for number in range(FRAMES):
            source.emit("push-buffer", frame(number))
        source.emit("end-of-stream")
        deadline = time.monotonic() + 30
        while not socket.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        return subprocess.run(
            [sys.executable, "-c", RECEIVER,
             f"unixfdsrc socket-path={socket} num-buffers={FRAMES} ! {receiver}"],
            capture_output=True, text=True, timeout=90, check=False)

    def test_has_every_line_that_this_one_has(self):
        there = self.folder / "there.jsonl"
        done = self.send(f"posejson ! filesink location={there}")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("WARN", done.stderr)
        here = lines(self.folder / "here.jsonl")
        self.assertEqual(len(here), FRAMES)
        self.assertEqual(lines(there), here)

    def test_without_an_element_of_ours_passes_it_on(self):
        if Gst.version() < (1, 28):
            self.skipTest("needs GStreamer 1.28, which loads a plugin for its metadata")
        # The process in the middle has loaded nothing of ours before it meets the metadata.
        second = self.folder / "second"
        there = self.folder / "there.jsonl"
        last = subprocess.Popen(
            [sys.executable, "-c", "import os, sys, time\n"
             "while not os.path.exists(sys.argv[2]): time.sleep(0.02)\n" + RECEIVER,
             f"unixfdsrc socket-path={second} num-buffers={FRAMES} ! posejson "
             f"! filesink location={there}", str(second)],
            stderr=subprocess.PIPE, text=True)
        done = self.send(f"unixfdsink sync=false socket-path={second} wait-for-connection=true")
        self.assertEqual(done.returncode, 0, done.stderr)
        stderr = last.communicate(timeout=60)[1]
        self.assertEqual(last.returncode, 0, stderr)
        self.assertEqual(lines(there), lines(self.folder / "here.jsonl"))


if __name__ == "__main__":
    unittest.main()
