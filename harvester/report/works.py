"""What the forms of bibliographies (bibtex, ris, csl-json) write of a work, read from the store. Not a form.

Nothing that only a source can read goes out: no id of its own, nor an address that is one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from harvester import normal
from harvester.normal import Name
from harvester.report.cells import line

if TYPE_CHECKING:
    from harvester.store import Store

# The types that sources give -> the kinds of which each form has its own word; what is missing here is "other".
_KINDS = {
    "article": "article", "review": "article", "editorial": "article", "letter": "article", "erratum": "article",
    "retraction": "article", "data-paper": "article", "book": "book", "book-chapter": "chapter", "dissertation": "thesis",
    "report": "report", "dataset": "dataset", "standard": "standard", "reference-entry": "entry", "preprint": "preprint",
}  # fmt: skip
_ALONE = ("book", "thesis", "report", "standard")  # what is in no journal or book: its "venue" is who sells it
_NOT_IN_URLS = re.compile(r'[\s"<>\\^`{|}]')  # RFC 3986, 2: to be percent-encoded; in BibTeX and LaTeX they are syntax


class Work(msgspec.Struct, frozen=True):
    """A work's bibliographic facts; None or empty: not known. All texts stand on one line, with nothing active in them.

    kind: article, conference, book, chapter, thesis, report, dataset, standard, entry, preprint or other.
    date: year, month and day as far as known. truncated: there are more authors than are listed.
    """

    work: int
    kind: str
    title: str | None
    authors: tuple[Name, ...]
    truncated: bool
    venue: str | None
    publisher: str | None
    issns: tuple[str, ...]
    volume: str | None
    issue: str | None
    first_page: str | None
    last_page: str | None
    date: tuple[int, ...]
    language: str | None
    doi: str | None
    url: str | None
    abstract: str | None
    keywords: tuple[str, ...]
    note: str | None
    arxiv: str | None = None
    isbn: str | None = None
    pmcid: str | None = None
    pmid: str | None = None


def read(store: Store, works: Iterable[int]) -> list[Work]:
    """These works in this order, each once; one that does not exist is left out."""
    return [_work(row) for row in store.rows("bibliography", works=json.dumps(list(dict.fromkeys(works))))]


def _work(row: Mapping[str, Any]) -> Work:
    kind = _kind(row)
    said = {name: _text(row[name]) for name in ("title", "abstract", "volume", "issue")}
    first, last = _pages(_text(row["first_page"]), _text(row["last_page"]))
    ids = json.loads(row["ids"])
    return Work(
        work=row["work"],
        kind=kind,
        **said,
        first_page=first,
        last_page=last,
        authors=tuple(filter(None, map(normal.name, map(line, json.loads(row["authors"]))))),
        truncated=bool(row["authors_truncated"]),
        venue=None if kind in _ALONE else _text(row["venue"]),
        publisher=_text(row["publisher"]),
        issns=tuple(json.loads(row["issns"])),
        date=_date(row["date"], row["year"]),
        language=_text(row["language"]),
        doi=row["doi"],
        url=_url(row["url"], ids.get("arxiv")),
        keywords=tuple(_keywords(json.loads(row["keywords"]))),
        note="Retracted" if row["is_retracted"] else None,
        **ids | {"isbn": ids.get("isbn") if kind == "book" else None},  # a chapter's is its book's
    )


def _kind(row: Mapping[str, Any]) -> str:
    kind = _KINDS.get(row["type"] or "", "other")
    if kind == "other" and row["type"] is None and row["venue_type"] == "journal":
        kind = "article"
    return "conference" if kind == "article" and row["venue_type"] == "conference" else kind


def _text(raw: str | None) -> str | None:
    return line(raw) or None if raw else None


def _pages(first: str | None, last: str | None) -> tuple[str | None, str | None]:
    """First and last page, the last one whole and none where it is the first.

    >>> _pages("1720", "4"), _pages("e12", "e12"), _pages("e12", None), _pages("54-8; 59", "61")
    (('1720', '1724'), ('e12', None), ('e12', None), ('54-8; 59', '61'))
    """
    if first is None or last is None or first == last:
        return first or last, None
    both = normal.pages(f"{first}-{last}")
    return both if both[1] else (first, last)


def _date(date: str | None, year: int | None) -> tuple[int, ...]:
    """The day as far as it is known; the year alone where the two contradict each other.

    >>> _date("2025-05-19", 2025), _date("2024-12", 2025), _date(None, 1999), _date("2025", None), _date(None, None)
    ((2025, 5, 19), (2025,), (1999,), (2025,), ())
    """
    parts = tuple(map(int, date.split("-"))) if date else ()
    return parts if not year or parts[:1] == (year,) else (year,)


def _url(url: str | None, arxiv: str | None) -> str | None:
    """Where it can be read; an address that is only a source's number for it is left out."""
    if url is None or normal.s2(url) or normal.openalex(url):
        return f"https://arxiv.org/abs/{arxiv}" if arxiv else None
    return _NOT_IN_URLS.sub(lambda found: "".join(f"%{byte:02X}" for byte in found.group().encode()), line(url))


def _keywords(names: Iterable[str]) -> Iterable[str]:
    """Keywords without semicolons, by which two are told apart in every form."""
    return dict.fromkeys(part for name in names for one in name.split(";") if (part := line(one)))


def keyword_list(keywords: Iterable[str]) -> str:
    """Keywords in one field, parted by commas, or by semicolons where one has a comma in it.

    >>> keyword_list(["norms", "exit"]), keyword_list(["Europe, Eastern", "exit"]), keyword_list(["Europe, Eastern"])
    ('norms, exit', 'Europe, Eastern; exit', 'Europe, Eastern;')
    """
    listed = list(keywords)
    if not any("," in one for one in listed):
        return ", ".join(listed)
    return "; ".join(listed) if len(listed) > 1 else f"{listed[0]};"
