# SPDX-License-Identifier: LGPL-2.1-or-later
"""A converted network, taken apart for tests (python3-numpy, python3-onnx)."""

import onnx
from onnx import numpy_helper


class Network:
    """The nodes of an ONNX file, their kinds, and its weights by name."""

    def __init__(self, data: bytes) -> None:
        self.model = onnx.load_from_string(data)
        onnx.checker.check_model(self.model)
        self.nodes = list(self.model.graph.node)
        self.kinds = [node.op_type for node in self.nodes]
        self.weights = {w.name: numpy_helper.to_array(w) for w in self.model.graph.initializer}

    def only(self, kind: str):
        """Returns the one node of a kind, and its attributes."""
        (node,) = (node for node in self.nodes if node.op_type == kind)
        return node, {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
