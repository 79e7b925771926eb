"""What the database (and the batch being saved) knows of works, as far as identity.decide needs it."""

from __future__ import annotations

import sqlite3  # noqa: TID251
from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from harvester import titles
from harvester.evidence import FILES, Holder, as_holder, author_keys, people, together
from harvester.normal import title_key
from harvester.records import Identifier, Record
from harvester.store.sql import json_list
from harvester.store.verdicts import apart_from

# CROSS: the work's few records come first. Left to itself SQLite begins with every DOI held, at each holder looked at.
DOIS_OF = (
    "SELECT r.work, i.value FROM json_each(?) j CROSS JOIN record r ON r.work = j.value "
    "CROSS JOIN identifier i ON i.record = r.id WHERE i.scheme = 'doi' AND NOT i.alias"
)
# A record whose id is gone keeps nothing apart: the source has given it up.
RECORDS_OF = (
    "SELECT r.work, CASE WHEN r.gone_on IS NULL THEN r.source END, r.decision "
    "FROM json_each(?) j CROSS JOIN record r ON r.work = j.value"
)
NAMES_OF = (
    "SELECT a.work, a.name FROM json_each(?) j CROSS JOIN authorship a ON a.work = j.value ORDER BY a.work, a.position"
)
FIELDS_OF = (
    "SELECT w.id, w.title, w.year, w.volume, w.issue, w.first_page, w.type, w.authors_truncated, v.name_key, "
    "(SELECT group_concat(i.value) FROM venue_identifier i WHERE i.venue = v.id AND i.scheme = 'issn') "
    "FROM json_each(?) j CROSS JOIN work w ON w.id = j.value LEFT JOIN venue v ON v.id = w.venue"
)
MAX_ALIKE = 20  # a title, or an end of one, that more works bear names a kind of text, whatever its words
IN_BLOCKS = (
    "SELECT j.value, (SELECT group_concat(work) FROM "
    f"(SELECT b.work FROM title_block b WHERE b.hash = j.value LIMIT {MAX_ALIKE + 1})) FROM json_each(?) j"
)


class Known:
    """Works by identifier and by title, for one batch: loaded in a few queries, then kept up as the batch is decided."""

    def __init__(self, db: sqlite3.Connection, new: Sequence[Record], changed: Sequence[Record] = ()) -> None:
        """new: the records that are to be given a work, changed: those that have one."""
        self._db = db
        self._told = bool(db.execute("SELECT EXISTS (SELECT 1 FROM verdict WHERE NOT same)").fetchone()[0])
        self._by_identifier: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._by_block: dict[int, list[int]] = {}
        self._fresh: dict[int, list[tuple[Record, bool]]] = defaultdict(list)  # what this batch has put into a work
        for scheme, value, work in db.execute(
            "SELECT DISTINCT i.scheme, i.value, r.work FROM json_each(?) j "
            "JOIN identifier i ON i.scheme = j.value ->> 0 AND i.value = j.value ->> 1 "
            "JOIN record r ON r.id = i.record WHERE r.work IS NOT NULL ORDER BY r.work",
            (json_list(identifier for record in (*new, *changed) for identifier in record.identifiers),),
        ):
            self._by_identifier[scheme, value].append(work)
        self._alike = self._load_alike([record for record in new if not self._shares(record)])

    def _shares(self, record: Record) -> bool:
        return any(identifier in self._by_identifier for identifier in record.identifiers)

    def _load_alike(self, records: Sequence[Record]) -> dict[int, Holder]:
        """The works that may be those of these records by their titles; not those that the records' sources keep apart."""
        sought = {block for record in records for block in titles.sought(record.title)}
        for block, works in self._db.execute(IN_BLOCKS, (json_list(sought),)):
            if works is not None and len(found := works.split(",")) <= MAX_ALIKE:
                self._by_block[block] = [int(work) for work in found]
        held: dict[int, tuple[set[str], bool]] = {}
        candidates = {work for works in self._by_block.values() for work in works}
        for work, source, decision in self._db.execute(RECORDS_OF, (json_list(candidates),)):
            sources, matched = held.get(work, (set(), False))
            held[work] = (sources | {source}, matched or decision == "match")
        own = {record.source for record in records}
        return self._load(
            work for work, (sources, matched) in held.items() if matched or own & FILES or not own <= sources
        )

    def _load(self, numbers: Iterable[int]) -> dict[int, Holder]:
        """Works as the database has them."""
        asked = (json_list(sorted(numbers)),)
        if asked == ("[]",):
            return {}
        sources, names, dois = (
            defaultdict[int, set[str]](set),
            defaultdict[int, list[str]](list),
            defaultdict[int, set[str]](set),
        )
        matched = set[int]()
        for work, source, decision in self._db.execute(RECORDS_OF, asked):
            sources[work].add(source)
            if decision == "match":
                matched.add(work)
        for work, value in self._db.execute(DOIS_OF, asked):
            dois[work].add(value)
        for work, name in self._db.execute(NAMES_OF, asked):
            names[work].append(name)
        return {
            work: Holder(
                work=work,
                dois=frozenset(dois[work]),
                sources=frozenset(source for source in sources[work] if source),
                title_key=title_key(title),
                year=year,
                author_keys=author_keys(names[work]),
                title=title,
                people=people(names[work]),
                authors_truncated=bool(truncated),
                venues=frozenset((venue,)) if venue else frozenset(),
                issns=frozenset(issns.split(",")) if issns else frozenset(),
                volume=volume,
                issue=issue,
                first_page=page,
                type=kind,
                apart=apart_from(self._db, work) if self._told else frozenset(),
                matched=work in matched,
            )
            for work, title, year, volume, issue, page, kind, truncated, venue, issns in self._db.execute(
                FIELDS_OF, asked
            )
        }

    def sharing(self, record: Record) -> list[Holder]:
        """The works that share an identifier with the record."""
        shared: dict[int, list[Identifier]] = {}
        for identifier in record.identifiers:
            for work in self._by_identifier.get(identifier, ()):
                shared.setdefault(work, []).append(identifier)
        return [self.holder(work, tuple(found)) for work, found in shared.items()]

    def alike(self, record: Record) -> list[Holder]:
        """The works with a title like this one's, where it is one that tells something, unless its source has them too."""
        bearers = (self._by_block.get(block, ()) for block in titles.sought(record.title))
        works = dict.fromkeys(work for works in bearers if len(works) <= MAX_ALIKE for work in works)
        return [self._now(work, self._held(work)) for work in works if work in self._alike or work in self._fresh]

    def _held(self, work: int) -> Holder | None:
        """A work as the database has it; None where it is of this batch and not written yet."""
        return self._alike.get(work) or self._load((work,)).get(work)

    def add(self, work: int, record: Record, *, matched: bool = False) -> None:
        """The batch has put this record, or what has changed of it, into this work; matched: on evidence alone."""
        self._fresh[work].append((record, matched))
        for identifier in record.identifiers:
            works = self._by_identifier[identifier]
            if work not in works:
                works.append(work)
        if record.source in FILES:  # records of any other source that come together are kept apart by it
            for block in titles.blocks(record.title):
                works = self._by_block.setdefault(block, [])
                if work not in works:
                    works.append(work)

    def holder(self, work: int, shared: tuple[Identifier, ...] = ()) -> Holder:
        """What deciding needs to know of a work, as it is now."""
        found = self._now(work, self._load((work,)).get(work))
        return msgspec.structs.replace(found, shared=shared) if shared else found

    def _now(self, work: int, held: Holder | None) -> Holder:
        """A work as the database has it, with what the batch has put into it."""
        found = held or Holder(work)
        for record, matched in self._fresh.get(work, ()):
            found = together(found, as_holder(record))
            if matched:
                found = msgspec.structs.replace(found, matched=True)
        return found
