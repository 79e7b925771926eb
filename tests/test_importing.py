"""Files in, once and whole: quarantine, refused files, bulk loading, the same files again, reparse."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from harvester import sources
from harvester.errors import Busy, ParseError
from harvester.importing import import_files, reparse
from harvester.store import Store
from harvester.store.lock import run_lock
from harvester.store.saving import Saver
from tests.build import a_store, aggregator_page, counts, one, openalex_work, rows, sizes

ON, NEXT, NOW = "2026-05-01", "2026-06-01", "2026-05-01T06:00:00+00:00"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with a_store(tmp_path) as opened:
        yield opened


def lines(folder: Path, name: str, *bodies: bytes) -> Path:
    path = folder / name
    path.write_bytes(b"\n".join(bodies) + b"\n")
    return path


def harbours(folder: Path, name: str = "harbours.jsonl", first: int = 10, more: int = 5) -> Path:
    return lines(folder, name, *(openalex_work(number) for number in range(first, first + more)))


def test_a_bad_record_is_set_aside_with_its_place_and_the_others_come_in(store: Store, tmp_path: Path) -> None:
    path = lines(
        tmp_path, "mixed.jsonl", openalex_work(10), b'{"id": "https://openalex.org/W11", broken', openalex_work(12)
    )
    result = import_files(store, [path], ON, NOW)
    assert (result.quarantined, result.saved.new_works, result.refused) == (1, 2, [])
    assert rows(store, "SELECT origin, source, on_day FROM quarantine") == [("mixed.jsonl, record 2", "openalex", ON)]
    assert rows(store, "SELECT status, quarantined FROM runs") == [("partial", 1)]
    again = import_files(store, [path], NEXT, NOW)
    assert (again.run, one(store, "SELECT count(*) FROM quarantine")) == (None, 1)


def test_a_bad_file_among_good_ones_changes_nothing_of_its_own(store: Store, tmp_path: Path) -> None:
    cut = tmp_path / "cut.jsonl.gz"
    whole = gzip.compress(b"\n".join(openalex_work(number) for number in range(50, 4000)))
    cut.write_bytes(whole[: len(whole) // 2])
    unknown = tmp_path / "novel.bin"
    unknown.write_bytes(b"\x00\x01\x02 once upon a time")
    result = import_files(store, [harbours(tmp_path), cut, unknown, harbours(tmp_path, "more.jsonl", 20)], ON, NOW)
    assert [file.path.name for file in result.refused] == ["cut.jsonl.gz", "novel.bin"]
    assert all(file.path.name in (file.problem or "") for file in result.refused)
    assert one(store, "SELECT count(*) FROM work") == 10
    assert one(store, "SELECT count(*) FROM record WHERE source_id = 'W60'") == 0
    assert rows(store, "SELECT status FROM runs") == [("partial",)]


def test_an_empty_database_filled_in_bulk_is_like_any_other(tmp_path: Path) -> None:
    def shape(opened: Store) -> list[tuple[object, ...]]:
        return rows(opened, "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name")

    with a_store(tmp_path, "empty.db") as empty, a_store(tmp_path, "bulk.db") as bulk:
        import_files(bulk, [harbours(tmp_path)], ON, NOW)
        assert shape(bulk) == shape(empty)
        assert bulk.check()["integrity"] == "ok"


def test_whatever_fails_in_the_middle_leaves_the_database_as_it_was(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_files(store, [harbours(tmp_path)], ON, NOW)
    before, save, calls = (sizes(store), store.check()), Saver.save, []

    def failing(self: Saver, *words: object) -> object:
        calls.append(words)
        if len(calls) == 2:
            raise RuntimeError("power cut")
        return save(self, *words)  # type: ignore[arg-type]

    monkeypatch.setattr(Saver, "save", failing)
    files = [harbours(tmp_path, "b.jsonl", 30), harbours(tmp_path, "c.jsonl", 40)]
    with pytest.raises(RuntimeError):
        import_files(store, files, ON, NOW)
    assert (sizes(store), store.check()) == before
    monkeypatch.setattr(Saver, "save", save)
    assert import_files(store, files, ON, NOW).saved.new_works == 10


def test_the_same_files_again_change_nothing(store: Store, tmp_path: Path) -> None:
    page = lines(tmp_path, "page.json", aggregator_page())
    thin = lines(tmp_path, "thin.json", aggregator_page(JCR=None, citationCount=None, abstract=None))
    files = [harbours(tmp_path), page, thin]
    import_files(store, files, ON, NOW)
    before = sizes(store), store.check()
    for day in (ON, NEXT):
        result = import_files(store, list(reversed(files)), day, NOW)
        assert (result.run, result.saved.anything) == (None, False)
        assert (sizes(store), store.check()) == before
    assert one(store, "SELECT value FROM venue_metric WHERE name = 'quartile'") == "Q1"
    assert one(store, "SELECT count(*) FROM work WHERE abstract LIKE 'We ask%'") == 1


def test_an_older_dump_takes_its_place_in_time_and_overwrites_nothing(store: Store, tmp_path: Path) -> None:
    newer = openalex_work(10, updated_date="2026-04-20", cited_by_count=9, title="The new title of harbour ten")
    older = openalex_work(10, updated_date="2023-03-29", cited_by_count=4, title="The old title of harbour ten")
    import_files(store, [lines(tmp_path, "new.jsonl", newer)], ON, NOW)
    import_files(store, [lines(tmp_path, "old.jsonl", older)], NEXT, NOW)
    assert rows(store, "SELECT title FROM work") == [("The new title of harbour ten",)]
    assert counts(store, "W10") == [("2023-03-29", "2023-03-29", 4, None), ("2026-04-20", "2026-04-20", 9, 5)]


def test_reparse_rebuilds_what_was_spoilt(store: Store, tmp_path: Path) -> None:
    import_files(store, [harbours(tmp_path), lines(tmp_path, "page.json", aggregator_page())], ON, NOW)
    before = store.check()
    with store.transaction():
        store.db.execute("UPDATE work SET title = 'spoilt', abstract = NULL, year = 1900")
        store.db.execute("DELETE FROM authorship WHERE work NOT IN (SELECT work FROM affiliation)")
    assert store.check() != before
    result = reparse(store, NEXT, NOW)
    assert (result.failed, result.recovered) == (0, 0)
    assert store.check() == before
    assert rows(store, "SELECT work FROM works WHERE title = 'spoilt'") == []
    assert len(store.rows("search", match='"harbour"', limit=50, as_of=ON)) == 5


def test_reparse_tries_what_is_in_quarantine_again_with_a_better_parser(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    openalex = sources.modules()["openalex"]
    better = openalex.parse

    def worse(body: bytes) -> object:
        if b"W11" in body[:60]:
            raise ParseError("this parser is not good enough")
        return better(body)

    monkeypatch.setattr(openalex, "parse", worse)
    assert import_files(store, [harbours(tmp_path)], ON, NOW).quarantined == 1
    monkeypatch.setattr(openalex, "parse", better)
    assert reparse(store, NEXT, NOW).recovered == 1
    assert one(store, "SELECT count(*) FROM quarantine") == 0
    assert one(store, "SELECT count(*) FROM work") == 5
    assert counts(store, "W11") == [("2026-04-20", "2026-04-20", 4, None)]  # the day the record states


def test_a_lock_that_is_held_is_said_to_be(tmp_path: Path) -> None:
    database = tmp_path / "harvest.db"
    with run_lock(database), pytest.raises(Busy, match="another harvest"), run_lock(database):
        pass
    with run_lock(database):  # released with the one who held it
        assert database.with_name("harvest.db.lock").exists()
