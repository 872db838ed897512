# SPDX-License-Identifier: LGPL-2.1-or-later
"""TensorFlow Lite networks computed by the definitions of their operators, image by image, in double
precision: slow, plain, and independent of what the converter makes of them (python3-numpy)."""

import numpy as np

import support  # noqa: F401 (makes gstpose_models importable)

from gstpose_models.tflite_model import Model, Operator


def compute(data: bytes, image, names) -> list:
    """Returns the tensors called `names` for an image [rows, columns, channels]."""
    model = Model(data)
    known = {model.inputs[0].index: np.asarray(image, np.float64)[None]}

    def value(tensor):
        if tensor.index not in known:
            known[tensor.index] = np.asarray(model.constant(tensor))
        return known[tensor.index]

    for operator in model.operators:
        inputs = [value(tensor) for tensor in operator.inputs if tensor is not None]
        result = _activated(operator, OPERATORS[operator.kind](operator, *inputs))
        (made,) = operator.outputs
        assert result.shape == made.shape, (operator.name, result.shape, made.shape)
        known[made.index] = result
    by_name = {tensor.name: known.get(tensor.index) for tensor in model.tensors}
    return [by_name[name] for name in names]


# Field of the activation in each table of options.
_ACTIVATION = {"CONV_2D": 3, "DEPTHWISE_CONV_2D": 4, "MAX_POOL_2D": 5, "AVERAGE_POOL_2D": 5,
               "FULLY_CONNECTED": 0, "ADD": 0, "SUB": 0, "MUL": 0, "CONCATENATION": 1}


def _activated(operator: Operator, values):
    field = _ACTIVATION.get(operator.kind)
    kind = 0 if field is None else operator.choice(field, "activation", 3)
    return {0: lambda v: v, 1: lambda v: np.maximum(v, 0), 3: lambda v: np.clip(v, 0, 6)}[kind](values)


def _cells(operator: Operator, image, window, dilations, fill):
    """Returns the cells of each window: [window rows, window columns, rows, columns, channels]."""
    strides = operator.number(2, "", 1, 99), operator.number(1, "", 1, 99)
    sides, around = [], []
    for side, size, stride, dilation in zip(image.shape[1:3], window, strides, dilations):
        reach = (size - 1) * dilation + 1
        same = operator.choice(0, "", 1) == 0
        sides.append((side + stride - 1) // stride if same else (side - reach + stride) // stride)
        missing = max(0, (sides[-1] - 1) * stride + reach - side) if same else 0
        around.append((missing // 2, missing - missing // 2))
    padded = np.pad(image[0], [*around, (0, 0)], constant_values=fill)
    down, across = (np.arange(n) * s for n, s in zip(sides, strides))
    return np.array([[padded[down + r * dilations[0]][:, across + c * dilations[1]]
                      for c in range(window[1])] for r in range(window[0])])


def _conv(operator, image, weights, bias=0):
    dilations = operator.number(5, "", 1, 99, 1), operator.number(4, "", 1, 99, 1)
    cells = _cells(operator, image, weights.shape[1:3], dilations, 0)
    return np.tensordot(cells, weights.astype(float), ([0, 1, 4], [1, 2, 3]))[None] + bias


def _depthwise(operator, image, weights, bias=0):
    dilations = operator.number(6, "", 1, 99, 1), operator.number(5, "", 1, 99, 1)
    cells = _cells(operator, image, weights.shape[1:3], dilations, 0)
    each = weights.shape[3] // image.shape[3]  # outputs of an input, one after the other
    return np.einsum("rcyxk,rck->yxk", np.repeat(cells, each, 4), weights[0].astype(float),
                     optimize=True)[None] + bias


def _pool(operator, image):
    window = operator.number(4, "", 1, 99), operator.number(3, "", 1, 99)
    cells = _cells(operator, image, window, (1, 1), np.nan)
    return (np.nanmax if operator.kind[0] == "M" else np.nanmean)(cells, axis=(0, 1))[None]


def _resize(_operator, image, size):
    """Linear, samples at the middles of cells."""
    for axis, count in zip((1, 2), size):
        side = image.shape[axis]
        at = np.clip((np.arange(count) + 0.5) * side / count - 0.5, 0, side - 1)
        low = np.floor(at).astype(int)
        share = (at - low).reshape([-1 if i == axis else 1 for i in range(4)])
        image = image.take(low, axis) * (1 - share) \
            + image.take(np.minimum(low + 1, side - 1), axis) * share
    return image


OPERATORS = {
    "CONV_2D": _conv, "DEPTHWISE_CONV_2D": _depthwise, "MAX_POOL_2D": _pool,
    "AVERAGE_POOL_2D": _pool, "RESIZE_BILINEAR": _resize,
    "ADD": lambda _, a, b: a + b, "SUB": lambda _, a, b: a - b, "MUL": lambda _, a, b: a * b,
    "PRELU": lambda _, a, slope: np.where(a < 0, a * slope, a),
    "RELU": lambda _, a: np.maximum(a, 0), "RELU6": lambda _, a: np.clip(a, 0, 6),
    "LOGISTIC": lambda _, a: 1 / (1 + np.exp(-a)),
    "PAD": lambda _, a, table: np.pad(a, table),
    "MEAN": lambda o, a, axes: a.mean(tuple(axes), keepdims=bool(o.choice(0, "", 1))),
    "RESHAPE": lambda o, a, *_: a.reshape(o.outputs[0].shape),
    "FULLY_CONNECTED": lambda _, a, w, b=0: a.reshape(-1, w.shape[1]) @ w.T.astype(float) + b,
    "CONCATENATION": lambda o, *a: np.concatenate(a, o.number(0, "", -9, 9)),
    "DEQUANTIZE": lambda _, a: a.astype(np.float64), "DENSIFY": lambda _, a: a}
