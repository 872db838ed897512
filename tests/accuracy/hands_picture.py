#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes docs/images/hands.jpg: three photographs of a hand with the keypoints that poseestimate finds.

The photographs are those of the npm package fingerpose, in the version and with the checksums of
raised.json. Where the network is not installed, POSE_TEST_NETWORK=1 lets models/fetch get it.
"""
import argparse
import json
import pathlib
import sys
import tempfile

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402

import hands  # noqa: E402
import raised  # noqa: E402

PHOTOGRAPHS = ("assets/fullcurl.jpg", "assets/halfcurl.jpg", "assets/nocurl.jpg")
WIDTH, HEIGHT = 480, 640  # of each, in pixels
TOP = 68                  # rows of bare wall, left out
OUTPUT = (1080, 429)


def compose(folder: pathlib.Path, output: pathlib.Path) -> None:
    """The photographs side by side, drawn on."""
    pipeline = Gst.parse_launch(
        "compositor name=side-by-side " +
        " ".join(f"sink_{i}::xpos={i * WIDTH}" for i in range(len(PHOTOGRAPHS))) +
        f" ! video/x-raw,width={WIDTH * len(PHOTOGRAPHS)},height={HEIGHT - TOP} "
        f"! videoscale ! video/x-raw,width={OUTPUT[0]},height={OUTPUT[1]},pixel-aspect-ratio=1/1 "
        "! videoconvert ! jpegenc quality=85 ! filesink name=out " +
        " ".join(f"filesrc name=in{i} ! jpegdec ! videocrop top={TOP} ! videoconvert ! poseestimate mode=hand "
                 f"inference=every-frame overlay=true ! videoconvert ! side-by-side.sink_{i}"
                 for i in range(len(PHOTOGRAPHS))))
    for i, path in enumerate(PHOTOGRAPHS):
        pipeline.get_by_name(f"in{i}").set_property("location", str(folder / path))
    pipeline.get_by_name("out").set_property("location", str(output))
    pipeline.set_state(Gst.State.PLAYING)
    message = pipeline.get_bus().timed_pop_filtered(
        60 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    pipeline.set_state(Gst.State.NULL)
    if message is None or message.type == Gst.MessageType.ERROR:
        raise RuntimeError(message.parse_error()[0].message if message else "no end after 60 s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("output", type=pathlib.Path, help="the picture, a JPEG")
    args = parser.parse_args()
    table = raised.selected(json.loads(raised.TABLE.read_text()), "fingerpose", None)
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch) / "material"
        if not raised.is_complete(table, folder, True) or not hands.is_at_hand("mediapipe-hand", scratch):
            return 77
        Gst.init(None)
        compose(folder / "fingerpose", args.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
