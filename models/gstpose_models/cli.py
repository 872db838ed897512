# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command line of models/fetch, which is installed as gst-pose-models."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from . import catalogue
from .catalogue import Model
from .download import RetryPolicy, missing
from .errors import (EXIT_CODES, DownloadError, FetchError, IntegrityError, LicenceError,
                     UsageError)
from .install import as_onnx, best, card_path, install, is_installed, problems, state
from .progress import megabytes, say
from .to_onnx import WEIGHTS, to_onnx

# Where an installation below /usr looks.
SYSTEM_FOLDER = Path("/var/lib/gst-pose/models")

_LICENCE_NOTICE = """\
{names}: trained at Carnegie Mellon University and licensed for research only.

In short, the licence lets academic and non-profit organisations use the network for their own
non-commercial research. It forbids commercial use, and handing the files on to others. It is the
text at the following address that binds, not this summary:

  https://github.com/CMU-Perceptual-Computing-Lab/openpose/blob/master/LICENSE

If you may use it under that licence and agree to it, run this again with --accept-licence."""


def default_folder() -> Path:
    """Returns the user's folder for networks, which is on the plugin's search path."""
    data = os.environ.get("XDG_DATA_HOME", "")
    base = Path(data) if os.path.isabs(data) else Path.home() / ".local" / "share"
    return base / "gst-pose" / "models"


def search_path(folder: Path, system: Path) -> list[Path]:
    """Returns the folders in which networks are looked for, in the plugin's order."""
    listed = [Path(part) for part in os.environ.get("POSE_MODEL_PATH", "").split(":") if part]
    return listed + [folder, system]


def _parser(program: str, system: Path) -> argparse.ArgumentParser:
    """Describes the command line."""
    codes = "\n".join(f"  {code:3}  {meaning}" for code, meaning in EXIT_CODES.items())
    parser = argparse.ArgumentParser(
        prog=program, formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Fetches body-pose networks, checks them, converts them to ONNX where needed,"
                    "\nand installs them with their cards to where the plugin finds them.",
        usage="%(prog)s [options] [list | best | verify [NAME ...] | to-onnx FILE ... | NAME ...]",
        epilog="commands:\n"
               "  list             show the networks known (what happens without a command)\n"
               "  NAME ...         download, verify, convert and install these networks, and\n"
               "                   those without which they are of little use\n"
               "  best             the same for the best open network that was tried and can be\n"
               "                   had; an installed one is taken without the network\n"
               "  verify [NAME ..] check installed networks against the checksums in their cards\n"
               "  to-onnx FILE ..  write Caffe and TensorFlow Lite networks as ONNX, which every\n"
               "                   OpenCV and ONNX Runtime read; FILE is the NAME of an installed\n"
               "                   one, a card (.json) or weights (.tflite, or .caffemodel with\n"
               "                   the .prototxt of the same stem beside them); STEM-onnx.json is\n"
               "                   written beside it\n"
               "\nstdout: the list; or one line with the card's path for each network written.\n"
               "An interrupted run continues where it was when it is run again.\n"
               "\nenvironment: https_proxy http_proxy no_proxy, XDG_DATA_HOME, POSE_MODEL_PATH\n"
               "\nexit codes:\n" + codes)
    parser.add_argument("words", nargs="*", metavar="NAME", help=argparse.SUPPRESS)
    places = parser.add_mutually_exclusive_group()
    places.add_argument("--to", metavar="DIR", type=Path, default=None,
                        help="folder to install into (default: "
                             "$XDG_DATA_HOME/gst-pose/models, that is ~/.local/share/...)")
    places.add_argument("--system", action="store_const", const=system, dest="to",
                        help="install for all users and services of this machine, as root: into "
                             "%(const)s")
    parser.add_argument("--accept-licence", action="store_true",
                        help="accept the non-commercial licence of the research networks")
    parser.add_argument("--onnx", action="store_true",
                        help="install Caffe networks as ONNX, under the same name")
    parser.add_argument("--from", metavar="DIR", type=Path, default=None, dest="brought",
                        help="install from the files in this folder, or one level below, and not "
                             "from the network; what is missing is listed with its address")
    parser.add_argument("--config", metavar="FILE", type=Path, default=None,
                        help="definition (.prototxt) of the one network that to-onnx converts")
    parser.add_argument("--timeout", metavar="SECONDS", type=_positive(float), default=30.0,
                        help="give up a connection that is silent for so long (default: 30)")
    parser.add_argument("--attempts", metavar="N", type=_positive(int), default=4,
                        help="failures in a row at one source before the next (default: 4)")
    parser.add_argument("--catalogue", metavar="FILE", type=Path,
                        default=Path(__file__).resolve().parent.parent / "catalogue.json",
                        help="another list of networks (default: catalogue.json beside this tool)")
    return parser


def _positive(kind: type):
    """Returns a converter to a positive number for argparse."""
    def convert(text: str):
        value = kind(text)
        if not 0 < value < float("inf"):
            raise ValueError
        return value
    convert.__name__ = f"positive {kind.__name__}"
    return convert


def _list(models: dict[str, Model], folder: Path) -> None:
    """Prints the table of networks."""
    rows = [("NAME", "KEYPOINTS", "LICENCE", "DOWNLOAD", "INSTALLED", "TRIED**", "AP*")]
    rows += [(m.name, m.keypoints, m.licence, megabytes(m.size), state(m, folder),
              "yes" if m.tried else "no", m.quality) for m in models.values()]
    widths = [max(len(row[i]) for row in rows) for i in range(6)]
    for row in rows:
        cells = [f"{cell:>{width}}" if i == 3 else f"{cell:<{width}}"
                 for i, (cell, width) in enumerate(zip(row, widths))]
        print("  ".join([*cells, row[6]]).rstrip())
    print(f"\nFolder: {folder}")
    print("* average precision (object keypoint similarity) on 80 COCO photographs; more is better")
    print("** no: not tried here with its real weights, which no machine of the makers could reach")


def _verify(names: Sequence[str], folder: Path, program: str) -> None:
    """Checks installed networks; raises if one is damaged."""
    cards = [card_path(folder, name) for name in names] or sorted(folder.glob("*.json"))
    if not cards:
        print(f"no networks are installed in {folder}")
    damaged = []
    for card in cards:
        found = problems(card)
        print(f"{card.stem}: {'; '.join(found) if found else 'sound'}")
        if found:
            damaged.append(card.stem)
    if damaged:
        raise IntegrityError(f"not as their cards say: {', '.join(damaged)}; "
                             f"{program} {' '.join(damaged)} gets them anew")


def _fetch(chosen: Sequence[Model], needs: Mapping[str, Sequence[Model]], folder: Path,
           policy: RetryPolicy, accepted: bool) -> None:
    """Installs the networks named, each with those that it needs."""
    wanted = {model.name: model for named in chosen for model in (named, *needs[named.name])}
    closed = [model.name for model in wanted.values() if model.needs_acceptance]
    if closed and not accepted:
        raise LicenceError(_LICENCE_NOTICE.format(names=", ".join(closed)))
    if policy.offline:
        _require_files([model for model in wanted.values() if not is_installed(model, folder)],
                       folder, policy)
    for model in chosen:
        print(install(model, folder, policy, needs[model.name]), flush=True)
    for name in wanted:
        if name not in [model.name for model in chosen]:
            print(card_path(folder, name), flush=True)


def _require_files(models: Sequence[Model], folder: Path, policy: RetryPolicy) -> None:
    """Raises a DownloadError on all files that have to be brought along and are not there."""
    lacking = {}
    for model in models:
        places = (*policy.places, folder / "downloads" / model.name)
        if text := missing(model.downloads, places):
            lacking[model.name] = text
    if lacking:
        raise DownloadError("\n".join(f"{name}: {text}" for name, text in lacking.items())
                            + "\nput the files there and run this again")


def _to_onnx(names: Sequence[str], folder: Path, definition: Path | None) -> None:
    """Converts networks, each an installed one or a file."""
    if not names:
        raise UsageError("'to-onnx' takes Caffe and TensorFlow Lite networks: names of installed "
                         f"ones, cards or {' or '.join(WEIGHTS)} files")
    if definition and len(names) > 1:
        raise UsageError(f"--config is the definition of one network, but {len(names)} are named")
    for name in names:
        own = Path(name).suffix in (".json", *WEIGHTS)
        print(to_onnx(Path(name) if own else card_path(folder, name), definition), flush=True)


def _policy(options: argparse.Namespace, folder: Path) -> RetryPolicy:
    """Returns how files are to be had. A network that is installed as Caffe files, and is wanted
    as ONNX, is made of these."""
    if options.brought and not options.brought.is_dir():
        raise UsageError(f"--from {options.brought}: is no folder")
    places = [options.brought] if options.brought else []
    places += [folder] if options.brought or options.onnx else []
    return RetryPolicy(options.timeout, options.attempts, places=tuple(places),
                       offline=bool(options.brought))


def _run(options: argparse.Namespace, program: str, system: Path) -> None:
    """Does what the command line asks for."""
    models = catalogue.load(options.catalogue)
    folder = (options.to or default_folder()).expanduser().absolute()
    if folder == system:
        os.umask(0o022)  # whatever root's own is: services read it
    command, *names = options.words or ["list"]
    if command in ("list", "best") and names:
        raise UsageError(f"'{command}' takes no names, but got {' '.join(names)}")
    if command in ("list", "verify", "to-onnx") and (options.onnx or options.brought):
        raise UsageError(f"'{command}' installs nothing, so it takes no --onnx and no --from")
    if options.config and command != "to-onnx":
        raise UsageError(f"--config goes with 'to-onnx', not with '{command}'")
    policy = _policy(options, folder)
    if command == "list":
        _list(models, folder)
    elif command == "best":
        print(best(models, search_path(folder, system), folder, policy, program))
    elif command == "verify":
        _verify(names, folder, program)
    elif command == "to-onnx":
        _to_onnx(names, folder, options.config)
    else:
        chosen = [catalogue.pick(models, name) for name in options.words]
        needs = {model.name: [models[name] for name in model.needs] for model in chosen}
        _fetch([as_onnx(model) for model in chosen] if options.onnx else chosen, needs, folder,
               policy, options.accept_licence)


def main(arguments: Sequence[str] | None = None, program: str = "models/fetch",
         system: Path = SYSTEM_FOLDER) -> int:
    """Runs the tool under the name of the program; returns its exit code. The folder `system` is
    where the plugin that belongs to it finds the networks of the whole machine."""
    options = _parser(program, system).parse_intermixed_args(arguments)
    try:
        _run(options, program, system)
        sys.stdout.flush()
    except FetchError as error:
        say(f"{program}: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        say(f"{program}: interrupted; run it again to continue")
        return 130
    except BrokenPipeError:  # of `… | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        say(f"{program}: {error}")
        return 1
    return 0
