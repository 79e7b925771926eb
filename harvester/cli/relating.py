"""The command that relates: related."""

from __future__ import annotations

import json

import typer

from harvester.cli.pairing import Why, emit_pair
from harvester.cli.state import AsOf, Limit, State, WorkName, WorksForm, emit_works, work_number


def register(app: typer.Typer) -> None:
    """Put this command on the command line."""
    app.command()(related)


def related(
    context: typer.Context,
    work: WorkName,
    why: Why = None,
    form: WorksForm = None,
    limit: Limit = 20,
    as_of: AsOf = None,
) -> None:
    """The literature around a work, with reasons.

    From shared references, common citing works, citations, authors, venue and words.
    """
    from harvester.related import related as rank

    state: State = context.obj
    with state.store(as_of=as_of) as store:
        seeds = {work_number(store, work): 1.0}
        if why is not None:
            if not emit_pair(form, store, seeds, work_number(store, why), limit=limit):
                state.say("no signal finds it among what is related")
            return
        ranked = rank(store, seeds, limit=limit)
        briefs = {row["work"]: row for row in store.rows("briefs", works=json.dumps([one.work for one in ranked]))}
        rows = [briefs[one.work] | {"score": round(one.score, 5), "reasons": list(one.reasons)} for one in ranked]
        emit_works(form, store, rows, ("title", "year", "reasons"))
    if not rows:
        state.say("nothing held is related to it")
