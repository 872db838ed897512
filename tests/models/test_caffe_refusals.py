# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the Caffe converter does not know, and files that are damaged or hostile."""

import unittest
from random import Random

try:
    import numpy as np
    from caffe_toys import (INPUT, TWO, caffemodel, convert, convolution, field, layer, pool,
                            weights_for)
    from network import Network
    from gstpose_models.errors import ConversionError
except ImportError as error:
    raise unittest.SkipTest(f"needs python3-numpy and python3-onnx: {error}")


class RefusalTest(unittest.TestCase):
    """What is not known, damaged or hostile: one clear error, soon."""

    def refused(self, definition: str, finding: str, model: bytes | None = None) -> None:
        """Checks that converting fails with a text."""
        with self.subTest(finding), self.assertRaisesRegex(ConversionError, finding):
            convert(definition, b"" if model is None else model)

    def test_layers(self) -> None:
        average = "pooling_param { pool: AVE kernel_size: 3 stride: 2 pad: 1 }"
        for layers, finding in (
                (layer("Softmax"), r"layer 'out' \(Softmax\) is of no kind .* Convolution, "),
                (layer("Python"), "is of no kind"),
                (layer("ReLU", reads="nobody"), "reads 'nobody', expected a blob"),
                ('layer { name: "x" type: "ReLU" top: "y" }', "reads 'nothing'"),
                (layer("ReLU", reads="image image"), "reads 2 blobs, expected one"),
                (layer("Scale", reads="image image"), "reads 2 blobs, expected one"),
                (layer("Pooling"), "0 numbers as kernel_size"),
                (pool("STOCHASTIC", 2, 2, 0), "pool STOCHASTIC, expected MAX or AVE"),
                (layer("Pooling", average), "average with pad"),
                (pool("MAX", 2, 3, 0), "stride of at most the window"),
                (pool("MAX", 2, 2, 2), "a pad below it"),
                (layer("Concat", "concat_param { axis: 2 }"), "axis 2, expected 1"),
                (TWO + layer("Eltwise", "eltwise_param { operation: SUB }", "a b"),
                 "SUB, expected"),
                (TWO + layer("Eltwise", "eltwise_param { coeff: 1 }", "a b"),
                 "1 coeff for the SUM"),
                (TWO + layer("Eltwise", "eltwise_param { coeff: 1 coeff: inf }", "a b"),
                 "coeff inf, expected a finite number"),
                (layer("Eltwise"), "channels, expected two or more"),
                (layer("BatchNorm", "batch_norm_param { use_global_stats: false }"),
                 "statistics of the frame"),
                (layer("Scale", "scale_param { num_axes: 2 }"), "num_axes 2, expected 1 to 1"),
                (layer("Power", "power_param { power: 2 }"), "power 2, expected 1"),
                (convolution("out", "kernel_size: 3 dilation: 2", kind="Deconvolution"),
                 "OpenCV ignores others"),
                (convolution("out", "kernel_size: 3 axis: 2"), "axis 2, expected 1")):
            self.refused(INPUT + layers, finding, caffemodel(weights_for(INPUT + TWO)))

    def test_numbers_out_of_bounds(self) -> None:
        for options, finding in (
                ("kernel_size: 0", "kernel_size 0, expected 1 to 4096"),
                ("kernel_size: 5000", "kernel_size 5000, expected"),
                ("kernel_size: -1", "kernel_size -1, expected"),
                ("kernel_size: 3 stride: 0", "stride 0, expected 1"),
                ("kernel_size: 3 stride: 1e9", "stride 1e9, expected 1"),
                ("kernel_size: 3 pad: 99999", "pad 99999, expected 0 to 1024"),
                ("kernel_size: 3 dilation: 0", "dilation 0, expected 1"),
                ("kernel_size: 3 group: 0", "group 0, expected 1"),
                ("kernel_size: 3 group: 3", "3 groups for 4 channels and 4 outputs"),
                ("kernel_size: 3 num_output: 99999999", "num_output 99999999, expected 1 to"),
                ("kernel_size: 3 num_output: " + "9" * 5000, "num_output 9+, expected 1 to"),
                ("kernel_size: 3 kernel_size: 3 kernel_size: 3", "3 numbers as kernel_size"),
                ("kernel_h: 3", "1 numbers as kernel_size"),
                ("kernel_size { x: 1 }", "kernel_size {'x': .*expected")):
            self.refused(INPUT + convolution("out", options), finding)
        for slope in ("nan", "1e999", "x"):
            self.refused(INPUT + layer("ReLU", f"relu_param {{ negative_slope: {slope} }}"),
                         f"negative_slope {slope}, expected a finite number")

    def test_weights_that_do_not_fit(self) -> None:
        definition = INPUT + convolution("out")
        for arrays, finding in (
                ([], "has 0 arrays of weights, expected 2"),
                ([np.zeros((4, 4, 3, 3))], "has 1 arrays of weights, expected 2"),
                ([np.zeros((5, 4, 3, 3)), np.zeros(4)], r"weights of the shape \[5, 4, 3, 3\], "
                 r"expected \[4, 4, 3, 3\]"),
                ([np.zeros((4, 4, 3, 3)), np.zeros(3)], r"biases of the shape \[3\]")):
            self.refused(definition, finding, caffemodel({"out": arrays} if arrays else {}))
        arrays = weights_for(definition)
        twice = definition + convolution("b").replace('name: "b"', 'name: "out"')
        self.refused(twice, "has 0 arrays", caffemodel(arrays))
        for variance in (-1.0, np.nan):
            norm = caffemodel({"out": [np.zeros(4), np.full(4, variance), np.ones(1)]})
            self.refused(INPUT + layer("BatchNorm"), "variance that is not above 0", norm)

    def test_definitions(self) -> None:
        for definition, finding in (
                ("", "0 layers, expected 1"),
                (INPUT, "0 layers, expected 1"),
                (TWO, "reads 'image'"),
                (INPUT + INPUT.replace("image", "other") + TWO, "expected one input"),
                ('input: "image" ' + TWO, "1 inputs and 0 shapes"),
                (INPUT.replace("input_dim: 32", "") + TWO, "has the shape"),
                (INPUT.replace("4;", "-4;") + TWO, "has the shape"),
                (INPUT.replace("4;", "four;") + TWO, "has the shape"),
                (INPUT + TWO + TWO.replace("layer {", "layers {"), "both 'layer' and 'layers'"),
                (INPUT + "layers { layer { name: 'x' } }", "is of no kind"),
                (INPUT + "layer { " * 17, "over 16 deep"),
                (INPUT + "layer {", "ends in the middle"),
                (INPUT + TWO + "}", "too many"),
                (INPUT + "layer { type: }", "a name without a value"),
                (INPUT + "\0", "not understood"),
                (INPUT + "layer: 3", "Caffe network 'small'"),
                (INPUT + layer("Convolution", "convolution_param: 3"), "Caffe network 'small'"),
                (INPUT + layer("ReLU") * 5000, "5000 layers, expected 1 to 4096"),
                ("#" * (1 << 20) + INPUT, "at most 1048576")):
            self.refused(definition, finding)

    def test_channels_that_double_with_every_layer(self) -> None:
        definition = INPUT + layer("Concat", "", "image image", "c0") + "".join(
            layer("Concat", "", f"c{i} c{i}", f"c{i + 1}") for i in range(100)) \
            + layer("PReLU", reads="c100")
        self.refused(definition, "channels, at most 1048576", caffemodel({"out": [np.zeros(1)]}))

    def test_damaged_weights(self) -> None:
        definition = INPUT + TWO
        model = caffemodel(weights_for(definition))
        for length in range(1, len(model), 37):
            with self.subTest(length), self.assertRaises(ConversionError):
                convert(definition, model[:length])

    def test_mutated_files_are_converted_or_refused(self) -> None:
        definition = INPUT + TWO + layer("BatchNorm", reads="a", top="n") \
            + pool("MAX", 3, 2, 1).replace('"out"', '"p"') + layer("PReLU", reads="b", top="r") \
            + layer("Eltwise", "eltwise_param { coeff: 1 coeff: 2 }", "n r") \
            + layer("Concat", "", "out image", "c")
        model = caffemodel(weights_for(definition))
        words, random, made = definition.split(" "), Random(3), 0
        odd = ("-1", "0", "9" * 20, "1e308", "nan", "{", "}", '""', "true", "4")
        for _ in range(400):
            text, data = list(words), bytearray(model)
            for _ in range(random.randint(0, 2)):
                text[random.randrange(len(text))] = random.choice(random.choice((words, odd)))
            for _ in range(random.randint(0, 3)):
                data[random.randrange(len(data))] = random.randrange(256)
            try:
                made += bool(convert(" ".join(text), bytes(data)))
            except ConversionError:
                continue
        self.assertGreater(made, 50)

    def test_hostile_weights(self) -> None:
        definition = INPUT + layer("PReLU")

        def model(message: bytes) -> bytes:
            return field(100, field(1, b"out") + field(7, message))
        number = b"\x2d" + b"\0" * 4  # one float of its own, in five bytes
        for message, finding in (
                (field(5, b"\0" * 16) + field(7, field(1, b"\xff" * 9 + b"\x01")), "4 numbers for"),
                (field(5, b"\0" * 15), "ends within a number"),
                (field(5, b"\0" * 4) + field(7, field(1, b"\1" * 1000)), "1 numbers for the shape"),
                (field(12, b"\0" * 8) + b"\x50\x07", "raw numbers of the unknown type 7"),
                (field(7, field(1, b"\1" * (1 << 20))), "more than 1048576 fields"),
                (number * (1 << 20), "more than 1048576 fields"),
                (b"\x0b", "unknown wire type 3"),
                (b"\xff" * 11, "damaged or cut short")):
            self.refused(definition, finding, model(message))

    def test_numbers_that_stand_alone_are_read(self) -> None:
        shape = field(7, field(1, b"\4"))
        alone = b"".join(b"\x2d" + np.float32(i).tobytes() for i in range(4))
        model = field(100, field(1, b"out") + field(7, shape + alone))
        network = Network(convert(INPUT + layer("PReLU"), model))
        (slopes,) = network.weights.values()
        self.assertEqual(slopes.reshape(-1).tolist(), [0, 1, 2, 3])


if __name__ == "__main__":
    unittest.main()
