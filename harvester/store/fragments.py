"""Texts without title or identifier: placed with the article whose abstract they repeat."""

from __future__ import annotations

import sqlite3  # noqa: TID251
from collections.abc import Callable, Iterable

from harvester.normal import title_key
from harvester.records import Record
from harvester.store import days
from harvester.store.sql import json_list
from harvester.store.verdicts import told_apart

PHRASE_WORDS = 8  # enough that few works share them by chance; the whole text is compared afterwards
SHINGLE = 5
SAME_TEXT = 0.8  # share of five-word runs of the shorter text that the other has too


def unplaced(db: sqlite3.Connection) -> list[int]:
    """The records that were read but belong to no work yet."""
    rows = db.execute("SELECT r.id FROM record r WHERE r.work IS NULL AND r.first_seen IS NOT NULL ORDER BY r.id")
    return [row[0] for row in rows.fetchall()]


def place(
    db: sqlite3.Connection, on: str, current: Callable[[Iterable[int]], dict[int, Record]]
) -> tuple[list[int], list[int]]:
    """Give unplaced texts the work whose abstract they repeat; returns (records placed, works to merge anew).

    A text that fits several works is a doubt for a person, as is one that fits none yet.
    """
    days.begin(db, on)
    placed, works = [], []
    for number, record in current(unplaced(db)).items():
        found = candidates(db, record.abstract) if record.abstract else []
        fitting = [work for work in found if work not in told_apart(db, number)]
        if len(fitting) == 1:
            why = "its text is the abstract of this work"
            db.execute("UPDATE record SET work = ?, decision = 'join', why = ? WHERE id = ?", (fitting[0], why, number))
            db.execute("DELETE FROM review WHERE record = ?", (number,))
            placed.append(number)
            works.append(fitting[0])
        elif fitting:
            db.executemany(
                "INSERT OR IGNORE INTO review (record, work, why, on_day) VALUES (?, ?, ?, ?)",
                [(number, work, "its text is the abstract of more than one work", on) for work in fitting],
            )
    return placed, works


def candidates(db: sqlite3.Connection, text: str) -> list[int]:
    """The works whose abstract is this text, give or take its ends."""
    words = (title_key(text) or "").split()
    if len(words) < PHRASE_WORDS * 2:
        return []
    middle = len(words) // 2
    phrase = "abstract : " + '"' + " ".join(words[middle : middle + PHRASE_WORDS]) + '"'
    rows = db.execute(
        "SELECT rowid FROM work_text WHERE work_text MATCH ? ORDER BY rowid LIMIT 50", (phrase,)
    ).fetchall()
    found = db.execute(
        "SELECT w.id, w.abstract FROM json_each(?) j JOIN work w ON w.id = j.value ORDER BY w.id",
        (json_list(row[0] for row in rows),),
    )
    mine = _shingles(words)
    return [
        work for work, abstract in found if _likeness(mine, _shingles((title_key(abstract) or "").split())) >= SAME_TEXT
    ]


def _shingles(words: list[str]) -> set[tuple[str, ...]]:
    return {tuple(words[n : n + SHINGLE]) for n in range(max(1, len(words) - SHINGLE + 1))}


def _likeness(one: set[tuple[str, ...]], other: set[tuple[str, ...]]) -> float:
    return len(one & other) / min(len(one), len(other))
