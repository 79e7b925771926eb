"""The command that sets sources side by side: compare."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from harvester.cli.reading import WatchNumber
from harvester.cli.state import (
    AsOf,
    Form,
    Limit,
    Part,
    State,
    day_or_today,
    emit_parts,
    venue_meant,
    watch_numbered,
    work_number,
)
from harvester.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harvester.store import Row, Store
    from harvester.tracking import Tracking

_BRIEF = ("work", "doi", "title", "year", "venue")
_COUNTS = ("source", "count", "seen", "citing_held", "list", "listed_on", "source_id")
_OVERLAP = ("sources", "both", "only_a", "only_b", "jaccard", "coverage_a", "coverage_b")
_LISTED = ("sources", "listed", *_OVERLAP[1:])
_OVERLAPS = ("sources", "listed", "left_out", "whole", "union", *_OVERLAP[1:])
_SUMS = ("sources", "counted", "total_a", "total_b", "median_ratio")
_CITING = ("citing_title", "citing_year", "sources", "lacking", "unsure")
_WORKS = ("title", "year", "counts", "gap", "far_beyond")
_SOURCES = ("source", "works", "counted", "total", "median", "missing", "twice", "whole", "citing")


def register(app: typer.Typer) -> None:
    """Put this command on the command line."""
    app.command()(compare)


def compare(
    context: typer.Context,
    work: Annotated[str | None, typer.Argument(metavar="[WORK]", help="Only this work.")] = None,
    watch: WatchNumber = None,
    issn: Annotated[str | None, typer.Option("--issn", help="Only works of this venue.")] = None,
    request: Annotated[
        str | None,
        typer.Option("--request", metavar="SOURCE", help="Plain text that asks this source to correct what it has."),
    ] = None,
    form: Form = None,
    limit: Limit = 20,
    as_of: AsOf = None,
) -> None:
    """Sources side by side: counts, the citing works only one knows, overlap, missing works, duplicates, contradictions.

    Of one work, of what a watch or a venue has, or of all works. A list of citing works that is not whole says nothing of
    what it lacks, and is left out of the sums. As CSV: a work's citing works, or every work with its counts.
    """
    if sum(one is not None for one in (work, watch, issn)) > 1:
        raise UsageError("compare one work, one watch or one venue")
    if request and form:
        raise UsageError("a request is plain text: leave out --format")
    state: State = context.obj
    known = day_or_today(as_of, "--as-of")
    with state.store() as store:
        briefs = _briefs(store, work, watch, issn)
        if request:
            _write_request(state, store, request, briefs, known, limit)
        elif work:
            _one(store, briefs, known, state.settings.tracking, form, limit)
        else:
            _many(store, briefs, known, state.settings.tracking, form, limit)
    if not briefs:
        state.say("no work is held for this; harvest or import first")


def _briefs(store: Store, work: str | None, watch: int | None, issn: str | None) -> list[Row]:
    if work:
        return store.rows("briefs", works=json.dumps([work_number(store, work)]))
    number = watch_numbered(store, watch).id if watch else None
    venue = venue_meant(store, issn)["venue"] if issn else None
    return store.rows("compare_works", watch=number, venue=venue)


def _one(store: Store, briefs: list[Row], as_of: str, tracking: Tracking, form: str | None, limit: int) -> None:
    from harvester import report
    from harvester.tracker import compare as tracker

    [one] = tracker.compared(store, briefs, as_of)
    citing = tracker.citing_of(store, one, as_of, tracking)
    pairs = tracker.pairs([one], tracking)
    row = one.row(tracking) | {
        "citing_known": sum(number for _, _, number in one.citing),
        "unnamed": sum(number for _, named, number in one.citing if not named),
    }
    if form == "csv":
        report.write(form, [one.brief | found for found in citing[:limit]], None, sys.stdout)
        return
    parts = [
        Part("records", "what each source has", tracker.records_of(one, tracking), _COUNTS),
        Part("missing", "unknown to", list(tracker.missing(store, [one], as_of)), ("source", "asked", "on", "why")),
        Part("overlap", _title_of_overlap(pairs), _some(pairs, "union", _OVERLAPS), _OVERLAP),
        Part("citing", "citing works: what fewest sources know first", citing[:limit], _CITING),
        Part(
            "duplicates",
            "several records at one source",
            list(tracker.duplicates([one])),
            ("source", "source_ids", "counts"),
        ),
        Part("contradictions", "contradictions", list(tracker.contradictions(store, [one])), ("field", "values")),
    ]
    emit_parts(form, row, ("title", "year", "doi", "gap", "far_beyond"), parts)


def _some(pairs: list[Row], having: str, columns: Sequence[str]) -> list[Row]:
    """These columns of the pairs that have anything of a kind."""
    return [{column: pair[column] for column in columns} for pair in pairs if pair[having]]


def _title_of_overlap(pairs: list[Row]) -> str:
    """Where a list is not whole, it is said: what it lacks its source may well know."""
    unsure = [" and ".join(pair["sources"]) for pair in pairs if pair["union"] and not pair["whole"]]
    return "overlap of citing works" + (f"; a list is not whole between {', '.join(unsure)}" if unsure else "")


def _many(store: Store, briefs: list[Row], as_of: str, tracking: Tracking, form: str | None, limit: int) -> None:
    from harvester import report
    from harvester.tracker import compare as tracker

    works = tracker.compared(store, briefs, as_of)
    missed = list(tracker.missing(store, works, as_of))
    pairs = tracker.pairs(works, tracking)
    twice = list(tracker.duplicates(works))
    differing = list(tracker.contradictions(store, works))
    apart = sorted((one.row(tracking) for one in works), key=lambda row: (-(row["gap"] or 0), row["work"]))
    if form == "csv":
        report.write(form, [{key: row[key] for key in _BRIEF} | row["counts"] | {key: row[key] for key in _WORKS[-2:]}
                            for row in apart[:limit]], None, sys.stdout)  # fmt: skip
        return
    whole = {
        "works": len(works),
        "far_beyond": sum(row["far_beyond"] is not None for row in apart),
        "missing": len({row["work"] for row in missed}),
        "duplicates": len({row["work"] for row in twice}),
        "contradictory": len({row["work"] for row in differing}),
    }
    parts = [
        Part("sources", "what each source has", tracker.by_source(works, missed, tracking), _SOURCES),
        Part("counts", "counts of works that both count", _some(pairs, "counted", _SUMS), _SUMS),
        Part("overlap", "overlap of citing works, where both lists are whole", _some(pairs, "union", _OVERLAPS), _LISTED),
        Part("apart", "furthest apart", [row for row in apart if row["gap"]][:limit], _WORKS),
        Part("missing", "missing though asked", missed[:limit], ("title", "source", "asked", "on", "why")),
        Part("duplicates", "several records at one source", twice[:limit], ("title", "source", "source_ids", "counts")),
        Part("contradictions", "contradictions", differing[:limit], ("title", "field", "values")),
    ]  # fmt: skip
    emit_parts(form, whole, None, parts)


def _write_request(state: State, store: Store, source: str, briefs: list[Row], as_of: str, limit: int) -> None:
    from harvester import sources
    from harvester.report.request import write_request
    from harvester.tracker.compare import requests

    if source not in sources.modules():
        raise UsageError(f"--request {source!r} is not a source; known are {', '.join(sorted(sources.modules()))}")
    found = requests(store, source, briefs, as_of=as_of, tracking=state.settings.tracking)
    if found:
        write_request(source, as_of, found, limit, sys.stdout)
    else:
        state.say(f"there is nothing to ask {source} to correct")
