#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints how many analyses a second bodies, hands and faces get, live and beside each other.

usage: live_parts.py --picture FILE [--bodies "model=movenet-multipose width=-1 height=288"]

A photograph of people becomes a live source of 1280 x 720 at 30 frames a second. It goes through a
poseestimate of bodies, then one of their hands, then one of their faces, all with inference=latest:
no frame waits, and the networks share the processor. Rows: bodies alone, with hands, and with both.
"""
import argparse
import sys
import time

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402

PARTS = ("bodies", "hands", "faces")
RATE = 30  # frames a second


def describe(picture: str, properties: dict[str, str], parts: tuple[str, ...]) -> str:
    """The pipeline with these parts."""
    elements = " ! ".join(f"poseestimate name={part} inference=latest {properties[part]}"
                          for part in parts)
    return (f'filesrc location="{picture}" ! decodebin ! videoconvert ! videoscale add-borders=true '
            "! video/x-raw,format=NV12,width=1280,height=720,pixel-aspect-ratio=1/1 ! "
            f"imagefreeze is-live=true ! video/x-raw,framerate={RATE}/1 ! {elements} ! "
            "fakesink name=end sync=true qos=true max-lateness=20000000")


def measure(description: str, parts: tuple[str, ...], seconds: float) -> dict[str, float]:
    """Analyses a second and instances in the mean of each part, and frames a second in the end."""
    pipeline = Gst.parse_launch(description)
    elements = {part: pipeline.get_by_name(part) for part in parts}
    end = pipeline.get_by_name("end")
    if pipeline.set_state(Gst.State.PLAYING) == Gst.StateChangeReturn.FAILURE:
        error = pipeline.get_bus().pop_filtered(Gst.MessageType.ERROR)
        pipeline.set_state(Gst.State.NULL)
        raise RuntimeError(error.parse_error()[0].message)

    def counts() -> dict[str, float]:
        stats = {part: element.get_property("stats") for part, element in elements.items()}
        result = {"frames": float(end.get_property("stats").get_uint64("rendered")[1])}
        for part in parts:
            result[part] = stats[part].get_uint64("inferences")[1]
            result[f"{part} found"] = stats[part].get_uint64("people")[1]
        return result

    time.sleep(3)
    before, began = counts(), time.monotonic()
    time.sleep(seconds)
    after, spent = counts(), time.monotonic() - began
    pipeline.set_state(Gst.State.NULL)
    result = {"frames": (after["frames"] - before["frames"]) / spent}
    for part in parts:
        analyses = after[part] - before[part]
        result[part] = analyses / spent
        result[f"{part} found"] = (after[f"{part} found"] - before[f"{part} found"]) / max(analyses, 1)
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--picture", required=True)
    parser.add_argument("--bodies", default="model=movenet-multipose width=-1 height=288")
    parser.add_argument("--hands", default="mode=hand regions=people")
    parser.add_argument("--faces", default="mode=face regions=people")
    parser.add_argument("--seconds", type=float, default=10.0)
    args = parser.parse_args()
    Gst.init(None)
    print("| parts | frames a second | analyses a second (instances in each) |\n|---|---|---|")
    for count in range(1, len(PARTS) + 1):
        parts = PARTS[:count]
        row = measure(describe(args.picture, vars(args), parts), parts, args.seconds)
        found = ", ".join(f"{part} {row[part]:.1f} ({row[f'{part} found']:.1f})" for part in parts)
        print(f"| {' + '.join(parts)} | {row['frames']:.1f} | {found} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
