"""Retractions and how far they reach: watched works that are retracted, corrected or doubted, or cite what is retracted.

From the articles' own records (OpenAlex's flag, Crossref's `updated-by`) and from the notices' (`update-to`), with who says so
and who says otherwise. Crossref has no word for "not retracted": that it has no notice denies nothing. Of cited works that are
only named, nothing is known.
"""

from __future__ import annotations

from harvester.store import Row, Store

_LISTS = ("notices", "said_by", "denied_by", "taken_back_by")


def retractions(
    store: Store, *, as_of: str, watch: int | None = None, cited: bool = False, limit: int = 100
) -> list[Row]:
    """The watched works (of this watch alone) with what touches them as known on a day, the newest news first.

    cited: only those that cite something retracted. Columns as of the view `retractions`, which says what they mean; several
    notices or sources are lists.
    """
    rows = store.rows("retractions", as_of=as_of, watch=watch, cited=cited, limit=limit)
    return [row | {name: row[name].split(", ") if row[name] else [] for name in _LISTS} for row in rows]
