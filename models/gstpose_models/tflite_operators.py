# SPDX-License-Identifier: LGPL-2.1-or-later
"""What each kind of TensorFlow Lite operator becomes in ONNX.

The kinds are those of MediaPipe's hand, palm and face networks. Shapes are computed and compared
with those of the file. Numbers are within the limits of the plugin (docs/models.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .errors import ConversionError
from .tflite_model import Operator, Tensor

if TYPE_CHECKING:
    from .tflite_graph import Converter, Value

_MAX_WINDOW, _MAX_PAD = 4096, 1024
_SAME = 0                             # Padding
_ACTIVATIONS = {1: "RELU", 3: "RELU6"}  # ActivationFunctionType; 0 is none
_MAX_BYTE = 127
_TO_ONNX, _TO_TENSORFLOW = (0, 3, 1, 2), (0, 2, 3, 1)  # order of an image's dimensions


def _image(value: Value) -> tuple[int, int, int]:
    """Returns rows, columns and channels of a tensor that is an image."""
    if len(value.shape) != 3:
        raise ConversionError(f"reads '{value.name}' of the shape {[1, *value.shape]}, expected "
                              "four dimensions")
    rows, columns, channels = value.shape
    return rows, columns, channels


def _finish(converter: Converter, operator: Operator, made: str, shape: Sequence[int],
            field: int | None = None) -> None:
    """Adds the activation that is fused into an operator, and declares its result."""
    code = 0 if field is None else operator.choice(field, "activation", _MAX_BYTE)
    if code:
        if code not in _ACTIVATIONS:
            raise ConversionError(f"has activation {code}, expected 0 (none) or "
                                  + " or ".join(f"{k} ({v})" for k, v in _ACTIVATIONS.items()))
        made = _activated(converter, operator, _ACTIVATIONS[code], made, shape[-1])
    converter.put(operator, made, shape)


def _activated(converter: Converter, operator: Operator, kind: str, source: str,
               channels: int) -> str:
    """Adds an activation; returns what it makes."""
    name = converter.new_name(operator.outputs[0], "/" + kind.lower())
    if kind == "RELU6":
        converter.graph.clip(source, name, 0.0, 6.0)
    else:
        converter.graph.node({"RELU": "Relu", "LOGISTIC": "Sigmoid"}[kind], [source], name, channels)
    return name


def _name(converter: Converter, operator: Operator, suffix: str = "") -> str:
    """Returns a name for what an operator makes."""
    if not operator.outputs:
        raise ConversionError("makes no tensor")
    return converter.new_name(operator.outputs[0], suffix)


def _windows(operator: Operator, sides: Sequence[int], kernel: Sequence[int],
             strides: Sequence[int], dilations: Sequence[int]) -> tuple[list[int], list[int]]:
    """Returns rows and columns of the windows on an image, and top, left, bottom, right padding.

    Padding SAME is what ceil(size / stride) windows need, the larger half of it behind.
    """
    same = operator.choice(0, "padding", 1) == _SAME
    counts, before, behind = [], [], []
    for side, window, stride, dilation in zip(sides, kernel, strides, dilations):
        extent = (window - 1) * dilation + 1
        count = -(-side // stride) if same else (side - extent) // stride + 1
        total = max((count - 1) * stride + extent - side, 0) if same else 0
        if count < 1 or total - total // 2 > _MAX_PAD:
            raise ConversionError(f"has a window of {extent} for a side of {side}")
        counts.append(count)
        before.append(total // 2)
        behind.append(total - total // 2)
    return counts, before + behind


def _strides(operator: Operator) -> tuple[int, int]:
    """Returns the strides of a window along rows and columns."""
    across = operator.number(1, "stride across", 1, _MAX_WINDOW)
    return operator.number(2, "stride down", 1, _MAX_WINDOW), across


def _convolution(converter: Converter, operator: Operator) -> None:
    depthwise = operator.kind == "DEPTHWISE_CONV_2D"
    source = converter.value(operator.input(0))
    rows, columns, channels = _image(source)
    weights = converter.weights(operator.input(1), 4)
    first = 5 if depthwise else 4  # field of the dilations
    across = operator.number(first, "dilation across", 1, _MAX_WINDOW, 1)
    dilations = operator.number(first + 1, "dilation down", 1, _MAX_WINDOW, 1), across
    strides = _strides(operator)
    if depthwise:  # [1, rows, columns, outputs]
        turned, groups = weights.transpose(3, 0, 1, 2), channels
        fits = weights.shape[0] == 1 and weights.shape[3] % channels == 0
    else:          # [outputs, rows, columns, inputs]
        turned, groups = weights.transpose(0, 3, 1, 2), 1
        fits = weights.shape[3] == channels
    if not fits or not weights.size or max(turned.shape[2:]) > _MAX_WINDOW:
        raise ConversionError(f"has weights of the shape {list(weights.shape)} for {channels} "
                              "channels")
    sides, pads = _windows(operator, (rows, columns), turned.shape[2:], strides, dilations)
    name = _name(converter, operator, "/convolution")
    converter.graph.convolution(source.name, name, turned, _bias(converter, operator, len(turned)),
                                groups, strides=strides, pads=pads, dilations=dilations)
    _finish(converter, operator, name, (*sides, len(turned)), first - 1)


def _bias(converter: Converter, operator: Operator, count: int) -> np.ndarray:
    """Returns the bias of an operator that reads it at port 2, zeros without one."""
    if len(operator.inputs) < 3 or operator.inputs[2] is None:
        return np.zeros(count, np.float32)
    bias = converter.weights(operator.input(2), 1)
    if bias.size != count:
        raise ConversionError(f"has {bias.size} numbers as bias of {count} outputs")
    return bias


def _pool(converter: Converter, operator: Operator) -> None:
    source = converter.value(operator.input(0))
    rows, columns, channels = _image(source)
    strides, across = _strides(operator), operator.number(3, "window across", 1, _MAX_WINDOW)
    kernel = operator.number(4, "window down", 1, _MAX_WINDOW), across
    sides, pads = _windows(operator, (rows, columns), kernel, strides, (1, 1))
    name = _name(converter, operator, "/pool")
    average = operator.kind == "AVERAGE_POOL_2D"
    attributes = {"count_include_pad": 0} if average else {}
    converter.graph.node("AveragePool" if average else "MaxPool", [source.name], name, channels,
                         kernel_shape=list(kernel), pads=pads, strides=list(strides), **attributes)
    _finish(converter, operator, name, (*sides, channels), 5)


def _arithmetic(converter: Converter, operator: Operator) -> None:
    """ADD, SUB and MUL of two tensors of one shape, or of one and a constant by channel."""
    pair = operator.input(0), operator.input(1)
    values = [converter.value(tensor) for tensor in pair if not converter.is_constant(tensor)]
    if not values or len({value.shape for value in values}) > 1:
        raise ConversionError(f"reads tensors of the shapes {[list(t.shape) for t in pair]}, "
                              "expected one shape, or a constant by channel")
    name = _name(converter, operator, "/" + operator.kind.lower())
    shape = values[0].shape
    sources = [_by_channel(converter, tensor, f"{name}/{port}", shape)
               if converter.is_constant(tensor) else converter.value(tensor).name
               for port, tensor in enumerate(pair)]
    kind = {"ADD": "Add", "SUB": "Sub", "MUL": "Mul"}[operator.kind]
    converter.graph.node(kind, sources, name, shape[-1])
    _finish(converter, operator, name, shape, 0)


def _by_channel(converter: Converter, tensor: Tensor, name: str, shape: Sequence[int]) -> str:
    """Adds a constant of one number or one number a channel; returns its name. OpenCV 4.6 gets
    sums wrong where a constant has as many dimensions as the image."""
    values = converter.weights(tensor, -4)
    if values.size == 1:
        return converter.graph.weight(name, values.reshape(1))
    if values.size != shape[-1] or values.shape[-1] != shape[-1] or len(shape) == 2:
        raise ConversionError(f"reads '{tensor.name}' of the shape {list(values.shape)} for a "
                              f"tensor of the shape {[1, *shape]}, expected one number, or "
                              f"{shape[-1]} for an image or a list")
    return converter.graph.weight(name, values.reshape((-1, 1, 1) if len(shape) == 3 else -1))


def _pad(converter: Converter, operator: Operator) -> None:
    source = converter.value(operator.input(0))
    rows, columns, channels = _image(source)
    table = converter.constant(operator.input(1))
    if table.shape != (4, 2) or table.dtype.kind != "i" or table.min() < 0 \
            or table.max() > _MAX_PAD or table[0].any():
        raise ConversionError(f"has paddings of the shape {list(table.shape)}, expected four pairs "
                              f"of 0 to {_MAX_PAD}, the first 0, 0")
    name = _name(converter, operator, "/pad")
    grown = [side + int(sum(pair)) for side, pair in zip((rows, columns, channels), table[1:])]
    turned = table[list(_TO_ONNX)]
    converter.graph.pad(source.name, name, grown[2], [int(n) for n in turned.T.reshape(-1)])
    _finish(converter, operator, name, grown)


def _prelu(converter: Converter, operator: Operator) -> None:
    source = converter.value(operator.input(0))
    _, _, channels = _image(source)
    slope = converter.weights(operator.input(1), -4)
    if slope.size != channels or slope.shape[-1:] != (channels,):
        raise ConversionError(f"has slopes of the shape {list(slope.shape)}, expected one for each "
                              f"of {channels} channels")
    name = _name(converter, operator, "/prelu")
    weight = converter.graph.weight(name + "/slope", slope.reshape(-1, 1, 1))
    converter.graph.node("PRelu", [source.name, weight], name, channels)
    _finish(converter, operator, name, source.shape)


def _activation(converter: Converter, operator: Operator) -> None:
    source = converter.value(operator.input(0))
    _name(converter, operator)  # has to make a tensor
    made = _activated(converter, operator, operator.kind, source.name, source.channels)
    _finish(converter, operator, made, source.shape)


def _mean(converter: Converter, operator: Operator) -> None:
    """The mean over all rows and columns."""
    source = converter.value(operator.input(0))
    _, _, channels = _image(source)
    axes = converter.constant(operator.input(1)).reshape(-1)
    if axes.dtype.kind != "i" or sorted(int(axis) % 4 for axis in axes[:3]) != [1, 2] \
            or not -4 <= int(axes.min()) <= int(axes.max()) <= 3:
        raise ConversionError(f"is along the axes {axes[:3].tolist()}, expected 1 and 2")
    name = _name(converter, operator, "/mean")
    converter.graph.node("GlobalAveragePool", [source.name], name, channels)
    if operator.choice(0, "keep_dims", 1):
        _finish(converter, operator, name, (1, 1, channels))
        return
    flat = _name(converter, operator, "/flat")
    converter.graph.node("Flatten", [name], flat, channels, axis=1)
    _finish(converter, operator, flat, (channels,))


def _resize(converter: Converter, operator: Operator) -> None:
    source = converter.value(operator.input(0))
    rows, columns, channels = _image(source)
    size = converter.constant(operator.input(1))
    if size.dtype.kind != "i" or size.tolist() != [2 * rows, 2 * columns] \
            or operator.choice(2, "align_corners", 1) \
            or not operator.choice(3, "half_pixel_centers", 1):
        raise ConversionError(f"makes {size.reshape(-1)[:4].tolist()} of {[rows, columns]} cells, "
                              "expected twice as many, with half_pixel_centers")
    name = _name(converter, operator, "/resize")
    converter.graph.double(source.name, name)
    _finish(converter, operator, name, (2 * rows, 2 * columns, channels))


def _flat_source(converter: Converter, operator: Operator) -> Value:
    """Returns what an operator reads, an image turned into TensorFlow's order."""
    value = converter.value(operator.input(0))
    if len(value.shape) != 3:
        return value
    name = _name(converter, operator, "/turned")
    converter.graph.node("Transpose", [value.name], name, value.channels,
                         perm=list(_TO_TENSORFLOW))
    return type(value)(name, value.shape)


def _reshape(converter: Converter, operator: Operator) -> None:
    """The new shape is what the file says of the result; the batch stays open."""
    source = _flat_source(converter, operator)
    name = _name(converter, operator, "/reshape")
    shape = operator.outputs[0].shape[1:]
    if math.prod(shape) != math.prod(source.shape) or not 1 <= len(shape) <= 3:
        raise ConversionError(f"makes {[1, *shape]} of {[1, *source.shape]}")
    target = converter.graph.integers(name + "/shape", [0, *shape])
    converter.graph.node("Reshape", [source.name, target], name, shape[-1])
    if len(shape) == 3:
        turned = _name(converter, operator, "/back")
        converter.graph.node("Transpose", [name], turned, shape[-1], perm=list(_TO_ONNX))
        name = turned
    _finish(converter, operator, name, shape)


def _fully_connected(converter: Converter, operator: Operator) -> None:
    source = _flat_source(converter, operator)
    weights = converter.weights(operator.input(1), 2)
    if operator.choice(1, "weights_format", _MAX_BYTE) or operator.choice(2, "keep_num_dims", 1):
        raise ConversionError("has shuffled weights or keeps dimensions, expected neither")
    if math.prod(source.shape) != weights.shape[1]:
        raise ConversionError(f"has weights of the shape {list(weights.shape)} for "
                              f"{math.prod(source.shape)} numbers")
    name, flat = source.name, len(source.shape) == 1
    if not flat:
        name = _name(converter, operator, "/flat")
        converter.graph.node("Flatten", [source.name], name, weights.shape[1], axis=1)
    made = _name(converter, operator, "/product")
    bias = _bias(converter, operator, len(weights))
    converter.graph.node("Gemm", [name, converter.graph.weight(made + "/weights", weights),
                                  converter.graph.weight(made + "/bias", bias)], made,
                         len(weights), transB=1)
    _finish(converter, operator, made, (len(weights),), 0)


def _concatenation(converter: Converter, operator: Operator) -> None:
    values = [converter.value(operator.input(port)) for port in range(len(operator.inputs))]
    if not values:
        raise ConversionError("reads no tensor")
    rank = len(values[0].shape) + 1
    axis = operator.number(0, "axis", -rank, rank - 1) % rank
    rests = {(*value.shape[:axis - 1], *value.shape[axis:]) for value in values}
    if axis == 0 or len(rests) > 1 or len({len(value.shape) for value in values}) > 1:
        raise ConversionError(f"joins {[[1, *value.shape] for value in values[:4]]} along {axis}")
    shape = list(values[0].shape)
    shape[axis - 1] = sum(value.shape[axis - 1] for value in values)
    name = _name(converter, operator, "/concatenation")
    turned = _TO_ONNX.index(axis) if rank == 4 else axis
    converter.graph.node("Concat", [value.name for value in values], name, shape[-1], axis=turned)
    _finish(converter, operator, name, shape, 1)


WRITERS: dict[str, Callable[[Converter, Operator], None]] = {
    "CONV_2D": _convolution, "DEPTHWISE_CONV_2D": _convolution,
    "FULLY_CONNECTED": _fully_connected, "ADD": _arithmetic, "SUB": _arithmetic,
    "MUL": _arithmetic, "PAD": _pad, "PRELU": _prelu, "RELU": _activation, "RELU6": _activation,
    "LOGISTIC": _activation, "MAX_POOL_2D": _pool, "AVERAGE_POOL_2D": _pool, "MEAN": _mean,
    "RESIZE_BILINEAR": _resize, "RESHAPE": _reshape, "CONCATENATION": _concatenation}
