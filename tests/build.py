"""Small invented literature for tests of the store: records, payloads, a store, and a hand that saves into it.

A record's payload is the record itself as JSON, so that these tests need no source's form; those of importing use the
real forms, made by `openalex_work` and `aggregator_page`.
"""

from __future__ import annotations

import contextlib
import functools
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from harvester import schema
from harvester.errors import ParseError
from harvester.records import Author, Edge, Identifier, Record
from harvester.store import Arrival, Saved, Saver, Store, Visit

RANKS = {"openalex": 0, "semantic_scholar": 1, "aggregator": 2, "bibliography": 3}
SCHEMES = ("doi", "pmid", "pmcid", "arxiv", "mag", "isbn", "openalex", "s2")
DAY = "2026-05-01"
TITLE = "Leaving the harbour of invented states"


def record(
    source_id: str = "W1", source: str = "openalex", *, authors: Iterable[str | Author] | None = None, **fields: Any
) -> Record:
    """A record; identifiers may be given by scheme (doi="10.5555/a", pmid="1"), authors by name where that is all."""
    own = [Identifier(scheme, fields.pop(scheme)) for scheme in SCHEMES if scheme in fields]
    if authors is not None:
        fields["authors"] = tuple(Author(one) if isinstance(one, str) else one for one in authors)
    return Record(source, source_id, identifiers=(*own, *fields.pop("identifiers", ())), **fields)


def body_of(one: Record) -> bytes:
    """The payload of a record."""
    return msgspec.json.encode(one)


def parse(body: bytes) -> Record:
    """What a payload says. Raises ParseError as every source's parser does."""
    try:
        return msgspec.json.decode(body, type=Record)
    except msgspec.DecodeError as error:
        raise ParseError(str(error)) from None


def parser_of(_source: str) -> Callable[[bytes], Record]:
    """The same parser for every source."""
    return parse


def a_store(folder: Path, name: str = "harvest.db") -> Store:
    """A store in this folder, new and empty unless the file is there."""
    path = folder / name
    if not path.exists():
        path.write_bytes(_empty(schema.fingerprint()))
    return Store(path, create=True)


@functools.cache
def _empty(_schema: int) -> bytes:
    """A new database of a schema: to copy one takes a thirtieth of the time that it takes to make one."""
    with tempfile.TemporaryDirectory() as folder:
        Store(Path(folder) / "empty.db", create=True).close()
        return (Path(folder) / "empty.db").read_bytes()


class Hand:
    """Saves records of any source into a store, each call one batch in a transaction of its own."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.saver: Saver = store.saver(RANKS, parser_of)

    def live(self, day: str, *records: Record, asked: Identifier | None = None, second: bool = False) -> Saved:
        """Fetched on this day; second: because their counts had fallen."""
        return self._save(day, records, live=True, asked=asked, second=second)

    def file(self, day: str, *records: Record) -> Saved:
        """Read from a file on this day."""
        return self._save(day, records, live=False)

    def reparse(self, day: str, *records: Record) -> Saved:
        """Their kept payloads read anew."""
        return self._save(day, records, live=False, again=True)

    def _save(self, day: str, records: Iterable[Record], *, asked: Identifier | None = None, **how: bool) -> Saved:
        arrivals = [Arrival(one, body_of(one), asked) for one in records]
        with self.store.transaction():
            return self.saver.save(Visit(arrivals[0].record.source, day, **how), arrivals)

    def citing(
        self, day: str, run: int, cited: str, *citing: str, source: str = "openalex", count: int | None = None
    ) -> int:
        """The whole list of works citing one, read to its end; returns how many edges were closed."""
        with self.store.transaction():
            self.saver.save_edges(source, [Edge(one, cited) for one in citing], day, run)
            return self.saver.close_unread(source, cited, day, run, count)


class _UndoneError(Exception):
    pass


@contextlib.contextmanager
def undone(store: Store) -> Iterator[None]:
    """What is done inside leaves no trace: one store serves many examples."""
    with contextlib.suppress(_UndoneError), store.transaction():
        yield
        raise _UndoneError


def rows(store: Store, select: str, *parameters: object) -> list[tuple[Any, ...]]:
    """The rows of a SELECT as plain tuples."""
    return [tuple(row) for row in store.db.execute(select, parameters)]


def one(store: Store, select: str, *parameters: object) -> Any:
    """The only value of a SELECT that gives one row with one column."""
    [[value]] = rows(store, select, *parameters)
    return value


def sizes(store: Store) -> dict[str, int]:
    """The number of rows of every table; that somebody came to write is no change."""
    names = [name for (name,) in rows(store, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
    names.remove("written_day")
    return {name: one(store, f'SELECT count(*) FROM "{name}"') for name in names}


def partition(store: Store) -> set[frozenset[str]]:
    """Which records (by source id) are together in a work."""
    works: dict[int, set[str]] = {}
    for work, source_id in rows(store, "SELECT work, source_id FROM record WHERE work IS NOT NULL"):
        works.setdefault(work, set()).add(source_id)
    return {frozenset(ids) for ids in works.values()}


def in_review(store: Store) -> set[tuple[str, int | None]]:
    """(source id, candidate work) of every open question."""
    return set(
        rows(store, "SELECT r.source_id, v.work FROM review v JOIN record r ON r.id = v.record WHERE v.state = 'open'")
    )


def counts(store: Store, source_id: str = "W1") -> list[tuple[str, str, int, int | None]]:
    """The observations of a record: first and last day, count, gained."""
    return rows(
        store,
        "SELECT o.first_seen, ifnull(o.last_seen, s.last_seen), o.count, o.gained FROM observation o "
        "JOIN standing s ON s.record = o.record JOIN record r ON r.id = o.record "
        "WHERE r.source_id = ? ORDER BY o.first_seen",
        source_id,
    )


def said(store: Store, days: Iterable[str], source_id: str = "W1") -> dict[str, int]:
    """What a record said on days of sightings, from all that is kept: the value held on that day, else the one observed."""
    found = rows(
        store,
        "SELECT j.value, ifnull((SELECT h.count FROM held_count h WHERE h.record = r.id AND j.value BETWEEN h.first_day AND "
        "h.last_day AND (h.ended_on IS NULL OR h.ended_on > j.value)), "
        "(SELECT o.count FROM observation o JOIN standing s ON s.record = o.record WHERE o.record = r.id "
        "AND j.value BETWEEN o.first_seen AND ifnull(o.last_seen, s.last_seen))) "
        "FROM json_each(?) j JOIN record r ON r.source_id = ?",
        json.dumps(list(days)),
        source_id,
    )
    return {day: count for day, count in found if count is not None}


def held(store: Store, source_id: str = "W1") -> list[tuple[str, str, int, int, str | None, str | None]]:
    """The counts of a record that were held: first and last day, count, on how many days, class, settled on."""
    return rows(
        store,
        "SELECT h.first_day, h.last_day, h.count, h.seen, h.class, h.settled_on FROM held_count h "
        "JOIN record r ON r.id = h.record WHERE r.source_id = ? ORDER BY h.first_day",
        source_id,
    )


def edges(store: Store) -> list[tuple[str, str, str, str | None]]:
    """Every citation: citing, cited, first and last seen."""
    return rows(
        store,
        "SELECT a.source_id, b.source_id, c.first_seen, c.last_seen FROM citation c "
        "JOIN record a ON a.id = c.citing JOIN record b ON b.id = c.cited ORDER BY 1, 2",
    )


def openalex_work(number: int, **overrides: Any) -> bytes:
    """A raw OpenAlex work of today's form, on one line."""
    work: dict[str, Any] = {
        "id": f"https://openalex.org/W{number}",
        "doi": f"https://doi.org/10.5555/harbour.{number}",
        "title": f"Harbour number {number} and its invented tides",
        "publication_year": 2024,
        "publication_date": "2024-03-02",
        "type": "article",
        "language": "en",
        "authorships": [{"author": {"id": "https://openalex.org/A1", "display_name": "Mira Kai"}}],
        "cited_by_count": number % 7,
        "counts_by_year": [{"year": 2025, "cited_by_count": number % 7}],
        "referenced_works": [f"https://openalex.org/W{number + 1}", f"https://openalex.org/W{number + 2}"],
        "concepts": [{"display_name": "Port", "score": 0.5}],
        "primary_location": {
            "source": {"id": "https://openalex.org/S1", "display_name": "Invented Harbours", "issn": ["1758-5880"]}
        },
        "updated_date": "2026-04-20",
    }
    return json.dumps(work | overrides).encode()


def aggregator_page(**overrides: Any) -> bytes:
    """A raw record as an aggregator's page holds it."""
    page: dict[str, Any] = {
        "title": "Exit from the invented clubs revisited",
        "authors": "Ada Example, Ben Sample",
        "doi": "10.5555/exits.9",
        "abstract": "<p>We ask why clubs lose members.</p>",
        "PeriodicalId": 51,
        "journal": {"name": "Invented Harbours", "volume": "16 3", "pages": "430-441"},
        "PeriodicalIF": 2.2,
        "publicationDate": "2025-05-19",
        "publicationTypes": "Journal Article",
        "citationCount": "3",
        "JCR": "Q1",
        "JCRName": "INTERNATIONAL RELATIONS",
    }
    return json.dumps({key: value for key, value in (page | overrides).items() if value is not None}).encode()
