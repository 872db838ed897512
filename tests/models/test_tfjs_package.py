# SPDX-License-Identifier: LGPL-2.1-or-later
"""A package with a small TensorFlow.js network of our own: what OpenCV computes with its conversion,
and its way from the package to the card."""

import hashlib
import json
import unittest
from pathlib import Path

from support import Case, listing

try:
    import numpy as np
    from network import Tfjs
    from test_npm import tarball
except ImportError as error:
    raise unittest.SkipTest(f"needs python3-numpy and python3-onnx: {error}")

try:
    import cv2
except ImportError:
    cv2 = None

START = "shifted"
OUTPUTS = {"peaks": "heat", "offsets": "shift"}


class Toy:
    """A network with each operation of MoveNet's, and what it computes by its definition.

    Tensors here are [rows, columns, channels], as in TensorFlow.
    """

    def __init__(self) -> None:
        rng = np.random.default_rng(12)
        self.w = {name: rng.normal(0, 1, shape).astype(np.float16).astype(np.float32)
                  for name, shape in (
                      ("stem", (3, 3, 2, 4)), ("stem_bias", (4,)), ("wide", (3, 3, 4, 1)),
                      ("wide_bias", (4,)), ("deep", (3, 3, 4, 1)), ("flat", (1, 1, 4, 4)),
                      ("flat_bias", (4,)), ("shift", (1, 1, 4, 3)), ("shift_bias", (3,)))}
        self.w["stem"] *= 4  # so that its results lie on both sides of 0 and of 6

    def graph(self) -> Tfjs:
        """Returns it as a graph model; input is shifted before it and peaks are looked for after."""
        tfjs = Tfjs()
        for name, values in self.w.items():
            tfjs.constant(name + "/w", values, half=True)
        tfjs.node("whole", "Cast", "in")
        tfjs.node(START, "Sub", "whole", tfjs.constant("one", 1.0))
        tfjs.fused("stem", "_FusedConv2D", START, "stem/w", "stem_bias/w", stride=2,
                   fused=("BiasAdd", "Relu6"))
        tfjs.fused("wide", "FusedDepthwiseConv2dNative", "stem", "wide/w", "wide_bias/w",
                   fused=("BiasAdd", "Relu"))
        tfjs.windowed("deep", "DepthwiseConv2dNative", "wide", "deep/w", stride=2)
        tfjs.fused("flat", "_FusedConv2D", "deep", "flat/w", "flat_bias/w", fused=("BiasAdd",),
                   padding="VALID")
        tfjs.resize("big", "flat")
        tfjs.node("both", "AddV2", "big", "wide")
        tfjs.node("heat", "Sigmoid", "both")
        tfjs.fused("shift", "_FusedConv2D", "both", "shift/w", "shift_bias/w", fused=("BiasAdd",))
        tfjs.node("best", "TopKV2", "heat")
        tfjs.node("picked", "GatherNd", "shift", "best")
        return tfjs

    def compute(self, image) -> dict:
        """Returns the outputs by their names."""
        w = self.w
        stem = np.clip(convolved(image, w["stem"], 2) + w["stem_bias"], 0, 6)
        wide = np.maximum(convolved(stem, diagonal(w["wide"]), 1) + w["wide_bias"], 0)
        flat = convolved(convolved(wide, diagonal(w["deep"]), 2), w["flat"], 1) + w["flat_bias"]
        both = enlarged(enlarged(flat, 0), 1) + wide
        return {"peaks": 1 / (1 + np.exp(-both)),
                "offsets": convolved(both, w["shift"], 1) + w["shift_bias"]}


def diagonal(weights):
    """Returns the weights of a depthwise convolution as those of a plain one."""
    return weights * np.eye(weights.shape[2], dtype=weights.dtype)


def convolved(values, weights, stride: int):
    """Convolution with TensorFlow's padding SAME: what is needed for ceil(size / stride) results,
    the larger half of it behind."""
    sizes = [-(-side // stride) for side in values.shape[:2]]
    total = [max((size - 1) * stride + kernel - side, 0)
             for size, kernel, side in zip(sizes, weights.shape, values.shape)]
    padded = np.pad(values, [(n // 2, n - n // 2) for n in total] + [(0, 0)])
    result = np.zeros((*sizes, weights.shape[3]))
    for row, column in np.ndindex(*weights.shape[:2]):
        seen = padded[row:row + sizes[0] * stride:stride, column:column + sizes[1] * stride:stride]
        result += seen[:sizes[0], :sizes[1]] @ weights[row, column]
    return result


def enlarged(values, axis: int):
    """Linear interpolation to twice the size along `axis`, samples at the middles of cells."""
    length = values.shape[axis]
    at = np.clip((np.arange(2 * length) + 0.5) / 2 - 0.5, 0, length - 1)
    low = np.floor(at).astype(int)
    share = np.expand_dims(at - low, [i for i in range(3) if i != axis])
    return values.take(low, axis) * (1 - share) \
        + values.take(np.minimum(low + 1, length - 1), axis) * share


class ComputationTest(unittest.TestCase):
    @unittest.skipUnless(cv2, "python3-opencv is not installed")
    def test_opencv_computes_what_the_graph_says(self) -> None:
        toy = Toy()
        network = toy.graph().convert(START, OUTPUTS)
        read = cv2.dnn.readNetFromONNX(np.frombuffer(network.data, np.uint8))
        for size in ((8, 12), (16, 8), (4, 4)):  # free in height and width
            with self.subTest(size):
                image = np.random.default_rng(3).uniform(-1, 1, (*size, 2)).astype(np.float32)
                expected = toy.compute(image)
                read.setInput(np.ascontiguousarray(image.transpose(2, 0, 1)[None]))
                for name, found in zip(expected, read.forward(list(expected))):
                    np.testing.assert_allclose(found[0].transpose(1, 2, 0), expected[name],
                                               rtol=1e-4, atol=1e-4)

    def test_toy_reaches_both_limits_of_relu6(self) -> None:
        toy = Toy()
        image = np.random.default_rng(3).uniform(-1, 1, (8, 12, 2))
        stem = convolved(image, toy.w["stem"], 2) + toy.w["stem_bias"]
        for beyond in (stem < 0, stem > 6, (stem > 0) & (stem < 6)):
            self.assertGreater(beyond.mean(), 0.1)

    def test_file_is_open_in_rows_and_columns(self) -> None:
        model = Toy().graph().convert(START, OUTPUTS).model
        dims = model.graph.input[0].type.tensor_type.shape.dim
        self.assertEqual([dim.dim_param or dim.dim_value for dim in dims], [1, 2, "h", "w"])

    def test_same_graph_gives_the_same_bytes(self) -> None:
        self.assertEqual(*(Toy().graph().convert(START, OUTPUTS).data for _ in range(2)))


class PackageTest(Case):
    """The tool with a package of ours, which a client of ours hands over."""

    def setUp(self) -> None:
        super().setUp()
        self.graph = Toy().graph()
        self.network = self.graph.convert(START, OUTPUTS).data

    def pack(self, folder: str = "package/nets/", **changes: object) -> Path:
        """Makes the package and a client that knows it; returns a catalogue with `changes` to the
        download."""
        model, files = self.graph.files()
        members = [(folder + "toy.json", model), ("package/photograph", bytes(100_000)),
                   *((folder + name, data) for name, data in files.items())]
        data = tarball(self.folder / "made.tgz", *members).read_bytes()
        programs = self.folder / "bin"
        programs.mkdir(exist_ok=True)
        (programs / "npm").write_text(
            f'#!/bin/sh\ncp {self.folder}/made.tgz "$4/toy-1.0.0.tgz"\n')
        (programs / "npm").chmod(0o755)
        entry = listing("toy-1.0.0.tgz", data, [], "sha512", npm="toy@1.0.0",
                        unpacked=sum(len(content) for _, content in members))
        card = {"name": "toy", "model": "toy.onnx",
                "sha256": hashlib.sha256(self.network).hexdigest()}
        return self.catalogue({
            "name": "toy", "keypoints": "", "licence": "toy", "needs_acceptance": False,
            "tried": True, "ap": None, "maker": "tfjs-graph", "card": card, "downloads": [{**entry, **changes}],
            "graph": {"model": "package/nets/toy.json", "start": START, "outputs": OUTPUTS}})

    def fetch_toy(self, book: Path):
        """Installs the network."""
        return self.fetch("toy", catalogue=book, PATH=f"{self.folder}/bin:/usr/bin:/bin")

    def test_package_becomes_a_network_and_nothing_else_stays(self) -> None:
        result = self.fetch_toy(self.pack())
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.left_in(self.target), ["toy.json", "toy.onnx"])
        self.assertEqual((self.target / "toy.onnx").read_bytes(), self.network)
        self.assertEqual(json.loads((self.target / "toy.json").read_text())["sha256"],
                         hashlib.sha256(self.network).hexdigest())

    def assert_refused(self, book: Path, code: int, reason: str) -> None:
        """Checks that the package is refused in one line, besides what goes on, and not installed."""
        result = self.fetch_toy(book)
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertIn(f"models/fetch: {reason}", result.stderr.splitlines()[-1])
        self.assertNotIn("Traceback", result.stderr)
        self.assertFalse((self.target / "toy.json").exists())

    def test_package_that_unpacks_to_more_than_its_entry_says(self) -> None:
        self.assert_refused(self.pack(unpacked=100_000), 5,
                            "toy-1.0.0.tgz: holds more than the 100000 bytes")

    def test_package_larger_than_its_entry_says(self) -> None:
        self.assert_refused(self.pack(size=100), 4,
                            "toy: npm package toy@1.0.0 is larger than the 100 bytes")

    def test_package_without_the_network(self) -> None:
        self.assert_refused(self.pack(folder="package/"), 5,
                            "toy-1.0.0.tgz: lacks package/nets/toy.json")

    def test_weights_quantised_to_integers(self) -> None:
        self.graph.weights[0]["quantization"] = {"dtype": "uint8", "scale": 1, "min": 0}
        self.assert_refused(self.pack(), 5, "weights 'stem/w' are float32 quantised to uint8")


if __name__ == "__main__":
    unittest.main()
