# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the TensorFlow Lite converter does not know, and files that are damaged or hostile."""

import struct
import unittest
from random import Random
from unittest import mock

try:
    import numpy as np
    import network  # noqa: F401 (makes gstpose_models importable)
    from tflite_toys import SAME, VALID, Toy, flatbuffer
    from gstpose_models.errors import ConversionError
    from gstpose_models.tflite_graph import convert
except ImportError as error:
    raise unittest.SkipTest(f"needs python3-numpy and python3-onnx: {error}")


def weights(*shape: int):
    """Returns some weights."""
    return np.ones(shape, np.float32)


def convolved(**options) -> Toy:
    """Returns a network of one convolution."""
    toy = Toy(4, 4, 2)
    toy.convolution(0, toy.constant(weights(3, 3, 3, 2)), toy.constant(weights(3)), (1, 4, 4, 3),
                    **options)
    return toy


def sparse(order=(0, 1), shape=(2, 3), values=(1, 2), segments=(0, 1, 2), indices=(0, 2), **other):
    """Returns a network that needs a sparse constant of 2 x 3 numbers."""
    toy = Toy(1, 1, 3)
    level = {0: ("b", 1), 2: ("B", 1), 3: {0: np.int32(segments)}, 4: ("B", 1),
             5: {0: np.int32(indices)}}
    level.update(other.get("level", {}))
    stored = toy.tensor("sparse", shape, "float32", np.float32(values), {
        0: np.int32(order), 1: np.int32(other.get("blocks", ())),
        2: [{1: ("i", other.get("rows", 2))}, level, *other.get("more", ())]})
    dense = toy.op("DENSIFY", [stored], shape)
    toy.op("FULLY_CONNECTED", [0, dense, -1], (1, 2))
    return toy


class RefusalTest(unittest.TestCase):
    """What is not known: one clear error."""

    def refused(self, toy: Toy | bytes, finding: str, *outputs: int, **how) -> None:
        """Checks that converting fails with a text."""
        data = toy.file(*outputs) if isinstance(toy, Toy) else toy
        with self.subTest(finding), self.assertRaisesRegex(
                ConversionError, rf"^TensorFlow Lite file 'toy': .*{finding}"):
            convert("toy", data, **how)

    def test_operators(self) -> None:
        def made(kind: str, *inputs: int, shape=(1, 4, 4, 2), of=None, toy=None, **options) -> Toy:
            toy = toy or Toy(4, 4, 2)
            fields = {int(key[1:]): ("b" if key[0] == "b" else "i", value)
                      for key, value in options.items()}
            toy.op(kind, inputs or (0,), shape, options=fields or None, of=of)
            return toy

        def with_constants(*constants) -> Toy:
            toy = Toy(4, 4, 2)
            for values in constants:
                toy.constant(values, "int32" if isinstance(values, list) else "float32")
            return toy

        one = with_constants
        custom = Toy(4, 4, 2)
        custom.op("CUSTOM", [0], (1, 4, 4, 2), code={0: ("b", 32), 1: "Odd"})
        for toy, finding in (
                (made("SOFTMAX"), r"operator 0 \(operator 25\): is none of those .* CONV_2D, "),
                (custom, r"custom operator 'Odd'\): is none of those"),
                (made("ADD", 0, 0, b0=5), "activation 5, expected 0 .* or 3"),
                (made("ADD", 0, 0, b0=1, of=5), "options of the kind 5, expected 11"),
                (made("ADD", 0), "no tensor at port 1"),
                (made("ADD", 0, -1), "no tensor at port 1"),
                (made("ADD", 0, 7), "tensor 7 among its inputs, expected 0 to 1"),
                (made("ADD", 0, -2), "tensor -2 among"),
                (made("ADD", 1, 1, toy=one(weights(2))), r"shapes \[\[2\], \[2\]\]"),
                (made("ADD", 0, 1, toy=one(weights(3))), "expected one number, or 2"),
                (made("ADD", 0, 1, toy=one(weights(4, 4, 2))), "expected one number, or 2"),
                (made("ADD", 0, 1, toy=one([1])), "int32 .* expected floats"),
                (made("RELU", shape=(1, 4, 4, 3)), r"shape \[1, 4, 4, 3\], expected .* 4, 4, 2\]"),
                (made("RELU", 1), "reads 'RELU 1', which no operator before it makes"),
                (made("RELU", 1, toy=one(weights(2))), "which is a constant"),
                (made("PRELU", 0, 1, toy=one(weights(4, 1, 1))), r"slopes .* \[4, 1, 1\]"),
                (made("PAD", 0, 1, toy=one([[0, 1]] * 4)), "paddings"),
                (made("PAD", 0, 1, toy=one([[0, 0], [0, -1], [0, 0], [0, 0]])), "paddings"),
                (made("PAD", 0, 1, toy=one([[0, 0], [0, 9999], [0, 0], [0, 0]])), "to 1024"),
                (made("PAD", 0, 0), "expected a constant"),
                (made("MEAN", 0, 1, shape=(1, 2), toy=one([1, 3])), "axes .* expected 1 and 2"),
                (made("MEAN", 0, 1, shape=(1, 2), toy=one([5, 6])), "axes"),
                (made("MEAN", 0, 1, shape=(1, 2), toy=one([1, 2, 2])), "axes"),
                (made("MEAN", 0, 1, shape=(1, 2), toy=one(weights(2))), "axes"),
                (made("RESIZE_BILINEAR", 0, 1, shape=(1, 8, 8, 2), b3=1, toy=one([8, 12])),
                 "expected twice as many"),
                (made("RESIZE_BILINEAR", 0, 1, shape=(1, 8, 8, 2), b3=0, toy=one([8, 8])),
                 "half_pixel_centers"),
                (made("RESHAPE", shape=(1, 33)), r"makes \[1, 33\] of \[1, 4, 4, 2\]"),
                (made("RESHAPE", shape=(1, 2, 2, 2, 4)), "makes"),
                (made("CONCATENATION", 0, 0, shape=(1, 8, 4, 2), i0=0), "along 0"),
                (made("CONCATENATION", 0, 0, shape=(1, 8, 4, 2), i0=4), "axis 4, expected -4 to 3"),
                (made("FULLY_CONNECTED", 0, 1, -1, shape=(1, 3), toy=one(weights(3, 31))),
                 r"\[3, 31\] for 32 numbers"),
                (made("FULLY_CONNECTED", 0, 1, -1, shape=(1, 3), b1=1, toy=one(weights(3, 32))),
                 "shuffled weights"),
                (made("FULLY_CONNECTED", 0, 1, 2, shape=(1, 3),
                      toy=one(weights(3, 32), weights(2))), "2 numbers as bias of 3")):
            self.refused(toy, finding)

    def test_windows(self) -> None:
        for toy, finding in (
                (convolved(strides=(0, 1)), "stride down 0, expected 1 to 4096"),
                (convolved(strides=(1, 5000)), "stride across 5000"),
                (convolved(dilations=(1, -1)), "dilation across -1"),
                (convolved(dilations=(4000, 1)), "a window of 8001 for a side of 4"),
                (convolved(padding=2), "padding 2, expected 0 to 1"),
                (convolved(padding=VALID), r"shape \[1, 4, 4, 3\], expected .* \[1, 2, 2, 3\]"),
                (convolved(kind="DEPTHWISE_CONV_2D"), r"\[3, 3, 3, 2\] for 2 channels")):
            self.refused(toy, finding)
        for options, finding in (({"window": (0, 2)}, "window down 0"),
                                 ({"window": (5, 5), "padding": VALID}, "a window of 5"),
                                 ({"padding": SAME}, "expected float32")):
            toy = Toy(4, 4, 2)
            toy.pool("MAX_POOL_2D", 0, (1, 1, 1, 2), **options)
            self.refused(toy, finding)

    def test_weights(self) -> None:
        for kind, finding in (("uint8", "type uint8, expected float32, float16"),
                              ("int32", "expected floats with 4")):
            toy = Toy(4, 4, 2)
            toy.convolution(0, toy.constant(weights(3, 1, 1, 2), kind), -1, (1, 4, 4, 3))
            self.refused(toy, finding)
        toy = Toy(4, 4, 2)
        toy.convolution(0, toy.tensor("w", (3, 1, 1, 2), "float32", weights(5)), -1, (1, 4, 4, 3))
        self.refused(toy, "'w' has 5 numbers for the shape")
        toy.tensors[1][0] = np.array([5], "<i4")
        self.refused(toy, "expected floats with 4 dimensions")
        toy.buffers[1] = {0: np.ones(7, "u1")}
        self.refused(toy, "ends within a number")
        toy.buffers[1] = {1: ("Q", 999), 2: ("Q", 20)}
        self.refused(toy, "values behind the tables")
        toy.tensors[1][2] = ("I", 9)
        self.refused(toy, "in buffer 9 of 2")
        toy = Toy(4, 4, 2)
        toy.op("DEQUANTIZE", [toy.constant(weights(3), "uint8")], (3,))
        self.refused(toy, "uint8 .* expected float16 or float32")

    def test_weights_that_many_share_have_a_limit(self) -> None:
        toy = Toy(1, 1, 8)
        shared, last = toy.constant(weights(8, 8)), 0
        for _ in range(4):
            last = toy.op("FULLY_CONNECTED", [last, shared, -1], (1, 8))
        with mock.patch("gstpose_models.tflite_graph._MAX_WEIGHTS", 256):
            convert("toy", toy.file())
        with mock.patch("gstpose_models.tflite_graph._MAX_WEIGHTS", 255):
            self.refused(toy, "over 255 numbers")

    def test_sparse_weights(self) -> None:
        convert("toy", sparse().file())
        for toy, finding in (
                (sparse(order=(0, 0)), r"order \[0, 0\]"),
                (sparse(order=(0,)), "order"),
                (sparse(order=(0, 1, 2), blocks=(5,), more=[{1: ("i", 1)}]), r"blocks \[5\]"),
                (sparse(order=(0, 1, 2), blocks=(1,), more=[{1: ("i", 2)}]),
                 "a block has 2 of the 3 cells"),
                (sparse(order=(0, 1, 2), blocks=(1,), more=[{1: ("i", 0)}]), "a block has 0"),
                (sparse(indices=(0, 3)), "index outside"),
                (sparse(indices=(0, -1)), "index outside"),
                (sparse(segments=(0, 2, 2), indices=(1, 1)), "two numbers at one place"),
                (sparse(segments=(0, 2, 1)), "segments"), (sparse(segments=(0, 1)), "segments"),
                (sparse(segments=(1, 1, 2)), "segments"), (sparse(segments=(0, 1, 3)), "segments"),
                (sparse(values=(1, 2, 3)), "3 numbers for 2 places"),
                (sparse(rows=1 << 30), "a size that its numbers fill"),
                (sparse(rows=-1), "a size that"), (sparse(level={0: ("b", 7)}), "the format 7"),
                (sparse(level={2: ("B", 9)}), "segments of the kind 9, expected 1, 2, 3"),
                (sparse(shape=(1 << 13, 1 << 14)), "at most 67108864 numbers")):
            self.refused(toy, finding)

    def test_inputs_and_outputs(self) -> None:
        toy = convolved()
        self.refused(toy, "has 0 tensors called 'nobody', expected one; its outputs are",
                     outputs={"a": "nobody"})
        self.refused(toy, "has no output 'b'", outputs={"a": "CONV_2D 3"}, sigmoid=["b"])
        self.refused(toy, "has 0 tensors called 'constant 1'", outputs={"a": "constant 1"})
        toy.inputs = [0, 0]
        self.refused(toy, "has 2 inputs, expected one")
        toy.inputs = [9]
        self.refused(toy, "tensor 9 among its inputs")
        toy.inputs, toy.tensors[0][0] = [0], np.array([2, 4, 4, 2], "<i4")
        self.refused(toy, r"shape \[2, 4, 4, 2\], expected float32 \[1, rows")
        toy.tensors[0][0] = np.array([1, 4, 4, -2], "<i4")
        self.refused(toy, "tensor 0 has the shape")
        toy.tensors[0][0] = np.array([1 << 15, 1 << 15], "<i4")
        self.refused(toy, "at most 268435456 numbers")
        self.refused(convolved(), "'constant 1', which is a constant", 1)

    def test_what_is_no_such_file(self) -> None:
        toy = convolved()
        for data, finding in ((b"", "bytes 4 to 8 are b'', expected b'TFL3'"),
                              (b"<html>" * 9, "expected b'TFL3'"),
                              (flatbuffer({0: ("I", 2)}), "version 2, expected 3"),
                              (flatbuffer({0: ("I", 3)}), "has 0 graphs, expected one")):
            self.refused(data, finding)
        root = toy.root()
        root[2] *= 2
        self.refused(flatbuffer(root), "has 2 graphs")
        root = toy.root()
        root[1] = []
        self.refused(flatbuffer(root), "code 0 of 0")


class DamageTest(unittest.TestCase):
    """Files that are cut short, or have other bytes in some places: an error at most."""

    def survive(self, data: bytes) -> bool:
        """Returns whether a file is converted; checks that it is refused properly otherwise."""
        try:
            convert("toy", data)
        except ConversionError as error:
            self.assertRegex(str(error), "^TensorFlow Lite file 'toy': .")
            return False
        return True

    def whole(self) -> bytes:
        """Returns a file with a table of each kind."""
        toy = sparse()
        last = len(toy.tensors) - 1
        toy.op("ADD", [last, toy.half(weights(2))], (1, 2), options={0: ("b", 1)})
        image = toy.convolution(0, toy.constant(weights(2, 1, 1, 3)), toy.constant(weights(2)),
                                (1, 1, 1, 2))
        return toy.file(image - 3, image)

    def test_cut_short(self) -> None:
        data = self.whole()
        self.assertTrue(self.survive(data))
        survivors = [i for i in range(len(data)) if self.survive(data[:i])]
        self.assertEqual(survivors, [])

    def test_each_word_replaced(self) -> None:
        data = self.whole()
        for value in (0, 1, 0x7fffffff, 0x80000000, 0xffffffff, len(data)):
            for i in range(0, len(data), 4):
                self.survive(data[:i] + struct.pack("<I", value) + data[i + 4:])

    def test_random_bytes(self) -> None:
        data, random = self.whole(), Random(3)
        refused = 0
        for _ in range(2000):
            changed = bytearray(data)
            for _ in range(random.randint(1, 4)):
                changed[random.randrange(len(data))] = random.randrange(256)
            refused += not self.survive(bytes(changed))
        self.assertGreater(refused, 500)


if __name__ == "__main__":
    unittest.main()
