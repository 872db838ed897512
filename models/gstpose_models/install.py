# SPDX-License-Identifier: LGPL-2.1-or-later
"""From a model of the catalogue to an installed network with its card."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from . import npm, packed_assets, zip_member
from .catalogue import Model, PackageFile
from .download import RetryPolicy, fetch
from .errors import DownloadError, IntegrityError, MissingToolError
from .files import (data_digest, digest, locked, move_into_place, storage_errors, sync_folder,
                    write_whole)
from .progress import megabytes, say

# Files that a card names, and where it has their checksums.
CARD_FILES = {"model": "sha256", "config": "config_sha256"}
_PACKAGES = {"numpy": "python3-numpy", "onnx": "python3-onnx"}  # needed to convert


def card_path(folder: Path, name: str) -> Path:
    """Returns where the card of a network is."""
    return folder / f"{name}.json"


def problems(card: Path) -> list[str]:
    """Returns what is wrong with an installed network: nothing, if all its files are as its card
    says (a file without a checksum in the card has to exist only)."""
    try:
        facts = json.loads(card.read_text(encoding="utf-8"))
        files = {key: (card.parent / facts[key], facts.get(checksum))
                 for key, checksum in CARD_FILES.items() if facts.get(key)}
        if "model" not in files:
            return [f"{card}: names no model file"]
    except FileNotFoundError:
        return [f"{card}: not there"]
    except (OSError, ValueError, TypeError, AttributeError) as error:
        return [f"{card}: cannot be read ({error})"]
    found = []
    for path, expected in files.values():
        if not path.is_file():
            found.append(f"{path}: not there")
        elif expected and (actual := digest(path)) != expected:
            found.append(f"{path}: sha256 is {actual}, the card says {expected}")
    return found


def state(model: Model, folder: Path) -> str:
    """Returns in a word whether `model` is in `folder`; does not read the files."""
    card = card_path(folder, model.name)
    if not card.is_file():
        return "no"
    facts = (as_onnx(model) if _is_onnx(card) else model).card
    files = [folder / facts[key] for key in CARD_FILES if key in facts]
    return "yes" if all(path.is_file() for path in files) else "damaged"


def as_onnx(model: Model) -> Model:
    """Returns `model` as --onnx installs it: a Caffe network becomes NAME.onnx, others stay."""
    if "config" not in model.card or not model.card["model"].endswith(".caffemodel"):
        return model
    card = {key: value for key, value in model.card.items() if key not in CARD_FILES}
    return dataclasses.replace(model, maker="caffe", card={**card, "model": f"{model.name}.onnx"})


def _is_onnx(card: Path) -> bool:
    """Returns whether the network of a card is ONNX."""
    try:
        return json.loads(card.read_text(encoding="utf-8"))["model"].endswith(".onnx")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def is_installed(model: Model, folder: Path) -> bool:
    """Returns whether `model` is in `folder` and sound; a Caffe network may be there as ONNX."""
    card = card_path(folder, model.name)
    return card.exists() and not problems(card) and (model.maker != "caffe" or _is_onnx(card))


def install(model: Model, folder: Path, policy: RetryPolicy, needs: Sequence[Model] = ()) -> Path:
    """Installs `model` into `folder` unless it is there already; returns the path of its card.

    The networks `needs` are installed with it, before its card is there, of the same download where
    it has them, too.

    Safe at any time: two runs wait for each other, and a run that is killed leaves every file
    either complete or under another name, and what it had downloaded for the next run. The card is
    written last, so a network with a card is complete. A network that is there as ONNX stays ONNX.
    """
    if _is_onnx(card_path(folder, model.name)):
        model = as_onnx(model)
    if model.maker in _CONVERTERS:
        require_packages(model.name)
    with storage_errors(model.name, folder):
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / ".lock",
                    lambda: say(f"another fetch is at work in {folder}; waiting for it")):
            card = card_path(folder, model.name)
            lacking = [other for other in needs if not is_installed(other, folder)]
            if lacking:
                say(f"{model.name}: needs {' and '.join(other.name for other in lacking)}, which is "
                    "installed with it")
            if is_installed(model, folder):
                say(f"{model.name}: is installed already")
                for other in lacking:
                    _install_locked(other, folder, policy)
            else:
                _install_locked(model, folder, policy, lacking)
            return card


def _install_locked(model: Model, folder: Path, policy: RetryPolicy,
                    needs: Sequence[Model] = ()) -> None:
    """Installs `model` and `needs`; the lock on `folder` is held."""
    say(f"{model.name}: licence {model.licence}, {megabytes(model.size)} to download")
    work = folder / "downloads" / model.name
    work.mkdir(parents=True, exist_ok=True)
    try:
        if model.maker == "as-is":
            _place_files(model, folder, work, policy)
        else:
            _make_network(model, folder, work, policy)
    except DownloadError as error:
        raise DownloadError(f"{model.name}: {error}") from error
    for other in needs:
        _install_locked(other, folder, dataclasses.replace(policy, places=(*policy.places, work)))
    card = dict(model.card)
    for key, checksum in CARD_FILES.items():
        if key in card:
            card[checksum] = digest(folder / card[key])
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    write_whole(card_path(folder, model.name), text.encode(), work)
    shutil.rmtree(work, ignore_errors=True)
    if not any(work.parent.iterdir()):
        work.parent.rmdir()
    sync_folder(folder)


def _place_files(model: Model, folder: Path, work: Path, policy: RetryPolicy) -> None:
    """Downloads the files that the card names and moves them to where it names them."""
    targets = {Path(model.card[key]).name: folder / model.card[key]
               for key in CARD_FILES if key in model.card}
    for item in model.downloads:
        target = targets[item.file]
        if not target.is_file() or digest(target, item.algorithm) != item.checksum:
            move_into_place(fetch(item, work, policy), target)


def _make_network(model: Model, folder: Path, work: Path, policy: RetryPolicy) -> None:
    """Downloads, converts or unpacks, and checks that the result is what it always is."""
    target = folder / model.card["model"]
    expected = model.card.get("sha256")  # unknown for what was never fetched here
    if target.is_file() and digest(target) == expected:
        return
    files = {item.file: fetch(item, work, policy) for item in model.downloads}
    if model.maker in _CONVERTERS:
        say(f"{model.name}: converting to ONNX")
        kind, network = "converted", _CONVERTERS[model.maker](model, files)
    else:
        kind, network = "unpacked", _from_zip(model, files)
    if expected and data_digest(network) != expected:
        raise IntegrityError(f"{model.name}: the {kind} network has sha256 "
                             f"{data_digest(network)}, expected {expected}")
    write_whole(target, network, work)


def _from_openvino(_model: Model, files: Mapping[str, Path]) -> bytes:
    """Converts an .xml and a .bin file."""
    from . import openvino_ir  # needs python3-numpy and python3-onnx, which most commands do not
    parts = {path.suffix: path.read_bytes() for path in files.values()}
    return openvino_ir.convert(parts[".xml"], parts[".bin"])


def _from_tfjs(model: Model, files: Mapping[str, Path]) -> bytes:
    """Converts a graph model of an npm package."""
    from . import tfjs_graph, tfjs_model  # need python3-numpy and python3-onnx, as above
    (tarball,), (item,), part = files.values(), model.downloads, model.graph
    topology = npm.read_members(tarball, [part.model], item.room)[part.model]
    names = tfjs_model.weight_files(topology)
    odd = [name for name in names if PurePosixPath(name).name != name]
    if odd:
        raise IntegrityError(f"{tarball.name}: {part.model} names weight files elsewhere: {odd}")
    paths = {name: str(PurePosixPath(part.model).with_name(name)) for name in names}
    members = npm.read_members(tarball, paths.values(), item.room)
    shards = {name: members[path] for name, path in paths.items()}
    return tfjs_graph.convert(model.name, topology, shards, part.start, part.outputs)


def _from_tflite(model: Model, files: Mapping[str, Path]) -> bytes:
    """Converts a TensorFlow Lite file of an npm package."""
    from . import tflite_graph  # needs python3-numpy and python3-onnx, as above
    (tarball,), (item,), part = files.values(), model.downloads, model.file
    return tflite_graph.convert(model.name, package_file(part, tarball, item.room), part.outputs,
                                part.sigmoid)


def package_file(part: PackageFile, tarball: Path, room: int) -> bytes:
    """Returns a file of an npm package, whose members have `room` bytes, or of its packed assets."""
    wanted = [part.path]
    if part.assets:
        wanted = [packed_assets.loader_of(part.assets), part.assets]
    members = npm.read_members(tarball, wanted, room)
    found = [members[path] for path in wanted]
    data = packed_assets.cut(*found, part.path) if part.assets else found[0]
    if (len(data), data_digest(data)) != (part.size, part.sha256):
        raise IntegrityError(f"{tarball.name}: {part.path} has {len(data)} bytes with the sha256 "
                             f"{data_digest(data)}, expected {part.size} with {part.sha256}")
    return data


def _from_caffe(model: Model, files: Mapping[str, Path]) -> bytes:
    """Converts a .prototxt and a .caffemodel file."""
    from . import caffe  # needs python3-numpy and python3-onnx, which most commands do not
    parts = {path.suffix: path for path in files.values()}
    return caffe.convert_files(model.name, parts[".prototxt"], parts[".caffemodel"],
                               (model.card["height"], model.card["width"]))


def _from_zip(model: Model, files: Mapping[str, Path]) -> bytes:
    """Takes one member out of a zip archive."""
    (archive,), member = files.values(), model.member
    return zip_member.read_member(archive, member.path, member.size)


_CONVERTERS = {"caffe": _from_caffe, "openvino-ir": _from_openvino, "tfjs-graph": _from_tfjs,
               "tflite": _from_tflite}


def require_packages(name: str) -> None:
    """Raises a MissingToolError if something needed to convert the network is not installed."""
    missing = [package for module, package in _PACKAGES.items()
               if importlib.util.find_spec(module) is None]
    if missing:
        raise MissingToolError(f"{name}: the conversion needs {' and '.join(missing)}: "
                               f"apt-get install {' '.join(missing)}")


def best(models: Mapping[str, Model], search_path: list[Path], folder: Path,
         policy: RetryPolicy, program: str) -> Path:
    """Returns the card of the best open network, of those tried, that is installed or can be had.

    An installed one, of the first of the folders `search_path` that has it, is taken without using the
    network; otherwise the best that can be had is installed into `folder`.
    """
    ranking = sorted((m for m in models.values()
                      if m.tried and m.ap is not None and not m.needs_acceptance),
                     key=lambda m: -(m.ap or 0.0))
    better: list[str] = []
    for model in ranking:
        for card in (card_path(place, model.name) for place in search_path):
            if card.is_file() and not problems(card):
                say(f"using {model.name} (AP {model.quality}), installed in {card.parent}")
                if better:
                    say(f"better, but not installed: {', '.join(better)}; "
                        f"{program} {ranking[0].name} fetches the best")
                return card
        better.append(f"{model.name} (AP {model.quality})")
    refused: list[str] = []
    for model in ranking:
        try:
            card = install(model, folder, policy)
        except (DownloadError, IntegrityError, MissingToolError) as error:
            say(f"not to be had: {error}")
            refused.append(f"{model.name} (AP {model.quality})")
            continue
        say(f"using {model.name} (AP {model.quality})")
        if refused:
            say(f"better, but not to be had for the reason above: {', '.join(refused)}")
        return card
    raise DownloadError(f"none of the open networks could be had: {', '.join(refused)}; "
                        "the reasons are above")
