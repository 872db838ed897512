# SPDX-License-Identifier: LGPL-2.1-or-later
"""One file out of the packed assets of a web application: a .data file that holds several, one after
the other, and a script beside it, NAME_loader.js, that says where each begins and ends."""

from __future__ import annotations

import json
import re

from .errors import IntegrityError

_MAX_LOADER = 1 << 20  # bytes
_CALL = re.compile(r"\bloadPackage\(\s*(?=\{)")


def loader_of(assets: str) -> str:
    """Returns the path of the script that belongs to the assets of a path."""
    return assets.removesuffix(".data") + "_loader.js"


def cut(loader: bytes, assets: bytes, path: str) -> bytes:
    """Returns the file called `path` in the script `loader`, out of the bytes `assets`.

    Nothing of the script is run: its one call of loadPackage() has a JSON object, whose files have
    to lie one after the other and fill the assets. Raises an IntegrityError where they do not.
    """
    files = _files(loader, len(assets))
    found = [(start, end) for name, start, end in files if name == path]
    if len(found) != 1:
        raise IntegrityError(f"packed assets hold '{path}' {len(found)} times, expected once, among "
                             f"{[name for name, _, _ in files[:8]]}")
    ((start, end),) = found
    return assets[start:end]


def _files(loader: bytes, size: int) -> list[tuple[str, int, int]]:
    """Returns the name, begin and end of each file in assets of `size` bytes."""
    if len(loader) > _MAX_LOADER:
        raise IntegrityError(f"loader of packed assets: has {len(loader)} bytes, at most "
                             f"{_MAX_LOADER}")
    try:
        text = loader.decode()
        calls = list(_CALL.finditer(text))
        if len(calls) != 1:
            raise IntegrityError(f"loader of packed assets: calls loadPackage({{…}}) {len(calls)} "
                                 "times, expected once")
        facts, end = json.JSONDecoder().raw_decode(text, calls[0].end())
        if not text[end:].lstrip().startswith(")"):
            raise IntegrityError("loader of packed assets: loadPackage() has more than one object")
        files = [(entry["filename"], entry["start"], entry["end"]) for entry in facts["files"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise IntegrityError(f"loader of packed assets: cannot be read: {error!r}") from error
    last = 0
    for name, start, end in files:
        if not isinstance(name, str) or type(start) is not int or type(end) is not int \
                or start != last or end < start:
            raise IntegrityError(f"loader of packed assets: {name!r} lies at bytes {start!r} to "
                                 f"{end!r}, expected a begin at {last}")
        last = end
    if last != size:
        raise IntegrityError(f"packed assets have {size} bytes, their loader says {last}")
    return files
