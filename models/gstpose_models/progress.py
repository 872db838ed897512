# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tool says while it works: all on stderr, so that stdout holds results only."""

from __future__ import annotations

import sys
import time


def say(text: str) -> None:
    """Prints one line about what is going on."""
    print(text, file=sys.stderr, flush=True)


def megabytes(count: int) -> str:
    """Returns a number of bytes for reading."""
    return f"{count / 1e6:.1f} MB"


class Progress:
    """How far a download is: one line redrawn on a terminal, else a line now and then."""

    def __init__(self, name: str, total: int) -> None:
        """`total` is the size in bytes, exact or nearly so."""
        self._name = name
        self._total = total
        self._terminal = sys.stderr.isatty()
        self._pause = 0.1 if self._terminal else 10.0  # seconds between two reports
        self._last = time.monotonic()
        self._drawn = False

    def at(self, count: int) -> None:
        """Tells that `count` bytes are here."""
        now = time.monotonic()
        if now - self._last < self._pause:
            return
        self._last = now
        share = min(100 * count // max(self._total, 1), 100)
        line = f"{self._name}: {megabytes(count)} of {megabytes(self._total)} ({share} %)"
        if self._terminal:
            sys.stderr.write(f"\r\x1b[K{line}")
            sys.stderr.flush()
            self._drawn = True
        else:
            say(line)

    def end(self) -> None:
        """Wipes the line, so that the next message starts on a clean one."""
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._drawn = False
