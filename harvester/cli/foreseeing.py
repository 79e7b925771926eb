"""Commands of the statistics of growth: alerts, forecast, history."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from harvester import normal
from harvester.cli.reading import SourceName, WatchNumber
from harvester.cli.state import AsOf, Form, Limit, State, day_or_today, emit, work_number
from harvester.errors import UsageError

if TYPE_CHECKING:
    from harvester.store import Row, Store

Days = Annotated[int, typer.Option("--days", min=1, max=36_500, help="The last so many days, against as many before.")]
Everything = Annotated[bool, typer.Option("--all", help="Every work held, watched or not.")]


def register(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    for command in (alerts, forecast, history):
        app.command()(command)


def alerts(
    context: typer.Context,
    days: Days = 30,
    by_year: Annotated[
        bool, typer.Option("--by-year", help="Surprises of the last full year, by the source's own counts by year.")
    ] = False,
    watch: WatchNumber = None,
    everything: Everything = False,
    source: SourceName = None,
    rate: Annotated[
        float | None, typer.Option(min=0, max=1, help="Share of steady works that may be called surprising.")
    ] = None,
    form: Form = None,
    limit: Limit = 100,
    as_of: AsOf = None,
) -> None:
    """Surprising growth, milestones and wake-ups of watched works.

    A surprise is a gain larger than a work's own past and its cohort lead one to expect, with that interval, its probability and
    the share of false alerts to be expected down to it.
    """
    from harvester.tracker.alerts import alerts as found

    state: State = context.obj
    to = day_or_today(as_of, "--as-of")
    since = normal.shift(to, -days)
    share = state.settings.tracking.alert_rate if rate is None else rate
    with state.store(as_of=as_of) as store:
        works = _followed(store, watch, everything)
        told = found(store, works, since=since, to=to, rate=share, source=source, by_year=by_year)
    emit(form, told.rows[:limit], ("kind", "title", "source", "why"))
    if works:
        expected = f"at most {round(share * told.tested, 1):g} of {told.tested:,} series would surprise by chance"
        state.say(f"{'last full year' if by_year else f'{since} to {to}'}: {expected}")
    else:
        state.say("no work is watched: `harvester watch add` does it, --all takes every work held")


def forecast(
    context: typer.Context,
    works: Annotated[list[str] | None, typer.Argument(metavar="WORK...", help="These works.")] = None,
    watch: WatchNumber = None,
    everything: Everything = False,
    source: SourceName = None,
    form: Form = None,
    limit: Limit = 20,
    as_of: AsOf = None,
) -> None:
    """Citations of the next twelve months, with an interval.

    From the source's own counts by year; the interval holds four times out of five. Counted from the day a work was last seen.
    """
    from harvester.tracker.forecast import forecasts

    state: State = context.obj
    with state.store(as_of=as_of) as store:
        if works and (watch is not None or everything):
            raise UsageError("give works, or --watch or --all, not both")
        wanted = [work_number(store, name) for name in works] if works else _followed(store, watch, everything)
        found = forecasts(store, wanted, as_of=day_or_today(as_of, "--as-of"), source=source)
        briefs = _briefs(store, wanted)
    rows = [
        briefs[one.work]
        | {"source": one.source, "from_date": one.from_date, "to_date": one.to_date, "last_year": one.last_year}
        | (one.predicted._asdict() if one.predicted else dict.fromkeys(("low", "median", "high", "method")))
        | {"why": one.why}
        for one in found
    ]
    rows.sort(key=lambda row: (row["median"] is None, -(row["median"] or 0), row["work"], row["source"]))
    emit(form, rows[:limit], ("title", "year", "source", "last_year", "median", "low", "high", "method"))
    if not rows:
        state.say("no counts are held for this; harvest or import first")


def history(
    context: typer.Context,
    work: Annotated[str | None, typer.Argument(metavar="[WORK]", help="Of this work.")] = None,
    watch: WatchNumber = None,
    everything: Everything = False,
    source: SourceName = None,
    by: Annotated[str, typer.Option(help="How fine the dates of citing works are told: year, month or day.")] = "year",
    form: Form = None,
    limit: Limit = 1_000,
    as_of: AsOf = None,
) -> None:
    """A work's counts over time, observed and reconstructed.

    What lies before the first harvest is reconstructed from the dates of the citing works held and from the source's counts by
    year. Without a work: how far such reconstructions are off for the watched works, where they were observed too.
    """
    from harvester.tracker.reconstruction import PRECISION

    state: State = context.obj
    if by not in PRECISION:
        raise UsageError(f"--by {by!r} is not known; write {', '.join(PRECISION)}")
    if work and (watch is not None or everything):
        raise UsageError("give a work, or --watch or --all, not both")
    known = day_or_today(as_of, "--as-of")
    with state.store(as_of=as_of) as store:
        if work:
            rows, columns, means = _points(store, work_number(store, work), known, source, by), _POINT, None
        else:
            rows, means = _misses(store, _followed(store, watch, everything), known, source)
            columns = _MISS
    emit(form, rows[:limit], columns)
    for mean in means or ():
        told = f"{mean['signed']:+g} on average, {mean['absolute']:g} off"
        state.say(f"{mean['source']}, {mean['basis']}: {told}, per 30 days, of {mean['works']} works")
    if not rows:
        state.say("nothing is held for this" if work else "no work was both observed and reconstructed")


_POINT = ("kind", "basis", "source", "period", "gained", "count", "error_per_30_days")
_MISS = ("title", "source", "basis", "from_date", "observed", "reconstructed", "error_per_30_days")


def _points(store: Store, work: int, as_of: str, source: str | None, by: str) -> list[Row]:
    """The points of one work's history, what is reconstructed with the error measured for it, if it was."""
    from msgspec.structs import asdict

    from harvester.tracker.reconstruction import errors, history, mean_errors

    means = mean_errors(errors(store, [work], as_of=as_of, source=source))
    known = {(one["source"], one["basis"]): one["signed"] for one in means}
    brief = _briefs(store, [work])[work]
    return [
        brief | asdict(point) | {"error_per_30_days": known.get((point.source, point.basis))}
        for point in history(store, work, as_of=as_of, source=source, by=by)
    ]


def _misses(store: Store, works: list[int], as_of: str, source: str | None) -> tuple[list[Row], list[Row]]:
    """What is reconstructed beside what was observed, the most wrong first; and the mean errors."""
    from harvester.tracker.reconstruction import errors, mean_errors

    found = sorted(errors(store, works, as_of=as_of, source=source), key=lambda miss: -abs(miss.error_per_30_days))
    briefs = _briefs(store, works)
    return [briefs[miss.work] | miss._asdict() for miss in found], mean_errors(found)


def _followed(store: Store, watch: int | None, everything: bool) -> list[int]:
    """The works to look at."""
    return [row["work"] for row in store.rows("works_followed", watch=watch, all=everything)]


def _briefs(store: Store, works: list[int]) -> dict[int, Row]:
    rows = store.rows("briefs", works=json.dumps(works))
    return {row["work"]: {key: row[key] for key in ("work", "doi", "title", "year", "venue")} for row in rows}
