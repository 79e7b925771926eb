"""Lists of citing works at the least cost: the years that moved, and the whole list where they do not tell it all."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from harvester.records import Again, Ask, Citing, Identifier, Item, Lookup, Page
from harvester.sources import openalex
from harvester.store import Store
from tests.build import rows
from tests.test_harvest import MONDAY, Fake, edges, play, task, watch, week, work


class Library(Fake):
    """A source with one article, W1, and works citing it: number -> year. Ten of them in a reply."""

    citing_page = 10

    def __init__(self, citing: dict[int, int], *, tells_years: bool = True, shown: int | None = None) -> None:
        super().__init__("openalex")
        self.citing = dict(citing)
        self.tells_years = tells_years
        self.citing_shown = shown
        self.miscounted = 0
        self.told: dict[int, int] = {}  # other figures than the list's own

    def asks(self, want: Ask) -> Iterator[Ask]:
        if isinstance(want, Citing) and self.citing_shown and want.years:
            return iter([Citing(want.source_ids, want.since, (year,)) for year in want.years])
        if isinstance(want, Again):
            return iter([Lookup((Identifier("openalex", want.source_id),))])
        return super().asks(want)

    def fetch(self, ask: Ask, cursor: str | None = None) -> Page:
        self.asked.append((ask, cursor))
        match ask:
            case Lookup((name, *_)):
                return Page(items=(self._article(name),))
            case Citing():
                listed = [n for n, year in sorted(self.citing.items()) if not ask.years or year in ask.years]
                total, listed = len(listed), listed[: self.citing_shown]
                begin = int(cursor or 0)
                page = [_item(work(n, 1, publication_year=self.citing[n])) for n in listed[begin : begin + 10]]
                last = begin + 10 >= len(listed)
                capped = last and total > len(listed)
                return Page(
                    items=tuple(page),
                    total=None if self.citing_shown else total,
                    next=None if last else str(begin + 10),
                    capped=capped,
                )
        return Page(total=0)

    def _article(self, name: Identifier) -> Item:
        years: dict[int, int] = {}
        for year in self.citing.values():
            years[year] = years.get(year, 0) + 1
        stated = [{"year": year, "cited_by_count": n} for year, n in sorted((years | self.told).items())]
        body = work(
            1, count=len(self.citing) + self.miscounted, doi="10.5555/a",
            publication_year=2019, counts_by_year=stated if self.tells_years else None,
        )  # fmt: skip
        return msgspec.structs.replace(_item(body), asked=name)

    def lists(self) -> list[tuple[int, ...]]:
        """The years of every reply with citing works so far, and forget them."""
        told = [ask.years for ask, _ in self.asked if isinstance(ask, Citing)]
        self.asked.clear()
        return told


def _item(body: bytes) -> Item:
    return Item(body, record=openalex.parse(body))


MANY = {100 + n: 2020 + n % 6 for n in range(48)}


@pytest.fixture
def library(store: Store) -> Library:
    """The list of 48 citing works of six years, read once: five replies."""
    made = Library(MANY)
    watch(store, ("work", "doi:10.5555/a"))
    assert play(store, made).status == "complete"
    assert made.lists() == [()] * 5
    return made


def held(store: Store) -> set[str]:
    return {citing for citing, cited, _, last in edges(store) if cited == "W1" and last is None}


def last_list(store: Store) -> tuple[object, ...]:
    return rows(store, "SELECT on_day, count, held, status FROM citing_list ORDER BY on_day DESC LIMIT 1")[0]


def test_only_the_years_that_moved_are_asked_for(library: Library, store: Store) -> None:
    library.citing |= {200: 2025, 201: 2026}
    assert play(store, library, on=week(1)).status == "complete"
    assert library.lists() == [(2025, 2026)]
    assert {"W200", "W201"} <= held(store)
    assert last_list(store) == (week(1), 50, 50, "done")
    assert play(store, library, on=week(2)).status == "complete"
    assert library.lists() == [], "nothing moved"


def test_a_work_indexed_late_is_found_in_its_own_year(library: Library, store: Store) -> None:
    library.citing[200] = 2020
    play(store, library, on=week(1))
    assert library.lists() == [(2020,)]
    assert "W200" in held(store)


def test_what_vanished_beside_what_came_is_found_by_the_whole_list(library: Library, store: Store) -> None:
    """One of 2020 is gone, two of 2025 have come: the years asked for are those that moved, and they do not explain it."""
    del library.citing[100]
    library.citing |= {200: 2025, 201: 2025}
    library.told = {2020: 8}  # the source still counts the one that is gone by its year, not in its sum
    result = play(store, library, on=week(1))
    assert library.lists() == [()] * 5
    assert result.status == "complete"
    assert "W100" not in held(store)
    assert last_list(store) == (week(1), 49, 49, "done")


def test_where_the_years_explain_the_count_but_the_list_does_not_have_them_the_whole_is_read(
    library: Library, store: Store
) -> None:
    del library.citing[100]  # of 2020 ...
    library.citing[200] = 2020  # ... one gone and one come: no year's figure moves
    library.citing[201] = 2025
    play(store, library, on=week(1))
    assert library.lists() == [(2025,)], "what cannot be seen costs nothing ..."
    assert last_list(store) == (week(1), 49, 49, "done")
    library.citing[202] = 2025
    library.miscounted = -1
    library.told = {2025: 10}  # counted once, listed twice
    library.citing[203] = 2025
    play(store, library, on=week(2))
    assert library.lists() == [(2025,)] * 2 + [()] * 6, "... and what does not fit is read in full in the same run"
    assert "W100" not in held(store)
    assert "W200" in held(store)
    assert task(store, 3, "whole").status == "done"


def test_a_count_that_falls_and_a_list_of_one_reply_are_read_whole(library: Library, store: Store) -> None:
    del library.citing[100], library.citing[101], library.citing[102]
    play(store, library, on=week(1))
    assert library.lists() == [()] * 5
    library.citing = {n: year for n, year in library.citing.items() if n < 110}
    play(store, library, on=week(2))
    library.lists()
    library.citing[300] = 2026
    play(store, library, on=week(3))
    assert library.lists() == [()]
    assert last_list(store) == (week(3), 8, 8, "done")


def test_where_no_years_are_stated_the_last_two_are_tried_first(store: Store) -> None:
    library = Library(MANY, tells_years=False)
    watch(store, ("work", "doi:10.5555/a"))
    play(store, library)
    assert library.lists() == [()] * 5
    library.citing[200] = 2026
    play(store, library, on=week(1))
    assert library.lists() == [(2025, 2026)]
    library.citing[201] = 2020
    play(store, library, on=week(2))
    assert library.lists() == [(2025, 2026), *[()] * 5], "an old work indexed late: the whole list"
    assert len(held(store)) == 50


def test_a_list_longer_than_the_source_shows_is_read_year_by_year(store: Store) -> None:
    """As Semantic Scholar, which shows 9,999: here 30."""
    library = Library(MANY, tells_years=False, shown=30)
    watch(store, ("work", "doi:10.5555/a"))
    result = play(store, library)
    years = set(library.lists())
    assert () not in years
    assert result.status == "complete"
    assert len(held(store)) == 48
    assert last_list(store) == (MONDAY, 48, 48, "done")


def test_a_year_that_is_longer_than_the_source_shows_is_named_as_capped(store: Store) -> None:
    library = Library(dict.fromkeys(range(100, 148), 2024), tells_years=False, shown=30)
    watch(store, ("work", "doi:10.5555/a"))
    result = play(store, library)
    assert result.status == "partial"
    assert "capped" in {one.status for one in store.runs.tasks(result.run)}
    assert last_list(store) == (MONDAY, 48, 30, "capped")
