"""What records say their articles are of others: preprint, correction, retraction, review ...; change-only.

A relation that is no longer stated is closed on the day it was last seen, never deleted. A record that says nothing about
relations (None) closes nothing; one that states that there are none (an empty tuple) closes them all.
"""

from __future__ import annotations

import sqlite3  # noqa: TID251
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from harvester import schema
from harvester.merge import retracted
from harvester.records import Record
from harvester.store.sql import json_list

_Key = tuple[str, str, str, str]  # kind, scheme, value, origin
_NOTED = {"retracted": "retracted", "corrected": "corrected", "concern": "the subject of an expression of concern"}


class Word(NamedTuple):
    """A record's word about its article: its number, the day it speaks of, the day it was last seen before, itself."""

    number: int
    day: str
    seen: str | None
    record: Record


class Relations:
    """The relation table."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def stated(self, words: Iterable[Word], *, again: bool = False) -> None:
        """Write what these records say; again: what they do not say they never did, it was read wrongly."""
        telling = [w for w in words if w.record.relations is not None or retracted(w.record) is not None]
        held: dict[int, dict[_Key, tuple[str, str | None]]] = {}
        for number, *key, first, last in self._db.execute(
            "SELECT x.record, x.kind, x.scheme, x.value, x.origin, x.first_seen, x.last_seen FROM json_each(?) j "
            "JOIN relation x ON x.record = j.value",
            (json_list(word.number for word in telling),),
        ):
            held.setdefault(number, {})[tuple(key)] = first, last
        for word in telling:
            self._write(word, held.get(word.number, {}), again=again)

    def _write(self, word: Word, held: dict[_Key, tuple[str, str | None]], *, again: bool) -> None:
        now = _said(word.record)
        self._db.executemany(
            "INSERT INTO relation (record, kind, scheme, value, origin, on_day, first_seen) VALUES (?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET last_seen = NULL, on_day = ifnull(excluded.on_day, on_day) "
            "WHERE last_seen IS NOT NULL OR on_day IS NOT ifnull(excluded.on_day, on_day)",
            [(word.number, *key, on, word.day) for key, on in now.items()],
        )
        gone = [key for key, (_, last) in held.items() if last is None and key not in now and _denied(word.record, key)]
        one = "record = ? AND kind = ? AND scheme = ? AND value = ? AND origin = ?"
        if again:
            self._db.executemany(f"DELETE FROM relation WHERE {one}", [(word.number, *key) for key in gone])
            return
        stood = min(word.day, word.seen or word.day)
        self._db.executemany(
            f"UPDATE relation SET last_seen = max(first_seen, ?) WHERE {one}",
            [(stood, word.number, *key) for key in gone],
        )


def _said(record: Record) -> dict[_Key, str | None]:
    """The relations a record states, each with the day it gives; a retraction without a notice has no other end."""
    said: dict[_Key, str | None] = {
        (one.kind, *one.other, one.origin or record.source): one.on for one in record.relations or ()
    }
    if record.is_retracted and not any(kind == "retracted_by" for kind, *_ in said):
        said["retracted_by", "", "", record.source] = None
    return said


def _denied(record: Record, key: _Key) -> bool:
    """Whether a record that does not state this relation says thereby that there is none."""
    return retracted(record) is not None if not key[1] else record.relations is not None


def tell_notices(db: sqlite3.Connection, works: Sequence[int], on: str) -> None:
    """An event for each of these works that is retracted, corrected or doubted, once, when that is news.

    What a record stated when it was first seen is history, unless the notice itself is younger than our knowledge of the
    article. A retraction is told even then: whoever has the article must hear of it once. A correction is told once for
    each notice.
    """
    told = {
        (row["work"], row["kind"], row["after"] if row["kind"] == "corrected" else "")
        for row in db.execute(
            "SELECT w.work, e.kind, e.after FROM (SELECT value AS work, value AS id FROM json_each(?1) UNION ALL "
            "SELECT f.work, f.id FROM json_each(?1) j JOIN former_work f ON f.work = j.value) w "
            "JOIN event e ON e.work = w.id WHERE e.kind IN ('retracted', 'corrected', 'concern') UNION "
            # of a record that has been given a work of its own since
            "SELECT r.work, e.kind, e.after FROM json_each(?1) j JOIN record r ON r.work = j.value "
            "JOIN event e ON e.record = r.id WHERE e.kind IN ('retracted', 'corrected', 'concern')",
            (json_list(works),),
        )
    }
    for row in db.execute(schema.query("notices_of"), {"works": json_list(works)}).fetchall():
        work, kind, notice = row["work"], row["kind"], row["notice"]
        mark = work, kind, notice if kind == "corrected" else ""
        if mark in told or not (row["is_news"] or kind == "retracted"):
            continue
        told.add(mark)
        details = [text for text in (notice and f"notice {notice}", row["on_day"]) if text]
        why = f"{row['origin']} says the article is {_NOTED[kind]}" + (f" ({', '.join(details)})" if details else "")
        db.execute(
            "INSERT OR IGNORE INTO event (on_day, kind, source, record, work, after, why) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                on,
                kind,
                row["source"],
                row["record"],
                work,
                notice or kind,
                why + ("" if row["is_news"] else "; known at first sight"),
            ),
        )


def tell_retracted_citations(db: sqlite3.Connection, on: str) -> None:
    """An event for each watched work that cites an article retracted by now, once for the two of them.

    Told on the day on which both are known, the citation and the retraction, and the citing work is watched.
    """
    for row in db.execute(schema.query("retractions_untold")).fetchall():
        details = [text for text in (row["notices"] and f"notice {row['notices']}", row["on_day"]) if text]
        why = f"it cites {row['retracted']}, which is retracted, as {row['said_by']} says"
        why += f" ({', '.join(details)})" if details else ""
        why += f"; {row['denied_by']} says it is not" if row["denied_by"] else ""
        why += f"; published {row['cited']} the retraction" if row["cited"] else ""
        db.execute(
            "INSERT INTO event (on_day, kind, record, work, after, why) VALUES (?, 'cites_retracted', ?, ?, ?, ?)",
            (on, row["record"], row["work"], row["retracted"], why),
        )
