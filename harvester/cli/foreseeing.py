"""Commands of the statistics of growth: alerts, forecast, history."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from harvester.cli.reading import SourceName, WatchNumber
from harvester.cli.state import AsOf, Form, Limit, Part, State, WorkName, day_or_today, emit, emit_parts, work_number
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
    since = (date.fromisoformat(to) - timedelta(days=days)).isoformat()
    share = state.settings.tracking.alert_rate if rate is None else rate
    with state.store() as store:
        works = _followed(store, watch, everything)
        told = found(store, works, since=since, to=to, rate=share, source=source, by_year=by_year)
    emit(form, told.rows[:limit], ("kind", "title", "source", "why"))
    window = "the last full year" if by_year else f"{since} to {to}"
    state.say(
        f"{len(works)} works looked at; the growth of {told.tested} series tested for {window}: "
        f"at most {share * told.tested:.2g} false surprises are to be expected"
        if works
        else "no work is watched; `harvester watch add` puts some on the list, --all looks at every work held"
    )


def forecast(
    context: typer.Context,
    works: Annotated[list[str] | None, typer.Argument(metavar="[WORK]...", help="These works.")] = None,
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
    with state.store() as store:
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
    work: WorkName,
    source: SourceName = None,
    by: Annotated[str, typer.Option(help="How fine the dates of citing works are told: year, month or day.")] = "year",
    form: Form = None,
    limit: Limit = 1_000,
    as_of: AsOf = None,
) -> None:
    """A work's counts over time, observed and reconstructed.

    What lies before the first harvest is reconstructed from the dates of the citing works held and from the source's counts by
    year; where both exist, the error of the reconstruction is measured.
    """
    from msgspec.structs import asdict

    from harvester.tracker.reconstruction import PRECISION, errors, mean_errors
    from harvester.tracker.reconstruction import history as found

    state: State = context.obj
    if by not in PRECISION:
        raise UsageError(f"--by {by!r} is not known; write {', '.join(PRECISION)}")
    known = day_or_today(as_of, "--as-of")
    with state.store() as store:
        number = work_number(store, work)
        points = [asdict(point) for point in found(store, number, as_of=known, source=source, by=by)][:limit]
        misses = errors(store, [number], as_of=known, source=source)
        brief = _briefs(store, [number])[number]
    parts = [
        Part("history", "counts, observed and reconstructed", points, _POINT),
        Part("errors", "what is reconstructed, where it was observed too", [miss._asdict() for miss in misses], _MISS),
        Part("mean_errors", "mean error, citations per 30 days", mean_errors(misses), None),
    ]
    emit_parts(form, brief, ("title", "year", "venue"), parts)
    if not points:
        state.say("no counts are held for this; harvest or import first")


_POINT = ("kind", "basis", "source", "period", "gained", "count")
_MISS = ("source", "basis", "from_date", "to_date", "observed", "reconstructed", "error_per_30_days")


def _followed(store: Store, watch: int | None, everything: bool) -> list[int]:
    """The works to look at."""
    return [row["work"] for row in store.rows("works_followed", watch=watch, all=everything)]


def _briefs(store: Store, works: list[int]) -> dict[int, Row]:
    rows = store.rows("briefs", works=json.dumps(works))
    return {row["work"]: {key: row[key] for key in ("work", "doi", "title", "year", "venue")} for row in rows}
