# SPDX-License-Identifier: LGPL-2.1-or-later
"""Caffe network (.prototxt and .caffemodel) to ONNX: its layers in order, and the blobs they make.

What a layer becomes is in caffe_layers.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .caffe_files import MAX_DEFINITION, MAX_WEIGHTS, Block, read_definition, read_weights
from .caffe_layers import (JOINING, KINDS, MAX_CHANNELS, PASSING, Layer, Tensor, kind_of, text,
                           texts)
from .errors import ConversionError
from .graph import Graph

_MAX_LAYERS = 4096


def convert_files(name: str, definition: Path, weights: Path, size: tuple[int, int]) -> bytes:
    """Returns what convert() makes of two files."""
    for path, limit in ((definition, MAX_DEFINITION), (weights, MAX_WEIGHTS)):
        if (length := path.stat().st_size) > limit:
            raise ConversionError(f"{path}: has {length} bytes, at most {limit}")
    try:
        return convert(name, definition.read_text(encoding="utf-8"), weights.read_bytes(), size)
    except UnicodeDecodeError as error:
        raise ConversionError(f"{definition}: is not text") from error


def convert(name: str, definition: str, weights: bytes, size: tuple[int, int]) -> bytes:
    """Returns the ONNX file, called `name` inside.

    The rows and columns of its input are open where every layer can do with an input of 1 x 1,
    which is what OpenCV takes open ones for while it reads a file; else they are `size`, the usual
    ones.
    """
    try:
        layers, arrays = read_definition(definition), read_weights(weights)
        network = Converter(name, layers, arrays, None)
        data = network.run()
        return data if network.is_open else Converter(name, layers, arrays, size).run()
    except ConversionError as error:
        raise ConversionError(f"Caffe network '{name}': {error}") from error
    except (KeyError, IndexError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise ConversionError(f"Caffe network '{name}': {error!r}") from error


class Converter:
    """One network on its way."""

    def __init__(self, name: str, definition: Block, weights: dict[str, list[np.ndarray]],
                 size: tuple[int, int] | None) -> None:
        self.graph = Graph(name)
        self.is_open = True                    # whether an input of 1 x 1 goes through
        self._definition = definition
        self._weights = dict(weights)          # those not used yet
        self._size = size
        self._tensors: dict[str, Tensor] = {}  # Caffe's blobs, as they are now
        self._read: set[str] = set()           # names of tensors that are no output
        self._taken: set[str] = set()          # names

    def run(self) -> bytes:
        """Converts the layers in order; what none reads is an output."""
        old, new = texts(self._definition, "layers"), texts(self._definition, "layer")
        if old and new:
            raise ConversionError("the definition has both 'layer' and 'layers', expected one kind")
        layers = old or new
        if not 0 < len(layers) <= _MAX_LAYERS:
            raise ConversionError(f"the definition has {len(layers)} layers, expected 1 to "
                                  f"{_MAX_LAYERS}")
        self._declare_inputs()
        for layer in layers:
            self._add(layer, bool(old))
        names = [tensor.name for tensor in self._tensors.values() if tensor.name not in self._read]
        return self.graph.serialise(list(dict.fromkeys(names)))

    def blobs(self, layer: Layer, least: int, most: int) -> list[np.ndarray]:
        """Returns the weights of a layer, which are found by its name and no other layer's."""
        found = self._weights.pop(layer.name, [])
        if not least <= len(found) <= most:
            expected = f"{least}" if least == most else f"{least} to {most}"
            raise ConversionError(f"has {len(found)} arrays of weights, expected {expected}")
        return found

    def tensor(self, name: str, channels: int, least: Sequence[int]) -> Tensor:
        """Returns what a layer makes; `least` may be below 1."""
        if channels > MAX_CHANNELS:
            raise ConversionError(f"makes {channels} channels, at most {MAX_CHANNELS}")
        self.is_open = self.is_open and min(least) > 0
        return Tensor(name, channels, (max(least[0], 1), max(least[1], 1)))

    def joined(self, tensors: Sequence[Tensor]) -> tuple[int, int]:
        """Returns the least rows and columns of tensors that have to have the same."""
        self.is_open = self.is_open and len({tensor.least for tensor in tensors}) == 1
        return tensors[0].least

    def _declare_inputs(self) -> None:
        """Declares the inputs that are no layers."""
        names, sides = texts(self._definition, "input"), texts(self._definition, "input_dim")
        shapes = [texts(shape, "dim") for shape in texts(self._definition, "input_shape")]
        if sides:
            shapes = [sides[i:i + 4] for i in range(0, len(sides), 4)]
        if len(shapes) != len(names):
            raise ConversionError(f"the definition has {len(names)} inputs and {len(shapes)} "
                                  "shapes for them")
        for name, shape in zip(names, shapes):
            self._declare(name, shape)

    def _declare(self, name: str, shape: Sequence[str]) -> None:
        """Declares an input."""
        try:
            channels = int(shape[1]) if len(shape) == 4 else 0
        except (ValueError, TypeError):
            channels = 0
        if not 0 < channels <= MAX_CHANNELS:
            raise ConversionError(f"input '{name}' has the shape {list(shape)[:8]}, expected "
                                  "batch, channels, rows, columns")
        self.graph.input(name, channels, self._size)
        self._taken.add(name)
        self._tensors[name] = Tensor(name, channels, (1, 1))

    def _add(self, block: Block, is_old: bool) -> None:
        """Adds one layer."""
        name, kind = text(block, "name", ""), kind_of(text(block, "type", ""), is_old)
        try:
            tops = texts(block, "top")
            if kind == "Input" and len(tops) == 1:
                ((shape,),) = (texts(options, "shape") for options in block["input_param"])
                self._declare(tops[0], shape["dim"])
                return
            if kind not in KINDS and kind not in PASSING:
                raise ConversionError("is of no kind that is known here: "
                                      f"{', '.join((*KINDS, *PASSING))}")
            self._connect(block, name, kind, tops)
        except ConversionError as error:
            raise ConversionError(f"layer '{name}' ({kind}) {error}") from error

    def _connect(self, block: Block, name: str, kind: str, tops: Sequence[str]) -> None:
        """Makes a layer of what it reads. Where it writes over its input, the blob is another
        tensor from here on."""
        bottoms = texts(block, "bottom")
        unknown = [blob for blob in bottoms if blob not in self._tensors]
        if unknown or not bottoms:
            raise ConversionError(f"reads {unknown[0] if unknown else 'nothing'!r}, expected a "
                                  "blob that a layer before it makes")
        if len(bottoms) != 1 and kind not in JOINING:
            raise ConversionError(f"reads {len(bottoms)} blobs, expected one")
        inputs = tuple(self._tensors[blob] for blob in bottoms)
        if kind in PASSING:
            if kind == "Silence":
                self._read.update(tensor.name for tensor in inputs)
            self._tensors.update((top, inputs[0]) for top in tops)
            return
        if len(tops) != 1:
            raise ConversionError(f"makes {len(tops)} blobs, expected one")
        make, key = KINDS[kind]
        options = (texts(block, key) or [{}])[0]
        output = self._new_name(tops[0], name, f"{name}/{kind}")
        self._tensors[tops[0]] = make(self, Layer(name, kind, inputs, output, options))
        self._read.update(tensor.name for tensor in inputs)

    def _new_name(self, *wanted: str) -> str:
        """Returns the first of some names that no tensor of the graph has."""
        free = (name for name in wanted if name and name not in self._taken)
        name = next(free, f"{wanted[0]}/{len(self._taken)}")
        self._taken.add(name)
        return name
