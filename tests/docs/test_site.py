# SPDX-License-Identifier: LGPL-2.1-or-later
"""The site of the documentation holds together, and needs nothing but itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import unittest
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

SITE = Path(os.environ["POSE_SITE"])
COMMAND = os.environ["POSE_SITE_COMMAND"].split("\n")  # that made it
LOADED = {"script": "src", "img": "src", "source": "src", "iframe": "src", "video": "src", "embed": "src",
          "object": "data"}


class Links(HTMLParser):
    """What a page links to and loads, and its anchors."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = set()
        self.images_without_text = 0
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.anchors.update(attributes[name] for name in ("id", "name") if name in attributes)
        if tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])
        elif tag == "link":
            self.loaded.append(attributes["href"])
        elif attributes.get(LOADED.get(tag, "")):
            self.loaded.append(attributes[LOADED[tag]])
        self.images_without_text += tag == "img" and not attributes.get("alt")


@cache
def links_of(page: Path) -> Links:
    return Links(page)


def pages() -> list[Path]:
    return sorted(SITE.rglob("*.html"))


def is_external(link: str) -> bool:
    return bool(urlsplit(link).scheme or urlsplit(link).netloc)


def target_of(page: Path, link: str) -> tuple[Path, str]:
    """Returns the file and the anchor that a link within the site leads to."""
    parts = urlsplit(link)
    path = unquote(parts.path)
    return (Path(os.path.normpath(page.parent / path)) if path else page), unquote(parts.fragment)


class Site(unittest.TestCase):
    """The site as it was built."""

    def each(self, check) -> None:
        self.assertGreater(len(pages()), 20)
        for page in pages():
            with self.subTest(page=str(page.relative_to(SITE))):
                check(page)

    def test_every_link_leads_to_a_page_and_an_anchor_of_it(self) -> None:
        def check(page: Path) -> None:
            for link in filter(lambda link: not is_external(link), links_of(page).links):
                file, anchor = target_of(page, link)
                self.assertTrue(file.is_file(), f"'{link}' leads nowhere")
                self.assertTrue(file.is_relative_to(SITE), f"'{link}' leads out of the site")
                if anchor and file.suffix == ".html":
                    self.assertIn(anchor, links_of(file).anchors, f"'{link}'")
        self.each(check)

    def test_links_to_elsewhere_are_links_to_the_web(self) -> None:
        def check(page: Path) -> None:
            for link in filter(is_external, links_of(page).links):
                self.assertRegex(link, r"^(https?://[\w.-]+(:\d+)?(/|$)|mailto:)")
        self.each(check)

    def test_pages_load_only_files_of_the_site(self) -> None:
        def check(page: Path) -> None:
            for link in links_of(page).loaded:
                self.assertFalse(is_external(link), link)
                self.assertTrue(target_of(page, link)[0].is_file(), f"there is no '{link}'")
        self.each(check)

    def test_styles_load_only_files_of_the_site(self) -> None:
        for style in sorted(SITE.rglob("*.css")):
            text = style.read_text(encoding="utf-8")
            for link in [*re.findall(r"""url\(\s*["']?([^"')]+)""", text), *re.findall(r"""@import\s+["']([^"']+)""", text)]:
                with self.subTest(style=style.name, link=link):
                    self.assertFalse(is_external(link) and not link.startswith("data:"))
                    self.assertTrue(link.startswith("data:") or target_of(style, link)[0].is_file())

    def test_own_pages_have_no_scripts(self) -> None:
        for page in pages():
            if "reference" not in page.relative_to(SITE).parts:
                self.assertNotRegex(page.read_text(encoding="utf-8"), r"<script", page.name)

    def test_every_page_is_reached_from_the_first(self) -> None:
        reached: set[Path] = set()
        waiting = [SITE / "index.html"]
        while waiting:
            page = waiting.pop()
            if page in reached or page.suffix != ".html":
                continue
            reached.add(page)
            waiting.extend(target_of(page, link)[0] for link in links_of(page).links if not is_external(link))
        self.assertEqual(set(pages()) - reached, set())

    @unittest.skipUnless("--gir" in COMMAND, "there is no C reference here")
    def test_the_reference_leads_back(self) -> None:
        reference = sorted((SITE / "reference").glob("*.html"))
        self.assertGreater(len(reference), 40)
        for page in reference:
            with self.subTest(page.name):
                self.assertIn("../index.html", links_of(page).links)

    def test_every_image_has_an_alternative_text(self) -> None:
        self.each(lambda page: self.assertEqual(links_of(page).images_without_text, 0))

    def test_no_file_names_a_path_of_a_developer(self) -> None:
        for file in sorted(SITE.rglob("*")):
            if file.is_file():
                with self.subTest(file.name):
                    self.assertNotRegex(file.read_bytes(), rb"/work/|\.\./shared|/home/[a-z]+/(?!gst-pose)")

    def test_every_page_is_in_the_navigation(self) -> None:
        listed = {target_of(SITE / "index.html", link)[0] for link in links_of(SITE / "index.html").links
                  if not is_external(link)}
        root = Path(COMMAND[COMMAND.index("--root") + 1])
        expected = [*root.glob("*.md"), *(root / "docs").glob("*.md"), *(root / "models").glob("*.md")]
        for page in expected:
            page = page.relative_to(root)
            html = page.with_name("index.html") if page.name == "README.md" else page.with_suffix(".html")
            with self.subTest(str(page)):
                self.assertIn(SITE / html, listed, "docs/README.md does not list it")

    def test_the_same_bytes_each_time(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            again = Path(folder) / "again"
            command = list(COMMAND)
            command[command.index("--output") + 1] = str(again)
            subprocess.run([sys.executable, "-B", *command], check=True, cwd=folder,
                           env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C",
                                "SOURCE_DATE_EPOCH": "1"})
            files = {path.relative_to(SITE) for path in SITE.rglob("*") if path.is_file()}
            self.assertEqual(files, {path.relative_to(again) for path in again.rglob("*") if path.is_file()})
            for file in sorted(files):
                with self.subTest(str(file)):
                    self.assertEqual((SITE / file).read_bytes(), (again / file).read_bytes())


if __name__ == "__main__":
    unittest.main()
