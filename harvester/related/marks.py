"""What people keep and dismiss of a list, and how the next one learns from it.

Rocchio 1971 (Relevance feedback in information retrieval, in The SMART Retrieval System, 313-323): what was found good is
moved towards, with half the weight of the question itself, and what was found bad away from.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping

from harvester.errors import UsageError
from harvester.related import Related, related
from harvester.related.look import Seeds
from harvester.related.wanted import ANYTHING, Wanted
from harvester.store import Row, Store
from harvester.store.deciding import Word

KEPT = 0.5  # the weight of a kept work as a seed


def marks(store: Store, seeds: Iterable[int]) -> list[Row]:
    """What is kept and dismissed for these works, a row a seed and work; of one work the last word comes last."""
    return store.rows("marks_of", seeds=json.dumps(list(seeds)))


def mark(store: Store, seeds: Collection[int], states: Mapping[int, str], word: Word) -> tuple[int, int]:
    """Somebody says for each of the seeds what becomes of works: work -> kept, dismissed or cleared.

    Returns how many marks have changed, and how many were so already. Raises UsageError for a work that is a seed itself.
    """
    if both := sorted(set(seeds) & set(states)):
        raise UsageError(
            f"work {both[0]} cannot be marked for itself; name the work it was found for before the options"
        )
    with store.transaction():
        held = {(row["seed"], row["work"]): row["state"] for row in marks(store, seeds)}
        said = [((seed, work), state) for work, state in states.items() for seed in seeds]
        changed = [(pair, state) for pair, state in said if held.get(pair, "cleared") != state]
        for each in dict.fromkeys(state for _, state in changed):
            store.marks.add([pair for pair, state in changed if state == each], each, word)
    return len(changed), len(said) - len(changed)


def ranked(
    store: Store, seeds: Seeds, marked: Mapping[int, str], *, show: bool = False, limit: int = 20,
    wanted: Wanted = ANYTHING,
) -> list[Related]:  # fmt: skip
    """As `related`, learning from what is marked (work -> kept or dismissed), and without it.

    show: with it, each where it would stand if nothing were marked.
    """
    kept = {work: KEPT for work, state in marked.items() if state == "kept" and work not in seeds}
    dismissed = [work for work, state in marked.items() if state == "dismissed" and work not in seeds]
    found = related(store, {**kept, **seeds}, limit=limit, against=dismissed, wanted=wanted)
    if show and (kept or dismissed):
        plain = related(store, seeds, limit=limit, wanted=wanted)
        found = sorted([*found, *(one for one in plain if one.work in marked)], key=lambda one: (-one.score, one.work))
    return found[:limit]
