"""RIS, for reference managers: a tag a line (https://en.wikipedia.org/wiki/RIS_(file_format)), laid out by rispy.

Nothing can be escaped in RIS, so a comma in the name of a body, which would part it, is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from harvester.normal import Name
    from harvester.report.works import Work

_TYPES = {
    "article": "JOUR", "conference": "CPAPER", "book": "BOOK", "chapter": "CHAP", "thesis": "THES", "report": "RPRT",
    "dataset": "DATA", "standard": "STAND", "entry": "ENCYC", "preprint": "UNPB",
}  # fmt: skip
_TAGS = (
    "AU", "TI", "T2", "PY", "DA", "VL", "IS", "SP", "EP", "PB", "SN", "DO", "UR", "C2", "AN", "DB", "LA", "KW", "N1", "AB",
)  # fmt: skip


def write_works(works: Sequence[Work], out: TextIO) -> None:
    """An entry a work, in their order."""
    from rispy import RisWriter

    class Writer(RisWriter):  # type: ignore[misc] # rispy has no types
        def set_header(self, count: int) -> str:  # noqa: ARG002
            return ""

    writer = Writer(
        mapping={"TY": "type_of_reference"} | {tag: tag.lower() for tag in _TAGS},
        list_tags=list(_TAGS),
        delimiter_tags_mapping={},
    )
    writer.format_lines(out, [_entry(work) for work in works])


def _entry(work: Work) -> dict[str, str | list[str]]:
    """The values of each tag; of what is not known, none."""
    said: dict[str, Sequence[str | None]] = {
        "AU": [_person(name) for name in work.authors],
        "TI": [work.title],
        "T2": [work.venue],
        "PY": [f"{work.date[0]:04d}"] if work.date else [],
        "DA": [_day(work.date)],
        "VL": [work.volume],
        "IS": [work.issue],
        "SP": [work.first_page],
        "EP": [work.last_page],
        "PB": [work.publisher],
        "SN": [", ".join(filter(None, (*work.issns, work.isbn)))],
        "DO": [work.doi],
        "UR": [work.url],
        "C2": [work.pmcid],
        "AN": [work.pmid],
        "DB": ["PubMed"] if work.pmid else [],
        "LA": [work.language],
        "KW": work.keywords,
        "N1": [work.note],
        "AB": [work.abstract],
    }
    kind: dict[str, str | list[str]] = {"type_of_reference": _TYPES.get(work.kind, "GEN")}
    return kind | {tag.lower(): list(filter(None, values)) for tag, values in said.items()}


def _person(name: Name) -> str:
    """
    >>> from harvester import normal
    >>> [_person(normal.name(one)) for one in ("Inken von Borzyskowski", "Sammy Sample Jr.", "Plato", "Body of Law, Oslo")]
    ['von Borzyskowski, Inken', 'Sample, Sammy, Jr.', 'Plato', 'Body of Law Oslo']
    """
    if name.is_body:
        return " ".join(name.family.replace(",", " ").split())
    family = " ".join(filter(None, (name.particle, name.family)))
    return ", ".join(filter(None, (family, name.given, name.suffix)))


def _day(date: Sequence[int]) -> str:
    """YYYY/MM/DD/, as far as it is known; a year alone stands in PY.

    >>> _day((2025, 5, 19)), _day((2025, 5)), _day((2025,))
    ('2025/05/19/', '2025/05//', '')
    """
    if len(date) < 2:
        return ""
    return "/".join([f"{date[0]:04d}", *(f"{part:02d}" for part in date[1:]), *[""] * (4 - len(date))])
