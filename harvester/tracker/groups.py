"""What the works of a watch, a venue, an author, an institution or a topic gained together."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import Unpack

from harvester.store import Row, Store
from harvester.tracker.growth import ALL, Asked, told, window
from harvester.tracker.rates import SUMMED, add, shares, shown
from harvester.tracker.windows import CHUNK, series

GROUPS = ("watch", "venue", "author", "institution", "topic")


def grown(store: Store, by: str, *, limit: int = 20, **asked: Unpack[Asked]) -> list[Row]:
    """What each group gained, most first: a row a group (`by`: one of GROUPS) and source.

    `id` is what it goes by (a watch's number, an ISSN, an ORCID or a source's id, a ROR, a topic's name); `works`: how many of
    it have such a count, each counted once. Counts, gains and rates are sums, with `best` over one series a work (`source` is
    null then). The days are the first and the last on which any of them was seen.
    """
    sums: dict[tuple[str, str | None], Row] = {}
    for rows in _chunks(series(store, window(asked), asked.get("meant", ALL).listed(store))):
        members = _members(store, by, rows)
        for row in told(store, rows, asked):
            of = None if asked.get("best") else row["source"]
            for group in members[row["work"]]:
                add(sums.setdefault((group["id"], of), _empty(by, group, of)), row)
    found = sorted(sums.values(), key=lambda row: (-row["gained"], -row["count"], row["id"], row["source"] or ""))
    return [shown(row | shares(row)) for row in found[:limit]]


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _members(store: Store, by: str, rows: list[Row]) -> dict[int, list[Row]]:
    """The groups {id, name} of each work."""
    found = defaultdict[int, list[Row]](list)
    for row in store.rows("growth_groups", by=by, works=json.dumps(sorted({row["work"] for row in rows}))):
        found[row["work"]].append(row)
    return found


def _empty(by: str, group: Row, source: str | None) -> Row:
    """The sum over no work."""
    figures = {"works": 0, "count": 0, "gained": 0, "from_date": None, "to_date": None}
    return {"by": by, "id": group["id"], "name": group["name"], "source": source} | figures | dict.fromkeys(SUMMED)
