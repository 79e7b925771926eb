"""Commands that read: show, search, citing, family."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harvester import normal
from harvester.cli.state import (
    LARGEST,
    AsOf,
    Limit,
    State,
    WorkName,
    WorksForm,
    day,
    day_or_today,
    emit_works,
    work_number,
)
from harvester.errors import UsageError

if TYPE_CHECKING:
    from harvester.store import Row

Since = Annotated[str | None, typer.Option("--since", metavar="DATE", help="From this day on.")]
SourceName = Annotated[str | None, typer.Option("--source", help="Only this source, such as openalex.")]
WatchNumber = Annotated[int | None, typer.Option("--watch", min=1, max=LARGEST, help="Only the works of this watch.")]


def register(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    for command in (show, search, citing, family):
        app.command()(command)


Raw = Annotated[bool, typer.Option("--raw", help="The payloads themselves, as the sources sent them.")]


def show(context: typer.Context, work: WorkName, form: WorksForm = None, as_of: AsOf = None, raw: Raw = False) -> None:
    """All that is known of a work, and where from.

    Each field with its source, counts, figures of the venue, and where sources disagree.
    """
    from harvester import report
    from harvester.report.sheet import write_sheet
    from harvester.tracker.sheet import sheet

    state: State = context.obj
    if raw and as_of:
        raise UsageError("--raw shows the payloads that are kept today; leave --as-of out")
    with state.store(as_of=as_of) as store:
        number = work_number(store, work)
        if raw:
            rows = [row | {"payload": body.decode("utf-8", "replace")} for row, body in store.payloads_of(number)]
            report.write(form if form and form != "table" else "json", rows, None, sys.stdout)
            return
        if form in report.bibliographies():
            emit_works(form, store, [{"work": number}], ())
            return
        found = sheet(store, number, day_or_today(as_of, "--as-of"))
    form = form or report.default_form(sys.stdout)
    if form == "table":
        write_sheet(list(_sections(found)), sys.stdout)
    else:
        report.write(form, [found], None, sys.stdout)


_FIELDS = ("title", "authors", "year", "date", "type", "language", "venue", "volume", "issue", "pages", "doi",
           "open_access", "oa_url", "licence", "url", "is_retracted", "abstract", "abstract_status")  # fmt: skip
# Where the field's origin stands, for what is shown under another name.
_ORIGINS = {"pages": ("first_page",), "open_access": ("oa_status", "is_oa"), "licence": ("license",)}


def _sections(found: Row) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """The parts of `show`: rows of (field, value, where from)."""
    origin = found["origin"]
    values = dict(found) | {
        "authors": "; ".join(_named(author) for author in found["authors"]) + _more(found),
        "open_access": _open_access(found),
        "licence": found["license"],
        "abstract_status": _abstract_status(found),
        "pages": "-".join(page for page in (found["first_page"], found["last_page"]) if page),
    }
    rows = [
        (field, _said(values[field]), _origin_of(field, origin)) for field in _FIELDS if values[field] not in (None, "")
    ]
    yield f"work {found['work']}", rows
    yield (
        "citation counts",
        [
            (
                c["source"],
                f"{c['count']} (seen {c['first_seen']} to {c['last_seen']}; {c['citing_held']} citing works held)",
                _series(c),
            )
            for c in found["counts"]
        ],
    )
    yield "notices", [(n["kind"], _noted(n), n["origin"]) for n in found["notices"]]
    yield "history", list(_history(found["history"]))
    yield (
        "sources disagree",
        [
            (d["field"], "; ".join(f"{source}: {_listed(value)}" for source, value in d["values"].items()), "")
            for d in found["disagreements"]
        ],
    )
    yield "funding", list(_funding(found["funding"]))
    yield (
        "highlights",
        [(f"{h['position'] + 1}", f"{h['title']}: {h['text']}", h["source"]) for h in found["highlights"]],
    )
    yield "family", list(_kin(found))
    yield (
        f"figures of {found['venue'] or 'the venue'}",
        [(m["name"].replace("_", " "), m["value"], f"{m['source']}, {m['year']}") for m in _of_today(found)],
    )
    yield (
        "subjects",
        [
            (
                scheme,
                "; ".join(_scored(s) for s in found["subjects"] if s["scheme"] == scheme),
                origin.get("subjects", ""),
            )
            for scheme in dict.fromkeys(s["scheme"] for s in found["subjects"])
        ],
    )
    yield (
        "identifiers",
        [(i["scheme"], i["value"] + _stated(i), i["sources"]) for i in found["identifiers"]],
    )
    yield (
        "records",
        [
            (r["source"], "; ".join(filter(None, (r["why"], _gone(r)))), f"{r['first_seen']} to {r['last_seen']}")
            for r in found["records"]
        ],
    )


def _series(count: Row) -> str:
    """The records one series of counts was seen at: "W1 until 2026-05-01, then W2"."""
    before = "".join(f"{one['source_id']} until {one['until']}, then " for one in count.get("spliced", ()))
    return f"{before}{count['source_id']}"


def _noted(notice: Row) -> str:
    """What is said of a work's standing, by which notice, of which day, and since when that is known."""
    said = [f"by {notice['notice']}"] if notice["notice"] else []
    said += [f"on {notice['on_day']}"] if notice["on_day"] else []
    said += [f"stated {notice['first_seen']} to {notice['last_seen'] or 'now'}"]
    return f"{', '.join(said)} ({notice['source']})"


def _kin(found: Row) -> Iterator[tuple[str, str, str]]:
    """The members of a work's families, itself included, and who cites any of them."""
    for member in found["family"]:
        counts = ", ".join(f"{source} {count}" for source, count in member["counts"].items())
        name = member["doi"] or f"work {member['work']}"
        told = [text for text in (name, counts, f"{member['citing_held']} citing works held", member["why"]) if text]
        yield member["role"], "; ".join(told), "this work" if member["work"] == found["work"] else ""
    for union in dict.fromkeys((member["family"], member["union_citing"]) for member in found["family"]):
        yield "cited by", f"{union[1]} works cite any version, each counted once", f"family {union[0]}"


def _stated(name: Row) -> str:
    """Since when, and until when, a name was stated, where it is not the plain case."""
    if name["outdated_on"]:
        return f" (alias; stated {name['first_seen']} until {name['outdated_on']})"
    return f" (alias; asked for on {name['first_seen']})" if name["alias"] else f" (since {name['first_seen']})"


def _gone(record: Row) -> str | None:
    """What became of a record whose id its source knows no more."""
    if record["gone_on"] is None:
        return None
    heir = record["successor"]
    elsewhere = f" (work {record['successor_work']})" if record["successor_work"] else ""
    goes_on = f"; {heir}{elsewhere} answers in its place" if heir else ""
    return f"{record['source_id']} is gone since {record['gone_on']}{goes_on}"


def _origin_of(field: str, origin: dict[str, str]) -> str:
    return next((origin[name] for name in _ORIGINS.get(field, (field,)) if name in origin), "")


def _named(author: Row) -> str:
    return f"{author['name']}{' (*)' if author['corresponding'] else ''}"


def _of_today(found: Row) -> Iterator[Row]:
    """The newest of each figure from each source, apart from those that are a series of years: `journal` has them all."""
    seen: set[tuple[str, str]] = set()
    for metric in found["venue_metrics"]:  # the newest first
        if not metric["name"].endswith("_in_year") and (one := (metric["name"], metric["source"])) not in seen:
            seen.add(one)
            yield metric


def _more(found: Row) -> str:
    """What is said after the authors: that there are more, and what the mark means and who set it."""
    more = " … (the source lists no more)" if found["authors_truncated"] else ""
    by = found["origin"].get("corresponding")
    told = "" if by == found["origin"].get("authors") else f", as {by} states"
    return f"{more} [(*) corresponding{told}]" if by else more


def _open_access(found: Row) -> str | None:
    """The status with the day since when, as far as it was watched."""
    status = found["oa_status"] or {True: "open", False: "closed", None: None}[found["is_oa"]]
    by = found["origin"].get("oa_status") or found["origin"].get("is_oa")
    spans = [h for h in found["history"] if (h["source"], h["field"]) == (by, "oa_status")]
    if status is None or not spans or spans[-1]["value"] != status:
        return status
    return f"{status} ({'since' if len(spans) > 1 else 'seen since'} {spans[-1]['first_seen']})"


def _abstract_status(found: Row) -> str | None:
    by = found["origin"].get("abstract_status")
    told = {
        "removed": f"removed: {by} has it no more; this is what it was",
        "withheld": f"withheld: {by} may not show it",
    }
    status = found["abstract_status"]
    return told.get(status, status) if status != "present" else None  # there it is


def _history(rows: list[Row]) -> Iterator[tuple[str, str, str]]:
    """A line for each record and field that changed: "closed until 2026-05-01, green since 2026-06-01"."""
    for (field, source, _), group in groupby(rows, key=lambda row: (row["field"], row["source"], row["source_id"])):
        spans = list(group)
        if len(spans) < 2:
            continue
        first, *between, last = spans
        parts = [f"{_value(first)} until {first['last_seen']}"]
        parts += [f"{_value(span)} {span['first_seen']} to {span['last_seen']}" for span in between]
        parts += [f"{_value(last)} since {last['first_seen']}"]
        yield _LABELS.get(field, field), ", ".join(parts), source


_LABELS = {"oa_status": "open_access", "license": "licence", "abstract_status": "abstract"}


def _value(span: Row) -> str:
    value = {"true": "yes", "false": "no", None: "none"}.get(span["value"], span["value"])
    return f"{value} ({span['reason']})" if span["reason"] not in (None, span["value"]) else str(value)


def _funding(rows: list[Row]) -> Iterator[tuple[str, str, str]]:
    """A line for each funder of each source, with its awards."""
    funders = groupby(rows, key=lambda row: (row["source"], row["funder"], row["funder_id"]))
    for number, ((source, funder, name), group) in enumerate(funders, start=1):
        awards = ", ".join(row["award"] for row in group if row["award"])
        yield str(number), funder + (f" [{name}]" if name else "") + (f": {awards}" if awards else ""), source


def _scored(subject: Row) -> str:
    return f"{subject['name']} ({subject['score']:.2f})" if subject["score"] is not None else str(subject["name"])


def _listed(value: Any) -> str:
    return ", ".join(map(_said, value)) if isinstance(value, list) else _said(value)


def _said(value: Any) -> str:
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def search(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help='Words, "phrases", begin* and -without.')],
    form: WorksForm = None,
    limit: Limit = 20,
    as_of: AsOf = None,
) -> None:
    """Find works by the words of title and abstract."""
    state: State = context.obj
    match = fts_query(text)
    with state.store(as_of=as_of) as store:
        rows = store.rows("search", match=match, limit=limit, as_of=day_or_today(as_of, "--as-of"))
        emit_works(form, store, rows, ("work", "year", "title", "venue"))
    if not rows:
        state.say(f"no work held matches {text!r}")


_TOKEN = re.compile(r'(-?)"([^"]*)"|(-?)(\S+)')


def fts_query(text: str) -> str:
    """What a person types as an FTS5 query in which every word is quoted, so that nothing in it is syntax.

    >>> fts_query('dissociation "pan-european security" institution* -brexit')
    '("dissociation" AND "pan-european security" AND "institution" *) NOT ("brexit")'
    """
    wanted, unwanted = list[str](), list[str]()
    for minus, phrase, minus_word, word in _TOKEN.findall(text.replace("\0", " ")):  # SQLite reads no further
        said = phrase or word
        star = " *" if word.endswith("*") else ""
        if not normal.title_key(said):
            continue
        quoted = '"' + said.rstrip("*").replace('"', " ") + '"' + star
        (unwanted if minus or minus_word else wanted).append(quoted)
    if not wanted:
        raise UsageError(f"{text!r} has no word to search for")
    query = " AND ".join(wanted)
    return f"({query}) NOT ({' OR '.join(unwanted)})" if unwanted else query


def citing(
    context: typer.Context,
    work: WorkName,
    since: Since = None,
    source: SourceName = None,
    whole_family: Annotated[
        bool, typer.Option("--family", help="Of any version of it, each citing work once.")
    ] = False,
    contexts: Annotated[
        bool, typer.Option("--contexts", help="Why and in which sentences, as Semantic Scholar found them.")
    ] = False,
    form: WorksForm = None,
    limit: Limit = 100,
    as_of: AsOf = None,
) -> None:
    """Who cites a work, newest first.

    With --since: what has appeared from that day on.
    """
    from harvester import report
    from harvester.tracker.family import citing_family
    from harvester.tracker.growth import citing as citing_one

    state: State = context.obj
    with state.store(as_of=as_of) as store:
        number = work_number(store, work)
        known = day_or_today(as_of, "--as-of")
        found = citing_family if whole_family else citing_one
        rows = found(store, number, as_of=known, since=day(since, "--since"), source=source, limit=limit)
        shown = ("intents", "contexts") if contexts else ("citing_venue", "first_seen")
        rows = [_told(row, contexts=contexts) for row in rows]
        emit_works(form, store, rows, ("citing_title", "citing_date", *shown), key="citing_work")
    if not rows:
        state.say("no citing work is held for this")
    elif form in report.bibliographies() and (named := sum(row["citing_work"] is None for row in rows)):
        state.say(f"{named} of {len(rows)} citing works are known by name only and are left out")


def _told(row: Row, *, contexts: bool) -> Row:
    """A citing work's row with lists and yes or no for SQLite's texts and numbers."""
    said = {name: None if row[name] is None else bool(row[name]) for name in ("self_citation", "influential")}
    told = row | said | {"is_new": bool(row["is_new"]), "sources": sorted(row["sources"].split(","))}
    return told if contexts else {name: value for name, value in told.items() if name != "contexts"}


def family(
    context: typer.Context, work: WorkName, form: WorksForm = None, limit: Limit = 100, as_of: AsOf = None
) -> None:
    """The versions of a work and what is about them.

    Preprint, accepted, published; reviews, corrections, retractions: each with its own counts, by source; and how many
    works cite any version, each counted once.
    """
    from harvester.tracker.family import family as found

    state: State = context.obj
    with state.store(as_of=as_of) as store:
        rows = found(store, work_number(store, work), day_or_today(as_of, "--as-of"))[:limit]
        emit_works(form, store, rows, ("work", "role", "title", "year", "counts", "citing_held"))
    for one, union in dict.fromkeys((row["family"], row["union_citing"]) for row in rows):
        state.say(f"{union} works cite any version in family {one}, each counted once")
    if not rows:
        state.say("no other version of it is held, nor anything about it")
