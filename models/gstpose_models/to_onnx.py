# SPDX-License-Identifier: LGPL-2.1-or-later
"""From an installed Caffe network to the same network as ONNX, beside it."""

from __future__ import annotations

import json
from pathlib import Path

from .errors import ConversionError, IntegrityError
from .files import data_digest, locked, storage_errors, write_whole
from .install import card_path, problems, require_packages
from .progress import say


def to_onnx(card: Path) -> Path:
    """Writes NAME-onnx.onnx and its card NAME-onnx.json beside the card NAME.json of a Caffe
    network, which stays; returns the new card."""
    require_packages(card.stem)
    if found := problems(card):
        raise IntegrityError("; ".join(found))
    facts = json.loads(card.read_text(encoding="utf-8"))
    weights, definition = card.parent / facts["model"], card.parent / facts.get("config", "")
    if weights.suffix != ".caffemodel" or not definition.is_file():
        raise ConversionError(f"{card}: names no .caffemodel with its definition as 'config'")
    from . import caffe  # needs python3-numpy and python3-onnx, which most commands do not
    say(f"{card.stem}: converting to ONNX")
    name = card.stem + "-onnx"
    try:
        network = caffe.convert(name, definition.read_text(encoding="utf-8"), weights.read_bytes(),
                                (facts.get("height", 368), facts.get("width", 368)))
    except UnicodeDecodeError as error:
        raise ConversionError(f"{definition}: is not text") from error
    new = {key: value for key, value in facts.items() if not key.startswith("config")}
    new.update(name=name, model=name + ".onnx", sha256=data_digest(network))
    folder = card.parent
    with storage_errors(name, folder), locked(
            folder / ".lock", lambda: say(f"another fetch is at work in {folder}; waiting for it")):
        write_whole(folder / new["model"], network, folder)
        text = json.dumps(new, indent=2, ensure_ascii=False) + "\n"
        write_whole(card_path(folder, name), text.encode(), folder)
    return card_path(folder, name)
