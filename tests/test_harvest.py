"""The conductor: against the sandbox over real HTTP with every fault it has, and against tiny sources made up here."""

from __future__ import annotations

import json
import multiprocessing
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import pytest

from harvester.config import Secret, Settings
from harvester.errors import (
    BadReply,
    BudgetSpent,
    ComeBackLater,
    ConfigError,
    PlanRequired,
    RateLimited,
    Refused,
    ReplyTooDeep,
    ReplyTooLarge,
    ServerFault,
    SourceError,
    Unreachable,
)
from harvester.harvest import Harvested, connected, harvest
from harvester.http import Door
from harvester.importing import reparse
from harvester.orders import order
from harvester.records import Ask, Citing, Edge, Failed, Identifier, Item, Lookup, Page, References, Search, VenueWorks
from harvester.sandbox import Sandbox
from harvester.sources import openalex, semantic_scholar
from harvester.store import Store
from harvester.tracker.growth import citing, growth
from tests.build import a_store

SEED, JOURNAL = "10.1111/1758-5899.70005", "1758-5880"
MONDAY = "2026-08-31"
EPOCH = 1_788_000_000.0


def week(number: int) -> str:
    """The day so many weeks after the first one."""
    return (date.fromisoformat(MONDAY) + timedelta(weeks=number)).isoformat()


def now() -> str:
    return "2026-01-01T00:00:00+00:00"


class Time:
    """What the doors take for time: nobody sleeps, and the hour is what a test makes it."""

    def __init__(self) -> None:
        self.naps: list[float] = []
        self.hour = EPOCH


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    found = Time()
    door = partial(Door, sleep=found.naps.append, clock=lambda: found.hour, rng=Random(1))
    monkeypatch.setattr("harvester.harvest.Door", door)
    return found


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few works a page, so that lists have many."""
    monkeypatch.setattr("harvester.sources.openalex.fetch._PER_PAGE", 7)
    monkeypatch.setattr("harvester.sources.semantic_scholar.fetch.PAGE", 5)


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(seed=3, works=90, on=date.fromisoformat(MONDAY)) as served:
        yield served


class Harvester:
    """The conductor, one database and a sandbox."""

    def __init__(self, store: Store, box: Sandbox, **more: Any) -> None:
        self.store, self.box = store, box
        urls = {"openalex": box.openalex_url, "semantic_scholar": box.semantic_scholar_url}
        self.settings = Settings(database=store.path, urls=urls, **more)

    def watch(self, *watched: tuple[str, str]) -> Harvester:
        watch(self.store, *watched)
        return self

    def run(self, on: str = MONDAY, *faults: str) -> Harvested:
        self.box.set_faults(faults)
        if date.fromisoformat(on) > self.box.on:
            self.box.move_to(date.fromisoformat(on))
        with connected(self.settings, self.store) as clients:
            return harvest(self.store, clients, on, now)

    def asked(self) -> list[tuple[str, str]]:
        """(service, target) of the requests so far."""
        return [(one.service, one.target) for one in self.box.requests]


def watch(store: Store, *watched: tuple[str, str]) -> None:
    with store.transaction():
        for kind, value in watched:
            store.watches.add(order(value, kind), MONDAY)


BOTH = (("work", f"doi:{SEED}"), ("venue", JOURNAL))


@pytest.fixture
def another(tmp_path: Path, box: Sandbox, time: Time) -> Iterator[Callable[[], Harvester]]:
    """Makes harvesters with a database of their own and the usual watches."""
    made: list[Store] = []

    def make(*watched: tuple[str, str], **more: Any) -> Harvester:
        made.append(Store(tmp_path / f"{len(made)}.db", create=True))
        return Harvester(made[-1], box, **more).watch(*(watched or BOTH))

    yield make
    for store in made:
        store.close()


def content(harvester: Harvester) -> str:
    found = harvester.store.check()
    assert found["integrity"] == "ok"
    return found["content_hash"]


def rows(store: Store, select: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in store.db.execute(select).fetchall()]


def said(harvester: Harvester) -> dict[str, list[tuple[Any, ...]]]:
    """All that was harvested, by the sources' own names: the numbers of our own depend on who answered first."""
    name = "r.source || ' ' || r.source_id"
    selects = {
        "records": f"SELECT {name}, r.first_seen, r.last_seen, r.references_on, r.citing_on, r.citing_from, r.citing_count, "
        "(SELECT min(m.source || ' ' || m.source_id) FROM record m WHERE m.work = r.work) FROM record r",
        "counts": f"SELECT {name}, o.first_seen, ifnull(o.last_seen, s.last_seen), o.count, o.gained "
        "FROM observation o JOIN standing s USING (record) JOIN record r ON r.id = o.record",
        "citations": f"SELECT {name}, q.source_id, c.first_seen, c.last_seen FROM citation c "
        "JOIN record r ON r.id = c.citing JOIN record q ON q.id = c.cited",
        "names": f"SELECT {name}, i.scheme, i.value, i.alias FROM identifier i JOIN record r ON r.id = i.record",
        "watched": f"SELECT w.watch, {name} FROM watch_record w JOIN record r ON r.id = w.record",
    }
    return {part: sorted(rows(harvester.store, select), key=repr) for part, select in selects.items()}


def statuses(store: Store, run: int) -> Counter[str]:
    return Counter(task.status for task in store.runs.tasks(run))


# --- in peace ------------------------------------------------------------------------------------------------------


@pytest.mark.loopback
def test_a_harvest_in_peace_is_complete_and_asks_in_batches(another: Callable[..., Harvester]) -> None:
    peaceful = another()
    result = peaceful.run()
    assert (result.status, result.faults, result.short, result.unasked) == ("complete", [], 0, [])
    kinds = Counter(
        (service, target.partition("?")[2].partition("%3A")[0] or target.rsplit("/", 1)[1].partition("?")[0])
        for service, target in peaceful.asked()
    )
    works = len(rows(peaceful.store, "SELECT DISTINCT record FROM watch_record"))
    assert works > 10
    # a list of the journal, who cites any of its works, what the watched article cites; all papers, then the article's
    openalex_kinds = {kind: count for (service, kind), count in kinds.items() if service == "openalex"}
    assert openalex_kinds == {
        "filter=primary_location.source.issn": 1,
        "filter=cites": 1,
        "filter=cited_by": 1,
        f"issn:{JOURNAL}": 1,  # the journal's own figures
    }
    assert sum(count for (service, _), count in kinds.items() if service == "semantic_scholar") == 3
    (run,) = peaceful.store.rows("runs", limit=9)
    assert run["requests"] == len(peaceful.asked())
    assert run["missing"] == run["failed"] == 0
    assert run["expected"] == run["received"] + run["absent"]
    fresh = {row["source"]: row["complete_as_of"] for row in peaceful.store.rows("freshness")}
    assert fresh == {"openalex": MONDAY, "semantic_scholar": MONDAY}


@pytest.mark.loopback
def test_a_second_harvest_on_the_day_changes_nothing_and_reads_no_list_of_citing_works(
    another: Callable[..., Harvester],
) -> None:
    harvester = another()
    harvester.run()
    before, asked = content(harvester), len(harvester.asked())
    result = harvester.run()
    assert content(harvester) == before
    assert not result.saved.anything
    assert (result.status, result.new_citations, result.news) == ("complete", 0, 0)
    assert [target for _, target in harvester.asked()[asked:] if "cit" in target.partition("?filter")[2]] == []


@pytest.mark.slow
@pytest.mark.loopback
def test_twelve_weeks_only_add_and_ask_who_cites_only_what_moved(another: Callable[..., Harvester]) -> None:
    harvester = another()
    counts: dict[tuple[str, str], int] = {}
    news = 0
    for number in range(12):
        asked = len(harvester.asked())
        result = harvester.run(week(number))
        assert (result.status, result.faults) == ("complete", [])
        news += result.news
        latest = "SELECT source, work, max(count) FROM citation_counts WHERE day = ? GROUP BY source, work"
        found = {tuple(row[:2]): row[2] for row in harvester.store.db.execute(latest, (week(number),))}
        assert found
        assert all(found.get(key, count) >= count for key, count in counts.items())
        moved = {key for key, count in found.items() if counts.get(key) != count}
        counts |= found
        cites = [target for service, target in harvester.asked()[asked:] if "filter=cites" in target]
        named = {name for target in cites for name in target.split("cites%3A")[1].split("&")[0].split("%7C")}
        if number:
            works = dict(rows(harvester.store, "SELECT source_id, work FROM record WHERE source = 'openalex'"))
            assert {("openalex", works[name]) for name in named} <= moved
            assert len(cites) <= 1
    held = rows(harvester.store, "SELECT sum(is_new), count(*) FROM new_citations WHERE source = 'openalex'")[0]
    assert held[1] > held[0] > 0
    assert news >= held[0]  # those of the other source too, each pair of works once
    assert rows(harvester.store, "SELECT count(*) FROM new_citations WHERE gone_since IS NOT NULL") == [(0,)]
    (run,) = harvester.store.rows("runs", limit=1)
    assert run["asks_done"] == run["asks"]


@pytest.mark.loopback
def test_an_unchanged_week_adds_no_row_of_counts(another: Callable[..., Harvester]) -> None:
    harvester = another(("work", f"doi:{SEED}"))
    harvester.run()
    before = rows(harvester.store, "SELECT record, first_seen, count FROM observation")
    asked = len(harvester.asked())
    with connected(harvester.settings, harvester.store) as clients:  # a week later, the literature stands still
        harvest(harvester.store, clients, week(1), now)
    assert rows(harvester.store, "SELECT record, first_seen, count FROM observation") == before
    last = rows(harvester.store, "SELECT DISTINCT s.last_seen FROM standing s JOIN watch_record w USING (record)")
    assert last == [(week(1),)]
    assert len(harvester.asked()) - asked == 2  # one look-up at each source
    days = rows(harvester.store, "SELECT DISTINCT day FROM citation_counts WHERE work = 1 ORDER BY day")
    assert days == [(MONDAY,), (week(1),)]


@pytest.mark.loopback
def test_keys_are_sent_in_headers_and_nowhere_else(another: Callable[..., Harvester]) -> None:
    keys = {"openalex": Secret("oa-s3cret"), "semantic_scholar": Secret("s2-s3cret")}
    harvester = another(keys=keys)
    result = harvester.run(MONDAY, "openalex:503")
    assert result.faults
    for served in harvester.box.requests:
        assert "s3cret" not in served.target
        assert {"authorization", "x-api-key"} & set(served.headers)
    assert "s3cret" not in "".join(map(str, result.faults))
    harvester.store.checkpoint()
    assert all(b"s3cret" not in file.read_bytes() for file in harvester.store.path.parent.iterdir())


def test_a_source_this_version_does_not_have_is_a_configuration_error(tmp_path: Path) -> None:
    with a_store(tmp_path, "h.db") as store:
        unknown = pytest.raises(ConfigError, match="aggregator")
        with unknown, connected(Settings(sources=("aggregator",)), store):
            pass


# --- faults that pass ----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.loopback
@pytest.mark.parametrize(
    "faults",
    [
        ("openalex:429-burst@1-3",),
        ("*:429-burst@2-3", "*:429-burst@5-6"),
        ("openalex:503@1-4", "semantic_scholar:504@1-2"),
        ("*:500@2", "*:502@4"),
        ("*:reset@2-3",),
        ("*:cut@1-2", "*:cut@6"),
        ("*:429-burst%40",),
        ("*:drip:0@4",),
    ],
)
def test_what_passes_is_waited_out_and_leaves_no_trace(
    another: Callable[..., Harvester], time: Time, faults: tuple[str, ...]
) -> None:
    peaceful, disturbed = another(), another()
    peaceful.run()
    assert time.naps == []
    result = disturbed.run(MONDAY, *faults)
    assert (result.status, result.faults) == ("complete", [])
    assert content(disturbed) == content(peaceful)
    met = [served for served in disturbed.box.requests if served.fault]
    assert len(time.naps) == len([served for served in met if served.fault != "drip"])
    if faults == ("openalex:429-burst@1-3",):
        assert min(time.naps) >= 1  # as Retry-After asked


@pytest.mark.slow
@pytest.mark.loopback
def test_a_slow_answer_is_an_answer(another: Callable[..., Harvester], time: Time) -> None:
    peaceful, disturbed = another(), another()
    peaceful.run()
    assert disturbed.run(MONDAY, "*:slow:0.05@1-3").status == "complete"
    assert content(disturbed) == content(peaceful)


# --- come back later -----------------------------------------------------------------------------------------------


@pytest.mark.loopback
@pytest.mark.slow
@pytest.mark.parametrize("fault", ["429-burst", "429-budget"])
def test_stopped_at_every_page_and_resumed_nothing_is_missing_or_twice(
    another: Callable[..., Harvester], small_pages: None, time: Time, fault: str
) -> None:
    """openalexR#343: a 429 became an empty page and the cursor began anew, 4,800 duplicates of 5,275."""
    peaceful = another()
    peaceful.run()
    targets = [target for service, target in peaceful.asked() if service == "openalex"]
    assert len(targets) > 10
    expected = said(peaceful)
    for number, target in enumerate(targets, start=1):
        disturbed = another()
        asked = len(disturbed.asked())
        result = disturbed.run(MONDAY, f"openalex:{fault}@{number}-")
        (stopped,) = result.faults
        assert isinstance(stopped, BudgetSpent if fault == "429-budget" else RateLimited)
        first = [t for service, t in disturbed.asked()[asked:] if service == "openalex"]
        assert first[: number - 1] == targets[: number - 1]
        assert set(first[number - 1 :]) == {target}
        assert statuses(disturbed.store, result.run)["open"] > 0
        assert result.status in ("partial", "failed")
        asked = len(disturbed.asked())
        time.hour += 86_400
        rest = disturbed.run()
        assert (rest.run, rest.resumed, rest.status) == (result.run, True, "complete")
        second = [t for service, t in disturbed.asked()[asked:] if service == "openalex"]
        assert second == targets[number - 1 :]
        assert said(disturbed) == expected
        (run,) = disturbed.store.rows("runs", limit=9)
        assert (run["status"], run["missing"]) == ("complete", 0)


@pytest.mark.loopback
def test_a_spent_budget_stops_one_source_and_the_other_goes_on(another: Callable[..., Harvester], time: Time) -> None:
    peaceful, stopped = another(), another()
    peaceful.run()
    result = stopped.run(MONDAY, "openalex:429-budget@2-")
    (fault,) = result.faults
    assert isinstance(fault, BudgetSpent)
    assert (fault.exit_code, result.status) == (75, "partial")
    services = Counter(served.service for served in stopped.box.requests if served.fault)
    assert services == {"openalex": 1}
    assert rows(stopped.store, "SELECT DISTINCT source FROM observed_day ORDER BY 1") == [
        ("openalex",),
        ("semantic_scholar",),
    ]
    kept, asked = said(stopped), len(stopped.asked())
    again = stopped.run()  # before the reset: nothing is sent, nothing is lost
    assert isinstance(again.faults[0], BudgetSpent)
    assert (again.run, again.resumed) == (result.run, True)
    assert [service for service, _ in stopped.asked()[asked:] if service == "openalex"] == []
    assert said(stopped) == kept
    time.hour += 86_400
    assert stopped.run().status == "complete"
    assert said(stopped) == said(peaceful)


@pytest.mark.loopback
def test_what_comes_after_the_reset_is_asked_of_the_others_too(another: Callable[..., Harvester], time: Time) -> None:
    peaceful, stopped = another(), another()
    peaceful.run()
    stopped.run(MONDAY, "openalex:429-budget@1-")
    papers = "SELECT count(*) FROM record WHERE source = 'semantic_scholar' AND last_seen IS NOT NULL"
    few = rows(stopped.store, papers)
    time.hour += 86_400
    stopped.run()
    assert rows(stopped.store, papers) == rows(peaceful.store, papers) != few


@pytest.mark.loopback
def test_a_watch_added_between_two_sittings_is_asked_about(another: Callable[..., Harvester], time: Time) -> None:
    stopped = another(("work", f"doi:{SEED}"))
    assert isinstance(stopped.run(MONDAY, "openalex:429-budget@2-").faults[0], ComeBackLater)
    stopped.watch(("venue", JOURNAL))
    time.hour += 86_400
    result = stopped.run()
    assert (result.resumed, result.status) == (True, "complete")
    (works,) = rows(stopped.store, "SELECT works FROM watches WHERE kind = 'venue'")[0]
    assert works > 10


@pytest.mark.loopback
def test_the_next_day_begins_a_run_of_its_own(another: Callable[..., Harvester], time: Time) -> None:
    harvester = another()
    first = harvester.run(MONDAY, "openalex:429-budget@2-")
    time.hour += 86_400
    second = harvester.run(week(1))
    assert (second.resumed, second.status) == (False, "complete")
    kept = {row["run"]: row["status"] for row in harvester.store.rows("runs", limit=9)}
    assert kept == {first.run: "partial", second.run: "complete"}


@pytest.mark.loopback
def test_the_sandbox_own_budget_is_waited_for_day_by_day(another: Callable[..., Harvester], time: Time) -> None:
    harvester = another()
    result = harvester.run(MONDAY, "openalex:budget:1")
    assert isinstance(result.faults[0], BudgetSpent)
    assert result.faults[0].retry_at is not None
    time.hour = result.faults[0].retry_at.timestamp() + 1
    assert harvester.run().status == "complete"


@pytest.mark.loopback
def test_a_question_that_wants_a_plan_is_refused_once_and_the_rest_goes_on(
    another: Callable[..., Harvester], time: Time
) -> None:
    harvester = another()
    result = harvester.run(MONDAY, "openalex:429-plan@2")
    assert [type(fault) for fault in result.faults] == [PlanRequired]
    assert time.naps == []
    assert result.status == "partial"
    assert statuses(harvester.store, result.run) == {"failed": 1, "done": 6}


# --- a source that is down, or answers nonsense ----------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.loopback
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("503", ServerFault),
        ("reset", Unreachable),
        ("403", SourceError),
        ("html", BadReply),
        ("garbage", BadReply),
        ("bare", BadReply),
        ("deep", ReplyTooDeep),
        ("huge:70", ReplyTooLarge),
        ("empty", BadReply),
        ("400", Refused),
        ("404", SourceError),
    ],
)
@pytest.mark.parametrize("service", ["openalex", "semantic_scholar"])
def test_a_source_that_is_down_lowers_no_count_and_closes_no_citation(
    another: Callable[..., Harvester], service: str, fault: str, kind: type[SourceError]
) -> None:
    harvester = another(("work", f"doi:{SEED}"))
    harvester.run()
    other = "semantic_scholar" if service == "openalex" else "openalex"
    before, named = said(harvester), f"{service} "
    result = harvester.run(week(1), f"{service}:{fault}")
    after = said(harvester)
    for part in ("records", "counts", "citations"):
        assert [row for row in after[part] if row[0].startswith(named)] == [
            row for row in before[part] if row[0].startswith(named)
        ]
    assert (f"{other} ", week(1)) in {(row[0][: len(other) + 1], row[2]) for row in after["counts"]}
    absences = (service, fault) in {("openalex", "404"), ("semantic_scholar", "400"), ("semantic_scholar", "404")}
    if not absences:  # 404 to a look-up of one is an absence; 400 to a batch is looked into, identifier by identifier
        assert result.status == "partial"
        assert all(isinstance(one, kind) and one.source == service for one in result.faults)
        assert result.faults or result.quarantined  # one look-up answered with `{}` is a record that cannot be read
    days = rows(harvester.store, f"SELECT DISTINCT day FROM citation_counts WHERE source = '{service}'")
    assert days == [(MONDAY,)]
    fresh = {row["source"]: row["complete_as_of"] for row in harvester.store.rows("freshness")}
    assert fresh[other] == week(1)
    assert absences or fresh[service] == MONDAY


@pytest.mark.loopback
def test_everything_down_is_a_failed_run(another: Callable[..., Harvester]) -> None:
    harvester = another()
    result = harvester.run(MONDAY, "*:503")
    assert result.status == "failed"
    assert {fault.source for fault in result.faults} == {"openalex", "semantic_scholar"}
    assert len(result.faults) == 2  # one line a source, not one an ask
    assert rows(harvester.store, "SELECT count(*) FROM observation") == [(0,)]
    assert rows(harvester.store, "SELECT count(*) FROM observed_day") == [(0,)]
    problems = harvester.store.rows("problems", limit=99)
    assert {row["kind"] for row in problems} == {"failed"}


@pytest.mark.loopback
@pytest.mark.parametrize("fault", ["html", "garbage", "bare", "empty", "deep", "503", "400", "cut", "404"])
def test_a_page_lost_in_the_middle_is_a_fault_not_an_end(
    another: Callable[..., Harvester], small_pages: None, fault: str
) -> None:
    harvester = another(("venue", JOURNAL))
    result = harvester.run(MONDAY, f"openalex:{fault}@2-6")
    (listed,) = [task for task in harvester.store.runs.tasks(result.run) if task.stage == "list"]
    assert listed.status == ("short" if fault == "empty" else "failed")
    assert listed.received == 7
    assert listed.expected is not None
    assert listed.expected > 7
    assert result.status == "partial"
    assert {row["subject"].split()[0] for row in harvester.store.rows("problems", limit=9) if not row["work"]} >= {
        "list"
    }
    missing = harvester.store.rows("runs", limit=1)[0]["missing"]
    assert missing >= listed.expected - 7
    assert harvester.run().status == "complete"


@pytest.mark.loopback
@pytest.mark.parametrize("service", ["openalex", "semantic_scholar"])
def test_zeros_are_held_and_harm_nothing(another: Callable[..., Harvester], service: str) -> None:
    harvester = another(("work", f"doi:{SEED}"))
    harvester.run()
    before = said(harvester)
    result = harvester.run(week(1), f"{service}:zero")
    told = rows(harvester.store, f"SELECT kind, source, after FROM changes WHERE work = 1 AND \"on\" = '{week(1)}'")
    assert [one for one in told if one[1] == service] == [("drop_held", service, "0")]
    counted = f"SELECT count FROM citation_counts WHERE work = 1 AND source = '{service}' ORDER BY day"
    first = rows(harvester.store, counted)
    assert len(first) == 1
    after = said(harvester)
    assert [row for row in after["citations"] if row[3]] == []  # the lists of citing works are as long as they were
    assert [row[:2] for row in after["citations"]][: len(before["citations"])]
    assert {row[:3] for row in before["names"]} <= {row[:3] for row in after["names"]}
    assert not result.faults
    harvester.run(week(2))
    assert rows(harvester.store, counted)[-1] >= first[0] > (0,)
    assert (0,) not in rows(harvester.store, counted)
    assert rows(harvester.store, "SELECT count, class, settled_on FROM held_counts WHERE work = 1") == [
        (0, "outage", week(2))
    ]


@pytest.mark.slow
@pytest.mark.loopback
def test_counts_that_became_texts_are_read_and_said(another: Callable[..., Harvester]) -> None:
    peaceful, retyped = another(), another()
    peaceful.run()
    result = retyped.run(MONDAY, "*:retyped")
    assert result.status == "complete"
    assert said(retyped)["counts"] == said(peaceful)["counts"]


# --- resuming --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.loopback
def test_a_cursor_that_has_expired_begins_its_list_again(
    another: Callable[..., Harvester], small_pages: None, time: Time
) -> None:
    peaceful, stopped = another(), another()
    peaceful.run()
    stopped.run(MONDAY, "openalex:429-budget@3-")
    time.hour += 86_400
    asked = len(stopped.asked())
    result = stopped.run(MONDAY, "openalex:400@1")
    assert (result.status, result.faults) == ("complete", [])
    targets = [target for service, target in stopped.asked()[asked:] if service == "openalex"]
    cursors = [target.rsplit("cursor=", 1)[1] for target in targets if "cursor=" in target]
    assert cursors[0] != "%2A"
    assert cursors[1] == "%2A"
    assert said(stopped) == said(peaceful)


@pytest.mark.loopback
def test_a_watch_removed_meanwhile_stops_nothing(
    another: Callable[..., Harvester], small_pages: None, time: Time
) -> None:
    stopped = another(("venue", JOURNAL), ("work", f"doi:{SEED}"))
    stopped.run(MONDAY, "openalex:429-budget@2-")
    with stopped.store.transaction():
        assert stopped.store.watches.remove(1, MONDAY)
    time.hour += 86_400
    result = stopped.run()
    assert (result.resumed, result.status) == (True, "complete")
    assert rows(stopped.store, "SELECT DISTINCT watch FROM watch_record") == [(2,)]


@pytest.mark.loopback
def test_unwatching_keeps_what_was_harvested_and_asks_no_more(another: Callable[..., Harvester]) -> None:
    harvester = another()
    harvester.run()
    before = said(harvester)
    with harvester.store.transaction():
        assert harvester.store.watches.remove(2, MONDAY)
        assert not harvester.store.watches.remove(2, MONDAY)
    asked = len(harvester.asked())
    harvester.run(week(1))
    assert not any("issn" in target for _, target in harvester.asked()[asked:])
    assert len(said(harvester)["records"]) >= len(before["records"])
    seen = rows(harvester.store, f"SELECT count(*) FROM record WHERE source = 'openalex' AND last_seen = '{week(1)}'")
    assert seen[0][0] < sum(row[2] == MONDAY for row in before["records"])


@pytest.mark.loopback
@pytest.mark.parametrize("name", ["doi:10.5555/nobody.knows", "openalex:W1", "pmid:1"])
def test_a_watch_nobody_knows_is_absent_everywhere_and_asked_again(
    another: Callable[..., Harvester], name: str
) -> None:
    harvester = another(("work", name))
    result = harvester.run()
    askable = 1 if name.startswith("openalex") else 2
    assert (result.status, result.absent) == ("complete", askable)
    absent = rows(harvester.store, "SELECT scheme || ':' || value, answer FROM unanswered")
    assert absent == [(name, "absent")] * askable
    assert rows(harvester.store, "SELECT works, last_seen FROM watches") == [(0, None)]
    assert harvester.run(week(1)).absent == askable


@pytest.mark.loopback
def test_a_watch_nobody_can_be_asked_about_is_said(another: Callable[..., Harvester]) -> None:
    harvester = another(("work", f"doi:{SEED}"), ("work", "isbn:9780306406157"))
    result = harvester.run()
    assert ([one.value for one in result.unasked], result.status) == (["isbn:9780306406157"], "partial")
    only = another(("venue", JOURNAL), ("work", f"doi:{SEED}"), sources=("semantic_scholar",))
    result = only.run()
    assert ([one.value for one in result.unasked], result.status) == ([JOURNAL], "partial")
    assert only.store.rows("runs", limit=1)[0]["note"] == "no source was asked about watch 1"


# --- tiny sources ----------------------------------------------------------------------------------------------------


def work(number: int, *cites: int, count: int = 0, doi: str | None = None, **more: Any) -> bytes:
    """An OpenAlex work in the fewest words."""
    home = "https://openalex.org/W"
    return json.dumps(
        {
            "id": f"{home}{number}",
            "doi": f"https://doi.org/{doi}" if doi else None,
            "title": f"Leaving the harbour number {number} of the invented states",
            "publication_year": 2026,
            "cited_by_count": count,
            "referenced_works": [f"{home}{cited}" for cited in cites],
            **more,
        }
    ).encode()


def item(body: bytes, asked: str | None = None, problem: str | None = None) -> Item:
    name = Identifier(*asked.split(":", 1)) if asked else None
    return Item(body, record=openalex.parse(body), asked=name, problem=problem)


Answer = Page | SourceError | Callable[[str | None], Page | SourceError]


class Fake:
    """A source that answers each kind of question as it is told, and nothing to what it was not told."""

    many_citing_at_once = True
    flags_retractions = True
    citing_page: int | None = None
    citing_shown: int | None = None
    agency: str | None = None
    KINDS: ClassVar[dict[type, str]] = {
        Lookup: "look_up", VenueWorks: "venue", Search: "search", Citing: "citing", References: "references",
    }  # fmt: skip

    def __init__(self, name: str = "openalex", **answers: Answer) -> None:
        self.name = name
        self.answers = answers  # look_up, venue, search, citing, references
        self.asked: list[tuple[Ask, str | None]] = []

    def can_look_up(self, scheme: str) -> bool:
        return scheme in ("doi", "openalex", "s2")

    def asks(self, want: Ask) -> Iterator[Ask]:
        if type(want) in self.KINDS:
            yield want

    def fetch(self, ask: Ask, cursor: str | None = None) -> Page:
        self.asked.append((ask, cursor))
        answer = self.answers.get(self.KINDS[type(ask)], Page(total=0))
        if callable(answer):
            answer = answer(cursor)
        if isinstance(answer, SourceError):
            raise answer
        return answer


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with a_store(tmp_path, "h.db") as opened:
        yield opened


def play(store: Store, *clients: Fake, on: str = MONDAY) -> Harvested:
    return harvest(store, clients, on, now)


def task(store: Store, run: int, stage: str) -> Any:
    (one,) = [one for one in store.runs.tasks(run) if one.stage == stage]
    return one


def edges(store: Store) -> list[tuple[Any, ...]]:
    """(citing, cited, first seen, last seen) by the source's names."""
    return rows(
        store,
        "SELECT a.source_id, b.source_id, c.first_seen, c.last_seen FROM citation c "
        "JOIN record a ON a.id = c.citing JOIN record b ON b.id = c.cited ORDER BY 1, 2",
    )


WATCHED = ("work", "doi:10.5555/a")
FOUND = Page(items=(item(work(11, count=2, doi="10.5555/a"), "doi:10.5555/a"),))
CITING = Page(items=(item(work(21, 11)), item(work(22, 11))), total=2)


def test_found_absent_and_failed_are_three_answers(store: Store) -> None:
    watch(store, WATCHED, ("work", "doi:10.5555/b"), ("work", "doi:10.5555/c"))
    b, c = Identifier("doi", "10.5555/b"), Identifier("doi", "10.5555/c")
    page = Page(items=FOUND.items, absent=(b,), failed=(Failed(c, "it would not be asked"),))
    result = play(store, Fake(look_up=page))
    asked = task(store, result.run, "look-up")
    assert (asked.expected, asked.received, asked.absent, asked.failed, asked.status) == (3, 1, 1, 1, "failed")
    assert (result.status, result.absent) == ("partial", 1)  # not "failed": most of it is there
    answers = rows(store, "SELECT value, answer, why FROM unanswered ORDER BY 1")
    assert answers == [("10.5555/b", "absent", None), ("10.5555/c", "failed", "it would not be asked")]
    run = store.rows("runs", limit=1)[0]
    assert (run["missing"], run["absent"], run["failed"]) == (1, 1, 1)


def test_an_answer_that_cannot_be_read_is_no_answer(store: Store) -> None:
    watch(store, WATCHED)
    broken = Item(b'{"id": "elsewhere"}', problem="no OpenAlex work id", asked=Identifier("doi", "10.5555/a"))
    for on in (MONDAY, week(1)):  # also where it lies in quarantine already
        result = play(store, Fake(look_up=Page(items=(broken,))), on=on)
        assert result.status == "failed"
        answers = rows(store, f"SELECT answer, why FROM unanswered WHERE run = {result.run}")
        assert answers == [("failed", "no OpenAlex work id")]
    assert rows(store, "SELECT count(*) FROM quarantine") == [(1,)]
    assert rows(store, "SELECT count(*) FROM work") == [(0,)]


def test_asked_for_one_and_sent_another_is_an_alias_of_one_work(store: Store) -> None:
    watch(store, ("work", "doi:10.5555/old"))
    merged = Page(items=(item(work(11, count=3, doi="10.5555/new"), "doi:10.5555/old"),))
    for on in (MONDAY, week(1)):
        assert play(store, Fake(look_up=merged), on=on).status == "complete"
    assert rows(store, "SELECT count(*) FROM work") == [(1,)]
    assert rows(store, "SELECT value, alias FROM identifier WHERE scheme = 'doi' ORDER BY 1") == [
        ("10.5555/new", 0),
        ("10.5555/old", 1),
    ]
    (change,) = rows(store, "SELECT kind, before, after, \"on\" FROM changes WHERE kind = 'alias'")
    assert change == ("alias", "10.5555/old", "W11", MONDAY)
    assert store.works_named(Identifier("doi", "10.5555/old")) == [1]
    assert rows(store, "SELECT works FROM watches") == [(1,)]


def test_two_names_of_one_work_are_two_answers(store: Store) -> None:
    watch(store, WATCHED, ("work", "doi:10.5555/old"))
    body = work(11, doi="10.5555/a")
    both = Page(items=(item(body, "doi:10.5555/a"), item(body, "doi:10.5555/old")))
    result = play(store, Fake(look_up=both))
    run = store.rows("runs", limit=1)[0]
    assert (result.status, run["expected"], run["received"], run["missing"]) == ("complete", 2, 2, 0)


def test_a_record_nobody_asked_for_is_set_aside_for_good(store: Store) -> None:
    watch(store, WATCHED)
    stray = item(work(99, count=7, doi="10.5555/z"), problem="not asked for")
    result = play(store, Fake(look_up=Page(items=(*FOUND.items, stray))))
    assert (result.status, result.quarantined) == ("partial", 1)
    again = reparse(store, week(1), now())
    assert again.recovered == 0
    assert rows(store, "SELECT source_id FROM record WHERE work IS NOT NULL") == [("W11",)]
    assert rows(store, "SELECT unasked FROM quarantine") == [(1,)]


def test_a_short_list_is_said_and_closes_nothing(store: Store) -> None:
    watch(store, WATCHED)
    play(store, Fake(look_up=FOUND, citing=CITING))
    more = Page(items=(item(work(11, count=5, doi="10.5555/a"), "doi:10.5555/a"),))
    short = Page(items=(item(work(23, 11)),), total=5)
    result = play(store, Fake(look_up=more, citing=short), on=week(1))
    assert (task(store, result.run, "citing").status, result.status, result.short) == ("short", "partial", 1)
    assert task(store, result.run, "citing").why == "openalex promised 5 and sent 1"
    assert [row for row in edges(store) if row[3]] == []
    whole = Page(items=(item(work(21, 11)), item(work(23, 11))), total=2)
    assert play(store, Fake(look_up=more, citing=whole), on=week(2)).status == "complete"  # asked again, though unmoved
    assert edges(store) == [
        ("W21", "W11", MONDAY, None),
        ("W22", "W11", MONDAY, MONDAY),  # the last list that was read to its end and had it
        ("W23", "W11", week(1), None),
    ]


def test_a_list_the_source_cuts_off_is_capped_and_closes_nothing(store: Store) -> None:
    watch(store, WATCHED)
    play(store, Fake(look_up=FOUND, citing=CITING))
    more = Page(items=(item(work(11, count=5, doi="10.5555/a"), "doi:10.5555/a"),))
    capped = Page(items=(item(work(23, 11)),), capped=True)
    result = play(store, Fake(look_up=more, citing=capped), on=week(1))
    assert (task(store, result.run, "citing").status, result.status) == ("capped", "partial")
    assert [row for row in edges(store) if row[3]] == []


def test_an_empty_list_against_the_source_own_count_is_short(store: Store) -> None:
    watch(store, WATCHED)
    play(store, Fake(look_up=FOUND, citing=CITING))
    more = Page(items=(item(work(11, count=3, doi="10.5555/a"), "doi:10.5555/a"),))
    result = play(store, Fake(look_up=more, citing=Page()), on=week(1))
    assert task(store, result.run, "citing").status == "short"
    assert [row for row in edges(store) if row[3]] == []


@pytest.mark.parametrize("broken", ["unreadable", "without references"])
def test_a_citing_work_that_cannot_be_read_is_not_taken_for_gone(store: Store, broken: str) -> None:
    watch(store, WATCHED)
    play(store, Fake(look_up=FOUND, citing=CITING))
    bad = work(22, referenced_works=None)
    lost = Item(b'{"id": 22}', problem="no OpenAlex work id") if broken == "unreadable" else item(bad)
    more = Page(items=(item(work(11, count=3, doi="10.5555/a"), "doi:10.5555/a"),))
    page = Page(items=(item(work(21, 11)), lost, item(work(23, 11))), total=3)
    for on in (week(1), week(2)):
        result = play(store, Fake(look_up=more, citing=page), on=on)
        assert task(store, result.run, "citing").status == "short"
        assert result.status == "partial"
        assert ("W22", "W11", MONDAY, None) in edges(store)


def test_a_citing_work_is_believed_about_its_own_references(store: Store) -> None:
    watch(store, WATCHED)
    play(store, Fake(look_up=FOUND, citing=CITING))
    more = Page(items=(item(work(11, count=1, doi="10.5555/a"), "doi:10.5555/a"),))
    page = Page(items=(item(work(21, 11)), item(work(22, 31))), total=2)  # listed, though it cites another by now
    assert play(store, Fake(look_up=more, citing=page), on=week(1)).status == "complete"
    assert ("W22", "W11", MONDAY, MONDAY) in edges(store)


def test_a_citation_that_vanishes_is_closed_with_its_last_day_and_may_come_back(store: Store) -> None:
    watch(store, WATCHED)

    def seen(count: int, *citing_works: int) -> Fake:
        found = Page(items=(item(work(11, count=count, doi="10.5555/a"), "doi:10.5555/a"),))
        listed = tuple(item(work(number, 11)) for number in citing_works)
        return Fake(look_up=found, citing=Page(items=listed, total=len(listed)))

    for number, source in enumerate((seen(2, 21, 22), seen(1, 21), seen(3, 21, 22, 23))):
        assert play(store, source, on=week(number)).status == "complete"
        if number == 1:
            assert edges(store) == [("W21", "W11", MONDAY, None), ("W22", "W11", MONDAY, MONDAY)]
            gone = rows(store, "SELECT citing_id, gone_since FROM new_citations WHERE gone_since IS NOT NULL")
            assert gone == [("W22", MONDAY)]
            held = [row["citing_id"] for row in citing(store, 1, as_of=week(1))]
            assert held == ["W21"]
            assert len(citing(store, 1, as_of=MONDAY)) == 2
    assert [row for row in edges(store) if row[3]] == []
    assert [row["count"] for row in growth(store, to=week(2))] == [3, 0, 0, 0]


def test_the_baseline_is_history_and_what_comes_later_is_news(store: Store) -> None:
    watch(store, WATCHED)
    old, new = item(work(21, 11, publication_date="2025-03-01")), item(work(22, 11, publication_date="2024-01-01"))
    first = play(store, Fake(look_up=FOUND, citing=Page(items=(old,), total=1)))
    assert (first.new_citations, first.news) == (1, 0)
    more = Page(items=(item(work(11, count=3, doi="10.5555/a"), "doi:10.5555/a"),))
    second = play(store, Fake(look_up=more, citing=Page(items=(old, new), total=2)), on=week(1))
    assert (second.new_citations, second.news) == (1, 1)
    assert rows(store, "SELECT citing_id, is_new FROM new_citations ORDER BY 1") == [("W21", 0), ("W22", 1)]
    since = [(row["citing_id"], row["is_new"]) for row in citing(store, 1, as_of=week(1), since=week(1))]
    assert since == [("W22", 1)]  # though it was published long before
    early = [row["citing_id"] for row in citing(store, 1, as_of=week(1), since="2025-01-01")]
    assert early == ["W22", "W21"]
    assert [row["citing_id"] for row in citing(store, 1, as_of=MONDAY, since=week(1))] == []


def paper(number: int, doi: str | None = None, count: int | None = None) -> bytes:
    ids = {"DOI": doi} if doi else {}
    return json.dumps({"paperId": f"{number:040x}", "externalIds": ids, "title": None, "citationCount": count}).encode()


def test_news_of_one_source_stays_news_when_another_finds_it_later(store: Store) -> None:
    watch(store, WATCHED)
    more = Page(items=(item(work(11, count=3, doi="10.5555/a"), "doi:10.5555/a"),))
    late = Page(items=(item(work(21, 11, doi="10.5555/late", publication_date="2020-01-01")),), total=1)
    play(store, Fake(look_up=FOUND, citing=Page(total=0)))
    assert play(store, Fake(look_up=more, citing=late), on=week(1)).news == 1
    body, name = paper(11, "10.5555/a", 1), Identifier("doi", "10.5555/a")
    other = Page(items=(Item(body, record=semantic_scholar.parse(body), asked=name),))
    citer = paper(21, "10.5555/late")
    listed = Page(
        items=(Item(citer, record=semantic_scholar.parse(citer)),),
        edges=(Edge(f"{21:040x}", f"{11:040x}"),),
    )
    second = Fake("semantic_scholar", look_up=other, citing=listed)
    assert play(store, second, on=week(2)).news == 0
    (row,) = citing(store, 1, as_of=week(2), since=week(1))
    assert (row["citing_doi"], row["first_seen"], row["is_new"]) == ("10.5555/late", week(1), 1)
    assert sorted(row["sources"].split(",")) == ["openalex", "semantic_scholar"]


def test_a_work_that_cites_itself_is_no_citing_work(store: Store) -> None:
    watch(store, WATCHED)
    own = work(11, 11, count=1, doi="10.5555/a")
    source = Fake(look_up=Page(items=(item(own, "doi:10.5555/a"),)), citing=Page(items=(item(own),), total=1))
    assert play(store, source).status == "complete"
    assert citing(store, 1, as_of=MONDAY) == []
    assert rows(store, "SELECT count(*) FROM new_citations") == [(0,)]
    assert rows(store, "SELECT count FROM citation_counts") == [(1,)]  # the source's number is the source's number


def test_pages_that_repeat_a_record_do_not_make_a_list_complete(store: Store) -> None:
    watch(store, ("venue", JOURNAL))
    one, two = item(work(21)), item(work(22))

    def pages(cursor: str | None) -> Page:
        return Page(items=(one, two), next=None if cursor else "2", total=4)

    result = play(store, Fake(venue=pages))
    listed = task(store, result.run, "list")
    assert (listed.pages, listed.received, listed.expected, listed.status) == (2, 2, 4, "short")
    assert rows(store, "SELECT count(*) FROM record") == [(2,)]


def test_references_are_read_once_and_a_list_withheld_is_not_asked_for_again(store: Store) -> None:
    watch(store, WATCHED)
    withheld = Fake(look_up=FOUND, citing=CITING, references=Page(capped=True))
    assert play(store, withheld).status == "partial"
    again = Fake(look_up=FOUND, references=Page(capped=True))
    assert play(store, again, on=week(1)).status == "complete"
    assert not any(isinstance(ask, References) for ask, _ in again.asked)


def test_one_request_a_work_is_for_watched_works_only(store: Store) -> None:
    watch(store, WATCHED, ("venue", JOURNAL))
    source = Fake(look_up=FOUND, venue=Page(items=(item(work(12, count=4)), item(work(13, count=5))), total=2))
    source.many_citing_at_once = False
    play(store, source)
    asked = [ask for ask, _ in source.asked if isinstance(ask, Citing)]
    assert asked == [Citing(("W11",))]


def test_a_source_taken_out_of_the_settings_leaves_its_asks_failed(store: Store) -> None:
    watch(store, WATCHED)
    later = RateLimited("openalex", "GET /works", "too many requests", status=429)
    stopped = play(store, Fake(look_up=later))
    assert (stopped.status, statuses(store, stopped.run)) == ("failed", {"open": 1})
    rest = play(store, Fake("semantic_scholar", look_up=Page(absent=(Identifier("doi", "10.5555/a"),))))
    assert (rest.resumed, rest.status) == (True, "partial")
    failed = task_of(store, rest.run, "openalex")
    assert (failed.status, failed.why) == ("failed", "the source is not enabled any more")


def task_of(store: Store, run: int, source: str) -> Any:
    (one,) = [one for one in store.runs.tasks(run) if one.source == source]
    return one


def test_progress_is_told_of_every_stage(store: Store) -> None:
    watch(store, WATCHED)
    told: list[tuple[str, int, int]] = []
    harvest(store, [Fake(look_up=FOUND)], MONDAY, now, progress=lambda *step: told.append(step))
    assert ("look-up", 0, 1) in told
    assert ("look-up", 1, 1) in told
    assert all(done <= of for _, done, of in told)


def test_a_name_that_is_lost_in_the_same_week_moves_no_other_count(store: Store) -> None:
    """A look-up answered with a neighbour's record is asked for once; the neighbour's count stays its own."""
    watch(store, WATCHED)
    play(store, Fake(look_up=FOUND, citing=CITING))
    moved = Page(items=(item(work(12, count=9, doi="10.5555/b"), "doi:10.5555/a"),))
    result = play(store, Fake(look_up=moved, citing=CITING), on=week(1))
    counts = rows(
        store, "SELECT r.source_id, o.count FROM observation o JOIN record r ON r.id = o.record ORDER BY 1, 2"
    )
    assert [row for row in counts if row[0] in ("W11", "W12")] == [("W11", 2), ("W12", 9)]
    assert not result.faults


# --- readers beside a writer -----------------------------------------------------------------------------------------

VIEWS = ("works", "citation_counts", "citation_growth", "new_citations", "changes", "source_comparison", "venues",
         "authors", "watches", "runs", "freshness", "problems")  # fmt: skip


def read_on(path: str, stop: Any, done: Any) -> None:
    """Read every view, again and again, as a dashboard does; puts what was wrong and how often all was read."""
    wrong: list[str] = []
    rounds = grown = 0
    last = -1
    while not stop.is_set() or not rounds:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            connection.execute("BEGIN")
            sizes = {view: len(connection.execute(f"SELECT * FROM {view}").fetchall()) for view in VIEWS}
            wrong += inconsistencies(connection, sizes)
            grown += sizes["works"] > last
            last = sizes["works"]
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            wrong.append(repr(error))
        finally:
            connection.close()
        rounds += 1
    done.put((wrong, rounds, grown))


def inconsistencies(db: sqlite3.Connection, sizes: dict[str, int]) -> list[str]:
    """What cannot be in a file that is only ever seen between two transactions."""

    def count(select: str) -> int:
        return int(db.execute(select).fetchone()[0])

    found = {
        "as many works as groups of records": count("SELECT count(DISTINCT work) FROM record") != sizes["works"],
        "a page is counted with its records": count("SELECT sum(received) FROM run") < count(
            "SELECT count(*) FROM record WHERE first_seen IS NOT NULL"
        ),
        "a record that was read has its payload": count(
            "SELECT count(*) FROM record r WHERE r.first_seen IS NOT NULL AND NOT EXISTS "
            "(SELECT 1 FROM payload p WHERE p.record = r.id)"
        ) > 0,
        "growth and counts speak of the same works": count("SELECT count(DISTINCT work) FROM citation_growth") != count(
            "SELECT count(DISTINCT work) FROM citation_counts"
        ),
        "every work has a count here": count("SELECT count(*) FROM works WHERE citation_count IS NULL") > 0,
    }  # fmt: skip
    return [what for what, broken in found.items() if broken]


@pytest.mark.slow
@pytest.mark.loopback
def test_readers_see_whole_pages_and_no_error_while_a_harvest_writes(
    another: Callable[..., Harvester], small_pages: None
) -> None:
    harvester = another()
    context = multiprocessing.get_context("spawn")
    stop, done = context.Event(), context.Queue()
    reader = context.Process(target=read_on, args=(str(harvester.store.path), stop, done))
    reader.start()
    try:
        number = 0
        while number < 4:
            assert harvester.run(week(number), "*:slow:0.03").status == "complete"
            number += 1
    finally:
        stop.set()
        wrong, rounds, grown = done.get(timeout=30)
        reader.join(30)
        done.close()
        done.join_thread()
        reader.close()
    assert wrong == []
    assert rounds > 3
    assert grown > 2
