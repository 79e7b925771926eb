"""Growth: the best few by the quick way are those of the plain definition; what is told of each; and by group."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from random import Random
from typing import Any, NamedTuple

import msgspec
import pytest
from typer.testing import CliRunner

from harvester.cli import app
from harvester.errors import UsageError
from harvester.records import Author, Edge, Institution, Record, Subject, Venue
from harvester.store import Store, counts
from harvester.store.counts import Count
from harvester.tracker import windows
from harvester.tracker.groups import GROUPS, grown
from harvester.tracker.growth import growth
from harvester.tracker.meant import Meant
from harvester.tracker.windows import Window, best_of, most
from tests.build import DAY, Hand, a_store, record, undone
from tests.test_observing import day

SOURCES, WORKS = ("crossref", "openalex"), 30
COLUMNS = ("work", "source", "count", "gained", "from_date", "to_date")
MAY, JUNE, JULY, AUGUST = "2026-05-01", "2026-06-01", "2026-07-01", "2026-08-01"


# --- the quick way and the plain definition ---


class Seen(NamedTuple):
    """A record and the counts seen of it, by day; `heir`: it is gone on a day, and the next of its source answers."""

    work: int
    source: str
    by_day: dict[int, int]
    heir: int | None

    def spans(self, to: str) -> list[tuple[str, str, int]]:
        """First and last day and count of each run of equal counts that began by then."""
        runs = [list(run) for _, run in groupby(sorted(self.by_day.items()), key=lambda one: one[1])]
        return [(day(run[0][0]), day(run[-1][0]), run[0][1]) for run in runs if day(run[0][0]) <= to]


def invented(rng: Random) -> list[Seen]:
    """Records of some thirty works: few values, so that many are equal; falls; several of a source; ids that moved."""
    return [
        Seen(
            rng.randint(1, WORKS),
            rng.choice(SOURCES),
            {on: rng.choice((0, 1, 1, 2, 3)) for on in rng.sample(range(13), rng.randint(0, 4))},
            rng.randint(0, 12) if rng.random() < 0.3 else None,
        )
        for _ in range(rng.randint(0, 2 * WORKS))
    ]


def plain(seen: list[Seen], start: str | None, to: str) -> list[tuple[Any, ...]]:
    """(work, source, count, gained, from_date, to_date) of each series, most first, as the words of the query say."""
    found = []
    for key, group in groupby(sorted(seen, key=lambda one: one[:2]), key=lambda one: one[:2]):
        members = list(group)
        spans = [one.spans(to) for one in members]
        heirs = [one.heir is not None and n + 1 < len(members) for n, one in enumerate(members)]
        gone = [day(one.heir or 0) if heir else None for one, heir in zip(members, heirs, strict=True)]
        spliced = any(on is not None and on <= to and spans[n + 1] for n, on in enumerate(gone))
        pieces = [(spans[n], gone[n]) for n in range(len(members)) if spans[n]]
        if pieces:
            found.append((*key, *(_as_one(pieces, start, to) if spliced else _the_highest(pieces, start, to))))
    return sorted(found, key=lambda row: (-row[3], -row[2], row[0], row[1]))


def _the_highest(pieces: list[Any], start: str | None, to: str) -> tuple[Any, ...]:
    spans = max((spans for spans, _ in pieces), key=lambda spans: spans[-1][2])
    begin = start if start is not None and spans[0][0] <= start else spans[0][0]
    before = [span for span in spans if span[0] <= begin][-1]
    return spans[-1][2], spans[-1][2] - before[2], min(before[1], begin), min(spans[-1][1], to)


def _as_one(pieces: list[Any], start: str | None, to: str) -> tuple[Any, ...]:
    first = min(spans[0][0] for spans, _ in pieces)
    begin = start if start is not None and first <= start else first
    begun = [([span for span in spans if span[0] <= begin], on) for spans, on in pieces]
    before = [(spans[-1], on) for spans, on in begun if spans]
    after = [(spans[-1], on) for spans, on in pieces]

    def count(pairs: list[Any], then: str) -> int:
        alive = [span[2] for span, on in pairs if on is None or on > then]
        return max(alive or [span[2] for span, _ in pairs])

    from_date = max(min(span[1], begin) for span, _ in before)
    return count(after, to), count(after, to) - count(before, begin), from_date, min(max(s[1] for s, _ in after), to)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with a_store(tmp_path_factory.mktemp("growth")) as opened:
        yield opened


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if thirty works were too many to look at each, and the first look had to do with the fewest leads."""
    monkeypatch.setattr(windows, "FEW", 0)
    monkeypatch.setattr(windows, "_SPARE", 0)


def put(store: Store, seen: list[Seen]) -> None:
    """These records with these counts, as runs would have written them; works came later the lower their number."""
    store.db.executemany("INSERT INTO work (id, origin) VALUES (?, '{}')", [(work,) for work in range(1, WORKS + 1)])
    ordered = sorted(seen, key=lambda one: (-one.work, one.source))
    for number, one in enumerate(ordered, start=1):
        follows = one.heir is not None and number < len(ordered) and ordered[number][:2] == one[:2]
        store.db.execute(
            "INSERT INTO record (id, source, source_id, work, gone_on) VALUES (?, ?, ?, ?, ?)",
            (number, one.source, f"W{number}", one.work, day(one.heir or 0) if follows else None),
        )
    store.db.execute("UPDATE record SET successor = id + 1 WHERE gone_on IS NOT NULL")
    for on in range(13):
        here = [Count(n, day(on), one.by_day[on]) for n, one in enumerate(ordered, start=1) if on in one.by_day]
        counts.observe(store.db, here)


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.usefixtures("hurried")
def test_the_best_few_are_those_of_the_plain_definition(shelf: Store, seed: int) -> None:
    """Of any window that begins before, while or after something was seen, of all sources or one, of all works or some."""
    rng = Random(seed)
    seen = invented(rng)
    with undone(shelf):
        put(shelf, seen)
        for _ in range(8):
            begin, end = sorted(rng.sample(range(-1, 14), 2))
            start, source = rng.choice((None, day(begin), day(begin))), rng.choice((None, None, *SOURCES))
            works = rng.choice((None, None, sorted(rng.sample(range(1, WORKS + 2), 9))))
            window = Window(start, day(end), source, rng.random() < 0.3, {"openalex": 0, "crossref": 1})
            limit = rng.choice((1, 2, 3, 5, WORKS))
            found = [tuple(row[name] for name in COLUMNS) for row in most(shelf, window, works, limit)]
            expected = plain([one for one in seen if source in (None, one.source)], window.start, window.end)
            expected = [row for row in expected if works is None or row[0] in works]
            if window.best:
                kept = best_of([dict(zip(COLUMNS, row, strict=True)) for row in expected], window)
                chosen = {(row["work"], row["source"]) for row in kept}
                expected = [row for row in expected if row[:2] in chosen]
            assert found == expected[:limit], (window, works, limit)


# --- of several sources one ---


def choice(start: str | None, **seen: tuple[int, str, str]) -> str:
    """The source chosen of {source: (count, from_date, to_date)}."""
    rows = [{"work": 1, "source": s, "count": n, "from_date": a, "to_date": b} for s, (n, a, b) in seen.items()]
    window = Window(start, AUGUST, None, True, {"openalex": 0, "semantic_scholar": 1, "crossref": 2})
    return str([row["source"] for row in best_of(rows, window)].pop())


def test_the_source_to_go_by_saw_all_of_the_window_then_counts_most_then_is_trusted_most() -> None:
    whole = (10, MAY, AUGUST)
    assert choice(MAY, openalex=whole, crossref=(99, JUNE, AUGUST)) == "openalex", "the other came late"
    assert choice(MAY, openalex=whole, crossref=(99, MAY, JULY)) == "openalex", "the other was given up"
    assert choice(MAY, openalex=whole, crossref=(11, MAY, "2026-07-30")) == "crossref", "read in another week's day"
    assert choice(MAY, crossref=whole, openalex=whole, semantic_scholar=whole) == "openalex"
    assert choice(None, openalex=(5, JUNE, AUGUST), crossref=(1, MAY, AUGUST)) == "crossref"
    assert choice(MAY, openalex=(5, JUNE, AUGUST), crossref=(9, JULY, AUGUST)) == "openalex", (
        "none saw all: who saw most"
    )


# --- what is told of a series ---


def written(one: Record, *authors: Author) -> Record:
    """The record with these authors."""
    return msgspec.structs.replace(one, authors=authors)


def cited(hand: Hand, on: str, run: int, count: int, *citing: str, by: Sequence[Author] = ()) -> None:
    """A run that reads W1 with its count and the whole list of works citing it."""
    hand.live(on, written(record("W1", title="Cited", cited_by_count=count), *by))
    hand.citing(on, run, "W1", *citing, count=count)


def test_how_fast_and_whether_faster(hand: Hand, store: Store) -> None:
    for number, (on, count) in enumerate(((MAY, 10), ("2026-05-31", 25), ("2026-06-30", 70)), start=1):
        cited(hand, on, number, count)
    [row] = growth(store, to=AUGUST)
    assert (row["gained"], row["gained_per_30_days"], row["acceleration"]) == (60, 30, 30)
    assert (row["from_date"], row["to_date"]) == (MAY, "2026-06-30"), "not the day that was asked for"
    [row] = growth(store, to=AUGUST, since=JUNE)
    assert (row["gained"], row["gained_per_30_days"], row["acceleration"]) == (45, 45, None), "nobody looked between"
    [row] = growth(store, to=MAY)
    assert (row["gained"], row["gained_per_30_days"], row["acceleration"]) == (0, None, None), "one day has no rate"


def test_who_made_it_grow(hand: Hand, store: Store) -> None:
    """New works and old ones found late, its authors' own and others; net of those that came and went."""
    mira, tom = Author("Mira Kai", id="A1"), Author("Tom Moll", orcid="0000-0002-1825-0097")
    cited(hand, MAY, 1, 2, "W2", "W3", by=(mira, tom))
    hand.live(
        JUNE,
        written(record("W4", title="New, her own", date="2026-05-02"), Author("M. Kai", id="A1")),
        written(record("W5", title="Old, of a namesake", date="2019"), Author("Tom Moll")),
        written(record("W6", title="His, by his ORCID", year=2026), Author("T. Moll", id="A9", orcid=tom.orcid)),
        written(record("W7", title="Gone again", date="2026-05-02"), mira),
    )
    with store.transaction():
        hand.saver.save_edges("openalex", [Edge("W8", "W1", created="2026-05", author_self=True)], JUNE, 2)
    cited(hand, JUNE, 2, 7, "W2", "W4", "W5", "W6", "W7", "W8", "W9", by=(mira, tom))
    cited(hand, JULY, 3, 7, "W2", "W3", "W4", "W5", "W6", "W8", "W9", by=(mira, tom))
    row = next(row for row in growth(store, to=JULY) if row["title"] == "Cited")
    assert row["gained"] == 5
    assert row["gained_known"] == 5, "W4, W5, W6, W8, W9: neither W7, which is gone, nor W3, which was there before"
    assert (row["gained_by_new"], row["gained_by_old"], row["new_share"]) == (3, 1, 0.75), "of W9 nobody knows a day"
    assert (row["gained_by_self"], row["gained_without_self"]) == (3, 2), "a name is no person"
    assert growth(store, to=JULY, since=JUNE)[0]["gained_known"] == 1, "W3 came back"
    [strict] = [row for row in growth(store, to=JULY, late_days=10) if row["title"] == "Cited"]
    assert (strict["gained_by_new"], strict["gained_by_old"]) == (2, 2), (
        "neither the month of W8 nor the year of W6 was over"
    )


def test_where_no_list_of_citing_works_was_read_nothing_is_claimed_of_them(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("W1", title="T", cited_by_count=1))
    [row] = growth(store, to=DAY)
    unknown = ("gained_known", "gained_by_new", "gained_by_old", "gained_by_self", "gained_without_self", "new_share")
    assert [row[name] for name in unknown] == [None] * 6


# --- groups, and which works are meant ---


@pytest.fixture
def library(store: Store, hand: Hand) -> Store:
    """Three works of two sources, in groups of every kind."""
    tide = Institution("Tide Institute", ror="04jr1s763", id="I1")
    mira, tom = Author("Mira Kai", id="A1", institutions=(tide,)), Author("Tom Moll")
    kinds = {"W1": (mira, "Harbours"), "W2": (mira, "Tides"), "W3": (tom, "Tides")}
    for on, grew in ((MAY, 0), (JUNE, 1)):
        for number, (name, (author, topic)) in enumerate(kinds.items(), start=1):
            one = record(
                name, title=f"Work {number}", doi=f"10.5555/{number}", cited_by_count=10 * number + number * grew,
                subjects=(Subject("topic", topic),), venue=Venue("Journal of Invented Harbours", issn_l="1758-5880"),
            )  # fmt: skip
            hand.live(on, written(one, author, author))
    hand.live(MAY, record("s1", "semantic_scholar", doi="10.5555/1", cited_by_count=50))
    hand.live(JUNE, record("s1", "semantic_scholar", doi="10.5555/1", cited_by_count=70))
    with store.transaction():
        store.db.execute("INSERT INTO watch (id, kind, value, added_on) VALUES (7, 'query', 'tides', ?)", (MAY,))
        store.db.execute("INSERT INTO watch_record SELECT 7, id FROM record WHERE source_id IN ('W1', 's1', 'W3')")
    return store


def test_a_row_a_group_in_which_a_work_counts_once(library: Store) -> None:
    def shown(by: str, **asked: Any) -> list[tuple[Any, ...]]:
        found = grown(library, by, to=JUNE, **asked)
        return [(row["id"], row["name"], row["source"], row["works"], row["count"], row["gained"]) for row in found]

    oa, s2 = {"source": "openalex"}, "semantic_scholar"
    journal = ("1758-5880", "Journal of Invented Harbours")
    assert shown("venue") == [(*journal, s2, 1, 70, 20), (*journal, "openalex", 3, 66, 6)]
    assert shown("venue", best=True) == [(*journal, None, 3, 125, 25)]
    assert shown("author", **oa) == [("openalex:A1", "Mira Kai", "openalex", 2, 33, 3)], "a name is no person"
    assert shown("institution", **oa) == [("04jr1s763", "Tide Institute", "openalex", 2, 33, 3)]
    assert shown("topic", **oa) == [("Tides",) * 2 + ("openalex", 2, 55, 5), ("Harbours",) * 2 + ("openalex", 1, 11, 1)]
    assert shown("watch", best=True) == [("7", "tides", None, 2, 103, 23)]
    assert shown("topic", best=True, limit=1, meant=Meant(watch=7)) == [("Harbours", "Harbours", None, 1, 70, 20)]
    [row] = grown(library, "watch", to=JUNE, best=True)
    assert row["gained_per_30_days"] == pytest.approx(30 * 23 / 31, abs=0.01)


@pytest.mark.parametrize(
    ("meant", "works"),
    [
        ({"watch": 7}, [1, 3]), ({"author": "A1"}, [1, 2]), ({"author": "Tom Moll"}, [3]), ({"author": "Moll"}, []),
        ({"institution": "https://ror.org/04jr1s763"}, [1, 2]), ({"institution": "tide institute"}, [1, 2]),
        ({"topic": "tides"}, [2, 3]), ({"topic": "tides", "author": "A1"}, [2]), ({"venue": 1}, [1, 2, 3]),
        ({"work": 2}, [2]), ({"watch": 404}, []),
    ],
    ids=str,
)  # fmt: skip
def test_the_works_that_are_meant(library: Store, meant: dict[str, Any], works: list[int]) -> None:
    found = growth(library, to=JUNE, source="openalex", meant=Meant(**meant))
    assert sorted(row["work"] for row in found) == works
    assert sum(
        row["works"] for row in grown(library, "venue", to=JUNE, source="openalex", meant=Meant(**meant))
    ) == len(works)


def test_every_kind_of_group_can_be_asked_for_where_nothing_is_held(store: Store) -> None:
    assert [grown(store, by, to=DAY) for by in GROUPS] == [[]] * len(GROUPS)
    assert growth(store, to=DAY) == []


# --- on the command line ---


def asked(store: Store, *words: str) -> Any:
    """What the command ends with."""
    return CliRunner().invoke(app, ["--db", str(store.path), "growth", *words])


def test_the_command_by_work_and_by_group(library: Store) -> None:
    rows = [
        json.loads(line) for line in asked(library, "--as-of", JUNE, "--author", "A1", "--best").stdout.splitlines()
    ]
    assert [list(row)[:10] for row in rows] == [["work", "doi", "title", "year", "venue", *COLUMNS[1:]]] * 2
    assert [(row["work"], row["source"], row["gained"]) for row in rows] == [
        (1, "semantic_scholar", 20),
        (2, "openalex", 2),
    ]
    [row] = [
        json.loads(line) for line in asked(library, "--by", "venue", "--best", "--as-of", JUNE).stdout.splitlines()
    ]
    assert (row["by"], row["id"], row["works"], row["gained"]) == ("venue", "1758-5880", 3, 25)
    for words in (("--by", "topic"), ("--topic", "Harbours"), ("--issn", "1758-5880", "--days", "31")):
        table = asked(library, *words, "--as-of", JUNE, "--format", "table").stdout
        assert max(map(len, table.splitlines())) <= 80
        assert "──" in table, "a table, no blocks"
        assert "semantic_scholar" in table, "the source in one piece"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--by", "country"), "--by 'country': it is watch, venue, author, institution, topic"),
        (("--days", "7", "--since", MAY), "--since and --days both say where the window begins; give one of them"),
        (("--author", "Nobody"), "--author 'Nobody': no work held has it"),
        (("--topic", ""), "--topic '': no work held has it"),
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_meant_is_said_in_one_line(library: Store, words: tuple[str, ...], said: str) -> None:
    done = asked(library, *words)
    assert isinstance(done.exception, UsageError)
    assert said in str(done.exception)
