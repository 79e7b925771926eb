"""Why a count changed: the parts of every change sum to it, and each kind of part is what it says."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.ledger import NAMED, PARTS, Account, Change, Link, Part, Reading, explain, part_of, reindexings
from harvester.tracking import Tracking

DAYS = [f"2026-05-{day:02}" for day in range(1, 29)]
APRIL, MAY, JUNE, JULY = "2026-04-01", "2026-05-01", "2026-06-01", "2026-07-01"

histories = st.dictionaries(st.sampled_from(DAYS), st.integers(0, 30), min_size=1)
dates = st.one_of(st.none(), st.sampled_from(["2026", "2026-05", "2019", "2025-11-03", "no day", "2026-13"]))
links = st.builds(
    Link,
    on=st.sampled_from(DAYS),
    kind=st.sampled_from(["appeared", "returned", "vanished"]),
    citing=st.integers(1, 40),
    id=st.just("W1"),
    published=dates,
    became=st.one_of(st.none(), st.integers(1, 40)),
    merged=st.one_of(st.none(), st.just("W2")),
    sibling=st.one_of(st.none(), st.just("W3")),
)


@given(
    counts=histories,
    readings=st.sets(st.sampled_from(DAYS)),
    seen=st.lists(links, max_size=40, unique_by=lambda link: (link.on, link.citing)),
    reindexed=st.sets(st.sampled_from(DAYS)),
)
def test_the_parts_of_every_change_sum_to_it_and_no_link_is_used_twice(
    counts: dict[str, int], readings: set[str], seen: list[Link], reindexed: set[str]
) -> None:
    series = sorted(counts.items())
    changes = [Change(day, count - before) for (_, before), (day, count) in pairwise(series) if count != before]
    accounts = explain(changes, readings, seen, reindexed=reindexed)
    assert [one.change for one in accounts] == changes
    for one in accounts:
        assert sum(part.n for part in one.parts) == one.change.gained
        assert {part.name for part in one.parts} <= set(PARTS)
        assert ("unexplained" in {part.name for part in one.parts}) <= (one.change.on not in reindexed)
    used = Counter(id(link) for one in accounts for part in one.parts for link in part.links)
    assert set(used.values()) <= {1}
    assert used.keys() <= {id(link) for link in seen}
    assert explain(reversed(changes), readings, seen[::-1], reindexed=reindexed) == accounts, (
        "in whatever order it is told"
    )
    whole = sorted(readings)
    for before, after in pairwise(whole):  # between two readings nothing is left over where the count moved at all
        inside = [one for one in accounts if before < one.change.on <= after]
        given_out = sum(part.n for one in inside for part in one.parts if part.links)
        noticed = sum(link.worth for link in seen if before < link.on <= after)
        assert not inside or given_out == noticed


def appeared(citing: int, published: str | None, on: str = JUNE, **more: Any) -> Link:
    return Link(on=on, kind="appeared", citing=citing, id=f"W{citing}", published=published, **more)


def vanished(citing: int, on: str = JUNE, **more: Any) -> Link:
    return Link(on=on, kind="vanished", citing=citing, id=f"W{citing}", **more)


def parts(account: Account) -> dict[str, int]:
    return {part.name: part.n for part in account.parts}


def told(gained: int, *seen: Link, **options: Any) -> dict[str, int]:
    """The parts of one change in June, between readings in May and June."""
    [account] = explain([Change(JUNE, gained)], [MAY, JUNE], seen, **options)
    return parts(account)


@pytest.mark.parametrize(
    ("gained", "seen", "expected"),
    [
        (2, [appeared(1, "2026-05-20"), appeared(2, "2026")], {"new": 2}),
        (2, [appeared(1, "2019-03"), appeared(2, None)], {"late": 2}),
        (1, [Link(on=JUNE, kind="returned", citing=1, id="W1", published="2019")], {"returned": 1}),
        (-2, [vanished(1), vanished(2)], {"vanished": -2}),
        (0 - 1, [vanished(1, became=2, merged="W2")], {"merged": -1}),
        (3, [vanished(1, became=2, merged="W2"), appeared(2, "2019", merged="W1")], {"merged": 0, "unexplained": 3}),
        (1, [appeared(1, "2019", merged="W9")], {"merged": 1}),
        (2, [appeared(1, "2026-05", sibling="W9"), appeared(2, "2019", sibling="W9")], {"versions": 2}),
        (-1, [vanished(1, sibling="W9")], {"versions": -1}),
        (3, [], {"unexplained": 3}),
        (1, [appeared(1, "2026-05"), appeared(2, "2026-05")], {"new": 2, "unexplained": -1}),
    ],
    ids=["new", "late", "returned", "vanished", "merged citing", "one became another", "merged cited", "versions",
         "versions taken apart", "nothing known", "an edge the source counts later"],
)  # fmt: skip
def test_each_part_by_name(gained: int, seen: list[Link], expected: dict[str, int]) -> None:
    assert told(gained, *seen) == expected


def test_what_edges_do_not_explain_on_a_day_of_reindexing_is_put_down_to_it() -> None:
    assert told(-8, vanished(1), reindexed=[JUNE]) == {"vanished": -1, "reindexed": -7}
    assert told(-1, vanished(1), reindexed=[JUNE]) == {"vanished": -1}
    assert told(-8, reindexed=[MAY]) == {"unexplained": -8}


@pytest.mark.parametrize(
    ("published", "part"),
    [("2025-12-03", "new"), ("2025-12-02", "late"), ("2025-11", "late"), ("2025-12", "new"), ("2025", "new"), ("2024", "late"),
     ("2027-01-01", "new"), ("0000-00", "late"), (None, "late")],
)  # fmt: skip
def test_old_is_what_was_published_longer_ago_than_the_threshold_at_the_last_day_its_date_may_mean(
    published: str | None, part: str
) -> None:
    assert part_of(appeared(1, published), late_days=180) == part


def test_what_lies_before_the_first_reading_or_after_the_last_is_not_explained_yet() -> None:
    seen = [appeared(1, "2026-05", on=day) for day in (APRIL, JUNE, JULY)]
    accounts = explain([Change(day, 1) for day in (APRIL, JUNE, JULY)], [MAY, JUNE], seen)
    assert [(parts(one), one.read) for one in accounts] == [
        ({"unexplained": 1}, False),
        ({"new": 1}, True),
        ({"unexplained": 1}, False),
    ]
    later = explain([Change(JULY, 1)], [MAY, JUNE, "2026-07-08"], [appeared(1, "2026-05", on="2026-07-08")])
    assert parts(later[0]) == {"new": 1}, "read a week later, it is"


def test_changes_between_two_readings_are_given_links_oldest_first_and_the_last_takes_what_is_left() -> None:
    changes = [Change("2026-05-08", 2), Change("2026-05-15", -1), Change("2026-05-22", 1)]
    seen = [appeared(number, "2026-05") for number in (1, 2, 3)] + [vanished(4), vanished(5)]
    first, second, third = explain(changes, [MAY, JUNE], seen)
    assert [[link.citing for part in one.parts for link in part.links] for one in (first, second, third)] == [
        [1, 2],
        [4],
        [3, 5],
    ]
    assert [parts(one) for one in (first, second, third)] == [
        {"new": 2},
        {"vanished": -1},
        {"new": 1, "vanished": -1, "unexplained": 1},
    ]


def test_detail_names_the_citing_works_and_says_how_many_it_leaves_out() -> None:
    part = Part("late", 2, (appeared(1, "2019-03"), appeared(2, None, on=MAY)))
    assert part.detail(JUNE) == {
        "citing": [{"id": "W1", "published": "2019-03"}, {"id": "W2", "on": MAY}],
        "years": "2019, undated",
    }
    [merged] = Part("merged", -1, (vanished(1, became=2, merged="W2"),)).detail(JUNE)["citing"]
    assert merged == {"id": "W1", "kind": "vanished", "with": "W2"}
    many = Part("new", NAMED + 5, tuple(appeared(number, "2026") for number in range(NAMED + 5))).detail(JUNE)
    assert (len(many["citing"]), many["more"]) == (NAMED, 5)


@pytest.mark.parametrize(
    ("rests", "known", "expected"),
    [([-2] * 12 + [1] * 3, False, -12), ([2] * 12, True, 12), ([2] * 12, False, None), ([-1] * 9, True, None)],
    ids=["falls", "rises that were read", "rises that nobody has looked into", "too few"],
)
def test_a_source_has_indexed_anew_where_many_move_one_way_unexplained(
    rests: list[int], known: bool, expected: int | None
) -> None:
    accounts = [Account(Change(JUNE, rest), (Part("unexplained", rest),), known) for rest in rests]
    other_day = Account(Change(MAY, -5), (Part("unexplained", -5),), True)
    fell = sum(rest < 0 for rest in rests)
    found = list(
        reindexings({"openalex": [*accounts, other_day]}, JUNE, {"openalex": Reading(40, 30, fell)}, Tracking())
    )
    assert [row[:2] for row in found] == ([] if expected is None else [("openalex", expected)])
    many = {"openalex": Reading(400, 300, fell)}
    assert list(reindexings({"openalex": accounts}, JUNE, many, Tracking())) == [], "a few of many"
