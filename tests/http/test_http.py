# SPDX-License-Identifier: LGPL-2.1-or-later
"""What posecam --http serves: pictures, lines, metrics, health."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from support import FIGURE, POSECAM, ROOT, Posecam, WebSocket, make_network, wait_for

try:
    from prometheus_client.parser import text_string_to_metric_families
except ImportError:
    text_string_to_metric_families = None

EVERY_FRAME = ["--pose", "inference=every-frame carry=hold"]
SAMPLE = re.compile(r'^[a-z_]+(\{[a-z]+="[A-Za-z0-9_-]+"(,[a-z]+="[a-z]+")*\})? [0-9.e+-]+$')


def picture_of(jpeg: bytes) -> np.ndarray:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture


def coloured(picture: np.ndarray) -> int:
    """Returns the pixels of a picture that are not grey."""
    spread = picture.max(axis=2).astype(int) - picture.min(axis=2)
    return int((spread > 60).sum())


class Served(unittest.TestCase):
    """Two cameras with a ball in which the network sees a person."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        make_network(cls.folder)
        cls.posecam = cls.enterClassContext(
            Posecam(cls.folder, *EVERY_FRAME, "--no-lines", "door=test:ball", "yard=test:ball"))

    def test_the_page_has_nothing_from_elsewhere(self) -> None:
        status, headers, body = self.posecam.get("/")
        self.assertEqual(status, 200)
        self.assertEqual(headers["content-type"], "text/html; charset=utf-8")
        self.assertIn("default-src 'none'", headers["content-security-policy"])
        self.assertNotIn("unsafe", headers["content-security-policy"])
        self.assertEqual(headers["x-content-type-options"], "nosniff")
        self.assertEqual(headers["referrer-policy"], "no-referrer")
        for attribute, path in re.findall(r'(src|href)="([^"]*)"', body.decode()):
            self.assertNotIn(":", path)
            self.assertEqual(self.posecam.get("/" + path)[0], 200, (attribute, path))
        self.assertNotRegex(body.decode(), r"<script[^>]*>[^<]|style=|\son[a-z]+=")

    def test_every_module_that_is_imported_is_served(self) -> None:
        for file in (ROOT / "pipelines/apps/posecam/http/page").glob("*.js"):
            status, headers, body = self.posecam.get(f"/{file.name}")
            self.assertEqual((status, body), (200, file.read_bytes()))
            self.assertEqual(headers["content-type"], "text/javascript; charset=utf-8")

    def test_poses_are_events_with_the_lines_of_posejson(self) -> None:
        with self.posecam.open("/poses/door") as connection:
            self.assertEqual(connection.headers["content-type"], "text/event-stream; charset=utf-8")
            events = list(islice(connection.events(), 6))
        for event in events:
            self.assertEqual((event["version"], event["mode"], event["width"]), (1.3, "coco-17", 320))
            self.assertRegex(event["received"], r"^\d{4}-.*Z$")
        frames = [event["frame"] for event in events]
        self.assertEqual(frames, list(range(frames[0], frames[0] + 6)))
        self.assertTrue(any(event["people"] for event in events))

    def test_video_is_the_picture_without_skeletons_at_the_time_of_its_line(self) -> None:
        with self.posecam.open("/video/door") as video, self.posecam.open("/poses/door") as poses:
            self.assertEqual(video.headers["content-type"],
                             "multipart/x-mixed-replace; boundary=posecam-picture")
            pictures = dict(islice(video.pictures(), 10))
            lines = {event["pts"]: event for event in islice(poses.events(), 10)}
        for jpeg in pictures.values():
            self.assertEqual(picture_of(jpeg).shape, (240, 320, 3))
            self.assertEqual(coloured(picture_of(jpeg)), 0)
        self.assertEqual(sorted(pictures), list(pictures))
        both = [pts for pts in pictures if pts in lines and lines[pts]["people"]]
        self.assertTrue(both)
        # The ball is where the line of the same time stamp says that the person is.
        for pts in both:
            points = np.array(lines[pts]["people"][0]["pose_keypoints_2d"]).reshape(-1, 3)
            middles = [(x - fx * 20, y - fy * 20) for (x, y, found), (fx, fy) in zip(points, FIGURE)
                       if found > 0]
            x, y = np.median(middles, axis=0)
            rows, columns = np.nonzero(picture_of(pictures[pts])[:, :, 0] > 128)
            self.assertLess(np.hypot(columns.mean() - x, rows.mean() - y), 25)

    def test_the_page_gets_pictures_with_the_poses_of_their_time_stamp(self) -> None:
        socket = WebSocket(self.posecam.port)
        with socket:
            self.assertEqual(socket.status, 101)
            poses: dict[int, int] = {}
            matched = {0: 0, 1: 0}
            statuses = 0
            first = None
            for message in socket.messages():
                first = first or message
                if message["type"] == "poses":
                    poses[message["camera"]] = message["pts"]
                    self.assertEqual(message["poses"]["pts"], message["pts"])
                elif message["type"] == "picture":
                    self.assertEqual(message["flags"], 1)
                    self.assertEqual(poses[message["camera"]], message["pts"])
                    self.assertEqual(coloured(picture_of(message["jpeg"])), 0)
                    matched[message["camera"]] += 1
                    socket.acknowledge(message)
                elif message["type"] == "status":
                    statuses += 1
                    self.assertEqual([camera["name"] for camera in message["cameras"]], ["door", "yard"])
                if min(matched.values()) >= 5 and statuses >= 2:
                    break
        self.assertEqual(first, {"type": "hello", "version": 1, "cameras": ["door", "yard"]})

    def test_a_page_that_does_not_answer_gets_two_pictures_a_camera(self) -> None:
        socket = WebSocket(self.posecam.port)
        with socket:
            pictures = []
            statuses = 0
            for message in socket.messages():
                if message["type"] == "picture":
                    pictures.append(message["camera"])
                statuses += message["type"] == "status"
                if statuses == 3:
                    break
            self.assertEqual(sorted(pictures), [0, 0, 1, 1])

    def test_a_page_may_watch_some_cameras(self) -> None:
        socket = WebSocket(self.posecam.port)
        with socket:
            socket.send(b"watch 1")
            cameras = []
            for message in socket.messages():
                if message["type"] == "picture":
                    cameras.append(message["camera"])
                    socket.acknowledge(message)
                if len(cameras) == 12:
                    break
        self.assertEqual(set(cameras[4:]), {1})

    def test_keypoint_sets_are_those_of_the_library(self) -> None:
        status, headers, body = self.posecam.get("/keypoints")
        sets = json.loads(body)
        self.assertEqual((status, headers["content-type"]), (200, "application/json"))
        self.assertEqual(set(sets), {"coco", "mpii", "hand", "body-25", "face", "coco-17", "face-468"})
        self.assertEqual(sets["coco"]["keypoints"][4], "RWrist")
        for keypoints in sets.values():
            count = len(keypoints["keypoints"])
            self.assertEqual(len(keypoints["colors"]), count)
            for limb in keypoints["limbs"]:
                self.assertLess(max(limb), count)
            for color in keypoints["colors"]:
                self.assertRegex(color, "^#[0-9a-f]{6}$")

    def test_metrics_are_prometheus_text(self) -> None:
        def counted() -> dict[str, float] | None:
            metrics = self.posecam.metrics()
            return metrics if metrics['posecam_frames_shown_total{camera="yard"}'] > 10 else None
        metrics = wait_for(counted, "ten frames")
        self.assertEqual(metrics['posecam_camera_up{camera="door"}'], 1)
        self.assertEqual(metrics['posecam_camera_state{camera="door",state="live"}'], 1)
        self.assertEqual(metrics['posecam_camera_state{camera="door",state="away"}'], 0)
        self.assertGreater(metrics['posecam_inferences_total{camera="door"}'], 0)
        self.assertEqual(metrics['posecam_reconnects_total{camera="door"}'], 0)
        status, headers, body = self.posecam.get("/metrics")
        self.assertEqual(headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
        typed = set()
        for line in body.decode().splitlines():
            if line.startswith("# TYPE "):
                typed.add(line.split()[2])
            elif not line.startswith("# HELP "):
                self.assertRegex(line, SAMPLE)
                name = re.split("[{ ]", line)[0]
                self.assertIn(name, typed)
                self.assertEqual("_total" in name, name.endswith("_total"))
        with self.subTest("prometheus_client"):
            if text_string_to_metric_families is None:
                self.skipTest("python3-prometheus-client is not installed")
            families = list(text_string_to_metric_families(body.decode()))
            self.assertGreater(len(families), 15)
            for family in families:
                self.assertIn(family.type, ("counter", "gauge"))

    def test_pictures_are_encoded_only_while_someone_watches(self) -> None:
        with self.posecam.open("/video/yard") as video:
            list(islice(video.pictures(), 2))
            wait_for(lambda: encoders(self.posecam.process.pid) == 1, "the pictures of others end")
            self.assertEqual(self.posecam.metrics()['posecam_http_clients{kind="video"}'], 1)
        wait_for(lambda: self.posecam.metrics()['posecam_http_clients{kind="video"}'] == 0,
                 "a client that went is forgotten")
        wait_for(lambda: encoders(self.posecam.process.pid) == 0, "the encoder ends")

    def test_head_has_the_headers_only(self) -> None:
        for path in ["/", "/metrics", "/poses/door", "/video/door"]:
            status, _, body = self.posecam.get(path, "HEAD")
            self.assertEqual((status, body), (200, b""), path)


def encoders(process: int) -> int:
    """Returns how many threads of a process encode pictures."""
    tasks = Path(f"/proc/{process}/task")
    names = [(task / "comm").read_text().strip() for task in tasks.iterdir()]
    return sum(name.startswith("picture:") for name in names)


class Health(unittest.TestCase):
    def test_follows_the_camera(self) -> None:
        camera = subprocess.Popen(
            [sys.executable, str(ROOT / "tests/pipelines/camera.py")], stdout=subprocess.PIPE, text=True)
        with tempfile.TemporaryDirectory() as name, camera:
            self.addCleanup(camera.kill)
            assert camera.stdout is not None
            url = camera.stdout.readline().strip()
            if not url.startswith("rtsp://"):
                self.skipTest("gir1.2-gst-rtsp-server-1.0 is not installed")
            make_network(Path(name))
            with Posecam(Path(name), "--silence", "1", f"door={url}", "yard=test:ball") as posecam:
                wait_for(lambda: posecam.get("/healthz")[0] == 200, "both cameras are live")
                answer = json.loads(posecam.get("/healthz")[2])
                self.assertEqual(answer["cameras"], {"door": "live", "yard": "live"})
                self.assertIs(answer["healthy"], True)
                camera.kill()
                wait_for(lambda: posecam.get("/healthz")[0] == 503, "the loss of a camera shows")
                answer = json.loads(posecam.get("/healthz")[2])
                self.assertEqual(answer["cameras"], {"door": "away", "yard": "live"})
                self.assertIs(answer["healthy"], False)
                self.assertEqual(posecam.metrics()['posecam_camera_up{camera="door"}'], 0)


class Recording(unittest.TestCase):
    def test_drawn_frames_are_recorded_while_clean_ones_are_watched(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            make_network(folder)
            with Posecam(folder, *EVERY_FRAME, "--output", name, "--encoder", "jpegenc",
                         "door=test:ball") as posecam:
                with posecam.open("/video/door") as video:
                    for _, jpeg in islice(video.pictures(), 30):
                        self.assertEqual(coloured(picture_of(jpeg)), 0)
                posecam.process.send_signal(signal.SIGINT)
                self.assertEqual(posecam.process.wait(), 0)
            recording, = folder.glob("*.mkv")
            video = cv2.VideoCapture(str(recording))
            drawn = 0
            while (read := video.read())[0]:
                drawn += coloured(read[1]) > 100
            self.assertGreater(drawn, 5)
            lines = next(folder.glob("*.jsonl")).read_text().splitlines()
            self.assertGreater(len(lines), 5)


class Start(unittest.TestCase):
    """Command lines that are refused."""

    def refused(self, *arguments: str) -> str:
        done = subprocess.run([str(POSECAM), *arguments, "test"], capture_output=True, text=True,
                              timeout=60, env=os.environ)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        return done.stderr

    def test_another_machine_needs_a_token(self) -> None:
        for address in ["0.0.0.0", "192.168.1.5", "[::]"]:
            self.assertIn("--http-token-file", self.refused("--http", f"{address}:0"))

    def test_an_address_and_a_port_are_checked(self) -> None:
        self.assertIn("is no port", self.refused("--http", "localhost:http"))
        self.assertIn("is no port", self.refused("--http", "70000"))
        self.assertIn("example.org is no numeric address", self.refused("--http", "example.org:80"))
        self.assertIn("needs --http", self.refused("--http-token-file", "/etc/hostname"))

    def test_a_token_is_checked_and_never_told(self) -> None:
        with tempfile.NamedTemporaryFile("w") as file:
            for token, why in [("secret", "6 characters"), ("white space in here", "beside A-Z"),
                               ("", "0 characters")]:
                file.seek(0)
                file.truncate()
                file.write(token)
                file.flush()
                error = self.refused("--http", "0", "--http-token-file", file.name)
                self.assertIn(why, error)
                self.assertIn(file.name, error)
                self.assertFalse(token and token in error)
        self.assertIn("/nowhere", self.refused("--http", "0", "--http-token-file", "/nowhere"))


if __name__ == "__main__":
    unittest.main()
