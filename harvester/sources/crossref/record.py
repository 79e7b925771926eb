"""One raw Crossref work -> one Record.

Crossref passes on what publishers deposit, so the fields are theirs: titles in lists, with markup and newlines; dates as
exact as they felt; groups among the authors. What it says of journals rather than of the article (`subject`) is not read.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence

from harvester import normal
from harvester.errors import ParseError
from harvester.records import (
    RELATIONS,
    Author,
    Funding,
    Identifier,
    Institution,
    Record,
    Relation,
    Venue,
    identifiers_of,
)
from harvester.sources import documents, tolerant
from harvester.sources.crossref import wire

NAME = "crossref"

# https://api.crossref.org/types -> the words OpenAlex uses (its work object's `type`): what only names a container is
# "paratext" there, and every part of a book a chapter.
_TYPES = {
    "journal-article": "article", "proceedings-article": "article", "posted-content": "preprint",
    "monograph": "book", "edited-book": "book", "reference-book": "book",
    "book-part": "book-chapter", "book-section": "book-chapter", "book-track": "book-chapter",
    "report-component": "report", "component": "supplementary-materials", "database": "dataset",
    "journal": "paratext", "journal-issue": "paratext", "journal-volume": "paratext", "proceedings": "paratext",
    "proceedings-series": "paratext", "book-series": "paratext", "book-set": "paratext", "report-series": "paratext",
    "standard-series": "paratext",
    "article-journal": "article", "paper-conference": "article", "chapter": "book-chapter",  # its answers in CSL
}  # fmt: skip
_POSTED = {"report": "report", "dissertation": "dissertation", "letter": "letter", "other": "other"}
"""`subtype` of posted content, where it is no preprint or working paper."""

_BOOKS = frozenset(("book", "monograph", "edited-book", "reference-book"))
"""What an ISBN is a name of: a chapter's is its book's."""

_VENUES = {"journal-article": "journal", "proceedings-article": "conference", "posted-content": "repository"}

_JUNK = frozenset(("null", "none", "nan", "n/a"))
"""What programs write where there is nothing (a volume "null" is real)."""


def parse(body: bytes) -> Record:
    """The record of one raw work. Raises ParseError where `body` is not JSON, no object, or has no DOI.

    The date is the earliest on which it was out, print or online, as Crossref's own `issued` is. `as_of` is the day of
    `indexed`, for dumps: a count that changes is indexed anew (in recorded replies one `indexed` never has two counts).
    `is_retracted` is True or unknown, never False: that Crossref has no notice is no denial.
    """
    work, drift = tolerant.decode(body, wire.Work)
    doi = normal.doi(work.doi)
    if doi is None:
        raise ParseError(f"no DOI: {str(work.doi)[:80]!r}")
    day = _date(work)
    abstract = normal.abstract(work.abstract)
    first_page, last_page = normal.pages(_word(work.page))
    relations = _relations(work, doi)
    return Record(
        source=NAME,
        source_id=doi,
        identifiers=_identifiers(work, doi),
        title=_title(work),
        abstract=abstract,
        abstract_status="present" if abstract else "absent" if work.indexed and work.type else None,
        year=normal.year(day[:4]) if day else None,
        date=day,
        type=_type(work),
        language=_plain(work.language),
        venue=_venue(work),
        volume=_plain(work.volume),
        issue=_plain(work.issue) or (_plain(work.journal_issue.issue) if work.journal_issue else None),
        first_page=first_page or _plain(work.article_number),
        last_page=last_page,
        authors=_authors(work.author),
        references=_references(work, doi),
        cited_by_count=_count(work.is_referenced_by_count),
        license=_license(work.license),
        url=documents.web(work.url),
        is_retracted=True if any(one.kind == "retracted_by" for one in relations or ()) else None,
        relations=relations,
        funding=_funding(work.funder),
        as_of=_whole_day(work.indexed),
        drift=drift,
    )


# --- texts and small values ----------------------------------------------------------------------------------------


def _word(raw: wire.Word) -> str | None:
    return None if raw is None else f"{raw:.15g}" if isinstance(raw, float) else str(raw)


def _plain(raw: wire.Word) -> str | None:
    """A short text as it stands, except what only says that there is none."""
    clean = normal.text(_word(raw))
    return None if clean is None or clean.lower() in _JUNK else clean


def _count(raw: wire.Count) -> int | None:
    return normal.count(raw.value if isinstance(raw, wire.Long) else raw)


def _texts(raw: wire.Words) -> Iterator[str]:
    for each in (raw,) if isinstance(raw, str) else raw or ():
        if clean := normal.text(each):
            yield clean


def _title(work: wire.Work) -> str | None:
    """The first title that says something, else the original one; with the subtitle, which Crossref keeps apart.

    A second title is another wording or another language of the first.
    """
    title = next(_texts(work.title), None) or next(_texts(work.original_title), None)
    subtitle = next(_texts(work.subtitle), None)
    if title is None or subtitle is None:
        return title or subtitle
    return title if _said(subtitle, title) else f"{title}{' ' if title[-1] in '?!:.…–—' else ': '}{subtitle}"


def _said(subtitle: str, title: str) -> bool:
    """Whether the subtitle stands in the title already, however it is set."""
    return f" {normal.title_key(subtitle) or ''} " in f" {normal.title_key(title) or ''} "


def _moment(raw: wire.Moment | None) -> str | None:
    """An ISO day, cut to what is known.

    >>> _moment(wire.Moment([[2011, 5, 3]])), _moment(wire.Moment([[2011, 5]])), _moment(wire.Moment([["2011"]]))
    ('2011-05-03', '2011-05', '2011')
    >>> _moment(wire.Moment([[None]])), _moment(wire.Moment([[]])), _moment(wire.Moment([])), _moment(None)
    (None, None, None, None)
    """
    parts = raw.date_parts[0] if raw and raw.date_parts else None
    known = [str(part) for part in parts or () if part is not None]
    return normal.date("-".join(known)) or normal.date(known[0] if known else None)


def _whole_day(raw: wire.Moment | None) -> str | None:
    day = _moment(raw)
    return day if day and len(day) == 10 else None


def _date(work: wire.Work) -> str | None:
    """The earliest day of publication; of two that agree as far as both go, the more exact one.

    What was never printed or put online has the day it was posted, made or approved. The day of the deposit (`created`)
    is none of the article's: whole backlists were deposited on one.
    """
    published = (work.issued, work.published, work.published_online, work.published_print, work.published_other)
    for moments in (published, (work.posted,), (work.content_created, work.approved)):
        if days := [day for day in map(_moment, moments) if day]:
            earliest = min(days)
            while finer := [day for day in days if day.startswith(earliest) and day != earliest]:
                earliest = min(finer)
            return earliest
    return None


def _type(work: wire.Work) -> str | None:
    clean = _plain(work.type)
    if clean == "posted-content":
        return _POSTED.get((work.subtype or "").lower(), "preprint")
    return _TYPES.get(clean, clean) if clean else None


def _license(raw: Sequence[wire.License | None] | None) -> str | None:
    """The terms of the version of record: open ones before the publisher's own.

    Terms of the accepted manuscript are not the article's, and those for text mining only count where they are open:
    then they are everybody's.
    """
    stated = [(one.content_version, normal.license(one.url)) for one in raw or () if one]
    of_record = [words for version, words in stated if words and version not in ("am", "stm-asf")]
    if open_terms := next((words for words in of_record if words != "publisher-specific"), None):
        return open_terms
    own = any(words for version, words in stated if version in ("vor", "unspecified", None))
    return "publisher-specific" if own else None


# --- identifiers and references ------------------------------------------------------------------------------------


def _identifiers(work: wire.Work, doi: str) -> tuple[Identifier, ...]:
    """Its DOI first; then those that lead to it (`aliases`), and a book's ISBN."""
    books = ((work.isbn,) if isinstance(work.isbn, str) else work.isbn or ()) if work.type in _BOOKS else ()
    return identifiers_of(
        [
            ("doi", doi),
            *(("doi", normal.doi(alias)) for alias in work.aliases or ()),
            *(("isbn", normal.isbn(book)) for book in books),
        ]
    )


def _references(work: wire.Work, own: str) -> tuple[str, ...] | None:
    """The DOIs of the reference list, each once, without the work itself.

    A DOI with a blank in it was broken by whoever typed it ("10.1126/science. 1109070"): it is nobody's. A count without
    a list is a list that is not open.
    """
    if work.reference is None:
        counted = (_count(work.reference_count), _count(work.references_count))
        return () if 0 in counted and not any(counted) else None
    found = dict.fromkeys(doi for each in work.reference if each and (doi := _cited(each.doi)))
    found.pop(own, None)
    return tuple(found)


def _cited(raw: str | None) -> str | None:
    if raw is None or any(letter.isspace() for letter in raw.strip()):
        return None
    return normal.doi(raw)


# --- venue, authors, funding ---------------------------------------------------------------------------------------


def _venue(work: wire.Work) -> Venue | None:
    """Where it appeared: of two containers (series and book, in either order) the first; a preprint's is its server."""
    institutions = work.institution if isinstance(work.institution, list) else [work.institution]
    hosts = (each.name for each in institutions if each) if work.type == "posted-content" else ()
    names = (*_texts(work.container_title), *filter(None, map(normal.text, hosts)))
    codes = [*((work.issn,) if isinstance(work.issn, str) else work.issn or ())]
    codes += [each.value for each in work.issn_type or () if each]
    venue = Venue(
        name=names[0] if names else None,
        issns=tuple(dict.fromkeys(filter(None, map(_issn, codes)))),
        type=_VENUES.get(work.type or ""),
        publisher=_name(work.publisher),
    )
    return venue if venue.name or venue.issns or venue.publisher else None


def _issn(raw: str | None) -> str | None:
    """
    >>> _issn("1758-5880"), _issn("http://id.crossref.org/issn/17585899"), _issn("0000-0141"), _issn("9789-6714")
    ('1758-5880', '1758-5899', None, None)
    """
    return normal.issn(raw.rpartition("/")[2]) if raw else None


_SHORT = 300
_known = functools.lru_cache(8192)(normal.text)


def _name(raw: str | None) -> str | None:
    """The clean text of a name that is likely to come again; a long one is not remembered."""
    return _known(raw) if raw and len(raw) <= _SHORT else normal.text(raw)


def _authors(raw: Sequence[wire.Person | None] | None) -> tuple[Author, ...] | None:
    """The authors in their order; one who is entered twice with all the same words is one."""
    if raw is None:
        return None
    return tuple(dict.fromkeys(author for each in raw if each and (author := _author(each))))


def _author(person: wire.Person) -> Author | None:
    """A person or a group; None for an entry that names nobody.

    Suffixes ("Jr.", "Ph.D") are left out: whoever compares names would take them for the surname. An affiliation is
    what was printed; only one with a ROR id is known to be an institution.
    """
    parts = (normal.text(person.given), normal.text(person.family))
    name = " ".join(filter(None, parts)) or normal.text(person.name) or normal.text(person.literal)
    if not name:
        return None
    printed = [(_name(each.name), _ror(each.id)) for each in person.affiliation or () if each]
    return Author(
        name=name,
        orcid=normal.orcid(person.orcid),
        institutions=tuple(dict.fromkeys(Institution(where, ror) for where, ror in printed if ror)),
        raw_affiliation="; ".join(dict.fromkeys(where for where, _ in printed if where)) or None,
    )


def _ror(ids: Iterable[wire.Identified | None] | None) -> str | None:
    """The first ROR id among the names of something; whether it is one shows by its form."""
    return next((ror for each in ids or () if each and (ror := normal.ror(each.id))), None)


def _funding(raw: Sequence[wire.Funder | None] | None) -> tuple[Funding, ...] | None:
    """Who paid, each funder once with all its awards: the id is the Funder Registry's DOI, else ROR."""
    if raw is None:
        return None
    found: dict[tuple[str, str | None], dict[str, None]] = {}
    for each in raw:
        if each is None:
            continue
        ids = [normal.doi(one.id) for one in each.id or () if one]
        own = normal.doi(each.doi) or next(filter(None, ids), None) or _ror(each.id)
        if name := _name(each.name) or own:
            awards = (award for award in map(_plain, each.award or ()) if award)
            found.setdefault((name, own), {}).update(dict.fromkeys(awards))
    return tuple(Funding(name, own, tuple(awards)) for (name, own), awards in found.items())


# --- relations -----------------------------------------------------------------------------------------------------

# https://www.crossref.org/documentation/schema-library/markup-guide-metadata-segments/relationships/: those that make works
# one family. What a work comments on, translates or is part of is another article.
_RELATED = {
    "is-preprint-of": "preprint_of", "has-preprint": "has_preprint",
    "is-manuscript-of": "accepted_of", "has-manuscript": "has_accepted",
    "is-review-of": "review_of", "has-review": "has_review",
    "is-version-of": "version_of", "has-version": "has_version",
    "is-variant-form-of": "version_of", "is-original-form-of": "has_version",
    "is-identical-to": "version_of", "is-same-as": "version_of",
    "is-format-of": "version_of", "has-format": "has_version",
    "is-manifestation-of": "version_of", "has-manifestation": "has_version",
    "is-expression-of": "version_of", "has-expression": "has_version",
    "is-replaced-by": "version_of", "replaces": "has_version",
}  # fmt: skip

# Crossmark's kinds of update -> what the notice is of the article. A withdrawal or removal takes the article back as a
# retraction does (publishers use the words for articles in press, and for what is taken down); after a partial retraction
# it stands, corrected.
_NOTICES = {
    "retraction": "retraction_of", "withdrawal": "retraction_of", "removal": "retraction_of",
    "expression_of_concern": "concern_of",
    "correction": "correction_of", "corrigendum": "correction_of", "erratum": "correction_of", "err": "correction_of",
    "addendum": "correction_of", "clarification": "correction_of", "partial_retraction": "correction_of",
    "new_version": "version_of", "new_edition": "version_of",
}  # fmt: skip

_SCHEMES = {"doi": normal.doi, "isbn": normal.isbn, "pmid": normal.pmid, "pmcid": normal.pmcid, "arxiv": normal.arxiv}


def _relations(work: wire.Work, own: str) -> tuple[Relation, ...] | None:
    """What else this article is related to, each fact once; None where nothing of the kind is stated.

    `update-to` stands on a notice, `updated-by` on the article. A notice under the article's own DOI says of the article
    that it was taken back, whichever of the two it stands under.
    """
    if work.relation is None and work.update_to is None and work.updated_by is None:
        return None
    found: dict[Relation, None] = {}
    for name, entries in (work.relation or {}).items():
        kind = _RELATED.get(name.lower().replace("_", "-"))
        for entry in (entries if isinstance(entries, list) else (entries,)) if kind else ():
            other = _other(entry)
            if kind and other and other.value != own:
                found[Relation(kind, other)] = None
    for updates, by in ((work.update_to, False), (work.updated_by, True)):
        for update in updates or ():
            if relation := _notice(update, own, by=by):
                found[relation] = None
    return tuple(found)


def _other(entry: wire.Identified | None) -> Identifier | None:
    scheme = (entry.id_type or "").lower() if entry else ""
    spell = _SCHEMES.get(scheme)
    value = spell(entry.id) if entry and spell else None
    return Identifier(scheme, value) if value else None


def _notice(update: wire.Update | None, own: str, *, by: bool) -> Relation | None:
    """`by`: the update stands on the article and names its notice. Until 2025 all notices were the publishers'."""
    doi = normal.doi(update.doi) if update else None
    kind = _NOTICES.get((update.type or "").strip().lower().replace("-", "_").replace(" ", "_")) if update else None
    if update is None or doi is None or kind is None:
        return None
    kind = RELATIONS[kind] if by or doi == own else kind
    origin = (normal.text(update.source) or "publisher").lower()
    return Relation(kind, Identifier("doi", doi), origin, _moment(update.updated))
