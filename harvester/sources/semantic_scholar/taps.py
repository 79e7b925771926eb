"""Semantic Scholar's papers in files: replies of the API, datasets, lists and lines of papers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from harvester.sources import documents
from harvester.sources.semantic_scholar.record import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harvester.records import Tap

_LISTS = ("data", "recommendedPapers", "papers")
_ENDS = ("citingPaper", "citedPaper")


class _Papers:
    source = NAME
    form = "Semantic Scholar papers, JSON or JSON lines"

    def sniff(self, head: bytes) -> bool:
        return head.lstrip()[:1] in (b"{", b"[") and re.search(rb'"paperId"\s*:', head) is not None

    def read(self, stream: BinaryIO) -> Iterator[bytes]:
        """Each paper's bytes, taken out of pages and of the citations in them; null marks a paper that is not there."""
        for value in documents.values(stream):
            yield from (paper for paper in _papers(value) if paper != b"null")


def _papers(value: bytes) -> Iterator[bytes]:
    try:
        parts = msgspec.json.decode(value, type=dict[str, msgspec.Raw])
        if "paperId" not in parts:
            if end := next((name for name in _ENDS if name in parts), None):
                yield bytes(parts[end])
                return
            if page := next((name for name in _LISTS if name in parts), None):
                for entry in msgspec.json.decode(parts[page], type=list[msgspec.Raw] | None) or ():
                    yield from _papers(bytes(entry)) if page == "data" else (bytes(entry),)
                return
    except (ValueError, RecursionError):
        pass  # the parser will say why
    yield value


TAPS: tuple[Tap, ...] = (_Papers(),)
