"""How many works bear the most common stems: counted anew whenever the database has grown by a fifth."""

from __future__ import annotations

from harvester.store.connection import Connection

LARGE = 20_000  # works; below it every stem is counted when it is asked for
COMMON = 1 / 500  # of all works
GROWN = 1.2  # times as many works as when it was last done


def count_common(db: Connection) -> bool:
    """Count them if that is due; returns whether it was. Whoever calls holds a transaction."""
    works, counted = db.execute(
        "SELECT ifnull(max(id), 0), (SELECT works FROM common_stem WHERE stem = '') FROM work"
    ).fetchone()
    if works < max(LARGE, GROWN * (counted or 0)):
        return False
    db.execute("DELETE FROM common_stem")
    db.execute("INSERT INTO common_stem SELECT term, doc FROM work_term WHERE doc > ?", (works * COMMON,))
    db.execute("INSERT INTO common_stem VALUES ('', ?)", (works,))
    return True
