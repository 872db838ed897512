#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the pipeline of demo.sh: tells how far it is, stops it in good order, counts the people.

It is gst-launch-1.0 with three things more: it can stop after an exact number of frames, it says how
many people it found, and Ctrl-C ends the files at once instead of analysing what is queued. The
description needs a poseestimate called "poses" and a posejson called "lines".
Needs python3-gi and gir1.2-gstreamer-1.0.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402 (needs the line above)

PATIENCE = 10  # seconds for the files to be finished once the stream was ended
PAUSE = 15  # seconds between two lines of progress where they cannot be written over


def say(text: str) -> None:
    """Writes a line to standard error."""
    print(text, file=sys.stderr, flush=True)


class Run:
    """One run of a pipeline, from start to the end of its files."""

    def __init__(self, description: str, most: int | None) -> None:
        self.most = most
        self.arrived = 0  # frames, at poseestimate
        self.frames = 0  # analysed
        self.people = 0  # in all of them
        self.crowd = 0  # in the frame with the most
        self.position = Gst.CLOCK_TIME_NONE
        self.ending = False
        self.interrupted = False
        self.status = 0
        self.started = time.monotonic()
        self.shown = self.started
        self.loop = GLib.MainLoop()
        self.pipeline = Gst.parse_launch(description)
        self.entry = self.pipeline.get_by_name("poses").get_static_pad("sink")
        self.entry.add_probe(Gst.PadProbeType.BUFFER, self._on_frame)
        lines = self.pipeline.get_by_name("lines").get_static_pad("src")
        lines.add_probe(Gst.PadProbeType.BUFFER, self._on_line)

    def _on_frame(self, pad: Gst.Pad, info: Gst.PadProbeInfo) -> Gst.PadProbeReturn:
        """Lets so many frames pass as were asked for."""
        if self.most is not None and self.arrived >= self.most:
            self.end()
            return Gst.PadProbeReturn.DROP
        self.arrived += 1
        self.position = info.get_buffer().pts
        return Gst.PadProbeReturn.OK

    def _on_line(self, _pad: Gst.Pad, info: Gst.PadProbeInfo) -> Gst.PadProbeReturn:
        """Counts the people of a frame."""
        buffer = info.get_buffer()
        people = buffer.extract_dup(0, buffer.get_size()).count(b'"person_id"')
        self.frames += 1
        self.people += people
        self.crowd = max(self.crowd, people)
        return Gst.PadProbeReturn.OK

    def end(self) -> None:
        """Ends the stream before the analysis, so that all files are finished."""
        if not self.ending:
            self.ending = True
            self.entry.send_event(Gst.Event.new_eos())
            GLib.timeout_add_seconds(PATIENCE, self._give_up)

    def _give_up(self) -> bool:
        say(f"The files were not finished within {PATIENCE} seconds; they may not be playable.")
        self.status = 1
        self.loop.quit()
        return GLib.SOURCE_REMOVE

    def _on_signal(self) -> bool:
        """Ends the stream; at once when asked again."""
        if self.interrupted:
            self.status = 130
            self.loop.quit()
        self.interrupted = True
        say("\nStopping: finishing the files")
        self.end()
        return GLib.SOURCE_CONTINUE

    def _on_message(self, _bus: Gst.Bus, message: Gst.Message) -> None:
        if message.type == Gst.MessageType.EOS:
            self.loop.quit()
        elif message.type == Gst.MessageType.WARNING:
            warning, _ = message.parse_warning()
            say(f"\nwarning from {message.src.get_name()}: {warning.message}")
        elif message.type == Gst.MessageType.ERROR:
            error, detail = message.parse_error()
            say(f"\nerror from {message.src.get_name()}: {error.message}"
                + (f"\n  ({detail.strip()})" if detail else ""))
            self.status = 1
            if self.frames == 0:
                self.loop.quit()
            self.end()

    def _percent(self) -> str:
        """How much of the input is done, where that is known."""
        if self.most is not None:
            return f", {100 * self.frames / self.most:.0f} %"
        known, duration = self.entry.peer_query_duration(Gst.Format.TIME)
        if not known or duration <= 0 or self.position == Gst.CLOCK_TIME_NONE:
            return ""
        return f", {min(100.0, 100 * self.position / duration):.0f} %"

    def _rate(self) -> float:
        return self.frames / max(time.monotonic() - self.started, 1e-3)

    def _show(self) -> bool:
        """Tells how far it is: on one line of a terminal, else now and then."""
        text = (f"{self.frames} frames{self._percent()}, {self.people} people found in them, "
                f"{self._rate():.1f} frames a second")
        if sys.stderr.isatty():
            print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
        elif time.monotonic() - self.shown >= PAUSE:
            self.shown = time.monotonic()
            say(text)
        return GLib.SOURCE_CONTINUE

    def run(self) -> None:
        """Runs the pipeline to its end."""
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message", self._on_message)
        for number in (signal.SIGINT, signal.SIGTERM):
            GLib.unix_signal_add(GLib.PRIORITY_HIGH, number, self._on_signal)
        GLib.timeout_add_seconds(1, self._show)
        self.pipeline.set_state(Gst.State.PLAYING)
        self.loop.run()
        self.pipeline.set_state(Gst.State.NULL)
        if sys.stderr.isatty():
            self._show()
            say("")

    def report(self, files: list[str]) -> None:
        """Says what came out."""
        if self.interrupted:
            say("A shortened run: it was interrupted.")
        elif self.most is not None:
            say(f"A shortened run: it was to stop after {self.most} frames.")
        mean = self.people / self.frames
        say(f"{self.frames} frames in {time.monotonic() - self.started:.0f} seconds; "
            f"people in a frame: {mean:.2f} on average, {self.crowd} at most")
        for name in files:
            say(f"Written: {name}")


def main() -> int:
    """Runs the command line; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, help="stop after so many frames")
    parser.add_argument("--live", action="store_true", help="an interruption is the normal end")
    parser.add_argument("--files", nargs="*", default=[], help="what the pipeline writes")
    parser.add_argument("description", nargs="+", help="the pipeline, as for gst-launch-1.0")
    options = parser.parse_args()
    Gst.init(None)
    try:
        run = Run(" ".join(options.description), options.frames)
    except GLib.Error as error:
        say(f"the pipeline cannot be made: {error.message}")
        return 1
    run.run()
    if run.frames == 0:
        say("No frame was analysed.")
        return run.status or 1
    run.report(options.files)
    return run.status or (130 if run.interrupted and not options.live else 0)


if __name__ == "__main__":
    sys.exit(main())
