# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cameras that publish: pipelines in this process, and the lines of scripted people."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path
from typing import Any, Iterable

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402

from broker import wait_until  # noqa: E402

Gst.init(None)

CAPS = "application/x-ndjson"
# Longer than the scheduling of a busy machine, shorter than any wait for a network.
MOST_LATE = 300 * Gst.MSECOND


def line(seconds: float | None, ids: Iterable[int], **more: Any) -> bytes:
    """Returns a line as posejson writes it, with bodies of 18 keypoints."""
    people = [{"person_id": [number],
               "pose_keypoints_2d": [float(f"{value * 1.37:.2f}") for value in range(54)]}
              for number in ids]
    text: dict[str, Any] = {"version": 1.3, "mode": "coco"}
    if seconds is not None:
        text["running_time"] = int(seconds * 1e9)
    return json.dumps({**text, "people": people, **more}).encode() + b"\n"


def memory() -> int:
    """Returns the resident memory of this process, bytes."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Publication:
    """A running pipeline and what its bus said. Elements named `publish` are of interest."""

    def __init__(self, description: str) -> None:
        self.pipeline = Gst.parse_launch_full(description, None, Gst.ParseFlags.FATAL_ERRORS)
        self.publish = self.pipeline.get_by_name("publish")
        self.notices: list[tuple[float, bool, str]] = []
        self.warnings: list[str] = []
        self.infos: list[str] = []
        self.errors: list[str] = []
        self.qos = 0
        self.ended = threading.Event()
        self._stop = threading.Event()
        self._bus = self.pipeline.get_bus()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def play(self) -> "Publication":
        self.pipeline.set_state(Gst.State.PLAYING)
        return self

    def _read(self) -> None:
        while not self._stop.is_set():
            message = self._bus.timed_pop(20 * Gst.MSECOND)
            if message is not None:
                self._take(message)

    def _take(self, message: Gst.Message) -> None:
        if message.type == Gst.MessageType.ELEMENT:
            structure = message.get_structure()
            if structure.get_name() == "posepublish-connection":
                self.notices.append((time.monotonic(), structure.get_value("connected"),
                                     structure.get_value("reason") or ""))
        elif message.type == Gst.MessageType.WARNING:
            self.warnings.append(message.parse_warning()[0].message)
        elif message.type == Gst.MessageType.INFO:
            self.infos.append(message.parse_info()[0].message)
        elif message.type == Gst.MessageType.ERROR:
            self.errors.append(message.parse_error()[0].message)
            self.ended.set()
        elif message.type == Gst.MessageType.QOS:
            self.qos += 1
        elif message.type == Gst.MessageType.EOS:
            self.ended.set()

    def stats(self, name: str = "publish") -> dict[str, Any]:
        structure = self.pipeline.get_by_name(name).get_property("stats")
        return {structure.nth_field_name(i): structure.get_value(structure.nth_field_name(i))
                for i in range(structure.n_fields())}

    def await_connected(self, connected: bool = True, seconds: float = 30.0) -> None:
        wait_until(lambda: bool(self.stats()["connected"]) == connected,
                   f"connected is {connected}", seconds)

    def await_notices(self, count: int, seconds: float = 30.0) -> None:
        wait_until(lambda: len(self.notices) >= count, f"{count} notices: {self.notices}", seconds)

    def late(self) -> int:
        """Returns how many frames `picture` has left out because they came late."""
        return self.pipeline.get_by_name("picture").get_property("stats").get_value("dropped")

    def shown(self) -> int:
        return self.pipeline.get_by_name("picture").get_property("stats").get_value("rendered")

    def close(self) -> None:
        self.pipeline.set_state(Gst.State.NULL)
        self._stop.set()
        self._reader.join()


def properties(values: dict[str, Any]) -> str:
    """Returns properties for a description: `tls_verify=False` becomes tls-verify=false."""
    words = []
    for key, value in values.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        words.append(f'{key.replace("_", "-")}="{text}"')
    return " ".join(words)


class Script(Publication):
    """Lines by hand, into posepublish."""

    def __init__(self, url: str, **values: Any) -> None:
        super().__init__(f"appsrc name=lines caps={CAPS} format=time is-live=true do-timestamp=true "
                         f"! posepublish name=publish location=\"{url}\" {properties(values)}")
        self.lines = self.pipeline.get_by_name("lines")
        self.play()

    def say(self, *lines: bytes) -> None:
        for each in lines:
            self.lines.emit("push-buffer", Gst.Buffer.new_wrapped(each))

    def end(self) -> None:
        self.lines.emit("end-of-stream")
        wait_until(self.ended.is_set, "the stream ends")


class Live(Publication):
    """A camera of 25 frames a second. In one thread each frame is analysed and its line published
    before the frame itself is shown: whatever delays posepublish makes the frame late. Its network
    finds nobody; `talk()` has a second camera of the same process tell of people who come and go."""

    def __init__(self, url: str, publish: bool = True, **values: Any) -> None:
        # One thread for all: no sink may wait for another one before it plays.
        sink = f"posepublish name=publish async=false location=\"{url}\" {properties(values)}"
        other = (f" appsrc name=lines caps={CAPS} format=time is-live=true do-timestamp=true "
                 f"! posepublish name=talker async=false camera=talker location=\"{url}\" {properties(values)}")
        super().__init__(
            "videotestsrc is-live=true pattern=ball "
            "! video/x-raw,format=RGB,width=64,height=64,framerate=25/1 "
            "! poseestimate inference=latest ! tee name=each "
            f"each. ! posejson ! {sink if publish else 'fakesink sync=false async=false'} "
            f"each. ! fakesink name=picture sync=true qos=true max-lateness={MOST_LATE}" +
            (other if publish else ""))
        self.lines = self.pipeline.get_by_name("lines")
        self.said: list[tuple[str, int]] = []
        self._talking = threading.Event()
        self._talker: threading.Thread | None = None
        self.play()

    def talk(self, pause: float = 0.05) -> None:
        """One person comes and goes, another after it, until quiet(); `said` tells who."""
        def go_on() -> None:
            number = 0
            while not self._talking.is_set():
                number += 1
                # The time of each line is a minute after the one before: the person has left.
                for at, ids, kind in ((0, [number], "entered"), (1, [], "left")):
                    buffer = Gst.Buffer.new_wrapped(line((2 * number + at) * 60.0, ids))
                    self.lines.emit("push-buffer", buffer)
                    self.said.append((kind, number))
                    time.sleep(pause)

        self._talker = threading.Thread(target=go_on, daemon=True)
        self._talker.start()

    def quiet(self) -> None:
        self._talking.set()
        if self._talker is not None:
            self._talker.join()

    def close(self) -> None:
        self.quiet()
        super().close()


def toy_networks(folder: Path) -> None:
    """Makes a network without weights the default one."""
    import support  # pylint: disable=import-outside-toplevel; of tests/pipelines, needs onnx
    support.make_toy_network(folder)
    os.environ["POSE_MODEL_PATH"] = str(folder)
