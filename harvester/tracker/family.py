"""The family of a work: its versions and what is about them, each with its own counts; and who cites any of them, once."""

from __future__ import annotations

import json

from harvester.families import VERSION_ROLES
from harvester.store import Row, Store
from harvester.tracker.growth import citing_any

_ALL = 2**31


def family(store: Store, work: int, as_of: str) -> list[Row]:
    """The members of a work's families as known on a day, versions first; empty where it has none.

    `counts` by source, never summed: each source counts in its own way. `union_citing`: the works that cite any version,
    each counted once, without the members of the family.
    """
    rows = store.rows("family", work=work, as_of=as_of)
    unions = {
        one: len(_union(store, work, [row for row in rows if row["family"] == one], as_of=as_of, limit=_ALL))
        for one in dict.fromkeys(row["family"] for row in rows)
    }
    for row in rows:
        row["counts"] = json.loads(row["counts"])
        row["union_citing"] = unions[row["family"]]
    return rows


def citing_family(
    store: Store, work: int, *, as_of: str, since: str | None = None, source: str | None = None, limit: int = 20
) -> list[Row]:
    """Who cites any version of a work, each citing work once, newest first; `cited_works`: which of them it cites."""
    rows = store.rows("family", work=work, as_of=as_of)
    return _union(store, work, rows, as_of=as_of, since=since, source=source, limit=limit)


def _union(
    store: Store, work: int, members: list[Row], *, as_of: str, limit: int, since: str | None = None,
    source: str | None = None,
) -> list[Row]:  # fmt: skip
    own = [row["work"] for row in members] or [work]
    cited = [row["work"] for row in members if row["role"] in VERSION_ROLES] or [work]
    return citing_any(store, work, cited, own, as_of=as_of, since=since, source=source, limit=limit)
