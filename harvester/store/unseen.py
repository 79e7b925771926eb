"""When a record was not seen though its source was read: what makes "last seen", as of any day, exact.

A record's last day is moved, not logged: a row for every record and day would be a hundred times as much. That it was seen on
every day its source was read (`observed_day`) is the rule, and needs no row; each exception is one. The last day as of a day is
then (`last`) the beginning of the gap it falls in, else the last day on which the source had been read by then.
"""

from __future__ import annotations

import sqlite3  # noqa: TID251
from collections.abc import Sequence

from harvester.store.sql import json_list

_RECORDS = """
INSERT OR IGNORE INTO unseen
SELECT r.id, '', j.value ->> 1, r.last_seen
FROM json_each(?) j CROSS JOIN record r ON r.id = j.value ->> 0
WHERE j.value ->> 1 > r.last_seen AND (
    EXISTS (SELECT 1 FROM observed_day o WHERE o.source = r.source AND o.day > r.last_seen AND o.day < j.value ->> 1)
    OR r.last_seen <> r.first_seen
        AND NOT EXISTS (SELECT 1 FROM observed_day o WHERE o.source = r.source AND o.day = r.last_seen))
"""
# Seen since, but without this: what is said again now was not said in between.
_COUNTS = """
INSERT OR IGNORE INTO unseen
SELECT r.id, 'count', j.value ->> 1, s.last_seen
FROM json_each(?) j CROSS JOIN record r ON r.id = j.value ->> 0 JOIN standing s ON s.record = r.id
WHERE j.value ->> 2 AND s.last_seen < r.last_seen AND s.last_seen < j.value ->> 1
"""
_FIELDS = """
INSERT OR IGNORE INTO unseen
SELECT r.id, v.field, j.value ->> 1, max(v.last_seen)
FROM json_each(?) j CROSS JOIN record r ON r.id = j.value ->> 0 JOIN field_value v ON v.record = r.id
WHERE v.field IN (SELECT value FROM json_each(j.value, '$[3]'))
GROUP BY j.key, v.field HAVING max(v.last_seen) < r.last_seen AND max(v.last_seen) < j.value ->> 1
"""


def note(db: sqlite3.Connection, seen: Sequence[tuple[int, str, bool, Sequence[str]]]) -> None:
    """These records (number, day, whether with a count, fields stated) are seen; before anything of them is written."""
    rows = json_list(seen)
    for statement in (_RECORDS, _COUNTS, _FIELDS):
        db.execute(statement, (rows,))


def last(day: str, record: str, first: str, latest: str, source: str, what: str = "''") -> str:
    """SQL: the last day up to `day` on which was seen what was seen first and last on these days.

    All SQL: record is its number, source its source, what the thing where it is not the record itself. A last day may have been
    found since by cutting a span at a day the source was read (observing.place), so that a gap comes before it.
    """
    gaps = [
        f"(SELECT u.last_seen FROM main.unseen u WHERE u.record = {record} AND u.what = {one} "
        f"AND u.until > {day} AND u.last_seen <= {day} ORDER BY u.until LIMIT 1)"
        for one in dict.fromkeys((what, "''"))
    ]
    read = f"ifnull((SELECT l.day FROM temp.last_read l WHERE l.source = {source}), '')"
    known = f"CASE WHEN {latest} <= {day} THEN {latest} ELSE {read} END"
    return f"max({first}, min({latest}, coalesce({', '.join(gaps)}, {known})))"
