"""Writes merged works: the work row and what hangs on it (authorships, affiliations, subjects, highlights, venue)."""

from __future__ import annotations

import sqlite3  # noqa: TID251
from collections.abc import Iterator, Sequence

import msgspec

from harvester import schema, titles
from harvester.merge import Merged
from harvester.normal import name_key, title_key
from harvester.records import Author, Funding, Institution, Venue
from harvester.store.names import Names
from harvester.store.sql import insert, json_list, key_text
from harvester.store.venues import Venues

_COLUMNS = (
    "id", "title", "abstract", "year", "date", "type", "language", "venue", "volume", "issue",
    "first_page", "last_page", "doi", "is_oa", "oa_status", "oa_url", "url", "is_retracted", "authors_truncated",
    "origin", "license", "abstract_status",
)  # fmt: skip
_INSERT = f"INSERT INTO work ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
_CHANGED = " OR ".join(f"{column} IS NOT excluded.{column}" for column in _COLUMNS[1:])
_UPDATE = (
    f"{_INSERT} ON CONFLICT (id) DO UPDATE SET "
    + ", ".join(f"{column} = excluded.{column}" for column in _COLUMNS[1:])
    + f" WHERE {_CHANGED}"
)
CHILDREN = (
    "affiliation",
    "authorship",
    "work_subject",
    "work_funding",
    "highlight",
    "title_block",
)  # in the order they can be deleted
Row = tuple[object, ...]
NAMED = ("author", "institution", "subject", "funder")  # what works name: each gets its number when it is first named


def author_key(source: str, author: Author) -> str:
    """How an author is recognised: the source's id, else the ORCID, else the whole name (which claims no person)."""
    if author.id:
        return f"{source}:{key_text(author.id)}"
    if author.orcid:
        return f"orcid:{author.orcid}"
    return f"name:{title_key(author.name) or author.name}"


def institution_key(institution: Institution) -> str | None:
    """How an institution is recognised: ROR, else the source's id, else its name; None if it has none of these."""
    if institution.ror:
        return f"ror:{institution.ror}"
    if institution.id:
        return f"id:{key_text(institution.id)}"
    key = title_key(institution.name)
    return f"name:{key}" if key else None


def funder_key(funding: Funding) -> str:
    """How a funder is recognised: its id, else its name."""
    return (
        f"id:{key_text(funding.id)}" if funding.id else f"name:{title_key(funding.funder) or key_text(funding.funder)}"
    )


class Works:
    """Collects merged works and writes them a batch at a time."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._venues = Venues(db)
        self._authors: Names[str] = Names(db, "author", ("key",), ("id", "key", "name", "name_key", "orcid"))
        self._institutions: Names[str] = Names(db, "institution", ("key",), ("id", "key", "name", "ror", "country"))
        self._subjects: Names[tuple[str, str]] = Names(db, "subject", ("scheme", "name"), ("id", "scheme", "name"))
        self._funders: Names[str] = Names(db, "funder", ("key",), ("id", "key", "name", "identifier"))
        self._orcids: dict[int, str] = {}
        self._columns, self._keys, self._put = dict[str, list[str]](), dict[str, list[str]](), dict[str, str]()
        for table in CHILDREN:
            columns, self._keys[table] = schema.columns(db, table)
            self._columns[table] = list(columns)
            self._put[table] = _put(table, self._columns[table], self._keys[table])

    def forget(self) -> None:
        """Forget what was known of the database."""
        for names in (self._venues, self._authors, self._institutions, self._subjects, self._funders):
            names.forget()
        self._orcids.clear()

    def write(self, works: Sequence[tuple[int, Merged]], *, new: bool, told: bool = True) -> None:
        """Write works (number, fields). new: none of them is in the database yet; told: see Saver.remerge."""
        self._learn([merged for _, merged in works])
        rows: list[Row] = []
        authorships: list[Row] = []
        affiliations: list[Row] = []
        subjects: list[Row] = []
        funding: list[Row] = []
        highlights: list[Row] = []
        blocks: list[Row] = []
        for number, merged in works:
            venues = [self._venues.number(venue, source) for venue, source in merged.venues]
            rows.append(_row(number, merged, venues[0] if venues else None))
            source = merged.authors_source or ""
            for position, author in enumerate(merged.authors):
                authorships.append((number, position, self._author(source, author), *_as_printed(author)))
                if author.institutions:
                    affiliations += [(number, position, i) for i in self._institution_numbers(author.institutions)]
            seen = {self._subject(s.scheme, s.name): s.score for s in merged.subjects}
            subjects += [(number, subject, score) for subject, score in seen.items()]
            funding += [(number, n, *one) for n, one in enumerate(self._funded(merged))]
            highlights += [(number, n, h.title, h.text, origin) for n, (h, origin) in enumerate(merged.highlights)]
            blocks += [(block, number) for block in titles.blocks(merged.title)]
        self._flush(told=told)
        self._db.executemany(_INSERT if new else _UPDATE, rows)
        if not new:
            self._forget_abstracts([number for number, one in works if one.values["abstract_status"] == "withheld"])
        if new:  # changed and deleted works are a trigger's business
            texts = [(number, merged.values["title"], merged.values["abstract"]) for number, merged in works]
            self._db.executemany("INSERT INTO work_text (rowid, title, abstract) VALUES (?, ?, ?)", texts)
        children = {
            "authorship": authorships,
            "affiliation": affiliations,
            "work_subject": subjects,
            "work_funding": funding,
            "highlight": highlights,
            "title_block": blocks,
        }
        if not new:
            children = self._news(json_list(number for number, _ in works), children)
        for table, those in children.items():
            if those:
                self._db.executemany(insert(table, len(those[0])) if new else self._put[table], those)

    def write_venues(self, source: str, venues: Sequence[Venue]) -> None:
        """Write what a source states of venues themselves: their names, ids and metrics."""
        pairs = [(venue, source) for venue in venues]
        self._venues.learn(pairs)
        for pair in pairs:
            self._venues.number(*pair)
        self._venues.flush()

    def _forget_abstracts(self, withheld: Sequence[int]) -> None:
        """What may not be shown any more is kept nowhere, history included."""
        place = _COLUMNS.index("abstract")
        self._db.executemany(
            f"UPDATE was SET row = json_set(row, '$[{place}]', NULL) WHERE of = 'work' AND key = json_array(?) "
            f"AND row ->> {place} IS NOT NULL",
            [(number,) for number in withheld],
        )

    def _news(self, works: str, children: dict[str, list[Row]]) -> dict[str, list[Row]]:
        """Delete what hangs on these works (JSON list) and does no longer; returns what does not hang on them as yet.

        What stays is not touched, so that only what truly changed is history.
        """
        news = dict[str, list[Row]]()
        for table in CHILDREN:
            keys = [list(self._columns[table]).index(name) for name in self._keys[table]]
            found = self._db.execute(
                f"SELECT t.* FROM json_each(?) j CROSS JOIN {table} t ON t.work = j.value", (works,)
            ).fetchall()
            held = {tuple(row[n] for n in keys): tuple(row) for row in found}
            wanted = {tuple(row[n] for n in keys): row for row in children[table]}
            match = " AND ".join(f"{name} = ?" for name in self._keys[table])
            self._db.executemany(f"DELETE FROM {table} WHERE {match}", [key for key in held if key not in wanted])
            news[table] = [row for key, row in wanted.items() if held.get(key) != row]
            if table in schema.KEPT:
                self._were_not(
                    table, [dict(zip(self._keys[table], key, strict=True)) for key in wanted if key not in held]
                )
        return {table: news[table] for table in children}

    def _were_not(self, table: str, keys: Sequence[dict[str, object]]) -> None:
        """History: these rows are about to be there for the first time. A trigger would be asked at every row of an import."""
        key = f"json_array({', '.join(f':{name}' for name in self._keys[table])})"
        self._db.executemany(
            f"INSERT INTO was SELECT '{table}', {key}, d.day, NULL FROM (SELECT * FROM written_day ORDER BY day DESC LIMIT 1) d "
            f"WHERE :work <= d.work "
            f"AND NOT EXISTS (SELECT 1 FROM was w WHERE w.of = '{table}' AND w.key = {key} AND w.until = d.day)",
            keys,
        )

    def _learn(self, works: Sequence[Merged]) -> None:
        self._authors.learn({author_key(m.authors_source or "", author) for m in works for author in m.authors})
        institutions = {institution for m in works for author in m.authors for institution in author.institutions}
        self._institutions.learn({key for institution in institutions if (key := institution_key(institution))})
        self._subjects.learn({(s.scheme, s.name) for m in works for s in m.subjects})
        self._funders.learn({funder_key(funding) for m in works for funding, _ in m.funding})
        self._venues.learn(pair for m in works for pair in m.venues)

    def _flush(self, *, told: bool) -> None:
        self._authors.flush()
        self._institutions.flush()
        self._subjects.flush()
        self._funders.flush()
        self._venues.flush(told=told)
        self._db.executemany(
            "UPDATE author SET orcid = ? WHERE id = ? AND orcid IS NULL",
            [(orcid, number) for number, orcid in self._orcids.items() if told],
        )
        self._orcids.clear()
        for names in (self._authors, self._institutions, self._subjects, self._funders):
            names.trim()

    def _author(self, source: str, author: Author) -> int:
        key = author_key(source, author)
        found = self._authors.get(key)
        if found is None:
            return self._authors.number(key, (author.name, name_key(author.name), author.orcid))
        if author.orcid:
            self._orcids.setdefault(found, author.orcid)  # it may not have been known when the author was first named
        return found

    def _institution_numbers(self, institutions: tuple[Institution, ...]) -> set[int]:
        return {
            self._institutions.get(key) or self._institutions.number(key, (i.name, i.ror, i.country))
            for i in institutions
            if (key := institution_key(i))
        }

    def _funded(self, merged: Merged) -> Iterator[tuple[object, ...]]:
        """(funder, award, source) of a work: a row an award, or one that names none."""
        for funding, source in merged.funding:
            key = funder_key(funding)
            number = self._funders.get(key) or self._funders.number(key, (funding.funder, funding.id))
            for award in funding.awards or (None,):
                yield number, award, source

    def _subject(self, scheme: str, name: str) -> int:
        return self._subjects.get((scheme, name)) or self._subjects.number((scheme, name), ())


def _put(table: str, columns: Sequence[str], key: Sequence[str]) -> str:
    """An INSERT of whole rows, or an UPDATE of those whose keys are there."""
    rest = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in key)
    return f"{insert(table, len(columns))} ON CONFLICT DO {f'UPDATE SET {rest}' if rest else 'NOTHING'}"


def _as_printed(author: Author) -> tuple[object, ...]:
    return author.name, author.corresponding, author.raw_affiliation


_origins: dict[tuple[tuple[str, str], ...], str] = {}


def _origin(origin: dict[str, str]) -> str:
    """The JSON of a work's origins; most works share one of a few."""
    key = tuple(origin.items())
    text = _origins.get(key)
    if text is None:
        text = msgspec.json.encode(origin, order="sorted").decode()
        if len(_origins) < 10_000:
            _origins[key] = text
    return text


def _row(number: int, merged: Merged, venue: int | None) -> tuple[object, ...]:
    v = merged.values
    return (
        number, v["title"], v["abstract"], v["year"], v["date"], v["type"], v["language"],
        venue, v["volume"], v["issue"], v["first_page"], v["last_page"], v["doi"], v["is_oa"], v["oa_status"], v["oa_url"],
        v["url"], v["is_retracted"], merged.authors_truncated, _origin(merged.origin),
        v["license"], v["abstract_status"],
    )  # fmt: skip
