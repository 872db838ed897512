# SPDX-License-Identifier: LGPL-2.1-or-later
"""The walls between the rooms of the engine stand: what the build runs sees an include through one of
them, and no command that compiles a room without OpenCV, or an element, has a path to its headers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(os.environ["POSE_SOURCE_ROOT"]) / "src"
BUILD = Path(os.environ["POSE_BUILD_ROOT"])
ROWS = os.environ["POSE_ROOMS"].split()
WITHOUT_OPENCV = ("base", "decode", "regions", "output", "model")


def walls(folder: Path) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-B", SOURCE / "walls.py", folder, *ROWS], text=True,
                          capture_output=True, check=False)


class Walls(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="gst-pose")
        self.addCleanup(folder.cleanup)
        self.copy = Path(folder.name) / "src"
        shutil.copytree(SOURCE, self.copy)

    def add(self, file: str, include: str) -> None:
        path = self.copy / file
        path.write_text(f'#include "{include}"\n' + path.read_text(encoding="utf-8"), encoding="utf-8")

    def test_stand(self) -> None:
        result = walls(self.copy)
        self.assertEqual((result.returncode, result.stdout), (0, ""))

    def test_stop_an_include_upwards(self) -> None:
        for file, include in (("track/tracker.cpp", "draw/painter.h"), ("base/types.h", "decode/maps.h"),
                              ("network/network_pool.h", "estimate/estimator.h")):
            with self.subTest(file):
                self.add(file, include)
                result = walls(self.copy)
                self.assertEqual(result.returncode, 1)
                self.assertIn(f'{file}: \'{file.split("/")[0]}\' may not include "{include}"',
                              result.stdout)

    def test_stop_an_include_that_does_not_say_where_it_leads(self) -> None:
        self.add("track/tracker.cpp", "assignment.h")
        self.assertEqual(walls(self.copy).returncode, 1)

    def test_know_every_room(self) -> None:
        (self.copy / "attic").mkdir()
        (self.copy / "attic" / "box.h").write_text("#pragma once\n", encoding="utf-8")
        result = walls(self.copy)
        self.assertEqual(result.returncode, 1)
        self.assertIn("'attic' is no room", result.stdout)


class Commands(unittest.TestCase):
    def test_have_no_path_to_opencv_where_there_is_a_wall(self) -> None:
        commands = json.loads((BUILD / "compile_commands.json").read_text(encoding="utf-8"))
        # By what is made: in a unity build no source is a room's own.
        folders = {room: f"src/libpose-{room}.a.p/" for room in (*WITHOUT_OPENCV, "draw")} | {"gst": "gst/"}
        rooms = dict.fromkeys(folders, 0)
        for entry in commands:
            for room, folder in folders.items():
                if entry["output"].startswith(folder):
                    rooms[room] += 1
                    self.assertEqual("opencv" in entry["command"].split(" -o ")[0], room == "draw", entry["output"])
        for room, count in rooms.items():
            self.assertGreater(count, 0, room)


if __name__ == "__main__":
    unittest.main()
