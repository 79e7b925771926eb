"""The end of the stream: identify, save, merge. Batches of records of one source, inside the caller's transaction.

A record not held before is decided, given its number and written once. One held already whose payload is the same costs a
look at its digest and moves its last-seen day. One whose payload changed is decided again (it may have gained an
identifier) and its work merged anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from harvester.identity import Decision, Doubt, Join, Match, decide
from harvester.merge import Merged, dated, merge, stamped
from harvester.records import Edge, Embedding, Record, Venue
from harvester.store import counts, days, families, given, history, holding, moved, said, stillness, unseen
from harvester.store.connection import Connection
from harvester.store.consequences import Consequences
from harvester.store.counts import Count
from harvester.store.edges import Edges, Key
from harvester.store.known import Known
from harvester.store.names import Names
from harvester.store.payloads import Kept, Parser, Payloads, digest
from harvester.store.relations import Relations, Word, tell_notices
from harvester.store.sql import json_list
from harvester.store.visiting import Arrival, Saved, Visit
from harvester.store.works import Works
from harvester.tracking import DEFAULTS, Tracking

UNPLACED = Doubt("neither title nor identifier: placed by its text once the article is held", ())


class Row(msgspec.Struct):
    """A record as the database holds it."""

    number: int
    work: int | None
    last_seen: str | None
    gone: bool
    kept: list[Kept]
    came_before: bool = False  # the very bytes that have arrived now are among those kept


def _span(row: Row, record: Record) -> tuple[int, str, str, Record]:
    """A record held, the days from which and until which its newest payload was what the source sent, and its word."""
    since = row.kept[0].seen_on
    return row.number, since, max(since, row.last_seen or since), record


class Placement(NamedTuple):
    """Where a new record went: its number and work, why, and what is to be written of it."""

    number: int
    work: int | None
    decision: Decision
    columns: tuple[object, ...]  # work, decision, why, first and last seen
    record: Record
    day: str
    body: bytes
    named_before: bool  # others had named it in their references: the row exists


class Saver:
    """Saves batches. It remembers keys between batches, so one is made for a whole import or harvest."""

    def __init__(
        self,
        db: Connection,
        ranks: Mapping[str, int],
        parser_of: Callable[[str], Parser],
        tracking: Tracking = DEFAULTS,
    ) -> None:
        """ranks: source -> rank for merging; parser_of: source -> its parse function, to read kept payloads.

        tracking: what is a fall that is held until it is confirmed.
        """
        self._db = db
        self._tracking = tracking
        self._ranks = ranks
        self._works = Works(db)
        self._payloads = Payloads(db, parser_of)
        columns = ("id", "source", "source_id", "work", "decision", "why", "first_seen", "last_seen")
        self._records: Names[Key] = Names(db, "record", ("source", "source_id"), columns)
        self._edges = Edges(db, self._records)
        self._relations = Relations(db)
        self._version: tuple[int, int] | None = None
        self._consequences = Consequences(db)
        self._last_work: int | None = None

    def save(self, visit: Visit, arrivals: Sequence[Arrival]) -> Saved:
        """Save records of one source; those that come twice are saved in the order they come."""
        self._begin(visit.on)
        saved = Saved()
        rest = list(arrivals)
        while rest:
            batch, later, ids = list[Arrival](), list[Arrival](), set[str]()
            for arrival in rest:
                (later if arrival.record.source_id in ids else batch).append(arrival)
                ids.add(arrival.record.source_id)
            self._save_once(visit, batch, saved)
            rest = later
        self._records.trim()
        return saved

    def listed(self, source: str, cited: str, on: str, count: int | None, status: str) -> None:
        """A list of works citing this record came to its end without being all of it: short or capped."""
        self._begin(on)
        self._edges.listed(source, cited, on, count, status)

    def uncited(self, source: str, on: str) -> None:
        """The records seen today that their source says nobody cites: their lists of citing works are known, and empty."""
        self._begin(on)
        self._edges.uncited(source, on)

    def held(self, source: str, cited: str) -> int:
        """How many citing works of this record are held, as its source lists them."""
        return self._edges.held(source, cited)

    def explained(self, source: str, cited: str, count: int | None) -> bool | None:
        """Whether the citing works held explain the count as well as they did when their list was last whole.

        None: it never was.
        """
        return self._edges.explained(source, cited, count)

    def save_venues(self, source: str, venues: Sequence[Venue], on: str) -> None:
        """Keep what a source states of venues themselves; a metric without a year is of the year it was seen in."""
        self._begin(on)
        self._works.write_venues(source, [dated(venue, on) for venue in venues])

    def save_edges(self, source: str, edges: Sequence[Edge], on: str, run: int) -> int:
        """Keep citations stated by a list of citing works or of references; returns how many were not held."""
        self._begin(on)
        return self._edges.stated(source, edges, on, run)

    def save_given(
        self,
        source: str,
        related: Sequence[tuple[str, tuple[str, ...]]],
        embeddings: Sequence[tuple[str, Embedding]],
        on: str,
    ) -> None:
        """Keep what a source says of records it was asked about: what it recommends for them, where its model puts them."""
        self._begin(on)
        numbers = self._held_numbers(source, [one for one, _ in (*related, *embeddings)])
        given.suggest(self._db, [(numbers[one], on, listed) for one, listed in related if one in numbers])
        given.embed(self._db, [(numbers[one], on, vector) for one, vector in embeddings if one in numbers])

    def _held_numbers(self, source: str, source_ids: Sequence[str]) -> dict[str, int]:
        rows = self._db.execute(
            "SELECT r.source_id, r.id FROM json_each(?) j JOIN record r ON r.source = ? AND r.source_id = j.value "
            "WHERE r.first_seen IS NOT NULL",
            (json_list(source_ids), source),
        )
        return dict(tuple(row) for row in rows)

    @property
    def new_edges(self) -> int:
        """How many citations were written that were not held, whoever stated them."""
        return self._edges.added

    def close_unread(self, source: str, cited: str, on: str, run: int | None, count: int | None) -> int:
        """A list of citing works was read to its end: close the edges it no longer has (run None: none); returns how many."""
        self._begin(on)
        return self._edges.close_unread(source, cited, on, run, count)

    def settle(self, source: str, on: str) -> int:
        """Settle what is held of this source by what else is known by now; returns how many counts are observed."""
        self._begin(on)
        return holding.settle(self._db, source, on, self._tracking)

    def listed_again(self, source: str, cited: str, number: int, on: str) -> None:
        """A list of works citing this record has so many: what that says of its count, where that is held today."""
        self._begin(on)
        holding.listed(self._db, source, cited, number, on, self._tracking)

    def still(self, names: Sequence[str], on: str) -> None:
        """These sources were read on this day: which of them have indexed anew, begun to stand still, or to move again."""
        self._begin(on)
        for name in names:
            holding.reclass(self._db, name, on, self._tracking)
        stillness.tell(self._db, names, on, self._tracking)

    def current(self, records: Iterable[int]) -> dict[int, Record]:
        """The records (by number) as their payloads tell them."""
        return self._payloads.current(records)

    def _begin(self, on: str) -> None:
        """What is written from now on is of this day. What was known of the database is forgotten if it may have changed.

        It may if another process wrote, or a transaction was undone.
        """
        days.begin(self._db, on)
        version = (self._db.execute("PRAGMA data_version").fetchone()[0], self._db.undone)
        if version == self._version:
            return
        self._version = version
        self._works.forget()
        self._records.forget()
        self._consequences.forget()
        self._last_work = None

    # --- one batch, each record once ---

    def _save_once(self, visit: Visit, batch: Sequence[Arrival], saved: Saved) -> None:
        self._records.learn((visit.source, arrival.record.source_id) for arrival in batch)
        rows = self._rows(visit.source, batch)
        new = [a for a in batch if not (row := rows.get(a.record.source_id)) or not row.kept]
        held = [(a, row) for a in batch if (row := rows.get(a.record.source_id)) and row.kept]
        before = {} if visit.again else self._payloads.current(row.number for a, row in held if self._is_other(a, row))
        changed = [(a, row) for a, row in held if self._accept(visit, a, row)]
        words = self._payloads.current(row.number for _, row in changed)
        said.keep(self._db, before, words)
        known = Known(self._db, [a.record for a in new], list(words.values()))
        self._write_changed(visit, [(a, row, words[row.number]) for a, row in changed if row.number in words], known)
        fresh, matched = self._write_new(visit, new, known, saved)
        self._see_again(visit, held, changed, saved)
        if visit.live:
            moved.returned(self._db, [row.number for _, row in held if row.gone], visit.on)
        self._aliases(visit, batch)
        saved.received += len(batch)
        saved.new_records += len(new)
        saved.new_works += len(fresh)
        saved.matched += matched
        saved.changed += len(changed)
        self._consequences.inherit(moved.orphans(self._db, visit.source, works=self._consequences.touched), visit.on)
        saved.joined += self._consequences.join(visit.on, known)
        if changed:
            self._consequences.question_matches(visit.on)
        self._remerge(self._consequences.touched)
        self._refresh([*fresh, *self._consequences.touched], visit.on)
        self._consequences.touched.clear()

    def _rows(self, source: str, batch: Sequence[Arrival]) -> dict[str, Row]:
        """The rows of those records that the database has, by source id."""
        numbers = {n: a.record.source_id for a in batch if (n := self._records.get((source, a.record.source_id)))}
        rows = {
            row[0]: Row(row[0], row[1], row[2], bool(row[3]), [])
            for row in self._db.execute(
                "SELECT r.id, r.work, r.last_seen, r.gone_on IS NOT NULL FROM json_each(?) j JOIN record r ON r.id = j.value",
                (json_list(numbers),),
            )
        }
        for number, kept in self._payloads.kept(rows).items():
            rows[number].kept = kept
        return {numbers[number]: row for number, row in rows.items()}

    @staticmethod
    def _day(visit: Visit, arrival: Arrival, row: Row) -> str:
        """The day a held record's payload speaks of: reading it anew does not make it any younger."""
        return row.kept[0].seen_on if visit.again else visit.day(arrival.record)

    @staticmethod
    def _is_other(arrival: Arrival, row: Row) -> bool:
        """Whether this is not the newest payload of its record once more."""
        return row.kept[0].digest != digest(arrival.body)

    def _accept(self, visit: Visit, arrival: Arrival, row: Row) -> bool:
        """Whether this arrival changes the word of a record held."""
        mark = digest(arrival.body)
        row.came_before = any(kept.digest == mark for kept in row.kept)
        changed = self._payloads.accept(
            visit.source, row.kept, arrival.body, mark, visit.day(arrival.record), row.last_seen or "",
            live=visit.live, dated=visit.dated(arrival.record),
        )  # fmt: skip
        return changed or visit.again

    def _see_again(
        self, visit: Visit, held: Sequence[tuple[Arrival, Row]], changed: Sequence[tuple[Arrival, Row]], saved: Saved
    ) -> None:
        """Move last-seen and observe what records held say; adds how many counts changed to `saved`.

        A file without a day of its own was observed when it was first read; reading it again observes nothing, and
        neither does reading a payload anew: it was observed when it came.
        """
        if visit.again:
            history.reread(self._db, [_span(row, a.record) for a, row in held])
            given.again(self._db, [(row.number, self._day(visit, a, row), a.record) for a, row in held])
            return
        undated = [
            (a, row) for a, row in changed if not visit.dated(a.record) and self._has_no_better(visit.source, row)
        ]
        dated = [(a, row) for a, row in held if visit.dated(a.record)]
        seen = [(visit.day(a.record), row, a.record) for a, row in (*dated, *undated)]
        unseen.note(
            self._db,
            [
                (row.number, day, one.cited_by_count is not None, [field for field, _ in history.stated(one)])
                for day, row, one in seen
            ],
        )
        self._remember(visit, seen, {row.number for _, row in changed})
        self._db.executemany(
            "UPDATE record SET first_seen = min(first_seen, ?1), last_seen = max(last_seen, ?1) WHERE id = ?2 "
            "AND NOT ?1 BETWEEN first_seen AND last_seen",
            [(day, row.number) for day, row, _ in seen],
        )
        counted = [
            Count(row.number, day, one.cited_by_count) for day, row, one in seen if one.cited_by_count is not None
        ]
        saved.counts_changed += holding.observe(self._db, visit.source, counted, self._tracking, second=visit.second)
        saved.backdated += self._backdated(visit, counted)

    def _backdated(self, visit: Visit, counted: Sequence[Count]) -> int:
        """How many of these counts reports of earlier days have from now on."""
        return 0 if visit.live else sum(one.day < visit.on for one in counted) * days.begun_before(self._db, visit.on)

    def _remember(self, visit: Visit, seen: Sequence[tuple[str, Row, Record]], changed: set[int]) -> None:
        """Write what records held said on a day into the history of their fields, lists and vectors."""
        still, told = list[tuple[int, str, str]](), list[tuple[int, str, Record]]()
        for day, row, record in seen:
            if row.number in changed:
                told.append((row.number, day, record))
            elif visit.live:
                still.append((row.number, row.last_seen or day, day))  # the very bytes of that day
            elif not row.came_before:  # an old file that tells nothing more
                told.append((row.number, day, record))
        history.unchanged(self._db, still)
        history.again(self._db, told)
        given.again(self._db, told)

    def _has_no_better(self, source: str, row: Row) -> bool:
        """Whether a count without a day is the best there is: the source is never read live, or gave none so far.

        Otherwise an old file would look like a fall of the count on the day somebody imported it.
        """
        found = self._db.execute(
            "SELECT NOT EXISTS (SELECT 1 FROM observed_day WHERE source = ?) "
            "OR NOT EXISTS (SELECT 1 FROM observation WHERE record = ?)",
            (source, row.number),
        )
        return bool(found.fetchone()[0])

    def _write_changed(self, visit: Visit, changed: Sequence[tuple[Arrival, Row, Record]], known: Known) -> None:
        for arrival, row, record in changed:
            if row.work is None:
                continue  # unplaced: its text still has to find its article
            decision = decide(record, known.holder(row.work), known.sharing(record))
            self._consequences.touched.add(row.work)
            self._consequences.decided(row.number, row.work, decision, visit.on)
            known.add(row.work, record)
            self._identify([(row.number, self._day(visit, arrival, row), record)])
            self._outdate_names(row.number, record, self._day(visit, arrival, row), again=visit.again)
            counts.years(self._db, [(row.number, self._day(visit, arrival, row), record)], again=visit.again)
        words = [Word(row.number, self._day(visit, a, row), row.last_seen, record) for a, row, record in changed]
        self._relations.stated(words, again=visit.again)
        self._edges.again(
            visit.source,
            [(row.number, self._day(visit, a, row), r.references) for a, row, r in changed if r.references is not None],
        )

    def _write_new(self, visit: Visit, new: Sequence[Arrival], known: Known, saved: Saved) -> tuple[list[int], int]:
        """Write records never read before; returns the works that are new, and how many records are of works held."""
        if not new:
            return [], 0
        works: list[tuple[int, Merged]] = []
        placed = [self._place(visit, arrival, known, works) for arrival in new]
        self._works.write(works, new=True)
        self._records.flush()
        self._db.executemany(
            "UPDATE record SET work = ?, decision = ?, why = ?, first_seen = ?, last_seen = ? WHERE id = ?",
            [(*p.columns, p.number) for p in placed if p.named_before],
        )
        self._payloads.add((p.number, p.body, p.day) for p in placed)
        self._identify([(p.number, p.day, p.record) for p in placed])
        counted = [(p, p.record.cited_by_count) for p in placed if p.record.cited_by_count is not None]
        first = [Count(p.number, p.day, count) for p, count in counted]
        counts.begin(self._db, first)
        saved.backdated += self._backdated(visit, first)
        history.first(self._db, [(p.number, p.day, p.record) for p in placed])
        counts.years(self._db, [(p.number, p.day, p.record) for p in placed])
        self._relations.stated(Word(p.number, p.day, None, p.record) for p in placed)
        self._edges.first(
            visit.source, [(p.number, p.day, p.record.references) for p in placed if p.record.references is not None]
        )
        given.first(self._db, [(p.number, p.day, p.record) for p in placed])
        for p in placed:
            if p.work is not None:
                self._consequences.decided(p.number, p.work, p.decision, visit.on)
            else:
                self._consequences.ask(p.number, None, p.decision.why, visit.on)
        return [work for work, _ in works], sum(isinstance(p.decision, Join) for p in placed)

    def _place(self, visit: Visit, arrival: Arrival, known: Known, works: list[tuple[int, Merged]]) -> Placement:
        """Decide where a new record belongs and give it its numbers; a work it opens is added to `works`."""
        record, day = arrival.record, visit.day(arrival.record)
        decision, work = self._decide_new(record, known), None
        if isinstance(decision, Join):
            work = decision.work
            self._consequences.touched.add(work)
        elif decision is not UNPLACED:
            work = self._next_work()
            works.append((work, merge((stamped(record, day),), self._ranks)))
        columns = (work, type(decision).__name__.lower(), decision.why, day, day)
        key = (visit.source, record.source_id)
        named = self._records.get(key)  # by records held before, or by what has changed of them in this very batch
        number = self._records.number(key, columns) if named is None else named
        if work is not None:
            known.add(work, record, matched=isinstance(decision, Match))
        return Placement(number, work, decision, columns, record, day, arrival.body, named is not None)

    def _decide_new(self, record: Record, known: Known) -> Decision:
        if not record.title and not record.identifiers:
            return UNPLACED
        sharing = known.sharing(record)
        return decide(record, None, sharing, () if sharing else known.alike(record))

    def _next_work(self) -> int:
        if self._last_work is None:
            self._last_work = days.last_work_number(self._db)
        self._last_work += 1
        return self._last_work

    def _identify(self, rows: Sequence[tuple[int, str, Record]]) -> None:
        stated = [(scheme, value, number, day) for number, day, record in rows for scheme, value in record.identifiers]
        self._db.execute(
            "UPDATE identifier SET alias = 0, outdated_on = NULL FROM json_each(?) j WHERE alias "
            "AND scheme = j.value ->> 0 AND identifier.value = j.value ->> 1 AND record = j.value ->> 2",
            (json_list(stated),),
        )
        self._db.executemany(
            "INSERT OR IGNORE INTO identifier (scheme, value, record, first_seen) VALUES (?, ?, ?, ?)", stated
        )

    def _outdate_names(self, number: int, record: Record, day: str, *, again: bool) -> None:
        """Identifiers the source states no longer from `day` on stay as aliases. again: it never did, it was read wrongly."""
        outdate = "DELETE FROM identifier" if again else "UPDATE identifier SET alias = 1, outdated_on = :day"
        self._db.execute(
            f"{outdate} WHERE record = :record AND NOT alias AND (scheme, value) NOT IN "
            "(SELECT j.value ->> 0, j.value ->> 1 FROM json_each(:names) j)",
            {"record": number, "names": json_list(record.identifiers)} | ({} if again else {"day": day}),
        )

    # --- other names, ids that are gone, merging anew ---

    def _aliases(self, visit: Visit, batch: Sequence[Arrival]) -> None:
        """Asked for Y, got Z: Y becomes another name of Z, and an event says so; a record that bore Y goes on as Z."""
        for arrival in batch:
            asked = arrival.asked
            if asked is None or asked in arrival.record.identifiers:
                continue
            number = self._records.get((visit.source, arrival.record.source_id))
            added = self._db.execute(
                "INSERT OR IGNORE INTO identifier (scheme, value, record, first_seen, alias) VALUES (?, ?, ?, ?, 1)",
                (*asked, number, visit.on),
            ).rowcount
            moves = moved.answered(self._db, visit.source, asked, number, visit.on) if number else []
            self._consequences.take_together(moves)
            if added and not moves:
                self._db.execute(
                    "INSERT OR IGNORE INTO event (on_day, kind, source, record, before, after, why) "
                    "VALUES (?, 'alias', ?, ?, ?, ?, ?)",
                    (visit.on, visit.source, number, str(asked), arrival.record.source_id,
                     f"asked for {asked}, {visit.source} answered with {arrival.record.source_id}"),
                )  # fmt: skip

    def gone(self, source: str, source_ids: Sequence[str], on: str) -> int:
        """These ids were asked for themselves and the source does not know them; returns for how many that is news.

        Where another record of the source answers for what they named, it is their successor, and the series goes on there.
        Only the source's own ids count, and never an ask that failed: that says nothing. The records stay.
        """
        if not source_ids:
            return 0
        self._begin(on)
        news = moved.mark_gone(self._db, source, source_ids, on)
        self._consequences.inherit(moved.orphans(self._db, source, source_ids=source_ids), on)
        self._consequences.join(on, Known(self._db, ()))
        self.remerge(self._consequences.touched, on)
        self._consequences.touched.clear()
        return news

    def remerge(self, works: Iterable[int], on: str, *, told: bool = True) -> None:
        """Merge these works anew from all their records, and find their families; retractions that are news are told.

        told: False where no source has said anything, only who belongs together has changed: what is known of venues and
        persons stays as it is.
        """
        self._begin(on)
        self._remerge(works, told=told)
        self._refresh(works, on)

    def _refresh(self, works: Iterable[int], on: str) -> None:
        tell_notices(self._db, families.refresh(self._db, works), on)

    def _remerge(self, works: Iterable[int], *, told: bool = True) -> None:
        rows = self._db.execute(
            "SELECT r.work, r.id FROM json_each(?) j JOIN record r ON r.work = j.value ORDER BY r.work, r.id",
            (json_list(sorted(works)),),
        ).fetchall()
        current = self._payloads.current(record for _, record in rows)
        by_work: dict[int, list[Record]] = {}
        for work, record in rows:
            if record in current:
                by_work.setdefault(work, []).append(current[record])
        self._works.write(
            [(work, merge(records, self._ranks)) for work, records in by_work.items()], new=False, told=told
        )
