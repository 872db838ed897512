#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the pipelines of the scripts that write files: tells how far it is, and what came of it.

It is gst-launch-1.0 with some things more: it can stop after an exact number of frames, it says how
many people it found, and Ctrl-C ends the files at once instead of analysing what is queued. A file
keeps the size of its first frame, whatever the input does. In the end the files are read again, and
it fails unless every frame is in them; where there was none, no file is left.

The description needs a poseestimate called "poses"; a posejson called "lines" and add_encoder's
"shape" and "format" (describe.sh) are watched where they are there.
Needs python3-gi and gir1.2-gstreamer-1.0.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402 (needs the line above)

PATIENCE = 10  # seconds for the files to be finished once the stream was ended
SILENCE = 30  # seconds without a first frame, as decodebin may swallow the error that tells why
PAUSE = 15  # seconds between two lines of progress where they cannot be written over


def say(text: str) -> None:
    """Writes a line to standard error."""
    print(text, file=sys.stderr, flush=True)


def written(path: Path) -> list[Path]:
    """Returns the files of that name; of a name that ends in "-*.mp4" all segments."""
    if path.name.endswith("-*.mp4"):
        start = path.name[:-len("*.mp4")]
        return sorted(file for file in path.parent.glob("*.mp4") if file.name.startswith(start))
    return [path] if path.is_file() else []


def remove(paths: list[Path]) -> None:
    """Removes what is there of these."""
    for path in paths:
        for file in written(path):
            file.unlink()


def frames_in(path: Path) -> int:
    """Returns how many frames a file holds: lines of JSON, or frames that a player of MP4 shows."""
    if path.suffix != ".mp4":
        with path.open("rb") as lines:
            return sum(1 for _ in lines)
    count = 0

    def on_buffer(pad: Gst.Pad, info: Gst.PadProbeInfo) -> Gst.PadProbeReturn:
        nonlocal count
        segment = pad.get_sticky_event(Gst.EventType.SEGMENT, 0).parse_segment()
        start = info.get_buffer().pts
        count += segment.clip(Gst.Format.TIME, start, start)[0]
        return Gst.PadProbeReturn.OK

    pipeline = Gst.Pipeline()
    source, demuxer, sink = (Gst.ElementFactory.make(name)
                             for name in ("filesrc", "qtdemux", "fakesink"))
    for element in (source, demuxer, sink):
        pipeline.add(element)
    source.set_property("location", str(path))
    sink.set_property("sync", False)
    entry = sink.get_static_pad("sink")
    entry.add_probe(Gst.PadProbeType.BUFFER, on_buffer)
    source.link(demuxer)
    demuxer.connect("pad-added", lambda _demuxer, pad: entry.is_linked() or pad.link(entry))
    pipeline.set_state(Gst.State.PLAYING)
    pipeline.get_bus().timed_pop_filtered(Gst.CLOCK_TIME_NONE,
                                          Gst.MessageType.EOS | Gst.MessageType.ERROR)
    pipeline.set_state(Gst.State.NULL)
    return count


class Run:
    """One run of a pipeline, from start to the end of its files."""

    def __init__(self, description: str, most: int | None, quiet: bool) -> None:
        self.most = most
        self.quiet = quiet
        self.arrived = 0  # frames, at poseestimate
        self.frames = 0  # analysed
        self.told = 0  # written as lines
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
        poses = self.pipeline.get_by_name("poses")
        self.entry = poses.get_static_pad("sink")
        self.entry.add_probe(Gst.PadProbeType.BUFFER, self._on_frame)
        poses.get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, self._on_analysed)
        self.lines = self.pipeline.get_by_name("lines")
        if self.lines:
            self.lines.get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, self._on_line)
        shape = self.pipeline.get_by_name("shape")
        if shape:
            shape.get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, self._on_shape)

    def _on_frame(self, _pad: Gst.Pad, info: Gst.PadProbeInfo) -> Gst.PadProbeReturn:
        """Lets so many frames pass as were asked for."""
        if self.most is not None and self.arrived >= self.most:
            self.end()
            return Gst.PadProbeReturn.DROP
        self.arrived += 1
        self.position = info.get_buffer().pts
        return Gst.PadProbeReturn.OK

    def _on_analysed(self, _pad: Gst.Pad, _info: Gst.PadProbeInfo) -> Gst.PadProbeReturn:
        self.frames += 1
        return Gst.PadProbeReturn.OK

    def _on_line(self, _pad: Gst.Pad, info: Gst.PadProbeInfo) -> Gst.PadProbeReturn:
        """Counts the people of a frame."""
        buffer = info.get_buffer()
        people = buffer.extract_dup(0, buffer.get_size()).count(b'"person_id"')
        self.told += 1
        self.people += people
        self.crowd = max(self.crowd, people)
        return Gst.PadProbeReturn.OK

    def _on_shape(self, pad: Gst.Pad, _info: Gst.PadProbeInfo) -> Gst.PadProbeReturn:
        """Keeps the size and the rate of the first frame for the whole file: muxers take no others,
        and some drop what comes after a change without a word."""
        first = pad.get_current_caps()  # not of an earlier event: tags come later, and turn frames
        structure = first.get_structure(0)
        known, above, below = structure.get_fraction("pixel-aspect-ratio")
        size = Gst.Caps.from_string(
            f"video/x-raw,format=I420,width={structure.get_int('width')[1]},"
            f"height={structure.get_int('height')[1]},"
            f"pixel-aspect-ratio={above if known else 1}/{below if known else 1}")
        self.pipeline.get_by_name("shape").set_property("caps", size)
        self.pipeline.get_by_name("format").set_property("caps", first)
        return Gst.PadProbeReturn.REMOVE

    def end(self) -> None:
        """Ends the stream before the analysis, so that all files are finished."""
        if not self.ending:
            self.ending = True
            # The event waits for the frame under way, and for who reads the files: the loop must not.
            threading.Thread(target=self.entry.send_event, args=(Gst.Event.new_eos(),),
                             daemon=True).start()
            GLib.timeout_add_seconds(PATIENCE, self._give_up)

    def _on_silence(self) -> bool:
        if self.arrived == 0 and not self.ending:
            say(f"No frame came within {SILENCE} seconds.")
            self.status = 1
            self.loop.quit()
        return GLib.SOURCE_REMOVE

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
        if not self.quiet:
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
            else:
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
        found = f", {self.people} people found in them" if self.lines else ""
        text = f"{self.frames} frames{self._percent()}{found}, {self._rate():.1f} frames a second"
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
        if not self.quiet:
            GLib.timeout_add_seconds(1, self._show)
        self.pipeline.set_state(Gst.State.PLAYING)
        GLib.timeout_add_seconds(SILENCE, self._on_silence)
        self.loop.run()
        self.pipeline.set_state(Gst.State.NULL)
        if not self.quiet and sys.stderr.isatty():
            self._show()
            say("")

    def check(self, files: list[Path], live: bool) -> None:
        """Reads the files again; fails unless all frames are in them. Of a live input those that came
        before the first analysis have no line."""
        for path in files:
            due = self.told if live and path.suffix != ".mp4" else self.arrived
            count = sum(map(frames_in, written(path)))
            if count != due:
                say(f"{path} holds {count} of {due} frames.")
                self.status = self.status or 1
            elif not self.quiet:
                say(f"Written: {path}")

    def report(self) -> None:
        """Says what came out."""
        if self.interrupted:
            say("A shortened run: it was interrupted.")
        elif self.most is not None:
            say(f"A shortened run: it was to stop after {self.most} frames.")
        people = f"; people in a frame: {self.people / self.frames:.2f} on average, " \
                 f"{self.crowd} at most" if self.lines else ""
        say(f"{self.frames} frames in {time.monotonic() - self.started:.0f} seconds{people}")


def main() -> int:
    """Runs the command line; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--input", default="the input", help="what the pipeline reads")
    parser.add_argument("--file", action="append", type=Path, default=[], dest="files",
                        help="what the pipeline writes: MP4, or a line a frame")
    parser.add_argument("--segments", action="append", default=[],
                        help="what the pipeline writes: all START-*.mp4", metavar="START")
    parser.add_argument("--frames", type=int, help="stop after so many frames")
    parser.add_argument("--live", action="store_true", help="an interruption is the normal end")
    parser.add_argument("--quiet", action="store_true", help="only tell what goes wrong")
    parser.add_argument("description", nargs="+", help="the pipeline, as for gst-launch-1.0")
    options = parser.parse_args()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # the reader of the lines may go
    Gst.init(None)
    files = options.files + [Path(f"{start}-*.mp4") for start in options.segments]
    remove(files)  # what is there afterwards is of this run
    try:
        run = Run(" ".join(options.description), options.frames, options.quiet)
    except GLib.Error as error:
        say(f"the pipeline cannot be made: {error.message}")
        return 1
    if not options.quiet:
        say(f"Analysing {options.input}; Ctrl-C ends it early")
    run.run()
    if run.frames == 0:
        remove(files)
        say(f"There is no video in {options.input} that could be decoded: nothing was written.")
        return run.status or 1
    if not options.quiet:
        run.report()
    if run.status != 130:  # asked twice to end: the files are as they are
        run.check(files, options.live)
    return run.status or (130 if run.interrupted and not options.live else 0)


if __name__ == "__main__":
    sys.exit(main())
