# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sparse constants of TensorFlow Lite files to dense ones.

Dimensions are stored one within the other, in an order that the file gives; each is dense, with its
size, or lists the indices that have values, as in compressed sparse rows. Behind those of the
tensor may come dimensions of blocks, each within one of the tensor's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .errors import ConversionError
from .flatbuffer import Table

_MAX_DENSE = 1 << 26  # numbers of all sparse constants of a file together
_MAX_LEVELS = 16
_INDEX_TYPES = {1: "<i4", 2: "<u2", 3: "u1"}  # SparseIndexVector: which table it is
_DENSE, _SPARSE = 0, 1                        # DimensionType


def densify(name: str, values: np.ndarray, shape: Sequence[int], sparsity: Table,
            taken: int) -> np.ndarray:
    """Returns the dense array of the tensor `name`, whose stored numbers are `values`.

    The sparse constants of a file have at most 2^26 numbers together, `taken` of them before this.
    """
    if math.prod(shape) + taken > _MAX_DENSE:
        raise ConversionError(f"sparse tensor '{name}' has the shape {list(shape)}, at most "
                              f"{_MAX_DENSE} numbers in all sparse tensors")
    try:
        return _densify(values, tuple(shape), sparsity)
    except ConversionError as error:
        raise ConversionError(f"sparse tensor '{name}': {error}") from error


def _densify(values: np.ndarray, shape: tuple[int, ...], sparsity: Table) -> np.ndarray:
    """Finds the position of each number, and puts it there."""
    order = sparsity.numbers(0, "order", "<i4", _MAX_LEVELS).tolist()
    blocks = sparsity.numbers(1, "blocks", "<i4", _MAX_LEVELS).tolist()
    levels = sparsity.tables(2, "dimension", _MAX_LEVELS)
    rank = len(shape)
    if sorted(order[:rank]) != list(range(rank)) or len(levels) != len(order) \
            or order[rank:] != list(range(rank, rank + len(blocks))) \
            or len(set(blocks)) != len(blocks) or any(not 0 <= b < rank for b in blocks):
        raise ConversionError(f"order {order}, {len(levels)} dimensions and blocks {blocks} do not "
                              f"fit the shape {list(shape)}")
    sides = [1] * rank  # of a block
    for block, level in zip(blocks, levels[rank:]):
        sides[block] = level.number(1, "size")
        if level.number(0, "format", "b") != _DENSE or sides[block] < 1 \
                or shape[block] % sides[block]:
            raise ConversionError(f"a block has {sides[block]} of the {shape[block]} cells of "
                                  f"dimension {block}")
    columns = _indices(levels, values.size)
    places = [np.zeros(values.size, np.int64) for _ in shape]
    for target, column in zip(order, columns):
        if target < rank:
            places[target] += column * sides[target]
        else:
            places[blocks[target - rank]] += column
    if any(place.min(initial=0) < 0 or place.max(initial=0) >= side
           for place, side in zip(places, shape)):
        raise ConversionError(f"has an index outside of the shape {list(shape)}")
    flat = np.ravel_multi_index(places, shape) if values.size else np.zeros(0, np.int64)
    if np.unique(flat).size != flat.size:
        raise ConversionError("has two numbers at one place")
    dense = np.zeros(math.prod(shape), values.dtype)
    dense[flat] = values
    return dense.reshape(shape)


def _indices(levels: Sequence[Table], count: int) -> list[np.ndarray]:
    """Returns the index of each of `count` numbers along each level."""
    sparse = {i: (_vector(level, 2, "segments"), _vector(level, 4, "indices"))
              for i, level in enumerate(levels) if level.number(0, "format", "b") == _SPARSE}
    # More places than numbers are of use only where segments of a level behind say so.
    most = max([count, *(ends.size for ends, _ in sparse.values())])
    columns: list[np.ndarray] = []
    rows = 1  # places at which the next level begins
    for i, level in enumerate(levels):
        if i in sparse:
            ends, column = sparse[i]
            if ends.size != rows + 1 or ends[0] != 0 or ends[-1] != column.size \
                    or (np.diff(ends) < 0).any():
                raise ConversionError(f"{level.what} has segments that do not divide its "
                                      f"{column.size} indices among {rows}")
            repeats: np.ndarray | int = np.diff(ends)
        else:
            repeats = level.number(1, "size")
            if level.number(0, "format", "b") != _DENSE or not 0 < repeats * rows <= most:
                raise ConversionError(f"{level.what} has the format "
                                      f"{level.number(0, 'format', 'b')} and the size {repeats}, "
                                      f"expected {_DENSE} and a size that its numbers fill")
            column = np.tile(np.arange(repeats, dtype=np.int64), rows)
        columns = [np.repeat(before, repeats) for before in columns] + [column]
        rows = column.size
    if rows != count:
        raise ConversionError(f"has {count} numbers for {rows} places")
    return columns


def _vector(level: Table, field: int, name: str) -> np.ndarray:
    """Returns segments or indices, whose type the field before them says."""
    kind, table = level.number(field, name, "B"), level.table(field + 1, name)
    if table is None or kind not in _INDEX_TYPES:
        raise ConversionError(f"{level.what} has {name} of the kind {kind}, expected "
                              f"{', '.join(str(known) for known in _INDEX_TYPES)}")
    return table.numbers(0, name, _INDEX_TYPES[kind], _MAX_DENSE).astype(np.int64)
