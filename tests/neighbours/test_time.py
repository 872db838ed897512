# SPDX-License-Identifier: LGPL-2.1-or-later
"""The times of lines and messages, in films whose time stamps do not begin at 0, and beside a
clock."""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
import subprocess
import tempfile
import time
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path

from neighbours import Gst, require, support

FRAME = Gst.SECOND // 25
SECONDS = 3
NEEDS = ("x264enc", "mp4mux", "qtdemux", "avdec_h264", "h264parse")


def make_film(path: Path) -> None:
    """Writes a film with B-frames: they need their references first, so time stamps begin late,
    and an edit list makes up for it."""
    support.run(
        f"videotestsrc num-buffers={25 * SECONDS} "
        "! video/x-raw,format=I420,width=128,height=96,framerate=25/1 "
        "! x264enc bframes=3 b-adapt=false key-int-max=25 ! mp4mux "
        f'! filesink location="{path}"')


def cut_film(film: Path, path: Path, seconds: int) -> None:
    """Writes the film without its beginning as ffmpeg -ss SECONDS -c copy does: all is there from a
    keyframe on, and the edit list says where to begin."""
    data = bytearray(film.read_bytes())
    timescale, = struct.unpack_from(">I", data, data.index(b"mdhd") + 16)
    movie_timescale, = struct.unpack_from(">I", data, data.index(b"mvhd") + 16)
    entry = data.index(b"elst") + 12  # version and flags, number of entries
    duration, start = struct.unpack_from(">Ii", data, entry)
    struct.pack_into(">Ii", data, entry, duration - seconds * movie_timescale,
                     start + seconds * timescale)
    path.write_bytes(data)


class Times(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        support.make_toy_network(self.folder)
        os.environ["POSE_MODEL_PATH"] = str(self.folder)

    def play(self, source: str, prepare=None, pose: str = "") -> tuple[list[dict], list[dict]]:
        """Plays a source of raw video. Returns the lines, and what the sink beside them was shown:
        the times of each frame."""
        pipeline = support.parse(
            f"{source} ! videoconvert ! poseestimate {pose} inference=every-frame post-messages=true "
            f'! tee name=t ! queue ! posejson ! filesink location="{self.folder}/lines" '
            "t. ! queue ! fakesink name=sink async=false sync=false")
        shown = []

        def on_buffer(pad, info):
            segment = pad.get_sticky_event(Gst.EventType.SEGMENT, 0).parse_segment()
            pts = info.get_buffer().pts
            times = {"pts": pts}
            if segment.format == Gst.Format.TIME:
                times["stream_time"] = segment.to_stream_time(Gst.Format.TIME, pts)
                times["running_time"] = segment.to_running_time(Gst.Format.TIME, pts)
            shown.append(times)
            return Gst.PadProbeReturn.OK

        pipeline.get_by_name("sink").get_static_pad("sink").add_probe(
            Gst.PadProbeType.BUFFER, on_buffer)
        if prepare:
            prepare(pipeline)
        self.messages = []
        pipeline.set_state(Gst.State.PLAYING)
        while True:
            message = pipeline.get_bus().timed_pop_filtered(
                120 * Gst.SECOND,
                Gst.MessageType.EOS | Gst.MessageType.ERROR | Gst.MessageType.ELEMENT)
            self.assertIsNotNone(message, "no end")
            if message.type == Gst.MessageType.ELEMENT:
                structure = message.get_structure()
                if structure.get_name() == "poses":
                    self.messages.append(json.loads(structure.get_string("json")))
                continue
            break
        if message.type == Gst.MessageType.ERROR:
            self.fail(message.parse_error()[0].message)
        pipeline.set_state(Gst.State.NULL)
        text = (self.folder / "lines").read_text()
        return [json.loads(line) for line in text.splitlines()], shown

    def assert_shown(self, lines: list[dict], shown: list[dict]) -> None:
        self.assertTrue(lines)
        keys = ("pts", "stream_time", "running_time")
        for found in (lines, self.messages):
            self.assertEqual([{key: line[key] for key in keys} for line in found], shown)

    def test_of_a_film_with_b_frames_begin_at_0(self):
        require(self, *NEEDS)
        make_film(self.folder / "film.mp4")
        lines, shown = self.play(f'filesrc location="{self.folder}/film.mp4" ! decodebin')
        self.assert_shown(lines, shown)
        self.assertGreater(lines[0]["pts"], 0, "the film is no test")
        self.assertEqual([line["stream_time"] for line in lines],
                         [number * FRAME for number in range(25 * SECONDS)])

    def test_of_a_film_that_was_cut_begin_at_0(self):
        require(self, *NEEDS)
        make_film(self.folder / "film.mp4")
        cut_film(self.folder / "film.mp4", self.folder / "cut.mp4", 1)
        self.check_cut_film()

    def test_of_a_film_that_ffmpeg_cut_begin_at_0(self):
        require(self, *NEEDS)
        if shutil.which("ffmpeg") is None:
            self.skipTest("needs ffmpeg")
        make_film(self.folder / "film.mp4")
        subprocess.run(["ffmpeg", "-v", "error", "-ss", "1.2", "-i", self.folder / "film.mp4",
                        "-c", "copy", self.folder / "cut.mp4"], check=True)
        self.check_cut_film()

    def check_cut_film(self):
        lines, shown = self.play(f'filesrc location="{self.folder}/cut.mp4" ! decodebin')
        self.assert_shown(lines, shown)
        self.assertGreater(lines[0]["pts"], 0, "the film is no test")
        self.assertEqual(lines[0]["stream_time"], 0)
        self.assertEqual(lines[0]["running_time"], 0)
        self.assertLess(len(lines), 25 * SECONDS)

    def test_behind_a_seek_are_the_places_in_the_film(self):
        require(self, *NEEDS)
        make_film(self.folder / "film.mp4")

        def seek(pipeline):
            pipeline.set_state(Gst.State.PAUSED)
            pipeline.get_state(60 * Gst.SECOND)
            flags = Gst.SeekFlags.FLUSH | Gst.SeekFlags.ACCURATE
            self.assertTrue(pipeline.seek(
                1.0, Gst.Format.TIME, flags, Gst.SeekType.SET, 2 * Gst.SECOND,
                Gst.SeekType.NONE, -1))
            pipeline.get_state(60 * Gst.SECOND)

        lines, _shown = self.play(
            f'filesrc location="{self.folder}/film.mp4" ! decodebin', seek)
        behind = [line for line in lines if line["stream_time"] >= 2 * Gst.SECOND]
        self.assertEqual(behind[0]["stream_time"], 2 * Gst.SECOND)
        self.assertEqual(behind[0]["running_time"], 0)

    def test_the_documented_command_counts_people_second_by_second(self):
        require(self, *NEEDS)
        if shutil.which("jq") is None:
            self.skipTest("needs jq")
        page = (support.ROOT / "docs" / "json.md").read_text(encoding="utf-8")
        command, = re.findall(r"^jq .*$", page, re.M)
        make_film(self.folder / "film.mp4")
        cut_film(self.folder / "film.mp4", self.folder / "cut.mp4", 1)
        self.play(f'filesrc location="{self.folder}/cut.mp4" ! decodebin')
        (self.folder / "lines").rename(self.folder / "poses.jsonl")
        output = subprocess.run(["sh", "-c", command], cwd=self.folder, check=True,
                                capture_output=True, text=True).stdout
        self.assertEqual([row.split("\t")[0] for row in output.splitlines()], ["0", "1"])

    def test_of_bytes_are_none(self):
        require(self, "filesrc")
        frame = 128 * 96
        (self.folder / "bytes").write_bytes(bytes(3 * frame))
        lines, shown = self.play(
            f'filesrc location="{self.folder}/bytes" blocksize={frame} '
            "! capsfilter caps=video/x-raw,format=GRAY8,width=128,height=96,framerate=25/1")
        self.assertEqual(len(shown), 3)
        self.assertEqual(len(lines), 3)
        for line in lines:
            self.assertIsNone(line["stream_time"])
            self.assertIsNone(line["running_time"])

    def test_of_a_clock_are_in_lines_and_messages(self):
        pipeline_start = 1795751940 * Gst.SECOND
        reference = Gst.Caps.from_string("timestamp/x-unix")

        def fill(pipeline):
            source = pipeline.get_by_name("camera")
            for number in range(3):
                buffer = Gst.Buffer.new_wrapped(bytes(128 * 96))
                buffer.pts = number * FRAME
                buffer.add_reference_timestamp_meta(
                    reference, pipeline_start + number * FRAME, Gst.CLOCK_TIME_NONE)
                source.emit("push-buffer", buffer)
            source.emit("end-of-stream")

        lines, _shown = self.play(
            "appsrc name=camera format=time "
            "caps=video/x-raw,format=GRAY8,width=128,height=96,framerate=25/1", fill)
        expected = [f"2026-11-27T03:59:00.{number * 40:03}000000Z" for number in range(3)]
        self.assertEqual([line["utc"] for line in lines], expected)
        self.assertEqual([message["utc"] for message in self.messages], expected)

    def test_of_a_camera_are_told_from_its_first_sender_report_on(self):
        """What rtspsrc add-reference-timestamp-meta=true sets up."""
        require(self, "rtpbin", "jpegenc", "jpegdec", "rtpjpegpay", "rtpjpegdepay")
        pipeline = support.parse(
            "rtpbin name=camera "
            "videotestsrc is-live=true ! video/x-raw,format=I420,width=64,height=64,framerate=10/1 "
            "! jpegenc ! rtpjpegpay ! camera.send_rtp_sink_0 "
            "camera.send_rtp_src_0 ! queue ! receiver.recv_rtp_sink_0 "
            "camera.send_rtcp_src_0 ! queue ! receiver.recv_rtcp_sink_0 "
            "rtpbin name=receiver add-reference-timestamp-meta=true "
            "receiver. ! rtpjpegdepay ! jpegdec ! videoconvert "
            "! poseestimate post-messages=true ! posejson ! fakesink async=false")
        pipeline.set_state(Gst.State.PLAYING)
        end = time.monotonic() + 60
        utc = None
        while utc is None and time.monotonic() < end:
            message = pipeline.get_bus().timed_pop_filtered(
                Gst.SECOND, Gst.MessageType.ERROR | Gst.MessageType.ELEMENT |
                Gst.MessageType.LATENCY)
            if message and message.type == Gst.MessageType.ERROR:
                self.fail(message.parse_error()[0].message)
            if message and message.type == Gst.MessageType.LATENCY:
                pipeline.recalculate_latency()  # newer rtpbins send no report before
            elif message and message.get_structure().get_name() == "poses":
                utc = json.loads(message.get_structure().get_string("json"))["utc"]
        pipeline.set_state(Gst.State.NULL)
        self.assertIsNotNone(utc, "no frame has a time")
        captured = datetime.fromisoformat(utc[:26] + "+00:00")
        self.assertLess(abs(datetime.now(timezone.utc) - captured), timedelta(hours=1))


if __name__ == "__main__":
    unittest.main()
