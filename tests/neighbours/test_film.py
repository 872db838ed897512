# SPDX-License-Identifier: LGPL-2.1-or-later
"""Films: a decoder before, a sink that keeps time behind."""

import os
import tempfile
import unittest
from pathlib import Path

from neighbours import PEOPLE, require, run, support, use_real_models


class Film(unittest.TestCase):
    def setUp(self):
        use_real_models(self)
        require(self, PEOPLE, "avdec_h264")

    def test_that_is_analysed_as_fast_as_it_goes_has_somebody_in_every_frame(self):
        result = run(
            f'filesrc location="{PEOPLE}" num-buffers=60 ! decodebin ! videoconvert '
            "! poseestimate name=pose model=lightweight-coco width=256 height=144 interval=4 "
            "! fakesink sync=false")
        self.assertEqual(result.errors, [])
        self.assertTrue(result.frames)
        self.assertEqual(result.with_poses, len(result.frames))


class InterlacedFilm(unittest.TestCase):
    """The lines of 20 fields a pipeline makes, as neighbours.md has it."""

    def lines(self, order: str) -> int:
        require(self, "interlace", "deinterlace")
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            support.make_toy_network(folder)
            os.environ["POSE_MODEL_PATH"] = str(folder)
            support.run(
                "videotestsrc num-buffers=20 ! video/x-raw,format=I420,width=64,height=64,"
                f"framerate=50/1 ! interlace field-pattern=1:1 ! {order} "
                f'! posejson ! filesink location="{folder}/lines"')
            return len((folder / "lines").read_text().splitlines())

    def test_is_deinterlaced_first(self):
        self.assertGreaterEqual(self.lines("deinterlace ! poseestimate"), 19)

    def test_loses_its_metadata_in_deinterlace(self):
        """Should this fail, deinterlace has learnt to keep it: metadata.md has to say so."""
        self.assertEqual(self.lines("poseestimate ! deinterlace"), 0)

    def test_that_is_progressive_keeps_it(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            support.make_toy_network(folder)
            os.environ["POSE_MODEL_PATH"] = str(folder)
            support.run("videotestsrc num-buffers=5 ! poseestimate ! deinterlace "
                        f'! posejson ! filesink location="{folder}/lines"')
            self.assertEqual(len((folder / "lines").read_text().splitlines()), 5)


if __name__ == "__main__":
    unittest.main()
