"""Commands about many works together: journal, profile; and retractions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harvester import normal
from harvester.cli.state import LARGEST, AsOf, Form, Limit, Part, State, day_or_today, emit, emit_parts, venue_meant
from harvester.errors import UsageError

if TYPE_CHECKING:
    from harvester.store import Row, Store
    from harvester.tracker.profiles import Held

Days = Annotated[int, typer.Option("--days", min=1, max=36_500, help="What grew in the last so many days.")]
WatchNumber = Annotated[int | None, typer.Option("--watch", min=1, max=LARGEST, help="The works of this watch.")]

_VENUE = ("name", "issns", "publisher", "works", "first_year", "last_year")
_WHOLE = ("kind", "name", "id", "works", "first_year", "last_year")
_STATED = ("name", "value", "year", "source")
_INDEXES = ("source", "works", "citations", "h_index", "i10_index", "h5_index", "gained", "to_date")
_YEARS = ("year", "works", "citable", "partial", "types")
_CITATIONS = ("year", "source", "works", "citations", "per_work", "most_cited")
_CITEDNESS = ("year", "source", "items", "counted", "citations", "citedness", "published", "until")
_BESIDE = ("figure", "year", "source", "theirs", "ours", "why")
_GROWING = ("title", "year", "source", "count", "gained", "from_date", "to_date")
_RETRACTIONS = ("title", "kind", "retracted_title", "said_by", "denied_by", "since", "cited")


def register(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    for command in (journal, profile, retractions):
        app.command()(command)


def journal(
    context: typer.Context,
    issn: Annotated[str, typer.Argument(metavar="ISSN", help="The venue's ISSN, or its name in full.")],
    days: Days = 365,
    form: Form = None,
    limit: Limit = 20,
    as_of: AsOf = None,
) -> None:
    """A venue: its figures by year, what it is cited, and what grows.

    Works held, citations and h-index by source, two-year mean citedness with how complete it is, and what others state of
    the venue, each with year and origin.
    """
    from harvester.tracker import citedness, profiles

    state: State = context.obj
    known = day_or_today(as_of, "--as-of")
    with state.store() as store:
        venue = venue_meant(store, issn)
        metrics = [m for m in store.rows("venue_metrics", venue=venue["venue"]) if m["year"] <= int(known[:4])]
        works = profiles.held(store, as_of=known, days=days, venue=venue["venue"])
        counted, edges = (find(store, works, metrics) for find in (citedness.from_counts, citedness.from_edges))
        profile_parts = _parts(store, works, days, limit, metrics)
    stated = [metric for metric in metrics if not metric["name"].endswith("_in_year")]
    beside = citedness.beside(counted, works, metrics)
    by = "two-year mean citedness, from"
    parts = [
        Part("metrics", "figures stated by others", stated, _STATED),
        Part("beside", "stated figures beside those reckoned here", beside, _BESIDE),
        Part("citedness", f"{by} the source's counts by year", counted[:limit], _CITEDNESS),
        Part("citedness_of_edges", f"{by} the citations held (at least so much)", edges[:limit], _CITEDNESS),
        *profile_parts,
    ]
    emit_parts(form, venue | profiles.span(works) | {"as_of": known}, _VENUE, parts)


def profile(
    context: typer.Context,
    kind: Annotated[str | None, typer.Argument(metavar="[KIND]", help="author, institution or topic.")] = None,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="An ORCID, ROR, OpenAlex id, or the name in full.")
    ] = None,
    watch: WatchNumber = None,
    days: Days = 365,
    form: Form = None,
    limit: Limit = 20,
    as_of: AsOf = None,
) -> None:
    """An author, institution, topic or watch: citations, h-index, growth.

    Of the works held, by source and by year. A name that fits several is refused with their ids.
    """
    from harvester.tracker import profiles

    state: State = context.obj
    known = day_or_today(as_of, "--as-of")
    with state.store() as store:
        whole, which = _meant(store, kind, name, watch)
        works = profiles.held(store, as_of=known, days=days, **which)
        parts = _parts(store, works, days, limit)
    emit_parts(form, whole | profiles.span(works) | {"as_of": known}, _WHOLE, parts)
    if not works.works:
        state.say("no works of this are held; harvest or import first")


def retractions(
    context: typer.Context,
    watch: WatchNumber = None,
    cited: Annotated[bool, typer.Option("--cited", help="Only works that cite something retracted.")] = False,
    form: Form = None,
    limit: Limit = 100,
    as_of: AsOf = None,
) -> None:
    """Watched works retracted, corrected or doubted, or citing what is.

    With who says so and who says otherwise, and whether it was cited before or after it was retracted.
    """
    from harvester.tracker.ripple import retractions as found

    state: State = context.obj
    known = day_or_today(as_of, "--as-of")
    with state.store() as store:
        if watch is not None:
            _watched(store, watch)
        rows = found(store, as_of=known, watch=watch, cited=cited, limit=limit)
    emit(form, rows, _RETRACTIONS)
    if not rows:
        state.say("no watched work that is held is known to be touched by a retraction, correction or concern")


def _parts(store: Store, works: Held, days: int, limit: int, metrics: Sequence[Row] | None = None) -> list[Part]:
    """What is told of any set of works; metrics: those stated of the venue, where it is one."""
    from harvester.tracker import profiles

    cited = profiles.citations(works, metrics or ())[:limit]
    return [
        Part("indexes", f"all that is held, by source; gained in {days} days", profiles.indexes(works), _INDEXES),
        Part("years", "works held, by year of publication", profiles.years(works)[:limit], _YEARS),
        Part("citations", "their citations", cited, _CITATIONS if metrics is None else (*_CITATIONS, "published")),
        Part("growing", f"gained most in {days} days", profiles.growing(store, works, limit), _GROWING),
    ]


# --- who is meant ----------------------------------------------------------------------------------------------------


def _meant(store: Store, kind: str | None, name: str | None, watch: int | None) -> tuple[Row, dict[str, Any]]:
    """What is to be profiled, as the row that tells of it and as what finds its works. Raises UsageError."""
    if watch is not None:
        if kind or name:
            raise UsageError("give a name or --watch, not both")
        return _watched(store, watch)
    if kind not in _KINDS or not name:
        raise UsageError("say what of: author NAME, institution NAME, topic NAME, or --watch NUMBER")
    if kind == "topic" and (topic := normal.openalex_entity(name, "T")):  # subjects are held by their names
        if (found := store.watches.find("topic", topic)) is None:
            raise UsageError(
                f"topic {topic} is not watched; give its name in full, or watch it: harvester watch add {topic}"
            )
        return _watched(store, found.id)
    plural, query, words = _KINDS[kind]
    rows = store.rows(query, **words(name))
    if not rows:
        raise UsageError(f"no {kind} {name!r} is held; give an id ({_IDS[kind]}), or the name in full")
    if len(rows) > 1:
        raise UsageError(f"{name!r} names {len(rows)} of them; give one by its id: " + "; ".join(map(_called, rows)))
    return {"kind": kind, "name": rows[0]["name"], "id": rows[0]["id"]}, {plural: rows[0]["numbers"]}


def _watched(store: Store, number: int) -> tuple[Row, dict[str, Any]]:
    watch = store.watches.numbered(number)
    if watch is None:
        raise UsageError(f"there is no watch {number}; `harvester watch list` shows the numbers")
    label = watch.order.label or watch.value
    return {"kind": f"watch of a {watch.kind}", "name": label, "id": str(number)}, {"watch": number}


def _called(row: Row) -> str:
    return f"{row['id']} ({row['name']}, {row['works']} works)"


def _author(name: str) -> dict[str, str | None]:
    """The parameters that find an author: by ORCID, by a service's id, by a key as the list of several shows it, by name."""
    own = normal.openalex_entity(name, "A")
    scheme, _, value = name.partition(":")
    key = f"openalex:{own}" if own else f"semantic_scholar:{value}" if scheme == "s2" else name
    return {"orcid": normal.orcid(name), "key": key, "name": normal.name_key(name)}


def _institution(name: str) -> dict[str, str | None]:
    ror, own = normal.ror(name), normal.openalex_entity(name, "I")
    return {"key": f"ror:{ror}" if ror else f"id:{own}" if own else name, "name": name.strip()}


def _subject(name: str) -> dict[str, str | None]:
    scheme, colon, rest = name.partition(":")
    of_scheme = bool(colon) and scheme in ("topic", "keyword", "concept", "field")
    return {"scheme": scheme if of_scheme else None, "name": (rest if of_scheme else name).strip()}


_KINDS = {
    "author": ("authors", "authors_named", _author),
    "institution": ("institutions", "institutions_named", _institution),
    "topic": ("subjects", "subjects_named", _subject),
}
_IDS = {"author": "an ORCID, A..., s2:NUMBER", "institution": "a ROR, I...", "topic": "topic:NAME, concept:NAME"}
