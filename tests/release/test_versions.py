# SPDX-License-Identifier: LGPL-2.1-or-later
"""One version: Meson's, in all that tells one."""

from __future__ import annotations

import os
import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(os.environ["POSE_SOURCE_ROOT"])
BUILD = Path(os.environ["POSE_BUILD_ROOT"])
VERSION = os.environ["POSE_VERSION"]
POSECAM = os.environ["POSE_POSECAM"]


def output(*command: str) -> str:
    """Returns what a command that succeeds prints."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Versions(unittest.TestCase):
    """Meson's version, as users meet it."""

    def test_every_element_tells_it(self) -> None:
        for element in ("poseestimate", "poseoverlay", "posejson", "posepublish"):
            with self.subTest(element):
                found = re.search(r"^ +Version +(\S+)$", output("gst-inspect-1.0", element), re.M)
                self.assertIsNotNone(found)
                self.assertEqual(found[1], VERSION)

    @unittest.skipUnless(POSECAM, "posecam is not built here")
    def test_posecam_tells_it(self) -> None:
        self.assertEqual(output(POSECAM, "--version").splitlines()[0], f"posecam {VERSION}")

    def test_pkg_config_tells_it(self) -> None:
        folder = {"PKG_CONFIG_PATH": str(BUILD / "meson-private"), "PATH": os.environ["PATH"]}
        told = subprocess.run(["pkg-config", "--modversion", "gstreamer-pose-1.0"], env=folder,
                              check=True, capture_output=True, text=True).stdout
        self.assertEqual(told.strip(), VERSION)

    def test_headers_tell_it(self) -> None:
        header = (BUILD / "gst/pose/gstposeversion.h").read_text(encoding="utf-8")
        self.assertEqual(re.findall(r"^#define GST_POSE_VERSION_M\w+ \((\d+)\)$", header, re.M),
                         VERSION.split("."))

    @unittest.skipUnless(os.environ["POSE_INTROSPECTION"], "the Python binding is not built here")
    def test_the_binding_tells_it(self) -> None:
        gir = (BUILD / "gst/pose/GstPose-1.0.gir").read_text(encoding="utf-8")
        numbers = dict(re.findall(r'<constant name="VERSION_(M\w+)"\s+value="(\d+)"', gir))
        self.assertEqual([numbers[part] for part in ("MAJOR", "MINOR", "MICRO")], VERSION.split("."))

    def test_the_soname_stays_and_the_file_counts_releases(self) -> None:
        major, minor, micro = map(int, VERSION.split("."))
        library = (BUILD / "gst/pose/libgstpose-1.0.so").resolve()
        self.assertEqual(library.name,
                         f"libgstpose-1.0.so.0.{10000 * major + 100 * minor + micro}.0")
        self.assertIn("[libgstpose-1.0.so.0]", output("readelf", "--dynamic", str(library)))

    def test_news_begins_with_it(self) -> None:
        news = (ROOT / "NEWS.md").read_text(encoding="utf-8")
        self.assertEqual(re.search(r"^## (\S+)", news, re.M)[1], VERSION)

    def test_the_package_has_it(self) -> None:
        changelog = ROOT / "debian/changelog"
        self.assertRegex(changelog.read_text(encoding="utf-8"),
                         rf"\Agst-pose \({re.escape(VERSION)}-\d+\) ")


if __name__ == "__main__":
    unittest.main()
