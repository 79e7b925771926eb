"""Which registration agency a DOI prefix belongs to: asked once and kept.

Every DOI has one agency (https://www.doi.org/the-identifier/resources/handbook/5_registration_agencies), and an agency's
service knows no DOI of another.
"""

from __future__ import annotations

import sqlite3  # noqa: TID251
from collections.abc import Iterable


class Agencies:
    """The agency table."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def known(self) -> dict[str, str | None]:
        """Prefix -> agency (crossref, datacite, ...), None where nobody knows the prefix."""
        return dict(self._db.execute("SELECT prefix, agency FROM agency").fetchall())

    def keep(self, agencies: Iterable[tuple[str, str | None]], on: str) -> None:
        """Keep what was told about prefixes; what is known already stays."""
        self._db.executemany(
            "INSERT INTO agency VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET agency = excluded.agency WHERE agency IS NULL",
            [(prefix, agency, on) for prefix, agency in dict(agencies).items()],
        )
