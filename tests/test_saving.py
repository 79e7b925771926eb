"""Saving batches: payloads kept and overlaid, numbers and caches, venues, what hangs on a work."""

from __future__ import annotations

from pathlib import Path

import pytest

from harvester.records import Author, Highlight, Identifier, Institution, Metric, Record, Subject, Venue
from harvester.store import Arrival, Store, Visit, names
from harvester.store.content import content_hash
from tests.build import DAY, TITLE, Hand, a_store, body_of, counts, edges, one, partition, record, rows, sizes

NEXT, THIRD = "2026-05-02", "2026-05-03"


def work(store: Store, *columns: str, number: int = 1) -> tuple[object, ...]:
    [row] = rows(store, f"SELECT {', '.join(columns)} FROM work WHERE id = ?", number)
    return row


def kept(store: Store) -> list[tuple[str, bytes]]:
    return [(found["seen_on"], body) for found, body in store.payloads_of(1)]


# --- payloads ---


def test_an_unchanged_payload_only_moves_the_day_it_was_last_seen(hand: Hand, store: Store) -> None:
    first = record(title=TITLE, cited_by_count=3, venue=Venue(name="Harbours"), authors=["Mira Kai"])
    assert hand.live(DAY, first).new_works == 1
    before = sizes(store)
    saved = hand.live(NEXT, first)
    assert (saved.received, saved.anything) == (1, False)
    assert sizes(store) == before | {"source_day": 1}
    assert rows(store, "SELECT first_seen, last_seen FROM record") == [(DAY, NEXT)]
    assert counts(store) == [(DAY, NEXT, 3, None)]


def test_an_answer_that_alternates_keeps_one_payload_and_every_count(hand: Hand, store: Store) -> None:
    a, b = record(title="A", cited_by_count=1), record(title="B", cited_by_count=2)
    for day, word in ((DAY, a), (NEXT, b), (THIRD, a)):
        hand.live(day, word)
    assert kept(store) == [(THIRD, body_of(a))]
    assert work(store, "title") == ("A",)
    assert [count for *_, count, _ in counts(store)] == [1, 2, 1]


def test_an_abstract_withdrawn_later_stays_and_so_does_the_payload_that_has_it(hand: Hand, store: Store) -> None:
    with_abstract, without = record(title="A", abstract="We ask.", pmid="1"), record(title="B")
    hand.live(DAY, with_abstract)
    hand.live(NEXT, without)
    assert work(store, "title", "abstract") == ("B", "We ask.")
    assert kept(store) == [(NEXT, body_of(without)), (DAY, body_of(with_abstract))]
    hand.live(THIRD, record(title="C", abstract="We tell.", pmid="1"))
    assert work(store, "title", "abstract") == ("C", "We tell.")
    assert len(kept(store)) == 1, "the older ones tell nothing any more"


def test_an_older_dump_after_a_live_harvest_fills_gaps_and_overwrites_nothing(hand: Hand, store: Store) -> None:
    hand.live(DAY, record(title="New", cited_by_count=9, venue=Venue(id="S1", name="Harbours")))
    hand.file(NEXT, record(title="Old", abstract="We ask.", cited_by_count=4, as_of="2023-04-01", year=2022))
    assert work(store, "title", "abstract", "year") == ("New", "We ask.", 2022)
    assert counts(store) == [("2023-04-01", "2023-04-01", 4, None), (DAY, DAY, 9, 5)]
    hand.file(NEXT, record(title="Older", cited_by_count=2, as_of="2021-04-01", year=1999))
    assert work(store, "title", "year") == ("New", 2022)
    assert [day for day, _ in kept(store)] == [DAY, "2023-04-01"]
    assert counts(store)[0][:3] == ("2021-04-01", "2021-04-01", 2), "its count is kept though its payload is not"


def test_a_newer_dump_after_a_live_harvest_is_the_newer_word(hand: Hand, store: Store) -> None:
    hand.live(DAY, record(title="Old"))
    hand.file(THIRD, record(title="New", as_of=NEXT))
    assert work(store, "title") == ("New",)


def test_a_payload_seen_again_is_as_young_as_its_last_sight(hand: Hand, store: Store) -> None:
    live = record(title="Live")
    hand.live(DAY, live)
    hand.live(THIRD, live)
    hand.file(THIRD, record(title="Dump", year=2020, as_of=NEXT))
    assert work(store, "title", "year") == ("Live", 2020)


@pytest.mark.parametrize("thin_first", [False, True])
def test_two_undated_files_about_one_article_lose_no_field_in_either_order(
    hand: Hand, store: Store, *, thin_first: bool
) -> None:
    thick = record(
        "10.5555/a", "aggregator", doi="10.5555/a", title=TITLE, abstract="We ask.", authors=["Mira Kai"], volume="16",
        venue=Venue(name="Harbours", id="51", metrics=(Metric("impact_factor", "2.2"), Metric("quartile", "Q1"))),
        cited_by_count=0,
    )  # fmt: skip
    thin = record("10.5555/a", "aggregator", doi="10.5555/a", title=TITLE, year=2025, venue=Venue(name="Harbours"))
    for each in (thin, thick) if thin_first else (thick, thin):
        hand.file(DAY, each)
    before, hashed = sizes(store), content_hash(store.db)
    for each in (thick, thin):
        assert not hand.file(NEXT, each).anything
    assert (sizes(store), content_hash(store.db)) == (before, hashed)
    assert work(store, "title", "abstract", "volume", "year", "doi") == (TITLE, "We ask.", "16", 2025, "10.5555/a")
    assert rows(store, "SELECT name FROM authorship") == [("Mira Kai",)]
    assert rows(store, "SELECT name, year, value FROM venue_metric ORDER BY name") == [
        ("impact_factor", 2026, "2.2"),
        ("quartile", 2026, "Q1"),
    ]
    assert one(store, "SELECT count(*) FROM venue") == 1


def test_files_of_one_day_that_differ_change_nothing_when_they_are_read_again(hand: Hand, store: Store) -> None:
    """The later one stands, and the earlier one is known for what it is, though it tells nothing more."""
    first, second = (record(title=title, doi="10.5555/a", as_of="2017-10-23") for title in ("Quais", "Quays"))
    hand.file("2026-05-01", first)
    hand.file("2026-05-01", second)
    before = store.check()
    assert not hand.file("2026-05-02", first).anything
    assert not hand.file("2026-05-02", second).anything
    assert (store.check(), one(store, "SELECT title FROM work")) == (before, "Quays")
    hand.file("2026-05-02", record(title="Quays", doi="10.5555/a", as_of="2018-01-01"))
    assert one(store, "SELECT count(*) FROM payload") == 1, "a newer one that tells all the same takes their place"


def test_a_count_without_a_day_counts_on_the_day_it_is_read_if_nothing_better_is_known(
    hand: Hand, store: Store
) -> None:
    hand.file(DAY, record("W1", "aggregator", title="A"))
    hand.file(DAY, record("W1", "aggregator", title="B", cited_by_count=3))
    hand.file(THIRD, record("W1", "aggregator", title="C", cited_by_count=5))
    assert counts(store) == [(DAY, DAY, 3, None), (THIRD, THIRD, 5, 2)]
    hand.file("2026-05-09", record("W1", "aggregator", title="B", cited_by_count=3))
    assert len(counts(store)) == 2, "a file that was read before is not read for the first time"


def test_an_undated_file_is_no_fall_of_a_count_that_is_read_live(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("S1", "semantic_scholar", title="A", cited_by_count=50))
    hand.live(DAY, record("S2", "semantic_scholar", title="uncounted"))
    store.runs.observed("semantic_scholar", DAY)
    old = [
        record(name, "semantic_scholar", title="Old", abstract="We ask.", cited_by_count=20) for name in ("S1", "S2")
    ]
    hand.file(THIRD, *old)
    assert counts(store, "S1") == [(DAY, DAY, 50, None)]
    assert counts(store, "S2") == [(THIRD, THIRD, 20, None)], "better than none"


def test_a_payload_that_no_longer_parses_is_kept_and_changes_nothing(hand: Hand, store: Store) -> None:
    hand.live(DAY, record(title="A", abstract="We ask."))
    store.db.execute("UPDATE payload SET body = (SELECT body FROM payload) , hash = x'00'")
    broken = store.saver({}, lambda _source: _refuse)
    store.db.execute("UPDATE payload SET hash = x'01'")
    with store.transaction():
        broken.save(Visit("openalex", NEXT, live=True), [Arrival(record(title="B"), body_of(record(title="B")))])
    assert work(store, "title", "abstract") == ("A", "We ask.")
    assert one(store, "SELECT count(*) FROM payload") == 2


def _refuse(_body: bytes) -> Record:
    from harvester.errors import ParseError

    raise ParseError("not today")


def test_reparse_makes_no_history(hand: Hand, store: Store) -> None:
    """A live answer states a day of its own too (`as_of`): reading it anew must not observe it on that day."""
    first = record(title="A", cited_by_count=5, as_of="2026-04-20", references=("R1", "R2"), doi="10.5555/a")
    second = record(title="B", cited_by_count=7, as_of="2026-04-20", references=("R1", "R3"), doi="10.5555/a")
    hand.file("2026-04-21", record(title="A", cited_by_count=5, as_of="2026-04-15"))
    hand.live(DAY, first)
    hand.live(NEXT, second)
    before = content_hash(store.db), counts(store), edges(store), rows(store, "SELECT * FROM record")
    hand.reparse("2026-06-01", second)
    assert (content_hash(store.db), counts(store), edges(store), rows(store, "SELECT * FROM record")) == before


def test_reparse_takes_back_what_was_read_wrongly(hand: Hand, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    word = record(title="A", doi="10.5555/wrong", references=("R1",))
    hand.live(DAY, word)
    better = record(title="A", doi="10.5555/right", references=("R1", "R2"))
    saver = store.saver({}, lambda _source: lambda _body: better)
    with store.transaction():
        saver.save(Visit("openalex", "2026-06-01", live=False, again=True), [Arrival(better, body_of(word))])
    assert rows(store, "SELECT value, alias FROM identifier") == [("10.5555/right", 0)]
    assert edges(store) == [("W1", "R1", DAY, None), ("W1", "R2", DAY, None)]


# --- one batch ---


def test_a_record_that_comes_twice_in_a_batch_is_saved_in_the_order_it_comes(hand: Hand, store: Store) -> None:
    saved = hand.live(
        DAY, record(title="A", cited_by_count=1), record("W2", title="X"), record(title="B", cited_by_count=2)
    )
    assert (saved.received, saved.new_records, saved.changed) == (3, 2, 1)
    assert work(store, "title") == ("B",)
    assert counts(store) == [(DAY, DAY, 2, None)]


def test_a_new_record_that_a_changed_one_of_the_same_batch_cites_is_whole(hand: Hand, store: Store) -> None:
    """The changed record names it first, so that its row exists before it is itself placed."""
    hand.live(DAY, record("W1", title="A", references=()))
    hand.live(NEXT, record("W1", title="A", references=("W2",)), record("W2", title="B", cited_by_count=1))
    assert rows(store, "SELECT source_id, work, decision, first_seen FROM record ORDER BY id") == [
        ("W1", 1, "new", DAY),
        ("W2", 2, "new", NEXT),
    ]
    assert edges(store) == [("W1", "W2", NEXT, None)]
    assert not rows(store, "SELECT id FROM work WHERE id NOT IN (SELECT work FROM record)")


def test_a_record_only_named_becomes_whole_when_it_comes(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("W1", title="A", references=("W2",)))
    assert rows(store, "SELECT source_id, work, first_seen FROM record WHERE id = 2") == [("W2", None, None)]
    hand.live(NEXT, record("W2", title="B"))
    assert rows(store, "SELECT source_id, work, decision, first_seen, last_seen FROM record WHERE id = 2") == [
        ("W2", 2, "new", NEXT, NEXT)
    ]


def _literature(number: int) -> Record:
    return record(
        f"W{number}", title=f"Harbour number {number} and its tides", doi=f"10.5555/{number}", cited_by_count=number,
        authors=[f"Author {number % 5}", "Mira Kai"], venue=Venue(name=f"Journal {number % 3}", id=f"S{number % 3}"),
        subjects=(Subject("topic", f"Subject {number % 4}", score=0.5),), references=(f"W{number + 1}", f"W{number + 7}"),
    )  # fmt: skip


def test_the_same_words_make_the_same_database_in_one_sitting_or_many(tmp_path: Path) -> None:
    batches = [[_literature(n) for n in range(start, start + 7)] for start in range(0, 28, 7)]
    with a_store(tmp_path) as store:
        hand = Hand(store)
        for batch in batches:
            hand.live(DAY, *batch)
        at_once = content_hash(store.db)
    for batch in batches:
        with a_store(tmp_path, "many.db") as store:
            Hand(store).live(DAY, *batch)
            in_many = content_hash(store.db)
    assert in_many == at_once


def test_forgetting_numbers_to_save_memory_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = set()
    for known in (names.MAX_KNOWN, 3):
        monkeypatch.setattr(names, "MAX_KNOWN", known)
        with a_store(tmp_path, f"{known}.db") as store:
            hand = Hand(store)
            for start in (0, 5, 3, 10):
                hand.live(DAY, *map(_literature, range(start, start + 6)))
            hand.live(NEXT, record("W3", title="Z"), asked=Identifier("openalex", "W99"))
            assert one(store, "SELECT count(*) FROM identifier WHERE alias AND value = 'W99'") == 1
            hashes.add(content_hash(store.db))
    assert len(hashes) == 1


# --- what is undone ---


class _InjectedError(Exception):
    pass


@pytest.mark.parametrize(
    "table",
    ["record", "work", "author", "subject", "venue", "payload", "citation", "observation", "count_by_year", "event"],
)
def test_a_batch_that_fails_leaves_nothing_and_the_next_one_is_right(tmp_path: Path, table: str) -> None:
    """Whatever statement fails; the same saver goes on, and no number it gave before is used."""
    first = [_literature(n) for n in range(5)]
    failing = [record("W2", title="changed", references=("W50", "W8")), record("W8", title="B", authors=["New Name"])]
    failing.append(
        record("W60", title="C", counts_by_year=((2024, 1),), cited_by_count=3, subjects=(Subject("topic", "New"),),
               venue=Venue(name="New"))
    )  # fmt: skip
    then = [
        record(
            "W61", title="D", authors=["Other Name"], venue=Venue(name="Other"), subjects=(Subject("topic", "Other"),)
        )
    ]
    with a_store(tmp_path, "plain.db") as store:
        hand = Hand(store)
        hand.live(DAY, *first)
        hand.live(NEXT, *then)
        expected = content_hash(store.db), sizes(store)
    with a_store(tmp_path) as store:
        hand = Hand(store)
        hand.live(DAY, *first)
        before = content_hash(store.db), sizes(store)
        store.db.execute(
            f"CREATE TEMP TRIGGER stop BEFORE INSERT ON main.{table} BEGIN SELECT raise(ABORT, 'stop'); END"
        )
        with pytest.raises(Exception, match="stop"):
            hand.live(NEXT, *failing, asked=Identifier("openalex", "W77"))
        store.db.execute("DROP TRIGGER stop")
        assert not store.db.in_transaction
        assert (content_hash(store.db), sizes(store)) == before
        hand.live(NEXT, *then)
        assert (content_hash(store.db), sizes(store)) == expected
        assert store.check()["integrity"] == "ok"


@pytest.mark.parametrize("nested", [False, True])
def test_what_is_undone_after_saving_is_forgotten_too(tmp_path: Path, *, nested: bool) -> None:
    """The batch was saved; what came after it in the same transaction failed."""
    with a_store(tmp_path) as store:
        hand = Hand(store)
        hand.live(DAY, _literature(1))
        before = content_hash(store.db)
        with store.transaction():
            with pytest.raises(_InjectedError), store.transaction():
                hand.live(NEXT, _literature(2), _literature(3))
                raise _InjectedError
            if nested:
                hand.live(NEXT, _literature(4))
        if not nested:
            assert content_hash(store.db) == before
            hand.live(NEXT, _literature(4))
        assert rows(store, "SELECT id, source_id FROM record WHERE work IS NOT NULL ORDER BY id") == [
            (1, "W1"),
            (4, "W4"),
        ]
        assert rows(store, "SELECT id, name FROM author ORDER BY id") == [
            (1, "Author 1"),
            (2, "Mira Kai"),
            (3, "Author 4"),
        ]
        assert store.check()["integrity"] == "ok"


def test_two_savers_on_one_file_do_not_give_one_number_twice(tmp_path: Path) -> None:
    with a_store(tmp_path) as here, Store(tmp_path / "harvest.db") as there:
        one_, other = Hand(here), Hand(there)
        for number in range(6):
            (one_, other)[number % 2].live(DAY, _literature(number))
        assert here.check()["integrity"] == "ok"
        assert len(partition(here)) == 6


# --- asked and answered ---


def test_an_answer_under_another_name_makes_the_name_asked_for_an_alias(hand: Hand, store: Store) -> None:
    asked = Identifier("doi", "10.5555/old")
    for day in (DAY, DAY, NEXT):
        hand.live(day, record(doi="10.5555/new", title="A"), asked=asked)
    assert rows(store, "SELECT value, alias FROM identifier ORDER BY alias") == [("10.5555/new", 0), ("10.5555/old", 1)]
    assert rows(store, "SELECT kind, before, after FROM event") == [("alias", "10.5555/old", "W1")]
    assert store.works_named(asked) == [1]
    hand.live(THIRD, record(doi="10.5555/new", title="A"), asked=Identifier("doi", "10.5555/new"))
    assert one(store, "SELECT count(*) FROM event") == 1, "asked for by its own name"


def test_a_name_of_its_own_comes_before_an_alias(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("W1", doi="10.5555/a", title="A"), asked=Identifier("doi", "10.5555/b"))
    hand.live(DAY, record("P1", "aggregator", doi="10.5555/c", title="C"))
    store.db.execute(
        "INSERT INTO identifier (scheme, value, record, first_seen, alias) VALUES ('doi', '10.5555/c', 1, ?, 1)", (DAY,)
    )
    assert store.works_named(Identifier("doi", "10.5555/c")) == [2]


def test_a_retraction_that_is_news_is_an_event_once(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("W1", doi="10.5555/a", title="A", is_retracted=False))
    hand.live(DAY, record("W2", title="B", is_retracted=True))
    first = rows(store, "SELECT on_day, kind, source, work, why FROM event")
    why = "openalex says the article is retracted; known at first sight"
    assert first == [(DAY, "retracted", "openalex", 2, why)], "whoever has the article must hear of it once"
    hand.live(NEXT, record("P1", "semantic_scholar", doi="10.5555/a", title="A", is_retracted=True))
    hand.live(THIRD, record("W1", doi="10.5555/a", title="A again", is_retracted=False))
    told = rows(store, "SELECT on_day, kind, source, work FROM event WHERE work = 1")
    assert told == [(NEXT, "retracted", "semantic_scholar", 1)]
    assert work(store, "is_retracted") == (1,)


# --- what hangs on a work ---


def test_authors_subjects_and_highlights_are_written_anew_with_the_work(hand: Hand, store: Store) -> None:
    kai = Author(
        "Mira Kai", id="A1", institutions=(Institution("Quay", ror="04jr1s763"), Institution("Quay", ror="04jr1s763"))
    )
    hand.live(
        DAY,
        record(
            title="A", authors=(), subjects=(Subject("topic", "Tides", score=0.1), Subject("topic", "Tides", score=0.2))
        ),
    )
    store_rows = {
        "authorship": "SELECT position, name FROM authorship",
        "affiliation": "SELECT position, i.ror FROM affiliation JOIN institution i ON i.id = institution",
        "work_subject": "SELECT s.name, score FROM work_subject JOIN subject s ON s.id = subject",
        "highlight": "SELECT title, source FROM highlight",
    }
    assert {table: rows(store, select) for table, select in store_rows.items()} == {
        "authorship": [], "affiliation": [], "work_subject": [("Tides", 0.2)], "highlight": [],
    }  # fmt: skip
    new = Record("openalex", "W1", title="A", authors=(kai, kai), highlights=(Highlight("t", "x"),), subjects=())
    hand.live(NEXT, new)
    assert {table: rows(store, select) for table, select in store_rows.items()} == {
        "authorship": [(0, "Mira Kai"), (1, "Mira Kai")],
        "affiliation": [(0, "04jr1s763"), (1, "04jr1s763")],
        "work_subject": [],
        "highlight": [("t", "openalex")],
    }


def test_an_orcid_stated_later_is_added_to_the_author(hand: Hand, store: Store) -> None:
    def by(source_id: str, orcid: str | None) -> Record:
        return Record("openalex", source_id, title=source_id, authors=(Author("Mira Kai", id="A1", orcid=orcid),))

    hand.live(DAY, by("W1", None))
    hand.live(DAY, by("W2", "0000-0002-1825-0097"))
    hand.live(DAY, by("W3", "0000-0001-5109-3700"))
    assert rows(store, "SELECT name, orcid, works FROM authors") == [("Mira Kai", "0000-0002-1825-0097", 3)]


def test_a_name_alone_is_no_person(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("W1", title="A", authors=["Mira Kai"]), record("W2", title="B", authors=["Mira  KAI"]))
    assert rows(store, "SELECT name, is_person, works FROM authors") == [("Mira Kai", 0, 2)]


def test_the_text_index_follows_the_work(hand: Hand, store: Store) -> None:
    hand.live(DAY, record(title="Tidal harbours", abstract="We ask."))
    hand.live(NEXT, record(title="Frozen rivers", abstract="We ask."))
    found = [
        one(store, "SELECT count(*) FROM work_text WHERE work_text MATCH ?", word)
        for word in ("harbours", "rivers", "ask")
    ]
    assert found == [0, 1, 1]
    store.db.execute("INSERT INTO work_text (work_text, rank) VALUES ('integrity-check', 1)")


@pytest.mark.parametrize("bad", ["A\0B", "A\0C", "\0"], ids=["one", "other", "only"])
def test_an_id_with_a_nul_in_it_can_be_saved_again_by_another_process(tmp_path: Path, bad: str) -> None:
    """SQLite's JSON ends a text at a NUL: such a key would be looked up in vain and then be there twice."""
    word = Record(
        "openalex", "W1", title="A", venue=Venue(name="V", id=bad),
        authors=(Author("Mira Kai", id=bad, institutions=(Institution("Quay", id=bad),)),),
    )  # fmt: skip
    with a_store(tmp_path) as store:
        Hand(store).live(DAY, word)
        Hand(store).live(NEXT, Record("openalex", "W2", title="B", venue=word.venue, authors=word.authors))
        assert [one(store, f"SELECT count(*) FROM {table}") for table in ("author", "institution", "venue")] == [
            1,
            1,
            1,
        ]


# --- venues ---


def venues(store: Store) -> list[tuple[object, ...]]:
    return rows(store, "SELECT name, issns, works FROM venues ORDER BY venue")


def at(source_id: str, venue: Venue, source: str = "openalex") -> Record:
    return record(source_id, source, title=f"Something at {source_id}", venue=venue)


def test_a_venue_is_recognised_by_any_issn_or_the_sources_own_id(hand: Hand, store: Store) -> None:
    hand.live(DAY, at("W1", Venue(name="Harbours", id="S1", issn_l="1758-5880", issns=("1758-5880", "1758-5899"))))
    hand.live(DAY, at("W2", Venue(name="J. Harb.", issns=("1758-5899",))), at("W3", Venue(name="Renamed", id="S1")))
    assert venues(store) == [("Harbours", "1758-5880,1758-5899", 3)]


@pytest.mark.parametrize("named_first", [False, True])
def test_a_venue_with_only_a_name_is_that_of_the_same_name_if_there_is_but_one(
    hand: Hand, store: Store, *, named_first: bool
) -> None:
    figure = Metric("impact_factor", "2.2")
    by_name = at("P1", Venue(name="The Harbours", id="51", metrics=(figure,)), "aggregator")
    by_issn = at("W1", Venue(name="The harbours", issns=("1758-5880",), type="journal"))
    for each in (by_name, by_issn) if named_first else (by_issn, by_name):
        hand.live(DAY, each)
    assert [(issns, works) for _, issns, works in venues(store)] == [("1758-5880", 2)]
    assert rows(store, "SELECT type FROM venue") == [("journal",)]
    assert rows(store, "SELECT name, year, source, value FROM venue_metric") == [
        ("impact_factor", 2026, "aggregator", "2.2")
    ]


def test_two_journals_of_one_name_with_different_issns_stay_two(hand: Hand, store: Store) -> None:
    hand.live(
        DAY, at("W1", Venue(name="Notes", issns=("1758-5880",))), at("W2", Venue(name="Notes", issns=("2434-561X",)))
    )
    hand.live(NEXT, at("P1", Venue(name="Notes"), "aggregator"))
    assert venues(store) == [("Notes", "1758-5880", 1), ("Notes", "2434-561X", 1), ("Notes", None, 1)]


def test_two_venues_of_one_name_that_a_source_keeps_apart_stay_two(tmp_path: Path) -> None:
    """In one batch and in two."""
    first, second = at("W1", Venue(name="Proceedings", id="S1")), at("W2", Venue(name="Proceedings", id="S2"))
    for name, batches in (("one.db", [(first, second)]), ("two.db", [(first,), (second,)])):
        with a_store(tmp_path, name) as store:
            for batch in batches:
                Hand(store).live(DAY, *batch)
            assert venues(store) == [("Proceedings", None, 1), ("Proceedings", None, 1)]


def test_figures_are_kept_by_year_and_origin_whoever_outranks_the_venue(hand: Hand, store: Store) -> None:
    def stating(value: str, year: int | None, title: str) -> Record:
        return record(
            "10.5555/a", "aggregator", doi="10.5555/a", title=title,
            venue=Venue(name="Harbours", metrics=(Metric("impact_factor", value, year),)),
        )  # fmt: skip

    hand.live(DAY, record(doi="10.5555/a", title="A", venue=Venue(name="Harbours", id="S1", issns=("1758-5880",))))
    hand.file("2025-06-01", stating("2.0", None, "a"))
    hand.file(DAY, stating("2.2", None, "b"))
    hand.file(DAY, stating("2.3", None, "c"))
    hand.file(DAY, stating("1.9", 2019, "d"))
    assert rows(store, "SELECT year, value, source FROM venue_metric ORDER BY year") == [
        (2019, "1.9", "aggregator"),
        (2025, "2.0", "aggregator"),
        (2026, "2.3", "aggregator"),
    ]
    assert one(store, "SELECT count(*) FROM venue") == 1


def test_a_venue_without_name_and_identifier_is_none(hand: Hand, store: Store) -> None:
    hand.live(DAY, at("W1", Venue(publisher="Quay")), at("W2", Venue(name="?!")))
    assert not venues(store)
    assert work(store, "venue") == (None,)
