#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints and plots how interval, age, latency and load go together in live video.

usage: live.py --model MODEL [--pose "width=-1 height=368"] [--seconds 6] [--svg FILE]

A live test source of 1280 x 720 at 30 frames a second goes through poseestimate inference=latest with
each interval in turn; what its `stats` say then, and the processor time of this process, are the row.
"""
import argparse
import pathlib
import resource
import sys
import time

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402

INTERVALS = (1, 5, 10, 15, 30, 60)


def measure(model: str, pose: str, interval: int, seconds: float) -> dict[str, float]:
    """Analyses a second, median age and time in the element (ms), and load (processors)."""
    pipeline = Gst.parse_launch(
        "videotestsrc is-live=true pattern=ball ! "
        "video/x-raw,format=NV12,width=1280,height=720,framerate=30/1 ! "
        f"poseestimate name=pose model={model} {pose} inference=latest interval={interval} "
        "overlay=true ! fakesink sync=true")
    element = pipeline.get_by_name("pose")
    pipeline.set_state(Gst.State.PLAYING)
    time.sleep(3)
    before, began = element.get_property("stats"), time.monotonic()
    used = resource.getrusage(resource.RUSAGE_SELF)
    time.sleep(seconds)
    after, spent = element.get_property("stats"), time.monotonic() - began
    now = resource.getrusage(resource.RUSAGE_SELF)
    pipeline.set_state(Gst.State.NULL)
    count = after.get_uint64("inferences")[1] - before.get_uint64("inferences")[1]
    return {"interval": interval, "analyses": count / spent,
            "age": after.get_double("age-ms")[1], "total": after.get_double("total-ms")[1],
            "forward": after.get_double("forward-ms")[1],
            "load": (now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime) / spent}


def plot(rows: list[dict[str, float]]) -> str:
    """Two lines over the analyses a second: median age, and load."""
    left, top, width, height = 60, 40, 420, 240
    right = max(row["analyses"] for row in rows) * 1.05
    scales = {"age": max(row["age"] for row in rows) * 1.1,
              "load": max(row["load"] for row in rows) * 1.1}
    colours = {"age": "#2a7ab0", "load": "#c0392b"}
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 70}" '
             f'height="{top + height + 50}" font-family="sans-serif" font-size="12">',
             '<rect width="100%" height="100%" fill="white"/>',
             f'<text x="{left}" y="20" font-size="14">Age and load over the analyses a second'
             '</text>',
             f'<path d="M{left} {top}V{top + height}H{left + width}V{top}" fill="none" '
             'stroke="#888"/>',
             f'<text x="{left + width / 2}" y="{top + height + 38}" text-anchor="middle">'
             'analyses a second</text>']
    for name, scale in scales.items():
        points = [(left + width * row["analyses"] / right, top + height * (1 - row[name] / scale))
                  for row in sorted(rows, key=lambda row: row["analyses"])]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colours[name]}" '
                     'stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colours[name]}"/>'
                  for x, y in points]
    for step in range(5):
        y = top + height * (1 - step / 4)
        parts.append(f'<text x="{left - 6}" y="{y + 4:.0f}" text-anchor="end" '
                     f'fill="{colours["age"]}">{scales["age"] * step / 4:.0f}</text>'
                     f'<text x="{left + width + 6}" y="{y + 4:.0f}" fill="{colours["load"]}">'
                     f'{scales["load"] * step / 4:.1f}</text>'
                     f'<text x="{left + width * step / 4:.0f}" y="{top + height + 18}" '
                     f'text-anchor="middle">{right * step / 4:.1f}</text>')
    parts.append(f'<text x="{left}" y="{top - 6}" fill="{colours["age"]}">median age, ms</text>'
                 f'<text x="{left + width}" y="{top - 6}" text-anchor="end" '
                 f'fill="{colours["load"]}">processors in use</text>')
    return "\n".join(parts + ["</svg>", ""])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--pose", default="width=-1 height=368", help="further properties")
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--svg", type=pathlib.Path)
    args = parser.parse_args()
    Gst.init(None)
    rows = [measure(args.model, args.pose, interval, args.seconds) for interval in INTERVALS]
    print("| interval | analyses a second | median age | time in the element | processors |")
    print("|---|---|---|---|---|")
    for row in rows:
        print(f"| {row['interval']} | {row['analyses']:.1f} | {row['age']:.0f} ms "
              f"({row['age'] / row['forward']:.1f} forward passes) | {row['total']:.2f} ms | "
              f"{row['load']:.2f} |")
    if args.svg:
        args.svg.write_text(plot(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
