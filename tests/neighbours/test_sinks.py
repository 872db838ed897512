# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sinks that keep time: they tell upstream what came too late, and drop it."""

import tempfile
import unittest
from collections import Counter
from pathlib import Path

from neighbours import (PEOPLE, VIDEO_SINK, Gst, require, run, support, use_real_models,
                        write_part)

FILM = f'filesrc location="{PEOPLE}" ! decodebin ! videoconvert '
POSE = "! poseestimate name=pose model=lightweight-coco width=128 height=128 "
FRAMES = 205  # of the film, in all of which one and the same person is in view


def part_of_film(test) -> str:
    """Returns what plays about twenty frames."""
    folder = Path(test.enterContext(tempfile.TemporaryDirectory()))
    return write_part(folder / "part.mkv", 20)


def frames_of(part: str) -> int:
    return len(run(part + "! identity name=pose ! fakesink sync=false").frames)


def longest_lasting(frames) -> int:
    """In how many frames the id is that is in most of them."""
    return Counter(number for frame in frames for number in set(frame.ids)).most_common(1)[0][1]


class Shown(unittest.TestCase):
    def setUp(self):
        use_real_models(self)
        require(self, PEOPLE, "avdec_h264", "avenc_ffv1")

    def watch(self, size: str):
        return run(FILM + f"! poseestimate name=pose model=lightweight-coco {size} "
                   f"carry=hold overlay=true ! videoconvert ! {VIDEO_SINK}")

    def test_no_frame_of_a_film_is_lost(self):
        result = self.watch("width=256 height=144")
        self.assertEqual(result.errors, [])
        self.assertEqual(len(result.frames), FRAMES)
        # All of it, but for what rare analyses on a busy machine may mistake.
        self.assertGreater(longest_lasting(result.frames), 0.4 * FRAMES)
        self.assertEqual(sum(1 for frame in result.frames if frame.poses is None), 0)

    def test_no_frame_is_lost_with_a_network_that_is_far_too_slow(self):
        result = self.watch("width=656 height=368")
        self.assertEqual(result.errors, [])
        self.assertEqual(len(result.frames), FRAMES)
        self.assertEqual(sum(1 for frame in result.frames if frame.poses is None), 0)

    def test_no_frame_is_lost_where_all_are_analysed(self):
        part = part_of_film(self)
        result = run(part + POSE + f"inference=every-frame ! {VIDEO_SINK}")
        self.assertEqual(result.errors, [])
        self.assertEqual(len(result.frames), frames_of(part))


class Analysed(unittest.TestCase):
    """Without such a sink a film waits for the network, however long that takes."""

    def setUp(self):
        use_real_models(self)
        require(self, PEOPLE, "avdec_h264", "avenc_ffv1")

    def test_every_frame_of_a_film_is_analysed(self):
        part = part_of_film(self)
        pipeline = support.parse(part + POSE + "! fakesink sync=false")
        pipeline.set_state(Gst.State.PLAYING)
        message = pipeline.get_bus().timed_pop_filtered(
            120 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
        stats = pipeline.get_by_name("pose").get_property("stats")
        pipeline.set_state(Gst.State.NULL)
        self.assertEqual(message.type, Gst.MessageType.EOS)
        self.assertEqual(stats.get_uint64("frames").value, frames_of(part))
        self.assertEqual(stats.get_uint64("inferences").value, stats.get_uint64("frames").value)


if __name__ == "__main__":
    unittest.main()
