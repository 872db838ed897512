#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs poseestimate on annotated photographs and prints COCO keypoint AP.

The photographs go as JPEG through the real pipeline
    appsrc ! jpegdec ! videoconvert ! FORMAT ! poseestimate ... ! posejson ! appsink
and what comes out is scored by the evaluation script of the data folder, which has
    eval/coco-dev/annotations.json, eval/coco-dev/images/, tools/oks_ap.py, models/
"""
import argparse
import importlib.util
import json
import os
import pathlib
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402

# Index in the 18 keypoints of the network of each of COCO's 17.
COCO_17 = (0, 15, 14, 17, 16, 5, 2, 6, 3, 7, 4, 11, 8, 12, 9, 13, 10)


def load_scorer(data: pathlib.Path):
    """The evaluation script of the data folder, as a module."""
    spec = importlib.util.spec_from_file_location("oks_ap", data / "tools" / "oks_ap.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Analysis:
    """A running pipeline that analyses one photograph at a time."""

    def __init__(self, properties: str, video_format: str = "BGR") -> None:
        self._pipeline = Gst.parse_launch(
            "appsrc name=in caps=image/jpeg,framerate=1/1 format=time ! jpegdec ! videoconvert ! "
            f"video/x-raw,format={video_format} ! poseestimate name=pose {properties} ! posejson "
            "! appsink name=out sync=false")
        self._source = self._pipeline.get_by_name("in")
        self._sink = self._pipeline.get_by_name("out")
        self._element = self._pipeline.get_by_name("pose")
        self._count = 0
        if self._pipeline.set_state(Gst.State.PLAYING) == Gst.StateChangeReturn.FAILURE:
            error = self._pipeline.get_bus().pop_filtered(Gst.MessageType.ERROR)
            self.stop()
            raise RuntimeError(error.parse_error()[0].message)

    def run(self, image: pathlib.Path) -> dict:
        """The parsed line of JSON of a photograph."""
        frame = Gst.Buffer.new_wrapped(image.read_bytes())
        frame.pts = self._count * Gst.SECOND
        self._count += 1
        self._source.emit("push-buffer", frame)
        sample = self._sink.emit("pull-sample")
        if sample is None:
            error = self._pipeline.get_bus().pop_filtered(Gst.MessageType.ERROR)
            raise RuntimeError(f"{image}: {error.parse_error() if error else 'no result'}")
        data = sample.get_buffer()
        return json.loads(data.extract_dup(0, data.get_size()))

    def milliseconds(self) -> float:
        """Median time of the latest analyses: preprocessing, forward pass and decoding."""
        return self._element.get_property("stats").get_double("total-ms")[1]

    def stop(self) -> None:
        """Stops the pipeline."""
        self._pipeline.set_state(Gst.State.NULL)


def analyse(images: list[pathlib.Path], properties: str, video_format: str) -> list[dict]:
    """One parsed line of JSON for each photograph."""
    try:
        analysis = Analysis(properties, video_format)
        lines = [analysis.run(image) for image in images]
    except RuntimeError as error:
        sys.exit(str(error))
    analysis.stop()
    return lines


def results_of(images: list[pathlib.Path], lines: list[dict]) -> list[dict]:
    """COCO results: 17 keypoints of each person."""
    results = []
    for image, line in zip(images, lines):
        for person in line["people"]:
            points = person["pose_keypoints_2d"]
            keypoints = []
            for part in COCO_17:
                x, y, confidence = points[3 * part:3 * part + 3]
                # COCO measures from the corner of the first pixel, the metadata from its centre
                keypoints += [x + 0.5, y + 0.5, 1] if confidence > 0 else [0, 0, 0]
            results.append({"image_id": int(image.stem), "category_id": 1,
                            "keypoints": keypoints, "score": person["score"]})
    return results


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default=os.environ.get("POSE_TEST_DATA"),
                        help="folder with the photographs (or POSE_TEST_DATA)")
    parser.add_argument("--model", default="human-pose-estimation-0001.onnx",
                        help="in the data folder's models/")
    parser.add_argument("--properties", default="width=-1 height=368", help="of poseestimate")
    parser.add_argument("--formats", default="BGR", help="video formats, separated by commas")
    parser.add_argument("--at-least", type=float, default=0.0, help="fail below this AP")
    parser.add_argument("--spread", type=float, help="fail when formats differ by more AP")
    parser.add_argument("--every", type=int, default=1, metavar="N",
                        help="formats after the first: each Nth photograph, compared on those")
    args = parser.parse_args()
    data = pathlib.Path(args.data or "")
    model = data / "models" / args.model
    opencv = os.environ.get("POSE_OPENCV", "4")
    if model.suffix == ".caffemodel" and int(opencv.split(".")[0]) >= 5:
        print(f"skipped: OpenCV {opencv} reads no Caffe files")
        return 77
    images = sorted((data / "eval" / "coco-dev" / "images").glob("*.jpg"))
    if not args.data or not model.exists() or not images:
        print(f"skipped: no photographs and model {model}")
        return 77
    Gst.init(None)
    scorer = load_scorer(data)
    truth = json.loads((data / "eval" / "coco-dev" / "annotations.json").read_text())
    annotations = {int(image.stem): [] for image in images}
    for annotation in truth["annotations"]:
        annotations.setdefault(annotation["image_id"], []).append(annotation)

    def score(name: str, photographs: list[pathlib.Path], lines: list[dict]) -> float:
        """AP on these photographs, which is printed with its parts."""
        known = [each for image in photographs for each in annotations[int(image.stem)]]
        ap, ap50, ap75, ar = scorer.evaluate(known, results_of(photographs, lines))
        print(f"{args.model} {args.properties} {name}, {len(photographs)} photographs: "
              f"AP {ap:.4f}  AP50 {ap50:.4f}  AP75 {ap75:.4f}  AR {ar:.4f}", flush=True)
        return ap

    properties = f"model={model} {args.properties}"
    first, *others = args.formats.split(",")
    lines = analyse(images, properties, first)
    some = images[::args.every]
    ap = score(first, images, lines)
    found = [ap if args.every == 1 else score(first, some, lines[::args.every])]
    found += [score(other, some, analyse(some, properties, other)) for other in others]
    failed = False
    least = min(found) if args.every == 1 else ap  # AP of a part is not that of the whole
    if least < args.at_least:
        print(f"FAILED: AP {least:.4f} is below {args.at_least}")
        failed = True
    if args.spread is not None and max(found) - min(found) > args.spread:
        print(f"FAILED: the formats differ by {max(found) - min(found):.4f} AP")
        failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
