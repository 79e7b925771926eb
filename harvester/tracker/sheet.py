"""Everything that is known of one work, each field with the source it came from and where sources disagree."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from harvester import sources
from harvester.merge import abstract_status, doi_of, retracted
from harvester.normal import name_key, title_key
from harvester.records import Record
from harvester.store import Row, Store
from harvester.tracker.family import family

# Compared loosely: a source's habit of writing (capitals, a subtitle's colon) is no disagreement about the article.
_COMPARED = ("title", "year", "date", "type", "language", "volume", "issue", "first_page", "last_page", "is_oa",
             "is_retracted", "doi", "oa_status", "license", "abstract_status", "funding", "corresponding")  # fmt: skip


def sheet(store: Store, work: int, as_of: str) -> Row:
    """A work as one nested object; keys begin with work, doi, title, year, venue (DESIGN's contract)."""
    fields = store.row("work", work=work) or {}
    origin: dict[str, str] = json.loads(fields.pop("origin"))
    venue = fields.pop("venue_number")
    records = store.rows("work_records", work=work)
    names = store.rows("work_identifiers", work=work)
    for row in (*records, *names):
        _as_known(row, as_of)
    words = store.saver(sources.ranks(), sources.parser_of).current(row["record"] for row in records)
    for flag in ("is_oa", "is_retracted", "authors_truncated"):
        fields[flag] = None if fields[flag] is None else bool(fields[flag])
    return fields | {
        "authors": [
            row | {"institutions": json.loads(row["institutions"])} for row in store.rows("work_authors", work=work)
        ],
        "subjects": store.rows("work_subjects", work=work),
        "identifiers": names,
        "counts": [row | _splice(row, records) for row in store.rows("work_counts", work=work, as_of=as_of)],
        "counts_by_year": store.rows("work_years", work=work, as_of=as_of),
        "funding": store.rows("work_funding", work=work),
        "history": store.rows("work_history", work=work, as_of=as_of),
        "highlights": store.rows("work_highlights", work=work),
        "family": family(store, work, as_of),
        "notices": store.rows("work_notices", work=work, as_of=as_of),
        "venue_metrics": store.rows("venue_metrics", venue=venue) if venue else [],
        "records": records,
        "origin": origin,
        "disagreements": list(disagreements(words.values())),
    }


def _as_known(row: Row, as_of: str) -> None:
    """Take back from a record or a name what became of it only after that day."""
    if (row.get("gone_on") or "") > as_of:
        row |= {"gone_on": None, "successor": None, "successor_work": None}
    if (row.get("outdated_on") or "") > as_of:
        row |= {"alias": 0, "outdated_on": None}


def _splice(count: Row, records: Iterable[Row]) -> Row:
    """The records whose series goes on at this one, if there are any, the oldest first: {spliced: [{source_id, until}]}."""
    before = {row["successor"]: row for row in records if row["successor"] and row["source"] == count["source"]}
    told, here = list[Row](), count["source_id"]
    while (row := before.pop(here, None)) is not None:
        here = row["source_id"]
        told.insert(0, {"source_id": here, "until": row["gone_on"]})
    return {"spliced": told} if told else {}


def disagreements(records: Iterable[Record]) -> Iterable[dict[str, Any]]:
    """The fields about which the records of a work differ: {field, values: {source: value}}."""
    held = list(records)
    for field in _COMPARED:
        values: dict[str, Any] = {}
        for record in held:
            value = _stated(record, field)
            if value is not None:
                values.setdefault(record.source, value)
        if len({_loose(field, value) for value in values.values()}) > 1:
            yield {"field": field, "values": values}


def _stated(record: Record, field: str) -> Any:
    """What a record says of a field that is compared; None where it says nothing that another could contradict."""
    if field == "doi":
        return doi_of(record)
    if field == "is_retracted":
        return retracted(record)
    if field == "funding":
        return [one.funder for one in record.funding or ()] or None
    if field == "corresponding":
        return [author.name for author in record.authors or () if author.corresponding] or None
    if field == "abstract_status":  # that one has none is no word against another's
        return None if (status := abstract_status(record)) == "absent" else status
    return getattr(record, field)


def _loose(field: str, value: Any) -> Any:
    if field == "title":
        return title_key(value)
    if field == "funding":
        return frozenset(map(title_key, value))
    if field == "corresponding":
        return frozenset(map(name_key, value))
    if field == "oa_status":
        return "gold" if value == "diamond" else value  # gold without a fee, which not every source tells apart
    if field == "date":
        return str(value)[:7] if len(str(value)) > 4 else str(value)
    return value
