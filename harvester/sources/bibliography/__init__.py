"""Bibliographies as reference managers and databases export them: CSL-JSON, BibTeX (and biblatex), RIS.

One source, "bibliography", whatever the form: the same article told in another form is the same record. `parse` tells
the form of a raw entry by its first letters, `TAPS` that of a file.

A bibliography states no citation count: what some exports say ("Times Cited", "Cited By") is another service's count of
an unknown day. It names no record but by the DOI or by title, year and first author: keys are local to a file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harvester.errors import ParseError
from harvester.sources.bibliography.entry import NAME
from harvester.sources.bibliography.taps import TAPS

if TYPE_CHECKING:
    from harvester.records import Record

RANK = 20
"""Trust in this source's fields when sources disagree, higher wins: typed by people, below every service."""

_RIS = re.compile(rb"[A-Z][A-Z0-9]  ?-(?:\s|\Z)")


def parse(body: bytes) -> Record:
    """The record of one raw entry in any of the forms. Raises ParseError where it is none or has neither title nor DOI."""
    start = body[:64].lstrip()
    if start.startswith(b"{"):
        from harvester.sources.bibliography import csl as form
    elif start.startswith(b"@"):
        from harvester.sources.bibliography import bibtex as form  # type: ignore[no-redef]
    elif _RIS.match(start):
        from harvester.sources.bibliography import ris as form  # type: ignore[no-redef]
    else:
        raise ParseError("neither CSL-JSON nor BibTeX nor RIS")
    return form.parse(body)


__all__ = ["NAME", "RANK", "TAPS", "parse"]
