# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tensors, constants and operators of a TensorFlow Lite file.

Field numbers are those of TensorFlow's schema (tensorflow/lite/schema/schema.fbs, version 3). Files
may come from anywhere: time and memory are bounded by the size of the file and the limits here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from . import flatbuffer
from .errors import ConversionError
from .flatbuffer import Table
from .tflite_sparse import densify

MAX_FILE = 1 << 30                 # bytes; limit of the plugin (docs/models.md)
MAX_NUMBERS = 1 << 28              # of one tensor, likewise
_MAX_TENSORS, _MAX_OPERATORS = 1 << 14, 1 << 13
_MAX_PORTS = 64                    # tensors that an operator reads or makes
_MAX_DIMENSIONS = 8
_MAX_NAME = 1024

_VERSION = 3
FLOAT32, FLOAT16 = 0, 1            # TensorType
_TYPES = {FLOAT32: "<f4", FLOAT16: "<f2", 2: "<i4", 4: "<i8"}  # of constants that are read
_TYPE_NAMES = ("float32", "float16", "int32", "uint8", "int64", "string", "bool", "int16",
               "complex64", "int8")

# BuiltinOperator: names of those known to the converter, and the option table of each.
KINDS = {0: "ADD", 1: "AVERAGE_POOL_2D", 2: "CONCATENATION", 3: "CONV_2D", 4: "DEPTHWISE_CONV_2D",
         6: "DEQUANTIZE", 9: "FULLY_CONNECTED", 14: "LOGISTIC", 17: "MAX_POOL_2D", 18: "MUL",
         19: "RELU", 21: "RELU6", 22: "RESHAPE", 23: "RESIZE_BILINEAR", 34: "PAD", 40: "MEAN",
         41: "SUB", 54: "PRELU", 124: "DENSIFY"}
_OPTIONS = {"CONV_2D": 1, "DEPTHWISE_CONV_2D": 2, "AVERAGE_POOL_2D": 5, "MAX_POOL_2D": 5,
            "FULLY_CONNECTED": 8, "CONCATENATION": 10, "ADD": 11, "RESIZE_BILINEAR": 15, "MUL": 21,
            "MEAN": 27, "SUB": 28}  # BuiltinOptions: which table it is


@dataclass(frozen=True)
class Tensor:
    """One tensor; those of images are [1, rows, columns, channels]."""

    index: int
    name: str
    shape: tuple[int, ...]
    type: int            # TensorType
    buffer: int          # of its values, where it is a constant
    sparsity: Table | None

    @property
    def type_name(self) -> str:
        """The type of its numbers, for reading."""
        known = 0 <= self.type < len(_TYPE_NAMES)
        return _TYPE_NAMES[self.type] if known else str(self.type)


@dataclass(frozen=True)
class Operator:
    """One operator; `inputs` are tensors or None, where an optional one is left out."""

    name: str            # in errors
    kind: str
    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]
    _options: Table | None

    def input(self, port: int) -> Tensor:
        """Returns the tensor that it reads at a port."""
        found = self.inputs[port] if port < len(self.inputs) else None
        if found is None:
            raise ConversionError(f"{self.name} reads no tensor at port {port}")
        return found

    def number(self, field: int, name: str, least: int, most: int, default: int = 0) -> int:
        """Returns an option that is a 32-bit number."""
        return self._checked(field, name, "i", least, most, default)

    def choice(self, field: int, name: str, most: int) -> int:
        """Returns an option that is one byte: a choice or a truth."""
        return self._checked(field, name, "b", 0, most, 0)

    def _checked(self, field: int, name: str, kind: str, least: int, most: int,
                 default: int) -> int:
        found = default
        if self._options:
            found = self._options.number(field, name, kind, default)
        if not least <= found <= most:
            raise ConversionError(f"{self.name} has {name} {found}, expected {least} to {most}")
        return found


class Model:
    """A file, taken apart."""

    def __init__(self, data: bytes) -> None:
        root = flatbuffer.read(data, b"TFL3", "model")
        version = root.number(0, "version", "I")
        if version != _VERSION:
            raise ConversionError(f"is of version {version}, expected {_VERSION}")
        graphs = root.tables(2, "graph", _MAX_OPERATORS)
        if len(graphs) != 1:
            raise ConversionError(f"has {len(graphs)} graphs, expected one")
        self._buffers = root.tables(4, "buffer", 2 * _MAX_TENSORS)
        self._dense: dict[int, np.ndarray] = {}
        (graph,) = graphs
        self.tensors = [self._tensor(i, table) for i, table
                        in enumerate(graph.tables(0, "tensor", _MAX_TENSORS))]
        self.inputs = self._named(graph, 1, "inputs")
        self.outputs = self._named(graph, 2, "outputs")
        codes = [_code(table) for table in root.tables(1, "operator code", _MAX_OPERATORS)]
        self.operators = [self._operator(table, codes) for table
                          in graph.tables(3, "operator", _MAX_OPERATORS)]

    def is_constant(self, tensor: Tensor) -> bool:
        """Returns whether the values of a tensor are in the file."""
        return self._bytes(tensor).size > 0

    def constant(self, tensor: Tensor) -> np.ndarray:
        """Returns the values of a constant, a sparse one with its zeros."""
        kind = _TYPES.get(tensor.type)
        if kind is None:
            raise ConversionError(f"tensor '{tensor.name}' has constants of the type "
                                  f"{tensor.type_name}, expected "
                                  f"{', '.join(_TYPE_NAMES[known] for known in _TYPES)}")
        data = self._bytes(tensor)
        size = np.dtype(kind).itemsize
        if data.size % size:
            raise ConversionError(f"tensor '{tensor.name}' ends within a number")
        values = data.view(kind)
        if tensor.sparsity is not None:
            if tensor.index not in self._dense:
                taken = sum(array.size for array in self._dense.values())
                self._dense[tensor.index] = densify(tensor.name, values, tensor.shape,
                                                    tensor.sparsity, taken)
            return self._dense[tensor.index]
        if values.size != math.prod(tensor.shape):
            raise ConversionError(f"tensor '{tensor.name}' has {values.size} numbers for the shape "
                                  f"{list(tensor.shape)}")
        return values.reshape(tensor.shape)

    def _bytes(self, tensor: Tensor) -> np.ndarray:
        """Returns the bytes of a tensor's values, none where it is computed."""
        if tensor.buffer >= len(self._buffers):
            raise ConversionError(f"tensor '{tensor.name}' has its values in buffer "
                                  f"{tensor.buffer} of {len(self._buffers)}")
        buffer = self._buffers[tensor.buffer]
        if buffer.number(1, "offset", "Q") > 1:
            raise ConversionError(f"tensor '{tensor.name}' has its values behind the tables of the "
                                  "file, expected in them")
        return buffer.numbers(0, "data", "u1", MAX_FILE)

    def _tensor(self, index: int, table: Table) -> Tensor:
        """Reads one tensor."""
        shape = tuple(table.numbers(0, "shape", "<i4", _MAX_DIMENSIONS).tolist())
        if any(side < 0 for side in shape) or math.prod(shape) > MAX_NUMBERS:
            raise ConversionError(f"{table.what} has the shape {list(shape)}, expected at most "
                                  f"{MAX_NUMBERS} numbers")
        return Tensor(index, table.text(3, "name", _MAX_NAME) or f"tensor {index}", shape,
                      table.number(1, "type", "b"), table.number(2, "buffer", "I"),
                      table.table(6, "sparsity"))

    def _named(self, table: Table, field: int, name: str) -> tuple[Tensor, ...]:
        """Returns tensors that are given by their indices, all of which have to be there."""
        found = table.numbers(field, name, "<i4", _MAX_PORTS).tolist()
        return tuple(self._at(index, table.what, name) for index in found)

    def _at(self, index: int, what: str, name: str) -> Tensor:
        if not 0 <= index < len(self.tensors):
            raise ConversionError(f"{what} has tensor {index} among its {name}, expected 0 to "
                                  f"{len(self.tensors) - 1}")
        return self.tensors[index]

    def _operator(self, table: Table, codes: list[str]) -> Operator:
        """Reads one operator."""
        code = table.number(0, "code", "I")
        if code >= len(codes):
            raise ConversionError(f"{table.what} has code {code} of {len(codes)}")
        kind, name = codes[code], f"{table.what} ({codes[code]})"
        indices = table.numbers(1, "inputs", "<i4", _MAX_PORTS).tolist()
        inputs = tuple(None if i == -1 else self._at(i, name, "inputs") for i in indices)
        options, found = table.table(4, "options"), table.number(3, "options", "B")
        if options and kind in _OPTIONS and found != _OPTIONS[kind]:
            raise ConversionError(f"{name} has options of the kind {found}, expected "
                                  f"{_OPTIONS[kind]}")
        return Operator(name, kind, inputs, self._named(table, 2, "outputs"),
                        options if kind in _OPTIONS else None)


def _code(table: Table) -> str:
    """Returns the name of an operator's kind; old files have it in one byte."""
    code = max(table.number(0, "code", "b"), table.number(3, "code", "i"))
    return KINDS.get(code, f"custom operator '{table.text(1, 'name', _MAX_NAME)}'" if code == 32
                     else f"operator {code}")
