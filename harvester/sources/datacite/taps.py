"""DataCite's DOIs in files: replies of the API, lists and lines of DOIs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from harvester.errors import UsageError
from harvester.sources import documents
from harvester.sources.datacite import wire
from harvester.sources.datacite.record import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harvester.records import Tap


class _Dois:
    source = NAME
    form = "DataCite DOIs, JSON or JSON lines"

    def sniff(self, head: bytes) -> bool:
        return (
            head.lstrip()[:1] in (b"{", b"[")
            and re.search(rb'"type"\s*:\s*"dois"', head) is not None
            and re.search(rb'"attributes"\s*:', head) is not None
        )

    def read(self, stream: BinaryIO) -> Iterator[bytes]:
        """Each DOI's bytes, taken out of a page or a single reply."""
        for value in documents.values(stream):
            try:
                data = msgspec.json.decode(value, type=wire.Single).data
                yield from documents.elements(bytes(data))
            except (ValueError, RecursionError, UsageError):
                yield value  # no reply but a DOI, or broken: the parser will say why


TAPS: tuple[Tap, ...] = (_Dois(),)
