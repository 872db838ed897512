# SPDX-License-Identifier: LGPL-2.1-or-later
"""From files on disk, Caffe's or TensorFlow Lite's, installed or the user's own, to the same network
as ONNX."""

from __future__ import annotations

import json
from pathlib import Path

from .errors import ConversionError, IntegrityError, UsageError
from .files import data_digest, locked, storage_errors, write_whole
from .install import card_path, problems, require_packages
from .progress import say

WEIGHTS = (".caffemodel", ".tflite")


def to_onnx(source: Path, definition: Path | None = None) -> Path:
    """Writes a network as STEM-onnx.onnx with the card STEM-onnx.json beside `source`, which stays:
    its card (STEM.json) or its weights (STEM.caffemodel, STEM.tflite). Returns the new card.

    Weights with a card of the same stem beside them are described by it. The definition of a Caffe
    network is the file `definition`, or the one that the card names, or else STEM.prototxt.
    """
    require_packages(source.stem)
    card = source.with_suffix(".json")
    facts, weights, named = {}, source, None
    if source == card or card.is_file():
        facts, weights, named = _of_card(card)
        if source not in (card, weights):
            raise ConversionError(f"{card}: is of {weights.name}, not of {source.name}")
    name = source.stem + "-onnx"
    new = {key: value for key, value in facts.items() if not key.startswith("config")}
    new.update(name=name, model=name + ".onnx")
    if weights.suffix == ".tflite":
        if definition:
            raise UsageError(f"--config is the definition of a Caffe network, not of {weights}")
        network = _of_tflite(name, weights, new)
    else:
        definition = definition or named or source.with_suffix(".prototxt")
        network = _of_caffe(name, weights, definition, facts)
    new["sha256"] = data_digest(network)
    folder = source.parent
    with storage_errors(name, folder), locked(
            folder / ".lock", lambda: say(f"another fetch is at work in {folder}; waiting for it")):
        write_whole(folder / new["model"], network, folder)
        text = json.dumps(new, indent=2, ensure_ascii=False) + "\n"
        write_whole(card_path(folder, name), text.encode(), folder)
    return card_path(folder, name)


def _of_caffe(name: str, weights: Path, definition: Path, facts: dict) -> bytes:
    """Converts the two files of a Caffe network with some card."""
    for path in (weights, definition):
        if not path.is_file():
            raise ConversionError(f"{path}: not there; the definition (.prototxt) of {weights} is "
                                  "named by --config or lies beside it under the same stem")
    say(f"{name.removesuffix('-onnx')}: converting to ONNX")
    from . import caffe  # needs python3-numpy and python3-onnx, which most commands do not
    return caffe.convert_files(name, definition, weights,
                               (facts.get("height", 368), facts.get("width", 368)))


def _of_tflite(name: str, weights: Path, card: dict) -> bytes:
    """Converts a TensorFlow Lite file, and notes in the card the size of its input, which is
    fixed."""
    if not weights.is_file():
        raise ConversionError(f"{weights}: not there")
    say(f"{name.removesuffix('-onnx')}: converting to ONNX")
    from . import tflite_graph  # needs python3-numpy and python3-onnx, as above
    network, (card["height"], card["width"]) = tflite_graph.convert_file(name, weights)
    return network


def _of_card(card: Path) -> tuple[dict, Path, Path | None]:
    """Returns what a sound card says, the weights of its network, and a Caffe network's
    definition."""
    if found := problems(card):
        raise IntegrityError("; ".join(found))
    facts = json.loads(card.read_text(encoding="utf-8"))
    weights = card.parent / facts["model"]
    if weights.suffix not in WEIGHTS:
        raise ConversionError(f"{card}: its model is {weights.name}, expected a "
                              f"{' or '.join(WEIGHTS)}")
    return facts, weights, card.parent / facts["config"] if facts.get("config") else None
