# SPDX-License-Identifier: LGPL-2.1-or-later
"""Small TensorFlow Lite files of our own: a writer of FlatBuffers, and of the tables in it
(python3-numpy)."""

import struct

import numpy as np

# BuiltinOperator and BuiltinOptions of TensorFlow's schema.
CODES = {"ADD": 0, "AVERAGE_POOL_2D": 1, "CONCATENATION": 2, "CONV_2D": 3, "DEPTHWISE_CONV_2D": 4,
         "DEQUANTIZE": 6, "FULLY_CONNECTED": 9, "LOGISTIC": 14, "MAX_POOL_2D": 17, "MUL": 18,
         "RELU": 19, "RELU6": 21, "RESHAPE": 22, "RESIZE_BILINEAR": 23, "SOFTMAX": 25, "CUSTOM": 32,
         "PAD": 34, "MEAN": 40, "SUB": 41, "PRELU": 54, "DENSIFY": 124}
OPTIONS = {"CONV_2D": 1, "DEPTHWISE_CONV_2D": 2, "AVERAGE_POOL_2D": 5, "MAX_POOL_2D": 5,
           "FULLY_CONNECTED": 8, "CONCATENATION": 10, "ADD": 11, "RESIZE_BILINEAR": 15, "MUL": 21,
           "MEAN": 27, "SUB": 28}
TYPES = {"float32": 0, "float16": 1, "int32": 2, "uint8": 3, "int64": 4}
SAME, VALID = 0, 1
RELU, RELU6 = 1, 3


def flatbuffer(root: dict, identifier: bytes = b"TFL3") -> bytes:
    """Returns a file with a root table. A table is a dict of fields by number: (kind, number) with
    a kind of struct, a table, a list of tables, an array of numbers, or a text."""
    out = bytearray(8)
    out[4:8] = identifier
    struct.pack_into("<I", out, 0, _write(out, root))
    return bytes(out)


def _align(out: bytearray, size: int) -> int:
    """Fills up to a multiple of `size`; returns where the file ends."""
    out += bytes(-len(out) % size)
    return len(out)


def _write(out: bytearray, value) -> int:
    """Writes a table, a list or a vector at the end; returns where it is."""
    if isinstance(value, dict):
        return _write_table(out, value)
    place = _align(out, 4)
    if isinstance(value, list):
        out += struct.pack("<I", len(value)) + bytes(4 * len(value))
        for i, item in enumerate(value):
            _point(out, place + 4 + 4 * i, item)
        return place
    data = value.encode() if isinstance(value, str) else np.ascontiguousarray(value).tobytes()
    count = len(data) if isinstance(value, str) else np.asarray(value).size
    out += struct.pack("<I", count) + data + (b"\0" if isinstance(value, str) else b"")
    return place


def _point(out: bytearray, place: int, value) -> None:
    """Writes `value` at the end and, at `place`, how far from there it is."""
    struct.pack_into("<I", out, place, _write(out, value) - place)


def _write_table(out: bytearray, fields: dict) -> int:
    """Writes a vtable, the table behind it, and behind that all to which the table points."""
    offsets = [0] * (max(fields, default=-1) + 1)
    size, numbers = 4, []
    for field, value in fields.items():
        form = struct.Struct("<" + value[0]) if isinstance(value, tuple) else struct.Struct("<I")
        size += -size % form.size
        offsets[field] = size
        numbers.append((size, form, value))
        size += form.size
    vtable = _align(out, 4)
    out += struct.pack(f"<HH{len(offsets)}H", 4 + 2 * len(offsets), size, *offsets)
    place = _align(out, 8)
    out += struct.pack("<i", place - vtable) + bytes(size - 4)
    for offset, form, value in numbers:
        if isinstance(value, tuple):
            form.pack_into(out, place + offset, value[1])
    for offset, _, value in numbers:
        if not isinstance(value, tuple):
            _point(out, place + offset, value)
    return place


class Toy:
    """A network under construction, with the input "in" of some shape, which is tensor 0."""

    def __init__(self, *shape: int) -> None:
        self.buffers: list[dict] = [{}]
        self.tensors: list[dict] = []
        self.operators: list[dict] = []
        self.codes: list[dict] = []
        self.shapes: list[tuple[int, ...]] = []
        self.inputs = [self.tensor("in", (1, *shape))]
        self.version = 3

    def tensor(self, name: str, shape, kind: str = "float32", values=None,
               sparsity: dict | None = None) -> int:
        """Adds a tensor, with values a constant; returns its index."""
        table = {0: np.array(shape, "<i4"), 1: ("b", TYPES[kind]), 3: name}
        if values is not None:
            table[2] = ("I", len(self.buffers))
            self.buffers.append({0: np.frombuffer(np.ascontiguousarray(values).tobytes(), "u1")})
        if sparsity is not None:
            table[6] = sparsity
        self.tensors.append(table)
        self.shapes.append(tuple(shape))
        return len(self.tensors) - 1

    def constant(self, values, kind: str = "float32") -> int:
        """Adds a constant."""
        values = np.asarray(values, kind)
        return self.tensor(f"constant {len(self.tensors)}", values.shape, kind, values)

    def half(self, values) -> int:
        """Adds a constant in half precision, and what turns it into floats."""
        values = np.asarray(values, np.float16)
        stored = self.constant(values, "float16")
        return self.op("DEQUANTIZE", [stored], values.shape)

    def op(self, kind: str, inputs, *shapes, name: str = "", options: dict | None = None,
           of: int | None = None, code: dict | None = None) -> int:
        """Adds an operator with the shapes of its outputs; returns the index of the first.

        `options` are fields of its table of options, whose kind is `of`.
        """
        outputs = [self.tensor(name or f"{kind} {len(self.tensors)}", shape) for shape in shapes]
        self.codes.append(code or {0: ("b", min(CODES[kind], 127)), 3: ("i", CODES[kind])})
        table = {0: ("I", len(self.codes) - 1), 1: np.array(inputs, "<i4"),
                 2: np.array(outputs, "<i4")}
        if options is not None:
            table[3], table[4] = ("B", OPTIONS[kind] if of is None else of), options
        self.operators.append(table)
        return outputs[0] if outputs else -1

    def convolution(self, source: int, weights: int, bias: int, shape, *, padding: int = SAME,
                    strides=(1, 1), activation: int = 0, dilations=(1, 1),
                    kind: str = "CONV_2D") -> int:
        """Adds a convolution; strides and dilations are down, across."""
        options = {0: ("b", padding), 1: ("i", strides[1]), 2: ("i", strides[0])}
        last = [("b", activation), ("i", dilations[1]), ("i", dilations[0])]
        options.update(enumerate(last, 4 if kind == "DEPTHWISE_CONV_2D" else 3))
        return self.op(kind, [source, weights, bias], shape, options=options)

    def pool(self, kind: str, source: int, shape, *, padding: int = SAME, strides=(2, 2),
             window=(2, 2), activation: int = 0) -> int:
        """Adds a pooling; pairs are down, across."""
        return self.op(kind, [source], shape, options={
            0: ("b", padding), 1: ("i", strides[1]), 2: ("i", strides[0]), 3: ("i", window[1]),
            4: ("i", window[0]), 5: ("b", activation)})

    def root(self, *outputs: int) -> dict:
        """Returns the root table of the file."""
        graph = {0: self.tensors, 1: np.array(self.inputs, "<i4"),
                 2: np.array(outputs or [len(self.tensors) - 1], "<i4"), 3: self.operators}
        return {0: ("I", self.version), 1: self.codes, 2: [graph], 4: self.buffers}

    def file(self, *outputs: int) -> bytes:
        """Returns the file with some outputs, by default the last tensor."""
        return flatbuffer(self.root(*outputs))
