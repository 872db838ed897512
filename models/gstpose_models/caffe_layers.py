# SPDX-License-Identifier: LGPL-2.1-or-later
"""What each kind of Caffe layer becomes in ONNX.

The kinds are those of OpenPose's, VGG's and MobileNet's definitions, except for what comes after
the maps: a network that classifies or detects is refused. Numbers are within the limits of the
plugin (docs/models.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .caffe_files import Block
from .errors import ConversionError

if TYPE_CHECKING:
    from .caffe import Converter

MAX_CHANNELS = 1 << 20
_MAX_WINDOW, _MAX_PAD = 4096, 1024
_CHANNEL_AXES = (1, -3)


@dataclass(frozen=True)
class Tensor:
    """A blob as it is at some place of the definition."""

    name: str                # in the graph
    channels: int
    least: tuple[int, int]   # rows and columns of it where the input has 1 x 1


@dataclass(frozen=True)
class Layer:
    """A layer with what it reads and the options of its kind."""

    name: str
    kind: str
    inputs: tuple[Tensor, ...]
    output: str              # the graph's name of what it makes
    options: Block

    @property
    def input(self) -> Tensor:
        """Its only input, of a kind that is not among JOINING."""
        return self.inputs[0]

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """Returns an option that is a whole number."""
        return whole(name, text(self.options, name, str(default)), least, most)

    def real(self, name: str, default: float) -> float:
        """Returns an option that is a finite number."""
        return finite(name, text(self.options, name, str(default)))

    def flag(self, name: str, default: bool) -> bool:
        """Returns an option that is true or false."""
        return text(self.options, name, str(default).lower()) in ("true", "1")

    def pair(self, short: str, long: str, default: int | None, least: int, most: int
             ) -> tuple[int, int]:
        """Returns rows and columns, given as one number, as two, or as `long`_h and `long`_w."""
        found = texts(self.options, short) or (texts(self.options, f"{long}_h")[-1:]
                                               + texts(self.options, f"{long}_w")[-1:])
        if not found and default is not None:
            return default, default
        if not 1 <= len(found) <= 2 or short not in self.options and len(found) != 2:
            raise ConversionError(f"has {len(found)} numbers as {short}, expected one or two")
        return whole(short, found[0], least, most), whole(short, found[-1], least, most)

    def on_channels(self, *names: str) -> None:
        """Checks that the layer works along the channels, or does not say along what."""
        axis = (texts(self.options, *names) or ["1"])[-1]
        if whole(names[0], axis, -8, 7) not in _CHANNEL_AXES:
            raise ConversionError(f"has {names[0]} {axis}, expected 1, the channels")


def texts(block: Block, *names: str) -> list:
    """Returns the values of the first of `names` that is there."""
    return next((block[name] for name in names if name in block), [])


def text(block: Block, name: str, default: str) -> str:
    """Returns a single value."""
    found = (texts(block, name) or [default])[-1]
    if not isinstance(found, str):
        raise ConversionError(f"has a block as {name}, expected a value")
    return found


def whole(name: str, found: str, least: int, most: int) -> int:
    """Returns the whole number of a text."""
    try:
        value = int(found)
    except (ValueError, TypeError):
        value = least - 1
    if not least <= value <= most:
        raise ConversionError(f"has {name} {str(found)[:40]}, expected {least} to {most}")
    return value


def finite(name: str, found: str) -> float:
    """Returns the finite number of a text."""
    try:
        value = float(found)
    except (ValueError, TypeError):
        value = math.nan
    if not math.isfinite(value):
        raise ConversionError(f"has {name} {str(found)[:40]}, expected a finite number")
    return value


def _shaped(what: str, array: np.ndarray, *shape: int) -> np.ndarray:
    """Returns weights in the shape that the definition means; Caffe writes it in several ways."""
    if array.size != math.prod(shape):
        raise ConversionError(f"has {what} of the shape {list(array.shape)}, "
                              f"expected {list(shape)}")
    return array.reshape(shape)


class _Window(NamedTuple):
    """How a convolution slides; pairs are rows and columns."""

    groups: int
    outputs: int
    kernel: tuple[int, int]
    stride: tuple[int, int]
    pad: tuple[int, int]
    dilation: tuple[int, int]


def _window(layer: Layer, groups: int) -> _Window:
    """Returns the options of a convolution; `groups` are those where it does not say them."""
    layer.on_channels("axis")
    channels = layer.input.channels
    groups = layer.number("group", groups, 1, MAX_CHANNELS)
    outputs = layer.number("num_output", 0, 1, MAX_CHANNELS)
    if channels % groups or outputs % groups:
        raise ConversionError(f"has {groups} groups for {channels} channels and {outputs} outputs, "
                              "expected a divisor of both")
    return _Window(groups, outputs, layer.pair("kernel_size", "kernel", None, 1, _MAX_WINDOW),
                   layer.pair("stride", "stride", 1, 1, _MAX_WINDOW),
                   layer.pair("pad", "pad", 0, 0, _MAX_PAD),
                   layer.pair("dilation", "dilation", 1, 1, _MAX_WINDOW))


def _weights(net: Converter, layer: Layer, *shape: int, outputs: int
             ) -> tuple[np.ndarray, np.ndarray | None]:
    """Returns the weights of a convolution and its biases, if it has any."""
    biased = layer.flag("bias_term", True)
    arrays = net.blobs(layer, 1 + biased, 1 + biased)
    return (_shaped("weights", arrays[0], *shape),
            _shaped("biases", arrays[1], outputs) if biased else None)


def _convolution(net: Converter, layer: Layer) -> Tensor:
    """Convolution; the depthwise kinds have a group for each channel, unless they say another."""
    source = layer.input
    groups, outputs, kernel, stride, pad, dilation = _window(
        layer, 1 if layer.kind == "Convolution" else source.channels)
    weights, bias = _weights(net, layer, outputs, source.channels // groups, *kernel,
                             outputs=outputs)
    net.graph.convolution(source.name, layer.output, weights, bias, groups, strides=stride,
                          pads=(*pad, *pad), dilations=dilation)
    least = [(side + 2 * p - (k - 1) * d - 1) // s + 1
             for side, k, s, p, d in zip(source.least, kernel, stride, pad, dilation)]
    return net.tensor(layer.output, outputs, least)


def _deconvolution(net: Converter, layer: Layer) -> Tensor:
    """Transposed convolution, such as bilinear upsampling."""
    source = layer.input
    groups, outputs, kernel, stride, pad, dilation = _window(layer, 1)
    if dilation != (1, 1):
        raise ConversionError(f"has dilation {dilation}, expected 1: OpenCV ignores others")
    weights, bias = _weights(net, layer, source.channels, outputs // groups, *kernel,
                             outputs=outputs)
    inputs = [source.name, net.graph.weight(layer.output + "/weights", weights)]
    if bias is not None:
        inputs.append(net.graph.weight(layer.output + "/bias", bias))
    net.graph.node("ConvTranspose", inputs, layer.output, outputs, group=groups,
                   kernel_shape=list(kernel), strides=list(stride), pads=[*pad, *pad])
    least = [(side - 1) * s + k - 2 * p
             for side, k, s, p in zip(source.least, kernel, stride, pad)]
    return net.tensor(layer.output, outputs, least)


def _pooling(net: Converter, layer: Layer) -> Tensor:
    """Pooling. Caffe rounds the number of windows up, but none begins past the frame and its
    padding: the padding at the end is made as large as that takes, and ONNX rounds down. So the
    numbers are Caffe's at every size, and no `ceil_mode` is needed, which engines read in several
    ways."""
    source = layer.input
    kind = text(layer.options, "pool", "MAX")
    if kind not in ("MAX", "AVE"):
        raise ConversionError(f"has pool {kind}, expected MAX or AVE")
    node = "MaxPool" if kind == "MAX" else "AveragePool"
    if layer.flag("global_pooling", False):
        net.graph.node("Global" + node, [source.name], layer.output, source.channels)
        return net.tensor(layer.output, source.channels, (1, 1))
    kernel = layer.pair("kernel_size", "kernel", None, 1, _MAX_WINDOW)
    stride = layer.pair("stride", "stride", 1, 1, _MAX_WINDOW)
    pad = layer.pair("pad", "pad", 0, 0, _MAX_PAD)
    rounds_up = text(layer.options, "round_mode", "CEIL") in ("CEIL", "0") \
        and layer.flag("ceil_mode", True)
    if any(p >= k or s > k for k, s, p in zip(kernel, stride, pad)):
        raise ConversionError(f"has windows of {kernel} with stride {stride} and pad {pad}, "
                              "expected a stride of at most the window and a pad below it")
    end = tuple(min(p + s - 1, k - 1) if rounds_up else p
                for k, s, p in zip(kernel, stride, pad))
    if kind == "AVE" and pad != (0, 0):  # engines differ in whether they count it
        raise ConversionError(f"is an average with pad {pad}, expected 0")
    net.graph.node(node, [source.name], layer.output, source.channels, kernel_shape=list(kernel),
                   strides=list(stride), pads=[*pad, *end])
    least = [(side + p + e - k) // s + 1
             for side, k, s, p, e in zip(source.least, kernel, stride, pad, end)]
    return net.tensor(layer.output, source.channels, least)


def _same(net: Converter, layer: Layer, node: str, inputs: Sequence[str] = (),
          **attributes: float) -> Tensor:
    """Adds a node that keeps the shape of its input; `inputs` are its constants."""
    source = layer.input
    net.graph.node(node, [source.name, *inputs], layer.output, source.channels, **attributes)
    return net.tensor(layer.output, source.channels, source.least)


def _relu(net: Converter, layer: Layer) -> Tensor:
    slope = layer.real("negative_slope", 0.0)
    return _same(net, layer, "LeakyRelu", alpha=slope) if slope else _same(net, layer, "Relu")


def _prelu(net: Converter, layer: Layer) -> Tensor:
    channels = layer.input.channels
    (slopes,) = net.blobs(layer, 1, 1)
    slopes = np.full(channels, slopes.reshape(-1)[0]) if slopes.size == 1 else slopes
    return _same(net, layer, "PRelu", [net.graph.weight(
        layer.output + "/slope", _shaped("slopes", slopes, channels, 1, 1))])


def _elu(net: Converter, layer: Layer) -> Tensor:
    return _same(net, layer, "Elu", alpha=layer.real("alpha", 1.0))


def _sigmoid(net: Converter, layer: Layer) -> Tensor:
    return _same(net, layer, "Sigmoid")


def _tanh(net: Converter, layer: Layer) -> Tensor:
    return _same(net, layer, "Tanh")


def _concat(net: Converter, layer: Layer) -> Tensor:
    layer.on_channels("axis", "concat_dim")
    total = sum(tensor.channels for tensor in layer.inputs)
    made = net.tensor(layer.output, total, net.joined(layer.inputs))
    net.graph.concat([tensor.name for tensor in layer.inputs], layer.output)
    return made


def _eltwise(net: Converter, layer: Layer) -> Tensor:
    """Sum (with coefficients), product or maximum, two at a time."""
    kind = text(layer.options, "operation", "SUM")
    nodes = {"SUM": "Add", "1": "Add", "PROD": "Mul", "0": "Mul", "MAX": "Max", "2": "Max"}
    coefficients = texts(layer.options, "coeff")
    if kind not in nodes:
        raise ConversionError(f"has operation {kind}, expected SUM, PROD or MAX")
    channels = [tensor.channels for tensor in layer.inputs]
    if len(channels) < 2 or len(set(channels)) != 1:
        raise ConversionError(f"reads blobs of {channels} channels, expected two or more of the "
                              "same")
    if coefficients and (nodes[kind] != "Add" or len(coefficients) != len(channels)):
        raise ConversionError(f"has {len(coefficients)} coeff for the {kind} of {len(channels)} "
                              "blobs, expected one for each of a SUM")
    terms = [tensor.name for tensor in layer.inputs]
    for i, coefficient in enumerate(coefficients):
        factor = finite("coeff", coefficient)
        if factor != 1.0:
            scaled = f"{layer.output}/term{i}"
            constant = net.graph.weight(scaled + "/coeff", np.array([factor]))
            net.graph.node("Mul", [terms[i], constant], scaled, channels[i])
            terms[i] = scaled
    total = terms[0]
    for i, term in enumerate(terms[1:], 2):
        name = layer.output if i == len(terms) else f"{layer.output}/{i}"
        net.graph.node(nodes[kind], [total, term], name, channels[0])
        total = name
    return net.tensor(total, channels[0], net.joined(layer.inputs))


def _affine(net: Converter, layer: Layer, scale: np.ndarray | None, shift: np.ndarray | None, *,
            mean: np.ndarray | None = None, variance: np.ndarray | None = None,
            epsilon: float = 0.0) -> Tensor:
    """Adds (x - mean) / sqrt(variance + epsilon) * scale + shift, each by channel, as the node that
    engines join with the convolution before it."""
    channels = layer.input.channels
    constants = {"scale": (scale, 1.0), "shift": (shift, 0.0), "mean": (mean, 0.0),
                 "variance": (variance, 1.0)}
    inputs = []
    for what, (array, default) in constants.items():
        values = np.full(channels, default) if array is None else _shaped(what, array, channels)
        inputs.append(net.graph.weight(f"{layer.output}/{what}", values))
    return _same(net, layer, "BatchNormalization", inputs, epsilon=epsilon)


def _batch_norm(net: Converter, layer: Layer) -> Tensor:
    """Normalisation by the statistics of the training, which are kept times a factor."""
    if not layer.flag("use_global_stats", True):
        raise ConversionError("takes the statistics of the frame, expected those of the training")
    mean, variance, *factor = (array.astype(np.float64) for array in net.blobs(layer, 2, 3))
    if factor:
        (held,) = _shaped("a moving-average factor", factor[0], 1)
        share = 1.0 / held if held else 0.0
        mean, variance = mean * share, variance * share
    epsilon = layer.real("eps", 1e-5)
    if not (variance + epsilon > 0).all():
        raise ConversionError("has a variance that is not above 0")
    return _affine(net, layer, None, None, mean=mean, variance=variance, epsilon=epsilon)


def _scale(net: Converter, layer: Layer) -> Tensor:
    layer.on_channels("axis")
    layer.number("num_axes", 1, 1, 1)
    biased = layer.flag("bias_term", False)
    arrays = net.blobs(layer, 1 + biased, 1 + biased)
    return _affine(net, layer, arrays[0], arrays[1] if biased else None)


def _power(net: Converter, layer: Layer) -> Tensor:
    """shift + scale * x, which definitions normalise their input by."""
    if layer.real("power", 1.0) != 1.0:
        raise ConversionError(f"has power {layer.real('power', 1.0):g}, expected 1")
    channels = layer.input.channels
    return _affine(net, layer, np.full(channels, layer.real("scale", 1.0)),
                   np.full(channels, layer.real("shift", 0.0)))


# Each kind, how it is made, and where its options are.
KINDS: dict[str, tuple[Callable[[Converter, Layer], Tensor], str]] = {
    "Convolution": (_convolution, "convolution_param"),
    "ConvolutionDepthwise": (_convolution, "convolution_param"),
    "DepthwiseConvolution": (_convolution, "convolution_param"),
    "Deconvolution": (_deconvolution, "convolution_param"),
    "Pooling": (_pooling, "pooling_param"),
    "ReLU": (_relu, "relu_param"),
    "PReLU": (_prelu, "prelu_param"),
    "ELU": (_elu, "elu_param"),
    "Sigmoid": (_sigmoid, "sigmoid_param"),
    "TanH": (_tanh, "tanh_param"),
    "Concat": (_concat, "concat_param"),
    "Eltwise": (_eltwise, "eltwise_param"),
    "BatchNorm": (_batch_norm, "batch_norm_param"),
    "Scale": (_scale, "scale_param"),
    "Power": (_power, "power_param"),
}
JOINING = ("Concat", "Eltwise", "Silence")  # may read more than one blob
PASSING = ("Dropout", "Split", "Silence")   # compute nothing
_OLD_KINDS = {kind.upper(): kind for kind in (*KINDS, *PASSING)}  # of 'layers'


def kind_of(written: str, is_old: bool) -> str:
    """Returns the kind of a layer; the definitions of old, with 'layers', write CONVOLUTION."""
    return _OLD_KINDS.get(written, written) if is_old else written
