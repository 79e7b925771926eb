"""One citation of OpenCitations' Index, as an edge."""

from __future__ import annotations

import re

import msgspec

from harvester import normal
from harvester.records import Edge


class Citation(msgspec.Struct):
    """A row of citations or references: texts all of them, the flags "yes", "no" or empty."""

    citing: str | None = None
    cited: str | None = None
    creation: str | None = None
    author_sc: str | None = None
    journal_sc: str | None = None


_DAY = re.compile(r"\d{4}(?:-\d{2}){0,2}", re.ASCII)
_YES_OR_NO = re.compile(r"\b(?:yes|no)\b")


def edge_of(ends: tuple[str, str], row: Citation, other: Edge | None) -> Edge:
    """The citation of a row; what another row says of the same two works is added: the fuller date, either "yes"."""
    other = other or Edge(*ends)
    return Edge(
        *ends,
        created=max(filter(None, (_created(row.creation), other.created)), key=len, default=None),
        author_self=_either(_flag(row.author_sc), other.author_self),
        venue_self=_either(_flag(row.journal_sc), other.venue_self),
    )


def _created(raw: str | None) -> str | None:
    """
    >>> _created("2016-07-10"), _created("2016-07"), _created("2016"), _created("coci => 2016; poci => 2016-07-10"), _created("")
    ('2016-07-10', '2016-07', '2016', '2016-07-10', None)
    """
    return max(filter(None, map(normal.date, _DAY.findall(raw or ""))), key=len, default=None)


def _flag(raw: str | None) -> bool | None:
    """
    >>> _flag("yes"), _flag("no"), _flag("coci => no; poci => yes"), _flag(""), _flag(None)
    (True, False, True, None, None)
    """
    said = _YES_OR_NO.findall(raw or "")
    return "yes" in said if said else None


def _either(one: bool | None, other: bool | None) -> bool | None:
    return other if one is None else one if other is None else one or other
