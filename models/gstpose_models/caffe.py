# SPDX-License-Identifier: LGPL-2.1-or-later
"""Caffe network (.prototxt and .caffemodel) to ONNX.

It knows the layers of the networks in the catalogue. Caffe rounds the size of what a pooling layer
puts out up, ONNX down; here that is the same, because windows that do not tile the frame are
refused, and the sides of inputs are what every stride divides, as the network's card promises.
"""

from __future__ import annotations

import numpy as np

from .caffe_files import Block, read_definition, read_weights
from .errors import ConversionError
from .graph import Graph


def convert(name: str, definition: str, weights: bytes, size: tuple[int, int]) -> bytes:
    """Returns the ONNX file, called `name` inside. `size` is the usual one of the input: rows and
    columns; that of the definition is often no more than a place for one."""
    try:
        return _Converter(name, read_definition(definition), read_weights(weights), size).run()
    except (KeyError, IndexError, ValueError, TypeError, AttributeError) as error:
        raise ConversionError(f"Caffe network '{name}': {error!r}") from error


def _texts(block: Block, *names: str) -> list[str]:
    """Returns the values of the first of `names` that is there."""
    return next((block[name] for name in names if name in block), [])


def _text(block: Block, name: str, default: str) -> str:
    """Returns a single value."""
    return (_texts(block, name) or [default])[-1]


def _flag(block: Block, name: str, default: bool) -> bool:
    """Returns a truth value."""
    return _text(block, name, str(default).lower()) == "true"


def _pair(block: Block, short: str, long: str, default: int | None) -> tuple[int, int]:
    """Returns rows and columns, given as one number, as two, or as `long`_h and `long`_w."""
    found = _texts(block, short) or _texts(block, f"{long}_h") + _texts(block, f"{long}_w")
    if not found:
        if default is None:
            raise ConversionError(f"a layer has no {short}")
        return default, default
    return int(found[0]), int(found[-1])


class _Converter:
    """One network on its way."""

    def __init__(self, name: str, definition: Block, weights: dict[str, list[np.ndarray]],
                 size: tuple[int, int]) -> None:
        self.graph = Graph(name)
        self.size = size
        self.definition = definition
        self.weights = weights
        self.tensors: dict[str, str] = {}  # the graph's names of Caffe's blobs, as they are now
        self.taken: set[str] = set()

    def run(self) -> bytes:
        """Converts the layers in order; what none takes is an output."""
        if "layers" in self.definition:
            raise ConversionError("the definition is of an old kind, with 'layers'")
        for blob in self.definition.get("input", []):
            shapes = _texts(self.definition, "input_shape")
            dims = shapes[0]["dim"] if shapes else self.definition["input_dim"]
            self.input(blob, dims)
        for layer in self.definition.get("layer", []):
            self.layer(layer)
        outputs = [tensor for tensor in self.tensors.values() if tensor not in self.taken]
        return self.graph.serialise(outputs)

    def input(self, blob: str, dims: list[str]) -> None:
        """Declares the input."""
        self.graph.input(blob, int(dims[1]), self.size)
        self.tensors[blob] = blob

    def layer(self, layer: Block) -> None:
        """Adds one layer; where it writes over its input, the blob is another tensor from here."""
        kind, name = layer["type"][0], layer["name"][0]
        if kind == "Input":
            self.input(layer["top"][0], layer["input_param"][0]["shape"][0]["dim"])
            return
        add = getattr(self, "add_" + kind.lower(), None)
        if add is None or len(layer["top"]) != 1:
            raise ConversionError(f"layer '{name}' ({kind}) is not one that is known here")
        sources = [self.tensors[blob] for blob in layer["bottom"]]
        output = layer["top"][0]
        if output in self.graph.channels:
            output = name if name not in self.graph.channels else f"{name}/{kind}"
        options = _texts(layer, f"{kind.lower()}_param")
        try:
            made = add(name, sources, output, options[0] if options else {})
        except ConversionError as error:
            raise ConversionError(f"layer '{name}' ({kind}): {error}") from error
        self.taken.update(sources if made == output else [])
        self.tensors[layer["top"][0]] = made

    def blobs(self, name: str, at_least: int = 1) -> list[np.ndarray]:
        """Returns the weights of a layer."""
        found = self.weights.get(name, [])
        if len(found) < at_least:
            raise ConversionError(f"has {len(found)} arrays of weights, not {at_least}")
        return found

    def add_convolution(self, name: str, sources: list[str], output: str, options: Block) -> str:
        groups = int(_text(options, "group", "1"))
        count = int(_text(options, "num_output", "0"))
        kernel = _pair(options, "kernel_size", "kernel", None)
        pad = _pair(options, "pad", "pad", 0)
        biased = _flag(options, "bias_term", True)
        arrays = self.blobs(name, 2 if biased else 1)
        per_group = self.graph.channels[sources[0]] // groups
        self.graph.convolution(
            sources[0], output, arrays[0].reshape(count, per_group, *kernel),
            arrays[1].reshape(count) if biased else None, groups,
            strides=_pair(options, "stride", "stride", 1), pads=(*pad, *pad),
            dilations=_pair(options, "dilation", "dilation", 1))
        return output

    def add_pooling(self, _name: str, sources: list[str], output: str, options: Block) -> str:
        kernel = _pair(options, "kernel_size", "kernel", None)
        stride, pad = _pair(options, "stride", "stride", 1), _pair(options, "pad", "pad", 0)
        if kernel != stride or pad != (0, 0):
            raise ConversionError("its windows do not tile the frame")
        kinds = {"MAX": "MaxPool", "AVE": "AveragePool"}
        self.graph.node(kinds[_text(options, "pool", "MAX")], sources, output,
                        self.graph.channels[sources[0]], kernel_shape=list(kernel),
                        strides=list(kernel))
        return output

    def add_relu(self, _name: str, sources: list[str], output: str, options: Block) -> str:
        slope = float(_text(options, "negative_slope", "0"))
        channels = self.graph.channels[sources[0]]
        if slope:
            self.graph.node("LeakyRelu", sources, output, channels, alpha=slope)
        else:
            self.graph.node("Relu", sources, output, channels)
        return output

    def add_prelu(self, name: str, sources: list[str], output: str, _options: Block) -> str:
        channels = self.graph.channels[sources[0]]
        slopes = np.broadcast_to(self.blobs(name)[0].reshape(-1), channels)
        slope = self.graph.weight(output + "/slope", slopes.reshape(channels, 1, 1))
        self.graph.node("PRelu", [sources[0], slope], output, channels)
        return output

    def add_elu(self, _name: str, sources: list[str], output: str, options: Block) -> str:
        self.graph.node("Elu", sources, output, self.graph.channels[sources[0]],
                        alpha=float(_text(options, "alpha", "1")))
        return output

    def add_concat(self, _name: str, sources: list[str], output: str, options: Block) -> str:
        if (_texts(options, "axis", "concat_dim") or ["1"])[0] != "1":
            raise ConversionError("it does not join channels")
        self.graph.concat(sources, output)
        return output

    def add_eltwise(self, _name: str, sources: list[str], output: str, options: Block) -> str:
        if _text(options, "operation", "SUM") != "SUM" or "coeff" in options or len(sources) != 2:
            raise ConversionError("it is no plain sum of two")
        self.graph.node("Add", sources, output, self.graph.channels[sources[0]])
        return output

    def add_scale(self, name: str, sources: list[str], output: str, options: Block) -> str:
        channels = self.graph.channels[sources[0]]
        biased = _flag(options, "bias_term", False)
        arrays = self.blobs(name, 2 if biased else 1)
        if len(sources) != 1 or _text(options, "axis", "1") != "1":
            raise ConversionError("it does not scale channels by constants")
        self.graph.convolution(
            sources[0], output, arrays[0].reshape(channels, 1, 1, 1),
            arrays[1].reshape(channels) if biased else None, channels, strides=(1, 1),
            pads=(0, 0, 0, 0), dilations=(1, 1))
        return output

    def add_dropout(self, _name: str, sources: list[str], _output: str, _options: Block) -> str:
        return sources[0]
