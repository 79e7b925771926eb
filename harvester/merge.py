"""The records of a work and the ranks of their sources -> its fields, each with the source it came from. Pure.

Null never beats a value without a reason (`RIGHTLY_NONE`). The best-ranked source that states a field gives it (of authors,
see `_authored`); between two records of one source, the one that comes first. A retraction is believed from any source: a
missed one is worse than a contested one, and `show` names who says what. An abstract that its source has no more is kept,
and its status says so; one that its source may not show is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import msgspec

from harvester.normal import name_key
from harvester.records import Author, Funding, Highlight, Record, Subject, Venue

SCALARS = (
    "title", "abstract", "year", "date", "type", "language", "volume", "issue", "first_page", "last_page",
    "is_oa", "oa_status", "oa_url", "url", "is_retracted", "license", "abstract_status",
)  # fmt: skip
_RANKED = tuple(field for field in SCALARS if not field.startswith("abstract"))
FIELDS = (
    *SCALARS,
    "doi",
    "venue",
    "authors",
    "corresponding",
    "subjects",
    "funding",
    "highlights",
)  # whose origin is named

RIGHTLY_NONE = {
    "withheld": ("abstract",),  # there is one, and the source may not show it: nor may we what we have of it
    "closed": ("license", "oa_url"),  # no open copy any more: nothing of what was said of it holds
}
"""Reason code -> the fields that null is the right word for: no older word of the source takes its place."""


class Merged(msgspec.Struct):
    """A work's fields; `origin` tells for each field that has a value which source gave it."""

    values: dict[str, str | int | bool | None]  # SCALARS and doi
    venues: tuple[tuple[Venue, str], ...]  # (venue, source) as each record states it; the first is the work's
    authors: tuple[Author, ...]
    authors_source: str | None
    authors_truncated: bool
    subjects: tuple[Subject, ...]
    funding: tuple[tuple[Funding, str], ...]  # (funding, source): every source's word, see store/works.py
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


def abstract_status(record: Record) -> str | None:
    """What the record says of its abstract; one that has an abstract need not say more."""
    return record.abstract_status or ("present" if record.abstract else None)


def is_closed(record: Record) -> bool:
    """Whether the record says that there is no open copy."""
    return record.oa_status == "closed" or (record.oa_status is None and record.is_oa is False)


def merge(records: Sequence[Record], ranks: Mapping[str, int]) -> Merged:
    """One set of fields from all records of a work. ranks: source -> rank, 0 is best; an unknown source comes last."""
    ordered = records if len(records) == 1 else sorted(records, key=lambda r: ranks.get(r.source, len(ranks)))
    origin: dict[str, str] = {}
    values: dict[str, str | int | bool | None] = dict.fromkeys(SCALARS)
    for field in _RANKED:
        for record in ordered:
            value = getattr(record, field)
            if value is not None:
                values[field] = value
                origin[field] = record.source
                break
    values["abstract"], values["abstract_status"], told = _abstract(ordered)
    if told:
        origin |= {"abstract_status": told} | ({"abstract": told} if values["abstract"] else {})
    retractor = next((record for record in ordered if retracted(record)), None)
    if retractor:
        values["is_retracted"], origin["is_retracted"] = True, retractor.source
    values["doi"], doi_source = next(((doi, r.source) for r in ordered if (doi := doi_of(r))), (None, None))
    authored = _authored(ordered)
    authors, pointer = _corresponding(authored, ordered) if authored else ((), None)
    venues = tuple((record.venue, record.source) for record in ordered if record.venue)
    about = next((r for r in ordered if r.subjects), None)
    funding = tuple((one, r.source) for r in ordered for one in r.funding or ())
    highlights = tuple((highlight, r.source) for r in ordered for highlight in r.highlights)
    for field, source in (
        ("doi", doi_source),
        ("venue", venues[0][1] if venues else None),
        ("authors", authored and authored.source),
        ("corresponding", pointer),
        ("subjects", about and about.source),
        ("funding", funding[0][1] if funding else None),
        ("highlights", highlights[0][1] if highlights else None),
    ):
        if source:
            origin[field] = source
    return Merged(
        values=values,
        venues=venues,
        authors=authors,
        authors_source=authored.source if authored else None,
        authors_truncated=authored.authors_truncated if authored else False,
        subjects=about.subjects or () if about else (),
        funding=tuple(dict.fromkeys(funding)),
        highlights=tuple(dict.fromkeys(highlights)),
        origin=origin,
    )


def _abstract(records: Sequence[Record]) -> tuple[str | None, str | None, str | None]:
    """(abstract, status, source): one that its source still has before one that it has no more."""
    said = [(record.abstract, abstract_status(record), record.source) for record in records]
    for wanted in ("present", "removed", "withheld", "absent"):
        for abstract, status, source in said:
            if status == wanted:
                return (abstract if wanted in ("present", "removed") else None), status, source
    return None, None, None


def _authored(ordered: Sequence[Record]) -> Record | None:
    """The record whose authors are the work's: whole lists of people told apart and placed come before printed names.

    Publishers deposit names; who they are, in one work as in the next, is what other sources add (ids, institutions). Where
    the first list is cut, the longest is taken.
    """
    stated = [record for record in ordered if record.authors]
    placed = (r for r in stated if not r.authors_truncated and any(a.id and a.institutions for a in r.authors or ()))
    first = next(placed, stated[0] if stated else None)
    if first is None or not first.authors_truncated:
        return first
    return max(stated, key=lambda record: len(record.authors or ()))  # of equals the first


def _corresponding(authored: Record, records: Sequence[Record]) -> tuple[tuple[Author, ...], str | None]:
    """The authors, and which source names those who correspond: the list's own, else the first that names any.

    Another source's are found in the list by ORCID, else by a name key that only one author of it has.
    """
    authors = authored.authors or ()
    for record in (authored, *(record for record in records if record is not authored)):
        named = [author for author in record.authors or () if author.corresponding]
        if not named:
            continue
        if record is authored:
            return authors, record.source
        places = {place for author in named if (place := _place(author, authors)) is not None}
        if places:
            return tuple(
                msgspec.structs.replace(author, corresponding=True) if place in places else author
                for place, author in enumerate(authors)
            ), record.source
    return authors, None


def _place(wanted: Author, authors: Sequence[Author]) -> int | None:
    """Where in a list of authors somebody stands; None where it cannot be told."""
    if wanted.orcid:
        for place, author in enumerate(authors):
            if author.orcid == wanted.orcid:
                return place
    key = name_key(wanted.name)
    alike = [place for place, author in enumerate(authors) if key and name_key(author.name) == key]
    if len(alike) != 1 or (wanted.orcid and authors[alike[0]].orcid):  # two ORCIDs are two people
        return None
    return alike[0]


_OVERLAID = (*SCALARS, "venue", "authors", "subjects", "funding", "cited_by_count", "counts_by_year", "references",
             "relations")  # fmt: skip


def overlay(newer: Record, older: Record) -> Record:
    """The newer word of a source about an article, with what only its older word tells filled in.

    Returns `newer` itself where the older one adds nothing. An abstract that the newer word says there is none of is filled
    in with the status "removed"; what null is the right word for (`RIGHTLY_NONE`) stays so.
    """
    missing: dict[str, object] = {
        field: value
        for field in _OVERLAID
        if getattr(newer, field) is None and (value := getattr(older, field)) is not None
    }
    for reason in _reasons(newer) if missing else ():
        for field in RIGHTLY_NONE[reason]:
            missing.pop(field, None)
    if "abstract" in missing and newer.abstract_status == "absent":
        missing["abstract_status"] = "removed"
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


def _reasons(record: Record) -> list[str]:
    """The reason codes that hold for a record."""
    return ["withheld"] * (record.abstract_status == "withheld") + ["closed"] * is_closed(record)


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
    if record.venue is None or (venue := dated(record.venue, day)) is record.venue:
        return record
    return msgspec.structs.replace(record, venue=venue)


def dated(venue: Venue, day: str) -> Venue:
    """The venue with the year of `day` on metrics that state none."""
    if all(metric.year for metric in venue.metrics):
        return venue
    metrics = tuple(m if m.year else msgspec.structs.replace(m, year=int(day[:4])) for m in venue.metrics)
    return msgspec.structs.replace(venue, metrics=metrics)
