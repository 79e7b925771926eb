"""What becomes of a count that falls: held until it is confirmed, then classed. Pure: looks at nothing but its arguments.

A count that is said to be far lower than the one that stands (`Tracking.fell`) is no observation yet. It is held, asked again
by a second way where the source has one, and settled as one of these:

outage      it was not so: the second way or a later sighting is so far above it that it would be a fall from there; or as many
            counts of the source as make a re-indexing fell to nothing on that day, or all of them (three at least); or the
            source still lists citing works where it counts none. It never becomes an observation.
merge       other records explain it: this one and another were made one or parted, or versions of the article that the source
            holds as records of their own have gained about what this one lost, or list its citing works now.
reindex     it is confirmed, and the source's counts fell so on that day (`Tracking.reindexed`), among those that could fall by
            the threshold: a count of two has nowhere to fall to, and most counts are such.
correction  it is confirmed, and alone.

The last three make it an observation from the day on which it was first held. It is confirmed by the second way on the same
day, or by a sighting on a later day that is not far below or above it. Nothing is not believed so soon: a count of nothing is
confirmed by sightings of nothing, on two days or more that are `Tracking.zero_days` apart.

That a later sighting above it would have to be a fall *from there* is what tells a blip from a fall that goes on: 52, 45, 50
is a blip (45 would be a fall from 50), 220, 206, 210 a fall of 14 and a rise of 4. Values held in a row are judged by the
last of them: what it does not contradict were steps on the way.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from harvester.tracking import Tracking

OUTAGE, MERGE, REINDEX, CORRECTION = "outage", "merge", "reindex", "correction"


class Held(NamedTuple):
    """A count that is not believed yet: first and last day (ISO) it was said, on how many days, and what stood before it.

    again: the count by the second way; listed: the citing works listed by it; None: not asked, or no answer. Settled outages
    go on, with the class they have, until the source says something else.
    """

    record: int
    first: str
    last: str
    value: int
    seen: int
    before: int
    again: int | None = None
    listed: int | None = None
    kind: str | None = None  # its class; None: not settled


class Evidence(NamedTuple):
    """What else is known of the day a count was first held, and of what became of the record since it last stood.

    high: counts of the source read on that day that could fall by the threshold; fell, zeroed: how many of them did fall, by
    however little, and to nothing. explained: the records that explain it, in words.
    """

    high: int = 0
    fell: int = 0
    zeroed: int = 0
    explained: str | None = None


class Verdict(NamedTuple):
    """The class of a held count, and why."""

    kind: str
    why: str


def refuted(held: Held, said: int, day: str, tracking: Tracking) -> str | None:
    """Why a held count was not so, where the source now says a count that it would be a fall from; else None."""
    if not tracking.fell(said, held.value):
        return None
    return f"on {day} it said {said:,}" if day > held.last else f"asked again it said {said:,}"


def confirmed(held: Held, said: int, day: str, tracking: Tracking, *, second: bool) -> str | None:
    """Why a held count may be believed now that the source says this; None: not yet.

    second: it was asked for again on its own.
    """
    if held.value == 0:
        days = _days(held.first, day)
        lasting = said == 0 and days >= tracking.zero_days
        return f"it has said nothing else for {days} days" if lasting else None
    if tracking.fell(said, held.value) or tracking.fell(held.value, said):
        return None
    if day > held.first:
        return f"on {day} it said {said:,}"
    return f"asked again it said {said:,}" if second else None


def judge(held: Held, evidence: Evidence, why: str | None, tracking: Tracking) -> Verdict | None:
    """The class of a held count that nothing has refuted; why: what confirms it, None: nothing yet. None: it stays held."""
    if held.value == 0 and _is_out(evidence, tracking):
        said = f"{evidence.zeroed:,} of {evidence.high:,} counts of the source fell to nothing on {held.first}"
        return Verdict(OUTAGE, said)
    if held.listed is not None and tracking.fell(held.listed, held.value):
        return Verdict(OUTAGE, f"it still lists {held.listed:,} citing works")
    if evidence.explained:
        return Verdict(MERGE, evidence.explained)
    why = why or _listed_alike(held, tracking)
    if why is None:
        return None
    if tracking.reindexed(evidence.fell, evidence.high):
        return Verdict(
            REINDEX, f"{why}; {evidence.fell:,} of {evidence.high:,} counts of the source fell on {held.first}"
        )
    return Verdict(CORRECTION, why)


def _is_out(evidence: Evidence, tracking: Tracking) -> bool:
    """Whether the counts of a source fell to nothing together."""
    return tracking.reindexed(evidence.zeroed, evidence.high) or evidence.high == evidence.zeroed >= 3


def _listed_alike(held: Held, tracking: Tracking) -> str | None:
    """Whether its list of citing works confirms a held count; that nothing is listed where nothing is counted does not."""
    if not held.value or held.listed is None or tracking.fell(held.value, held.listed):
        return None
    return f"it lists {held.listed:,} citing works"


def _days(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


class Stillness(NamedTuple):
    """How long the counts of a source have stood still: the day one last moved (or was first read) and the day of reading.

    readings: days it was read since; read: counts read again on the last of them; elsewhere: works of these whose count moved
    at another source since.
    """

    since: str
    on: str
    readings: int
    read: int
    elsewhere: int


def is_stale(still: Stillness, tracking: Tracking) -> bool:
    """Whether a source stands still: it was read twice or more over `stale_days`, moved nothing, and it should have.

    It should where it has at least `stale_least` counts and other sources have moved those of at least `stale_moved` of the
    same works. Where nothing moves elsewhere, or only a few works are watched, nothing is said.

    >>> is_stale(Stillness("2026-01-01", "2026-02-01", 4, 60, 9), Tracking())
    True
    >>> [is_stale(Stillness("2026-01-01", *rest), Tracking()) for rest in (
    ...     ("2026-01-20", 4, 60, 9), ("2026-02-01", 1, 60, 9), ("2026-02-01", 4, 9, 9), ("2026-02-01", 4, 60, 4))]
    [False, False, False, False]
    """
    return (
        _days(still.since, still.on) >= tracking.stale_days
        and still.readings >= 2
        and still.read >= tracking.stale_least
        and still.elsewhere >= tracking.stale_moved
    )
