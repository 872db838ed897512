# SPDX-License-Identifier: LGPL-2.1-or-later
"""From Caffe files on disk, installed ones or the user's own, to the same network as ONNX."""

from __future__ import annotations

import json
from pathlib import Path

from .errors import ConversionError, IntegrityError
from .files import data_digest, locked, storage_errors, write_whole
from .install import card_path, problems, require_packages
from .progress import say


def to_onnx(source: Path, definition: Path | None = None) -> Path:
    """Writes a Caffe network as STEM-onnx.onnx with the card STEM-onnx.json beside `source`, which
    stays: its card (STEM.json) or its weights (STEM.caffemodel). Returns the new card.

    Weights with a card of the same stem beside them are described by it. The definition is the
    file `definition`, or the one that the card names, or else STEM.prototxt.
    """
    require_packages(source.stem)
    card = source.with_suffix(".json")
    if source == card or card.is_file():
        facts, weights, named = _of_card(card)
        if source not in (card, weights):
            raise ConversionError(f"{card}: is of {weights.name}, not of {source.name}")
        definition = definition or named
    else:
        facts, weights = {}, source
    definition = definition or source.with_suffix(".prototxt")
    for path in (weights, definition):
        if not path.is_file():
            raise ConversionError(f"{path}: not there; the definition (.prototxt) of {weights} is "
                                  "named by --config or lies beside it under the same stem")
    name = source.stem + "-onnx"
    say(f"{source.stem}: converting to ONNX")
    from . import caffe  # needs python3-numpy and python3-onnx, which most commands do not
    network = caffe.convert_files(name, definition, weights,
                                  (facts.get("height", 368), facts.get("width", 368)))
    new = {key: value for key, value in facts.items() if not key.startswith("config")}
    new.update(name=name, model=name + ".onnx", sha256=data_digest(network))
    folder = source.parent
    with storage_errors(name, folder), locked(
            folder / ".lock", lambda: say(f"another fetch is at work in {folder}; waiting for it")):
        write_whole(folder / new["model"], network, folder)
        text = json.dumps(new, indent=2, ensure_ascii=False) + "\n"
        write_whole(card_path(folder, name), text.encode(), folder)
    return card_path(folder, name)


def _of_card(card: Path) -> tuple[dict, Path, Path | None]:
    """Returns what a sound card says, the weights of its Caffe network, and the definition."""
    if found := problems(card):
        raise IntegrityError("; ".join(found))
    facts = json.loads(card.read_text(encoding="utf-8"))
    weights = card.parent / facts["model"]
    if weights.suffix != ".caffemodel":
        raise ConversionError(f"{card}: its model is {weights.name}, expected a .caffemodel")
    return facts, weights, card.parent / facts["config"] if facts.get("config") else None
