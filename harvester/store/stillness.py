"""Sources whose counts stand still while those of others move: told once when it begins, and when it is over.

What is stale is said in harvester/guard.py; here is how still a source has been, from the days it was read (`source_day`).
"""

from __future__ import annotations

import sqlite3  # noqa: TID251
from collections.abc import Iterable

from harvester.guard import Stillness, is_stale
from harvester.tracking import Tracking


def tell(db: sqlite3.Connection, names: Iterable[str], on: str, tracking: Tracking) -> None:
    """Write an event for each of these sources that is found stale on this day for the first time, or moves again."""
    for source in names:
        day = db.execute("SELECT moved FROM source_day WHERE source = ? AND day = ?", (source, on)).fetchone()
        if day is None:
            continue
        since = _stale_since(db, source)
        if since and day[0]:
            _write(db, on, "source_moving", source, since, f"{source} counts anew: {day[0]:,} of its counts have moved")
        elif not since and not day[0] and is_stale(still := _stillness(db, source, on), tracking):
            why = (
                f"no count of {source} has moved since {still.since}, in {still.readings} readings of {still.read:,}; "
                f"other sources moved those of {still.elsewhere:,} of the same works"
            )
            _write(db, on, "source_stale", source, still.since, why)


def _write(db: sqlite3.Connection, on: str, kind: str, source: str, since: str, why: str) -> None:
    db.execute(  # the source stands in `after` too: of all events of a kind and day, that tells two of sources apart
        "INSERT OR IGNORE INTO event (on_day, kind, source, before, after, why) VALUES (?1, ?2, ?3, ?4, ?3, ?5)",
        (on, kind, source, since, why),
    )


def _stale_since(db: sqlite3.Connection, source: str) -> str | None:
    """Since when a source is known to be stale; None: it is not."""
    last = db.execute(
        "SELECT kind, before FROM event WHERE source = ? AND kind IN ('source_stale', 'source_moving') "
        "ORDER BY on_day DESC, id DESC LIMIT 1",
        (source,),
    ).fetchone()
    return last[1] if last and last[0] == "source_stale" else None


def _stillness(db: sqlite3.Connection, source: str, on: str) -> Stillness:
    row = db.execute(_STILL, {"source": source, "on": on}).fetchone()
    return Stillness(row[0], on, *row[1:])


_STILL = """
WITH still AS (
    SELECT ifnull(max(day) FILTER (WHERE moved), min(day)) AS since FROM source_day WHERE source = :source AND day <= :on
)
SELECT
    since,
    (SELECT count(*) FROM source_day WHERE source = :source AND day > since AND day <= :on),
    (SELECT read FROM source_day WHERE source = :source AND day = :on),
    (SELECT count(DISTINCT r.work)
     FROM record r JOIN standing s ON s.record = r.id AND s.last_seen = :on
     JOIN record other ON other.work = r.work AND other.source <> :source
     JOIN observation o ON o.record = other.id AND o.gained <> 0 AND o.first_seen > since AND o.first_seen <= :on
     WHERE r.source = :source)
FROM still
"""
