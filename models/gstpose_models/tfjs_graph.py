# SPDX-License-Identifier: LGPL-2.1-or-later
"""TensorFlow.js graph model (model.json and its weight files) to ONNX.

TensorFlow keeps tensors as [1, rows, columns, channels], ONNX as [1, channels, rows, columns].
Biases and batch normalisation are folded into the convolutions before them. Padding "SAME" depends
on the input's size in TensorFlow; here it is written for sides that every stride divides, which is
what the network's card promises.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .errors import ConversionError
from .graph import Graph, dependency_order

_DTYPES = {"float32": "<f4", "int32": "<i4"}
_CONVOLUTIONS = ("Conv2D", "DepthwiseConv2dNative")
_NORMALISATIONS = ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")


@dataclass(frozen=True)
class Node:
    """One node of the graph; `inputs` are names of nodes."""

    name: str
    kind: str
    inputs: tuple[str, ...]
    attributes: dict = field(repr=False)

    def numbers(self, key: str, default: Sequence[int] = (1, 1, 1, 1)) -> tuple[int, int]:
        """Returns rows and columns of a list attribute given as [1, rows, columns, 1]."""
        found = [int(i) for i in self.attributes.get(key, {}).get("list", {}).get("i", default)]
        if len(found) != 4 or found[0] != 1 or found[3] != 1:
            raise ConversionError(f"node '{self.name}': {key} is {found}; expected [1, r, c, 1]")
        return found[1], found[2]

    def text(self, key: str, default: str = "") -> str:
        """Returns a text attribute (base64 in the file)."""
        encoded = self.attributes.get(key, {}).get("s")
        return default if encoded is None else base64.b64decode(encoded).decode()


def weight_files(model: bytes) -> list[str]:
    """Returns the names of the weight files that the file model.json asks for."""
    groups = _json(model).get("weightsManifest", [])
    return [path for group in groups for path in group["paths"]]


def convert(name: str, model: bytes, files: Mapping[str, bytes]) -> bytes:
    """Returns the ONNX file, called `name` inside, of a model.json and its weight files by name."""
    try:
        document = _json(model)
        return _Converter(name, document, files).run()
    except (KeyError, ValueError, TypeError) as error:
        raise ConversionError(f"TensorFlow.js model '{name}': {error!r}") from error


def _json(model: bytes) -> dict:
    """Parses model.json."""
    try:
        document = json.loads(model)
    except ValueError as error:
        raise ConversionError(f"TensorFlow.js model: model.json is not JSON: {error}") from error
    if not isinstance(document, dict) or "modelTopology" not in document:
        raise ConversionError("TensorFlow.js model: model.json has no modelTopology")
    return document


def _read_weights(manifest: Sequence[Mapping], files: Mapping[str, bytes]) -> dict[str, np.ndarray]:
    """Returns all weights by name; within a group they follow each other across its files."""
    weights = {}
    for group in manifest:
        blob = b"".join(files[path] for path in group["paths"])
        offset = 0
        for entry in group["weights"]:
            if "quantization" in entry or entry["dtype"] not in _DTYPES:
                raise ConversionError(f"weights '{entry['name']}' are quantised or of type "
                                      f"{entry['dtype']}; expected plain {' or '.join(_DTYPES)}")
            dtype = np.dtype(_DTYPES[entry["dtype"]])
            count = int(np.prod(entry["shape"], dtype=np.int64))
            if offset + count * dtype.itemsize > len(blob):
                raise ConversionError(f"weights '{entry['name']}' end at byte "
                                      f"{offset + count * dtype.itemsize} of {len(blob)}")
            values = np.frombuffer(blob, dtype, count, offset).reshape(entry["shape"])
            weights[entry["name"]] = values
            offset += values.nbytes
        if offset != len(blob):
            raise ConversionError(f"weight files {group['paths']} hold {len(blob)} bytes; "
                                  f"the manifest describes {offset}")
    return weights


class _Converter:
    """Writes the graph node by node."""

    def __init__(self, name: str, document: Mapping, files: Mapping[str, bytes]) -> None:
        self._weights = _read_weights(document["weightsManifest"], files)
        nodes = [Node(n["name"], n["op"], tuple(n.get("input", ())), n.get("attr", {}))
                 for n in document["modelTopology"]["node"]]
        by_name = {node.name: node for node in nodes}
        order = dependency_order({node.name: node.inputs for node in nodes})
        self._order = [by_name[i] for i in order if by_name[i].kind != "Const"]
        self._readers: dict[str, list[Node]] = {}
        for node in self._order:
            for source in node.inputs:
                self._readers.setdefault(source, []).append(node)
        self._tensors: dict[str, str] = {}  # node name -> name of its tensor in the ONNX graph
        self._graph = Graph(name)

    def run(self) -> bytes:
        for node in self._order:
            if node.name not in self._tensors:
                self._write(node)
        ends = [node.name for node in self._order if node.name not in self._readers]
        return self._graph.serialise([self._tensors[name] for name in ends])

    def _write(self, node: Node) -> None:
        """Adds `node` to the ONNX graph."""
        if node.text("data_format", "NHWC") != "NHWC":
            raise ConversionError(f"node '{node.name}': data_format is not NHWC")
        writers = {"Placeholder": self._write_input, "Relu": self._write_relu,
                   "Relu6": self._write_relu6, "MaxPool": self._write_pool,
                   "ConcatV2": self._write_concat,
                   **dict.fromkeys(_CONVOLUTIONS, self._write_convolution)}
        if node.kind not in writers:
            raise ConversionError(f"node '{node.name}' is of type {node.kind}, "
                                  f"which is not one of {', '.join(writers)}")
        writers[node.kind](node)

    def _write_input(self, node: Node) -> None:
        channels = int(node.attributes["shape"]["shape"]["dim"][3]["size"])
        self._graph.input(node.name, channels)
        self._tensors[node.name] = node.name

    def _write_convolution(self, node: Node) -> None:
        """Adds a convolution together with the biases and normalisations that follow it."""
        weights, groups = self._weights[node.inputs[1]], 1
        if node.kind == "Conv2D":
            weights = weights.transpose(3, 2, 0, 1)
        else:  # [rows, columns, inputs, outputs per input]
            groups = weights.shape[2]
            weights = weights.transpose(2, 3, 0, 1).reshape(-1, 1, *weights.shape[:2])
        strides, dilations = node.numbers("strides"), node.numbers("dilations")
        last, weights, bias = self._absorb(node, weights)
        self._graph.convolution(
            self._tensors[node.inputs[0]], last.name, weights, bias, groups, strides=strides,
            dilations=dilations, pads=_padding(node, weights.shape[2:], strides, dilations))

    def _absorb(self, node: Node,
                weights: np.ndarray) -> tuple[Node, np.ndarray, np.ndarray | None]:
        """Folds the chain of BiasAdd and FusedBatchNorm behind a convolution into it.

        Returns the last node of the chain, whose name the result bears, the weights and the bias.
        """
        bias = None
        self._tensors[node.name] = node.name
        chain = [node]
        while len(readers := self._readers.get(chain[-1].name, [])) == 1:
            reader = readers[0]
            if reader.kind == "BiasAdd":
                added = self._weights[reader.inputs[1]]
                bias = added if bias is None else bias + added
            elif reader.kind in _NORMALISATIONS:
                gain, offset, mean, variance = (self._weights[name] for name in reader.inputs[1:])
                epsilon = np.float32(reader.attributes.get("epsilon", {}).get("f", 1e-4))
                factor = gain / np.sqrt(variance + epsilon)
                weights = weights * factor.reshape(-1, 1, 1, 1)
                bias = offset + ((0 if bias is None else bias) - mean) * factor
            else:
                break
            chain.append(reader)
        for absorbed in chain:
            self._tensors[absorbed.name] = chain[-1].name
        return chain[-1], weights, bias

    def _write_relu(self, node: Node) -> None:
        self._write_simple("Relu", node)

    def _write_relu6(self, node: Node) -> None:
        limits = [self._graph.weight(f"{node.name}/{which}", np.array(value))
                  for which, value in (("minimum", 0.0), ("maximum", 6.0))]
        self._write_simple("Clip", node, limits)

    def _write_pool(self, node: Node) -> None:
        kernel, strides = node.numbers("ksize"), node.numbers("strides")
        self._write_simple("MaxPool", node, kernel_shape=list(kernel), strides=list(strides),
                           pads=_padding(node, kernel, strides, (1, 1)))

    def _write_simple(self, kind: str, node: Node, more: Sequence[str] = (),
                      **attributes: Any) -> None:
        """Adds a node that reads one tensor and keeps its channels."""
        source = self._tensors[node.inputs[0]]
        self._graph.node(kind, [source, *more], node.name, self._graph.channels[source],
                         **attributes)
        self._tensors[node.name] = node.name

    def _write_concat(self, node: Node) -> None:
        *sources, axis = node.inputs
        if int(self._weights[axis]) not in (3, -1):
            raise ConversionError(f"node '{node.name}' joins along axis "
                                  f"{int(self._weights[axis])}; only channels (3) are supported")
        self._graph.concat([self._tensors[source] for source in sources], node.name)
        self._tensors[node.name] = node.name


def _padding(node: Node, kernel: Sequence[int], strides: Sequence[int],
             dilations: Sequence[int]) -> list[int]:
    """Returns top, left, bottom, right padding in cells, for sides that the strides divide."""
    kind = node.text("padding")
    if kind not in ("SAME", "VALID"):
        raise ConversionError(f"node '{node.name}': padding is '{kind}'; "
                              "expected SAME or VALID")
    totals = [max((size - 1) * dilation + 1 - stride, 0) if kind == "SAME" else 0
              for size, stride, dilation in zip(kernel, strides, dilations)]
    before = [total // 2 for total in totals]
    return before + [total - first for total, first in zip(totals, before)]
