# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Caffe converter: it computes what OpenCV makes of the Caffe files, where it reads them."""

import json
import os
import unittest
from pathlib import Path

from support import Case

from gstpose_models.errors import ConversionError

try:
    import numpy as np
    from network import Network
    from gstpose_models import caffe
except ImportError as error:
    raise unittest.SkipTest(f"needs python3-numpy and python3-onnx: {error}")

try:
    import cv2
except ImportError:
    cv2 = None

DATA = Path(os.environ.get("POSE_TEST_DATA") or "/nonexistent")
REAL = DATA / "models" / "lightweight_openpose_coco.caffemodel"
READS_CAFFE = cv2 is not None and hasattr(cv2.dnn, "readNetFromCaffe")

# One of each layer, some of which write over their input, some of which have two readers.
DEFINITION = """\
name: "small"  # a comment
input: "image"
input_dim: 1 input_dim: 3 input_dim: 32 input_dim: 48
layer { name: "conv1" type: "Convolution" bottom: "image" top: "conv1"
  param { lr_mult: 1.0 } convolution_param { num_output: 4 kernel_size: 3 pad: 1 stride: 2
  weight_filler { type: "gaussian" std: 0.01 } } }
layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
layer { name: "pool1" type: "Pooling" bottom: "conv1" top: "pool1"
  pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layer { name: "depth" type: "Convolution" bottom: "pool1" top: "depth"
  convolution_param { num_output: 4 bias_term: false kernel_h: 3 kernel_w: 5 pad_h: 2 pad_w: 4
  dilation: 2 group: 4 } }
layer { name: "prelu" type: "PReLU" bottom: "depth" top: "depth" }
layer { name: "drop" type: "Dropout" bottom: "depth" top: "depth" }
layer { name: "sum" type: "Eltwise" bottom: "pool1" bottom: "depth" top: "sum" }
layer { name: "elu" type: "ELU" bottom: "sum" top: "elu" elu_param { alpha: 0.5 } }
layer { name: "scale" type: "Scale" bottom: "elu" top: "scale" scale_param { bias_term: true } }
layer { name: "leaky" type: "ReLU" bottom: "scale" top: "scale" relu_param { negative_slope: 0.1 } }
layer { name: "mean" type: "Pooling" bottom: "conv1" top: "mean"
  pooling_param { pool: AVE kernel_size: 2 stride: 2 } }
layer { name: "out" type: "Concat" bottom: "mean" bottom: "scale" bottom: "elu" top: "out" }
"""
SHAPES = {"conv1": [(4, 3, 3, 3), (4,)], "depth": [(4, 1, 3, 5)], "prelu": [(4,)],
          "scale": [(4,), (4,)]}


def varint(value: int) -> bytes:
    """Returns a number of variable length."""
    return bytes([value & 127 | 128]) + varint(value >> 7) if value > 127 else bytes([value])


def field(number: int, data: bytes) -> bytes:
    """Returns a field of bytes."""
    return varint(number << 3 | 2) + varint(len(data)) + data


def weights(shapes: dict, *, old: bool = False) -> bytes:
    """Returns a .caffemodel of random numbers; an old one has V1 layers and four dimensions."""
    random = np.random.default_rng(5)
    model = b""
    for name, arrays in shapes.items():
        layer = field(4 if old else 1, name.encode())
        for shape in arrays:
            numbers = random.normal(size=shape).astype("<f4").tobytes()
            if old:
                four = (1,) * (4 - len(shape)) + shape
                dims = b"".join(varint(i << 3) + varint(size) for i, size in enumerate(four, 1))
            else:
                dims = field(7, field(1, b"".join(map(varint, shape))))
            layer += field(6 if old else 7, dims + field(5, numbers))
        model += field(2 if old else 100, layer)
    return model


def image(rows: int, columns: int) -> "np.ndarray":
    """Returns noise for a network's input."""
    noise = np.random.default_rng(1).random((1, 3, rows, columns))
    return noise.astype(np.float32)


class CaffeTest(unittest.TestCase):
    """Small networks."""

    def convert(self, definition: str = DEFINITION, model: bytes | None = None) -> bytes:
        return caffe.convert("small", definition, weights(SHAPES) if model is None else model,
                             (32, 48))

    def test_all_layers_are_there_and_nothing_else(self) -> None:
        network = Network(self.convert())
        self.assertEqual(network.kinds, [
            "Conv", "Relu", "MaxPool", "Conv", "PRelu", "Add", "Elu", "Conv", "LeakyRelu",
            "AveragePool", "Concat"])
        self.assertEqual([output.name for output in network.model.graph.output], ["out"])
        self.assertEqual(self.convert(), self.convert())

    @unittest.skipUnless(READS_CAFFE, "needs a python3-opencv that reads Caffe files")
    def test_the_numbers_are_those_of_the_original(self) -> None:
        for old in (False, True):
            model = weights(SHAPES, old=old)
            network = self.convert(model=model)
            ours = cv2.dnn.readNetFromONNX(np.frombuffer(network, np.uint8))
            theirs = cv2.dnn.readNetFromCaffe(np.frombuffer(DEFINITION.encode(), np.uint8),
                                              np.frombuffer(model, np.uint8))
            for rows, columns in ((32, 48), (64, 16)):
                with self.subTest(old=old, rows=rows):
                    found = []
                    for net in (ours, theirs):
                        net.setInput(image(rows, columns))
                        found.append(net.forward())
                    self.assertEqual(found[0].shape, (1, 12, rows // 4, columns // 4))
                    self.assertGreater(np.abs(found[1]).max(), 0.1)
                    np.testing.assert_allclose(found[0], found[1], atol=1e-5, rtol=0)

    @unittest.skipUnless(cv2, "needs python3-opencv")
    def test_one_convolution_is_what_it_says(self) -> None:
        definition = DEFINITION[:DEFINITION.index("layer")] + """\
            layer { name: "c" type: "Convolution" bottom: "image" top: "c"
                    convolution_param { num_output: 2 kernel_size: 1 } }"""
        model = weights({"c": [(2, 3, 1, 1), (2,)]})
        net = cv2.dnn.readNetFromONNX(np.frombuffer(self.convert(definition, model), np.uint8))
        blob = image(8, 8)
        net.setInput(blob)
        random = np.random.default_rng(5)
        kernel, bias = (random.normal(size=shape).astype("<f4") for shape in ((2, 3), (2,)))
        expected = np.einsum("oi,nirc->norc", kernel, blob) + bias[:, None, None]
        np.testing.assert_allclose(net.forward(), expected, atol=1e-5, rtol=0)

    def test_what_it_does_not_know_is_named(self) -> None:
        for old, new, finding in (
                ("ELU", "Softmax", r"'elu' \(Softmax\) is not one"),
                ("pool: MAX kernel_size: 2", "pool: MAX kernel_size: 3", "'pool1'.*do not tile"),
                ("Eltwise\"", "Eltwise\" eltwise_param { operation: MAX }", "'sum'.*no plain sum"),
                ("num_output: 4 kernel_size", "num_output: 5 kernel_size", "cannot reshape"),
                ('bottom: "elu"', 'bottom: "else"', "KeyError"),
                ("layer {", "layers {", "an old kind"),
                ("}", "", "ends in the middle"),
                ("{", "", "too many")):
            with self.subTest(new), self.assertRaisesRegex(ConversionError, finding):
                self.convert(DEFINITION.replace(old, new))

    def test_damaged_weights_are_refused(self) -> None:
        model = weights(SHAPES)
        for length in range(1, len(model), 37):
            with self.subTest(length), self.assertRaises(ConversionError):
                self.convert(model=model[:length])
        with self.assertRaisesRegex(ConversionError, "'prelu'.*has 0 arrays"):
            self.convert(model=weights({k: v for k, v in SHAPES.items() if k != "prelu"}))


class ToOnnxTest(Case):
    """The command."""

    def setUp(self) -> None:
        super().setUp()
        self.target.mkdir()
        (self.target / "small.prototxt").write_text(DEFINITION, encoding="utf-8")
        (self.target / "small.caffemodel").write_bytes(weights(SHAPES))
        self.card = {"name": "small", "model": "small.caffemodel", "config": "small.prototxt",
                     "mode": "coco", "scale": 0.5, "licence": "toy"}
        (self.target / "small.json").write_text(json.dumps(self.card), encoding="utf-8")

    def test_writes_a_network_with_its_card(self) -> None:
        for card in ("small", f"{self.target}/small.json"):
            result = self.fetch("to-onnx", card)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(result.stdout, f"{self.target}/small-onnx.json\n")
        facts = json.loads((self.target / "small-onnx.json").read_text(encoding="utf-8"))
        facts.pop("sha256")
        self.assertEqual(facts, {"name": "small-onnx", "model": "small-onnx.onnx", "mode": "coco",
                                 "scale": 0.5, "licence": "toy"})
        self.assertIn("small-onnx: sound", self.fetch("verify").stdout)
        self.assertEqual(self.left_in(self.target), [
            "small-onnx.json", "small-onnx.onnx", "small.caffemodel", "small.json",
            "small.prototxt"])

    def test_refuses_what_is_no_caffe_network(self) -> None:
        self.fetch("to-onnx", "small")
        for names, code in (([], 2), (["nobody"], 5), (["small-onnx"], 5)):
            with self.subTest(names):
                result = self.fetch("to-onnx", *names)
                self.assertEqual(result.returncode, code, result.stderr)
                self.assertEqual(result.stdout, "")

    @unittest.skipUnless(REAL.is_file(), "POSE_TEST_DATA names no folder with a Caffe network")
    @unittest.skipUnless(READS_CAFFE, "needs a python3-opencv that reads Caffe files")
    def test_a_real_network_stays_what_it_is(self) -> None:
        definition = REAL.with_suffix(".prototxt")
        network = caffe.convert("real", definition.read_text(), REAL.read_bytes(), (368, 368))
        found = []
        for net in (cv2.dnn.readNetFromONNX(np.frombuffer(network, np.uint8)),
                    cv2.dnn.readNetFromCaffe(str(definition), str(REAL))):
            net.setInput(image(64, 96))
            found.append(net.forward())
        self.assertEqual(found[0].shape, (1, 57, 8, 12))
        np.testing.assert_allclose(found[0], found[1], atol=1e-4, rtol=0)


if __name__ == "__main__":
    unittest.main()
