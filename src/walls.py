#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Holds the walls between the rooms of the engine.

    walls.py FOLDER ROOM=ROOM,ROOM… …

Fails when a source in a room of FOLDER includes a header of a room that its row does not name, or lies
in a folder that is no room. For the build, which gives it the table of src/meson.build.
"""

import argparse
import re
import sys
from pathlib import Path

_INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def problems(folder: Path, rooms: dict[str, set[str]], sources: list[Path]) -> list[str]:
    """Returns one line for each include that leads through a wall."""
    found = []
    for source in sources:
        room = source.relative_to(folder).parts[0]
        if room not in rooms:
            found.append(f"{source}: '{room}' is no room of meson.build")
            continue
        allowed = rooms[room] | {room}
        for include in _INCLUDE.findall(source.read_text(encoding="utf-8")):
            other = include.split("/")[0]
            if other not in allowed or "/" not in include:
                found.append(f"{source}: '{room}' may not include \"{include}\", only of: "
                             + ", ".join(sorted(allowed)))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("rows", nargs="+", metavar="ROOM=ROOM,ROOM…")
    parser.add_argument("--stamp", type=Path)
    parser.add_argument("--depfile", type=Path)
    arguments = parser.parse_args()
    rooms = {}
    for row in arguments.rows:
        room, _, others = row.partition("=")
        rooms[room] = set(filter(None, others.split(",")))
    sources = sorted(path for path in arguments.folder.rglob("*") if path.suffix in (".h", ".cpp"))
    found = problems(arguments.folder, rooms, sources)
    print("\n".join(found), end="\n" if found else "")
    if found:
        return 1
    if arguments.stamp:
        arguments.stamp.write_text("", encoding="utf-8")
    if arguments.depfile and arguments.stamp:
        names = " ".join(str(path).replace(" ", "\\ ") for path in sources)
        arguments.depfile.write_text(f"{arguments.stamp}: {names}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
