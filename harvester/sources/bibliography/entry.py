"""What an entry of a bibliography says, whatever its form, and the record that it makes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from harvester import normal
from harvester.errors import ParseError
from harvester.records import Author, Record, Subject, Venue, identifiers_of
from harvester.sources import documents

if TYPE_CHECKING:
    from collections.abc import Iterable

NAME = "bibliography"

Texts = str | list[str] | None
"""One text or several, as programs write either."""


class Entry(msgspec.Struct):
    """An entry's fields as they are written, free of their form's own markup; what is None or empty is not stated.

    type and venue_type: in the words of `Record.type` and `Venue.type`. date: an ISO day, month or year. authors: None
    where the form has no such field. truncated: the list ends in "and others". doi, isbn and issn may each hold several.
    links: other addresses, of which one may be a DOI's. arxiv: texts of which any may be an arXiv id.
    """

    title: str | None
    type: str | None = None
    authors: tuple[Author, ...] | None = None
    truncated: bool = False
    date: str | None = None
    venue: str | None = None
    venue_type: str | None = None
    publisher: str | None = None
    volume: str | None = None
    issue: str | None = None
    pages: tuple[str | None, str | None] = (None, None)
    abstract: str | None = None
    keywords: Texts = None
    language: str | None = None
    url: str | None = None
    links: tuple[str, ...] = ()
    doi: str | None = None
    pmid: str | None = None
    pmcid: str | None = None
    arxiv: tuple[str | None, ...] = ()
    isbn: Texts = None
    issn: Texts = None
    drift: tuple[str, ...] = ()


def record(entry: Entry) -> Record:
    """The record of an entry. Raises ParseError where it has neither a title nor a DOI.

    An entry's key is only a name inside its file ("dissociation-1"), so a record is named by its DOI or, without one,
    by its title, year and first author. A DOI that stands only in an address is an identifier, but names no record.
    """
    title = normal.text(entry.title)
    dois = normal.dois(entry.doi)
    if title is None and not dois:  # with a DOI it is a work: Crossref's own BibTeX of some has no title
        raise ParseError("no title and no DOI")
    year = normal.year(entry.date[:4]) if entry.date else None
    said = dois or tuple(filter(None, (normal.doi(resolver(link)) for link in (entry.url, *entry.links))))[:1]
    volume, issue = normal.volume_issue(entry.volume)
    first_author = entry.authors[0].name if entry.authors else None
    return Record(
        source=NAME,
        source_id=dois[0] if dois else documents.fingerprint(title or "", year, first_author),
        identifiers=identifiers_of(
            [
                *(("doi", doi) for doi in said),
                ("pmid", normal.pmid(entry.pmid)),
                ("pmcid", normal.pmcid(entry.pmcid)),
                *(("arxiv", normal.arxiv(text)) for text in (*said, *entry.arxiv, entry.url)),
                # a chapter's is its book's
                *(("isbn", normal.isbn(book)) for book in _books(entry.isbn) if entry.type == "book"),
            ]
        ),
        title=title,
        abstract=normal.abstract(entry.abstract),
        year=year,
        date=entry.date,
        type=entry.type,
        language=language(entry.language),
        venue=_venue(entry),
        volume=volume,
        issue=normal.text(entry.issue) or issue,
        first_page=entry.pages[0],
        last_page=entry.pages[1],
        authors=entry.authors,
        authors_truncated=entry.truncated,
        subjects=_subjects(entry.keywords),
        url=documents.web(entry.url),
        drift=entry.drift,
    )


def read_date(raw: str | None) -> str | None:
    """The day that a text begins with, cut to what is known, else the year that stands in it.

    >>> read_date("2022/05/03/"), read_date("2022-05~/2022-06"), read_date("May 3, 2022"), read_date("2022-05-03T10:00")
    ('2022-05-03', '2022-05', '2022', '2022-05-03')
    >>> read_date("2025///"), read_date("c. 1998"), read_date("1998a"), read_date("in press"), read_date(None)
    ('2025', '1998', '1998', None, None)
    """
    if not raw:
        return None
    raw = raw.strip()[:100]
    whole = re.sub(r"^(\d{4})/(\d{1,2})(?!\d)(?:/(\d{1,2})(?!\d))?", r"\1-\2-\3", raw).partition("/")[0].rstrip("-~?% ")
    year = re.search(r"(?<!\d)(?:1[4-9]|20)\d\d(?!\d)", raw)
    return normal.date(whole) or (normal.date(year.group()) if year else None)


_MONTHS = {
    name: f"{number:02d}"
    for number, names in enumerate(
        ["jan", "feb", "mar mär", "apr", "may mai", "jun", "jul", "aug", "sep", "oct okt", "nov", "dec dez"], 1
    )
    for name in names.split()
}
_MONTH = re.compile(r"(?<![^\W\d_])([^\W\d_]{3})[^\W\d_]*")
_DAY = re.compile(r"(?<!\d)(\d{1,2})(?!\d)")


def day_of(year: str | None, month: str | None, day: str | None = None) -> str | None:
    """The day that a year and a month of their own fields make; a month may be a word and have the day beside it.

    >>> day_of("2025", "may"), day_of("2025", "MAY 19"), day_of("2025", "5", "19"), day_of("2025", "12 March")
    ('2025-05', '2025-05-19', '2025-05-19', '2025-03-12')
    >>> day_of("2025", "May-Jun"), day_of("2025", "spring"), day_of("2025-05-19", None), day_of(None, "may")
    ('2025-05', '2025', '2025-05-19', None)
    """
    date = read_date(year)
    if date is None or len(date) > 4 or not month:
        return date
    month = month[:100]
    named = (_MONTHS.get(word.lower()) for word in _MONTH.findall(month))
    number = next(filter(None, named), None)
    digits = _DAY.findall(month)
    if number is None and digits:
        number = digits.pop(0)
    if number is None:
        return date
    stated = _DAY.findall(day or "") or digits
    return normal.date("-".join([date, number, *stated[:1]]))


# Names of languages as biblatex (langid), databases and PubMed (ISO 639-2) write them -> ISO 639-1, as services do.
_LANGUAGES = {
    name: code
    for code, names in {
        "ar": "arabic ara", "ca": "catalan cat", "cs": "czech ces cze", "da": "danish dan",
        "de": "german ngerman deutsch deu ger",
        "el": "greek ell gre",
        "en": "english american british usenglish ukenglish eng", "es": "spanish español spa",
        "fi": "finnish fin", "fr": "french français francais fra fre", "hu": "hungarian magyar hun", "it": "italian italiano ita",
        "ja": "japanese jpn", "ko": "korean kor", "nl": "dutch nld dut", "no": "norwegian norsk nor", "pl": "polish pol",
        "pt": "portuguese brazilian português por", "ro": "romanian ron rum", "ru": "russian rus", "sv": "swedish swe",
        "tr": "turkish tur", "uk": "ukrainian ukr", "zh": "chinese zho chi",
    }.items()
    for name in names.split()
}  # fmt: skip


def language(raw: str | None) -> str | None:
    """The code of a language.

    >>> language("en-US"), language("de"), language("English"), language("ngerman"), language("eng"), language("Elvish")
    ('en', 'de', 'en', 'de', 'en', None)
    """
    said = (raw or "").strip().lower()
    found = re.fullmatch(r"([a-z]{2,3})(?:[-_].*)?", said)
    return _LANGUAGES.get(said) or (_LANGUAGES.get(found[1], found[1]) if found else None)


def resolver(url: str | None) -> str | None:
    """An address that is a DOI: some programs write a DOI in no other field.

    >>> resolver("https://doi.org/10.1234/x"), resolver("https://example.org/doi/10.1234/x/full")
    ('https://doi.org/10.1234/x', None)
    """
    return url if url and re.match(r"\s*https?://(?:dx\.)?doi\.org/10\.", url, re.IGNORECASE) else None


_ARXIV = re.compile(r"(?:arXiv(?: preprint|\.org)?[,:]?\s+)?arXiv:\s*(\S+?)(?:\s*\[[^\]]*\])?", re.IGNORECASE)
_ARXIV_VENUE = re.compile(r"\s*(?:arXiv(?:\.org| e-prints| preprint)?|CoRR)\b", re.IGNORECASE)


def preprint_id(text: str | None) -> str | None:
    """The arXiv id of a text that says nothing else; a remark that mentions one may mean another article.

    >>> preprint_id("arXiv preprint arXiv:1706.03762"), preprint_id("arXiv:1706.03762 [cs]"), preprint_id("see arXiv:1706.03762")
    ('1706.03762', '1706.03762', None)
    """
    found = _ARXIV.fullmatch(text.strip()) if text and len(text) < 200 else None
    return found[1] if found else None


def is_arxiv(venue: str | None) -> bool:
    """Whether a text in the place of a journal means arXiv.

    >>> is_arxiv("arXiv preprint arXiv:1706.03762"), is_arxiv("CoRR"), is_arxiv("Global Policy"), is_arxiv(None)
    (True, True, False, False)
    """
    return venue is not None and _ARXIV_VENUE.match(venue) is not None


def _books(raw: Texts) -> Iterable[str]:
    return [book for text in _all(raw) for book in re.split(r"[\s,;]+(?=97|\d{9})", text)]


def _all(raw: Texts) -> list[str]:
    return raw if isinstance(raw, list) else [raw or ""]


def _venue(entry: Entry) -> Venue | None:
    parts = (
        part for code in _all(entry.issn) for part in re.split(r"[^0-9Xx-]+", code)
    )  # "17585880 (ISSN); 1758-5899"
    venue = Venue(
        name=normal.text(entry.venue),
        issns=tuple(dict.fromkeys(filter(None, map(normal.issn, parts)))),
        type=entry.venue_type,
        publisher=normal.text(entry.publisher),
    )
    return venue if venue.name or venue.issns or venue.publisher else None


def _subjects(keywords: Texts) -> tuple[Subject, ...] | None:
    if keywords is None:
        return None
    if isinstance(keywords, str):
        keywords = keywords.split(next((sign for sign in ";," if sign in keywords), "\n"))  # EndNote: one a line
    return tuple(Subject("keyword", name) for name in dict.fromkeys(filter(None, map(normal.text, keywords))))
