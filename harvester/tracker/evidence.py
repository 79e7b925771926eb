"""Why records are together, and what speaks for and against putting two works together: for the person who decides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import groupby
from typing import Any

import msgspec

from harvester import sources
from harvester.evidence import NEVER, Evidence, Holder, Weighed, as_holder, together, weigh
from harvester.identity import told_apart, works_conflict
from harvester.merge import doi_of
from harvester.normal import name_key, title_key
from harvester.records import Record
from harvester.store import Row, Store

Side = dict[str, Any]  # field -> value, a list where there may be several

_LAST_DAY = "9999-12-31"
_BRIEF = ("work", "doi", "title", "year", "venue")
_FIELDS = ("title", "authors", "year", "date", "venue", "volume", "issue", "pages", "type", "language")
_NO_NAMES = ("text", "citations", "records")


def why(store: Store, work: int) -> Row:
    """Why the records of a work are together; keys begin with work, doi, title, year, venue.

    records: each with the decision that put it there, its reason, the day, the identifiers it shares with which others,
    its aliases, and where it was matched on evidence alone, `score` and `weights` between it and the rest of the work as
    they are today (see weighing; null and empty else); then events, what people decided, and the open doubts.
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
        record |= {"score": None, "weights": []}
        if record["decision"] == "match":
            found = weighing(_as_records(store, work, {number})[1], _rest(store, work, number)[1])
            record |= {key: found[key] for key in ("score", "weights")}
    return {key: fields.get(key) for key in _BRIEF} | {
        "records": records,
        "events": store.rows("why_events", work=work),
        "decisions": store.rows("why_decisions", work=work),
        "doubts": store.rows("why_doubts", work=work),
    }


def why_not(store: Store, one: int, other: int) -> Row:
    """Why two works are two; keys begin with work, doi, title, year, venue, then the other's as candidate, candidate_doi, ...

    `why` in a sentence; shares, score, verdict, weights (see weighing); what people decided about both, the open doubts
    between them, and `family`: the place of each in the families that have both.
    """
    (mine, own), (theirs, candidate) = _as_work(store, one), _as_work(store, other)
    found = {"shares": _shares(mine, theirs)} | weighing(own, candidate)
    fields = store.row("work", work=one) or {}, store.row("work", work=other) or {}
    kin = store.rows("family", work=one, as_of=_LAST_DAY)
    common = {row["family"] for row in kin if row["work"] == other}
    about = {row["decision"] for row in store.rows("why_decisions", work=other)}
    return (
        {key: fields[0].get(key) for key in _BRIEF}
        | {("candidate" if key == "work" else f"candidate_{key}"): fields[1].get(key) for key in _BRIEF}
        | {"why": _why_two(own, candidate, found)}
        | found
        | {
            "decisions": [row for row in store.rows("why_decisions", work=one) if row["decision"] in about],
            "doubts": [row for row in store.rows("why_doubts", work=one) if other in (row["work"], row["candidate"])],
            "family": [
                {key: row[key] for key in ("family", "work", "role", "why")}
                for row in kin
                if row["family"] in common and row["work"] in (one, other)
            ],
        }
    )


def _why_two(one: Holder, other: Holder, found: Row) -> str:
    against = works_conflict(one, other)
    if found["shares"]:
        shared = f"they share {', '.join(found['shares'])}"
        return f"{shared}, but {against}" if against else f"{shared}, and nothing speaks against their being one"
    against = against or next((row["said"] for row in found["weights"] if row["weight"] <= NEVER), None)
    return f"they share no identifier, and {against or _COMES_TO[found['verdict']]}"


_COMES_TO = {
    "new": "what agrees is not enough to ask a person",
    "doubt": "what agrees is enough to ask a person, not to join them",
    "same": "what agrees would be enough to put a new record of the one into the other",
}


def weighing(one: Holder, other: Holder) -> Row:
    """What speaks for and against two being one article, as they are: {score, verdict, weights}.

    weights: rows of name, weight, said; a weight of evidence.NEVER rules it out whatever else agrees, and a person's word
    weighs so. score: their sum; verdict: what they come to (same, doubt, new). A shared identifier has no weight: it is
    heeded before any.
    """
    pieces = weigh(one, other).evidence
    if said := told_apart(one, other):
        pieces = (Evidence("person", NEVER, said), *pieces)
    found = Weighed(round(sum(piece.weight for piece in pieces), 2), pieces)
    return {"score": found.score, "verdict": found.verdict, "weights": [msgspec.structs.asdict(p) for p in pieces]}


def question(store: Store, review: int) -> Row | None:
    """One doubt with its evidence side by side, None if there is none of this number.

    evidence: rows of field, record, candidate (what each side says, null where it says nothing) and differs (null where
    there is nothing to compare). The side of the record is its work, or the record alone where it is in none; where its own
    work is the candidate, the record and the rest of that work. shares: the identifiers both bear; then as in weighing,
    null and empty where there is no candidate.
    """
    found = store.row("review_one", review=review)
    if found is None:
        return None
    record, work, candidate = found.pop("record"), found["work"], found["candidate"]
    if work is None or work == candidate:
        mine, one = _as_records(store, work, {record})
    else:
        mine, one = _as_work(store, work)
    weighed: Row = {"score": None, "verdict": None, "weights": []}
    theirs: Side = {}
    if candidate is not None:
        theirs, other = _rest(store, work, record) if work == candidate else _as_work(store, candidate)
        weighed = weighing(one, other)
    return found | {"evidence": list(_facing(mine, theirs)), "shares": _shares(mine, theirs)} | weighed


def _as_work(store: Store, work: int) -> tuple[Side, Holder]:
    """A work as it is shown and as it is weighed."""
    fields = store.row("work", work=work) or {}
    side = _side(
        fields,
        authors=[author["name"] for author in store.rows("work_authors", work=work)],
        identifiers=[(name["scheme"], name["value"]) for name in store.rows("work_identifiers", work=work)],
        citations=[f"{c['source']} {c['count']}" for c in store.rows("work_counts", work=work, as_of=_LAST_DAY)],
        records=[f"{r['source']}:{r['source_id']}" for r in store.rows("work_records", work=work)],
    )
    return side, store.holder(work)


def _rest(store: Store, work: int, record: int) -> tuple[Side, Holder]:
    """A work without one of its records."""
    return _as_records(store, work, {row["record"] for row in store.rows("work_records", work=work)} - {record})


def _as_records(store: Store, work: int | None, numbers: Collection[int]) -> tuple[Side, Holder]:
    """Some records of a work (or of none), as one: of two that state a field the better source's."""
    ranks = sources.ranks()
    words = store.saver(ranks, sources.parser_of).current(numbers)
    gone = {row["record"] for row in store.rows("work_records", work=work) if row["gone_on"]}
    side: Side = {}
    holder = Holder(0)
    for number, word in sorted(words.items(), key=lambda pair: (ranks.get(pair[1].source, len(ranks)), pair[0])):
        side = _both(side, _of_record(word))
        # A source that has given an id up keeps nothing apart by it.
        own = as_holder(word)
        holder = together(holder, msgspec.structs.replace(own, sources=frozenset()) if number in gone else own)
    return side, holder


def _both(side: Side, more: Side) -> Side:
    """All names, counts and records of two sides; of what both state else the first one's."""
    told = dict(side)
    for field, value in more.items():
        if field in (*_FIELDS, "text"):
            told[field] = told.get(field) or value
        else:
            told[field] = list(dict.fromkeys((*told.get(field, ()), *value)))
    return told


def _of_record(record: Record) -> Side:
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
    for field in (*_schemes(mine, theirs), *_FIELDS, *_NO_NAMES):
        one, other = mine.get(field), theirs.get(field)
        if one or other:
            yield {
                "field": field,
                "record": one or None,
                "candidate": other or None,
                "differs": _differ(field, one, other),
            }


def _shares(mine: Side, theirs: Side) -> list[str]:
    """The identifiers that both bear."""
    return [
        f"{scheme} {value}"
        for scheme in _schemes(mine, theirs)
        for value in dict.fromkeys(mine.get(scheme, ()))
        if value in theirs.get(scheme, ())
    ]


def _schemes(mine: Side, theirs: Side) -> list[str]:
    """The schemes of the identifiers of either side."""
    return sorted((mine.keys() | theirs.keys()) - {*_FIELDS, *_NO_NAMES}, key=_doi_first)


def _doi_first(scheme: str) -> tuple[bool, str]:
    return scheme != "doi", scheme


def _differ(field: str, one: Any, other: Any) -> bool | None:
    """Whether two values contradict each other; None where one is missing, or two may well differ (counts, records)."""
    if field in _NO_NAMES or not one or not other:
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
