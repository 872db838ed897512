# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads FlatBuffers, the format of TensorFlow Lite files, without trusting them.

A table is a position in the file. Before it or behind it lies its vtable, which says where in the
table each field is; a vector or another table that a field holds lies further behind in the file,
at an offset from the field. Every position is checked against the file before anything is read
there. No field is read that its schema does not name, so time and memory are bounded by the
caller's limits on vectors.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from .errors import ConversionError

_OFFSET = struct.Struct("<I")  # to something behind
_VTABLE = struct.Struct("<i")  # back from a table to its vtable
_SHORT = struct.Struct("<H")
_HEADER = 4                    # bytes of a vtable before the offsets of its fields


class _Bytes:
    """The file, read only where it has bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def number(self, form: struct.Struct, position: int, what: str) -> int:
        """Returns the number at a position."""
        self.check(position, form.size, what)
        return form.unpack_from(self.data, position)[0]

    def check(self, position: int, count: int, what: str) -> None:
        """Checks that `count` bytes lie at a position."""
        if position < 0 or count < 0 or position + count > len(self.data):
            raise ConversionError(f"{what} lies at bytes {position} to {position + count} of a "
                                  f"file of {len(self.data)}")


@dataclass(frozen=True)
class Table:
    """A table of the file. Its fields are asked for by their numbers in the schema, each with the
    name to call it in errors."""

    _file: _Bytes
    _position: int
    _fields: int      # position of its vtable
    _length: int      # bytes of its vtable
    _size: int        # bytes of the table itself
    what: str         # in errors

    def number(self, field: int, name: str, kind: str = "i", default: int = 0) -> int:
        """Returns a whole number, of the struct type `kind`."""
        form = struct.Struct("<" + kind)
        place = self._place(field, form.size, name)
        return default if place is None else self._file.number(form, place, name)

    def table(self, field: int, name: str) -> Table | None:
        """Returns the table of a field, or None without one."""
        place = self._target(field, name)
        return None if place is None else _table(self._file, place, f"{self.what}, {name}")

    def tables(self, field: int, name: str, most: int) -> list[Table]:
        """Returns the tables of a vector."""
        start, count = self._vector(field, name, _OFFSET.size, most)
        places = [start + i * _OFFSET.size for i in range(count)]
        return [_table(self._file, place + self._file.number(_OFFSET, place, name), f"{name} {i}")
                for i, place in enumerate(places)]

    def numbers(self, field: int, name: str, kind: str, most: int) -> np.ndarray:
        """Returns the numbers of a vector, of the numpy type `kind`, without copying them."""
        size = np.dtype(kind).itemsize
        start, count = self._vector(field, name, size, most)
        return np.frombuffer(self._file.data, kind, count, start)

    def text(self, field: int, name: str, most: int) -> str:
        """Returns a text, empty without one."""
        return self.numbers(field, name, "u1", most).tobytes().decode(errors="replace")

    def _place(self, field: int, size: int, name: str) -> int | None:
        """Returns where a field of `size` bytes is, or None where the table lacks it."""
        entry = _HEADER + 2 * field
        if entry + 2 > self._length:
            return None
        offset = self._file.number(_SHORT, self._fields + entry, name)
        if offset and not _HEADER <= offset <= self._size - size:
            raise ConversionError(f"{self.what}: {name} lies at byte {offset} of a table of "
                                  f"{self._size}")
        return self._position + offset if offset else None

    def _target(self, field: int, name: str) -> int | None:
        """Returns where the vector or table of a field is."""
        place = self._place(field, _OFFSET.size, name)
        return None if place is None else place + self._file.number(_OFFSET, place, name)

    def _vector(self, field: int, name: str, size: int, most: int) -> tuple[int, int]:
        """Returns where the items of a vector begin, and how many there are."""
        place = self._target(field, name)
        if place is None:
            return 0, 0
        what = f"{self.what}: {name}"
        count = self._file.number(_OFFSET, place, what)
        if count > most:
            raise ConversionError(f"{what} has {count} items, at most {most}")
        self._file.check(place + _OFFSET.size, count * size, what)
        return place + _OFFSET.size, count


def read(data: bytes, identifier: bytes, what: str) -> Table:
    """Returns the root table of a file, which is called `what` in errors.

    The four bytes `identifier` say of what schema the file is.
    """
    found = data[4:8]
    if found != identifier:
        raise ConversionError(f"bytes 4 to 8 are {found!r}, expected {identifier!r}")
    file = _Bytes(data)
    return _table(file, file.number(_OFFSET, 0, what), what)


def _table(file: _Bytes, position: int, what: str) -> Table:
    """Returns the table at a position."""
    fields = position - file.number(_VTABLE, position, what)
    length = file.number(_SHORT, fields, what + ", vtable")
    size = file.number(_SHORT, fields + 2, what + ", vtable")
    if length < _HEADER or length % 2 or size < _HEADER:
        raise ConversionError(f"{what}: its vtable has {length} bytes for a table of {size}, "
                              f"expected an even number and at least {_HEADER} of both")
    file.check(fields, length, what + ", vtable")
    file.check(position, size, what)
    return Table(file, position, fields, length, size, what)
