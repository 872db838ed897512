# SPDX-License-Identifier: LGPL-2.1-or-later
"""A converted network, taken apart for tests, and a TensorFlow.js graph model to convert
(python3-numpy, python3-onnx)."""

import base64
import json
from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from onnx import numpy_helper

import support  # noqa: F401 (makes gstpose_models importable)

from gstpose_models import tfjs_graph


class Network:
    """The nodes of an ONNX file, their kinds, and its weights by name."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.model = onnx.load_from_string(data)
        onnx.checker.check_model(self.model)
        self.nodes = list(self.model.graph.node)
        self.kinds = [node.op_type for node in self.nodes]
        self.inputs = [value.name for value in self.model.graph.input]
        self.outputs = [value.name for value in self.model.graph.output]
        self.opset = self.model.opset_import[0].version
        self.weights = {w.name: numpy_helper.to_array(w) for w in self.model.graph.initializer}

    def only(self, kind: str):
        """Returns the one node of a kind, and its attributes."""
        (node,) = (node for node in self.nodes if node.op_type == kind)
        return node, {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}


def _encoded(text: str) -> str:
    """Returns a text as attributes have it."""
    return base64.b64encode(text.encode()).decode()


class Tfjs:
    """A TensorFlow.js graph model under construction, with an input "in" of two channels."""

    def __init__(self) -> None:
        self.nodes: list[dict] = []
        self.weights: list[dict] = []
        self.blob = b""
        size = [{"size": str(n)} for n in (-1, -1, -1, 2)]
        self.node("in", "Placeholder", shape={"shape": {"dim": size}})

    def node(self, name: str, kind: str, *inputs: str, **attributes: dict) -> str:
        """Adds a node and returns its name."""
        self.nodes.append({"name": name, "op": kind, "input": list(inputs), "attr": attributes})
        return name

    def constant(self, name: str, values, dtype: str = "float32", half: bool = False) -> str:
        """Adds a constant, with `half` in half precision, and returns its name."""
        array = np.asarray(values, dtype)
        entry = {"name": name, "shape": list(array.shape), "dtype": dtype}
        if half:
            array = array.astype(np.float16)
            entry["quantization"] = {"dtype": "float16", "original_dtype": dtype}
        self.blob += array.tobytes()
        self.weights.append(entry)
        return self.node(name, "Const")

    def windowed(self, name: str, kind: str, *inputs: str, stride: int = 1, padding: str = "SAME",
                 **more: dict) -> str:
        """Adds a convolution or pooling."""
        return self.node(name, kind, *inputs, padding={"s": _encoded(padding)},
                         strides={"list": {"i": ["1", str(stride), str(stride), "1"]}}, **more)

    def fused(self, name: str, kind: str, *inputs: str, fused: Sequence[str],
              **window: object) -> str:
        """Adds a convolution with other operations fused into it."""
        texts = {"list": {"s": [_encoded(text) for text in fused]}}
        return self.windowed(name, kind, *inputs, fused_ops=texts, **window)

    def resize(self, name: str, source: str, factors: Sequence[int] = (2, 2), sized: str = "",
               **flags: dict) -> str:
        """Adds an enlargement of `source` to the size of `sized`, itself by default, times
        `factors`."""
        limits = [self.constant(f"{name}/{i}", [value], "int32") for i, value in enumerate((1, 3, 1))]
        shape = self.node(name + "/shape", "Shape", sized or source)
        sides = self.node(name + "/sides", "StridedSlice", shape, *limits)
        size = self.node(name + "/size", "Mul", sides,
                         self.constant(name + "/factors", factors, "int32"))
        return self.node(name, "ResizeBilinear", source, size,
                         **{"half_pixel_centers": {"b": True}, **flags})

    def files(self, cut: int = 0) -> tuple[bytes, dict[str, bytes]]:
        """Returns model.json and the weight files by name; `cut` bytes are missing from the last."""
        manifest = [{"paths": ["shard1", "shard2"], "weights": self.weights}]
        model = json.dumps({"modelTopology": {"node": self.nodes}, "weightsManifest": manifest})
        middle = len(self.blob) // 2 + 1  # in the middle of a float
        return model.encode(), {"shard1": self.blob[:middle],
                                "shard2": self.blob[middle:len(self.blob) - cut]}

    def convert(self, start: str | None = None, outputs: Mapping[str, str] | None = None,
                cut: int = 0) -> Network:
        """Returns the converted network."""
        return Network(tfjs_graph.convert("toy", *self.files(cut), start, outputs))
