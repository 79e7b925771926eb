"""Citations, citing -> cited, as one source states them; an edge that vanishes is closed, never deleted."""

from __future__ import annotations

import sqlite3  # noqa: TID251
from collections.abc import Iterable, Sequence

from harvester.records import Edge
from harvester.store import accounts
from harvester.store.names import Names
from harvester.store.sql import json_list

Key = tuple[str, str]
UNREAD = (None,) * 5  # the other columns of a record only named by others: work, decision, why, first and last seen


class Edges:
    """The citation table. `records` gives each (source, source id) its number, held or only named."""

    def __init__(self, db: sqlite3.Connection, records: Names[Key]) -> None:
        self._db = db
        self._records = records
        self.added = 0  # edges written that were not held

    def first(self, source: str, rows: Sequence[tuple[int, str, tuple[str, ...]]]) -> None:
        """The references (record, day, cited source ids) of records whose references were never read before."""
        numbers = self._numbers(source, [cited for _, _, references in rows for cited in references])
        stated = [(citing, numbers[cited], day) for citing, day, references in rows for cited in references]
        self._appeared(stated)
        # What is changed is written apart: a statement that may fire a trigger is journalled for itself, at every row.
        held = self._db.execute(
            "SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2 FROM json_each(?) j "
            "CROSS JOIN citation c ON c.citing = j.value ->> 0 AND c.cited = j.value ->> 1 "
            "WHERE c.first_seen > j.value ->> 2 OR c.last_seen <= j.value ->> 2",
            (json_list(stated),),
        ).fetchall()
        self._db.executemany(
            "UPDATE citation SET first_seen = min(first_seen, ?3), last_seen = CASE WHEN last_seen > ?3 THEN last_seen END "
            "WHERE citing = ?1 AND cited = ?2",
            held,
        )
        self.added += self._db.executemany(
            "INSERT OR IGNORE INTO citation (citing, cited, first_seen) VALUES (?, ?, ?)", stated
        ).rowcount
        self._read(rows)

    def again(self, source: str, rows: Sequence[tuple[int, str, tuple[str, ...]]]) -> None:
        """The references of records read before: new ones are added, vanished ones closed on the day last seen."""
        numbers = self._numbers(source, [cited for _, _, references in rows for cited in references])
        for citing, day, references in rows:
            read, seen = self._db.execute(
                "SELECT references_on, last_seen FROM record WHERE id = ?", (citing,)
            ).fetchone()
            if read is not None and day < read:
                continue  # an older list than the one held says nothing about what vanished
            now = {numbers[cited] for cited in references}
            held = {
                row[0]: row[1]
                for row in self._db.execute("SELECT cited, last_seen FROM citation WHERE citing = ?", (citing,))
            }
            self._appeared([(citing, cited, day) for cited in now])
            self.added += len(now - held.keys())
            self._db.executemany(
                "INSERT INTO citation (citing, cited, first_seen) VALUES (?, ?, ?)",
                [(citing, cited, day) for cited in sorted(now - held.keys())],
            )
            self._db.executemany(
                "UPDATE citation SET last_seen = NULL WHERE citing = ? AND cited = ?",
                [(citing, cited) for cited in now & held.keys() if held[cited] is not None],
            )
            stood = min(day, max(read or "", seen or ""))  # an unchanged record was not read again, but seen again
            gone = [cited for cited in held.keys() - now if held[cited] is None]
            self._db.executemany(
                "UPDATE citation SET last_seen = max(first_seen, ?) WHERE citing = ? AND cited = ?",
                [(stood, citing, cited) for cited in gone],
            )
            self._vanished([(citing, cited, day) for cited in gone])
        self._read(rows)

    def _read(self, rows: Sequence[tuple[int, str, tuple[str, ...]]]) -> None:
        self._db.executemany(
            "UPDATE record SET references_on = ? WHERE id = ? AND (references_on IS NULL OR references_on < ?)",
            [(day, citing, day) for citing, day, _ in rows],
        )

    def stated(self, source: str, edges: Sequence[Edge], on: str, run: int) -> int:
        """Edges of a page of citing works or of references, read in this run; returns how many were not held.

        What is said of an edge stays until something else is said: null says nothing, and a date that is only cut shorter
        says no more.
        """
        if not edges:
            return 0
        numbers = self._numbers(source, [end for edge in edges for end in (edge.citing, edge.cited)])
        before = self._count(numbers[edge.citing] for edge in edges)
        self._appeared([(numbers[e.citing], numbers[e.cited], on) for e in edges])
        self._db.executemany(
            "INSERT INTO citation (citing, cited, first_seen, influential, created, author_self, venue_self, intents, read_in) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET last_seen = NULL, read_in = excluded.read_in, "
            "influential = ifnull(excluded.influential, influential), "
            "created = CASE WHEN instr(created, excluded.created) = 1 THEN created "
            "ELSE ifnull(excluded.created, created) END, "
            "author_self = ifnull(excluded.author_self, author_self), "
            "venue_self = ifnull(excluded.venue_self, venue_self), intents = ifnull(excluded.intents, intents)",
            [
                (numbers[e.citing], numbers[e.cited], on, e.influential, e.created, e.author_self, e.venue_self,
                 json_list(e.intents) if e.intents else None, run)
                for e in edges
            ],
        )  # fmt: skip
        self._db.executemany(
            "INSERT INTO citation_context VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET contexts = ?3 WHERE contexts <> ?3",
            [(numbers[e.citing], numbers[e.cited], json_list(e.contexts)) for e in edges if e.contexts],
        )
        added = self._count(numbers[edge.citing] for edge in edges) - before
        self.added += added
        return added

    def _count(self, citing: Iterable[int]) -> int:
        found = self._db.execute(
            "SELECT count(*) FROM (SELECT DISTINCT value FROM json_each(?)) j JOIN citation c ON c.citing = j.value",
            (json_list(citing),),
        )
        return int(found.fetchone()[0])

    # --- what becomes of the edges of a record whose citing works have been read in full ---

    def _appeared(self, edges: Sequence[tuple[int, int, str]]) -> None:
        """These (citing, cited, day) are stated; told of those that are not held, or were closed. Before they are written.

        An edge that comes back on the day it was found missing has never been away.
        """
        news = self._db.execute(
            "SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2, c.citing IS NOT NULL FROM json_each(?) j "
            "CROSS JOIN record r ON r.id = j.value ->> 1 AND r.citing_from < j.value ->> 2 "
            "LEFT JOIN citation c ON c.citing = j.value ->> 0 AND c.cited = r.id "
            "WHERE c.citing IS NULL OR c.last_seen IS NOT NULL",
            (json_list(edges),),
        ).fetchall()
        self._tell([(cited, day, citing, "returned" if before else "appeared") for citing, cited, day, before in news])

    def _vanished(self, edges: Sequence[tuple[int, int, str]]) -> None:
        """These (citing, cited, day) were held and are stated no longer. One that appeared on that very day never did."""
        followed = self._db.execute(
            "SELECT j.value ->> 1, j.value ->> 2, j.value ->> 0 FROM json_each(?) j "
            "CROSS JOIN record r ON r.id = j.value ->> 1 AND r.citing_from < j.value ->> 2",
            (json_list(edges),),
        ).fetchall()
        self._tell([(*row, "vanished") for row in followed])

    def _tell(self, events: Sequence[tuple[int, str, int, str]]) -> None:
        """Write events (cited, day, citing, kind); two that undo each other on one day are none."""
        self._db.executemany(
            "INSERT INTO citation_event (cited, on_day, citing, kind) VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET kind = CASE WHEN (kind = 'vanished') = (excluded.kind = 'vanished') THEN kind ELSE '' END",
            events,
        )
        self._db.executemany(
            "DELETE FROM citation_event WHERE cited = ? AND on_day = ? AND citing = ? AND kind = ''",
            [event[:3] for event in events],
        )
        accounts.mark(self._db, [event[:2] for event in events])

    def close_unread(self, source: str, cited: str, on: str, run: int | None, count: int | None) -> int:
        """The list of works citing `cited` was read to its end: close the edges it no longer has; returns how many.

        An edge stays where the citing record itself, seen on this very day, names it. run None: it was not all of the list
        that was asked for, so that nothing is closed.
        """
        row = self._db.execute(
            "SELECT id, citing_on FROM record WHERE source = ? AND source_id = ?", (source, cited)
        ).fetchone()
        if row is None:
            return 0
        number, read = row
        closed = self._db.execute(
            "UPDATE citation SET last_seen = max(first_seen, ifnull(?1, first_seen)) "
            "WHERE cited = ?2 AND last_seen IS NULL AND read_in IS NOT ?3 AND ?3 IS NOT NULL AND NOT EXISTS ("
            "SELECT 1 FROM record r WHERE r.id = citing AND r.references_on IS NOT NULL AND r.last_seen >= ?4) "
            "RETURNING citing",
            (read, number, run, on),
        ).fetchall()
        self._vanished([(row[0], number, on) for row in closed])
        self._db.execute(
            "UPDATE record SET citing_on = ?, citing_from = ifnull(citing_from, ?), citing_count = ? WHERE id = ?",
            (on, on, count, number),
        )
        self.listed(source, cited, on, count, "done")
        return len(closed)

    def listed(self, source: str, cited: str, on: str, count: int | None, status: str) -> None:
        """A list of works citing `cited` came to its end on this day, in this status of its task."""
        written = self._db.execute(
            "INSERT INTO citing_list SELECT r.id, ?3, ?4, "
            "(SELECT count(*) FROM citation c WHERE c.cited = r.id AND c.last_seen IS NULL), ?5 "
            "FROM record r WHERE r.source = ?1 AND r.source_id = ?2 "
            "ON CONFLICT DO UPDATE SET count = excluded.count, held = excluded.held, status = excluded.status "
            "RETURNING record, on_day",
            (source, cited, on, count, status),
        ).fetchall()
        accounts.mark(self._db, written)

    def uncited(self, source: str, on: str) -> None:
        """A count of nothing is a list read to its end, of records whose citing works a watch follows and nobody has read yet."""
        read = self._db.execute(
            "UPDATE record SET citing_on = ?2, citing_from = ?2, citing_count = 0 "
            "WHERE source = ?1 AND last_seen = ?2 AND citing_on IS NULL "
            "AND id IN (SELECT s.record FROM standing s WHERE s.count = 0) AND id IN ("
            "SELECT wr.record FROM watch_record wr JOIN watch x ON x.id = wr.watch AND instr(x.depth, 'citing') "
            "AND (x.sources IS NULL OR ?1 IN (SELECT value FROM json_each(x.sources)))) RETURNING id",
            (source, on),
        ).fetchall()
        self._db.executemany(
            "INSERT INTO citing_list SELECT ?1, ?2, 0, (SELECT count(*) FROM citation c WHERE c.cited = ?1), 'done'",
            [(row[0], on) for row in read],
        )

    def held(self, source: str, cited: str) -> int:
        """How many edges of this record stand."""
        found = self._db.execute(
            "SELECT count(*) FROM record r JOIN citation c ON c.cited = r.id AND c.last_seen IS NULL "
            "WHERE r.source = ? AND r.source_id = ?",
            (source, cited),
        )
        return int(found.fetchone()[0])

    def explained(self, source: str, cited: str, count: int | None) -> bool | None:
        """Whether count and edges are as far apart as after the last whole list; None: there was none."""
        row = self._db.execute(
            "SELECT l.count - l.held FROM record r JOIN citing_list l ON l.record = r.id AND l.status = 'done' "
            "WHERE r.source = ? AND r.source_id = ? ORDER BY l.on_day DESC LIMIT 1",
            (source, cited),
        ).fetchone()
        if row is None:
            return None
        return count is not None and row[0] == count - self.held(source, cited)

    def _numbers(self, source: str, ids: Sequence[str]) -> dict[str, int]:
        """The record numbers of these source ids; those never named before get one."""
        wanted = list(dict.fromkeys(ids))
        numbers = self._records.numbers([(source, source_id) for source_id in wanted], UNREAD)
        self._records.flush()
        return dict(zip(wanted, numbers, strict=True))
