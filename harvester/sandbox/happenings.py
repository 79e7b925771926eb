"""What happens to the simulated literature on known days: rules as text, each saying when, at which service, and what.

    DAY[..DAY] SERVICE WHAT

DAY is an ISO date. SERVICE is `openalex`, `semantic_scholar`, `crossref`, `opencitations`, `datacite`, or `*` (all of them). A
WORK is named by its DOI or OpenAlex id.

While it lasts, which is a day unless a second one is given:
    outage                   every request is answered with 503
    freeze                   it knows what it knew on the first day
    zero WORK                nobody cites the work, in counts and lists

From its day on, or only until the second one:
    drop WORK PERCENT%       that share of the citations the work had is gone

From its day on:
    reindex PERCENT% down    that share of the works loses a third of the citations it had
    reindex PERCENT% up      that share of the works gains citations by works older than a year, which were missing before
    late-batch N             N works that are older than a year are known, and whom they cite
    merge WORK into WORK     the first is known no more; its citations and references are the second's, as are its arXiv and
                             PubMed ids. So Semantic Scholar makes one paper of a preprint and its article.
    split WORK from WORK     the two are apart, which had been one
    retract WORK             it is retracted, and a notice says so
    title WORK WORDS         it has another title

What a service shows follows from the literature, these rules and the day, and from nothing else.

>>> parse("2026-10-05 openalex merge 10.5555/a into W9900000038").works
('10.5555/a', 'W9900000038')
>>> rule = parse("2026-10-05..2026-10-18 crossref zero 10.5555/a")
>>> rule.kind, rule.holds(date(2026, 10, 18)), rule.holds(date(2026, 10, 19))
('zero', True, False)
>>> parse("2026-10-05 openalex reindex 30% sideways")
Traceback (most recent call last):
ValueError: happening '2026-10-05 openalex reindex 30% sideways': after `reindex` comes PERCENT% down, or PERCENT% up
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from harvester.sandbox.literature import SEED_DOI, Literature, Work, work_id

SERVICES = ("openalex", "semantic_scholar", "crossref", "opencitations", "datacite")
OLD = timedelta(365)  # a work that is published longer ago is an old one
LOST = 3  # a new index loses, or gains, one citation in so many of a work that it touches, and one at least

Edge = tuple[int, int]
"""The numbers of a citing and a cited work."""


class Happening(msgspec.Struct, frozen=True):
    """One rule, read. last: the last day of what lasts, None: for good; works: as the rule names them."""

    text: str
    first: date
    last: date | None
    service: str
    kind: str
    works: tuple[str, ...] = ()
    share: float = 0.0
    count: int = 0
    words: str = ""

    def holds(self, on: date) -> bool:
        """Whether it is so on a day."""
        return self.first <= on and (self.last is None or on <= self.last)


class Seen(msgspec.Struct, frozen=True, eq=False):
    """The literature as a service can know it: that of day `on`, which is an earlier one where the service is frozen.

    merged: works that are known no more, each with the number of the one they were merged into; late: the numbers of works
    that are not known yet, each with its rule; because: for other citations that are not as the literature itself has them,
    here or missing, the rule that made them so.
    """

    literature: Literature
    rules: Sequence[Happening]
    on: date
    works: tuple[Work, ...]
    merged: tuple[tuple[Work, int], ...]
    late: Mapping[int, Happening]
    because: Mapping[Edge, Happening]


# --- reading rules -------------------------------------------------------------------------------------------------

_RULE = re.compile(r"(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))? +(\S+) +(\S+) *(.*)")
_WORK = r"(?P<work>\S+)"
_SHARE = r"(?P<share>\d{1,3}(?:\.\d+)?)%"
_FORMS = {
    "outage": ("", "nothing more"),
    "freeze": ("", "nothing more"),
    "zero": (_WORK, "WORK"),
    "drop": (f"{_WORK} +{_SHARE}", "WORK PERCENT%"),
    "reindex": (f"{_SHARE} +(?P<words>up|down)", "PERCENT% down, or PERCENT% up"),
    "late-batch": (r"(?P<count>\d{1,6})", "a number of works"),
    "merge": (rf"{_WORK} +into +(?P<other>\S+)", "WORK into WORK"),
    "split": (rf"{_WORK} +from +(?P<other>\S+)", "WORK from WORK"),
    "retract": (_WORK, "WORK"),
    "title": (rf"{_WORK} +(?P<words>.+)", "WORK WORDS"),
}
_LASTS_A_DAY = ("outage", "freeze", "zero")
_MAY_LAST = (*_LASTS_A_DAY, "drop")
_MERGES = ("openalex", "semantic_scholar", "crossref")  # the others name a work by all of its ids


def parse(text: str) -> Happening:
    """A rule from its text. Raises ValueError that says what is wrong with it."""
    match = _RULE.fullmatch(text.strip())
    if match is None:
        raise _wrong(text, "not of the form DAY[..DAY] SERVICE WHAT")
    start, end, service, kind, rest = match.groups()
    if service not in (*SERVICES, "*"):
        raise _wrong(text, f"there is no service {service!r}")
    if kind not in _FORMS:
        raise _wrong(text, f"nothing is called {kind!r}; known are {', '.join(_FORMS)}")
    form, said = _FORMS[kind]
    parts = re.fullmatch(form, rest.strip())
    if parts is None:
        raise _wrong(text, f"after `{kind}` comes {said}")
    first, last = _days(text, kind, start, end)
    found = parts.groupdict()
    works = tuple(found[name] for name in ("work", "other") if name in found)
    if len(set(works)) < len(works):
        raise _wrong(text, "two works are needed")
    if len(works) == 2 and service not in _MERGES:
        raise _wrong(text, f"only {', '.join(_MERGES)} merge works, and not all at once")
    share = float(found.get("share", 100))
    if not 0 < share <= 100:
        raise _wrong(text, "the share must be over 0 and at most 100")
    return Happening(
        text.strip(), first, last, service, kind, works, share, int(found.get("count", 0)), found.get("words", "")
    )


def _days(text: str, kind: str, start: str, end: str | None) -> tuple[date, date | None]:
    try:
        first = date.fromisoformat(start)
        last = date.fromisoformat(end) if end else None
    except ValueError as error:
        raise _wrong(text, str(error)) from None
    if last and kind not in _MAY_LAST:
        raise _wrong(text, f"`{kind}` has one day and no last one")
    if last and last < first:
        raise _wrong(text, "it ends before it begins")
    return first, last or (first if kind in _LASTS_A_DAY else None)


def _wrong(text: str, what: str) -> ValueError:
    return ValueError(f"happening {text!r}: {what}")


def read(literature: Literature, texts: Iterable[str]) -> tuple[Happening, ...]:
    """Rules from their texts, in the order of their days. Raises ValueError, also for a work that the literature lacks."""
    rules = sorted(map(parse, texts), key=lambda rule: (rule.first, rule.text))
    names = _names(literature)
    for rule in rules:
        for name in rule.works:
            if name.lower() not in names:
                raise _wrong(rule.text, f"there is no work {name}")
    return tuple(rules)


def _names(literature: Literature) -> dict[str, int]:
    by_id = {work_id(work.number).lower(): work.number for work in literature.works}
    return by_id | {work.doi: work.number for work in literature.works if work.doi}


# --- what a service sees -------------------------------------------------------------------------------------------


def is_out(rules: Iterable[Happening], service: str, on: date) -> bool:
    """Whether a service answers nothing on a day."""
    return any(rule.kind == "outage" and rule.holds(on) for rule in _at(rules, service))


def day_seen(rules: Iterable[Happening], service: str, on: date) -> date:
    """The day whose state a service shows: the one on which it froze, or the very day."""
    return min((rule.first for rule in _at(rules, service) if rule.kind == "freeze" and rule.holds(on)), default=on)


def look(literature: Literature, rules: Sequence[Happening], service: str, on: date) -> Seen:
    """The literature as a service sees it on a day, under these rules in the order of their days."""
    shown = day_seen(rules, service, on)
    view = _View(literature, shown)
    for rule in _at(rules, service):
        if effect := _EFFECTS.get(rule.kind):
            effect(view, rule)
    because = {edge: rule for edge, rule in view.because.items() if literature.works[edge[0]].published <= shown}
    return Seen(literature, rules, shown, tuple(view.works.values()), tuple(view.merged), view.late, because)


def _at(rules: Iterable[Happening], service: str) -> list[Happening]:
    return [rule for rule in rules if rule.service in (service, "*")]


class _View:
    """The literature while rules are applied to it, one after another."""

    def __init__(self, literature: Literature, on: date) -> None:
        self.on = on
        self.literature = literature
        self.names = _names(literature)
        self.works = {work.number: work for work in literature.works}
        self.merged: list[tuple[Work, int]] = []
        self.late: dict[int, Happening] = {}
        self.because: dict[Edge, Happening] = {}

    def numbers(self, rule: Happening) -> list[int]:
        """The works a rule names, as far as they are there."""
        found = [self.names[name.lower()] for name in rule.works]
        return found if all(number in self.works for number in found) else []

    def lot(self, rule: Happening, *numbers: int) -> float:
        """A share below 1 that these works draw under a rule, the same on every day, whatever else happens."""
        drawn = hashlib.sha256(f"{self.literature.seed}/{rule.text}/{numbers}".encode()).digest()
        return int.from_bytes(drawn[:6]) / (1 << 48)

    def drawn(self, rule: Happening, cited: int, citing: Sequence[int], count: int) -> list[Edge]:
        """So many of the citations of a work, by lot."""
        return sorted(((one, cited) for one in citing), key=lambda edge: self.lot(rule, *edge))[:count]

    def citing(self, before: date) -> dict[int, list[int]]:
        """Who cites each work, among what was published before a day."""
        found: dict[int, list[int]] = {}
        for work in self.works.values():
            for cited in work.references if work.published < before else ():
                found.setdefault(cited, []).append(work.number)
        return found

    def change(self, number: int, **fields: Any) -> None:
        """Replace fields of a work."""
        self.works[number] = msgspec.structs.replace(self.works[number], **fields)

    def cut(self, edges: Iterable[Edge], rule: Happening) -> None:
        """Take these citations away."""
        gone: dict[int, set[int]] = {}
        for citing, cited in edges:
            gone.setdefault(citing, set()).add(cited)
            self.because[citing, cited] = rule
        for citing, cited_by_it in gone.items():
            left = tuple(cited for cited in self.works[citing].references if cited not in cited_by_it)
            self.change(citing, references=left)


def _zero(view: _View, rule: Happening) -> None:
    for cited in view.numbers(rule) if rule.holds(view.on) else ():
        citing = view.citing(view.on + timedelta(1)).get(cited, [])
        view.cut([(one, cited) for one in citing], rule)


def _drop(view: _View, rule: Happening) -> None:
    for cited in view.numbers(rule) if rule.holds(view.on) else ():
        citing = view.citing(rule.first).get(cited, [])
        view.cut(view.drawn(rule, cited, citing, -int(-len(citing) * rule.share // 100)), rule)


def _reindex(view: _View, rule: Happening) -> None:
    """What a new index finds was missing before; what it loses is missing since."""
    finds = rule.words == "up"
    if rule.holds(view.on) == finds:
        return
    for cited, citing in view.citing(rule.first - OLD if finds else rule.first).items():
        if view.lot(rule, cited) * 100 < rule.share:
            view.cut(view.drawn(rule, cited, citing, -(-len(citing) // LOST)), rule)


def _late(view: _View, rule: Happening) -> None:
    """The works that come late, of those that each service knows and that cite something."""
    old = [
        work.number
        for work in view.literature.works
        if work.published <= rule.first - OLD
        and (work.doi != SEED_DOI and work.openalex and work.s2 == "known" and work.doi and work.references)
    ]
    for number in sorted(old, key=lambda number: view.lot(rule, number))[: rule.count]:
        if number in view.works and rule.holds(view.on):
            view.change(number, indexed=rule.first)
        elif view.works.pop(number, None):
            view.late[number] = rule


def _merge(view: _View, rule: Happening) -> None:
    if rule.holds(view.on) == (rule.kind == "merge") and (numbers := view.numbers(rule)):
        _become_one(view, rule, *numbers)


def _become_one(view: _View, rule: Happening, gone: int, into: int) -> None:
    """The first work's citations and references become the second's, on which they are told once."""
    other = view.works.pop(gone)
    kept = view.works[into]
    references = {*kept.references, *other.references} - {gone, into}
    edges: list[Edge] = [(into, gone), *((end, cited) for cited in other.references for end in (gone, into))]
    for citing, work in list(view.works.items()):
        if gone in work.references and citing != into:
            unseen = {gone, into}.isdisjoint(_parsed(work))
            view.change(
                citing,
                references=tuple(sorted({*work.references, into} - {gone})),
                s2_unseen=work.s2_unseen | {into} if unseen else work.s2_unseen - {into},
            )
            edges += [(citing, gone), (citing, into)]
    view.change(
        into,
        references=tuple(sorted(references)),
        arxiv=kept.arxiv or other.arxiv,
        pmid=kept.pmid or other.pmid,
        s2_unseen=frozenset(references - _parsed(kept) - _parsed(other)),
    )
    view.because |= dict.fromkeys(edges, rule)
    view.merged.append((other, into))


def _parsed(work: Work) -> set[int]:
    """The references that Semantic Scholar understood."""
    return {*work.references} - work.s2_unseen


def _retract(view: _View, rule: Happening) -> None:
    for number in view.numbers(rule) if rule.holds(view.on) else ():
        view.change(number, is_retracted=True, retracted=rule.first)


def _title(view: _View, rule: Happening) -> None:
    for number in view.numbers(rule) if rule.holds(view.on) else ():
        view.change(number, title=rule.words)


_EFFECTS: dict[str, Callable[[_View, Happening], None]] = {
    "zero": _zero, "drop": _drop, "reindex": _reindex, "late-batch": _late, "merge": _merge, "split": _merge,
    "retract": _retract, "title": _title,
}  # fmt: skip
