"""What comes to be saved: arrivals of one visit to a source, and what became of them."""

from __future__ import annotations

import msgspec

from harvester.records import Identifier, Record


class Arrival(msgspec.Struct, frozen=True):
    """A parsed record with its exact bytes; `asked` is the identifier it answers, where it was looked up."""

    record: Record
    body: bytes
    asked: Identifier | None = None


class Saved(msgspec.Struct):
    """What saving did, in numbers of records, works and values."""

    received: int = 0
    new_records: int = 0
    new_works: int = 0
    changed: int = 0
    matched: int = 0  # new records that belong to a work held
    joined: int = 0  # works found to be one
    counts_changed: int = 0
    backdated: int = 0  # counts of days before the one they were written on, where something had been written before

    def add(self, other: Saved) -> None:
        """Add another batch's figures to these."""
        for field in self.__struct_fields__:
            setattr(self, field, getattr(self, field) + getattr(other, field))

    @property
    def anything(self) -> bool:
        """Whether the database's content changed, last-seen days aside."""
        return bool(self.new_records or self.changed or self.joined or self.counts_changed)


class Visit(msgspec.Struct, frozen=True):
    """Which source was read, on which day, and how.

    live: fetched on that day, so seen on that day; otherwise (a file) seen on the day a record states itself, if it
    does. again: unchanged payloads are read anew (reparse). second: asked on their own, because their counts had fallen.
    """

    source: str
    on: str
    live: bool
    again: bool = False
    second: bool = False

    def day(self, record: Record) -> str:
        """The day a record speaks of; never the future."""
        return self.on if self.live or not record.as_of else min(record.as_of, self.on)

    def dated(self, record: Record) -> bool:
        """Whether that day is known rather than assumed."""
        return self.live or record.as_of is not None
