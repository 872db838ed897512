#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Looks at the person ids in a file of JSON lines, as posejson writes them.

Prints how many ids there are, how long they last, and which begin or end where nobody can come or
go: inside the picture, neither near its border nor near the file's ends. Finds the encounters,
where boxes of people overlap for a while, and lists the ids seen around each before and after.

With --video and --sheet it draws each encounter as a strip of pictures, boxes and ids in a colour
per id, so that switches can be counted by eye:

    tracks.py poses.jsonl --video vtest.avi --sheet /tmp/sheet
"""
import argparse
import collections
import colorsys
import dataclasses
import json
import pathlib
import statistics

SECOND = 1_000_000_000


@dataclasses.dataclass(frozen=True)
class Sight:
    """A person in a frame."""
    index: int  # of the frame in the file
    time: float  # seconds
    box: tuple[float, float, float, float]  # left, top, right, bottom; pixels
    points: tuple[tuple[float, float], ...]


@dataclasses.dataclass
class Encounter:
    """People whose boxes overlap, one with the next."""
    start: float
    end: float
    ids: set[int]
    bounced: bool  # a pair came apart on the sides they came from: talk, or a switch


def load(path: pathlib.Path) -> tuple[list[dict], dict[int, list[Sight]]]:
    """The frames, and the tracks in them."""
    frames, tracks = [], collections.defaultdict(list)
    with path.open(encoding="utf-8") as lines:
        for index, line in enumerate(lines):
            frame = json.loads(line)
            people = frame.pop("people")
            frame["time"] = frame["pts"] / SECOND
            frames.append(frame)
            for person in people:
                x, y, width, height = person["box"]
                values = person["pose_keypoints_2d"]
                points = tuple((values[i], values[i + 1]) for i in range(0, len(values), 3)
                               if values[i + 2] > 0)
                number = person["person_id"][0]
                if number >= 0 and points:
                    box = (x, y, x + width, y + height)
                    tracks[number].append(Sight(index, frame["time"], box, points))
    return frames, dict(tracks)


def at_border(sight: Sight, frame: dict, share: float) -> bool:
    left, top, right, bottom = sight.box
    margin_x, margin_y = frame["width"] * share, frame["height"] * share
    return (left < margin_x or top < margin_y or right > frame["width"] - margin_x
            or bottom > frame["height"] - margin_y)


def print_tracks(frames: list[dict], tracks: dict[int, list[Sight]], args) -> None:
    lasting = {number: track[-1].time - track[0].time for number, track in tracks.items()}
    long = {number for number, seconds in lasting.items() if seconds >= args.least}
    sights = sum(len(track) for track in tracks.values())
    print(f"frames {len(frames)}, people in them {sights}, ids {len(tracks)}, "
          f"of them at least {args.least:g} s long {len(long)}")
    if not long:
        return
    covered = sum(len(tracks[number]) for number in long)
    print(f"people in frames who belong to a long id: {covered / sights:.1%}")
    print(f"length of the long: median {statistics.median(lasting[n] for n in long):.1f} s, "
          f"longest {max(lasting.values()):.1f} s")
    edge = 1.0  # second
    broken = collections.Counter()
    for number in sorted(long):
        first, last = tracks[number][0], tracks[number][-1]
        starts = first.time > frames[0]["time"] + edge and not at_border(
            first, frames[0], args.border)
        ends = last.time < frames[-1]["time"] - edge and not at_border(
            last, frames[0], args.border)
        broken["start"] += starts
        broken["end"] += ends
        if args.verbose:
            print(f"  id {number}: {first.time:.1f}..{last.time:.1f} s, {len(tracks[number])} times"
                  + (", starts inside" if starts else "") + (", ends inside" if ends else ""))
    print(f"fragmentation: {broken['start']} of the long ids start inside the picture, "
          f"{broken['end']} end inside")


def overlap(a: Sight, b: Sight, grow: float) -> bool:
    """Whether the boxes touch, each grown on every side by a share of its height."""
    room = grow * max(a.box[3] - a.box[1], b.box[3] - b.box[1])
    return (a.box[0] - room < b.box[2] and b.box[0] - room < a.box[2]
            and a.box[1] < b.box[3] and b.box[1] < a.box[3])


def centre(sight: Sight) -> float:
    return (sight.box[0] + sight.box[2]) / 2


def meetings_of(first: list[Sight], second: list[Sight], args) -> list[tuple[float, float, bool]]:
    """When two overlapped, begin and end, and whether they bounced: only where both were seen
    apart, or one of them not at all, before and after."""
    other = {sight.index: sight for sight in second}
    both = [(sight, other[sight.index]) for sight in first if sight.index in other]
    spans = []
    for a, b in both:
        if not overlap(a, b, args.grow):
            continue
        if spans and a.time - spans[-1][1] <= args.gap:
            spans[-1][1] = a.time
        else:
            spans.append([a.time, a.time])
    found = []
    for start, end in spans:
        if end - start > args.longest:
            continue  # they walk together
        before = [centre(a) - centre(b) for a, b in both if start - 1 <= a.time < start]
        after = [centre(a) - centre(b) for a, b in both if end < a.time <= end + 1]
        found.append((start, end, bool(before and after and before[0] * after[-1] > 0)))
    return found


def encounters_of(tracks: dict[int, list[Sight]], args) -> list[Encounter]:
    """Meetings of pairs, those joined that share a person and a time."""
    tracks = {n: track for n, track in tracks.items()
              if track[-1].time - track[0].time >= args.least}
    found = []
    numbers = sorted(tracks)
    for i, first in enumerate(numbers):
        for second in numbers[i + 1:]:
            for start, end, bounced in meetings_of(tracks[first], tracks[second], args):
                found.append(Encounter(start, end, {first, second}, bounced))
    found.sort(key=lambda each: each.start)
    joined = []
    for each in found:
        same = next((other for other in joined if other.ids & each.ids
                     and each.start <= other.end + args.gap
                     and max(each.end, other.end) - other.start <= args.longest), None)
        if same:
            same.end = max(same.end, each.end)
            same.ids |= each.ids
            same.bounced |= each.bounced
        else:
            joined.append(each)
    return joined


def region_of(tracks: dict[int, list[Sight]], encounter: Encounter, around: float):
    """The rectangle that holds the people of the encounter all the while."""
    boxes = [sight.box for number in encounter.ids for sight in tracks[number]
             if encounter.start - around <= sight.time <= encounter.end + around]
    high = max(box[3] - box[1] for box in boxes)
    return (min(box[0] for box in boxes) - 0.3 * high, min(box[1] for box in boxes) - 0.3 * high,
            max(box[2] for box in boxes) + 0.3 * high, max(box[3] for box in boxes) + 0.3 * high)


def ids_within(tracks, region, start: float, end: float) -> list[int]:
    def inside(sight):
        x, y = (sight.box[0] + sight.box[2]) / 2, (sight.box[1] + sight.box[3]) / 2
        return region[0] < x < region[2] and region[1] < y < region[3]
    return sorted(number for number, track in tracks.items()
                  if any(start <= sight.time <= end and inside(sight) for sight in track))


def print_encounters(tracks, encounters: list[Encounter], around: float) -> None:
    print(f"encounters {len(encounters)}: number, seconds, ids that met, ids there before, after")
    for number, each in enumerate(encounters):
        region = region_of(tracks, each, around)
        before = ids_within(tracks, region, each.start - around, each.start)
        after = ids_within(tracks, region, each.end, each.end + around)
        marks = []
        if set(before) & each.ids != set(after) & each.ids:
            marks.append("ids differ")
        if each.bounced:
            marks.append("bounced")
        print(f"  #{number}: {each.start:.1f}..{each.end:.1f} s, {sorted(each.ids)}, "
              f"{before} -> {after}" + (": " + ", ".join(marks) if marks else ""))


def color_of(number: int) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(number * 0.381966 % 1.0, 0.9, 1.0)
    return int(255 * blue), int(255 * green), int(255 * red)


class Sheets:
    """Strips of pictures, a few on each PNG."""

    def __init__(self, frames, tracks, encounters, args):
        import cv2  # pylint: disable=import-outside-toplevel
        self.cv2, self.args, self.frames = cv2, args, frames
        self.people = collections.defaultdict(list)
        for number, track in tracks.items():
            for sight in track:
                self.people[sight.index].append((number, sight))
        self.wanted = collections.defaultdict(list)  # frame in the file: (strip, place, region)
        self.strips = []
        for row, each in enumerate(encounters):
            self.plan(row, each, region_of(tracks, each, args.around))

    def plan(self, row: int, encounter: Encounter, region) -> None:
        start, end = encounter.start - self.args.around, encounter.end + self.args.around
        indices = [i for i, frame in enumerate(self.frames) if start <= frame["time"] <= end]
        count = min(self.args.pictures, len(indices))
        chosen = [indices[i * (len(indices) - 1) // max(1, count - 1)] for i in range(count)]
        for place, index in enumerate(chosen):
            self.wanted[index].append((row, place, region))
        self.strips.append([None] * len(chosen))

    def draw(self) -> list[pathlib.Path]:
        video = self.cv2.VideoCapture(self.args.video)
        rate = video.get(self.cv2.CAP_PROP_FPS)
        number = -1
        for index in sorted(self.wanted):
            target = round(self.frames[index]["time"] * rate)
            while number < target:
                good, picture = video.read()
                number += 1
                if not good:
                    raise SystemExit(f"{self.args.video}: no frame {number}")
            for row, place, region in self.wanted[index]:
                self.strips[row][place] = self.crop(picture, index, region)
        return self.save()

    def crop(self, picture, index: int, region):
        left, top = max(0, int(region[0])), max(0, int(region[1]))
        right, bottom = min(picture.shape[1], int(region[2])), min(picture.shape[0], int(region[3]))
        zoom = min(self.args.height / (bottom - top), self.args.width / (right - left))
        piece = self.cv2.resize(picture[top:bottom, left:right], None, fx=zoom, fy=zoom)
        for number, sight in self.people[index]:
            color = color_of(number)
            a = (int((sight.box[0] - left) * zoom), int((sight.box[1] - top) * zoom))
            b = (int((sight.box[2] - left) * zoom), int((sight.box[3] - top) * zoom))
            self.cv2.rectangle(piece, a, b, color, 1)
            for x, y in sight.points:
                self.cv2.circle(piece, (int((x - left) * zoom), int((y - top) * zoom)), 1, color, -1)
            for ink, thick in (((0, 0, 0), 3), (color, 1)):
                self.cv2.putText(piece, str(number), (a[0], a[1] - 3), 0, 0.5, ink, thick)
        return self.frame(piece, f"{self.frames[index]['time']:.1f}")

    def frame(self, piece, text: str):
        low = self.args.height - piece.shape[0]
        wide = self.args.width - piece.shape[1]
        piece = self.cv2.copyMakeBorder(piece, 0, max(0, low), 0, max(0, wide) + 2,
                                        self.cv2.BORDER_CONSTANT, value=(40, 40, 40))
        self.cv2.putText(piece, text, (2, self.args.height - 4), 0, 0.4, (255, 255, 255), 1)
        return piece

    def save(self) -> list[pathlib.Path]:
        saved = []
        for first in range(0, len(self.strips), self.args.rows):
            rows = []
            for number in range(first, min(first + self.args.rows, len(self.strips))):
                strip = [piece for piece in self.strips[number] if piece is not None]
                row = self.cv2.hconcat(strip)
                full = self.args.pictures * (self.args.width + 2)
                row = self.cv2.copyMakeBorder(row, 2, 2, 0, full - row.shape[1],
                                              self.cv2.BORDER_CONSTANT, value=(90, 90, 90))
                self.cv2.putText(row, f"#{number}", (2, 14), 0, 0.5, (255, 255, 255), 1)
                rows.append(row)
            path = pathlib.Path(f"{self.args.sheet}-{first:03d}.png")
            self.cv2.imwrite(str(path), self.cv2.vconcat(rows))
            saved.append(path)
        return saved


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("poses", type=pathlib.Path)
    parser.add_argument("--video", help="that the poses were found in")
    parser.add_argument("--sheet", help="draw: begin of the PNGs' names")
    parser.add_argument("--least", type=float, default=1.0, help="seconds; shorter ids are noise")
    parser.add_argument("--border", type=float, default=0.06,
                        help="share of the picture where people come and go")
    parser.add_argument("--grow", type=float, default=0.05,
                        help="share of their height that boxes grow by before they may overlap")
    parser.add_argument("--gap", type=float, default=0.5, help="seconds apart that do not count")
    parser.add_argument("--longest", type=float, default=6.0,
                        help="seconds; those together for longer walk together")
    parser.add_argument("--around", type=float, default=1.0, help="seconds before and after")
    parser.add_argument("--pictures", type=int, default=9, help="a strip")
    parser.add_argument("--rows", type=int, default=8, help="strips a PNG")
    parser.add_argument("--width", type=int, default=200, help="of a picture, pixels")
    parser.add_argument("--height", type=int, default=170, help="of a picture, pixels")
    parser.add_argument("--verbose", action="store_true", help="list every long id")
    args = parser.parse_args()
    frames, tracks = load(args.poses)
    print_tracks(frames, tracks, args)
    encounters = encounters_of(tracks, args)
    print_encounters(tracks, encounters, args.around)
    if args.video and args.sheet and encounters:
        for path in Sheets(frames, tracks, encounters, args).draw():
            print(path)


if __name__ == "__main__":
    main()
