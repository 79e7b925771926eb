"""The inbox: an item for each citing work that is news, what people made of it, and the digests that carried it.

Items hang on records, so that joining works and taking them apart needs nothing here: the view `inbox` shows those of one
cited and one citing work as one, whose state is the last word about any of them.
"""

from __future__ import annotations

from collections.abc import Iterable

from harvester.store import days
from harvester.store.connection import Connection
from harvester.store.deciding import Word
from harvester.store.sql import json_list

# `shown`: every pair of records of the two works, one source's each, between which an edge may stand already; a source that
# names works by their DOI may name one that others have sent. CROSS: from what has appeared to the few rows that go with it.
_FILL = """
INSERT INTO inbox_item (cited, citing, since)
WITH appeared AS MATERIALIZED (
    SELECT
        e.cited, e.citing, e.on_day, cited.work,
        CASE WHEN citing.source_id LIKE '10.%/%' THEN citing.source_id END AS citing_doi,
        ifnull(citing.work, (SELECT min(m.work) FROM identifier i JOIN record m ON m.id = i.record
                             WHERE i.scheme = 'doi' AND i.value = citing.source_id AND NOT i.alias)) AS citing_work
    FROM citation_event e
    JOIN record cited ON cited.id = e.cited
    JOIN record citing ON citing.id = e.citing
    WHERE e.kind = 'appeared' AND e.on_day >= ? AND cited.work IS NOT NULL
), named AS (
    SELECT citing, citing_doi AS doi FROM appeared WHERE citing_doi IS NOT NULL
    UNION
    SELECT a.citing, i.value FROM appeared a CROSS JOIN record m ON m.work = a.citing_work
    CROSS JOIN identifier i ON i.record = m.id AND i.scheme = 'doi' AND NOT i.alias
), shown AS (
    SELECT cited, citing, on_day, cited AS end, citing AS start FROM appeared
    UNION ALL
    SELECT a.cited, a.citing, a.on_day, c.id, b.id FROM appeared a
    CROSS JOIN record c ON c.work = a.work CROSS JOIN record b ON b.work = a.citing_work AND b.source = c.source
    UNION ALL
    SELECT a.cited, a.citing, a.on_day, c.id, b.id FROM appeared a
    CROSS JOIN record c ON c.work = a.work
    CROSS JOIN named n ON n.citing = a.citing CROSS JOIN record b ON b.source = c.source AND b.source_id = n.doi
), known AS MATERIALIZED (
    SELECT s.cited, s.citing FROM shown s
    CROSS JOIN citation e ON e.citing = s.start AND e.cited = s.end AND e.first_seen < s.on_day
    UNION
    SELECT s.cited, s.citing FROM shown s CROSS JOIN inbox_item i ON i.cited = s.end AND i.citing = s.start
)
SELECT cited, citing, on_day FROM (
    SELECT cited, citing, on_day, row_number() OVER (
        PARTITION BY work, coalesce(citing_work, citing_doi, -citing) ORDER BY on_day, cited, citing) AS nth
    FROM appeared WHERE citing_work IS NOT work AND (cited, citing) NOT IN (SELECT cited, citing FROM known)
) WHERE nth = 1 ORDER BY on_day, cited, citing
"""
# A watch that wants nothing published before some day has not brought what was.
_WATCHES = """
INSERT INTO inbox_watch (item, watch)
SELECT DISTINCT i.id, x.id
FROM inbox_item i
CROSS JOIN record c ON c.id = i.cited
CROSS JOIN record r ON r.work = c.work
CROSS JOIN watch_record wr ON wr.record = r.id
JOIN watch x ON x.id = wr.watch AND instr(x.depth, 'citing')
LEFT JOIN record b ON b.id = i.citing
LEFT JOIN work w ON w.id = b.work
LEFT JOIN citation e ON e.citing = i.citing AND e.cited = i.cited
WHERE i.id > ?
  AND (x.since IS NULL OR ifnull(ifnull(w.date, e.created) >= substr(x.since, 1, length(ifnull(w.date, e.created))), 1))
"""


class Inbox:
    """The inbox_item, inbox_watch, inbox_state and digest tables. Whoever calls holds a transaction."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def fill(self, on: str | None) -> int:
        """Make an item of each citing work that has appeared and that no source had shown before; returns how many.

        on: the day just written; days before it are looked at as far as they may hold what a run that was cut short left.
        None: whatever the day, as an import may bring.
        """
        last, since = self._db.execute("SELECT ifnull(max(id), 0), ifnull(max(since), '') FROM inbox_item").fetchone()
        made = self._db.execute(_FILL, (min(on, since) if on else "",)).rowcount
        if made:
            self._db.execute(_WATCHES, (last,))
        return made

    def change(self, items: Iterable[int], state: str, word: Word) -> None:
        """Somebody says that these items are new, seen, kept or dismissed."""
        days.begin(self._db, word.on)
        self._db.executemany(
            "INSERT INTO inbox_state (item, state, on_day, at, who, note) VALUES (?, ?, ?, ?, ?, ?)",
            [(item, state, word.on, word.at, word.who, word.why) for item in items],
        )

    def carry(self, items: Iterable[int], watch: int | None, on: str, at: str, shown: int) -> None:
        """A digest of this watch (None: of all) was given out, which showed so many rows, of these items."""
        numbers = json_list(items)
        self._db.execute(
            "UPDATE inbox_item SET carried_on = ?1 WHERE carried_on IS NULL AND id IN (SELECT value FROM json_each(?2))",
            (on, numbers),
        )
        self._db.execute(
            "UPDATE inbox_watch SET carried_on = ?1 WHERE carried_on IS NULL AND (?3 IS NULL OR watch = ?3) "
            "AND item IN (SELECT value FROM json_each(?2))",
            (on, numbers, watch),
        )
        self._db.execute("INSERT INTO digest (on_day, at, watch, items) VALUES (?, ?, ?, ?)", (on, at, watch, shown))
