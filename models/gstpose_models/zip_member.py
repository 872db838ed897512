# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reading one member of a zip archive without unpacking anything to disk."""

from __future__ import annotations

import stat
import zipfile
import zlib
from pathlib import Path

from .errors import IntegrityError

_ENCRYPTED = 0x2041  # flags: encrypted, strongly encrypted, names masked
_METHODS = {zipfile.ZIP_STORED: "stored", zipfile.ZIP_DEFLATED: "deflated"}


def read_member(archive: Path, name: str, size: int) -> bytes:
    """Returns the contents of the member `name`, which has exactly `size` bytes.

    No other member is read and nothing is written, so no path and no size in the archive can do
    harm: at most `size` bytes are unpacked. Raises an IntegrityError where the member is not there
    once, is not one plain file, is encrypted, packed in an unusual way, damaged or of another size.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            member = _find(archive, opened, name)
            if fault := _fault(member, size):
                raise IntegrityError(f"{archive.name}: '{name}' {fault}")
            with opened.open(member) as stream:
                data = stream.read(size + 1)  # to its end, where its CRC is compared
            if len(data) != size:
                raise IntegrityError(f"{archive.name}: '{name}' unpacks to {len(data)} bytes, "
                                     f"expected {size}")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError,
            ValueError) as error:
        raise IntegrityError(f"{archive.name}: not a sound zip archive: {error or 'it ends early'}"
                             ) from error
    return data


def _find(archive: Path, opened: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    """Returns what the archive's directory says of the one member called `name`."""
    found = [member for member in opened.infolist() if member.filename == name]
    if not found:
        kin = [member.filename for member in opened.infolist()
               if member.filename.endswith(Path(name).suffix)]
        raise IntegrityError(f"{archive.name}: lacks '{name}', holds "
                             f"{kin[:3] or 'none of its kind'}")
    if len(found) > 1:
        raise IntegrityError(f"{archive.name}: holds '{name}' {len(found)} times, expected once")
    return found[0]


def _fault(member: zipfile.ZipInfo, size: int) -> str | None:
    """Returns what is wrong with a member that should be a plain file of `size` bytes."""
    kind = stat.S_IFMT(member.external_attr >> 16)  # 0 where the archive says nothing of it
    if member.is_dir() or kind not in (0, stat.S_IFREG):
        return "is not a plain file"
    if member.flag_bits & _ENCRYPTED:
        return "is encrypted, expected a readable file"
    if member.compress_type not in _METHODS:
        return (f"is packed by method {member.compress_type}, expected "
                + " or ".join(f"{number} ({word})" for number, word in _METHODS.items()))
    if member.file_size != size:
        return f"has {member.file_size} bytes, expected {size}"
    return None
