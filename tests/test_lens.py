"""A database as of a day: whatever comes afterwards, every table and every view is what it was at the end of that day."""

from __future__ import annotations

import contextlib
import random
import sqlite3
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harvester import schema
from harvester.errors import UsageError
from harvester.orders import order
from harvester.records import (
    Author,
    Embedding,
    Funding,
    Highlight,
    Identifier,
    Institution,
    Metric,
    Relation,
    Subject,
    Venue,
)
from harvester.store import Store
from harvester.store.deciding import Word
from tests.build import Hand, a_store, one, record, rows

SOURCES = ("openalex", "semantic_scholar")
FIRST = date(2026, 1, 5)
# How the work was done, what is only there to find works by, and history itself.
NOT_SEEN = {
    "unaccounted",
    "budget",
    "payload",
    "task",
    "title_block",
    "unanswered",
    "unseen",
    "was",
    "written_day",
    "_sqlite_migrations",
}
UNSEEN_COLUMNS = {"read_in", "references_on", "cited_on"}  # what was asked of a source and when
NUMBERED = (
    "record",
    "institution",
    "subject",
    "funder",
)  # a name that nothing bears is no knowledge: those that were there then

Table = list[tuple[Any, ...]]


def day(number: int) -> str:
    return (FIRST + timedelta(days=number)).isoformat()


def everything(store: Store, upto: dict[str, int]) -> dict[str, Table]:
    """Every row of every view and of every table of what is known, as text in some order of its own."""
    names = [name for (name,) in rows(store, "SELECT name FROM main.sqlite_schema WHERE type = 'table'")]
    tables = [name for name in names if name not in NOT_SEEN and not name.startswith("work_te")]
    found = {}
    for name in (*tables, *schema.views()):
        limit = f"WHERE id <= {upto[name]}" if name in upto else ""
        columns = [
            c for (c,) in rows(store, "SELECT name FROM pragma_table_info(?, 'main')", name) if c not in UNSEEN_COLUMNS
        ]
        chosen = ", ".join(f'"{column}"' for column in columns)
        found[name] = sorted(rows(store, f'SELECT {chosen} FROM "{name}" {limit}'), key=repr)
    found["ranked"] = rows(
        store, "SELECT rowid, bm25(work_text) FROM work_text WHERE work_text MATCH 'harbour' ORDER BY rowid"
    )
    found["terms"] = rows(store, "SELECT term, doc, cnt FROM work_term ORDER BY term")
    return found


def differences(now: dict[str, Table], then: dict[str, Table]) -> dict[str, Any]:
    """Where the two differ: name -> (rows only in the one, rows only in the other)."""
    return {
        name: ([row for row in now[name] if row not in then[name]], [row for row in then[name] if row not in now[name]])
        for name in then
        if now[name] != then[name]
    }


class Life:
    """Some weeks in the life of a small database, made by chance: all that anybody can do to it."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store, self.hand, self.chance = store, Hand(store), random.Random(seed)
        self.given = random.Random(seed)
        self.on, self.run = day(0), 0
        self.said: dict[tuple[str, str], Any] = {}

    def a_day(self, number: int) -> None:
        """What happens on one day."""
        self.on, self.run = day(number), self.run + 1
        acts = [
            self.read,
            self.read,
            self.read_again,
            self.list_citing,
            self.watch,
            self.decide,
            self.gone,
            self.venues,
            self.mark,
        ]
        for act in [self.chance.choice(acts) for _ in range(self.chance.randint(2, 7))]:
            act()

    def read(self) -> None:
        """A source is read: new records, and changes of those held."""
        source = self.chance.choice(SOURCES)
        names = self.chance.sample(range(1, 9), self.chance.randint(1, 4))
        self._live(source, [self._record(source, number) for number in names])

    def read_again(self) -> None:
        """A source says what it said."""
        held = [key for key in self.said if self.chance.random() < 0.5]
        for source in SOURCES:
            self._live(source, [self.said[key] for key in held if key[0] == source])

    def _live(self, source: str, records: list[Any]) -> None:
        if not records:
            return
        asked = Identifier("doi", f"10.5555/old{self.chance.randint(1, 4)}") if self.chance.random() < 0.1 else None
        self.hand.live(self.on, *(records[:1] if asked else records), asked=asked)
        with self.store.transaction():
            self.store.runs.observed(source, self.on)
        self.said |= {(source, one.source_id): one for one in (records[:1] if asked else records)}

    def _record(self, source: str, number: int) -> Any:
        chance = self.chance
        maybe = lambda value, share=0.6: value if chance.random() < share else None  # noqa: E731
        cites = tuple(f"{source[0]}{n}" for n in chance.sample(range(1, 12), chance.randint(0, 4)))
        fields = {
            "title": f"The harbour of invented state {chance.choice('abc')}{number}",
            "abstract": maybe(f"We ask {chance.choice(['why', 'how'])} harbours {number} matter."),
            "year": chance.choice([2020, 2021]),
            "doi": f"10.5555/{chance.choice([number, number, number, chance.randint(1, 8)])}",
            "cited_by_count": maybe(chance.randint(0, 5)),
            "counts_by_year": ((2025, chance.randint(0, 3)),),
            "references": maybe(cites, 0.8),
            "related": cites[:1] if self.given.random() < 0.6 else None,
            "embedding": Embedding("m1", (1.0, self.given.random())) if self.given.random() < 0.4 else None,
            "oa_status": maybe(chance.choice(["closed", "gold"])),
            "is_retracted": maybe(chance.random() < 0.3),
            "venue": maybe(Venue(name=f"Harbours {chance.randint(1, 2)}", issns=(chance.choice(["1758-5880", "0028-0836"]),),
                                 metrics=(Metric("impact_factor", str(chance.randint(1, 3)), year=2025),),
                                 publisher=maybe("Quay"))),
            "subjects": (Subject("topic", f"T{chance.randint(1, 3)}", score=chance.random()),),
            "funding": maybe((Funding(f"F{chance.randint(1, 2)}", awards=(str(chance.randint(1, 3)),)),)),
            "highlights": maybe((Highlight("So", f"what {chance.randint(1, 2)}"),)) or (),
            "relations": maybe((Relation("preprint_of", Identifier("doi", f"10.5555/{chance.randint(1, 8)}")),), 0.3) or (),
        }  # fmt: skip
        authors = tuple(
            Author(
                f"Mira Kai{n}", orcid=maybe(f"0000-000{n}"), institutions=(Institution(f"Port {chance.randint(1, 3)}"),)
            )
            for n in chance.sample(range(1, 5), chance.randint(1, 3))
        )
        return msgspec.structs.replace(record(f"{source[0]}{number}", source, **fields), authors=authors)

    def list_citing(self) -> None:
        """A list of citing works is read to its end; edges vanish and return."""
        source = self.chance.choice(SOURCES)
        cited, *citing = self.chance.sample([f"{source[0]}{n}" for n in range(1, 9)], 4)
        self.hand.citing(self.on, self.run, cited, *citing, source=source)

    def watch(self) -> None:
        """A watch is put on the list or taken off, or catches something."""
        with self.store.transaction():
            watches = self.store.watches
            if (held := watches.all()) and self.chance.random() < 0.4:
                watches.remove(self.chance.choice(held).id, self.on)
                return
            label = self.chance.choice(["quays", "tides"])
            found, _ = watches.add(order(f"10.5555/{self.chance.randint(1, 3)}", label=label), self.on)
            watches.stands_for(
                found.id, [n for (n,) in rows(self.store, "SELECT id FROM work") if self.chance.random() < 0.4]
            )

    def decide(self) -> None:
        """A person decides; what cannot be done is left alone."""
        works = [number for (number,) in rows(self.store, "SELECT id FROM work ORDER BY id")]
        decisions = [number for (number,) in rows(self.store, "SELECT id FROM decision")]
        questions = [number for (number,) in rows(self.store, "SELECT id FROM review WHERE state = 'open'")]
        hand = self.store.deciding(self.hand.saver)
        word, chance = Word("Ada", "so", self.on, "12:00"), self.chance
        with contextlib.suppress(UsageError):
            match chance.randint(1, 5):
                case 1 if len(works) > 1:
                    hand.join(word, *chance.sample(works, 2))
                case 2 if works:
                    work = chance.choice(works)
                    held = [n for (n,) in rows(self.store, "SELECT id FROM record WHERE work = ? ORDER BY id", work)]
                    hand.split(word, work, held[:1])
                case 3 if decisions:
                    hand.undo(word, chance.choice(decisions))
                case 4 if questions:
                    hand.accept(word, chance.choice(questions))
                case 5 if questions:
                    hand.refuse(word, chance.choice(questions))

    def mark(self) -> None:
        """A person says what to make of a work that is related to another."""
        works = [number for (number,) in rows(self.store, "SELECT id FROM work ORDER BY id")]
        if len(works) > 1:
            state = self.chance.choice(["kept", "dismissed", "cleared"])
            with self.store.transaction():
                self.store.marks.add([tuple(self.chance.sample(works, 2))], state, Word("Ada", None, self.on, "12:00"))

    def gone(self) -> None:
        """A source knows an id no more."""
        source = self.chance.choice(SOURCES)
        with self.store.transaction():
            self.hand.saver.gone(source, [f"{source[0]}{self.chance.randint(1, 8)}"], self.on)

    def venues(self) -> None:
        """A source states figures of a venue."""
        metric = Metric("quartile", f"Q{self.chance.randint(1, 4)}", year=2025)
        venue = Venue(
            name="Harbours 1", issns=("1758-5880",), metrics=(metric,), type=self.chance.choice(["journal", None])
        )
        with self.store.transaction():
            self.hand.saver.save_venues("openalex", [venue], self.on)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [*range(20), 205])  # 205: a join is done again after records have come
def test_every_day_is_seen_again_as_it_was(tmp_path: Path, seed: int) -> None:
    then: dict[str, tuple[dict[str, int], dict[str, Table]]] = {}
    with a_store(tmp_path) as store:
        life = Life(store, seed)
        number = 0
        for _ in range(14):
            life.a_day(number)
            upto = {name: one(store, f"SELECT ifnull(max(id), 0) FROM {name}") for name in NUMBERED}
            then[day(number)] = upto, everything(store, upto)
            number += life.chance.randint(1, 3)
    for on, (upto, expected) in then.items():
        with Store(tmp_path / "harvest.db", as_of=on) as seen:
            found = differences(everything(seen, upto), expected)
            assert not found, (seed, on, found)


def test_an_abstract_that_is_withheld_is_kept_nowhere_history_included(hand: Hand, store: Store) -> None:
    hand.live(day(0), record("W1", title="A", abstract="We ask why."))
    hand.live(day(7), record("W1", title="B", abstract="We ask why."))
    hand.live(day(14), record("W1", title="C", abstract_status="withheld"))
    with Store(store.path, as_of=day(7)) as seen:
        assert rows(seen, "SELECT title, abstract FROM works") == [("B", None)]
    with Store(store.path, as_of=day(3)) as seen:
        assert rows(seen, "SELECT title, abstract FROM works") == [("A", None)]
    assert one(store, "SELECT count(*) FROM was WHERE row LIKE '%We ask why%'") == 0


def test_a_file_imported_later_counts_on_its_own_days_and_says_so(hand: Hand, store: Store) -> None:
    assert hand.file(day(30), record("W1", title="A", cited_by_count=3, as_of=day(2))).backdated == 0, (
        "nobody had asked yet"
    )
    saved = hand.file(
        day(60), record("W2", title="B", cited_by_count=5, as_of=day(3)), record("W1", title="C", as_of=day(50))
    )
    assert saved.backdated == 1
    with Store(store.path, as_of=day(10)) as seen:
        assert rows(seen, "SELECT title, citation_count FROM works ORDER BY work") == [("A", 3), ("B", 5)]
    with Store(store.path, as_of=day(1)) as seen:
        assert rows(seen, "SELECT title FROM works") == []


def test_what_is_written_on_a_day_gone_by_is_known_from_the_present_on(store: Store) -> None:
    for number, label in ((0, "a"), (14, "b"), (7, "c")):
        store.watches.add(order("10.5555/a", label=label), day(number))
    labels = {}
    for number in (0, 7, 13, 14):
        with Store(store.path, as_of=day(number)) as seen:
            labels[number] = one(seen, "SELECT label FROM watches")
    assert labels == {0: "a", 7: "a", 13: "a", 14: "c"}


def test_a_writer_that_has_set_no_day_is_told(store: Store) -> None:
    store.db.execute("INSERT INTO work (id, title, origin) VALUES (1, 'A', '{}')")
    with pytest.raises(sqlite3.IntegrityError, match=r"days\.begin"):
        store.db.execute("UPDATE work SET title = 'B'")
