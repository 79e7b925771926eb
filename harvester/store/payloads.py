"""Raw payloads: the exact bytes a source sent, compressed. A record is what its payloads say.

Kept are the newest payload of a record and those older ones that still tell something the newer ones do not (an abstract
withdrawn since, a journal figure only one file had), so that null never beats a value and nothing is stored twice. Where
the newest says that the abstract may not be shown, none of the older ones that have it is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from typing import NamedTuple

import zstandard

from harvester.errors import ParseError
from harvester.merge import overlay, stamped
from harvester.records import Record
from harvester.store import said
from harvester.store.connection import Connection
from harvester.store.sql import json_list

Parser = Callable[[bytes], Record]

_compressor = zstandard.ZstdCompressor(level=1)  # level 3 is 15 % smaller and takes twice the time
_decompressor = zstandard.ZstdDecompressor()

compress = _compressor.compress
decompress = _decompressor.decompress


class Kept(NamedTuple):
    """A payload held: its number, its record, the digest of its bytes, the day it was seen."""

    payload: int
    record: int
    digest: bytes
    seen_on: str


def digest(body: bytes) -> bytes:
    """What tells two payloads apart (128 bits)."""
    return blake2b(body, digest_size=16).digest()


def _may_not_be_kept(newest: Record, older: Record) -> bool:
    """Whether an older payload has the abstract that its source may not show any more, whatever else it tells."""
    return newest.abstract_status == "withheld" and older.abstract is not None


class Payloads:
    """The payload table."""

    def __init__(self, db: Connection, parser_of: Callable[[str], Parser]) -> None:
        self._db = db
        self._parser_of = parser_of

    def add(self, rows: Iterable[tuple[int, bytes, str]]) -> None:
        """Keep (record, body, day) of records that have none yet."""
        self._db.executemany(
            "INSERT INTO payload (record, hash, body, seen_on) VALUES (?, ?, ?, ?)",
            [(record, digest(body), compress(body), day) for record, body, day in rows],
        )

    def kept(self, records: Iterable[int]) -> dict[int, list[Kept]]:
        """The payloads of these records, newest first."""
        found: dict[int, list[Kept]] = {}
        for row in self._db.execute(
            "SELECT p.id, p.record, p.hash, p.seen_on FROM json_each(?) j JOIN payload p ON p.record = j.value "
            "ORDER BY p.record, p.seen_on DESC, p.id DESC",
            (json_list(records),),
        ):
            found.setdefault(row[1], []).append(Kept(*row))
        return found

    def accept(
        self,
        source: str,
        kept: Sequence[Kept],
        body: bytes,
        mark: bytes,
        day: str,
        last_seen: str,
        *,
        live: bool,
        dated: bool,
    ) -> bool:
        """Take a payload for a record that has some; returns whether the record's word may have changed.

        mark: the digest of the body; live: fetched today, so it is the newest whatever is held; dated: its day is its own,
        so that it can be put in order. A file without a day is kept beside what was there: nobody can say which is newer.
        Nor can anybody of two files of one day: both are kept, so that the first, read again, is known.
        """
        newest, same = kept[0], next((k for k in kept if k.digest == mark), None)
        if same is newest or (same is not None and not live):
            return False
        if newest.seen_on < last_seen:  # it was seen again, unchanged, since it was kept
            self._db.execute("UPDATE payload SET seen_on = ? WHERE id = ?", (last_seen, newest.payload))
        if same is not None:
            self._drop([same.payload])
        self.add([(newest.record, body, day)])
        if not (live or dated):
            return True
        added = self._db.execute("SELECT max(id) FROM payload WHERE record = ?", (newest.record,)).fetchone()[0]
        useless = self._telling_nothing(source, newest.record, but_newest_day=not live)
        self._drop(useless)
        return added not in useless

    def _telling_nothing(self, source: str, record: int, *, but_newest_day: bool) -> list[int]:
        """The payloads of a record that add nothing to the newer ones; one that no longer parses is kept.

        but_newest_day: none of those as new as the newest by day.
        """
        whole: Record | None = None
        useless = []
        rows = self._db.execute(
            "SELECT id, body, seen_on FROM payload WHERE record = ? ORDER BY seen_on DESC, id DESC", (record,)
        ).fetchall()
        for payload, body, day in rows:
            try:
                word = self._parser_of(source)(decompress(body))
            except ParseError:
                continue
            if whole is None:
                whole = word
            elif _may_not_be_kept(whole, word):
                useless.append(payload)
            elif (overlaid := overlay(whole, word)) is whole:
                if not (but_newest_day and day == rows[0][2]):
                    useless.append(payload)
            else:
                whole = overlaid
        return useless

    def _drop(self, payloads: Iterable[int]) -> None:
        self._db.executemany("DELETE FROM payload WHERE id = ?", [(payload,) for payload in payloads])

    def current(self, records: Iterable[int]) -> dict[int, Record]:
        """The records (by number) as their payloads tell them; one that no longer parses at all is left out."""
        rows = self._db.execute(
            "SELECT p.record, r.source, p.body, p.seen_on FROM json_each(?) j JOIN payload p ON p.record = j.value "
            "JOIN record r ON r.id = p.record ORDER BY p.record, p.seen_on DESC, p.id DESC",
            (json_list(records),),
        ).fetchall()
        found: dict[int, Record] = {}
        for number, source, body, seen_on in rows:
            try:
                word = stamped(self._parser_of(source)(decompress(body)), seen_on)
            except ParseError:
                continue
            found[number] = overlay(found[number], word) if number in found else word
        return said.as_of(self._db, self._db.day, found) if self._db.day else found
