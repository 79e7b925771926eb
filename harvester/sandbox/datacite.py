"""A stand-in for DataCite's REST API: one DOI, lists of DOIs, the works of a person or an institution.

Source: the server's own code, github.com/datacite/lupo (datacite_dois_controller, datacite_doi_serializer, paginatable), and
replies quoted in its clients. It holds what Crossref's stand-in does not: the DOI that arXiv gives each preprint, and data
deposited at Zenodo by the authors of some articles.
"""

from __future__ import annotations

import base64
import functools
import re
from datetime import date

import msgspec
from flask import Blueprint, Response, request

from harvester.sandbox.desk import Desk, Refusal, after, reply
from harvester.sandbox.happenings import Seen
from harvester.sandbox.literature import Person, Work

PAGE = 25
MOST_ON_A_PAGE = 1_000
DEPOSIT_LAG = 3  # days after the article

Record = dict[str, object]


class Deposit(msgspec.Struct, frozen=True):
    """What a DOI was registered for: a preprint of the literature, or the data of one of its articles."""

    doi: str
    work: Work
    on: date
    is_data: bool


class Registry:
    """What DataCite knows on one day.

    A preprint is cited by the works that refer to it; data by the article they belong to and a fourth of those that cite it.
    """

    def __init__(self, seen: Seen) -> None:
        self.all = {work.number: work for work in seen.works}
        self.published = [work for work in seen.works if work.published <= seen.on]
        self.citing: dict[int, list[Work]] = {}
        for work in self.published:
            for number in work.references:
                self.citing.setdefault(number, []).append(work)
        self.articles = {work.title: work for work in self.published if work.type != "preprint" and work.doi}
        held = [one for work in seen.works if (one := _deposit(work)) and one.on <= seen.on]
        self.deposits = sorted(held, key=lambda one: (one.on, one.doi))
        self.by_doi = {one.doi: one for one in self.deposits}

    def citations(self, one: Deposit) -> list[str]:
        """The DOIs of the works that cite it."""
        citing = self.citing.get(one.work.number, [])
        if one.is_data:
            citing = [one.work, *(work for work in citing if work.number % 4 == 0)]
        return [work.doi for work in citing if work.doi]

    def references(self, one: Deposit) -> list[str]:
        """The DOIs it refers to, as the depositor stated them."""
        works = [] if one.is_data else [self.all[n] for n in one.work.references if n in self.all]
        return [work.doi for work in works if work.doi]

    def record(self, one: Deposit, *, detail: bool, affiliation: bool) -> Record:
        """A DOI as the service writes it; `detail` adds what costs it more."""
        work, citations, references = one.work, self.citations(one), self.references(one)
        years: dict[str, int] = {}
        for citing in self.published:
            if citing.doi in citations:
                years[str(citing.published.year)] = years.get(str(citing.published.year), 0) + 1
        more: Record = {"citationsOverTime": [{"year": year, "total": years[year]} for year in sorted(years)]}
        lists = {"references": _many(references), "citations": _many(citations)}
        general = "Dataset" if one.is_data else "Preprint"
        attributes: Record = {
            "doi": one.doi,
            "identifiers": [] if one.is_data else [{"identifier": work.arxiv, "identifierType": "arXiv"}],
            "creators": [_creator(person, affiliation=affiliation) for person in work.authors],
            "titles": _titles(one),
            "publisher": "Zenodo" if one.is_data else "arXiv",
            "container": {},
            "publicationYear": one.on.year,
            "subjects": [{"subject": work.theme.field}, {"subject": "FOS: Political science", "subjectScheme": "FOS"}],
            "contributors": [],
            "dates": _dates(one),
            "language": "en" if one.is_data else None,
            "types": {"resourceTypeGeneral": general, "resourceType": "" if one.is_data else "Article", "ris": "GEN"},
            "relatedIdentifiers": self._related(one),
            "sizes": [],
            "formats": [],
            "version": "v1" if one.is_data else "1",
            "rightsList": [_RIGHTS[one.is_data]],
            "descriptions": [{"description": work.abstract, "descriptionType": "Abstract"}] if work.abstract else [],
            "fundingReferences": [_FUNDER] if work.number % 2 else [],
            "url": f"https://zenodo.invalid/{one.doi}" if one.is_data else f"https://arxiv.invalid/abs/{work.arxiv}",
            "state": "findable",
            "viewCount": 0,
            "referenceCount": len(references),
            "citationCount": len(citations),
            "created": f"{one.on}T12:00:00Z",
            "updated": f"{one.on}T12:00:00Z",
            **(more if detail else {}),
        }
        client = "cern.zenodo" if one.is_data else "arxiv.content"
        relationships = {"client": {"data": {"id": client, "type": "clients"}}, **(lists if detail else {})}
        return {"id": one.doi, "type": "dois", "attributes": attributes, "relationships": relationships}

    def _related(self, one: Deposit) -> list[Record]:
        if one.is_data:
            return [_relation("IsSupplementTo", one.work.doi)]
        article = self.articles.get(one.work.title)
        versions = [_relation("IsVersionOf", article.doi)] if article and article.doi else []
        return [*versions, *(_relation("References", doi) for doi in self.references(one))]


_RIGHTS = {
    True: {
        "rights": "Creative Commons Zero v1.0 Universal",
        "rightsUri": "https://creativecommons.org/publicdomain/zero/1.0/",
    },
    False: {"rights": "Creative Commons Attribution 4.0", "rightsUri": "http://creativecommons.org/licenses/by/4.0/"},
}
_FUNDER = {
    "funderName": "Simulated Research Council", "funderIdentifier": "https://doi.org/10.13039/999999999999",
    "funderIdentifierType": "Crossref Funder ID", "awardNumber": "SIM-1",
}  # fmt: skip


def _deposit(work: Work) -> Deposit | None:
    if work.arxiv:
        return Deposit(f"10.48550/arxiv.{work.arxiv}", work, work.published, is_data=False)
    if work.number % 25 == 3 and work.doi:
        return Deposit(
            f"10.5281/zenodo.{990000000 + work.number}", work, after(work.published, DEPOSIT_LAG), is_data=True
        )
    return None


def _titles(one: Deposit) -> list[Record]:
    if not one.is_data:
        return [{"title": one.work.title}]
    return [{"title": "Replication data", "titleType": None}, {"title": one.work.title, "titleType": "Subtitle"}]


def _dates(one: Deposit) -> list[Record]:
    if one.is_data:
        return [{"date": one.on.isoformat(), "dateType": "Issued"}]
    return [
        {"date": f"{one.on}T12:00:00Z", "dateType": "Submitted", "dateInformation": "v1"},
        {"date": one.on.isoformat()[:7], "dateType": "Available", "dateInformation": "v1"},
        {"date": str(one.on.year), "dateType": "Issued"},
    ]


def _creator(person: Person, *, affiliation: bool) -> Record:
    place = person.place
    plain: list[object] = [place.name] if place else []
    full: list[object] = (
        [
            {
                "name": place.name,
                "affiliationIdentifier": f"https://ror.org/{place.ror}",
                "affiliationIdentifierScheme": "ROR",
            }
        ]
        if place
        else []
    )
    orcid = {"nameIdentifier": f"https://orcid.org/{person.orcid}", "nameIdentifierScheme": "ORCID"}
    return {
        "name": f"{person.family}, {person.given}",
        "nameType": "Personal",
        "givenName": person.given,
        "familyName": person.family,
        "affiliation": full if affiliation else plain,
        "nameIdentifiers": [orcid] if person.orcid else [],
    }


def _relation(kind: str, doi: str | None) -> Record:
    return {"relationType": kind, "relatedIdentifier": doi, "relatedIdentifierType": "DOI"}


def _many(dois: list[str]) -> Record:
    return {"data": [{"id": doi, "type": "dois"} for doi in dois]}


# --- the endpoints -------------------------------------------------------------------------------------------------

NO_SUCH_DOI = {"errors": [{"status": "404", "title": "The resource you are looking for doesn't exist."}]}
_QUOTED = re.compile(r'"([^"]*)"')
_SINCE = re.compile(r"publicationYear:\[(\d{4}) TO \*\]")


def blueprint(desk: Desk) -> Blueprint:
    """The routes below /datacite."""
    routes = Blueprint("datacite", __name__, url_prefix="/datacite")
    registry_of = functools.lru_cache(maxsize=2)(Registry)

    def now() -> Registry:
        return registry_of(desk.seen("datacite"))

    @routes.errorhandler(Refusal)
    def refuse(refusal: Refusal) -> Response:
        return refusal.response

    @routes.get("/dois")
    def dois() -> Response:
        return reply(_list(now()))

    @routes.get("/dois/<path:doi>")
    def single(doi: str) -> Response:
        registry = now()
        found = registry.by_doi.get(doi.lower())
        if found is None:
            raise Refusal(404, NO_SUCH_DOI)
        return reply({"data": registry.record(found, detail=True, affiliation="affiliation" in request.args)})

    return routes


def _list(registry: Registry) -> Record:
    """A page. A cursor is opaque (the place where it goes on, in base 64), and 1 stands for the beginning."""
    size = min(int(request.args.get("page[size]", PAGE)), MOST_ON_A_PAGE)
    cursor = request.args.get("page[cursor]")
    start = 0
    if cursor and cursor != "1":
        try:
            start = int(base64.b64decode(cursor, validate=True))
        except ValueError:
            raise Refusal(400, {"errors": [{"status": "400", "title": "Invalid cursor"}]}) from None
    found = _matching(registry)
    page = found[start : start + size]
    options = {"detail": "detail" in request.args, "affiliation": "affiliation" in request.args}
    following = None
    if len(page) == size:
        token = base64.b64encode(str(start + size).encode()).decode()
        following = f"https://api.datacite.invalid/dois?page%5Bcursor%5D={token}&page%5Bsize%5D={size}"
    return {
        "data": [registry.record(one, **options) for one in page],
        "meta": {
            "total": len(found),
            "totalPages": -(-len(found) // size) if size else 0,
            "page": None if cursor else 1,
        },
        "links": {"self": request.url, **({"next": following} if following else {})},
    }


def _matching(registry: Registry) -> list[Deposit]:
    """The DOIs of `ids`, which is cut at commas, or those that a query for people or institutions finds."""
    if ids := request.args.get("ids"):
        wanted = ids.lower().split(",")
        return [one for one in registry.deposits if one.doi in wanted]
    query = request.args.get("query", "")
    values = set(_QUOTED.findall(query))
    since = int(match[1]) if (match := _SINCE.search(query)) else 0
    dated = [one for one in registry.deposits if one.on.year >= since]
    if "nameIdentifier" in query:
        return [
            one for one in dated if any(f"https://orcid.org/{p.orcid}" in values for p in one.work.authors if p.orcid)
        ]
    if "affiliationIdentifier" in query:
        places = [(one, [p.place.ror for p in one.work.authors if p.place]) for one in dated]
        return [one for one, rors in places if any(f"https://ror.org/{ror}" in values for ror in rors)]
    return dated
