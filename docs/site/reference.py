# SPDX-License-Identifier: LGPL-2.1-or-later
"""The C reference: gi-docgen's pages of the library's introspection data."""

from __future__ import annotations

import re
import subprocess
import tempfile
from html import escape
from pathlib import Path

HERE = Path(__file__).parent

# What gi-docgen leaves to a script in the browser, and lays out for pages of its own, which GStreamer
# has not: links to other libraries.
_FOREIGN_LINK = re.compile(
    r'<a href="javascript:void\(0\)" data-link="([^"]*)" data-namespace="([^"]*)" class="external">')
_GSTREAMER = "https://gstreamer.freedesktop.org/documentation/gstreamer/"
_GSTREAMER_PAGES = {"Buffer": "gstbuffer.html", "ClockTime": "gstclock.html", "Meta": "gstmeta.html",
                    "MetaInfo": "gstmeta.html"}
_GTK = "https://docs.gtk.org"

_SIDEBAR = re.compile(r'<nav class="sidebar[^"]*">')
_HIERARCHY = "classes_hierarchy.html"  # there are no classes
_EXTRA = re.compile(r'<section>\s*<div class="toggle-wrapper">\s*<h4 id="extra".*?</section>', re.S)
_NO_LINK = re.compile(r'<tr><td><em>(?:Website|Source)</em></td><td><a href="" class="external"></a></td></tr>\s*')


def foreign_link(namespace: str, page: str) -> str:
    """Returns where a symbol of another library is documented, given gi-docgen's page of it."""
    if namespace == "Gst":
        symbol = page.split(".")[1]
        known = _GSTREAMER_PAGES.get(symbol)
        return f"{_GSTREAMER}{known}#Gst{symbol}" if known else _GSTREAMER
    return f"{_GTK}/{namespace.lower()}/{page}"


def mend(html: str) -> str:
    """Returns a page of gi-docgen with links that need no script, and one to the other pages."""
    html = _FOREIGN_LINK.sub(
        lambda found: f'<a href="{escape(foreign_link(found[2], found[1]))}" class="external">', html)
    html = _EXTRA.sub("", _NO_LINK.sub("", html))
    html = html.replace(" default-hide", "")  # sections that a script closes
    return _SIDEBAR.sub(
        lambda found: found[0] + '\n      <div class="section"><p><a href="../index.html">gst-pose: all pages</a></p></div>',
        html, count=1)


def make_reference(program: str, gir: Path, gir_path: list[Path], version: str, output: Path) -> None:
    """Writes the pages into a folder.

    :raises subprocess.CalledProcessError: gi-docgen failed, and said why
    """
    text = (HERE / "gi-docgen.toml").read_text(encoding="utf-8")
    with tempfile.NamedTemporaryFile("w", suffix=".toml", encoding="utf-8") as config:
        config.write(text.replace("@VERSION@", version))
        config.flush()
        subprocess.run([program, "generate", "--quiet", "--no-namespace-dir", "-C", config.name,
                        *(f"--add-include-path={folder}" for folder in gir_path),
                        "--output-dir", str(output), str(gir)], check=True)
    (output / _HIERARCHY).unlink(missing_ok=True)
    for page in sorted(output.glob("*.html")):
        page.write_text(mend(page.read_text(encoding="utf-8")), encoding="utf-8")
