# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads Caffe's two files: the definition (.prototxt) and the weights (.caffemodel).

Both may come from anywhere: time and memory are bounded by the size of the file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np

from .errors import ConversionError

Block = dict[str, list]  # values are texts and Blocks, in the order of the file

# Limits of the plugin (docs/models.md), and of what any network has.
MAX_DEFINITION, MAX_WEIGHTS = 1 << 20, 1 << 30  # bytes
_MAX_DEPTH = 16        # blocks within blocks
_MAX_DIMENSIONS = 8
_MAX_FIELDS = 1 << 20  # of all messages: each costs a step here, large arrays are one

_TOKEN = re.compile(r"""(?P<skip>\s+|\#[^\n]*|[,;])|(?P<quoted>"[^"\n]*"|'[^'\n]*')"""
                    r"|(?P<word>[\w.+-]+)|(?P<mark>[{}:])")

# Fields of NetParameter, LayerParameter, V1LayerParameter, BlobProto and BlobShape.
_LAYER, _V1_LAYER = 100, 2
_NAME_AND_BLOBS = {_LAYER: (1, 7), _V1_LAYER: (4, 6)}
_LEGACY_DIMS, _DATA, _SHAPE, _DOUBLE_DATA, _RAW_TYPE, _RAW = range(1, 5), 5, 7, 8, 10, 12
_DIM = 1
_NUMBERS = {_DATA: "<f4", _DOUBLE_DATA: "<f8"}
_RAW_NUMBERS = {1: "<f4", 2: "<f2"}  # OpenCV's tool for half floats writes these


def read_definition(text: str) -> Block:
    """Returns the text format of a protobuf message as nested lists of values by name."""
    if len(text) > MAX_DEFINITION:
        raise ConversionError(f"definition: {len(text)} characters, at most {MAX_DEFINITION}")
    stack: list[Block] = [{}]
    name, position = "", 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if not found:
            raise ConversionError(f"definition: {text[position:position + 20]!r} is not understood")
        position, token = found.end(), found.group()
        if found.lastgroup == "skip" or token == ":":
            continue
        if token == "}":
            stack.pop()
            if not stack or name:
                raise ConversionError("definition: a '}' too many, or a name without a value")
        elif token == "{":
            if not name or len(stack) == _MAX_DEPTH:
                raise ConversionError("definition: a '{' without a name, or nested over "
                                      f"{_MAX_DEPTH} deep")
            stack.append({})
            stack[-2].setdefault(name, []).append(stack[-1])
            name = ""
        elif name:
            quoted = found.lastgroup == "quoted"
            stack[-1].setdefault(name, []).append(token[1:-1] if quoted else token)
            name = ""
        else:
            name = token
    if len(stack) != 1 or name:
        raise ConversionError("definition: it ends in the middle")
    return stack[0]


def read_weights(data: bytes) -> dict[str, list[np.ndarray]]:
    """Returns the arrays of each layer that has some, by the layer's name; of two layers of one
    name, those of the first."""
    reader = _Reader()
    weights: dict[str, list[np.ndarray]] = {}
    for number, value in reader.fields(memoryview(data)):
        if number not in _NAME_AND_BLOBS or isinstance(value, int):
            continue
        name_field, blob_field = _NAME_AND_BLOBS[number]
        name, blobs = "", []
        for field, content in reader.fields(value):
            if field == name_field and not isinstance(content, int):
                name = bytes(content).decode(errors="replace")
            elif field == blob_field and not isinstance(content, int):
                blobs.append(_blob(reader, content))
        if blobs:
            weights.setdefault(name, blobs)
    return weights


def _blob(reader: _Reader, message: memoryview) -> np.ndarray:
    """Returns one array, in the shape that the file says."""
    dims: list[int] = []
    legacy: dict[int, int] = {}
    parts: list[np.ndarray] = []
    raw, raw_type = memoryview(b""), 0
    for field, value in reader.fields(message):
        if isinstance(value, int):
            if field in _LEGACY_DIMS:
                legacy[field] = value
            elif field == _RAW_TYPE:
                raw_type = value
        elif field in _NUMBERS:
            parts.append(_numbers(value, _NUMBERS[field]))
        elif field == _RAW:
            raw = value
        elif field == _SHAPE:
            for dim_field, dim in reader.fields(value):
                if dim_field == _DIM:
                    dims += [dim] if isinstance(dim, int) else reader.packed(dim)
    if raw and not parts:
        if raw_type not in _RAW_NUMBERS:
            raise ConversionError(f"weights: raw numbers of the unknown type {raw_type}")
        parts.append(_numbers(raw, _RAW_NUMBERS[raw_type]))
    numbers = parts[0] if len(parts) == 1 else np.concatenate(parts or [np.empty(0, np.float32)])
    shape = [legacy.get(i, 1) for i in _LEGACY_DIMS] if legacy else dims or [1]
    if len(shape) > _MAX_DIMENSIONS or math.prod(shape) != numbers.size:
        raise ConversionError(f"weights: {numbers.size} numbers for the shape "
                              f"{shape[:_MAX_DIMENSIONS]}")
    return numbers.reshape(shape)


def _numbers(data: memoryview, kind: str) -> np.ndarray:
    """Returns the numbers of a field without copying them."""
    if len(data) % np.dtype(kind).itemsize:
        raise ConversionError("weights: an array ends within a number")
    return np.frombuffer(data, kind)


class _Reader:
    """Protobuf's wire format; counts what it reads."""

    def __init__(self) -> None:
        self._left = _MAX_FIELDS

    def fields(self, data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
        """Yields the fields of a message: a number, or the bytes of anything else."""
        position = 0
        while position < len(data):
            key, position = self._varint(data, position)
            number, wire = key >> 3, key & 7
            if wire == 0:
                value, position = self._varint(data, position)
                yield number, value
                continue
            if wire == 2:
                length, position = self._varint(data, position)
            elif wire in (1, 5):
                length = 8 if wire == 1 else 4
            else:
                raise ConversionError(f"weights: field {number} has the unknown wire type {wire}")
            if length > len(data) - position:
                raise ConversionError("weights: the file is damaged or cut short")
            yield number, data[position:position + length]
            position += length

    def packed(self, data: memoryview) -> list[int]:
        """Returns numbers of variable length that follow each other."""
        values, position = [], 0
        while position < len(data):
            value, position = self._varint(data, position)
            values.append(value)
        return values

    def _varint(self, data: memoryview, position: int) -> tuple[int, int]:
        """Returns a number of variable length and where it ends."""
        self._left -= 1
        if self._left < 0:
            raise ConversionError(f"weights: more than {_MAX_FIELDS} fields, which is no network")
        value = shift = 0
        while True:
            if position >= len(data) or shift > 63:
                raise ConversionError("weights: the file is damaged or cut short")
            byte = data[position]
            value |= (byte & 0x7F) << shift
            position, shift = position + 1, shift + 7
            if byte < 0x80:
                return value, position
