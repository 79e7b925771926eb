"""CSL-JSON, for Pandoc, Zotero and citeproc: one array, a work a line.

Schema: https://github.com/citation-style-language/schema/blob/v1.0.2/schemas/input/csl-data.json, which allows no other keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from harvester.report.cells import encode
from harvester.report.citekeys import keys
from harvester.report.works import keyword_list

if TYPE_CHECKING:
    from harvester.normal import Name
    from harvester.report.works import Work

_TYPES = {
    "article": "article-journal", "conference": "paper-conference", "book": "book", "chapter": "chapter", "thesis": "thesis",
    "report": "report", "dataset": "dataset", "standard": "standard", "entry": "entry-encyclopedia", "preprint": "article",
}  # fmt: skip


def write_works(works: Sequence[Work], out: TextIO) -> None:
    """An object a work, in their order."""
    key_of = keys(works)
    body = ",\n".join(encode(_item(work, key_of[work.work])) for work in works)
    out.write(f"[\n{body}\n]\n" if works else "[]\n")


def _item(work: Work, key: str) -> dict[str, object]:
    said: dict[str, object] = {
        "id": key,
        "citation-key": key,
        "type": _TYPES.get(work.kind, "document"),
        "genre": "preprint" if work.kind == "preprint" else None,
        "title": work.title,
        "author": [_name(name) for name in work.authors],
        "issued": {"date-parts": [list(work.date)]} if work.date else None,
        "container-title": work.venue,
        "publisher": work.publisher,
        "volume": work.volume,
        "issue": work.issue,
        "page": "-".join(filter(None, (work.first_page, work.last_page))),
        "ISSN": ", ".join(work.issns),
        "ISBN": work.isbn,
        "DOI": work.doi,
        "PMID": work.pmid,
        "PMCID": work.pmcid,
        "URL": work.url,
        "language": work.language,
        "keyword": keyword_list(work.keywords),
        "note": work.note,
        "abstract": work.abstract,
    }
    return {key: value for key, value in said.items() if value}


def _name(name: Name) -> dict[str, str]:
    """
    >>> from harvester import normal
    >>> _name(normal.name("Inken von Borzyskowski")), _name(normal.name("World Health Organization"))
    ({'family': 'Borzyskowski', 'given': 'Inken', 'non-dropping-particle': 'von'}, {'literal': 'World Health Organization'})
    """
    if name.is_body:
        return {"literal": name.family}
    said = {"family": name.family, "given": name.given, "non-dropping-particle": name.particle, "suffix": name.suffix}
    return {key: value for key, value in said.items() if value}
