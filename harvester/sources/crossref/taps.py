"""Crossref works in files: replies of the API, dumps, lists and lines of works."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from harvester.sources import documents
from harvester.sources.crossref.record import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harvester.records import Tap

_REPLY = re.compile(rb'"message-type"\s*:\s*"work(?:-list)?"')
_WORK = re.compile(rb'"(?:content-domain|is-referenced-by-count|references?-count|indexed)"\s*:')
_DOI = re.compile(rb'"DOI"\s*:\s*"10\.')
_TITLES = re.compile(rb'"title"\s*:\s*\[')
_TITLE = re.compile(rb'"title"\s*:\s*"')


class _Wrapped(msgspec.Struct):
    message: msgspec.Raw = msgspec.Raw()
    items: list[msgspec.Raw] | None = None


class _Works:
    source = NAME
    form = "Crossref works, JSON or JSON lines"

    def sniff(self, head: bytes) -> bool:
        """Whether Crossref's own words are here; with the title as one text it is CSL, which is somebody else's."""
        if head.lstrip()[:1] not in (b"{", b"["):
            return False
        if _REPLY.search(head):
            return True
        is_csl = _TITLE.search(head) and not _TITLES.search(head)
        return bool(not is_csl and _DOI.search(head) and _WORK.search(head))

    def read(self, stream: BinaryIO) -> Iterator[bytes]:
        """Each work's bytes, taken out of replies (`message`) and of dumps and lists (`items`)."""
        for value in documents.values(stream):
            yield from _works(value)


def _works(value: bytes) -> Iterator[bytes]:
    try:
        wrapped = msgspec.json.decode(value, type=_Wrapped)
    except (ValueError, RecursionError):
        wrapped = _Wrapped()  # no object, or broken: the parser will say why
    if message := bytes(wrapped.message):
        yield from _works(message)
    elif wrapped.items is not None:
        yield from (bytes(item) for item in wrapped.items)
    else:
        yield value


TAPS: tuple[Tap, ...] = (_Works(),)
