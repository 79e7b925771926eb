"""Communities of a network: groups whose members are tied to one another more than chance would tie them. Pure.

Modularity (Newman, Girvan 2004, doi:10.1103/PhysRevE.69.026113) says how much more; the Leiden algorithm (Traag, Waltman,
van Eck 2019, doi:10.1038/s41598-019-41695-z) looks for the groups where it is highest, each of them connected.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from igraph import Graph

Edges = Mapping[tuple[int, int], float]  # (a, b) -> weight above 0; without direction, each pair once


def communities(edges: Edges) -> list[list[int]]:
    """The communities of the nodes that have edges, the largest first, equal ones by their lowest node; nodes in order.

    The same whatever the order of the edges, and every time: the nodes are put in order, and chance begins anew.

    >>> camps = {(1, 2): 1.0, (1, 3): 1.0, (2, 3): 1.0, (3, 7): 0.1, (7, 8): 1.0}
    >>> communities(camps)
    [[1, 2, 3], [7, 8]]
    """
    import igraph

    if not edges:
        return []
    nodes, network = _network(edges)
    igraph.set_random_number_generator(random.Random(0))  # noqa: S311  # chance that is the same every time
    try:
        found = network.community_leiden(objective_function="modularity", weights="weight", n_iterations=-1)
    finally:
        igraph.set_random_number_generator(random)
    groups = [sorted(nodes[place] for place in group) for group in found]
    return sorted(groups, key=lambda group: (-len(group), group))


def modularity(edges: Edges, groups: Iterable[Sequence[int]]) -> float:
    """The modularity of these groups, -0.5 to 1; 0 is what chance would give. Every node with an edge is in one of them.

    >>> round(modularity({(1, 2): 1.0, (3, 4): 1.0}, [[1, 2], [3, 4]]), 3)
    0.5
    """
    if not edges:
        return 0.0
    nodes, network = _network(edges)
    number_of = {node: number for number, group in enumerate(groups) for node in group}
    return float(network.modularity([number_of[node] for node in nodes], weights="weight"))


def _network(edges: Edges) -> tuple[list[int], Graph]:
    """(nodes in order, the network of their places)."""
    from igraph import Graph

    nodes = sorted({node for pair in edges for node in pair})
    place_of = {node: place for place, node in enumerate(nodes)}
    ordered = sorted((min(pair), max(pair), weight) for pair, weight in edges.items())
    network: Any = Graph(len(nodes), [(place_of[a], place_of[b]) for a, b, _ in ordered])
    network.es["weight"] = [weight for _, _, weight in ordered]
    return nodes, network
