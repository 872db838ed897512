# SPDX-License-Identifier: LGPL-2.1-or-later
"""TensorFlow.js graph model (model.json and its weight files) to ONNX, the whole or a part.

TensorFlow keeps tensors as [1, rows, columns, channels], ONNX as [1, channels, rows, columns].
Biases and batch normalisation are folded into the convolutions before them. Padding "SAME" depends
on the input's size in TensorFlow; here it is written for sides that every stride divides, which is
what the network's card promises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .errors import ConversionError
from .graph import Graph, dependency_order
from .tfjs_model import Node, read_document, read_nodes, read_weights

_CONVOLUTIONS = ("Conv2D", "DepthwiseConv2dNative", "_FusedConv2D", "FusedDepthwiseConv2dNative")
_NORMALISATIONS = ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
_FUSED = ((), ("BiasAdd",), ("BiasAdd", "Relu"), ("BiasAdd", "Relu6"))


def convert(name: str, model: bytes, files: Mapping[str, bytes], start: str | None = None,
            outputs: Mapping[str, str] | None = None) -> bytes:
    """Returns the ONNX file, called `name` inside, of a model.json and its weight files by name.

    With `start`, the node of that name is replaced by the input, which keeps its name and its
    number of channels. With `outputs`, names of outputs to nodes, the graph ends at these nodes;
    without, at all that no other node reads.
    """
    try:
        return _Converter(name, read_document(model), files, start, outputs or {}).run()
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise ConversionError(f"TensorFlow.js model '{name}': {error!r}") from error


class _Converter:
    """Writes the graph node by node."""

    def __init__(self, name: str, document: Mapping, files: Mapping[str, bytes],
                 start: str | None, outputs: Mapping[str, str]) -> None:
        self._weights = read_weights(document, files)
        self._nodes = read_nodes(document)
        self._names = {node: output for output, node in outputs.items()}
        if missing := [node for node in (start, *outputs.values())
                       if node is not None and node not in self._nodes]:
            raise ConversionError(f"TensorFlow.js model '{name}' has no node '{missing[0]}'")
        if start is not None:
            self._nodes[start] = self._input_for(self._nodes[start])
        self._ends = list(outputs.values()) or self._unread()
        self._order = self._needed()
        self._readers: dict[str, list[Node]] = {}
        for node in self._order:
            for source in _read_by(node):
                self._readers.setdefault(source, []).append(node)
        self._tensors: dict[str, str] = {}  # node name -> name of its tensor in the ONNX graph
        self._graph = Graph(name)

    def run(self) -> bytes:
        for node in self._order:
            if node.name not in self._tensors:
                self._write(node)
        return self._graph.serialise([self._tensors[name] for name in self._ends])

    def _input_for(self, node: Node) -> Node:
        """Returns the model's only input, in the place of `node`."""
        found = [other for other in self._nodes.values() if other.kind == "Placeholder"]
        if len(found) != 1:
            raise ConversionError(f"expected one input, found {[other.name for other in found]}")
        self._names.setdefault(node.name, found[0].name)
        return Node(node.name, "Placeholder", (), found[0].attributes)

    def _unread(self) -> list[str]:
        """Returns the nodes that no node reads, in dependency order."""
        order = dependency_order({node.name: node.inputs for node in self._nodes.values()})
        read = {source for node in self._nodes.values() for source in node.inputs}
        return [name for name in order if name not in read and self._nodes[name].kind != "Const"]

    def _needed(self) -> list[Node]:
        """Returns all nodes but constants that the ends depend on, in dependency order."""
        needed: set[str] = set()
        waiting = list(self._ends)
        while waiting:
            name = waiting.pop()
            if name not in needed:
                if name not in self._nodes:
                    raise ConversionError(f"node '{name}' is read but not defined")
                needed.add(name)
                waiting.extend(_read_by(self._nodes[name]))
        order = dependency_order({name: _read_by(node) for name, node in self._nodes.items()
                                  if name in needed})
        return [self._nodes[name] for name in order if self._nodes[name].kind != "Const"]

    # Tensors -----------------------------------------------------------------------------------

    def _name(self, node: Node) -> str:
        """Returns what the tensor of `node` is called in the ONNX graph."""
        return self._names.get(node.name, node.name)

    def _source(self, node: Node, port: int = 0) -> str:
        """Returns the name of the tensor that `node` reads at `port`."""
        if node.inputs[port] not in self._tensors:
            raise ConversionError(f"node '{node.name}' of type {node.kind} reads the constant "
                                  f"'{node.inputs[port]}'; expected a tensor")
        return self._tensors[node.inputs[port]]

    def _write(self, node: Node) -> None:
        """Adds `node` to the ONNX graph."""
        if node.text("data_format", "NHWC") != "NHWC":
            raise ConversionError(f"node '{node.name}': data_format is not NHWC")
        writers = {"Placeholder": self._write_input, "Relu": self._write_relu,
                   "Relu6": self._write_relu6, "Sigmoid": self._write_sigmoid,
                   "MaxPool": self._write_pool, "AddV2": self._write_sum,
                   "ConcatV2": self._write_concat, "ResizeBilinear": self._write_resize,
                   **dict.fromkeys(_CONVOLUTIONS, self._write_convolution)}
        if node.kind not in writers:
            raise ConversionError(f"node '{node.name}' is of type {node.kind}, "
                                  f"which is not one of {', '.join(writers)}")
        writers[node.kind](node)

    def _write_input(self, node: Node) -> None:
        channels = int(node.attributes["shape"]["shape"]["dim"][3]["size"])
        self._graph.input(self._name(node), channels)
        self._tensors[node.name] = self._name(node)

    # Convolutions ------------------------------------------------------------------------------

    def _write_convolution(self, node: Node) -> None:
        """Adds a convolution together with the biases and normalisations that follow it, and with
        what is fused into it."""
        weights, groups = self._weights[node.inputs[1]], 1
        if "Depthwise" not in node.kind:
            weights = weights.transpose(3, 2, 0, 1)
        else:  # [rows, columns, inputs, outputs per input]
            groups = weights.shape[2]
            weights = weights.transpose(2, 3, 0, 1).reshape(-1, 1, *weights.shape[:2])
        source = self._source(node)
        strides, dilations = node.numbers("strides"), node.numbers("dilations")
        fused = tuple(node.texts("fused_ops"))
        if fused not in _FUSED:
            raise ConversionError(f"node '{node.name}' has {', '.join(fused)} fused into it; "
                                  "expected BiasAdd, then nothing, Relu or Relu6")
        bias = self._weights[node.inputs[2]] if fused else None
        activated = len(fused) > 1
        if activated:
            output = node.name + "/convolution"
        else:
            last, weights, bias = self._absorb(node, weights, bias)
            output = self._name(last)
        self._graph.convolution(
            source, output, weights, bias, groups, strides=strides, dilations=dilations,
            pads=_padding(node, weights.shape[2:], strides, dilations))
        if activated:
            self._activate(fused[1], node, output)

    def _absorb(self, node: Node, weights: np.ndarray,
                bias: np.ndarray | None) -> tuple[Node, np.ndarray, np.ndarray | None]:
        """Folds the chain of BiasAdd and FusedBatchNorm behind a convolution into it.

        Returns the last node of the chain, whose name the result bears, the weights and the bias.
        """
        chain = [node]
        while chain[-1].name not in self._ends \
                and len(readers := self._readers.get(chain[-1].name, [])) == 1:
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
            self._tensors[absorbed.name] = self._name(chain[-1])
        return chain[-1], weights, bias

    # Everything else ---------------------------------------------------------------------------

    def _write_relu(self, node: Node) -> None:
        self._activate("Relu", node, self._source(node))

    def _write_relu6(self, node: Node) -> None:
        self._activate("Relu6", node, self._source(node))

    def _write_sigmoid(self, node: Node) -> None:
        self._write_simple("Sigmoid", node, [self._source(node)])

    def _activate(self, kind: str, node: Node, source: str) -> None:
        """Adds the Relu or Relu6 of `source` as the result of `node`."""
        if kind == "Relu6":
            self._graph.clip(source, self._name(node), 0.0, 6.0)
            self._tensors[node.name] = self._name(node)
        else:
            self._write_simple("Relu", node, [source])

    def _write_pool(self, node: Node) -> None:
        kernel, strides = node.numbers("ksize"), node.numbers("strides")
        self._write_simple("MaxPool", node, [self._source(node)], kernel_shape=list(kernel),
                           strides=list(strides), pads=_padding(node, kernel, strides, (1, 1)))

    def _write_sum(self, node: Node) -> None:
        sources = [self._source(node, port) for port in range(2)]
        channels = [self._graph.channels[source] for source in sources]
        if channels[0] != channels[1]:
            raise ConversionError(f"node '{node.name}' adds tensors of {channels[0]} and "
                                  f"{channels[1]} channels; expected the same number")
        self._write_simple("Add", node, sources)

    def _write_resize(self, node: Node) -> None:
        if node.flag("align_corners") or not node.flag("half_pixel_centers"):
            raise ConversionError(f"node '{node.name}': only half_pixel_centers are supported")
        if not self._is_doubled(node):
            raise ConversionError(f"node '{node.name}': its size is not twice that of the tensor "
                                  "it reads")
        self._graph.double(self._source(node), self._name(node))
        self._tensors[node.name] = self._name(node)

    def _is_doubled(self, node: Node) -> bool:
        """Tells whether a ResizeBilinear's size is Shape(tensor)[1:3] * [2, 2]."""
        product = self._nodes[node.inputs[1]]
        slices = [self._nodes[name] for name in product.inputs
                  if self._nodes[name].kind == "StridedSlice"]
        factors = [self._weights[name].tolist() for name in product.inputs if name in self._weights]
        if product.kind != "Mul" or len(slices) != 1 or factors != [[2, 2]]:
            return False
        shape = self._nodes[slices[0].inputs[0]]
        limits = [self._weights[name].tolist() for name in slices[0].inputs[1:]]
        return shape.kind == "Shape" and shape.inputs == node.inputs[:1] \
            and limits == [[1], [3], [1]]

    def _write_simple(self, kind: str, node: Node, inputs: Sequence[str],
                      **attributes: Any) -> None:
        """Adds a node with as many channels as its first input has."""
        self._graph.node(kind, inputs, self._name(node), self._graph.channels[inputs[0]],
                         **attributes)
        self._tensors[node.name] = self._name(node)

    def _write_concat(self, node: Node) -> None:
        axis = int(self._weights[node.inputs[-1]])
        if axis not in (3, -1):
            raise ConversionError(f"node '{node.name}' joins along axis {axis}; "
                                  "only channels (3) are supported")
        sources = [self._source(node, port) for port in range(len(node.inputs) - 1)]
        self._graph.concat(sources, self._name(node))
        self._tensors[node.name] = self._name(node)


def _read_by(node: Node) -> tuple[str, ...]:
    """Returns the nodes whose values `node` computes with. The size that a resize reads is none of
    them: ONNX has a constant there."""
    return node.inputs[:1] if node.kind == "ResizeBilinear" else node.inputs


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
