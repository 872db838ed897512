# SPDX-License-Identifier: LGPL-2.1-or-later
"""OpenVINO IR (version 10 and 11: an XML file and a binary file) to ONNX.

Constants are folded and 8-bit weights turned back into floats. What is left are convolutions with
their biases, activations, sums and concatenations, all in float32. FakeQuantize on activations only
imitates the rounding of an 8-bit machine, so it is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np

from .errors import ConversionError
from .graph import Graph, dependency_order

_ELEMENT_TYPES = {"f32": "<f4", "f16": "<f2", "i8": "i1", "u8": "u1", "i32": "<i4", "i64": "<i8"}


@dataclass(frozen=True)
class Layer:
    """One layer of the XML file; `inputs` are the ids of the layers it reads, port by port."""

    id: str
    name: str
    kind: str
    data: dict[str, str]
    inputs: tuple[str, ...]
    shape: tuple[int, ...]  # of its output; () for a scalar and for Result

    def numbers(self, key: str) -> list[int]:
        """Returns a comma-separated attribute, "1,1", as numbers."""
        return [int(part) for part in self.data[key].split(",") if part.strip()]


def convert(xml: bytes, weights: bytes) -> bytes:
    """Returns the ONNX file of the network that `xml` and `weights` (the .bin file) describe."""
    name, layers = _parse(xml)
    try:
        return _Converter(name, layers, weights).run()
    except (KeyError, ValueError) as error:
        raise ConversionError(f"OpenVINO IR '{name}': {error!r}") from error


def _parse(xml: bytes) -> tuple[str, dict[str, Layer]]:
    """Returns the network's name and its layers by id, in the order of the file."""
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise ConversionError("OpenVINO IR: the XML file declares entities; none are expected")
    try:
        root = ElementTree.fromstring(xml)
    except ElementTree.ParseError as error:
        raise ConversionError(f"OpenVINO IR: not XML: {error}") from error
    version = root.get("version")
    if root.tag != "net" or version not in ("10", "11"):
        raise ConversionError("OpenVINO IR: expected <net version=\"10\"> or 11, "
                              f"found <{root.tag} version=\"{version}\">")
    inputs: dict[str, dict[int, str]] = {}
    for edge in root.iterfind("edges/edge"):
        ports = inputs.setdefault(edge.get("to-layer", ""), {})
        ports[int(edge.get("to-port", "0"))] = edge.get("from-layer", "")
    layers = {}
    for element in root.iterfind("layers/layer"):
        layer = _parse_layer(element, inputs)
        layers[layer.id] = layer
    return root.get("name", ""), layers


def _parse_layer(element: ElementTree.Element, inputs: dict[str, dict[int, str]]) -> Layer:
    """Reads one <layer>."""
    key, name = element.get("id", ""), element.get("name", "")
    ports = element.findall("output/port")
    if len(ports) > 1:
        raise ConversionError(f"layer '{name}' has {len(ports)} outputs; one is supported")
    data = element.find("data")
    shape = tuple(int(dim.text or "") for port in ports for dim in port.iterfind("dim"))
    read = tuple(source for _, source in sorted(inputs.get(key, {}).items()))
    return Layer(key, name, element.get("type", ""), dict(data.attrib) if data is not None else {},
                 read, shape)


class _Converter:
    """Folds the constants, then writes the rest layer by layer."""

    def __init__(self, name: str, layers: dict[str, Layer], weights: bytes) -> None:
        self._layers = layers
        self._blob = weights
        self._order = [layers[i] for i in dependency_order(
            {key: layer.inputs for key, layer in layers.items()})]
        self._constants: dict[str, np.ndarray] = {}
        self._tensors: dict[str, str] = {}      # layer id -> name of its tensor in the ONNX graph
        self._outputs: list[str] = []
        self._graph = Graph(name)
        self._readers: dict[str, list[Layer]] = {}
        for layer in self._order:
            for source in layer.inputs:
                self._readers.setdefault(source, []).append(layer)

    def run(self) -> bytes:
        for layer in self._order:
            self._fold(layer)
        for layer in self._order:
            if layer.id not in self._constants and layer.id not in self._tensors:
                self._write(layer)
        return self._graph.serialise(self._outputs)

    # Constants ---------------------------------------------------------------------------------

    def _fold(self, layer: Layer) -> None:
        """Computes `layer` now if all that it reads is constant."""
        if layer.kind == "Const":
            self._constants[layer.id] = self._read_constant(layer)
            return
        values = [self._constants.get(source) for source in layer.inputs]
        if not values or layer.kind == "Result" or any(value is None for value in values):
            return
        if layer.kind not in _FOLDS:
            raise ConversionError(f"constant layer '{layer.name}' is of type {layer.kind}, "
                                  f"which is not one of {', '.join(_FOLDS)}")
        self._constants[layer.id] = _FOLDS[layer.kind](layer, *values)

    def _read_constant(self, layer: Layer) -> np.ndarray:
        """Returns a constant of the binary file: integers as they are, floats as float32."""
        kind = layer.data["element_type"]
        if kind not in _ELEMENT_TYPES:
            raise ConversionError(f"constant '{layer.name}' is of type {kind}, "
                                  f"which is not one of {', '.join(_ELEMENT_TYPES)}")
        dtype = np.dtype(_ELEMENT_TYPES[kind])
        shape = layer.numbers("shape")
        count = int(np.prod(shape, dtype=np.int64)) if shape else 1
        start, size = int(layer.data["offset"]), int(layer.data["size"])
        if min([start, count, *shape]) < 0 or size != count * dtype.itemsize \
                or start + size > len(self._blob):
            raise ConversionError(
                f"constant '{layer.name}' of shape {shape} and type {kind} is said to be {size} "
                f"bytes at {start} of a binary file of {len(self._blob)}")
        values = np.frombuffer(self._blob, dtype, count, start).reshape(shape)
        return values.astype(np.float32) if dtype.kind == "f" else values

    # Layers ------------------------------------------------------------------------------------

    def _write(self, layer: Layer) -> None:
        """Adds `layer` to the ONNX graph."""
        writers: dict[str, Callable[[Layer], None]] = {
            "Parameter": self._write_input, "Result": self._write_output,
            "FakeQuantize": self._skip,
            "Convolution": self._write_convolution, "GroupConvolution": self._write_convolution,
            "Add": self._write_arithmetic, "Subtract": self._write_arithmetic,
            "Multiply": self._write_arithmetic,
            "ReLU": self._write_activation, "Elu": self._write_activation,
            "PReLU": self._write_activation, "Concat": self._write_concat,
        }
        if layer.kind not in writers:
            raise ConversionError(f"layer '{layer.name}' is of type {layer.kind}, "
                                  f"which is not one of {', '.join(writers)}")
        writers[layer.kind](layer)

    def _source(self, layer: Layer, port: int = 0) -> str:
        """Returns the name of the tensor that `layer` reads at `port`."""
        return self._tensors[layer.inputs[port]]

    def _write_input(self, layer: Layer) -> None:
        if len(layer.shape) != 4:
            raise ConversionError(f"input '{layer.name}' has shape {layer.shape}; expected "
                                  "[1, channels, rows, columns]")
        self._graph.input(layer.name, layer.shape[1])
        self._tensors[layer.id] = layer.name

    def _write_output(self, layer: Layer) -> None:
        self._outputs.append(self._source(layer))

    def _skip(self, layer: Layer) -> None:
        self._tensors[layer.id] = self._source(layer)

    def _write_convolution(self, layer: Layer) -> None:
        """Adds a convolution together with the bias that follows it, under the bias's name."""
        weights, groups = self._constants[layer.inputs[1]], 1
        if layer.kind == "GroupConvolution":  # [groups, outputs / groups, inputs / groups, ...]
            groups = weights.shape[0]
            weights = weights.reshape(-1, *weights.shape[2:])
        if layer.data.get("auto_pad", "explicit") not in ("explicit", "notset"):
            raise ConversionError(f"layer '{layer.name}': auto_pad is "
                                  f"'{layer.data['auto_pad']}'; only 'explicit' is supported")
        last, bias = self._bias_after(layer, weights.shape[0])
        self._graph.convolution(
            self._source(layer), last.name, weights, bias, groups,
            strides=layer.numbers("strides"), dilations=layer.numbers("dilations"),
            pads=layer.numbers("pads_begin") + layer.numbers("pads_end"))
        self._tensors[layer.id] = self._tensors[last.id] = last.name

    def _bias_after(self, layer: Layer, channels: int) -> tuple[Layer, np.ndarray | None]:
        """Returns the Add of a constant per channel if it alone reads `layer`, and the constant."""
        readers = self._readers.get(layer.id, [])
        if len(readers) == 1 and readers[0].kind == "Add":
            for source in readers[0].inputs:
                value = self._constants.get(source)
                if value is not None and value.shape == (1, channels, 1, 1):
                    return readers[0], value.reshape(channels)
        return layer, None

    def _write_arithmetic(self, layer: Layer) -> None:
        """Adds a sum, difference or product; constants get as many dimensions as the tensors."""
        operands = []
        for port, source in enumerate(layer.inputs):
            value = self._constants.get(source)
            if value is None:
                operands.append(self._source(layer, port))
            else:
                value = value.reshape((1,) * (4 - value.ndim) + value.shape)
                operands.append(self._graph.weight(f"{layer.name}/operand{port}", value))
        kind = {"Add": "Add", "Subtract": "Sub", "Multiply": "Mul"}[layer.kind]
        self._graph.node(kind, operands, layer.name, layer.shape[1])
        self._tensors[layer.id] = layer.name

    def _write_activation(self, layer: Layer) -> None:
        inputs, attributes = [self._source(layer)], {}
        if layer.kind == "Elu":
            attributes["alpha"] = float(layer.data["alpha"])
        if layer.kind == "PReLU":
            slopes = self._constants[layer.inputs[1]].reshape(-1, 1, 1)
            inputs.append(self._graph.weight(layer.name + "/slopes", slopes))
        kind = {"ReLU": "Relu", "Elu": "Elu", "PReLU": "PRelu"}[layer.kind]
        self._graph.node(kind, inputs, layer.name, layer.shape[1], **attributes)
        self._tensors[layer.id] = layer.name

    def _write_concat(self, layer: Layer) -> None:
        if int(layer.data["axis"]) not in (1, -3):
            raise ConversionError(f"layer '{layer.name}' joins along axis {layer.data['axis']}; "
                                  "only the channels (axis 1) are supported")
        sources = [self._source(layer, port) for port in range(len(layer.inputs))]
        self._graph.concat(sources, layer.name)
        self._tensors[layer.id] = layer.name


def _quantised(layer: Layer, values: np.ndarray, in_low: np.ndarray, in_high: np.ndarray,
               out_low: np.ndarray, out_high: np.ndarray) -> np.ndarray:
    """FakeQuantize: clips to [in_low, in_high], rounds to `levels` steps, maps to the out range."""
    steps = np.float32(int(layer.data["levels"]) - 1)
    span = in_high - in_low
    clipped = np.clip(values, in_low, in_high)
    positions = np.rint((clipped - in_low) / np.where(span == 0, 1, span) * steps)
    return (positions / steps * (out_high - out_low) + out_low).astype(np.float32)


def _reshaped(layer: Layer, values: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """Reshape; with special_zero a 0 keeps the dimension at its place."""
    keep = layer.data.get("special_zero") in ("true", "1")
    return values.reshape([values.shape[i] if size == 0 and keep else int(size)
                           for i, size in enumerate(shape)])


_FOLDS: dict[str, Callable[..., np.ndarray]] = {
    "Convert": lambda layer, values: values.astype(np.float32),
    "Add": lambda layer, left, right: left + right,
    "Subtract": lambda layer, left, right: left - right,
    "Multiply": lambda layer, left, right: left * right,
    "FakeQuantize": _quantised,
    "Reshape": _reshaped,
}
