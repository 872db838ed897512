#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measures how many hands raised before a camera poseestimate finds with mode=hand.

raised.json names the pictures, all of them photographs, by the public files that they are cut from, with
commit or version, licence and checksum. It has the boxes of the raised hands, drawn by eye before any network
saw them, and of other visible hands, which count neither as found nor as false. `--fetch` gets the files
with git and npm, and so does POSE_TEST_NETWORK=1. Each picture is resized to a longer side of 640
pixels, as of a webcam, and analysed by itself. A hand is found where the box of an instance overlaps its
own (intersection over union of 0.3 or more); any other instance is false.
"""
import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import cv2
import gi
import numpy

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402

import hands  # noqa: E402

TABLE = pathlib.Path(__file__).with_suffix(".json")
LONGER_SIDE = 640
OVERLAP = 0.3
COLOURS = {"place": (255, 160, 0), "found": (0, 200, 0), "false": (0, 0, 255)}
Box = tuple[float, float, float, float]  # left, top, right, bottom


def check(path: pathlib.Path, checksum: str) -> None:
    """Raises if the file is another one."""
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != checksum:
        raise RuntimeError(f"{path} should have the SHA-256 {checksum}, but has {found}")


def fetch(name: str, source: dict, folder: pathlib.Path) -> None:
    """The files of one source into `folder`/`name`."""
    with tempfile.TemporaryDirectory() as scratch:
        if "npm" in source:
            archive = subprocess.run(["npm", "pack", "--silent", source["npm"]], cwd=scratch, check=True,
                                     stdout=subprocess.PIPE, text=True).stdout.strip()
            subprocess.run(["tar", "xzf", archive], cwd=scratch, check=True)
        else:
            git = ["git", "-C", scratch]
            subprocess.run([*git, "init", "--quiet"], check=True)
            subprocess.run([*git, "remote", "add", "origin", source["git"]], check=True)
            subprocess.run([*git, "fetch", "--quiet", "--depth", "1", "--filter=blob:none", "origin",
                            source["commit"]], check=True)  # `show` gets the files themselves
        for path in source["files"]:
            if "npm" in source:
                data = (pathlib.Path(scratch) / "package" / path).read_bytes()
            else:
                data = subprocess.run([*git, "show", f"{source['commit']}:{path}"], check=True,
                                      stdout=subprocess.PIPE).stdout
            target = folder / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)


def picture(entry: dict, folder: pathlib.Path) -> tuple[numpy.ndarray, float]:
    """The picture as BGR, and how often it was enlarged."""
    path = str(folder / entry["source"] / entry["file"])
    if "frame" in entry:
        video = cv2.VideoCapture(path)
        for _ in range(entry["frame"] + 1):
            there, image = video.read()
        if not there:
            raise RuntimeError(f"{path} has no frame {entry['frame']}")
    else:
        image = cv2.imread(path)
        if image is None:
            raise RuntimeError(f"{path} cannot be decoded")
    left, top, right, bottom = entry.get("crop", (0, 0, image.shape[1], image.shape[0]))
    image = image[top:bottom, left:right]
    scale = LONGER_SIDE / max(image.shape[:2])
    size = [round(side * scale / 2) * 2 for side in image.shape[1::-1]]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC), scale


def analyse(image: numpy.ndarray, properties: str) -> list[hands.Points]:
    """The hands found in a single frame."""
    height, width = image.shape[:2]
    caps = Gst.Caps.from_string(f"video/x-raw,format=BGR,width={width},height={height},framerate=25/1")
    padded = numpy.zeros((height, (width * 3 + 3) // 4 * 4), numpy.uint8)
    padded[:, :width * 3] = image.reshape(height, -1)
    sample = Gst.Sample.new(Gst.Buffer.new_wrapped(padded.tobytes()), caps, None, None)
    return hands.analyse(sample, {}, "frame", argparse.Namespace(frames=1, properties=properties))


def box_of(points: hands.Points) -> Box:
    left, top, width, height = hands.box_of(points)
    return left, top, left + width, top + height


def overlap(a: Box, b: Box) -> float:
    """The intersection over union."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(0.0, width) * max(0.0, height)
    area = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return shared / (area - shared)


def judge(entry: dict, scale: float, found: list[hands.Points]) -> tuple[list[bool], list[bool]]:
    """Of each hand in the picture whether it was found, of each instance whether it is false.

    Each hand takes the instance that overlaps it best, so a second one there is false.
    """
    boxes = [box_of(points) for points in found]
    true = set()

    def takes(place: list[float]) -> bool:
        overlaps = {i: overlap([side * scale for side in place], box)
                    for i, box in enumerate(boxes) if i not in true}
        best = max(overlaps, key=overlaps.get, default=None)
        if best is None or overlaps[best] < OVERLAP:
            return False
        true.add(best)
        return True

    right = [takes(place) for place in entry["hands"]]
    for place in entry.get("other", []):
        takes(place)
    return right, [i not in true for i in range(len(boxes))]


def draw(image: numpy.ndarray, entry: dict, scale: float, found: list[hands.Points],
         false: list[bool]) -> numpy.ndarray:
    """The picture with the places of its hands and the hands found."""
    image = image.copy()
    for box in entry["hands"]:
        left, top, right, bottom = (round(side * scale) for side in box)
        cv2.rectangle(image, (left, top), (right, bottom), COLOURS["place"], 2)
    for points, wrong in zip(found, false):
        colour = COLOURS["false" if wrong else "found"]
        for finger in range(5):
            line = [points[0], *points[1 + 4 * finger:5 + 4 * finger]]
            cv2.polylines(image, [numpy.array([point[:2] for point in line], numpy.int32)], False, colour, 2)
    return image


def measure(table: dict, folder: pathlib.Path, args: argparse.Namespace) -> float:
    """The part of the hands that were found, of all groups."""
    counts = {}
    for entry in table["pictures"]:
        image, scale = picture(entry, folder)
        found = analyse(image, args.properties)
        right, false = judge(entry, scale, found)
        count = counts.setdefault(entry["group"], [0, 0, 0, 0, 0])
        for index, value in enumerate((1, all(right), len(right), sum(right), sum(false))):
            count[index] += value
        if not all(right) or any(false):
            print(f"{entry['name']}: {sum(right)} of {len(right)} hands found, {sum(false)} false")
        if args.draw:
            args.draw.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(args.draw / f"{entry['group']}-{entry['name']}.png"),
                        draw(image, entry, scale, found, false))
    for group, (pictures, whole, places, right, false) in counts.items():
        print(f"{group}: all hands of {whole} of {pictures} pictures; "
              f"{right} of {places} hands found, {false} false", flush=True)
    return sum(count[3] for count in counts.values()) / sum(count[2] for count in counts.values())


def is_complete(table: dict, folder: pathlib.Path, may_fetch: bool) -> bool:
    """Whether all files are there, or could be fetched; says so if not."""
    for name, source in table["sources"].items():
        missing = [path for path in source["files"] if not (folder / name / path).is_file()]
        if missing and not may_fetch:
            print(f"skipped: {folder / name / missing[0]} is not there (--material FOLDER --fetch)")
            return False
        try:
            if missing:
                fetch(name, source, folder)
        except subprocess.CalledProcessError as error:
            print(f"skipped: {name} cannot be fetched: {error}")
            return False
        for path, checksum in source["files"].items():
            check(folder / name / path, checksum)
    return True


def selected(table: dict, source: str | None, group: str | None) -> dict:
    """The part of the table from one source and in one group."""
    pictures = [entry for entry in table["pictures"]
                if source in (None, entry["source"]) and group in (None, entry["group"])]
    used = {entry["source"] for entry in pictures}
    return {"sources": {name: value for name, value in table["sources"].items() if name in used},
            "pictures": pictures}


def main() -> int:
    table = json.loads(TABLE.read_text())
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--material", type=pathlib.Path, help="folder of the files (else a temporary one)")
    parser.add_argument("--fetch", action="store_true", help="get files that are missing there")
    parser.add_argument("--source", choices=list(table["sources"]), help="only pictures from there")
    parser.add_argument("--group", choices=sorted({entry["group"] for entry in table["pictures"]}),
                        help="only those: with a person behind, or a wall")
    parser.add_argument("--draw", type=pathlib.Path, help="folder for the pictures with the hands drawn")
    parser.add_argument("--network", default="mediapipe-hand", help="name of its card")
    parser.add_argument("--properties", default="", help="more of poseestimate")
    parser.add_argument("--at-least", type=float, default=0.0, help="fail if a smaller part is found")
    args = parser.parse_args()
    table = selected(table, args.source, args.group)
    with tempfile.TemporaryDirectory() as scratch:
        may_fetch = args.fetch or os.environ.get("POSE_TEST_NETWORK") == "1"
        folder = args.material or pathlib.Path(scratch) / "material"
        if not is_complete(table, folder, may_fetch) or not hands.is_at_hand(args.network, scratch):
            return 77
        args.properties = f"model={args.network} {args.properties}"
        Gst.init(None)
        return 0 if measure(table, folder, args) >= args.at_least else 1


if __name__ == "__main__":
    sys.exit(main())
