"""What a person who follows works wants to be told of a window: surprising growth, milestones, first citations, wake-ups."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from harvester.store import Row, Store
from harvester.tracker.cohorts import Cohort, Place, cohorts, narrowest, percentiles
from harvester.tracker.milestones import reached, woken
from harvester.tracker.reconstruction import first_date
from harvester.tracker.series import Series, iso, ordinal, series
from harvester.tracker.surprise import FEWEST, WINDOWS, Group, Past, Surprise, surprises
from harvester.tracker.yearly import Yearly, yearly

_YEAR, _FIRST_YEAR = 365, 183  # days; a work is out for half of its year of publication, on average
_ASKED = "all works asked about"


class Alerts(NamedTuple):
    """rows: work, doi, title, year, venue, kind, source, on, ..., why; tested: works whose growth was tested, of all sources."""

    rows: list[Row]
    tested: int


class _Told(NamedTuple):
    """One work's past in one source, with what its window was and came to."""

    past: Past
    value: int
    from_date: str
    to_date: str


def alerts(
    store: Store,
    works: Collection[int],
    *,
    since: str,
    to: str,
    rate: float,
    source: str | None = None,
    by_year: bool = False,
) -> Alerts:
    """What is to be told of these works for a window of days, by kind; of surprises the most surprising first.

    rate: how many of the works that grow steadily may be called surprising. by_year: surprise by the source's own counts of
    the last calendar year before `to` that was over when they were read, instead of by what was observed in the window.
    """
    told = _by_year(store, to, source) if by_year else _observed(store, since, to, source)
    surprising, tested = _surprising(store, works, told, rate)
    rows = [*surprising, *_milestones(store, works, since, to, source), *_wakes(store, works, since, to, source)]
    places = {
        name: percentiles(store, {row["work"] for row in rows if row["source"] == name}, name, since=since, to=to)
        for name in {row["source"] for row in rows}
    }
    briefs = {row["work"]: row for row in store.rows("briefs", works=json.dumps([row["work"] for row in rows]))}
    return Alerts(
        [_brief(briefs[row["work"]]) | row | _place(row["work"], places[row["source"]]) for row in rows], tested
    )


# --- surprise ---

Teller = Callable[[Iterable[int]], dict[str, dict[int, _Told]]]


def _observed(store: Store, since: str, to: str, source: str | None) -> Teller:
    """What was observed in the window and in those of the same length before it."""
    start, end = ordinal(since), ordinal(to)

    def tell(works: Iterable[int]) -> dict[str, dict[int, _Told]]:
        found: dict[str, dict[int, _Told]] = {}
        for one in series(store, works, as_of=to, source=source):
            if told := _windows(one, start, end):
                found.setdefault(one.source, {})[one.work] = told
        return found

    return tell


def _windows(one: Series, start: int, end: int) -> _Told | None:
    """The windows of a series, between days on which it was really seen; a fall gains nothing. None: its past is too short."""
    ends = one.between(start, end)
    if ends is None:
        return None
    before, after = ends
    gains, days = list[int](), list[int]()
    later = before
    for number in range(1, WINDOWS + 1):
        earlier = one.at(start - number * (end - start)) or one.points[0]._replace(last=one.points[0].first)
        if later.last > earlier.last:
            gains.append(max(later.value - earlier.value, 0))
            days.append(later.last - earlier.last)
        later = earlier
    if len(gains) < FEWEST:
        return None
    past = Past(gains, days, after.value - before.value, after.last - before.last)
    return _Told(past, after.value, iso(before.last), iso(after.last))


def _by_year(store: Store, to: str, source: str | None) -> Teller:
    """The source's own count for the last calendar year, and for those before it."""
    year = int(to[:4]) - 1

    def tell(works: Iterable[int]) -> dict[str, dict[int, _Told]]:
        found: dict[str, dict[int, _Told]] = {}
        for one in yearly(store, works, as_of=to, source=source):
            if told := _years(one, year):
                found.setdefault(one.source, {})[one.work] = told
        return found

    return tell


def _years(one: Yearly, year: int) -> _Told | None:
    """None: the year was not over when its figures were seen, or too few are known before it."""
    if one.last_full < year or not one.told or year - one.begins < FEWEST:
        return None
    counts = [one.years.get(each, 0) for each in range(max(one.begins, year - WINDOWS), year + 1)]
    days = [_YEAR] * (len(counts) - 1)
    if one.begins == one.published and len(counts) == year - one.begins + 1:
        days[0] = _FIRST_YEAR
    return _Told(Past(counts[:-1], days, counts[-1], _YEAR), one.total, f"{year}-01-01", f"{year}-12-31")


def _surprising(store: Store, works: Collection[int], tell: Teller, rate: float) -> tuple[list[Row], int]:
    """Rows of surprises, and how many works were tested."""
    own = cohorts(store, works)
    rows: list[Row] = []
    tested = 0
    for source, told in sorted(
        tell({*works, *(work for each in own.values() for one in each for work in one.works)}).items()
    ):
        named = _grouped(works, own, told)
        tested += sum(len(group.asked) for group in named.values())
        cohort_of = {work: cohort for cohort, group in named.items() for work in group.asked}
        rows += [
            _surprise(found, source, told[found.work], cohort_of[found.work])
            for found in surprises(named.values(), rate)
        ]
    rows.sort(key=lambda row: (row["probability"], row["work"], row["source"]))
    return rows, tested


def _grouped(
    works: Collection[int], own: Mapping[int, Sequence[Cohort]], told: Mapping[int, _Told]
) -> dict[Cohort, Group]:
    """Each work that has a past in the narrowest of its cohorts; for want of one, among those asked about of its year, or all."""
    wanted = sorted(set(works) & told.keys())
    by_year: dict[int, list[int]] = {}
    for work in wanted:
        for year in {cohort.year for cohort in own[work]}:
            by_year.setdefault(year, []).append(work)
    years = {year: Cohort("year", _ASKED, year, tuple(members)) for year, members in by_year.items()}
    everyone = Cohort("all", _ASKED, 0, tuple(wanted))
    candidates = {
        work: [*own[work], *(years[year] for year in sorted({one.year for one in own[work]})), everyone]
        for work in wanted
    }
    pasts = {
        cohort: {work: told[work].past for work in cohort.works if work in told}
        for cohort in {cohort for each in candidates.values() for cohort in each}
    }
    sizes = {cohort: len(past) for cohort, past in pasts.items()}
    asked: dict[Cohort, list[int]] = {}
    for work in wanted:
        asked.setdefault(narrowest(candidates[work], sizes) or everyone, []).append(work)
    return {cohort: Group(pasts[cohort], asked[cohort]) for cohort in sorted(asked, key=_named)}


def _named(cohort: Cohort) -> tuple[str, str, int, tuple[int, ...]]:
    return cohort.kind, cohort.name, cohort.year, cohort.works[:1]


def _surprise(found: Surprise, source: str, told: _Told, cohort: Cohort) -> Row:
    window = f"{found.gained} in {told.past.window} days, {found.low} to {found.high} expected"
    return {
        "work": found.work, "kind": "surprise", "source": source, "on": told.to_date, "count": told.value,
        "from_date": told.from_date, "to_date": told.to_date, "gained": found.gained, "expected": round(found.expected, 2),
        "expected_low": found.low, "expected_high": found.high, "probability": float(f"{found.probability:.3g}"),
        "false_discovery": float(f"{found.false:.3g}"), "past_windows": len(told.past.gains), "against": str(cohort),
        "against_works": found.cohort, "against_factor": round(found.tide, 2),
        "why": f"gained {window}: {_chance(found.probability)}",
    }  # fmt: skip


def _chance(probability: float) -> str:
    return f"1 chance in {round(1 / probability):,}" if probability > 1e-9 else "less than 1 chance in a billion"


# --- milestones, wake-ups ---


def _milestones(store: Store, works: Collection[int], since: str, to: str, source: str | None) -> Iterator[Row]:
    for one in series(store, works, as_of=to, source=source):
        for found in reached(one, ordinal(since), ordinal(to)):
            before, day = iso(found.before), iso(found.day)
            row = {
                "work": one.work,
                "source": one.source,
                "on": day,
                "count": found.value,
                "from_date": before,
                "to_date": day,
            }
            row["milestone"] = found.milestone
            if found.milestone == 1:
                date = first_date(store, one.work, as_of=to, source=one.source)
                told = f"cited for the first time, seen on {day}, not yet on {before}"
                citing = f"; the citing work is of {date}" if date else ""
                yield row | {"kind": "first_citation", "citing_date": date, "why": told + citing}
            else:
                told = f"{found.milestone:,} citations, seen on {day}, not yet on {before}"
                yield row | {"kind": "milestone", "why": told}


def _wakes(store: Store, works: Collection[int], since: str, to: str, source: str | None) -> Iterator[Row]:
    """Works that are awake as known at the end of the window and were not as known at its beginning."""
    known = {(one.work, one.source) for one in yearly(store, works, as_of=since, source=source) if woken(one)}
    for one in yearly(store, works, as_of=to, source=source):
        wake = woken(one)
        if wake is None or (one.work, one.source) in known:
            continue
        beauty = wake.beauty.coefficient
        yield {
            "work": one.work, "kind": "wake_up", "source": one.source, "on": one.day, "count": one.total, "beauty": beauty,
            "why": f"woke in {wake.year}: {wake.asleep} citations in {wake.slept} years before, {wake.awake} since "
            f"(beauty coefficient {beauty:g})",
        }  # fmt: skip


# --- what every row has ---

_KEYS = (
    "kind", "source", "on", "count", "from_date", "to_date", "why", "gained", "expected", "expected_low", "expected_high",
    "probability", "false_discovery", "past_windows", "against", "against_works", "against_factor", "milestone", "citing_date",
    "beauty",
)  # fmt: skip


def _brief(brief: Row) -> Row:
    return {key: brief[key] for key in ("work", "doi", "title", "year", "venue")} | dict.fromkeys(_KEYS)


def _place(work: int, places: Mapping[int, Sequence[Place]]) -> Row:
    """Its position in the first of its cohorts that is large enough; all null where none is."""
    place = next((one for one in places.get(work, ()) if one.by_count is not None), None)
    return {
        "cohort": place and str(place.cohort),
        "cohort_size": place and place.size,
        "count_percentile": place and place.by_count,
        "gained_percentile": place and place.by_gain,
    }
