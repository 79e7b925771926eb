"""The command that remembers what people make of related works: mark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from harvester.cli.deciding import word_of
from harvester.cli.inboxes import By, Note
from harvester.cli.seeds import SeedNames, SeedWatch, seeds_meant
from harvester.cli.state import AsOf, Form, Limit, OnDay, State, emit, work_number
from harvester.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harvester.store import Store

_LIST = ("title", "year", "state", "changed_on", "note")


def register(app: typer.Typer) -> None:
    """Put this command on the command line."""
    app.command()(mark)


Keep = Annotated[list[str] | None, typer.Option("--keep", metavar="ID", help="To the point; may be repeated.")]
Dismiss = Annotated[list[str] | None, typer.Option("--dismiss", metavar="ID", help="Beside it; may be repeated.")]
Clear = Annotated[list[str] | None, typer.Option("--clear", metavar="ID", help="Neither after all; may be repeated.")]


def mark(
    context: typer.Context, works: SeedNames = None, watch: SeedWatch = None, keep: Keep = None, dismiss: Dismiss = None,
    clear: Clear = None, note: Note = None, by: By = None, on: OnDay = None, form: Form = None, limit: Limit = 100,
    as_of: AsOf = None,
) -> None:  # fmt: skip
    """Keep or dismiss works that are related to others, or list what was kept and dismissed.

    The next `related` of these leaves out both, looks for more of what was kept and for less of what was dismissed. Nothing that
    was said is lost: --as-of shows it.
    """
    from harvester.related import marks

    state: State = context.obj
    named = {"kept": keep or (), "dismissed": dismiss or (), "cleared": clear or ()}
    saying = any(named.values())
    if saying and as_of:
        raise UsageError("--as-of shows what was marked then; leave it out to mark")
    if not saying and (note or by or on):
        raise UsageError("say of what: --keep ID, --dismiss ID or --clear ID")
    with state.store(as_of=as_of, read_only=not saying) as store:
        seeds = seeds_meant(state, store, works or (), watch)
        if saying:
            changed, were = marks.mark(store, seeds, _states(store, named), word_of(by, note, on))
            already = f"; {were} {'was' if were == 1 else 'were'} so already" if were else ""
            state.say(f"{changed} mark{'' if changed == 1 else 's'} set{already}")
            return
        rows = marks.marks(store, seeds)[:limit]
    emit(form, rows, _LIST if len(seeds) == 1 else (*_LIST, "seed"))
    if not rows:
        state.say("nothing is marked; do it with: harvester mark WORK --keep ID --dismiss ID")


def _states(store: Store, named: Mapping[str, Sequence[str]]) -> dict[int, str]:
    """Work -> what becomes of it. Raises UsageError for a work that is not held, or is to be two things at once."""
    states: dict[int, str] = {}
    for state, names in named.items():
        for name in names:
            if states.setdefault(work := work_number(store, name), state) != state:
                raise UsageError(f"{name} (work {work}) cannot be both {states[work]} and {state}")
    return states
