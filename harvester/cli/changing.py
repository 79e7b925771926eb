"""The command about changes: what is another than before, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from harvester.cli.reading import Since, SourceName, WatchNumber
from harvester.cli.state import AsOf, Form, Limit, State, day, day_or_today, emit, work_number
from harvester.errors import UsageError


def register(app: typer.Typer) -> None:
    """Put the command on the command line."""
    app.command()(changes)


def changes(
    context: typer.Context,
    work: Annotated[str | None, typer.Argument(metavar="[WORK]", help="Only this work.")] = None,
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="Of this day only.")] = None,
    since: Since = None,
    source: SourceName = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="Only this kind, such as gained, lost, moved, retracted, oa_opened.")
    ] = None,
    watch: WatchNumber = None,
    unexplained: Annotated[
        bool, typer.Option("--unexplained", help="Only changes of counts that are not explained in full.")
    ] = False,
    form: Form = None,
    limit: Limit = 20,
    as_of: AsOf = None,
) -> None:
    """What changed and why, newest first.

    A count that moved is taken apart: new citing works, old ones indexed late, returned, vanished, merged, counted with
    another version, re-indexed; the rest is unexplained.
    """
    from harvester.tracker.changes import changes as found

    state: State = context.obj
    if on and since:
        raise UsageError("--on and --since exclude each other: give the day, or the first day")
    with state.store() as store:
        rows = found(
            store, as_of=day_or_today(as_of, "--as-of"), work=work_number(store, work) if work else None,
            on=day(on, "--on"), since=day(since, "--since"), source=source, kind=kind, watch=watch, unexplained=unexplained,
            limit=limit,
        )  # fmt: skip
    emit(form, rows, ("on", "before", "after", "why") if work else ("on", "title", "before", "after", "why"))
    if not rows:
        state.say("nothing has changed, as far as this is held; harvest again to know more")
