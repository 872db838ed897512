# SPDX-License-Identifier: LGPL-2.1-or-later
"""The TensorFlow.js converter on small networks whose result is plain to see."""

import base64
import json
import unittest

import support  # noqa: F401 (makes gstpose_models importable)

from gstpose_models.errors import ConversionError

try:
    import numpy as np
    from network import Network
    from gstpose_models import tfjs_graph
except ImportError as error:
    raise unittest.SkipTest(f"needs python3-numpy and python3-onnx: {error}")


class Tfjs:
    """A TensorFlow.js graph model under construction."""

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

    def constant(self, name: str, values, dtype: str = "float32") -> str:
        """Adds a constant and returns its name."""
        array = np.asarray(values, dtype)
        self.blob += array.tobytes()
        self.weights.append({"name": name, "shape": list(array.shape), "dtype": dtype})
        return self.node(name, "Const")

    def windowed(self, name: str, kind: str, *inputs: str, stride: int = 1, padding: str = "SAME",
                 **more: dict) -> str:
        """Adds a convolution or pooling."""
        return self.node(name, kind, *inputs, padding={"s": base64.b64encode(padding.encode())
                                                       .decode()},
                         strides={"list": {"i": ["1", str(stride), str(stride), "1"]}}, **more)

    def convert(self, cut: int = 0) -> Network:
        """Returns the converted network; `cut` bytes are missing from the last weight file."""
        manifest = [{"paths": ["shard1", "shard2"], "weights": self.weights}]
        model = json.dumps({"modelTopology": {"node": self.nodes}, "weightsManifest": manifest})
        middle = len(self.blob) // 2 + 1  # in the middle of a float
        files = {"shard1": self.blob[:middle], "shard2": self.blob[middle:len(self.blob) - cut]}
        return Network(tfjs_graph.convert("toy", model.encode(), files))


class TfjsTest(unittest.TestCase):
    def setUp(self) -> None:
        self.tfjs = Tfjs()

    def test_convolution_and_its_bias(self) -> None:
        values = np.arange(54, dtype=np.float32).reshape(3, 3, 2, 3)
        conv = self.tfjs.windowed("conv", "Conv2D", "in", self.tfjs.constant("w", values), stride=2)
        self.tfjs.node("sum", "BiasAdd", conv, self.tfjs.constant("b", [1, 2, 3]))
        network = self.tfjs.convert()
        self.assertEqual(network.kinds, ["Conv"])
        self.assertEqual(network.only("Conv")[1]["pads"], [0, 0, 1, 1])
        found = network.weights["sum/weights"]
        self.assertEqual(found.shape, (3, 2, 3, 3))
        self.assertEqual(found[2, 1, 0, 2], values[0, 2, 1, 2])
        np.testing.assert_array_equal(network.weights["sum/bias"], [1, 2, 3])

    def test_depthwise_convolution_with_two_results_per_channel(self) -> None:
        values = np.arange(36, dtype=np.float32).reshape(3, 3, 2, 2)
        self.tfjs.windowed("conv", "DepthwiseConv2dNative", "in", self.tfjs.constant("w", values),
                           dilations={"list": {"i": ["1", "2", "2", "1"]}})
        network = self.tfjs.convert()
        attributes = network.only("Conv")[1]
        self.assertEqual((attributes["group"], attributes["pads"]), (2, [2, 2, 2, 2]))
        self.assertEqual(network.weights["conv/weights"].shape, (4, 1, 3, 3))
        for output, (source, which) in enumerate(((0, 0), (0, 1), (1, 0), (1, 1))):
            np.testing.assert_array_equal(network.weights["conv/weights"][output, 0],
                                          values[:, :, source, which])

    def test_bias_has_to_be_constant(self) -> None:
        conv = self.tfjs.windowed("conv", "Conv2D", "in",
                                  self.tfjs.constant("w", np.ones((1, 1, 2, 2))))
        self.tfjs.node("sum", "BiasAdd", conv, "in")
        with self.assertRaises(ConversionError):
            self.tfjs.convert()

    def test_batch_normalisation_is_folded(self) -> None:
        rng = np.random.default_rng(1)
        values = rng.normal(size=(1, 1, 2, 3)).astype(np.float32)
        gain, offset, mean, variance = rng.uniform(0.5, 2, (4, 3)).astype(np.float32)
        conv = self.tfjs.windowed("conv", "Conv2D", "in", self.tfjs.constant("w", values))
        names = [self.tfjs.constant(key, value) for key, value in
                 (("g", gain), ("o", offset), ("m", mean), ("v", variance))]
        self.tfjs.node("norm", "FusedBatchNorm", conv, *names, epsilon={"f": 0.001})
        network = self.tfjs.convert()
        x = rng.normal(size=2)
        expected = (values[0, 0].T @ x - mean) / np.sqrt(variance + 0.001) * gain + offset
        found = network.weights["norm/weights"][:, :, 0, 0] @ x + network.weights["norm/bias"]
        np.testing.assert_allclose(found, expected, rtol=1e-5)

    def test_relu6_pool_and_concatenation(self) -> None:
        clip = self.tfjs.node("clip", "Relu6", "in")
        pool = self.tfjs.windowed("pool", "MaxPool", clip, stride=2,
                                  ksize={"list": {"i": ["1", "3", "3", "1"]}})
        flat = self.tfjs.node("flat", "Relu", pool)
        axis = self.tfjs.constant("axis", -1, "int32")
        self.tfjs.node("both", "ConcatV2", pool, flat, axis)
        network = self.tfjs.convert()
        self.assertEqual(network.kinds, ["Clip", "MaxPool", "Relu", "Concat"])
        self.assertEqual([network.weights[n].item() for n in network.only("Clip")[0].input[1:]],
                         [0, 6])
        self.assertEqual(network.only("MaxPool")[1],
                         {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [0, 0, 1, 1]})
        self.assertEqual(network.only("Concat")[1], {"axis": 1})

    def test_valid_padding_is_none(self) -> None:
        weights = self.tfjs.constant("w", np.ones((3, 3, 2, 1)))
        self.tfjs.windowed("conv", "Conv2D", "in", weights, padding="VALID")
        self.assertEqual(self.tfjs.convert().only("Conv")[1]["pads"], [0, 0, 0, 0])

    def test_what_it_does_not_know_is_named(self) -> None:
        self.tfjs.node("wand", "Magic", "in")
        with self.assertRaisesRegex(ConversionError, "'wand' is of type Magic"):
            self.tfjs.convert()

    def test_short_weight_files(self) -> None:
        weights = self.tfjs.constant("w", np.ones((3, 3, 2, 1)))
        self.tfjs.windowed("conv", "Conv2D", "in", weights)
        with self.assertRaisesRegex(ConversionError, "'w' end at byte 72 of 71"):
            self.tfjs.convert(cut=1)

    def test_quantised_weights(self) -> None:
        weights = self.tfjs.constant("w", np.ones((3, 3, 2, 1)))
        self.tfjs.weights[0]["quantization"] = {"scale": 1, "min": 0, "dtype": "uint8"}
        self.tfjs.windowed("conv", "Conv2D", "in", weights)
        with self.assertRaisesRegex(ConversionError, "'w' are quantised"):
            self.tfjs.convert()

    def test_other_files(self) -> None:
        for model in (b"{", b"[]", b"{}"):
            with self.subTest(model), self.assertRaises(ConversionError):
                tfjs_graph.convert("toy", model, {})


if __name__ == "__main__":
    unittest.main()
