"""What the database (and the batch being saved) knows of works, as far as identity.decide needs it."""

from __future__ import annotations

import sqlite3  # noqa: TID251
from collections import defaultdict
from collections.abc import Sequence

from harvester.identity import Holder, author_keys, telling
from harvester.normal import name_key, title_key
from harvester.records import Identifier, Record
from harvester.store.sql import json_list
from harvester.store.verdicts import apart_from
from harvester.store.works import title_hash

# CROSS: the work's few records come first. Left to itself SQLite begins with every DOI held, at each holder looked at.
DOIS_OF = (
    "SELECT i.value FROM record r CROSS JOIN identifier i ON i.record = r.id "
    "WHERE r.work = ? AND i.scheme = 'doi' AND NOT i.alias"
)
# A record whose id is gone keeps nothing apart: the source has given it up.
LIVING_SOURCES = "SELECT source FROM record WHERE work = ? AND gone_on IS NULL"
MAX_ALIKE = 20  # a title that more works bear names a kind of text, whatever its words


class Known:
    """Works by identifier and by title, for one batch: loaded in two queries, then kept up as the batch is decided."""

    def __init__(self, db: sqlite3.Connection, records: Sequence[Record]) -> None:
        self._db = db
        self._by_identifier: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._by_title: dict[int, list[int]] = defaultdict(list)
        self._fresh: dict[int, list[Record]] = defaultdict(list)  # records this batch has put into a work
        for scheme, value, work in db.execute(
            "SELECT DISTINCT i.scheme, i.value, r.work FROM json_each(?) j "
            "JOIN identifier i ON i.scheme = j.value ->> 0 AND i.value = j.value ->> 1 "
            "JOIN record r ON r.id = i.record WHERE r.work IS NOT NULL ORDER BY r.work",
            (json_list(identifier for record in records for identifier in record.identifiers),),
        ):
            self._by_identifier[scheme, value].append(work)
        hashes = {number for record in records if (number := _telling_hash(record)) is not None}
        for number, work in db.execute(
            "SELECT w.title_hash, w.id FROM json_each(?) j JOIN work w ON w.title_hash = j.value ORDER BY w.id",
            (json_list(hashes),),
        ):
            self._by_title[number].append(work)

    def sharing(self, record: Record) -> list[Holder]:
        """The works that share an identifier with the record."""
        shared: dict[int, list[Identifier]] = {}
        for identifier in record.identifiers:
            for work in self._by_identifier.get(identifier, ()):
                shared.setdefault(work, []).append(identifier)
        return [self.holder(work, tuple(found)) for work, found in shared.items()]

    def alike(self, record: Record) -> list[Holder]:
        """The works with the same title key, where it is one that tells something."""
        number = _telling_hash(record)
        works = self._by_title.get(number, []) if number is not None else []
        return [self.holder(work) for work in works] if len(works) <= MAX_ALIKE else []

    def add(self, work: int, record: Record) -> None:
        """The batch has put this record, or what has changed of it, into this work."""
        self._fresh[work].append(record)
        for identifier in record.identifiers:
            works = self._by_identifier[identifier]
            if work not in works:
                works.append(work)
        number = _telling_hash(record)
        if number is not None and work not in self._by_title[number]:
            self._by_title[number].append(work)

    def holder(self, work: int, shared: tuple[Identifier, ...] = ()) -> Holder:
        """What deciding needs to know of a work."""
        fresh = self._fresh.get(work, [])
        row = self._db.execute("SELECT title, year FROM work WHERE id = ?", (work,)).fetchone()
        stated = {value for record in fresh for scheme, value in record.identifiers if scheme == "doi"}
        dois = stated | self._column(DOIS_OF, work)
        sources = {record.source for record in fresh} | self._column(LIVING_SOURCES, work)
        names = self._column("SELECT name FROM authorship WHERE work = ?", work)
        keys = {key for name in names if (key := name_key(name))}.union(*(author_keys(record) for record in fresh))
        title = row[0] if row else next((record.title for record in fresh if record.title), None)
        year = row[1] if row else next((record.year for record in fresh if record.year), None)
        return Holder(
            work=work,
            shared=shared,
            dois=frozenset(dois),
            sources=frozenset(sources),
            title_key=title_key(title),
            year=year,
            author_keys=frozenset(keys),
            apart=apart_from(self._db, work),
        )

    def _column(self, select: str, work: int) -> set[str]:
        return {row[0] for row in self._db.execute(select, (work,))}


def _telling_hash(record: Record) -> int | None:
    return title_hash(record.title) if telling(title_key(record.title)) else None
