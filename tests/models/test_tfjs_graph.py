# SPDX-License-Identifier: LGPL-2.1-or-later
"""The TensorFlow.js converter on small networks whose result is plain to see."""

import unittest

import support  # noqa: F401 (makes gstpose_models importable)

from gstpose_models.errors import ConversionError

try:
    import numpy as np
    from network import Tfjs
    from gstpose_models import tfjs_graph
except ImportError as error:
    raise unittest.SkipTest(f"needs python3-numpy and python3-onnx: {error}")


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

    def test_pool_and_concatenation(self) -> None:
        pool = self.tfjs.windowed("pool", "MaxPool", "in", stride=2,
                                  ksize={"list": {"i": ["1", "3", "3", "1"]}})
        flat = self.tfjs.node("flat", "Relu", pool)
        axis = self.tfjs.constant("axis", -1, "int32")
        self.tfjs.node("both", "ConcatV2", pool, flat, axis)
        network = self.tfjs.convert()
        self.assertEqual(network.kinds, ["MaxPool", "Relu", "Concat"])
        self.assertEqual(network.only("MaxPool")[1],
                         {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [0, 0, 1, 1]})
        self.assertEqual(network.only("Concat")[1], {"axis": 1})
        self.assertEqual(network.opset, 11)

    def test_relu6_has_its_limits_as_attributes(self) -> None:
        # OpenCV 4.6 reads no others; ONNX has them up to opset 10.
        self.tfjs.node("clip", "Relu6", "in")
        network = self.tfjs.convert()
        node, attributes = network.only("Clip")
        self.assertEqual((list(node.input), attributes), (["in"], {"min": 0, "max": 6}))
        self.assertEqual(network.opset, 10)

    def test_part_of_a_graph(self) -> None:
        shifted = self.tfjs.node("shifted", "Magic", "in")
        first = self.tfjs.node("first", "Relu", shifted)
        second = self.tfjs.node("second", "Sigmoid", first)
        self.tfjs.node("top", "TopKV2", second)
        network = self.tfjs.convert("shifted", {"peaks": "second", "plain": "first"})
        self.assertEqual(network.kinds, ["Relu", "Sigmoid"])
        self.assertEqual(network.inputs, ["in"])
        self.assertEqual(network.outputs, ["peaks", "plain"])

    def test_bias_stays_apart_behind_an_end(self) -> None:
        weights = self.tfjs.constant("w", np.ones((1, 1, 2, 2)))
        conv = self.tfjs.windowed("conv", "Conv2D", "in", weights)
        self.tfjs.node("sum", "BiasAdd", conv, self.tfjs.constant("b", [1, 2]))
        network = self.tfjs.convert(outputs={"out": "conv"})
        self.assertEqual(len(network.only("Conv")[0].input), 2)

    def test_part_that_is_not_there(self) -> None:
        self.tfjs.node("flat", "Relu", "in")
        for start, outputs in (("nobody", {"out": "flat"}), (None, {"out": "nobody"})):
            with self.subTest(start=start), \
                    self.assertRaisesRegex(ConversionError, "'toy' has no node 'nobody'"):
                self.tfjs.convert(start, outputs)

    def test_half_precision_weights(self) -> None:
        values = np.linspace(-3, 3, 18).reshape(3, 3, 2, 1)
        weights = self.tfjs.constant("w", values, half=True)
        self.tfjs.windowed("conv", "Conv2D", "in", weights)
        found = self.tfjs.convert().weights["conv/weights"]
        self.assertEqual(found.dtype, np.float32)
        np.testing.assert_array_equal(found[0, 1], values.astype(np.float16)[:, :, 1, 0])

    def test_fused_convolution(self) -> None:
        for kind, shape in (("_FusedConv2D", (3, 3, 2, 2)),
                            ("FusedDepthwiseConv2dNative", (3, 3, 2, 1))):
            for fused, kinds in ((("BiasAdd",), ["Conv"]),
                                 (("BiasAdd", "Relu"), ["Conv", "Relu"]),
                                 (("BiasAdd", "Relu6"), ["Conv", "Clip"])):
                with self.subTest(kind, fused=fused):
                    tfjs = Tfjs()
                    weights, bias = (tfjs.constant("w", np.ones(shape)),
                                     tfjs.constant("b", [1, 2]))
                    tfjs.fused("conv", kind, "in", weights, bias, fused=fused)
                    network = tfjs.convert()
                    self.assertEqual(network.kinds, kinds)
                    self.assertEqual(network.outputs, ["conv"])
                    bias = network.only("Conv")[0].input[2]
                    np.testing.assert_array_equal(network.weights[bias], [1, 2])

    def test_other_fused_operations_are_named(self) -> None:
        weights, bias = self.tfjs.constant("w", np.ones((1, 1, 2, 2))), self.tfjs.constant("b", [1, 2])
        self.tfjs.fused("conv", "_FusedConv2D", "in", weights, bias, fused=("BiasAdd", "Elu"))
        with self.assertRaisesRegex(ConversionError, "'conv' has BiasAdd, Elu fused into it"):
            self.tfjs.convert()

    def test_sum_of_tensors_only(self) -> None:
        self.tfjs.node("sum", "AddV2", "in", self.tfjs.constant("b", [1, 2]))
        with self.assertRaisesRegex(ConversionError, "'sum' .* reads the constant 'b'"):
            self.tfjs.convert()

    def test_sum_of_different_numbers_of_channels(self) -> None:
        conv = self.tfjs.windowed("conv", "Conv2D", "in",
                                  self.tfjs.constant("w", np.ones((1, 1, 2, 1))))
        self.tfjs.node("sum", "AddV2", "in", conv)
        with self.assertRaisesRegex(ConversionError, "'sum' adds tensors of 2 and 1 channels"):
            self.tfjs.convert()

    def test_only_doubling_is_a_resize(self) -> None:
        self.tfjs.resize("big", "in", factors=(2, 3))
        with self.assertRaisesRegex(ConversionError, "'big': its size is not twice"):
            self.tfjs.convert()

    def test_size_of_another_tensor_is_no_doubling(self) -> None:
        flat = self.tfjs.node("flat", "Relu", "in")
        self.tfjs.resize("big", "in", sized=flat)
        with self.assertRaisesRegex(ConversionError, "'big': its size is not twice"):
            self.tfjs.convert(outputs={"out": "big"})

    def test_resize_of_cell_corners(self) -> None:
        for flags in ({"half_pixel_centers": {"b": False}}, {"align_corners": {"b": True}}):
            with self.subTest(flags):
                tfjs = Tfjs()
                tfjs.resize("big", "in", **flags)
                with self.assertRaisesRegex(ConversionError, "'big': only half_pixel_centers"):
                    tfjs.convert()

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
        self.tfjs.windowed("conv", "Conv2D", "in", weights)
        for kind in ("uint8", "uint16", "float64"):
            with self.subTest(kind), self.assertRaisesRegex(
                    ConversionError, f"'w' are float32 quantised to {kind}; expected plain "
                                     "float32 or int32, or float32 quantised to float16"):
                self.tfjs.weights[0]["quantization"] = {"scale": 1, "min": 0, "dtype": kind}
                self.tfjs.convert()

    def test_other_files(self) -> None:
        for model in (b"{", b"[]", b"{}"):
            with self.subTest(model), self.assertRaises(ConversionError):
                tfjs_graph.convert("toy", model, {})


if __name__ == "__main__":
    unittest.main()
