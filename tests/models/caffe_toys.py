# SPDX-License-Identifier: LGPL-2.1-or-later
"""Caffe networks for tests: small definitions, and weights for any, written as .caffemodel.

They need python3-numpy and python3-onnx.
"""

import numpy as np
import support  # makes gstpose_models known

from gstpose_models import caffe
from gstpose_models.caffe_files import Block, read_definition

INPUT = """name: "small"  # a comment
input: "image" input_dim: 1, input_dim: 4; input_dim: 24 input_dim: 32
"""


def layer(kind: str, options: str = "", reads: str = "image", top: str = "out",
          name: str = "") -> str:
    """Returns a layer of a definition."""
    bottoms = " ".join(f'bottom: "{blob}"' for blob in reads.split())
    return (f'layer {{ name: "{name or top}" type: "{kind}" {bottoms} top: "{top}" '
            f'param {{ lr_mult: 1.0 }} {options} }}\n')


def convolution(top: str, options: str = "kernel_size: 3 pad: 1", reads: str = "image",
                kind: str = "Convolution", count: int = 4) -> str:
    """Returns a convolution."""
    return layer(kind, f"convolution_param {{ num_output: {count} {options} "
                       "weight_filler { type: 'gaussian' std: 0.01 } }", reads, top)


def pool(kind: str, window: int, stride: int, pad: int) -> str:
    """Returns a pooling layer."""
    return layer("Pooling", f"pooling_param {{ pool: {kind} kernel_size: {window} "
                            f"stride: {stride} pad: {pad} }}")


TWO = convolution("a") + convolution("b")


def varint(value: int) -> bytes:
    """Returns a number of variable length."""
    return bytes([value & 127 | 128]) + varint(value >> 7) if value > 127 else bytes([value])


def field(number: int, data: bytes) -> bytes:
    """Returns a field of bytes."""
    return varint(number << 3 | 2) + varint(len(data)) + data


def number_field(number: int, value: int) -> bytes:
    """Returns a field of one number."""
    return varint(number << 3) + varint(value)


def blob(array: np.ndarray, form: str = "new") -> bytes:
    """Returns an array as BlobProto: "new", "old" with four dimensions, of "doubles", or of "half"
    floats as OpenCV's tool writes them."""
    shape = field(7, field(1, b"".join(map(varint, array.shape))))
    if form == "old":
        four = (1,) * (4 - array.ndim) + array.shape
        shape = b"".join(number_field(i, size) for i, size in enumerate(four, 1))
    if form == "doubles":
        return shape + field(8, array.astype("<f8").tobytes())
    if form == "half":
        return shape + number_field(10, 2) + field(12, array.astype("<f2").tobytes())
    return shape + field(5, array.astype("<f4").tobytes())


def caffemodel(arrays: dict[str, list[np.ndarray]], form: str = "new") -> bytes:
    """Returns a .caffemodel with the arrays of each layer; an "old" one has V1 layers."""
    name, blobs, layer = (4, 6, 2) if form == "old" else (1, 7, 100)
    return b"".join(
        field(layer, field(name, key.encode()) + b"".join(field(blobs, blob(array, form))
                                                           for array in found))
        for key, found in arrays.items())


def weights_for(definition: str, seed: int = 5) -> dict[str, list[np.ndarray]]:
    """Returns random weights for the layers of a definition; they keep activations of order 1."""
    random = np.random.default_rng(seed)
    net = read_definition(definition)
    channels = {net["input"][0]: int(net["input_dim"][1])} if "input" in net else {}
    arrays = {}
    for layer in net.get("layer") or net["layers"]:
        kind = layer["type"][0]
        if kind == "Input":
            channels[layer["top"][0]] = int(layer["input_param"][0]["shape"][0]["dim"][1])
            continue
        width = channels[layer["bottom"][0]]
        width, made = _weights(kind.lower(), layer, width, random)
        if kind.lower() == "concat":
            width = sum(channels[bottom] for bottom in layer["bottom"])
        channels.update((top, width) for top in layer.get("top", []))
        if made:
            arrays[layer["name"][0]] = [array.astype(np.float32, copy=False) for array in made]
    return arrays


def _weights(kind: str, layer: Block, width: int, random: np.random.Generator
             ) -> tuple[int, list[np.ndarray]]:
    """Returns the channels that a layer makes of `width`, and its weights."""
    if "convolution" in kind:
        options = layer["convolution_param"][0]
        count = int(options["num_output"][0])
        kernel = [int(size) for key in ("kernel_size", "kernel_h", "kernel_w")
                  for size in options.get(key, [])]
        kernel = (kernel * 2)[:2]
        groups = int(options.get("group", [width if "depthwise" in kind else 1])[0])
        shape = (width, count // groups) if kind == "deconvolution" else (count, width // groups)
        fan_in = width // groups * kernel[0] * kernel[1]
        made = [random.standard_normal((*shape, *kernel), np.float32)
                * np.float32(np.sqrt(2 / fan_in))]
        if options.get("bias_term", ["true"])[0] == "true":
            made.append(random.normal(size=count) * 0.1)
        return count, made
    if kind == "prelu":
        shared = layer.get("prelu_param", [{}])[0].get("channel_shared", ["false"])[0] == "true"
        return width, [random.uniform(0.1, 0.4, 1 if shared else width)]
    if kind == "batchnorm":
        factor = 0.7
        return width, [random.normal(size=width) * factor,
                       random.uniform(0.5, 2, width) * factor, np.array([factor])]
    if kind == "scale":
        biased = layer.get("scale_param", [{}])[0].get("bias_term", ["false"])[0] == "true"
        return width, [random.normal(size=width) for _ in range(1 + biased)]
    return width, []


def convert(definition: str, model: bytes | None = None) -> bytes:
    """Converts a toy, with random weights unless it has others."""
    if model is None:
        model = caffemodel(weights_for(definition))
    return caffe.convert("small", definition, model, (24, 32))
