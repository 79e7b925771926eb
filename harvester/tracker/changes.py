"""What changed and why: the rows of the view `changes`, newest first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby

from harvester.normal import shift
from harvester.store import Row, Store

_WINDOWS = (7, 60)  # days looked back over until there are rows enough: what is asked for is mostly of the last days
_FIRST_DAY = "0001-01-01"
_MANY = 200  # rows of one day, from which on the whole day is read at once


def changes(
    store: Store,
    *,
    as_of: str,
    work: int | None = None,
    on: str | None = None,
    since: str | None = None,
    source: str | None = None,
    kind: str | None = None,
    watch: int | None = None,
    unexplained: bool = False,
    limit: int = 20,
) -> list[Row]:
    """Changes up to day `as_of`, newest first, the weightiest of a day before the others.

    on: of this day only; since: from this day on; source, kind (gained, lost, retracted, ...) and watch narrow them;
    unexplained: only changes of a count with a remainder. A row is one of the view `changes`; `parts` is a mapping.
    """
    until = min(on, as_of) if on else as_of
    narrow = {"source": source, "kind": kind, "watch": watch, "unexplained": unexplained, "limit": limit}
    if on and on > as_of:
        return []
    if work is not None:
        rows = store.rows("changes_of", work=work, since=on or since or _FIRST_DAY, until=until, **narrow)
        return [_read(row) for row in rows]
    if on and limit > _MANY:
        return [_read(row) for row in store.rows("changes_on", on=on, **narrow)]
    found: list[Row] = []
    for begin in [on or since] if on or since else _beginnings(until):
        found = store.rows("changes_found", since=begin, until=until, **narrow)
        if len(found) == limit:
            break
    return [_read(row) for row in _whole(store, found)][:limit]


def _beginnings(until: str) -> Iterator[str]:
    for days in _WINDOWS:
        yield shift(until, -days)
    yield _FIRST_DAY


def _whole(store: Store, found: list[Row]) -> Iterator[Row]:
    """The rows of the view that were found; two of a work, source and kind on one day come together."""
    for on, group in groupby(found, key=lambda row: row["on"]):
        wanted = {_key(row): row for row in group}
        told: dict[tuple[object, ...], list[Row]] = {}
        if len(wanted) > _MANY:
            for row in store.rows("changes_on", on=on, **_ALL):
                told.setdefault(_key(row), []).append(row)
        for key, row in wanted.items():
            if row["work"] is None:
                yield dict.fromkeys(_COLUMNS) | row
            else:
                yield from told.get(key) or store.rows("changes_at", **dict(zip(_KEY, key, strict=True)))


def _key(row: Row) -> tuple[object, ...]:
    return tuple(row[name] for name in _KEY)


_ALL = {"source": None, "kind": None, "watch": None, "unexplained": False, "limit": 2**31}
_KEY = ("work", "on", "kind", "source")
_COLUMNS = (
    "work", "doi", "title", "year", "venue", "on", "kind", "source", "before", "after", "why", "gained", "unexplained", "parts",
    "read_on", "counted", "held", "source_id", "reason",
)  # fmt: skip


def _read(row: Row) -> Row:
    return row | {"parts": json.loads(row["parts"]) if row["parts"] else None}
