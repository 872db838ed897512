#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measures how poseestimate follows hands that move: photographs of hands, moved, turned and scaled as
known, with noise, at 25 frames a second.

Keypoints are mapped back to the photograph. Of those: the mean distance from the annotation, and from
those of the frame before (jitter, as nothing moves there), both in sides of the hand; and how many ids
a hand has, and in how many frames it is missed.
"""
import argparse
import json
import math
import os
import pathlib
import sys

import cv2
import gi
import numpy

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402

import hands  # noqa: E402

WIDTH, HEIGHT, SIDE = 640, 480, 130  # of frames, and of the hand in them
NOISE = 4.0
MISSED = 0.5  # sides of the hand


def motion(points: numpy.ndarray, seconds: float) -> numpy.ndarray:
    """The map from the photograph to a frame."""
    low, high = points.min(0), points.max(0)
    scale = SIDE * (1 + 0.15 * math.sin(1.3 * seconds)) / max(high - low)
    angle = 0.35 * math.sin(1.7 * seconds)
    to = numpy.array([WIDTH / 2 + 150 * math.sin(2.1 * seconds),
                      HEIGHT / 2 + 80 * math.sin(2.9 * seconds)])
    turn = scale * numpy.array([[math.cos(angle), -math.sin(angle)],
                                [math.sin(angle), math.cos(angle)]])
    return numpy.hstack([turn, (to - turn @ ((low + high) / 2))[:, None]])


def frames_of(image: numpy.ndarray, maps: list[numpy.ndarray]) -> list[bytes]:
    """The photograph in each frame."""
    random = numpy.random.default_rng(0)
    frames = []
    for moved in maps:
        frame = cv2.warpAffine(image, moved, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
        noisy = frame + random.normal(0, NOISE, frame.shape)
        frames.append(numpy.clip(noisy, 0, 255).astype(numpy.uint8).tobytes())
    return frames


def analyse(frames: list[bytes], properties: str) -> list[dict]:
    """A parsed line of JSON for each frame."""
    pipeline = Gst.parse_launch(
        f"appsrc name=in format=time caps=video/x-raw,format=BGR,width={WIDTH},height={HEIGHT},"
        f"framerate=25/1 ! poseestimate mode=hand inference=every-frame {properties} ! posejson ! "
        "appsink name=out sync=false")
    source, sink = pipeline.get_by_name("in"), pipeline.get_by_name("out")
    pipeline.set_state(Gst.State.PLAYING)
    lines = []
    for number, pixels in enumerate(frames):
        buffer = Gst.Buffer.new_wrapped(pixels)
        buffer.pts = number * Gst.SECOND // 25
        source.emit("push-buffer", buffer)
        sample = sink.emit("pull-sample")
        if sample is None:
            raise RuntimeError("no result: is the network installed?")
        data = sample.get_buffer()
        lines.append(json.loads(data.extract_dup(0, data.get_size())))
    pipeline.set_state(Gst.State.NULL)
    return lines


def nearest(line: dict, moved: numpy.ndarray, truth: numpy.ndarray) -> tuple | None:
    """Error, id and keypoints, in the photograph, of the hand that is nearest to the annotation."""
    back = cv2.invertAffineTransform(moved)
    side = max(truth.max(0) - truth.min(0))
    found = []
    for person in line["people"]:
        for points in hands.hands_of({"people": [person]}):
            places = numpy.array(points)[:, :2] @ back[:, :2].T + back[:, 2]
            error = numpy.linalg.norm(places - truth, axis=1).mean() / side
            found.append((error, person["person_id"][0], places))
    best = min(found, key=lambda hand: hand[0], default=None)
    return best if best and best[0] < MISSED else None


def measure(image: numpy.ndarray, truth: numpy.ndarray, args: argparse.Namespace) -> str:
    """The line for one photograph."""
    maps = [motion(truth, args.speed * number / 25) for number in range(args.frames)]
    lines = analyse(frames_of(image, maps), args.properties)
    seen = [nearest(line, moved, truth) for line, moved in zip(lines, maps)]
    side = max(truth.max(0) - truth.min(0))
    steps = [numpy.linalg.norm(b[2] - a[2], axis=1).mean() / side
             for a, b in zip(seen, seen[1:]) if a and b]
    kept = [hand for hand in seen if hand]
    error = sum(hand[0] for hand in kept) / max(1, len(kept))
    return (f"error {error:.3f}, jitter {sum(steps) / max(1, len(steps)):.4f}, "
            f"{len({hand[1] for hand in kept})} ids, missed {seen.count(None)} of {len(seen)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default=os.environ.get("POSE_TEST_DATA"),
                        help="folder with eval/hands-dev (or POSE_TEST_DATA)")
    parser.add_argument("--speed", type=float, default=1.0,
                        help="0: still; 2.5: up to six sizes of the hand a second")
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--properties", default="model=mediapipe-hand", help="of poseestimate")
    args = parser.parse_args()
    folder = pathlib.Path(args.data or "") / "eval" / "hands-dev"
    if not args.data or not (folder / "annotations.json").is_file():
        print("skipped: no photographs of hands")
        return 77
    Gst.init(None)
    for hand in json.loads((folder / "annotations.json").read_text())["hands"]:
        truth = numpy.array(hand["keypoints"])[:, :2].astype(float)
        image = cv2.imread(str(folder / hand["file"]))
        print(f"{hand['file']}: {measure(image, truth, args)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
