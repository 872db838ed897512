# SPDX-License-Identifier: LGPL-2.1-or-later
"""Video that is stored turned or mirrored: videos of phones, cameras that hang from ceilings."""

from __future__ import annotations

import unittest

from neighbours import PEOPLE, Frame, require, run, use_real_models

FRAMES = 6
NETWORK = "model=lightweight-coco width=256 height=144 inference=every-frame"

# What turns frames upright, what stores upright ones so, the tag that says it, and where a point of
# the stored frame of w x h pixels lies in the upright one.
DIRECTIONS = {
    "90r": ("90l", "rotate-90", lambda x, y, w, h: (h - 1 - y, x)),
    "180": ("180", "rotate-180", lambda x, y, w, h: (w - 1 - x, h - 1 - y)),
    "90l": ("90r", "rotate-270", lambda x, y, w, h: (y, w - 1 - x)),
    "horiz": ("horiz", "flip-rotate-0", lambda x, y, w, h: (w - 1 - x, y)),
    "vert": ("vert", "flip-rotate-180", lambda x, y, w, h: (x, h - 1 - y)),
    "ul-lr": ("ul-lr", "flip-rotate-270", lambda x, y, w, h: (y, x)),
    "ur-ll": ("ur-ll", "flip-rotate-90", lambda x, y, w, h: (h - 1 - y, w - 1 - x)),
}


def people_of(frames: list[Frame]) -> int:
    return sum(len(frame.poses or []) for frame in frames)


def shared(upright: list[Frame], turned: list[Frame], back) -> tuple[int, int]:
    """Of the keypoints of `upright`, those that somebody in `turned` has within a pixel; and how
    many there are."""
    hits = total = 0
    for one, other in zip(upright, turned):
        bodies = [[point and back(point[0], point[1]) for point in pose["points"]]
                  for pose in other.poses or []]
        for pose in one.poses or []:
            found = [(i, point) for i, point in enumerate(pose["points"]) if point]
            total += len(found)
            hits += max((sum(1 for i, (x, y, _) in found
                             if body[i] and abs(body[i][0] - x) < 1 and abs(body[i][1] - y) < 1)
                         for body in bodies), default=0)
    return hits, total


class Direction(unittest.TestCase):
    def setUp(self):
        use_real_models(self)
        require(self, PEOPLE, "avdec_h264", "videoflip", "taginject")

    def analyse(self, how: str, properties: str = ""):
        result = run(
            f'filesrc location="{PEOPLE}" ! decodebin ! identity eos-after={FRAMES + 1} '
            f"! videoconvert ! video/x-raw,format=I420 {how} "
            f"! poseestimate name=pose {NETWORK} {properties} ! fakesink sync=false")
        self.assertEqual(result.errors, [])
        self.assertGreaterEqual(len(result.frames), FRAMES)
        del result.frames[FRAMES:]  # some that were under way may follow
        return result

    def test_finds_everybody_where_the_tag_is_heeded(self):
        upright = self.analyse("")
        self.assertGreater(people_of(upright.frames), 0)
        width, height = 1280, 720
        for direction, (opposite, tag, back) in DIRECTIONS.items():
            with self.subTest(direction):
                stored = (f'! videoflip video-direction={opposite} '
                          f'! taginject tags="image-orientation={tag}"')
                turned = self.analyse(stored, "video-direction=auto")
                self.assertEqual(turned.warnings, [])
                w, h = (width, height) if direction in ("180", "horiz", "vert") else (height, width)
                hits, total = shared(
                    upright.frames, turned.frames, lambda x, y: back(x, y, w, h))
                self.assertEqual([frame.pts for frame in turned.frames],
                                 [frame.pts for frame in upright.frames])
                self.assertEqual(people_of(turned.frames), people_of(upright.frames))
                self.assertGreater(hits, 0.97 * total, (hits, total))

    def test_tells_of_a_tag_that_is_not_heeded(self):
        stored = '! videoflip video-direction=90l ! taginject tags="image-orientation=rotate-90"'
        self.assertEqual(len(self.analyse(stored).warnings), 1)
        self.assertEqual(self.analyse(stored, "video-direction=90r").warnings, [])


if __name__ == "__main__":
    unittest.main()
