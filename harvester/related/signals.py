"""The signals, one function each: the candidates of some works with a strength that ranks them and the evidence for it.

Only the order of a signal's strengths counts (fusion.py), so each has a scale of its own. Of what is cited or written very much
a sample is read, the newest in the database first: the limits are named here. What a signal says of the works asked about
themselves is left out later.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection

from harvester.related.fusion import order
from harvester.related.look import Hit, Look, Seeds, Shared, Signal, Together, numbers

CITING = 200  # citing works read of a work asked about, or of a reference of one
MIDDLE = 25  # works on the way of a two-step path, each way
WORKS_OF = 300  # works read of an author
BEST = 500  # candidates that are told apart by how often they are cited, or how long their lists are
COUNTED = 500  # ... up to this number
SUBJECT = 20_000  # works of a subject counted: it is no rarer than that
RARE = 5  # a reference that no more held works have is rare
RAREST = 2  # rare references named
SMALL = 5  # added to counts of citations: being cited together once by one's only citing work proves little
NAMESAKE = 0.3  # a surname and initial in common, against 1 for the same author
TEXTS = 1000  # candidates a text query gives


def text(look: Look, query: str | None) -> Signal:
    """BM25 over title and abstract: Robertson and Zaragoza 2009, doi:10.1561/1500000019, as SQLite's FTS5 has it."""
    if query is None:
        return {}
    return {row["work"]: Hit(row["score"], row["score"]) for row in look.rows("related_text", match=query, most=TEXTS)}


def references(look: Look, seeds: Seeds) -> Signal:
    """Bibliographic coupling: references in common, over the root of the list's length, the rare ones weighing more.

    Kessler 1963, doi:10.1002/asi.5090140103. A reference tells by the logarithm of how few works have it, as a word does.
    """
    holders = _holders(look, seeds)
    lists = Counter(seed for _, having, _ in holders for seed in having)
    held = max((work for _, _, works in holders for work in works), default=0)
    weights: defaultdict[int, float] = defaultdict(float)
    shared: dict[int, tuple[int, int, tuple[int, ...]]] = {}
    for thing, having, works in sorted(holders, key=lambda row: (len(row[2]), row[0])):
        rare = len(works) + 1 <= RARE
        tells = math.log((held + 2) / (len(works) + 1)) * sum(seeds[seed] / math.sqrt(lists[seed]) for seed in having)
        for work in works:
            weights[work] += tells
            n, rarities, rarest = shared.get(work, (0, 0, ()))
            named = rare and thing > 0 and len(rarest) < RAREST
            shared[work] = (n + 1, rarities + rare, (*rarest, thing) if named else rarest)
    best = order(weights)[:BEST]
    lengths = look.counts("related_reference_counts", best, COUNTED)
    return {work: Hit(weights[work] / math.sqrt(lengths[work]), Shared(*shared[work])) for work in best}


def _holders(look: Look, seeds: Seeds) -> list[tuple[int, list[int], set[int]]]:
    """(reference, the seeds that have it, the other works that have it); of its records from several sources one row."""
    found: dict[int, tuple[list[int], set[int]]] = {}
    for row in look.rows("related_references", works=sorted(seeds), most=CITING):
        _, works = found.setdefault(row["thing"], (numbers(row["seeds"]), set()))
        works.update(numbers(row["works"]))
    return [(thing, having, works - seeds.keys() - {thing}) for thing, (having, works) in found.items()]


def cocited(look: Look, seeds: Seeds, most: int = CITING) -> Signal:
    """Co-citation: works cited together with them, over the root of how often they are cited at all.

    Small 1973, doi:10.1002/asi.4630240406; normalised as Salton's cosine. most: citing works read for each.
    """
    rows = look.rows("related_cocited", works=sorted(seeds), most=most)
    probes = [numbers(row["probes"]) for row in rows]
    read = Counter(probe for found in probes for probe in found)
    cited = look.counts("related_cited_counts", seeds, COUNTED)
    tells = {seed: weight / math.sqrt(cited.get(seed, 0) + SMALL) for seed, weight in seeds.items()}
    strengths: defaultdict[int, float] = defaultdict(float)
    times: Counter[int] = Counter()
    last: dict[int, int] = {}
    for row, found in zip(rows, probes, strict=True):
        strength = sum(tells[probe] for probe in found)
        works = numbers(row["works"])
        times.update(works)
        for work in works:
            strengths[work] += strength
        if row["year"] is not None:
            last.update((work, row["year"]) for work in works if row["year"] > last.get(work, -1))
    best = order(strengths)[:BEST]
    cited = look.counts("related_cited_counts", best, COUNTED)
    of = len(rows) if any(n >= most for n in read.values()) else None
    return {
        work: Hit(strengths[work] / math.sqrt(cited[work] + SMALL), Together(times[work], last.get(work), of))
        for work in best
    }


def citations(look: Look, seeds: Seeds, most: int = CITING) -> Signal:
    """Works that cite them or that they cite; evidence: which way. most: citing works read for each."""
    strengths: defaultdict[int, float] = defaultdict(float)
    ways: dict[int, tuple[str, ...]] = {}
    for seed, work, how in _steps(look, seeds, most):
        strengths[work] += seeds[seed]
        ways[work] = tuple(dict.fromkeys((*ways.get(work, ()), how)))
    return {work: Hit(strength, ways[work]) for work, strength in strengths.items()}


def paths(look: Look, seeds: Seeds) -> Signal:
    """Two-step paths of citations one way, A cites B cites C: the lineage of Garfield's historiographs (1964).

    The steps there and back over one work are the signals of references and of co-citation. Evidence: how many works stand
    between. The more the work between cites, or is cited, the less it tells.
    """
    first = [(work, how) for _, work, how in _steps(look, seeds, CITING) if work not in seeds]
    between = {
        work: how
        for way in ("cited by it", "cites it")
        for work, how in [one for one in first if one[1] == way][:MIDDLE]
    }
    onward = [step for step in _steps(look, between, MIDDLE) if step[2] == between[step[0]]]
    spread = Counter(work for work, _, _ in onward)
    strengths: defaultdict[int, float] = defaultdict(float)
    ways: Counter[int] = Counter()
    for middle, work, _ in onward:
        strengths[work] += 1 / math.sqrt(spread[middle])
        ways[work] += 1
    return {work: Hit(strength, ways[work]) for work, strength in strengths.items()}


def _steps(look: Look, works: Collection[int], most: int) -> list[tuple[int, int, str]]:
    """(work, neighbour, how) of these works, "cited by it" or "cites it"."""
    rows = look.rows("related_citations", works=sorted(works), most=most)
    return [(row["seed"], row["work"], row["how"]) for row in rows]


def authors(look: Look, seeds: Seeds) -> Signal:
    """Works of the same authors, or of their namesakes as weaker evidence; the more works a name has, the less it says.

    Evidence: the names, a namesake's with a question mark before it.
    """
    rows = look.rows("related_authors", seeds=seeds, most=WORKS_OF)
    works_of: defaultdict[str, set[int]] = defaultdict(set)
    for row in rows:
        works_of[row["who"]].add(row["work"])
    strengths: defaultdict[int, float] = defaultdict(float)
    names: defaultdict[int, dict[str, None]] = defaultdict(dict)
    counted: set[tuple[int, str]] = set()
    for row in sorted(rows, key=lambda row: (-row["sure"], row["work"], row["who"], row["name"])):
        if (row["work"], row["who"]) not in counted:
            counted.add((row["work"], row["who"]))
            sure = 1.0 if row["sure"] else NAMESAKE
            strengths[row["work"]] += sure * row["weight"] / math.log2(1 + len(works_of[row["who"]]))
        names[row["work"]][row["name"] if row["sure"] else f"?{row['name']}"] = None
    return {number: Hit(strength, tuple(names[number])) for number, strength in strengths.items()}


# These rank what others have found: by themselves they would reach whole journals and fields.


def venue(look: Look, seeds: Seeds, candidates: Collection[int]) -> Signal:
    """Those of the candidates that appeared in the venue of one of them."""
    rows = look.rows("related_venue", seeds=sorted(seeds), works=sorted(candidates))
    return {row["work"]: Hit(1, row["name"] or "") for row in rows}


def subjects(look: Look, seeds: Seeds, candidates: Collection[int]) -> Signal:
    """Topics, keywords, concepts and fields in common, weighed by the source's score and their rarity; evidence: the names."""
    own: defaultdict[int, float] = defaultdict(float)
    names: dict[int, str] = {}
    for row in look.rows("related_subjects", works=sorted(seeds), most=SUBJECT):
        own[row["subject"]] += seeds[row["work"]] * row["score"] * math.log((row["works"] + 1) / row["n"]) ** 2
        names[row["subject"]] = row["name"]
    strengths: defaultdict[int, float] = defaultdict(float)
    lengths: defaultdict[int, float] = defaultdict(float)
    common: defaultdict[int, list[int]] = defaultdict(list)
    for row in look.rows("related_subjects_of", works=sorted(candidates)):
        lengths[row["work"]] += row["score"] ** 2
        if row["subject"] in own:
            strengths[row["work"]] += row["score"] * own[row["subject"]]
            common[row["work"]].append(row["subject"])
    return {
        work: Hit(
            strength / math.sqrt(lengths[work]),
            tuple(names[one] for one in sorted(common[work], key=lambda one: (-own[one], one))),
        )
        for work, strength in strengths.items()
        if strength > 0
    }
