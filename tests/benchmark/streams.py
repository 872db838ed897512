#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints what several elements that share a network manage and take, against one alone.

usage: streams.py --model MODEL [--pose "width=320 height=192"] [--streams 8] [--seconds 8]

Each run is a process of its own: so many test videos of 640 x 360 through as many poseestimate, every
frame waiting for the network.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import time

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402


def peak_mib() -> float:
    """The largest resident set of this process so far."""
    status = pathlib.Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def measure(args: argparse.Namespace) -> dict:
    """Analyses a second of all elements together and of each, and the peak memory."""
    Gst.init(None)
    pipeline = Gst.parse_launch(" ".join(
        f"videotestsrc ! video/x-raw,format=NV12,width=640,height=360 ! poseestimate name=pose{i} "
        f"model={args.model} {args.pose} inference=every-frame ! fakesink"
        for i in range(args.streams)))
    elements = [pipeline.get_by_name(f"pose{i}") for i in range(args.streams)]

    def count() -> list[int]:
        return [element.get_property("stats").get_uint64("inferences")[1] for element in elements]

    pipeline.set_state(Gst.State.PLAYING)
    while min(count()) == 0:
        time.sleep(0.1)
    before, began = count(), time.monotonic()
    time.sleep(args.seconds)
    after, spent = count(), time.monotonic() - began
    pipeline.set_state(Gst.State.NULL)
    each = [b - a for a, b in zip(before, after)]
    return {"analyses": sum(each) / spent, "each": each, "mib": peak_mib()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--pose", default="width=320 height=192")
    parser.add_argument("--streams", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--alone", action="store_true", help="only these streams, as JSON")
    args = parser.parse_args()
    if args.alone:
        print(json.dumps(measure(args)))
        return 0
    rows = []
    for streams in (1, args.streams):
        command = [sys.executable, __file__, *sys.argv[1:], "--streams", str(streams), "--alone"]
        rows.append(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))
        print(f"{streams} streams: {rows[-1]['analyses']:.1f} analyses a second, "
              f"{min(rows[-1]['each'])} to {max(rows[-1]['each'])} each, "
              f"{rows[-1]['mib']:.0f} MiB at most")
    print(f"{rows[1]['analyses'] / rows[0]['analyses']:.2f} times the analyses, "
          f"{rows[1]['mib'] / rows[0]['mib']:.2f} times the memory")
    return 0


if __name__ == "__main__":
    sys.exit(main())
