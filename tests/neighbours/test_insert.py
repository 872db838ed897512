# SPDX-License-Identifier: LGPL-2.1-or-later
"""Elements that are put into a pipeline while it plays, in the order of GStreamer's tutorials: add,
link, then bring to the state of the pipeline."""

import os
import tempfile
import threading
import time
import unittest
from pathlib import Path

from neighbours import Gst, GstPose, support, use_real_models

CAMERA = ("videotestsrc is-live=true ! video/x-raw,format=GRAY8,width=64,height=64,framerate=240/1 "
          "! tee name=tee allow-not-linked=true ! queue ! fakesink name=other async=false "
          "sync=false")
PATIENCE = 30.0  # seconds; a busy machine takes its time


def wait_for(condition) -> bool:
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.002)
    return True


class Camera:
    """A live pipeline with a tee, into which branches are put and taken out again."""

    def __init__(self):
        self.others = 0  # frames of the branch that is always there
        self.passed = 0  # frames that left the latest branch's element
        self.analysed = 0  # with metadata
        self.spared = 0  # frames and events that came to a pad that was not active yet
        self.pipeline = support.parse(CAMERA)
        self.tee = self.pipeline.get_by_name("tee")
        self.pipeline.get_by_name("other").get_static_pad("sink").add_probe(
            Gst.PadProbeType.BUFFER, self._on_other)

    def __enter__(self):
        self.pipeline.set_state(Gst.State.PLAYING)
        if not wait_for(lambda: self.others > 3):
            raise AssertionError("the camera does not start")
        return self

    def __exit__(self, *_):
        self.pipeline.set_state(Gst.State.NULL)

    def _on_other(self, *_):
        self.others += 1
        return Gst.PadProbeReturn.OK

    def _on_frame(self, _pad, info):
        self.passed += 1
        if GstPose.buffer_get_pose_meta(info.get_buffer()) is not None:
            self.analysed += 1
        return Gst.PadProbeReturn.OK

    def insert(self, description: str, late: bool = False):
        """Adds, links and starts, where it is `late` after a frame has come; returns what remove()
        needs."""
        element = Gst.parse_launch(description)
        sink = Gst.ElementFactory.make("fakesink")
        sink.set_property("async", False)
        sink.set_property("sync", False)
        self.passed = self.analysed = 0
        element.get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, self._on_frame)
        self.pipeline.add(element)
        self.pipeline.add(sink)
        element.link(sink)
        sink.sync_state_with_parent()
        pad = self.tee.request_pad_simple("src_%u")
        into = element.get_static_pad("sink")
        self.spare_inactive(pad, into)
        self.link_and_start(pad, element, late)
        return element, sink, pad

    def remove(self, element, sink, pad):
        self.while_idle(pad, lambda: pad.unlink(element.get_static_pad("sink")))
        for part in (element, sink):
            part.set_state(Gst.State.NULL)
            self.pipeline.remove(part)
        self.tee.release_request_pad(pad)

    def link_and_start(self, pad, element, late: bool) -> None:
        self.spared = 0
        pad.link(element.get_static_pad("sink"))
        if late and not wait_for(lambda: self.spared > 0):
            raise AssertionError("no frame comes before the start")
        element.sync_state_with_parent()

    def spare_inactive(self, pad, into) -> None:
        """Drops frames before `into` is active: a tee hands FLUSHING on to the camera, which ends
        it. So do the sticky events that go before a frame: dropped, they come again before the
        next. All that comes from then on gets through, be the element started or not."""
        def on_data(*_):
            if into.is_active():
                return Gst.PadProbeReturn.OK
            self.spared += 1
            return Gst.PadProbeReturn.DROP

        pad.add_probe(Gst.PadProbeType.BUFFER | Gst.PadProbeType.EVENT_DOWNSTREAM, on_data)

    @staticmethod
    def while_idle(pad, action) -> None:
        """Calls `action` while the tee pushes nothing through `pad`."""
        done = threading.Event()

        def on_idle(*_):
            action()
            done.set()
            return Gst.PadProbeReturn.REMOVE

        pad.add_probe(Gst.PadProbeType.IDLE, on_idle)
        if not done.wait(PATIENCE):
            raise AssertionError("the branch is never idle")

    def goes_on(self) -> bool:
        before = self.others
        return wait_for(lambda: self.others > before + 2)

    def error(self) -> str | None:
        message = self.pipeline.get_bus().pop_filtered(Gst.MessageType.ERROR)
        return message.parse_error()[0].message if message else None


class Insert(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        support.make_toy_network(Path(folder.name))
        os.environ["POSE_MODEL_PATH"] = folder.name

    def insert_and_remove(self, description: str, times: int, analyses: bool) -> None:
        with Camera() as camera:
            for turn in range(times):
                branch = camera.insert(description, late=turn % 2 == 1)
                works = wait_for(
                    lambda: (camera.analysed if analyses else camera.passed) > 2)
                self.assertIsNone(camera.error(), turn)
                self.assertTrue(works, turn)
                camera.remove(*branch)
                self.assertTrue(camera.goes_on(), f"the other branch stands still ({turn})")

    def test_poseestimate_analyses_from_its_first_frames(self):
        self.insert_and_remove("poseestimate share=false", 100, True)

    def test_poseestimate_that_takes_long_to_load_analyses(self):
        use_real_models(self)
        self.insert_and_remove("poseestimate model=lightweight-coco width=128 height=128 "
                               "share=false", 5, True)

    def test_poseestimate_follows_the_shape_of_caps_that_came_early(self):
        self.insert_and_remove("poseestimate width=-1 share=false", 20, True)

    def test_poseoverlay(self):
        self.insert_and_remove("poseoverlay", 100, False)

    def test_posejson(self):
        with Camera() as camera:
            for turn in range(50):
                branch = camera.insert("posejson")
                self.assertTrue(camera.goes_on(), turn)
                self.assertIsNone(camera.error(), turn)
                camera.remove(*branch)

    def test_poseestimate_that_cannot_start_says_so(self):
        for _ in range(10):
            with Camera() as camera:
                camera.insert("poseestimate model=/nonexistent/pose.onnx")
                message = camera.pipeline.get_bus().timed_pop_filtered(
                    int(PATIENCE * Gst.SECOND), Gst.MessageType.ERROR)
                self.assertIn("nonexistent", "".join(map(str, message.parse_error())))

    def test_poseestimate_that_is_started_again_alone_analyses(self):
        with Camera() as camera:
            element, sink, pad = camera.insert("poseestimate share=false")
            for turn in range(30):
                self.assertTrue(wait_for(lambda: camera.analysed > 2), turn)
                # Unlinked meanwhile: a tee hands FLUSHING on to the camera, which ends it.
                into = element.get_static_pad("sink")
                camera.while_idle(pad, lambda: pad.unlink(into))
                element.set_state(Gst.State.NULL)
                camera.analysed = 0
                camera.link_and_start(pad, element, late=turn % 2 == 1)
            self.assertTrue(wait_for(lambda: camera.analysed > 2))
            self.assertTrue(camera.goes_on())
            self.assertIsNone(camera.error())
            camera.remove(element, sink, pad)


if __name__ == "__main__":
    unittest.main()
