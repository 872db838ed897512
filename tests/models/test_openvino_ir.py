# SPDX-License-Identifier: LGPL-2.1-or-later
"""The OpenVINO converter on small networks whose result is plain to see."""

import hashlib
import subprocess
import unittest

from support import Case, listing, toy_model

from gstpose_models.errors import ConversionError

try:
    import numpy as np
    from network import Network
    from gstpose_models import openvino_ir
    from gstpose_models.graph import dependency_order
except ImportError as error:
    raise unittest.SkipTest(f"needs python3-numpy and python3-onnx: {error}")


class OrderTest(unittest.TestCase):
    def test_reads_come_first(self) -> None:
        order = dependency_order({"sum": ["left", "right"], "right": ["in"], "left": ["in"],
                                  "in": []})
        self.assertEqual(order, ["in", "left", "right", "sum"])

    def test_shared_and_repeated_inputs(self) -> None:
        self.assertEqual(dependency_order({"c": ["a", "b"], "b": ["a", "a"], "a": []}),
                         ["a", "b", "c"])

    def test_loop_and_missing_node(self) -> None:
        with self.assertRaisesRegex(ConversionError, "reads its own result"):
            dependency_order({"a": ["b"], "b": ["a"]})
        with self.assertRaisesRegex(ConversionError, "'b' is read but not defined"):
            dependency_order({"a": ["b"]})

    def test_deep_graph(self) -> None:
        chain = {str(i): [str(i - 1)] if i else [] for i in reversed(range(20_000))}
        self.assertEqual(dependency_order(chain)[-1], "19999")


class Ir:
    """An OpenVINO IR under construction."""

    def __init__(self) -> None:
        self.layers: list[str] = []
        self.edges: list[str] = []
        self.blob = b""

    def layer(self, kind: str, inputs=(), shape=(), name: str = "", /, **data: object) -> int:
        """Adds a layer and returns its number."""
        number = len(self.layers)
        dims = "".join(f"<dim>{size}</dim>" for size in shape)
        attributes = " ".join(f'{key}="{value}"' for key, value in data.items())
        output = "" if kind == "Result" else f'<output><port id="9">{dims}</port></output>'
        self.layers.append(f'<layer id="{number}" name="{name or kind + str(number)}" '
                           f'type="{kind}" version="opset1"><data {attributes}/>{output}</layer>')
        for port, source in enumerate(inputs):
            self.edges.append(f'<edge from-layer="{source}" from-port="9" '
                              f'to-layer="{number}" to-port="{port}"/>')
        return number

    def constant(self, values, kind: str) -> int:
        """Adds a constant of an IR type such as f16."""
        dtype = {"f16": "<f2", "f32": "<f4", "i8": "i1", "u8": "u1", "i64": "<i8"}[kind]
        array = np.asarray(values, dtype)
        start = len(self.blob)
        self.blob += array.tobytes()
        return self.layer("Const", (), array.shape, element_type=kind, offset=start,
                          size=array.nbytes, shape=",".join(map(str, array.shape)))

    def convolution(self, source: int, weights: int, shape, kind: str = "Convolution",
                    **changes: object) -> int:
        """Adds a 3x3 convolution with padding 1 and stride 1."""
        data = {"strides": "1,1", "dilations": "1,1", "pads_begin": "1,1", "pads_end": "1,1",
                "auto_pad": "explicit", **changes}
        return self.layer(kind, (source, weights), shape, **data)

    def xml(self, version: int = 11) -> bytes:
        """Returns the XML file."""
        return (f'<?xml version="1.0"?><net name="toy" version="{version}"><layers>'
                f'{"".join(self.layers)}</layers><edges>{"".join(self.edges)}</edges></net>'
                ).encode()

    def convert(self) -> Network:
        """Returns the converted network."""
        return Network(openvino_ir.convert(self.xml(), self.blob))


class OpenVinoTest(unittest.TestCase):
    def setUp(self) -> None:
        self.ir = Ir()
        self.input = self.ir.layer("Parameter", (), (1, 2, 8, 8), "data")

    def test_8_bit_weights_become_floats_and_the_bias_joins(self) -> None:
        ir, values = self.ir, np.arange(-27, 27, dtype=np.int8).reshape(3, 2, 3, 3)
        zero, scale = np.float16(3), np.array([0.5, 0.25, 2], np.float16).reshape(3, 1, 1, 1)
        weights = ir.layer("Convert", [ir.constant(values, "i8")], destination_type="f16")
        weights = ir.layer("Subtract", (weights, ir.constant(zero, "f16")))
        weights = ir.layer("Multiply", (weights, ir.constant(scale, "f16")))
        limits = [ir.constant(v, "f16") for v in (0, 1, 0, 1)]
        clipped = ir.layer("FakeQuantize", [self.input, *limits], (1, 2, 8, 8), levels=256)
        conv = ir.convolution(clipped, weights, (1, 3, 8, 8))
        bias = ir.constant(np.array([1, 2, 3]).reshape(1, 3, 1, 1), "f16")
        last = ir.layer("Add", (conv, bias), (1, 3, 8, 8), "biased")
        ir.layer("Result", [last])
        network = ir.convert()
        self.assertEqual(network.kinds, ["Conv"])
        expected = (values.astype(np.float32) - 3) * scale.astype(np.float32)
        np.testing.assert_array_equal(network.weights["biased/weights"], expected)
        np.testing.assert_array_equal(network.weights["biased/bias"], [1, 2, 3])
        self.assertEqual(network.only("Conv")[1]["pads"], [1, 1, 1, 1])

    def test_fake_quantised_weights_are_rounded(self) -> None:
        ir = self.ir
        values = np.linspace(-2, 2, 18).reshape(1, 2, 3, 3)
        limits = [ir.constant(v, "f32") for v in (-1, 1, -10, 10)]
        weights = ir.layer("FakeQuantize", [ir.constant(values, "f32"), *limits], levels=5)
        ir.layer("Result", [ir.convolution(self.input, weights, (1, 1, 8, 8))])
        network = ir.convert()
        (found,) = network.weights.values()
        expected = np.rint((np.clip(values, -1, 1) + 1) / 2 * 4) / 4 * 20 - 10
        np.testing.assert_allclose(found, expected, atol=1e-5)
        self.assertEqual(set(found.ravel()), {-10, -5, 0, 5, 10})

    def test_group_convolution(self) -> None:
        ir, values = self.ir, np.arange(36, dtype=np.float32).reshape(4, 1, 3, 3)
        shape = ir.constant([2, 2, 1, 3, 3], "i64")
        weights = ir.layer("Reshape", (ir.constant(values, "f32"), shape), special_zero="true")
        conv = ir.convolution(self.input, weights, (1, 4, 4, 4), "GroupConvolution",
                              strides="2,2", dilations="2,2", pads_end="2,0")
        ir.layer("Result", [conv])
        node, attributes = ir.convert().only("Conv")
        self.assertEqual(len(node.input), 2)
        self.assertEqual(attributes, {"group": 2, "strides": [2, 2], "dilations": [2, 2],
                                      "kernel_shape": [3, 3], "pads": [1, 1, 2, 0]})

    def test_activations_sums_and_concatenation(self) -> None:
        ir, shape = self.ir, (1, 2, 8, 8)
        scaled = ir.layer("Multiply", (self.input, ir.constant(0.5, "f16")), shape)
        moved = ir.layer("Subtract", (scaled, ir.constant([[[1]], [[2]]], "f32")), shape)
        branches = [ir.layer("ReLU", [moved], shape),
                    ir.layer("Elu", [moved], shape, alpha="0.5"),
                    ir.layer("PReLU", (moved, ir.constant([1, 2], "f32")), shape)]
        total = ir.layer("Add", branches[:2], shape)
        joined = ir.layer("Concat", [total, branches[2], moved], (1, 6, 8, 8), axis="1")
        ir.layer("Result", [joined])
        ir.layer("Result", [total])
        network = ir.convert()
        self.assertEqual(sorted(network.kinds),
                         ["Add", "Concat", "Elu", "Mul", "PRelu", "Relu", "Sub"])
        self.assertEqual(network.only("Elu")[1], {"alpha": 0.5})
        self.assertEqual({w.shape for w in network.weights.values()},
                         {(1, 1, 1, 1), (1, 2, 1, 1), (2, 1, 1)})
        channels = [o.type.tensor_type.shape.dim[1].dim_value for o in network.model.graph.output]
        self.assertEqual(channels, [6, 2])

    def test_bias_of_a_result_read_twice_stays_an_addition(self) -> None:
        ir = self.ir
        conv = ir.convolution(self.input, ir.constant(np.ones((3, 2, 3, 3)), "f32"), (1, 3, 8, 8))
        bias = ir.constant(np.ones((1, 3, 1, 1)), "f32")
        ir.layer("Result", [ir.layer("Add", (conv, bias), (1, 3, 8, 8))])
        ir.layer("Result", [conv])
        self.assertEqual(ir.convert().kinds, ["Conv", "Add"])

    def test_unknown_layer_is_named(self) -> None:
        self.ir.layer("Result", [self.ir.layer("Magic", [self.input], (1, 2, 8, 8), "wand")])
        with self.assertRaisesRegex(ConversionError, "'wand' is of type Magic"):
            self.ir.convert()

    def test_constant_outside_the_file(self) -> None:
        weights = self.ir.constant(np.ones((3, 2, 3, 3)), "f32")
        self.ir.layer("Result", [self.ir.convolution(self.input, weights, (1, 3, 8, 8))])
        self.ir.blob = self.ir.blob[:-1]
        with self.assertRaisesRegex(ConversionError, "216 bytes at 0 of a binary file of 215"):
            self.ir.convert()

    def test_weights_for_other_channels(self) -> None:
        weights = self.ir.constant(np.ones((3, 5, 3, 3)), "f32")
        self.ir.layer("Result", [self.ir.convolution(self.input, weights, (1, 3, 8, 8))])
        with self.assertRaisesRegex(ConversionError, "reads 2 channels, but its weights are for 5"):
            self.ir.convert()

    def test_other_files(self) -> None:
        entities = b'<!DOCTYPE net [<!ENTITY a "aa">]><net version="11"/>'
        for xml, message in ((b"plain text", "not XML"), (b"<html/>", "found <html"),
                             (self.ir.xml(version=7), 'found <net version="7">'),
                             (entities, "declares entities"), (self.ir.xml(), "no output")):
            with self.subTest(message), self.assertRaisesRegex(ConversionError, message):
                openvino_ir.convert(xml, b"")


class MakerTest(Case):
    """From downloaded files to an installed network, with a toy."""

    def setUp(self) -> None:
        super().setUp()
        ir = Ir()
        source = ir.layer("Parameter", (), (1, 2, 8, 8), "data")
        weights = ir.constant(np.ones((3, 2, 3, 3)), "f32")
        ir.layer("Result", [ir.convolution(source, weights, (1, 3, 8, 8))])
        self.network = openvino_ir.convert(ir.xml(), ir.blob)
        files = {"toy.xml": ir.xml(), "toy.bin": ir.blob}
        place = self.target / "downloads" / "toy"
        place.mkdir(parents=True)
        for name, data in files.items():
            (place / name).write_bytes(data)
        self.model = toy_model("toy", *(listing(name, data, []) for name, data in files.items()))
        self.model["maker"] = "openvino-ir"

    def install(self, sha256: str) -> subprocess.CompletedProcess[str]:
        """Installs the toy, whose converted file should have this checksum."""
        self.model["card"] = {"name": "toy", "mode": "coco", "model": "toy.onnx", "sha256": sha256}
        return self.fetch("toy", catalogue=self.catalogue(self.model))

    def test_expected_network_is_installed(self) -> None:
        result = self.install(hashlib.sha256(self.network).hexdigest())
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.left_in(self.target), ["toy.json", "toy.onnx"])
        self.assertEqual((self.target / "toy.onnx").read_bytes(), self.network)

    def test_other_network_is_not_installed(self) -> None:
        result = self.install(hashlib.sha256(b"another").hexdigest())
        self.assertEqual(result.returncode, 5)
        self.assertIn("toy: the converted network has sha256", result.stderr)
        self.assertEqual(self.left_in(self.target),
                         ["downloads/toy/toy.bin", "downloads/toy/toy.xml"])


if __name__ == "__main__":
    unittest.main()
