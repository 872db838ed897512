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

# Before any other module in C++: GStreamer may bring libunwind, and where the C++ library has already
# taken libgcc's functions for exceptions, the next exception in a plugin ends the process.
Gst.init(None)

from onnx import TensorProto, helper  # noqa: E402

ROOT = Path(os.environ.get("POSE_SOURCE_ROOT") or Path(__file__).resolve().parents[2])
SCRIPTS = ROOT / "pipelines"
DATA = Path(os.environ.get("POSE_TEST_DATA") or "/nonexistent")
MODELS = DATA / "models"
OPENCV = os.environ.get("POSE_OPENCV") or "4"  # the version that the plugin is built against

def make_network(path: Path, side: int, maps: list[int]) -> None:
    """Writes an ONNX network without weights: the frame, made 8 times smaller, whose colours (0 to 2
    in the network's order) are its maps. Nothing newer than OpenCV 4.5.4 is in it."""
    colours = ["first", "second", "third"]
    nodes = [
        helper.make_node("AveragePool", ["image"], ["cells"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("Split", ["cells"], colours, axis=1, split=[1, 1, 1]),
        helper.make_node("Concat", [colours[i] for i in maps], ["maps"], axis=1),
    ]
    shapes = {"image": [1, 3, side, side], "maps": [1, len(maps), side // 8, side // 8]}
    image, result = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
                     for name, shape in shapes.items())
    model = helper.make_model(helper.make_graph(nodes, path.stem, [image], [result]),
                              ir_version=6, opset_imports=[helper.make_opsetid("", 11)])
    path.write_bytes(model.SerializeToString())


def make_toy_network(folder: Path) -> None:
    """Writes a network that is taken when none is named: it finds something or nothing, but goes
    all the way."""
    make_network(folder / "toy.onnx", 64, [0, 1, 2] * 19)
    card = {"name": "toy", "mode": "coco", "model": "toy.onnx", "width": 64, "height": 64}
    (folder / "default.json").write_text(json.dumps(card), encoding="utf-8")


def make_hand_network(folder: Path, name: str = "hand") -> None:
    """Writes a network of that name that takes the brightest place of its input for all keypoints of
    a hand."""
    make_network(folder / f"{name}.onnx", 96, [1] * 22)
    card = {"name": name, "mode": "hand", "model": f"{name}.onnx", "width": 96, "height": 96}
    (folder / f"{name}.json").write_text(json.dumps(card), encoding="utf-8")


def real_networks(folder: Path) -> str | None:
    """Returns a POSE_MODEL_PATH with the real networks of the test data, None without them. Where
    OpenCV reads no Caffe files, `lightweight-coco` is the same network as ONNX, by a card that is
    written into `folder`."""
    card = MODELS / "lightweight-coco.json"
    if not card.is_file():
        return None
    model = json.loads(card.read_text(encoding="utf-8"))["model"]
    if int(OPENCV.split(".")[0]) < 5 or not model.endswith(".caffemodel"):
        return str(MODELS)
    other = MODELS / "human-pose-estimation-0001.json"
    if not other.is_file():
        return None
    facts = json.loads(other.read_text(encoding="utf-8"))
    facts["model"] = str(MODELS / facts["model"])
    (folder / card.name).write_text(json.dumps(facts), encoding="utf-8")
    return f"{folder}:{MODELS}"


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
