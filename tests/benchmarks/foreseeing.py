"""How well growth is foreseen: python -m tests.benchmarks.foreseeing [tune]

Forecasts of calendar years on the real works of ../shared/corpus: OpenAlex works read in spring 2023 with their counts by year
(the SYNERGY set: chosen by searches, not for being cited). Half of the works, drawn by a hash of their ids, are for choosing,
with the years up to 2021; figures are of the other half. 2022 was held back altogether. False alerts and the power to see a
surge on simulated growth: cohorts of works that gain at known rates, some of them twice or three times as much at last.
"""

from __future__ import annotations

import functools
import gzip
import math
import random
import sys
from bisect import bisect
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from harvester.records import Record
from harvester.sources import parser_of
from harvester.tracker import forecast
from harvester.tracker.binomial import quantile
from harvester.tracker.forecast import HISTORY, Predicted, band, expected, features, naive, predict, volume
from harvester.tracker.surprise import Past, expectations
from tests.conftest import SHARED

# --- forecasts on real works ---

FIRST = 2012  # the first year that these records list
CHOOSING, HELD_BACK = range(2016, 2022), 2022
BASELINES = ("last year", "mean of three years")
BANDS, VOLUMES = ("young", "middle", "old"), ("few", "some", "many")
GROUPS = [(age, number) for age in BANDS for number in VOLUMES]
COVERAGE = 0.8
FEWEST = 100  # cases to choose on, below which the model is not trusted


class Case(NamedTuple):
    """A year of a work that is forecast: the years before, newest first, its age then, and what it was."""

    history: tuple[int, ...]
    age: int
    year: int
    actual: int

    @property
    def group(self) -> tuple[str, str]:
        return band(self.age), volume(self.history)


@functools.cache
def real_works(corpus: Path) -> list[Record]:
    """The works with their counts by year, read in spring 2023, each once."""
    found: dict[str, Record] = {}
    parse = parser_of("openalex")
    for path in sorted((corpus / "openalex" / "synergy").glob("*.gz")):
        with gzip.open(path) as lines:
            for record in map(parse, lines):
                found.setdefault(record.source_id, record)
    return [one for _, one in sorted(found.items()) if one.year and (one.counts_by_year or not one.cited_by_count)]


def halves(works: Iterable[Record]) -> tuple[list[Record], list[Record]]:
    """For choosing, and for reporting."""
    sides: tuple[list[Record], list[Record]] = [], []
    for one in works:
        sides[blake2b(one.source_id.encode(), digest_size=1).digest()[0] & 1].append(one)
    return sides


def cases(works: Iterable[Record], years: Iterable[int], ahead: int) -> list[Case]:
    """Every year of every work that can be forecast so many years ahead."""
    found = []
    for one in works:
        counts, published = dict(one.counts_by_year or ()), one.year or 0
        for year in years:
            last = year - ahead
            begins = max(published, FIRST, last - HISTORY + 1)
            history = tuple(counts.get(each, 0) for each in range(last, begins - 1, -1))
            if history:
                found.append(Case(history, year - published, year, counts.get(year, 0)))
    return found


class Score:
    """Sums over cases: absolute errors and pinball losses of the forecast and of both baselines, and how many were inside."""

    def __init__(self) -> None:
        self.cases = self.inside = 0
        self.actual = 0.0
        self.absolute = dict.fromkeys(("forecast", *BASELINES), 0.0)
        self.pinball = dict.fromkeys(("forecast", *BASELINES), 0.0)

    def add(self, case: Case, found: dict[str, Predicted]) -> None:
        self.cases += 1
        self.actual += case.actual
        self.inside += found["forecast"].low <= case.actual <= found["forecast"].high
        for name, one in found.items():
            self.absolute[name] += abs(one.median - case.actual)
            self.pinball[name] += (
                sum(pinball(at, share, case.actual) for at, share in zip(one[:3], (0.1, 0.5, 0.9), strict=True)) / 3
            )

    @property
    def wins(self) -> bool:
        return self.absolute["forecast"] < min(self.absolute[name] for name in BASELINES)


def pinball(at: float, share: float, actual: float) -> float:
    """The loss of a quantile (Koenker and Bassett 1978, 10.2307/1913643)."""
    return (actual - at) * share if actual >= at else (at - actual) * (1 - share)


def scored(
    found: Sequence[Case], ahead: int, errors: dict[tuple[str, str, str], tuple[float, float]]
) -> dict[tuple[str, str], Score]:
    """Scores by group and of all. errors: of the baselines, by name and group, for their own intervals."""
    scores: dict[tuple[str, str], Score] = defaultdict(Score)
    for case in found:
        told = {"forecast": predict(case.history, case.age, ahead)}
        for name in BASELINES:
            told[name] = forecast._naive(case.history, name, *errors[name, *case.group])
        for group in (case.group, ("all", "")):
            scores[group].add(case, told)
    return scores


def naive_errors(found: Sequence[Case]) -> dict[tuple[str, str, str], tuple[float, float]]:
    """The errors of each baseline and group that leave a tenth out at either end, in square roots of it plus one."""
    errors: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for case in found:
        for name in BASELINES:
            at = naive(case.history, name)
            errors[name, *case.group].append((case.actual - at) / math.sqrt(at + 1))
    return {key: (_share(sorted(own), 0.1), _share(sorted(own), 0.9)) for key, own in errors.items()}


def _share(ranked: Sequence[float], share: float) -> float:
    return round(ranked[min(int(share * len(ranked)), len(ranked) - 1)], 3)


def table(corpus: Path) -> Iterator[str]:
    """Mean absolute error, pinball loss and coverage by group, on the works that nothing was chosen on."""
    choosing, reporting = halves(real_works(corpus))
    yield f"{len(choosing)} works for choosing (years {CHOOSING[0]} to {CHOOSING[-1]}), {len(reporting)} for reporting"
    for ahead in (1, 2):
        errors = naive_errors(cases(choosing, CHOOSING, ahead))
        for label, years in ((f"{CHOOSING[0]}-{CHOOSING[-1]}", CHOOSING), (str(HELD_BACK), (HELD_BACK,))):
            scores = scored(cases(reporting, years, ahead), ahead, errors)
            yield f"{ahead} year{'s' * (ahead > 1)} ahead, {label}"
            yield (
                f"  {'works':13}{'cases':>6}{'cited':>7} | error {'forecast':>9}{'last year':>10}{'mean of 3':>10} "
                f"| pinball {'forecast':>9}{'last year':>10}{'mean of 3':>10} | within 80 %"
            )
            for group in (("all", ""), *GROUPS):
                if group in scores:
                    yield _line(group, scores[group], ahead)


def _line(group: tuple[str, str], score: Score, ahead: int) -> str:
    errors, losses = (
        "".join(
            f"{of[name] / score.cases:{width}.3f}" for name, width in (("forecast", 9), *((b, 10) for b in BASELINES))
        )
        for of in (score.absolute, score.pinball)
    )
    instead = forecast.INSTEAD[ahead].get(group)
    said = (
        f"  {instead[0]} stands for it" if instead else "" if score.wins else "  no better than the best baseline here"
    )
    return (
        f"  {' '.join(group):13}{score.cases:6}{score.actual / score.cases:7.2f} |       {errors} |         {losses} "
        f"| {score.inside / score.cases:6.1%}{said}"
    )


# --- tuning ---


def tune(corpus: Path) -> Iterator[str]:
    """The constants of harvester/tracker/ageing.py, chosen on one half of the works."""
    choosing, _ = halves(real_works(corpus))
    for ahead in (1, 2):
        found = cases(choosing, CHOOSING, ahead)
        lines = {age: _fitted([case for case in found if band(case.age) == age], age) for age in BANDS}
        for age in BANDS:
            yield f"LINES[{ahead}][{age!r}] = ({', '.join(f'{one:.4f}' for one in lines[age])})"
        errors = naive_errors(found)
        for group in GROUPS:
            own = [case for case in found if case.group == group]
            told = [expected(lines[group[0]], features(case.history, case.age)) for case in own]
            yield f"ENDS[{ahead}][{group}] = {_end(own, told):.3f}  # {len(own)} cases"
            best = min(BASELINES, key=lambda name: _error(own, [naive(case.history, name) for case in own]))
            model = _error(own, [quantile(0.5, *one) for one in told])
            baseline = _error(own, [naive(case.history, best) for case in own])
            if model >= baseline or len(own) < FEWEST:
                yield f"INSTEAD[{ahead}][{group}] = ({best!r}, {errors[best, *group]})  # {model:.3f} against {baseline:.3f}"


def _error(found: Sequence[Case], told: Sequence[float]) -> float:
    return sum(abs(case.actual - at) for case, at in zip(found, told, strict=True)) / len(found)


def _end(found: Sequence[Case], told: Sequence[tuple[float, float]]) -> float:
    """The largest share left out at either end with which the interval still holds as often as it should."""
    for thousandths in range(450, 0, -10):
        end = thousandths / 1000
        inside = sum(
            quantile(end, *one) <= case.actual <= quantile(1 - end, *one) for case, one in zip(found, told, strict=True)
        )
        if inside >= COVERAGE * len(found):
            return end
    return 0.001


def _fitted(found: Sequence[Case], age: str) -> list[float]:
    """The most likely line. The young have no years beyond the last three, so no long level."""
    rows = [(features(case.history, case.age), case.actual) for case in found]
    long = age != "young"

    def line(at: Sequence[float]) -> list[float]:
        return [*at[:4], at[4] if long else 0.0, at[5], math.exp(at[6]), math.exp(at[7])]

    def loss(at: Sequence[float]) -> float:
        own = line(at)
        total = 0.0
        for row, actual in rows:
            mean, size = expected(own, row)
            total -= (
                math.lgamma(actual + size) - math.lgamma(size) - math.lgamma(actual + 1)
                - size * math.log1p(mean / size) + actual * math.log(mean / (mean + size))
            )  # fmt: skip
        return total / len(rows)

    return line(_least(loss, [0.0, 1.0, 0.0, 0.1, 0.0, 0.0, -1.0, -2.0]))


def _least(of: Callable[[Sequence[float]], float], start: list[float], steps: int = 1200) -> list[float]:
    """Where a function is least: Nelder and Mead 1965, 10.1093/comjnl/7.4.308."""
    corners = [start] + [[x + 0.3 * (i == j) for j, x in enumerate(start)] for i in range(len(start))]
    simplex = [(of(corner), corner) for corner in corners]
    for _ in range(steps):
        simplex.sort(key=lambda corner: corner[0])
        if simplex[-1][0] - simplex[0][0] < 1e-7:
            break
        middle = [sum(column) / len(start) for column in zip(*(at for _, at in simplex[:-1]), strict=True)]

        def along(
            share: float, centre: list[float] = middle, worst: list[float] = simplex[-1][1]
        ) -> tuple[float, list[float]]:
            at = [c + share * (w - c) for c, w in zip(centre, worst, strict=True)]
            return of(at), at

        turned = along(-1.0)
        if turned[0] < simplex[0][0]:
            simplex[-1] = min(turned, along(-2.0))
        elif turned[0] < simplex[-2][0]:
            simplex[-1] = turned
        elif (inner := along(0.5))[0] < simplex[-1][0]:
            simplex[-1] = inner
        else:
            best = simplex[0][1]
            shrunk = [[(a + b) / 2 for a, b in zip(best, at, strict=True)] for _, at in simplex[1:]]
            simplex[1:] = [(of(at), at) for at in shrunk]
    return min(simplex)[1]


# --- alerts on simulated growth ---

RATES = (0.01, 0.1, 1.0, 10.0, 100.0)  # citations a window
MIXED = tuple(round(math.exp(1.5 * z), 3) for z in (-2, -1.5, -1, -0.7, -0.4, -0.2, 0, 0.2, 0.4, 0.7, 1, 1.5, 2, 2.5))
KINDS: dict[str, Callable[[float], float]] = {  # size of the negative binomial distribution of a window, by its mean
    "Poisson": lambda _: 1e6,
    "batches": lambda mean: mean / 2,  # variance three times the mean
    "seasons": lambda _: 4.0,  # a standard deviation of half the mean, and the Poisson part
}
SIZES, PASTS, DAYS = (12, 200), (4, 24), 30
THRESHOLDS = (0.01, 0.001)


@functools.cache
def _cumulated(mean: float, size: float) -> list[float]:
    """The distribution function from 0 on, by the recurrence of its terms."""
    found, total, term, at = list[float](), 0.0, math.exp(-size * math.log1p(mean / size)), 0
    while total < 1 - 1e-13 and (term > 0 or at < mean):
        total += term
        found.append(total)
        term *= (at + size) / (at + 1) * mean / (mean + size)
        at += 1
    return found


def draw(rng: random.Random, kind: str, mean: float) -> int:
    """What a window brings to steady growth of this kind."""
    return bisect(_cumulated(mean, KINDS[kind](mean)), rng.random())


def cohort(
    rng: random.Random, kind: str, rates: Sequence[float], windows: int, works: int, surge: float = 1.0
) -> tuple[dict[int, Past], list[int]]:
    """A cohort of simulated works, and those (one in nineteen) that surge in the last window, if any do."""
    surging = range(works // 2, works, 19) if surge != 1 else ()
    pasts = {}
    for work in range(works):
        rate = rates[work % len(rates)]
        gained = draw(rng, kind, rate * surge if work in surging else rate)
        pasts[work] = Past([draw(rng, kind, rate) for _ in range(windows)], [DAYS] * windows, gained, DAYS)
    return pasts, list(surging)


def false_alerts(kind: str, rates: Sequence[float], windows: int, works: int, tests: int) -> dict[float, float]:
    """The share of steady works that are called surprising, by threshold."""
    rng, called = random.Random(f"{kind} {rates} {windows} {works}"), dict.fromkeys(THRESHOLDS, 0)
    for _ in range(tests // works):
        pasts, _ = cohort(rng, kind, rates, windows, works)
        for work, (own, _tide) in expectations(pasts).items():
            for threshold in THRESHOLDS:
                called[threshold] += own.surprised(pasts[work].gained, threshold)
    return {threshold: number / (tests // works * works) for threshold, number in called.items()}


def power(kind: str, rates: Sequence[float], windows: int, works: int, surge: float, surges: int, rate: float) -> float:
    """The share of works that gain `surge` times their rate that are called surprising."""
    rng, seen, called = random.Random(f"{kind} {rates} {windows} {works} {surge}"), 0, 0
    while seen < surges:
        pasts, surging = cohort(rng, kind, rates, windows, works, surge)
        found = expectations(pasts)
        called += sum(found[work][0].surprised(pasts[work].gained, rate) for work in surging)
        seen += len(surging)
    return called / seen


def simulation(tests: int = 24_000, surges: int = 100) -> Iterator[str]:
    """False alerts by kind of growth, rate, length of the past and size of the cohort, and the power to see a surge."""
    yield f"  {'growth':9}{'a window':>9}{'windows':>9}{'cohort':>8} | false at 1 %  at 0.1 % | seen at 0.1 %: doubled  tripled"
    for kind in KINDS:
        for rates in (*((rate,) for rate in RATES), MIXED):
            for windows in PASTS:
                for works in SIZES:
                    false = false_alerts(kind, rates, windows, works, tests)
                    seen = [power(kind, rates, windows, works, surge, surges, THRESHOLDS[1]) for surge in (2, 3)]
                    over = "  over the rate" if any(share > threshold for threshold, share in false.items()) else ""
                    named = "mixed" if rates == MIXED else f"{rates[0]:g}"
                    yield (
                        f"  {kind:9}{named:>9}{windows:9}{works:8} | {false[0.01]:12.2%}{false[0.001]:10.3%} "
                        f"| {seen[0]:22.0%}{seen[1]:9.0%}{over}"
                    )


def tables(shared: Path) -> Iterator[tuple[str, Iterator[str]]]:
    """Each table with its title."""
    yield (
        "forecasts of citations a year on real works, against two naive ones; mean errors, and how often it was within",
        table(shared / "corpus"),
    )
    yield "false alerts on simulated steady growth, and surges seen", simulation()


def main() -> int:
    for text in tune(SHARED / "corpus") if sys.argv[1:] == ["tune"] else _all():
        print(text, flush=True)
    return 0


def _all() -> Iterator[str]:
    for title, lines in tables(SHARED):
        yield f"{title}:"
        yield from lines


if __name__ == "__main__":
    sys.exit(main())
