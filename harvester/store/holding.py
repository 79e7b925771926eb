"""Counts on their way into the database: those that fell too far are held (`held_count`), the others observed.

What a held count becomes is decided in harvester/guard.py; here is what that needs to know, and where it is written. On any day
what the source said is the value held, where one covers the day that had not ended by then; else the observation
(store/counts.py).
"""

from __future__ import annotations

import sqlite3  # noqa: TID251
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from harvester import guard
from harvester.guard import Evidence, Held, Verdict
from harvester.normal import shift
from harvester.store import counts
from harvester.store.counts import Count, Day, Standing
from harvester.store.observing import Span, place
from harvester.store.sql import json_list
from harvester.tracking import Tracking


def observe(
    db: sqlite3.Connection, source: str, rows: Sequence[Count], tracking: Tracking, *, second: bool = False
) -> int:
    """Write the counts of a source, at most one a record, in whatever order of days; returns how many were observed anew.

    second: they were asked for again, each on its own.
    """
    held = _unsettled(db, rows)
    days = counts.read_days(db, rows)
    fallen, others = set[int](), [one for one in rows if one.record in held]
    for day in days:
        found = _fallen(db, source, day.without(held), tracking)
        if found is None:
            others += [Count(record, day.day, value) for record, value in day.values.items() if record not in held]
        else:
            fallen |= found
    stand = counts.standing(db, others)
    more, older = _sift(db, source, others, stand, held, tracking)
    guarded = held.keys() | fallen | more | _told_otherwise(db, older, stand)
    changed = sum(counts.write_day(db, day.without(guarded)) for day in days)
    for one in rows if guarded else ():
        if one.record in guarded:
            changed += _Series(db, source, one.record, tracking).see(one, held.get(one.record, []), second=second)
    return changed


_READ = """
SELECT ifnull(sum(s.last_seen < ?2), 0), ifnull(sum(s.last_seen < ?2 AND s.count >= ?3), 0), ifnull(sum(s.last_seen > ?2), 0)
FROM json_each(?1) j CROSS JOIN standing s ON s.record = CAST(j.key AS INTEGER)
"""


def _fallen(db: sqlite3.Connection, source: str, day: Day, tracking: Tracking) -> set[int] | None:
    """As `_sift`, of the counts of one day where none is held or was seen on a later day: the usual case.

    None where one was. Most counts stand, and are only counted inside SQLite.
    """
    read, high, later = db.execute(_READ, (day.text, day.day, tracking.fall_least)).fetchone()
    if later:
        return None
    fallen, figures = set[int](), [read, 0, high, 0, 0]  # as in `_note`
    for record, value, before, _, last in day.news:
        if before is None:
            continue
        if value < before and tracking.fell(before, value):
            fallen.add(record)
        if day.day > last:
            _tally(figures, before, value, tracking)
    if read:
        _note(db, source, {day.day: figures})
    return fallen


def _sift(
    db: sqlite3.Connection,
    source: str,
    rows: Sequence[Count],
    stand: Mapping[int, Standing],
    held: Mapping[int, list[Held]],
    tracking: Tracking,
) -> tuple[set[int], list[Count]]:
    """The records whose count is a fall, and the sightings of days before the last one seen.

    Besides, each is added to what the reading of its source came to on its day, against what was said before, believed or not;
    one that was read on that day already is not read again.
    """
    fallen, older, days = set[int](), list[Count](), dict[str, list[int]]()
    for one in rows:
        record, day, value = one
        stands = stand.get(record)
        if stands is None:
            continue
        before, _, last = stands
        if day < last:
            older.append(one)
            continue
        if value < before and tracking.fell(before, value):
            fallen.add(record)
        if record in held and held[record][-1].last > last:
            before, last = held[record][-1].value, held[record][-1].last
        if day > last:
            figures = days.setdefault(day, [0, 0, 0, 0, 0])
            figures[0] += 1
            figures[2] += before >= tracking.fall_least
            _tally(figures, before, value, tracking)
    _note(db, source, days)
    return fallen, older


def _tally(figures: list[int], before: int, value: int, tracking: Tracking) -> None:
    """Add one count, said where `before` was, to the figures of its day: whether it moved, fell, and fell to nothing."""
    figures[1] += value != before
    if before >= tracking.fall_least:
        figures[3] += value < before
        figures[4] += not value


def _note(db: sqlite3.Connection, source: str, days: Mapping[str, Sequence[int]]) -> None:
    """Add to what the readings of a source came to: day -> (read, moved, high, fell, zeroed)."""
    db.executemany(
        "INSERT INTO source_day VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET read = read + excluded.read, "
        "moved = moved + excluded.moved, high = high + excluded.high, fell = fell + excluded.fell, "
        "zeroed = zeroed + excluded.zeroed",
        [(source, day, *figures) for day, figures in days.items()],
    )


def _told_otherwise(db: sqlite3.Connection, older: Sequence[Count], stand: Mapping[int, Standing]) -> set[int]:
    """The records of which a sighting of an earlier day says another count than the one that stood, or any was ever held."""
    if not older:
        return set()
    found = db.execute(
        "SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM held_count h WHERE h.record = value)",
        (json_list(one.record for one in older),),
    )
    others = {one.record for one in older if one.value != stand[one.record][0] or one.day < stand[one.record][1]}
    return others.union(row[0] for row in found)


_FIELDS = "h.record, h.first_day, h.last_day, h.count, h.seen, h.before, h.again, h.listed, h.class"
_UNSETTLED = "(settled_on IS NULL OR ended_on IS NULL)"


def _unsettled(db: sqlite3.Connection, rows: Sequence[Count]) -> dict[int, list[Held]]:
    """What of these records is held and not settled, or goes on, in order of days."""
    if not db.execute(f"SELECT EXISTS (SELECT 1 FROM held_count WHERE {_UNSETTLED})").fetchone()[0]:
        return {}
    found = db.execute(
        f"SELECT {_FIELDS} FROM json_each(?) j CROSS JOIN held_count h ON h.record = j.value "
        f"WHERE {_UNSETTLED} ORDER BY h.record, h.first_day",
        (json_list(one.record for one in rows),),
    )
    return {record: list(some) for record, some in groupby((Held(*row) for row in found), key=lambda held: held.record)}


class _Series:
    """The counts of one record: what stands, and what is held."""

    def __init__(self, db: sqlite3.Connection, source: str, record: int, tracking: Tracking) -> None:
        self._db = db
        self._source = source
        self._record = record
        self._tracking = tracking

    def see(self, one: Count, held: Sequence[Held], *, second: bool) -> int:
        """Take in a sighting; returns 1 where it changed what is observed."""
        [(count, _, last)] = counts.standing(self._db, [one]).values()
        if one.day < max([last, *(row.last for row in held)]):
            return self._see_past(one)
        if second:
            self._db.execute(
                "UPDATE held_count SET again_on = ?, again = ? WHERE record = ? AND ended_on IS NULL",
                (one.day, one.value, self._record),
            )
            held = [row._replace(again=one.value) if row.last == one.day else row for row in held]
        level, changed = self._weigh(one, held, count, second=second)
        if self._tracking.fell(level, one.value):
            self._hold(one, level)
            return changed
        self._settle_day(one)
        return max(changed, counts.observe(self._db, [one]))

    def _weigh(self, one: Count, held: Sequence[Held], level: int, *, second: bool) -> tuple[int, int]:
        """What a sighting says of the values held; returns the count that stands now, and 1 where it is another."""
        refuted = [(row, why) for row in held if (why := guard.refuted(row, one.value, one.day, self._tracking))]
        self._settle([(row, Verdict(guard.OUTAGE, why)) for row, why in refuted], one.day)
        for row, _ in refuted:
            self._end(one.day, row)
        gone = {row.first for row, _ in refuted}
        rest = [row for row in held if row.first not in gone and row.kind is None]
        why = guard.confirmed(rest[-1], one.value, one.day, self._tracking, second=second) if rest else None
        if why is None:
            return level, 0
        verdict = self._judge(rest[-1], why)
        if verdict is None or verdict.kind == guard.OUTAGE:
            self._settle([(rest[-1], verdict)] if verdict else [], one.day)
            return level, 0
        return rest[-1].value, self.accept(
            [*((row, self._judge(row, why)) for row in rest[:-1]), (rest[-1], verdict)], one.day
        )

    def judge(self, row: Held, on: str) -> int:
        """Settle a held value by what else is known by now, without a sighting; returns 1 where it is observed."""
        verdict = self._judge(row, None)
        if verdict is None:
            return 0
        if verdict.kind != guard.OUTAGE:
            return self.accept([(row, verdict)], on)
        self._settle([(row, verdict)], on)
        return 0

    def _judge(self, row: Held, why: str | None) -> Verdict | None:
        return guard.judge(row, self._evidence(row), why, self._tracking)

    def accept(self, judged: Iterable[tuple[Held, Verdict | None]], on: str) -> int:
        """Settle values, and observe from their first day on those that are believed."""
        settled = [(row, verdict) for row, verdict in judged if verdict]
        self._settle(settled, on)
        changed = 0
        for row, verdict in settled:
            if verdict.kind != guard.OUTAGE:
                self._end(on, row)
                for day in self._days_of(row, on):
                    changed |= counts.observe(self._db, [Count(self._record, day, row.value)])
        return changed

    def _days_of(self, row: Held, on: str) -> list[str]:
        """From when to when a value is observed: on no day that another one was, which reports of that day have shown."""
        [(_, _, seen)] = counts.standing(self._db, [Count(self._record, on, row.value)]).values()
        return sorted({day if day > seen else on for day in (row.first, row.last)})

    # --- writing ---

    def _hold(self, one: Count, before: int) -> None:
        """Hold a value, or see again that it is held. Of two on one day the later stands."""
        going_on = self._db.execute(
            "UPDATE held_count SET seen = seen + (last_day < ?1), last_day = ?1 "
            "WHERE record = ?2 AND ended_on IS NULL AND count = ?3",
            (one.day, self._record, one.value),
        ).rowcount
        if going_on:
            return
        self._end(one.day)
        self._db.execute(
            "INSERT INTO held_count (record, first_day, last_day, count, seen, before) VALUES (?1, ?2, ?2, ?3, 1, ?4) "
            "ON CONFLICT DO UPDATE SET last_day = ?2, count = ?3, seen = 1, before = ?4, ended_on = NULL, class = NULL, "
            "settled_on = NULL, why = NULL",
            (self._record, one.day, one.value, before),
        )
        self._tell("drop_held", one.day, before, one.value, f"{self._source} says {one.value:,} where {before:,} stood")

    def _settle_day(self, one: Count) -> None:
        """What was held earlier on this day was not so: the later answer stands. What is held no longer has ended."""
        open_ = self._db.execute(
            f"SELECT {_FIELDS} FROM held_count h WHERE record = ? AND settled_on IS NULL ORDER BY first_day",
            (self._record,),
        ).fetchall()
        self._settle(
            [(Held(*row), Verdict(guard.OUTAGE, f"on {one.day} it said {one.value:,}")) for row in open_], one.day
        )
        self._end(one.day)

    def _settle(self, judged: Sequence[tuple[Held, Verdict]], on: str) -> None:
        open_ = [(row, verdict) for row, verdict in judged if row.kind is None]
        self._db.executemany(
            "UPDATE held_count SET class = ?, settled_on = ?, why = ? WHERE record = ? AND first_day = ?",
            [(*verdict[:1], on, verdict.why, row.record, row.first) for row, verdict in open_],
        )
        for kind, some in groupby(sorted(open_, key=lambda pair: pair[1].kind), key=lambda pair: pair[1].kind):
            of_kind = list(some)
            said = ", ".join(f"{row.value:,} since {row.first}" for row, _ in of_kind)
            held, verdict = of_kind[-1]
            self._tell("drop_settled", on, held.value, kind, f"{self._source} said {said}; {verdict.why}")

    def _end(self, on: str, row: Held | None = None) -> None:
        """The source says another value from this day on (row: of this one, None: of whatever goes on)."""
        self._db.execute(
            "UPDATE held_count SET ended_on = ?1 WHERE record = ?2 AND ended_on IS NULL AND (?3 IS NULL OR first_day = ?3)",
            (on, self._record, row.first if row else None),
        )

    def _tell(self, kind: str, on: str, before: int, after: object, why: str) -> None:
        self._db.execute(
            "INSERT OR IGNORE INTO event (on_day, kind, source, record, before, after, why) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (on, kind, self._source, self._record, str(before), str(after), why),
        )

    # --- what is known ---

    def _evidence(self, row: Held) -> Evidence:
        day = self._db.execute(
            "SELECT high, fell, zeroed FROM source_day WHERE source = ? AND day = ?", (self._source, row.first)
        ).fetchone()
        found = self._db.execute(_EXPLAINED, {"record": self._record, "fall": row.before - row.value}).fetchone()
        high, fell, zeroed = day or (0, 0, 0)
        return Evidence(high, fell, zeroed, found[0] if found else None)

    # --- sightings of the past ---

    def _see_past(self, one: Count) -> int:
        """A sighting of a day before the last one: what comes after it is known, so that it is judged by that.

        A fall between two higher counts was an outage. One that the next count does not contradict is observed; and where
        nothing came after it but what is held, it is held.
        """
        if one.value in self._held_on(one.day):
            return 0
        spans = counts.series(self._db, self._record)
        before = next((span.value for span in reversed(spans) if span.first <= one.day), None)
        after = next((span.value for span in spans if span.last >= one.day), None)
        falls = before is not None and self._tracking.fell(before, one.value)
        self._cut(one.day)
        if not (before is not None and falls and (after is None or self._tracking.fell(after, one.value))):
            return counts.observe(self._db, [one])
        self._hold_past(one, before, after)
        return 0

    def _hold_past(self, one: Count, before: int, after: int | None) -> None:
        row = Held(self._record, one.day, one.day, one.value, 1, before)
        self._db.execute(  # what was said next is known to have been another; at the latest it was said a day later
            "INSERT INTO held_count (record, first_day, last_day, count, seen, before, ended_on) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*row[:6], shift(one.day, 1)),
        )
        why = f"{self._source} said {one.value:,} where {before:,} stood"
        self._tell("drop_held", one.day, before, one.value, why)
        if after is not None:
            self._settle([(row, Verdict(guard.OUTAGE, f"later it said {after:,}"))], one.day)

    def _held_on(self, day: str) -> list[int]:
        """The value held on a day, if one is."""
        found = self._db.execute(
            "SELECT count FROM held_count WHERE record = ?1 AND ?2 BETWEEN first_day AND last_day "
            "AND (ended_on IS NULL OR ended_on > ?2)",
            (self._record, day),
        )
        return [row[0] for row in found.fetchall()]

    def _cut(self, day: str) -> None:
        """Something else was said on this day: take it out of what is held."""
        cursor = self._db.execute(
            "SELECT * FROM held_count WHERE record = ?1 AND ?2 BETWEEN first_day AND last_day", (self._record, day)
        )
        names = [column[0] for column in cursor.description]
        for found in cursor.fetchall():
            row = dict(zip(names, found, strict=True))
            span = Span[int | None](row["first_day"], row["last_day"], row["count"])
            pieces = [p for p in place([span], day, None, self._days(*span[:2])) if p.value is not None]
            self._db.execute(
                "DELETE FROM held_count WHERE record = ? AND first_day = ?", (self._record, row["first_day"])
            )
            for piece in pieces:
                ended = row["ended_on"] if piece.last == span.last else day
                cells = row | {"first_day": piece.first, "last_day": piece.last, "ended_on": ended}
                self._db.execute(f"INSERT INTO held_count VALUES ({', '.join('?' * len(cells))})", [*cells.values()])

    def _days(self, first: str, last: str) -> list[str]:
        """The days between these on which the source was read."""
        found = self._db.execute(
            "SELECT day FROM observed_day WHERE source = ? AND day BETWEEN ? AND ? ORDER BY day",
            (self._source, first, last),
        )
        return [row[0] for row in found.fetchall()]


def settle(db: sqlite3.Connection, source: str, on: str, tracking: Tracking) -> int:
    """Settle by what else is known by now what of this source is held since this day; returns how many are observed."""
    rows = db.execute(
        f"SELECT {_FIELDS} FROM held_count h JOIN record r ON r.id = h.record AND r.source = ? "
        f"WHERE {_UNSETTLED} AND h.settled_on IS NULL AND h.last_day = ? ORDER BY h.record, h.first_day",
        (source, on),
    ).fetchall()
    return sum(_Series(db, source, row[0], tracking).judge(Held(*row), on) for row in rows)


def reclass(db: sqlite3.Connection, source: str, on: str, tracking: Tracking) -> None:
    """At the end of a reading: what was settled on its own account on this day, of a source that turns out to have indexed anew.

    A value is settled as soon as it is confirmed, when the rest of the counts may not have been read.
    """
    day = db.execute("SELECT high, fell FROM source_day WHERE source = ? AND day = ?", (source, on)).fetchone()
    if day is None or not tracking.reindexed(day[1], day[0]):
        return
    why = f"; {day[1]:,} of {day[0]:,} counts of the source fell on {on}"
    changed = db.execute(
        "UPDATE held_count SET class = ?1, why = why || ?2 WHERE class = ?3 AND settled_on = ?4 AND first_day = ?4 "
        "AND record IN (SELECT id FROM record WHERE source = ?5) RETURNING record",
        (guard.REINDEX, why, guard.CORRECTION, on, source),
    ).fetchall()
    db.executemany(
        "UPDATE event SET after = ?1, why = why || ?2 WHERE kind = 'drop_settled' AND on_day = ?3 AND after = ?4 AND record = ?5",
        [(guard.REINDEX, why, on, guard.CORRECTION, row[0]) for row in changed],
    )
    _believe_with(db, source, on, tracking, f"as it says of others it was asked again{why}")


def _believe_with(db: sqlite3.Connection, source: str, on: str, tracking: Tracking, why: str) -> None:
    """What fell on the day of a new index and was not asked for again is believed with what was, where all of that was confirmed.

    Not a count of nothing, which has to last.
    """
    asked = {
        kind for (kind,) in db.execute(
            "SELECT DISTINCT h.class FROM held_count h JOIN record r ON r.id = h.record AND r.source = ? "
            "WHERE h.first_day = ? AND h.again_on = h.first_day AND h.count > 0",
            (source, on),
        ).fetchall()
    }  # fmt: skip
    if asked != {guard.REINDEX}:
        return
    rows = db.execute(
        f"SELECT {_FIELDS} FROM held_count h JOIN record r ON r.id = h.record AND r.source = ? "
        "WHERE h.first_day = ? AND h.settled_on IS NULL AND h.count > 0 ORDER BY h.record",
        (source, on),
    ).fetchall()
    for row in map(Held._make, rows):
        _Series(db, source, row.record, tracking).accept([(row, Verdict(guard.REINDEX, why))], on)


def listed(db: sqlite3.Connection, source: str, cited: str, number: int, on: str, tracking: Tracking) -> None:
    """The source lists so many works citing one of its records: what that says of a count that is held today."""
    rows = db.execute(
        "UPDATE held_count SET again_on = ?1, listed = ?2 WHERE last_day = ?1 AND ended_on IS NULL AND settled_on IS NULL "
        "AND record = (SELECT id FROM record WHERE source = ?3 AND source_id = ?4) RETURNING record",
        (on, number, source, cited),
    ).fetchall()
    if rows:
        settle(db, source, on, tracking)


# What speaks for records having been joined or parted since the count last stood: an id that goes on as another; other records
# of the source, of this work or of a version of it, that gained about what was lost (half of it to half as much again), or that
# are cited now by half of those that cite this one no longer.
_EXPLAINED = """
WITH me AS (
    SELECT r.id, r.source, r.work, r.gone_on, r.successor, s.last_seen AS since
    FROM record r JOIN standing s ON s.record = r.id WHERE r.id = :record
), version AS (
    SELECT work FROM me WHERE work IS NOT NULL
    UNION
    SELECT b.work FROM me CROSS JOIN family_member a ON a.work = me.work CROSS JOIN family_member b ON b.family = a.family
    WHERE a.role IN ('preprint', 'accepted', 'published', 'version')
      AND b.role IN ('preprint', 'accepted', 'published', 'version')
), sibling AS (
    SELECT o.id, o.source_id, me.since
    FROM me CROSS JOIN version v CROSS JOIN record o ON o.work = v.work AND o.source = me.source AND o.id <> me.id
)
SELECT 'it goes on as ' || h.source_id AS why FROM me JOIN record h ON h.id = me.successor WHERE me.gone_on >= me.since
UNION ALL
SELECT g.source_id || ' goes on as this one' FROM me JOIN record g ON g.successor = me.id WHERE g.gone_on >= me.since
UNION ALL
SELECT * FROM (
    SELECT s.source_id || ' gained ' || sum(ifnull(o.gained, o.count)) AS why
    FROM sibling s JOIN observation o ON o.record = s.id AND o.first_seen > s.since
    GROUP BY s.id HAVING 2 * sum(ifnull(o.gained, o.count)) BETWEEN :fall AND 3 * :fall)
UNION ALL
SELECT * FROM (
    SELECT s.source_id || ' is cited by ' || count(*) || ' that cited this one' AS why
    FROM sibling s
    JOIN citation_event e ON e.cited = :record AND e.kind = 'vanished' AND e.on_day > s.since
    JOIN citation c ON c.citing = e.citing AND c.cited = s.id AND c.last_seen IS NULL
    GROUP BY s.id HAVING 2 * count(*) >= :fall)
LIMIT 1
"""
