# SPDX-License-Identifier: LGPL-2.1-or-later
"""Elements that change the geometry of frames behind poseestimate: the metadata follows, or is gone.

A white block lies on a black frame, and a keypoint on its centre. Wherever an element puts the block,
there must the keypoint be, unless the element drops metadata: never anywhere else."""

from __future__ import annotations

import unittest

from neighbours import Gst, GstPose, require, support

WIDTH, HEIGHT = 320, 240
BLOCK = 12  # pixels; even, so that its centre lies between pixels
LEFT, TOP = 200, 60
CENTRE = (LEFT + BLOCK / 2 - 0.5, TOP + BLOCK / 2 - 0.5)
TELLS_ALL = Gst.version() >= (1, 28)  # of crops, flips and borders

DIRECTIONS = ("identity", "90r", "180", "90l", "horiz", "vert", "ul-lr", "ur-ll")


def frame_with_block() -> Gst.Buffer:
    pixels = bytearray(WIDTH * HEIGHT)
    for row in range(TOP, TOP + BLOCK):
        pixels[row * WIDTH + LEFT : row * WIDTH + LEFT + BLOCK] = b"\xff" * BLOCK
    buffer = Gst.Buffer.new_wrapped(bytes(pixels))
    buffer.pts = 0
    meta = GstPose.Meta.new(GstPose.KeypointSet.COCO, WIDTH, HEIGHT, 0, 0)
    assert meta.add_pose(1, 1.0, [*CENTRE, 1.0] * 18, 3) == 0
    GstPose.buffer_add_pose_meta(buffer, meta)
    return buffer


def centre_of_light(data: bytes, width: int, height: int, stride: int) -> tuple[float, float]:
    total = column = row = 0
    for y in range(height):
        line = [max(0, value - 32) for value in data[y * stride : y * stride + width]]
        light = sum(line)
        total += light
        row += light * y
        column += sum(value * x for x, value in enumerate(line) if value)
    return column / total, row / total


class Follow(unittest.TestCase):
    def push(self, elements: str, caps: str = ""):
        """Returns the people of the frame that leaves `elements`, and where its light is."""
        require(self, *(part.split()[0] for part in elements.split("!") if "/" not in part))
        pipeline = support.parse(
            "appsrc name=from format=time caps=video/x-raw,format=GRAY8,"
            f"width={WIDTH},height={HEIGHT},framerate=25/1{caps} ! {elements} "
            "! capsfilter caps=video/x-raw,format=GRAY8 ! appsink name=to sync=false")
        pipeline.set_state(Gst.State.PLAYING)
        self.addCleanup(pipeline.set_state, Gst.State.NULL)
        source = pipeline.get_by_name("from")
        source.emit("push-buffer", frame_with_block())
        source.emit("end-of-stream")
        sample = pipeline.get_by_name("to").emit("try-pull-sample", 20 * Gst.SECOND)
        self.assertIsNotNone(sample, "no frame left the elements")
        buffer = sample.get_buffer()
        structure = sample.get_caps().get_structure(0)
        size = structure.get_value("width"), structure.get_value("height")
        data = buffer.extract_dup(0, buffer.get_size())
        light = centre_of_light(data, *size, (size[0] + 3) // 4 * 4)
        meta = GstPose.buffer_get_pose_meta(buffer)
        if meta is None:
            return None, light
        self.assertEqual(tuple(meta.get_frame_size()), size)
        self.assertEqual(meta.get_n_poses(), 1)
        found, x, y, _ = meta.get_keypoint(0, 0)
        self.assertTrue(found)
        return (x, y), light

    def assert_followed(self, elements: str, caps: str = "", within: float = 0.3) -> None:
        point, light = self.push(elements, caps)
        self.assertIsNotNone(point, f"{elements}: no metadata")
        self.assertAlmostEqual(point[0], light[0], delta=within, msg=elements)
        self.assertAlmostEqual(point[1], light[1], delta=within, msg=elements)

    def assert_dropped(self, elements: str) -> None:
        self.assertIsNone(self.push(elements)[0], elements)

    def test_a_flip_or_a_turn(self):
        for direction in DIRECTIONS:
            with self.subTest(direction):
                elements = f"videoflip video-direction={direction}"
                if TELLS_ALL:
                    self.assert_followed(elements, within=0.01)
                else:
                    self.assert_dropped(elements)

    def test_a_crop(self):
        elements = "videocrop left=31 top=17 right=4 bottom=9"
        if TELLS_ALL:
            self.assert_followed(elements, within=0.01)
        else:
            self.assert_dropped(elements)

    def test_an_extension_with_borders_of_its_own(self):
        elements = "videobox left=-31 top=-17"
        if TELLS_ALL:
            self.assert_followed(elements, within=0.01)
        else:
            self.assert_dropped(elements)

    def test_scaling_that_keeps_the_shape(self):
        for scaler in "videoscale", "videoconvertscale":
            for size in (160, 120), (640, 480), (480, 360):
                with self.subTest(f"{scaler} {size}"):
                    self.assert_followed(
                        f"{scaler} ! video/x-raw,width={size[0]},height={size[1]},"
                        "pixel-aspect-ratio=1/1")

    def test_scaling_between_borders(self):
        for scaler in "videoscale", "videoconvertscale":
            for size in (160, 240), (640, 240), (333, 91), (301, 400), (640, 481), (1279, 957):
                with self.subTest(f"{scaler} {size}"):
                    self.assert_followed(
                        f"{scaler} add-borders=true ! video/x-raw,width={size[0]},"
                        f"height={size[1]},pixel-aspect-ratio=1/1",
                        within=max(0.3, 0.15 * size[0] / WIDTH))  # the scaler's own error

    def test_scaling_to_other_pixels(self):
        for before, after, size in (
            ("1/1", "2/1", (160, 240)),  # no borders: the shape stays
            ("2/1", "1/1", (320, 240)),
            ("16/15", "1/1", (400, 300)),
            ("1/1", "12/11", (352, 288)),
        ):
            with self.subTest(f"{before} to {after}"):
                self.assert_followed(
                    f"videoscale ! video/x-raw,width={size[0]},height={size[1]},"
                    f"pixel-aspect-ratio={after}", f",pixel-aspect-ratio={before}")

    def test_one_change_after_another(self):
        self.assert_followed(
            "videoscale ! video/x-raw,width=500,height=240,pixel-aspect-ratio=1/1 "
            "! videoscale ! video/x-raw,width=250,height=400,pixel-aspect-ratio=1/1", within=0.5)
        if TELLS_ALL:
            self.assert_followed(
                "videocrop left=30 ! videoflip video-direction=90r "
                "! videoscale ! video/x-raw,width=500,height=240,pixel-aspect-ratio=1/1 "
                "! videoflip video-direction=horiz")


if __name__ == "__main__":
    unittest.main()
