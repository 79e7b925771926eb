"""The two-year mean citedness of a venue, reckoned from what is held, with how complete that is.

Citations received in year Y by the items of Y-1 and Y-2, divided by those items: the form of the journal impact factor (Garfield
1972, 10.1126/science.178.4060.471), but only with citations to the very items it divides by. It is reckoned for each source on
two bases that are never mixed: the source's own counts by year, and the citations held from it, by the citing work's year.

OpenAlex's own figure (`2yr_mean_citedness` of a source) takes the citations of the year before it is read, to works of the two
years before that one, of whatever type (its documentation).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from harvester.store import Row, Store
from harvester.tracker.profiles import CITABLE, Held, h_index, i10_index

YEARS_STATED = 10
"""OpenAlex states what a work received in each of the last ten years, and leaves out years with nothing (its documentation)."""

APART = 0.05
"""Two figures that differ by more than this share of the larger one are apart, and it is said why that may be."""

ByYear = dict[int | None, int]  # citations received in each year; None: in years that are not known
Received = dict[tuple[str, int], ByYear]  # by (source, work)


class _Known(NamedTuple):
    """The citations that some items received in a year, so far as they are known."""

    items: int
    counted: int  # those whose citations are known
    citations: int
    divisor: int
    until: str | None  # the day until which that is known of all that are counted


def from_counts(store: Store, works: Held, metrics: Sequence[Row]) -> list[Row]:
    """From each source's own counts by year: a row a year and source, the newest year first.

    `items`: held of the two years before and known to the source; `counted`: those whose citations in the year are known, by
    which it is divided; `held` of `published`: works of those years, all types, against what the source says the venue
    published (`metrics`); `until`: where the year is not over, or was not when this was read, the day until which it is known
    (and `partial`); `complete`: all this in words.
    """
    return _rows(works, metrics, _received(store, "profile_received", works), _stated)


def from_edges(store: Store, works: Held, metrics: Sequence[Row]) -> list[Row]:
    """From the citations held, by the citing work's year; rows as of `from_counts`.

    `counted`: items whose list of citing works was read to its end in that year or after, or which are not cited. It is
    divided by all items, so that the figure is a least one where not all of them are counted, or a citing work's year is not
    known.
    """
    return _rows(works, metrics, _received(store, "profile_edges", works), _edges)


def _received(store: Store, query: str, works: Held) -> Received:
    found: Received = defaultdict(dict)
    for row in store.rows(query, works=json.dumps([work["work"] for work in works.works]), as_of=works.as_of):
        found[row["source"], row["work"]][row["year"]] = row["count"]
    return found


def _rows(
    works: Held, metrics: Sequence[Row], received: Received, known_of: Callable[[Sequence[Row], int, Received], _Known]
) -> list[Row]:
    told = []
    for source in sorted({source for source, _ in received}):
        items = [row for row in works.counts if row["source"] == source and row["type"] in CITABLE and row["year"]]
        for year in _years(items, works.as_of):
            due = [row for row in items if year - 2 <= row["year"] < year]
            if any((source, row["work"]) in received for row in due):
                size = _size(works, metrics, source, year)
                told.append(_row(year, source, known_of(due, year, received), *size, works.as_of))
    return sorted(told, key=lambda row: (-row["year"], row["source"]))


def _years(items: Sequence[Row], as_of: str) -> range:
    """The years in which there is something to divide by, as far as they have begun."""
    of = [row["year"] for row in items]
    return range(min(of) + 1, min(max(of) + 2, int(as_of[:4])) + 1) if of else range(0)


def _stated(due: Sequence[Row], year: int, stated: Received) -> _Known:
    """What items received in a year as their source states it.

    A work of which the source states any year has received nothing in a year it leaves out, within the last ten years and
    back to the earliest that is stated of any of them. One without citations has no years to state.
    """
    mine = {row["work"]: stated[row["source"], row["work"]] for row in due if (row["source"], row["work"]) in stated}
    first = min(one for by_year in mine.values() for one in by_year if one is not None)
    counted = [
        row for row in due
        if (row["work"] in mine or not row["count"])
        and int(row["to_date"][:4]) >= year >= min(first, int(row["to_date"][:4]) - YEARS_STATED + 1)
    ]  # fmt: skip
    citations = sum(mine.get(row["work"], {}).get(year, 0) for row in counted)
    return _Known(len(due), len(counted), citations, len(counted), min((r["to_date"] for r in counted), default=None))


def _edges(due: Sequence[Row], year: int, edges: Received) -> _Known:
    """What items received in a year by the citations held. One that its source counts none for needs no list to be read."""
    known_on = [row["listed_on"] if row["count"] else row["to_date"] for row in due]
    counted = [day for day in known_on if day and int(day[:4]) >= year]
    citations = sum(edges.get((row["source"], row["work"]), {}).get(year, 0) for row in due)
    return _Known(len(due), len(counted), citations, len(due), min(counted, default=None))


def _size(works: Held, metrics: Sequence[Row], source: str, year: int) -> tuple[int, int | None]:
    """How many works of the two years before are held, and how many the source says there are."""
    before = (year - 1, year - 2)
    stated = {m["year"]: int(m["value"]) for m in metrics if (m["source"], m["name"]) == (source, "works_in_year")}
    held = sum(work["year"] in before for work in works.works)
    return held, sum(stated[one] for one in before) if all(one in stated for one in before) else None


def _row(year: int, source: str, known: _Known, held: int, published: int | None, as_of: str) -> Row:
    read = known.until or as_of
    until = read if read[:4] == str(year) else None
    return {
        "year": year, "source": source, "items": known.items, "counted": known.counted,
        "citations": known.citations if known.divisor else None,
        "citedness": round(known.citations / known.divisor, 3) if known.divisor else None,
        "held": held, "published": published, "until": until, "partial": until is not None,
        "complete": "; ".join(_complete(year, source, known, held, published, until)),
    }  # fmt: skip


def _complete(
    year: int, source: str, known: _Known, held: int, published: int | None, until: str | None
) -> Iterator[str]:
    if known.divisor > known.counted:
        yield f"at least: all citing works are held of {known.counted} of {known.items} items"
    elif known.counted < known.items:
        yield f"{source} states {year} of {known.counted} of {known.items} items"
    if until:
        yield f"{year} until {until}"
    yield f"{held} of {published} works held" if published else f"{source} does not say how many works there are"


# --- beside what others state ------------------------------------------------------------------------------------------


def beside(cited: Iterable[Row], works: Held, metrics: Iterable[Row]) -> list[Row]:
    """What a source states of the venue itself beside what is reckoned here from its counts, and why the two are apart.

    cited: the rows of `from_counts`; year: the one the stated figure was read in; `ours` null: it cannot be reckoned.
    """
    mine = {(row["source"], row["year"]): row for row in cited}
    figures = {"h_index": h_index, "i10_index": i10_index}
    told = []
    for metric in metrics:
        source, name, year = metric["source"], metric["name"], metric["year"]
        if name == "2yr_mean_citedness":
            row = mine.get((source, year - 1))
            ours, whys = (row["citedness"], _why_citedness(row)) if row else (None, ["no counts of that year"])
        elif name in figures:
            counts = [one["count"] for one in works.counts if one["source"] == source]
            ours, whys = figures[name](counts), [f"of the {len(counts)} works held, as counted on {works.as_of}"]
        else:
            continue
        theirs = float(metric["value"])
        apart = ours is None or abs(ours - theirs) > APART * max(ours, theirs)
        told.append({"figure": name, "year": year, "source": source, "theirs": theirs, "ours": ours,
                     "apart": apart, "why": "; ".join(whys) if apart else None})  # fmt: skip
    return told


def _why_citedness(row: Row) -> Iterator[str]:
    """Why our figure of a year may not be what its source reckons."""
    years = f"{row['year'] - 2} and {row['year'] - 1}"
    if row["published"] is None:
        yield f"how many works there are of {years} is not stated"
    elif row["held"] < row["published"]:
        yield f"{row['held']} of its {row['published']} works of {years} are held"
    if row["held"] > row["items"]:
        yield f"it divides by works of any type, {row['held'] - row['items']} of which are no items here"
    if row["counted"] < row["items"]:
        yield f"it states {row['year']} of {row['counted']} of {row['items']} items"
    yield "it was reckoned on another day"
