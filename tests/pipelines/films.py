# SPDX-License-Identifier: LGPL-2.1-or-later
"""Videos as phones and cutters make them: turned by a tag, of changing size; and what is in a file."""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path

import numpy as np

from support import Gst, parse, quoted, run

WIDTH, HEIGHT = 160, 96  # of the upright frame

# The matrix of an MP4's track (a, b, c, d of x' = ax + cy, y' = bx + dy), by the value of
# video-direction that does the same.
MATRICES = {"identity": (1, 0, 0, 1), "90r": (0, 1, -1, 0), "180": (-1, 0, 0, -1),
            "90l": (0, -1, 1, 0), "horiz": (-1, 0, 0, 1), "vert": (1, 0, 0, -1),
            "ul-lr": (0, 1, 1, 0), "ur-ll": (0, -1, -1, 0)}
INVERSE = {"90r": "90l", "90l": "90r"}  # all others are their own
# GStreamer 1.22.0 reads no orientation from films of these three, with Debian's patches up to deb12u4 none
# from ur-ll.
MAYBE_UNREAD = ("horiz", "ul-lr", "ur-ll")


def make_film(path: Path, direction: str = "identity", frames: int = 5) -> None:
    """Writes an MP4 whose tag says that its frames, stored turned, become upright by `direction`."""
    run(f"videotestsrc num-buffers={frames} pattern=smpte75 ! video/x-raw,format=I420,width={WIDTH},"
        f"height={HEIGHT},framerate=25/1 ! videoflip video-direction={INVERSE.get(direction, direction)} "
        f"! x264enc quantizer=10 pass=quant ! mp4mux ! filesink location={quoted(path)}")
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 44
    a, b, c, d = (struct.pack(">i", value << 16) for value in MATRICES[direction])
    data[matrix:matrix + 36] = a + b + bytes(4) + c + d + bytes(12) + struct.pack(">i", 1 << 30)
    path.write_bytes(data)


def make_clips(path: Path, *formats: str) -> None:
    """Writes a stream of H.264 with ten frames of each format, one after another."""
    data = b""
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip"
        for form in formats:
            run(f"videotestsrc num-buffers=10 pattern=ball ! video/x-raw,format=I420,{form} "
                "! x264enc bframes=0 key-int-max=5 ! video/x-h264,stream-format=byte-stream "
                f"! filesink location={quoted(clip)}")
            data += clip.read_bytes()
    path.write_bytes(data)


def first_frame(path: Path) -> np.ndarray:
    """Returns the brightness of a file's first frame, as it is stored."""
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "frame"
        run(f"filesrc location={quoted(path)} ! decodebin ! videoconvert ! video/x-raw,format=GRAY8 "
            f"! identity eos-after=2 ! pngenc snapshot=true ! pngdec ! videoconvert "
            f"! video/x-raw,format=GRAY8 ! filesink location={quoted(raw)}")
        width, height = shape_of(path)
        rows = np.frombuffer(raw.read_bytes(), np.uint8).reshape(height, -1)
        return rows[:, :width].astype(float)


def shape_of(path: Path) -> tuple[int, int]:
    """Returns width and height of the frames as they are stored."""
    return _look(path)[0]


def orientation_of(path: Path) -> str | None:
    """Returns the tag that tells how to turn the frames."""
    return _look(path)[1]


def _look(path: Path) -> tuple[tuple[int, int], str | None]:
    pipeline = parse(f"filesrc location={quoted(path)} ! decodebin ! fakesink name=end")
    pipeline.set_state(Gst.State.PAUSED)
    bus = pipeline.get_bus()
    orientation = None
    while True:
        message = bus.timed_pop_filtered(60 * Gst.SECOND, Gst.MessageType.ASYNC_DONE
                                         | Gst.MessageType.ERROR | Gst.MessageType.TAG)
        if message is None or message.type == Gst.MessageType.ERROR:
            pipeline.set_state(Gst.State.NULL)
            raise AssertionError(f"{path} cannot be played")
        if message.type == Gst.MessageType.ASYNC_DONE:
            break
        found, value = message.parse_tag().get_string("image-orientation")
        orientation = value if found else orientation
    structure = pipeline.get_by_name("end").get_static_pad("sink").get_current_caps().get_structure(0)
    pipeline.set_state(Gst.State.NULL)
    return (structure.get_int("width")[1], structure.get_int("height")[1]), orientation
