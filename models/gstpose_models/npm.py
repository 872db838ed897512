# SPDX-License-Identifier: LGPL-2.1-or-later
"""The npm registry, with its client or without, and the members of a package."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import signal
import subprocess
import tarfile
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from .errors import DownloadError, IntegrityError
from .files import storage_errors
from .progress import Progress

_SILENCE = 300.0  # seconds without a byte from npm before it counts as stuck
_GLANCE = 0.2     # seconds between two looks at what it has
_GRACE = 5.0      # seconds that it has for ending itself


_REGISTRY = "https://registry.npmjs.org"


def client() -> str | None:
    """Returns the path of the npm client, if it is installed."""
    return shutil.which("npm")


def address(package: str) -> str:
    """Returns where the registry has the tarball of `package` (name@version).

    The registry is the one that npm's variable `npm_config_registry` names, or else the public one;
    other settings are for npm's client alone.
    """
    name, _, version = package.rpartition("@")
    registry = os.environ.get("npm_config_registry", "").rstrip("/") or _REGISTRY
    return f"{registry}/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"


@contextlib.contextmanager
def packed(package: str, file: str, limit: int, folder: Path,
           progress: Progress) -> Iterator[Path]:
    """Gives the tarball called `file` that `npm pack` makes of `package` (name@version), where
    there is a client.

    It has at most `limit` bytes; `progress` is told how many are here. It lies in a folder of its
    own inside `folder`, which is gone afterwards with all that was not moved away: npm's cache,
    too, which would keep the whole package for good.
    """
    for left in folder.glob("npm-*"):  # by a run that was killed
        shutil.rmtree(left, ignore_errors=True)
    with storage_errors(file, folder):
        place = tempfile.TemporaryDirectory(prefix="npm-", dir=folder, ignore_cleanup_errors=True)
    with place:
        command = ["npm", "pack", package, "--pack-destination", place.name,
                   "--cache", str(Path(place.name, "cache")), "--ignore-scripts",
                   "--loglevel=error", "--fetch-timeout=30000", "--fetch-retries=2",
                   "--fetch-retry-mintimeout=1000"]
        code, errors = _run(command, package, limit, Path(place.name), progress)
        made = Path(place.name, file)
        if code or not made.is_file():
            reason = _reason(errors)
            with storage_errors(file, folder):
                if reason in ("ENOSPC", "EDQUOT", "EFBIG"):
                    raise OSError(getattr(errno, reason), reason)
            raise DownloadError(
                f"npm pack {package} failed with exit code {code} "
                f"({reason}); see `npm config get registry` and `npm config get "
                f"proxy`, or put {file} into {folder} by hand; then run this again")
        yield made


def _run(command: list[str], package: str, limit: int, place: Path,
         progress: Progress) -> tuple[int, str]:
    """Runs npm in `place`, watching the file that grows there; returns its exit code and errors."""
    with tempfile.TemporaryFile() as errors, _interrupts_held() as release, \
            subprocess.Popen(command, cwd=place, stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=errors) as process:
        try:
            release()
            _watch(process, package, limit, place, progress)
        finally:  # also when interrupted
            progress.end()
            _end(process)
        errors.seek(0)
        return process.returncode, errors.read().decode(errors="replace")


@contextlib.contextmanager
def _interrupts_held() -> Iterator[Callable[[], None]]:
    """Holds Ctrl-C back until the function that this gives is called, or the end: one that comes
    while a process is being started would leave it running."""
    handler = signal.getsignal(signal.SIGINT)
    if handler is not signal.default_int_handler \
            or threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    held: list[int] = []

    def release() -> None:
        signal.signal(signal.SIGINT, handler)
        if held:
            held.clear()
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, lambda number, frame: held.append(number))
    try:
        yield release
    finally:
        release()


def _watch(process: subprocess.Popen, package: str, limit: int, place: Path,
           progress: Progress) -> None:
    """Waits for npm; raises a DownloadError if it gets too many bytes or none for long."""
    count, since = 0, time.monotonic()
    running = True
    while running:
        try:
            process.wait(_GLANCE)
            running = False
        except subprocess.TimeoutExpired:
            pass
        found = _largest(place)
        if found > limit:
            raise DownloadError(f"npm package {package} is larger than the {limit} bytes "
                                "that it should have")
        if found != count:
            count, since = found, time.monotonic()
            progress.at(count)
        elif running and time.monotonic() - since > _SILENCE:
            raise DownloadError(f"npm pack {package}: not a byte within {_SILENCE:g} s")


def _end(process: subprocess.Popen) -> None:
    """Ends npm if it has not ended."""
    process.terminate()
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _largest(place: Path) -> int:
    """Returns the size of the largest file below `place`: the package, in npm's cache at first."""
    largest = 0
    for folder, _, names in os.walk(place):
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # moved meanwhile
                largest = max(largest, os.lstat(os.path.join(folder, name)).st_size)
    return largest


def _reason(stderr: str) -> str:
    """Returns the error code that npm gives, or the first line of its errors."""
    code = re.search(r"\bcode (E\w+)", stderr)
    return code.group(1) if code else (stderr.strip().splitlines() or ["no message"])[0]


def read_members(tarball: Path, wanted: Collection[str], room: int) -> dict[str, bytes]:
    """Returns the contents of the members called `wanted`, and touches no other.

    All members together hold at most `room` bytes. Nothing is written anywhere, so no path in the
    tarball can do harm; each member wanted has to be one plain file.
    """
    contents: dict[str, bytes] = {}
    left = room
    try:
        with tarfile.open(tarball, "r:gz") as archive:
            for member in archive:
                left -= member.size
                if left < 0:
                    raise IntegrityError(f"{tarball.name}: holds more than the {room} bytes "
                                         "that it should have")
                if member.name not in wanted:
                    continue
                stream = archive.extractfile(member) if member.isreg() else None
                if stream is None or member.name in contents:
                    raise IntegrityError(f"{tarball.name}: '{member.name}' is not one plain file")
                contents[member.name] = stream.read()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise IntegrityError(f"{tarball.name}: not a sound tar.gz archive: {error}") from error
    missing = [name for name in wanted if name not in contents]
    if missing:
        raise IntegrityError(f"{tarball.name}: lacks {', '.join(missing)}")
    return contents
