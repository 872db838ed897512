# SPDX-License-Identifier: LGPL-2.1-or-later
"""The manual pages: sound, and with every option that --help has, and no other."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(os.environ.get("POSE_SOURCE_ROOT") or Path(__file__).resolve().parents[2])
BUILD = Path(os.environ.get("POSE_BUILD_ROOT") or ROOT / "build")

# Page: the program in this tree that it describes.
PAGES = {
    ROOT / "models/gst-pose-models.1": [sys.executable, "-B", str(ROOT / "models/fetch")],
    ROOT / "pipelines/apps/posecam/posecam.1": [str(BUILD / "pipelines/apps/posecam")],
}


def options_of_help(command: list[str]) -> set[str]:
    """Returns the options that begin lines of --help."""
    text = subprocess.run([*command, "--help"], text=True, capture_output=True, check=True).stdout
    lines = re.findall(r"(?m)^ +((?:-\w, )?--?[a-z][a-z-]*)", text)
    return {option for line in lines for option in line.split(", ")}


def options_of_page(page: Path) -> set[str]:
    """Returns the options that stand behind a .TP of the section OPTIONS."""
    text = page.read_text(encoding="utf-8").replace("\\-", "-")
    section = re.search(r"(?ms)^\.SH OPTIONS$(.*?)^\.SH ", text).group(1)
    heads = re.findall(r"(?m)^\.TP\n(.*)$", section)
    return {option for head in heads for option in re.findall(r"(?<!\S)--?[a-z][a-z-]*", head)}


class ManTest(unittest.TestCase):
    def test_every_option_is_in_the_page(self) -> None:
        for page, command in PAGES.items():
            with self.subTest(page.name):
                if not Path(command[-1]).exists():
                    self.skipTest(f"{command[-1]} was not built")
                options = options_of_help(command)
                self.assertGreater(len(options), 5)
                self.assertEqual(options, options_of_page(page))

    def test_exit_codes_are_in_the_page(self) -> None:
        sys.path.insert(0, str(ROOT / "models"))
        from gstpose_models.errors import EXIT_CODES  # pylint: disable=import-outside-toplevel
        text = (ROOT / "models/gst-pose-models.1").read_text(encoding="utf-8")
        section = re.search(r"(?ms)^\.SH EXIT STATUS$(.*?)^\.SH ", text).group(1)
        self.assertEqual([int(code) for code in re.findall(r"(?m)^\.B (\d+)$", section)],
                         list(EXIT_CODES))

    def test_groff_has_no_warnings(self) -> None:
        if not shutil.which("groff"):
            self.skipTest("groff is not installed")
        for page in PAGES:
            with self.subTest(page.name):
                result = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", page], text=True,
                                        capture_output=True, check=True)
                self.assertEqual(result.stderr, "")

    def test_mandoc_has_no_complaints(self) -> None:
        if not shutil.which("mandoc"):
            self.skipTest("mandoc is not installed")
        for page in PAGES:
            with self.subTest(page.name):
                result = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], text=True,
                                        capture_output=True, check=False)
                self.assertEqual((result.stdout + result.stderr, result.returncode), ("", 0))


if __name__ == "__main__":
    unittest.main()
