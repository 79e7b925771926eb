"""OpenCitations' metadata in files: replies of Meta and of COCI."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO

from harvester.sources import documents
from harvester.sources.opencitations.record import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harvester.records import Tap


_META = re.compile(rb'"pub_date"\s*:')
_META_ID = re.compile(rb'"id"\s*:\s*"(?:doi|omid|meta|pmid|pmcid|openalex|isbn):')
_COCI = re.compile(rb'"citation_count"\s*:\s*"')
_COCI_SOURCE = re.compile(rb'"source_title"\s*:')


class _Metadata:
    source = NAME
    form = "OpenCitations metadata, JSON"

    def sniff(self, head: bytes) -> bool:
        if head.lstrip()[:1] not in (b"{", b"["):
            return False
        return bool(
            (_META.search(head) and _META_ID.search(head)) or (_COCI.search(head) and _COCI_SOURCE.search(head))
        )

    def read(self, stream: BinaryIO) -> Iterator[bytes]:
        yield from documents.values(stream)


TAPS: tuple[Tap, ...] = (_Metadata(),)
