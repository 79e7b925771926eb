"""The command that relates: related."""

from __future__ import annotations

import json

import typer

from harvester.cli.state import AsOf, Form, Limit, State, WorkName, emit, work_number


def register(app: typer.Typer) -> None:
    """Put this command on the command line."""
    app.command()(related)


def related(context: typer.Context, work: WorkName, form: Form = None, limit: Limit = 20, as_of: AsOf = None) -> None:
    """The literature around a work, with reasons.

    From shared references, common citing works, citations, authors, venue and words.
    """
    from harvester.related import related as rank

    state: State = context.obj
    with state.store(as_of=as_of) as store:
        ranked = rank(store, {work_number(store, work): 1.0}, limit=limit)
        briefs = {row["work"]: row for row in store.rows("briefs", works=json.dumps([one.work for one in ranked]))}
    rows = [briefs[one.work] | {"score": round(one.score, 5), "reasons": list(one.reasons)} for one in ranked]
    emit(form, rows, ("title", "year", "reasons"))
    if not rows:
        state.say("nothing held is related to it")
