"""A database as of a day: every table and every view as it was known at the end of that day, under its own name.

A `Lens` is a connection in which temporary tables and views shadow those of the file, so that all of db/queries and db/views, and
whatever else reads with unqualified names, answers as of the day without knowing of it. A reader sees one state of the file: what
another process writes meanwhile is not seen. Each table is what one of three things makes of it:

- What has a day of its own (counts, citations, events, lists, questions ...) is there from that day on.
- What is changed in place is as it was: `was` has the row that held until a later day, written by triggers (schema.KEPT). A
  record becomes read, a work comes to be, on the day its first record speaks of, so that an imported corpus can be looked at as
  of its own days; `record` and `work` follow from that.
- Last-seen days, which are moved every day, are found from the days a source was read and the exceptions (store/unseen.py).

Days are those a fact speaks of. A live harvest writes facts of its own day, so that nothing it writes changes what an earlier
day shows. A file imported later may speak of earlier days: its counts, citations and records count on their own days, also in
reports of days before the import, which says how many there were; what it changes of works held holds from the day of the import.

Not as it was, because it says how the machine works and not what is known: runs and their tasks, budgets, quarantine, drift (each
only without what began later), raw payloads, the days references were read, and by which run an edge was. Not to be had again: an
abstract that its source has withheld since, of which nothing may be kept. And `reparse` may mend what was read wrongly, with its
history.
"""

from __future__ import annotations

import re
import sqlite3  # noqa: TID251
from functools import cache

from harvester import schema
from harvester.store.connection import Connection
from harvester.store.unseen import last

_DAY = "(SELECT day FROM temp.seen_on)"

# The days by which a row is there; {0} is the row.
_THERE = {
    # A count that was held and believed later is observed from the day it was first said: until then it was only held.
    "observation": "{0}.first_seen <= DAY AND NOT EXISTS (SELECT 1 FROM temp.believed_later b "
    "WHERE b.record = {0}.record AND b.first_seen = {0}.first_seen)",
    "held_count": "{0}.first_day <= DAY",
    "source_day": "{0}.day <= DAY",
    "change_part": "{0}.known_on <= DAY",
    "inbox_item": "{0}.since <= DAY",
    "inbox_watch": "EXISTS (SELECT 1 FROM inbox_item i WHERE i.id = {0}.item)",
    "inbox_state": "{0}.on_day <= DAY",
    "digest": "{0}.on_day <= DAY",
    "common_stem": "0",  # as of a day every stem is counted when it is asked for
    "citation": "{0}.first_seen <= DAY",
    "citation_context": "EXISTS (SELECT 1 FROM citation c WHERE c.citing = {0}.citing AND c.cited = {0}.cited)",
    "citation_event": "{0}.on_day <= DAY",
    "citing_list": "{0}.on_day <= DAY",
    "count_by_year": "{0}.first_seen <= DAY",
    "field_value": "{0}.first_seen <= DAY",
    "relation": "{0}.first_seen <= DAY",
    "identifier": "{0}.first_seen <= DAY",
    "event": "{0}.on_day <= DAY",
    "decision": "{0}.on_day <= DAY",
    "review": "{0}.on_day <= DAY",
    "former_work": "{0}.on_day <= DAY",
    "watch": "{0}.added_on <= DAY",
    "watch_entry": "{0}.added_on <= DAY",
    "watch_record": "EXISTS (SELECT 1 FROM watch w WHERE w.id = {0}.watch) "
    "AND EXISTS (SELECT 1 FROM main.record r WHERE r.id = {0}.record AND r.first_seen <= DAY)",
    "verdict": "EXISTS (SELECT 1 FROM decision d WHERE d.id = {0}.decision)",
    "observed_day": "{0}.day <= DAY",
    "run": "{0}.on_day <= DAY",
    "quarantine": "{0}.on_day <= DAY",
    "drift": "{0}.first_seen <= DAY",
    "work": "{0}.id IN (SELECT id FROM temp.work_there)",
    **dict.fromkeys(
        ("authorship", "affiliation", "work_subject", "work_funding", "highlight", "family_member"),
        "{0}.work IN (SELECT id FROM temp.work_there)",
    ),
    # Named since by nothing but works that were there: an import that speaks of earlier days.
    "venue_identifier": "EXISTS (SELECT 1 FROM venue v WHERE v.id = {0}.venue)",
    "venue_metric": "EXISTS (SELECT 1 FROM venue v WHERE v.id = {0}.venue)",
    "venue": "({0}.id <= (SELECT venue FROM temp.seen_on) OR {0}.id IN (SELECT w.venue FROM work w))",
    "author": "({0}.id <= (SELECT author FROM temp.seen_on) OR {0}.id IN (SELECT a.author FROM authorship a))",
}
# Rows of these come and go, or are looked up by what changes in them; those of the others stay, so that one lookup by key is all
# that it takes.
_COME_AND_GO = {
    "work", "authorship", "affiliation", "work_subject", "work_funding", "highlight", "family_member", "former_work", "review",
    "verdict", "watch", "watch_record", "watch_entry", "venue_metric", "venue_identifier", "citation_context",
}  # fmt: skip
_COUNT = (
    "FROM main.observation o WHERE o.record = {0}.record AND o.first_seen <= DAY "
    "AND NOT EXISTS (SELECT 1 FROM temp.believed_later b WHERE b.record = o.record AND b.first_seen = o.first_seen)"
)
# Whether what stands now stood then.
_STOOD = (
    "{0}.since <= DAY AND NOT EXISTS "
    "(SELECT 1 FROM temp.believed_later b WHERE b.record = {0}.record AND b.first_seen = {0}.since)"
)
_LATEST = f"{_COUNT} ORDER BY o.first_seen DESC LIMIT 1"
_SOURCE = "(SELECT r.source FROM main.record r WHERE r.id = {0}.record)"
_COUNTED = "'count'"
_LIST = "FROM main.citing_list l WHERE l.record = {0}.id AND l.on_day <= DAY AND l.status = 'done'"


def _if_read(value: str) -> str:
    return f"CASE WHEN {{0}}.first_seen <= DAY THEN {value} END"


# Columns that are something else than what was kept of them; {0} is the row, {1} what was kept.
_COLUMNS = {
    ("observation", "last_seen"): "CASE WHEN EXISTS (SELECT 1 FROM main.observation n WHERE n.record = {0}.record "
    "AND n.first_seen > {0}.first_seen AND n.first_seen <= DAY AND NOT EXISTS (SELECT 1 FROM temp.believed_later b "
    "WHERE b.record = n.record AND b.first_seen = n.first_seen)) THEN {1} END",
    ("standing", "count"): f"CASE WHEN {_STOOD} THEN {{1}} ELSE (SELECT o.count {_LATEST}) END",
    ("standing", "since"): f"CASE WHEN {_STOOD} THEN {{1}} ELSE (SELECT o.first_seen {_LATEST}) END",
    ("standing", "rises"): f"CASE WHEN {_STOOD} THEN {{1}} ELSE (SELECT ifnull(sum(max(o.gained, 0)), 0) {_COUNT}) END",
    ("inbox_item", "carried_on"): "CASE WHEN {0}.carried_on <= DAY THEN {1} END",
    ("inbox_watch", "carried_on"): "CASE WHEN {0}.carried_on <= DAY THEN {1} END",
    ("standing", "last_seen"): "(SELECT "
    f"{last('DAY', 'o.record', 'o.first_seen', 'ifnull(o.last_seen, {0}.last_seen)', _SOURCE, _COUNTED)} {_LATEST})",
    ("field_value", "last_seen"): last("DAY", "{0}.record", "{0}.first_seen", "{1}", _SOURCE, "{0}.field"),
    ("record", "work"): "m.work",
    ("record", "decision"): _if_read("{1}"),
    ("record", "why"): _if_read("{1}"),
    ("record", "first_seen"): _if_read("{1}"),
    ("record", "last_seen"): _if_read(
        f"CASE WHEN {{0}}.last_seen <= DAY THEN {{1}} ELSE {last('DAY', '{0}.id', '{0}.first_seen', '{1}', '{0}.source')} END"
    ),
    ("record", "gone_on"): _if_read("{1}"),
    ("record", "successor"): _if_read("{1}"),
    ("record", "references_on"): "CASE WHEN {0}.references_on <= DAY THEN {1} END",
    ("record", "cited_on"): "CASE WHEN {0}.cited_on <= DAY THEN {1} END",
    ("record", "citing_from"): "CASE WHEN {0}.citing_from <= DAY THEN {1} END",
    ("record", "citing_on"): f"CASE WHEN {{0}}.citing_on <= DAY THEN {{1}} ELSE (SELECT max(l.on_day) {_LIST}) END",
    ("record", "citing_count"): "CASE WHEN {0}.citing_on <= DAY THEN {1} ELSE "
    f"(SELECT l.count {_LIST} ORDER BY l.on_day DESC LIMIT 1) END",
}
_INDEXES = {"work": ("venue",)}  # of what is copied, since queries look it up by more than its key
_COPIED = {"work"}  # joined outwards everywhere, which SQLite does not do through a view of two tables
_WORD = re.compile(r"\w+")


@cache
def _named(statement: str) -> frozenset[str]:
    """Every word of a statement: among them are the tables and views it reads."""
    return frozenset(_WORD.findall(statement))


class Lens(Connection):
    """A connection through which the file is seen as of a day. What a statement reads is made when it is first read."""

    _made: set[str] | None = None  # None: not looked through, everything is as it is now

    def look(self, day: str) -> None:
        """See the file as of the end of this day (ISO) from now on."""
        self._made, self.day = set(), day
        run = super().execute
        run("BEGIN")  # one state of the file for as long as it is looked at
        run("CREATE TEMP TABLE seen_on (day TEXT, venue INTEGER, author INTEGER)")
        run(
            "INSERT INTO temp.seen_on SELECT ?1, d.venue, d.author FROM (SELECT 1) LEFT JOIN "
            "(SELECT * FROM main.written_day WHERE day > ?1 ORDER BY day LIMIT 1) d",
            (day,),
        )
        run(
            "CREATE TEMP TABLE last_read AS SELECT source, max(day) AS day FROM main.observed_day WHERE day <= ? GROUP BY source",
            (day,),
        )
        run(
            "CREATE TEMP TABLE believed_later (record INTEGER, first_seen TEXT, PRIMARY KEY (record, first_seen)) WITHOUT ROWID"
        )
        run(
            "INSERT OR IGNORE INTO temp.believed_later SELECT o.record, o.first_seen FROM main.held_count h "
            "JOIN main.observation o ON o.record = h.record AND o.count = h.count "
            "AND o.first_seen BETWEEN h.first_day AND h.last_day "
            "WHERE h.first_day <= ?1 AND h.settled_on > ?1 AND h.class <> 'outage'",
            (day,),
        )
        self._day = f"'{day}'"
        self._views = schema.views()
        tables = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT GLOB 'work_te*'"
        self._tables = {row[0] for row in run(tables)}

    def execute(self, sql: str, parameters: object = (), /) -> sqlite3.Cursor:
        """As sqlite3.Connection.execute."""
        if self._made is not None:
            for name in _named(sql) - self._made:
                self._make(name)
        return super().execute(sql, parameters)  # type: ignore[arg-type]

    def _make(self, name: str) -> None:
        """Make what shadows this table or view, if that is one, and first what it reads itself."""
        if self._made is None or name in self._made:
            return
        self._made.add(name)
        if name in self._views:
            for needed in _named(self._views[name]):
                self._make(needed)
            super().execute(f'CREATE TEMP VIEW "{name}" AS {self._views[name]}')
        elif name in ("work_text", "work_term"):
            self._make("work")
            self._index_texts() if name == "work_text" else self._make("work_text")
        elif name in self._tables:
            self._shadow(name)

    def _shadow(self, table: str) -> None:
        names, key = schema.columns(self, table)
        there = self._there(table)
        kept = table in schema.KEPT and self._kept(table, names, key)
        shown = {name: _COLUMNS.get((table, name)) for name in names}
        if table == "record":
            self._members()
        elif not (kept or there or any(shown.values())):
            return
        for needed in _named(there):
            self._make(needed)
        if kept and (table in _COME_AND_GO or self._gone(table, key)):
            select = self._both(table, list(names), key, there)
        else:
            select = self._one(table, shown, key if kept else [], there)
        if table in _COPIED:
            self._copy(table, names, select)
        else:
            super().execute(f"CREATE TEMP VIEW {table} AS {select}")

    def _there(self, table: str) -> str:
        if table == "standing":
            return self._text(f"({{0}}.since <= DAY OR EXISTS (SELECT 1 {_COUNT}))")
        return self._text(_THERE.get(table, ""))

    def _text(self, text: str, kept: str = "") -> str:
        """The SQL of a piece for the row `x`."""
        if "work_there" in text:
            self._make("record")
        return text.replace("{0}", "x").replace("{1}", kept).replace("DAY", self._day)

    def _kept(self, table: str, names: dict[str, str], key: list[str]) -> bool:
        """Make `TABLE_then`, the rows that were others then; returns whether there are any. `there` 0: there was none."""
        columns = ", ".join(f"{name} {kind}" for name, kind in names.items())
        values = ", ".join(f"row ->> {n}" for n in range(len(names)))
        keys = ", ".join(f"key ->> {n}" for n in range(len(key)))
        then = f"FROM (SELECT key, row, min(until) FROM main.was WHERE of = '{table}' AND until > {self._day} GROUP BY key)"
        run = super().execute
        run(f"CREATE TEMP TABLE {table}_then ({columns}, there INTEGER, PRIMARY KEY ({', '.join(key)})) WITHOUT ROWID")
        run(f"INSERT INTO temp.{table}_then SELECT {values}, 1 {then} WHERE row IS NOT NULL")
        run(f"INSERT INTO temp.{table}_then ({', '.join(key)}, there) SELECT {keys}, 0 {then} WHERE row IS NULL")
        return bool(run(f"SELECT EXISTS (SELECT 1 FROM temp.{table}_then)").fetchone()[0])

    def _gone(self, table: str, key: list[str]) -> bool:
        """Whether a row that was there then is there no more."""
        match = " AND ".join(f"x.{name} = h.{name}" for name in key)
        found = f"SELECT 1 FROM temp.{table}_then h WHERE NOT EXISTS (SELECT 1 FROM main.{table} x WHERE {match})"
        return bool(super().execute(f"SELECT EXISTS ({found})").fetchone()[0])

    def _both(self, table: str, names: list[str], key: list[str], there: str) -> str:
        """The rows that are as they were, and those that were others."""
        listed = ", ".join(f"x.{name}" for name in names)
        match = " AND ".join(f"h.{name} = x.{name}" for name in key)
        where = there or "1"
        return (
            f"SELECT {listed} FROM main.{table} x "
            f"WHERE {where} AND NOT EXISTS (SELECT 1 FROM temp.{table}_then h WHERE {match}) "
            f"UNION ALL SELECT {listed} FROM temp.{table}_then x WHERE {where} AND x.there"
        )

    def _one(self, table: str, shown: dict[str, str | None], key: list[str], there: str) -> str:
        """All rows, with what was kept of those that were others. key: by which that is found; empty: of none."""
        match = " AND ".join(f"h.{name} = x.{name}" for name in key)
        columns = []
        for name, special in shown.items():
            value = f"x.{name}"
            if key and name not in key and (table not in _KEPT_COLUMNS or name in _KEPT_COLUMNS[table]):
                then = f"FROM temp.{table}_then h WHERE {match}"
                value = f"CASE WHEN EXISTS (SELECT 1 {then}) THEN (SELECT h.{name} {then}) ELSE x.{name} END"
            columns.append(f"{self._text(special, value) if special else value} AS {name}")
        joined = " JOIN temp.member m ON m.record = x.id" if table == "record" else ""
        return f"SELECT {', '.join(columns)} FROM main.{table} x{joined}" + (f" WHERE {there}" if there else "")

    def _copy(self, table: str, names: dict[str, str], select: str) -> None:
        run = super().execute
        run(
            f"CREATE TEMP TABLE {table} (id INTEGER PRIMARY KEY, {', '.join(f'{n} {k}' for n, k in names.items() if n != 'id')})"
        )
        run(f"INSERT INTO temp.{table} {select}")
        for column in _INDEXES[table]:
            run(f"CREATE INDEX temp.{table}_{column} ON {table} ({column})")

    def _members(self) -> None:
        """Which records were in which works, and which works there were.

        Every record has a row, also one that was in no work: SQLite would not use the index through an outer join.
        """
        run = super().execute
        run("CREATE TEMP TABLE member (record INTEGER PRIMARY KEY, work INTEGER)")
        run(
            f"INSERT INTO temp.member SELECT r.id, CASE WHEN r.first_seen <= {self._day} THEN r.work END FROM main.record r "
            "WHERE r.id NOT IN (SELECT id FROM temp.record_then)"
        )
        run(
            f"INSERT INTO temp.member SELECT r.id, CASE WHEN r.first_seen <= {self._day} THEN h.work END "
            "FROM temp.record_then h JOIN main.record r ON r.id = h.id"
        )
        run("CREATE INDEX temp.member_work ON member (work) WHERE work IS NOT NULL")
        run("CREATE TEMP TABLE work_there (id INTEGER PRIMARY KEY)")
        run("INSERT INTO temp.work_there SELECT DISTINCT work FROM temp.member WHERE work IS NOT NULL")

    def _index_texts(self) -> None:
        """The full-text index of the works of the day: today's, copied page by page, less what has come or changed since.

        So the rank of a find, which depends on all texts there are, is what it was.
        """
        run = super().execute
        [made] = run("SELECT sql FROM main.sqlite_schema WHERE name = 'work_text'").fetchone()
        run(made.replace("VIRTUAL TABLE work_text", "VIRTUAL TABLE temp.work_text"))
        for part in ("data", "idx", "docsize"):
            run(f"DELETE FROM temp.work_text_{part}")
            run(f"INSERT INTO temp.work_text_{part} SELECT * FROM main.work_text_{part}")
        changed = "n.title IS NOT t.title OR n.abstract IS NOT t.abstract"
        run(
            "INSERT INTO temp.work_text (work_text, rowid, title, abstract) SELECT 'delete', n.id, n.title, n.abstract "
            f"FROM main.work n LEFT JOIN temp.work t ON t.id = n.id WHERE t.id IS NULL OR {changed}"
        )
        run(
            "INSERT INTO temp.work_text (rowid, title, abstract) SELECT t.id, t.title, t.abstract "
            f"FROM temp.work t LEFT JOIN main.work n ON n.id = t.id WHERE n.id IS NULL OR {changed}"
        )
        run("CREATE VIRTUAL TABLE temp.work_term USING fts5vocab (temp, work_text, row)")


# Of a table with a long row only some columns are ever changed in place.
_KEPT_COLUMNS: dict[str, set[str]] = {
    table: {name for change in kept.changes if " OF " in change for name in change.partition(" OF ")[2].split(", ")}
    for table, kept in schema.KEPT.items()
    if any(" OF " in change for change in kept.changes)
}
