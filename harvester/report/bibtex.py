r"""BibTeX, for LaTeX and reference managers: UTF-8, which LaTeX reads since 2018, with what LaTeX obeys escaped.

Types and fields are those of the standard styles (btxdoc, https://ctan.org/pkg/bibtex) and, beside them, what biblatex and
reference managers read: doi, url, abstract, keywords, langid, issn, isbn, pmid, pmcid, eprint. bibtexparser lays entries out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, TextIO

from harvester.report.citekeys import keys
from harvester.report.works import keyword_list

if TYPE_CHECKING:
    from harvester.normal import Name
    from harvester.report.works import Work

_TYPES = {
    "article": "article", "conference": "inproceedings", "book": "book", "chapter": "incollection", "thesis": "phdthesis",
    "report": "techreport", "dataset": "dataset", "entry": "inreference",
}  # fmt: skip
_PUBLISHERS = {"thesis": "school", "report": "institution"}
_VENUES = {"conference": "booktitle", "chapter": "booktitle", "entry": "booktitle"}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# How babel calls the languages; of others the code is written.
_LANGUAGES = {
    "ar": "arabic", "cs": "czech", "da": "danish", "de": "ngerman", "en": "english", "es": "spanish", "fi": "finnish",
    "fr": "french", "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norsk", "pl": "polish",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish", "uk": "ukrainian",
}  # fmt: skip

# No backslash before a brace: BibTeX counts braces whatever stands before them.
_ESCAPES = str.maketrans({
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    "$": r"\$", "&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_",
})  # fmt: skip


def write_works(works: Sequence[Work], out: TextIO) -> None:
    """An entry a work, in their order."""
    from bibtexparser.library import Library
    from bibtexparser.model import Block, Entry, Field
    from bibtexparser.writer import BibtexFormat, write

    key_of = keys(works)
    entries: list[Block] = [
        Entry(
            _TYPES.get(work.kind, "misc"),
            key_of[work.work],
            [Field(name, value) for name, value in _fields(work) if value],
        )
        for work in works
    ]
    form = BibtexFormat()  # type: ignore[no-untyped-call]
    form.indent, form.block_separator, form.trailing_comma = "  ", "\n", True
    out.write(write(Library(entries), form))


def _fields(work: Work) -> Iterator[tuple[str, str]]:
    yield "author", _braced(" and ".join([*map(_person, work.authors), *(["others"] if work.truncated else [])]))
    yield "title", _braced(_title(work.title or "", work.language))
    yield _VENUES.get(work.kind, "journal"), _text(work.venue)
    yield from zip(("year", "month", "day"), _day(work.date), strict=False)
    yield "volume", _text(work.volume)
    yield "number", _text(work.issue)
    yield "pages", _braced("--".join(escaped(page) for page in (work.first_page, work.last_page) if page))
    yield _PUBLISHERS.get(work.kind, "publisher"), _text(work.publisher)
    if work.kind == "preprint":
        yield "howpublished", _text(", ".join(filter(None, ("Preprint", work.venue))))
    yield "issn", _text(", ".join(work.issns))
    yield "isbn", _text(work.isbn)
    yield "doi", _verbatim(work.doi)
    yield "url", _verbatim(work.url)
    yield "pmid", _text(work.pmid)
    yield "pmcid", _text(work.pmcid)
    if work.arxiv:
        yield "eprint", _verbatim(work.arxiv)
        yield "archiveprefix", "{arXiv}"
    yield "langid", _text(_LANGUAGES.get(work.language or "", work.language))
    yield "keywords", _text(keyword_list(work.keywords))
    yield "note", _text(work.note)
    yield "abstract", _text(work.abstract)


def _text(text: str | None) -> str:
    return _braced(escaped(text or ""))


def _verbatim(text: str | None) -> str:
    """An address or identifier, in which nothing is escaped but what BibTeX itself would trip over."""
    return _text(text) if text and any(sign in text for sign in "\\{}") else _braced(text or "")


def _braced(value: str) -> str:
    return f"{{{value}}}" if value else ""


def escaped(text: str) -> str:
    r"""A text as LaTeX shows it and does nothing else.

    >>> print(escaped(r"{R&D} \input #1 $5 50% a_b ~ -- ``q''"))
    \textbraceleft{}R\&D\textbraceright{} \textbackslash{}input \#1 \$5 50\% a\_b \textasciitilde{} -{}- `{}`q'{}'
    """
    plain = text.translate(_ESCAPES)
    for sign in "-'`":  # two of them are a dash, or a quotation mark
        plain = plain.replace(sign * 2, f"{sign}{{}}{sign}").replace(sign * 2, f"{sign}{{}}{sign}")
    return plain


def _person(name: Name) -> str:
    """A name that no style takes apart wrongly.

    >>> from harvester import normal
    >>> [_person(normal.name(one)) for one in ("Inken von Borzyskowski", "Sammy Sample Jr.", "Plato", "Simon and Schuster")]
    ['von Borzyskowski, Inken', 'Sample, Jr., Sammy', 'Plato', '{Simon and Schuster}']
    """
    if name.is_body:
        return _text(name.family)
    family = " ".join(filter(None, (name.particle, name.family)))
    return escaped(", ".join(filter(None, (family, name.suffix, name.given))))


def _day(date: Sequence[int]) -> Iterator[str]:
    """Year, month (BibTeX's own macro, which a style puts into words) and day."""
    for place, number in enumerate(date):
        yield _MONTHS[number - 1] if place == 1 else _braced(str(number))


def _title(title: str, language: str | None) -> str:
    """A title whose names keep their capitals in styles that write titles in lower case.

    Of a title in which most words begin small, or that is in another language than English, a capital means something. Of
    one in capitals throughout only those inside a word do: NATO, McDonald. The first word of a sentence is left alone.

    >>> _title("What NATO is: Order as seen from Russia since then", "en"), _title("Leaving the Clubs of NATO and McX", "en")
    ('What {NATO} is: Order as seen from {Russia} since then', 'Leaving the Clubs of {NATO} and {McX}')
    >>> _title("Die Größe der Ordnung", "de"), _title("LEAVING THE CLUB", "en")
    ('Die {Größe} der {Ordnung}', 'LEAVING THE CLUB')
    """
    words = title.split(" ")
    small = [word[:1].islower() for word in words[1:] if len(word) > 3 and word[:1].isalpha()]
    telling = (language or "en") != "en" or sum(small) * 2 > len(small)
    loud = title.isupper()
    result = [escaped(words[0]) if loud or not _mixed(words[0]) else f"{{{escaped(words[0])}}}"]
    for before, word in pairwise(words):
        name = not loud and (_mixed(word) or (telling and _capital(word) and before[-1:] not in tuple(":.?!")))
        result.append(f"{{{escaped(word)}}}" if name else escaped(word))
    return " ".join(result)


def _mixed(word: str) -> bool:
    """Whether a word has a capital inside: NATO, McDonald, but not Post-Soviet."""
    return any(sign.isupper() for part in word.replace("/", "-").split("-") for sign in part.lstrip("\"'(«“‘[¿¡")[1:])


def _capital(word: str) -> bool:
    return word.lstrip("\"'(«“‘[¿¡")[:1].isupper()
