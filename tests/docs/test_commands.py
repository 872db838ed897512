# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every command that the pages tell to type is typed by tests/readme, or is listed there with the reason."""

from __future__ import annotations

import os
import re
import unittest
from collections import Counter
from functools import cache
from pathlib import Path

ROOT = Path(os.environ["POSE_SOURCE_ROOT"])
README = ROOT / "tests" / "readme"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
_FENCE = re.compile(r"^```.*?^```$", re.M | re.S)

# Code within a sentence that is a command: a program, and what it is told.
_COMMAND = re.compile(
    r"(?:sudo |[A-Z_][A-Z_0-9]*=\S+ )*"
    r"(?:apt|apt-get|curl|git|gst-inspect-1\.0|gst-launch-1\.0|journalctl|meson|mosquitto_\w+|ninja|npm|openssl|oscdump|"
    r"pkg-config|posecam|systemctl|/usr/bin/python3|\.ci/run|models/fetch|(?:pipelines|tests|build[\w-]*)/[\w./-]+)\s+\S")

Block = tuple[str, str, int]  # page, heading, number below it
Sentence = tuple[str, str]  # page, command


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@cache
def blocks() -> list[Block]:
    """Returns every block of shell of the pages."""
    found: list[Block] = []
    for page in PAGES:
        heading, inside, numbers = "", False, Counter()
        for line in page.read_text(encoding="utf-8").splitlines():
            if line.startswith("```"):
                inside = not inside
                if inside and line == "```sh":
                    numbers[heading] += 1
                    found.append((name_of(page), heading, numbers[heading]))
            elif not inside and (title := re.match(r"#+ +(.*)", line)):
                heading = title[1]
    return found


@cache
def sentences() -> set[Sentence]:
    """Returns every command within a sentence of the pages."""
    return {(name_of(page), code) for page in PAGES
            for code in re.findall(r"`([^`\n]+)`", _FENCE.sub("", page.read_text(encoding="utf-8")))
            if _COMMAND.match(code)}


@cache
def scripts() -> str:
    return "\n".join(script.read_text(encoding="utf-8").replace("\\\n", " ") for script in sorted(README.glob("*.sh")))


def typed_blocks() -> list[Block]:
    """Returns what the scripts type: 'PAGE HEADING N' among the arguments of a function."""
    return [(page, (quoted or plain), int(number)) for page, quoted, plain, number in
            re.findall(r"(?<=\s)((?:docs/)?[\w-]+\.md) +(?:\"([^\"]+)\"|([\w-]+)) +(\d+)\b", scripts())]


def typed_sentences() -> set[Sentence]:
    """Returns what the scripts type of sentences: 'typed_inline PAGE "COMMAND"', or after as_user."""
    found = set(re.findall(r"typed_inline +(\S+) +\"([^\"]+)\"", scripts()))
    return found | {(page, command) for page, command in sentences()
                    if re.search(rf"as_user {re.escape(command)}(?:\s|$)", scripts())}


def not_run() -> tuple[dict[str, str], dict[Block, str], dict[Sentence, str], list[str]]:
    """Returns the reasons, the blocks and the commands of not-run.txt, and lines that are none of these."""
    reasons, listed, commands, wrong = {}, {}, {}, []
    for line in (README / "not-run.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if found := re.fullmatch(r"reason (\S+) +(.+)", line):
            reasons[found[1]] = found[2]
        elif found := re.fullmatch(r"(\S+) +(\S+\.md) `(.+)`", line):
            commands[found[2], found[3]] = found[1]
        elif found := re.fullmatch(r"(\S+) +(\S+\.md) (\d+) (.+)", line):
            listed[found[2], found[4], int(found[3])] = found[1]
        else:
            wrong.append(line)
    return reasons, listed, commands, wrong


class Commands(unittest.TestCase):
    """The pages, the scripts of tests/readme, and its list of what is not run."""

    def setUp(self) -> None:
        self.reasons, self.listed, self.commands, self.wrong = not_run()

    def test_every_block_is_typed_or_listed(self) -> None:
        covered = {*typed_blocks(), *self.listed}
        self.assertGreater(len(blocks()), 40)
        for block in blocks():
            with self.subTest(block):
                self.assertIn(block, covered, "is neither typed in tests/readme/*.sh nor listed in not-run.txt")

    def test_every_command_in_a_sentence_is_typed_or_listed(self) -> None:
        # A block may have the command, too.
        covered = {command for _, command in [*typed_sentences(), *self.commands]}
        in_blocks = "\n".join("".join(_FENCE.findall(page.read_text(encoding="utf-8"))) for page in PAGES)
        for page, command in sorted(sentences()):
            with self.subTest(page, command=command):
                self.assertTrue(command in covered or re.search(rf"^{re.escape(command)}(?:\s|$)", in_blocks, re.M),
                                "is neither typed in tests/readme/*.sh nor listed in not-run.txt")

    def test_what_is_typed_is_on_the_pages(self) -> None:
        for block in typed_blocks():
            with self.subTest(block):
                self.assertIn(block, blocks())
        for sentence in typed_sentences():
            with self.subTest(sentence):
                self.assertIn(sentence, sentences())

    def test_what_is_listed_is_on_the_pages_and_not_typed(self) -> None:
        for block in self.listed:
            with self.subTest(block):
                self.assertIn(block, blocks())
                self.assertNotIn(block, typed_blocks())
        for sentence in self.commands:
            with self.subTest(sentence):
                self.assertIn(sentence, sentences())
                self.assertNotIn(sentence, typed_sentences())

    def test_every_line_has_a_known_reason_and_every_reason_a_line(self) -> None:
        self.assertEqual(self.wrong, [])
        self.assertEqual({*self.listed.values(), *self.commands.values()}, set(self.reasons))


if __name__ == "__main__":
    unittest.main()
