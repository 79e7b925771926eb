"""The user's own documents and thousands of real works: what comes in, comes in once, whole, and is found again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harvester.importing import import_files
from harvester.records import Identifier
from harvester.related import related
from harvester.store import Store

ON, NOW = "2026-11-23", "2026-11-23T00:00:00+00:00"
SEED = Identifier("doi", "10.1111/1758-5899.70005")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def works(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, list[Path]]]:
    """The seed documents and nine reviews' works, as `import seed/*.txt synergy/*.jsonl.gz` takes them."""
    files = sorted((shared / "seed").glob("*.txt"))
    files += sorted((shared / "corpus" / "openalex" / "synergy").glob("*.jsonl.gz"))
    with Store(tmp_path_factory.mktemp("real") / "works.db", create=True) as store:
        result = import_files(store, files, ON, NOW)
        assert not result.refused
        assert result.quarantined == 0
        yield store, files


def number(store: Store, select: str) -> int:
    return int(store.db.execute(select).fetchone()[0])


def test_nothing_is_lost_and_nothing_joined_wrongly(works: tuple[Store, list[Path]]) -> None:
    store, _ = works
    assert number(store, "SELECT count(*) FROM record WHERE source = 'openalex' AND first_seen IS NOT NULL") == 7233
    assert number(store, "SELECT count(*) FROM citation") == 248_890
    held = "SELECT count(*) FROM citation c JOIN record a ON a.id = c.citing JOIN record b ON b.id = c.cited WHERE b.work > 0"
    assert number(store, held) == 20_286
    assert number(store, "SELECT count(*) FROM review WHERE state = 'open'") == 3  # three pairs share a PMID, not a DOI
    assert number(store, "SELECT count(*) FROM record r WHERE r.first_seen IS NOT NULL AND r.work IS NULL") == 0


def test_the_two_seed_documents_are_one_article_with_its_implications(works: tuple[Store, list[Path]]) -> None:
    store, _ = works
    (work,) = store.works_named(SEED)
    fields = store.row("work", work=work) or {}
    assert (fields["volume"], fields["issue"], fields["first_page"], fields["last_page"]) == ("16", "3", "430", "441")
    assert fields["venue"] == "Global Policy"
    assert "<p>" not in fields["abstract"]
    assert [row["title"].split()[0] for row in store.rows("work_highlights", work=work)] == [
        "Deglobalization", "Reframing", "Russia's", "Value",
    ]  # fmt: skip
    figures = {row["name"]: row["value"] for row in store.rows("venue_metrics", venue=fields["venue_number"])}
    assert figures | {"impact_factor": "2.2", "quartile": "Q1", "region": "3"} == figures
    assert [(row["source"], row["count"]) for row in store.rows("work_counts", work=work, as_of=ON)] == [
        ("aggregator", 0)
    ]


def test_the_same_files_again_change_nothing(works: tuple[Store, list[Path]]) -> None:
    store, files = works
    tables = [row[0] for row in store.db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    tables = [
        name for name in tables if not name.startswith("work_t") and name != "written_day"
    ]  # that a day was begun

    def counts() -> dict[str, int]:
        return {name: number(store, f'SELECT count(*) FROM "{name}"') for name in tables}

    before = counts(), store.check()
    again = import_files(store, files, "2026-12-24", NOW)
    assert again.run is None
    assert not again.saved.anything
    assert (counts(), store.check()) == before
    assert before[1]["integrity"] == "ok"


def test_the_literature_of_dissociation_is_found_on_text_authors_and_venue_alone(
    works: tuple[Store, list[Path]], shared: Path
) -> None:
    store, _ = works
    domain = sorted((shared / "corpus" / "domain").glob("*.json"))
    import_files(store, domain, ON, NOW)
    assert (store.row("totals") or {})["works"] == 7250
    theme = {row[0] for row in store.db.execute("SELECT work FROM record WHERE source = 'bibliography'")}
    assert len(theme) == 11
    (seed,) = store.works_named(SEED)
    found = related(store, {seed: 1.0}, limit=20)
    assert {one.work for one in found[:7]} <= theme
    assert len(theme & {one.work for one in found}) >= 8  # titles alone, among seven thousand works on medicine
    assert all(one.reasons for one in found)
