"""A stand-in for OpenCitations: the Index (v2) and Meta (v1).

Sources: index_v2.hf, indexapi_v2.py, meta_v1.hf and metaapi.py in github.com/opencitations/api (routes, fields, what an
unknown id is answered with), the documentation of the client opencitations-client (15 ids are an error), recorded replies of
the older COCI. Everything is a text. It learns of a work only weeks after it is out, and knows open reference lists only.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from urllib.parse import unquote

from flask import Blueprint, Response, request

from harvester.sandbox.desk import Desk, Refusal, after, reply
from harvester.sandbox.happenings import Seen
from harvester.sandbox.literature import Person, Work, work_id

MOST_IDS = 14
LAG = 45
"""Days from publication until it is in a release: they come every few months."""

Row = dict[str, str]

_TYPES = {"book-chapter": "book chapter", "preprint": "preprint"}


class Collection:
    """What OpenCitations knows on one day: works with a DOI or PubMed id, and who cites whom among them."""

    def __init__(self, seen: Seen) -> None:
        self.works = [w for w in seen.works if (w.doi or w.pmid) and after(w.published, LAG) <= seen.on]
        self.by_number = {work.number: work for work in self.works}
        self.by_id = {name: work for work in self.works for name in _names(work)}
        self.citing: dict[int, list[Work]] = {number: [] for number in self.by_number}
        for work in self.works:
            for cited in self.cited(work):
                self.citing[cited.number].append(work)

    def cited(self, work: Work) -> list[Work]:
        """The works on an open reference list; one publisher in ten keeps his closed."""
        return [self.by_number[n] for n in work.references if n in self.by_number] if work.number % 10 != 7 else []

    def source_id(self, work: Work) -> str:
        """What a harvester calls a work that is named by so many: its DOI, else its PubMed id."""
        return work.doi or f"pmid:{work.pmid}"


def _omid(kind: str, number: int) -> str:
    return f"omid:{kind}/06{number + 1:05d}"


def _names(work: Work) -> list[str]:
    names = [_omid("br", work.number)]
    names += [f"doi:{work.doi}"] if work.doi else []
    return names + ([f"pmid:{work.pmid}"] if work.pmid else [])


def _ids(work: Work) -> str:
    """Every identifier in one text; OpenAlex's where it was found there."""
    return " ".join(
        [*_names(work), *([f"openalex:{work_id(work.number)}"] if work.openalex and work.number % 3 else [])]
    )


def _date(work: Work) -> str:
    """The day of publication, or only its month or year."""
    day = work.published.isoformat()
    return day[:4] if day.endswith("-01-01") else day[:7] if work.number % 8 == 4 else day


def _citation(citing: Work, cited: Work) -> Row:
    years = citing.published.year - cited.published.year
    shared = {person.number for person in citing.authors} & {person.number for person in cited.authors}
    return {
        "oci": f"06{citing.number + 1:05d}-06{cited.number + 1:05d}",
        "citing": _ids(citing),
        "cited": _ids(cited),
        "creation": _date(citing),
        "timespan": f"P{years}Y",
        "journal_sc": "yes" if citing.venue is not None and citing.venue == cited.venue else "no",
        "author_sc": "yes" if shared else "no",
    }


def _listed(pairs: Sequence[tuple[Work, Work]]) -> list[Row]:
    """A row each; a citation that a second index knows comes twice."""
    rows: list[Row] = []
    for citing, cited in pairs:
        rows += [_citation(citing, cited)] * (2 if citing.number % 19 == 2 else 1)
    return rows


def _metadata(work: Work) -> Row:
    venue = work.venue
    place = (
        f"{venue.name} [issn:{venue.issn_print} issn:{venue.issn_online} {_omid('br', 90_000 + venue.number)}]"
        if venue
        else ""
    )
    return {
        "id": _ids(work),
        "title": work.title,
        "author": "; ".join(map(_author, work.authors)),
        "pub_date": _date(work),
        "issue": work.issue or "",
        "volume": work.volume or "",
        "venue": place,
        "page": f"{work.first_page}-{work.last_page}" if work.first_page else "",
        "type": _TYPES.get(work.type, "journal article"),
        "publisher": f"{venue.publisher} [crossref:0 {_omid('ra', 80_000 + venue.number)}]" if venue else "",
        "editor": "",
    }


def _author(person: Person) -> str:
    orcid = f"orcid:{person.orcid} " if person.orcid else ""
    return f"{person.family}, {person.given} [{orcid}{_omid('ra', person.number)}]"


# --- the endpoints -------------------------------------------------------------------------------------------------

NO_OPERATION = "HTTP status code 404: the operation requested does not exist"


def blueprint(desk: Desk) -> Blueprint:
    """The routes below /opencitations."""
    routes = Blueprint("opencitations", __name__, url_prefix="/opencitations")
    collection_of = functools.lru_cache(maxsize=2)(Collection)

    def now() -> Collection:
        return collection_of(desk.seen("opencitations"))

    @routes.errorhandler(Refusal)
    def refuse(refusal: Refusal) -> Response:
        return refusal.response

    @routes.get("/index/v2/<operation>/<path:name>")
    def index(operation: str, name: str) -> Response:
        known = now()
        work = known.by_id.get(_asked(name, ("doi", "pmid", "omid")))
        citing = [(one, work) for one in known.citing[work.number]] if work else []
        cited = [(work, one) for one in known.cited(work)] if work else []
        if operation in ("citation-count", "reference-count"):
            return reply([{"count": str(len(citing if operation == "citation-count" else cited))}])
        if operation not in ("citations", "references"):
            raise Refusal(404, NO_OPERATION, "text/plain")
        return reply(_listed(citing if operation == "citations" else cited))

    @routes.get("/meta/v1/metadata/<path:names>")
    def metadata(names: str) -> Response:
        known = now()
        asked = [
            _asked(name, ("doi", "pmid", "pmcid", "issn", "isbn", "openalex", "omid")) for name in names.split("__")
        ]
        if len(asked) > MOST_IDS:
            raise Refusal(500, "HTTP status code 500: something unexpected happened", "text/plain")
        found = dict.fromkeys(known.by_id[name].number for name in asked if name in known.by_id)
        return reply([_metadata(known.by_number[number]) for number in sorted(found, reverse=True)])

    return routes


def _asked(name: str, schemes: tuple[str, ...]) -> str:
    """An id as it is kept. A bare one, without the name of its scheme, is no operation."""
    scheme, colon, _ = name.partition(":")
    if scheme not in schemes or not colon or request.query_string:
        raise Refusal(404, NO_OPERATION, "text/plain")
    return unquote(name).lower()
