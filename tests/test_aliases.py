"""The names of a work, each with its days: stated since, stated until, or only asked for."""

from __future__ import annotations

from typing import Any

from harvester import normal
from harvester.records import Identifier
from harvester.store import Store
from harvester.tracker.sheet import sheet
from tests.build import DAY, Hand, one, record, rows

NEXT, THIRD, FOURTH = "2026-05-02", "2026-05-03", "2026-05-04"
ARXIV, ARTICLE = "10.48550/arxiv.2308.04695", "10.5555/quay.1"
TITLE = "Leaving the harbour of invented states"


def names(store: Store, **where: str) -> list[tuple[Any, ...]]:
    condition = "".join(f" AND {column} = '{value}'" for column, value in where.items())
    return rows(
        store,
        f"SELECT scheme, value, source, first_seen, alias, outdated_on FROM identifiers WHERE 1{condition} "
        "ORDER BY scheme, first_seen, value, source",
    )


def test_a_name_has_the_day_it_was_first_stated_and_the_day_it_was_no_more(hand: Hand, store: Store) -> None:
    """Quirk 18: one paperId changes its DOI from the preprint's to the article's."""
    for day, doi in ((DAY, ARXIV), (NEXT, ARXIV), (THIRD, ARTICLE), (FOURTH, ARTICLE)):
        hand.live(day, record("a" * 40, "semantic_scholar", doi=doi, title=TITLE, year=2023))
    assert names(store) == [
        ("doi", ARXIV, "semantic_scholar", DAY, 1, THIRD),
        ("doi", ARTICLE, "semantic_scholar", THIRD, 0, None),
    ]
    assert store.works_named(Identifier("doi", ARXIV)) == [1], "the alias stays"


def test_a_name_that_is_stated_again_is_no_alias_any_more(hand: Hand, store: Store) -> None:
    for day, doi in ((DAY, ARXIV), (NEXT, ARTICLE), (THIRD, ARXIV)):
        hand.live(day, record("S1", "semantic_scholar", doi=doi, title=TITLE))
    assert names(store) == [
        ("doi", ARXIV, "semantic_scholar", DAY, 0, None),
        ("doi", ARTICLE, "semantic_scholar", NEXT, 1, THIRD),
    ]


def test_a_name_that_was_only_asked_for_has_no_last_day(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("W1", doi=ARTICLE, title=TITLE), asked=Identifier("doi", ARXIV))
    assert names(store, value=ARXIV) == [("doi", ARXIV, "openalex", DAY, 1, None)]


def test_a_name_is_outdated_when_its_last_source_has_dropped_it(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("W1", doi=ARTICLE, pmid="7", title=TITLE))
    hand.live(DAY, record("S1", "semantic_scholar", doi=ARTICLE, pmid="7", title=TITLE))
    hand.live(NEXT, record("W1", doi=ARTICLE, pmid="8", title=TITLE))

    def pmid() -> tuple[Any, ...]:
        [found] = [row for row in sheet(store, 1, FOURTH)["identifiers"] if row["value"] == "7"]
        return found["alias"], found["first_seen"], found["outdated_on"]

    assert pmid() == (0, DAY, None)
    hand.live(THIRD, record("S1", "semantic_scholar", doi=ARTICLE, pmid="8", title=TITLE))
    assert pmid() == (1, DAY, THIRD)
    assert [row["alias"] for row in sheet(store, 1, NEXT)["identifiers"] if row["value"] == "7"] == [0], "as of then"


def test_one_doi_on_several_ids_of_one_source_is_one_work(hand: Hand, store: Store) -> None:
    """Quirks 19 and 24: one DOI on several paperIds, or on two OpenAlex works."""
    hand.live(DAY, record("W2023702627", doi=ARTICLE, title=TITLE), record("W3121618067", doi=ARTICLE, title=TITLE))
    hand.live(DAY, *(record(name * 40, "semantic_scholar", doi=ARTICLE, title=TITLE) for name in "abc"))
    assert one(store, "SELECT count(*) FROM works") == 1
    assert [row[2] for row in names(store, value=ARTICLE)] == ["openalex"] * 2 + ["semantic_scholar"] * 3
    assert rows(store, "SELECT openalex, semantic_scholar FROM works") == [("W2023702627", "a" * 40)]


def test_a_reference_to_the_grave_of_deleted_works_makes_nothing_one(hand: Hand, store: Store) -> None:
    """Quirk 31: thousands of works cite the one that all deleted works were merged into; one cites itself."""
    grave = "W4285719527"
    hand.live(
        DAY, *(record(f"W{n}", doi=f"10.5555/{n}", title=f"{TITLE} {n}", references=(grave, f"W{n}")) for n in "12")
    )
    assert one(store, "SELECT count(*) FROM works") == 2
    assert rows(store, "SELECT * FROM families") == []
    assert rows(store, "SELECT 1 FROM new_citations WHERE citing_work = work") == []


def test_every_spelling_of_a_name_leads_to_the_work(hand: Hand, store: Store) -> None:
    own = (
        Identifier("doi", "10.1002/(sici)1097<693::aid>3.0.co;2-o"), Identifier("arxiv", "2308.04695"),
        Identifier("pmid", "10601965"), Identifier("pmcid", "PMC3458974"), Identifier("mag", "2125158795"),
        Identifier("isbn", "9780306406157"), Identifier("openalex", "W2741809807"), Identifier("s2", "a1" * 20),
        Identifier("corpusid", "470667"),
    )  # fmt: skip
    hand.live(DAY, record("W2741809807", title=TITLE, identifiers=own))
    for spelling in (
        "https://doi.org/10.1002/(SICI)1097%3C693::AID%3E3.0.CO;2-O", "DOI:10.1002/(SICI)1097&lt;693::AID&gt;3.0.CO;2-O.",
        "arXiv:2308.04695v2", "https://arxiv.org/pdf/2308.04695v1.pdf", "10.48550/arXiv.2308.04695v3", "PMID: 10601965.1",
        "https://pubmed.ncbi.nlm.nih.gov/10601965/", "PMC3458974.2", "mag:2125158795", "ISBN 0-306-40615-2",
        "https://openalex.org/W2741809807", f"https://www.semanticscholar.org/paper/Of-Quays/{'A1' * 20}",
        "https://api.semanticscholar.org/CorpusID:470667",
    ):  # fmt: skip
        pair = normal.identifier(spelling)
        assert pair is not None, spelling
        assert store.works_named(Identifier(*pair)) == [1], spelling
