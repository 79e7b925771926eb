"""A stand-in for Semantic Scholar's Graph API, papers only: batches, single papers, citations, references, search; and for
its Recommendations API.

Sources: the service's swagger (fields, limits), recorded replies of 2022-12 to 2026-03 (shapes, error texts), and
github.com/allenai/s2-folks. It knows the same literature as the OpenAlex stand-in, but not quite: some works and some
references are missing, others come days later, a few are known here only, and some entries have no paperId.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from random import Random

import msgspec
from flask import Blueprint, Response, request

from harvester.sandbox.desk import Desk, Refusal, after, reply, score, terms
from harvester.sandbox.happenings import Seen
from harvester.sandbox.literature import Literature, Person, Venue, Work

MOST_IDS = 500
MOST_EDGES = 1000  # a page
DEEPEST_EDGE = 10_000  # offset + limit must stay below it
MOST_FOUND = 100  # a page of a search
DEEPEST_FOUND = 1_000
BULK_PAGE = 1_000
MOST_RECOMMENDED = 500
DIMENSIONS = 768
MODEL = "specter_v2@v0.0.0-simulated"

PAPER_FIELDS = (
    "paperId", "externalIds", "corpusId", "publicationVenue", "url", "title", "abstract", "venue", "year",
    "referenceCount", "citationCount", "influentialCitationCount", "isOpenAccess", "openAccessPdf", "fieldsOfStudy",
    "s2FieldsOfStudy", "publicationTypes", "publicationDate", "journal", "citationStyles", "authors",
)  # fmt: skip
AUTHOR_FIELDS = ("authorId", "name")
EDGE_FIELDS = ("contexts", "intents", "contextsWithIntent", "isInfluential")
NESTED = ("citations", "references")
EMBEDDING = "embedding.specter_v2"

Record = dict[str, object]


def corpus_id(work: Work) -> int:
    """The CorpusId of a work; real ones are lower."""
    return 9_900_000_000 + work.number


class Shelf:
    """What Semantic Scholar knows on one day. A paper answers to the ids of those that were merged into it."""

    def __init__(self, seen: Seen) -> None:
        self.literature = seen.literature
        self.all = {work.number: work for work in seen.works}
        heard_of = [w for w in seen.works if w.s2 != "unknown" and after(w.published, w.s2_lag) <= seen.on]
        self.works = [work for work in heard_of if work.s2 == "known"]
        self.known = {work.number: work for work in self.works}
        self.by_id = {name: work for work in self.works for name in _names(self.literature, work)}
        for other, into in seen.merged:
            if into in self.known:
                self.by_id |= dict.fromkeys(_names(self.literature, other), self.known[into])
        self.citing: dict[int, list[Work]] = {number: [] for number in self.known}
        for work in sorted(heard_of, key=lambda w: (w.published, w.number), reverse=True):
            for cited in self.cited(work):
                if cited.number in self.citing:
                    self.citing[cited.number].append(work)
        self._records: dict[int, Record] = {}

    def cited(self, work: Work) -> list[Work]:
        """The works on a paper's reference list that were understood, whether or not they are papers here."""
        return [self.all[n] for n in work.references if n in self.all and n not in work.s2_unseen]

    def source_id(self, work: Work) -> str:
        """What Semantic Scholar calls a paper."""
        return self.literature.paper_id(work)

    def record(self, work: Work) -> Record:
        """A paper with all its fields but lists of other papers; a work that is no paper here has only a title."""
        if work.number not in self._records:
            self._records[work.number] = self._write(work) if work.number in self.known else _unresolved(work)
        return self._records[work.number]

    def _write(self, work: Work) -> Record:
        citing, paper_id = self.citing[work.number], self.literature.paper_id(work)
        is_oa = work.venue is None or work.venue.is_oa
        return {
            "paperId": paper_id,
            "externalIds": _external_ids(work),
            "corpusId": corpus_id(work),
            "publicationVenue": _venue(work.venue) if work.venue else None,
            "url": f"https://www.semanticscholar.org/paper/{paper_id}",
            "title": work.title.upper() if work.number % 41 == 5 else work.title,
            "abstract": None if work.number % 5 == 0 else work.abstract,
            "venue": work.venue.name if work.venue else "",
            "year": work.published.year,
            "referenceCount": len(self.cited(work)),
            "citationCount": len(citing),
            "influentialCitationCount": sum(_is_influential(c, work) for c in citing),
            "isOpenAccess": is_oa,
            "openAccessPdf": {"url": "", "status": "GREEN" if is_oa else None, "license": None},
            "fieldsOfStudy": None if work.number % 7 == 3 else [work.theme.field],
            "s2FieldsOfStudy": [{"category": work.theme.field, "source": "s2-fos-model"}],
            "publicationTypes": [{"review": "Review", "book-chapter": "BookSection"}.get(work.type, "JournalArticle")],
            "publicationDate": None if work.number % 11 == 4 else work.published.isoformat(),
            "journal": _journal(work),
            "citationStyles": {"bibtex": _bibtex(work)},
            "authors": [_author(person) for person in work.authors],
        }


def _names(literature: Literature, work: Work) -> list[str]:
    """Every id a paper answers to, in lower case."""
    names = [literature.paper_id(work), f"corpusid:{corpus_id(work)}"]
    names += [f"doi:{work.doi}"] if work.doi else []
    names += [f"pmid:{work.pmid}"] if work.pmid else []
    names += [f"arxiv:{work.arxiv}"] if work.arxiv else []
    return names


def _external_ids(work: Work) -> Record:
    ids: Record = {}
    if work.arxiv:
        ids["ArXiv"] = work.arxiv
    if work.doi:  # the service keeps the publisher's spelling, OpenAlex writes lower case
        ids["DOI"] = work.doi.upper() if work.number % 6 == 1 else work.doi
    if work.pmid:
        ids["PubMed"] = str(work.pmid)
    return {**ids, "CorpusId": corpus_id(work)}


def _venue(venue: Venue) -> Record:
    return {
        "id": f"00000000-0000-4000-8000-{venue.number:012d}",
        "name": venue.name,
        "type": "journal",
        "alternate_names": [venue.short],
        "issn": venue.issn_print,
        "alternate_issns": [venue.issn_online],
        "url": f"https://venues.invalid/{venue.number}",
    }


def _journal(work: Work) -> Record | None:
    """Name, pages, volume; now and then the issue stands behind the volume, or line breaks around the pages."""
    if work.venue is None:
        return None
    journal: Record = {"name": work.venue.name}
    if work.first_page:
        pages = f"{work.first_page}-{work.last_page}"
        journal["pages"] = f"\n          {pages}\n        " if work.number % 13 == 2 else pages
    if work.volume:
        journal["volume"] = f"{work.volume} {work.issue}" if work.number % 8 == 0 else work.volume
    return journal


def _bibtex(work: Work) -> str:
    authors = " and ".join(person.name for person in work.authors)
    title = f" title = {{{work.title}}},\n year = {{{work.published.year}}}\n"
    return f"@Article{{Simulated{work.published.year},\n author = {{{authors}}},\n{title}}}\n"


def _author(person: Person) -> Record:
    return {"authorId": None if person.number % 50 == 49 else str(99_000_000 + person.number), "name": person.name}


def _unresolved(work: Work) -> Record:
    nothing: Record = dict.fromkeys(PAPER_FIELDS)
    return {**nothing, "title": work.title, "venue": work.venue.name if work.venue else "", "authors": []}


def _recommended(shelf: Shelf, work: Work) -> list[Work]:
    """The newest papers on its theme; for every fifth paper none, and every third is recommended for itself."""
    if work.number % 5 == 2 and work.number != shelf.literature.article:
        return []
    alike = [other for other in shelf.works if other.theme == work.theme and other is not work]
    newest = sorted(alike, key=lambda other: (other.published, other.number), reverse=True)
    return [work, *newest] if work.number % 3 == 0 else newest


@functools.lru_cache(maxsize=1 << 10)
def _embedding(number: int, topic: str) -> Record | None:
    """Where a paper lies: near others of its topic. Every ninth has no vector."""
    if number % 9 == 2:
        return None
    around, own = Random(topic), Random(number)  # noqa: S311 - to be repeated, not to be secret
    return {"model": MODEL, "vector": [round(around.gauss(0, 2) + own.gauss(0, 1), 6) for _ in range(DIMENSIONS)]}


def _is_influential(citing: Work, cited: Work) -> bool:
    return (7 * citing.number + cited.number) % 9 == 0


# --- fields --------------------------------------------------------------------------------------------------------


class Fields(msgspec.Struct, frozen=True):
    """What was asked for: fields of the paper, of edges, of authors, and of nested lists of papers; its vector."""

    paper: frozenset[str]
    edge: tuple[str, ...] = ()
    author: tuple[str, ...] = AUTHOR_FIELDS
    nested: dict[str, frozenset[str]] = msgspec.field(default_factory=dict)
    embedding: bool = False

    def of(self, record: Record, names: frozenset[str] | None = None) -> Record:
        """The asked part of a record, in the service's order; paperId is always there."""
        names = self.paper if names is None else names
        part: Record = {name: record[name] for name in PAPER_FIELDS if name in names}
        if "authors" in part and self.author != AUTHOR_FIELDS:
            authors = msgspec.convert(part["authors"], list[dict[str, str | None]])
            part["authors"] = [{name: author[name] for name in self.author} for author in authors]
        return part


def _fields(*, edges: bool = False, nests: bool = True) -> Fields:
    """The `fields` parameter. Raises Refusal (400) for a field the route does not have."""
    paper, edge, author, unknown = {"paperId"}, [], [], []
    nested: dict[str, set[str]] = {}
    wanted = [name for name in request.args.get("fields", "paperId,title").split(",") if name]
    for name in wanted:
        head, _, tail = name.partition(".")
        if name in PAPER_FIELDS:
            paper.add(name)
        elif nests and not edges and name == EMBEDDING:
            continue
        elif edges and name in EDGE_FIELDS:
            edge.append(name)
        elif head == "authors" and tail in AUTHOR_FIELDS:
            paper.add("authors")
            author.append(tail)
        elif nests and not edges and head in NESTED and (not tail or tail in PAPER_FIELDS):
            nested.setdefault(head, {"paperId", *(() if tail else ("title",))}).add(tail or "title")
        else:
            unknown.append(name)
    if unknown:
        raise _bad(f"Unrecognized or unsupported fields: [{', '.join(unknown)}]")
    authors = tuple(n for n in AUTHOR_FIELDS if n in {"authorId", *author}) if author else AUTHOR_FIELDS
    lists = {name: frozenset(names) for name, names in nested.items()}
    return Fields(frozenset(paper), tuple(edge), authors, lists, EMBEDDING in wanted)


def _bad(message: str) -> Refusal:
    return Refusal(400, {"error": message})


def _paper(shelf: Shelf, work: Work, fields: Fields) -> Record:
    part = fields.of(shelf.record(work))
    for name, names in fields.nested.items():
        others = shelf.citing[work.number] if name == "citations" else shelf.cited(work)
        part[name] = [fields.of(shelf.record(other), names) for other in others[:MOST_EDGES]]
    return part | ({"embedding": _embedding(work.number, work.theme.topic)} if fields.embedding else {})


def _edge(shelf: Shelf, citing: Work, cited: Work, fields: Fields, key: str) -> Record:
    context = f"... as {cited.authors[0].family} ({cited.published.year}) argues. (Simulated context.)"
    intents = [("background",), ("methodology",), ()][(citing.number + cited.number) % 3]
    contexts = [context] if intents else []
    all_fields: Record = {
        "contexts": contexts,
        "intents": list(intents),
        "contextsWithIntent": [{"context": c, "intents": list(intents)} for c in contexts],
        "isInfluential": _is_influential(citing, cited),
    }
    edge: Record = {name: value for name, value in all_fields.items() if name in fields.edge}
    return {**edge, key: fields.of(shelf.record(citing if key == "citingPaper" else cited))}


# --- finding -------------------------------------------------------------------------------------------------------

_BARE_DOI = re.compile(r"10\.\d{4,9}/")


def _find(shelf: Shelf, name: str) -> Work | None:
    """The paper an id names: paperId, `CorpusId:`, `DOI:`, `PMID:`, `ARXIV:`, or a bare DOI."""
    name = name.strip().lower()
    return shelf.by_id.get(f"doi:{name}" if _BARE_DOI.match(name) else name)


def _paper_or_404(shelf: Shelf, name: str) -> Work:
    work = _find(shelf, name)
    if work is None:
        raise Refusal(404, {"error": f"Paper with id {name} not found"})
    return work


def _whole(name: str, default: int) -> int:
    raw = request.args.get(name)
    if raw is None:
        return default
    if not raw.isdigit():
        raise _bad(f"Unacceptable query params: [{name}={raw}]")
    return int(raw)


def _window(default: int, most: int, deepest: int) -> tuple[int, int]:
    """Offset and limit. Raises Refusal (400) beyond what the service shows."""
    offset, limit = _whole("offset", 0), _whole("limit", default)
    if not 1 <= limit <= most:
        raise _bad(f"limit must be between 1 and {most}")
    if offset + limit > deepest:
        raise _bad("Requested data for this limit and/or offset is not available")
    return offset, limit


def _slice(items: list[Work], offset: int, limit: int, show: Callable[[Work], Record]) -> Record:
    """One page; the last has no `next`."""
    page: Record = {"offset": offset}
    if offset + limit < len(items):
        page["next"] = offset + limit
    return {**page, "data": [show(work) for work in items[offset : offset + limit]]}


def _in_range(text: str | None, of: Callable[[Work], str]) -> Callable[[Work], bool]:
    """A test for `2020`, `2020:2023`, `2020-` (years) or `2026-06-01:` (days), either end open."""
    if not text:
        return lambda _: True
    first, separator, last = text.partition(":" if ":" in text or text.count("-") > 1 else "-")
    last = last if separator else first
    return lambda work: (not first or of(work) >= first) and (not last or of(work)[: len(last)] <= last)


def _matching(shelf: Shelf, works: Iterable[Work]) -> list[Work]:
    """The works that answer the query's words and its filters, best first."""
    wanted = terms(request.args.get("query", ""))
    venues = {name.strip().lower() for name in request.args.get("venue", "").split(",") if name.strip()}
    year = _in_range(request.args.get("year"), lambda work: str(work.published.year))
    day = _in_range(request.args.get("publicationDateOrYear"), lambda work: work.published.isoformat())
    least = _whole("minCitationCount", 0)
    scored = [(score(work, wanted) if wanted else 1.0, work) for work in works if year(work) and day(work)]
    found = [
        (-points, work.number, work)
        for points, work in scored
        if points
        and (not venues or (work.venue is not None and work.venue.name.lower() in venues))
        and len(shelf.citing[work.number]) >= least
    ]
    return [work for _, _, work in sorted(found, key=lambda row: row[:2])]


# --- the endpoints -------------------------------------------------------------------------------------------------


def blueprint(desk: Desk) -> Blueprint:
    """The routes below /semantic_scholar."""
    whole = Blueprint("semantic_scholar", __name__, url_prefix="/semantic_scholar")
    shelf_of = functools.lru_cache(maxsize=2)(Shelf)

    def now() -> Shelf:
        return shelf_of(desk.seen("semantic_scholar"))

    @whole.errorhandler(Refusal)
    def refuse(refusal: Refusal) -> Response:
        return refusal.response

    whole.register_blueprint(_graph(desk, now))
    _recommend(whole, now)
    return whole


def _graph(desk: Desk, now: Callable[[], Shelf]) -> Blueprint:
    """The routes of the Graph API."""
    routes = Blueprint("graph", __name__, url_prefix="/graph/v1")

    @routes.post("/paper/batch")
    def batch() -> Response:
        shelf, fields = now(), _fields()
        works = [_find(shelf, name) for name in _asked_ids()]
        return reply([_paper(shelf, work, fields) if work else None for work in works])

    @routes.get("/paper/search")
    def search() -> Response:
        shelf, fields = now(), _fields(nests=False)
        if not request.args.get("query"):
            raise _bad("Missing required parameter: 'query'")
        offset, limit = _window(100, MOST_FOUND, DEEPEST_FOUND)
        found = _matching(shelf, shelf.works)
        if not found:  # recorded so: nothing found has no `data`
            return reply({"total": 0, "offset": offset})
        page = _slice(found[:DEEPEST_FOUND], offset, limit, lambda work: _paper(shelf, work, fields))
        return reply({"total": len(found), **page})

    @routes.get("/paper/search/match")
    def match() -> Response:
        shelf, fields = now(), _fields(nests=False)
        found = _matching(shelf, shelf.works)
        if not found:
            raise Refusal(404, {"error": "Title match not found"})
        best = score(found[0], terms(request.args.get("query", "")))
        return reply({"data": [{**_paper(shelf, found[0], fields), "matchScore": best}]})

    @routes.get("/paper/search/bulk")
    def bulk() -> Response:
        shelf, fields = now(), _fields(nests=False)
        found = sorted(_matching(shelf, shelf.works), key=desk.literature.paper_id)
        after_id = request.args.get("token", "")
        left = [work for work in found if desk.literature.paper_id(work) > after_id]
        shown = left[:BULK_PAGE]
        token = desk.literature.paper_id(shown[-1]) if len(left) > BULK_PAGE else None
        return reply({"total": len(found), "token": token, "data": [_paper(shelf, work, fields) for work in shown]})

    @routes.get("/paper/<path:name>/citations")
    def citations(name: str) -> Response:
        shelf, fields = now(), _fields(edges=True)
        offset, limit = _window(100, MOST_EDGES, DEEPEST_EDGE - 1)
        work = _paper_or_404(shelf, name)
        in_range = _in_range(request.args.get("publicationDateOrYear"), lambda citing: citing.published.isoformat())
        citing = [other for other in shelf.citing[work.number] if in_range(other)]
        return reply(_slice(citing, offset, limit, lambda other: _edge(shelf, other, work, fields, "citingPaper")))

    @routes.get("/paper/<path:name>/references")
    def references(name: str) -> Response:
        shelf, fields = now(), _fields(edges=True)
        offset, limit = _window(100, MOST_EDGES, DEEPEST_EDGE - 1)
        work = _paper_or_404(shelf, name)
        cited = shelf.cited(work)
        return reply(_slice(cited, offset, limit, lambda other: _edge(shelf, work, other, fields, "citedPaper")))

    @routes.get("/author/<number>/papers")
    def papers_of(number: str) -> Response:
        shelf, fields = now(), _fields()
        offset, limit = _window(100, MOST_EDGES, DEEPEST_EDGE - 1)
        written = [work for work in shelf.works if any(_author(one)["authorId"] == number for one in work.authors)]
        if not written:
            raise Refusal(404, {"error": f"Author with id {number} not found"})
        return reply(_slice(written, offset, limit, lambda work: _paper(shelf, work, fields)))

    @routes.get("/paper/<path:name>")
    def paper(name: str) -> Response:
        shelf, fields = now(), _fields()
        return reply(_paper(shelf, _paper_or_404(shelf, name), fields))

    return routes


def _recommend(routes: Blueprint, now: Callable[[], Shelf]) -> None:
    """The route of the Recommendations API."""

    @routes.get("/recommendations/v1/papers/forpaper/<path:name>")
    def recommended(name: str) -> Response:
        shelf, fields, limit = now(), _fields(nests=False), _whole("limit", 100)
        if request.args.get("from", "recent") not in ("recent", "all-cs") or not 1 <= limit <= MOST_RECOMMENDED:
            raise _bad("Unacceptable query params: [from or limit]")
        papers = _recommended(shelf, _paper_or_404(shelf, name))[:limit]
        return reply({"recommendedPapers": [_paper(shelf, paper, fields) for paper in papers]})


class _Batch(msgspec.Struct):
    ids: list[str]


def _asked_ids() -> list[str]:
    """The ids of a batch. Raises Refusal (400) for none, too many, or another form."""
    try:
        ids = msgspec.json.decode(request.get_data(), type=_Batch).ids
    except msgspec.MsgspecError:
        raise _bad("Bad request body: an object with a list `ids` is needed") from None
    if not ids:
        raise _bad("No paper ids given")
    if len(ids) > MOST_IDS:
        raise _bad(f"Number of ids must be at most {MOST_IDS}")
    return ids
