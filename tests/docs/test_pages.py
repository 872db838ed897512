# SPDX-License-Identifier: LGPL-2.1-or-later
"""Markdown becomes pages as GitHub shows it."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path, PurePosixPath

from markdown import Renderer, anchor_of
from navigation import Navigation
from reference import foreign_link
from tree import BrokenLink, Tree

PAGE = PurePosixPath("docs/page.md")


class Pages(unittest.TestCase):
    """Pages of a small repository."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.write("README.md", "# Home\n")
        self.write("docs/README.md", "# All\n")
        self.write("docs/other.md", "# The `other` page\n\n## Part one\n")
        self.write("scripts/run.sh", "echo\n")
        self.write("docs/images/a.png", "")

    def write(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text, encoding="utf-8")

    def html(self, text: str) -> str:
        self.write(str(PAGE), text)
        return Renderer(Tree(self.root)).render(PAGE).body

    def test_links_to_pages_become_links_to_html(self) -> None:
        self.assertIn('<a href="other.html#part-one">x</a>', self.html("[x](other.md#part-one)"))
        self.assertIn('<a href="../index.html">x</a>', self.html("[x](../README.md)"))
        self.assertIn('<a href="index.html">x</a>', self.html("[x](README.md)"))

    def test_a_link_named_as_its_page_takes_the_page_s_title(self) -> None:
        self.assertIn('<a href="other.html">The <code>other</code> page</a>', self.html("[other.md](other.md)"))
        self.assertIn(">docs/other.txt</a>", self.html("[docs/other.txt](other.md)"))

    def test_a_link_to_a_script_leads_to_its_text(self) -> None:
        self.assertIn('<a href="../scripts/run.sh.html">run</a>', self.html("[run](../scripts/run.sh)"))

    def test_a_link_to_a_folder_is_its_text(self) -> None:
        self.assertIn("<p>the scripts here</p>", self.html("the [scripts](../scripts) here"))

    def test_links_to_elsewhere_and_within_the_page_stay(self) -> None:
        for link in ("https://example.org/a.md", "#part", "mailto:a@example.org"):
            self.assertIn(f'href="{link}"', self.html(f"[x]({link})"))

    def test_a_link_to_nothing_is_an_error(self) -> None:
        for link in ("nothing.md", "../../outside.md", "/etc/passwd"):
            with self.subTest(link), self.assertRaisesRegex(BrokenLink, "docs/page.md: there is no"):
                self.html(f"[x]({link})")

    def test_an_image_is_remembered(self) -> None:
        self.write(str(PAGE), "![a](images/a.png)")
        tree = Tree(self.root)
        Renderer(tree).render(PAGE)
        self.assertEqual(tree.images, {PurePosixPath("docs/images/a.png")})

    def test_anchors_are_those_of_github(self) -> None:
        for heading, anchor in {"What happens when": "what-happens-when", "How to add…": "how-to-add",
                                "`--http` and C++": "--http-and-c", "Größe, in px": "größe-in-px"}.items():
            self.assertEqual(anchor_of(heading.replace("`", "")), anchor)
        html = self.html("## Same\n\n## Same\n\n## A `b_c`-d\n")
        for anchor in ("same", "same-1", "a-b_c-d"):
            self.assertIn(f'id="{anchor}"', html)

    def test_comments_are_dropped_and_other_html_is_refused(self) -> None:
        self.assertNotIn("secret", self.html("<!-- secret -->\n\ntext\n"))
        for text in ("<div>\n\ntext\n", "a <b>bold</b> word\n"):
            with self.subTest(text), self.assertRaisesRegex(BrokenLink, "HTML of its own"):
                self.html(text)

    def test_tables_scroll_and_code_is_escaped(self) -> None:
        html = self.html("| a | b |\n|---|---|\n| `x \\| y` | 2 |\n\n```\n<script>\n```\n")
        self.assertRegex(html, r'(?s)<div class="scroll" tabindex="0">\n<table>.*<code>x \| y</code>.*</table>\n</div>')
        self.assertIn("<code>&lt;script&gt;", html)

    def test_navigation_follows_the_tables_of_the_index(self) -> None:
        self.write("docs/page.md", "# Page\n")
        self.write("docs/README.md", "# All\n\n## Second\n\n| page | contents |\n|---|---|\n| [other.md](other.md) | "
                   "see [page](page.md) |\n\n## Scripts\n\n| a | b |\n|---|---|\n| [run](../scripts/run.sh) | x |\n\n"
                   "## First\n\n| page | |\n|---|---|\n| [page.md](page.md) | x |\n")
        tree = Tree(self.root)
        groups = Navigation.read(tree, Renderer(tree)).groups
        self.assertEqual([(group.title, [str(page) for page in group.pages]) for group in groups],
                         [("Second", ["docs/other.md"]), ("First", ["docs/page.md"])])

    def test_symbols_of_other_libraries_have_their_pages(self) -> None:
        gstreamer = "https://gstreamer.freedesktop.org/documentation/gstreamer/"
        self.assertEqual(foreign_link("Gst", "struct.Buffer.html"), f"{gstreamer}gstbuffer.html#GstBuffer")
        self.assertEqual(foreign_link("Gst", "class.Element.html"), gstreamer)
        self.assertEqual(foreign_link("GLib", "struct.Bytes.html"), "https://docs.gtk.org/glib/struct.Bytes.html")


if __name__ == "__main__":
    unittest.main()
