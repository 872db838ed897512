#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measures the hands that poseestimate finds against ground truth: PCK@.2 and PCK@.1.

A keypoint is right where its distance from the annotation is below that part of the hand's longer side;
those of a hand that was not found are wrong. Of the hands found in a photograph, the one whose box is
nearest counts. First in whole frames; then the hand's box comes with the frame as a region of interest,
with the angle of the way from the wrist to the middle knuckle unless --no-angle. Where the network is
not installed and POSE_TEST_NETWORK is 1, models/fetch gets it from the npm registry.
"""
import argparse
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstVideo", "1.0")
from gi.repository import Gst, GstVideo  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODES = ("frame", "metadata")
HAND_KEYS = ("hand_left_keypoints_2d", "hand_right_keypoints_2d")
WRIST, MIDDLE_KNUCKLE = 0, 9
Points = list[tuple[float, float, float]]


def decoded(image: pathlib.Path) -> Gst.Sample:
    """The photograph as BGR."""
    pipeline = Gst.parse_launch("filesrc name=file ! decodebin ! videoconvert ! "
                                "video/x-raw,format=BGR ! appsink name=out sync=false")
    pipeline.get_by_name("file").set_property("location", str(image))
    pipeline.set_state(Gst.State.PLAYING)
    sample = pipeline.get_by_name("out").emit("pull-sample")
    pipeline.set_state(Gst.State.NULL)
    if sample is None:
        raise RuntimeError(f"{image} cannot be decoded")
    return sample


def box_of(points: Points) -> tuple[float, float, float, float]:
    """x, y, width and height around the visible ones."""
    xs = [x for x, _, seen in points if seen > 0]
    ys = [y for _, y, seen in points if seen > 0]
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)


def add_region(buffer: Gst.Buffer, hand: dict, with_angle: bool) -> None:
    """The hand as a region of interest."""
    points = hand["keypoints"]
    x, y, width, height = box_of(points)
    left, top = max(0, math.floor(x)), max(0, math.floor(y))
    region = GstVideo.buffer_add_video_region_of_interest_meta(
        buffer, "hand", left, top, math.ceil(x + width) - left, math.ceil(y + height) - top)
    structure = Gst.Structure.new_empty("hand")
    if hand["side"]:
        structure.set_value("side", hand["side"])
    wrist, knuckle = points[WRIST], points[MIDDLE_KNUCKLE]
    if with_angle and wrist[2] > 0 and knuckle[2] > 0:
        structure.set_value("angle",
                            math.atan2(knuckle[0] - wrist[0], wrist[1] - knuckle[1]))
    region.add_param(structure)


def hands_of(line: dict) -> list[Points]:
    """All hands of a line of JSON."""
    found = []
    for person in line["people"]:
        for key in HAND_KEYS:
            values = person[key]
            if values:
                found.append([tuple(values[i:i + 3]) for i in range(0, len(values), 3)])
    return found


def errors(truth: Points, found: list[Points]) -> list[float]:
    """Of the visible keypoints, in sides of the hand; infinite where there is none."""
    x, y, width, height = box_of(truth)
    side = max(width, height)
    visible = [i for i, point in enumerate(truth) if point[2] > 0]

    def offset(points: Points) -> float:
        left, top, across, down = box_of(points)
        return math.hypot(left + across / 2 - x - width / 2, top + down / 2 - y - height / 2)

    if not found:
        return [math.inf] * len(visible)
    points = min(found, key=offset)
    return [math.hypot(points[i][0] - truth[i][0], points[i][1] - truth[i][1]) / side
            if points[i][2] > 0 else math.inf for i in visible]


def analyse(sample: Gst.Sample, hand: dict, regions: str, args: argparse.Namespace) -> list[Points]:
    """The hands of one photograph, shown --frames times: the last frame's."""
    pipeline = Gst.parse_launch(
        f"appsrc name=in format=time ! poseestimate mode=hand regions={regions} "
        f"inference=every-frame {args.properties} ! posejson ! appsink name=out sync=false")
    source, sink = pipeline.get_by_name("in"), pipeline.get_by_name("out")
    source.set_property("caps", sample.get_caps())
    if pipeline.set_state(Gst.State.PLAYING) == Gst.StateChangeReturn.FAILURE:
        error = pipeline.get_bus().pop_filtered(Gst.MessageType.ERROR)
        pipeline.set_state(Gst.State.NULL)
        raise RuntimeError(error.parse_error()[0].message)
    pixels = sample.get_buffer()
    line = {}
    for number in range(args.frames):
        buffer = Gst.Buffer.new_wrapped(pixels.extract_dup(0, pixels.get_size()))
        buffer.pts = number * Gst.SECOND // 25
        if regions == "metadata":
            add_region(buffer, hand, not args.no_angle)
        source.emit("push-buffer", buffer)
        result = sink.emit("pull-sample").get_buffer()
        line = json.loads(result.extract_dup(0, result.get_size()))
    pipeline.set_state(Gst.State.NULL)
    return hands_of(line)


def measure(folder: pathlib.Path, regions: str, args: argparse.Namespace) -> float:
    """PCK@.2 of all photographs."""
    every = []
    for hand in json.loads((folder / "annotations.json").read_text())["hands"]:
        found = analyse(decoded(folder / hand["file"]), hand, regions, args)
        of_hand = errors(hand["keypoints"], found)
        every += of_hand
        print(f"{hand['file']}: {len(found)} found, mean error "
              f"{sum(of_hand) / len(of_hand):.3f} of its side")
    scores = [sum(error < part for error in every) / len(every) for part in (0.2, 0.1)]
    print(f"regions={regions}: PCK@.2 {scores[0]:.3f}, PCK@.1 {scores[1]:.3f}, "
          f"{len(every)} keypoints", flush=True)
    return scores[0]


def is_installed(name: str) -> bool:
    """Whether a card is where the plugin looks."""
    folders = os.environ.get("POSE_MODEL_PATH", "").split(":")
    folders.append(os.environ.get("XDG_DATA_HOME", str(pathlib.Path.home() / ".local/share")) +
                   "/gst-pose/models")
    return any((pathlib.Path(folder) / f"{name}.json").is_file() for folder in folders if folder)


def fetch(name: str, folder: str) -> bool:
    """Installs a network in `folder`, where the plugin looks from then on; whether it could."""
    environment = {**os.environ, "XDG_DATA_HOME": folder}
    if subprocess.run([ROOT / "models" / "fetch", name], env=environment, check=False).returncode:
        return False
    os.environ["POSE_MODEL_PATH"] = f"{folder}/gst-pose/models:" + os.environ.get(
        "POSE_MODEL_PATH", "")
    return True


def is_at_hand(name: str, scratch: str) -> bool:
    """Whether a network is installed, or could be fetched into `scratch`; says so if not."""
    if is_installed(name):
        return True
    if os.environ.get("POSE_TEST_NETWORK") != "1":
        print(f"skipped: {name} is not installed, and POSE_TEST_NETWORK is not 1")
        return False
    if not fetch(name, scratch):
        print(f"skipped: {name} cannot be fetched, for the reason above")
        return False
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default=os.environ.get("POSE_TEST_DATA"),
                        help="folder with eval/hands-dev (or POSE_TEST_DATA)")
    parser.add_argument("--regions", choices=MODES, help="only so")
    parser.add_argument("--no-angle", action="store_true", help="regions without an angle")
    parser.add_argument("--frames", type=int, default=1, help="how often each photograph is shown")
    parser.add_argument("--network", default="mediapipe-hand", help="name of its card")
    parser.add_argument("--properties", default="", help="more of poseestimate")
    parser.add_argument("--at-least", type=float, nargs=2, default=(0.0, 0.0),
                        metavar=("FRAME", "METADATA"), help="fail below these PCK@.2")
    args = parser.parse_args()
    folder = pathlib.Path(args.data or "") / "eval" / "hands-dev"
    if not args.data or not (folder / "annotations.json").is_file():
        print("skipped: no photographs of hands")
        return 77
    with tempfile.TemporaryDirectory() as scratch:
        if not is_at_hand(args.network, scratch):
            return 77
        args.properties = f"model={args.network} {args.properties}"
        Gst.init(None)
        scores = {regions: measure(folder, regions, args)
                  for regions in ([args.regions] if args.regions else MODES)}
    return 0 if all(scores.get(regions, 1.0) >= least
                    for regions, least in zip(MODES, args.at_least)) else 1


if __name__ == "__main__":
    sys.exit(main())
