#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts the cases in Meson's testlog.json; the last line is "N passed, N failed, N skipped".

Meson counts programs; this looks into what GoogleTest, Check and unittest printed, and takes a
program that printed no counts for one case.
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
_GTEST_COUNT = re.compile(r"^\[  (PASSED|SKIPPED|FAILED ) \] (\d+) tests?[.,]", re.M)
_GTEST_SKIPPED = re.compile(r"^\[  SKIPPED \] (\S+) \(\d+ ms\)", re.M)
_CHECK = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)", re.M)
_UNITTEST = re.compile(r"^Ran (\d+) tests? in [\d.]+s\s+(?:OK|FAILED)(?: \(([^)]*)\))?", re.M)
_UNITTEST_SKIPPED = re.compile(r"^(.*) \.\.\. skipped (.*)$", re.M)


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
    """Yields a line for each case that was skipped."""
    output = f"{test.get('stdout') or ''}\n{test.get('stderr') or ''}"
    for name in dict.fromkeys(_GTEST_SKIPPED.findall(output)):
        yield name
    for name, reason in _UNITTEST_SKIPPED.findall(output):
        yield f"{name}: {reason}"
    if test["result"] == "SKIP":
        yield output.strip().splitlines()[-1] if output.strip() else "no reason given"


def main() -> int:
    """Prints the table and the closing line."""
    path = Path(sys.argv[1])
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    tests = [json.loads(line) for line in lines]
    total: Counter[str] = Counter()
    rows = []
    for test in tests:
        found = count(test)
        total.update(found)
        name = test["name"].split(" - ")[-1].removeprefix("gst-pose:")
        rows.append((name, found["passed"], found["failed"], found["skipped"],
                     f"{test.get('duration', 0.0):.1f} s"))
    print(f"\n{'test':32} {'passed':>7} {'failed':>7} {'skipped':>7} {'time':>9}")
    for row in rows:
        print("{:32} {:7} {:7} {:7} {:>9}".format(*row))
    skipped = [f"  {test['name'].split(':')[-1]}: {line}" for test in tests for line in reasons(test)]
    if skipped:
        print("\nskipped:\n" + "\n".join(skipped))
    print(f"\n{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return 1 if total["failed"] or not tests else 0


if __name__ == "__main__":
    sys.exit(main())
