# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every public symbol of the library is documented."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ET
from pathlib import Path

GIR = Path(os.environ["POSE_GIR"])
HEADERS = sorted((Path(os.environ["POSE_SOURCE_ROOT"]) / "gst" / "pose").glob("gstpose*.h*"))
GI_DOCGEN = os.environ.get("POSE_GI_DOCGEN")
NAMES = {"core": "{http://www.gtk.org/introspection/core/1.0}", "c": "{http://www.gtk.org/introspection/c/1.0}",
         "glib": "{http://www.gtk.org/introspection/glib/1.0}"}
INTERNAL = {"GST_POSE_API"}  # how the symbols are exported, not one of them


def declared() -> set[str]:
    """Returns the functions of the headers."""
    text = "".join(header.read_text(encoding="utf-8") for header in HEADERS)
    return set(re.findall(r"^GST_POSE_API\s[^;(]*?(\w+)\(", text, re.M))


class Reference(unittest.TestCase):
    """The introspection data, of which the reference is made, and the headers."""

    def setUp(self) -> None:
        self.root = ET.parse(GIR).getroot()

    def elements(self, *tags: str) -> list[ET.Element]:
        return [element for tag in tags for element in self.root.iter(NAMES["core"] + tag)]

    def test_every_function_of_the_headers_is_in_it(self) -> None:
        known = {element.get(NAMES["c"] + "identifier") for element in self.elements("function", "method", "constructor")}
        known |= {element.get(NAMES["glib"] + "get-type") for element in self.elements("record", "enumeration")}
        self.assertGreater(len(declared()), 40)
        self.assertEqual(declared() - known, set())

    def test_every_symbol_tells_what_it_is_and_since_when(self) -> None:
        for element in self.elements("function", "method", "constructor", "record", "enumeration", "constant",
                                     "function-macro"):
            if element.tag.endswith("constant") or element.tag.endswith("macro"):
                name = str(element.get(NAMES["c"] + "type") or element.get(NAMES["c"] + "identifier"))
            else:
                name = str(element.get(NAMES["c"] + "identifier") or element.get("name"))
            with self.subTest(name):
                self.assertIsNotNone(element.find(NAMES["core"] + "doc"), "is not described")
                self.assertIsNotNone(element.get("version"), "has no 'Since:'")

    def test_every_argument_value_and_member_is_described(self) -> None:
        for function in self.elements("function", "method", "constructor"):
            described = [*function.iter(NAMES["core"] + "parameter")]
            result = function.find(NAMES["core"] + "return-value")
            if result is not None and result.find(NAMES["core"] + "type[@name='none']") is None:
                described.append(result)
            for element in described:
                with self.subTest(function.get(NAMES["c"] + "identifier"), what=element.get("name", "Returns")):
                    self.assertIsNotNone(element.find(NAMES["core"] + "doc"))
        for member in self.elements("member"):
            with self.subTest(member.get(NAMES["c"] + "identifier")):
                self.assertIsNotNone(member.find(NAMES["core"] + "doc"))

    def test_every_macro_of_the_headers_is_described_above_it(self) -> None:
        for header in HEADERS:
            text = header.read_text(encoding="utf-8")
            for macro in re.findall(r"^#define (GST_\w+)(?=[ (])", text, re.M):
                if macro in INTERNAL:
                    continue
                with self.subTest(macro):
                    self.assertRegex(text, rf"/\*\*\n \* {macro}:\n(?: \*.*\n)* \*/\n#define {macro}\b")

    @unittest.skipUnless(GI_DOCGEN, "there is no gi-docgen here")
    def test_gi_docgen_finds_nothing_missing(self) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as config:
            config.write('[library]\nnamespace = "GstPose"\nversion = "1"\n')
            config.flush()
            result = subprocess.run([str(GI_DOCGEN), "check", "--quiet", "--fatal-warnings", "-C", config.name, str(GIR)],
                                    capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)


if __name__ == "__main__":
    unittest.main()
