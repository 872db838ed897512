# SPDX-License-Identifier: LGPL-2.1-or-later
"""A page of Markdown, as GitHub understands it, to HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import PurePosixPath

import pygments
import pygments.formatters
import pygments.lexers
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tree import BrokenLink, Tree

_FORMATTER = pygments.formatters.HtmlFormatter(nowrap=True)  # pylint: disable=no-member


@dataclass
class Heading:
    """A heading: its level from 1, its anchor, and its text as HTML."""
    level: int
    anchor: str
    html: str


@dataclass
class Page:
    """A page as HTML, without what surrounds it."""
    title: str
    headings: list[Heading]
    body: str


def anchor_of(heading: str) -> str:
    """Returns the anchor of a heading, as GitHub makes it of its text."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def text_of(token: Token) -> str:
    """Returns the text of an inline token, without markup."""
    return "".join(child.content for child in token.children or [] if child.type in ("text", "code_inline"))


def highlight(code: str, language: str) -> str:
    """Returns code as HTML, with classes where Pygments knows the language."""
    if not language:
        return escape(code, quote=False)
    lexer = pygments.lexers.get_lexer_by_name(language, stripnl=False)
    return pygments.highlight(code, lexer, _FORMATTER)


def highlight_file(name: str, text: str) -> str:
    """Returns a text file as HTML, with classes where Pygments knows its kind."""
    try:
        lexer = pygments.lexers.get_lexer_for_filename(name, stripnl=False)
    except pygments.util.ClassNotFound:
        return escape(text, quote=False)
    return pygments.highlight(text, lexer, _FORMATTER)


def _is_comment(html: str) -> bool:
    return re.fullmatch(r"\s*(<!--.*?-->\s*)+", html, re.S) is not None


class Renderer:
    """Renders the pages of a tree."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._titles: dict[PurePosixPath, str] = {}
        self._open_links: list[bool] = []  # whether each of them stays
        self._parser = MarkdownIt("commonmark", {"html": True, "highlight": self._highlight})
        self._parser.enable(["table", "strikethrough"])
        self._parser.add_render_rule("page_title", lambda _, tokens, at, *__: tokens[at].content)
        for rule, html in {"table_open": '<div class="scroll" tabindex="0">\n<table>\n',
                           "table_close": "</table>\n</div>\n"}.items():
            self._parser.add_render_rule(rule, lambda *_, html=html: html)

    def render(self, file: PurePosixPath) -> Page:
        """Returns a page with its links as they are in the site."""
        tokens = self.parse(file)
        for token in tokens:
            if token.type == "html_block":
                self._drop_comment(file, token)
            if token.children:
                self._name_pages(file, token.children)
                token.children = [child for child in token.children if self._keep(file, child)]
        headings = list(self._name_headings(tokens))
        return Page(self.title_of(file), headings, self._parser.renderer.render(tokens, self._parser.options, {}))

    def parse(self, file: PurePosixPath) -> list[Token]:
        """Returns the tokens of a page as it is in the repository."""
        return self._parser.parse(self._tree.text_of(file))

    def title_of(self, file: PurePosixPath) -> str:
        """Returns the first heading of a page as HTML."""
        if file not in self._titles:
            tokens = self.parse(file)
            self._titles[file] = next((self.inline(inline.children or []) for opening, inline in zip(tokens, tokens[1:])
                                       if opening.type == "heading_open"), escape(file.name))
        return self._titles[file]

    def inline(self, children: Sequence[Token]) -> str:
        """Returns tokens within a paragraph as HTML."""
        return self._parser.renderer.render(children, self._parser.options, {})

    def _name_headings(self, tokens: Sequence[Token]) -> Iterator[Heading]:
        taken: dict[str, int] = {}
        for opening, inline in zip(tokens, tokens[1:]):
            if opening.type != "heading_open":
                continue
            anchor = anchor_of(text_of(inline))
            again = taken.get(anchor, 0)
            taken[anchor] = again + 1
            anchor += f"-{again}" if again else ""
            opening.attrSet("id", anchor)
            plain = [c for c in inline.children or [] if not c.type.startswith("link_")]
            heading = Heading(int(opening.tag[1:]), anchor, self.inline(plain))
            if heading.level > 1:
                mark = Token("html_inline", "", 0)
                mark.content = f' <a class="anchor" href="#{anchor}" aria-label="Link to this section">#</a>'
                inline.children = [*(inline.children or []), mark]
            yield heading

    def _name_pages(self, file: PurePosixPath, tokens: Sequence[Token]) -> None:
        """Gives a link whose text is the name of a page's file the title of that page."""
        for opening, text in zip(tokens, tokens[1:]):
            if opening.type == "link_open" and text.type == "text" and text.content.endswith(".md"):
                target = self._tree.page(file, str(opening.attrGet("href")))
                if target is not None and str(target).endswith(text.content):
                    text.type = "page_title"
                    text.content = self.title_of(target)

    def _keep(self, file: PurePosixPath, token: Token) -> bool:
        """Leads a link or an image to where it leads in the site. Returns whether it stays."""
        if token.type == "image":
            token.attrSet("src", str(self._tree.link(file, str(token.attrGet("src")))))
            token.attrSet("loading", "lazy")
        elif token.type == "link_open":
            link = self._tree.link(file, str(token.attrGet("href")))
            if link is None:  # its text stays
                self._open_links.append(False)
                return False
            self._open_links.append(True)
            token.attrSet("href", link)
        elif token.type == "link_close":
            return self._open_links.pop()
        elif token.type == "html_inline":
            raise BrokenLink(f"{file}: has HTML of its own, '{token.content}'")
        return True

    @staticmethod
    def _drop_comment(file: PurePosixPath, token: Token) -> None:
        if not _is_comment(token.content):
            raise BrokenLink(f"{file}: has HTML of its own, '{token.content.strip()}'")
        token.content = ""

    @staticmethod
    def _highlight(code: str, language: str, _: str) -> str:
        return ('<pre tabindex="0"><code>' + highlight(code, language) + "</code></pre>")
