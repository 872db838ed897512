#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How many frames a second of each camera reach a WebSocket client, and are drawn by the page in Chromium.

Four cameras of 640x360 at 25 frames a second come from an RTSP server of this program. Inference is off: `inference=latest
interval=4294967295` runs a network without weights once, at the start, and `carry=hold` gives what that found to all
further frames. All of it shares the machine: cameras, encoders, posecam and browser.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "http"))

from support import Posecam, WebSocket, make_network, wait_for  # noqa: E402
from webdriver import CHROMIUM, DRIVER, Browser  # noqa: E402

SERVER = """
import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer
Gst.init(None)
server = GstRtspServer.RTSPServer(address="127.0.0.1", service="0")
factory = GstRtspServer.RTSPMediaFactory(shared=True)
factory.set_launch("( videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360,framerate=25/1 "
                   "! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=25 ! rtph264pay name=pay0 pt=96 )")
server.get_mount_points().add_factory("/camera", factory)
server.attach(None)
print(f"rtsp://127.0.0.1:{server.get_bound_port()}/camera", flush=True)
GLib.MainLoop().run()
"""
NO_INFERENCE = "inference=latest interval=4294967295 carry=hold"
DRAWN = "return [...document.querySelectorAll('.picture canvas')].map((canvas) => canvas.drawn)"


def shown(posecam: Posecam, cameras: int) -> list[float]:
    metrics = posecam.metrics()
    return [metrics[f'posecam_frames_shown_total{{camera="cam{i + 1}"}}'] for i in range(cameras)]


def tell(what: str, counts: list[float], frames: list[float], seconds: float) -> None:
    rates = "  ".join(f"{count / seconds:6.2f}" for count in counts)
    print(f"{what:22} {rates}   {sum(counts) / max(sum(frames), 1):.3f} of the frames of the analysis", flush=True)


def receive(socket: WebSocket, counts: list[int]) -> None:
    try:
        for message in socket.messages():
            if message["type"] == "picture":
                counts[message["camera"]] += 1
                socket.acknowledge(message)
    except (OSError, EOFError):
        pass


def measure_socket(posecam: Posecam, cameras: int, seconds: float) -> None:
    with WebSocket(posecam.port) as socket:
        counts = [0] * cameras
        thread = threading.Thread(target=receive, args=(socket, counts), daemon=True)
        thread.start()
        wait_for(lambda: all(count > 10 for count in counts), "pictures of all cameras")
        first, frames, start = list(counts), shown(posecam, cameras), time.monotonic()
        time.sleep(seconds)
        passed = time.monotonic() - start
        frames = [now - before for now, before in zip(shown(posecam, cameras), frames)]
        tell("WebSocket client", [now - before for now, before in zip(counts, first)], frames, passed)
        tell("(analysis)", frames, frames, passed)


def measure_browser(posecam: Posecam, folder: Path, cameras: int, seconds: float) -> None:
    with Browser(folder) as browser:
        browser.screen(1280, 800)
        browser.go(posecam.url)
        wait_for(lambda: len(drawn := browser.run(DRAWN)) == cameras and all(count > 10 for count in drawn),
                 "all cameras drawn")
        frames, first, start = shown(posecam, cameras), browser.run(DRAWN), time.monotonic()
        time.sleep(seconds)
        last, passed = browser.run(DRAWN), time.monotonic() - start
        frames = [now - before for now, before in zip(shown(posecam, cameras), frames)]
        tell("drawn in Chromium", [now - before for now, before in zip(last, first)], frames, passed)
        tell("(analysis)", frames, frames, passed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--build", default="build", help="build folder, of a release build")
    arguments = parser.parse_args()
    build = Path(arguments.build).resolve()
    os.environ.setdefault("GST_PLUGIN_PATH_1_0", str(build / "gst"))
    os.environ["POSECAM"] = str(build / "pipelines/apps/posecam")
    import support
    support.POSECAM = Path(os.environ["POSECAM"])
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    with tempfile.TemporaryDirectory() as name, server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            folder = Path(name)
            make_network(folder)
            inputs = [f"cam{i + 1}={url}" for i in range(arguments.cameras)]
            with Posecam(folder, "--pose", NO_INFERENCE, *inputs) as posecam:
                wait_for(lambda: posecam.get("/healthz")[0] == 200, "live cameras")
                print("frames a second of each camera")
                measure_socket(posecam, arguments.cameras, arguments.seconds)
                if CHROMIUM and DRIVER:
                    measure_browser(posecam, folder, arguments.cameras, arguments.seconds)
        finally:
            server.kill()


if __name__ == "__main__":
    main()
