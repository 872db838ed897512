# SPDX-License-Identifier: LGPL-2.1-or-later
"""Keypoints that another element found, in GStreamer's own metadata."""

from __future__ import annotations

import json
import unittest

from neighbours import Gst, require, support

import gi

try:
    gi.require_version("GstAnalytics", "1.0")
    from gi.repository import GstAnalytics
except (ImportError, ValueError):
    GstAnalytics = None

WIDTH, HEIGHT = 160, 120


@unittest.skipUnless(hasattr(GstAnalytics, "KeypointDimensions"),
                     "needs keypoints in GstAnalytics, of GStreamer 1.29")
class Analytics(unittest.TestCase):
    def push(self, elements: str) -> bytes:
        """Returns what `elements` make of a black frame with a hand that lies on a diagonal."""
        pipeline = support.parse(
            "appsrc name=from format=time caps=video/x-raw,format=GRAY8,"
            f"width={WIDTH},height={HEIGHT},framerate=25/1 ! {elements} "
            "! appsink name=to sync=false")
        pipeline.set_state(Gst.State.PLAYING)
        self.addCleanup(pipeline.set_state, Gst.State.NULL)
        buffer = Gst.Buffer.new_wrapped(bytes(WIDTH * HEIGHT))
        buffer.pts = 0
        relations = GstAnalytics.buffer_add_analytics_relation_meta(buffer)
        positions = [value for i in range(21) for value in (20 + 4 * i, 10 + 4 * i)]
        added, _ = relations.add_keypoints_group(
            "hand-21-kp-left", GstAnalytics.KeypointDimensions(2), positions, [0.5] * 21, None, None)
        self.assertTrue(added)
        source = pipeline.get_by_name("from")
        source.emit("push-buffer", buffer)
        source.emit("end-of-stream")
        sample = pipeline.get_by_name("to").emit("try-pull-sample", 20 * Gst.SECOND)
        self.assertIsNotNone(sample, "nothing left the elements")
        result = sample.get_buffer()
        return result.extract_dup(0, result.get_size())

    def test_become_a_line(self):
        require(self, "posejson")
        line = json.loads(self.push("posejson"))
        self.assertEqual((line["width"], line["height"], line["mode"]), (WIDTH, HEIGHT, "hand"))
        hand = line["people"][0]["hand_left_keypoints_2d"]
        self.assertEqual(hand[:6], [20, 10, 0.5, 24, 14, 0.5])
        self.assertEqual(len(hand), 63)

    def test_are_drawn(self):
        require(self, "poseoverlay")
        pixels = self.push("poseoverlay opacity=1")
        self.assertTrue(pixels[10 * WIDTH + 20], "nothing was drawn on a keypoint")
        self.assertFalse(pixels[10 * WIDTH + 120], "something was drawn elsewhere")


if __name__ == "__main__":
    unittest.main()
