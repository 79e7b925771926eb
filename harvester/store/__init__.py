"""The only hand that writes; and the one way to read, by the name of a query."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from harvester import schema
from harvester.evidence import Holder
from harvester.normal import twin
from harvester.records import Identifier, Record
from harvester.store import accounts, days, fragments
from harvester.store.agencies import Agencies
from harvester.store.book import DatabaseBook
from harvester.store.connection import Connection, connect, transaction
from harvester.store.content import content_hash
from harvester.store.deciding import Deciding
from harvester.store.inbox import Inbox
from harvester.store.joining import work_numbered
from harvester.store.known import Known
from harvester.store.lens import Lens
from harvester.store.marks import Marks
from harvester.store.payloads import decompress
from harvester.store.relations import tell_retracted_citations
from harvester.store.runs import Runs, Task
from harvester.store.saving import Saver
from harvester.store.sql import json_list
from harvester.store.visiting import Arrival, Saved, Visit
from harvester.store.watches import Watch, Watches
from harvester.tracking import DEFAULTS, Tracking

__all__ = ["Arrival", "Row", "Saved", "Saver", "Store", "Task", "Visit", "Watch"]

Row = dict[str, Any]

# Indexes that only readers need: on a bulk load they are made last, which is several times faster than keeping them up.
# Those on which joining depends (record_work, identifier_record) stay: without them every join reads the whole table.
_BULK_INDEXES = (
    "authorship_author", "citation_cited", "work_subject_subject", "work_funding_funder", "work_venue", "author_name",
)  # fmt: skip


def _seen_on(path: Path, day: str) -> Connection:
    """The file as of a day; nothing stands between where nothing has been written since."""
    db = connect(path, read_only=True, kind=Lens)
    if isinstance(db, Lens) and day < (days.last(db) or day):
        db.look(day)
    return db


class Store:
    """An open database. A context manager; one thread uses it."""

    def __init__(self, path: Path, *, create: bool = False, read_only: bool = False, as_of: str | None = None) -> None:
        """Raises StoreError if the file cannot be opened or is not one of ours.

        as_of: only to be read, as it was known at the end of this day (ISO; store/lens.py).
        """
        self.path = path
        self.db = _seen_on(path, as_of) if as_of else connect(path, create=create, read_only=read_only)
        self.runs = Runs(self.db)
        self.watches = Watches(self.db)
        self.agencies = Agencies(self.db)
        self.inbox = Inbox(self.db)
        self.marks = Marks(self.db)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    def transaction(self) -> Any:
        """A writing transaction (context manager); a failure inside undoes all of it."""
        return transaction(self.db)

    def book(self) -> DatabaseBook:
        """Pace and budget, shared by every process that uses this file."""
        return DatabaseBook(self.db)

    def saver(
        self,
        ranks: Mapping[str, int],
        parser_of: Callable[[str], Callable[[bytes], Record]],
        tracking: Tracking = DEFAULTS,
    ) -> Saver:
        """The hand that saves batches of records."""
        return Saver(self.db, ranks, parser_of, tracking)

    def place_fragments(self, saver: Saver, on: str) -> int:
        """Place texts without title or identifier with their articles; returns how many found one."""
        placed, works = fragments.place(self.db, on, saver.current)
        saver.remerge(works, on)
        return len(placed)

    def account(self, on: str, tracking: Tracking = DEFAULTS) -> int:
        """Say why counts changed, of all that has moved since the last time; returns how many changes are told anew."""
        return accounts.account(self.db, on, tracking)

    def tell_retracted_citations(self, on: str) -> None:
        """Tell, once, of watched works that cite what is retracted by now: at the end of whatever brought news."""
        tell_retracted_citations(self.db, on)

    def deciding(self, saver: Saver) -> Deciding:
        """The hand that carries out what people decide about identity."""
        return Deciding(self.db, saver)

    @contextmanager
    def bulk(self) -> Iterator[None]:
        """One transaction for a large import; into an empty database, with the readers' indexes made last."""
        with self.transaction():
            empty = self.db.execute("SELECT NOT EXISTS (SELECT 1 FROM record)").fetchone()[0]
            definitions = [
                row[0]
                for name in _BULK_INDEXES
                for row in self.db.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (name,)).fetchall()
            ]
            if empty:
                for name in _BULK_INDEXES:
                    self.db.execute(f"DROP INDEX {name}")
            yield
            if empty:
                for definition in definitions:
                    self.db.execute(definition)

    def references_read(self, source: str, source_ids: Sequence[str], on: str) -> None:
        """The works these records cite were fetched themselves on this day."""
        self.db.executemany(
            "UPDATE record SET cited_on = ?, references_on = ifnull(references_on, ?) WHERE source = ? AND source_id = ?",
            [(on, on, source, source_id) for source_id in source_ids],
        )

    def current_counts(self, source: str, source_ids: Sequence[str]) -> dict[str, int]:
        """The latest count of each of these records that has one."""
        rows = self.db.execute(
            "SELECT r.source_id, s.count FROM json_each(?) j "
            "JOIN record r ON r.source = ? AND r.source_id = j.value JOIN standing s ON s.record = r.id",
            (json_list(source_ids), source),
        )
        return {row[0]: row[1] for row in rows}

    def said_counts(self, source: str, source_ids: Sequence[str]) -> dict[str, int]:
        """The counts of these records that the source says now and that are held: nobody believes them yet."""
        rows = self.db.execute(
            "SELECT r.source_id, h.count FROM json_each(?) j "
            "JOIN record r ON r.source = ? AND r.source_id = j.value "
            "JOIN held_count h ON h.record = r.id AND h.ended_on IS NULL",
            (json_list(source_ids), source),
        )
        return {row[0]: row[1] for row in rows}

    def checkpoint(self) -> None:
        """Fold the write-ahead log back into the file, as far as readers let it: left alone it grows without bound."""
        self.db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    # --- raw payloads ---

    def payload_count(self) -> int:
        """How many records have payloads."""
        return int(self.db.execute("SELECT count(DISTINCT record) FROM payload").fetchone()[0])

    def newest_payloads(self, size: int) -> Iterator[tuple[str, list[bytes]]]:
        """The newest payload of every record, in batches of one source: (source, bodies)."""
        last = 0
        while True:
            rows = self.db.execute(
                "SELECT r.id, r.source, (SELECT p.body FROM payload p WHERE p.record = r.id "
                "ORDER BY p.seen_on DESC, p.id DESC LIMIT 1) AS body "
                "FROM record r WHERE r.id > ? AND r.first_seen IS NOT NULL ORDER BY r.id LIMIT ?",
                (last, size),
            ).fetchall()
            if not rows:
                return
            last = rows[-1]["id"]
            for source in dict.fromkeys(row["source"] for row in rows):
                yield source, [decompress(row["body"]) for row in rows if row["source"] == source]

    def payloads_of(self, work: int) -> list[tuple[Row, bytes]]:
        """Every payload kept of a work's records, newest first: ({source, source_id, seen_on}, bytes)."""
        rows = self.db.execute(
            "SELECT r.source, r.source_id, p.seen_on, p.body FROM record r JOIN payload p ON p.record = r.id "
            "WHERE r.work = ? ORDER BY r.id, p.seen_on DESC, p.id DESC",
            (work,),
        ).fetchall()
        return [(dict(zip(row.keys()[:3], tuple(row)[:3], strict=True)), decompress(row["body"])) for row in rows]

    def quarantined(self) -> list[tuple[int, str, str, bytes]]:
        """What is set aside because it could not be read: (number, source, day, bytes)."""
        rows = self.db.execute(
            "SELECT id, source, on_day, body FROM quarantine WHERE NOT unasked ORDER BY id"
        ).fetchall()
        return [(row[0], row[1], row[2], decompress(row[3])) for row in rows]

    def release(self, numbers: Sequence[int]) -> None:
        """These need not be set aside any more."""
        self.db.executemany("DELETE FROM quarantine WHERE id = ?", [(number,) for number in numbers])

    # --- reading ---

    def check(self) -> dict[str, str]:
        """The file's integrity and a hash of its content; raises nothing, says what is wrong."""
        problems = [row[0] for row in self.db.execute("PRAGMA integrity_check(5)").fetchall()]
        dangling = len(self.db.execute("PRAGMA foreign_key_check").fetchall())
        return {
            "integrity": "; ".join(problems) + (f"; {dangling} dangling references" if dangling else ""),
            "content_hash": content_hash(self.db),
        }

    def rows(self, query: str, **parameters: object) -> list[Row]:
        """The rows of db/queries/QUERY.sql as dictionaries."""
        return [dict(row) for row in self.db.execute(schema.query(query), parameters)]

    def row(self, query: str, **parameters: object) -> Row | None:
        """The first row of a query, None if there is none."""
        row = self.db.execute(schema.query(query), parameters).fetchone()
        return dict(row) if row else None

    def works_named(self, identifier: Identifier) -> list[int]:
        """The works that bear an identifier, as their own name first, then as an alias."""
        rows = self.db.execute(
            "SELECT r.work, min(i.alias) AS alias FROM identifier i JOIN record r ON r.id = i.record "
            "WHERE i.scheme = ? AND i.value = ? AND r.work IS NOT NULL GROUP BY r.work ORDER BY alias, r.work",
            identifier,
        ).fetchall()
        own = [row[0] for row in rows if not row[1]]
        return own or [row[0] for row in rows]

    def works_meant(self, identifier: Identifier) -> list[int]:
        """As `works_named`, and where none bears it, the works that bear its twin: an arXiv id is a DOI too."""
        other = twin(*identifier)
        return self.works_named(identifier) or (self.works_named(Identifier(*other)) if other else [])

    def work_numbered(self, number: int) -> int | None:
        """The work with this number, or the one it was joined to; None if there never was one."""
        return work_numbered(self.db, number)

    def holder(self, work: int) -> Holder:
        """What deciding about identity needs to know of a work."""
        return Known(self.db, ()).holder(work)
