# SPDX-License-Identifier: LGPL-2.1-or-later
"""What tests/run.sh says at its end, of logs as test programs write them."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SUMMARY = Path(__file__).with_name("summary.py")

GTEST = """\
[==========] Running 3 tests from 1 test suite.
[ RUN      ] Card.Reads
[       OK ] Card.Reads (0 ms)
[ RUN      ] Card.RootMayNot
../tests/card_test.cpp:322: Skipped
root may read everything

[  SKIPPED ] Card.RootMayNot (0 ms)
[ RUN      ] Card.RealOne
../tests/card_test.cpp:12: Skipped
POSE_TEST_DATA names no folder

[  SKIPPED ] Card.RealOne (1 ms)
[==========] 3 tests from 1 test suite ran. (3 ms total)
[  PASSED  ] 1 test.
[  SKIPPED ] 2 tests, listed below:
[  SKIPPED ] Card.RootMayNot
[  SKIPPED ] Card.RealOne
"""
UNITTEST = """\
test_plays (test_film.Film.test_plays) ... ok
test_page (test_page.Page.test_page) ... skipped 'chromium and chromium-driver are not installed'
test_asks (test_page.Page.test_asks) ... skipped "the package's server: POSE_TEST_NETWORK is not 1"

----------------------------------------------------------------------
Ran 3 tests in 0.100s

OK (skipped=2)
"""
CHECK = "100%: Checks: 7, Failures: 0, Errors: 0\n"


def test(name: str, result: str = "OK", stdout: str = "", stderr: str = "") -> dict[str, object]:
    """Returns a line of Meson's log."""
    return {"name": f"gst-pose:engine / {name}", "result": result, "stdout": stdout,
            "stderr": stderr, "duration": 1.5}


class Summary(unittest.TestCase):
    """One log in, the text for people out."""

    def summarize(self, *tests: dict[str, object], left_out: tuple[str, ...] = ()) -> tuple[int, str]:
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder, "testlog.json")
            log.write_text("".join(json.dumps(line) + "\n" for line in tests), encoding="utf-8")
            done = subprocess.run([sys.executable, "-B", str(SUMMARY), str(log), *left_out],
                                  capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    def test_cases_of_all_three_kinds_are_counted(self) -> None:
        status, text = self.summarize(test("card", stdout=GTEST), test("film", stderr=UNITTEST),
                                      test("pace", stdout=CHECK), test("walls"))
        self.assertEqual(status, 0)
        self.assertEqual(text.splitlines()[-1], "10 passed, 0 failed, 4 skipped")

    def test_what_was_skipped_stands_under_what_it_needs(self) -> None:
        _, text = self.summarize(test("card", stdout=GTEST), test("film", stderr=UNITTEST))
        sections = dict(part.split("\n", 1) for part in text.split("\nskipped (1), for want of ")[1:])
        self.assertEqual(len(sections), 4)
        lines = {need.split()[0]: rest for need, rest in sections.items()}
        self.assertIn("  card: Card.RootMayNot: root may read everything", lines["something"])
        self.assertIn("  card: Card.RealOne: POSE_TEST_DATA names no folder", lines["real"])
        self.assertIn("chromium and chromium-driver are not installed", lines["a"])
        self.assertIn("the package's server: POSE_TEST_NETWORK is not 1", lines["the"])

    def test_a_skipped_program_is_a_skipped_case(self) -> None:
        _, text = self.summarize(test("walls"), test("abi", "SKIP", "abidw is not installed: apt-get install\n"))
        self.assertIn("  abi: abidw is not installed", text)
        self.assertEqual(text.splitlines()[-1], "1 passed, 0 failed, 1 skipped")

    def test_long_tests_that_were_left_out_are_named(self) -> None:
        _, text = self.summarize(test("walls"), left_out=("soak", "coco"))
        self.assertIn("left out, as they are long (2): tests/run.sh --all runs these, too\n  coco soak\n", text)

    def test_a_program_that_fails_is_a_failed_case_whatever_it_printed(self) -> None:
        for result in ("FAIL", "TIMEOUT", "ERROR"):
            status, text = self.summarize(test("walls"), test("card", result, GTEST))
            self.assertEqual(status, 1)
            self.assertEqual(text.splitlines()[-1], "2 passed, 1 failed, 2 skipped")

    def test_no_log_is_a_failure(self) -> None:
        status, text = self.summarize()
        self.assertEqual(status, 1)
        self.assertEqual(text.splitlines()[-1], "0 passed, 0 failed, 0 skipped")


if __name__ == "__main__":
    unittest.main()
