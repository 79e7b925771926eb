"""Citations by year as a source states them, made ready to reckon with: which years are known, and what lies before them.

OpenAlex lists the last ten years or more (the field's own description; replies of 2023 to 2026 begin with 2012) and leaves out
years of zero. So a year that is not listed is zero from the list's reach on and unknown before it; and the figures need not
add up to the count, in either direction: the gap is kept, and spread over no years.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from harvester.store import Store

LISTED = 10  # full years before the current one that a list has at least


class Yearly(NamedTuple):
    """Citations by year of one work from one source. day: the last on which they were seen; total: the source's count then."""

    work: int
    source: str
    published: int | None
    day: str
    total: int
    years: dict[int, int]

    @property
    def reach(self) -> int:
        """The first year that the list speaks of."""
        return min(int(self.day[:4]) - LISTED, *self.years, int(self.day[:4]))

    @property
    def gap(self) -> int:
        """What the years leave of the count; negative where they come to more."""
        return self.total - sum(self.years.values())

    @property
    def begins(self) -> int:
        """The first year whose figure is known: that of publication, or the first the list reaches.

        Nothing lies before the list where its years come to the count: then all is known from publication on.
        """
        if self.published is None:
            return self.reach
        return self.published if self.published >= self.reach or self.gap <= 0 else self.reach

    @property
    def told(self) -> bool:
        """Whether the source tells years at all: a count of zero has none."""
        return bool(self.years) or self.total == 0

    @property
    def last_full(self) -> int:
        """The last calendar year that was over when the figures were seen."""
        return int(self.day[:4]) - 1

    def full(self) -> list[int]:
        """The figures of the full years from the first that is known, oldest first; what was cited before is not in them."""
        return [self.years.get(year, 0) for year in range(self.begins, self.last_full + 1)]


def yearly(store: Store, works: Iterable[int], *, as_of: str, source: str | None = None) -> list[Yearly]:
    """Citations by year as known on a day, one a work and source: of several records the one with the highest count."""
    rows = store.rows("series_by_year", works=json.dumps(sorted(set(works))), as_of=as_of, source=source)
    first = [next(own) for _, own in groupby(rows, lambda row: (row["work"], row["source"]))]
    return [
        Yearly(row["work"], row["source"], row["published"], row["last_seen"], row["count"], _years(row["years"]))
        for row in first
    ]


def _years(text: str) -> dict[int, int]:
    return {int(year): count for year, count in sorted(json.loads(text).items())}
