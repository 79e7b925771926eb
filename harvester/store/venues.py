"""Venues: recognised by any ISSN or a source's own number; a name alone only where exactly one venue bears it."""

from __future__ import annotations

import sqlite3  # noqa: TID251
from collections.abc import Iterable

from harvester.normal import title_key
from harvester.records import Venue
from harvester.store.sql import insert, json_list, key_text

Key = tuple[str, str]


def keys_of(venue: Venue, source: str) -> list[Key]:
    """What the venue can be recognised by, surest first."""
    issns = dict.fromkeys(issn for issn in (venue.issn_l, *venue.issns) if issn)
    keys = [("issn", issn) for issn in issns]
    if venue.id:
        keys.append((source, key_text(venue.id)))
    return keys


class Venues:
    """Gives each venue its number; metrics are kept with year and origin."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._by_key: dict[Key, int] = {}
        self._by_name: dict[str, list[int]] = {}  # name key -> venues that bear it
        self._loaded = False
        self._last = 0
        self._known: dict[tuple[Venue, str], int] = {}
        self._rows: list[tuple[object, ...]] = []
        self._identifiers: list[tuple[str, str, int]] = []
        self._metrics: list[tuple[object, ...]] = []
        self._details: list[tuple[object, ...]] = []

    def forget(self) -> None:
        """Forget what was known of the database."""
        self.__init__(self._db)  # type: ignore[misc]

    def learn(self, venues: Iterable[tuple[Venue, str]]) -> None:
        """Look up all venues not yet known, in two queries."""
        if not self._loaded:
            self._last = self._db.execute("SELECT ifnull(max(id), 0) FROM venue").fetchone()[0]
            self._loaded = True
        unknown = {pair for pair in venues if pair not in self._known} if self._last else set()
        if not unknown:
            return
        keys = {key for venue, source in unknown for key in keys_of(venue, source)} - self._by_key.keys()
        for scheme, value, number in self._db.execute(
            "SELECT i.scheme, i.value, i.venue FROM json_each(?) j "
            "JOIN venue_identifier i ON i.scheme = j.value ->> 0 AND i.value = j.value ->> 1",
            (json_list(keys),),
        ):
            self._by_key[scheme, value] = number
        names = {name for venue, _ in unknown if (name := title_key(venue.name)) and name not in self._by_name}
        for name in names:
            self._by_name[name] = []
        for name, number in self._db.execute(
            "SELECT v.name_key, v.id FROM json_each(?) j JOIN venue v ON v.name_key = j.value ORDER BY v.id",
            (json_list(names),),
        ):
            self._by_name[name].append(number)

    def number(self, venue: Venue, source: str) -> int | None:
        """The number of a learnt venue; None where it has neither name nor identifier."""
        found = self._known.get((venue, source))
        if found is None:
            found = self._recognise(venue, source)
            if found is None:
                return None
            self._known[venue, source] = found
            self._metrics += [(found, m.name, m.year, source, m.value) for m in venue.metrics if m.year]
        return found

    def _recognise(self, venue: Venue, source: str) -> int | None:
        keys, name = keys_of(venue, source), title_key(venue.name)
        if not keys and not name:
            return None
        number = next((self._by_key[key] for key in keys if key in self._by_key), None)
        if number is None and name:
            number = self._by_same_name(keys, self._by_name.get(name, []))
        if number is None:
            number = self._last = self._last + 1
            self._rows.append((number, venue.name, name, venue.issn_l, venue.type, venue.publisher))
            if name:
                self._by_name.setdefault(name, []).append(number)
        else:
            self._details.append((venue.name, name, venue.issn_l, venue.type, venue.publisher, number))
        for scheme, value in keys:
            if (scheme, value) not in self._by_key:
                self._by_key[scheme, value] = number
                self._identifiers.append((scheme, value, number))
        return number

    def _by_same_name(self, keys: list[Key], bearers: list[int]) -> int | None:
        """A venue of the same name, if it is the only one and no identifier speaks against it."""
        if len(bearers) != 1:
            return None
        if not {scheme for scheme, _ in keys}.isdisjoint(self._schemes(bearers[0])):
            return None  # two ISSNs, or two ids of one source: two journals of one name
        return bearers[0]

    def _schemes(self, number: int) -> set[str]:
        """How a venue can be recognised so far."""
        held = self._db.execute("SELECT DISTINCT scheme FROM venue_identifier WHERE venue = ?", (number,))
        return {row[0] for row in held} | {scheme for scheme, _, venue in self._identifiers if venue == number}

    def flush(self, *, told: bool = True) -> None:
        """Write what is new. A detail once known is not overwritten; told: False leaves venues that are known alone."""
        self._db.executemany(insert("venue", 6), self._rows)
        self._db.executemany(
            "UPDATE venue SET name = ifnull(name, ?), name_key = ifnull(name_key, ?), issn_l = ifnull(issn_l, ?), "
            "type = ifnull(type, ?), publisher = ifnull(publisher, ?) WHERE id = ?",
            self._details if told else (),
        )
        self._db.executemany(insert("venue_identifier", 3), self._identifiers)
        self._db.executemany(
            "INSERT INTO venue_metric VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET value = excluded.value WHERE value IS NOT excluded.value",
            self._metrics if told else (),
        )
        for pending in (self._rows, self._details, self._identifiers, self._metrics):
            pending.clear()
