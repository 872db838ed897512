#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints what hands behind bodies cost, besides the two forward passes.

usage: hands.py --body MODEL --hand MODEL [--hand-config FILE] [--people 3] [--frames 30]
                [--size 1920x1080] VIDEO

The video, scaled to the size if one is given, goes through a poseestimate that finds bodies, and one that looks at both hands of the best
so many people, every frame waiting for both. The medians are those of their `stats`.
"""
import argparse
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402

PARTS = ("preprocess-ms", "forward-ms", "decode-ms", "total-ms")


def run(args: argparse.Namespace) -> dict[str, Gst.Structure]:
    """The statistics of both elements after so many frames."""
    config = f"config={args.hand_config}" if args.hand_config else ""
    width, _, height = args.size.partition("x")
    size = f",width={width},height={height},pixel-aspect-ratio=1/1" if args.size else ""
    pipeline = Gst.parse_launch(
        f"filesrc location={args.video} ! decodebin ! videoconvert ! videoscale add-borders=true "
        f"! video/x-raw,format={args.format}{size} "
        f"! identity eos-after={args.frames + 1} "
        f"! poseestimate name=body model={args.body} inference=every-frame {args.pose} "
        f"max-people={args.people} ! poseestimate name=hands mode=hand regions=people "
        f"model={args.hand} {config} inference=every-frame ! fakesink sync=false")
    pipeline.set_state(Gst.State.PLAYING)
    message = pipeline.get_bus().timed_pop_filtered(
        Gst.CLOCK_TIME_NONE, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    if message.type == Gst.MessageType.ERROR:
        sys.exit(message.parse_error()[0].message)
    stats = {name: pipeline.get_by_name(name).get_property("stats") for name in ("body", "hands")}
    pipeline.set_state(Gst.State.NULL)
    return stats


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("video")
    parser.add_argument("--body", required=True, help="network, or the name of its card")
    parser.add_argument("--hand", required=True)
    parser.add_argument("--hand-config", default="")
    parser.add_argument("--pose", default="width=-1", help="more properties of the first element")
    parser.add_argument("--size", default="", help="WIDTHxHEIGHT of the frames")
    parser.add_argument("--format", default="NV12", help="of the frames")
    parser.add_argument("--people", type=int, default=3)
    parser.add_argument("--frames", type=int, default=30)
    args = parser.parse_args()
    Gst.init(None)
    stats = run(args)
    print("| element | fit | forward | decode | all of it | all but forward |")
    print("|---|---|---|---|---|---|")
    overhead = 0.0
    for name, found in stats.items():
        fit, forward, decode, total = (found.get_double(part)[1] for part in PARTS)
        overhead += total - forward
        print(f"| {name} | {fit:.2f} ms | {forward:.1f} ms | {decode:.2f} ms | {total:.1f} ms | "
              f"{total - forward:.2f} ms |")
    people, hands = (found.get_uint64("people")[1] / found.get_uint64("inferences")[1]
                     for found in stats.values())
    print(f"\n{people:.2f} people and {hands:.2f} hands a frame; both elements without their forward passes: "
          f"{overhead:.2f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
