"""Why records are together, and what speaks for and against putting two works together: for the person who decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any

from harvester import sources
from harvester.merge import doi_of
from harvester.normal import name_key, title_key
from harvester.records import Record
from harvester.store import Row, Store

Side = dict[str, Any]  # field -> value, a list where there may be several

_FIELDS = ("title", "authors", "year", "date", "venue", "volume", "issue", "pages", "type", "language")


def why(store: Store, work: int) -> Row:
    """Why the records of a work are together; keys begin with work, doi, title, year, venue.

    records: each with the decision that put it there, its reason, the day, the identifiers it shares with which others,
    and its aliases; then events, what people decided, and the open doubts.
    """
    fields = store.row("work", work=work) or {}
    names = store.rows("why_identifiers", work=work)
    records = store.rows("why_records", work=work)
    for record in records:
        number = record.pop("number")
        own = {(name["scheme"], name["value"]) for name in names if name["number"] == number}
        others = [name for name in names if name["number"] != number and (name["scheme"], name["value"]) in own]
        record["shares"] = [
            f"{scheme} {value} with {', '.join(name['record'] for name in sharing)}"
            for (scheme, value), sharing in groupby(others, lambda name: (name["scheme"], name["value"]))
        ]
        record["aliases"] = [f"{n['scheme']} {n['value']}" for n in names if n["number"] == number and n["alias"]]
    return {key: fields.get(key) for key in ("work", "doi", "title", "year", "venue")} | {
        "records": records,
        "events": store.rows("why_events", work=work),
        "decisions": store.rows("why_decisions", work=work),
        "doubts": store.rows("why_doubts", work=work),
    }


def question(store: Store, review: int) -> Row | None:
    """One doubt with its evidence side by side, None if there is none of this number.

    evidence: rows of field, record, candidate (what each side says, null where it says nothing) and differs (null where
    there is nothing to compare). The side of the record is its work, or the record alone where it is in none.
    """
    found = store.row("review_one", review=review)
    if found is None:
        return None
    record = found.pop("record")
    mine = _of_work(store, found["work"]) if found["work"] is not None else _of_record(store, record)
    theirs = _of_work(store, found["candidate"]) if found["candidate"] is not None else {}
    return found | {"evidence": list(_facing(mine, theirs))}


def _of_work(store: Store, work: int) -> Side:
    fields = store.row("work", work=work) or {}
    return _side(
        fields,
        authors=[author["name"] for author in store.rows("work_authors", work=work)],
        identifiers=[(name["scheme"], name["value"]) for name in store.rows("work_identifiers", work=work)],
        citations=[f"{c['source']} {c['count']}" for c in store.rows("work_counts", work=work, as_of="9999-12-31")],
        records=[f"{r['source']}:{r['source_id']}" for r in store.rows("work_records", work=work)],
    )


def _of_record(store: Store, number: int) -> Side:
    record = store.saver(sources.ranks(), sources.parser_of).current([number]).get(number)
    if record is None:
        return {}
    fields = {field: getattr(record, field) for field in Record.__struct_fields__}
    return _side(
        fields | {"doi": doi_of(record), "venue": record.venue.name if record.venue else None},
        authors=[author.name for author in record.authors or ()],
        identifiers=list(record.identifiers),
        citations=[] if record.cited_by_count is None else [f"{record.source} {record.cited_by_count}"],
        records=[f"{record.source}:{record.source_id}"],
    )


def _side(
    fields: Row, *, authors: list[str], identifiers: Iterable[tuple[str, str]], citations: list[str], records: list[str]
) -> Side:
    side: Side = {}
    for scheme, value in identifiers:
        side.setdefault(scheme, []).append(value)
    pages = "-".join(page for page in (fields.get("first_page"), fields.get("last_page")) if page)
    told = fields | {"authors": authors, "pages": pages}
    text = fields.get("abstract") if not fields.get("title") else None  # of a text in no work there is nothing else
    return side | {field: told[field] for field in _FIELDS} | {"text": text, "citations": citations, "records": records}


def _facing(mine: Side, theirs: Side) -> Iterator[Row]:
    schemes = sorted((mine.keys() | theirs.keys()) - {*_FIELDS, "text", "citations", "records"}, key=_doi_first)
    for field in (*schemes, *_FIELDS, "text", "citations", "records"):
        one, other = mine.get(field), theirs.get(field)
        if one or other:
            yield {
                "field": field,
                "record": one or None,
                "candidate": other or None,
                "differs": _differ(field, one, other),
            }


def _doi_first(scheme: str) -> tuple[bool, str]:
    return scheme != "doi", scheme


def _differ(field: str, one: Any, other: Any) -> bool | None:
    """Whether two values contradict each other; None where one is missing, or two may well differ (counts, records)."""
    if field in ("citations", "records", "text") or not one or not other:
        return None
    if field == "authors":
        return _keys(one, name_key) != _keys(other, name_key)
    if isinstance(one, list):  # identifiers of one scheme
        return set(one).isdisjoint(other)
    if field in ("title", "venue"):
        return title_key(one) != title_key(other)
    if field == "date":
        shorter = min(len(one), len(other))
        return bool(one[:shorter] != other[:shorter])
    return bool(one != other)


def _keys(names: Iterable[str], key: Callable[[str], str | None]) -> set[str | None]:
    return {key(name) for name in names}
