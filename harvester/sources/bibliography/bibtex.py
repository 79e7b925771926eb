"""BibTeX and biblatex, as Zotero, JabRef, EndNote, Mendeley, Google Scholar, Scopus and Web of Science export them.

Form: https://www.bibtex.org/Format/ and https://ctan.org/pkg/biblatex (2.1 entry types, 2.2 fields). How a file is taken
apart, and what a raw entry is, is told in `blocks`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bibtexparser.middlewares.names import parse_single_name_into_parts, split_multiple_persons_names
from bibtexparser.model import Entry, ParsingFailedBlock, String

from harvester import normal
from harvester.errors import ParseError
from harvester.records import Author
from harvester.sources.bibliography import entry as common
from harvester.sources.bibliography import latex
from harvester.sources.bibliography.blocks import joined, parts, split

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bibtexparser.model import Block

    from harvester.records import Record

_MOST_VALUE = 1024 * 1024  # characters of a field; macros of macros double with every line
_MOST_MACRO = 64 * 1024
_MOST_NAME = 1000  # characters of one name: unmatched braces in it cost the square of its length

# https://ctan.org/pkg/biblatex, 2.1 -> the words OpenAlex uses; what is missing here is told by `_type`.
_TYPES = {
    "article": "article", "inproceedings": "article", "conference": "article", "review": "article",
    "suppperiodical": "article", "book": "book", "mvbook": "book", "booklet": "book", "collection": "book",
    "mvcollection": "book", "inbook": "book-chapter", "bookinbook": "book-chapter", "incollection": "book-chapter",
    "suppbook": "book-chapter", "suppcollection": "book-chapter",
    "proceedings": "book", "mvproceedings": "book", "inreference": "reference-entry",
    "phdthesis": "dissertation", "mastersthesis": "dissertation", "thesis": "dissertation", "report": "report",
    "techreport": "report", "standard": "standard", "dataset": "dataset", "data": "dataset", "misc": "other",
    "online": "other", "electronic": "other", "www": "other", "webpage": "other", "unpublished": "other",
    "software": "other", "manual": "other",
}  # fmt: skip
_PAPERS = ("inproceedings", "conference")
_PARTS = (*_PAPERS, "inbook", "bookinbook", "incollection", "suppbook", "suppcollection", "inreference")

_INHERITED = (
    "author", "booktitle", "date", "eissn", "issn", "journal", "journaltitle", "langid", "language", "month",
    "number", "publisher", "volume", "year",
)  # fmt: skip
"""What an entry takes from its parent; never an identifier, which is the parent's name."""

_MONTHS = {name: name for name in ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")}
_PREPRINT = re.compile(r"preprint|pre-print|\barxiv\b|biorxiv|medrxiv|chemrxiv|\bssrn\b|research square", re.IGNORECASE)


def parse(body: bytes) -> Record:
    """The record of the last entry of `body`. Raises ParseError where it is broken or has neither title nor DOI."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise ParseError("not UTF-8") from None
    before, entry = _taken_apart(text)
    macros: dict[str, str] = dict(_MONTHS)
    parents: dict[str, Entry] = {}
    for block in before:
        if isinstance(block, String):
            _define(macros, block)
        elif isinstance(block, Entry):
            parents.setdefault(block.key.lower(), block)
    return common.record(_said(entry, macros, parents))


def _taken_apart(text: str) -> tuple[list[Block], Entry]:
    """The blocks before the last entry, and that entry. Raises ParseError where it is broken."""
    pieces = split(text)
    if pieces and not isinstance(pieces[-1].block, Entry):  # EndNote writes entries without a key
        pieces = split(re.sub(r"^(@\w+\s{0,9}[{(])(\s*[\w-]+\s*=)", r"\1,\2", text))
    if not pieces:
        raise ParseError("no BibTeX entry")
    last = pieces[-1].block
    if isinstance(last, Entry):
        return [piece.block for piece in pieces[:-1]], last
    reason = getattr(last.error, "abort_reason", None) if isinstance(last, ParsingFailedBlock) else None
    raise ParseError(f"broken BibTeX: {normal.text(reason) or 'no entry'}"[:200])


def _define(macros: dict[str, str], block: String) -> None:
    """Take a definition; one that is broken, too long or of something undefined defines nothing."""
    try:
        said = joined(parts(block.value), macros, _MOST_MACRO)
    except ParseError:
        return
    if said is not None:
        macros[block.key.lower()] = said


# --- an entry ------------------------------------------------------------------------------------------------------


class _Fields:
    """An entry's fields by name, their macros resolved, LaTeX as it is; `drift` names those that could not be."""

    def __init__(self, entry: Entry, macros: Mapping[str, str]) -> None:
        self.said: dict[str, str] = {}
        self.drift: dict[str, None] = {}
        self._undefined: set[str] = set()
        for field in entry.fields:
            name, value = field.key.lower(), joined(parts(field.value), macros, _MOST_VALUE)
            if value is None:
                self._undefined.add(name)
            elif value.strip():
                self.said.setdefault(name, value)  # of a field that comes twice the first counts, as in BibTeX

    def raw(self, *names: str) -> str | None:
        """The first of these fields that says something."""
        for name in names:
            if name in self.said:
                return self.said[name]
            if name in self._undefined:
                self.drift[name] = None
        return None

    def text(self, *names: str) -> str | None:
        """The same as plain text."""
        raw = self.raw(*names)
        return None if raw is None else latex.text(raw)

    def verbatim(self, *names: str) -> str | None:
        """The same where it is an address or an identifier."""
        raw = self.raw(*names)
        return None if raw is None else latex.verbatim(raw)

    def inherit(self, parent: _Fields) -> None:
        """Fill what is not said from a parent: its title is the title of the book that this is a part of."""
        book = parent.said.get("booktitle") or parent.said.get("title")
        for name in _INHERITED:
            value = book if name == "booktitle" else parent.said.get(name)
            if value is not None:
                self.said.setdefault(name, value)


def _said(entry: Entry, macros: Mapping[str, str], parents: Mapping[str, Entry]) -> common.Entry:
    fields = _Fields(entry, macros)
    parent = fields.text("crossref")
    if parent is not None:
        if parent.strip().lower() in parents:
            fields.inherit(_Fields(parents[parent.strip().lower()], macros))
        else:
            fields.drift["crossref"] = None
    kind = entry.entry_type.lower()
    authors, truncated = _authors(fields.raw("author"))
    url = fields.verbatim("url") or _address(fields.raw("howpublished"))
    return common.Entry(
        title=_title(fields, kind),
        type=_type(fields, kind),
        authors=authors,
        truncated=truncated,
        date=common.read_date(fields.text("date")) or common.day_of(*map(fields.text, ("year", "month", "day"))),
        venue=_venue(fields, kind),
        venue_type=_venue_type(fields, kind),
        publisher=fields.text("publisher", "school", "institution", "organization"),
        volume=fields.text("volume"),
        issue=fields.text("number", "issue") if kind in ("article", *_PAPERS) else None,
        pages=normal.pages(fields.text("pages", "eid", "article-number", "art_number")),
        abstract=fields.text("abstract"),
        keywords=fields.text("keywords", "keyword", "author_keywords"),
        language=fields.text("langid", "language", "hyphenation"),
        url=url,
        doi=fields.verbatim("doi"),
        pmid=fields.text("pmid") or _eprint(fields, "pubmed", "pmid"),
        pmcid=fields.text("pmcid", "pmc") or _eprint(fields, "pmcid", "pmc"),
        arxiv=_arxiv(fields),
        isbn=fields.text("isbn"),
        issn=[code for name in ("issn", "eissn") if (code := fields.text(name))],
        drift=tuple(fields.drift),
    )


def _title(fields: _Fields, kind: str) -> str | None:
    title, subtitle = fields.text("title"), fields.text("subtitle")
    if title is None and kind in ("proceedings", "collection", "book", "mvproceedings"):
        title = fields.text("booktitle")
    if title is None or subtitle is None:
        return title
    return f"{title.rstrip()}{' ' if title.rstrip().endswith((':', '?', '!')) else ': '}{subtitle}"


def _venue(fields: _Fields, kind: str) -> str | None:
    if kind in _PARTS:
        return fields.text("booktitle", "journal", "journaltitle")
    if _TYPES.get(kind) in ("book", "dissertation", "report", "standard"):
        return None
    venue = _journal(fields)
    return "arXiv" if common.is_arxiv(venue) else venue


def _venue_type(fields: _Fields, kind: str) -> str | None:
    if kind == "article":
        return "repository" if common.is_arxiv(_journal(fields)) else "journal"
    return "conference" if kind in _PAPERS else None


def _journal(fields: _Fields) -> str | None:
    return fields.text("journaltitle", "journal", "fjournal", "shortjournal")


def _type(fields: _Fields, kind: str) -> str | None:
    """An article of no journal or of arXiv's is a preprint, and so is what calls itself one in another way."""
    venue = _journal(fields)
    known = _TYPES.get(kind)
    if known == "article" and common.is_arxiv(venue):
        return "preprint"
    if known == "other" or (kind == "article" and not venue):
        words = " ".join(
            filter(
                None,
                (fields.text(name) for name in ("type", "howpublished", "publisher", "pubstate", "note", "number")),
            )
        )
        if _eprint(fields, "arxiv") or _PREPRINT.search(words[:1000]) or "prepublished" in words:
            return "preprint"
    return known


def _eprint(fields: _Fields, *archives: str) -> str | None:
    archive = fields.text("eprinttype", "archiveprefix") or ""
    return fields.verbatim("eprint") if archive.strip().lower() in archives else None


def _arxiv(fields: _Fields) -> tuple[str | None, ...]:
    """What may be the article's own arXiv id: a remark that only mentions one is not."""
    said = (fields.text(name) for name in ("journal", "note", "number", "howpublished", "volume"))
    return (_eprint(fields, "arxiv", ""), *map(common.preprint_id, said))


def _address(how: str | None) -> str | None:
    found = re.search(r"https?://[^\s{}]+", how) if how else None
    return latex.verbatim(found.group()) if found else None


# --- names ---------------------------------------------------------------------------------------------------------

# biblatex's other way to write a name: "family=Borzyskowski, given=Inken, prefix=von, useprefix=true".
_NAMED = re.compile(r"\s*(?:family|given|prefix|suffix)\s*=")
_NAME_PART = re.compile(r'(?:^|,)\s*(family|given|prefix|suffix)\s*=\s*("[^"]*"|\{[^{}]*\}|[^,]*)')

_SUFFIX = re.compile(r"(?:[JS]r|II|III|IV)\.?")


def _authors(raw: str | None) -> tuple[tuple[Author, ...] | None, bool]:
    """The authors in order, and whether there were more ("and others")."""
    if raw is None:
        return None, False
    authors, truncated = list[Author](), False
    for name in split_multiple_persons_names(raw):
        whole = normal.text(latex.text(_person(name[:_MOST_NAME])))
        if whole is None:
            continue
        if whole.lower().rstrip(".") in ("others", "et al"):
            truncated = True
        else:
            authors.append(Author(name=whole))
    return tuple(authors), truncated


def _person(name: str) -> str:
    r"""A name as it is read, from any of the ways to write it; LaTeX as it is.

    >>> _person("von Borzyskowski, Inken"), _person("Sample, Jr., Sammy"), _person("{World Health Organization}")
    ('Inken von Borzyskowski', 'Sammy Sample Jr.', '{World Health Organization}')
    >>> _person("Sample, Sammy, Jr."), _person("Plato")
    ('Sammy Sample Jr.', 'Plato')
    >>> _person("Ludwig van Beethoven"), _person("family=Borzyskowski, given=Inken, prefix=von, useprefix=true")
    ('Ludwig van Beethoven', 'Inken von Borzyskowski')
    """
    if _NAMED.match(name):
        said = {found[1]: found[2].strip('"').strip() for found in _NAME_PART.finditer(name)}
        return " ".join(filter(None, (said.get(part) for part in ("given", "prefix", "family", "suffix"))))
    parts = parse_single_name_into_parts(name, strict=False)
    if parts.jr and _SUFFIX.fullmatch(" ".join(parts.first)):  # EndNote writes it last
        parts.first, parts.jr = parts.jr, parts.first
    return " ".join([*parts.first, *parts.von, *parts.last, *parts.jr])
