"""How OpenCitations names works, in questions and in replies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from harvester import normal
from harvester.records import Identifier, identifiers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SCHEMES = ("doi", "pmid")
"""What both services can be asked by."""

_OMID = re.compile(r"br/\d{1,20}", re.ASCII)


def can_look_up(scheme: str) -> bool:
    """Whether both Index and Meta find works by identifiers of this scheme."""
    return scheme in SCHEMES


def _omid(raw: str) -> str | None:
    return raw if _OMID.fullmatch(raw) else None


_SPELL: dict[str, Callable[[str], str | None]] = {
    "doi": normal.doi, "pmid": normal.pmid, "pmcid": normal.pmcid, "openalex": normal.openalex, "omid": _omid,
}  # fmt: skip
_INDEX_NAME = re.compile(r"\[?\b\w{1,20}\]?\s{0,9}=>\s{0,9}")
"""COCI's successor named the index that a value came from: "coci => 10.1234/a; poci => pmid:1"."""


def ids(raw: str | None) -> tuple[Identifier, ...]:
    """The identifiers of a work, as v2 lists them in one text, as Meta does (meta: for omid:), or as a bare DOI.

    >>> [str(one) for one in ids("omid:br/06101801781 doi:10.7717/peerj-cs.421 openalex:W1 pmid:33817056 url:x")]
    ['omid:br/06101801781', '10.7717/peerj-cs.421', 'W1', 'pmid:33817056']
    >>> [str(one) for one in ids("coci => 10.1234/A; poci => pmid:7")], ids("10.1002/(SICI)1097-4571(1998)49:8<6::A>3.0")
    (['10.1234/a', 'pmid:7'], (Identifier(scheme='doi', value='10.1002/(sici)1097-4571(1998)49:8<6::a>3.0'),))
    """
    pairs: list[tuple[str, str | None]] = []
    for word in _INDEX_NAME.sub(" ", raw or "").split():
        scheme, _, value = word.partition(":")
        scheme = {"meta": "omid"}.get(scheme.lower(), scheme.lower())
        if spell := _SPELL.get(scheme):
            pairs.append((scheme, spell(value.rstrip(";"))))
        elif word.startswith("10."):
            pairs.append(("doi", normal.doi(word)))
    return identifiers_of(pairs)


def name_of(known: Iterable[Identifier]) -> str | None:
    """The name of a work among our records: of several DOIs the first by letter, as their order is never the same.

    >>> name_of(ids("doi:10.5555/b doi:10.5555/a pmid:1")), name_of(ids("omid:br/06 pmid:1")), name_of(())
    ('10.5555/a', 'pmid:1', None)
    """
    for scheme in ("doi", "pmid", "omid"):
        if values := sorted(one.value for one in known if one.scheme == scheme):
            return values[0] if scheme == "doi" else f"{scheme}:{values[0]}"
    return None


def spelled(one: Identifier) -> str:
    """An identifier as it stands in the path of a request.

    >>> spelled(Identifier("doi", "10.1002/(sici)1097(199806)49:8<693::aid>3.0.co;2-o")), spelled(Identifier("pmid", "1"))
    ('doi:10.1002/(sici)1097(199806)49:8%3C693::aid%3E3.0.co;2-o', 'pmid:1')
    """
    return quote(f"{one.scheme}:{one.value}", safe="/:;()")
