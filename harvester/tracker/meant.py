"""Which works a question is about: those of a watch, a venue, an author, an institution, a topic."""

from __future__ import annotations

from typing import NamedTuple

from harvester.normal import openalex_entity, orcid, ror
from harvester.store import Store


class Meant(NamedTuple):
    """The works that fit all that is said here; nothing said: all.

    work, watch, venue: numbers; author: an ORCID, an OpenAlex id (A...) or a name in full; institution: a ROR or a name;
    topic: its name.
    """

    work: int | None = None
    watch: int | None = None
    venue: int | None = None
    author: str | None = None
    institution: str | None = None
    topic: str | None = None

    def works(self, store: Store) -> list[int] | None:
        """The numbers of these works; None: all there are."""
        return None if self == Meant() else self.listed(store)

    def listed(self, store: Store) -> list[int]:
        """The numbers of these works, all of them if nothing is said."""
        person = openalex_entity(self.author, "A")
        names = {
            "author": orcid(self.author) or self.author,
            "person": f"openalex:{person}" if person else None,
            "institution": ror(self.institution) or self.institution,
        }
        filters = sum(value is not None for value in self)
        return [row["work"] for row in store.rows("growth_works", filters=filters, **(self._asdict() | names))]
