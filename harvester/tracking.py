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
    reindex_share: Share = 0.2
    """Where this share of a source's counts read on one day moves the same way ..."""
    reindex_least: Number = 10
    """... and at least so many of them, the source has indexed anew."""
    late_days: Days = 180
    """A citing work published longer ago than this when it was first seen is an old work indexed late, not a new one."""
    stale_days: Days = 28
    """A source whose counts all stand still for so long, while those of others move, is stale."""
    recheck_days: Days = 30
    """A work that watched works cite, and which was not sent for so long, is asked for again: it may be retracted by now."""
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


DEFAULTS = Tracking()
