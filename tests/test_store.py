"""What the store says of itself and how it is asked: the hash of its content, names and numbers, words, payloads."""

from __future__ import annotations

from pathlib import Path

import pytest

from harvester.records import Identifier, Record
from harvester.store import Store
from harvester.store.content import content_hash
from tests.build import DAY, TITLE, Hand, a_store, body_of, record

NEXT = "2026-05-02"


def literature(count: int = 3) -> tuple[Record, ...]:
    return (
        record("W1", doi="10.5555/a", title=TITLE, cited_by_count=count, authors=["Mira Kai"], references=("W2", "W9")),
        record("W2", doi="10.5555/b", title="Tides that were made up", abstract="We ask.", cited_by_count=0),
    )


# --- the hash of the content ---


def test_equal_content_has_an_equal_hash_in_another_file_and_after_reopening(tmp_path: Path) -> None:
    hashes = []
    for name in ("here.db", "there.db"):
        with a_store(tmp_path, name) as made:
            Hand(made).live(DAY, *literature())
            hashes.append(content_hash(made.db))
        with Store(tmp_path / name, read_only=True) as again:
            hashes.append(again.check()["content_hash"])
    assert len(set(hashes)) == 1


def test_runs_and_pace_are_no_content(hand: Hand, store: Store) -> None:
    hand.live(DAY, *literature())
    before = content_hash(store.db)
    run = store.runs.start("harvest", DAY, "08:00")
    store.runs.finish(run, "complete", "09:00")
    store.book().requested("openalex")
    assert content_hash(store.db) == before


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE observation SET count = 4 WHERE count = 3",
        "UPDATE observation SET first_seen = '2026-04-30' WHERE count = 3",
        "DELETE FROM citation WHERE cited = (SELECT id FROM record WHERE source_id = 'W9')",
        "UPDATE work SET title = 'tides that were made up' WHERE id = 2",
        "UPDATE work SET abstract = NULL WHERE id = 2",
        "INSERT INTO identifier (scheme, value, record, first_seen) VALUES ('pmid', '1', 1, '2026-05-01')",
        "INSERT INTO observed_day VALUES ('openalex', '2026-05-02')",
    ],
)
def test_any_change_of_content_changes_the_hash(hand: Hand, store: Store, change: str) -> None:
    hand.live(DAY, *literature())
    before = content_hash(store.db)
    assert store.db.execute(change).rowcount == 1
    assert content_hash(store.db) != before


def test_a_count_one_higher_is_other_content(tmp_path: Path) -> None:
    hashes = set()
    for count in (3, 4):
        with a_store(tmp_path, f"{count}.db") as made:
            Hand(made).live(DAY, *literature(count))
            hashes.add(content_hash(made.db))
    assert len(hashes) == 2


def test_dangling_references_are_told_by_the_check(hand: Hand, store: Store) -> None:
    hand.live(DAY, *literature())
    assert store.check()["integrity"] == "ok"
    store.db.execute("PRAGMA foreign_keys = OFF")
    store.db.execute("DELETE FROM record WHERE source_id = 'W9'")
    assert store.check()["integrity"] == "ok; 1 dangling references"


# --- asking ---


def test_works_are_found_by_name_and_by_number_also_after_a_join(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("W1", doi="10.5555/a", title=TITLE))
    hand.live(DAY, record("P1", "aggregator", pmid="1", title=TITLE))
    assert store.works_named(Identifier("doi", "10.5555/a")) == [1]
    assert store.works_named(Identifier("pmid", "1")) == [2]
    assert store.works_named(Identifier("pmid", "2")) == []
    assert (store.work_numbered(1), store.work_numbered(2), store.work_numbered(3)) == (1, 2, None)
    hand.live(NEXT, record("S1", "semantic_scholar", doi="10.5555/a", pmid="1", title=TITLE))
    assert store.works_named(Identifier("pmid", "1")) == [1]
    assert (store.work_numbered(1), store.work_numbered(2), store.work_numbered(3)) == (1, 1, None)
    assert [found["source_id"] for found in store.rows("work_records", work=1)] == ["W1", "P1", "S1"]


@pytest.mark.parametrize("asked", ["Résumé", "resume", "RESUMES", "Ortiz", "œuvre"])
def test_words_are_found_without_their_diacritics_and_endings(hand: Hand, store: Store, asked: str) -> None:
    hand.live(DAY, record("W1", title="Un résumé of Ortíz", abstract="On the œuvre."), record("W2", title="Else"))
    found = store.rows("search", match=f'"{asked}"', as_of=DAY, limit=10)
    assert [row["title"] for row in found] == ["Un résumé of Ortíz"]
    assert store.rows("search", match=f'"{asked}"', as_of="2026-04-30", limit=10) == [], "not held yet on that day"


@pytest.mark.parametrize("size", [1, 2, 100])
def test_every_record_read_gives_its_newest_payload_once(hand: Hand, store: Store, size: int) -> None:
    first, second = literature()
    other, changed = record("S1", "semantic_scholar", title="Another harbour altogether"), literature(9)[0]
    hand.live(DAY, first, second)
    hand.live(DAY, other)
    hand.live(NEXT, changed)
    given = [(source, body) for source, bodies in store.newest_payloads(size) for body in bodies]
    assert sorted(given) == sorted((each.source, body_of(each)) for each in (changed, second, other))
    assert len(given) == store.payload_count(), "W9 is only named: it has said nothing"
