# SPDX-License-Identifier: LGPL-2.1-or-later
"""TensorFlow Lite file to ONNX: its operators in order, and the tensors that they make.

TensorFlow keeps images as [batch, rows, columns, channels], ONNX as [batch, channels, rows,
columns]: tensors of four dimensions are turned, others stay. Half-precision weights become floats
of the same values. The batch is open: a file says 1, but all that is known here works on each image
by itself. What an operator becomes is in tflite_operators.py.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .errors import ConversionError
from .graph import Graph
from .tflite_model import FLOAT16, FLOAT32, MAX_FILE, Model, Operator, Tensor
from .tflite_operators import WRITERS

INPUT = "input"
_MAX_WEIGHTS = 1 << 28  # numbers altogether: 1 GiB of floats, as much as the plugin reads
_CONSTANT_KINDS = ("DEQUANTIZE", "DENSIFY")


def convert(name: str, data: bytes, outputs: Mapping[str, str] | None = None,
            sigmoid: Collection[str] = ()) -> bytes:
    """Returns the ONNX file, called `name` inside, of a TensorFlow Lite file.

    Its input is called "input". With `outputs`, names of outputs to names of tensors, these are its
    outputs, and nothing else is computed; without, all outputs of the file under their own names.
    Those among `sigmoid` are turned from logits into probabilities. An output of 1 x 1 cells is
    [batch, channels].
    """
    try:
        model = Model(data)
        wanted = _chosen(model, outputs)
        if missing := [output for output in sigmoid if output not in wanted]:
            raise ConversionError(f"has no output '{missing[0]}'")
        return Converter(name, model, wanted, sigmoid).run()
    except ConversionError as error:
        raise ConversionError(f"TensorFlow Lite file '{name}': {error}") from error


def convert_file(name: str, path: Path) -> tuple[bytes, tuple[int, int]]:
    """Returns what convert() makes of a whole file, and rows and columns of its input."""
    if (length := path.stat().st_size) > MAX_FILE:
        raise ConversionError(f"{path}: has {length} bytes, at most {MAX_FILE}")
    data = path.read_bytes()
    network = convert(name, data)
    (source,) = Model(data).inputs
    return network, (source.shape[1], source.shape[2])


def _chosen(model: Model, outputs: Mapping[str, str] | None) -> dict[str, Tensor]:
    """Returns the tensors that are outputs by the names of these."""
    made = [tensor for operator in model.operators for tensor in operator.outputs]
    wanted = {}
    for output, source in (outputs or {tensor.name: tensor.name for tensor in model.outputs}).items():
        pool = made if outputs else model.outputs
        found = list({tensor.index: tensor for tensor in pool if tensor.name == source}.values())
        if len(found) != 1:
            raise ConversionError(f"has {len(found)} tensors called '{source}', expected one; its "
                                  f"outputs are {[tensor.name for tensor in model.outputs]}")
        wanted[output] = found[0]
    return wanted


@dataclass(frozen=True)
class Value:
    """A tensor of the graph. `shape` is TensorFlow's, without the batch."""

    name: str
    shape: tuple[int, ...]

    @property
    def channels(self) -> int:
        """Its innermost dimension."""
        return self.shape[-1]


class Converter:
    """One network on its way."""

    def __init__(self, name: str, model: Model, outputs: Mapping[str, Tensor],
                 sigmoid: Collection[str]) -> None:
        self.graph = Graph(name)
        self._model = model
        self._outputs = outputs
        self._sigmoid = sigmoid
        self._values: dict[int, Value] = {}           # by index of the tensor
        self._constants: dict[int, np.ndarray] = {}   # likewise
        self._taken = {INPUT, *outputs}               # names
        self._left = _MAX_WEIGHTS

    def run(self) -> bytes:
        """Converts what the outputs need, in the order of the file."""
        self._declare_input()
        for operator in self._needed():
            try:
                self._write(operator)
            except ConversionError as error:
                raise ConversionError(f"{operator.name}: {error}") from error
        shapes = {output: self._write_output(output, tensor)
                  for output, tensor in self._outputs.items()}
        return self.graph.serialise(list(shapes), shapes)

    # For the writers of operators --------------------------------------------------------------

    def value(self, tensor: Tensor) -> Value:
        """Returns what an operator before made of a tensor, which may be no constant."""
        if tensor.index not in self._values:
            raise ConversionError(f"reads '{tensor.name}', which "
                                  + ("is a constant" if self.is_constant(tensor) else
                                     "no operator before it makes"))
        return self._values[tensor.index]

    def is_constant(self, tensor: Tensor) -> bool:
        """Returns whether the values of a tensor are known."""
        return tensor.index in self._constants or self._model.is_constant(tensor)

    def constant(self, tensor: Tensor) -> np.ndarray:
        """Returns the values of a constant."""
        if tensor.index in self._constants:
            return self._constants[tensor.index]
        if not self._model.is_constant(tensor):
            raise ConversionError(f"reads '{tensor.name}', expected a constant")
        return self._model.constant(tensor)

    def weights(self, tensor: Tensor, rank: int) -> np.ndarray:
        """Returns the values of a constant of floats with `rank` dimensions, or of at most -`rank`;
        they count towards the limit of all weights."""
        values = self.constant(tensor)
        if values.dtype.kind != "f" or (values.ndim != rank if rank > 0 else values.ndim > -rank):
            expected = f"{rank}" if rank > 0 else f"at most {-rank}"
            raise ConversionError(f"reads '{tensor.name}', {values.dtype.name} of the shape "
                                  f"{list(values.shape)}, expected floats with {expected} dimensions")
        self._left -= values.size
        if self._left < 0:
            raise ConversionError(f"the weights have over {_MAX_WEIGHTS} numbers")
        return values

    def new_name(self, tensor: Tensor, suffix: str = "") -> str:
        """Returns a name for the graph that no tensor of it has. Where the file was made by fusing
        operators, the names of all of them are in the tensor's, the last one first."""
        wanted = tensor.name.split(";", 1)[0] + suffix
        name = wanted if wanted not in self._taken else f"{wanted}/{len(self._taken)}"
        while name in self._taken:
            name += "'"
        self._taken.add(name)
        return name

    def put(self, operator: Operator, name: str, shape: Sequence[int]) -> None:
        """Declares the tensor `name` as the operator's result, whose shape without the batch has to
        be what the file says."""
        if len(operator.outputs) != 1:
            raise ConversionError(f"makes {len(operator.outputs)} tensors, expected one")
        (tensor,) = operator.outputs
        if tensor.type != FLOAT32 or tensor.shape != (1, *shape):
            raise ConversionError(f"makes '{tensor.name}', {tensor.type_name} of the shape "
                                  f"{list(tensor.shape)}, expected float32 {[1, *shape]}")
        if tensor.index in self._values or self.is_constant(tensor):
            raise ConversionError(f"makes '{tensor.name}', which is there already")
        self._values[tensor.index] = Value(name, tuple(shape))

    # -------------------------------------------------------------------------------------------

    def _declare_input(self) -> None:
        """Declares the input, one image."""
        inputs = self._model.inputs
        if len(inputs) != 1:
            raise ConversionError(f"has {len(inputs)} inputs, expected one")
        (tensor,) = inputs
        if len(tensor.shape) != 4 or tensor.shape[0] != 1 or tensor.type != FLOAT32 \
                or not math.prod(tensor.shape):
            raise ConversionError(f"input '{tensor.name}' is {tensor.type_name} of the shape "
                                  f"{list(tensor.shape)}, expected float32 [1, rows, columns, "
                                  "channels]")
        _, rows, columns, channels = tensor.shape
        self.graph.input(INPUT, channels, (rows, columns), "n")
        self._values[tensor.index] = Value(INPUT, tensor.shape[1:])

    def _needed(self) -> list[Operator]:
        """Returns the operators that the outputs depend on, in the order of the file, which is one
        of execution."""
        wanted = {tensor.index for tensor in self._outputs.values()}
        needed = []
        for operator in reversed(self._model.operators):
            if any(tensor.index in wanted for tensor in operator.outputs):
                needed.append(operator)
                wanted.update(tensor.index for tensor in operator.inputs if tensor)
        return needed[::-1]

    def _write(self, operator: Operator) -> None:
        """Adds one operator."""
        if operator.kind in _CONSTANT_KINDS:
            self._fold(operator)
        elif operator.kind in WRITERS:
            WRITERS[operator.kind](self, operator)
        else:
            raise ConversionError("is none of those known here: "
                                  f"{', '.join((*WRITERS, *_CONSTANT_KINDS))}")

    def _fold(self, operator: Operator) -> None:
        """Takes half-precision or sparse weights as they are: floats of the same values."""
        source, tensor = operator.input(0), operator.outputs[0] if operator.outputs else None
        half = source.type in (FLOAT32, FLOAT16)
        if tensor is None or not half or tensor.type not in (FLOAT32, FLOAT16) \
                or tensor.shape != source.shape:
            raise ConversionError(f"reads '{source.name}', {source.type_name} of the shape "
                                  f"{list(source.shape)}, expected float16 or float32 of the shape "
                                  "that it makes")
        self._constants[tensor.index] = self.constant(source)

    def _write_output(self, output: str, tensor: Tensor) -> list[int | str]:
        """Adds an output; returns its shape in the graph."""
        value = self.value(tensor)
        name, shape = value.name, list(value.shape)
        if len(shape) == 3 and shape[:2] == [1, 1]:
            name = self._step("Flatten", name, output + "/flat", shape[2], axis=1)
            shape = shape[2:]
        elif len(shape) == 3:
            shape = [shape[2], shape[0], shape[1]]
        kind = "Sigmoid" if output in self._sigmoid else "Identity"
        self.graph.node(kind, [name], output, value.channels)
        return ["n", *shape]

    def _step(self, kind: str, source: str, output: str, channels: int, **attributes: int) -> str:
        """Adds a node that only reshapes; returns what it makes."""
        self._taken.add(output)
        self.graph.node(kind, [source], output, channels, **attributes)
        return output
