"""The records of a work and the ranks of their sources -> its fields, each with the source it came from. Pure.

Null never beats a value. The best-ranked source that states a field gives it; between two records of one source, the one
that comes first. A retraction is believed from any source: a missed one is worse than a contested one, and `show`
names who says what.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import msgspec

from harvester.records import Author, Highlight, Record, Subject, Venue

SCALARS = (
    "title", "abstract", "year", "date", "type", "language", "volume", "issue", "first_page", "last_page",
    "is_oa", "oa_status", "oa_url", "url", "is_retracted",
)  # fmt: skip
FIELDS = (*SCALARS, "doi", "venue", "authors", "subjects", "highlights")  # whose origin is named


class Merged(msgspec.Struct):
    """A work's fields; `origin` tells for each field that has a value which source gave it."""

    values: dict[str, str | int | bool | None]  # SCALARS and doi
    venues: tuple[tuple[Venue, str], ...]  # (venue, source) as each record states it; the first is the work's
    authors: tuple[Author, ...]
    authors_source: str | None
    authors_truncated: bool
    subjects: tuple[Subject, ...]
    highlights: tuple[tuple[Highlight, str], ...]
    origin: dict[str, str]

    @property
    def title(self) -> str | None:
        """The title among the values."""
        return cast("str | None", self.values["title"])


def doi_of(record: Record) -> str | None:
    """The record's own DOI: the first it names."""
    for identifier in record.identifiers:
        if identifier.scheme == "doi":
            return identifier.value
    return None


def retracted(record: Record) -> bool | None:
    """Whether the record says its article is retracted: outright, or by naming the notice; None: it does not say."""
    return any(one.kind == "retracted_by" for one in record.relations or ()) or record.is_retracted


def merge(records: Sequence[Record], ranks: Mapping[str, int]) -> Merged:
    """One set of fields from all records of a work. ranks: source -> rank, 0 is best; an unknown source comes last."""
    ordered = records if len(records) == 1 else sorted(records, key=lambda r: ranks.get(r.source, len(ranks)))
    origin: dict[str, str] = {}
    values: dict[str, str | int | bool | None] = dict.fromkeys(SCALARS)
    for field in SCALARS:
        for record in ordered:
            value = getattr(record, field)
            if value is not None:
                values[field] = value
                origin[field] = record.source
                break
    retractor = next((record for record in ordered if retracted(record)), None)
    if retractor:
        values["is_retracted"], origin["is_retracted"] = True, retractor.source
    values["doi"], doi_source = next(((doi, r.source) for r in ordered if (doi := doi_of(r))), (None, None))
    authored = next((r for r in ordered if r.authors), None)
    venues = tuple((record.venue, record.source) for record in ordered if record.venue)
    about = next((r for r in ordered if r.subjects), None)
    highlights = tuple((highlight, r.source) for r in ordered for highlight in r.highlights)
    for field, source in (
        ("doi", doi_source),
        ("venue", venues[0][1] if venues else None),
        ("authors", authored and authored.source),
        ("subjects", about and about.source),
        ("highlights", highlights[0][1] if highlights else None),
    ):
        if source:
            origin[field] = source
    return Merged(
        values=values,
        venues=venues,
        authors=authored.authors or () if authored else (),
        authors_source=authored.source if authored else None,
        authors_truncated=authored.authors_truncated if authored else False,
        subjects=about.subjects or () if about else (),
        highlights=tuple(dict.fromkeys(highlights)),
        origin=origin,
    )


_OVERLAID = (*SCALARS, "venue", "authors", "subjects", "cited_by_count", "counts_by_year", "references", "relations")


def overlay(newer: Record, older: Record) -> Record:
    """The newer word of a source about an article, with what only its older word tells filled in.

    Returns `newer` itself where the older one adds nothing.
    """
    missing: dict[str, object] = {
        field: value
        for field in _OVERLAID
        if getattr(newer, field) is None and (value := getattr(older, field)) is not None
    }
    if newer.venue and older.venue and (venue := _venue(newer.venue, older.venue)) != newer.venue:
        missing["venue"] = venue
    if not newer.highlights and older.highlights:
        missing["highlights"] = older.highlights
    if identifiers := [i for i in older.identifiers if i not in newer.identifiers and i.scheme not in _schemes(newer)]:
        missing["identifiers"] = (*newer.identifiers, *identifiers)
    if newer.authors_truncated and len(older.authors or ()) > len(newer.authors or ()):
        missing["authors"] = older.authors  # a list page cuts what the single reply gave in full
    if "authors" in missing:
        missing["authors_truncated"] = older.authors_truncated
    return msgspec.structs.replace(newer, **missing) if missing else newer


def _schemes(record: Record) -> set[str]:
    return {identifier.scheme for identifier in record.identifiers}


def _venue(newer: Venue, older: Venue) -> Venue:
    """The newer venue with what only the older one states; another venue (another id) is left alone."""
    if newer.id and older.id and newer.id != older.id:
        return newer
    missing = {
        field: getattr(older, field)
        for field in ("name", "issn_l", "issns", "type", "publisher", "id", "metrics")
        if not getattr(newer, field) and getattr(older, field)
    }
    return msgspec.structs.replace(newer, **missing) if missing else newer


def stamped(record: Record, day: str) -> Record:
    """The record with the year of `day` on venue metrics that state none."""
    if record.venue is None or all(metric.year for metric in record.venue.metrics):
        return record
    metrics = tuple(m if m.year else msgspec.structs.replace(m, year=int(day[:4])) for m in record.venue.metrics)
    return msgspec.structs.replace(record, venue=msgspec.structs.replace(record.venue, metrics=metrics))
