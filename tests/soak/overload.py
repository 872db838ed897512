#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sends live video through poseestimate for a long time, many times more than the network manages.

usage: overload.py --model MODEL [--pose "width=-1"] [--minutes 10]

A test video of 1280 x 720 at 30 frames a second. Prints each tenth of the
time how many frames came out, how many were analysed, and the memory in use. Fails when a frame is
lost or memory grows by a tenth after the first tenth of the time.
"""
import argparse
import pathlib
import sys
import time

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402


def resident_mib() -> float:
    status = pathlib.Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--pose", default="width=-1")
    parser.add_argument("--minutes", type=float, default=10)
    args = parser.parse_args()
    Gst.init(None)
    pipeline = Gst.parse_launch(
        "videotestsrc is-live=true pattern=ball name=source "
        "! video/x-raw,format=NV12,width=1280,height=720,framerate=30/1 "
        f"! poseestimate name=pose model={args.model} {args.pose} inference=latest overlay=true "
        "! fakesink name=sink sync=true signal-handoffs=true")
    came = 0

    def on_frame(*_arguments) -> None:
        nonlocal came
        came += 1

    pipeline.get_by_name("sink").connect("handoff", on_frame)
    element = pipeline.get_by_name("pose")
    pipeline.set_state(Gst.State.PLAYING)
    began, memory = time.monotonic(), []
    for _ in range(10):
        time.sleep(args.minutes * 6)
        stats = element.get_property("stats")
        memory.append(resident_mib())
        print(f"{time.monotonic() - began:7.1f} s: {came} frames came out, "
              f"{stats.get_uint64('inferences')[1]} analyses, {memory[-1]:.1f} MiB", flush=True)
    sent = element.get_property("stats").get_uint64("frames")[1]
    pipeline.set_state(Gst.State.NULL)
    lost = sent - came
    print(f"{sent} frames in, {lost} not out; memory {memory[0]:.1f} -> {memory[-1]:.1f} MiB")
    return int(lost > 1 or memory[-1] > 1.1 * memory[0])  # one may be on its way


if __name__ == "__main__":
    sys.exit(main())
