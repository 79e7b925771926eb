"""What records said before they said something else: their words, for whoever asks as of a day what sources disagreed about.

A record is what its payloads say, and older payloads go. So where its word changes it is kept, in `was` under the name `word`,
without what has a history of its own (counts, citations, texts), so that most changes of a payload leave nothing here.
"""

from __future__ import annotations

import sqlite3  # noqa: TID251
from collections.abc import Mapping

import msgspec

from harvester.merge import abstract_status
from harvester.records import Record
from harvester.store.sql import json_list

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Record).decode

_KEEP = """
INSERT INTO was SELECT 'word', json_array(?1), d.day, ?2 FROM (SELECT * FROM written_day ORDER BY day DESC LIMIT 1) d
WHERE ?1 <= d.record
  AND NOT EXISTS (SELECT 1 FROM was w WHERE w.of = 'word' AND w.key = json_array(?1) AND w.until = d.day)
"""


def keep(db: sqlite3.Connection, before: Mapping[int, Record], now: Mapping[int, Record]) -> None:
    """Keep what these records (by number) said before, where they say something else now."""
    pairs = [(number, _word(before[number]), _word(now[number])) for number in before.keys() & now.keys()]
    db.executemany(_KEEP, [(number, _encode(old).decode()) for number, old, new in sorted(pairs) if old != new])


def as_of(db: sqlite3.Connection, day: str, words: dict[int, Record]) -> dict[int, Record]:
    """These records (by number) with what they said at the end of a day."""
    rows = db.execute(
        "SELECT j.value, w.row, min(w.until) FROM json_each(?) j "
        "JOIN was w ON w.of = 'word' AND w.key = json_array(j.value) AND w.until > ? GROUP BY j.value",
        (json_list(words), day),
    )
    then = {number: _decode(row) for number, row, _ in rows}
    return {number: then.get(number, word) for number, word in words.items()}


def _word(record: Record) -> Record:
    """A record without what has a history of its own; of a text without title there is nothing else to show."""
    venue = record.venue and msgspec.structs.replace(record.venue, metrics=())
    return msgspec.structs.replace(
        record, venue=venue, abstract=None if record.title else record.abstract, abstract_status=abstract_status(record),
        references=None, related=None, embedding=None, cited_by_count=None, counts_by_year=None, subjects=None,
        highlights=(), as_of=None, drift=(),
    )  # fmt: skip
