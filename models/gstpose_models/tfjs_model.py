# SPDX-License-Identifier: LGPL-2.1-or-later
"""The files of a TensorFlow.js graph model: nodes of model.json, weights of its weight files."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from .errors import ConversionError

_DTYPES = {"float32": "<f4", "int32": "<i4"}


@dataclass(frozen=True)
class Node:
    """One node of the graph; `inputs` are names of nodes."""

    name: str
    kind: str
    inputs: tuple[str, ...]
    attributes: dict = field(repr=False)

    def numbers(self, key: str, default: Sequence[int] = (1, 1, 1, 1)) -> tuple[int, int]:
        """Returns rows and columns of a list attribute given as [1, rows, columns, 1]."""
        found = [int(i) for i in self.attributes.get(key, {}).get("list", {}).get("i", default)]
        if len(found) != 4 or found[0] != 1 or found[3] != 1:
            raise ConversionError(f"node '{self.name}': {key} is {found}; expected [1, r, c, 1]")
        return found[1], found[2]

    def text(self, key: str, default: str = "") -> str:
        """Returns a text attribute (base64 in the file)."""
        encoded = self.attributes.get(key, {}).get("s")
        return default if encoded is None else base64.b64decode(encoded).decode()

    def texts(self, key: str) -> list[str]:
        """Returns the texts of a list attribute (base64 in the file)."""
        encoded = self.attributes.get(key, {}).get("list", {}).get("s", ())
        return [base64.b64decode(text).decode() for text in encoded]

    def flag(self, key: str) -> bool:
        """Returns a boolean attribute; a missing one is false."""
        return bool(self.attributes.get(key, {}).get("b", False))


def read_document(model: bytes) -> dict:
    """Parses model.json."""
    try:
        document = json.loads(model)
    except ValueError as error:
        raise ConversionError(f"TensorFlow.js model: model.json is not JSON: {error}") from error
    if not isinstance(document, dict) or "modelTopology" not in document:
        raise ConversionError("TensorFlow.js model: model.json has no modelTopology")
    return document


def weight_files(model: bytes) -> list[str]:
    """Returns the names of the weight files that the file model.json asks for."""
    groups = read_document(model).get("weightsManifest", [])
    return [path for group in groups for path in group["paths"]]


def read_nodes(document: Mapping) -> dict[str, Node]:
    """Returns the nodes of a parsed model.json by name, in its order."""
    return {node["name"]: Node(node["name"], node["op"], tuple(node.get("input", ())),
                               node.get("attr", {}))
            for node in document["modelTopology"]["node"]}


def read_weights(document: Mapping, files: Mapping[str, bytes]) -> dict[str, np.ndarray]:
    """Returns all weights by name, floats as float32; within a group of the manifest they follow
    each other across its files."""
    weights = {}
    for group in document["weightsManifest"]:
        blob = b"".join(files[path] for path in group["paths"])
        offset = 0
        for entry in group["weights"]:
            dtype = _stored_type(entry)
            count = int(np.prod(entry["shape"], dtype=np.int64))
            if offset + count * dtype.itemsize > len(blob):
                raise ConversionError(f"weights '{entry['name']}' end at byte "
                                      f"{offset + count * dtype.itemsize} of {len(blob)}")
            values = np.frombuffer(blob, dtype, count, offset).reshape(entry["shape"])
            offset += values.nbytes
            weights[entry["name"]] = values.astype("<f4") if dtype.kind == "f" else values
        if offset != len(blob):
            raise ConversionError(f"weight files {group['paths']} hold {len(blob)} bytes; "
                                  f"the manifest describes {offset}")
    return weights


def _stored_type(entry: Mapping) -> np.dtype:
    """Returns the type in which the weights of a manifest's entry are stored."""
    quantised = entry.get("quantization")
    if quantised is None and entry["dtype"] in _DTYPES:
        return np.dtype(_DTYPES[entry["dtype"]])
    if quantised is not None and (entry["dtype"], quantised["dtype"]) == ("float32", "float16"):
        return np.dtype("<f2")
    found = entry["dtype"] + (f" quantised to {quantised['dtype']}" if quantised else "")
    raise ConversionError(f"weights '{entry['name']}' are {found}; expected plain "
                          f"{' or '.join(_DTYPES)}, or float32 quantised to float16")
