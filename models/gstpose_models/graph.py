# SPDX-License-Identifier: LGPL-2.1-or-later
"""An ONNX graph under construction, written so that the same graph always gives the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from onnx import ModelProto, OperatorSetIdProto, TensorProto, helper, numpy_helper

from .errors import ConversionError

IR_VERSION = 6   # of the ONNX format; what opset 11 came with
OPSET = 11       # read by OpenCV 4.5.4 and later
_OLD_OPSET = 10  # the last whose Clip and Resize are read alike by OpenCV 4.6 and ONNX Runtime


def dependency_order(inputs: Mapping[str, Sequence[str]]) -> list[str]:
    """Orders the nodes of a graph so that each comes after all that it reads.

    `inputs` maps each node to the nodes it reads. Apart from that rule, the order given is kept.
    """
    order: list[str] = []
    state: dict[str, str] = {}
    for root in inputs:
        stack = [root]
        while stack:
            node = stack[-1]
            if node not in inputs:
                raise ConversionError(f"node '{node}' is read but not defined")
            waiting = [] if node in state else [i for i in inputs[node] if state.get(i) != "done"]
            if any(i in state for i in waiting):
                raise ConversionError(f"node '{node}' reads its own result")
            state.setdefault(node, "open")
            stack.extend(reversed(waiting))
            if not waiting:
                stack.pop()
                if state[node] != "done":
                    state[node] = "done"
                    order.append(node)
    return order


class Graph:
    """Nodes, their weights (each used by one node only), and the channels of each tensor.

    Tensors are [1, channels, rows, columns] of float32 unless the input and the outputs are declared
    otherwise; rows and columns are left open, unless the input says them.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.channels: dict[str, int] = {}
        self._input = ""
        self._size: tuple[int | str, int | str] = ("h", "w")
        self._batch: int | str = 1
        self._opset = OPSET
        self._nodes: list = []
        self._weights: dict[str, TensorProto] = {}

    def input(self, name: str, channels: int, size: tuple[int, int] | None = None,
              batch: int | str = 1) -> None:
        """Declares the only input, and its usual rows and columns where they are known: OpenCV runs
        the network at others, too, but thinks of open ones as 1 when it reads the file. A `batch`
        that is a text is open."""
        if self._input:
            raise ConversionError(f"expected one input, found '{self._input}' and '{name}'")
        self._input = name
        self._size = size or self._size
        self._batch = batch
        self.channels[name] = channels

    def weight(self, name: str, values: np.ndarray) -> str:
        """Adds a float32 constant and returns its name."""
        if name in self._weights:
            raise ConversionError(f"two constants are called '{name}'")
        array = np.ascontiguousarray(values, np.float32)
        self._weights[name] = numpy_helper.from_array(array, name)
        return name

    def integers(self, name: str, values: Sequence[int]) -> str:
        """Adds a constant list of whole numbers and returns its name."""
        if name in self._weights:
            raise ConversionError(f"two constants are called '{name}'")
        self._weights[name] = numpy_helper.from_array(np.array(values, np.int64), name)
        return name

    def node(self, kind: str, inputs: Sequence[str], output: str, channels: int,
             **attributes: Any) -> None:
        """Adds a node with one output of `channels` channels."""
        if output in self.channels:
            raise ConversionError(f"two nodes are called '{output}'")
        self.channels[output] = channels
        self._nodes.append(helper.make_node(kind, list(inputs), [output], output, **attributes))

    def convolution(self, source: str, output: str, weights: np.ndarray,
                    bias: np.ndarray | None, groups: int, *, strides: Sequence[int],
                    pads: Sequence[int], dilations: Sequence[int]) -> None:
        """Adds a convolution.

        `weights` is [outputs, inputs / groups, rows, columns]; `bias` is [outputs] or None;
        `pads` is top, left, bottom, right in cells.
        """
        found, expected = weights.shape[1] * groups, self.channels[source]
        if found != expected:
            raise ConversionError(f"convolution '{output}' reads {expected} channels, "
                                  f"but its weights are for {found}")
        inputs = [source, self.weight(output + "/weights", weights)]
        if bias is not None:
            inputs.append(self.weight(output + "/bias", bias))
        self.node("Conv", inputs, output, weights.shape[0], dilations=list(dilations),
                  group=groups, kernel_shape=list(weights.shape[2:]), pads=list(pads),
                  strides=list(strides))

    def concat(self, sources: Sequence[str], output: str) -> None:
        """Joins tensors along their channels."""
        self.node("Concat", sources, output, sum(self.channels[s] for s in sources), axis=1)

    def clip(self, source: str, output: str, low: float, high: float) -> None:
        """Adds min(max(source, low), high).

        OpenCV 4.6 takes the limits as attributes only, ONNX as attributes up to opset 10 only.
        """
        self._opset = _OLD_OPSET
        self.node("Clip", [source], output, self.channels[source], max=high, min=low)

    def pad(self, source: str, output: str, channels: int, pads: Sequence[int]) -> None:
        """Adds zeros around a tensor: `pads` before each dimension, then behind each. They are an
        attribute, which ONNX has up to opset 10."""
        self._opset = _OLD_OPSET
        self.node("Pad", [source], output, channels, mode="constant", pads=list(pads), value=0.0)

    def double(self, source: str, output: str) -> None:
        """Adds a bilinear enlargement to twice the rows and columns, cell centres at (i + 0.5).

        Opset 10 has no such Resize. Each cell repeated, then averaged with the cell before and
        that with the cell after, is the same: weights of 1/4 and 3/4, at the borders the cell
        itself, since averages leave the padding out.
        """
        self._opset = _OLD_OPSET
        channels = self.channels[source]
        scales = self.weight(output + "/scales", np.array([1, 1, 2, 2]))
        self.node("Resize", [source, scales], output + "/repeated", channels, mode="nearest")
        pair = {"count_include_pad": 0, "kernel_shape": [2, 2], "strides": [1, 1]}
        self.node("AveragePool", [output + "/repeated"], output + "/before", channels,
                  pads=[1, 1, 0, 0], **pair)
        self.node("AveragePool", [output + "/before"], output, channels, pads=[0, 0, 1, 1], **pair)

    def serialise(self, outputs: Sequence[str],
                  shapes: Mapping[str, Sequence[int | str]] | None = None) -> bytes:
        """Returns the ONNX file; `shapes` are those of the outputs, where they are not images of
        open size. All that depends on the version of python3-onnx is set here."""
        if not self._input or not outputs:
            raise ConversionError(f"network '{self.name}' has no input or no output")
        values = [_value(self._input, [self._batch, self.channels[self._input], *self._size])]
        results = [_value(name, (shapes or {}).get(name, [1, self.channels[name], "oh", "ow"]))
                   for name in outputs]
        graph = helper.make_graph(self._nodes, self.name, values, results,
                                  list(self._weights.values()))
        model = ModelProto(ir_version=IR_VERSION, producer_name="gst-pose", graph=graph,
                           opset_import=[OperatorSetIdProto(domain="", version=self._opset)])
        return model.SerializeToString(deterministic=True)


def _value(name: str, shape: Sequence[int | str]):
    """Returns the declaration of a float32 tensor; texts are names of open sizes."""
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))
