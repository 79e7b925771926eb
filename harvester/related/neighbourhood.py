"""The neighbourhood of works as a graph: they and what is most related to them, and what binds these to one another.

Four kinds of edge: citations, which have a direction, references and citing works in common, authors in common. In a small
field they bind nearly everything to everything. So each work chooses its strongest few of a kind, and those are drawn; of the
others the citations are kept too, to be shown of a work that is looked at, and the rest is only counted.
"""

from __future__ import annotations

import heapq
import json
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

import msgspec

from harvester.related import related
from harvester.related.look import Look
from harvester.store import Row, Store

CITING = 1000  # works citing one that are read: the newest in the database
STRONGEST = 2  # edges of a kind that a work chooses; it may be chosen by others besides
LEAST = {"references": 2, "cocited": 2, "authors": 1}  # in common, below which there is no edge
PULL = {"cites": 0.25, "references": 1.0, "cocited": 1.0, "authors": 0.5}  # how much each kind draws together on a page
LOOSE = 0.15

Pair = tuple[int, int]  # works, the smaller number first; of a citation, citing and cited


class Edge(msgspec.Struct, frozen=True):
    """What binds two works. kind: cites, references, cocited or authors; common: how many they have in common, of a citation 1.

    strength: 0 to 1, comparable within a kind; of a citation, how alike the two are else. drawn: one of the strongest.
    """

    kind: str
    a: int
    b: int
    common: int
    strength: float
    drawn: bool = True


class Node(msgspec.Struct, frozen=True):
    """A work: `row` as in db/queries/map_works.sql, its counts by source (the highest first), and why it is here.

    place: 0 for a work asked about, else its rank among the related, from 1.
    """

    work: int
    place: int
    row: Row
    counts: tuple[Row, ...]
    reasons: tuple[str, ...]


class Neighbourhood(msgspec.Struct, frozen=True):
    """A graph of works. there: by kind how many edges there are, of which `edges` has those that are shown."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    there: Mapping[str, int]


def neighbourhood(store: Store, seeds: Sequence[int], *, nodes: int) -> Neighbourhood:
    """These works and those most related to them, together at most `nodes`.

    store: opened as of a day, where a day is asked about.
    """
    look = Look(store)
    found = related(store, dict.fromkeys(seeds, 1.0), limit=nodes - len(seeds))
    works = [*seeds, *(one.work for one in found)]
    reasons = [*((),) * len(seeds), *(one.reasons for one in found)]
    rows = look.rows("map_works", works=works)
    counts: defaultdict[int, list[Row]] = defaultdict(list)
    for row in look.rows("map_counts", works=works):
        counts[row["work"]].append(row)
    edges, there = _edges(look, works, seeds)
    described = (
        Node(
            work,
            max(place - len(seeds) + 1, 0),
            row | {"authors": json.loads(row["authors"])},
            tuple(counts[work]),
            why,
        )
        for place, (work, row, why) in enumerate(zip(works, rows, reasons, strict=True))
    )
    return Neighbourhood(tuple(described), tuple(edges), there)


def pulls(graph: Neighbourhood) -> list[tuple[int, int, float]]:
    """What draws nodes (by their place in the list) together on a page: all edges between two, as one weight.

    A work that nothing binds is drawn a little to the first one asked about, so that it does not drift away.
    """
    place = {node.work: n for n, node in enumerate(graph.nodes)}
    weights: defaultdict[Pair, float] = defaultdict(float)
    for edge in (one for one in graph.edges if one.drawn):
        a, b = sorted((place[edge.a], place[edge.b]))
        weights[a, b] += PULL[edge.kind] * (0.3 + edge.strength)
    bound = {end for pair in weights for end in pair}
    weights |= {(0, n): LOOSE for n in range(1, len(place)) if n not in bound}
    return [(a, b, weight) for (a, b), weight in sorted(weights.items())]


# --- edges ---------------------------------------------------------------------------------------------------------


def _edges(look: Look, works: Sequence[int], seeds: Collection[int]) -> tuple[list[Edge], dict[str, int]]:
    """The edges to keep, by kind and pair, and by kind how many there are."""
    cited = _sets(look.rows("map_references", works=works), "thing")
    citing = _sets(look.rows("map_citing", works=works, most=CITING), "thing")
    persons = _sets(look.rows("map_authors", works=works), "author")
    alike = {
        "references": _in_common("references", cited),
        "cocited": _in_common("cocited", citing),
        "authors": _in_common("authors", persons),
    }
    citations = _citations(cited, works, [*alike["references"], *alike["cocited"]])
    best = set(strongest(citations)) | {edge for edge in citations if edge.a in seeds or edge.b in seeds}
    kept = [msgspec.structs.replace(edge, drawn=edge in best) for edge in citations]
    kept += [edge for edges in alike.values() for edge in strongest(edges)]
    return kept, {kind: len(edges) for kind, edges in {"cites": citations, **alike}.items()}


def _sets(rows: Iterable[Mapping[str, Any]], column: str) -> dict[int, set[int]]:
    found: defaultdict[int, set[int]] = defaultdict(set)
    for row in rows:
        found[row["work"]].add(row[column])
    return dict(found)


def _citations(cited: Mapping[int, Collection[int]], works: Sequence[int], alike: Iterable[Edge]) -> list[Edge]:
    here = set(works)
    strength: defaultdict[Pair, float] = defaultdict(float)
    for edge in alike:
        strength[edge.a, edge.b] += edge.strength / 2
    return [
        Edge("cites", work, other, 1, strength[min(work, other), max(work, other)])
        for work in sorted(cited)
        for other in sorted(here & set(cited[work]))
    ]


def _in_common(kind: str, members: Mapping[int, Collection[int]]) -> list[Edge]:
    """The pairs that have enough in common; strength: Salton's cosine, that number over the root of both sizes' product.

    Of references: bibliographic coupling (Kessler 1963, doi:10.1002/asi.5090140103); of citing works: co-citation
    (Small 1973, doi:10.1002/asi.4630240406).
    """
    having: defaultdict[int, list[int]] = defaultdict(list)
    for work in sorted(members):
        for member in members[work]:
            having[member].append(work)
    common: defaultdict[Pair, int] = defaultdict(int)
    for works in having.values():
        for pair in combinations(works, 2):
            common[pair] += 1
    return [
        Edge(kind, a, b, n, n / math.sqrt(len(members[a]) * len(members[b])))
        for (a, b), n in sorted(common.items())
        if n >= LEAST[kind]
    ]


def strongest(edges: Sequence[Edge], most: int = STRONGEST) -> list[Edge]:
    """Of each work its strongest edges, equals by number, in the order given.

    >>> near, far = Edge("cocited", 1, 2, 3, 0.9), Edge("cocited", 1, 3, 2, 0.1)
    >>> strongest([far, near], 1) == [far, near], strongest([far, near, Edge("cocited", 3, 4, 2, 0.5)], 1)[0] is near
    (True, True)
    """
    of_work: defaultdict[int, list[tuple[float, int, int]]] = defaultdict(list)
    for place, edge in enumerate(edges):
        for end in (edge.a, edge.b):
            of_work[end].append((-edge.strength, edge.a + edge.b, place))
    kept = {place for own in of_work.values() for *_, place in heapq.nsmallest(most, own)}
    return [edges[place] for place in sorted(kept)]
