"""The only spelling rules: total functions, None for what is no such thing, each with its examples.

Sources write one identifier in many ways; everything that compares, stores or asks goes through here first.
"""

from __future__ import annotations

from harvester.normal.dates import date, last_day, shift, year
from harvester.normal.identifiers import (
    arxiv,
    doi,
    dois,
    identifier,
    isbn,
    issn,
    number,
    openalex,
    openalex_entity,
    orcid,
    pmcid,
    pmid,
    ror,
    s2,
    twin,
)
from harvester.normal.keys import name_key, title_key
from harvester.normal.licences import license  # noqa: A004 (a licence is called license by every source)
from harvester.normal.names import Name, name
from harvester.normal.numbers import count, pages, volume_issue
from harvester.normal.texts import abstract, text

__all__ = [
    "Name", "abstract", "arxiv", "count", "date", "doi", "dois", "identifier", "isbn", "issn", "last_day", "license",
    "name", "name_key", "number", "openalex", "openalex_entity", "orcid", "pages", "pmcid", "pmid", "ror", "s2", "shift",
    "text", "title_key", "twin", "volume_issue", "year",
]  # fmt: skip
