# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of pipelines and docs share: the tree, GStreamer, and a network without weights."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import gi  # noqa: E402

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402

Gst.init(None)

ROOT = Path(os.environ.get("POSE_SOURCE_ROOT") or Path(__file__).resolve().parents[2])
DATA = Path(os.environ.get("POSE_TEST_DATA") or "/nonexistent")

# The picture, made 8 times smaller, as every one of the 57 maps: it finds something or nothing, but
# goes all the way.
_TOY = """\
name: "toy"
input: "data"
input_shape { dim: 1 dim: 3 dim: 64 dim: 64 }
layer { name: "cells" type: "Pooling" bottom: "data" top: "cells"
        pooling_param { pool: AVE kernel_size: 8 stride: 8 } }
layer { name: "maps" type: "Concat" BOTTOMS top: "maps" }
""".replace("BOTTOMS", " ".join(['bottom: "cells"'] * 19))


def make_toy_network(folder: Path) -> None:
    """Writes a network that is taken when none is named."""
    (folder / "toy.prototxt").write_text(_TOY, encoding="utf-8")
    card = {"name": "toy", "mode": "coco", "model": "toy.prototxt", "width": 64, "height": 64}
    (folder / "default.json").write_text(json.dumps(card), encoding="utf-8")


def make_hand_network(folder: Path) -> None:
    """Writes a network "hand" that takes the brightest place of its input for all keypoints."""
    text = """\
name: "brightest"
input: "data"
input_shape { dim: 1 dim: 3 dim: 96 dim: 96 }
layer { name: "cells" type: "Pooling" bottom: "data" top: "cells"
        pooling_param { pool: AVE kernel_size: 8 stride: 8 } }
layer { name: "colours" type: "Slice" bottom: "cells" top: "b" top: "g" top: "r"
        slice_param { axis: 1 slice_point: 1 slice_point: 2 } }
layer { name: "maps" type: "Concat" BOTTOMS top: "maps" }
""".replace("BOTTOMS", " ".join(['bottom: "g"'] * 22))
    (folder / "hand.prototxt").write_text(text, encoding="utf-8")
    card = {"name": "hand", "mode": "hand", "model": "hand.prototxt", "width": 96, "height": 96}
    (folder / "hand.json").write_text(json.dumps(card), encoding="utf-8")


def parse(description: str) -> Gst.Element:
    """Returns the pipeline; raises where an element or a property does not exist."""
    return Gst.parse_launch_full(description, None, Gst.ParseFlags.FATAL_ERRORS)


def run(description: str, seconds: int = 60) -> Gst.Element:
    """Runs a pipeline to its end and returns it, stopped; raises if it fails."""
    pipeline = parse(description)
    pipeline.set_state(Gst.State.PLAYING)
    message = pipeline.get_bus().timed_pop_filtered(
        seconds * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    pipeline.set_state(Gst.State.NULL)
    if message is None:
        raise AssertionError(f"not at its end after {seconds} s: {description}")
    if message.type == Gst.MessageType.ERROR:
        raise AssertionError(f"{message.parse_error()[0].message}: {description}")
    return pipeline


def quoted(path: Path) -> str:
    """Returns a path as the value of a property in a description."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def frames_of(path: Path) -> int:
    """Returns how many frames of a film can be decoded."""
    pipeline = parse(f"filesrc location={quoted(path)} ! decodebin ! videoconvert "
                     "! fakesink name=end signal-handoffs=true sync=false")
    count = 0

    def on_frame(*_arguments) -> None:
        nonlocal count
        count += 1

    pipeline.get_by_name("end").connect("handoff", on_frame)
    pipeline.set_state(Gst.State.PLAYING)
    message = pipeline.get_bus().timed_pop_filtered(
        60 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    pipeline.set_state(Gst.State.NULL)
    if message is None or message.type == Gst.MessageType.ERROR:
        raise AssertionError(f"{path} cannot be played")
    return count
