"""Dates and years, cut to what is really known."""

from __future__ import annotations

import re

_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:[T ].*)?", re.ASCII)


def date(raw: str | None) -> str | None:
    """An ISO date, cut to what is really known: parts that no calendar has are left out.

    >>> date("2025-05-19"), date("2020-00-00"), date("2021-2-30"), date("2023-03-29T14:45:55"), date("soon")
    ('2025-05-19', '2020', '2021-02', '2023-03-29', None)
    """
    match = _DATE.fullmatch(raw.strip()) if raw else None
    if match is None or year(match[1]) is None:
        return None
    if match[2] is None or not 1 <= int(match[2]) <= 12:
        return match[1]
    month = f"{match[1]}-{int(match[2]):02d}"
    if match[3] is None or not 1 <= int(match[3]) <= _days(int(match[1]), int(match[2])):
        return month
    return f"{month}-{int(match[3]):02d}"


def _days(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def year(raw: str | int | None) -> int | None:
    """A year somebody can have published in.

    >>> year("2025"), year(1937), year(0), year("1998a")
    (2025, 1937, None, None)
    """
    try:
        value = int(raw) if raw is not None else 0
    except ValueError:
        return None
    return value if 1400 <= value <= 2100 else None
