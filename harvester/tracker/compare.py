"""Sources side by side: their counts of the same works, the citing works each knows, and where they contradict each other.

Citing works are matched by our works (identifiers, evidence, people's decisions), and by DOI where a source only names them.
Overlap is told as studies of coverage tell it (Martin-Martin et al. 2021, 10.1007/s11192-020-03690-4): of all citing works that
one or the other knows (the union), the share that both know (Jaccard 1912, 10.1111/j.1469-8137.1912.tb05611.x), and each
one's coverage, the share that it knows. What a list that is not whole in our hands does not have, its source may well know.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from statistics import median

import msgspec

from harvester import sources
from harvester.store import Row, Store
from harvester.tracker.sheet import disagreements
from harvester.tracking import DEFAULTS, Tracking

FIELDS = ("year", "type", "doi", "is_retracted")  # whose disagreements are told
WHOLE = ("whole", "nearly whole")  # lists that can be said to lack a citing work
_BATCH = 2_000  # records read at a time


class Side(msgspec.Struct):
    """What one source has of a work: its records that answer, and those that are gone."""

    source: str
    records: list[Row] = []
    gone: list[Row] = []

    @property
    def count(self) -> int | None:
        """The highest count of its records; None: it states none."""
        return max((row["count"] for row in self.records if row["count"] is not None), default=None)

    @property
    def lists(self) -> bool:
        """Whether a list of citing works came to its end."""
        return any(row["list_status"] for row in self.records)

    def whole(self, tracking: Tracking) -> bool:
        """Whether all of its records' lists of citing works are the whole or nearly, for the count that stands."""
        return self.lists and all(list_of(row, tracking) in WHOLE for row in self.records if row["count"] != 0)


def list_of(row: Row, tracking: Tracking) -> str:
    """How much of a record's list of citing works is held, for the count that stands.

    whole: as many as it counts; nearly whole: a few less, which some sources count and do not list; incomplete: fewer;
    outdated: the count has moved since; short, capped: as it came to its end; unread.
    """
    if row["list_status"] != "done":
        return row["list_status"] or "unread"
    if row["count"] not in (None, row["list_count"]):
        return "outdated"
    count, held = row["list_count"] or 0, row["citing_held"]
    return "whole" if held >= count else "nearly whole" if tracking.whole(count, held) else "incomplete"


class Compared(msgspec.Struct):
    """A work (its first columns), its sides by source, and how many citing works are known to which sources.

    citing: (sources, whether they can be met in another's list, how many).
    """

    brief: Row
    sides: dict[str, Side]
    citing: list[tuple[frozenset[str], bool, int]]

    def counts(self) -> dict[str, int]:
        """The count of each source that states one, the highest first."""
        stated = {name: count for name, side in self.sides.items() if (count := side.count) is not None}
        return dict(sorted(stated.items(), key=lambda pair: (-pair[1], pair[0])))

    def row(self, tracking: Tracking) -> Row:
        """The work with its counts, the gap between the highest and the lowest, and the source that is far beyond all others."""
        counts = self.counts()
        high, low = next(iter(counts.values()), None), next(reversed(counts.values()), None)
        gap = None if high is None or low is None or len(counts) < 2 else high - low
        return self.brief | {"counts": counts, "gap": gap, "far_beyond": far_beyond(counts, tracking)}


def far_beyond(counts: Mapping[str, int], tracking: Tracking) -> str | None:
    """The source whose count (highest first) is far beyond the highest of all others; None: there is none."""
    if len(counts) < 2:
        return None
    (source, highest), (_, next_highest), *_ = counts.items()
    return source if tracking.far_beyond(highest, next_highest) else None


def compared(store: Store, briefs: Sequence[Row], as_of: str) -> list[Compared]:
    """These works (rows of their first columns) as known on a day."""
    works = json.dumps([row["work"] for row in briefs])
    sides: dict[int, dict[str, Side]] = defaultdict(dict)
    for row in store.rows("compare_counts", works=works, as_of=as_of):
        side = sides[row["work"]].setdefault(row["source"], Side(row["source"]))
        (side.gone if row["gone_on"] else side.records).append(row)
    citing = defaultdict(list)
    for row in store.rows("compare_citing", works=works, as_of=as_of, each=False):
        citing[row["work"]].append((frozenset(row["sources"].split(",")), bool(row["named"]), row["works"]))
    return [Compared(row, sides.get(row["work"], {}), citing.get(row["work"], [])) for row in briefs]


# --- one work ---


def citing_of(store: Store, one: Compared, as_of: str, tracking: Tracking) -> list[Row]:
    """Who cites a work, what fewest sources know first: `sources` list it; `lacking`: whole lists that do not have it.

    `unsure`: lists that do not have it either, but are not whole. A citing work known only by a source's own id is in nobody
    else's list for want of a name, so that none is said to lack it.
    """
    listing = {name: side.whole(tracking) for name, side in sorted(one.sides.items()) if side.lists}
    rows = store.rows("compare_citing", works=json.dumps([one.brief["work"]]), as_of=as_of, each=True)
    for row in rows:
        row["sources"] = sorted(row["sources"].split(","))
        without = [name for name in listing if name not in row["sources"] and row["named"]]
        row["lacking"] = [name for name in without if listing[name]]
        row["unsure"] = [name for name in without if not listing[name]]
        for key in ("work", "named", "works"):
            del row[key]
    return sorted(rows, key=lambda row: (len(row["sources"]), -len(row["lacking"]), -(row["citing_year"] or 0)))


def records_of(one: Compared, tracking: Tracking) -> list[Row]:
    """Every record of a work with its count, the day it was seen, and how much of its list of citing works is held."""
    return [
        {key: row[key] for key in ("source", "source_id", "count", "since", "seen", "citing_held")}
        | {"list": list_of(row, tracking), "listed_on": row["listed_on"], "gone_on": row["gone_on"]}
        for side in one.sides.values()
        for row in (*side.records, *side.gone)
    ]


# --- what is wrong ---


def duplicates(works: Iterable[Compared]) -> Iterator[Row]:
    """Works that one source holds as several records that answer."""
    for one in works:
        for side in one.sides.values():
            if len(side.records) > 1:
                told = {"source_ids": [row["source_id"] for row in side.records],
                        "counts": [row["count"] for row in side.records]}  # fmt: skip
                yield one.brief | {"source": side.source} | told


def missing(store: Store, works: Sequence[Compared], as_of: str) -> Iterator[Row]:
    """Works that a source has no record of, though it was asked for them by `asked`, or that are gone there."""
    briefs = {one.brief["work"]: one.brief for one in works}
    absent = store.rows("compare_absent", works=json.dumps(list(briefs)), as_of=as_of)
    told = {(row["work"], row["source"]) for row in absent}
    for row in absent:
        yield briefs[row["work"]] | {key: row[key] for key in ("source", "asked", "on")} | {"why": "unknown there"}
    for one in works:
        for side in one.sides.values():
            if side.gone and not side.records and (one.brief["work"], side.source) not in told:
                last = side.gone[-1]
                yield one.brief | {
                    "source": side.source,
                    "asked": last["source_id"],
                    "on": last["gone_on"],
                    "why": "gone there",
                }


def contradictions(store: Store, works: Sequence[Compared]) -> Iterator[Row]:
    """Where sources disagree about year, type, DOI or retraction: a row a work and field, `values` by source."""
    saver = store.saver(sources.ranks(), sources.parser_of)
    several = [one for one in works if len(one.sides) > 1]
    for start in range(0, len(several), _BATCH):
        batch = several[start : start + _BATCH]
        words = saver.current(row["record"] for one in batch for side in one.sides.values() for row in side.records)
        for one in batch:
            said = [
                words[row["record"]] for side in one.sides.values() for row in side.records if row["record"] in words
            ]
            for found in disagreements(said):
                if found["field"] in FIELDS:
                    yield one.brief | found


# --- summed ---


def by_source(works: Sequence[Compared], missed: Iterable[Row], tracking: Tracking) -> list[Row]:
    """A row a source: works it has, works it counts, their counts in sum and median, what is missing there or there twice.

    `whole`: works whose list of citing works is whole; `citing`: citing works it lists, whole or not.
    """
    absent: dict[str, set[int]] = defaultdict(set)
    for row in missed:
        absent[row["source"]].add(row["work"])
    names = sorted({name for one in works for name in one.sides} | absent.keys())
    return [_source_row(name, works, len(absent[name]), tracking) for name in names]


def _source_row(name: str, works: Sequence[Compared], missing: int, tracking: Tracking) -> Row:
    sides = [one.sides[name] for one in works if name in one.sides and one.sides[name].records]
    counts = [count for side in sides if (count := side.count) is not None]
    return {
        "source": name,
        "works": len(sides),
        "counted": len(counts),
        "total": sum(counts),
        "median": median(counts) if counts else None,
        "missing": missing,
        "twice": sum(len(side.records) > 1 for side in sides),
        "far_beyond": sum(far_beyond(one.counts(), tracking) == name for one in works),
        "whole": sum(side.whole(tracking) for side in sides),
        "citing": sum(number for one in works for known, _, number in one.citing if name in known),
    }


def pairs(works: Sequence[Compared], tracking: Tracking) -> list[Row]:
    """A row for each two sources, their counts and their citing works compared.

    a and b are the first and the second of its `sources`. counted: works that both count, with the sums, and the median of
    the ratio (a to b) where neither is zero. listed: works of which both lists of citing works are whole, or nearly; only
    these are in both, only_a, only_b and the overlap. left_out: works of which both list citing works and one list is not
    whole. Of a single work what there is is compared, and `whole` says whether that is all.
    """
    names = sorted({name for one in works for name in one.sides})
    return [row for a, b in combinations(names, 2) if (row := _pair(a, b, works, tracking))]


def _pair(a: str, b: str, works: Sequence[Compared], tracking: Tracking) -> Row | None:
    counted = [
        (one_count, other_count)
        for one in works
        if a in one.sides and b in one.sides
        and (one_count := one.sides[a].count) is not None and (other_count := one.sides[b].count) is not None
    ]  # fmt: skip
    both_list = [
        one for one in works if a in one.sides and b in one.sides and one.sides[a].lists and one.sides[b].lists
    ]
    whole = [one for one in both_list if one.sides[a].whole(tracking) and one.sides[b].whole(tracking)]
    if not counted and not both_list:
        return None
    ratios = [mine / theirs for mine, theirs in counted if mine and theirs]
    return {
        "sources": [a, b],
        "counted": len(counted),
        "total_a": sum(mine for mine, _ in counted),
        "total_b": sum(theirs for _, theirs in counted),
        "median_ratio": round(median(ratios), 3) if ratios else None,
        "listed": len(whole),
        "left_out": len(both_list) - len(whole),
        "whole": bool(whole) and len(whole) == len(both_list),
        **overlap(a, b, whole if len(works) > 1 else both_list),
    }


def overlap(a: str, b: str, works: Iterable[Compared]) -> Row:
    """Citing works that both know and that only one does, over these works; null shares where there are none at all.

    Only citing works that can be met in another's list count.
    """
    known = [(sources, number) for one in works for sources, named, number in one.citing if named]
    both = sum(number for names, number in known if a in names and b in names)
    only_a = sum(number for names, number in known if a in names and b not in names)
    only_b = sum(number for names, number in known if b in names and a not in names)
    union = both + only_a + only_b
    shares = {"jaccard": both, "coverage_a": both + only_a, "coverage_b": both + only_b}
    return {"both": both, "only_a": only_a, "only_b": only_b, "union": union} | {
        name: round(part / union, 4) if union else None for name, part in shares.items()
    }


# --- a request for correction ---


def requests(
    store: Store, source: str, briefs: Sequence[Row], *, as_of: str, tracking: Tracking = DEFAULTS
) -> list[Row]:
    """What a source might correct about these works, in their order; works about which there is nothing are left out.

    Only what is held against it: nothing here is a guess. own: its records; others: other sources' counts; lacking: citing
    works its list does not have, if that list is whole in our hands, and unnamed: how many of those no DOI names; missing: by
    what it was asked, and when; differs: fields it states otherwise than others.
    """
    works = compared(store, briefs, as_of)
    missed, differing = defaultdict(list), defaultdict(list)
    for row in missing(store, works, as_of):
        if row["source"] == source:
            missed[row["work"]].append(row)
    for row in contradictions(store, works):
        if source in row["values"]:
            differing[row["work"]].append(row)
    made = [
        _against(source, one, _lacking(store, source, one, as_of, tracking), tracking)
        | {"missing": missed[one.brief["work"]], "differs": differing[one.brief["work"]]}
        for one in works
    ]
    faults = ("lacking", "unnamed", "missing", "differs", "far_beyond")
    return [row for row in made if len(row["own"]) > 1 or any(row[fault] for fault in faults)]


def _against(source: str, one: Compared, lacking: list[Row], tracking: Tracking) -> Row:
    records = [row for row in records_of(one, tracking) if not row["gone_on"]]
    named = [row for row in lacking if row["citing_doi"]]
    return one.brief | {
        "own": [row for row in records if row["source"] == source],
        "others": [row for row in records if row["source"] != source and row["count"] is not None],
        "far_beyond": far_beyond(one.counts(), tracking) == source,
        "lacking": sorted(named, key=lambda row: (-(row["citing_year"] or 0), row["citing_doi"])),
        "unnamed": len(lacking) - len(named),
    }


def _lacking(store: Store, source: str, one: Compared, as_of: str, tracking: Tracking) -> list[Row]:
    """The citing works that others list and this source's whole list does not have."""
    side = one.sides.get(source)
    if side is None or not side.whole(tracking) or all(source in names for names, _, _ in one.citing):
        return []
    return [row for row in citing_of(store, one, as_of, tracking) if source in row["lacking"]]
