"""The signals, one function each: a work's candidates with a strength that ranks them and the evidence for it.

Only the order of a signal's strengths counts (fusion.py), so each has a scale of its own. None returns the work itself.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from harvester.store import Store

Evidence = int | float | str | tuple[str, ...]

DEPTH = 1000  # candidates a text query gives
ALL = 2**31
CITING_OF_NEAREST = 200  # citing works read for each of the nearest: enough to rank by
SMALL = 5  # added to counts of citations: being cited together once by one's only citing work proves little
NAMESAKE = 0.3  # a surname and initial in common, against 1 for the same author
FOREVER = "9999-12-31"


class Hit(NamedTuple):
    """A candidate of one signal: `strength` ranks it, `evidence` is what a person is told or can check."""

    strength: float
    evidence: Evidence


Signal = dict[int, Hit]


class Look:
    """The store as seen on a day."""

    def __init__(self, store: Store, as_of: str | None = None) -> None:
        """as_of: ISO day; None: now."""
        self._store = store
        self.as_of = as_of or FOREVER
        self.remembered: dict[Any, Any] = {}  # what was read once and is asked for again within one question

    def rows(self, query: str, **parameters: object) -> list[dict[str, Any]]:
        """The rows of a named query; lists go as JSON arrays."""
        return self._store.rows(query, as_of=self.as_of, **{name: _json(value) for name, value in parameters.items()})

    def present(self, signal: Signal) -> Signal:
        """Without the works that were not held on that day."""
        if self.as_of == FOREVER:
            return signal
        later = {row["work"] for row in self.rows("related_later", works=list(signal))}
        return {work: hit for work, hit in signal.items() if work not in later}

    def counts(self, query: str, works: Iterable[int]) -> dict[int, int]:
        """Work -> number, by a query that counts."""
        return {row["work"]: row["n"] for row in self.rows(query, works=sorted(works))}


def _json(value: object) -> object:
    return msgspec.json.encode(value).decode() if isinstance(value, list | tuple) else value


def text(look: Look, work: int, query: str | None) -> dict[str, Signal]:
    """Two signals: "text", BM25 over title and abstract, and "title", over the title alone.

    A work without an abstract takes in "text" its place among the titles where that is better: there is nothing else
    to judge it by, and abstracts are missing for reasons that have nothing to do with the subject.
    """
    if query is None:
        return {"text": {}, "title": {}}
    whole = look.rows("related_text", work=work, match=query, most=DEPTH)
    titles = look.rows("related_text", work=work, match=f"{{title}} : ({query})", most=DEPTH)
    places = {row["work"]: place for place, row in enumerate(whole, start=1)}
    scores = {row["work"]: row["score"] for row in whole}
    for place, row in enumerate(titles, start=1):
        if row["bare"] and place < places.get(row["work"], ALL):
            places[row["work"]] = place
            scores.setdefault(row["work"], row["score"])
    return {
        "text": {number: Hit(-place, scores[number]) for number, place in places.items()},
        "title": {row["work"]: Hit(row["score"], row["score"]) for row in titles},
    }


def references(look: Look, work: int) -> Signal:
    """Bibliographic coupling: references in common, the rare ones weighing more, over the root of the list's length."""
    rows = look.rows("related_references", work=work)
    shared = [msgspec.json.decode(row["works"], type=list[int]) for row in rows]
    held = max((number for works in shared for number in works), default=0)
    weights: defaultdict[int, float] = defaultdict(float)
    common: Counter[int] = Counter()
    for works in shared:
        rarity = math.log((held + 2) / (len(works) + 1))
        for number in works:
            weights[number] += rarity
        common.update(works)
    lengths = look.counts("related_reference_counts", weights)
    return look.present(
        {number: Hit(weight / math.sqrt(lengths[number]), common[number]) for number, weight in weights.items()}
    )


def cocited(look: Look, work: int) -> Signal:
    """Co-citation: works cited together with it, over the root of how often they are cited at all."""
    return look.present(
        {number: Hit(strength, n) for number, (strength, n) in _cocited(look, [work], ALL).items() if number != work}
    )


def nearby(look: Look, work: int, nearest: Sequence[int]) -> Signal:
    """Works cited together with its nearest works; evidence: with how many of these."""
    found = _cocited(look, nearest, CITING_OF_NEAREST, each=True)
    return look.present({number: Hit(strength, n) for number, (strength, n) in found.items() if number != work})


def _cocited(look: Look, probes: Sequence[int], most: int, *, each: bool = False) -> dict[int, tuple[float, int]]:
    """Work -> (strength, citing works, or with `each` the probes it is cited together with)."""
    rows = look.rows("related_cocited", works=list(probes), most=most)
    cited = look.counts("related_cited_counts", {row["work"] for row in rows} | set(probes))
    result: dict[int, tuple[float, int]] = {}
    for row in rows:
        strength, n = result.get(row["work"], (0.0, 0))
        norm = math.sqrt((cited[row["work"]] + SMALL) * (cited[row["probe"]] + SMALL))
        result[row["work"]] = (strength + row["n"] / norm, n + (1 if each else row["n"]))
    return result


def citations(look: Look, work: int) -> Signal:
    """Works that cite it or that it cites; evidence: which way."""
    ways: dict[int, tuple[str, ...]] = {}
    for row in look.rows("related_citations", work=work):
        ways[row["work"]] = (*ways.get(row["work"], ()), row["how"])
    return look.present({number: Hit(1, how) for number, how in ways.items()})


def authors(look: Look, work: int) -> Signal:
    """Works of the same authors, or of their namesakes as weaker evidence; the more works a name has, the less it says.

    Evidence: the names, a namesake's with a question mark before it.
    """
    rows = look.rows("related_authors", work=work)
    works_of: defaultdict[str, set[int]] = defaultdict(set)
    for row in rows:
        works_of[row["who"]].add(row["work"])
    strengths: defaultdict[int, float] = defaultdict(float)
    names: defaultdict[int, dict[str, None]] = defaultdict(dict)
    counted: set[tuple[int, str]] = set()
    for row in sorted(rows, key=lambda row: (-row["sure"], row["work"], row["who"], row["name"])):
        if (row["work"], row["who"]) not in counted:
            counted.add((row["work"], row["who"]))
            strengths[row["work"]] += (1.0 if row["sure"] else NAMESAKE) / math.log2(1 + len(works_of[row["who"]]))
        names[row["work"]][row["name"] if row["sure"] else f"?{row['name']}"] = None
    return look.present(
        {number: Hit(strength, tuple(names[number])) for number, strength in strengths.items() if number != work}
    )


def venue(look: Look, work: int, candidates: Sequence[int]) -> Signal:
    """Those of the candidates that appeared in its venue: it finds none by itself, or one large journal were the list."""
    rows = look.rows("related_venue", work=work, works=list(candidates))
    return {row["work"]: Hit(1, row["name"] or "") for row in rows if row["work"] != work}
