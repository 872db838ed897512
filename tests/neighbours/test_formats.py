# SPDX-License-Identifier: LGPL-2.1-or-later
"""What posejson writes through real sinks, read by the rules of the tools that it is for."""

from __future__ import annotations

import contextlib
import csv
import fnmatch
import importlib.util
import io
import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

from neighbours import PEOPLE, Gst, GstPose, require, support, use_real_models, write_part

FRAMES = 30
NAMES = ("Nose Neck RShoulder RElbow RWrist LShoulder LElbow LWrist RHip RKnee RAnkle LHip LKnee "
         "LAnkle REye LEye REar LEar").split()  # of the set coco
COCO_17 = (0, 15, 14, 17, 16, 5, 2, 6, 3, 7, 4, 11, 8, 12, 9, 13, 10)  # of these
OUTPUTS = ("! tee name=t t. ! queue ! posejson ! filesink location=lines.jsonl "
           "t. ! queue ! posejson format=openpose ! multifilesink name=folder location=cam1_json/cam1_%012d_keypoints.json "
           "t. ! queue ! posejson format=csv ! filesink location=poses.csv "
           "t. ! queue ! posejson format=coco ! filesink location=results.json ")


SOURCE = "appsrc name=in format=time caps=video/x-raw,format=GRAY8,width=64,height=48,framerate=25/1 "


def frame(number: int, has_people: bool = True) -> Gst.Buffer:
    """Returns a frame with 0 to 2 people and their hands; every fifth, or each without people, as if
    it was not analysed."""
    buffer = Gst.Buffer.new_wrapped(bytes(64 * 48))
    buffer.pts = number * Gst.SECOND // 25
    buffer.duration = Gst.SECOND // 25
    if not has_people or number % 5 == 4:
        return buffer
    bodies = GstPose.Meta.new(GstPose.KeypointSet.COCO, 64, 48, buffer.pts, Gst.MSECOND)
    hands = GstPose.Meta.new(GstPose.KeypointSet.HAND, 64, 48, buffer.pts, Gst.MSECOND)
    for person in range(number % 3):
        values = [value for i in range(18)
                  for value in ((number + i / 8, 10 * person + i, 0.5) if i != 9 else (0, 0, 0))]
        bodies.add_pose(person, 0.75, values, 3)
        hands.add_pose(-1, 0.5, [number, person, 0.5] * 21, 3)
        hands.set_hand(person, GstPose.HandSide.LEFT, person)
    GstPose.buffer_add_pose_meta(buffer, bodies)
    GstPose.buffer_add_pose_meta(buffer, hands)
    return buffer


def push(pipeline: Gst.Element, frames: int, has_people: bool = True) -> None:
    """Pushes so many frames from the first on."""
    for number in range(frames):
        pipeline.get_by_name("in").emit("push-buffer", frame(number, has_people))


def play(pipeline: Gst.Element, frames: int = 0, has_people: bool = True) -> None:
    """Plays the pipeline to its end, behind so many frames that it gets."""
    pipeline.set_state(Gst.State.PLAYING)
    if pipeline.get_by_name("in"):
        push(pipeline, frames, has_people)
        pipeline.get_by_name("in").emit("end-of-stream")
    message = pipeline.get_bus().timed_pop_filtered(
        120 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    pipeline.set_state(Gst.State.NULL)
    if message is None or message.type == Gst.MessageType.ERROR:
        raise AssertionError(message.parse_error() if message else "no end")


def read_lines() -> list[dict]:
    return [json.loads(line) for line in Path("lines.jsonl").read_text(encoding="utf-8").splitlines()]


def last_number(name: str) -> int:
    """The frame of a file, as Pose2Sim's triangulation finds it."""
    return int(re.split(r"(\d+)", name)[-2])


def read_openpose(folder: str = "cam1_json") -> list[dict]:
    """Reads a folder as Pose2Sim does: files *.json in the order of their last number, of which
    exactly one is that of each frame up to their count; and, of a person, `pose_keypoints_2d` by
    index. Returns the documents."""
    names = sorted(fnmatch.filter(os.listdir(folder), "*.json"), key=last_number)
    documents = []
    for frame in range(len(names)):
        (name,) = (name for name in names if last_number(name) == frame)
        document = json.loads((Path(folder) / name).read_text(encoding="utf-8"))
        assert set(document) == {"version", "people"}, document
        for person in document["people"]:
            numbers = person["pose_keypoints_2d"]
            assert len(numbers) == 3 * len(NAMES), numbers
            for index in range(len(NAMES)):
                x, y, likelihood = numbers[3 * index:3 * index + 3]
                assert likelihood > 0 or (x, y) == (0, 0)
        documents.append(document)
    return documents


def read_csv() -> list[dict[str, str]]:
    """Reads the rows; a row of names may stand where columns change, and each row has all cells."""
    with open("poses.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, strict=True))
    names: list[str] = []
    result = []
    for row in rows:
        if row[0] == "frame":
            names = row
            assert len(set(names)) == len(names)
        else:
            assert len(row) == len(names), row
            result.append(dict(zip(names, row)))
    return result


def read_coco(images: set[int]) -> list[dict]:
    """Reads results as COCO.loadRes() of pycocotools does: a list, of known images, of keypoints and
    of nothing that makes them results of another kind."""
    results = json.loads(Path("results.json").read_text(encoding="utf-8"))
    assert isinstance(results, list)
    found = {result["image_id"] for result in results}
    assert found == found & images
    for result in results:
        assert set(result) == {"image_id", "category_id", "keypoints", "score"}
        assert result["category_id"] == 1
        assert len(result["keypoints"]) == 51
        x, y = result["keypoints"][0::3], result["keypoints"][1::3]
        assert max(x) > min(x) and max(y) > min(y)  # of these it makes area and bbox
    return results


def truth_of(results: list[dict], frames: int) -> dict:
    """Returns annotations of which the results are the exact detections."""
    annotations = []
    for number, result in enumerate(results, 1):
        x, y = result["keypoints"][0::3], result["keypoints"][1::3]
        width, height = max(x) - min(x), max(y) - min(y)
        points = [2 if i % 3 == 2 else value for i, value in enumerate(result["keypoints"])]
        annotations.append({"id": number, "image_id": result["image_id"], "category_id": 1,
                            "iscrowd": 0, "keypoints": points, "num_keypoints": 17,
                            "area": max(width * height, 1), "bbox": [min(x), min(y), width, height]})
    return {"info": {}, "images": [{"id": i, "width": 64, "height": 48} for i in range(frames)],
            "annotations": annotations,
            "categories": [{"id": 1, "name": "person", "keypoints": [], "skeleton": []}]}


class Formats(unittest.TestCase):
    def setUp(self) -> None:
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder)
        Path("cam1_json").mkdir()

    def assert_same(self, frames: int) -> None:
        """All formats say what the lines say."""
        lines = read_lines()
        people = [(line, person) for line in lines for person in line["people"] if person["pose_keypoints_2d"]]
        documents = read_openpose()
        self.assertEqual(len(documents), frames)
        by_frame = {line["frame"]: line for line in lines}
        for frame, document in enumerate(documents):
            expected = by_frame[frame]["people"] if frame in by_frame else []
            self.assertEqual([person["pose_keypoints_2d"] for person in document["people"]],
                             [person["pose_keypoints_2d"] for person in expected if person["pose_keypoints_2d"]])
        rows = [row for row in read_csv() if any(row[f"{name}_x"] for name in NAMES)]
        self.assertEqual(len(rows), len(people))
        for row, (line, person) in zip(rows, people):
            self.assertEqual(int(row["frame"]), line["frame"])
            self.assertEqual(int(row["stream_time"]), line["stream_time"])
            self.assertEqual(int(row["person_id"]), person["person_id"][0])
            for i, name in enumerate(NAMES):
                cells = [row[f"{name}_{key}"] for key in ("x", "y", "confidence")]
                numbers = person["pose_keypoints_2d"][3 * i:3 * i + 3]
                self.assertEqual(cells, ["", "", ""] if numbers[2] == 0 else [f"{n:.6g}" for n in numbers])
        results = read_coco(set(range(frames)))
        self.assertEqual([result["image_id"] for result in results], [line["frame"] for line, _ in people])
        for result, (_, person) in zip(results, people):
            for part, i in enumerate(COCO_17):
                x, y, confidence = person["pose_keypoints_2d"][3 * i:3 * i + 3]
                half = 0.5 if confidence > 0 else 0  # COCO counts from the corner of the image
                found = result["keypoints"][3 * part:3 * part + 3]
                self.assertEqual(found[2], confidence)
                self.assertAlmostEqual(found[0], x + half, delta=0.02)  # of six digits each
                self.assertAlmostEqual(found[1], y + half, delta=0.02)
            self.assertEqual(result["score"], person["score"])


class Made(Formats):
    """Frames of frame()."""

    def test_each_tool_reads_what_the_lines_say(self) -> None:
        play(support.parse(SOURCE + OUTPUTS), FRAMES)
        self.assertGreater(len(read_csv()), FRAMES // 3)
        self.assert_same(FRAMES)
        hands = [person["hand_left_keypoints_2d"] for document in read_openpose() for person in document["people"]]
        self.assertTrue(all(len(hand) == 63 and hand[2] == 0.5 for hand in hands))
        self.assertTrue(all(row["hand_left_Wrist_x"] == row["frame"] for row in read_csv()))

    def test_pycocotools_evaluates_the_results(self) -> None:
        if importlib.util.find_spec("pycocotools") is None:
            self.skipTest("needs pycocotools, which the checks of read_coco() stand for")
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval
        play(support.parse(SOURCE + OUTPUTS), FRAMES)
        with contextlib.redirect_stdout(io.StringIO()):
            truth = COCO()
            truth.dataset = truth_of(read_coco(set(range(FRAMES))), FRAMES)
            truth.createIndex()
            evaluation = COCOeval(truth, truth.loadRes("results.json"), "keypoints")
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
        self.assertGreater(evaluation.stats[0], 0.99)

    def test_nobody_at_all_leaves_valid_files(self) -> None:
        play(support.parse(SOURCE + OUTPUTS), FRAMES, has_people=False)
        self.assertEqual(read_lines(), [])
        self.assertEqual([document["people"] for document in read_openpose()], [[]] * FRAMES)
        self.assertEqual(read_coco(set()), [])
        self.assertEqual(read_csv(), [])
        self.assertTrue(Path("poses.csv").read_text(encoding="utf-8").startswith("frame,pts,"))

    def test_a_seek_leaves_a_valid_file(self) -> None:
        before = 12
        for name, path in (("csv", "poses.csv"), ("coco", "results.json")):
            with self.subTest(name):
                pipeline = support.parse(
                    SOURCE + f"! posejson name=json format={name} ! filesink buffer-mode=unbuffered location={path}")
                source = pipeline.get_by_name("in")
                source.set_property("stream-type", 1)  # seekable
                source.connect("seek-data", lambda *_: True)
                arrived = threading.Semaphore(0)
                pipeline.get_by_name("json").get_static_pad("sink").add_probe(
                    Gst.PadProbeType.BUFFER, lambda *_: arrived.release() or Gst.PadProbeReturn.OK)
                pipeline.set_state(Gst.State.PLAYING)
                push(pipeline, before)
                for _ in range(before):
                    self.assertTrue(arrived.acquire(timeout=60))
                self.assertTrue(pipeline.seek_simple(Gst.Format.TIME, Gst.SeekFlags.FLUSH, 0))
                play(pipeline, FRAMES)
                if name == "csv":
                    text = Path(path).read_text(encoding="utf-8")
                    self.assertEqual(len(re.findall("^frame,", text, re.M)), 1)
                    numbers = {int(row["frame"]) for row in read_csv()}
                else:
                    numbers = {result["image_id"] for result in read_coco(set(range(before + FRAMES)))}
                # filesink empties its file: the frames before are not in it.
                self.assertEqual(numbers, {before + i for i in range(FRAMES) if i % 3 and i % 5 != 4})

    def test_a_file_is_valid_at_every_start(self) -> None:
        pipeline = support.parse(SOURCE + OUTPUTS)
        for frames in (FRAMES, FRAMES - 7):
            for path in Path("cam1_json").iterdir():
                path.unlink()
            pipeline.get_by_name("folder").set_property("index", 0)
            play(pipeline, frames)
            self.assert_same(frames)


class Network(Formats):
    """Frames that poseestimate analysed."""

    def test_each_tool_reads_what_a_real_network_finds(self) -> None:
        use_real_models(self)
        require(self, PEOPLE, "avdec_h264", "avenc_ffv1")
        part = write_part(Path("part.mkv"), 20)
        play(support.parse(part + "! poseestimate model=lightweight-coco width=256 height=144 "
                           "inference=every-frame " + OUTPUTS))
        self.assertGreater(len(read_csv()), 20)
        self.assert_same(len(read_lines()))

    def interrupt(self, options: list[str], number: int) -> None:
        """Sends a signal to a live pipeline with a network of no weights, once it has written."""
        support.make_toy_network(Path("."))
        command = ["gst-launch-1.0", "-q", *options,
                   *("videotestsrc is-live=true pattern=ball ! video/x-raw,width=64,height=48,framerate=50/1 "
                     f"! poseestimate carry=none {OUTPUTS}").split()]
        environment = {**os.environ, "POSE_MODEL_PATH": os.getcwd()}
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              text=True) as process:
            end = time.monotonic() + 60
            while time.monotonic() < end and process.poll() is None and len(os.listdir("cam1_json")) < 20:
                time.sleep(0.02)
            process.send_signal(number)
            _, errors = process.communicate(timeout=60)
        self.assertGreaterEqual(len(read_openpose()), 20, errors)

    def test_an_interrupt_with_an_end_of_stream_completes_all_files(self) -> None:
        self.interrupt(["-e"], signal.SIGINT)
        frames = len(read_openpose())
        self.assertGreater(len(read_lines()), 0)
        self.assertLess(max(line["frame"] for line in read_lines()), frames)
        self.assert_same(frames)

    def test_an_interrupt_without_one_leaves_whole_records(self) -> None:
        self.interrupt([], signal.SIGINT)
        self.assertGreater(len(read_lines()), 0)
        read_csv()
        text = Path("results.json").read_text(encoding="utf-8")
        json.loads(text + "]" if text else "[]")

    def test_a_killed_process_leaves_whole_documents(self) -> None:
        self.interrupt([], signal.SIGKILL)


if __name__ == "__main__":
    unittest.main()
