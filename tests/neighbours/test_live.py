# SPDX-License-Identifier: LGPL-2.1-or-later
"""Streams that do not go on evenly: of other formats than time, with frames that were dropped or
repeated on the way, with caps and segments that change."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from neighbours import Gst, PEOPLE, require, run, support, use_real_models

# Somebody is in view of it all the time. At its own pace, as a camera would give it.
CAMERA = f'filesrc location="{PEOPLE}" ! decodebin ! videoconvert ! identity sync=true '
POSE = "poseestimate name=pose model=lightweight-coco width=256 height=144 "


class LeakyQueue(unittest.TestCase):
    """Marks what comes after each frame that it drops with DISCONT."""

    def setUp(self):
        use_real_models(self)
        require(self, PEOPLE, "avdec_h264")

    def test_people_are_carried_over_dropped_frames(self):
        # Held, since on a busy machine hardly a frame is near enough to the next for optical flow.
        result = run(CAMERA + "! queue leaky=downstream max-size-buffers=5 ! " + POSE +
                     "inference=latest carry=hold ! identity sleep-time=60000 ! fakesink sync=false")
        self.assertEqual(result.errors, [])
        frames = result.frames
        while frames and frames[0].poses is None:
            frames.pop(0)
        self.assertGreater(len(frames), 2, "nothing was analysed")
        self.assertGreaterEqual(result.with_poses, 0.9 * len(frames))

    def test_ids_last_over_dropped_frames(self):
        result = run(CAMERA + "! queue leaky=downstream max-size-buffers=1 ! " + POSE +
                     "inference=every-frame ! fakesink sync=false")
        self.assertEqual(result.errors, [])
        self.assertGreater(len(result.frames), 2)
        # However few frames a busy machine leaves, somebody is in two of them.
        ids = [number for frame in result.frames for number in frame.ids]
        self.assertLess(len(set(ids)), len(ids), "nobody keeps their id")


class RepeatedFrames(unittest.TestCase):
    """videorate marks what it makes of a frame as GAP."""

    def setUp(self):
        use_real_models(self)
        require(self, PEOPLE, "avdec_h264")

    def test_frames_that_videorate_repeats_show_people_too(self):
        result = run(
            f'filesrc location="{PEOPLE}" ! decodebin ! videoconvert '
            "! videorate ! video/x-raw,framerate=10/1 ! identity eos-after=10 "
            "! videorate ! video/x-raw,framerate=25/1 ! " + POSE +
            "inference=every-frame overlay=true ! fakesink sync=false")
        self.assertEqual(result.errors, [])
        self.assertGreaterEqual(len(result.frames), 20)
        self.assertEqual(result.with_poses, len(result.frames))
        gaps = [frame for frame in result.frames if frame.flags & int(Gst.BufferFlags.GAP)]
        self.assertEqual(gaps, [], "what was drawn on is no gap any more")


class Toy(unittest.TestCase):
    """With a network that finds something or nothing, but goes all the way."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        support.make_toy_network(Path(folder.name))
        os.environ["POSE_MODEL_PATH"] = folder.name

    def test_a_stream_in_bytes_has_no_times(self):
        # A source of bytes, as fakesrc and filesrc are, has no segment in TIME format.
        result = subprocess.run(
            ["gst-launch-1.0", "-q", "fakesrc", "num-buffers=5", "sizetype=fixed", "sizemax=4096",
             "filltype=zero", "!", "video/x-raw,format=GRAY8,width=64,height=64,framerate=25/1",
             "!", "poseestimate", "post-messages=true", "overlay=true", "!", "poseoverlay",
             "background=black", "!", "posejson", "!", "fdsink"],
            env={**os.environ, "G_DEBUG": "fatal-criticals"}, capture_output=True, text=True,
            timeout=120, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(result.stdout.splitlines()), 5)
        self.assertNotIn("CRITICAL", result.stderr)


if __name__ == "__main__":
    unittest.main()
