"""A request to a source to correct what it has, as plain text to paste into a ticket. Not a form.

Lines of 72 characters, as letters in plain text have them (https://datatracker.ietf.org/doc/html/rfc3676#section-4.2, 78 at
most with what quoting adds); a DOI is never broken.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TextIO

from harvester.report.cells import heading, line, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH = 72


def write_request(source: str, as_of: str, requests: Sequence[Mapping[str, Any]], limit: int, out: TextIO) -> None:
    """Write what a source is asked to correct; of the citing works it lacks at most `limit` a work."""
    out.write(f"Request for correction to {heading(source)}\n")
    out.write(f"As seen until {as_of}; {len(requests)} work{'' if len(requests) == 1 else 's'}\n")
    for number, one in enumerate(requests, start=1):
        out.write("\n")
        for text in _about(number, source, one, limit):
            out.write(f"{text}\n")


def _about(number: int, source: str, one: Mapping[str, Any], limit: int) -> Iterator[str]:
    yield from _wrapped(f"{number}. ", one["title"] or "(without title)")
    if one["doi"]:
        yield f"   {_doi(one['doi'])}"
    for row in one["own"]:
        said = "no citation count" if row["count"] is None else f"{row['count']} citations, seen {row['seen']}"
        yield from _wrapped("   You have: ", f"{row['source_id']}, {said}")
    if one["others"]:
        counts = "; ".join(f"{heading(row['source'])} {row['count']} (seen {row['seen']})" for row in one["others"])
        yield from _wrapped("   Others count: ", counts)
    for row in one["missing"]:
        yield from _wrapped("   Missing: ", f"you were asked for {row['asked']} on {row['on']}; it is {row['why']}")
    if len(one["own"]) > 1:
        yield from _wrapped("   Duplicates: ", f"{len(one['own'])} records for this one work")
    if one["far_beyond"]:
        yield from _wrapped("   Implausible: ", "your count is far beyond all others; please check what it counts")
    for row in one["differs"]:
        yield from _wrapped("   Differs: ", f"{heading(row['field'])}: {_values(row['values'], source)}")
    yield from _lacking(one, limit)


def _lacking(one: Mapping[str, Any], limit: int) -> Iterator[str]:
    """The citing works its list does not have, each with who lists it."""
    total = len(one["lacking"]) + one["unnamed"]
    if not total:
        return
    read = max(row["listed_on"] for row in one["own"] if row["listed_on"])
    held = sum(row["citing_held"] for row in one["own"])
    count = sum(row["count"] or 0 for row in one["own"])
    told = f"Your list of citing works, read to its end on {read} ({held} works), lacks {total} that others list:"
    if held < count:
        told = f"{told[:-1]}. You count {count - held} more than it shows, which may be among these:"
    yield from _wrapped("   ", told)
    for row in one["lacking"][:limit]:
        yield ""
        yield f"   - {_doi(row['citing_doi'])}"
        year = f" ({row['citing_year']})" if row["citing_year"] else ""
        yield from _wrapped("     ", f"{row['citing_title'] or '(title not held)'}{year}")
        yield from _wrapped("     listed by ", ", ".join(map(heading, row["sources"])))
    more = len(one["lacking"][limit:])
    left = [f"{more} more with a DOI"] * bool(more) + [f"{one['unnamed']} without a DOI"] * bool(one["unnamed"])
    if left:
        yield ""
        yield from _wrapped("   ", f"Not named here: {', '.join(left)}")


def _values(values: Mapping[str, Any], source: str) -> str:
    others = ", ".join(f"{heading(name)} {shown(value)}" for name, value in values.items() if name != source)
    return f"you say {shown(values[source])}; {others}"


def _doi(doi: str) -> str:
    return f"https://doi.org/{line(doi)}"


def _wrapped(lead: str, text: str) -> list[str]:
    """A text behind its lead, later lines under the first; a single word that is too long is broken."""
    indent = " " * (len(lead) if not lead.strip().endswith(":") else 5)
    return textwrap.wrap(line(text), WIDTH, initial_indent=lead, subsequent_indent=indent, break_on_hyphens=False)
