# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checksums, locks, and writes that are never half done."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from .errors import StorageError

CHUNK = 1 << 20  # bytes read at a time


def digest(path: Path, algorithm: str = "sha256") -> str:
    """Returns the checksum of the file at `path` in hexadecimal."""
    found = hashlib.new(algorithm)
    with open(path, "rb") as stream:
        while chunk := stream.read(CHUNK):
            found.update(chunk)
    return found.hexdigest()


def data_digest(data: bytes) -> str:
    """Returns the SHA-256 of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def sync_folder(folder: Path) -> None:
    """Makes renames within `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def move_into_place(source: Path, target: Path) -> None:
    """Replaces `target` by the finished file `source` (same file system) in one step."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(source, "rb") as stream:
        os.fsync(stream.fileno())
    os.replace(source, target)
    sync_folder(target.parent)


def write_whole(target: Path, data: bytes, scratch: Path) -> None:
    """Writes `data` to `target` in one step, by way of a file in the folder `scratch`.

    `scratch` has to be on the file system of `target`.
    """
    temporary = scratch / (target.name + ".new")
    try:
        temporary.write_bytes(data)
        move_into_place(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def storage_errors(what: str, folder: Path) -> Iterator[None]:
    """Turns the operating system's refusals to write `what` below `folder` into a StorageError."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise StorageError(
                f"{what}: no room in {folder} ({os.strerror(error.errno)}); "
                "make room or choose another folder with --to, then run this again") from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST,
                           errno.EISDIR):
            raise StorageError(
                f"{what}: cannot write in {folder} ({os.strerror(error.errno)}: "
                f"{error.filename or folder}); choose another folder with --to") from error
        raise


@contextlib.contextmanager
def locked(path: Path, on_wait: Callable[[], None]) -> Iterator[None]:
    """Holds the lock file at `path`; calls `on_wait` once if another process has it.

    The kernel drops the lock when its holder ends, however it ends, so no lock is ever stale. The
    file itself stays: removing it would let two holders lock two files of the same name.
    """
    with open(path, "a", encoding="ascii") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
