"""Fetching the neighbourhood of a work: what a small allowance is spent on, that it is kept to the request, what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from harvester.cli import app
from harvester.config import Settings
from harvester.errors import BudgetSpent, NotFound, ServerFault, UsageError
from harvester.expanding import Expanded, expand
from harvester.harvest import connected
from harvester.http import Allowance
from harvester.records import Identifier
from harvester.related.given import embeddings, suggested
from harvester.related.look import Look
from harvester.sandbox import Sandbox
from harvester.store import Store
from tests.build import Hand, a_store, one, record, rows
from tests.test_harvest import MONDAY, SEED, Time, content, now, said, time  # noqa: F401

pytestmark = pytest.mark.loopback

PLENTY = 50
# What tells one kind of request from another: at OpenAlex a work, some works, who cites; at Semantic Scholar the others.
KINDS = ("works/doi", "filter=openalex", "filter=cites", "forpaper", "references", "citations", "embedding", "batch")


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(seed=3, works=90, on=date.fromisoformat(MONDAY)) as served:
        yield served


class Expander:
    """A database that holds the seed from a file, and a sandbox around it."""

    def __init__(self, store: Store, box: Sandbox) -> None:
        self.store, self.box = store, box
        self.settings = Settings(urls={"openalex": box.openalex_url, "semantic_scholar": box.semantic_scholar_url})
        Hand(store).file("2026-08-01", record("a", "bibliography", title="Ruxit Revisited", doi=SEED))

    def run(self, most: int, *faults: str, works: tuple[int, ...] = (1,), **more: Any) -> Expanded:
        self.box.set_faults(faults)
        self._before, allowance = len(self.box.requests), Allowance(most)
        with connected(self.settings, self.store, allowance=allowance) as clients:
            return expand(self.store, clients, works, MONDAY, now, allowance, **more)

    @property
    def asked(self) -> list[str]:
        """The kinds of what the last run asked for."""
        return [next(kind for kind in KINDS if kind in each.target) for each in self.box.requests[self._before :]]


@pytest.fixture
def another(tmp_path: Path, box: Sandbox, time: Time) -> Iterator[Callable[[], Expander]]:  # noqa: F811
    made: list[Store] = []

    def make() -> Expander:
        made.append(a_store(tmp_path, f"{len(made)}.db"))
        return Expander(made[-1], box)

    yield make
    for store in made:
        store.close()


@pytest.fixture
def around(another: Callable[[], Expander]) -> Expander:
    return another()


def lists_read(store: Store) -> set[tuple[str, str]]:
    return set(
        rows(store, "SELECT r.source, l.status FROM citing_list l JOIN record r ON r.id = l.record WHERE r.work = 1")
    )


def test_everything_around_is_fetched_once_a_day(around: Expander) -> None:
    result = around.run(PLENTY)
    assert (result.status, result.faults, result.left, result.short) == ("complete", [], {}, 0)
    assert result.requests == len(around.asked) == 8
    assert result.saved.new_works > 20
    assert result.new_edges == one(around.store, "SELECT count(*) FROM citation")
    assert lists_read(around.store) == {("openalex", "done"), ("semantic_scholar", "done")}
    [run] = around.store.rows("runs", limit=9)
    assert (run["kind"], run["missing"], run["asks_done"]) == ("expand", 0, run["asks"])
    look, seed = Look(around.store), {1: 1.0}
    found = suggested(look, seed)
    assert {source for hit in found.values() for source in hit.evidence} == {"openalex", "semantic_scholar"}
    assert len(embeddings(look, seed, found)) > len(found) / 2
    before = content(around)  # type: ignore[arg-type]
    again = around.run(PLENTY)
    assert (again.requests, around.asked, again.status, content(around)) == (0, [], "complete", before)  # type: ignore[arg-type]
    assert len(around.store.rows("runs", limit=9)) == 1


def test_a_small_allowance_is_spent_on_the_works_then_on_what_is_listed_then_on_references(around: Expander) -> None:
    result = around.run(5)
    assert around.asked == ["works/doi", "batch", "filter=openalex", "forpaper", "references"]
    assert (result.status, result.requests, result.faults) == ("partial", 5, [])
    assert set(result.left) == {"citing", "embeddings"}
    assert lists_read(around.store) == set()


@pytest.mark.slow
@pytest.mark.parametrize("most", [1, 2])
def test_many_small_calls_bring_what_one_large_one_does(
    another: Callable[[], Expander], monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr("harvester.sources.semantic_scholar.fetch.PAGE", 4)
    whole, piecemeal = another(), another()
    whole.run(PLENTY)
    needed, asked = Counter(whole.asked), Counter[str]()
    assert (needed.total(), needed["embedding"]) == (14, 2)  # vectors once more, after the further pages
    while result := piecemeal.run(most):
        assert len(piecemeal.asked) == result.requests <= most
        asked += Counter(piecemeal.asked)
        if not result.left:
            break
        assert result.requests == most
        assert not result.faults
        assert result.status == "partial"
    assert said(piecemeal) == said(whole)  # type: ignore[arg-type]
    assert asked == needed - Counter(["embedding"])
    assert lists_read(piecemeal.store) == {("openalex", "done"), ("semantic_scholar", "done")}


def test_a_source_that_answers_one_work_a_request_is_not_asked_for_those_it_only_names(around: Expander) -> None:
    around.settings = Settings(sources=("opencitations",), urls={"opencitations": around.box.opencitations_url})
    kinds = ("metadata", "citation-count", "references", "citations")
    for expected in (list(kinds), []):
        result = around.run(PLENTY)
        targets = [each.target for each in around.box.requests[around._before :]]
        assert [next(kind for kind in kinds if kind in target) for target in targets] == expected
        assert (result.status, result.faults) == ("complete", [])


def test_a_work_that_is_not_held_is_fetched_first(around: Expander) -> None:
    stranger = next(
        work for work in around.box._desk.literature.works if work.doi and work.openalex and work.doi != SEED
    )
    name = Identifier("doi", str(stranger.doi))
    result = around.run(PLENTY, works=(), unheld=[name])
    assert (result.status, result.faults) == ("complete", [])
    [work] = around.store.works_named(name)
    assert one(around.store, "SELECT count(*) FROM record WHERE work = ? AND citing_on IS NOT NULL", work) >= 1
    assert around.run(3, works=(), unheld=[Identifier("doi", "10.5555/nowhere")]).absent == 2


@pytest.mark.parametrize(
    ("faults", "fault", "sent"),
    [
        (("semantic_scholar:503",), ServerFault, 3 + 3),  # three tries; OpenAlex is asked all the same
        (("semantic_scholar:503@2-",), ServerFault, 1 + 3 + 3),
        (("semantic_scholar:404@2",), NotFound, 8),
        (("openalex:429-budget@2-",), BudgetSpent, 1 + 1 + 5),
    ],
)
def test_a_failure_is_said_and_is_no_empty_answer(around: Expander, faults: Any, fault: Any, sent: int) -> None:
    result = around.run(PLENTY, *faults)
    assert [type(each) for each in result.faults] == [fault]
    assert (result.status, result.requests, len(around.asked)) == ("partial", sent, sent)
    failed = result.faults[0].source
    if fault is not NotFound:
        assert {source for source, _ in lists_read(around.store)} == {"openalex", "semantic_scholar"} - {failed}
    if failed == "semantic_scholar":
        assert rows(around.store, "SELECT 1 FROM suggestion g JOIN record r ON r.id = g.record "
                    "WHERE r.source = 'semantic_scholar' AND r.work = 1") == []  # fmt: skip
    around.store.db.execute("UPDATE budget SET blocked_until = NULL")
    mended = around.run(PLENTY)
    assert (mended.status == "complete" or mended.resumed, mended.faults, mended.left) == (True, [], {})
    assert lists_read(around.store) == {("openalex", "done"), ("semantic_scholar", "done")}


def test_what_fails_until_nothing_is_left_is_said_too(around: Expander) -> None:
    result = around.run(2, "*:503")
    assert [type(each) for each in result.faults] == [ServerFault]
    assert (result.requests, len(around.asked), result.status) == (2, 2, "failed")


def test_no_recommendations_is_an_answer(around: Expander, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harvester.sandbox.semantic_scholar._recommended", lambda *_: [])
    result = around.run(PLENTY)
    assert (result.status, result.faults) == ("complete", [])
    kept = rows(around.store, "SELECT g.listed FROM suggestion g JOIN record r ON r.id = g.record "
                "WHERE r.source = 'semantic_scholar' AND r.work = 1")  # fmt: skip
    assert kept == [("[]",)]


@pytest.mark.parametrize("fault", ["cut@4-", "garbage@3-", "retyped@2-"])
def test_a_spoilt_reply_never_makes_a_list_look_complete(around: Expander, fault: str) -> None:
    result = around.run(PLENTY, f"semantic_scholar:{fault}")
    assert result.faults or fault.startswith("retyped")
    assert result.requests == len(around.asked) <= PLENTY
    assert (("semantic_scholar", "done") in lists_read(around.store)) == fault.startswith("retyped")


# --- on the command line -------------------------------------------------------------------------------------------


def command(around: Expander, *words: str) -> Any:
    env = {
        "HARVESTER_OPENALEX_URL": around.box.openalex_url,
        "HARVESTER_SEMANTIC_SCHOLAR_URL": around.box.semantic_scholar_url,
    }
    return CliRunner().invoke(app, ["--db", str(around.store.path), "related", *words, "--format", "jsonl"], env=env)


def test_the_command_says_what_it_asks_and_what_was_left_and_ranks(around: Expander) -> None:
    around.box.set_faults([])
    done = command(around, SEED, "--expand", "3")
    assert done.exit_code == 0
    assert "asking openalex, semantic_scholar for" in done.stderr
    assert "at most 3 requests" in done.stderr
    assert "3 requests sent: " in done.stderr
    assert "left for want of requests: recommendations (1), references (1), citing works (2)" in done.stderr
    assert done.stdout.startswith('{"work": ')


def test_the_command_ranks_where_a_source_failed_and_its_code_says_so(around: Expander) -> None:
    around.box.set_faults(["semantic_scholar:503"])
    done = command(around, "1", "--expand", "20")
    assert done.exit_code == 6
    assert "semantic_scholar: the service failed" in done.stderr
    assert done.stdout.startswith('{"work": ')
    assert command(around, "1", "--expand", "20", "--why", "2").exit_code == 4, "only what failed is asked again"
    around.box.set_faults(["*:503"])
    assert command(around, "2", "--expand", "20").exit_code == 4
    for words in (["1", "--expand", "2", "--as-of", MONDAY], ["1", "--expand", "0"], ["no name", "--expand", "2"]):
        assert isinstance(command(around, *words).exception, UsageError | SystemExit)
