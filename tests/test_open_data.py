"""OpenCitations and DataCite beside OpenAlex: harvested end to end from the stand-ins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from harvester.errors import ServerFault
from harvester.http import Door
from harvester.sandbox import Sandbox
from harvester.sources import datacite
from harvester.store import Store
from tests.build import one, rows
from tests.test_harvest import EPOCH, MONDAY, SEED, Harvester, week

pytestmark = pytest.mark.loopback

SOURCES = ("openalex", "opencitations", "datacite")
DATA, PREPRINT = "10.5281/zenodo.990000003", "10.48550/arxiv.9999.00006"


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(on=date.fromisoformat(MONDAY)) as served:
        yield served


@pytest.fixture
def another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Sandbox], Harvester]]:
    """Makes harvesters of the three sources that watch an article, a deposit of data and a preprint; nobody sleeps."""
    monkeypatch.setattr(
        "harvester.harvest.Door", partial(Door, sleep=lambda _: None, clock=lambda: EPOCH, rng=Random(1))
    )
    made: list[Store] = []

    def make(box: Sandbox) -> Harvester:
        made.append(Store(tmp_path / f"{len(made)}.db", create=True))
        harvester = Harvester(made[-1], box, sources=SOURCES)
        urls = {"openalex": box.openalex_url, "opencitations": box.opencitations_url, "datacite": box.datacite_url}
        harvester.settings = msgspec.structs.replace(harvester.settings, urls=urls)
        return harvester.watch(*(("work", f"doi:{doi}") for doi in (SEED, DATA, PREPRINT)))

    yield make
    for store in made:
        store.close()


@pytest.fixture
def moving() -> Iterator[Sandbox]:
    """A sandbox for one test, which may move its clock."""
    with Sandbox(on=date.fromisoformat(MONDAY)) as served:
        yield served


def test_each_source_says_what_it_knows_under_its_own_name(
    box: Sandbox, another: Callable[[Sandbox], Harvester]
) -> None:
    harvester = another(box)
    result = harvester.run()
    store = harvester.store
    assert (result.status, result.faults) == ("complete", [])
    known = dict(rows(store, "SELECT doi, sources FROM works WHERE doi IN (?, ?, ?)", SEED, DATA, PREPRINT))
    assert known == {SEED: "openalex,opencitations", DATA: "datacite", PREPRINT: "datacite"}
    assert rows(store, "SELECT title, type, venue, date FROM works WHERE doi = ?", DATA) == [
        ("Replication data: Object Recognition, Source Memory and the Limits of Dissociation Logic",
         "dataset", "Zenodo", "2000-08-09"),
    ]  # fmt: skip
    counts = "SELECT openalex, opencitations, datacite FROM source_comparison WHERE doi = ?"
    [(openalex, opencitations, datacite)] = rows(store, counts, SEED)
    assert (openalex > opencitations > 0, datacite) == (True, None)
    assert rows(store, counts, DATA) == [(None, None, 2)]
    unknown = "SELECT source, value FROM unanswered WHERE answer = 'absent' ORDER BY 1, 2"
    assert rows(store, unknown) == [
        ("datacite", SEED), ("openalex", PREPRINT), ("openalex", DATA), ("opencitations", PREPRINT), ("opencitations", DATA),
    ]  # fmt: skip
    seen = "SELECT count(*), min(o.count) > 0 FROM observation o JOIN record r ON r.id = o.record WHERE r.source <> 'openalex'"
    assert rows(store, seen) == [(3, 1)], "absence is no number"


def test_citations_carry_dates_and_flags_and_meet_by_their_dois(
    box: Sandbox, another: Callable[[Sandbox], Harvester]
) -> None:
    harvester = another(box)
    harvester.run()
    store = harvester.store
    work = one(store, "SELECT work FROM works WHERE doi = ?", SEED)
    stated = rows(
        store,
        "SELECT created, self_citation, same_venue, citing_work FROM new_citations "
        "WHERE source = 'opencitations' AND work = ?",
        work,
    )
    count = one(store, "SELECT opencitations FROM source_comparison WHERE work = ?", work)
    assert len(stated) == count
    assert {len(created) for created, *_ in stated} == {7, 10}
    assert {flag for _, own, same, _ in stated for flag in (own, same)} == {0, 1}
    assert all(citing for *_, citing in stated), "OpenAlex has sent every one of them"
    citing = store.rows(
        "citing", work=work, cited=f"[{work}]", own=f"[{work}]", as_of=MONDAY, since=None, source=None, limit=999
    )
    both = [row for row in citing if set(row["sources"].split(",")) == {"openalex", "opencitations"}]
    assert len(both) == count
    assert (
        len(citing)
        == len({row["citing_work"] for row in citing})
        == one(store, "SELECT openalex FROM source_comparison WHERE work = ?", work)
    )
    assert {row["self_citation"] for row in both} <= {0, 1}
    preprint = one(store, "SELECT work FROM works WHERE doi = ?", PREPRINT)
    listed = one(store, "SELECT count(*) FROM new_citations WHERE work = ? AND source = 'datacite'", preprint)
    assert listed == one(store, "SELECT datacite FROM source_comparison WHERE work = ?", preprint) > 10
    assert (
        one(store, "SELECT count(*) FROM citation c JOIN record r ON r.id = c.citing WHERE r.source_id = ?", SEED) > 0
    )


@pytest.mark.slow
def test_what_is_new_is_new_once(moving: Sandbox, another: Callable[[Sandbox], Harvester]) -> None:
    harvester = another(moving)
    harvester.run()
    again = harvester.run(MONDAY)
    assert (again.status, again.new_citations, again.news) == ("complete", 0, 0)
    appeared = set[int]()
    for number in range(1, 9):
        result = harvester.run(week(number))
        assert result.status == "complete"
        found = rows(
            harvester.store,
            "SELECT citing_work FROM new_citations WHERE first_seen = ? AND source = 'openalex' AND work = 1",
            week(number),
        )
        assert result.news >= len(found), "what OpenAlex shows first is news"
        appeared |= {work for (work,) in found}
    late = rows(
        harvester.store,
        "SELECT citing_work, first_seen FROM new_citations WHERE source = 'opencitations' AND is_new AND work = 1",
    )
    assert late, "weeks later OpenCitations lists them too"
    assert {work for work, _ in late} - appeared == {
        work for work, _ in late if one(
            harvester.store,
            "SELECT first_seen FROM new_citations WHERE source = 'openalex' AND citing_work = ? AND work = 1", work,
        ) == MONDAY
    }  # fmt: skip
    last = harvester.run(week(9))
    fresh = rows(
        harvester.store,
        "SELECT count(*) FROM new_citations WHERE first_seen = ? AND source = 'openalex' AND work = 1",
        week(9),
    )
    assert last.news == fresh[0][0] + one(
        harvester.store,
        "SELECT count(DISTINCT citing_doi) FROM new_citations WHERE first_seen = ? AND source = 'datacite'",
        week(9),
    ), "what another source finds later is no news"


def test_deposits_of_a_watched_person_and_institution_are_found_at_datacite(
    box: Sandbox, another: Callable[[Sandbox], Harvester]
) -> None:
    wrote: dict[str, set[str]] = {}
    with Door(datacite.service(box.datacite_url), sleep=lambda _: None) as door:
        everything = door.decode(door.get("/dois", {"page[size]": "1000", "affiliation": "true"}), dict[str, Any])[
            "data"
        ]
    for found in everything:
        for person in found["attributes"]["creators"]:
            ids = [name["nameIdentifier"] for name in person["nameIdentifiers"]]
            ids += [place["affiliationIdentifier"] for place in person["affiliation"]]
            for name in ids:
                wrote.setdefault(name, set()).add(found["id"])
    person = max((name for name in wrote if "orcid" in name), key=lambda name: (len(wrote[name]), name))
    place = max((name for name in wrote if "ror" in name), key=lambda name: (len(wrote[name]), name))
    harvester = another(box).watch(("author", person), ("institution", place))
    assert harvester.run().status == "complete"
    for number, name in enumerate((person, place), start=4):  # after the three that are always watched
        caught = rows(
            harvester.store,
            "SELECT r.source_id FROM watch_record w JOIN record r ON r.id = w.record WHERE w.watch = ? AND r.source = ?",
            number,
            "datacite",
        )
        assert {doi for (doi,) in caught} == wrote[name]
    agencies = dict(rows(harvester.store, "SELECT prefix, agency FROM agency"))
    assert {prefix: agencies.get(prefix) for prefix in ("10.5281", "10.48550")} == dict.fromkeys(
        ("10.5281", "10.48550"), "datacite"
    )


FAULTS = ("503", "500", "html", "garbage", "bare", "cut", "reset", "429-burst", "401", "403", "deep", "empty")


@pytest.mark.slow
@pytest.mark.parametrize("source", ["opencitations", "datacite"])
@pytest.mark.parametrize("fault", FAULTS)
def test_an_outage_lowers_no_count_and_closes_no_citation(
    moving: Sandbox, another: Callable[[Sandbox], Harvester], source: str, fault: str
) -> None:
    harvester = another(moving)
    harvester.run()
    kept = (
        "SELECT r.source_id, o.count FROM record r JOIN observation o ON o.record = r.id WHERE r.source = ? ORDER BY 1"
    )
    counts, edges = rows(harvester.store, kept, source), one(harvester.store, "SELECT count(*) FROM citation")
    result = harvester.run(week(1), f"{source}:{fault}")
    assert rows(harvester.store, kept, source) == counts
    assert one(harvester.store, "SELECT count(*) FROM citation WHERE last_seen IS NOT NULL") == 0
    assert one(harvester.store, "SELECT count(*) FROM citation") >= edges
    answers = rows(
        harvester.store, "SELECT answer, why FROM unanswered WHERE run = ? AND source = ?", result.run, source
    )
    if fault in ("empty", "429-burst"):  # an empty list is what an unknown id is answered with; "slower" leaves it open
        return
    assert {answer for answer, _ in answers} <= {"failed"}
    assert result.status == "partial"
    assert {type(one_fault).__name__ for one_fault in result.faults}
    assert one(harvester.store, "SELECT max(last_seen) FROM record WHERE source = 'openalex'") == week(1)


def test_a_source_that_is_down_is_reported_and_the_others_go_on(
    moving: Sandbox, another: Callable[[Sandbox], Harvester]
) -> None:
    harvester = another(moving)
    result = harvester.run(MONDAY, "opencitations:503")
    assert result.status == "partial"
    assert [type(fault) for fault in result.faults] == [ServerFault]
    assert rows(harvester.store, "SELECT DISTINCT source FROM citation_counts ORDER BY 1") == [
        ("datacite",),
        ("openalex",),
    ]
    assert harvester.run(MONDAY).status == "complete"
    assert one(harvester.store, "SELECT opencitations FROM source_comparison WHERE doi = ?", SEED) > 0
