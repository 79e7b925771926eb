"""The thresholds of the tracker: what is a fall, late, a re-indexing, stale, a surprise. A person may set them in harvest.toml:

[tracker]
fall_share = 0.9
"""

from __future__ import annotations

from typing import Annotated

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Number = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Days = Annotated[int, msgspec.Meta(ge=1, le=36_500)]


class Tracking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Each threshold with what holds where nobody sets it."""

    fall_share: Share = 0.95
    """A count below this share of the one that stands ..."""
    fall_least: Number = 3
    """... and lower by at least so many, or zero, is held until it is confirmed."""
    zero_days: Days = 7
    """A count of nothing where there was one is confirmed when it has been said for so long, and nothing else."""
    ask_again: Number = 100
    """At most so many held counts of a source are asked for on their own in a run; the others wait for the next sighting."""
    reindex_share: Share = 0.2
    """Where this share of a source's counts read on one day moves the same way ..."""
    reindex_least: Number = 10
    """... and at least so many of them, the source has indexed anew."""
    late_days: Days = 180
    """A citing work published longer ago than this when it was first seen is an old work indexed late, not a new one."""
    stale_days: Days = 28
    """A source whose counts all stand still for so long, while those of others move, is stale ..."""
    stale_least: Number = 10
    """... where at least so many of them are read ..."""
    stale_moved: Number = 5
    """... and others have moved those of at least so many of the same works."""
    recheck_days: Days = 30
    """A work that watched works cite, and which was not sent for so long, is asked for again: it may be retracted by now."""
    list_few: Number = 2
    """A list of citing works is the whole of it where it lacks at most so many of those its source counts ..."""
    list_share: Share = 0.1
    """... or this share of them: the two figures of a source are never quite the same."""
    far_times: Annotated[int, msgspec.Meta(ge=2, le=1_000_000)] = 10
    """A count at least so many times as high as the next highest, of all sources ..."""
    far_least: Number = 100
    """... and by at least so many higher, is far beyond them: most likely a mistake of its source."""
    alert_rate: Share = 0.001
    """How many of the works that grow steadily may be called surprising in one window."""

    def fell(self, before: int, after: int) -> bool:
        """Whether a count that stood at `before` and is said to be `after` is held until it is confirmed.

        >>> [DEFAULTS.fell(*pair) for pair in ((100, 94), (100, 95), (10, 8), (10, 7), (2, 0), (2, 1), (0, 0))]
        [True, False, False, True, True, False, False]
        """
        steep = after < self.fall_share * before and before - after >= self.fall_least
        return steep or after == 0 < before

    def reindexed(self, moved: int, read: int) -> bool:
        """Whether a source of whose `read` counts `moved` went the same way on one day has indexed anew.

        >>> DEFAULTS.reindexed(20, 100), DEFAULTS.reindexed(19, 100), DEFAULTS.reindexed(9, 9)
        (True, False, False)
        """
        return moved >= self.reindex_least and moved >= self.reindex_share * read

    def whole(self, count: int, listed: int) -> bool:
        """Whether a list of so many citing works is the whole of it, where its source counts `count`.

        >>> [DEFAULTS.whole(*pair) for pair in ((10, 8), (10, 7), (100, 90), (100, 89), (5, 9), (0, 0))]
        [True, False, True, False, True, True]
        """
        return count - listed <= max(self.list_few, self.list_share * count)

    def far_beyond(self, count: int, other: int) -> bool:
        """Whether a count is far beyond the highest of all other sources.

        >>> [DEFAULTS.far_beyond(*pair) for pair in ((23_799, 4), (500, 238), (99, 0), (100, 0), (1_000, 101))]
        [True, False, False, True, False]
        """
        return count >= self.far_times * other and count - other >= self.far_least


DEFAULTS = Tracking()
