"""How fast a count grew, whether ever faster, and who made it grow: figures of one series, and of many together. Pure."""

from __future__ import annotations

from datetime import date

from harvester.store import Row

_RATES = ("gained_per_30_days", "acceleration")
# null: it is known of none of them
SUMMED = (*_RATES, "gained_known", "gained_by_new", "gained_by_old", "gained_by_self")


def rates(row: Row, half: Row) -> dict[str, float | None]:
    """The rate of a series (count, gained, from_date, to_date), and its change.

    gained_per_30_days: null where it was seen on one day only. acceleration: the rate of the second half of the time less that
    of the first, per 30 days. The halves meet on `half_date`, the last day up to the middle on which the count was seen
    (`half_count`); where that lies in the first quarter they were not both observed, and it is null.

    >>> grown = {"count": 70, "gained": 60, "from_date": "2026-01-01", "to_date": "2026-03-02"}
    >>> rates(grown, {"half_count": 25, "half_date": "2026-01-31"})
    {'gained_per_30_days': 30.0, 'acceleration': 30.0}
    >>> rates(grown, {"half_count": 10, "half_date": "2026-01-15"})["acceleration"] is None
    True
    """
    days, first = _days(row["from_date"], row["to_date"]), _days(row["from_date"], half["half_date"])
    found: dict[str, float | None] = dict.fromkeys(_RATES)
    if days:
        found["gained_per_30_days"] = 30 * row["gained"] / days
    if days and first >= days / 4:
        later = row["count"] - half["half_count"]
        found["acceleration"] = 30 * (later / (days - first) - (row["gained"] - later) / first)
    return found


def _days(first: str, last: str | None) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days if last else 0


def shares(row: Row) -> dict[str, float | None]:
    """What follows from the figures of a series, or of many together."""
    known = (row["gained_by_new"] or 0) + (row["gained_by_old"] or 0)
    own = row["gained_by_self"]
    return {
        "new_share": row["gained_by_new"] / known if known else None,
        "gained_without_self": None if own is None else row["gained"] - own,
    }


def add(total: Row, row: Row) -> None:
    """Add a series to the sum of many: how many works, what they gained, the first and the last day any was seen."""
    total["works"] += 1
    total["count"] += row["count"]
    total["gained"] += row["gained"]
    total["from_date"] = min(total["from_date"] or row["from_date"], row["from_date"])
    total["to_date"] = max(total["to_date"] or row["to_date"], row["to_date"])
    for name in SUMMED:
        if row[name] is not None:
            total[name] = (total[name] or 0) + row[name]


def shown(row: Row) -> Row:
    """The row with its rates and shares cut to the digits that say something."""
    digits = {**dict.fromkeys(_RATES, 2), "new_share": 3}
    return {key: round(row[key], digits[key]) if key in digits and row[key] is not None else row[key] for key in row}
