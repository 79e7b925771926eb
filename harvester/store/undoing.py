"""Taking a decision back: what it changed is put back as it was, whatever has come since.

Records that came after the decision into a work it had made or joined are decided again: one that shares an identifier
with what stays in its work stays too; one that shares only with what goes away goes with it, as if it had come then; one
that shares with both stays, and whether the two are one is a question for a person. Undoing says nothing about what is
true: it only takes a word back, so what identifiers say may join the two again when a record changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harvester.identity import Join, New, decide
from harvester.records import Identifier, Record
from harvester.store.connection import Connection
from harvester.store.joining import close_work, current_number, open_work, readdress, work_exists
from harvester.store.known import Known
from harvester.store.picture import Change, Changes, changes_of, put, records_in
from harvester.store.saving import Saver
from harvester.store.sql import json_list
from harvester.store.verdicts import broken, told_apart


def resting_on(db: Connection, decision: int, changes: Changes) -> int | None:
    """The latest decision made since that changed the same rows, and so must be undone first; None if none.

    What was decided and undone since is as if it had never been; an undoing of something older is not. (The questions that
    one put back do not matter: they are put back as they were.)
    """
    mine = changes.touched()
    rows = db.execute(
        "SELECT id, changes, kind = 'undo' FROM decision "
        "WHERE id > ?1 AND undone_by IS NULL AND (undoes IS NULL OR undoes < ?1) ORDER BY id DESC",
        (decision,),
    )
    for number, text, undoing in rows:
        shared = mine & changes_of(text).touched()
        if any(table != "review" or not undoing for table, _ in shared):
            return int(number)
    return None


class Undoing:
    """Puts back what one decision changed, inside the decision that undoes it."""

    def __init__(
        self, db: Connection, saver: Saver, decision: int, changes: Changes, works: Sequence[int], on: str, undo: int
    ) -> None:
        """decision: what is undone, by what it changed; works: those concerned; undo: the decision that undoes it."""
        self._db = db
        self._saver = saver
        self._decision = decision
        self._rows = changes.rows
        self._present = set(changes.present)
        self._works = works
        self._on = on
        self._undo = undo
        self._against: set[int] = set()  # standing decisions that what is put back would contradict

    def run(self, why: str) -> tuple[list[str], int | None]:
        """Do it. Returns notes for a person, and the standing decision that would be gone against, if there is one."""
        moved = [record for change in self._rows.get("record", ()) if (record := self._put_back(change)) is not None]
        self._former_numbers()
        for change in self._rows.get("review", ()):
            self._question(change)
        for change in self._rows.get("verdict", ()):
            put(self._db, "verdict", change.key, change.before)
        notes = self._newcomers(why) if moved else []
        self._close_empty()
        for work in self._there():  # what has come since may keep a work open that was to be given up again
            put(self._db, "former_work", (work,), None)
        if moved:
            self._db.executemany(
                "INSERT INTO event (on_day, kind, work, after, why, decision) VALUES (?, 'undone', ?, ?, ?, ?)",
                [(self._on, work, ",".join(map(str, moved)), why, self._undo) for work in self._there()],
            )
        for decision, pair in broken(self._db, self._there()):
            self._against.add(decision if decision > self._decision else self._put_back_since(pair) or decision)
        return notes, max(self._against, default=None)

    def _now(self, work: int) -> int:
        """The number a work answers to now; its own if it is there (again)."""
        return work if work_exists(self._db, work) else current_number(self._db, work)

    def _there(self) -> list[int]:
        return [work for work in self._works if work_exists(self._db, work)]

    # --- what the decision changed ---

    def _put_back(self, change: Change) -> int | None:
        """A record to where it was, unless it has gone elsewhere since; returns its number if it moved."""
        assert change.before is not None and change.after is not None, "records are never deleted"  # noqa: PT018, S101
        [record] = change.key
        before, after = change.before["work"], change.after["work"]
        now = self._db.execute("SELECT work FROM record WHERE id = ?", (record,)).fetchone()[0]
        if now != (None if after is None else self._now(int(after))):
            return None
        work = now if before == after else self._home(None if before is None else int(before), now)
        self._db.execute(
            "UPDATE record SET work = ?, decision = ?, why = ? WHERE id = ?",
            (work, change.before["decision"], change.before["why"], record),
        )
        return None if work == now else record

    def _home(self, work: int | None, origin: int | None) -> int | None:
        """The work of this number, or what it has become since; opened again if it was this decision that closed it."""
        if work is None or work_exists(self._db, work):
            return work
        given_up = any(c.key == (work,) and c.before is None for c in self._rows.get("former_work", ()))
        current = current_number(self._db, work)
        if current != work and not given_up:
            self._against |= self._joined_by(work)
            return current
        open_work(self._db, work, origin)
        return work

    def _former_numbers(self) -> None:
        for change in self._rows.get("former_work", ()):
            if change.before is not None:
                heir = self._now(int(change.before["work"] or 0))
                put(self._db, "former_work", change.key, {**change.before, "work": heir})
            elif work_exists(self._db, change.key[0]):
                put(self._db, "former_work", change.key, None)

    def _question(self, change: Change) -> None:
        """A question as it was. Where its two sides have become one work since, it is there but nobody is asked."""
        [number] = change.key
        now = self._db.execute("SELECT record FROM review WHERE id = ?", (number,)).fetchone()
        record = (change.before or change.after or {})["record"]
        same = now is not None and now[0] == record  # its number may have been given to another since
        if same:
            put(self._db, "review", change.key, None)
        if change.before is None:
            return
        candidate = change.before["work"]
        if candidate is not None:
            self._against |= self._joined_by(int(candidate))
            candidate = self._now(int(candidate))
            if not work_exists(self._db, candidate):
                return
        row = {"id": number if same or now is None else None, **change.before, "work": candidate}
        self._db.execute(
            f"INSERT OR IGNORE INTO review ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", tuple(row.values())
        )

    def _joined_by(self, work: int) -> set[int]:
        """The decision by which a person joined a work to another, if it stands: what goes back there waits for its undoing."""
        if work_exists(self._db, work):
            return set()
        rows = self._db.execute(
            "SELECT d.id, d.undone_by FROM event e LEFT JOIN decision d ON d.id = e.decision "
            "WHERE e.kind = 'joined' AND e.before = ? ORDER BY e.id DESC LIMIT 1",
            (str(work),),
        )
        return {number for number, undone_by in rows if number is not None and undone_by is None}

    def _put_back_since(self, pair: tuple[int, int]) -> int | None:
        """The undoing made since that put back two records, or an older word about them: it stands in the way, not that word."""
        theirs: set[tuple[str, tuple[int, ...]]] = {("verdict", pair), *(("record", (record,)) for record in pair)}
        rows = self._db.execute(
            "SELECT id, changes FROM decision WHERE kind = 'undo' AND id > ? AND undone_by IS NULL ORDER BY id DESC",
            (self._decision,),
        )
        return next((number for number, text in rows if theirs & changes_of(text).touched()), None)

    def _close_empty(self) -> None:
        """A work that has lost all its records goes; its number answers on where something had come to it since."""
        for work in self._there():
            if records_in(self._db, (work,)):
                continue
            heir = next(other for other in self._there() if records_in(self._db, (other,)))
            close_work(self._db, work, heir)

    # --- what has come since ---

    def _newcomers(self, why: str) -> list[str]:
        """The records in these works that were not there when it was decided; returns what became of them, in words.

        Those that a person has put there since stay: if that will not do, his decision rests on this one.
        """
        placed = {
            row[0]
            for row in self._db.execute(
                "SELECT j.value FROM decision d, json_each(d.records) j "
                "WHERE d.id > ? AND d.undone_by IS NULL AND d.kind NOT IN ('refuse', 'undo')",
                (self._decision,),
            )
        }
        late = [
            record
            for record in records_in(self._db, self._there())
            if record not in self._present and record not in placed
        ]
        if not late:
            return []
        places = self._places(late)
        notes = self._settle(late, why)
        if places != self._places(late):
            for work in self._there():
                readdress(self._db, work)
        return notes

    def _places(self, records: Iterable[int]) -> list[int | None]:
        found = "SELECT r.work FROM json_each(?) j JOIN record r ON r.id = j.value ORDER BY r.id"
        return [row[0] for row in self._db.execute(found, (json_list(records),))]

    def _settle(self, late: list[int], why: str) -> list[str]:
        """Decide again about these records; returns what that led to, in words."""
        self._db.undone += 1
        self._saver.remerge(self._there(), self._on, told=False)  # what they are compared with
        words = self._saver.current(late)
        known = Known(self._db, list(words.values()))
        notes: list[str] = []
        pending = list(late)
        while settled := [(record, near) for record in pending if (near := self._near(record, pending))]:
            record, near = settled[0]
            pending.remove(record)
            notes += self._settle_one(record, words.get(record), near, known, why)
        return notes

    def _near(self, record: int, pending: Iterable[int]) -> dict[int, list[Identifier]]:
        """The works concerned whose settled records share identifiers with this one, and which."""
        apart = told_apart(self._db, record)
        near: dict[int, list[Identifier]] = {}
        for work, scheme, value in self._db.execute(
            "SELECT DISTINCT o.work, i.scheme, i.value FROM identifier i "
            "JOIN identifier x ON x.scheme = i.scheme AND x.value = i.value JOIN record o ON o.id = x.record "
            "WHERE i.record = ?1 AND o.id <> ?1 AND o.work IN (SELECT value FROM json_each(?2)) "
            "AND o.id NOT IN (SELECT value FROM json_each(?3)) ORDER BY o.work, i.scheme, i.value",
            (record, json_list(self._there()), json_list(pending)),
        ):
            if work not in apart:
                near.setdefault(work, []).append(Identifier(scheme, value))
        return near

    def _settle_one(
        self, record: int, word: Record | None, near: dict[int, list[Identifier]], known: Known, why: str
    ) -> list[str]:
        source, source_id, home = self._db.execute(
            "SELECT source, source_id, work FROM record WHERE id = ?", (record,)
        ).fetchone()
        if home in near:
            doubts = [(work, _shared(names)) for work, names in near.items() if work != home]
        elif word is None:
            doubts = [(work, _shared(names)) for work, names in near.items()]
        else:
            decision = decide(word, None, [known.holder(work, tuple(names)) for work, names in near.items()])
            doubts = [] if isinstance(decision, New) else list(decision.doubts)
            if isinstance(decision, Join):
                doubts += decision.joins
                self._move(record, decision, home, why)
        self._db.executemany(
            "INSERT OR IGNORE INTO review (record, work, why, on_day) VALUES (?, ?, ?, ?)",
            [(record, work, f"{reason}; {why}", self._on) for work, reason in doubts],
        )
        place = self._db.execute("SELECT work FROM record WHERE id = ?", (record,)).fetchone()[0]
        came = f"{source}:{source_id} has come since"
        notes = [f"{came} and belongs to work {place}"] if place != home else []
        return notes + [f"{came} and may be of work {work} too: a question in `harvester review`" for work, _ in doubts]

    def _move(self, record: int, decision: Join, home: int, why: str) -> None:
        self._db.execute(
            "UPDATE record SET work = ?, decision = 'join', why = ? WHERE id = ?", (decision.work, decision.why, record)
        )
        self._db.execute(
            "INSERT INTO event (on_day, kind, source, record, before, after, why, decision) "
            "SELECT ?, 'undone', source, id, ?, ?, ?, ? FROM record WHERE id = ?",
            (self._on, str(home), str(decision.work), why, self._undo, record),
        )
        if not records_in(self._db, (home,)):  # whoever has noted the number since finds the record
            close_work(self._db, home, decision.work)
            put(self._db, "former_work", (home,), {"work": decision.work, "on_day": self._on, "why": why})


def _shared(names: Iterable[Identifier]) -> str:
    return "shares " + ", ".join(f"{name.scheme} {name.value}" for name in names)
