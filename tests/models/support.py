# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of models/ share: the tool under test, a loopback server, toy catalogues."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "models" / "fetch"
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "models"))

PATIENT = 60.0  # seconds after which a test gives up on something that should long have happened


def pattern(size: int, seed: int = 1) -> bytes:
    """Returns `size` bytes that repeat nowhere, the same for the same seed."""
    blocks = (hashlib.sha256(f"{seed} {i}".encode()).digest() for i in range(size // 32 + 1))
    return b"".join(blocks)[:size]


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Waits until `condition` holds."""
    end = time.monotonic() + PATIENT
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {PATIENT:g} s in vain until {what}")
        time.sleep(0.01)


@dataclass
class Route:
    """How the server answers requests for one path."""

    data: bytes = b""
    status: int = 200
    ranges: bool = True                  # whether it can continue a download
    length: bool = True                  # whether it says how long the answer is
    cuts: list[int] = field(default_factory=list)  # each makes one answer end after so many bytes
    hold_at: int | None = None           # stop after so many bytes until `gate` opens
    location: str = ""                   # redirect there
    gate: threading.Event = field(default_factory=threading.Event)
    held: threading.Event = field(default_factory=threading.Event)
    requests: list[str] = field(default_factory=list)  # the Range header of each, "" without


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"  # the end of the connection is the end of the answer

    def log_message(self, *_arguments: object) -> None:
        pass

    def do_GET(self) -> None:
        route = self.server.routes.get(self.path, Route(status=404))
        wanted = self.headers.get("Range", "")
        route.requests.append(wanted)
        if route.location:
            self.send_response(302)
            self.send_header("Location", route.location)
            self.end_headers()
            return
        start = 0
        if found := re.fullmatch(r"bytes=(\d+)-", wanted if route.ranges else ""):
            start = int(found.group(1))
        if route.status != 200 or start and start >= len(route.data):
            self.send_error(416 if route.status == 200 else route.status)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range",
                             f"bytes {start}-{len(route.data) - 1}/{len(route.data)}")
        if route.length:
            self.send_header("Content-Length", str(len(route.data) - start))
        self.end_headers()
        self._send(route, start)

    def _send(self, route: Route, start: int) -> None:
        body = route.data[start:]
        if route.cuts:
            body = body[:route.cuts.pop(0)]
        with contextlib.suppress(ConnectionError):
            if route.hold_at is not None and not route.gate.is_set():
                first = max(route.hold_at - start, 0)
                self.wfile.write(body[:first])
                self.wfile.flush()
                route.held.set()
                route.gate.wait(PATIENT)
                body = body[first:]
            self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """A web server on 127.0.0.1 that answers as its routes say."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.routes: dict[str, Route] = {}

    def add(self, path: str, **how: object) -> tuple[str, Route]:
        """Adds a route; returns its URL and the route."""
        self.routes[path] = Route(**how)
        return f"http://127.0.0.1:{self.server_address[1]}{path}", self.routes[path]


class Case(unittest.TestCase):
    """A test with an empty folder, and a server when it asks for one."""

    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.target = self.folder / "target"

    def serve(self) -> Server:
        """Starts a server that ends with the test."""
        server = Server()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()

        def stop() -> None:
            for route in server.routes.values():
                route.gate.set()
            server.shutdown()
            thread.join()
            server.server_close()
        self.addCleanup(stop)
        return server

    def environment(self, **changes: str) -> dict[str, str]:
        """Returns an environment without proxies and without the user's own networks."""
        kept = {key: value for key, value in os.environ.items()
                if not key.lower().endswith("_proxy") and key != "POSE_MODEL_PATH"}
        return {**kept, "XDG_DATA_HOME": str(self.folder / "data"), **changes}

    def command(self, *words: str, catalogue: Path | None = None) -> list[str]:
        """Returns the command line of the tool, installing into the test's folder."""
        chosen = ["--catalogue", str(catalogue)] if catalogue else []
        return ["/usr/bin/python3", str(TOOL), "--to", str(self.target), "--attempts", "2",
                *chosen, *words]

    def fetch(self, *words: str, catalogue: Path | None = None, **changes: str
              ) -> subprocess.CompletedProcess[str]:
        """Runs the tool to its end."""
        return subprocess.run(self.command(*words, catalogue=catalogue), text=True,
                              capture_output=True, env=self.environment(**changes),
                              timeout=10 * PATIENT, check=False)

    @contextlib.contextmanager
    def started(self, *words: str, catalogue: Path | None = None, **options: object
                ) -> Iterator[subprocess.Popen[str]]:
        """Starts the tool, and ends it with the block if it has not ended itself."""
        with subprocess.Popen(self.command(*words, catalogue=catalogue), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=self.environment(), **options) as process:
            try:
                yield process
            finally:
                process.kill()

    def catalogue(self, *models: dict) -> Path:
        """Writes a catalogue of toy networks and returns its path."""
        path = self.folder / "catalogue.json"
        path.write_text(json.dumps(models), encoding="utf-8")
        return path

    def left_in(self, folder: Path) -> list[str]:
        """Returns the files below `folder`, without the lock."""
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*")
                      if path.is_file() and path.name != ".lock")


def listing(file: str, data: bytes, urls: Sequence[str], algorithm: str = "sha256",
            **changes: object) -> dict:
    """Returns the catalogue's entry of a download that should be `data`."""
    checksum = hashlib.new(algorithm, data).hexdigest()
    return {"file": file, "size": len(data), "checksum": f"{algorithm}:{checksum}",
            "urls": list(urls), **changes}


def toy_model(name: str, *downloads: dict, closed: bool = False, ap: float | None = None,
              tried: bool = True) -> dict:
    """Returns the catalogue's entry of a network of one or two files, taken as they are."""
    card = {"name": name, "mode": "coco", "width": 368, "height": 368, "licence": "toy",
            "source": "a test"}
    for key, item in zip(("model", "config"), downloads):
        card[key] = f"{name}/{item['file']}"
    return {"name": name, "keypoints": "coco (18)", "licence": "toy", "needs_acceptance": closed,
            "tried": tried, "ap": ap, "maker": "as-is", "card": card, "downloads": list(downloads)}
