# SPDX-License-Identifier: LGPL-2.1-or-later
"""The npm client, and reading the members of a package without unpacking it to disk."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

from .errors import DownloadError, IntegrityError, MissingToolError
from .files import storage_errors

_TIME_LIMIT = 900  # seconds for npm as a whole
_ROOM = 64 << 20   # bytes that a package may hold altogether


def program() -> str:
    """Returns the path of the npm client."""
    found = shutil.which("npm")
    if not found:
        raise MissingToolError("the npm client is not installed: apt-get install npm")
    return found


@contextlib.contextmanager
def packed(package: str, file: str, folder: Path) -> Iterator[Path]:
    """Gives the tarball called `file` that `npm pack` makes of `package` (name@version).

    It lies in a folder of its own inside `folder` and is gone afterwards unless it was moved away.
    """
    for left in folder.glob("npm-*"):  # by a run that was killed
        shutil.rmtree(left, ignore_errors=True)
    with storage_errors(file, folder):
        place = tempfile.TemporaryDirectory(prefix="npm-", dir=folder)
    with place:
        command = [program(), "pack", package, "--pack-destination", place.name,
                   "--ignore-scripts", "--loglevel=error", "--fetch-timeout=30000",
                   "--fetch-retries=2", "--fetch-retry-mintimeout=1000"]
        try:
            result = subprocess.run(command, cwd=place.name, stdin=subprocess.DEVNULL,
                                    capture_output=True, text=True, timeout=_TIME_LIMIT,
                                    check=False)
        except subprocess.TimeoutExpired as error:
            raise DownloadError(f"npm pack {package}: not done within {_TIME_LIMIT} s") from error
        made = Path(place.name, file)
        if result.returncode or not made.is_file():
            raise DownloadError(
                f"npm pack {package} failed with exit code {result.returncode} "
                f"({_reason(result.stderr)}); see `npm config get registry` and `npm config get "
                f"proxy`, or put {file} into {folder} by hand; then run this again")
        yield made


def _reason(stderr: str) -> str:
    """Returns the error code that npm gives, or the first line of its errors."""
    code = re.search(r"\bcode (E\w+)", stderr)
    return code.group(1) if code else (stderr.strip().splitlines() or ["no message"])[0]


def read_members(tarball: Path, wanted: Collection[str]) -> dict[str, bytes]:
    """Returns the contents of the members called `wanted`, and touches no other.

    Nothing is written anywhere, so no path in the tarball can do harm; each member wanted has to be
    one plain file.
    """
    contents: dict[str, bytes] = {}
    room = _ROOM
    try:
        with tarfile.open(tarball, "r:gz") as archive:
            for member in archive:
                room -= member.size
                if room < 0:
                    raise IntegrityError(f"{tarball.name}: holds more than {_ROOM} bytes")
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
