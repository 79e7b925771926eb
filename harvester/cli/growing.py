"""The command that tells what grows: growth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from harvester import normal
from harvester.cli.reading import Since, SourceName, WatchNumber
from harvester.cli.state import (
    AsOf,
    Limit,
    State,
    WorksForm,
    day,
    day_or_today,
    emit,
    emit_works,
    venue_meant,
    work_number,
)
from harvester.errors import UsageError

if TYPE_CHECKING:
    from harvester.store import Store
    from harvester.tracker.growth import Asked
    from harvester.tracker.meant import Meant


def register(app: typer.Typer) -> None:
    """Put this command on the command line."""
    app.command()(growth)


def growth(
    context: typer.Context,
    work: Annotated[str | None, typer.Argument(metavar="[WORK]", help="Only this work.")] = None,
    since: Since = None,
    days: Annotated[int | None, typer.Option("--days", min=1, max=36_500, help="The last so many days.")] = None,
    by: Annotated[
        str | None, typer.Option("--by", help="A row for each watch, venue, author, institution or topic.")
    ] = None,
    best: Annotated[
        bool, typer.Option("--best", help="Of each work only one source: which saw it throughout, and counts most.")
    ] = False,
    source: SourceName = None,
    watch: WatchNumber = None,
    issn: Annotated[str | None, typer.Option("--issn", help="Only works of this venue.")] = None,
    author: Annotated[
        str | None, typer.Option("--author", help="Only works of this author: ORCID, OpenAlex id, or name in full.")
    ] = None,
    institution: Annotated[
        str | None, typer.Option("--institution", help="Only works from there: ROR, or name in full.")
    ] = None,
    topic: Annotated[str | None, typer.Option("--topic", help="Only works on this topic, by its name.")] = None,
    cohort: Annotated[
        bool,
        typer.Option(
            "--cohort", help="Where each stands among works of its venue and year, and of its topic and year."
        ),
    ] = False,
    form: WorksForm = None,
    limit: Limit = 20,
    as_of: AsOf = None,
) -> None:
    """What citation counts gained, most first.

    And how fast: per 30 days, and whether faster in the second half of that time than in the first (acceleration).
    """
    from harvester.tracker.cohorts import placed
    from harvester.tracker.groups import GROUPS, grown
    from harvester.tracker.growth import growth as found
    from harvester.tracker.meant import Meant

    state: State = context.obj
    if by is not None and by not in GROUPS:
        raise UsageError(f"--by {by!r}: it is {', '.join(GROUPS)}")
    if by and cohort:
        raise UsageError("--cohort tells where works stand, and --by makes rows of groups; give one of them")
    if since is not None and days is not None:
        raise UsageError("--since and --days both say where the window begins; give one of them")
    to = day_or_today(as_of, "--as-of")
    with state.store(as_of=as_of) as store:
        meant = Meant(
            work_number(store, work) if work else None,
            watch,
            venue_meant(store, issn)["venue"] if issn else None,
            author,
            institution,
            topic,
        )
        _check(store, meant)
        asked: Asked = {"since": day(since, "--since"), "days": days, "to": to, "source": source, "best": best}
        asked |= {"meant": meant, "late_days": state.settings.tracking.late_days}
        rows = grown(store, by, limit=limit, **asked) if by else found(store, limit=limit, **asked)
        if cohort:
            begin = asked["since"] or (normal.shift(to, -days) if days else None)
            rows = placed(store, rows, since=begin, to=to)
        shown = ("gained", *(("stands",) if cohort else ("gained_per_30_days", "from_date", "to_date")))
        if by:
            emit(form, rows, ("name", "works", *(() if best else ("source",)), *shown))
        else:
            emit_works(form, store, rows, ("title", "source", "count", *shown))
    if not rows:
        state.say("no counts are held for this; harvest or import first")


def _check(store: Store, meant: Meant) -> None:
    """Raise UsageError for an author, an institution or a topic of which no work is held."""
    from harvester.tracker.meant import Meant

    for name in ("author", "institution", "topic"):
        value = getattr(meant, name)
        if value is not None and not Meant(**{name: value}).works(store):
            raise UsageError(f"--{name} {value!r}: no work held has it; `harvester show WORK` tells what a work has")
