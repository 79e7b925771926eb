"""Which works of a theme rise: by what their counts gained of late, and by who in the theme cites them of late. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from harvester.related.theme import Member

SMALL = 5  # added to what is divided by: one citation that is a work's only one is no rise


class Gain(msgspec.Struct, frozen=True):
    """What a work's count gained, up to what, at which source, between which days."""

    gained: int
    count: int
    source: str
    from_date: str
    to_date: str


class Rising(NamedTuple):
    """A work that rises. cited_lately: by how many of the theme's works that appeared in the window."""

    work: int
    rise: float
    cited_lately: int


def lately(members: Sequence[Member], since: str, until: str) -> set[int]:
    """The works that appeared after day `since` and up to `until`; of one whose date is a year, or a month, as may be."""
    return {
        member.work
        for member in members
        if member.date and member.date <= until and member.date + "9999-12-31"[len(member.date) :] > since
    }


def rising(members: Sequence[Member], late: set[int], gains: Mapping[int, Gain]) -> list[Rising]:
    """The works that rise, the steepest first, equals by number. late: the works of `lately`; gains: of those observed.

    The rise is what was gained over the root of the whole, which is what chance alone would move it by: of the count, and of
    the citations from the theme. What is not known adds nothing.
    """
    found = []
    for member in members:
        cited_lately = len(member.cited_by & late)
        gain = gains.get(member.work)
        rise = _steepness(cited_lately, len(member.cited_by)) + (_steepness(gain.gained, gain.count) if gain else 0)
        if rise > 0:
            found.append(Rising(member.work, rise, cited_lately))
    return sorted(found, key=lambda one: (-one.rise, one.work))


def _steepness(gained: int, whole: int) -> float:
    return max(gained, 0) / math.sqrt(whole + SMALL)
