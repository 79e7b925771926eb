"""Commands that keep the database: init, harvest, import, reparse, status."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harvester.cli.state import (
    WATCH_COLUMNS,
    Form,
    OnDay,
    Part,
    State,
    clock,
    complain,
    day_or_today,
    emit_parts,
    today,
)
from harvester.errors import ComeBackLater, PartlyDone, SourceError, UsageError

if TYPE_CHECKING:
    from harvester.harvest import Harvested
    from harvester.importing import Imported

SOURCE_COLUMNS = ("source", "records", "last_seen", "complete_as_of", "remaining", "blocked_until")
STALE_COLUMNS = ("source", "stale_since", "why")
HELD_COLUMNS = ("source", "source_id", "stood", "says", "since", "why")
SCHEMA_COLUMNS = ("source", "kind", "path", "records", "first_seen", "last_seen")
RUN_COLUMNS = ("run", "kind", "on", "status", "expected", "received", "missing", "new_works")


def register(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    app.command()(init)
    app.command()(harvest)
    app.command("import")(import_)
    app.command()(reparse)
    app.command()(status)


def init(context: typer.Context) -> None:
    """Make the database, or bring an older one up to date."""
    state: State = context.obj
    existed = state.database.exists()
    with state.store(create=True, read_only=False):
        state.say(f"{state.database} is {'up to date' if existed else 'ready'}")


# --- runs ---


def harvest(context: typer.Context, on: OnDay = None) -> None:
    """Ask every source about everything watched.

    A run that was cut short goes on where it was.
    """
    from harvester.harvest import connected
    from harvester.harvest import harvest as run

    state: State = context.obj
    settings = state.settings
    harvested = day_or_today(on, "--on")
    with state.writing() as store, state.progress("harvest") as bar:
        state.follow_settings(store, harvested)
        if not store.watches.all():
            raise UsageError("nothing is watched; begin with: harvester watch add 10.1111/1758-5899.70005")
        with connected(settings, store) as clients:
            result = run(store, clients, harvested, clock, tracking=settings.tracking, progress=bar)
        refused = store.rows("refused_keys")
    for row in refused:
        complain(row["why"])
    _tell_harvest(state, result)


def _tell_harvest(state: State, result: Harvested) -> None:
    """The run in a line, each fault in a line; raises what the exit code is to be."""
    saved = result.saved
    state.say(
        f"run {result.run} {result.status}{' (gone on with)' if result.resumed else ''}: {saved.received} records, "
        f"{saved.new_works} new works, {saved.counts_changed} counts changed, {result.news} new citing works"
    )
    if result.absent:
        state.say(f"{result.absent} identifiers are unknown to a source that was asked for them (harvester status)")
    if result.held:
        state.say(f"{result.held} counts fell too far to be believed and are held (harvester status)")
    for fault in result.faults:
        complain(str(fault))
    for watch in result.unasked:
        complain(f"watch {watch.id} ({watch.value}): no source was asked; none can be, or it is newer than the run")
    later = next((fault for fault in result.faults if isinstance(fault, ComeBackLater)), None)
    if later is not None:
        raise typer.Exit(later.exit_code)
    if result.status == "failed":
        raise typer.Exit(SourceError.exit_code)
    if result.status == "partial":
        if not result.faults:
            complain("the run is not complete; `harvester status` says what is missing")
        raise typer.Exit(PartlyDone.exit_code)


Files = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="Files of records, plain or gzipped.", show_default=False)
]


def import_(context: typer.Context, files: Files, on: OnDay = None) -> None:
    """Read records from files, plain or gzipped.

    Told apart by content: OpenAlex works, Semantic Scholar papers, aggregator records, BibTeX, RIS, CSL-JSON.
    """
    from harvester.importing import import_files

    state: State = context.obj
    with state.writing(create=True) as store, state.progress("import") as bar:
        result = import_files(
            store, files, day_or_today(on, "--on"), clock(), tracking=state.settings.tracking,
            progress=lambda done: bar(f"{done} records", done, None),
        )  # fmt: skip
    _tell_import(state, result)


def _tell_import(state: State, result: Imported) -> None:
    saved = result.saved
    for file in result.files:
        if file.problem:
            complain(file.problem)
        else:
            parts = [file.form, _records(file.received)]
            parts += [f"{file.unnamed} without an identifier"] if file.unnamed else []
            parts += [f"{file.quarantined} set aside"] if file.quarantined else []
            state.say(f"{file.path.name}: {', '.join(parts)}")
    parts = [f"{saved.new_works} new works", f"{saved.changed} changed"]
    parts += [f"{saved.matched} of works held"] if saved.matched else []
    parts += [f"{result.placed} placed by their text"] if result.placed else []
    parts += [f"{saved.joined} works joined"] if saved.joined else []
    state.say(f"{_records(saved.received)}: {', '.join(parts)}")
    if result.run is None and not result.refused:
        state.say("everything was held already; nothing changed")
    if result.refused and len(result.refused) == len(result.files):
        raise typer.Exit(UsageError.exit_code)
    if result.refused or result.quarantined:
        raise typer.Exit(PartlyDone.exit_code)


def _records(number: int) -> str:
    return f"{number} record{'' if number == 1 else 's'}"


def reparse(context: typer.Context) -> None:
    """Build every record anew from its kept payloads.

    Needs no network; what is in quarantine is tried again.
    """
    from harvester.importing import reparse as run

    state: State = context.obj
    with state.writing() as store, state.progress("reparse") as bar:
        result = run(store, today(), clock(), progress=lambda done, of: bar("reparse", done, of))
    saved = result.saved
    state.say(
        f"{saved.received} payloads read again: {result.recovered} out of quarantine, {result.failed} cannot be read"
    )
    if result.failed:
        raise typer.Exit(PartlyDone.exit_code)


def status(
    context: typer.Context,
    form: Form = None,
    check: Annotated[bool, typer.Option("--check", help="Also check the file and print its content hash.")] = False,
) -> None:
    """What is held, how fresh it is, what needs a person."""
    state: State = context.obj
    with state.store() as store:
        totals = store.row("totals") or {}
        if check:
            totals |= store.check()
        parts = [
            Part(key, key, rows, columns)
            for key, rows, columns in (
                ("watches", store.rows("watches"), WATCH_COLUMNS),
                ("sources", store.rows("freshness"), SOURCE_COLUMNS),
                ("stale", store.rows("stale"), STALE_COLUMNS),
                ("held", store.rows("held", as_of=today(), limit=20), HELD_COLUMNS),
                ("runs", store.rows("runs", limit=5), RUN_COLUMNS),
                ("problems", store.rows("problems", limit=20), ("kind", "on", "source", "subject", "why", "review")),
                ("schema", store.rows("schema", limit=50), SCHEMA_COLUMNS),
            )
        ]
    emit_parts(form, totals, None, parts)
