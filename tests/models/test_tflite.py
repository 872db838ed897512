# SPDX-License-Identifier: LGPL-2.1-or-later
"""TensorFlow Lite to ONNX: what OpenCV, and ONNX Runtime where it is there, compute with a converted
operator is what its definition says."""

import unittest

try:
    import numpy as np
    from network import Network
    from tflite_numpy import compute
    from tflite_toys import RELU, RELU6, SAME, VALID, Toy
    from gstpose_models import tflite_graph
    from gstpose_models.tflite_model import Model
except ImportError as error:
    raise unittest.SkipTest(f"needs python3-numpy and python3-onnx: {error}")

try:
    import cv2
except ImportError:
    cv2 = None

try:
    import onnxruntime
except ImportError:
    onnxruntime = None

RANDOM = np.random.default_rng(5)


def random(*shape: int):
    """Returns numbers on both sides of 0."""
    return RANDOM.normal(0, 2, shape).astype(np.float16).astype(np.float32)


def engines(data: bytes, blob, names) -> dict:
    """Returns the outputs called `names` by the engine that computed them."""
    found = {}
    if cv2:
        network = cv2.dnn.readNetFromONNX(np.frombuffer(data, np.uint8))
        network.setInput(blob)
        found["OpenCV"] = network.forward(list(names))
    if onnxruntime:
        session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
        found["ONNX Runtime"] = session.run(list(names), {"input": blob})
    return found


@unittest.skipUnless(cv2 or onnxruntime, "neither python3-opencv nor python3-onnxruntime is there")
class OperatorTest(unittest.TestCase):
    """Each operator, on a batch of two images."""

    def check(self, toy: Toy, *outputs: int, spread: float = 0.1) -> Network:
        """Compares the outputs of a toy, by default its last tensor, with their definitions; they
        have to vary by `spread`."""
        outputs = outputs or (len(toy.tensors) - 1,)
        names = [toy.tensors[i][3] for i in outputs]
        network = Network(tflite_graph.convert("toy", toy.file(*outputs)))
        self.assertEqual((network.inputs, network.outputs), (["input"], names))
        images = random(2, *toy.shapes[0][1:])
        results = [compute(toy.file(), image, names) for image in images]
        for engine, found in engines(network.data, images.transpose(0, 3, 1, 2), names).items():
            for i, name in enumerate(names):
                expected = np.concatenate([result[i] for result in results])
                self.assertGreater(expected.std(), spread)
                if expected.ndim == 4:
                    expected = expected.transpose(0, 3, 1, 2)
                    if expected.shape[2:] == (1, 1):
                        expected = expected[:, :, 0, 0]
                with self.subTest(engine, output=name):
                    self.assertEqual(found[i].shape, expected.shape)
                    np.testing.assert_allclose(found[i], expected, rtol=1e-5, atol=2e-5)
        return network

    def test_convolution(self) -> None:
        for padding, strides, dilations, sides in (
                (SAME, (1, 1), (1, 1), (7, 6)), (SAME, (2, 2), (1, 1), (4, 3)),
                (SAME, (2, 1), (1, 1), (4, 6)), (VALID, (1, 2), (1, 1), (5, 3)),
                (SAME, (1, 1), (2, 1), (7, 6)), (VALID, (1, 1), (2, 2), (3, 4))):
            with self.subTest((padding, strides, dilations)):
                toy = Toy(7, 6, 2)
                toy.convolution(0, toy.constant(random(3, 3, 2, 2)), toy.constant(random(3)),
                                (1, *sides, 3), padding=padding, strides=strides,
                                dilations=dilations)
                self.check(toy)

    def test_depthwise_convolution(self) -> None:
        for strides, sides, each in (((1, 1), (6, 6), 1), ((2, 2), (3, 3), 1), ((1, 2), (6, 3), 3)):
            with self.subTest((strides, each)):
                toy = Toy(6, 6, 2)
                toy.convolution(0, toy.constant(random(1, 5, 3, 2 * each)),
                                toy.constant(random(2 * each)), (1, *sides, 2 * each),
                                strides=strides, kind="DEPTHWISE_CONV_2D")
                self.check(toy)

    def test_fused_activations_and_half_precision(self) -> None:
        toy = Toy(4, 4, 2)
        plain = toy.convolution(0, toy.half(random(3, 1, 1, 2)), toy.half(random(3)), (1, 4, 4, 3))
        relu = toy.convolution(plain, toy.half(random(3, 1, 1, 3)), toy.half(random(3)),
                               (1, 4, 4, 3), activation=RELU)
        toy.convolution(relu, toy.half(3 * random(3, 1, 1, 3)), toy.half(random(3)), (1, 4, 4, 3),
                        activation=RELU6)
        network = self.check(toy)
        self.assertEqual(network.kinds.count("Relu"), 1)
        self.assertEqual(network.kinds.count("Clip"), 1)
        self.assertEqual({w.dtype.name for w in network.weights.values()}, {"float32"})

    def test_convolution_without_bias(self) -> None:
        toy = Toy(4, 4, 2)
        toy.convolution(0, toy.constant(random(3, 1, 1, 2)), -1, (1, 4, 4, 3))
        self.check(toy)

    def test_pooling(self) -> None:
        for kind in ("MAX_POOL_2D", "AVERAGE_POOL_2D"):
            for padding, window, sides in ((SAME, (2, 2), (3, 3)), (SAME, (3, 3), (3, 3)),
                                           (VALID, (2, 3), (2, 2))):
                with self.subTest((kind, padding, window)):
                    toy = Toy(5, 6, 2)
                    toy.pool(kind, 0, (1, *sides, 2), padding=padding, window=window)
                    self.check(toy)

    def test_arithmetic(self) -> None:
        for kind in ("ADD", "SUB", "MUL"):
            toy = Toy(3, 4, 2)
            other = toy.op("LOGISTIC", [0], (1, 3, 4, 2))
            toy.op(kind, [0, other], (1, 3, 4, 2), options={0: ("b", RELU)})
            toy.op(kind, [0, toy.constant(random(2))], (1, 3, 4, 2))
            toy.op(kind, [toy.constant(random(1, 1, 2)), 0], (1, 3, 4, 2))
            toy.op(kind, [0, toy.constant(3.5)], (1, 3, 4, 2))
            rows = toy.op("RESHAPE", [0], (1, 6, 4), name="rows")
            toy.op(kind, [rows, toy.constant(-0.5)], (1, 6, 4))
            with self.subTest(kind):
                self.check(toy, *(i for i, table in enumerate(toy.tensors) if kind in table[3]))

    def test_activations(self) -> None:
        toy = Toy(3, 4, 2)
        large = toy.op("MUL", [0, toy.constant(5.0)], (1, 3, 4, 2))
        outputs = [toy.op(kind, [large], (1, 3, 4, 2)) for kind in ("RELU", "RELU6", "LOGISTIC")]
        outputs.append(toy.op("PRELU", [large, toy.constant(random(1, 1, 2))], (1, 3, 4, 2)))
        self.check(toy, *outputs)

    def test_padding(self) -> None:
        toy = Toy(3, 4, 2)
        toy.op("PAD", [0, toy.constant([[0, 0], [0, 0], [0, 0], [0, 3]], "int32")], (1, 3, 4, 5))
        toy.op("PAD", [0, toy.constant([[0, 0], [1, 2], [3, 0], [0, 0]], "int32")], (1, 6, 7, 2))
        self.check(toy, *(i for i, table in enumerate(toy.tensors) if "PAD" in table[3]))

    def test_mean(self) -> None:
        toy = Toy(3, 4, 2)
        axes = toy.constant([1, 2], "int32")
        flat = toy.op("MEAN", [0, axes], (1, 2), options={0: ("b", 0)})
        kept = toy.op("MEAN", [0, toy.constant([-2, -3], "int32")], (1, 1, 1, 2),
                      options={0: ("b", 1)})
        self.check(toy, flat, kept)

    def test_enlargement(self) -> None:
        toy = Toy(3, 4, 2)
        toy.op("RESIZE_BILINEAR", [0, toy.constant([6, 8], "int32")], (1, 6, 8, 2),
               options={2: ("b", 0), 3: ("b", 1)})
        self.check(toy)

    def test_reshaping(self) -> None:
        toy = Toy(4, 6, 2)
        shape = toy.constant([1, -1, 4], "int32")
        rows = toy.op("RESHAPE", [0, shape], (1, 12, 4))
        flat = toy.op("RESHAPE", [rows], (1, 48))
        image = toy.op("RESHAPE", [0], (1, 6, 2, 4))
        back = toy.op("RESHAPE", [flat], (1, 2, 8, 3))
        self.check(toy, rows, flat, image, back)

    def test_fully_connected(self) -> None:
        toy = Toy(2, 3, 2)
        flat = toy.op("RESHAPE", [0], (1, 12))
        of_list = toy.op("FULLY_CONNECTED", [flat, toy.constant(random(4, 12)),
                                             toy.constant(random(4))], (1, 4),
                         options={0: ("b", RELU)})
        of_image = toy.op("FULLY_CONNECTED", [0, toy.constant(random(5, 12)), -1], (1, 5))
        scaled = toy.op("MUL", [of_image, toy.constant(random(5))], (1, 5))
        self.check(toy, of_list, of_image, scaled)

    def test_joining(self) -> None:
        toy = Toy(4, 6, 2)
        other = toy.op("RELU", [0], (1, 4, 6, 2))
        outputs = [toy.op("CONCATENATION", [0, other], shape, options={0: ("i", axis)})
                   for axis, shape in ((1, (1, 8, 6, 2)), (2, (1, 4, 12, 2)), (-1, (1, 4, 6, 4)))]
        lists = [toy.op("RESHAPE", [i], (1, 12, 4)) for i in (0, other)]
        outputs += [toy.op("CONCATENATION", lists, shape, options={0: ("i", axis)})
                    for axis, shape in ((1, (1, 24, 4)), (-1, (1, 12, 8)))]
        self.check(toy, *outputs)

    def test_sparse_weights(self) -> None:
        stored = np.float16([1, 2, 3, 4, 5])
        toy = Toy(3, 3, 4)
        sparse = toy.tensor("sparse", (3, 1, 1, 4), "float16", stored, {
            0: np.int32([0, 1, 2, 3]), 2: [
                {1: ("i", 3)}, {1: ("i", 1)}, {1: ("i", 1)},
                {0: ("b", 1), 2: ("B", 2), 3: {0: np.uint16([0, 2, 2, 5])},
                 4: ("B", 3), 5: {0: np.uint8([0, 3, 1, 2, 3])}}]})
        dense = toy.op("DENSIFY", [sparse], (3, 1, 1, 4))
        toy.tensors[dense][1] = ("b", 1)
        weights = toy.op("DEQUANTIZE", [dense], (3, 1, 1, 4))
        toy.convolution(0, weights, toy.constant(random(3)), (1, 3, 3, 3))
        network = self.check(toy)
        (values,) = (w for w in network.weights.values() if w.ndim == 4)
        np.testing.assert_array_equal(values[:, :, 0, 0],
                                      [[1, 0, 0, 2], [0, 0, 0, 0], [0, 3, 4, 5]])


class SparseTest(unittest.TestCase):
    def test_blocks(self) -> None:
        """Four rows of two blocks of two by two, those of the second column first."""
        toy = Toy(1, 1, 1)
        indices = {0: ("b", 1), 2: ("B", 1), 3: {0: np.int32([0, 1, 2])}, 4: ("B", 1),
                   5: {0: np.int32([1, 0])}}
        sparse = toy.tensor("sparse", (4, 4), "float32", np.arange(1, 9, dtype=np.float32), {
            0: np.int32([1, 0, 2, 3]), 1: np.int32([0, 1]),
            2: [{1: ("i", 2)}, indices, {1: ("i", 2)}, {1: ("i", 2)}]})
        model = Model(toy.file())
        np.testing.assert_array_equal(model.constant(model.tensors[sparse]),
                                      [[0, 0, 5, 6], [0, 0, 7, 8], [1, 2, 0, 0], [3, 4, 0, 0]])


class GraphTest(unittest.TestCase):
    """What the file has around its operators."""

    def setUp(self) -> None:
        self.toy = Toy(4, 4, 2)
        weights = [self.toy.constant(random(1, 1, 1, 2)) for _ in range(2)]
        biases = [self.toy.constant(random(1)) for _ in range(2)]
        first = self.toy.convolution(0, weights[0], biases[0], (1, 4, 4, 1))
        self.toy.tensors[first][3] = "same"
        second = self.toy.convolution(0, weights[1], biases[1], (1, 4, 4, 1))
        self.toy.tensors[second][3] = "input"
        self.total = self.toy.op("ADD", [first, second], (1, 4, 4, 1), name="total")
        self.toy.op("SOFTMAX", [self.total], (1, 4, 4, 1), name="unknown")
        self.data = self.toy.file(self.total, len(self.toy.tensors) - 1)

    def convert(self, outputs, sigmoid=()) -> Network:
        return Network(tflite_graph.convert("toy", self.data, outputs, sigmoid))

    def test_named_outputs_and_nothing_that_they_do_not_need(self) -> None:
        network = self.convert({"sum": "total", "same": "input"})
        self.assertEqual(network.outputs, ["sum", "same"])
        self.assertEqual(sorted(network.kinds), ["Add", "Conv", "Conv", "Identity", "Identity"])
        self.assertEqual(self.convert({"one": "same"}).kinds, ["Conv", "Identity"])

    def test_shapes_are_declared_and_the_batch_is_open(self) -> None:
        graph = self.convert({"sum": "total"}).model.graph
        for value, shape in ((graph.input[0], ["n", 2, 4, 4]), (graph.output[0], ["n", 1, 4, 4])):
            self.assertEqual([dim.dim_param or dim.dim_value
                              for dim in value.type.tensor_type.shape.dim], shape)

    def test_logits_become_probabilities(self) -> None:
        self.assertEqual(self.convert({"sum": "total"}, ["sum"]).kinds[-1], "Sigmoid")

    def test_same_file_gives_the_same_bytes(self) -> None:
        self.assertEqual(*(self.convert({"sum": "total"}).data for _ in range(2)))


if __name__ == "__main__":
    unittest.main()
