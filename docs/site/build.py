#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes a site of the documentation: every page of Markdown, and the C reference.

    build.py --root FOLDER --version VERSION --output FOLDER [--depfile FILE]
             [--gi-docgen PROGRAM --gir FILE --gir-path FOLDER…]

What it writes depends on nothing but these files: no clock, no network, no order of a folder.
"""

from __future__ import annotations

import argparse
import os
import shutil
import string
import sys
from html import escape
from pathlib import Path, PurePosixPath

from markdown import Page, Renderer, highlight_file
from navigation import Navigation
from reference import make_reference
from tree import BrokenLink, Tree, output_of, relative

HERE = Path(__file__).parent
REFERENCE = PurePosixPath("reference/index.html")


class Site:
    """The pages of a tree in a folder."""

    def __init__(self, tree: Tree, output: Path, version: str, has_reference: bool) -> None:
        self._tree = tree
        self._output = output
        self._version = version
        renderer = Renderer(tree)
        self._pages = {file: renderer.render(file) for file in tree.pages}
        self._titles = {file: page.title for file, page in self._pages.items()}
        self._navigation = Navigation.read(tree, renderer)
        self._navigation.reference = REFERENCE if has_reference else None
        self._template = string.Template((HERE / "page.html").read_text(encoding="utf-8"))

    def write(self) -> None:
        """Writes everything but the reference."""
        order = self._navigation.order()
        for file, page in self._pages.items():
            self._write_page(output_of(file), page, self._around(file, order))
        for file in sorted(self._tree.sources):
            text = highlight_file(file.name, self._tree.text_of(file))
            body = (f"<h1><code>{escape(str(file))}</code></h1>\n"
                    f'<pre tabindex="0"><code>{text}</code></pre>\n')
            self._write_page(output_of(file), Page(escape(str(file)), [], body), "")
        for file in sorted(self._tree.images):
            self._make_folder(file)
            shutil.copyfile(self._tree.root / file, self._output / file)
        shutil.copyfile(HERE / "style.css", self._output / "style.css")

    def _around(self, file: PurePosixPath, order: list[PurePosixPath]) -> str:
        """Returns the links from a page to the one before it and the one after it."""
        if file not in order:
            return ""
        at = order.index(file)
        links = []
        for to, rel in ((at - 1, "prev"), (at + 1, "next")):
            if 0 <= to < len(order):
                href = escape(relative(output_of(order[to]), output_of(file)))
                links.append(f'<a rel="{rel}" href="{href}">{self._titles[order[to]]}</a>')
        return f'<nav class="around" aria-label="Before and after">{" ".join(links)}</nav>\n'

    def _write_page(self, to: PurePosixPath, page: Page, around: str) -> None:
        self._make_folder(to)
        plain = page.title.replace("<code>", "").replace("</code>", "")
        (self._output / to).write_text(self._template.substitute(
            title=plain if plain == "gst-pose" else f"{plain} · gst-pose",
            version=escape(self._version),
            home=relative(PurePosixPath("index.html"), to),
            style=relative(PurePosixPath("style.css"), to),
            navigation=self._navigation.html(self._titles, to, page),
            body=page.body,
            around=around,
        ), encoding="utf-8")

    def _make_folder(self, file: PurePosixPath) -> None:
        (self._output / file).parent.mkdir(parents=True, exist_ok=True)


def write_depfile(file: Path, target: Path, tree: Tree) -> None:
    """Writes what the site is made of, for Ninja."""
    inputs = [tree.root / "docs", *(tree.root / name for name in
                                    [*tree.pages, *sorted(tree.images), *sorted(tree.sources)]),
              *sorted(path for path in HERE.iterdir() if path.is_file())]
    names = " ".join(str(path).replace(" ", "\\ ") for path in inputs)
    file.write_text(f"{target}: {names}\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--depfile", type=Path)
    parser.add_argument("--gi-docgen")
    parser.add_argument("--gir", type=Path)
    parser.add_argument("--gir-path", type=Path, action="append", default=[])
    arguments = parser.parse_args()

    shutil.rmtree(arguments.output, ignore_errors=True)
    tree = Tree(arguments.root.resolve())
    try:
        Site(tree, arguments.output, arguments.version, arguments.gir is not None).write()
    except BrokenLink as error:
        print(f"docs: {error}", file=sys.stderr)
        return 1
    if arguments.gir is not None:
        make_reference(arguments.gi_docgen, arguments.gir, arguments.gir_path, arguments.version,
                       arguments.output / REFERENCE.parent)
    if arguments.depfile is not None:
        write_depfile(arguments.depfile, Path(os.path.relpath(arguments.output)), tree)
    return 0


if __name__ == "__main__":
    sys.exit(main())
