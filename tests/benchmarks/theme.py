"""How well communities recover what belongs together: python -m tests.benchmarks.theme

Each of the real files of works (../shared) is what one systematic review's search had found. Nobody tells the communities
which work is of which file; how much they agree is printed, for each kind of ties alone and for all together as shipped.

NMI: normalised mutual information (Danon et al. 2005, doi:10.1088/1742-5468/2005/09/P09008), 1 is the same division; ARI:
adjusted Rand index (Hubert, Arabie 1985, doi:10.1007/BF01908075), 0 is chance; purity: works in a community with most of
whose members they share the file; tied: works that have ties at all.
"""

from __future__ import annotations

import gzip
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import igraph
import msgspec

from harvester.related.communities import communities, modularity
from harvester.related.look import Look
from harvester.related.theme import theme
from harvester.related.ties import Links, direct, in_common, links, ties
from harvester.store import Store
from tests.benchmarks.related import import_corpus
from tests.conftest import SHARED

THEMES = ('"migraine"', '"withdrawal"', '"borderline" AND "personality"', '"patients"')


def reviews(store: Store) -> dict[int, int]:
    """Work -> which file it is in; of the few that are in two, the first."""
    rows = store.db.execute("SELECT source_id, work FROM record WHERE source = 'openalex' AND work IS NOT NULL")
    works = dict(tuple(row) for row in rows)
    found: dict[int, int] = {}
    for number, path in enumerate(sorted(SHARED.glob("corpus/openalex/synergy/*.gz"))):
        with gzip.open(path) as lines:
            for line in lines:
                found.setdefault(works[msgspec.json.decode(line)["id"].rpartition("/")[2]], number)
    return found


def agreement(groups: Sequence[Sequence[int]], file_of: Mapping[int, int]) -> tuple[float, float, float]:
    """NMI, ARI and purity of a division, over the works that are in it.

    >>> agreement([[1, 2], [3, 4]], {1: 0, 2: 0, 3: 7, 4: 7})
    (1.0, 1.0, 1.0)
    """
    ours = [number for number, group in enumerate(groups) for _ in group]
    theirs = [file_of[work] for group in groups for work in group]
    together = sum(Counter(file_of[work] for work in group).most_common(1)[0][1] for group in groups)
    nmi, ari = (float(igraph.compare_communities(ours, theirs, method)) for method in ("nmi", "adjusted_rand"))
    return nmi, ari, together / len(ours)


def kinds(found: Links) -> dict[str, dict[tuple[int, int], float]]:
    """The ties of each kind alone, and all of them."""
    return {
        "citations": {(min(pair), max(pair)): 1.0 for pair in direct(found.references)},
        "references in common": in_common(found.references),
        "citing works in common": in_common(found.citing),
        "all, as shipped": ties(found),
    }


def main() -> int:
    """Import, measure, print."""
    if not SHARED.is_dir():
        print("nothing measured: the benchmark's data (../shared) are not on this machine")
        return 0
    with tempfile.TemporaryDirectory() as folder, import_corpus(Path(folder) / "bench.db") as store:
        file_of = reviews(store)
        found = links(Look(store), file_of)
        print(f"{len(file_of)} works of {len(set(file_of.values()))} reviews\n")
        print(f"{'ties':24}{'tied':>7}{'communities':>13}{'modularity':>12}{'NMI':>8}{'ARI':>8}{'purity':>8}")
        for name, edges in kinds(found).items():
            groups = communities(edges)
            figures = "".join(f"{figure:8.3f}" for figure in agreement(groups, file_of))
            print(f"{name:24}{sum(map(len, groups)):7}{len(groups):13}{modularity(edges, groups):12.3f}{figures}")
        print("\nprocessor seconds a theme, and how many works match and are taken:")
        for match in THEMES:
            start = time.process_time()
            one = theme(store, match)
            print(f"{match:32}{time.process_time() - start:6.2f}{one.matched:8}{len(one.members):8}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
