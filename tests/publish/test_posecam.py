# SPDX-License-Identifier: LGPL-2.1-or-later
"""posecam --publish, its file of options, and its service, with a real broker."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path
from typing import Any

from broker import Broker, Recorder, require_broker, wait_until
from cameras import toy_networks

ROOT = Path(os.environ.get("POSE_SOURCE_ROOT") or Path(__file__).resolve().parents[2])
POSECAM = os.environ.get("POSE_POSECAM", "posecam")
SECRET = "correct-horse-7431"

_folder = tempfile.TemporaryDirectory()
FOLDER = Path(_folder.name)


def setUpModule() -> None:
    require_broker()
    unittest.addModuleCleanup(_folder.cleanup)
    toy_networks(FOLDER)


class Posecam:
    """A running posecam and what it reports."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen([POSECAM, "--json", "--status", "0.2", *arguments],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.said: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for words in self.process.stdout:
            self.said.append(json.loads(words))

    def of(self, event: str) -> list[dict[str, Any]]:
        return [each for each in list(self.said) if each["event"] == event]

    def status(self) -> dict[str, Any]:
        return wait_until(lambda: self.of("status"), "a status")[-1]

    def await_connected(self, connected: bool, count: int) -> None:
        wait_until(lambda: [each["connected"] for each in self.of("publish")].count(connected)
                   >= count, f"connected is {connected}: {self.of('publish')}")

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(timeout=30)
        self._reader.join()
        return code

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        self.process.stdout.close()
        self.process.stderr.close()


class WithBroker(unittest.TestCase):
    def setUp(self) -> None:
        self.broker = Broker().start()
        self.addCleanup(self.broker.close)
        self.url = f"mqtt://127.0.0.1:{self.broker.port}/poses"

    def posecam(self, *arguments: str) -> Posecam:
        posecam = Posecam(*arguments)
        self.addCleanup(posecam.close)
        return posecam

    def recorder(self, **values: Any) -> Recorder:
        recorder = Recorder(self.broker, **values)
        self.addCleanup(recorder.close)
        return recorder


class Publish(WithBroker):
    def test_each_camera_is_published_under_its_name_without_any_file(self) -> None:
        recorder = self.recorder()
        posecam = self.posecam("--no-lines", "--publish", self.url, "door=test:ball", "yard=test")
        for name in ("door", "yard"):
            recorder.await_state(f"poses/{name}/status", "live")
            line = wait_until(lambda at=f"poses/{name}/poses": recorder.of(at), "a line")[0].json
            self.assertIn("people", line)
            self.assertRegex(line["received"], r"^\d{4}-\d\d-\d\dT")
        recorder.await_text("poses/available", "online")
        wait_until(lambda: posecam.status().get("publish", {}).get("published", 0) > 0, "counters")
        status = posecam.status()["publish"]
        self.assertTrue(status["connected"])
        self.assertEqual(status["connections"], 1)
        self.assertEqual(posecam.end(), 0)
        for name in ("door", "yard"):
            recorder.await_state(f"poses/{name}/status", "ended")
        recorder.await_text("poses/available", "offline")

    def test_a_broker_that_dies_is_reported_once_and_ends_nothing(self) -> None:
        folder = FOLDER / "recordings"
        posecam = self.posecam("--output", str(folder), "--no-annotated", "--publish", self.url,
                               "door=test:ball")
        posecam.await_connected(True, 1)
        self.broker.kill()
        posecam.await_connected(False, 1)
        frames = posecam.status()["frames"]
        wait_until(lambda: posecam.status()["frames"] > frames + 20, "frames go on")
        self.assertEqual([each["connected"] for each in posecam.of("publish")], [True, False])
        self.assertEqual(posecam.of("lost"), [])
        self.assertFalse(posecam.status()["publish"]["connected"])
        self.broker.start()
        posecam.await_connected(True, 2)
        recorder = self.recorder()
        recorder.await_state("poses/door/status", "live")
        self.assertEqual(posecam.end(), 0)
        last = posecam.of("status")[-1]
        lines = [words for file in folder.glob("*.jsonl")
                 for words in file.read_text(encoding="utf-8").splitlines()]
        self.assertEqual(last["publish"]["lines"], len(lines))
        counted = sum(last["publish"][each] for each in
                      ("published", "dropped", "thinned", "undelivered", "errors"))
        self.assertEqual(counted, last["publish"]["lines"])

    def test_it_starts_and_ends_without_a_broker(self) -> None:
        self.broker.kill()
        posecam = self.posecam("--publish", self.url, "door=test:ball")
        posecam.await_connected(False, 1)
        wait_until(lambda: posecam.status()["state"] == "live", "the camera is live")
        self.assertEqual(posecam.end(), 0)
        self.assertEqual(len(posecam.of("publish")), 1)

    def test_a_frozen_broker_does_not_keep_it_from_ending(self) -> None:
        posecam = self.posecam("--publish", self.url, "--publish-option", "qos=1", "door=test:ball")
        posecam.await_connected(True, 1)
        wait_until(lambda: posecam.status()["state"] == "live", "the camera is live")
        self.broker.freeze()
        self.addCleanup(self.broker.thaw)
        self.assertEqual(posecam.end(), 0)

    def test_the_broker_tells_of_a_posecam_that_is_killed(self) -> None:
        recorder = self.recorder()
        posecam = self.posecam("--publish", self.url, "door=test:ball")
        recorder.await_state("poses/door/status", "live")
        posecam.end(signal.SIGKILL)
        recorder.await_text("poses/available", "offline")

    def test_a_camera_that_is_lost_is_waiting_while_the_others_are_live(self) -> None:
        server = subprocess.Popen([sys.executable, ROOT / "tests" / "pipelines" / "camera.py"],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        address = server.stdout.readline().strip()
        if not address.startswith("rtsp://"):
            self.skipTest("gir1.2-gst-rtsp-server-1.0 is not installed")
        recorder = self.recorder()
        posecam = self.posecam("--publish", self.url, f"door={address}", "yard=test:ball")
        recorder.await_state("poses/door/status", "live", 60)
        server.kill()
        wait_until(lambda: posecam.of("lost"), "the loss is reported")
        recorder.await_state("poses/door/status", "waiting")
        self.assertEqual(recorder.of("poses/yard/status")[-1].json["state"], "live")
        self.assertEqual(recorder.of("poses/available")[-1].text, "online")

    def refuse(self, words: str, *arguments: str) -> None:
        with self.subTest(arguments):
            run = subprocess.run([POSECAM, *arguments, "door=test"], capture_output=True, text=True,
                                 timeout=60, check=False)
            self.assertNotEqual(run.returncode, 0)
            self.assertIn(words, run.stderr)
            self.assertEqual(len(run.stderr.splitlines()), 1, run.stderr)
            self.assertNotIn(SECRET, run.stdout + run.stderr)

    def test_settings_that_cannot_be_used_are_one_error(self) -> None:
        self.refuse("scheme", "--publish", "broker/poses")
        self.refuse("levels", "--publish", "mqtt://127.0.0.1")
        self.refuse("user part", "--publish", f"mqtt://user:{SECRET}@127.0.0.1/poses")
        self.refuse("no property pasword", "--publish", self.url, "--publish-option",
                    f"pasword={SECRET}")
        self.refuse("quotes", "--publish", self.url, "--publish-option",
                    f"username=x password=two {SECRET}")
        self.refuse("username", "--publish", self.url, "--publish-option", f"password={SECRET}")
        self.refuse("/nowhere", "--publish", self.url, "--publish-option",
                    "username=x password-file=/nowhere")
        self.refuse("needs --publish", "--publish-option", "qos=1")


class Config(WithBroker):
    def write(self, text: str) -> str:
        path = FOLDER / "door.conf"
        path.write_text(text, encoding="utf-8")
        return str(path)

    def test_a_file_gives_arguments_that_no_list_of_processes_shows(self) -> None:
        secured = Broker(password=SECRET).start()
        self.addCleanup(secured.close)
        config = self.write(
            "# Cameras of the door\n\n"
            f"--publish mqtt://127.0.0.1:{secured.port}/poses   # the broker\n"
            f"--publish-option \"username=camera password='{SECRET}'\"\n"
            "'door=test:ball'\nyard=test\r\n")
        recorder = Recorder(secured, username="reader", password="reader")
        self.addCleanup(recorder.close)
        posecam = self.posecam("--config", config)
        for name in ("door", "yard"):
            recorder.await_state(f"poses/{name}/status", "live")
        shown = Path(f"/proc/{posecam.process.pid}/cmdline").read_bytes()
        self.assertNotIn(SECRET.encode(), shown)
        self.assertEqual(posecam.end(), 0)
        self.assertNotIn(SECRET, json.dumps(posecam.said) + posecam.process.stderr.read())

    def test_options_beside_the_file_are_taken_too(self) -> None:
        posecam = self.posecam(f"--config={self.write('door=test:ball')}", "yard=test")
        wait_until(lambda: {each.get("camera") for each in posecam.of("status")} >=
                   {"door", "yard"}, "both cameras")

    def test_a_file_that_cannot_be_used_is_one_error_that_quotes_nothing(self) -> None:
        for text, words in ((f"door=test\n--publish '{SECRET}\n", "line 2"), ("", "is empty"),
                            ("--config other\n", "another file"), ("a\0b", "zero byte"),
                            (None, "cannot be read")):
            with self.subTest(words):
                path = self.write(text) if text is not None else str(FOLDER)
                run = subprocess.run([POSECAM, "--config", path], capture_output=True, text=True,
                                     timeout=60, check=False)
                self.assertEqual(run.returncode, 2)
                self.assertIn(words, run.stderr)
                self.assertIn(path, run.stderr)
                self.assertNotIn(SECRET, run.stderr)
        run = subprocess.run([POSECAM, "--config"], capture_output=True, text=True, timeout=60,
                             check=False)
        self.assertIn("a file is to follow", run.stderr)


class Service(WithBroker):
    def test_systemd_takes_the_unit(self) -> None:
        if shutil.which("systemd-analyze") is None:
            self.skipTest("the package systemd is not installed")
        text = (ROOT / "pipelines/apps/posecam/posecam@.service.in").read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            unit = Path(folder) / "posecam@door.service"
            unit.write_text(text.replace("@posecam@", "/bin/true"), encoding="utf-8")
            run = subprocess.run(["systemd-analyze", "verify", "--man=no", unit],
                                 capture_output=True, text=True, timeout=60, check=False)
            about = [words for words in run.stderr.splitlines() if "posecam" in words]
            self.assertEqual(about, [])

    def test_the_example_of_a_configuration_can_be_read(self) -> None:
        example = ROOT / "pipelines/apps/posecam/posecam.conf.example"
        lines = example.read_text(encoding="utf-8").splitlines()
        # Its commented options too, with this test's camera and broker.
        options = [words.lstrip("# ") if words.startswith("#--") else words for words in lines]
        text = "\n".join(options).replace("rtsp://user:secret@192.168.1.20/stream1", "test:ball")
        text = text.replace("mqtts://broker.example/poses", self.url)
        text = "\n".join(words for words in text.splitlines() if "-file=" not in words)
        config = FOLDER / "example.conf"
        config.write_text(text, encoding="utf-8")
        recorder = self.recorder()
        with tempfile.TemporaryDirectory() as folder:
            here = os.getcwd()
            os.chdir(folder)
            try:
                posecam = self.posecam("--config", str(config))
            finally:
                os.chdir(here)
            recorder.await_state("poses/door/status", "live")
            time.sleep(1)
            self.assertEqual(posecam.end(), 0)
            self.assertTrue(list(Path(folder).rglob("*.jsonl")))


if __name__ == "__main__":
    unittest.main()
