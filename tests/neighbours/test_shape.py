# SPDX-License-Identifier: LGPL-2.1-or-later
"""Video whose pixels are not square: PAL and NTSC, recorders that halve the width, anamorphic
cameras."""

from __future__ import annotations

import unittest

from neighbours import PEOPLE, Frame, require, run, use_real_models

FRAMES = 12
WIDTH, HEIGHT = 1280, 720  # of the test video
NETWORK = "model=lightweight-coco width=256 height=144 inference=every-frame"

# Stored size, and the pixel aspect ratio that makes it what it was.
SHAPES = {
    "2/1": (640, 720),
    "1/2": (1280, 360),
    "64/45": (900, 720),
    "4/3": (960, 720),
}


def share(reference: list[Frame], other: list[Frame], size: tuple[int, int]) -> float:
    """Percent of the keypoints of `reference`, of people with at least 8, that somebody in `other`,
    whose frames are stored at `size`, has within 12 pixels."""
    across, down = WIDTH / size[0], HEIGHT / size[1]
    hits = total = 0
    for one, two in zip(reference, other):
        bodies = [[point and ((point[0] + 0.5) * across - 0.5, (point[1] + 0.5) * down - 0.5)
                   for point in pose["points"]] for pose in two.poses or []]
        for pose in one.poses or []:
            found = [(i, point) for i, point in enumerate(pose["points"]) if point]
            if len(found) < 8:
                continue
            total += len(found)
            hits += max((sum(1 for i, (x, y, _) in found
                             if body[i] and (body[i][0] - x) ** 2 + (body[i][1] - y) ** 2 < 144)
                         for body in bodies), default=0)
    return 100 * hits / max(total, 1)


class Shape(unittest.TestCase):
    def setUp(self):
        use_real_models(self)
        require(self, PEOPLE, "avdec_h264", "videoscale")

    def analyse(self, how: str, network: str = NETWORK) -> list[Frame]:
        result = run(
            f'filesrc location="{PEOPLE}" ! decodebin ! identity eos-after={FRAMES + 1} '
            f"! videoconvert ! video/x-raw,format=I420 {how} "
            f"! poseestimate name=pose {network} ! fakesink sync=false")
        self.assertEqual(result.errors, [])
        self.assertGreaterEqual(len(result.frames), FRAMES)
        return result.frames[:FRAMES]

    def test_is_analysed_as_it_is_seen(self):
        reference = self.analyse("")
        for aspect, (width, height) in SHAPES.items():
            with self.subTest(aspect):
                stored = ("! videoscale ! video/x-raw,"
                          f"width={width},height={height},pixel-aspect-ratio={aspect}")
                squared = stored + (f" ! videoscale ! video/x-raw,width={WIDTH},height={HEIGHT},"
                                    "pixel-aspect-ratio=1/1")
                expected = share(reference, self.analyse(squared), (WIDTH, HEIGHT))
                found = share(reference, self.analyse(stored), (width, height))
                self.assertGreater(expected, 60)
                self.assertGreater(found, expected - 5)

    def test_gives_the_network_an_input_of_the_shape_that_is_seen(self):
        network = "model=lightweight-coco width=-1 height=144 inference=every-frame"
        reference = self.analyse("", network)
        stored = "! videoscale ! video/x-raw,width=640,height=720,pixel-aspect-ratio=2/1"
        self.assertGreater(share(reference, self.analyse(stored, network), (640, 720)), 80)


if __name__ == "__main__":
    unittest.main()
