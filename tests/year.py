"""A year of weekly harvests against the sandbox, in which known things happen on known days: the script, and what runs it.

python -m tests.year FILE          leaves the database at FILE, and prints what the program says of each happening
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import msgspec

from harvester.config import Settings
from harvester.harvest import Harvested, connected, harvest
from harvester.orders import order
from harvester.sandbox import Sandbox
from harvester.store import Store

FIRST = date(2026, 7, 6)
WEEKS = 52
SIZE = {"works": 360, "weeks": 60}  # so that every source's counts move all year, none standing still for three weeks
SOURCES = ("openalex", "semantic_scholar", "crossref", "opencitations")

ARTICLE = "10.1111/1758-5899.70005"
JOURNAL = "1758-5880"
# Two preprints of articles in the journal, each the work most cited by far in its subject.
PREPRINT, PUBLISHED = "10.5555/sim.0005", "10.5555/sim.0056"
DUPLICATE, ORIGINAL = "10.5555/sim.0016", "10.5555/sim.0065"
RETRACTED = "10.5555/sim.0103"  # in the journal, four articles of which cite it
# In the journal, both citing the article; the one without a DOI is found again by where it lies.
CITING, CITING_TOO = "W9900009658", "10.5555/sim.0263"
WATCHED = (ARTICLE, JOURNAL, PREPRINT, PUBLISHED, DUPLICATE)


class Day:
    """The Mondays on which something happens, or is over."""

    outage = date(2026, 7, 27)
    zero, zero_over = date(2026, 8, 10), date(2026, 8, 17)
    merge = date(2026, 9, 14)
    citing_merge = date(2026, 10, 12)
    reindex = date(2026, 11, 23)
    late = date(2026, 12, 28)
    retraction = date(2027, 1, 18)
    freeze, thaw = date(2027, 2, 1), date(2027, 4, 5)
    split = date(2027, 3, 8)
    together = date(2027, 4, 12)
    correction = date(2027, 4, 26)
    reindex_up = date(2027, 5, 10)


def _until(first: date, over: date) -> str:
    return f"{first}..{over - timedelta(1)}"


HAPPENINGS = (
    f"{_until(Day.outage, Day.outage + timedelta(7))} openalex outage",
    f"{_until(Day.zero, Day.zero_over)} semantic_scholar zero {ARTICLE}",
    f"{Day.merge} openalex merge {DUPLICATE} into {ORIGINAL}",
    f"{Day.citing_merge} openalex merge {CITING} into {CITING_TOO}",
    f"{Day.reindex} openalex reindex 70% down",
    f"{Day.late} openalex late-batch 30",
    f"{Day.retraction} * retract {RETRACTED}",
    f"{_until(Day.freeze, Day.thaw)} opencitations freeze",
    f"{Day.split} openalex split {PREPRINT} from {PUBLISHED}",
    f"{Day.together} semantic_scholar merge {PREPRINT} into {PUBLISHED}",
    f"{Day.correction} semantic_scholar drop {ARTICLE} 30%",
    f"{Day.reindex_up} opencitations reindex 70% up",
)


def week(number: int) -> date:
    """The day of a harvest, the first being 0."""
    return FIRST + timedelta(weeks=number)


class Year(msgspec.Struct):
    """The sandbox on its last day, the database, and how each run went, by its day."""

    box: Sandbox
    store: Store
    runs: dict[str, Harvested]

    def days_read(self, source: str) -> list[date]:
        """The days on which a source was harvested and answered."""
        return [date.fromisoformat(day) for day in self.runs if (source, day) != ("openalex", str(Day.outage))]


@contextmanager
def lived(
    database: Path,
    *,
    weeks: int = WEEKS,
    happenings: tuple[str, ...] = HAPPENINGS,
    told: Callable[[date, Harvested], None] = lambda *_: None,
) -> Iterator[Year]:
    """Live so many weeks of the year into a new database. told: called after each harvest."""
    with (
        Sandbox(on=FIRST, **SIZE, happenings=happenings) as box,
        Store(database, create=True) as store,
    ):
        urls = {source: getattr(box, f"{source}_url") for source in SOURCES}
        settings = Settings(database=database, urls=urls, sources=SOURCES)
        with store.transaction():
            for name in WATCHED:
                store.watches.add(order(name), str(FIRST))
        year = Year(box, store, {})
        for number in range(weeks):
            on = week(number)
            box.move_to(on)
            with connected(settings, store) as clients:
                year.runs[str(on)] = harvest(store, clients, str(on), lambda: f"{box.on}T12:00:00+00:00")
            told(on, year.runs[str(on)])
        yield year


def main(database: Path) -> None:
    """Live the year and print what is told of it."""

    def tell(on: date, run: Harvested) -> None:
        print(f"{on} {run.status}: {run.saved.counts_changed} counts changed, {run.news} new citing works", flush=True)

    with lived(database, told=tell) as year:
        for row in year.store.db.execute("SELECT on_day, source, kind, why FROM event ORDER BY on_day, id"):
            print(*row, sep="  ")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
