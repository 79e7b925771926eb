"""Filters: what a related work must be to be wanted. They choose among what the signals found, before the list is cut."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from harvester.related.look import Look, Seeds

ASKED = 1.0  # the weight of a work asked about, against that of one which only helps (kept before)


class Wanted(msgspec.Struct, frozen=True):
    """What is wanted of a related work; None, empty or False: whatever it is. What is not known of a work is not wanted.

    from_year, to_year: both included; type: any of these; venue: its number; about: an FTS5 query over title and abstract;
    unseen: not marked, not looked at in the inbox, not watched itself; not_own: shares no author with a work asked about.
    """

    from_year: int | None = None
    to_year: int | None = None
    type: tuple[str, ...] = ()
    venue: int | None = None
    open_access: bool = False
    about: str | None = None
    unseen: bool = False
    not_own: bool = False


ANYTHING = Wanted()


def passing(look: Look, seeds: Seeds, candidates: Collection[int], wanted: Wanted) -> set[int]:
    """Those of the candidates that are wanted."""
    return set(candidates).difference(*left_out(look, seeds, candidates, wanted).values())


def left_out(look: Look, seeds: Seeds, candidates: Collection[int], wanted: Wanted) -> dict[str, set[int]]:
    """Filter (a field of Wanted) -> those of the candidates that it leaves out; a work may be left out by several."""
    found: dict[str, set[int]] = {}
    if not candidates or wanted == ANYTHING:
        return found
    works = sorted(candidates)
    for row in look.rows("related_left_out", works=works, **msgspec.structs.asdict(wanted)):
        found.setdefault(row["filter"], set()).add(row["work"])
    if wanted.unseen:
        found["unseen"] = {row["work"] for row in look.rows("related_seen", works=works)}
    if wanted.not_own:
        asked = sorted(work for work, weight in seeds.items() if weight >= ASKED)
        found["not_own"] = {row["work"] for row in look.rows("related_own", works=works, seeds=asked)}
    return found
