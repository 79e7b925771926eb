"""What changed and why: accounts kept for every day they were known on, the view's sentences, the command."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from harvester import schema, sources
from harvester.cli import app
from harvester.config import Settings
from harvester.harvest import connected, harvest
from harvester.importing import import_files
from harvester.orders import order
from harvester.records import Citing, Edge, Identifier
from harvester.sandbox import Sandbox
from harvester.sources.semantic_scholar import fetch as semantic_scholar
from harvester.store import Store
from harvester.tracker.changes import changes
from harvester.tracking import Tracking
from tests.build import Hand, one, openalex_work, record, rows

FIRST, SECOND, THIRD, FOURTH = "2026-05-01", "2026-05-08", "2026-05-15", "2026-05-22"
DOI, PREPRINT = "10.5555/quay.1", "10.48550/arxiv.2301.00001"


class Desk:
    """Weekly harvests of one source, small enough to follow: counts, lists of citing works, and the account afterwards."""

    def __init__(self, store: Store) -> None:
        self.store, self.hand = store, Hand(store)
        self.run = 0

    def week(self, day: str, count: int, citing: Iterable[str] | None = None, cited: str = "W1", **fields: Any) -> None:
        """The count of a work, and the whole list of works citing it where it could be read."""
        self.run += 1
        said = {"title": f"Quays of {cited}", "cited_by_count": count} | fields
        self.hand.live(day, record(cited, **said))
        if citing is not None:
            self.hand.citing(day, self.run, cited, *citing, count=count)
        self.account(day)

    def published(self, dates: dict[str, str | None], cited: str = "W1", day: str = FIRST) -> None:
        """What the source states of the dates of citing works."""
        for name, stated in dates.items():
            self.hand.live(day, record(name, title=f"Citing {name}", date=stated, doi=f"10.5555/{name.lower()}"))

    def account(self, day: str, tracking: Tracking | None = None) -> int:
        with self.store.transaction():
            return self.store.account(day, tracking or Tracking())


@pytest.fixture
def desk(store: Store) -> Desk:
    """Work W1 with a count of 2 and two citing works, W2 and W3, on the first day."""
    made = Desk(store)
    made.week(FIRST, 2, ["W2", "W3"])
    return made


def whys(store: Store, day: str | None = None) -> list[str]:
    return [row["why"] for row in changes(store, as_of=FOURTH, on=day, limit=100)]


def parts_of(store: Store, day: str) -> dict[str, int]:
    """The parts of the only change of a count on a day."""
    [found] = rows(store, "SELECT parts FROM changes WHERE \"on\" = ? AND kind IN ('gained', 'lost')", day)
    return dict(json.loads(found[0]))


def test_a_change_is_told_in_a_sentence_and_by_its_parts(desk: Desk, store: Store) -> None:
    desk.published({"W4": "2026-04-02", "W5": "2026-05-01", "W6": "2019-07-01"})
    desk.week(SECOND, 5, ["W2", "W3", "W4", "W5", "W6"])
    [row] = changes(store, as_of=SECOND)
    assert row["why"] == "openalex counts 3 more: 2 new citing works, 1 old work indexed late (2019); 0 unexplained"
    assert (row["before"], row["after"], row["gained"], row["unexplained"]) == ("2", "5", 3, 0)
    assert row["parts"] == {"late": 1, "new": 2}
    assert (row["read_on"], row["counted"], row["held"], row["source_id"]) == (SECOND, 5, 5, "W1")
    told = rows(store, "SELECT work, title, source, source_id, part, n, detail, known_on FROM change_parts")
    assert [row[:6] for row in told] == [
        (1, "Quays of W1", "openalex", "W1", "late", 1),
        (1, "Quays of W1", "openalex", "W1", "new", 2),
    ]
    assert [json.loads(row[6])["citing"] for row in told] == [
        [{"id": "W6", "published": "2019-07-01"}],
        [{"id": "W4", "published": "2026-04-02"}, {"id": "W5", "published": "2026-05-01"}],
    ]


def test_works_that_vanish_and_come_back(desk: Desk, store: Store) -> None:
    desk.week(SECOND, 1, ["W2"])
    desk.week(THIRD, 2, ["W2", "W3"])
    assert whys(store, SECOND) == ["openalex counts 1 fewer: 1 citing work vanished; 0 unexplained"]
    assert whys(store, THIRD) == ["openalex counts 1 more: 1 citing work returned; 0 unexplained"]


def test_what_the_list_could_not_be_read_for_is_explained_when_it_is_and_was_not_known_before(
    desk: Desk, store: Store
) -> None:
    desk.week(SECOND, 3)
    assert whys(store, SECOND) == [
        "openalex counts 1 more: 1 unexplained (the citing works have not been read since 2026-05-01)"
    ]
    desk.published({"W4": "2026-04", "W5": "2026-05"})
    desk.week(THIRD, 4, ["W2", "W3", "W4", "W5"])
    assert [parts_of(store, day) for day in (SECOND, THIRD)] == [{"new": 1}, {"new": 1}]
    known = "SELECT on_day, known_on, part, n FROM change_part ORDER BY 1, 2"
    assert rows(store, known) == [(SECOND, THIRD, "new", 1), (THIRD, THIRD, "new", 1)]
    assert rows(store, f"SELECT count(*) FROM ({known}) WHERE known_on <= ?", SECOND) == [(0,)], (
        "as of that day: nothing"
    )


def test_an_account_that_gets_better_leaves_the_one_before(desk: Desk, store: Store) -> None:
    """The date of a citing work becomes known, and the interval is accounted for again."""
    desk.week(SECOND, 3, ["W2", "W3", "W4"])
    assert parts_of(store, SECOND) == {"late": 1}, "without a date"
    desk.published({"W4": "2026-05-02"}, day=THIRD)
    with store.transaction():
        store.db.execute("INSERT INTO unaccounted VALUES (1, ?)", (SECOND,))
    assert desk.account(THIRD) == 1
    assert parts_of(store, SECOND) == {"new": 1}
    assert rows(store, "SELECT known_on, part FROM change_part ORDER BY 1") == [(SECOND, "late"), (THIRD, "new")]
    with store.transaction():
        store.db.execute("INSERT INTO unaccounted VALUES (1, ?)", (SECOND,))
    assert desk.account(FOURTH) == 0, "nothing new is said"


def test_a_count_read_from_an_old_file_in_between_is_accounted_for(desk: Desk, store: Store) -> None:
    desk.published({"W4": "2026-05-01", "W5": "2026-05-02"})
    desk.week(THIRD, 4, ["W2", "W3", "W4", "W5"])
    assert parts_of(store, THIRD) == {"new": 2}
    desk.hand.file(FOURTH, record("W1", title="Quays of W1, older", cited_by_count=3, as_of=SECOND))
    assert parts_of(store, THIRD) == {"new": 2, "unexplained": -1}, "the parts sum to the difference at any time"
    assert desk.account(FOURTH) == 2
    assert [parts_of(store, day) for day in (SECOND, THIRD)] == [{"new": 1}, {"new": 1}]


def test_a_citing_work_that_became_another_is_no_loss(desk: Desk, store: Store) -> None:
    desk.published({"W3": "2020-01-01"})
    desk.hand.live(SECOND, record("W8", title="Citing W3", doi="10.5555/w3"), asked=Identifier("openalex", "W3"))
    desk.week(SECOND, 3, ["W2", "W8", "W9"])
    assert parts_of(store, SECOND) == {"merged": 0, "late": 1}
    [(detail,)] = rows(store, "SELECT detail FROM change_parts WHERE part = 'merged'")
    assert json.loads(detail) == {
        "citing": [
            {"id": "W8", "published": "2020-01-01", "kind": "appeared", "with": "W3"},
            {"id": "W3", "published": "2020-01-01", "kind": "vanished", "with": "W8"},
        ]
    }


def test_a_record_that_absorbs_another_takes_its_citing_works_over(desk: Desk, store: Store) -> None:
    desk.week(FIRST, 3, ["W5", "W6", "W7"], cited="W20")
    desk.hand.live(SECOND, record("W1", title="Quays of W1", cited_by_count=2), asked=Identifier("openalex", "W20"))
    desk.week(THIRD, 5, ["W2", "W3", "W5", "W6", "W7"])
    assert parts_of(store, THIRD) == {"merged": 3}
    assert whys(store, THIRD) == ["openalex counts 3 more: +3 by works that became one; 0 unexplained"]
    [splice] = changes(store, as_of=FOURTH, on=SECOND, kind="lost")
    assert splice["why"] == "W20 is gone and W1 answers in its place: openalex counts 1 fewer there"
    assert (splice["parts"], splice["before"], splice["after"]) == ({"merged": -1}, "3", "2")
    assert rows(store, 'SELECT part, n, detail FROM change_parts WHERE "on" = ?', SECOND) == [
        ("merged", -1, '{"gone":"W20","successor":"W1"}')
    ]


def test_a_series_that_was_the_others_already_is_not_spliced(desk: Desk, store: Store) -> None:
    desk.week(FIRST, 1, cited="W20")
    desk.hand.live(SECOND, record("W1", title="Quays of W1", cited_by_count=2), asked=Identifier("openalex", "W20"))
    assert rows(store, "SELECT * FROM splices") == []


def test_citing_works_of_another_version_that_count_here_now(store: Store) -> None:
    desk = Desk(store)
    named = {"title": "Leaving the harbour of invented states", "authors": ["Mira Kai"]}
    desk.week(FIRST, 2, ["W5", "W6"], cited="W30", doi=PREPRINT, type="preprint", year=2025, **named)
    desk.week(FIRST, 1, ["W2"], cited="W31", doi=DOI, type="article", year=2026, **named)
    assert one(store, "SELECT count(*) FROM families") == 2
    desk.week(SECOND, 4, ["W2", "W5", "W6", "W7"], cited="W31", doi=DOI, type="article", year=2026, **named)
    assert parts_of(store, SECOND) == {"versions": 2, "late": 1}
    [(detail,)] = rows(store, "SELECT detail FROM change_parts WHERE part = 'versions'")
    assert json.loads(detail)["citing"][0] == {"id": "W5", "kind": "appeared", "with": "W30"}
    assert "+2 by versions counted together" in whys(store, SECOND)[0]
    desk.week(THIRD, 3, ["W2", "W6", "W7"], cited="W31", doi=DOI, type="article", year=2026, **named)
    assert parts_of(store, THIRD) == {"versions": -1}, "W5 counts for the preprint again, which it had never left"


def test_a_source_that_indexes_anew_is_told_once_and_explains_what_edges_do_not(store: Store) -> None:
    desk = Desk(store)
    for number in range(1, 31):
        desk.hand.live(FIRST, record(f"W{number}", title=f"Quay {number}", cited_by_count=50))
    desk.hand.citing(FIRST, 1, "W1", "W900", "W901", count=50)
    for number in range(1, 31):
        desk.hand.live(SECOND, record(f"W{number}", title=f"Quay {number}", cited_by_count=48 if number < 13 else 50))
    desk.hand.citing(SECOND, 2, "W1", "W900", count=48)
    desk.account(SECOND)
    desk.account(SECOND)
    told = changes(store, as_of=SECOND, limit=100)
    assert (told[0]["kind"], told[0]["source"], told[0]["work"]) == ("reindexed", "openalex", None)
    assert told[0]["why"] == "openalex has indexed anew: 12 of 30 counts have fallen on one day"
    assert [row["parts"] for row in told[1:]] == [{"vanished": -1, "reindexed": -1}] + [{"reindexed": -2}] * 11
    assert one(store, "SELECT count(*) FROM event WHERE kind = 'reindexed'") == 1
    desk.hand.live(THIRD, *(record(f"W{n}", title=f"Quay {n} again", cited_by_count=60) for n in range(1, 31)))
    desk.account(THIRD)
    assert one(store, "SELECT count(*) FROM event WHERE kind = 'reindexed'") == 1, (
        "rises nobody has looked into are none"
    )


# --- why something is unexplained ---


def test_a_remainder_has_its_reason(desk: Desk, store: Store) -> None:
    desk.week(SECOND, 9, ["W2", "W3"], counts_by_year=((2019, 4), (2026, 2)))
    desk.week(THIRD, 7, ["W2", "W3"], counts_by_year=((2019, 1), (2026, 1)))
    desk.week(FOURTH, 8, None, cited="W1", counts_by_year=((2019, 2), (2026, 1)))
    assert [why.partition("unexplained ")[2] for why in whys(store)] == [
        "(the citing works have not been read since 2026-05-15; its counts by year moved in 2019: +1)",
        "(the citing works read on 2026-05-15 do not show it; its counts by year moved in 2019: -3, 2026: -1)",
        "(the citing works read on 2026-05-08 do not show it)",
    ]
    assert rows(store, 'SELECT detail FROM change_parts WHERE "on" = ?', THIRD) == [
        (json.dumps({"why": whys(store, THIRD)[0].partition("(")[2][:-1]}, separators=(",", ":")),)
    ]


@pytest.mark.parametrize(
    ("source", "listed", "why"),
    [
        ("crossref", None, "crossref does not list citing works"),
        ("openalex", None, "the citing works have never been read"),
        ("openalex", "short", "the list of citing works read on 2026-05-08 was not whole"),
        ("semantic_scholar", "capped", "semantic_scholar lists no more than 9,999 citing works: 1 of 12000 are held"),
        ("openalex", "capped", "openalex lists only a part of the citing works: 1 of 12000 are held"),
        ("openalex", "done", "the citing works were first read on 2026-05-08"),
    ],
)  # fmt: skip
def test_what_cannot_be_explained_says_why(store: Store, source: str, listed: str | None, why: str) -> None:
    hand = Hand(store)
    for day, count in ((FIRST, 11_000), (SECOND, 12_000)):
        hand.live(day, record("W1", source, title=f"Quays on {day}", cited_by_count=count))
    if listed:
        with store.transaction():
            hand.saver.save_edges(source, [Edge("W2", "W1")], SECOND, 1)
            hand.saver.listed(source, "W1", SECOND, 12_000, listed)
    with store.transaction():
        store.account(SECOND)
    assert whys(store) == [f"{source} counts 1000 more: 1000 unexplained ({why})"]


def test_the_view_names_the_sources_that_list_citing_works_and_the_longest_list() -> None:
    clients = {name: module.client(None) for name, module in sources.modules().items() if hasattr(module, "client")}
    ids = {name: "W1" if name == "openalex" else "10.5555/a" for name in clients}
    lists = {name for name, client in clients.items() if any(client.asks(Citing((ids[name],))))}
    view = schema.views()["changes"]
    named = view.partition("o.source NOT IN (")[2].partition(")")[0]
    assert {name.strip(" '") for name in named.split(",")} == lists
    assert f"no more than {semantic_scholar.LAST:,} citing works" in view


# --- finding them ---


@pytest.fixture
def busy(desk: Desk, store: Store) -> Store:
    """A file with changes of every kind on several days."""
    desk.published({"W4": "2026-05-01"})
    desk.week(SECOND, 4, ["W2", "W3", "W4"], oa_status="closed")
    desk.week(SECOND, 3, ["W3"], cited="W20", doi="10.5555/other")
    desk.week(THIRD, 9, oa_status="gold", is_retracted=True)
    desk.hand.live(THIRD, record("W20", title="Quays of W20", doi="10.5555/other", cited_by_count=7))
    desk.hand.live(FOURTH, record("W21", title="W21", cited_by_count=1), asked=Identifier("openalex", "W20"))
    with store.transaction():
        store.db.execute(
            "INSERT INTO event (on_day, kind, source, why) VALUES (?, 'source_stale', 'crossref', 'it stands still')",
            (THIRD,),
        )
    desk.account(FOURTH)
    return store


def keys(found: Iterable[dict[str, Any]]) -> list[str]:
    """Rows as one can compare them, whatever their order."""
    return sorted(json.dumps(row, sort_keys=True) for row in found)


def of_view(store: Store, where: str = "1") -> list[dict[str, Any]]:
    found = [dict(row) for row in store.db.execute(f"SELECT * FROM changes WHERE {where}")]
    return [row | {"parts": json.loads(row["parts"]) if row["parts"] else None} for row in found]


def test_what_is_found_is_what_the_view_has(busy: Store) -> None:
    everything = changes(busy, as_of=FOURTH, limit=1000)
    assert keys(everything) == keys(of_view(busy))
    assert [row["on"] for row in everything] == sorted((row["on"] for row in everything), reverse=True)
    assert {row["kind"] for row in everything} >= {"gained", "lost", "moved", "oa_opened", "retracted", "source_stale"}
    assert set(everything[0]) == {row[1] for row in rows(busy, "SELECT * FROM pragma_table_info('changes')")}
    assert changes(busy, as_of=FOURTH, limit=3) == everything[:3]
    for narrowed, where in (
        ({"on": THIRD}, f"\"on\" = '{THIRD}'"),
        ({"since": THIRD}, f"\"on\" >= '{THIRD}'"),
        ({"kind": "gained"}, "kind = 'gained'"),
        ({"source": "crossref"}, "source = 'crossref'"),
        ({"unexplained": True}, "unexplained <> 0"),
        ({"work": 1}, "work = 1"),
        ({"work": 1, "kind": "gained", "since": THIRD}, f"work = 1 AND kind = 'gained' AND \"on\" >= '{THIRD}'"),
        ({"watch": 404}, "0"),
        ({"watch": 404, "work": 1}, "0"),
    ):
        assert keys(changes(busy, as_of=FOURTH, limit=1000, **narrowed)) == keys(of_view(busy, where)), narrowed
    assert keys(changes(busy, as_of=SECOND, limit=1000)) == keys(of_view(busy, f"\"on\" <= '{SECOND}'"))
    assert changes(busy, as_of=SECOND, on=THIRD) == []


def test_the_parts_of_every_row_sum_to_it(busy: Store) -> None:
    counted = [row for row in of_view(busy) if row["gained"] is not None]
    assert len(counted) >= 4
    assert all(sum(row["parts"].values()) == row["gained"] for row in counted)
    sums = rows(
        busy, 'SELECT work, "on", source, source_id, sum(n) FROM change_parts GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 4'
    )
    assert sums == [
        (row["work"], row["on"], row["source"], row["source_id"], row["gained"])
        for row in sorted(counted, key=lambda row: (row["work"], row["on"], row["source_id"]))
    ]


@pytest.mark.parametrize(
    ("where", "first"),
    [("\"on\" = '2026-05-15'", "SCAN s"), ("work = 7", "SEARCH r USING INDEX record_work (work=?)"),
     ("\"on\" >= '2026-05-15' AND source = 'openalex'", "SCAN s")],
)  # fmt: skip
def test_a_day_reads_what_stands_once_and_a_work_only_its_own_records(store: Store, where: str, first: str) -> None:
    plan = [row[3] for row in store.db.execute(f"EXPLAIN QUERY PLAN SELECT * FROM changes WHERE {where}")]
    counted = plan[plan.index("CO-ROUTINE o") + 1 :]
    assert counted[0] == first
    assert any(step.startswith("SEARCH c USING PRIMARY KEY (record=? AND first_seen") for step in counted[:3])
    assert {"SCAN r", "SCAN p", "SCAN f", "SCAN n"}.isdisjoint(" ".join(step.split()[:2]) for step in plan)


def test_the_command_shows_what_changed_on_a_narrow_terminal(busy: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = CliRunner().invoke(app, ["--db", str(busy.path), "changes", "1", "--format", "table"])
    assert said.exit_code == 0, said.output
    assert max(map(len, said.output.splitlines())) <= 80
    assert "1 new citing work" in " ".join(said.output.split())
    said = CliRunner().invoke(app, ["--db", str(busy.path), "changes", "--on", THIRD, "--kind", "gained", "-f", "json"])
    told = json.loads(said.output)
    assert list(told[0])[:11] == [
        "work", "doi", "title", "year", "venue", "on", "kind", "source", "before", "after", "why",
    ]  # fmt: skip
    assert CliRunner().invoke(app, ["--db", str(busy.path), "changes", "--on", "2020-01-01"]).exit_code == 0


def test_a_day_and_a_first_day_exclude_each_other(store: Store, tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["--db", str(store.path), "changes", "--on", THIRD, "--since", FIRST])
    assert "exclude each other" in str(said.exception)


# --- where accounts are given ---


def test_an_import_accounts_for_what_it_moves(store: Store, tmp_path: Path) -> None:
    for number, (day, count) in enumerate((("2026-04-20", 3), ("2026-05-20", 9), ("2026-05-02", 5))):
        file = tmp_path / f"{number}.json"
        file.write_bytes(openalex_work(7, cited_by_count=count, updated_date=day))
        import_files(store, [file], FOURTH, f"{FOURTH}T00:00:00+00:00")
    assert one(store, "SELECT count(*) FROM unaccounted") == 0
    told = rows(store, "SELECT \"on\", gained, unexplained FROM changes WHERE kind = 'gained' ORDER BY 1")
    assert told == [("2026-05-02", 2, 2), ("2026-05-20", 4, 4)]


@pytest.mark.loopback
def test_a_harvest_accounts_for_what_it_sees(store: Store) -> None:
    """The stand-in's counts are its edges: where the lists of citing works were read, nothing is left unexplained."""
    monday = date(2026, 8, 31)
    with store.transaction():
        store.watches.add(order("doi:10.1111/1758-5899.70005", "work"), monday.isoformat())
    with Sandbox(seed=3, works=90, on=monday) as box:
        urls = {"openalex": box.openalex_url, "semantic_scholar": box.semantic_scholar_url}
        for _ in range(6):
            on = box.on.isoformat()
            with connected(Settings(database=store.path, urls=urls), store) as clients:
                harvest(store, clients, on, lambda: "2026-08-31T00:00:00+00:00")
            box.move_to(box.on + timedelta(weeks=3))
    told = rows(store, "SELECT read_on IS NOT NULL, unexplained <> 0, parts FROM changes WHERE gained IS NOT NULL")
    assert (1, 0, '{"new":1}') in told
    assert {unexplained for read, unexplained, _ in told if read} == {0}


def test_real_sets_that_grow_and_shrink_are_explained_to_the_last_work(shared: Path, store: Store) -> None:
    """Dated sets of real ids, each taken for the whole list of works citing one; a list cut at 1,000 explains nothing."""
    desk = Desk(store)
    wanted: list[tuple[str, str, int, int]] = []
    before: dict[str, set[str]] = {}
    with (shared / "corpus/timeseries/citing_sets.jsonl").open() as lines:
        sets = sorted((json.loads(line) for line in lines), key=lambda row: (row["seed"], row["observed_on"]))
    for row in sets:
        cited, day, ids = f"{row['relation']} {row['seed']}", row["observed_on"], set(row["ids"])
        whole = row["reported_total"] in (None, len(ids))
        desk.week(day, row["reported_total"] or len(ids), ids if whole else None, cited=cited)
        if whole:  # as a harvest does: the list confirms a count that fell
            with store.transaction():
                desk.hand.saver.listed_again("openalex", cited, len(ids), day)
            desk.account(day)
        else:
            with store.transaction():
                desk.hand.saver.listed("openalex", cited, day, row["reported_total"], "capped")
        if whole and cited in before and len(ids) != len(before[cited]):
            wanted.append((cited, day, len(ids - before[cited]), -len(before[cited] - ids)))
        before[cited] = ids
    told = {
        (cited, day): (json.loads(parts), unexplained)
        for cited, day, parts, unexplained in rows(
            store, 'SELECT source_id, "on", parts, unexplained FROM changes WHERE gained IS NOT NULL'
        )
    }
    assert len(wanted) >= 4
    for cited, day, appeared, vanished in wanted:
        parts, unexplained = told[cited, day]
        assert (sum(n for name, n in parts.items() if name != "vanished"), parts.get("vanished", 0)) == (
            appeared,
            vanished,
        )
        assert unexplained == 0
    capped = [why for why in whys(store, "2023-11-21") if "only a part" in why]
    assert capped == [
        "openalex counts 143 more: 143 unexplained (openalex lists only a part of the citing works: 0 of 9509 are held)"
    ]
