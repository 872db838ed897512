#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measures which scores tell hands from feet and faces, so that min-score can be chosen.

Crops come as regions of interest with an angle. Of annotated hands: the crops that follow from the
keypoints, of 0.75 to 1.3 times the side, turned by up to 0.6 radians and off by up to an eighth. Of
feet and faces: at the ends of legs, and around noses with the neck below, of annotated people in
photographs and of those that the body network finds in a video; those with anyone's wrist in them
are left out. A hand is right where its keypoints are, in the mean, within a fifth of the annotation's
longer side. The last lines are of feet and faces that are looked at in two turned crops more where
the first shows no hand, as regions=people does with arms: with the same least score, and with one
that is higher by 0.4 of the rest.
"""
import argparse
import json
import math
import os
import pathlib
import random
import sys
from collections.abc import Iterator

import cv2
import gi
import numpy

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402

import arms  # noqa: E402
import coco  # noqa: E402

SCORES = (0.3, 0.5, 0.7)
LEGS = ((8, 9, 10), (11, 12, 13))  # COCO 18: hip, knee, ankle
NOSE, NECK, WRISTS, SHOULDERS = 0, 1, (4, 7), (2, 5)
LEAST_SHIN, LEAST_HEAD = 50.0, 30.0  # pixels
OF_SEVERAL = 0.4  # of the rest to 1, by which the score of turned crops has to be higher
CLOSER, TO_THE_SIDE = 0.73, 0.5  # turned crops, in sides of the first, and radians
# Of MediaPipe's crop: what the direction and the box of a hand are taken from.
KNUCKLES = ((6, 0.25), (10, 0.5), (14, 0.25))
PALM = (0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18)
FOLLOW_SCALE, FOLLOW_SHIFT = 2.0, 0.1

Crop = tuple[float, float, float, float]  # middle, side, angle: clockwise from up
Points = list[tuple[float, float, float]]


def up(angle: float) -> numpy.ndarray:
    """The direction."""
    return numpy.array([math.sin(angle), -math.cos(angle)])


def crop_of(points: Points) -> Crop:
    """As the element follows a hand by its keypoints."""
    places = numpy.array(points)[:, :2]
    wrist = places[0]
    way = sum(places[part] * share for part, share in KNUCKLES) - wrist
    angle = math.atan2(way[0], -way[1])
    across, along = up(angle + math.pi / 2), up(angle)
    x, y = (places[list(PALM)] - wrist) @ across, (places[list(PALM)] - wrist) @ along
    width, height = numpy.ptp(x), numpy.ptp(y)
    middle = (wrist + (x.max() + x.min()) / 2 * across +
              ((y.max() + y.min()) / 2 + FOLLOW_SHIFT * height) * along)
    return middle[0], middle[1], FOLLOW_SCALE * max(width, height), angle


def missed_by(crop: Crop, draw: random.Random) -> Crop:
    """A crop that shows about the same."""
    x, y, side, angle = crop
    return (x + side * draw.uniform(-0.125, 0.125), y + side * draw.uniform(-0.125, 0.125),
            side * draw.uniform(0.75, 1.3), angle + draw.uniform(-0.6, 0.6))


def turned(crop: Crop) -> list[Crop]:
    """The further crops of an arm."""
    x, y, side, angle = crop
    return [(x, y, CLOSER * side, angle - TO_THE_SIDE), (x, y, CLOSER * side, angle + TO_THE_SIDE)]


def feet_and_faces(people: list[Points]) -> Iterator[Crop]:
    """Of people of 18 keypoints; crops with a wrist in them are left out."""
    wrists = [person[part] for person in people for part in WRISTS if person[part][2] > 0]
    crops = []
    for person in people:
        for _, knee, ankle in ([person[part] for part in leg] for leg in LEGS):
            x, y = ankle[0] - knee[0], ankle[1] - knee[1]
            if knee[2] > 0 and ankle[2] > 0 and math.hypot(x, y) >= LEAST_SHIN:
                crops.append((ankle[0] + 0.2 * x, ankle[1] + 0.2 * y, 0.75 * math.hypot(x, y),
                              math.atan2(x, -y)))
        nose, neck = person[NOSE], person[NECK]
        x, y = nose[0] - neck[0], nose[1] - neck[1]
        if nose[2] > 0 and neck[2] > 0 and math.hypot(x, y) >= LEAST_HEAD:
            crops.append((nose[0], nose[1], 1.5 * math.hypot(x, y), math.atan2(x, -y)))
    for x, y, side, angle in crops:
        if all(math.hypot(at[0] - x, at[1] - y) > 0.75 * side for at in wrists):
            yield x, y, side, angle


def padded(image: numpy.ndarray, crops: list[Crop]) -> tuple[Gst.Sample, list[Crop]]:
    """The photograph in a black border, as regions of interest cannot begin outside of a frame, and
    the crops in it."""
    outside = max(side / 2 - min(x, y) for x, y, side, _ in crops)
    border = max(0, math.ceil(outside))
    framed = cv2.copyMakeBorder(image, border, border, border, border, cv2.BORDER_CONSTANT)
    height, width = (side // 4 * 4 for side in framed.shape[:2])
    pixels = numpy.ascontiguousarray(framed[:height, :width]).tobytes()
    caps = Gst.Caps.from_string(f"{arms.FORMAT},width={width},height={height},framerate=25/1")
    return (Gst.Sample.new(Gst.Buffer.new_wrapped(pixels), caps, None, None),
            [(x + border, y + border, side, angle) for x, y, side, angle in crops])


class Hands:
    """What the element makes of the crops of one photograph, with one least score."""

    def __init__(self, image: numpy.ndarray, crops: list[Crop], properties: str) -> None:
        sample, self._crops = padded(image, crops)
        self._border = self._crops[0][0] - crops[0][0]
        self._sample = sample
        # of a region, the card of the network takes 0.75: so its side is that of the crop
        self._pipeline = arms.Pipeline("poseestimate mode=hand regions=metadata region-scale=1.333 "
                                       f"inference=every-frame tracking=false {properties}")

    def of(self, crop: Crop) -> arms.Hand | None:
        """Score and keypoints of the hand that is shown."""
        x, y, side, angle = crop
        line = self._pipeline.run(
            self._sample, [(x - side / 2, y - side / 2, side, angle, "right")])
        hand = arms.best_hand(line)
        return hand and (hand[0], [(px - self._border, py - self._border, seen)
                                   for px, py, seen in hand[1]])

    def each(self) -> list[arms.Hand | None]:
        """Of the crops."""
        return [self.of(crop) for crop in self._crops]

    def turned(self, first: list[arms.Hand | None]) -> list[float]:
        """The best score of the turned crops; 0 where the first one shows a hand."""
        return [0.0 if hand else max((found[0] for found in map(self.of, turned(crop)) if found),
                                     default=0.0)
                for hand, crop in zip(first, self._crops)]

    def stop(self) -> None:
        """Frees it."""
        self._pipeline.stop()


def pixels_of(sample: Gst.Sample) -> numpy.ndarray:
    """A frame of BGR."""
    structure = sample.get_caps().get_structure(0)
    width, height = structure.get_value("width"), structure.get_value("height")
    buffer = sample.get_buffer()
    rows = numpy.frombuffer(buffer.extract_dup(0, buffer.get_size()), numpy.uint8)
    return rows.reshape(height, -1)[:, :3 * width].reshape(height, width, 3)


def people_of(annotations: list[dict]) -> list[Points]:
    """Those of a photograph, with a neck between the shoulders."""
    people = []
    for annotation in annotations:
        person = [(0.0, 0.0, 0.0)] * 18
        values = annotation["keypoints"]
        for part, of in enumerate(coco.COCO_17):
            person[of] = tuple(values[3 * part:3 * part + 3])
        one, other = (person[shoulder] for shoulder in SHOULDERS)
        if one[2] > 0 and other[2] > 0:
            person[NECK] = ((one[0] + other[0]) / 2, (one[1] + other[1]) / 2, 1.0)
        people.append(person)
    return people


def photographs(data: pathlib.Path) -> Iterator[tuple[numpy.ndarray, list[Points]]]:
    """Annotated ones, with their people."""
    folder = data / "eval" / "coco-dev"
    annotations = json.loads((folder / "annotations.json").read_text())["annotations"]
    for image in sorted((folder / "images").glob("*.jpg")):
        of_image = [each for each in annotations if each["image_id"] == int(image.stem)]
        yield cv2.imread(str(image)), people_of(of_image)


def frames(data: pathlib.Path,
           args: argparse.Namespace) -> Iterator[tuple[numpy.ndarray, list[Points]]]:
    """Of the video, with the people that the body network finds."""
    bodies = arms.Pipeline(f"poseestimate inference=every-frame tracking=false {args.bodies}")
    for sample in arms.frames_of(data / "media" / "people.avi", args.every):
        people = []
        for person in bodies.run(sample)["people"]:
            values = person["pose_keypoints_2d"]
            people.append([tuple(values[i:i + 3]) for i in range(0, len(values), 3)])
        yield pixels_of(sample), people
    bodies.stop()


def share(true: list[bool]) -> str:
    """In per cent."""
    return f"{100 * sum(true) / max(1, len(true)):.0f} %"


def report_hands(data: pathlib.Path, args: argparse.Namespace) -> None:
    """Prints the shares of annotated hands that are shown and right."""
    folder = data / "eval" / "hands-dev"
    offs: dict[float, list[float]] = {score: [] for score in SCORES}
    draw = random.Random(1)
    for hand in json.loads((folder / "annotations.json").read_text())["hands"]:
        points = hand["keypoints"]
        image = cv2.imread(str(folder / hand["file"]))
        crops = [missed_by(crop_of(points), draw) for _ in range(args.crops)]
        for score in SCORES:
            hands = Hands(image, crops, f"{args.hands} min-score={score}")
            offs[score] += [arms.difference(found[1], points) if found else math.inf
                            for found in hands.each()]
            hands.stop()
    for score, of_score in offs.items():
        shown = [each for each in of_score if each < math.inf]
        print(f"min-score {score}: of {len(of_score)} crops of hands "
              f"{share([each < math.inf for each in of_score])} are shown, of these "
              f"{share([each < 0.2 for each in shown])} within .2", flush=True)


def report_others(data: pathlib.Path, args: argparse.Namespace) -> None:
    """Prints the shares of feet and faces that are taken for hands."""
    shown: dict[float, list[bool]] = {score: [] for score in SCORES}
    further: dict[float, list[float]] = {score: [] for score in SCORES}
    for source in (photographs(data), frames(data, args)):
        for image, people in source:
            crops = list(feet_and_faces(people))
            for score in SCORES if crops else ():
                hands = Hands(image, crops, f"{args.hands} min-score={score}")
                found = hands.each()
                shown[score] += [hand is not None for hand in found]
                further[score] += hands.turned(found)
                hands.stop()
    for score in SCORES:
        high = score + OF_SEVERAL * (1 - score)
        print(f"min-score {score}: of {len(shown[score])} crops of feet and faces "
              f"{share(shown[score])} are taken for hands; with turned crops",
              ", ".join(f"from {least:.2f} " +
                        share([a or b >= least for a, b in zip(shown[score], further[score])])
                        for least in (score, high)), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default=os.environ.get("POSE_TEST_DATA"),
                        help="folder with eval/ and media/people.avi (or POSE_TEST_DATA)")
    parser.add_argument("--crops", type=int, default=12, help="of each hand")
    parser.add_argument("--every", type=int, default=20, help="each so manyth frame of the video")
    parser.add_argument("--bodies", default="model=human-pose-estimation-0001 width=-1 height=368")
    parser.add_argument("--hands", default="model=mediapipe-hand")
    args = parser.parse_args()
    data = pathlib.Path(args.data or "")
    if not args.data or not (data / "eval" / "hands-dev" / "annotations.json").is_file():
        print("skipped: no photographs of hands")
        return 77
    Gst.init(None)
    report_hands(data, args)
    report_others(data, args)
    return 0


if __name__ == "__main__":
    sys.exit(main())
