"""Counts, volumes, issues and pages."""

from __future__ import annotations

import re

from harvester.normal.texts import text


def count(raw: str | int | float | None) -> int | None:
    """A count that may come as text; None for what is none, never zero.

    >>> count("0"), count(" 12 "), count("1,204"), count(-1), count("many"), count(None)
    (0, 12, 1204, None, None, None)
    >>> count(7.0), count(0.5), count("1_2")
    (7, None, None)
    """
    if isinstance(raw, bool) or raw is None:
        return None
    if (isinstance(raw, float) and not raw.is_integer()) or (isinstance(raw, str) and "_" in raw):
        return None
    try:
        value = int(raw.replace(",", "").strip()) if isinstance(raw, str) else int(raw)
    except (ValueError, OverflowError):
        return None
    return value if 0 <= value < 2**53 else None


_VOLUME_ISSUE = re.compile(r"([A-Za-z]{0,3}\d+)[ (]+([A-Za-z]{0,4}\.?\s?\d+(?:[-/–]\d+)?[A-Za-z]?)\)?")


def volume_issue(raw: str | None) -> tuple[str | None, str | None]:
    """Volume and issue of a field that may hold both.

    >>> volume_issue("16 3"), volume_issue("15 S8"), volume_issue("47(2)"), volume_issue("12"), volume_issue("null")
    (('16', '3'), ('15', 'S8'), ('47', '2'), ('12', None), (None, None))
    >>> volume_issue("abs/2503.23674"), volume_issue(" ")
    (('abs/2503.23674', None), (None, None))
    """
    clean = text(raw)
    if clean is None or clean.lower() == "null":
        return None, None
    match = _VOLUME_ISSUE.fullmatch(clean)
    return (match[1], match[2]) if match else (clean, None)


_PAGES = re.compile(r"([A-Za-z]{0,3}\d+[A-Za-z]?)\s*[-\u2010-\u2015\u2212]+\s*([A-Za-z]{0,3}\d+[A-Za-z]?)")


def pages(raw: str | None) -> tuple[str | None, str | None]:
    """First and last page as the source has them, spaces and newlines aside; a short last page is made whole.

    >>> pages("430-441"), pages("\\n 390-7\\n "), pages("1345-54"), pages("117 - 97"), pages("753b"), pages("")
    (('430', '441'), ('390', '397'), ('1345', '1354'), ('117', '97'), ('753b', None), (None, None))
    """
    clean = text(raw)
    if clean is None or clean.lower() == "null":
        return None, None
    match = _PAGES.fullmatch(clean)
    if match is None:
        return clean, None
    first, last = match[1], match[2]
    tight = len(clean) == len(first) + len(last) + 1  # "117 - 97" is how a source wrote two pages in the wrong order
    if tight and first.isdigit() and last.isdigit() and len(last) < len(first) and last > first[-len(last) :]:
        last = first[: -len(last)] + last
    return first, last
