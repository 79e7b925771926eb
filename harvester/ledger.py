"""Why a count changed: each change taken apart into what became of the citing works, and what is left. Pure.

Between two complete readings of the list of citing works e1 < e2 of a record holds, of its source's own count,

    count(e2) - count(e1) = appeared + returned - vanished + change of the gap between count and citing works held

so every change in (e1, e2] is given citing works that appeared, returned or vanished in it, and what these do not come to is
its remainder. The parts of a change always sum to its difference, and no citing work is used twice.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any, NamedTuple

import msgspec

from harvester.normal import last_day
from harvester.tracking import DEFAULTS, Tracking

PARTS = ("new", "late", "returned", "vanished", "merged", "versions", "reindexed", "unexplained")
NAMED = 50  # citing works that the detail of a part names; how many more there are, it says


class Change(msgspec.Struct, frozen=True):
    """A count that is another than the one before it, since day `on` (ISO)."""

    on: str
    gained: int


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one citing work (a record's number, and the source's own id), noticed on day `on`.

    kind: appeared, returned, vanished. published: as far as it is known: 2025, 2025-05, 2025-05-19. became: the number of the
    record that answers in its place and cites too. merged: the id of a record that became this one or that this one became, be
    it of the citing or of the cited work; sibling: the id of another version of the cited work that it was counted for before,
    or is counted for now.
    """

    on: str
    kind: str
    citing: int
    id: str
    published: str | None = None
    became: int | None = None
    merged: str | None = None
    sibling: str | None = None

    @property
    def worth(self) -> int:
        """What it does to the number of citing works."""
        return -1 if self.kind == "vanished" else 1


class Part(msgspec.Struct, frozen=True):
    """One part of a change: one of PARTS, what it comes to, and the citing works behind it."""

    name: str
    n: int
    links: tuple[Link, ...] = ()

    def detail(self, on: str) -> dict[str, Any]:
        """What a person needs to follow it, where the change was seen on day `on`.

        citing: the citing works by their ids, each with its date of publication, the day it was noticed where that is another,
        what became of it where the part does not say so, and the record or version it was or is counted with; more: how many
        are not named; years: those of old works.
        """
        told: dict[str, Any] = {"citing": [self._told(link, on) for link in self.links[:NAMED]]} if self.links else {}
        if len(self.links) > NAMED:
            told["more"] = len(self.links) - NAMED
        if self.name == "late":
            years = sorted({link.published[:4] if link.published else "undated" for link in self.links})
            told["years"] = ", ".join(years if len(years) < 4 else (years[0], "...", years[-1]))
        return told

    def _told(self, link: Link, on: str) -> dict[str, str]:
        told = {"id": link.id, "published": link.published, "on": link.on if link.on != on else None}
        if self.name in ("merged", "versions"):
            told |= {"kind": link.kind, "with": link.merged or link.sibling}
        return {key: value for key, value in told.items() if value is not None}


class Account(msgspec.Struct, frozen=True):
    """A change and its parts, which sum to it; `read`: whether a complete reading of the citing works bears it out."""

    change: Change
    parts: tuple[Part, ...]
    read: bool

    @property
    def unexplained(self) -> int:
        """The remainder."""
        return sum(part.n for part in self.parts if part.name == "unexplained")


def explain(
    changes: Iterable[Change],
    readings: Iterable[str],
    links: Iterable[Link],
    *,
    reindexed: Collection[str] = (),
    late_days: int = DEFAULTS.late_days,
) -> list[Account]:
    """Take the changes of one record apart, in order of days.

    readings: the days (ISO) on which its list of citing works was read to its end; reindexed: those on which its source had
    indexed anew, where what citing works do not explain is put down to that; late_days: see Tracking. Where one change lies
    between two readings, it takes every link noticed after the one and up to the other, those of days when the count stood
    included: a citing work may be known before its source counts it. Where several do, see `_shared_out`. What lies before
    the first reading or after the last one has no links yet.
    """
    days = sorted(set(readings))
    by_interval: dict[int, list[Link]] = {}
    for link in sorted(links, key=lambda link: (link.on, link.kind == "vanished", link.citing)):
        by_interval.setdefault(bisect_left(days, link.on), []).append(link)
    accounts = []
    ordered = sorted(changes, key=lambda change: change.on)
    for interval, group in groupby(ordered, key=lambda change: bisect_left(days, change.on)):
        read = 0 < interval < len(days)
        inside = list(group)
        shares = _shared_out(inside, by_interval.get(interval, []) if read else [])
        accounts += [
            Account(change, _parts(change, share, change.on in reindexed, late_days), read)
            for change, share in zip(inside, shares, strict=True)
        ]
    return accounts


def _shared_out(changes: Sequence[Change], links: Sequence[Link]) -> list[list[Link]]:
    """The links of one interval among its changes: to each, oldest first, the oldest that go its way, up to its difference.

    The last change takes what is left. Two citing works that became one are one unit: they stay together.
    """
    pool = _units(links)
    shares = []
    for change in changes[:-1]:
        way, room = (1, change.gained) if change.gained > 0 else (-1, -change.gained)
        share, rest = list[Link](), list[list[Link]]()
        for unit in pool:
            worth = way * sum(link.worth for link in unit)
            if 0 < worth <= room:
                room -= worth
                share += unit
            else:
                rest.append(unit)
        shares.append(share)
        pool = rest
    shares.append([link for unit in pool for link in unit])
    return shares


def _units(links: Sequence[Link]) -> list[list[Link]]:
    """Links that belong together: a citing work that is gone, and the one that cites in its place."""
    units: dict[int, list[Link]] = {}
    for link in links:
        units.setdefault(link.citing if link.became is None else link.became, []).append(link)
    return list(units.values())


def _parts(change: Change, links: Sequence[Link], reindexed: bool, late_days: int) -> tuple[Part, ...]:
    """The parts of a change that is given these links."""
    by_part: dict[str, list[Link]] = {}
    for link in links:
        by_part.setdefault(part_of(link, late_days), []).append(link)
    parts = [
        Part(name, sum(link.worth for link in by_part[name]), tuple(by_part[name])) for name in PARTS if name in by_part
    ]
    if rest := change.gained - sum(part.n for part in parts):
        parts.append(Part("reindexed" if reindexed else "unexplained", rest))
    return tuple(parts)


def part_of(link: Link, late_days: int = DEFAULTS.late_days) -> str:
    """Which part of a change a link belongs to.

    A citing work without a date is late: what is newly published comes with its date, what has none is old or badly known.

    >>> part_of(Link(on="2026-05-08", kind="appeared", citing=1, id="W1", published="2026"))
    'new'
    >>> part_of(Link(on="2026-05-08", kind="appeared", citing=1, id="W1"))
    'late'
    """
    if link.merged is not None:
        return "merged"
    if link.sibling is not None:
        return "versions"
    if link.kind != "appeared":
        return link.kind
    last = last_day(link.published)
    return "new" if last is not None and last >= date.fromisoformat(link.on) - timedelta(days=late_days) else "late"


class Reading(NamedTuple):
    """What the reading of a source came to on a day: counts read, those that could fall by the threshold, and those that did."""

    read: int = 0
    high: int = 0
    fell: int = 0


def reindexings(
    accounts: Mapping[str, Iterable[Account]], on: str, readings: Mapping[str, Reading], tracking: Tracking = DEFAULTS
) -> Iterator[tuple[str, int, int]]:
    """The sources that have indexed anew on a day, each with how many counts moved (fallen ones negative), of how many.

    accounts, readings: by source. Counts rise by themselves, they do not fall so: every fall speaks for it, also one that is told
    by its citing works, and a rise only by what these do not explain where they were read.
    """
    for source, told in accounts.items():
        reading = readings.get(source, Reading())
        rises = sum(one.change.on == on and one.unexplained > 0 and one.read for one in told)
        if tracking.reindexed(reading.fell, reading.high):
            yield source, -reading.fell, reading.high
        elif tracking.reindexed(rises, reading.read):
            yield source, rises, reading.read
