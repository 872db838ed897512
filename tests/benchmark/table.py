#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the benchmarks and prints what everything costs as a share of the forward pass of that run.

usage: table.py BENCH --model MODEL [--svg FOLDER]    (BENCH is tests/benchmark/bench of the build)
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys

NANO = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}


def run(bench: str, model: str, repetitions: int) -> dict[str, dict]:
    """Median of each benchmark by name: CPU nanoseconds of our code, wall time of the network."""
    output = subprocess.run(
        [bench, "--benchmark_format=json", f"--benchmark_repetitions={repetitions}",
         "--benchmark_report_aggregates_only=true", "--benchmark_min_time=0.2"],
        env=dict(os.environ, POSE_BENCH_MODEL=model), check=True, capture_output=True, text=True)
    found = {}
    for entry in json.loads(output.stdout)["benchmarks"]:
        if entry["aggregate_name"] != "median":
            continue
        name = entry["run_name"].split("/real_time")[0]
        time = entry["real_time" if name.startswith("forward") else "cpu_time"]
        found[name] = {"ns": time * NANO[entry["time_unit"]], "gflop": entry.get("gflop")}
    return found


def table(found: dict[str, dict], forward: float) -> list[str]:
    """Markdown rows."""
    lines = ["| what | median | of the forward pass |", "|---|---|---|"]
    for name, entry in found.items():
        if name == "peak":
            continue
        time = f"{entry['ns'] / 1e6:.3f} ms"
        extra = f", {entry['gflop']:.1f} GFLOP" if entry["gflop"] else ""
        lines.append(f"| {name}{extra} | {time} | {100 * entry['ns'] / forward:.3f} % |")
    return lines


def whole(found: dict[str, dict]) -> float:
    """Everything but the network for a 1080p NV12 frame with 5 people, nanoseconds."""
    return sum(found[name]["ns"] for name in
               ("fit/NV12/1920x1080", "decode/5", "draw/NV12/1920x1080/5", "json/5"))


def svg(bars: list[tuple[str, float]], title: str, unit: str) -> str:
    """A horizontal bar chart."""
    row, left, width = 22, 210, 380
    top = max(value for _, value in bars)
    height = row * len(bars) + 44
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 90}" height="{height}" '
             'font-family="sans-serif" font-size="12">',
             f'<rect width="100%" height="100%" fill="white"/><text x="8" y="20" font-size="14">'
             f'{title}</text>']
    for index, (name, value) in enumerate(bars):
        y = 34 + index * row
        length = max(1.0, width * value / top)
        parts.append(f'<text x="{left - 8}" y="{y + 13}" text-anchor="end">{name}</text>'
                     f'<rect x="{left}" y="{y}" width="{length:.1f}" height="16" fill="#2a7ab0"/>'
                     f'<text x="{left + length + 6:.1f}" y="{y + 13}">{value:.3g} {unit}</text>')
    return "\n".join(parts + ["</svg>", ""])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bench")
    parser.add_argument("--model", required=True, help="network of the forward pass")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--svg", type=pathlib.Path, help="also write plots into this folder")
    args = parser.parse_args()
    found = run(args.bench, args.model, args.repetitions)
    forward = found["forward/656x368"]["ns"]
    print("\n".join(table(found, forward)))
    print(f"\nAll but the network, 1080p NV12, 5 people: {whole(found) / 1e6:.3f} ms, "
          f"{100 * whole(found) / forward:.2f} % of the forward pass at 656 x 368.")
    if "peak" in found:
        peak = found["peak"]["gflop"]
        for name, entry in found.items():
            if name.startswith("forward/") and entry["gflop"]:
                rate = entry["gflop"] / (entry["ns"] / 1e9)
                print(f"{name}: {rate:.0f} GFLOP/s, {100 * rate / peak:.0f} % of the "
                      f"{peak:.0f} GFLOP/s that all cores reach with AVX2 and FMA, "
                      f"{entry['ns'] / 1e6 / entry['gflop']:.1f} ms per GFLOP.")
    if args.svg:
        args.svg.mkdir(parents=True, exist_ok=True)
        for kind, title in (("fit", "Fitting a frame into the network's input"),
                            ("decode", "Decoding maps with so many people")):
            bars = [(name.split("/", 1)[1].replace("/", " "), entry["ns"] / 1e6)
                    for name, entry in found.items() if name.startswith(kind + "/")]
            (args.svg / f"{kind}.svg").write_text(svg(bars, title + " (median, one core)", "ms"))
        bars = [("forward pass, two cores", forward / 1e6)] + [
            (name, found[name]["ns"] / 1e6) for name in
            ("fit/NV12/1920x1080", "decode/5", "draw/NV12/1920x1080/5", "json/5")]
        (args.svg / "share.svg").write_text(
            svg(bars, "A 1080p NV12 frame with 5 people (median)", "ms"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
