# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the pipelines that users have, and tells what leaves one of their elements."""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import support  # initialises GStreamer
from support import DATA, MODELS, Gst

import gi

gi.require_version("GstPose", "1.0")
from gi.repository import GstPose  # noqa: E402

PEOPLE = DATA / "media" / "people.avi"

# What every video sink does: it keeps time, tells upstream when it cannot, and drops what is late.
VIDEO_SINK = "fakesink sync=true qos=true max-lateness=20000000"

__all__ = ["DATA", "MODELS", "PEOPLE", "VIDEO_SINK", "Frame", "Gst", "GstPose", "Run", "run",
           "support", "use_real_models", "require", "write_part"]


@dataclass
class Frame:
    """One buffer that left the element."""

    pts: int | None
    flags: int
    poses: list[dict] | None  # None: no metadata. Else {"id", "score", "box", "points"} each

    @property
    def ids(self) -> list[int]:
        return [pose["id"] for pose in self.poses or []]


@dataclass
class Run:
    frames: list[Frame] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    finished: bool = False
    seconds: float = 0.0

    @property
    def with_poses(self) -> int:
        """Frames that have metadata with somebody in it."""
        return sum(1 for frame in self.frames if frame.poses)


def require(test, *needs: str | Path) -> None:
    """Skips `test`, saying why, unless all elements (by name) and files (by Path) are there."""
    for need in needs:
        if isinstance(need, Path):
            if not need.exists():
                test.skipTest(f"needs {need}")
        elif Gst.ElementFactory.find(need) is None:
            test.skipTest(f"needs GStreamer's element {need}")


def use_real_models(test) -> None:
    """Makes poseestimate find the real networks of the test data, or skips `test`."""
    path = support.real_networks(Path(test.enterContext(tempfile.TemporaryDirectory())))
    if path is None:
        test.skipTest(f"{MODELS} has no real network that OpenCV {support.OPENCV} reads")
    os.environ["POSE_MODEL_PATH"] = path


def read_poses(buffer: Gst.Buffer) -> list[dict] | None:
    meta = GstPose.buffer_get_pose_meta(buffer)
    if meta is None:
        return None
    n_points = GstPose.KeypointSet.get_n_keypoints(meta.get_keypoint_set())
    poses = []
    for person in range(meta.get_n_poses()):
        _, number, score = meta.get_pose(person)
        _, x, y, width, height = meta.get_box(person)
        points = []
        for i in range(n_points):
            found, px, py, confidence = meta.get_keypoint(person, i)
            points.append((px, py, confidence) if found else None)
        poses.append({"id": number, "score": score, "box": (x, y, width, height),
                      "points": points})
    return poses


def write_part(film: Path, frames: int) -> str:
    """Writes the beginning of PEOPLE without loss: `frames` and a few more. How many more depends on
    what its decoder had in hand, and so on the moment; the file has the same each time it is played.
    Returns what plays it."""
    support.run(f'filesrc location="{PEOPLE}" ! decodebin ! videoconvert ! identity eos-after={frames} '
                f'! avenc_ffv1 ! matroskamux ! filesink location="{film}"')
    return f'filesrc location="{film}" ! decodebin ! videoconvert '


def run(description: str, element: str = "pose", seconds: float = 120.0, pad: str = "src") -> Run:
    """Plays the pipeline to its end, or for so many seconds, and returns what left `pad` of the
    element of that name."""
    result = Run()
    pipeline = support.parse(description)

    def on_buffer(_pad, info):
        buffer = info.get_buffer()
        result.frames.append(Frame(
            None if buffer.pts == Gst.CLOCK_TIME_NONE else buffer.pts,
            int(buffer.get_flags()), read_poses(buffer)))
        return Gst.PadProbeReturn.OK

    if element:
        pipeline.get_by_name(element).get_static_pad(pad).add_probe(
            Gst.PadProbeType.BUFFER, on_buffer)
    bus = pipeline.get_bus()
    start = time.monotonic()
    pipeline.set_state(Gst.State.PLAYING)
    while (left := seconds - (time.monotonic() - start)) > 0:
        message = bus.timed_pop_filtered(
            int(left * Gst.SECOND),
            Gst.MessageType.EOS | Gst.MessageType.ERROR | Gst.MessageType.WARNING)
        if message is None:
            break
        if message.type == Gst.MessageType.WARNING:
            result.warnings.append(message.parse_warning()[0].message)
        elif message.type == Gst.MessageType.ERROR:
            result.errors.append(message.parse_error()[0].message)
            break
        else:
            result.finished = True
            break
    result.seconds = time.monotonic() - start
    pipeline.set_state(Gst.State.NULL)
    return result
