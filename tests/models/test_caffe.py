# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Caffe converter: it computes what OpenCV makes of the Caffe files, where it reads them."""

import unittest

try:
    import numpy as np
    from caffe_toys import (INPUT, TWO, caffemodel, convert, convolution, layer, pool,
                            weights_for)
    from network import Network
except ImportError as error:
    raise unittest.SkipTest(f"needs python3-numpy and python3-onnx: {error}")

try:
    import cv2
except ImportError:
    cv2 = None

READS_CAFFE = cv2 is not None and hasattr(cv2.dnn, "readNetFromCaffe")
SIZES = ((24, 32), (15, 9), (8, 11), (10, 12))  # rows, columns
# What each toy is made of, and the nodes that it becomes.
TOYS = {
    "strides and groups": (convolution("out", "kernel_size: 3 pad: 1 stride: 2 group: 2"),
                           ["Conv"]),
    "dilation": (convolution("out", "kernel_h: 3 kernel_w: 5 pad_h: 2 pad_w: 4 dilation: 2 "
                                    "bias_term: false"), ["Conv"]),
    "two numbers": (convolution("out", "kernel_size: 3 kernel_size: 5 pad: 1 pad: 2"), ["Conv"]),
    "depthwise": (convolution("out", kind="ConvolutionDepthwise"), ["Conv"]),
    "deconvolution": (convolution("out", "kernel_size: 4 stride: 2 pad: 1", kind="Deconvolution",
                                  count=6), ["ConvTranspose"]),
    "upsampling": (convolution("out", "kernel_size: 4 stride: 2 pad: 1 group: 4 bias_term: false",
                               kind="Deconvolution"), ["ConvTranspose"]),
    "deconvolution in groups": (convolution("out", "kernel_h: 3 kernel_w: 5 stride_h: 2 stride_w: "
                                            "3 pad_h: 1 pad_w: 0 group: 2", kind="Deconvolution",
                                            count=6), ["ConvTranspose"]),
    "ReLU": (layer("ReLU"), ["Relu"]),
    "leaky ReLU": (layer("ReLU", "relu_param { negative_slope: 0.1 }"), ["LeakyRelu"]),
    "PReLU": (layer("PReLU"), ["PRelu"]),
    "shared PReLU": (layer("PReLU", "prelu_param { channel_shared: true }"), ["PRelu"]),
    "ELU": (layer("ELU", "elu_param { alpha: 0.5 }"), ["Elu"]),
    "Sigmoid": (layer("Sigmoid"), ["Sigmoid"]),
    "TanH": (layer("TanH"), ["Tanh"]),
    "Power": (layer("Power", "power_param { scale: 0.5 shift: -1 }"), ["BatchNormalization"]),
    "BatchNorm": (layer("BatchNorm", "batch_norm_param { eps: 0.01 }"), ["BatchNormalization"]),
    "MobileNet's block": (
        convolution("c", "kernel_size: 3 pad: 1 bias_term: false")
        + layer("BatchNorm", reads="c", top="c", name="norm")
        + layer("Scale", "scale_param { bias_term: true }", "c", "c", "scale")
        + layer("ReLU", reads="c", top="c", name="relu"),
        ["Conv", "BatchNormalization", "BatchNormalization", "Relu"]),
    "Scale": (layer("Scale"), ["BatchNormalization"]),
    "Concat": (TWO + layer("Concat", "concat_param { axis: 1 }", "a image b"),
               ["Conv", "Conv", "Concat"]),
    "sum of three": (TWO + layer("Eltwise", "", "a b image"), ["Conv", "Conv", "Add", "Add"]),
    "weighted sum": (TWO + layer("Eltwise", "eltwise_param { coeff: 1 coeff: -2 coeff: 0.5 }",
                                 "a b image"), ["Conv", "Conv", "Mul", "Mul", "Add", "Add"]),
    "product": (TWO + layer("Eltwise", "eltwise_param { operation: PROD }", "a b image"),
                ["Conv", "Conv", "Mul", "Mul"]),
    "maximum": (TWO + layer("Eltwise", "eltwise_param { operation: MAX }", "a b image"),
                ["Conv", "Conv", "Max", "Max"]),
    "nothing computed": (
        'layer { name: "s" type: "Split" bottom: "image" top: "a" top: "b" }\n'
        + layer("Dropout", reads="a", top="a", name="drop") + layer("ReLU", reads="a", top="r")
        + layer("Eltwise", "", "r b"), ["Relu", "Add"]),
}


def pooled(blob: "np.ndarray", kind: str, window: int, stride: int, pad: int) -> "np.ndarray":
    """Returns what Caffe's pooling makes of the last axis: the number of windows is rounded up; a
    last one that begins past the frame and its padding is left out."""
    side = blob.shape[-1]
    count = -(-(side + 2 * pad - window) // stride) + 1
    if pad and (count - 1) * stride >= side + pad:
        count -= 1
    starts = [i * stride - pad for i in range(count)]
    parts = [blob[..., max(at, 0):min(at + window, side)] for at in starts]
    made = [part.max(-1) if kind == "MAX" else part.mean(-1) for part in parts]
    return np.stack(made, -1)


def image(rows: int, columns: int, channels: int = 4) -> "np.ndarray":
    """Returns noise for a network's input."""
    noise = np.random.default_rng(1).normal(size=(1, channels, rows, columns))
    return noise.astype(np.float32)


def run_onnx(network: bytes, blob: "np.ndarray") -> "np.ndarray":
    """Returns what OpenCV makes of an ONNX network."""
    net = cv2.dnn.readNetFromONNX(np.frombuffer(network, np.uint8))
    net.setInput(blob)
    return net.forward()


def run_caffe(definition: str, model: bytes, blob: "np.ndarray") -> "np.ndarray":
    """Returns what OpenCV makes of a Caffe network."""
    net = cv2.dnn.readNetFromCaffe(np.frombuffer(definition.encode(), np.uint8),
                                   np.frombuffer(model, np.uint8))
    net.setInput(blob)
    return net.forward()


class LayerTest(unittest.TestCase):
    """Each kind of layer."""

    def test_each_layer_becomes_these_nodes(self) -> None:
        for name, (layers, kinds) in TOYS.items():
            with self.subTest(name):
                data = convert(INPUT + layers)
                self.assertEqual(Network(data).kinds, kinds)
                self.assertEqual(data, convert(INPUT + layers))

    @unittest.skipUnless(READS_CAFFE, "needs a python3-opencv that reads Caffe files")
    def test_the_numbers_are_those_of_the_original(self) -> None:
        toys = {name: layers for name, (layers, _) in TOYS.items()}
        toys |= {f"{kind} global": layer("Pooling", f"pooling_param {{ pool: {kind} "
                                                    "global_pooling: true }")
                 for kind in ("MAX", "AVE")}
        for name, layers in toys.items():
            definition = INPUT + layers
            model = caffemodel(weights_for(definition))
            network = convert(definition, model)
            for size in SIZES:
                with self.subTest(name, size=size):
                    expected = run_caffe(definition, model, image(*size))
                    self.assertGreater(np.abs(expected).max(), 0.01)
                    np.testing.assert_allclose(run_onnx(network, image(*size)), expected,
                                               atol=1e-5, rtol=0)

    @unittest.skipUnless(cv2, "needs python3-opencv")
    def test_windows_that_do_not_tile_are_pooled_as_in_caffe(self) -> None:
        for kind in ("MAX", "AVE"):
            for window, stride, pad in ((2, 2, 0), (3, 2, 0), (3, 3, 0), (3, 2, 1), (3, 1, 1),
                                        (5, 3, 2), (2, 2, 1), (3, 3, 2)):
                if kind == "AVE" and pad:
                    continue
                definition = INPUT + pool(kind, window, stride, pad)
                network = convert(definition)
                for size in SIZES:
                    with self.subTest(kind, window=window, stride=stride, pad=pad, size=size):
                        blob = image(*size)
                        rows = pooled(blob.swapaxes(2, 3), kind, window, stride, pad)
                        expected = pooled(rows.swapaxes(2, 3), kind, window, stride, pad)
                        np.testing.assert_allclose(run_onnx(network, blob), expected, atol=1e-5)
                        if READS_CAFFE:
                            np.testing.assert_allclose(run_caffe(definition, caffemodel({}), blob),
                                                       expected, atol=1e-5)

    @unittest.skipUnless(cv2, "needs python3-opencv")
    def test_pooling_that_rounds_down(self) -> None:
        for how in ("round_mode: FLOOR", "ceil_mode: false"):
            network = convert(INPUT + layer("Pooling", "pooling_param { kernel_size: 2 stride: 2 "
                                                       f"{how} }}"))
            self.assertEqual(run_onnx(network, image(7, 9)).shape, (1, 4, 3, 4))

    @unittest.skipUnless(cv2, "needs python3-opencv")
    def test_one_convolution_is_what_it_says(self) -> None:
        definition = INPUT + convolution("out", "kernel_size: 1", count=2)
        arrays = weights_for(definition)
        kernel, bias = arrays["out"]
        blob = image(8, 8)
        expected = np.einsum("oi,nirc->norc", kernel[:, :, 0, 0], blob) + bias[:, None, None]
        np.testing.assert_allclose(run_onnx(convert(definition), blob), expected, atol=1e-5)

    @unittest.skipUnless(cv2, "needs python3-opencv")
    def test_both_names_of_depthwise_convolution_have_a_group_for_each_channel(self) -> None:
        plain = INPUT + convolution("out", "kernel_size: 3 pad: 1 group: 4")
        for options in ("kernel_size: 3 pad: 1", "kernel_size: 3 pad: 1 group: 4"):
            other = INPUT + convolution("out", options, kind="DepthwiseConvolution")
            np.testing.assert_array_equal(run_onnx(convert(other), image(8, 8)),
                                          run_onnx(convert(plain), image(8, 8)))

    @unittest.skipUnless(cv2, "needs python3-opencv")
    def test_the_factor_of_the_moving_average(self) -> None:
        definition = INPUT + layer("BatchNorm", "batch_norm_param { eps: 0.25 }")
        blob, mean, variance = image(8, 8), np.arange(4.0), np.full(4, 1.5)
        for factor, expected in ((2.0, (blob - mean[:, None, None] / 2) / 1.0),
                                 (0.0, blob / 0.5)):
            model = caffemodel({"out": [mean, variance, np.array([factor])]})
            np.testing.assert_allclose(run_onnx(convert(definition, model), blob), expected,
                                       atol=1e-5)


class NetworkTest(unittest.TestCase):
    """Whole networks, and the forms that their files have."""

    def test_layers_that_write_over_their_input(self) -> None:
        definition = INPUT + convolution("a") + layer("ReLU", reads="a", top="a", name="r1") \
            + layer("ReLU", "relu_param { negative_slope: 0.5 }", "a", "a", "r2") \
            + layer("Concat", "", "a image")
        network = Network(convert(definition))
        self.assertEqual(network.kinds, ["Conv", "Relu", "LeakyRelu", "Concat"])
        self.assertEqual([output.name for output in network.model.graph.output], ["out"])

    def test_what_no_layer_reads_is_an_output(self) -> None:
        silence = 'layer { name: "s" type: "Silence" bottom: "b" }'
        for more, expected in (("", ["a", "b"]), (silence, ["a"])):
            outputs = Network(convert(INPUT + TWO + more)).model.graph.output
            self.assertEqual([output.name for output in outputs], expected)

    def test_the_size_is_open_where_every_layer_takes_one_cell(self) -> None:
        for layers, expected in (
                (pool("MAX", 2, 2, 0) + convolution("c", reads="out"), ["h", "w"]),
                (pool("MAX", 3, 2, 0), [24, 32]),
                (convolution("out", "kernel_size: 3"), [24, 32]),
                (convolution("a", "kernel_size: 2 pad: 1") + convolution("b")
                 + layer("Concat", "", "a b"), [24, 32])):
            with self.subTest(layers):
                (value,) = Network(convert(INPUT + layers)).model.graph.input
                shape = [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]
                self.assertEqual(shape, [1, 4, *expected])

    @unittest.skipUnless(cv2, "needs python3-opencv")
    def test_every_form_of_the_files_is_read(self) -> None:
        definition = INPUT + TOYS["MobileNet's block"][0] + layer("PReLU", reads="c")
        arrays = weights_for(definition)
        expected = run_onnx(convert(definition), image(8, 8))
        for form, tolerance in (("old", 0), ("doubles", 0), ("half", 2e-2)):
            with self.subTest(form):
                found = run_onnx(convert(definition, caffemodel(arrays, form)), image(8, 8))
                np.testing.assert_allclose(found, expected, atol=tolerance)
        inputs = {
            "shape": 'input: "image" input_shape { dim: 1 dim: 4 dim: 1 dim: 1 }',
            "layer": 'layer { name: "data" type: "Input" top: "image" '
                     'input_param { shape: { dim: 1 dim: 4 dim: 1 dim: 1 } } }'}
        for name, start in inputs.items():
            with self.subTest(name):
                found = convert(definition.replace(INPUT, start), caffemodel(arrays))
                np.testing.assert_array_equal(run_onnx(found, image(8, 8)), expected)

    def test_a_definition_of_old(self) -> None:
        new = INPUT + convolution("a") + layer("TanH", reads="a") \
            + layer("Pooling", "pooling_param { kernel_size: 2 stride: 2 }", "out", "p")
        old = new.replace("layer {", "layers {")
        for kind in ("Convolution", "TanH", "Pooling"):
            old = old.replace(f'"{kind}"', kind.upper())
        self.assertEqual(convert(old, caffemodel(weights_for(new), "old")), convert(new))


if __name__ == "__main__":
    unittest.main()
