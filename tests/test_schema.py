"""The file: tables and views as promised, migrations that are whole or not at all, what is no database of ours."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from harvester import schema, titles
from harvester.errors import StoreError
from harvester.store import Store, connection
from tests.build import DAY, Hand, a_store, counts, one, record, rows

# The views are the contract with dashboards: a column may be added at the end of a release, never renamed or removed.
EXPECTED_VIEWS = {
    "authors": "author name orcid is_person works first_year last_year",
    "change_parts": "work doi title year venue on source source_id part n detail known_on",
    "changes": "work doi title year venue on kind source before after why gained unexplained parts read_on counted held "
    "source_id reason",
    "citation_counts": "work doi title year venue source day count",
    "citation_growth": "work doi title year venue source count gained from_date to_date gained_per_30_days",
    "families": "work doi title year venue family role counts citing_held members union_citing why",
    "freshness": "source records last_seen complete_as_of requests allowance remaining resets_at blocked_until blocked_why "
    "key_refused_at stale_since",
    "held_counts": "work doi title year venue source source_id before count first_day last_day seen state class settled_on "
    "ended_on again_on again listed why",
    "field_history": "work doi title year venue source field value first_seen last_seen reason",
    "funding": "work doi title year venue funder funder_id award source",
    "decisions": "decision kind on at who why works records review undoes undone_by",
    "doubts": "work doi title year venue review source source_id candidate candidate_doi candidate_title candidate_year "
    "candidate_venue why on",
    "inbox": "work doi title year venue item state citing_work citing_doi citing_title citing_year citing_date citing_id source "
    "since watches changed_on who note carried_on gone_since items",
    "marks": "work doi title year venue seed seed_doi seed_title state changed_on at who note",
    "new_citations": "work doi title year venue source citing_work citing_doi citing_title citing_year citing_date citing_id "
    "first_seen gone_since influential is_new created self_citation same_venue",
    "news": "work doi title year venue on kind source before after why source_id",
    "problems": "kind on source work subject why review",
    "identifiers": "work doi title year venue scheme value source source_id first_seen alias outdated_on",
    "notices": "work doi title year venue kind notice origin source on_day first_seen last_seen",
    "retractions": "work doi title year venue kind retracted_work retracted_doi retracted_title notices said_by denied_by "
    "taken_back_by on_day since cited cited_by_watched",
    "runs": "run kind on status started finished asks asks_done expected received missing absent failed quarantined new_works "
    "changed requests note",
    "source_comparison": "work doi title year venue openalex semantic_scholar crossref opencitations datacite aggregator "
    "sources gap highest next_highest",
    "splices": "work doi title year venue on source gone successor before after gained",
    "venues": "venue name issn_l issns type publisher works first_year last_year metrics",
    "watches": "watch kind value label added_on works last_seen sources depth since cap in_settings",
    "works": "work doi title year venue openalex semantic_scholar date type language issn_l volume issue first_page last_page "
    "is_oa oa_status oa_url url is_retracted authors citation_count sources first_seen last_seen abstract "
    "abstract_status license",
}
# Tables are private, but a change of one is a migration, and a migration is a decision.
EXPECTED_TABLES = {
    "_sqlite_migrations": "id migration_set name applied_at",
    "affiliation": "work position institution",
    "agency": "prefix agency asked_on",
    "author": "id key name name_key orcid",
    "authorship": "work position author name corresponding affiliation",
    "budget": "source next_at allowance remaining reset_at blocked_until blocked_why requests key_refused_at",
    "change_part": "record on_day known_on part n detail",
    "citation": "citing cited first_seen last_seen influential read_in created author_self venue_self intents",
    "citation_context": "citing cited contexts",
    "citation_event": "cited on_day citing kind",
    "citing_list": "record on_day count held status",
    "common_stem": "stem works",
    "count_by_year": "record year first_seen count gained",
    "digest": "id on_day at watch items",
    "drift": "source kind path first_seen last_seen records of_day read",
    "family_member": "family work role why",
    "field_value": "record field first_seen last_seen value before reason",
    "decision": "id kind on_day at who why question works records opened changes undoes undone_by",
    "event": "id on_day kind source record work before after why decision",
    "former_work": "id work on_day why",
    "funder": "id key name identifier",
    "held_count": "record first_day last_day count seen before ended_on again_on again listed class settled_on why",
    "highlight": "work position title text source",
    "identifier": "scheme value record first_seen alias outdated_on",
    "inbox_item": "id cited citing since carried_on",
    "inbox_state": "id item state on_day at who note",
    "inbox_watch": "item watch carried_on",
    "mark": "id seed marked state on_day at who note",
    "institution": "id key name ror country",
    "observation": "record first_seen last_seen count gained",
    "observed_day": "source day",
    "payload": "id record hash body seen_on",
    "quarantine": "id run source origin hash body reason on_day unasked",
    "record": "id source source_id work decision why first_seen last_seen references_on citing_on citing_from citing_count "
    "cited_on gone_on successor",
    "relation": "record kind scheme value origin on_day first_seen last_seen",
    "review": "id record work why on_day state",
    "run": "id kind on_day started finished status received new_works changed quarantined requests note",
    "source_day": "source day read moved high fell zeroed",
    "standing": "record count since last_seen rises",
    "subject": "id scheme name",
    "task": "run position source stage watch ask cursor pages expected received absent failed status why",
    "title_block": "hash work",
    "unaccounted": "record since",
    "unanswered": "run source scheme value answer why",
    "unseen": "record what until last_seen",
    "venue": "id name name_key issn_l type publisher",
    "venue_identifier": "scheme value venue",
    "venue_metric": "venue name year source value",
    "was": "of key until row",
    "watch": "id kind value label added_on sources depth since cap listed",
    "watch_entry": "watch record added_on removed_on",
    "verdict": "record other same decision",
    "watch_record": "watch record",
    "work": "id title abstract year date type language venue volume issue first_page last_page doi is_oa oa_status "
    "oa_url url is_retracted authors_truncated origin license abstract_status",
    "written_day": "day work record venue author",
    "work_funding": "work position funder award source",
    "work_subject": "work subject score",
    "work_term": "term doc cnt",
    "work_text": "title abstract",
}


@pytest.fixture
def bare(store: Store) -> Iterator[sqlite3.Connection]:
    """The file as a dashboard opens it: the bare module, read-only, no help from the program."""
    with contextlib.closing(sqlite3.connect(f"{store.path.as_uri()}?mode=ro", uri=True)) as opened:
        yield opened


def columns(db: sqlite3.Connection, kind: str) -> dict[str, str]:
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = ?", (kind,))]
    return {
        name: " ".join(column for _, column, *_ in db.execute(f'PRAGMA table_info("{name}")'))
        for name in names
        if not name.startswith("work_text_")  # FTS5's own
    }


# --- what is there ---


def test_the_columns_of_every_view_and_table_are_as_promised(bare: sqlite3.Connection) -> None:
    assert columns(bare, "view") == EXPECTED_VIEWS
    assert columns(bare, "table") == EXPECTED_TABLES


def test_every_table_is_strict_and_what_is_only_a_key_has_no_rowid(store: Store) -> None:
    lax = {
        name
        for name, kind, strict in rows(store, "SELECT name, type, strict FROM pragma_table_list WHERE schema = 'main'")
        if kind == "table" and not strict and not name.startswith("sqlite_") and name != schema_of_migrations
    }
    assert lax == set()
    keyed = {
        name
        for name, no_rowid in rows(store, "SELECT name, wr FROM pragma_table_list WHERE schema = 'main'")
        if no_rowid
    }
    assert {"identifier", "citation", "observation", "authorship", "watch_record"} <= keyed


schema_of_migrations = "_sqlite_migrations"  # made by sqlite-utils


def test_the_file_is_in_wal_mode_with_foreign_keys_on_and_says_whose_it_is(store: Store) -> None:
    pragmas = ("journal_mode", "foreign_keys", "application_id", "user_version")
    assert [one(store, f"PRAGMA {name}") for name in pragmas] == ["wal", 1, schema.APPLICATION_ID, schema.fingerprint()]
    with pytest.raises(sqlite3.IntegrityError):
        store.db.execute("INSERT INTO payload (record, hash, body, seen_on) VALUES (404, x'00', x'00', ?)", (DAY,))


def test_every_view_and_query_can_be_read_on_an_empty_and_on_a_filled_file(store: Store) -> None:
    for _ in range(2):
        for view in EXPECTED_VIEWS:
            rows(store, f'SELECT * FROM "{view}"')
        Hand(store).live(DAY, record(title="A", doi="10.5555/a", cited_by_count=1, references=("W2",)))
    assert one(store, "SELECT count(*) FROM works") == 1


def test_no_column_of_a_view_is_a_number_that_only_this_file_knows(store: Store) -> None:
    """Venues, authors and works have numbers of their own; records have none a reader could use."""
    assert "record" not in " ".join(EXPECTED_VIEWS.values()).split()
    assert set(schema.views()) == set(EXPECTED_VIEWS)


# --- migrations ---


def test_to_migrate_again_does_nothing(store: Store) -> None:
    before = rows(store, "SELECT name, sql FROM sqlite_schema ORDER BY name"), one(store, "PRAGMA schema_version")
    assert schema.migrate(store.db) == []
    with Store(store.path) as again:
        assert (
            rows(again, "SELECT name, sql FROM sqlite_schema ORDER BY name"),
            one(again, "PRAGMA schema_version"),
        ) == before


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A monkeypatch for schema's files; their fingerprint is reckoned anew before and after."""
    schema.fingerprint.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    schema.fingerprint.cache_clear()


def more(pretend: pytest.MonkeyPatch, what: str, **files: str) -> None:
    now = getattr(schema, what)() | files
    pretend.setattr(schema, what, lambda: now)
    schema.fingerprint.cache_clear()


def test_a_view_file_that_changes_is_remade_and_one_that_is_gone_goes(
    tmp_path: Path, pretend: pytest.MonkeyPatch
) -> None:
    more(pretend, "views", former="SELECT 1 AS a")
    with a_store(tmp_path) as store:
        assert rows(store, "SELECT * FROM former") == [(1,)]
    now = {name: sql for name, sql in schema.views().items() if name != "former"} | {"works": "SELECT 2 AS b"}
    pretend.setattr(schema, "views", lambda: now)
    schema.fingerprint.cache_clear()
    with pytest.raises(StoreError, match="another version"):
        Store(tmp_path / "harvest.db", read_only=True)
    with Store(tmp_path / "harvest.db") as store:
        assert columns(store.db, "view") == EXPECTED_VIEWS | {"works": "b"}


def test_a_new_migration_is_applied_to_a_file_that_is_in_use(tmp_path: Path, pretend: pytest.MonkeyPatch) -> None:
    with a_store(tmp_path) as store:
        Hand(store).live(DAY, record(title="A"))
    more(pretend, "migrations", **{"0002_more": "CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT;"})
    with Store(tmp_path / "harvest.db") as store:
        assert "more" in columns(store.db, "table")
        assert one(store, "SELECT title FROM work") == "A"
        assert schema.migrate(store.db) == []


def test_a_file_from_before_the_fields_keeps_its_works_and_what_had_drifted(
    tmp_path: Path, pretend: pytest.MonkeyPatch
) -> None:
    spine = {"0001_spine": schema.migrations()["0001_spine"]}
    pretend.setattr(schema, "migrations", lambda: spine)
    pretend.setattr(schema, "views", dict)
    schema.fingerprint.cache_clear()
    with a_store(tmp_path) as store:
        store.db.execute("INSERT INTO work (title, abstract, origin) VALUES ('A', 'We ask.', '{}')")
        store.db.execute("INSERT INTO drift VALUES ('openalex', 'ids.mag', ?, ?, 7)", (DAY, DAY))
    pretend.undo()
    schema.fingerprint.cache_clear()
    with Store(tmp_path / "harvest.db") as store:
        assert rows(store, "SELECT title, abstract, abstract_status, license FROM works") == [
            ("A", "We ask.", None, None)
        ]
        assert rows(store, "SELECT kind, subject, why FROM problems") == [
            ("drift", "ids.mag", "unexpected shape in 7 records; left out")
        ]
        assert columns(store.db, "table") == EXPECTED_TABLES
        assert columns(store.db, "view") == EXPECTED_VIEWS


def test_matching_is_brought_to_works_held_before_it(tmp_path: Path, pretend: pytest.MonkeyPatch) -> None:
    """Their titles are put into blocks, and keys are spelt as today: ø is folded, which it was not."""
    first = {"0001_spine": schema.migrations()["0001_spine"]}
    pretend.setattr(schema, "migrations", lambda: first)
    schema.fingerprint.cache_clear()
    title, name = "The Øresund harbours: their gulls and their nets", "Mira Kjær"
    with contextlib.closing(connection.connect(tmp_path / "harvest.db", create=True)) as old:
        old.executescript(
            f"""INSERT INTO work (id, title, title_hash, origin) VALUES (1, '{title}', 7, '{{}}'), (2, 'Editorial', 8, '{{}}');
            INSERT INTO venue (id, name, name_key) VALUES (1, 'Ærø Havne', 'ærø havne');
            INSERT INTO author (id, key, name, name_key) VALUES (1, 'name:mira kjær', '{name}', 'kjær m');"""
        )
    pretend.undo()
    schema.fingerprint.cache_clear()
    with Store(tmp_path / "harvest.db") as store:
        assert {hash_ for hash_, _ in rows(store, "SELECT hash, work FROM title_block")} == set(titles.blocks(title))
        assert rows(store, "SELECT DISTINCT work FROM title_block") == [(1,)]
        assert rows(store, "SELECT name_key FROM venue") == [("aero havne",)]
        assert rows(store, "SELECT key, name_key FROM author") == [("name:mira kjaer", "kjaer m")]
        assert columns(store.db, "table") == EXPECTED_TABLES


def test_a_file_from_before_the_tracker_keeps_every_count(tmp_path: Path, pretend: pytest.MonkeyPatch) -> None:
    """Each with its days, what stands apart from it; citations by year as of the day the record was last seen."""
    before = {name: sql for name, sql in schema.migrations().items() if name < "0008"}
    pretend.setattr(schema, "migrations", lambda: before)
    pretend.setattr(schema, "views", dict)
    schema.fingerprint.cache_clear()
    with a_store(tmp_path) as store:
        store.db.executescript(
            """INSERT INTO work (id, title, origin) VALUES (1, 'A', '{}');
            INSERT INTO record (id, source, source_id, work, last_seen, citing_on, citing_count) VALUES
                (1, 'openalex', 'W1', 1, '2026-05-09', '2026-05-08', 4),
                (2, 'crossref', '10.5555/a', 1, '2026-05-02', NULL, NULL), (3, 'openalex', 'W3', NULL, NULL, NULL, NULL);
            INSERT INTO observation VALUES (1, '2026-05-01', '2026-05-02', 7, NULL), (1, '2026-05-03', '2026-05-03', 5, -2),
                (1, '2026-05-05', '2026-05-09', 9, 4), (2, '2026-05-02', '2026-05-02', 0, NULL);
            INSERT INTO count_by_year VALUES (1, 2025, 3), (1, 2026, 6);
            INSERT INTO citation (citing, cited, first_seen, last_seen) VALUES
                (3, 1, '2026-05-08', NULL), (2, 1, '2026-05-01', '2026-05-02');"""
        )
    pretend.undo()
    schema.fingerprint.cache_clear()
    with Store(tmp_path / "harvest.db") as store:
        assert counts(store, "W1") == [
            ("2026-05-01", "2026-05-02", 7, None),
            ("2026-05-03", "2026-05-03", 5, -2),
            ("2026-05-05", "2026-05-09", 9, 4),
        ]
        assert counts(store, "10.5555/a") == [("2026-05-02", "2026-05-02", 0, None)]
        assert rows(store, "SELECT * FROM standing ORDER BY record") == [
            (1, 9, "2026-05-05", "2026-05-09", 4),
            (2, 0, "2026-05-02", "2026-05-02", 0),
        ]
        assert one(store, "SELECT count(*) FROM observation WHERE last_seen IS NULL") == 2
        assert rows(store, "SELECT * FROM count_by_year ORDER BY year") == [
            (1, 2025, "2026-05-09", 3, None),
            (1, 2026, "2026-05-09", 6, None),
        ]
        assert rows(store, "SELECT * FROM citing_list") == [(1, "2026-05-08", 4, 1, "done")]
        assert one(store, "SELECT count(*) FROM citation") == 2
        assert not rows(store, "PRAGMA foreign_key_check")
        assert columns(store.db, "table") == EXPECTED_TABLES


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize(
    ("what", "file"),
    [
        ("migrations", {"0002_bad": "CREATE TABLE half (id INTEGER); INSERT INTO half VALUES (1); SELECT nonsense;"}),
        ("views", {"zzz": "SELECT nonsense FROM"}),
    ],
    ids=["migration", "view"],
)
def test_a_migration_that_fails_leaves_nothing_half_done(
    tmp_path: Path, pretend: pytest.MonkeyPatch, what: str, file: dict[str, str], *, fresh: bool
) -> None:
    path = tmp_path / "harvest.db"
    if not fresh:
        with a_store(tmp_path) as store:
            before = rows(store, "SELECT name, sql FROM sqlite_schema ORDER BY name")
    more(pretend, what, **file)
    with pytest.raises(StoreError, match="cannot use"):
        Store(path, create=True)
    with contextlib.closing(sqlite3.connect(path)) as bare:
        found = bare.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall()
        version = bare.execute("PRAGMA user_version").fetchone()[0]
    pretend.undo()
    schema.fingerprint.cache_clear()
    assert (found, version) == (([], 0) if fresh else (before, schema.fingerprint()))
    with Store(path) as store:
        assert columns(store.db, "view") == EXPECTED_VIEWS


def test_a_file_of_a_newer_program_is_refused_and_left_alone(tmp_path: Path, pretend: pytest.MonkeyPatch) -> None:
    more(pretend, "migrations", **{"9999_future": "CREATE TABLE future (id INTEGER PRIMARY KEY) STRICT;"})
    a_store(tmp_path).close()
    pretend.undo()
    schema.fingerprint.cache_clear()
    with pytest.raises(StoreError, match=r"newer harvester \(it has 9999_future\); update the program"):
        Store(tmp_path / "harvest.db")
    with contextlib.closing(sqlite3.connect(tmp_path / "harvest.db")) as bare:
        assert "future" in columns(bare, "table")
        assert set(columns(bare, "view")) == set(EXPECTED_VIEWS)


# --- what is no database of ours ---


def test_a_database_of_another_program_is_refused_without_a_byte_changed(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    with contextlib.closing(sqlite3.connect(path)) as theirs:
        theirs.execute("CREATE TABLE theirs (a)")
    before = path.read_bytes()
    for options in ({}, {"create": True}, {"read_only": True}):
        with pytest.raises(StoreError, match="database of another program"):
            Store(path, **options)
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["theirs.db"]


@pytest.mark.parametrize("options", [{}, {"create": True}, {"read_only": True}], ids=["open", "create", "read"])
@pytest.mark.parametrize("what", ["text", "folder", "cut short", "missing folder", "long name"])
def test_what_cannot_be_opened_is_told_in_one_line(tmp_path: Path, what: str, options: dict[str, bool]) -> None:
    path = tmp_path / "harvest.db"
    match what:
        case "text":
            path.write_text("title,year\n" * 1000)
        case "folder":
            path.mkdir()
        case "cut short":
            a_store(tmp_path).close()
            path.write_bytes(path.read_bytes()[:5000])
        case "missing folder":
            path = tmp_path / "nowhere" / "harvest.db"
        case "long name":
            path = tmp_path / ("x" * 5000)
    with pytest.raises(StoreError) as caught:
        Store(path, **options)
    assert "\n" not in str(caught.value)
    assert path.name in str(caught.value)


def test_no_file_is_made_unless_asked_for(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no database .* init"):
        Store(tmp_path / "harvest.db")
    with pytest.raises(StoreError, match="there is no database"):
        Store(tmp_path / "harvest.db", read_only=True)
    assert not list(tmp_path.iterdir())


def test_a_name_full_of_what_means_something_in_a_url_is_a_name(tmp_path: Path) -> None:
    name = "a b?mode=memory#%41&.db"
    a_store(tmp_path, name).close()
    assert name in {found.name for found in tmp_path.iterdir()}


def test_a_store_opened_to_read_cannot_write_and_says_so(store: Store) -> None:
    Hand(store).live(DAY, record(title="A"))
    with Store(store.path, read_only=True) as reader:
        assert one(reader, "SELECT title FROM works") == "A"
        with pytest.raises(StoreError, match="cannot be written: attempt to write a readonly"), reader.transaction():
            reader.db.execute("DELETE FROM run")


def test_a_full_disk_is_told_in_one_line_and_undoes_the_transaction(store: Store) -> None:
    Hand(store).live(DAY, record(title="A"))
    pages = one(store, "PRAGMA page_count")
    store.db.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreError, match="cannot be written: database or disk is full; is there room"):
        Hand(store).live(DAY, *(record(f"W{n}", title="B", abstract=f"{n} " * 5000) for n in range(40)))
    assert not store.db.in_transaction
    store.db.execute(f"PRAGMA max_page_count = {pages + 10_000}")
    Hand(store).live(DAY, record("W2", title="C"))
    assert rows(store, "SELECT title FROM work ORDER BY id") == [("A",), ("C",)]
    assert store.check()["integrity"] == "ok"


def test_a_copy_made_with_the_ordinary_tools_opens(store: Store, tmp_path: Path) -> None:
    Hand(store).live(DAY, record(title="A"))
    store.close()
    shutil.copy(store.path, tmp_path / "copy.db")
    with Store(tmp_path / "copy.db", read_only=True) as copy:
        assert one(copy, "SELECT title FROM works") == "A"


# --- transactions ---


class _InjectedError(Exception):
    pass


def start(store: Store, day: str) -> None:
    store.runs.start("import", day, "now")


def days(store: Store) -> list[str]:
    return [day for (day,) in rows(store, "SELECT on_day FROM run ORDER BY id")]


def test_a_transaction_is_whole_and_one_inside_it_can_fail_alone(store: Store) -> None:
    with store.transaction():
        start(store, "outer")
        with store.transaction():
            start(store, "kept")
            with pytest.raises(_InjectedError), store.transaction():
                start(store, "lost")
                with store.transaction():
                    start(store, "lost with it")
                raise _InjectedError
        start(store, "after")
    assert days(store) == ["outer", "kept", "after"]
    with pytest.raises(_InjectedError), store.transaction():
        with store.transaction():
            start(store, "inner")
        raise _InjectedError
    assert days(store) == ["outer", "kept", "after"]
    assert not store.db.in_transaction


def test_a_commit_that_fails_undoes_everything_and_leaves_no_transaction_open(store: Store) -> None:
    """What stayed open would swallow every later transaction as a part of itself, and never be written."""
    with pytest.raises(sqlite3.IntegrityError), store.transaction():
        store.db.execute("PRAGMA defer_foreign_keys = ON")
        store.db.execute("INSERT INTO watch_record VALUES (404, 404)")
    assert not store.db.in_transaction
    with store.transaction():
        start(store, "next")
    with Store(store.path) as other:
        assert days(other) == ["next"]
        assert not rows(other, "SELECT 1 FROM watch_record")


def test_a_reader_sees_the_file_as_it_was_when_it_began_to_read(store: Store, bare: sqlite3.Connection) -> None:
    def seen() -> list[tuple[int, int]]:
        return bare.execute("SELECT (SELECT count(*) FROM works), (SELECT count(*) FROM citation_counts)").fetchall()

    hand = Hand(store)
    hand.live(DAY, record("W1", title="A", cited_by_count=1))
    assert seen() == [(1, 1)]
    with store.transaction():
        hand.live(DAY, record("W2", title="B", cited_by_count=1))
        assert seen() == [(1, 1)], "not before it is whole"
    bare.execute("BEGIN")
    assert seen() == [(2, 2)]
    hand.live(DAY, record("W3", title="C", cited_by_count=1))
    store.checkpoint()
    assert seen() == [(2, 2)], "one reading, one state"
    bare.execute("COMMIT")
    assert seen() == [(3, 3)]


def test_a_second_writer_is_told_the_file_is_busy_when_it_has_waited_in_vain(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.01)
    with Store(store.path) as other, store.transaction():
        with pytest.raises(StoreError, match="busy.*another program holds it"), other.transaction():
            pass
        assert not other.db.in_transaction


_HOLDER = """
import sys
from pathlib import Path
from harvester.store import Store
with Store(Path(sys.argv[1])) as store:
    with store.transaction():
        store.runs.start("import", "theirs", "now")
        print("holding", flush=True)
        sys.stdin.readline()
"""


def test_a_writer_waits_for_the_other_process_and_then_sees_its_work(store: Store) -> None:
    command = [sys.executable, "-c", textwrap.dedent(_HOLDER), str(store.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == "holding\n"
        assert days(store) == []
        release = threading.Timer(0.2, lambda: print("go", file=holder.stdin, flush=True))
        release.start()
        with store.transaction():
            assert days(store) == ["theirs"]
            start(store, "ours")
        release.join()
    assert days(store) == ["theirs", "ours"]


def test_processes_that_make_the_file_at_the_same_time_all_get_it(tmp_path: Path) -> None:
    script = "import sys; from pathlib import Path; from harvester.store import Store; sys.stdin.readline(); "
    script += "Store(Path(sys.argv[1]), create=True).close()"
    command = [sys.executable, "-c", script, str(tmp_path / "harvest.db")]
    makers = [subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    with contextlib.ExitStack() as stack:
        for maker in makers:
            stack.enter_context(maker)
        for maker in makers:
            assert maker.stdin is not None
            maker.stdin.write("go\n")
            maker.stdin.flush()
        assert [(maker.communicate()[1], maker.returncode) for maker in makers] == [("", 0)] * 4
    with Store(tmp_path / "harvest.db") as store:
        assert columns(store.db, "view") == EXPECTED_VIEWS
