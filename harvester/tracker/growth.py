"""Growth of citation counts over a window of days, from the observations kept."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import NamedTuple

from harvester import sources
from harvester.normal import openalex_entity, orcid, ror
from harvester.store import Row, Store
from harvester.tracker.windows import CHUNK, Window, day_before, most, series
from harvester.tracking import DEFAULTS

GROUPS = ("watch", "venue", "author", "institution", "topic")


class Only(NamedTuple):
    """Which works are meant: those that fit all that is said here.

    work, watch, venue: numbers; author: an ORCID, an OpenAlex id (A...) or a name in full; institution: a ROR or a name;
    topic: its name.
    """

    work: int | None = None
    watch: int | None = None
    venue: int | None = None
    author: str | None = None
    institution: str | None = None
    topic: str | None = None

    def works(self, store: Store) -> list[int] | None:
        """The numbers of those works; None: all, as nothing is said."""
        filters = sum(value is not None for value in self)
        return None if not filters else self._held(store, filters)

    def _held(self, store: Store, filters: int) -> list[int]:
        person = openalex_entity(self.author, "A")
        names = {
            "author": orcid(self.author) or self.author,
            "person": f"openalex:{person}" if person else None,
            "institution": ror(self.institution) or self.institution,
        }
        return [row["work"] for row in store.rows("growth_works", filters=filters, **(self._asdict() | names))]


def growth(
    store: Store,
    *,
    to: str,
    since: str | None = None,
    days: int | None = None,
    source: str | None = None,
    best: bool = False,
    only: Only = Only(),  # noqa: B008  # it cannot change
    late_days: int = DEFAULTS.late_days,
    limit: int = 20,
) -> list[Row]:
    """What counts gained up to day `to`, most first: a row a work and source, or with `best` one a work (`windows.best_of`).

    since or days: where the window begins; neither: when the work was first seen. `from_date` and `to_date` are the days
    between which `gained` was really observed; a work seen for the first time inside the window counts from that day.
    late_days: see `Tracking`. The other figures: `_told`.
    """
    window = _window(to, since, days, source, best=best)
    rows = most(store, window, only.works(store), limit)
    briefs = {row["work"]: row for row in store.rows("briefs", works=json.dumps([row["work"] for row in rows]))}
    about = ("work", "doi", "title", "year", "venue")
    return [{key: briefs[row["work"]][key] for key in about} | row for row in _told(store, rows, late_days)]


def grown_by(
    store: Store,
    by: str,
    *,
    to: str,
    since: str | None = None,
    days: int | None = None,
    source: str | None = None,
    best: bool = False,
    only: Only = Only(),  # noqa: B008  # it cannot change
    late_days: int = DEFAULTS.late_days,
    limit: int = 20,
) -> list[Row]:
    """What the works of each group gained together, most first: a row a group (`by`: one of GROUPS) and source.

    `id` is what it goes by (a watch's number, an ISSN, an ORCID or a source's id, a ROR, a topic's name); `works`: how many of it
    have such a count, each counted once. Counts, gains and rates are summed, with `best` over one series a work. The days are
    the first and the last on which any of them was seen.
    """
    window = _window(to, since, days, source, best=best)
    works = only.works(store)
    if works is None:
        works = [row["work"] for row in store.rows("growth_works", filters=0, **(Only()._asdict() | {"person": None}))]
    sums: dict[tuple[str, str | None], Row] = {}
    for rows in batched(series(store, window, works)):
        members = defaultdict[int, list[Row]](list)
        for group in store.rows("growth_groups", by=by, works=json.dumps(sorted({row["work"] for row in rows}))):
            members[group["work"]].append(group)
        for row in _told(store, rows, late_days):
            for group in members[row["work"]]:
                source_of = None if best else row["source"]
                _add(sums.setdefault((group["id"], source_of), _empty(by, group, source_of)), row)
    found = sorted(sums.values(), key=lambda row: (-row["gained"], -row["count"], row["id"], row["source"] or ""))
    return [row | _shares(row) | _rounded(row) for row in found[:limit]]


def _window(to: str, since: str | None, days: int | None, source: str | None, *, best: bool) -> Window:
    if since is None and days is not None:
        since = day_before(to, days)
    return Window(since, to, source, best=best, ranks=sources.ranks())


def _told(store: Store, rows: Sequence[Row], late_days: int) -> Iterator[Row]:
    """The rows of `series`, with what a person asks next.

    gained_per_30_days: gained between from_date and to_date, null where these are one day. acceleration: the rate of the second
    half of that time less the rate of the first, per 30 days; the halves meet on the last day up to the middle on which the
    count was seen, and it is null where that lies in the first quarter: then the halves were not both observed.
    gained_known: works that cite it on to_date and did not on from_date, as far as the lists of citing works tell (null: none
    was read); gained_by_new and gained_by_old: those of them published up to late_days before they appeared, or longer ago;
    new_share: of these two the new ones. gained_by_self: those that have an author in common with the work, gained_without_self:
    all others. (A self-citation: citing and cited work share at least one author; Aksnes 2003, https://doi.org/10.1023/A:1021919228368,
    King et al. 2017, https://doi.org/10.1177/2378023117738903. Here an author is a person known by an id or ORCID, or the source
    says so; names alone never count.)
    """
    asked = [
        {"work": r["work"], "records": json.loads(r["records"]), "from_date": r["from_date"], "to_date": r["to_date"]}
        for r in rows
    ]
    details = store.rows("growth_details", series=json.dumps(asked), late_days=late_days)
    for row, more in zip(rows, details, strict=True):
        told = {key: value for key, value in row.items() if key != "records"} | _rates(row, more)
        told |= {"gained_known": more["known"], "gained_by_new": more["new"], "gained_by_old": more["old"]}
        told |= {"gained_by_self": more["self"]}
        yield told | _shares(told) | _rounded(told)


def _rates(row: Row, half: Row) -> dict[str, float | None]:
    """How fast it grew, and whether ever faster."""
    days, first = _days(row["from_date"], row["to_date"]), _days(row["from_date"], half["half_date"])
    if not days:
        return {"gained_per_30_days": None, "acceleration": None}
    rate = 30 * row["gained"] / days
    if first < days / 4:
        return {"gained_per_30_days": rate, "acceleration": None}
    later = row["count"] - half["half_count"]
    return {
        "gained_per_30_days": rate,
        "acceleration": 30 * (later / (days - first) - (row["gained"] - later) / first),
    }


def _days(first: str, last: str | None) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days if last else 0


def _shares(row: Row) -> dict[str, float | None]:
    """What follows from the figures of a row or of a sum of rows."""
    known = (row["gained_by_new"] or 0) + (row["gained_by_old"] or 0)
    own = row["gained_by_self"]
    return {
        "new_share": round(row["gained_by_new"] / known, 3) if known else None,
        "gained_without_self": None if own is None else row["gained"] - own,
    }


_RATES = ("gained_per_30_days", "acceleration")
_SUMMED = (*_RATES, "gained_known", "gained_by_new", "gained_by_old", "gained_by_self")  # null: none of them is known


def _rounded(row: Row) -> dict[str, float | None]:
    return {name: None if row[name] is None else round(row[name], 2) for name in _RATES}


def _empty(by: str, group: Row, source: str | None) -> Row:
    """The sum over no work."""
    figures = {"works": 0, "source": source, "count": 0, "gained": 0, "from_date": None, "to_date": None}
    return {"by": by, "id": group["id"], "name": group["name"]} | figures | dict.fromkeys(_SUMMED)


def _add(total: Row, row: Row) -> None:
    """Add one work's series to the sum of its group."""
    total["works"] += 1
    total["count"] += row["count"]
    total["gained"] += row["gained"]
    total["from_date"] = min(total["from_date"] or row["from_date"], row["from_date"])
    total["to_date"] = max(total["to_date"] or row["to_date"], row["to_date"])
    for name in _SUMMED:
        if row[name] is not None:
            total[name] = (total[name] or 0) + row[name]


def batched(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Rows a few thousand at a time."""
    left = iter(rows)
    while batch := list(islice(left, CHUNK)):
        yield batch


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
