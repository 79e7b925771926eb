"""Files into the store and kept payloads through it again; then all of the recorded literature at once."""

from __future__ import annotations

import contextlib
import gzip
import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harvester import sources
from harvester.errors import ParseError
from harvester.importing import Imported, import_files, reparse
from harvester.records import Identifier, Record
from harvester.store import Arrival, Store, Visit, payloads
from harvester.store.content import content_hash
from tests.build import DAY, a_store, aggregator_page, edges, in_review, one, openalex_work, rows, sizes

NOW = "2026-05-01T08:00:00Z"
LATER = "2026-06-01"


def works(path: Path, *lines: bytes) -> Path:
    """A file of JSON lines."""
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def state(store: Store) -> tuple[dict[str, int], str, list[tuple[object, ...]]]:
    """All that may not change when nothing changes."""
    return sizes(store), content_hash(store.db), rows(store, "SELECT type, name, sql FROM sqlite_schema ORDER BY 1, 2")


def imported(store: Store, *paths: Path, on: str = DAY) -> Imported:
    return import_files(store, paths, on, NOW)


# --- files ---


def test_files_of_every_form_are_told_apart_and_imported_together(store: Store, tmp_path: Path) -> None:
    plain = works(tmp_path / "a.jsonl", openalex_work(1), openalex_work(2))
    packed = tmp_path / "b.jsonl.gz"
    packed.write_bytes(gzip.compress(openalex_work(3)))
    page = tmp_path / "c.txt"
    page.write_bytes(aggregator_page(title="Harbour number 1 and its invented tides", doi="10.5555/harbour.1"))
    result = imported(store, plain, packed, page)
    assert [(file.path, file.received, file.problem) for file in result.files] == [
        (plain, 2, None),
        (packed, 1, None),
        (page, 1, None),
    ]
    assert (result.saved.received, result.saved.new_records, result.saved.new_works) == (4, 4, 3)
    assert rows(store, "SELECT doi, sources FROM works ORDER BY work") == [
        ("10.5555/harbour.1", "aggregator,openalex"),
        ("10.5555/harbour.2", "openalex"),
        ("10.5555/harbour.3", "openalex"),
    ]
    assert rows(store, 'SELECT run, kind, "on", status, received, new_works, finished FROM runs') == [
        (result.run, "import", DAY, "complete", 4, 3, NOW)
    ]


def test_to_import_the_same_again_changes_nothing_at_all(store: Store, tmp_path: Path) -> None:
    files = [
        works(tmp_path / "a.jsonl", openalex_work(1), b'{"id": "broken"}', openalex_work(2, cited_by_count="many")),
        works(tmp_path / "b.json", aggregator_page()),
        works(
            tmp_path / "c.json",
            aggregator_page(abstract=None, authors=None, volume="17", citationCount=None, fieldsOfStudy="x"),
        ),
    ]
    assert imported(store, *files).run == 1
    before = state(store)
    for on in (DAY, LATER):
        result = imported(store, *reversed(files), on=on)
        assert (result.saved.anything, result.run, result.quarantined) == (False, None, 0)
        assert state(store) == before


@pytest.mark.parametrize("thin_first", [False, True])
def test_two_files_about_one_article_lose_nothing_in_either_order(
    store: Store, tmp_path: Path, *, thin_first: bool
) -> None:
    thick = works(tmp_path / "thick.json", aggregator_page())
    thin = works(
        tmp_path / "thin.json",
        json.dumps(
            {
                "title": "Exit from the invented clubs revisited",
                "doi": "10.5555/exits.9",
                "paperid": 4,
                "JCR": "Q1",
                "PMCID": "PMC7",
            }
        ).encode(),
    )
    for path in (thin, thick) if thin_first else (thick, thin):
        imported(store, path)
    found = rows(store, "SELECT title, doi, abstract, volume, issue, first_page, authors, citation_count FROM works")
    assert found == [
        (
            "Exit from the invented clubs revisited",
            "10.5555/exits.9",
            "We ask why clubs lose members.",
            "16",
            "3",
            "430",
            "Ada Example; Ben Sample",
            3,
        )
    ]
    assert store.works_named(Identifier("pmcid", "PMC7")) == [1]
    assert {name for (name,) in rows(store, "SELECT name FROM venue_metric")} == {
        "impact_factor",
        "quartile",
        "category",
    }


def test_a_bad_record_is_set_aside_with_its_file_and_number(store: Store, tmp_path: Path) -> None:
    path = works(tmp_path / "a.jsonl", openalex_work(1), b'{"id": "https://openalex.org/A5"}', b"{", openalex_work(2))
    result = imported(store, path)
    assert (result.files[0].received, result.files[0].quarantined, result.quarantined) == (4, 2, 2)
    assert [
        (origin, bool(why)) for origin, why in rows(store, "SELECT origin, reason FROM quarantine ORDER BY id")
    ] == [
        ("a.jsonl, record 2", True),
        ("a.jsonl, record 3", True),
    ]
    assert [body for *_, body in store.quarantined()] == [b'{"id": "https://openalex.org/A5"}', b"{"]
    assert rows(store, "SELECT status, received, quarantined, new_works FROM runs") == [("partial", 2, 2, 2)]
    assert one(store, "SELECT count(*) FROM works") == 2


def test_a_file_of_bad_records_only_is_a_run_of_its_own(store: Store, tmp_path: Path) -> None:
    result = imported(
        store, works(tmp_path / "a.jsonl", b'{"id": "https://openalex.org/A5", "cited_by_count": 1, "authorships": []}')
    )
    assert (result.quarantined, result.run) == (1, 1)
    assert one(store, "SELECT status FROM runs") == "partial"


@pytest.mark.parametrize("bad", ["unknown form", "missing", "folder", "empty", "broken gzip", "cut list"])
def test_one_bad_file_among_good_ones_changes_nothing_and_is_told(store: Store, tmp_path: Path, bad: str) -> None:
    path = tmp_path / "bad.json"
    match bad:
        case "unknown form":
            path.write_text("title,year\n")
        case "folder":
            path.mkdir()
        case "empty":
            path.write_bytes(b"")
        case "broken gzip":  # what can be unpacked of it is a whole record, and must not be kept
            packed = gzip.compress(b"\n".join(openalex_work(n) for n in range(50, 3000)), 1)
            path.write_bytes(packed[: len(packed) // 2])
        case "cut list":
            path.write_bytes(b"[" + openalex_work(50) + b"," + openalex_work(51)[:-9])
    good = works(tmp_path / "a.jsonl", openalex_work(1)), works(tmp_path / "b.jsonl", openalex_work(2))
    result = imported(store, good[0], path, good[1])
    assert [file.path for file in result.refused] == [path]
    problem = result.refused[0].problem or ""
    assert "bad.json" in problem
    assert "\n" not in problem
    assert rows(store, "SELECT source_id FROM record WHERE first_seen IS NOT NULL ORDER BY id") == [("W1",), ("W2",)]
    assert one(store, "SELECT status FROM runs") == "partial"
    assert store.check()["integrity"] == "ok"
    with a_store(tmp_path, "good.db") as other:
        imported(other, *good)
        assert content_hash(other.db) == content_hash(store.db)


def test_only_bad_files_leave_no_trace(store: Store, tmp_path: Path) -> None:
    before = state(store)
    result = imported(store, tmp_path / "missing.json")
    assert (len(result.refused), result.run) == (1, None)
    assert state(store) == before


def test_a_text_and_its_article_find_each_other_whichever_file_comes_first(tmp_path: Path) -> None:
    abstract = " ".join(f"We follow tidal rope number {n} along the quay of the {n * 7}th harbour." for n in range(12))
    text = tmp_path / "words.txt"
    text.write_text(f"{abstract}\nPolicy implications\n- Ropes: Keep them dry.\n")
    article = works(tmp_path / "a.json", aggregator_page(abstract=f"<p>{abstract}</p>"))
    for number, order in enumerate(([text, article], [article, text])):
        with a_store(tmp_path, f"{number}.db") as store:
            assert [imported(store, path).placed for path in order] == [0, 1]
            assert rows(store, "SELECT title, text FROM highlight") == [("Ropes", "Keep them dry.")]
            assert in_review(store) == set()
            assert one(store, "SELECT count(*) FROM works") == 1


# --- all or nothing ---


class _InjectedError(Exception):
    pass


@pytest.mark.parametrize("filled", [False, True])
def test_a_failure_in_the_middle_leaves_the_file_as_it_was(store: Store, tmp_path: Path, *, filled: bool) -> None:
    """Indexes that were put away for a bulk load included."""
    if filled:
        imported(store, works(tmp_path / "z.jsonl", openalex_work(90)))
    before = state(store)

    def fail(done: int) -> None:
        if done == 2:
            raise _InjectedError

    paths = [works(tmp_path / f"{n}.jsonl", openalex_work(n)) for n in (1, 2, 3)]
    with pytest.raises(_InjectedError):
        import_files(store, paths, DAY, NOW, progress=fail)
    assert state(store) == before
    assert not store.db.in_transaction
    assert imported(store, *paths).saved.new_works == 3


def test_a_bulk_load_ends_with_every_index_of_a_file_built_slowly(store: Store, tmp_path: Path) -> None:
    built_slowly = state(store)[2]
    dropped: list[str] = []
    store.db.set_trace_callback(lambda sql: dropped.append(sql) if sql.startswith("DROP INDEX") else None)
    imported(store, works(tmp_path / "a.jsonl", openalex_work(1)))
    assert dropped, "an empty file is loaded in bulk"
    assert state(store)[2] == built_slowly
    dropped.clear()
    imported(store, works(tmp_path / "b.jsonl", openalex_work(2)))
    store.db.set_trace_callback(None)
    assert not dropped, "a filled one is not"


def test_joining_stays_a_matter_of_indexes_during_a_bulk_load(store: Store) -> None:
    """The work of a record, and the identifiers of one, are looked up for every join."""
    with store.bulk():
        for select in ("SELECT source FROM record WHERE work = 1", "SELECT value FROM identifier WHERE record = 1"):
            [plan] = [row[3] for row in rows(store, f"EXPLAIN QUERY PLAN {select}")]
            assert plan.startswith("SEARCH"), plan


def test_a_reader_sees_nothing_of_an_import_before_its_end(store: Store, tmp_path: Path) -> None:
    seen: list[int] = []
    with contextlib.closing(sqlite3.connect(store.path)) as bare:
        look = lambda _done: seen.append(bare.execute("SELECT count(*) FROM works").fetchone()[0])  # noqa: E731
        import_files(store, [works(tmp_path / f"{n}.jsonl", openalex_work(n)) for n in (1, 2)], DAY, NOW, progress=look)
        assert seen == [0, 0]
        look(0)
    assert seen[-1] == 2


def test_records_beyond_one_batch_are_numbered_and_told_on(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harvester.importing.BATCH", 2)
    told: list[int] = []
    path = works(tmp_path / "a.jsonl", *(openalex_work(n * 10) for n in (1, 2, 3)), b"{", openalex_work(50))
    result = import_files(store, [path], DAY, NOW, progress=told.append)
    assert (result.files[0].received, told) == (5, [2, 3, 4])
    assert one(store, "SELECT origin FROM quarantine") == "a.jsonl, record 4"


def test_the_day_of_a_count_is_the_records_own_or_else_the_imports(store: Store, tmp_path: Path) -> None:
    imported(store, works(tmp_path / "a.jsonl", openalex_work(3)), works(tmp_path / "b.json", aggregator_page()))
    assert rows(store, "SELECT source, day, count FROM citation_counts ORDER BY source") == [
        ("aggregator", DAY, 3),
        ("openalex", "2026-04-20", 3),
    ]


def test_drift_is_told_once_for_a_file(store: Store, tmp_path: Path) -> None:
    path = works(tmp_path / "a.jsonl", openalex_work(1, publication_year={"a": 1}))
    imported(store, path)
    imported(store, path)
    assert rows(store, "SELECT source, path, records FROM drift") == [("openalex", "publication_year", 1)]


def test_two_ids_that_share_only_a_pmid_are_two_works_and_a_question(store: Store, tmp_path: Path) -> None:
    ids = {"pmid": "https://pubmed.ncbi.nlm.nih.gov/7"}
    imported(store, works(tmp_path / "a.jsonl", openalex_work(1, ids=ids), openalex_work(2, ids=ids)))
    assert one(store, "SELECT count(*) FROM works") == 2
    assert in_review(store) == {("W2", 1)}


# --- reparse ---


def _filled(store: Store, folder: Path) -> None:
    """Files, a live answer on top of them, and one withdrawn abstract."""
    files = [
        works(folder / "a.jsonl", openalex_work(1, abstract_inverted_index={"We": [0], "ask.": [1]}), openalex_work(2)),
        works(
            folder / "b.json", aggregator_page(title="Harbour number 1 and its invented tides", doi="10.5555/harbour.1")
        ),
    ]
    imported(store, *files)
    saver = store.saver(sources.ranks(), sources.parser_of)
    for day, count in ((LATER, 8), ("2026-06-02", 9)):
        body = openalex_work(
            1, cited_by_count=count, updated_date="2026-05-15", referenced_works=[f"https://openalex.org/W{count}0"]
        )
        with store.transaction():
            saver.save(Visit("openalex", day, live=True), [Arrival(sources.parser_of("openalex")(body), body)])
            store.runs.observed("openalex", day)


def _damage(path: Path) -> None:
    """What a person with an SQLite shell can do."""
    with contextlib.closing(sqlite3.connect(path)) as shell, shell:
        shell.execute("UPDATE work SET title = 'spoilt', abstract = NULL, year = 1900, origin = '{}', venue = NULL")
        shell.execute("UPDATE authorship SET name = 'Nobody'")
        shell.execute("DELETE FROM work_subject")
        shell.execute("UPDATE count_by_year SET count = 99")
        shell.execute("DELETE FROM identifier WHERE scheme = 'doi'")
        shell.execute("DELETE FROM citation WHERE last_seen IS NULL")


def test_a_reparse_builds_anew_what_was_spoilt_and_nothing_else(store: Store, tmp_path: Path) -> None:
    _filled(store, tmp_path)
    before = sizes(store), content_hash(store.db), edges(store), rows(store, "SELECT * FROM observation")
    _damage(store.path)
    assert content_hash(store.db) != before[1]
    told: list[tuple[int, int]] = []
    result = reparse(store, "2026-07-01", NOW, progress=lambda done, of: told.append((done, of)))
    assert (result.saved.received, result.failed, result.recovered) == (3, 0, 0)
    assert told[-1] == (3, 3)
    after = sizes(store) | {name: before[0][name] for name in ("run", "was")}  # that it was spoilt is history
    known_later = rows(store, "SELECT DISTINCT first_seen FROM identifier WHERE scheme = 'doi'")
    assert known_later, "what was deleted by hand has lost its first day, and only that"
    assert rows(store, "SELECT title, year, doi, authors, citation_count, sources FROM works ORDER BY work") == [
        ("Harbour number 1 and its invented tides", 2024, "10.5555/harbour.1", "Mira Kai", 9, "aggregator,openalex"),
        ("Harbour number 2 and its invented tides", 2024, "10.5555/harbour.2", "Mira Kai", 2, "openalex"),
    ]
    assert {key: after[key] for key in after if not key.startswith("work_text")} == {
        key: before[0][key] for key in before[0] if not key.startswith("work_text")
    }
    assert rows(store, "SELECT * FROM observation") == before[3]
    assert [edge[:2] for edge in edges(store)] == [edge[:2] for edge in before[2]]
    assert rows(store, "SELECT kind, status, received FROM runs ORDER BY run DESC LIMIT 1") == [
        ("reparse", "complete", 3)
    ]


@pytest.mark.parametrize("damaged", [False, True])
def test_a_reparse_gives_the_very_same_content(store: Store, tmp_path: Path, *, damaged: bool) -> None:
    _filled(store, tmp_path)
    before = content_hash(store.db)
    if damaged:
        with contextlib.closing(sqlite3.connect(store.path)) as shell, shell:
            shell.execute("UPDATE work SET title = 'spoilt', abstract = 'spoilt'")
            shell.execute("UPDATE authorship SET name = 'Nobody', author = 1")
    reparse(store, "2026-07-01", NOW)
    assert content_hash(store.db) == before
    assert one(store, "SELECT count(*) FROM work_text WHERE work_text MATCH 'spoilt'") == 0
    store.db.execute("INSERT INTO work_text (work_text, rank) VALUES ('integrity-check', 1)")


def test_a_reparse_takes_out_of_quarantine_what_can_be_read_now(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = openalex_work(2)
    parser_of = sources.parser_of
    with monkeypatch.context() as patch:
        patch.setattr(sources, "parser_of", lambda source: _picky(body, parser_of(source)))
        imported(store, works(tmp_path / "a.jsonl", openalex_work(1), body, b"{"))
    assert one(store, "SELECT count(*) FROM quarantine") == 2
    assert one(store, "SELECT count(*) FROM works") == 1
    result = reparse(store, LATER, NOW)
    assert result.recovered == 1
    assert [body for *_, body in store.quarantined()] == [b"{"]
    assert rows(store, "SELECT source_id, first_seen FROM record WHERE work = 2") == [("W2", "2026-04-20")]


def _picky(refused: bytes, parse: Callable[[bytes], Record]) -> Callable[[bytes], Record]:
    def picky(body: bytes) -> Record:
        if body == refused:
            raise ParseError("not understood yet")
        return parse(body)

    return picky


def test_a_reparse_keeps_what_it_cannot_read_any_more(store: Store, tmp_path: Path) -> None:
    imported(store, works(tmp_path / "a.jsonl", openalex_work(1), openalex_work(2)))
    store.db.execute("UPDATE payload SET body = ? WHERE record = 1", (payloads.compress(b"{"),))
    before = rows(store, "SELECT * FROM works")
    result = reparse(store, LATER, NOW)
    assert (result.failed, result.saved.received) == (1, 1)
    assert rows(store, "SELECT * FROM works") == before
    assert one(store, "SELECT status FROM runs WHERE kind = 'reparse'") == "partial"


# --- the recorded literature ---


@pytest.fixture(scope="module")
def literature(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, str]]:
    """Everything the folder has of it, imported once; and the content's hash before the last folder came."""
    synergy = sorted((shared / "corpus/openalex/synergy").glob("*.jsonl.gz"))
    with a_store(tmp_path_factory.mktemp("literature")) as store:
        import_files(store, [*sorted((shared / "seed").glob("*.txt")), *synergy], "2026-11-23", NOW)
        totals = store.row("totals") or {}
        assert (totals["works"], totals["citations"], totals["doubts"], totals["quarantined"]) == (7234, 248_890, 3, 0)
        without_domain = content_hash(store.db)
        import_files(store, sorted((shared / "corpus/domain").glob("*.json")), "2026-11-23", NOW)
        yield store, without_domain


@pytest.mark.slow
def test_the_recorded_literature_is_so_many_works_and_edges(literature: tuple[Store, str]) -> None:
    store, _ = literature
    totals = store.row("totals") or {}
    assert (totals["works"], totals["citations"], totals["quarantined"]) == (7250, 248_890, 0)
    held = "SELECT count(*) FROM citation c JOIN record a ON a.id = c.citing JOIN record b ON b.id = c.cited "
    assert one(store, held + "WHERE a.work IS NOT NULL AND b.work IS NOT NULL") == 20_286
    assert store.check()["integrity"] == "ok"


@pytest.mark.slow
def test_shared_pmids_and_a_blog_with_an_articles_title_are_asked_about_and_nothing_else(
    literature: tuple[Store, str],
) -> None:
    store, _ = literature
    found = rows(store, "SELECT r.work <> v.work, r.source_id, v.why FROM review v JOIN record r ON r.id = v.record")
    assert len(found) == 4
    assert all(apart for apart, *_ in found)
    alike = [(name, why) for _, name, why in found if not why.startswith("shares pmid")]
    assert alike == [("10.34879/gesisblog.2022.63", "a title that goes on where the other ends, year: score 8.0")]
    assert one(store, "SELECT count(*) FROM record WHERE decision = 'match'") == 0


@pytest.mark.slow
def test_the_seed_is_one_work_with_its_highlights_and_loses_no_field(literature: tuple[Store, str]) -> None:
    store, _ = literature
    [number] = store.works_named(Identifier("doi", "10.1111/1758-5899.70005"))
    found = store.row("work", work=number) or {}
    assert (found["volume"], found["issue"], found["first_page"], found["last_page"]) == ("16", "3", "430", "441")
    assert (found["year"], found["date"], found["venue"]) == (2025, "2025-05-19", "Global Policy")
    assert len(store.rows("work_highlights", work=number)) == 4
    assert [row["name"] for row in store.rows("work_authors", work=number)] == ["Mikhail Polianskii"]
    figures = {row["name"]: row["value"] for row in store.rows("venue_metrics", venue=found["venue_number"])}
    assert (figures["impact_factor"], figures["quartile"], figures["category"]) == (
        "2.2",
        "Q1",
        "INTERNATIONAL RELATIONS",
    )
    assert {row["year"] for row in store.rows("venue_metrics", venue=found["venue_number"])} == {2026}


@pytest.mark.slow
def test_the_eleven_works_of_a_bibliography_are_eleven(literature: tuple[Store, str]) -> None:
    store, _ = literature
    assert one(store, "SELECT count(DISTINCT work) FROM record WHERE source = 'bibliography'") == 11
    assert one(store, "SELECT count(*) FROM record WHERE source = 'bibliography'") == 11


@pytest.mark.slow
def test_the_recorded_literature_again_is_the_same_content(
    literature: tuple[Store, str], shared: Path, tmp_path: Path
) -> None:
    """Into the same file: nothing changes. Into another, in two sittings: the very same."""
    store, without_domain = literature
    everything = (
        sorted((shared / "seed").glob("*.txt")),
        sorted((shared / "corpus/openalex/synergy").glob("*.jsonl.gz")),
    )
    before = state(store)
    assert imported(store, *everything[0], *everything[1][:3], on="2026-12-01").run is None
    assert state(store) == before
    with a_store(tmp_path, "second.db") as second:
        import_files(second, everything[0], "2026-11-23", NOW)
        import_files(second, everything[1], "2026-11-23", NOW)
        assert content_hash(second.db) == without_domain
