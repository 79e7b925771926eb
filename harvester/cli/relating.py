"""The command that relates: related."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from harvester.cli.expanding import Expand, expanded
from harvester.cli.pairing import Why, emit_pair
from harvester.cli.reading import fts_query
from harvester.cli.seeds import SeedNames, SeedWatch, seeds_meant
from harvester.cli.state import AsOf, Limit, State, WorksForm, emit_works, venue_meant, work_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harvester.related import Related
    from harvester.related.wanted import Wanted
    from harvester.store import Row, Store

EVERY = 2**31  # candidates: more than there are


def register(app: typer.Typer) -> None:
    """Put this command on the command line."""
    app.command()(related)


FromYear = Annotated[
    int | None, typer.Option("--from-year", metavar="YEAR", min=1, max=9999, help="Of this year or later.")
]
ToYear = Annotated[
    int | None, typer.Option("--to-year", metavar="YEAR", min=1, max=9999, help="Of this year or earlier.")
]
Type = Annotated[list[str] | None, typer.Option("--type", help="article, book-chapter, ...; may be repeated.")]
VenueName = Annotated[str | None, typer.Option("--venue", metavar="ISSN|NAME", help="Only from this venue.")]
OpenAccess = Annotated[bool, typer.Option("--open-access", help="Only what is free to read.")]
About = Annotated[
    str | None, typer.Option("--about", metavar="WORDS", help="Title or abstract match, as with `harvester search`.")
]
Unseen = Annotated[
    bool, typer.Option("--unseen", help="Not marked for any work, looked at in the inbox, or watched itself.")
]
NotOwn = Annotated[bool, typer.Option("--not-own", help="No author in common with a work asked about.")]
Marked = Annotated[bool, typer.Option("--marked", help="Also what was kept or dismissed (`harvester mark`).")]
Diverse = Annotated[
    bool, typer.Option("--diverse", help="Broad: near to what is asked, but not all near to one another.")
]
NoFeedback = Annotated[bool, typer.Option("--no-feedback", help="As if nothing had been kept or dismissed.")]


def related(
    context: typer.Context, works: SeedNames = None, watch: SeedWatch = None,
    from_year: FromYear = None, to_year: ToYear = None, type: Type = None, venue: VenueName = None,
    open_access: OpenAccess = False, about: About = None, unseen: Unseen = False, not_own: NotOwn = False,
    marked: Marked = False, no_feedback: NoFeedback = False, diverse: Diverse = False,
    expand: Expand = None, why: Why = None, form: WorksForm = None, limit: Limit = 20, as_of: AsOf = None,
) -> None:  # fmt: skip
    """The literature around a work, or around several taken together, with reasons.

    From shared references, common citing works, citations, authors, venue and words. Filters choose among all that is found;
    what is not known of a work, such as its year, is not what a filter wants. Marks are learnt from.
    """
    from harvester.related.wanted import Wanted

    state: State = context.obj
    code = expanded(state, works or (), watch, expand, as_of) if expand else 0
    with state.store(as_of=as_of) as store:
        seeds = seeds_meant(state, store, works or (), watch)
        wanted = Wanted(
            from_year, to_year, tuple(one.strip().lower() for one in type or ()),
            venue_meant(store, venue)["venue"] if venue else None, open_access, fts_query(about) if about else None,
            unseen, not_own,
        )  # fmt: skip
        if why is not None:
            found = emit_pair(form, store, seeds, work_number(store, why), limit=limit)
            lacking = None if found else "no signal finds it among what is related"
        else:
            marks = _marks(store, seeds)
            asked = _Asked(seeds, wanted, {} if no_feedback else marks, marked, diverse, limit)
            rows = _rows(store, _ranked(store, asked), marks if marked else None)
            lacking = None if rows else _why_none(store, asked)
            _emit(form, store, rows)
    if lacking:
        state.say(lacking)
    if code:
        raise typer.Exit(code)


class _Asked(NamedTuple):
    """A question: works (number -> weight), what is wanted, the marks to learn from (work -> state), whether to show them ..."""

    seeds: dict[int, float]
    wanted: Wanted
    marks: dict[int, str]
    marked: bool
    diverse: bool  # ... and whether to go for breadth
    limit: int


def _marks(store: Store, seeds: Iterable[int]) -> dict[int, str]:
    """Work -> kept or dismissed, for whichever of the seeds it was said last."""
    from harvester.related.marks import marks

    return {row["work"]: row["state"] for row in marks(store, seeds)}


def _ranked(store: Store, asked: _Asked) -> list[Related]:
    from harvester.related.marks import ranked

    return ranked(
        store,
        asked.seeds,
        asked.marks,
        show=asked.marked,
        limit=asked.limit,
        wanted=asked.wanted,
        diverse=asked.diverse,
    )


def _rows(store: Store, ranked: Sequence[Related], marks: Mapping[int, str] | None) -> list[Row]:
    """A row a work; with its mark, where these are given."""
    works = json.dumps([one.work for one in ranked])
    briefs = {row["work"]: row for row in store.rows("briefs", works=works)}
    retracted = {row["work"]: bool(row["is_retracted"]) for row in store.rows("retracted", works=works)}
    return [
        briefs[one.work]
        | {"score": round(one.score, 5), "reasons": list(one.reasons)}
        | ({} if marks is None else {"mark": marks.get(one.work)})
        | {"is_retracted": retracted.get(one.work)}
        for one in ranked
    ]


def _emit(form: str | None, store: Store, rows: Sequence[Row]) -> None:
    """Rows, or the works as a bibliography, to stdout; in a table a work that is retracted says so in its title."""
    from harvester import report

    form = form or report.default_form(sys.stdout)
    columns = ("title", "year", *(("mark",) if rows and "mark" in rows[0] else ()), "reasons")
    emit_works(form, store, [*map(_told, rows)] if form in ("table", "markdown") else rows, columns)


def _told(row: Row) -> Row:
    return row | {"title": f"RETRACTED: {row['title'] or row['doi'] or ''}"} if row["is_retracted"] else row


def _why_none(store: Store, asked: _Asked) -> str:
    """Why the list is empty: nothing is related, or which filters leave out how many."""
    from harvester.related.look import Look
    from harvester.related.wanted import ANYTHING, left_out

    found = [one.work for one in _ranked(store, asked._replace(wanted=ANYTHING, limit=EVERY))]
    lost = left_out(Look(store), asked.seeds, found, asked.wanted)
    filters = [f"--{name.replace('_', '-')} leaves out {len(works)}" for name, works in lost.items() if works]
    said = [f"of {len(found)} related works none is wanted: {', '.join(filters)}" if found else _NOTHING]
    hidden = len(asked.marks.keys() - asked.seeds.keys())
    if hidden and not asked.marked:
        said.append(f"{hidden} {'is' if hidden == 1 else 'are'} marked (--marked shows what is)")
    return "; ".join(said)


_NOTHING = "nothing held is related to it"
