"""What people decide about identity: join two works, split one, accept or refuse a doubt, and undo any of these.

A decision is one transaction. It changes records' places, questions, old numbers and what people have said of pairs of
records; the rows it changes are kept as they were and as they are (`picture`), and putting them back is what undoes it
(`undoing`). The works' fields are merged anew from their records, so that nothing else has to be remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from harvester.errors import UsageError
from harvester.store import days
from harvester.store.connection import Connection, transaction
from harvester.store.joining import current_number, join_works, open_work, readdress, work_exists
from harvester.store.picture import (
    Changes,
    changes_of,
    differences,
    forget_names,
    last_names,
    made_since,
    picture,
    records_in,
)
from harvester.store.saving import Saver
from harvester.store.sql import json_list
from harvester.store.undoing import Undoing, resting_on
from harvester.store.verdicts import apart_from, pronounce, reconcile


class Word(msgspec.Struct, frozen=True):
    """Whose decision it is, why, on which day (ISO) and at what time."""

    who: str
    why: str | None
    on: str
    at: str

    def signed(self, what: str, number: int) -> str:
        """What was done, by whom, and why."""
        return f"{what} by {self.who} (decision {number})" + (f": {self.why}" if self.why else "")


class Decided(msgspec.Struct, frozen=True):
    """A decision made: its number, the works concerned that there are now, and what else came of it."""

    number: int
    works: tuple[int, ...]
    notes: tuple[str, ...] = ()


class _Question(msgspec.Struct, frozen=True):
    """An open doubt: is this record, in this work if in any, about the candidate?"""

    number: int
    record: int
    source: str
    source_id: str
    work: int | None
    candidate: int | None
    why: str
    matched: bool  # whether evidence alone has placed the record where it is

    @property
    def at_home(self) -> bool:
        """Whether the question is if the record belongs where it is."""
        return self.work is not None and self.work == self.candidate


Act = Callable[[int], Iterable[str]]  # does what a decision (its number) says; gives notes for a person


class Deciding:
    """The hand that carries out decisions. Raises UsageError, in a line that says what to do, for what cannot be done.

    What can be done is looked at before the transaction that does it: whoever calls holds the run lock, or a transaction.
    """

    def __init__(self, db: Connection, saver: Saver) -> None:
        self._db = db
        self._saver = saver

    def join(self, word: Word, one: int, other: int) -> Decided:
        """These two works are one article: the smaller number stays, the other one goes on answering."""
        if one == other:
            raise UsageError(f"these are one work already, number {one}; `harvester why {one}` says why")
        keep, lose = sorted((one, other))
        return self._decide(
            word, "join", (keep, lose), records_in(self._db, (lose,)),
            lambda number: self._join(number, word, keep, lose, word.signed("joined", number)),
        )  # fmt: skip

    def split(self, word: Word, work: int, records: Sequence[int], *, question: int | None = None) -> Decided:
        """These records of a work are another article: they get a work of their own, of a new number.

        question: the doubt that this answers, if it does.
        """
        held = records_in(self._db, (work,))
        moved, staying = sorted(set(records)), [record for record in held if record not in records]
        if not moved or not set(moved) <= set(held):
            raise UsageError("name the records that are another article; `harvester why` lists those of a work")
        if not staying:
            raise UsageError(f"work {work} has no other record than these: there is nothing to split it from")
        opened = days.last_work_number(self._db) + 1

        def act(number: int) -> Iterable[str]:
            why = word.signed(f"split from work {work}", number)
            open_work(self._db, opened, work)
            self._db.executemany(
                "UPDATE record SET work = ?, decision = 'split', why = ? WHERE id = ?",
                [(opened, why, record) for record in moved],
            )
            pronounce(self._db, number, moved, staying, same=False)
            self._db.execute(
                "UPDATE review SET state = 'refused' WHERE state = 'open' AND work = ? "
                "AND record IN (SELECT id FROM record WHERE work = ?)",
                (work, opened),
            )
            readdress(self._db, work)
            self._db.executemany(
                "INSERT INTO event (on_day, kind, source, record, work, before, after, why, decision) "
                "SELECT ?, 'split', source, id, NULL, ?, ?, ?, ? FROM record WHERE id = ?",
                [(word.on, str(work), str(opened), why, number, record) for record in moved],
            )
            self._db.execute(
                "INSERT INTO event (on_day, kind, work, before, after, why, decision) VALUES (?, 'split', ?, ?, ?, ?, ?)",
                (word.on, work, str(work), str(opened), why, number),
            )
            return ()

        return self._decide(word, "split", (work, opened), moved, act, opened=opened, question=question)

    def accept(self, word: Word, question: int) -> Decided:
        """The doubt's record is about its candidate: their works are joined."""
        asked = self._question(question)
        if asked.candidate is None:
            raise UsageError(
                f"question {question} names no work; it ends by itself once the article of this text is held"
            )
        if asked.work is None or asked.at_home:
            return self._place(word, asked, asked.candidate)
        if asked.candidate in apart_from(self._db, asked.work):
            raise UsageError(
                f"a person has said that works {asked.work} and {asked.candidate} are two articles (harvester decisions); "
                f"to move this record alone: harvester split {asked.work} {asked.source}:{asked.source_id}, then join"
            )
        keep, lose = sorted((asked.work, asked.candidate))

        def act(number: int) -> Iterable[str]:
            why = f"{asked.why}; {word.signed('accepted', number)}"
            self._came_by("accept", why, asked.record)
            return self._join(number, word, keep, lose, why)

        return self._decide(word, "accept", (keep, lose), records_in(self._db, (lose,)), act, question=question)

    def refuse(self, word: Word, question: int) -> Decided:
        """The doubt's record is not about its candidate; it is not asked again, and nothing automatic joins the two.

        One that is there already, on evidence alone, gets a work of its own.
        """
        asked = self._question(question)
        if asked.work is not None and asked.at_home:
            decided = self.split(word, asked.work, [asked.record], question=question)
            note = f"{asked.source}:{asked.source_id} is now work {max(decided.works)}"
            return msgspec.structs.replace(decided, notes=(*decided.notes, note))
        works = [work for work in (asked.work, asked.candidate) if work is not None]

        def act(number: int) -> Iterable[str]:
            self._db.execute("UPDATE review SET state = 'refused' WHERE id = ?", (question,))
            if asked.candidate is not None:
                pronounce(self._db, number, [asked.record], records_in(self._db, [asked.candidate]), same=False)
                self._db.execute(  # the same question, asked of other records of the two works or the other way round
                    "UPDATE review SET state = 'refused' WHERE state = 'open' AND id IN (SELECT v.id FROM review v "
                    "JOIN record r ON r.id = v.record WHERE (r.work = ?1 AND v.work = ?2) OR (r.work = ?2 AND v.work = ?1))",
                    (asked.work, asked.candidate),
                )
            return ()

        return self._decide(word, "refuse", works, [asked.record], act, question=question)

    def undo(self, word: Word, decision: int) -> Decided:
        """Take a decision back: records, questions, numbers and fields are as if it had never been made.

        Undoing an undoing makes the decision stand again. Records that came since stay with those they share identifiers
        with (see Undoing).
        """
        row = self._db.execute(
            "SELECT kind, changes, works, records, undone_by FROM decision WHERE id = ?", (decision,)
        ).fetchone()
        if row is None:
            raise UsageError(f"there is no decision {decision}; `harvester decisions` shows the numbers")
        if row["undone_by"] is not None:
            raise UsageError(f"decision {decision} is undone already, by decision {row['undone_by']}")
        if (again := self._done_again(decision)) is not None:
            return self.undo(word, again)
        changes = changes_of(row["changes"])
        if resting := resting_on(self._db, decision, changes):
            raise _rests(decision, resting)
        named = msgspec.json.decode(row["works"], type=list[int])
        works = sorted({*named, *(current_number(self._db, work) for work in named)})

        def act(number: int) -> Iterable[str]:
            why = word.signed(f"{row['kind']} (decision {decision}) undone", number)
            notes, broken = Undoing(self._db, self._saver, decision, changes, works, word.on, number).run(why)
            if broken is not None:
                raise _rests(decision, broken)
            self._stand(decision, number)
            return notes

        records = msgspec.json.decode(row["records"], type=list[int])
        kind = "redo" if row["kind"] == "undo" else "undo"
        return self._decide(word, kind, works, records, act, undoes=decision, forgotten=changes.made)

    # --- how each is done ---

    def _join(self, number: int, word: Word, keep: int, lose: int, why: str) -> Iterable[str]:
        ones, others = self._own(keep, number), self._own(lose, number)
        self._db.execute(
            "UPDATE record SET decision = 'join', why = ? WHERE work = ? AND decision IN ('new', 'doubt', 'split')",
            (why, lose),
        )
        join_works(self._db, keep, lose, word.on, why, number)
        reconcile(self._db, keep)
        pronounce(self._db, number, ones, others, same=True)
        return ()

    def _own(self, work: int, decision: int) -> list[int]:
        """The records of a work that no other join by a person brought there, so that undoing that one moves none of them."""
        rows = self._db.execute(
            "SELECT r.id FROM record r WHERE r.work = ? AND r.id NOT IN (SELECT j.value FROM decision d, json_each(d.records) j "
            "WHERE d.kind IN ('join', 'accept') AND d.undone_by IS NULL AND d.id <> ?) ORDER BY r.id",
            (work, decision),
        ).fetchall()
        return [row[0] for row in rows] or records_in(self._db, (work,))

    def _place(self, word: Word, asked: _Question, work: int) -> Decided:
        """A record that was in no work belongs to this one, or one that is in it on evidence alone does belong there."""

        def act(number: int) -> Iterable[str]:
            why = f"{asked.why}; {word.signed('accepted', number)}"
            own = [record for record in self._own(work, number) if record != asked.record]
            self._db.execute("UPDATE record SET work = ? WHERE id = ?", (work, asked.record))
            self._came_by("accept", why, asked.record)
            self._db.execute(
                "DELETE FROM review WHERE record = ?1 AND (?2 IS NULL OR work = ?2)", (asked.record, asked.work)
            )
            pronounce(self._db, number, [asked.record], own, same=True)
            if not asked.at_home:
                self._db.execute(
                    "INSERT INTO event (on_day, kind, source, record, after, why, decision) "
                    "VALUES (?, 'joined', ?, ?, ?, ?, ?)",
                    (word.on, asked.source, asked.record, str(asked.record), why, number),
                )
            return ()

        return self._decide(word, "accept", [work], [asked.record], act, question=asked.number)

    def _came_by(self, decision: str, why: str, record: int) -> None:
        self._db.execute("UPDATE record SET decision = ?, why = ? WHERE id = ?", (decision, why, record))

    def _question(self, question: int) -> _Question:
        """An open question. Raises UsageError for one that there is not, or that is answered."""
        row = self._db.execute(
            "SELECT v.state, v.id, v.record, r.source, r.source_id, r.work AS place, v.work AS candidate, v.why, "
            "r.decision IS 'match' AS matched "
            "FROM review v JOIN record r ON r.id = v.record WHERE v.id = ?",
            (question,),
        ).fetchone()
        if row is None:
            raise UsageError(f"there is no open question {question}; `harvester review` lists them")
        state, *fields = tuple(row)
        if state != "open":
            raise UsageError(f"question {question} is {state} already; `harvester decisions` says by which decision")
        asked = _Question(*fields)
        if asked.at_home and not asked.matched:
            raise UsageError(f"question {question} is settled: its two sides are one work, number {asked.work}")
        return asked

    def _done_again(self, decision: int) -> int | None:
        """The decision that made this one stand again after it was undone: what it did is what counts now."""
        row = self._db.execute(
            "SELECT undone_by FROM decision WHERE undoes = ? ORDER BY id DESC LIMIT 1", (decision,)
        ).fetchone()
        return None if row is None else int(row[0])

    def _stand(self, decision: int, undone_by: int | None) -> None:
        """Note that a decision does not stand any more, or does again; and so in turn what it had undone."""
        self._db.execute("UPDATE decision SET undone_by = ? WHERE id = ?", (undone_by, decision))
        row = self._db.execute("SELECT undoes FROM decision WHERE id = ?", (decision,)).fetchone()
        if row[0] is not None:
            self._stand(row[0], None if undone_by is not None else decision)

    # --- what all have in common ---

    def _decide(
        self,
        word: Word,
        kind: str,
        works: Sequence[int],
        records: Sequence[int],
        act: Act,
        *,
        question: int | None = None,
        opened: int | None = None,
        undoes: int | None = None,
        forgotten: dict[str, tuple[int, int]] | None = None,
    ) -> Decided:
        """Do it, merge the works concerned anew, and keep what changed: all of it or nothing.

        forgotten: the names that the decision undone had made.
        """
        with transaction(self._db):
            days.begin(self._db, word.on)
            number = int(
                self._db.execute(
                    "INSERT INTO decision (kind, on_day, at, who, why, question, works, records, opened, changes, undoes) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '{}', ?) RETURNING id",
                    (kind, word.on, word.at, word.who, word.why, question, json_list(works), json_list(records), opened,
                     undoes),
                ).fetchone()[0]
            )  # fmt: skip
            scope = sorted({*records, *records_in(self._db, works)})
            before, names = picture(self._db, works, scope), last_names(self._db)
            notes = tuple(act(number))
            there = [work for work in works if work_exists(self._db, work)]
            self._db.undone += 1  # works came and went: nobody may rely on the numbers he remembers
            self._saver.remerge(there, word.on, told=False)
            forget_names(self._db, forgotten or {})
            rows = differences(before, picture(self._db, works, scope, before))
            changes = Changes(rows, sorted(key[0] for key in before["record"]), made_since(self._db, names))
            self._db.execute("UPDATE decision SET changes = ? WHERE id = ?", (changes.to_json(), number))
            self._db.undone += 1
        return Decided(number, tuple(there), notes)


def _rests(decision: int, later: int) -> UsageError:
    return UsageError(f"decision {later} rests on decision {decision}; undo that one first: harvester undo {later}")
