#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints how long frames stay in poseestimate while the network is busy, from GStreamer's tracer.

usage: latency.py --model MODEL [--pose "width=-1 height=368"] VIDEO

The video, scaled to 1080p NV12, is played in time through poseestimate inference=latest overlay=true.
"""
import argparse
import os
import re
import subprocess
import sys


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("video")
    parser.add_argument("--model", required=True)
    parser.add_argument("--pose", default="width=-1 height=368")
    args = parser.parse_args()
    pipeline = (f"filesrc location={args.video} ! decodebin ! videoconvert ! videoscale "
                "! video/x-raw,format=NV12,width=1920,height=1080 ! queue ! identity sync=true "
                f"! poseestimate name=pose model={args.model} {args.pose} inference=latest "
                "overlay=true ! fakesink sync=true")
    environment = dict(os.environ, GST_TRACERS="latency(flags=element)",
                       GST_DEBUG="GST_TRACER:7", GST_DEBUG_NO_COLOR="1")
    run = subprocess.run(["gst-launch-1.0", "-q", *pipeline.split()], env=environment,
                         stderr=subprocess.PIPE, text=True, check=True)
    found = re.findall(r"element-latency.*element=\(string\)pose,.*?time=\(guint64\)(\d+)",
                       run.stderr)
    times = sorted(int(time) / 1e6 for time in found)
    if not times:
        print("the tracer told nothing")
        return 1
    print(f"{len(times)} frames: median {times[len(times) // 2]:.2f} ms, "
          f"99 of 100 {times[int(len(times) * 0.99)]:.2f} ms, at worst {times[-1]:.2f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
