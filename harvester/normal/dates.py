"""Dates and years, cut to what is really known."""

from __future__ import annotations

import datetime
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


def last_day(known: str | None) -> datetime.date | None:
    """The last day that a date may mean, as far as it is known; None for none, and for what is no day.

    >>> [str(last_day(text)) for text in ("2025", "2024-02", "2025-05-19", "2025-02-30", None)]
    ['2025-12-31', '2024-02-29', '2025-05-19', 'None', 'None']
    """
    try:
        match [int(figure) for figure in (known or "").split("-")]:
            case [year]:
                return datetime.date(year, 12, 31)
            case [year, month]:
                return datetime.date(year, month, _days(year, month))
            case [year, month, day]:
                return datetime.date(year, month, day)
    except ValueError:  # the calendar has no such day or month
        pass
    return None


def shift(day: str, days: int) -> str:
    """The ISO day so many days later, at most the last of the calendar, at least its first.

    Raises ValueError for what is no ISO day: it is for days that have been read already.

    >>> shift("2026-02-28", 1), shift("2026-01-01", -1), shift("0001-02-01", -365)
    ('2026-03-01', '2025-12-31', '0001-01-01')
    """
    start = datetime.date.fromisoformat(day)
    try:
        return (start + datetime.timedelta(days=days)).isoformat()
    except OverflowError:
        return (datetime.date.max if days > 0 else datetime.date.min).isoformat()


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
