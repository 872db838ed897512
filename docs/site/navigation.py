# SPDX-License-Identifier: LGPL-2.1-or-later
"""The order of the pages: that of the tables of docs/README.md, whose headings are the groups."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from pathlib import PurePosixPath

from markdown import Page, Renderer, text_of
from tree import Tree, output_of, relative

INDEX = PurePosixPath("docs/README.md")
HOME = PurePosixPath("README.md")


@dataclass
class Group:
    """A heading and the pages below it."""
    title: str
    pages: list[PurePosixPath] = field(default_factory=list)


@dataclass
class Navigation:
    """The groups of pages, and the C reference where there is one: where it is, and after which page."""
    groups: list[Group]
    reference: PurePosixPath | None = None

    @classmethod
    def read(cls, tree: Tree, renderer: Renderer) -> Navigation:
        """Reads the groups from docs/README.md: each row of a table below a heading of the second
        level that begins with a link to a page."""
        groups: list[Group] = []
        tokens = renderer.parse(INDEX)
        row_begins = False
        for before, token in zip(tokens, tokens[1:]):
            if before.type == "heading_open" and before.tag == "h2":
                groups.append(Group(text_of(token)))
            row_begins = before.type == "td_open" and row_begins or before.type == "tr_open"
            if token.type == "inline" and before.type == "td_open" and row_begins:
                row_begins = False
                first = (token.children or [None])[0]
                if groups and first is not None and first.type == "link_open":
                    page = tree.page(INDEX, str(first.attrGet("href")))
                    if page is not None:
                        groups[-1].pages.append(page)
        return cls([group for group in groups if group.pages])

    def order(self) -> list[PurePosixPath]:
        """Returns the pages in the order in which they are read."""
        return [HOME, INDEX, *(page for group in self.groups for page in group.pages)]

    def html(self, titles: dict[PurePosixPath, str], here: PurePosixPath, page: Page | None) -> str:
        """Returns the navigation as it is on the page `here` of the site, with its sections."""
        def link(to: PurePosixPath, title: str) -> str:
            current = ' aria-current="page"' if to == here else ""
            return f'<a href="{escape(relative(to, here))}"{current}>{title}</a>'

        def entry(file: PurePosixPath, title: str) -> str:
            sections = ""
            if page is not None and output_of(file) == here:
                items = "".join(f'<li><a href="#{h.anchor}">{h.html}</a></li>\n'
                                for h in page.headings if h.level == 2)
                sections = f"\n<ul>\n{items}</ul>\n" if items else ""
            return f"<li>{link(output_of(file), title)}{sections}</li>\n"

        parts = ["<ul>\n", entry(HOME, "Start"), entry(INDEX, "All pages"), "</ul>\n"]
        for group in self.groups:
            parts.append(f"<h2>{escape(group.title)}</h2>\n<ul>\n")
            parts.extend(entry(file, titles[file]) for file in group.pages)
            parts.append("</ul>\n")
        if self.reference is not None:
            parts.append(f"<h2>Reference</h2>\n<ul>\n<li>{link(self.reference, 'C library')}</li>\n</ul>\n")
        return "".join(parts)
