"""Files of bibliographies, told apart by how they begin. What reads an entry is loaded where a file is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from harvester.records import Tap
from harvester.sources import documents
from harvester.sources.bibliography.entry import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Wrapped(msgspec.Struct):
    items: list[msgspec.Raw] | None = None


class _CSL:
    source = NAME
    form = "CSL-JSON bibliography"

    def sniff(self, head: bytes) -> bool:
        """JSON with a title and something only CSL has; not Crossref's reply, where the title is a list."""
        return (
            head.lstrip()[:1] in (b"[", b"{")
            and re.search(rb'"title"\s*:\s*"', head) is not None
            and re.search(rb'"title"\s*:\s*\[|"message-type"\s*:', head) is None
            and re.search(rb'"(?:container-title|date-parts|issued|citation-key)"\s*:|:\s*"article-journal"', head)
            is not None
        )

    def read(self, stream: BinaryIO) -> Iterator[bytes]:
        for value in documents.values(stream):
            try:
                wrapped = msgspec.json.decode(value, type=_Wrapped).items
            except (ValueError, RecursionError):
                wrapped = None  # no object, or broken: the parser will say why
            if wrapped is None:
                yield value
            else:
                yield from (bytes(item) for item in wrapped)


class _BibTeX:
    source = NAME
    form = "BibTeX bibliography"

    def sniff(self, head: bytes) -> bool:
        """Lines of prose, as Mendeley and Scopus write them, may stand before the first entry."""
        return documents.entries(head) == "bibtex"

    def read(self, stream: BinaryIO) -> Iterator[bytes]:
        from harvester.sources.bibliography import blocks

        yield from blocks.bodies(stream.read())


class _RIS:
    source = NAME
    form = "RIS bibliography"

    def sniff(self, head: bytes) -> bool:
        """Lines of prose, as publishers write them, may stand before the first entry."""
        return documents.entries(head) == "ris"

    def read(self, stream: BinaryIO) -> Iterator[bytes]:
        from harvester.sources.bibliography import ris

        yield from ris.bodies(stream.read())


TAPS: tuple[Tap, ...] = (_CSL(), _BibTeX(), _RIS())
