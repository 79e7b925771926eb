"""A set of works together (of a venue, an author, an institution, a topic, a watch): what each source counts for it.

Counts of two sources are never added, averaged or compared away: whatever is counted stands in a row of its source. The set is
what is held, so that every figure is one of the works held; how many there are besides is said where somebody states it.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from harvester.normal import shift
from harvester.store import Row, Store

CITABLE = ("article", "review")
"""What counts as an item: articles and reviews, as in Journal Citation Reports (Garfield 2006, 10.1001/jama.295.1.90)."""

H5_YEARS = 5
"""h5 looks at what appeared in the last five complete calendar years (Google Scholar Metrics)."""


class Held(NamedTuple):
    """A set of works as known on a day (ISO): each once (work, year, type), and its counts, a row a source.

    A count's row: work, year, type, source, count, to_date (when it was last seen), listed_on (when the list of works citing
    it was last read to its end), gained since from_date.
    """

    as_of: str
    works: list[Row]
    counts: list[Row]


def held(
    store: Store,
    *,
    as_of: str,
    days: int,
    venue: int | None = None,
    authors: str | None = None,
    institutions: str | None = None,
    subjects: str | None = None,
    watch: int | None = None,
) -> Held:
    """The works held of one of these; of authors, institutions and subjects: JSON lists of their numbers.

    What was gained: in so many days, or since the work was first seen if that is later.
    """
    named = {"venue": venue, "authors": authors, "institutions": institutions, "subjects": subjects, "watch": watch}
    works = {row["work"]: row for row in store.rows("profile_works", as_of=as_of, **named)}
    since = shift(as_of, -days)
    rows = store.rows("profile_counts", works=json.dumps(list(works)), as_of=as_of, since=since)
    counts = [row | works[row["work"]] | {"gained": row["count"] - row["before"]} for row in rows]
    return Held(as_of, list(works.values()), counts)


def span(works: Held) -> Row:
    """How many works, and the years they are of: works, first_year, last_year."""
    of_years = [work["year"] for work in works.works if work["year"]]
    return {
        "works": len(works.works),
        "first_year": min(of_years, default=None),
        "last_year": max(of_years, default=None),
    }


def indexes(works: Held) -> list[Row]:
    """By source: works, citations, h-index, i10-index, h5-index, and what was gained.

    h5: the h-index of what appeared in the last five complete calendar years (`h5_from` to `h5_to`), with all that this has
    been cited since.
    """
    last = int(works.as_of[:4]) - 1
    told = []
    for source, rows in _by_source(works.counts):
        cited = [row["count"] for row in rows]
        recent = [row["count"] for row in rows if row["year"] and last - H5_YEARS < row["year"] <= last]
        told.append(
            {
                "source": source, "works": len(rows), "citations": sum(cited), "h_index": h_index(cited),
                "i10_index": i10_index(cited), "h5_index": h_index(recent),
                "h5_works": len(recent), "h5_from": last - H5_YEARS + 1, "h5_to": last,
                "gained": sum(row["gained"] for row in rows), "from_date": min(row["from_date"] for row in rows),
                "to_date": max(row["to_date"] for row in rows),
            }
        )  # fmt: skip
    return told


def h_index(counts: Iterable[int]) -> int:
    """The largest h such that h works have at least h citations each (Hirsch 2005, 10.1073/pnas.0507655102).

    >>> h_index([17, 9, 6, 3, 2]), h_index([]), h_index([0, 0]), h_index([5])
    (3, 0, 0, 1)
    """
    return sum(count >= place for place, count in enumerate(sorted(counts, reverse=True), start=1))


def i10_index(counts: Iterable[int]) -> int:
    """How many works have at least ten citations (Google Scholar Citations, 2011)."""
    return sum(count >= 10 for count in counts)


def years(works: Held) -> list[Row]:
    """By year of publication, the newest first: works held, the items among them (see CITABLE), and works by type.

    `partial`: the year is not over.
    """
    kinds: dict[int | None, Counter[str]] = defaultdict(Counter)
    for work in works.works:
        kinds[work["year"]][work["type"] or "not stated"] += 1
    return [
        {
            "year": year, "works": kinds[year].total(), "citable": sum(kinds[year][kind] for kind in CITABLE),
            "partial": year == int(works.as_of[:4]), "types": dict(sorted(kinds[year].items())),
        }
        for year in sorted(kinds, key=_newest)
    ]  # fmt: skip


def citations(works: Held, metrics: Iterable[Row] = ()) -> list[Row]:
    """By year of publication and source, the newest year first: the works this source counts and their citations.

    `published` and `received`: the works of that year and the citations in it, as the source states them of the venue itself
    (`metrics`).
    """
    counts: dict[tuple[int | None, str], list[int]] = defaultdict(list)
    for row in works.counts:
        counts[row["year"], row["source"]].append(row["count"])
    stated = {(m["year"], m["source"], m["name"]): int(m["value"]) for m in metrics if m["name"].endswith("_in_year")}
    return [
        {
            "year": year, "source": source, "works": len(cited), "citations": sum(cited),
            "per_work": round(sum(cited) / len(cited), 2), "most_cited": max(cited),
            "published": stated.get((year, source, "works_in_year")),
            "received": stated.get((year, source, "citations_in_year")),
        }
        for (year, source), cited in sorted(counts.items(), key=lambda one: (_newest(one[0][0]), one[0][1]))
    ]  # fmt: skip


def _newest(year: int | None) -> int:
    """Sorts the newest year first, and what has none last."""
    return -(year or 0)


def growing(store: Store, works: Held, limit: int) -> list[Row]:
    """The works that gained most, a row a work and source as `growth` has them; those that gained nothing are left out."""
    most = sorted((row for row in works.counts if row["gained"] > 0), key=_most_gained)[:limit]
    briefs = {row["work"]: row for row in store.rows("briefs", works=json.dumps([row["work"] for row in most]))}
    columns = ("source", "count", "gained", "from_date", "to_date")
    return [_head(briefs[row["work"]]) | {name: row[name] for name in columns} for row in most]


def _most_gained(row: Row) -> tuple[int, int, int, str]:
    return -row["gained"], -row["count"], row["work"], row["source"]


def _head(brief: Row) -> Row:
    return {name: brief[name] for name in ("work", "doi", "title", "year", "venue")}


def _by_source(counts: Iterable[Row]) -> Iterator[tuple[str, list[Row]]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in counts:
        found[row["source"]].append(row)
    yield from sorted(found.items())
