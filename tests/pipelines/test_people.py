# SPDX-License-Identifier: LGPL-2.1-or-later
"""The scripts and the elements find people and their hands in a real video, with a real network."""

from __future__ import annotations

import json
import math
import os
import subprocess
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from support import DATA, OPENCV, SCRIPTS, make_hand_network, quoted, real_networks, run


@unittest.skipUnless((DATA / "media" / "people.avi").is_file(),
                     "POSE_TEST_DATA names no folder with films")
class RealPeople(unittest.TestCase):
    """With a real network."""

    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        path = real_networks(self.folder)
        if path is None:
            self.skipTest(f"POSE_TEST_DATA has no real network that OpenCV {OPENCV} reads")
        self.enterContext(mock.patch.dict(os.environ, POSE_MODEL_PATH=path))

    def test_everyone_has_the_hands_of_their_arms(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            make_hand_network(folder)
            run(f"filesrc location={quoted(DATA / 'media' / 'people.avi')} ! decodebin "
                "! videoconvert ! identity eos-after=7 "
                "! poseestimate model=lightweight-coco "
                "width=-1 height=256 inference=every-frame ! poseestimate mode=hand regions=people "
                f"model={quoted(folder / 'hand.json')} inference=every-frame min-score=0.01 "
                f"! posejson ! filesink location={quoted(folder / 'poses.jsonl')}", 120)
            lines = (folder / "poses.jsonl").read_text(encoding="utf-8").splitlines()
            self.assertGreaterEqual(len(lines), 6)
            hands = 0
            for line in lines:
                for person in json.loads(line)["people"]:
                    hands += self.check_hands(person)
            self.assertGreater(hands, 30)

    def check_hands(self, person: dict) -> int:
        """How many hands; each has to be near the wrist of its side, as far as there is one."""
        pose, count = person["pose_keypoints_2d"], 0
        self.assertTrue(pose, "a hand of nobody")
        for side, shoulder in (("right", 2), ("left", 5)):
            hand = person[f"hand_{side}_keypoints_2d"]
            elbow, wrist = (pose[3 * part:3 * part + 3] for part in (shoulder + 1, shoulder + 2))
            if wrist[2] == 0:
                continue
            self.assertEqual(len(hand), 63, f"a wrist at {wrist} and no hand")
            count += 1
            if elbow[2] > 0:
                arm = max(math.dist(elbow[:2], wrist[:2]), 20)
                self.assertLess(math.dist(hand[:2], wrist[:2]), 3 * arm)
        return count

    def test_the_demo_writes_hands_of_people(self) -> None:
        make_hand_network(self.folder)
        path = f"{os.environ['POSE_MODEL_PATH']}:{self.folder}"
        result = subprocess.run(
            [SCRIPTS / "demo.sh", "--hands", "--frames", "3", "--out", self.folder,
             DATA / "media" / "people.avi"], text=True, capture_output=True, timeout=180,
            check=False, env=dict(os.environ, POSE_MODEL_PATH=path, XDG_DATA_HOME=self.folder))
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = (self.folder / "poses.jsonl").read_text(encoding="utf-8").splitlines()
        self.assertEqual(len(lines), 3)
        hands = 0
        for line in lines:
            for person in json.loads(line)["people"]:
                self.assertTrue(person["pose_keypoints_2d"], "a hand of nobody")
                found = [person[f"hand_{side}_keypoints_2d"] for side in ("left", "right")]
                hands += sum(len(hand) == 63 for hand in found)
        self.assertGreater(hands, 0)

    def test_the_demo_finds_people(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            result = subprocess.run(
                [SCRIPTS / "demo.sh", "--frames", "3", "--out", folder,
                 DATA / "media" / "people.avi"], text=True, capture_output=True, timeout=180,
                check=False, env=dict(os.environ, XDG_DATA_HOME=folder))  # none of the user's
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("using lightweight-coco", result.stderr)
            lines = (Path(folder) / "poses.jsonl").read_text(encoding="utf-8").splitlines()
            self.assertEqual(len(lines), 3)
            for line in lines:
                self.assertGreater(len(json.loads(line)["people"]), 0)


if __name__ == "__main__":
    unittest.main()
