"""RIS, as Zotero, EndNote, Mendeley, Google Scholar, Scopus, Web of Science and publishers' pages export it.

Form: https://en.wikipedia.org/wiki/RIS_(file_format) and what those programs make of it: several tags for one thing
(T1 and TI, A1 and AU, PY and Y1), values on several lines, ISSN and ISBN in one tag, entries without their end.

rispy (MIT) reads an entry's lines. Files are taken apart here: of an entry without "ER" rispy gives nothing at all, and
joins its neighbours' tags to it. A raw entry is the file's bytes from its "TY" to its "ER", or to the next "TY".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rispy import RisParser

from harvester import normal
from harvester.errors import ParseError
from harvester.records import Author
from harvester.sources import documents
from harvester.sources.bibliography import entry as common

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harvester.records import Record

# https://en.wikipedia.org/wiki/RIS_(file_format)#Type_of_reference -> the words OpenAlex uses. UNPB is how Zotero
# writes a preprint.
_TYPES = {
    "JOUR": "article", "EJOUR": "article", "JFULL": "article", "MGZN": "article", "NEWS": "article", "INPR": "article",
    "CONF": "article", "CPAPER": "article", "ABST": "article", "BOOK": "book", "EBOOK": "book", "EDBOOK": "book",
    "WHOLE": "book", "CHAP": "book-chapter", "ECHAP": "book-chapter", "THES": "dissertation", "RPRT": "report",
    "GOVDOC": "report", "DATA": "dataset", "AGGR": "dataset", "STAND": "standard", "STD": "standard",
    "ENCYC": "reference-entry", "DICT": "reference-entry", "UNPB": "preprint", "ELEC": "other", "BLOG": "other",
    "WEB": "other", "COMP": "other", "PAMP": "other", "SLIDE": "other", "MANSCPT": "other",
}  # fmt: skip
_VENUES = {"JOUR": "journal", "EJOUR": "journal", "INPR": "journal", "CONF": "conference", "CPAPER": "conference"}
_NO_VENUE = ("book", "dissertation", "report", "standard")  # their T2 is a series


_TAGS = (
    "TY", "TI", "T1", "T2", "BT", "JF", "JO", "JA", "J1", "J2", "AU", "A1", "PY", "Y1", "DA", "VL", "IS", "CP", "SP", "EP",
    "C2", "C7", "M1", "M3", "N1", "SN", "DO", "UR", "L3", "AN", "DB", "DP", "N2", "AB", "KW", "LA", "PB",
)  # fmt: skip
_LINE = re.compile(r"\s*([A-Z][A-Z0-9])  ?-(?:\s+(.*))?")
_START = re.compile(rb"(?:\A|(?<=[\r\n]))[ \t]*TY  ?-(?=\s)")
_END = re.compile(rb"(?<=[\r\n])[ \t]*ER  ?-[^\r\n]*")
_LINE_END = re.compile(r"\r\n|\r|\n")


def bodies(whole: bytes) -> Iterator[bytes]:
    """The raw entries of a file; what stands between them belongs to none."""
    starts = [found.start() for found in _START.finditer(whole)]
    for start, following in zip(starts, [*starts, len(whole)][1:], strict=True):
        end = _END.search(whole, start, following)
        yield whole[start : end.end() if end else following].strip()


def parse(body: bytes) -> Record:
    """The record of one RIS entry. Raises ParseError where it is not UTF-8 or has neither title nor DOI."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise ParseError("not UTF-8") from None
    said = _Said(text)
    kind = said.first("TY").upper()
    venue = said.first("JF", "T2", "JO", "JA", "J2", "J1", "BT")
    type_ = "preprint" if common.is_arxiv(venue) else _TYPES.get(kind)
    authors, truncated = _authors([*said.all("A1"), *said.all("AU")])
    addresses = said.all("UR")
    return common.record(
        common.Entry(
            title=said.first("TI", "T1") or (said.first("BT") if type_ == "book" else None),
            type=type_,
            authors=authors,
            truncated=truncated,
            date=_date(said),
            venue=None if type_ in _NO_VENUE else "arXiv" if common.is_arxiv(venue) else venue,
            venue_type="repository" if common.is_arxiv(venue) else _VENUES.get(kind),
            publisher=said.first("PB"),
            volume=said.first("VL"),
            issue=said.first("IS", "CP"),
            pages=_pages(said),
            abstract=said.first("AB", "N2"),
            keywords=said.lines("KW"),
            language=said.first("LA"),
            url=next(filter(documents.web, addresses), None),
            links=tuple(addresses),
            doi=said.first("DO") or _doi(said),
            pmid=said.first("AN") if re.search(r"pubmed|medline", said.first("DB", "DP"), re.IGNORECASE) else None,
            pmcid=next((one for one in said.all("C2") if one.upper().startswith("PMC")), None),
            arxiv=tuple(
                common.preprint_id(one) for tag in ("T2", "JO", "JF", "M1", "N1", "AN") for one in said.all(tag)
            ),
            isbn=said.all("SN"),
            issn=said.all("SN"),
        )
    )


class _Lines(RisParser):  # type: ignore[misc] # rispy has no types
    """Marks what goes on from the line above with a line break, so that it is told from a tag that comes twice.

    All tags are read as lists: of others rispy joins the lines in time that grows with the square of their number.
    """

    def parse_line(self, line: str) -> tuple[str | None, str]:
        found = _LINE.fullmatch(line)
        if found is None or (found[1] not in _TAGS and line[2:5] != "  -"):  # "US - Russia" is a line of an abstract
            return None, f"\n{line.strip()}"
        return found[1], (found[2] or "").strip()


_READER = _Lines(
    mapping={tag: tag for tag in _TAGS}, list_tags=list(_TAGS), delimiter_tags_mapping={}, skip_unknown_tags=True
)


class _Said:
    """An entry's values by tag."""

    def __init__(self, text: str) -> None:
        found = _READER.parse_lines(iter([*_LINE_END.split(text.strip()), "ER  - "]))
        self._said: dict[str, list[list[str]]] = {}
        for tag, lines in (found[0] if found else {}).items():
            values = self._said.setdefault(tag, [])
            for line in [lines] if isinstance(lines, str) else lines:
                if line.startswith("\n") and values:
                    values[-1].append(line[1:])
                else:
                    values.append([line.lstrip("\n")])

    def all(self, tag: str) -> list[str]:
        """Every value of a tag that says something."""
        return list(filter(None, (" ".join(lines).strip() for lines in self._said.get(tag, ()))))

    def first(self, *tags: str) -> str:
        """The first value of the first of these tags that says something, else nothing."""
        return next((value for tag in tags for value in self.all(tag)), "")

    def lines(self, tag: str) -> list[str] | None:
        """Every line of a tag's values, parted at semicolons (EndNote writes a keyword a line); None without the tag."""
        if tag not in self._said:
            return None
        return [one for lines in self._said[tag] for line in lines for one in line.split(";")]


def _date(said: _Said) -> str | None:
    """The day in DA where it is of the year in PY; DA may be "2025/05/19", "MAY 19" or of the printed issue's year."""
    year, stated = said.first("PY", "Y1"), said.first("DA")
    printed, day = common.read_date(year), common.read_date(stated)
    if printed is None or day is None:
        return day or common.day_of(year, stated)
    return day if day[:4] == printed[:4] and len(day) > len(printed) else printed


def _pages(said: _Said) -> tuple[str | None, str | None]:
    """First and last page; an article number where there are none."""
    first, last = said.first("SP", "C7"), said.first("EP")
    both = normal.pages(f"{first}-{last}" if last and first != last and "-" not in first else first)
    return both if both[1] or not last else (normal.text(first), normal.text(last))


_WRITTEN_DOI = re.compile(r"(?:doi:?\s*)?(?:https?://(?:dx\.)?doi\.org/)?10\.\d", re.IGNORECASE)


def _doi(said: _Said) -> str | None:
    """A DOI in a field that older programs used for it."""
    return next((one for tag in ("M3", "L3", "N1") for one in said.all(tag) if _WRITTEN_DOI.match(one)), None)


def _authors(names: list[str]) -> tuple[tuple[Author, ...] | None, bool]:
    """The authors in order, and whether there were more ("et al."); None where none is named."""
    authors = dict.fromkeys(filter(None, map(_person, names)))
    named = [name for name in authors if name.lower().rstrip(".") not in ("et al", "others")]
    return (tuple(Author(name=name) for name in named) or None), len(named) < len(authors)


def _person(name: str) -> str | None:
    """
    >>> _person("von Borzyskowski, Inken"), _person("Sample, Sammy, Jr."), _person("World Health Organization")
    ('Inken von Borzyskowski', 'Sammy Sample Jr.', 'World Health Organization')
    """
    family, given, suffix = (*(part.strip() for part in name.split(",", 2)), "", "")[:3]
    return normal.text(" ".join(filter(None, (given, family, suffix))))
