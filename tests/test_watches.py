"""Watches through the conductor: every kind is followed, as far as it says, by the sources it names, up to its cap."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from harvester.harvest import harvest
from harvester.http import Door
from harvester.orders import Order, order
from harvester.records import (
    Agencies,
    Ask,
    AuthorWorks,
    Citing,
    FileWorks,
    Identifier,
    Lookup,
    Page,
    References,
)
from harvester.sandbox import Sandbox
from harvester.sources import openalex, semantic_scholar
from harvester.sources.files import BibliographyFiles
from harvester.store import Store
from tests.build import a_store
from tests.test_harvest import FOUND, JOURNAL, MONDAY, Fake, item, now, play, rows, task, week, work

DOI = "10.5555/a"


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(seed=3, works=200, on=date.fromisoformat(MONDAY)) as served:
        yield served


@pytest.fixture
def clients(box: Sandbox) -> list[Any]:
    services = (openalex.service(box.openalex_url), semantic_scholar.service(box.semantic_scholar_url))
    doors = [Door(service, sleep=lambda _: None) for service in services]
    return [openalex.client(doors[0]), semantic_scholar.client(doors[1])]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with a_store(tmp_path, "h.db") as opened:
        yield opened


def watch(store: Store, *orders: Order, on: str = MONDAY) -> None:
    with store.transaction():
        for one in orders:
            store.watches.add(one, on)


def works_of(store: Store, number: int = 1) -> set[str]:
    return {
        row[0]
        for row in rows(
            store, f"SELECT r.source_id FROM watch_record w JOIN record r ON r.id = w.record WHERE w.watch = {number}"
        )
    }


# --- kinds -----------------------------------------------------------------------------------------------------------


@pytest.mark.loopback
def test_every_kind_of_list_is_what_the_service_lists(store: Store, box: Sandbox, clients: list[Any]) -> None:
    """Each watch catches what the same filter gives when it is asked for by hand."""
    sample = clients[0].fetch(order(JOURNAL).listing).items
    whole = [json.loads(one.body) for one in sample]
    person = next(a["author"] for w in whole for a in w["authorships"] if a["author"]["orcid"])
    ror = next(i["ror"] for w in whole for a in w["authorships"] for i in a["institutions"])
    topic = whole[0]["topics"][0]["id"]
    kinds = {
        order(person["orcid"]): f"authorships.author.orcid:{person['orcid']}",
        order(person["id"], "author"): f"authorships.author.id:{person['id']}",
        order(ror): f"authorships.institutions.ror:{ror}",
        order(topic): f"topics.id:{topic}",
        order("type:book-chapter,publication_year:>2000", "filter"): "type:book-chapter,publication_year:>2000",
        order(JOURNAL, since="2024-01-01"): f"primary_location.source.issn:{JOURNAL},from_publication_date:2024-01-01",
    }
    watch(store, *kinds)
    result = harvest(store, clients[:1], MONDAY, now)
    assert (result.status, result.faults) == ("complete", [])
    for number, expression in enumerate(kinds.values(), start=1):
        expected = set()
        cursor: str | None = None
        by_hand = order(expression, "filter").listing
        while True:
            page = clients[0].fetch(by_hand, cursor)
            expected |= {one.record.source_id for one in page.items if one.record}
            cursor = page.next
            if cursor is None:
                break
        assert works_of(store, number) == expected, expression
        assert expected, expression


@pytest.mark.loopback
def test_an_author_of_semantic_scholar_is_followed_there(
    store: Store, clients: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harvester.sources.semantic_scholar.fetch.PAGE", 2)
    found = clients[1].fetch(order("order security", "query").listing).items
    papers = [json.loads(one.body) for one in found]
    wrote: dict[str, set[str]] = {}
    for paper in papers:
        for author in paper["authors"]:
            wrote.setdefault(author["authorId"], set()).add(paper["paperId"])
    busy = max((one for one in wrote if one), key=lambda one: len(wrote[one]))
    watch(store, order(f"s2:{busy}", "author"))
    result = harvest(store, clients, MONDAY, now)
    assert result.status == "complete"
    assert works_of(store) >= wrote[busy]
    listed = task(store, result.run, "list")
    assert (listed.source, listed.ask, listed.pages > 1) == ("semantic_scholar", AuthorWorks("s2", busy), True)
    since = order(f"s2:{busy}", "author", since="2024-01-01").listing
    assert since is not None
    page = clients[1].fetch(since)
    assert all((one.record.date or "9") >= "2024" for one in page.items if one.record)


@pytest.mark.loopback
def test_a_filter_the_service_refuses_is_told_and_the_others_go_on(store: Store, clients: list[Any]) -> None:
    watch(store, order("no_such_field:1", "filter"), order("from_updated_date:2026-01-01", "filter"), order(JOURNAL))
    result = harvest(store, clients[:1], MONDAY, now)
    assert result.status == "partial"
    said = [str(fault) for fault in result.faults]
    assert any("no_such_field is not a valid field" in one for one in said)
    assert any("paid plan" in one for one in said)  # complaint: `from_updated_date` needs a plan; nothing else uses it
    assert works_of(store, 3)


# --- how far, by whom ------------------------------------------------------------------------------------------------


def test_depth_says_how_far_a_watch_is_followed(store: Store) -> None:
    kinds: list[set[type[Ask]]] = []
    for depth in (["itself"], ["citing"], ["references"]):
        watch(store, order(DOI, depth=depth))
        source = Fake(look_up=Page(items=(item(work(11, count=len(kinds) + 1, doi=DOI), f"doi:{DOI}"),)))
        play(store, source, on=week(len(kinds)))
        kinds.append({type(ask) for ask, _ in source.asked})
    assert kinds == [{Lookup}, {Lookup, Citing}, {Lookup, References}]


def test_only_the_sources_a_watch_names_are_asked_about_it(store: Store) -> None:
    watch(store, order(DOI, sources=["openalex"]), order("10.5555/b", sources=["semantic_scholar"]))
    first, second = Fake("openalex", look_up=FOUND), Fake("semantic_scholar")
    play(store, first, second)
    play(store, first, second, on=week(1))
    names = [
        {name.value for ask, _ in fake.asked if isinstance(ask, Lookup) for name in ask.identifiers}
        for fake in (first, second)
    ]
    assert names == [{DOI}, {"10.5555/b"}]
    watch(store, order(DOI))  # now by all
    play(store, first, second, on=week(2))
    assert {name.value for name in second.asked[-1][0].identifiers} == {DOI, "10.5555/b"}  # type: ignore[union-attr]


def test_since_narrows_who_cites_a_work_and_closes_nothing_older(store: Store) -> None:
    whole = Page(items=(item(work(21, 11)), item(work(22, 11))), total=2)
    watch(store, order(DOI))
    play(store, Fake(look_up=FOUND, citing=whole))
    watch(store, order(DOI, since="2026-08-01"))
    newest = Page(items=(item(work(23, 11)),), total=1)
    more = Page(items=(item(work(11, count=3, doi=DOI), f"doi:{DOI}"),))
    source = Fake(look_up=more, citing=newest)
    assert play(store, source, on=week(1)).status == "complete"
    assert Citing(("W11",), "2026-08-01") in [ask for ask, _ in source.asked]
    held = rows(
        store, "SELECT a.source_id, c.last_seen FROM citation c JOIN record a ON a.id = c.citing ORDER BY a.source_id"
    )
    assert held == [("W21", None), ("W22", None), ("W23", None)]
    again = Fake(look_up=more)
    play(store, again, on=week(2))
    assert not any(isinstance(ask, Citing) for ask, _ in again.asked)  # the count has not moved since


def test_a_list_larger_than_its_cap_is_left_at_its_first_page_and_said(store: Store) -> None:
    watch(store, order(JOURNAL, cap=3))
    first = Page(items=(item(work(21)), item(work(22))), next="2", total=4)
    source = Fake(
        venue=lambda cursor: first if cursor is None else Page(items=(item(work(23)), item(work(24))), total=4)
    )
    result = play(store, source)
    listed = task(store, result.run, "list")
    assert (listed.status, listed.pages, result.status) == ("capped", 1, "partial")
    assert "watch 1 stands for 4 works" in listed.why
    assert "--cap 4" in listed.why
    (told,) = [row for row in store.rows("problems", limit=9) if row["kind"] == "capped"]
    assert told["why"] == listed.why
    watch(store, order(JOURNAL, cap=4))
    assert play(store, source, on=week(1)).status == "complete"
    assert len(works_of(store)) == 4


# --- authors past 100, names that lead elsewhere, agencies -----------------------------------------------------------------


@pytest.mark.loopback
def test_authors_that_a_list_cuts_off_are_completed_one_by_one(store: Store, box: Sandbox, clients: list[Any]) -> None:
    crowd = "authorships.author.id:" + next(
        json.loads(one.body)["authorships"][0]["author"]["id"]
        for one in clients[0].fetch(order("publication_year:>1900", "filter").listing).items
        if json.loads(one.body).get("is_authors_truncated")
    )
    watch(store, order(crowd, "filter"))
    for number in range(2):  # next week's list is cut off again, and nothing is lost
        if number:
            box.move_to(date.fromisoformat(week(1)))
        result = harvest(store, clients[:1], week(number), now)
        assert result.status == "complete"
        cut = rows(store, "SELECT id FROM work WHERE authors_truncated")
        most = rows(store, "SELECT max(n) FROM (SELECT count(*) AS n FROM authorship GROUP BY work)")
        assert (cut, most[0][0] > 100) == ([], True)
    asked = [one.ask for one in store.runs.tasks(result.run) if one.stage == "complete"]
    assert asked == []  # once is enough


class Registry(Fake):
    """A registration agency's own service, which may also tell whose prefixes are."""

    def __init__(self, name: str, *, tells: bool, **answers: Any) -> None:
        super().__init__(name, **answers)
        self.agency, self._tells = name, tells

    def can_look_up(self, scheme: str) -> bool:
        return scheme == "doi"

    def asks(self, want: Ask) -> Iterator[Ask]:
        if isinstance(want, Lookup) or (isinstance(want, Agencies) and self._tells):
            yield want

    def fetch(self, ask: Ask, cursor: str | None = None) -> Page:
        if isinstance(ask, Agencies):
            self.asked.append((ask, cursor))
            return Page(agencies=tuple((one.partition("/")[0], "datacite") for one in ask.prefixes))
        return super().fetch(ask, cursor)


def test_whose_a_doi_is_is_asked_once_for_its_prefix(store: Store) -> None:
    zenodo, absent = Identifier("doi", "10.5281/zenodo.1"), Identifier("doi", "10.5555/b")
    watch(store, order(DOI), order(zenodo.value))
    crossref = Registry("crossref", tells=True, look_up=Page(items=FOUND.items, absent=(zenodo,)))
    datacite = Registry(
        "datacite", tells=False, look_up=Page(items=(item(work(31, doi=zenodo.value), str_of(zenodo)),))
    )
    for number in range(2):
        play(store, datacite, crossref, on=week(number))
    assert store.agencies.known() == {"10.5281": "datacite", "10.5555": "crossref"}
    assert [ask for ask, _ in crossref.asked if isinstance(ask, Agencies)] == [Agencies((zenodo.value,))]
    assert {ask.identifiers for ask, _ in datacite.asked if isinstance(ask, Lookup)} == {(zenodo,)}
    weekly = [ask.identifiers for ask, _ in crossref.asked if isinstance(ask, Lookup)]
    assert weekly == [(Identifier("doi", DOI), zenodo), (Identifier("doi", DOI),)]  # never again what it cannot have
    watch(store, order(absent.value))
    play(store, datacite, crossref, on=week(2))  # a prefix that is Crossref's, so that DataCite need not be asked
    assert {ask.identifiers for ask, _ in datacite.asked if isinstance(ask, Lookup)} == {(zenodo,)}


def test_a_prefix_that_nobody_knew_is_asked_for_everywhere_until_somebody_does(store: Store) -> None:
    """It may have been told of by a DOI that was misspelt."""
    zenodo = Identifier("doi", "10.5281/zenodo.1")
    with store.transaction():
        store.agencies.keep([("10.5281", None)], MONDAY)
    watch(store, order(zenodo.value))
    crossref = Registry("crossref", tells=True, look_up=Page(absent=(zenodo,)))
    datacite = Registry(
        "datacite", tells=False, look_up=Page(items=(item(work(31, doi=zenodo.value), str_of(zenodo)),))
    )
    play(store, crossref, datacite)
    asked = [[ask for ask, _ in each.asked if isinstance(ask, Lookup)] for each in (crossref, datacite)]
    assert asked == [[Lookup((zenodo,))]] * 2
    assert store.agencies.known() == {"10.5281": "datacite"}


def str_of(name: Identifier) -> str:
    return f"{name.scheme}:{name.value}"


def test_where_nobody_can_tell_whose_a_doi_is_its_service_is_asked_itself(store: Store) -> None:
    watch(store, order("10.5281/zenodo.1"))
    datacite = Registry("datacite", tells=False)
    play(store, datacite)
    assert [ask for ask, _ in datacite.asked] == [Lookup((Identifier("doi", "10.5281/zenodo.1"),))]


def test_a_work_that_is_gone_is_asked_for_by_its_other_names(store: Store) -> None:
    watch(store, order(DOI))
    ids = {"ids": {"pmid": "https://pubmed.ncbi.nlm.nih.gov/77"}}
    both = Page(items=(item(work(11, count=2, doi=DOI, **ids), f"doi:{DOI}"),))
    play(store, Fake(look_up=both))
    doi, own, pmid = Identifier("doi", DOI), Identifier("openalex", "W11"), Identifier("pmid", "77")
    successor = item(work(12, count=3, **ids), "pmid:77")

    class Gone(Fake):
        def can_look_up(self, scheme: str) -> bool:
            return scheme in ("doi", "openalex", "pmid")

        def fetch(self, ask: Ask, cursor: str | None = None) -> Page:
            self.asked.append((ask, cursor))
            if not isinstance(ask, Lookup):
                return Page(total=0)
            known = tuple(name for name in ask.identifiers if name == pmid)
            return Page(
                items=(successor,) if known else (), absent=tuple(name for name in ask.identifiers if name not in known)
            )

    gone = Gone()
    result = play(store, gone, on=week(1))
    assert [ask.identifiers for ask, _ in gone.asked if isinstance(ask, Lookup)] == [(doi,), (own,), (pmid,)]
    assert rows(store, "SELECT count(DISTINCT work), count(*) FROM record WHERE first_seen IS NOT NULL") == [(1, 2)]
    assert result.saved.matched == 1
    assert rows(store, "SELECT openalex, citation_count FROM works") == [("W12", 3)]
    assert rows(store, "SELECT count, gained FROM citation_growth") == [(3, 1)], "one series"
    assert [kind for (kind,) in rows(store, "SELECT kind FROM event ORDER BY id")] == ["gone", "moved"]


def test_a_work_that_is_gone_and_has_no_other_name_is_looked_for_where_it_lay(store: Store) -> None:
    place = "https://repository.example/77"
    same = {
        "title": "Leaving the harbour: what the invented states found",
        "authorships": [{"author": {"display_name": name}} for name in ("Mira Kai", "Odo Anker")],
        "primary_location": {"landing_page_url": place},
    }
    watch(store, order("W11"))
    play(store, Fake(look_up=Page(items=(item(work(11, count=2, **same), "openalex:W11"),))))

    class Gone(Fake):
        def can_look_up(self, scheme: str) -> bool:
            return scheme in ("doi", "openalex", "url")

        def fetch(self, ask: Ask, cursor: str | None = None) -> Page:
            self.asked.append((ask, cursor))
            if not isinstance(ask, Lookup):
                return Page(total=0)
            found = {Identifier("url", place), Identifier("openalex", "W12")}.intersection(ask.identifiers)
            items = tuple(item(work(12, count=3, **same), str_of(name)) for name in found)
            return Page(items=items, absent=tuple(name for name in ask.identifiers if name not in found))

    for number in (1, 2):
        gone = Gone()
        play(store, gone, on=week(number))
    assert rows(store, "SELECT openalex, citation_count FROM works") == [("W12", 3)]
    assert rows(store, "SELECT count, gained FROM citation_growth") == [(3, 1)]
    assert [kind for (kind,) in rows(store, "SELECT kind FROM event ORDER BY id")] == ["gone", "moved"]
    names = [name for ask, _ in gone.asked if isinstance(ask, Lookup) for name in ask.identifiers]
    assert Identifier("openalex", "W11") not in names, "what has an heir is not asked for again"


# --- files -----------------------------------------------------------------------------------------------------------


def entry(number: int, doi: str | None = None, **more: Any) -> dict[str, Any]:
    title = f"Leaving the harbour number {number} of the invented states"
    return {"id": f"k{number}", "type": "article-journal", "title": title, "issued": {"date-parts": [[2026]]}} | (
        {"DOI": doi} if doi else {}
    ) | more  # fmt: skip


def test_a_bibliography_is_read_again_at_every_run_and_followed(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text(json.dumps([entry(11, DOI), entry(12, "10.5555/b"), entry(13)]))
    watch(store, order(str(file), "file"))
    answers: Callable[[str | None], Page] = lambda _: FOUND  # noqa: E731
    first = Fake(look_up=answers, citing=Page(items=(item(work(21, 11)), item(work(22, 11))), total=2))
    assert play(store, first, BibliographyFiles()).run == 1  # type: ignore[arg-type]
    asked = [ask for ask, _ in first.asked if isinstance(ask, Lookup)]
    assert asked == [Lookup((Identifier("doi", DOI), Identifier("doi", "10.5555/b")))]
    assert Citing(("W11",)) in [ask for ask, _ in first.asked]  # an entry's work is watched itself
    assert rows(store, "SELECT works FROM watches") == [(3,)]
    file.write_text(json.dumps([entry(11, DOI), entry(14, "10.5555/d")]))
    second = Fake(look_up=answers)
    play(store, second, BibliographyFiles(), on=week(1))  # type: ignore[arg-type]
    names = {name.value for ask, _ in second.asked if isinstance(ask, Lookup) for name in ask.identifiers}
    assert "10.5555/d" in names
    assert "10.5555/b" not in names
    assert rows(store, "SELECT works FROM watches") == [(2,)]
    entries = rows(
        store,
        "SELECT r.source_id, e.added_on, e.removed_on FROM watch_entry e JOIN record r ON r.id = e.record "
        "WHERE r.source_id LIKE '10.%' ORDER BY 1",
    )
    assert entries == [
        (DOI, MONDAY, None),
        ("10.5555/b", MONDAY, week(1)),
        ("10.5555/d", week(1), None),
    ]


@pytest.mark.parametrize(
    "content",
    [None, "", "no bibliography", '[{"title": "cut', '{"id": "https://openalex.org/W1", "authorships": []}'],
    ids=["gone", "empty", "words", "cut", "another form"],
)
def test_a_file_that_cannot_be_read_unwatches_nothing(store: Store, tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "mine.json"
    file.write_text(json.dumps([entry(11, DOI)]))
    watch(store, order(str(file), "file"))
    play(store, Fake(look_up=FOUND), BibliographyFiles())  # type: ignore[arg-type]
    before = works_of(store)
    file.unlink()
    if content is not None:
        file.write_text(content)
    source = Fake(look_up=FOUND)
    result = play(store, source, BibliographyFiles(), on=week(1))  # type: ignore[arg-type]
    assert result.status == "partial"
    (fault,) = result.faults
    assert "mine.json" in str(fault)
    assert "\n" not in str(fault)
    assert works_of(store) == before
    assert Lookup((Identifier("doi", DOI),)) in [ask for ask, _ in source.asked]


def test_an_entry_that_cannot_be_read_is_set_aside_and_unwatches_nothing(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text(json.dumps([entry(11, DOI), entry(12, "10.5555/b")]))
    watch(store, order(str(file), "file"))
    play(store, Fake(look_up=FOUND), BibliographyFiles())  # type: ignore[arg-type]
    file.write_text(json.dumps([entry(11, DOI), entry(12) | {"title": None}]))
    result = play(store, Fake(look_up=FOUND), BibliographyFiles(), on=week(1))  # type: ignore[arg-type]
    listed = next(one for one in store.runs.tasks(result.run) if isinstance(one.ask, FileWorks))
    assert (listed.status, result.quarantined) == ("short", 1)
    assert rows(store, "SELECT works FROM watches") == [(2,)]


# --- the list and the settings file --------------------------------------------------------------------------------------


def test_the_list_follows_the_settings_file_and_leaves_other_watches_alone(store: Store) -> None:
    watch(store, order("10.5555/own"))
    listed = [order(DOI, label="seed"), order(JOURNAL)]
    with store.transaction():
        assert store.watches.follow(listed, MONDAY) == (2, 0)
    assert store.watches.agrees(listed)
    with store.transaction():
        assert store.watches.follow([order(JOURNAL, cap=50)], week(1)) == (0, 1)
    assert [(one.value, one.order.cap, one.listed) for one in store.watches.all()] == [
        ("doi:10.5555/own", 10_000, False),
        (JOURNAL, 50, True),
    ]
    assert not store.watches.agrees(listed)


@pytest.mark.loopback
def test_a_watched_venue_has_its_own_figures_by_year_and_origin(store: Store, box: Sandbox, clients: list[Any]) -> None:
    watch(store, order(JOURNAL))
    result = harvest(store, clients[:1], box.on.isoformat(), now)
    assert result.status == "complete"
    (venue,) = store.rows("venue_named", issn=JOURNAL, name=None)
    figures = {(row["name"], row["year"]): row for row in store.rows("venue_metrics", venue=venue["venue"])}
    assert {row["source"] for row in figures.values()} == {"openalex"}
    assert figures["h_index", box.on.year]["value"].isdigit()
    assert ("2yr_mean_citedness", box.on.year) in figures
