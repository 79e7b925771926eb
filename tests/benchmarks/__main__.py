"""`make bench`: the speed table. Figures are medians; ratios are to a limit measured in the same run.

python -m tests.benchmarks --million: the tracker with a million works too, which takes some ten minutes and a gigabyte.
"""

from __future__ import annotations

import platform
import sqlite3
import sys

from tests.benchmarks import answering, foreseeing, importing, matching, tracking
from tests.conftest import SHARED


def main() -> int:
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.machine()}")
    for works in (tracking.WORKS, *([1_000_000] if "--million" in sys.argv else [])):
        tracking.main([str(works)])
    if not SHARED.is_dir():
        print("the real works (../shared) are not on this machine: nothing more to measure with")
        return 0
    for part in (importing, answering, matching):
        for line in part.lines(SHARED):
            print(line, flush=True)
    print("\nmatching, by what was done to the records, and where it fails:")
    for text in matching.breakdown(SHARED):
        print(text)
    for title, table in foreseeing.tables(SHARED):
        print(f"\n{title}:")
        for text in table:
            print(text, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
