# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cropping before and behind our elements. videocrop only tags the buffer where all behind it
promise to read the tag (GstVideoCropMeta), and copies the pixels where one does not: what comes out
must be the same."""

from __future__ import annotations

import json
import os
import tempfile
import unittest
from pathlib import Path

from neighbours import PEOPLE, Gst, require, support, use_real_models

import gi

gi.require_version("GstVideo", "1.0")
from gi.repository import GstVideo  # noqa: E402

WIDTH, HEIGHT = 192, 96
LEFT = (40, 40)  # centre of a bright spot, which the network takes for a hand
RIGHT = (144, 56)  # and of another
FRAMES = 3
TOLERANCE = 6  # pixels: the network's cells are 8 wide

POSE = "poseestimate model=hand inference=every-frame carry=none tracking=false"
# Branches that take no metadata, so that nobody upstream may use any.
REFUSES = "fakesink async=false"
NEEDS = ("videocrop", "rawvideoparse", "appsrc", "tee", "queue")


def picture() -> bytes:
    """Returns a GRAY8 frame with the two spots."""
    pixels = bytearray([16] * (WIDTH * HEIGHT))
    for (x, y), level in ((LEFT, 235), (RIGHT, 200)):
        for row in range(y - 4, y + 4):
            pixels[row * WIDTH + x - 4:row * WIDTH + x + 4] = bytes([level] * 8)
    return bytes(pixels)


class Cropping(unittest.TestCase):
    def setUp(self):
        require(self, *NEEDS)
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        support.make_hand_network(self.folder)
        os.environ["POSE_MODEL_PATH"] = str(self.folder)
        (self.folder / "frames").write_bytes(picture() * FRAMES)
        self.source = (f'filesrc location="{self.folder}/frames" ! rawvideoparse format=gray8 '
                       f"width={WIDTH} height={HEIGHT} framerate=25/1")
        self.lines_to = self.folder / "lines"

    def lines(self, middle: str, source: str | None = None) -> list[dict]:
        """Runs source ! middle, in which LINES stands for posejson and its file."""
        support.run(f"{source or self.source} ! " + middle.replace(
            "LINES", f'posejson ! filesink location="{self.lines_to}"'))
        return [json.loads(line) for line in self.lines_to.read_text().splitlines()]

    def assert_hands(self, lines: list[dict], size: tuple[int, int],
                     *places: tuple[int, int]) -> None:
        """Asserts that each line has hands at these places, from the left, and no others."""
        self.assertEqual(len(lines), FRAMES)
        for line in lines:
            self.assertEqual((line["width"], line["height"]), size)
            hands = [person["hand_right_keypoints_2d"] or person["hand_left_keypoints_2d"]
                     for person in line["people"]]
            self.assertEqual(len(hands), len(places), hands)
            for hand, place in zip(sorted(hands), places):
                self.assertAlmostEqual(hand[0], place[0], delta=TOLERANCE)
                self.assertAlmostEqual(hand[1], place[1], delta=TOLERANCE)

    def test_what_was_cut_away_is_not_analysed(self):
        small = f"{POSE} width=96 height=96"
        layouts = {
            "alone": f"videocrop left=96 ! {small} ! LINES",
            "behind a queue": f"videocrop left=96 ! queue ! {small} ! queue ! LINES",
            "cropped twice": f"videocrop left=60 ! videocrop left=36 ! {small} ! LINES",
            "beside a branch that refuses":
                f"videocrop left=96 ! {small} ! tee name=t ! queue ! LINES "
                f"t. ! queue ! {REFUSES}",
            "beside a branch that refuses, cropped once for both":
                f"videocrop left=96 ! tee name=t ! queue ! {small} ! LINES "
                f"t. ! queue ! {REFUSES}",
            "with an overlay": f"videocrop left=96 ! {small} ! poseoverlay ! LINES",
        }
        for name, layout in layouts.items():
            with self.subTest(name):
                self.assert_hands(self.lines(layout), (96, 96), (RIGHT[0] - 96, RIGHT[1]))

    def test_analysed_before_the_crop_the_coordinates_are_those_of_the_crop(self):
        big = f"{POSE} width={WIDTH} height={HEIGHT}"
        places = [(x - 24, y - 8) for x, y in (LEFT, RIGHT)]
        layouts = {
            "alone": f"{big} ! videocrop left=24 top=8 ! LINES",
            "in two steps": f"{big} ! videocrop left=20 ! videocrop left=4 top=8 ! LINES",
            "with an overlay": f"{big} ! videocrop left=24 top=8 ! poseoverlay ! LINES",
        }
        # Where videocrop copies the pixels it takes our metadata along since 1.28.
        if Gst.version() >= (1, 28, 0, 0):
            layouts["beside a branch that refuses"] = (
                f"{big} ! videocrop left=24 top=8 ! tee name=t ! queue ! LINES "
                f"t. ! queue ! {REFUSES}")
            layouts["tagged, then copied"] = (
                f"{big} ! videocrop left=20 ! videocrop left=4 top=8 ! tee name=t ! queue ! LINES "
                f"t. ! queue ! {REFUSES}")
        for name, layout in layouts.items():
            with self.subTest(name):
                self.assert_hands(self.lines(layout), (WIDTH - 24, HEIGHT - 8), *places)

    def test_between_two_crops_they_are_those_of_the_second(self):
        self.assert_hands(
            self.lines(f"videocrop left=16 ! {POSE} width=176 height=96 ! videocrop top=8 ! LINES"),
            (WIDTH - 16, HEIGHT - 8), *((x - 16, y - 8) for x, y in (LEFT, RIGHT)))

    def test_who_was_cut_away_has_no_place_in_the_line(self):
        lines = self.lines(f"{POSE} width={WIDTH} height={HEIGHT} ! videocrop left=96 ! LINES")
        self.assert_hands(lines, (96, 96), (RIGHT[0] - 96, RIGHT[1]))

    def test_regions_of_the_cropped_frame_are_found_again(self):
        small = f"{POSE} width=96 height=96"
        lines = self.lines(
            f"videocrop left=96 ! {small} attach-regions=true ! identity "
            f"! {small} regions=metadata region-type=hand attach-regions=false ! LINES")
        self.assert_hands(lines, (96, 96), *[(RIGHT[0] - 96, RIGHT[1])] * 2)

    def test_regions_of_others_count_from_the_whole_video(self):
        pipeline = support.parse(
            "appsrc name=detector format=time "
            f"caps=video/x-raw,format=GRAY8,width={WIDTH},height={HEIGHT},framerate=25/1 "
            f"! videocrop left=96 ! {POSE} width=96 height=96 regions=metadata region-type=thing "
            f'attach-regions=false ! posejson ! filesink location="{self.lines_to}"')
        source = pipeline.get_by_name("detector")
        for number in range(FRAMES):
            buffer = Gst.Buffer.new_wrapped(picture())
            buffer.pts = number * Gst.SECOND // 25
            GstVideo.buffer_add_video_region_of_interest_meta(
                buffer, "thing", RIGHT[0] - 12, RIGHT[1] - 12, 24, 24)
            source.emit("push-buffer", buffer)
        source.emit("end-of-stream")
        pipeline.set_state(Gst.State.PLAYING)
        message = pipeline.get_bus().timed_pop_filtered(
            60 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
        pipeline.set_state(Gst.State.NULL)
        self.assertEqual(message.type, Gst.MessageType.EOS)
        lines = [json.loads(line) for line in self.lines_to.read_text().splitlines()]
        self.assert_hands(lines, (96, 96), (RIGHT[0] - 96, RIGHT[1]))

    def frames_of(self, description: str) -> list[bytes]:
        """Returns all bytes of the buffers that leave the element called x."""
        pipeline = support.parse(description)
        found = []

        def on_buffer(_pad, info):
            buffer = info.get_buffer()
            found.append(buffer.extract_dup(0, buffer.get_size()))
            return Gst.PadProbeReturn.OK

        pipeline.get_by_name("x").get_static_pad("src").add_probe(
            Gst.PadProbeType.BUFFER, on_buffer)
        pipeline.set_state(Gst.State.PLAYING)
        message = pipeline.get_bus().timed_pop_filtered(
            60 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
        pipeline.set_state(Gst.State.NULL)
        self.assertEqual(message.type, Gst.MessageType.EOS)
        self.assertEqual(len(found), FRAMES)
        return found

    def test_nothing_of_the_video_stays_behind_a_crop_made_black(self):
        for end in ("posejson ! fakesink", "fakesink"):
            with self.subTest(end):
                for frame in self.frames_of(
                        f"{self.source} ! videocrop left=96 top=9 "
                        f"! poseoverlay name=x background=black ! {end}"):
                    self.assertEqual(len(set(frame)), 1)

    def test_the_overlay_is_drawn_at_the_same_place_before_and_behind_the_crop(self):
        big = f"{self.source} ! {POSE} width={WIDTH} height={HEIGHT}"
        before = self.frames_of(f"{big} ! poseoverlay name=x ! fakesink")
        self.assertNotEqual(before[0], picture())
        behind = self.frames_of(f"{big} ! videocrop left=12 top=5 ! poseoverlay name=x "
                                "! posejson ! fakesink")
        self.assertEqual(len(behind[0]), len(before[0]), "the crop was not left to the overlay")
        self.assertEqual(behind, before)


class CroppedFilm(unittest.TestCase):
    """The same with real people: as many, at the same places."""

    def setUp(self):
        use_real_models(self)
        require(self, PEOPLE, "avdec_h264", "videocrop")

    def test_has_the_same_people_in_each_layout(self):
        source = (f'filesrc location="{PEOPLE}" ! decodebin ! videoconvert '
                  "! video/x-raw,format=I420 ! identity eos-after=3")
        crop = "videocrop left=64 bottom=10"
        pose = ("poseestimate model=lightweight-coco width=-1 height=144 inference=every-frame "
                "tracking=false")
        found = []
        for layout in (
                f"{source} ! {crop} ! {pose} ! posejson ! filesink location=LINES",
                f"{source} ! {crop} ! {pose} ! tee name=t ! queue ! posejson "
                f"! filesink location=LINES t. ! queue ! {REFUSES}"):
            with tempfile.TemporaryDirectory() as folder:
                support.run(layout.replace("LINES", f'"{folder}/lines"'))
                text = Path(folder, "lines").read_text()
            found.append([json.loads(line)["people"] for line in text.splitlines()][:2])
        self.assertTrue(any(found[0]), "nobody was found")
        self.assertEqual(found[0], found[1])


if __name__ == "__main__":
    unittest.main()
