"""Growth of citation counts over a window of days, from the observations kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Required, TypedDict, Unpack

from harvester import sources
from harvester.normal import shift
from harvester.store import Row, Store
from harvester.tracker.meant import Meant
from harvester.tracker.rates import rates, shares, shown
from harvester.tracker.windows import Window, most
from harvester.tracking import DEFAULTS

ALL = Meant()


class Asked(TypedDict, total=False):
    """What a person asks: what counts gained up to day `to`, since a day or in so many `days` (neither: since first seen).

    source: of this source only; best: of each work only the source `windows.best_of` chooses; meant: of which works;
    late_days: see `Tracking`.
    """

    to: Required[str]
    since: str | None
    days: int | None
    source: str | None
    best: bool
    meant: Meant
    late_days: int


def growth(store: Store, *, limit: int = 20, **asked: Unpack[Asked]) -> list[Row]:
    """What counts gained, most first: a row a work and source, or with `best` one a work.

    `from_date` and `to_date` are the days between which `gained` was really observed; a work seen for the first time inside the
    window counts from that day. The other figures: `told`.
    """
    rows = most(store, window(asked), asked.get("meant", ALL).works(store), limit)
    briefs = {row["work"]: row for row in store.rows("briefs", works=json.dumps([row["work"] for row in rows]))}
    about = ("work", "doi", "title", "year", "venue")
    return [{key: briefs[row["work"]][key] for key in about} | shown(row) for row in told(store, rows, asked)]


def window(asked: Asked) -> Window:
    """The window that is asked for."""
    since, days = asked.get("since"), asked.get("days")
    if since is None and days is not None:
        since = shift(asked["to"], -days)
    return Window(since, asked["to"], asked.get("source"), asked.get("best", False), sources.ranks())


def told(store: Store, rows: Sequence[Row], asked: Asked) -> Iterator[Row]:
    """The rows of `windows.series`, each with its rates (`rates.rates`) and with what is known of the works it gained.

    gained_known: the works that cite it on to_date and did not on from_date, as far as the lists of citing works tell (null:
    none was read). Of these, gained_by_new: published up to late_days before they appeared; gained_by_old: longer ago;
    new_share: the new ones among these two; gained_by_self: by an author of the cited work; gained_without_self: what it
    gained but for those.

    A self-citation is one where citing and cited work have at least one author in common (Aksnes 2003,
    https://doi.org/10.1023/A:1021919228368; King et al. 2017, https://doi.org/10.1177/2378023117738903). An author here is a
    person known by an id or an ORCID, or the source itself says so; names alone never count.
    """
    found = [
        {"work": r["work"], "records": json.loads(r["records"]), "from_date": r["from_date"], "to_date": r["to_date"]}
        for r in rows
    ]
    late_days = asked.get("late_days", DEFAULTS.late_days)
    details = store.rows("growth_details", series=json.dumps(found), late_days=late_days)
    for row, more in zip(rows, details, strict=True):
        known = {f"gained_{name}": more[name] for name in ("known", "by_new", "by_old", "by_self")}
        figures = {key: value for key, value in row.items() if key != "records"} | rates(row, more) | known
        yield figures | shares(figures)


def citing(
    store: Store, work: int, *, as_of: str, since: str | None = None, source: str | None = None, limit: int = 20
) -> list[Row]:
    """Who cites a work, newest first; `since`: only those that appeared on or after that day.

    A citation found when the list of citing works was first read appeared on its own date of publication; one found
    later, on the day it was first seen (`is_new`). `influential`, `intents` and `contexts` (the sentences in which it is
    cited) are Semantic Scholar's.
    """
    rows = citing_any(store, work, [work], [work], as_of=as_of, since=since, source=source, limit=limit)
    for row in rows:
        del row["cited_works"]
    return rows


def citing_any(
    store: Store, work: int, cited: Sequence[int], own: Sequence[int], *, as_of: str, since: str | None = None,
    source: str | None = None, limit: int = 20,
) -> list[Row]:  # fmt: skip
    """As `citing`, for several works at once, without those in `own`; `cited_works` are the works each one cites."""
    works = {"cited": json.dumps(list(cited)), "own": json.dumps(list(own))}
    rows = store.rows("citing", work=work, as_of=as_of, since=since, source=source, limit=limit, **works)
    for row in rows:
        row["cited_works"] = sorted(json.loads(row["cited_works"]))
        row |= {name: json.loads(row[name]) if row[name] else [] for name in ("intents", "contexts")}
    return rows
