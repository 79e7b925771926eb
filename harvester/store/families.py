"""Families of works, kept up as works and their relations change: reads what connects works, writes who is in which family."""

from __future__ import annotations

import sqlite3  # noqa: TID251
from collections.abc import Callable, Collection, Iterable
from itertools import permutations

from harvester.families import VERSIONS, Link, components, is_preprint, link, members, preprint_first, versions
from harvester.normal import twin
from harvester.records import Author, Identifier, Record, identifiers_of
from harvester.store.known import MAX_ALIKE
from harvester.store.sql import json_list
from harvester.titles import blocks

Alike = Callable[
    [Record, Record], str | None
]  # why two works without a common identifier are versions, None: they are not

# Pairs of works that bear one identifier; an ISBN connects none, the chapters of a book share it.
_SHARING = (
    "FROM json_each(?) j CROSS JOIN record r ON r.work = j.value "
    "CROSS JOIN identifier a ON a.record = r.id AND a.scheme <> 'isbn' "
    "CROSS JOIN identifier b ON b.scheme = a.scheme AND b.value = a.value AND b.record <> a.record "
    "CROSS JOIN record s ON s.id = b.record WHERE s.work <> r.work"
)


def refresh(db: sqlite3.Connection, works: Iterable[int], alike: Alike = versions) -> list[int]:
    """Find the families of these works anew, after their records or what these state have changed.

    All that a family is made of is read again, so that the order in which things became known leaves no trace. Returns the
    works that notices may be about: where relations speak of these works, them and what they are related to. alike: as
    `families.versions`.
    """
    wanted = sorted(set(works))
    related = _related(db, wanted)
    scope = related | _connected(db, wanted)
    old = _column(db, "SELECT DISTINCT m.family FROM json_each(?) j JOIN family_member m ON m.work = j.value", wanted)
    if not scope and not old:
        return []
    scope |= _column(db, "SELECT m.work FROM json_each(?) j JOIN family_member m ON m.family = j.value", old)
    graph = _Graph(db, alike)
    near = graph.reach(scope)
    cores = components(near, graph.links)
    wanted_rows = []
    for core in cores:
        preprints = {work for work in core if work in graph.words and is_preprint(graph.words[work])}
        wanted_rows += members(core, graph.links, preprints)
    _write(db, old | near, wanted_rows)
    return sorted(near) if related else []


def _write(db: sqlite3.Connection, families: Collection[int], wanted: Iterable[tuple[int, int, str, str]]) -> None:
    """Make these families (by number) consist of these members; one that stays as it is is not touched."""
    found = "SELECT * FROM family_member WHERE family IN (SELECT value FROM json_each(?))"
    held = {tuple(row) for row in db.execute(found, (json_list(sorted(families)),))}
    rows = set(wanted)
    places = {row[:2] for row in rows}
    db.executemany(
        "DELETE FROM family_member WHERE family = ? AND work = ?", sorted({row[:2] for row in held} - places)
    )
    db.executemany(
        "INSERT INTO family_member VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET role = excluded.role, why = excluded.why",
        sorted(rows - held),
    )


def follow(db: sqlite3.Connection, keep: int, lose: int) -> None:
    """Work `lose` becomes work `keep`: its places in families too, until `refresh` looks at what they are worth."""
    for column, places in (("work", "family, ?1"), ("family", "?1, work")):
        db.execute(
            f"INSERT OR IGNORE INTO family_member SELECT {places}, role, why FROM family_member WHERE {column} = ?2",
            (keep, lose),
        )
        db.execute(f"DELETE FROM family_member WHERE {column} = ?", (lose,))


def _column(db: sqlite3.Connection, select: str, values: Collection[object]) -> set[int]:
    return {row[0] for row in db.execute(select, (json_list(values),))} if values else set()


def _related(db: sqlite3.Connection, works: Collection[int]) -> set[int]:
    """Which of these works state a relation, or are named in one."""
    if not db.execute("SELECT EXISTS (SELECT 1 FROM relation)").fetchone()[0]:
        return set()
    stating = "SELECT r.work FROM json_each(?) j JOIN record r ON r.work = j.value JOIN relation x ON x.record = r.id"
    named = _names(db, works)
    telling = {
        (row[0], row[1])
        for row in db.execute(
            "SELECT DISTINCT x.scheme, x.value FROM json_each(?) j "
            "JOIN relation x ON x.scheme = j.value ->> 0 AND x.value = j.value ->> 1",
            (json_list(named),),
        )
    }
    return _column(db, stating, works) | {work for name in telling for work in named[Identifier(*name)]}


def _connected(db: sqlite3.Connection, works: Collection[int]) -> set[int]:
    """Which of these works share an identifier or a title with another work: what a version might be found by."""
    sharing = f"SELECT DISTINCT r.work {_SHARING}"
    return _column(db, sharing, works) | {work for twins in _of_one_title(db, works) for work in twins & set(works)}


def _of_one_title(db: sqlite3.Connection, works: Collection[int]) -> list[set[int]]:
    """The works that bear one title with any of these; not of a title that names a kind of text."""
    select = "SELECT w.title FROM json_each(?) j CROSS JOIN work w ON w.id = j.value"
    whole = {numbers[0] for (title,) in db.execute(select, (json_list(works),)) if (numbers := blocks(title))}
    rows = db.execute(
        "SELECT (SELECT group_concat(work) FROM (SELECT b.work FROM title_block b WHERE b.hash = j.value LIMIT ?)) "
        "FROM json_each(?) j WHERE (SELECT count(*) FROM (SELECT 1 FROM title_block b WHERE b.hash = j.value LIMIT 2)) = 2",
        (MAX_ALIKE + 1, json_list(sorted(whole))),
    )
    found = [{int(work) for work in row[0].split(",")} for row in rows]
    return [twins for twins in found if len(twins) <= MAX_ALIKE]


def _spellings(name: Identifier) -> tuple[Identifier, ...]:
    """A name, and the other one that it is."""
    other = twin(*name)
    return (name, Identifier(*other)) if other else (name,)


def _names(db: sqlite3.Connection, works: Collection[int]) -> dict[Identifier, set[int]]:
    """The names that these works bear, aliases included, in every spelling, each with its works."""
    found: dict[Identifier, set[int]] = {}
    for work, scheme, value in db.execute(
        "SELECT r.work, i.scheme, i.value FROM json_each(?) j JOIN record r ON r.work = j.value "
        "JOIN identifier i ON i.record = r.id",
        (json_list(works),),
    ):
        for name in _spellings(Identifier(scheme, value)):
            found.setdefault(name, set()).add(work)
    return found


class _Graph:
    """The links among works, read as far as they lead."""

    def __init__(self, db: sqlite3.Connection, alike: Alike) -> None:
        self._db = db
        self._alike = alike
        self.words: dict[int, Record] = {}
        self.links: list[Link] = []

    def reach(self, works: Collection[int]) -> set[int]:
        """All works that are versions of these, or of what these are about and what is about these; gathers the links."""
        found: set[int] = set()
        fresh, steps = set(works), 0
        links: dict[Link, None] = {}
        while fresh:
            found |= fresh
            more = self._links(fresh)
            links |= dict.fromkeys(more)
            # Versions lead on without end; a review or a notice leads one step, from the works asked about.
            fresh = {end for one in more if one.kind in VERSIONS or not steps for end in (one.one, one.other)} - found
            steps += 1
        self.links = sorted(links)
        return found

    def _links(self, works: Collection[int]) -> list[Link]:
        """Every link of these works with others."""
        here = sorted(works)
        return [*self._stated(here), *self._shared(here), *self._twins(here)]

    def _stated(self, works: Collection[int]) -> Iterable[Link]:
        """What records state, at either end."""
        select = "SELECT r.work, x.kind, x.scheme, x.value, x.origin FROM json_each(?) j "
        now = "x.last_seen IS NULL AND x.scheme <> ''"
        names = _names(self._db, works)
        said = self._db.execute(
            f"{select} JOIN record r ON r.work = j.value JOIN relation x ON x.record = r.id WHERE {now}",
            (json_list(works),),
        ).fetchall()
        said += self._db.execute(
            f"{select} JOIN relation x ON x.scheme = j.value ->> 0 AND x.value = j.value ->> 1 "
            f"JOIN record r ON r.id = x.record WHERE r.work IS NOT NULL AND {now}",
            (json_list(names),),
        ).fetchall()
        others = self._bearing(Identifier(row[2], row[3]) for row in said)
        self._learn({row[0] for row in said} | {work for there in others.values() for work in there})
        for here, kind, scheme, value, origin in said:
            for there in sorted(others[Identifier(scheme, value)] - {here}):
                if found := link(here, kind, there, origin, {here: self._called(here), there: self._called(there)}):
                    yield found

    def _bearing(self, names: Iterable[Identifier]) -> dict[Identifier, set[int]]:
        """The works that bear these names, in whichever spelling."""
        found: dict[Identifier, set[int]] = {name: set() for name in names}
        spelt = {spelling: name for name in found for spelling in _spellings(name)}
        for scheme, value, work in self._db.execute(
            "SELECT i.scheme, i.value, r.work FROM json_each(?) j JOIN identifier i ON i.scheme = j.value ->> 0 "
            "AND i.value = j.value ->> 1 JOIN record r ON r.id = i.record WHERE r.work IS NOT NULL",
            (json_list(spelt),),
        ):
            found[spelt[Identifier(scheme, value)]].add(work)
        return found

    def _shared(self, works: Collection[int]) -> Iterable[Link]:
        """Works held apart that bear one identifier: some source makes one paper of preprint and article."""
        pairs = self._db.execute(
            f"SELECT DISTINCT r.work, s.work, a.scheme, a.value {_SHARING}", (json_list(works),)
        ).fetchall()
        yield from self._pairs(
            (one, other, f"both bear {scheme} {value}, though they are two") for one, other, scheme, value in pairs
        )

    def _twins(self, works: Collection[int]) -> Iterable[Link]:
        """Works with one title that are alike otherwise."""
        groups = _of_one_title(self._db, works)
        pairs = sorted({pair for twins in groups for pair in permutations(twins, 2) if pair[0] in works})
        self._learn({work for pair in pairs for work in pair})
        yield from self._pairs(
            (one, other, why)
            for one, other in pairs
            if (why := self._alike(self.words[min(one, other)], self.words[max(one, other)]))
        )

    def _pairs(self, pairs: Iterable[tuple[int, int, str]]) -> Iterable[Link]:
        """The pairs of which exactly one is a preprint, as links."""
        held = list(pairs)
        self._learn({work for one, other, _ in held for work in (one, other)})
        for one, other, why in held:
            if ordered := preprint_first(self.words[one], self.words[other]):
                preprint, article = (one, other) if ordered[0] is self.words[one] else (other, one)
                yield Link(preprint, "preprint_of", article, why)

    def _called(self, work: int) -> str:
        """What a person calls a work."""
        return next((value for scheme, value in self.words[work].identifiers if scheme == "doi"), f"work {work}")

    def _learn(self, works: Iterable[int]) -> None:
        """What is known of these works, each as one record: its own DOI (or arXiv id), title, year, type, authors."""
        unknown = sorted(set(works) - self.words.keys())
        names: dict[int, list[Author]] = {}
        for work, name in self._db.execute(
            "SELECT s.work, s.name FROM json_each(?) j JOIN authorship s ON s.work = j.value ORDER BY s.work, s.position",
            (json_list(unknown),),
        ):
            names.setdefault(work, []).append(Author(name))
        for work, doi, title, year, kind, arxiv in self._db.execute(
            "SELECT w.id, w.doi, w.title, w.year, w.type, (SELECT min(i.value) FROM record r JOIN identifier i "
            "ON i.record = r.id WHERE r.work = w.id AND i.scheme = 'arxiv' AND NOT i.alias) "
            "FROM json_each(?) j JOIN work w ON w.id = j.value",
            (json_list(unknown),),
        ):
            self.words[work] = Record(
                "", str(work), identifiers=identifiers_of([("doi", doi), ("arxiv", arxiv)]), title=title, year=year,
                type=kind, authors=tuple(names.get(work, ())),
            )  # fmt: skip
