#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measures the faces that poseestimate finds around people's heads, and compares crops.

    appsrc ! poseestimate BODY ! tee ! poseestimate mode=face regions=people FACE ! posejson ! appsink

The eyes and the nose of each face are compared with the annotations of photographs, or with the body's
own keypoints in a --video. Distances are in eye distances of an adult's face seen from the front; a face
is right where the mean error of its eyes and nose is below a quarter of one. --crops SCALE[,SHIFT] ...
compares such crops instead of the card's:
    faces.py --data DATA --crops 0.5 0.75 1 0.75,0.05
Where the network is not installed and POSE_TEST_NETWORK is 1, models/fetch gets it from the npm registry.
"""
import argparse
import json
import math
import os
import pathlib
import statistics
import sys
import tempfile
from collections.abc import Iterator

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402

from hands import is_at_hand  # noqa: E402

Point = tuple[float, float]
Points = list[tuple[float, float, float]]
Reference = dict[str, Point]  # keypoints of a face by name

# Index of each part in COCO's annotations, in the body's keypoints and in the face's.
COCO = {"nose": 0, "left eye": 1, "right eye": 2, "left ear": 3, "right ear": 4}
BODY = {"nose": 0, "left eye": 15, "right eye": 14, "left ear": 17, "right ear": 16}
FACE = {"nose": 30, "left eye": 69, "right eye": 68, "left ear": 16, "right ear": 0}
FRONT = ("nose", "left eye", "right eye")
EARS = ("left ear", "right ear")
# Maximum distances in eye distances, as those of src/regions/stature.cpp.
SPANS = {("right eye", "left eye"): 1.0, ("right ear", "left ear"): 2.3, ("nose", "right ear"): 2.03,
         ("nose", "left ear"): 2.03, ("right eye", "right ear"): 1.43, ("left eye", "left ear"): 1.43,
         ("nose", "right eye"): 0.92, ("nose", "left eye"): 0.92}
RIGHT, NEAR = 0.25, 2.0  # eye distances
BOX = 5.1  # side of a face's box in them


def triples(values: list[float]) -> Points:
    return [tuple(values[i:i + 3]) for i in range(0, len(values), 3)]


def parts_of(points: Points, index: dict[str, int]) -> Reference:
    """The visible parts of a face."""
    return {name: points[i][:2] for name, i in index.items() if points[i][2] > 0}


def eye_distance(face: Reference) -> float:
    """As seen from the front; 0 without two parts."""
    return max((math.dist(face[a], face[b]) / span for (a, b), span in SPANS.items()
                if a in face and b in face), default=0.0)


def error(face: Points, reference: Reference, names: tuple[str, ...]) -> float | None:
    """Mean distance of the parts in eye distances; None if the reference has none of them."""
    far = [math.dist(face[FACE[name]][:2], reference[name]) for name in names if name in reference]
    return sum(far) / len(far) / eye_distance(reference) if far else None


class Tally:
    """The results of one crop."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._references = self._strays = self._swapped = 0
        self._front: list[float] = []
        self._ears: list[float] = []
        self._scores: list[float] = []

    def add(self, people: list[dict], references: list[Reference], least: float) -> None:
        """A frame's people and the faces that it has; of those below `least` pixels none counts."""
        faces = [triples(person["face_keypoints_2d"]) for person in people
                 if person["face_keypoints_2d"]]
        taken = set()
        for reference in references:
            errors = [error(face, reference, FRONT) for face in faces]
            best = min(range(len(faces)), key=errors.__getitem__, default=None)
            is_found = best is not None and errors[best] < NEAR
            if is_found:
                taken.add(best)
            if BOX * eye_distance(reference) < least:
                continue
            self._references += 1
            if is_found:
                self._add_face(faces[best], reference, errors[best])
        self._strays += len(faces) - len(taken)

    def _add_face(self, face: Points, reference: Reference, front: float) -> None:
        self._front.append(front)
        self._scores.append(face[0][2])
        ears = error(face, reference, EARS)
        if ears is not None:
            self._ears.append(ears)
        if "left eye" in reference and "right eye" in reference:
            across = [face[FACE["left eye"]][i] - face[FACE["right eye"]][i] for i in (0, 1)]
            true = [reference["left eye"][i] - reference["right eye"][i] for i in (0, 1)]
            self._swapped += across[0] * true[0] + across[1] * true[1] < 0

    def right(self) -> float:
        """The share of the faces that are right."""
        return sum(e < RIGHT for e in self._front) / max(1, self._references)

    def __str__(self) -> str:
        def middle(values: list[float]) -> float:
            return statistics.median(values) if values else math.nan

        found = len(self._front)
        return (f"{self._name:10s} {self._references:4d} faces, {found / max(1, self._references):.3f} "
                f"found, {self.right():.3f} right; medians: score {middle(self._scores):.2f}, eyes and "
                f"nose {middle(self._front):.3f}, ears {middle(self._ears):.3f}; "
                f"{self._swapped} swapped, {self._strays} elsewhere")


def samples_of(path: pathlib.Path, step: int = 1) -> Iterator[Gst.Sample]:
    """Every so many frames of a photograph or video, as BGR."""
    pipeline = Gst.parse_launch("filesrc name=file ! decodebin ! videoconvert ! "
                                "video/x-raw,format=BGR ! appsink name=out sync=false max-buffers=4")
    pipeline.get_by_name("file").set_property("location", str(path))
    pipeline.set_state(Gst.State.PLAYING)
    number = 0
    while (sample := pipeline.get_by_name("out").emit("pull-sample")) is not None:
        if number % step == 0:
            yield sample
        number += 1
    pipeline.set_state(Gst.State.NULL)
    if number == 0:
        raise RuntimeError(f"{path} cannot be decoded")


class Analysis:
    """A pipeline with one branch for each of some models of faces."""

    def __init__(self, body: str, faces: list[str]) -> None:
        branches = " ".join(
            f"t. ! queue ! poseestimate mode=face regions=people inference=every-frame {face} ! "
            f"posejson ! appsink name=out{i} sync=false" for i, face in enumerate(faces))
        self._pipeline = Gst.parse_launch(
            "appsrc name=in format=time ! poseestimate tracking=false inference=every-frame "
            f"{body} ! tee name=t {branches}")
        self._sinks = [self._pipeline.get_by_name(f"out{i}") for i in range(len(faces))]
        self._count = 0
        if self._pipeline.set_state(Gst.State.PLAYING) == Gst.StateChangeReturn.FAILURE:
            self._fail()

    def _fail(self) -> None:
        message = self._pipeline.get_bus().pop_filtered(Gst.MessageType.ERROR)
        self.stop()
        raise RuntimeError(message.parse_error()[0].message if message else "no result")

    def run(self, sample: Gst.Sample) -> list[list[dict]]:
        """The people of a frame, by each branch."""
        pixels = sample.get_buffer()
        buffer = Gst.Buffer.new_wrapped(pixels.extract_dup(0, pixels.get_size()))
        buffer.pts = self._count * Gst.SECOND
        self._count += 1
        self._pipeline.get_by_name("in").emit(
            "push-sample", Gst.Sample.new(buffer, sample.get_caps(), None, None))
        found = []
        for sink in self._sinks:
            result = sink.emit("pull-sample")
            if result is None:
                self._fail()
            line = result.get_buffer()
            found.append(json.loads(line.extract_dup(0, line.get_size()))["people"])
        return found

    def stop(self) -> None:
        self._pipeline.set_state(Gst.State.NULL)


def photographs(folder: pathlib.Path) -> Iterator[tuple[Gst.Sample, list[Reference]]]:
    """The photographs with the annotated faces of each."""
    known = json.loads((folder / "annotations.json").read_text())
    faces: dict[int, list[Reference]] = {image["id"]: [] for image in known["images"]}
    for person in known["annotations"]:
        face = parts_of(triples(person["keypoints"]), COCO)
        if any(name in face for name in FRONT) and eye_distance(face) > 0:
            faces[person["image_id"]].append(face)
    for image in known["images"]:
        path = folder / "images" / image["file_name"]
        for sample in samples_of(path):
            yield sample, faces[image["id"]]


def faces_of_bodies(people: list[dict]) -> list[Reference]:
    faces = [parts_of(triples(person["pose_keypoints_2d"]), BODY) for person in people]
    return [face for face in faces
            if any(name in face for name in FRONT) and eye_distance(face) > 0]


def card_path(name: str) -> pathlib.Path:
    """The card of a name in POSE_MODEL_PATH."""
    for folder in os.environ.get("POSE_MODEL_PATH", "").split(":"):
        path = pathlib.Path(folder) / f"{name}.json"
        if folder and path.is_file():
            return path
    raise RuntimeError(f"no {name}.json in POSE_MODEL_PATH, which --crops needs")


def with_crop(card: pathlib.Path, crop: str, folder: pathlib.Path) -> str:
    """The property `model` of a copy of the card with another crop."""
    content = json.loads(card.read_text())
    scale, _, shift = crop.partition(",")
    content["crop"] |= {"scale": float(scale), "shift": float(shift or 0)}
    model = folder / content["model"]
    if not model.exists():
        model.symlink_to(card.resolve().parent / content["model"])
    copy = folder / f"{crop.replace(',', '_')}.json"
    copy.write_text(json.dumps(content))
    return f'model="{copy}"'


def measure(args: argparse.Namespace, models: list[str], tallies: list[Tally]) -> None:
    """Adds the faces of all frames."""
    frames = (((sample, None) for sample in samples_of(pathlib.Path(args.video), args.step))
              if args.video else photographs(pathlib.Path(args.data) / "eval" / "coco-dev"))
    analysis = Analysis(args.body, [f"{model} {args.properties}" for model in models])
    for sample, annotated in frames:
        for tally, people in zip(tallies, analysis.run(sample)):
            references = faces_of_bodies(people) if annotated is None else annotated
            tally.add(people, references, args.least)
    analysis.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("POSE_TEST_DATA"),
                        help="folder with eval/coco-dev (or POSE_TEST_DATA)")
    parser.add_argument("--video", help="a video instead of the photographs")
    parser.add_argument("--step", type=int, default=1, help="every so many frames of the video")
    parser.add_argument("--body", default="model=human-pose-estimation-0001 width=-1 height=368",
                        help="properties of the poseestimate that finds people")
    parser.add_argument("--network", default="mediapipe-face", help="name of its card")
    parser.add_argument("--properties", default="", help="of the poseestimate that finds faces")
    parser.add_argument("--crops", nargs="+", metavar="SCALE[,SHIFT]", default=[])
    parser.add_argument("--least", type=float, default=30.0,
                        help="pixels of the box of a face that counts")
    parser.add_argument("--at-least", type=float, default=0.0,
                        help="fail if a smaller share of the faces is right")
    args = parser.parse_args()
    folder = pathlib.Path(args.data or "") / "eval" / "coco-dev"
    if not args.video and not (args.data and (folder / "annotations.json").is_file()):
        print("skipped: no photographs")
        return 77
    with tempfile.TemporaryDirectory() as scratch:
        if not is_at_hand(args.network, scratch):
            return 77
        if args.data:
            os.environ["POSE_MODEL_PATH"] = (os.environ.get("POSE_MODEL_PATH", "") +
                                             f":{args.data}/models")
        Gst.init(None)
        models = [f"model={args.network}"]
        if args.crops:
            card = card_path(args.network)
            models = [with_crop(card, crop, pathlib.Path(scratch)) for crop in args.crops]
        tallies = [Tally(crop) for crop in args.crops or [args.network]]
        measure(args, models, tallies)
    for tally in tallies:
        print(tally)
    return 0 if min(tally.right() for tally in tallies) >= args.at_least else 1


if __name__ == "__main__":
    sys.exit(main())
