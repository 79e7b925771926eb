"""Everything that is known of one work, each field with the source it came from and where sources disagree."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from harvester import sources
from harvester.merge import doi_of
from harvester.records import Record
from harvester.store import Row, Store

# Compared loosely: a source's habit of writing (capitals, a subtitle's colon) is no disagreement about the article.
_COMPARED = ("title", "year", "date", "type", "language", "volume", "issue", "first_page", "last_page", "is_oa",
             "is_retracted", "doi")  # fmt: skip


def sheet(store: Store, work: int, as_of: str) -> Row:
    """A work as one nested object; keys begin with work, doi, title, year, venue (DESIGN's contract)."""
    fields = store.row("work", work=work) or {}
    origin: dict[str, str] = json.loads(fields.pop("origin"))
    venue = fields.pop("venue_number")
    records = store.rows("work_records", work=work)
    words = store.saver(sources.ranks(), sources.parser_of).current(row["record"] for row in records)
    for flag in ("is_oa", "is_retracted", "authors_truncated"):
        fields[flag] = None if fields[flag] is None else bool(fields[flag])
    return fields | {
        "authors": [
            row | {"institutions": json.loads(row["institutions"])} for row in store.rows("work_authors", work=work)
        ],
        "subjects": store.rows("work_subjects", work=work),
        "identifiers": store.rows("work_identifiers", work=work),
        "counts": store.rows("work_counts", work=work, as_of=as_of),
        "counts_by_year": store.rows("work_years", work=work),
        "highlights": store.rows("work_highlights", work=work),
        "venue_metrics": store.rows("venue_metrics", venue=venue) if venue else [],
        "records": records,
        "origin": origin,
        "disagreements": list(disagreements(words.values())),
    }


def disagreements(records: Iterable[Record]) -> Iterable[dict[str, Any]]:
    """The fields about which the records of a work differ: {field, values: {source: value}}."""
    held = list(records)
    for field in _COMPARED:
        values: dict[str, Any] = {}
        for record in held:
            value = doi_of(record) if field == "doi" else getattr(record, field)
            if value is not None:
                values.setdefault(record.source, value)
        if len({_loose(field, value) for value in values.values()}) > 1:
            yield {"field": field, "values": values}


def _loose(field: str, value: Any) -> Any:
    if field == "title":
        from harvester.normal import title_key

        return title_key(value)
    if field == "date":
        return str(value)[:7] if len(str(value)) > 4 else str(value)
    return value
