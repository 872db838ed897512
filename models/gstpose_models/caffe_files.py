# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads Caffe's two files: the definition (.prototxt) and the weights (.caffemodel)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np

from .errors import ConversionError

Block = dict[str, list]  # values are texts and Blocks, in the order of the file

_TOKEN = re.compile(r"""(?P<skip>\s+|\#[^\n]*|[,;])|(?P<quoted>"[^"\n]*"|'[^'\n]*')"""
                    r"|(?P<word>[\w.+-]+)|(?P<mark>[{}:])")

# Fields of NetParameter, LayerParameter, V1LayerParameter, BlobProto and BlobShape.
_LAYER, _V1_LAYER = 100, 2
_NAME_AND_BLOBS = {_LAYER: (1, 7), _V1_LAYER: (4, 6)}
_LEGACY_DIMS, _DATA, _SHAPE, _DIM = range(1, 5), 5, 7, 1


def read_definition(text: str) -> Block:
    """Returns the text format of a protobuf message as nested lists of values by name."""
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
            stack.append({})
            stack[-2].setdefault(_named(name), []).append(stack[-1])
            name = ""
        elif name:
            stack[-1].setdefault(name, []).append(token.strip("\"'"))
            name = ""
        else:
            name = token
    if len(stack) != 1 or name:
        raise ConversionError("definition: it ends in the middle")
    return stack[0]


def _named(name: str) -> str:
    """Returns the name of a block, which has to have one."""
    if not name:
        raise ConversionError("definition: a '{' without a name")
    return name


def read_weights(data: bytes) -> dict[str, list[np.ndarray]]:
    """Returns the float32 arrays of each layer that has some, by the layer's name."""
    weights: dict[str, list[np.ndarray]] = {}
    for number, value in _fields(memoryview(data)):
        if number not in _NAME_AND_BLOBS or isinstance(value, int):
            continue
        name_field, blob_field = _NAME_AND_BLOBS[number]
        name, blobs = "", []
        for field, content in _fields(value):
            if field == name_field and not isinstance(content, int):
                name = bytes(content).decode()
            elif field == blob_field and not isinstance(content, int):
                blobs.append(_blob(content))
        if blobs:
            weights[name] = blobs
    return weights


def _blob(message: memoryview) -> np.ndarray:
    """Returns one array, in the shape that the file says."""
    dims: list[int] = []
    legacy = [1, 1, 1, 1]
    numbers = np.empty(0, np.float32)
    for field, value in _fields(message):
        if field in _LEGACY_DIMS and isinstance(value, int):
            legacy[field - 1] = value
        elif field == _DATA and not isinstance(value, int):
            numbers = np.append(numbers, np.frombuffer(value, "<f4"))
        elif field == _SHAPE and not isinstance(value, int):
            for dim_field, dim in _fields(value):
                if dim_field == _DIM:
                    dims += [dim] if isinstance(dim, int) else list(_varints(dim))
    shape = dims or legacy
    if math.prod(shape) != numbers.size:
        raise ConversionError(f"weights: {numbers.size} numbers for the shape {shape}")
    return numbers.reshape(shape)


def _varint(data: memoryview, position: int) -> tuple[int, int]:
    """Returns a number of variable length and where it ends."""
    value = shift = 0
    while True:
        if position >= len(data) or shift > 63:
            raise ConversionError("weights: the file is damaged or cut short")
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position


def _varints(data: memoryview) -> Iterator[int]:
    """Yields packed numbers."""
    position = 0
    while position < len(data):
        value, position = _varint(data, position)
        yield value


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yields the fields of a protobuf message: a number, or the bytes of anything else."""
    position = 0
    while position < len(data):
        key, position = _varint(data, position)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, position = _varint(data, position)
            yield number, value
            continue
        if wire == 2:
            length, position = _varint(data, position)
        elif wire in (1, 5):
            length = 8 if wire == 1 else 4
        else:
            raise ConversionError(f"weights: field {number} has the unknown wire type {wire}")
        if length > len(data) - position:
            raise ConversionError("weights: the file is damaged or cut short")
        yield number, data[position:position + length]
        position += length
