#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints accuracy and time of every network, input and engine that this machine can run.

usage: networks.py --data DATA [--svg FILE] [CASE ...]

A CASE is NAME@HEIGHT or NAME@HEIGHT@BACKEND: a card on the plugin's search path or in DATA/models, the
height of its input and a value of the property `backend`. Without cases, all that are known and found. Each photograph goes
through all cases in turn, so that they share what else the machine does; times are medians, as shares of
the first case's. The line "left out" names what is not here.
"""
import argparse
import json
import os
import pathlib
import statistics
import sys
from dataclasses import dataclass, field

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402

import coco  # noqa: E402

# Cards and the heights of their inputs, the reference first.
KNOWN = (("human-pose-estimation-0001", (368, 256, 184)), ("lightweight-coco", (368,)),
         ("mobilenet-thin", (432,)), ("movenet-multipose", (384, 352, 288, 224)))
ENGINES = ("opencv", "onnxruntime")


@dataclass
class Case:
    """A network at one input and engine, and what was measured of it."""

    name: str
    height: int
    backend: str
    analysis: coco.Analysis | None = None
    lines: list[dict] = field(default_factory=list)
    scores: tuple[float, ...] = ()
    time: float = 0.0  # milliseconds

    def properties(self) -> str:
        """Of the element."""
        return (f"model={self.name} mode=coco width=-1 height={self.height} "
                f"backend={self.backend}")


def engines() -> list[str]:
    """The values of `backend` that this build has, out of ENGINES."""
    element = Gst.ElementFactory.make("poseestimate")
    values = type(element.get_property("backend")).__enum_values__.values()
    nicks = [value.value_nick for value in values]
    return [engine for engine in ENGINES if engine in nicks]


def parse_case(text: str) -> Case:
    """NAME@HEIGHT[@BACKEND]."""
    parts = text.split("@")
    if len(parts) not in (2, 3) or not parts[1].isdigit():
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME@HEIGHT or NAME@HEIGHT@BACKEND")
    return Case(parts[0], int(parts[1]), parts[2] if len(parts) == 3 else "default")


def start(cases: list[Case]) -> list[Case]:
    """The cases that run here; says which do not, and why."""
    running = []
    for case in cases:
        try:
            case.analysis = coco.Analysis(case.properties())
            running.append(case)
        except RuntimeError as error:
            print(f"left out: {case.properties()}: {error}", flush=True)
    return running


def measure(cases: list[Case], images: list[pathlib.Path]) -> None:
    """Sends each photograph through each case; the first one twice, to warm up."""
    for image in images[:1] + images:
        for case in cases:
            case.lines.append(case.analysis.run(image))
    for case in cases:
        del case.lines[0]
        case.time = case.analysis.milliseconds()
        case.analysis.stop()


def table(cases: list[Case]) -> str:
    """Markdown."""
    rows = ["| network | input height | engine | AP | AP50 | AR | time |", "|---|---|---|---|---|---|---|"]
    for case in cases:
        ap, ap50, _, ar = case.scores
        rows.append(f"| {case.name} | {case.height} | {case.backend} | {ap:.3f} | {ap50:.3f} | "
                    f"{ar:.3f} | {case.time / cases[0].time:.2f} |")
    return "\n".join(rows)


def plot(cases: list[Case]) -> str:
    """AP over time: a line a network and engine."""
    left, top, width, height = 60, 40, 460, 280
    colours = ("#2a7ab0", "#c0392b", "#27864a", "#8e44ad", "#b8860b", "#444444", "#d35f9c", "#20a0a0")
    right = max(case.time for case in cases) / cases[0].time * 1.1
    most = max(case.scores[0] for case in cases) * 1.15
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 40}" '
             f'height="{top + height + 60}" font-family="sans-serif" font-size="12">',
             '<rect width="100%" height="100%" fill="white"/>',
             f'<text x="{left}" y="20" font-size="14">Accuracy (AP) over time of an analysis</text>',
             f'<path d="M{left} {top}V{top + height}H{left + width}" fill="none" stroke="#888"/>',
             f'<text x="{left + width / 2}" y="{top + height + 34}" text-anchor="middle">share of '
             f'the time of {cases[0].name}, {cases[0].height} high</text>']

    def place(case: Case) -> tuple[float, float]:
        return (left + width * case.time / cases[0].time / right,
                top + height * (1 - case.scores[0] / most))

    for step in range(0, int(right * 4) + 1):
        x = left + width * step / 4 / right
        parts.append(f'<text x="{x:.1f}" y="{top + height + 16}" text-anchor="middle">'
                     f'{step / 4:g}</text>')
    for step in range(0, int(most * 20) + 1, 2):
        y = top + height * (1 - step / 20 / most)
        parts.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{step / 20:.1f}</text>')
    groups: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        groups.setdefault((case.name, case.backend), []).append(case)
    for index, ((name, backend), group) in enumerate(groups.items()):
        colour = colours[index % len(colours)]
        points = [place(case) for case in sorted(group, key=lambda case: case.time)]
        parts.append('<polyline points="' + " ".join(f"{x:.1f},{y:.1f}" for x, y in points) +
                     f'" fill="none" stroke="{colour}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in points]
        y = top + height - 16 * (len(groups) - index)
        parts.append(f'<text x="{left + width}" y="{y}" text-anchor="end" fill="{colour}">'
                     f'{name}, {backend}</text>')
    return "\n".join(parts + ["</svg>", ""])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("cases", nargs="*", type=parse_case, metavar="CASE")
    parser.add_argument("--data", type=pathlib.Path, default=os.environ.get("POSE_TEST_DATA"),
                        help="folder with the photographs, as of coco.py (or POSE_TEST_DATA)")
    parser.add_argument("--photographs", type=int, default=0, help="only so many of them")
    parser.add_argument("--svg", type=pathlib.Path, help="also write the plot into this file")
    args = parser.parse_args()
    os.environ["POSE_MODEL_PATH"] = os.pathsep.join(
        folder for folder in (os.environ.get("POSE_MODEL_PATH"), f"{args.data}/models") if folder)
    Gst.init(None)
    images = sorted(pathlib.Path(args.data or "", "eval/coco-dev/images").glob("*.jpg"))
    if not images:
        print(f"skipped: no photographs in {args.data}")
        return 77
    images = images[:args.photographs or len(images)]
    cases = args.cases or [Case(name, height, engine) for name, heights in KNOWN
                           for height in heights for engine in engines()]
    cases = start(cases)
    if not cases:
        print("FAILED: none of the networks runs here")
        return 1
    measure(cases, images)
    scorer = coco.load_scorer(args.data)
    truth = json.loads((args.data / "eval" / "coco-dev" / "annotations.json").read_text())
    names = {int(image.stem) for image in images}
    annotations = [entry for entry in truth["annotations"] if entry["image_id"] in names]
    for case in cases:
        case.scores = scorer.evaluate(annotations, coco.results_of(images, case.lines))
    print(table(cases))
    people = [statistics.mean(len(line["people"]) for line in case.lines) for case in cases]
    print("\npeople a photograph: " + ", ".join(
        f"{case.name} {case.height} {count:.1f}" for case, count in zip(cases, people)))
    if args.svg:
        args.svg.write_text(plot(cases))
    return 0


if __name__ == "__main__":
    sys.exit(main())
