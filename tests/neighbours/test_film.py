# SPDX-License-Identifier: LGPL-2.1-or-later
"""Films: a decoder before, a sink that keeps time behind."""

import unittest

from neighbours import PEOPLE, require, run, use_real_models


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


if __name__ == "__main__":
    unittest.main()
