# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of posecam's page share: posecam itself with a network whose poses are known, and
clients for what it serves."""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

sys.dont_write_bytecode = True

import numpy as np
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(os.environ.get("POSE_SOURCE_ROOT") or Path(__file__).resolve().parents[2])
BUILD = Path(os.environ.get("POSE_BUILD_ROOT") or ROOT / "build")
POSECAM = Path(os.environ.get("POSECAM") or BUILD / "pipelines" / "apps" / "posecam")

SIDE = 16  # cells of the network's maps
CELL = 8  # pixels
# Keypoints of coco-17, in cells beside the brightest place: a person with arms up.
FIGURE = [(0, -3), (1, -4), (-1, -4), (2, -3), (-2, -3), (2, -1), (-2, -1), (3, -3), (-3, -3),
          (4, -5), (-4, -5), (1, 2), (-1, 2), (1, 4), (-1, 4), (2, 6), (-2, 6)]
PATIENCE = 60.0  # seconds: a machine may be busy


def make_network(folder: Path) -> None:
    """Writes a network without weights that takes the brightest place of a picture for the middle of
    a person, as the default."""
    reach = 6
    kernels = np.zeros((len(FIGURE), 3, 2 * reach + 1, 2 * reach + 1), np.float32)
    for kernel, (x, y) in zip(kernels, FIGURE):
        kernel[:, reach - y, reach - x] = 1 / 3
    nodes = [
        helper.make_node("AveragePool", ["image"], ["cells"], kernel_shape=[CELL] * 2, strides=[CELL] * 2),
        helper.make_node("Conv", ["cells", "kernels"], ["maps"],
                         kernel_shape=[2 * reach + 1] * 2, pads=[reach] * 4),
    ]
    side = SIDE * CELL
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, side, side])
    maps = helper.make_tensor_value_info("maps", TensorProto.FLOAT, [1, len(FIGURE), SIDE, SIDE])
    graph = helper.make_graph(nodes, "figure", [image], [maps],
                              [numpy_helper.from_array(kernels, "kernels")])
    model = helper.make_model(graph, ir_version=6, opset_imports=[helper.make_opsetid("", 11)])
    (folder / "figure.onnx").write_bytes(model.SerializeToString())
    card = {"name": "figure", "mode": "coco-17", "decoder": "heatmap", "model": "figure.onnx",
            "width": side, "height": side, "scale": 1 / 255, "mean": [0, 0, 0]}
    (folder / "default.json").write_text(json.dumps(card), encoding="utf-8")


def wait_for(condition: Callable[[], object], what: str, patience: float = PATIENCE) -> object:
    """Returns the first true value of a condition; raises when there is none in time."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError(f"not in {patience:.0f} s: {what}")


class Posecam:
    """A posecam with --http, killed at the end of a `with`."""

    def __init__(self, folder: Path, *arguments: str, http: str = "0", models: str | None = None) -> None:
        environment = {**os.environ, "POSE_MODEL_PATH": models or str(folder)}
        self.log = open(folder / "posecam.log", "ab")
        self.process = subprocess.Popen(
            [str(POSECAM), "--json", "--status", "0", "--http", http, *arguments],
            stdout=subprocess.PIPE, stderr=self.log, env=environment, text=True)
        self.port = 0
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event = json.loads(line)
            if event["event"] == "page":
                self.port = event["port"]
                break
        if not self.port:
            self.process.wait()
            raise AssertionError(f"posecam does not serve: {(folder / 'posecam.log').read_text()}")

    def __enter__(self) -> Posecam:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.log.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def alive(self) -> bool:
        return self.process.poll() is None

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Returns status, headers with names in lower case, and body."""
        request = urllib.request.Request(
            self.url + path, method=method,
            headers={name.replace("_", "-"): value for name, value in headers.items()})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                body = answer.read()
                return answer.status, {k.lower(): v for k, v in answer.headers.items()}, body
        except urllib.error.HTTPError as error:
            with error:
                return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read()

    def metrics(self) -> dict[str, float]:
        """Returns the samples of /metrics by their names with labels."""
        status, _, body = self.get("/metrics")
        assert status == 200, status
        lines = [line for line in body.decode().splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}

    def open(self, path: str, **headers: str) -> Connection:
        connection = Connection(self.port)
        connection.ask(path, **headers)
        return connection


class Connection:
    """A connection whose answer goes on and on."""

    def __init__(self, port: int, receive_buffer: int = 0) -> None:
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", port))
        self.port = port
        self.bytes = b""
        self.headers: dict[str, str] = {}
        self.status = 0

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def ask(self, path: str, **headers: str) -> None:
        """Sends a request, and reads the head of its answer."""
        lines = [f"GET {path} HTTP/1.1"]
        all_headers = {"Host": f"127.0.0.1:{self.port}"}
        all_headers.update({name.replace("_", "-"): value for name, value in headers.items()})
        lines += [f"{name}: {value}" for name, value in all_headers.items()]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = self.until(b"\r\n\r\n").decode().split("\r\n")
        self.status = int(head[0].split()[1])
        self.headers = {name.lower(): value for name, value in
                        (line.split(": ", 1) for line in head[1:] if line)}

    def more(self) -> bool:
        data = self.socket.recv(65536)
        self.bytes += data
        return bool(data)

    def until(self, end: bytes) -> bytes:
        """Returns the bytes before an end, and takes both; raises EOFError when they do not come."""
        while end not in self.bytes:
            if not self.more():
                raise EOFError(self.bytes[:200])
        taken, self.bytes = self.bytes.split(end, 1)
        return taken

    def exactly(self, count: int) -> bytes:
        while len(self.bytes) < count:
            if not self.more():
                raise EOFError
        taken, self.bytes = self.bytes[:count], self.bytes[count:]
        return taken

    def events(self) -> Iterator[dict]:
        """Yields the objects of server-sent events."""
        while True:
            event = self.until(b"\n\n").decode()
            if event.startswith("data: "):
                yield json.loads(event.removeprefix("data: "))

    def pictures(self) -> Iterator[tuple[int, bytes]]:
        """Yields time stamp and JPEG of each part of a multipart/x-mixed-replace."""
        boundary = b"--" + self.headers["content-type"].split("boundary=")[1].encode() + b"\r\n"
        if self.until(boundary):
            raise AssertionError("something before the first boundary")
        while True:
            head = dict(line.split(": ", 1) for line in self.until(b"\r\n\r\n").decode().split("\r\n"))
            assert head["Content-Type"] == "image/jpeg", head
            jpeg = self.exactly(int(head["Content-Length"]))
            assert self.until(boundary) == b"\r\n"
            yield int(head["X-Pts"]), jpeg


class WebSocket(Connection):
    """The page's connection, as docs/page.md describes it."""

    def __init__(self, port: int, path: str = "/stream", receive_buffer: int = 0, **headers: str) -> None:
        super().__init__(port, receive_buffer)
        self.ask(path, Upgrade="websocket", Connection="Upgrade", Sec_WebSocket_Version="13",
                 Sec_WebSocket_Key=base64.b64encode(os.urandom(16)).decode(), **headers)

    def send(self, payload: bytes, opcode: int = 1, mask: bytes = b"abcd", final: bool = True) -> None:
        head = bytes([opcode | (0x80 if final else 0)])
        if len(payload) < 126:
            head += bytes([0x80 | len(payload)])
        else:
            head += bytes([0x80 | 126]) + struct.pack(">H", len(payload))
        body = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self.socket.sendall(head + mask + body)

    def frame(self) -> tuple[int, bytes]:
        """Returns opcode and payload of the next frame."""
        first, length = self.exactly(2)
        if length == 126:
            length, = struct.unpack(">H", self.exactly(2))
        elif length == 127:
            length, = struct.unpack(">Q", self.exactly(8))
        return first & 0x0f, self.exactly(length)

    def messages(self) -> Iterator[dict]:
        """Yields texts as objects, and pictures as objects of type "picture"."""
        while True:
            opcode, payload = self.frame()
            if opcode == 1:
                yield json.loads(payload)
            elif opcode == 2:
                version, flags, camera, serial, pts = struct.unpack(">BBHIQ", payload[:16])
                assert version == 1
                yield {"type": "picture", "flags": flags, "camera": camera, "serial": serial,
                       "pts": pts, "jpeg": payload[16:]}
            elif opcode == 8:
                return

    def acknowledge(self, picture: dict) -> None:
        self.send(f"ack {picture['serial']}".encode())
