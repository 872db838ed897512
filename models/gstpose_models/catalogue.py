# SPDX-License-Identifier: LGPL-2.1-or-later
"""The networks that can be fetched, as models/catalogue.json lists them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from .errors import FetchError, UsageError

MAKERS = ("as-is", "openvino-ir", "tfjs-graph", "tflite", "zip-member")
_ALGORITHMS = {"md5": 32, "sha256": 64, "sha512": 128}  # hexadecimal digits of each
_SLACK = 1.05  # how much larger than "about" a file of unknown exact size may be


@dataclass(frozen=True)
class Download:
    """One file to be had from elsewhere.

    Every file has a checksum, so it may come over plain HTTP and from anybody's mirror.
    """

    file: str                # its plain name
    algorithm: str           # of the checksum: md5, sha256 or sha512
    checksum: str            # in hexadecimal
    size: int | None         # exact size in bytes, where it is known
    limit: int               # never read more bytes than this
    urls: tuple[str, ...]    # where it is, best first
    npm: str | None          # or the npm package (name@version) that it is
    room: int                # bytes that its members hold altogether, if it is a package

    @property
    def about(self) -> int:
        """Size in bytes, exact or nearly so."""
        return self.size if self.size is not None else round(self.limit / _SLACK)


@dataclass(frozen=True)
class GraphPart:
    """Which TensorFlow.js graph model of a package is wanted, and how much of it."""

    model: str               # path of its model.json in the package; weight files lie beside it
    start: str | None        # node that the network's input replaces, if not the graph's own
    outputs: dict[str, str]  # names of outputs to the nodes that the graph ends at; empty: all


@dataclass(frozen=True)
class PackageFile:
    """Which TensorFlow Lite file of a package is wanted, and what of it."""

    path: str                # in the package, or in its packed assets
    assets: str | None       # path of the packed assets in the package, where it is in such
    size: int                # exact size in bytes
    sha256: str
    outputs: dict[str, str]  # names of outputs to names of tensors
    sigmoid: tuple[str, ...]  # outputs that are logits in the file, probabilities in the network


@dataclass(frozen=True)
class Member:
    """Which member of a zip archive is the network; the card's sha256 is that of the member."""

    path: str                # its name in the archive
    size: int                # exact size in bytes, unpacked


@dataclass(frozen=True)
class Model:
    """One network: what to tell about it, what to download, and the card to install it with."""

    name: str
    keypoints: str           # mode and number of keypoints, for reading
    licence: str             # in a word or two
    needs_acceptance: bool   # whether the user has to accept the licence first
    tried: bool              # whether the makers of gst-pose ran it with its real weights
    ap: float | None         # average precision on 80 COCO photographs, where measured
    ap_note: str             # at which input size
    maker: str               # how downloads become the network: one of MAKERS
    card: dict               # what the plugin reads; checksums of as-is files are added
    downloads: tuple[Download, ...]
    graph: GraphPart | None  # for the maker tfjs-graph
    member: Member | None    # for the maker zip-member
    file: PackageFile | None  # for the maker tflite
    needs: tuple[str, ...]   # networks without which it is of little use, installed with it

    @property
    def size(self) -> int:
        """Bytes to download, exact or nearly so."""
        return sum(item.about for item in self.downloads)

    @property
    def quality(self) -> str:
        """The average precision, or that it is unknown, for reading."""
        return "unknown" if self.ap is None else f"{self.ap:.2f} {self.ap_note}".strip()


def load(path: Path) -> dict[str, Model]:
    """Returns the models of a catalogue by name, in its order."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        models = {entry["name"]: _model(entry) for entry in entries}
        for model in models.values():
            for other in model.needs:
                if other not in models or models[other].needs:
                    raise ValueError(f"{model.name} needs '{other}', expected a network that is "
                                     "listed and needs no other")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FetchError(f"catalogue {path}: cannot be read: {error!r}") from error
    return models


def pick(models: dict[str, Model], name: str) -> Model:
    """Returns the model called `name`."""
    if name not in models:
        raise UsageError(f"no model is called '{name}'; known are {', '.join(models)}")
    return models[name]


def _model(entry: dict) -> Model:
    """Reads one model."""
    if entry["maker"] not in MAKERS:
        raise ValueError(f"maker is '{entry['maker']}', expected one of {', '.join(MAKERS)}")
    return Model(entry["name"], entry["keypoints"], entry["licence"], entry["needs_acceptance"],
                 _truth(entry, "tried"), entry["ap"], entry.get("ap_note", ""), entry["maker"],
                 entry["card"], tuple(_download(item) for item in entry["downloads"]),
                 _graph_part(entry["graph"]) if entry["maker"] == "tfjs-graph" else None,
                 _member(entry) if entry["maker"] == "zip-member" else None,
                 _package_file(entry) if entry["maker"] == "tflite" else None,
                 tuple(entry.get("needs", ())))


def _truth(entry: dict, key: str) -> bool:
    """Reads a key that is true or false."""
    if not isinstance(entry[key], bool):
        raise ValueError(f"{key} is {entry[key]!r}, expected true or false")
    return entry[key]


def _graph_part(entry: dict) -> GraphPart:
    """Reads which graph model of a package is wanted."""
    return GraphPart(entry["model"], entry.get("start"), dict(entry.get("outputs", {})))


def _package_file(entry: dict) -> PackageFile:
    """Reads which TensorFlow Lite file of a package is the network of a model."""
    if len(entry["downloads"]) != 1 or "sha256" not in entry["card"]:
        raise ValueError(f"{entry['name']}: a tflite file is of one download and has a sha256 in its "
                         "card")
    file = entry["tflite"]
    return PackageFile(file["path"], file.get("assets"), int(file["size"]), file["sha256"],
                       dict(file["outputs"]), tuple(file.get("sigmoid", ())))


def _member(entry: dict) -> Member:
    """Reads which member of a zip archive is the network of a model."""
    if len(entry["downloads"]) != 1 or "sha256" not in entry["card"]:
        raise ValueError(f"{entry['name']}: a zip-member is of one download and has a sha256 in "
                         "its card")
    return Member(entry["member"]["path"], int(entry["member"]["size"]))


def _download(entry: dict) -> Download:
    """Reads one download."""
    algorithm, _, checksum = entry["checksum"].partition(":")
    if len(checksum) != _ALGORITHMS.get(algorithm):
        raise ValueError(f"'{entry['checksum']}' is not a checksum")
    if Path(entry["file"]).name != entry["file"]:
        raise ValueError(f"'{entry['file']}' is not a plain file name")
    size = entry.get("size")
    limit = size if size is not None else round(entry["about"] * _SLACK)
    return Download(entry["file"], algorithm, checksum.lower(), size, limit,
                    tuple(entry.get("urls", ())), entry.get("npm"),
                    entry["unpacked"] if "npm" in entry else 0)
