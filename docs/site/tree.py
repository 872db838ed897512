# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where each file of the repository lies in the site.

The site has the folders of the repository, so that relative links mean the same in both: a page of
Markdown becomes one of HTML beside it, README.md the index of its folder, another text file that a
page links to a page with its text, and an image stays what it is.
"""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath

_IMAGES = {".jpg", ".png", ".svg"}


class BrokenLink(Exception):
    """A page links to what is not there."""


def output_of(file: PurePosixPath) -> PurePosixPath:
    """Returns where a file of the repository lies in the site."""
    if file.name == "README.md":
        return file.with_name("index.html")
    if file.suffix == ".md":
        return file.with_suffix(".html")
    if file.suffix in _IMAGES:
        return file
    return file.with_name(file.name + ".html")


def relative(target: PurePosixPath, page: PurePosixPath) -> str:
    """Returns the link from a file of the site to another."""
    return os.path.relpath(target, page.parent)


class Tree:
    """The files of a repository that are in its site: all pages, and what they link to."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.pages = [PurePosixPath(path.relative_to(root)) for path in sorted([
            *root.glob("*.md"), *(root / "docs").rglob("*.md"), *(root / "models").glob("*.md")])]
        self.images: set[PurePosixPath] = set()
        self.sources: set[PurePosixPath] = set()

    def text_of(self, file: PurePosixPath) -> str:
        """Returns the text of a file."""
        return (self.root / file).read_text(encoding="utf-8")

    def page(self, page: PurePosixPath, link: str) -> PurePosixPath | None:
        """Returns the page that a link of a page leads to; None where it leads elsewhere."""
        file = PurePosixPath(os.path.normpath(page.parent / link.partition("#")[0]))
        return file if file in self.pages else None

    def link(self, page: PurePosixPath, link: str) -> str | None:
        """Returns a link of a page as it is in the site; None for one to a folder, which a site does
        not show. Remembers what is linked to.

        :raises BrokenLink: there is no such file
        """
        if re.match(r"[a-z][a-z0-9+.-]*:", link, re.I) or link.startswith("#"):
            return link
        path, _, anchor = link.partition("#")
        file = PurePosixPath(os.path.normpath(page.parent / path))
        if file.parts[:1] == ("..",) or file.is_absolute() or not (self.root / file).exists():
            raise BrokenLink(f"{page}: there is no '{path}', which it links to")
        if (self.root / file).is_dir():
            return None
        if file.suffix in _IMAGES:
            self.images.add(file)
        elif file.suffix != ".md":
            self.sources.add(file)
        elif file not in self.pages:
            raise BrokenLink(f"{page}: '{path}', which it links to, is not part of the site")
        return relative(output_of(file), output_of(page)) + (f"#{anchor}" if anchor else "")
