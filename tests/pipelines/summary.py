#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts the cases in Meson's testlog.json; the last line is "N passed, N failed, N skipped".

    summary.py testlog.json [TEST-LEFT-OUT…]

Meson counts programs; this reads the counts that GoogleTest, Check and unittest printed, and takes a
program that printed none for one case. Cases that were skipped are listed under what they need.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_GOOD = ("OK", "EXPECTEDFAIL")
_GTEST_RAN = re.compile(r"^\[==========\] (\d+) tests? from .* ran\.", re.M)
_GTEST_COUNT = re.compile(r"^\[  (PASSED|SKIPPED|FAILED) +\] (\d+) tests?[.,]", re.M)
_GTEST_SKIPPED = re.compile(
    r"^\[ RUN      \] (\S+)\n((?:(?!\[ ).*\n)*)\[  SKIPPED \] \1 \(\d+ ms\)", re.M)
_GTEST_REASON = re.compile(r"^\S+:\d+: Skipped\n(.+)$", re.M)
_CHECK = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)", re.M)
_UNITTEST = re.compile(r"^Ran (\d+) tests? in [\d.]+s\s+(?:OK|FAILED)(?: \(([^)]*)\))?", re.M)
_UNITTEST_SKIPPED = re.compile(r"^(.*) \.\.\. skipped ['\"](.*)['\"]$", re.M)

# How to have what a test was skipped for, by the words of its reason; the first that fits.
_REMEDIES = (
    (r"POSE_TEST_NETWORK", "the npm registry: POSE_TEST_NETWORK=1 tests/run.sh"),
    (r"POSE_TEST_LARGE", "downloads of up to 145 MB: POSE_TEST_NETWORK=1 POSE_TEST_LARGE=1 tests/run.sh"),
    (r"POSE_TEST_DATA|test data|real network|is not there|no folder|photograph",
     "real networks, photographs and video, which are not part of this tree:\n"
     "    meson configure build -Dtest-data=FOLDER (docs/hacking.md tells what is in it)"),
    (r"not installed|needs (?:python3-|pycocotools|localedef)|neither python3-",
     "a package, which its line names: apt-get install"),
)
_NOTHING = "something that this release or this machine does not have"


def cases(output: str) -> Counter[str]:
    """Returns how many cases the output of a test program tells, by outcome; empty if none."""
    found: Counter[str] = Counter()
    if _GTEST_RAN.search(output):
        for outcome, number in _GTEST_COUNT.findall(output):
            found[outcome.strip().lower()] += int(number)
    for ran, failures, errors in _CHECK.findall(output):
        found["failed"] += int(failures) + int(errors)
        found["passed"] += int(ran) - int(failures) - int(errors)
    for ran, notes in _UNITTEST.findall(output):
        parts = {key: int(number) for key, number in re.findall(r"(\w+)=(\d+)", notes)}
        failed = parts.get("failures", 0) + parts.get("errors", 0)
        skipped = parts.get("skipped", 0)
        found.update(failed=failed, skipped=skipped, passed=int(ran) - failed - skipped)
    return found


def count(test: Mapping[str, Any]) -> Counter[str]:
    """Returns the cases of one test, which agree with what Meson says of the program."""
    output = f"{test.get('stdout') or ''}\n{test.get('stderr') or ''}"
    result = test["result"]
    if result == "SKIP":
        return Counter(skipped=1)
    found = cases(output)
    if result not in _GOOD:
        found["failed"] = max(1, found["failed"])
    elif not found:
        found["passed"] = 1
    return found


def reasons(test: Mapping[str, Any]) -> Iterator[str]:
    """Yields a line for each case that was skipped: its name, and the reason if there is one."""
    output = f"{test.get('stdout') or ''}\n{test.get('stderr') or ''}"
    for name, body in dict.fromkeys(_GTEST_SKIPPED.findall(output)):
        reason = _GTEST_REASON.search(body)
        yield f"{name}: {reason[1]}" if reason else name
    for name, reason in _UNITTEST_SKIPPED.findall(output):
        yield f"{name}: {reason}"
    if test["result"] == "SKIP" and not cases(output):
        yield output.strip().splitlines()[-1] if output.strip() else "no reason given"


def remedy(line: str) -> str:
    """Returns how to have what a skipped case needs."""
    return next((text for words, text in _REMEDIES if re.search(words, line)), _NOTHING)


def short_name(test: Mapping[str, Any]) -> str:
    """Returns the name of a test without its project and suites."""
    return test["name"].split(" - ")[-1].split(" / ")[-1].removeprefix("gst-pose:")


def print_skipped(tests: list[Mapping[str, Any]]) -> None:
    """Prints the cases that were skipped, under what they need."""
    needs: dict[str, list[str]] = {}
    for test in tests:
        for line in reasons(test):
            needs.setdefault(remedy(line), []).append(f"{short_name(test)}: {line}")
    for need, lines in sorted(needs.items(), key=lambda item: -len(item[1])):
        print(f"\nskipped ({len(lines)}), for want of {need}")
        print("\n".join(f"  {line}" for line in lines))


def main() -> int:
    """Prints the table, what was not run and why, and the closing line."""
    path = Path(sys.argv[1])
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    tests = [json.loads(line) for line in lines]
    total: Counter[str] = Counter()
    print(f"\n{'test':32} {'passed':>7} {'failed':>7} {'skipped':>7} {'time':>9}")
    for test in tests:
        found = count(test)
        total.update(found)
        print(f"{short_name(test):32} {found['passed']:7} {found['failed']:7} {found['skipped']:7} "
              f"{test.get('duration', 0.0):7.1f} s")
    print_skipped(tests)
    if len(sys.argv) > 2:
        print(f"\nleft out, as they are long ({len(sys.argv) - 2}): tests/run.sh --all runs these, too\n  "
              + " ".join(sorted(sys.argv[2:])))
    print(f"\n{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return 1 if total["failed"] or not tests else 0


if __name__ == "__main__":
    sys.exit(main())
