# SPDX-License-Identifier: LGPL-2.1-or-later
"""The documents are complete and true as far as a program can tell."""

from __future__ import annotations

import re
import shlex
import unittest
from collections.abc import Iterator
from pathlib import Path

from support import ROOT, Gst, parse

from gi.repository import GObject  # noqa: E402

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "models").glob("*.md")])
ELEMENTS = ("poseestimate", "posejson", "poseoverlay", "posepublish")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.*)$", re.M)
_ROW = re.compile(r"^\|(.*)\|$", re.M)


def text_of(page: Path) -> str:
    """Returns a page without its blocks of code."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def commands(page: Path) -> Iterator[str]:
    """Yields the description of each gst-launch-1.0 command in a page's blocks of shell."""
    for language, block in _FENCE.findall(page.read_text(encoding="utf-8")):
        if language != "sh":
            continue
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if "gst-launch-1.0" not in words:
                continue
            words = words[words.index("gst-launch-1.0") + 1:]
            while words and words[0].startswith("-"):
                words.pop(0)
            for end in ("|", ">", "&"):
                if end in words:
                    words = words[:words.index(end)]
            yield " ".join(words)


def slug(heading: str) -> str:
    """Returns the anchor of a heading, as the usual renderers make it."""
    plain = re.sub(r"[^\w\- ]", "", heading.strip().lower().replace("`", ""))
    return plain.replace(" ", "-")


def cells(row: str) -> list[str]:
    """Returns the cells of a row of a table."""
    return [cell.strip() for cell in row.split("|")]


def default_choice(element: Gst.Element,
                   spec: GObject.ParamSpec) -> GObject.GEnum | GObject.GFlags | None:
    """Returns the default of an enumeration or of flags, None for other types. PyGObject gives it as
    a bare number from version 3.50 on; the class is that of the property's value."""
    if not (spec.value_type.is_a(GObject.TYPE_ENUM) or spec.value_type.is_a(GObject.TYPE_FLAGS)):
        return None
    return type(element.get_property(spec.name))(int(spec.default_value))


def default_of(element: Gst.Element, spec: GObject.ParamSpec) -> str | None:
    """Returns a property's default as the table should show it; None where that is not simple."""
    value = getattr(spec, "default_value", None)  # not every kind has one
    choice = default_choice(element, spec)
    if spec.value_type == GObject.TYPE_STRING:
        return "unset" if value is None else f"`{value}`"
    if spec.value_type == GObject.TYPE_BOOLEAN:
        return "true" if value else "false"
    if isinstance(choice, GObject.GEnum):
        return f"`{choice.value_nick}`"
    if isinstance(choice, GObject.GFlags):
        return f"`{'+'.join(sorted(choice.value_nicks))}`"
    if isinstance(value, (int, float)):
        return f"{value:g}"
    return None


def choices_of(element: Gst.Element, spec: GObject.ParamSpec) -> list[str]:
    """Returns the nicks of all values of an enumeration or of flags; none for other types."""
    default = default_choice(element, spec)
    if isinstance(default, GObject.GEnum):
        return [value.value_nick for value in type(default).__enum_values__.values()]
    if isinstance(default, GObject.GFlags):
        return [value.first_value_nick for value in type(default).__flags_values__.values()]
    return []


class Elements(unittest.TestCase):
    """Each element's page tells each of its properties."""

    def make(self, name: str) -> Gst.Element:
        element = Gst.ElementFactory.make(name)
        self.assertIsNotNone(element, f"there is no element {name}")
        return element

    def own_properties(self, element: Gst.Element) -> list[GObject.ParamSpec]:
        own = type(element).__gtype__
        return [spec for spec in element.list_properties() if spec.owner_type == own]

    def test_every_property_has_a_row_with_its_default(self) -> None:
        for name in ELEMENTS:
            page = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
            rows = {cells(row)[0]: cells(row) for row in _ROW.findall(page)}
            element = self.make(name)
            for spec in self.own_properties(element):
                with self.subTest(element=name, property=spec.name):
                    row = rows.get(f"`{spec.name}`")
                    self.assertIsNotNone(row, "has no row in a table")
                    expected = default_of(element, spec)
                    if expected is not None:
                        ordered = "`" + "+".join(sorted(row[2].strip("`").split("+"))) + "`"
                        self.assertIn(expected, (row[2], ordered))

    def test_every_choice_of_a_property_is_told(self) -> None:
        for name in ELEMENTS:
            page = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
            rows = {cells(row)[0]: row for row in _ROW.findall(page)}
            element = self.make(name)
            for spec in self.own_properties(element):
                for nick in choices_of(element, spec):
                    with self.subTest(element=name, property=spec.name, choice=nick):
                        self.assertIn(f"`{nick}`", rows[f"`{spec.name}`"])

    def test_no_row_is_of_a_property_that_is_gone(self) -> None:
        for name in ("poseestimate", "posejson", "poseoverlay", "posepublish"):
            with self.subTest(name):
                page = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
                section = re.split(r"\n## |\n### Defaults", page.split("## Properties")[1])[0]
                told = set(re.findall(r"^\| `([\w-]+)` \|", section, re.M))
                self.assertEqual(told, {spec.name for spec in self.own_properties(self.make(name))})

    def test_every_format_is_told(self) -> None:
        for name in ("poseestimate", "poseoverlay"):
            with self.subTest(name):
                page = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
                (row,) = (cells(row)[1] for row in _ROW.findall(page) if cells(row)[0] == "formats")
                template = Gst.ElementFactory.find(name).get_static_pad_templates()[0]
                caps = template.get_caps().to_string()
                formats = re.findall(r"\w+", caps.split("format=(string){")[1].split("}")[0])
                self.assertGreater(len(formats), 10)
                self.assertEqual(set(re.split(r"[ ,]+", row)) & set(formats), set(formats))


class Pages(unittest.TestCase):
    """All pages together."""

    def test_every_command_can_be_parsed(self) -> None:
        found = 0
        for page in PAGES:
            for command in commands(page):
                found += 1
                with self.subTest(page=page.name, command=command):
                    if "unixfds" in command and Gst.version() < (1, 24):
                        self.skipTest("unixfdsink and unixfdsrc came with GStreamer 1.24")
                    parse(command)
        self.assertGreater(found, 5)

    def test_the_readme_has_five_pipelines(self) -> None:
        self.assertEqual(len(list(commands(ROOT / "README.md"))), 5)

    def test_every_script_is_told_of(self) -> None:
        text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
        for path in sorted((ROOT / "pipelines").iterdir()):
            if path.is_file() and path.name != "meson.build":
                with self.subTest(path.name):
                    self.assertIn(path.name, text)

    def test_every_page_is_in_the_index(self) -> None:
        index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
        for page in sorted((ROOT / "docs").glob("*.md")):
            if page.name != "README.md":
                with self.subTest(page.name):
                    self.assertIn(f"({page.name})", index)

    def test_every_link_leads_somewhere(self) -> None:
        for page in PAGES:
            for link in _LINK.findall(text_of(page)):
                if re.match(r"\w+:", link):
                    continue
                with self.subTest(page=page.name, link=link):
                    path, _, anchor = link.partition("#")
                    target = (page.parent / path).resolve() if path else page
                    self.assertTrue(target.exists(), "there is no such file")
                    if anchor:
                        anchors = {slug(heading) for heading in _HEADING.findall(text_of(target))}
                        self.assertIn(anchor, anchors)

    def test_every_file_that_is_named_exists(self) -> None:
        for page in PAGES:
            for code in re.findall(r"`([^`\n]+)`", text_of(page)):
                for name in re.findall(r"(?<![\w/.-])((?:src|gst|tests|pipelines|models|docs)/[\w./-]+\.\w+)", code):
                    with self.subTest(page=page.name, file=name):
                        self.assertTrue((ROOT / name).exists(), f"{page.name}: {name}")

    def test_no_page_names_a_path_of_a_developer(self) -> None:
        for page in PAGES:
            with self.subTest(page.name):
                self.assertNotRegex(page.read_text(encoding="utf-8"), r"/work/|\.\./shared|/home/")


if __name__ == "__main__":
    unittest.main()
