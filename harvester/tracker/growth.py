"""Growth of citation counts over a window of days, from the observations kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta

from harvester.store import Row, Store


def growth(
    store: Store,
    *,
    to: str,
    since: str | None = None,
    days: int | None = None,
    source: str | None = None,
    work: int | None = None,
    watch: int | None = None,
    venue: int | None = None,
    limit: int = 20,
) -> list[Row]:
    """What counts gained up to day `to`, most first: a row a work and source.

    since or days: where the window begins; neither: when the work was first seen. `from_date` and `to_date` are the days
    between which `gained` was really observed; a work seen for the first time inside the window counts from that day.
    """
    if since is None and days is not None:
        since = (date.fromisoformat(to) - timedelta(days=days)).isoformat()
    window = {"from": since, "to": to}
    return store.rows("growth", **window, source=source, work=work, watch=watch, venue=venue, limit=limit)


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
