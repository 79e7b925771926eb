"""Commands of the watch list: add, list, remove, export, import."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harvester.cli.state import (
    LARGEST,
    WATCH_COLUMNS,
    Form,
    OnDay,
    State,
    complain,
    day,
    day_or_today,
    emit,
    watch_numbered,
)
from harvester.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harvester.looking import Look
    from harvester.orders import Order
    from harvester.store import Store, Watch

SHOWN = 3  # works of a list that are shown before it is put on the watch list

commands = typer.Typer(no_args_is_help=True, help="The watch list: what every harvest follows.")


def register(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    commands.command("add")(watch_add)
    commands.command("list")(watch_list)
    commands.command("remove")(watch_remove)
    commands.command("export")(watch_export)
    commands.command("import")(watch_import)
    app.add_typer(commands, name="watch")


DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be watched, and save nothing.")]


def watch_add(
    context: typer.Context,
    value: Annotated[
        str, typer.Argument(help="An identifier, ISSN, ORCID, ROR, topic, file; or, with --kind, words or a filter.")
    ],
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind", help="work, author, venue, institution, topic, query, filter or file, where it does not tell."
        ),
    ] = None,
    label: Annotated[str | None, typer.Option("--label", help="A name for people.")] = None,
    source: Annotated[
        list[str] | None, typer.Option("--source", help="Ask only this source about it; may be repeated.")
    ] = None,
    depth: Annotated[
        list[str] | None,
        typer.Option("--depth", help="itself, citing, references: how far to follow; may be repeated."),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="Nothing published before this day.")
    ] = None,
    cap: Annotated[
        int | None, typer.Option("--cap", min=1, help="Works it may stand for without asking.  [default: 10000]")
    ] = None,
    dry_run: DryRun = False,
    no_look: Annotated[bool, typer.Option("--no-look", help="Do not ask the sources about it first.")] = False,
    on: OnDay = None,
) -> None:
    """Watch a work, author, venue, institution, topic, query or file.

    Shows what the sources know of it before it is saved. Said again, it takes the new options.
    """
    from harvester import orders

    state: State = context.obj
    added = day_or_today(on, "--on")
    given = orders.order(value, kind, label=label, sources=source, depth=depth, since=day(since, "--since"), cap=cap)
    _check_sources(state, given)
    [held] = _held(state, [given])
    if held:
        given = _said_anew(held.order, given, {"sources": source, "depth": depth, "since": since, "cap": cap})
    if not no_look:
        given = _look(state, given)
    if dry_run:
        state.say(f"would watch {given.kind} {given.value}; nothing was saved")
        return
    with state.store(create=True, read_only=False) as store:
        [(watch, new)] = _save(state, store, [given], added)
    state.say(f"watch {watch.id}: {watch.kind} {watch.value}{'' if new else ' (was on the list already)'}")


def _check_sources(state: State, given: Order) -> None:
    from harvester.config import SOURCES

    for name in given.sources or ():
        if name not in SOURCES:
            raise UsageError(f"--source {name!r} is not a source; known are {', '.join(SOURCES)}")
        if name not in state.settings.sources:
            complain(f"{name} is not enabled: put it into `sources` in harvest.toml, or it is never asked")


def _held(state: State, given: Sequence[Order]) -> list[Watch | None]:
    """The watch of each of these very things, None where there is none yet, or no database."""
    if not state.database.exists():
        return [None] * len(given)
    with state.store() as store:
        return [store.watches.find(one.kind, one.value) for one in given]


def _said_anew(held: Order, given: Order, said: dict[str, object]) -> Order:
    """The order held with those options that were given now."""
    import msgspec

    changes = {name: getattr(given, name) for name, value in said.items() if value is not None}
    return msgspec.structs.replace(held, label=given.label or held.label, **changes)


def _look(state: State, given: Order) -> Order:
    """Show what the sources know; where it is more than the cap, ask first."""
    import msgspec

    from harvester.harvest import connected
    from harvester.looking import look

    with state.store_if_there() as store, connected(state.settings, store, patient=False) as clients:
        looks = look(clients, given)
    if not looks:
        raise UsageError(
            f"no source that is enabled ({', '.join(state.settings.sources)}) can be asked for this {given.kind}; "
            "enable another in harvest.toml"
        )
    for one in looks:
        _tell_look(state, one)
    found = max((one.total for one in looks if one.total is not None), default=None)
    if found == 0 and not any(one.fault for one in looks):
        complain(f"no source knows {given.kind} {given.value} yet; is it written as you mean it?")
    if found is not None and found > given.cap:
        state.confirm(
            f"It stands for {found:,} works, more than its cap of {given.cap:,}. Watch them all?",
            f"{given.value} stands for {found:,} works, more than its cap of {given.cap:,}; if that is meant: --cap {found}",
        )
        return msgspec.structs.replace(given, cap=found + found // 10)
    return given


def _tell_look(state: State, one: Look) -> None:
    if one.fault:
        complain(f"{one.fault} (what it knows of this could not be shown)")
        return
    number = "an unknown number of works" if one.total is None else f"{one.total:,} work{'' if one.total == 1 else 's'}"
    state.say(f"{one.source}: {number}{', such as' if one.total is None or one.total > SHOWN else ''}")
    for record in one.records[:SHOWN]:
        venue = record.venue.name if record.venue and record.venue.name else "no venue stated"
        state.say(f"  {record.title or 'without title'} ({record.year or 'no year'}, {venue})")


def _save(state: State, store: Store, orders: Sequence[Order], on: str) -> list[tuple[Watch, bool]]:
    """Put orders on the list, and into the settings file where that holds the list."""
    state.follow_settings(store, on)
    listed = state.settings.watches is not None
    with store.transaction():
        added = [store.watches.add(order, on, listed=listed) for order in orders]
        if listed:
            state.rewrite_settings([watch.order for watch in store.watches.all() if watch.listed])
    return added


def watch_list(context: typer.Context, form: Form = None) -> None:
    """The watches, and how many works each stands for."""
    state: State = context.obj
    with state.watch_list() as store:
        emit(form, store.rows("watches"), WATCH_COLUMNS)


def watch_remove(
    context: typer.Context,
    watch: Annotated[int, typer.Argument(min=1, max=LARGEST, help="The watch's number in `watch list`.")],
) -> None:
    """Stop watching; what was harvested stays."""
    state: State = context.obj
    with state.store(read_only=False) as store, store.transaction():
        listed = [one for one in store.watches.all() if one.listed]
        store.watches.remove(watch_numbered(store, watch).id)
        if state.settings.watches is not None and any(one.id == watch for one in listed):
            state.rewrite_settings([one.order for one in listed if one.id != watch])
    state.say(f"watch {watch} removed; its works stay in the database")


def watch_export(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="Where to write it; without, to the terminal or pipe.")] = None,
) -> None:
    """Write the watch list as TOML, for git or another machine."""
    from harvester import orders

    state: State = context.obj
    with state.watch_list() as store:
        watched = [watch.order for watch in store.watches.all()]
    text = orders.as_toml(watched, (file.parent if file else Path()).absolute())
    if file is None:
        sys.stdout.write(text)
        return
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError:
        raise UsageError(f"{file} exists already; name a new file") from None
    except OSError as fault:
        raise UsageError(f"{file}: cannot be written ({fault.strerror}); name another file") from None
    state.say(f"{file}: {_watches(len(watched))}")


def watch_import(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="[[watch]] tables in TOML, or one value a line.", show_default=False)],
    dry_run: DryRun = False,
    on: OnDay = None,
) -> None:
    """Watch everything in a file: TOML, or one value a line.

    Nothing is asked of the sources, and a line that cannot be read changes nothing.
    """
    from harvester import orders

    state: State = context.obj
    given, added = orders.read_list(file.absolute()), day_or_today(on, "--on")
    for one in given:
        _check_sources(state, one)
    if dry_run:
        new = _held(state, given).count(None)
    else:
        with state.store(create=True, read_only=False) as store:
            new = sum(fresh for _, fresh in _save(state, store, given, added))
    state.say(f"{file}: {_watches(len(given))}, {new} new{'; nothing was saved' if dry_run else ''}")


def _watches(number: int) -> str:
    return f"{number} watch{'' if number == 1 else 'es'}"
