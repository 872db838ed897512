# SPDX-License-Identifier: LGPL-2.1-or-later
"""posecam, with video that is not stored upright."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from films import (HEIGHT, MATRICES, MAYBE_UNREAD, WIDTH, first_frame, make_film, orientation_of,
                   shape_of)
from neighbours import PEOPLE, require, use_real_models, write_part
from support import make_toy_network, quoted, run

POSECAM = Path(os.environ.get("POSE_BUILD_ROOT") or "/nonexistent") / "pipelines/apps/posecam"


class Posecam(unittest.TestCase):
    def setUp(self) -> None:
        require(self, POSECAM, "x264enc", "videoflip", "matroskamux")
        folder = tempfile.TemporaryDirectory(prefix="gst-pose")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def record(self, film: Path, *options: str) -> tuple[Path, list[dict]]:
        """Returns the recording of a film, and its lines."""
        output = Path(tempfile.mkdtemp(dir=self.folder))
        result = subprocess.run([POSECAM, "--output", output, *options, film], text=True, check=False,
                                capture_output=True, timeout=300)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        (video,) = output.glob("*.mkv")
        (lines,) = output.glob("*.jsonl")
        return video, [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]

    def test_records_video_of_phones_upright(self) -> None:
        make_toy_network(self.folder)
        model = f"model={self.folder / 'default.json'} width=64 height=64"
        upright = self.folder / "upright.mp4"
        make_film(upright)
        expected = first_frame(self.record(upright, "--pose", model)[0])
        for direction in MATRICES:
            with self.subTest(direction):
                film = self.folder / "phone.mp4"
                make_film(film, direction)
                if direction in MAYBE_UNREAD and orientation_of(film) is None:
                    continue
                video, lines = self.record(film, "--pose", model)
                self.assertEqual(shape_of(video), (WIDTH, HEIGHT))
                self.assertLess(abs(first_frame(video) - expected).mean(), 4.0)
                self.assertEqual(len(lines), 5)
                for line in lines:
                    self.assertEqual((line["width"], line["height"]), (WIDTH, HEIGHT))

    def test_finds_people_before_a_camera_that_is_mounted_upside_down(self) -> None:
        use_real_models(self)
        require(self, PEOPLE, "avdec_h264", "avenc_ffv1")
        part = write_part(self.folder / "part.mkv", 9)
        found = {}
        for direction in ("identity", "180", "90r"):
            film = self.folder / f"{direction}.mkv"
            run(part + f"! videoflip video-direction={'90l' if direction == '90r' else direction} "
                "! videoconvert ! x264enc pass=quant quantizer=5 ! matroskamux "
                f"! filesink location={quoted(film)}")
            video, lines = self.record(
                film, "--direction", direction, "--no-overlay", "--pose",
                "model=lightweight-coco interval=4 width=256 height=144")
            self.assertEqual(shape_of(video), shape_of(film), "the picture is kept")
            found[direction] = sum(len(line["people"]) for line in lines)
        self.assertGreater(found["identity"], 10)
        for direction, people in found.items():
            self.assertGreater(people, 0.8 * found["identity"], direction)


if __name__ == "__main__":
    unittest.main()
