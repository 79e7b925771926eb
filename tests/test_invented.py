"""The invented literature that speed is measured with: a sound database, the same every time, and of the shape it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from harvester.related import related
from harvester.store import Store
from tests.benchmarks import invented
from tests.build import one, rows, sizes

WORKS = 300


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return invented.build(tmp_path_factory.mktemp("invented") / "library.db", WORKS)


def test_a_sound_database_of_this_program(library: Store) -> None:
    assert library.check()["integrity"] == "ok"
    library.db.execute("INSERT INTO work_text (work_text) VALUES ('integrity-check')")
    assert one(library, "SELECT count(*) FROM works") == WORKS
    indexes = "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY 1"
    with Store(library.path.with_name("empty.db"), create=True) as empty:
        assert rows(library, indexes) == rows(empty, indexes)


def test_the_same_every_time(library: Store, tmp_path: Path) -> None:
    with invented.build(tmp_path / "again.db", WORKS) as again:
        assert again.check() == library.check()
        assert sizes(again) == sizes(library)


def test_citations_go_back_in_time_and_mostly_stay_in_the_community(library: Store) -> None:
    literature = invented.Citations(4 * invented.COMMUNITY, invented.Random(1))
    pairs = [(age, cited) for age in range(4 * invented.COMMUNITY) for cited in literature.references(age)]
    assert all(cited < age for age, cited in pairs)
    assert 15 < len(pairs) / (4 * invented.COMMUNITY) < 25
    within = sum(literature.community[age] == literature.community[cited] for age, cited in pairs)
    assert within > 0.6 * len(pairs)
    assert max(literature.received) > 20 * len(pairs) / (4 * invented.COMMUNITY)
    newer = "SELECT count(*) FROM citation c JOIN work a ON a.id = c.citing JOIN work b ON b.id = c.cited WHERE a.year < b.year"
    assert one(library, newer) == 0
    assert (
        one(
            library,
            "SELECT count(*) FROM standing s WHERE count <> (SELECT count(*) FROM citation WHERE cited = s.record)",
        )
        == 0
    )


def test_related_answers_with_every_kind_of_reason(library: Store) -> None:
    reasons = {
        reason.split()[0] for work in (3, 40, 77) for found in related(library, {work: 1.0}) for reason in found.reasons
    }
    assert {"shares", "cited", "text:", "same"} <= reasons
