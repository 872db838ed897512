# SPDX-License-Identifier: LGPL-2.1-or-later
"""One file from several mirrors: continued where it broke off, tried again, and verified."""

from __future__ import annotations

import glob
import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from . import npm
from .catalogue import Download
from .errors import DownloadError
from .files import digest, storage_errors
from .progress import Progress, megabytes, say
from .transfer import PermanentError, TransientError, transfer


@dataclass(frozen=True)
class RetryPolicy:
    """How files are to be had: how long to wait for a server, and where to look before."""

    timeout: float = 30.0  # seconds without a byte before a connection counts as broken
    attempts: int = 4      # failures in a row at one source before the next is tried
    pause: float = 1.0     # seconds before the second attempt; doubles with each
    places: tuple[Path, ...] = ()  # folders that may have the files, or hold folders that do
    offline: bool = False  # whether to do without what is in no place


def fetch(item: Download, folder: Path, policy: RetryPolicy) -> Path:
    """Returns the path of `item` in `folder`, downloaded and verified.

    A file that lies there already, put by hand perhaps, is taken if its checksum is right; one in
    the places of `policy` is copied. While it is on its way, the file is called FILE.part.
    """
    done = folder / item.file
    with storage_errors(item.file, folder):
        folder.mkdir(parents=True, exist_ok=True)
        if done.is_file():
            if digest(done, item.algorithm) == item.checksum:
                return done
            say(f"{item.file}: the one in {folder} has a wrong checksum; getting it anew")
            done.unlink()
    if brought := locate(item, policy.places)[0]:
        _copy(item, brought, folder)
    elif policy.offline:
        raise DownloadError(missing([item], policy.places))
    elif item.npm and npm.client():
        _from_npm(item, item.npm, folder)
    else:
        _from_mirrors(item, addresses(item), folder, policy)
    return done


def addresses(item: Download) -> tuple[str, ...]:
    """Returns where `item` can be downloaded without a client, best first."""
    return (npm.address(item.npm),) if item.npm else item.urls


def locate(item: Download, places: Sequence[Path]) -> tuple[Path | None, list[str]]:
    """Returns the path of `item` in one of `places` or one level below it, and what is wrong with
    the files of its name that were found before it."""
    faults = []
    for place in places:
        for path in [place / item.file, *sorted(place.glob(f"*/{glob.escape(item.file)}"))]:
            if not path.is_file():
                continue
            try:
                size = path.stat().st_size
                if size > item.limit or item.size not in (None, size):
                    faults.append(f"{path} has {size} bytes")
                elif (found := digest(path, item.algorithm)) != item.checksum:
                    faults.append(f"{path} has the {item.algorithm} {found}")
                else:
                    return path, faults
            except OSError as error:
                faults.append(f"{path} cannot be read ({error.strerror})")
    return None, faults


def missing(items: Sequence[Download], places: Sequence[Path]) -> str:
    """Returns a message on those of `items` that are in none of `places`, and where they are to be
    had; empty if all are there."""
    lines = []
    for item in items:
        path, faults = locate(item, places)
        if path:
            continue
        size = f"{item.size} bytes" if item.size is not None else f"about {megabytes(item.about)}"
        source = f"npm pack {item.npm}" if item.npm else (item.urls or ("no known address",))[0]
        lines.append(f"\n  {item.file} ({size}, {item.algorithm} {item.checksum}): {source}")
        lines += [f"\n    {fault}, which is another file" for fault in faults]
    return f"not in {places[0]} nor one level below:{''.join(lines)}" if lines else ""


def _copy(item: Download, source: Path, folder: Path) -> None:
    """Copies `item` from `source`, and verifies the copy."""
    say(f"{item.file}: taking {source}")
    part = folder / (item.file + ".part")
    with storage_errors(item.file, folder):
        shutil.copyfile(source, part)
    if fault := _accept(item, part):
        raise DownloadError(f"{source}: {fault}")


def _from_npm(item: Download, package: str, folder: Path) -> None:
    """Has the npm client fetch `item`, which is `package` (name@version)."""
    say(f"{item.file}: asking the npm registry for {megabytes(item.about)}")
    fault = None
    progress = Progress(item.file, item.about)
    with npm.packed(package, item.file, item.limit, folder, progress) as made:
        found = digest(made, item.algorithm)
        if found == item.checksum:
            os.replace(made, folder / item.file)
        else:
            fault = f"{item.algorithm} is {found}, expected {item.checksum}"
    if fault:
        raise DownloadError(f"npm package {package}: {fault}")


def _from_mirrors(item: Download, urls: Sequence[str], folder: Path, policy: RetryPolicy) -> None:
    """Tries each mirror in turn."""
    part = folder / (item.file + ".part")
    if item.size is not None and part.is_file() and part.stat().st_size == item.size \
            and _accept(item, part) is None:
        return
    for url in urls:
        fault = _from_mirror(url, item, part, policy)
        if fault is None:
            return
        say(f"{item.file}: {urlsplit(url).scheme}://{urlsplit(url).netloc}: {fault}")
    raise DownloadError(
        f"{item.file} could not be downloaded from any of its {len(urls)} sources; behind a "
        "proxy, set https_proxy and http_proxy; or download it by hand from "
        f"{urls[0]} to {folder / item.file}; then run this again")


def _from_mirror(url: str, item: Download, part: Path, policy: RetryPolicy) -> str | None:
    """Downloads from one mirror. Returns None, or why it cannot be done there."""
    inherited = part.exists()  # whether bytes of an earlier run or mirror are in it
    failures = 0
    progress = Progress(item.file, item.about)
    while True:
        before = part.stat().st_size if part.exists() else 0
        try:
            transfer(url, part, item.limit, policy.timeout, progress.at)
        except PermanentError as error:
            return str(error)
        except TransientError as error:
            progressed = part.exists() and part.stat().st_size > before
            failures = 1 if progressed else failures + 1
            if failures >= policy.attempts:
                return str(error)
            pause = policy.pause * 2 ** (failures - 1)
            progress.end()
            say(f"{item.file}: {error}; trying again in {pause:g} s")
            time.sleep(pause)
            continue
        finally:
            progress.end()
        fault = _accept(item, part)
        if fault is None or not inherited:
            return fault
        say(f"{item.file}: what an earlier attempt left does not fit; starting from the beginning")
        inherited = False


def _accept(item: Download, part: Path) -> str | None:
    """Gives the complete `part` its final name, or removes it and returns what is wrong."""
    found = digest(part, item.algorithm)
    if found == item.checksum:
        os.replace(part, part.with_name(item.file))
        return None
    part.unlink()
    return f"serves a file with {item.algorithm} {found}, expected {item.checksum}"
