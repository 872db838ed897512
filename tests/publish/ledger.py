# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the fault tests at length and prints the table of docs/posepublish.md: what was lost, how
much memory it took, how soon it was noticed and over. In `meson devenv -C build`, with a release
build:

    PYTHONPATH=tests/pipelines python3 tests/publish/ledger.py --kills 100
"""

import argparse
import sys
import unittest

import test_faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100, help="of the broker (100)")
    parser.add_argument("-k", dest="pattern", help="only tests whose name holds this")
    arguments = parser.parse_args()
    test_faults.CYCLES = arguments.kills
    loader = unittest.TestLoader()
    if arguments.pattern:
        loader.testNamePatterns = [f"*{arguments.pattern}*"]
    result = unittest.TextTestRunner(verbosity=1).run(loader.loadTestsFromModule(test_faults))
    print("\n| fault | lost | memory | noticed, and back |\n|---|---|---|---|")
    for row in test_faults.ROWS:
        print("| " + " | ".join(row) + " |")
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
