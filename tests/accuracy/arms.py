#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measures how many of the hands on people's arms poseestimate finds with regions=people.

There is no ground truth of them, so the reference is what the same network sees best, in crops of
several sizes and turns around the end of the arm, given as regions of interest. What it sees there may be
a fold of a sleeve or part of a foot. So the frame is shown twice more, where the hand is followed by
its own keypoints: a reference that loses the score of --certain or its place on the way is no
steady one. A hand counts as right where its keypoints are, in the mean, within a fifth of the
reference's longer side. Arms are those whose box (1.5 times the forearm) has at least --least pixels.
"""
import argparse
import json
import math
import os
import pathlib
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstVideo", "1.0")
from gi.repository import Gst, GstVideo  # noqa: E402

import hands  # noqa: E402

ARMS = {"right": (2, 3, 4), "left": (5, 6, 7)}  # COCO 18: shoulder, elbow, wrist
SIZES = (0.5, 0.65, 0.8, 1.0)  # of crops, in sides of the arm's box
TURNS = (-0.5, 0.0, 0.5)       # radians from the direction of the forearm
FORMAT = "video/x-raw,format=BGR"


class Pipeline:
    """Frames in, parsed lines of JSON out."""

    def __init__(self, elements: str) -> None:
        self._pipeline = Gst.parse_launch(
            f"appsrc name=in format=time ! {elements} ! posejson ! appsink name=out sync=false")
        self._source = self._pipeline.get_by_name("in")
        self._sink = self._pipeline.get_by_name("out")
        self._time = 0

    def run(self, sample: Gst.Sample, regions: list[tuple] = (), follows: bool = False) -> dict:
        """`regions`: x, y, side, angle and whose hand. `follows`: comes soon after the frame before."""
        if self._source.get_property("caps") is None:
            self._source.set_property("caps", sample.get_caps())
            self._pipeline.set_state(Gst.State.PLAYING)
        pixels = sample.get_buffer()
        buffer = Gst.Buffer.new_wrapped(pixels.extract_dup(0, pixels.get_size()))
        if not follows:
            self._time += 3600 * Gst.SECOND  # a jump: nothing is followed from the frame before
        self._time += Gst.SECOND // 25
        buffer.pts = self._time
        for x, y, side, angle, whose in regions:
            region = GstVideo.buffer_add_video_region_of_interest_meta(
                buffer, "hand", int(x), int(y), int(side), int(side))
            structure = Gst.Structure.new_empty("hand")
            structure.set_value("angle", angle)
            structure.set_value("side", whose)
            region.add_param(structure)
        self._source.emit("push-buffer", buffer)
        result = self._sink.emit("pull-sample")
        if result is None:
            error = self._pipeline.get_bus().pop_filtered(Gst.MessageType.ERROR)
            raise RuntimeError(str(error.parse_error() if error else "no result"))
        data = result.get_buffer()
        return json.loads(data.extract_dup(0, data.get_size()))

    def stop(self) -> None:
        """Frees it."""
        self._pipeline.set_state(Gst.State.NULL)


def frames_of(path: pathlib.Path, every: int) -> list[Gst.Sample]:
    """Each `every`th frame."""
    pipeline = Gst.parse_launch(f"filesrc name=file ! decodebin ! videoconvert ! {FORMAT} ! "
                                "appsink name=out sync=false")
    pipeline.get_by_name("file").set_property("location", str(path))
    pipeline.set_state(Gst.State.PLAYING)
    sink = pipeline.get_by_name("out")
    samples = []
    while (sample := sink.emit("pull-sample")) is not None:
        samples.append(sample)
    pipeline.set_state(Gst.State.NULL)
    return samples[::every]


def arm_of(person: dict, side: str) -> tuple[float, float, float, float] | None:
    """The middle and the side of the box at the end of an arm, as OpenPose has it, and the direction
    of the forearm."""
    points = person["pose_keypoints_2d"]
    if not points:
        return None
    shoulder, elbow, wrist = (points[3 * i:3 * i + 3] for i in ARMS[side])
    if elbow[2] <= 0 or wrist[2] <= 0:
        return None
    forearm = math.hypot(wrist[0] - elbow[0], wrist[1] - elbow[1])
    upper = math.hypot(elbow[0] - shoulder[0], elbow[1] - shoulder[1]) if shoulder[2] > 0 else 0
    return (wrist[0] + 0.33 * (wrist[0] - elbow[0]), wrist[1] + 0.33 * (wrist[1] - elbow[1]),
            1.5 * max(forearm, 0.9 * upper), math.atan2(wrist[0] - elbow[0], elbow[1] - wrist[1]))


def probes(arm: tuple[float, float, float, float], whose: str) -> list[tuple]:
    """Regions of several sizes and turns around the end of an arm."""
    x, y, side, angle = arm
    return [(max(0, x - side * size / 2), max(0, y - side * size / 2), side * size, angle + turn,
             whose) for size in SIZES for turn in TURNS]


Hand = tuple[float, list]  # score and keypoints


def hands_of(line: dict) -> list[Hand]:
    """All hands of a line."""
    return [(person["score"], points) for person in line["people"]
            for points in hands.hands_of({"people": [person]})]


def best_hand(line: dict) -> Hand | None:
    """The best hand of a line."""
    return max(hands_of(line), key=lambda hand: hand[0], default=None)


def settled(pipeline: Pipeline, sample: Gst.Sample, first: Hand, certain: float) -> Hand | None:
    """The hand when it has been followed for two frames; nothing if it does not stay in its place."""
    hand = first
    for _ in range(2):
        now = min(hands_of(pipeline.run(sample, follows=True)),
                  key=lambda other: difference(other[1], hand[1]), default=None)
        if not now or now[0] < certain or difference(now[1], hand[1]) > 0.2:
            return None
        hand = now
    return hand


def difference(points: list, reference: list) -> float:
    """Mean distance of keypoints, in sides of the reference."""
    _, _, width, height = hands.box_of(reference)
    pairs = [(a, b) for a, b in zip(points, reference) if a[2] > 0 and b[2] > 0]
    total = sum(math.hypot(a[0] - b[0], a[1] - b[1]) for a, b in pairs)
    return total / len(pairs) / max(width, height) if pairs else math.inf


Offs = tuple[float, float | None]  # from the reference, and from a steady one; infinite: not found


def off(found: list, reference: Hand) -> float:
    """Of what was found, if anything, from a reference."""
    return difference(found, reference[1]) if found else math.inf


def report(name: str, offs: list[float]) -> None:
    """Prints the shares of those found and of those that are right."""
    found = sum(each < math.inf for each in offs) / max(1, len(offs))
    right = sum(each < 0.2 for each in offs) / max(1, len(offs))
    print(f"{len(offs)} hands {name}; found {found:.2f}, within .2 of the reference {right:.2f}")


def measure(samples: list[Gst.Sample], args: argparse.Namespace) -> list[Offs]:
    """Of each arm whose hand the reference sees, how far off the found one is."""
    by_caps: dict[str, tuple[Pipeline, Pipeline]] = {}
    offs = []
    for sample in samples:
        key = sample.get_caps().to_string()
        if key not in by_caps:
            by_caps[key] = (
                Pipeline(f"poseestimate inference=every-frame tracking=false {args.bodies} ! "
                         f"poseestimate mode=hand regions=people inference=every-frame {args.hands}"),
                Pipeline("poseestimate mode=hand regions=metadata region-scale=1.33 "
                         f"inference=every-frame interval=1 tracking=false {args.hands}"))
        bodies, reference = by_caps[key]
        for person in bodies.run(sample)["people"]:
            for whose in ARMS:
                arm = arm_of(person, whose)
                if not arm or arm[2] < args.least:
                    continue
                best = best_hand(reference.run(sample, probes(arm, whose)))
                if not best or best[0] < args.certain:
                    continue
                points = person[f"hand_{whose}_keypoints_2d"]
                found = [tuple(points[i:i + 3]) for i in range(0, len(points), 3)]
                steady = settled(reference, sample, best, args.certain)
                offs.append((off(found, best), off(found, steady) if steady else None))
    for bodies, reference in by_caps.values():
        bodies.stop()
        reference.stop()
    return offs


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default=os.environ.get("POSE_TEST_DATA"),
                        help="folder with eval/coco-dev and media/people.avi (or POSE_TEST_DATA)")
    parser.add_argument("--least", type=float, default=50.0, help="side of an arm's box, pixels")
    parser.add_argument("--certain", type=float, default=0.8, help="least score of a reference")
    parser.add_argument("--every", type=int, default=20, help="each so manyth frame of the video")
    parser.add_argument("--bodies", default="model=human-pose-estimation-0001 width=-1 height=368")
    parser.add_argument("--hands", default="model=mediapipe-hand")
    args = parser.parse_args()
    data = pathlib.Path(args.data or "")
    if not args.data or not (data / "eval" / "coco-dev").is_dir():
        print("skipped: no photographs of people")
        return 77
    Gst.init(None)
    samples = frames_of(data / "media" / "people.avi", args.every)
    for image in sorted((data / "eval" / "coco-dev").rglob("*.jpg")):
        samples += frames_of(image, 1)
    offs = measure(samples, args)
    report("that some crop shows", [first for first, _ in offs])
    report("that stay when followed", [steady for _, steady in offs if steady is not None])
    return 0


if __name__ == "__main__":
    sys.exit(main())
