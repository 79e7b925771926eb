"""OpenAlex works in files: as the API answers them, as snapshots hold them, as people keep them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from harvester.errors import UsageError
from harvester.sources.openalex.record import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

_MOST_LINE = 64 * 1024 * 1024
_MOST_DOCUMENT = 1024 * 1024 * 1024
"""A JSON document is read whole; the work with the most authors, over 5,000, is a few megabytes."""

_BOM = b"\xef\xbb\xbf"
_WORK = re.compile(rb'"id"\s*:\s*"https?://openalex\.org/W\d')
_KEYS = re.compile(rb'"(?:authorships|abstract_inverted_index|referenced_works|cited_by_api_url)"\s*:')
_PAGE = re.compile(rb'\{\s*"(?:meta|results|group_by)"\s*:')


class _Page(msgspec.Struct, gc=False):
    results: list[msgspec.Raw] | None = None
    id: str | None = None


class Lines:
    """One work on each line: snapshots and most exports."""

    source = NAME
    form = "OpenAlex works, JSON lines"

    def sniff(self, head: bytes) -> bool:
        """Whether `head` begins with a line that is a whole OpenAlex work, or the beginning of one that is cut."""
        line, newline, _ = head.removeprefix(_BOM).lstrip().partition(b"\n")
        if not line.startswith(b"{") or _PAGE.match(line) or not _is_ours(line):
            return False
        return not newline or line.rstrip().endswith(b"}")

    def read(self, stream: BinaryIO) -> Iterator[bytes]:
        """Each line that is not blank, as it is: one that is no JSON is told by whoever parses it.

        Raises UsageError for a line over 64 MiB.
        """
        number = 0
        while line := stream.readline(_MOST_LINE + 1):
            number += 1
            if len(line) > _MOST_LINE:
                raise UsageError(f"line {number} is over {_MOST_LINE >> 20} MiB: not OpenAlex works, one on each line")
            body = (line.removeprefix(_BOM) if number == 1 else line).strip()
            if body:
                yield body


class Document:
    """One JSON document: a work, a list of works, or a page of the API with its `results`."""

    source = NAME
    form = "OpenAlex works, JSON"

    def sniff(self, head: bytes) -> bool:
        """Whether `head` begins a JSON document of OpenAlex works that is not JSON lines."""
        start = head.removeprefix(_BOM).lstrip()
        return start.startswith((b"{", b"[")) and _is_ours(start) and not LINES.sniff(head)

    def read(self, stream: BinaryIO) -> Iterator[bytes]:
        """The exact bytes of each work.

        Raises UsageError where the file is not one JSON document, is over 1 GiB, or its `results` are no list.
        """
        body = stream.read(_MOST_DOCUMENT + 1)
        if len(body) > _MOST_DOCUMENT:
            raise UsageError(f"the document is over {_MOST_DOCUMENT >> 20:,} MiB: write one work on each line instead")
        body = body.removeprefix(_BOM).strip()
        try:
            if body.startswith(b"["):
                yield from map(bytes, msgspec.json.decode(body, type=list[msgspec.Raw]))
                return
            page = msgspec.json.decode(body, type=_Page)
        except (ValueError, RecursionError) as fault:
            raise UsageError(f"not a JSON document of OpenAlex works: {fault}") from None
        if page.results is None:
            yield body
        else:
            yield from map(bytes, page.results)


def _is_ours(head: bytes) -> bool:
    """Whether an OpenAlex work speaks here: its id, or, where a work's keys come in another order, its own words."""
    return bool(_WORK.search(head) or (b"//openalex.org/" in head and _KEYS.search(head)))


LINES = Lines()
TAPS = (LINES, Document())
