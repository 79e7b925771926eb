"""Commands of the inbox of new citing works: inbox, and digest, which carries them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from harvester.cli.deciding import ByNumber, word_of
from harvester.cli.reading import WatchNumber
from harvester.cli.state import (
    LARGEST,
    AsOf,
    Form,
    Limit,
    OnDay,
    Part,
    State,
    WorksForm,
    clock,
    day_or_today,
    emit_parts,
    emit_works,
    watch_numbered,
    work_number,
)
from harvester.errors import UsageError

if TYPE_CHECKING:
    from harvester.store import Row, Store
    from harvester.tracker.digest import Digest

_LIST = ("item", "citing_title", "citing_date", "title", "since", "watches")
_ITEM = ("item", "state", "citing_title", "citing_date", "title", "since", "watches", "carried_on", "gone_since")
_RUN = ("run", "on", "status", "expected", "received", "missing", "note")
_DIGEST_FORMS = ("text", "markdown", "json", "jsonl")

inbox_commands = typer.Typer(
    cls=ByNumber,
    invoke_without_command=True,
    help="New citing works: list them, see one (inbox 7), say what became of it.",
)


def register(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    inbox_commands.callback()(_inbox)
    inbox_commands.command("list")(inbox_list)
    inbox_commands.command("show")(inbox_show)
    for name, to, said in _SAYINGS:
        inbox_commands.command(name)(_saying(to, said))
    app.add_typer(inbox_commands, name="inbox")
    app.command()(digest)


InState = Annotated[str, typer.Option("--state", help="Those that are new, seen, kept, dismissed; or all.")]
OfWork = Annotated[str | None, typer.Option("--work", metavar="WORK", help="Only what cites this work.")]
Items = Annotated[
    list[int] | None,
    typer.Argument(metavar="ITEM", min=1, max=LARGEST, help="Numbers in `inbox`.", show_default=False),
]
All = Annotated[bool, typer.Option("--all", help="All that are listed, instead of numbers; with --watch and --work.")]
Note = Annotated[str | None, typer.Option("--note", help="A word about it, for whoever reads it later.")]
By = Annotated[str | None, typer.Option("--by", "--who", help="Who says so.  [default: the user's name]")]


# --- reading ---


def _inbox(
    context: typer.Context,
    which: InState = "new",
    watch: WatchNumber = None,
    work: OfWork = None,
    form: WorksForm = None,
    limit: Limit = 100,
    as_of: AsOf = None,
) -> None:
    if context.invoked_subcommand is None:
        inbox_list(context, which, watch, work, form, limit, as_of)


def inbox_list(
    context: typer.Context,
    which: InState = "new",
    watch: WatchNumber = None,
    work: OfWork = None,
    form: WorksForm = None,
    limit: Limit = 100,
    as_of: AsOf = None,
) -> None:
    """The citing works that are news, the latest first: whom each cites, since when, which watch brought it."""
    from harvester.tracker.inbox import STATES, inbox

    if which not in (*STATES, "all"):
        raise UsageError(f"--state {which!r} is none; known are {', '.join(STATES)} and all")
    state: State = context.obj
    with state.store(as_of=as_of) as store:
        of_watch, of_work = _narrowed(store, watch, work)
        rows = inbox(
            store, as_of=day_or_today(as_of, "--as-of"), state=None if which == "all" else which, watch=of_watch, work=of_work,
            limit=limit,
        )  # fmt: skip
        columns = _LIST if which != "all" else ("item", "state", *_LIST[1:-1])
        _emit_named(form, store, rows, columns)
    if not rows:
        state.say("the inbox is empty" if which == "all" else f"nothing in the inbox is {which}")


def inbox_show(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="N", min=1, max=LARGEST, help="The item's number in `inbox`.")],
    form: Form = None,
    as_of: AsOf = None,
) -> None:
    """One item, and what people have said of it."""
    from harvester.tracker.inbox import item

    state: State = context.obj
    with state.store(as_of=as_of) as store:
        found = item(store, number, day_or_today(as_of, "--as-of"))
    history = Part("history", "what people said of it", found.pop("history"), ("on", "state", "who", "note"))
    emit_parts(form, found, _ITEM, [history])


# --- saying what became of them ---


# What a person can say of items: (command, the state it gives them, what it says).
_SAYINGS = (
    ("seen", "seen", "These have been seen."),
    ("keep", "kept", "These are worth keeping."),
    ("dismiss", "dismissed", "These are of no interest."),
    ("reopen", "new", "These are new again; no digest carries them twice."),
)


def _saying(to: str, said: str) -> Callable[..., None]:
    """The command that gives items a state."""

    def command(
        context: typer.Context, items: Items = None, every: All = False, watch: WatchNumber = None, work: OfWork = None,
        by: By = None, note: Note = None, on: OnDay = None,
    ) -> None:  # fmt: skip
        _mark(context, to, items, every=every, watch=watch, work=work, word=(by, note, on))

    command.__doc__ = said
    return command


def _mark(
    context: typer.Context, to: str, items: Sequence[int] | None, *, every: bool, watch: int | None, work: str | None,
    word: tuple[str | None, str | None, str | None],
) -> None:  # fmt: skip
    from harvester.tracker.inbox import mark

    if bool(items) == every:
        raise UsageError("name items by their numbers in `harvester inbox`, or say --all")
    if items and (watch or work):
        raise UsageError("--watch and --work narrow --all; items have numbers of their own")
    state: State = context.obj
    said = word_of(*word)
    with state.store(read_only=False) as store:
        of_watch, of_work = _narrowed(store, watch, work)
        changed, were = mark(store, to, said, items or (), watch=of_watch, work=of_work)
    state.say(f"{changed} {'is' if changed == 1 else 'are'} {to}{f'; {were} {to} already' if were else ''}")


def _narrowed(store: Store, watch: int | None, work: str | None) -> tuple[int | None, int | None]:
    """The watch and the work that a person means. Raises UsageError where there is none."""
    return watch_numbered(store, watch).id if watch else None, work_number(store, work) if work else None


def _emit_named(form: str | None, store: Store, rows: Sequence[Row], columns: Sequence[str]) -> None:
    """Items, or the citing works as a bibliography, to stdout; in a table one that is only named stands under its name."""
    from harvester import report

    form = form or report.default_form(sys.stdout)
    shown = [*map(_named, rows)] if form in ("table", "markdown") else rows
    emit_works(form, store, shown, columns, key="citing_work")


def _named(row: Row) -> Row:
    return row | {"citing_title": row["citing_title"] or row["citing_doi"] or f"{row['source']}:{row['citing_id']}"}


# --- the digest ---


def digest(
    context: typer.Context,
    watch: WatchNumber = None,
    form: Annotated[
        str, typer.Option("--format", "-f", help="text, markdown, json or jsonl.", show_default=True)
    ] = "text",
    limit: Limit = 50,
    on: OnDay = None,
    peek: Annotated[bool, typer.Option("--peek", help="Only look: the next digest has it all again.")] = False,
) -> None:
    """What came since the last digest: to be read after a harvest.

    The last harvest and whether it is complete; new citing works, each carried once, by the watch that brought it; the
    counts that changed most, and why; retractions; what needs a person.
    """
    from harvester.tracker.digest import digest as composed

    if form not in _DIGEST_FORMS:
        raise UsageError(f"a digest is {', '.join(_DIGEST_FORMS)}; {form!r} is none of these")
    state: State = context.obj
    told = day_or_today(on, "--on")
    with state.store() as store:
        if watch:
            watch_numbered(store, watch)
        found = composed(store, on=told, watch=watch, limit=limit)
        titles = {
            one.id: f"watch {one.id} ({one.order.label or f'{one.kind} {one.value}'})" for one in store.watches.all()
        }
    _write_digest(form, found, titles)
    sys.stdout.flush()  # what has not been written has not been carried
    if not peek:
        with state.store(read_only=False) as store, store.transaction():
            store.inbox.carry(found.carried(), watch, told, clock(), len(found.items))


def _write_digest(form: str, found: Digest, titles: dict[int, str]) -> None:
    import msgspec

    from harvester import report

    if form in ("json", "jsonl"):
        report.write(form, [msgspec.structs.asdict(found)], None, sys.stdout)
        return
    form = "table" if form == "text" else form
    of = f" of {titles[found.watch]}" if found.watch else ""
    what = f"what came after {found.since}" if found.since else "the first"
    report.title(form, f"Digest of {found.on}{of}: {what}", sys.stdout)
    for part in _parts(found, titles):
        sys.stdout.write("\n")
        report.title(form, part.title, sys.stdout, level=2)
        report.write(form, part.rows, part.columns, sys.stdout)


def _parts(found: Digest, titles: dict[int, str]) -> Iterator[Part]:
    """The sections; one without rows says so in its title."""
    from harvester.tracker.digest import brought_by

    yield Part("run", _ended(found.run), [found.run] if found.run else [], _RUN)
    for watch, rows in groupby(found.items, key=lambda row: brought_by(row, found.watch)):
        items = [*map(_named, rows)]
        yield Part("items", f"{_new(len(items))}: {titles.get(watch or 0, 'no watch any more')}", items, _LIST[:4])
    if not found.items:
        yield Part("items", _new(0), ())
    if found.waiting:
        yield Part("items", f"{found.waiting} more are in the next digest, and in `harvester inbox`", ())
    counts = [row | {"changed": f"{row['changed']:+d}"} for row in found.counts]
    for key, title, told, columns in (
        ("counts", "counts that changed most", counts, ("title", "source", "changed", "why")),
        ("notices", "retractions and corrections", found.notices, ("on", "kind", "title", "why")),
        ("problems", "what needs a person", found.problems, ("kind", "on", "source", "subject", "why")),
    ):
        yield Part(key, title if told else f"{title}: none", told, columns)


def _ended(run: Row | None) -> str:
    if run is None:
        return "no harvest yet"
    if run["status"] == "complete":
        return "the last harvest is complete"
    return f"the last harvest is {run['status']}: not all of it came"


def _new(number: int) -> str:
    return f"{number or 'no'} new citing work{'' if number == 1 else 's'}"
