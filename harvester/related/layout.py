"""Where the nodes of a graph stand on a page: near what they are bound to, apart from each other, the whole sheet used.

Fruchterman and Reingold 1991, doi:10.1002/spe.4380211102, by igraph; then turned so that the longer way lies across, spread
halfway towards even use of the sheet, and pushed apart. Nothing is left to chance: the same graph stands the same way.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence

WIDE = 1.5  # a sheet's width, its height being 1
ROUNDS = 600  # of the forces: beyond, 500 nodes move no more that an eye could see
EVEN = 0.55  # how far places move towards an even spread: 0 leaves dense knots, 1 forgets the distances
APART = 0.5  # of the side of a node's even share of the sheet: nearer than that no two stand, however small
ROOM = 0.45  # as much more for the largest
PUSHES = 60

Point = tuple[float, float]
Link = tuple[int, int, float]  # nodes by their place in the list, and how strongly they pull


def layout(sizes: Sequence[float], links: Sequence[Link]) -> list[Point]:
    """A place for each node, x in 0 to WIDE and y in 0 to 1. sizes: how much room each needs, 0 to 1.

    >>> layout([], []), layout([0.5], [])
    ([], [(0.75, 0.5)])
    """
    if len(sizes) < 2:
        return [(WIDE / 2, 0.5)] * len(sizes)
    return _fitted(_apart(_spread(_turned(_forces(len(sizes), links))), sizes))


def _forces(nodes: int, links: Sequence[Link]) -> list[Point]:
    import igraph  # 55 ms

    graph = igraph.Graph(nodes, [(a, b) for a, b, _ in links])
    graph.es["weight"] = [weight for *_, weight in links]
    golden = math.pi * (3 - math.sqrt(5))  # a sunflower: the first in the middle, the last outside
    start = [(math.sqrt(n) * math.cos(n * golden), math.sqrt(n) * math.sin(n * golden)) for n in range(nodes)]
    igraph.set_random_number_generator(random.Random(0))  # noqa: S311  # a layout is no secret
    drawn = graph.layout_fruchterman_reingold(weights="weight", niter=ROUNDS, seed=start, grid="nogrid")
    return [(x, y) for x, y in drawn.coords]


def _turned(points: Sequence[Point]) -> list[Point]:
    """Around their middle, the direction in which they vary most lying across."""
    mx, my = (sum(axis) / len(points) for axis in zip(*points, strict=True))
    moved = [(x - mx, y - my) for x, y in points]
    xx, yy, xy = (sum(values) for values in zip(*((x * x, y * y, x * y) for x, y in moved), strict=True))
    angle = -math.atan2(2 * xy, xx - yy) / 2
    cos, sin = math.cos(angle), math.sin(angle)
    return [(x * cos - y * sin, x * sin + y * cos) for x, y in moved]


def _spread(points: Sequence[Point]) -> list[Point]:
    """Each way between where they stand and where they would stand if all were at one distance."""
    across, down = zip(*points, strict=True)
    return list(zip(_evened(across, WIDE), _evened(down, 1.0), strict=True))


def _evened(values: Sequence[float], length: float) -> list[float]:
    low, high = min(values), max(values)
    order = {place: rank for rank, place in enumerate(sorted(range(len(values)), key=lambda n: (values[n], n)))}
    last = len(values) - 1
    return [
        length * ((1 - EVEN) * (value - low) / (high - low or 1.0) + EVEN * order[place] / last)
        for place, value in enumerate(values)
    ]


def _apart(points: Sequence[Point], sizes: Sequence[float]) -> list[Point]:
    """Pushed until no two stand nearer than they should, or for PUSHES rounds."""
    share = math.sqrt(WIDE / len(points))
    rooms = [share * (APART + ROOM * size) / 2 for size in sizes]
    places = [[x, y] for x, y in points]
    for _ in range(PUSHES):
        pushes = [_push(places, a, b, rooms[a] + rooms[b]) for a, b in _near(places, share * (APART + ROOM))]
        if not any(pushes):
            break
    return [(x, y) for x, y in places]


def _push(places: Sequence[list[float]], a: int, b: int, least: float) -> bool:
    """Move two as far apart as they should be; whether they were nearer."""
    dx, dy = places[b][0] - places[a][0], places[b][1] - places[a][1]
    distance = math.hypot(dx, dy)
    if distance >= least * 0.999:
        return False
    across, down = (dx / distance, dy / distance) if distance > 1e-9 else (math.cos(a), math.sin(a))
    for place, way in ((places[a], -1), (places[b], 1)):
        place[0] += way * across * (least - distance) / 2
        place[1] += way * down * (least - distance) / 2
    return True


def _near(places: Sequence[Sequence[float]], least: float) -> Iterator[tuple[int, int]]:
    """Pairs that may be nearer than that, each once: those in the same or neighbouring squares of that side."""
    squares: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for n, (x, y) in enumerate(places):
        squares[math.floor(x / least), math.floor(y / least)].append(n)
    for (column, row), here in sorted(squares.items()):
        for there in ((column + i, row + j) for i in (-1, 0, 1) for j in (-1, 0, 1)):
            yield from ((a, b) for a in here for b in squares.get(there, ()) if a < b)


def _fitted(points: Sequence[Point]) -> list[Point]:
    across, down = zip(*points, strict=True)
    return list(zip(_scaled(across, WIDE), _scaled(down, 1.0), strict=True))


def _scaled(values: Sequence[float], length: float) -> list[float]:
    low, high = min(values), max(values)
    return [round(length * (value - low) / (high - low), 4) if high > low else length / 2 for value in values]
