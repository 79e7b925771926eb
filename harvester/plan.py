"""What a run will ask: the watch list, and what is held of it, as asks to each source, stalest first.

list        the works of watched venues, authors, institutions, topics, queries and files, page by page
look-up     every watched work that its source has not sent today, in the largest batches
agency      whose the DOIs are that a registration agency's service does not know: once for a prefix
again       its records that did not come: a DOI may lead to another record by now, so each by the source's own id
elsewhere   works whose record is gone there, by every other name they have: it may have been merged into another
confirm     counts that fell too far to be believed, each again by the cheapest other way
complete    authors that lists cut off, one by one
citing      who cites them, where the count moved since this was last read: of the years that moved, where that is cheaper
whole       the whole list, where what was read does not explain how the count moved
references  the works that watched works cite, once
recheck     those again, after some time (Tracking.recheck_days): they may be retracted by now
notices     the articles among them that are, at the agency that keeps the publishers' notices
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from harvester import normal
from harvester.records import Again, Agencies, Ask, Citing, Identifier, Lookup, References, Source, VenueFigures
from harvester.store import Row, Store, Task
from harvester.tracking import DEFAULTS, Tracking

# Identifiers in the order a look-up prefers them: the one that survives a source's merging of its own ids comes first.
PREFERRED = ("doi", "pmid", "pmcid", "arxiv", "openalex", "s2", "corpusid", "mag", "isbn")

Want = tuple[int | None, Ask]  # the watch it is for, where it is for one alone


class Plan:
    """Plans the stages of one run. Everything it knows it reads from the database, so that a resumed run plans alike."""

    def __init__(
        self, store: Store, clients: Sequence[Source], run: int, on: str, tracking: Tracking = DEFAULTS
    ) -> None:
        self._store = store
        self._tracking = tracking
        self._run = run
        self._on = on
        self._stale = normal.shift(on, -tracking.recheck_days)
        self._flagged = any(one.flags_retractions for one in clients)
        self._year = int(on[:4])
        self._tellers = [one.name for one in clients if any(one.asks(Agencies(("10.1000",))))]
        self._stages = {
            "list": self._lists,
            "look-up": self._look_ups,
            "agency": self._agencies,
            "again": self._again,
            "elsewhere": self._elsewhere,
            "confirm": self._confirm,
            "complete": self._complete,
            "citing": self._citing,
            "whole": self._whole,
            "references": self._references,
            "recheck": self._recheck,
            "notices": self._notices,
        }

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages in their order: each is planned when the one before it is done."""
        return tuple(self._stages)

    def asks(self, client: Source, stage: str, mine: Sequence[Task]) -> Iterator[Want]:
        """What a stage asks of a source (watch, ask), apart from what its tasks of this run (`mine`) have asked already."""
        for watch, want in self._stages[stage](client, mine):
            yield from ((watch, ask) for ask in client.asks(want))

    def _lists(self, client: Source, mine: Sequence[Task]) -> Iterator[Want]:
        planned = {task.watch for task in mine}
        for watch in self._store.watches.all():
            listing = watch.order.listing
            if listing and watch.id not in planned and watch.asks(client.name):
                yield watch.id, listing

    def _look_ups(self, client: Source, mine: Sequence[Task]) -> Iterator[Want]:
        """Every watched work this source has not sent today, the one seen longest ago first."""
        asked, agencies = names_asked(mine), self._store.agencies.known()
        wanted: dict[Identifier, None] = {}
        for row in self._store.rows("harvest_due", source=client.name, on=self._on):
            names = names_of(row["identifiers"])
            if asked.isdisjoint(names) and (askable := self.askable(client, names, agencies)):
                wanted[askable] = None
        for watch in self._store.watches.all():
            name = watch.order.identifier
            if name and name not in asked and watch.asks(client.name) and not self._store.works_named(name):
                wanted |= dict.fromkeys(filter(None, [self.askable(client, [name], agencies)]))
        if wanted:
            yield None, Lookup(tuple(wanted))

    def askable(
        self, client: Source, names: Sequence[Identifier], agencies: Mapping[str, str | None]
    ) -> Identifier | None:
        """The surest of a work's names that this source can be asked for."""
        found = (name for scheme in PREFERRED for name in names if name.scheme == scheme)
        return next(
            (name for name in found if client.can_look_up(name.scheme) and self._may_hold(client, name, agencies)), None
        )

    def _may_hold(self, client: Source, name: Identifier, agencies: Mapping[str, str | None]) -> bool:
        """Whether a registration agency's own service may know a name: a DOI of another agency it never does.

        A prefix whose agency is not known yet is asked for at the service that can tell whose it is, which is Crossref.
        """
        if client.agency is None or name.scheme != "doi":
            return True
        prefix = name.value.partition("/")[0]
        if prefix in agencies:
            return agencies[prefix] in (client.agency, None)  # where none is known, each may turn out to be it
        return client.name in self._tellers or not self._tellers

    def _agencies(self, client: Source, mine: Sequence[Task]) -> Iterator[Want]:
        """Whose are the DOIs it did not know? Asked once for a prefix, and kept."""
        if client.agency is None:
            return
        rows = self._store.rows("harvest_absent_dois", run=self._run, source=client.name)
        asked = {one.partition("/")[0] for task in mine if isinstance(task.ask, Agencies) for one in task.ask.prefixes}
        settled = asked | self._store.agencies.known().keys()
        dois = sorted(row["value"] for row in rows if row["value"].partition("/")[0] not in settled)
        if dois:
            yield None, Agencies(tuple(dois))

    def _again(self, client: Source, mine: Sequence[Task]) -> Iterator[Want]:
        if client.agency is not None:  # by now it is known whose the DOIs are that were asked for elsewhere in vain
            yield from self._look_ups(client, mine)
        yield from self._unseen(client, mine)

    def _unseen(self, client: Source, mine: Sequence[Task]) -> Iterator[Want]:
        """The records of watched works that the look-up did not bring.

        Identifiers move: Semantic Scholar made one paper of a preprint and its article and no longer answers to the
        preprint's DOI, and the DOI that a work has from one source may be another record at the next. Without this such a
        record would never be read again, and its count would stand still.
        """
        rows = self._store.rows("harvest_unseen", source=client.name, on=self._on)
        yield from self._anew(client, mine, [Identifier(row["scheme"], row["value"]) for row in rows])

    def _elsewhere(self, client: Source, mine: Sequence[Task]) -> Iterator[Want]:
        """Works whose record the source does not know any more, by their other names, and by where they lie.

        OpenAlex answers 404 for a work it has merged into another, and does not say into which.
        """
        rows = self._store.rows("harvest_lost", run=self._run, source=client.name, on=self._on)
        names = [name for row in rows for name in names_of(row["identifiers"])]
        names += [Identifier("url", row["url"]) for row in rows if row["url"] and "//doi.org/" not in row["url"]]
        yield from self._anew(client, mine, list(dict.fromkeys(names)))

    def _confirm(self, client: Source, mine: Sequence[Task]) -> Iterator[Want]:
        """Counts held today, the deepest falls first."""
        if any(task.stage == "confirm" for task in mine):
            return
        for row in self._store.rows("harvest_held", source=client.name, on=self._on, most=self._tracking.ask_again):
            yield None, Again(row["source_id"])

    def _complete(self, client: Source, mine: Sequence[Task]) -> Iterator[Want]:
        yield from self._cut_authors(client, mine)
        asked = {task.ask for task in mine}
        for watch in self._store.watches.all():
            figures = VenueFigures(watch.value)
            if watch.kind == "venue" and watch.asks(client.name) and figures not in asked:
                yield None, figures

    def _cut_authors(self, client: Source, mine: Sequence[Task]) -> Iterator[Want]:
        """Works whose lists show only the first hundred authors, each in a request of its own: that shows all."""
        asked = names_asked([task for task in mine if task.stage == "complete"])
        for row in self._store.rows("harvest_cut_authors", source=client.name, on=self._on):
            name = Identifier(*(normal.identifier(row["source_id"]) or ("", "")))
            if client.can_look_up(name.scheme) and name not in asked:
                yield None, Lookup((name,))

    def _citing(self, client: Source, mine: Sequence[Task]) -> Iterator[Want]:
        """The works whose count moved since the list of works citing them was last read to its end.

        Where the rise is told by the years that moved, and the whole list would take more than one reply, only citing works
        of those years; whether that is all of it is seen by the count.
        """
        yield from self._lists_of_citing(client, mine, self._years_moved)

    def _whole(self, client: Source, mine: Sequence[Task]) -> Iterator[Want]:
        """Those of them which what was read does not explain: the whole list."""
        yield from self._lists_of_citing(client, mine, self._all_years)

    def _lists_of_citing(
        self, client: Source, mine: Sequence[Task], years_of: Callable[[Source, Row], tuple[int, ...]]
    ) -> Iterator[Want]:
        moved = self._store.rows("harvest_moved", source=client.name, on=self._on)
        if not client.many_citing_at_once:  # one request a work: for watched works only, not for a venue's thousands
            moved = [row for row in moved if row["watched_itself"]]
        asked: dict[str, set[int]] = {}
        for task in mine:
            if isinstance(task.ask, Citing):
                for one in task.ask.source_ids:
                    asked.setdefault(one, set()).update(task.ask.years or (0,))
        wanted: dict[tuple[str | None, tuple[int, ...]], list[str]] = {}
        for row in moved:
            before = asked.get(row["source_id"], set())
            years = years_of(client, row)
            unasked = tuple(year for year in years if year not in before)
            if not (0 in before or (years and not unasked)):
                wanted.setdefault((row["since"], unasked), []).append(row["source_id"])
        for (since, years), source_ids in wanted.items():
            yield None, Citing(tuple(source_ids), since, years)

    def _years_moved(self, client: Source, row: Row) -> tuple[int, ...]:
        """The years to ask for; empty: all of the list."""
        if not client.citing_page or row["count"] <= client.citing_page or (row["rise"] or 0) <= 0:
            return self._all_years(client, row)
        if row["years"] is None:  # the source states none: what is new is most likely published lately
            return (self._year - 1, self._year)
        return (
            tuple(msgspec.json.decode(row["years"]))
            if row["explained"] == row["rise"]
            else self._all_years(client, row)
        )

    def _all_years(self, client: Source, row: Row) -> tuple[int, ...]:
        """Every year from the article's own on, where one list does not show so many citing works; else empty: all at once."""
        if not client.citing_shown or row["count"] <= client.citing_shown:
            return ()
        return tuple(range((row["year"] or self._year) - 1, self._year + 2))

    def _references(self, client: Source, mine: Sequence[Task]) -> Iterator[Want]:
        unread = self._store.rows("harvest_unread_references", source=client.name, on=self._on)
        asked = {one for task in mine if isinstance(task.ask, References) for one in task.ask.source_ids}
        if unasked := tuple(row["source_id"] for row in unread if row["source_id"] not in asked):
            yield None, References(unasked)

    def _recheck(self, client: Source, mine: Sequence[Task]) -> Iterator[Want]:
        """The works that watched works cite and nobody has sent for long, where the source tells of retractions.

        One that says of every article whether it is retracted, a hundred of them a request, spares the agencies the question;
        they are asked all of it only where there is no such source.
        """
        if client.flags_retractions or (client.agency and not self._flagged):
            rows = self._store.rows("harvest_stale_cited", source=client.name, before=self._stale)
            yield from self._anew(client, mine, [Identifier(row["scheme"], row["value"]) for row in rows])

    def _notices(self, client: Source, mine: Sequence[Task]) -> Iterator[Want]:
        """What is retracted among them, as long as that is news: who says so, since when, and in which notice."""
        if client.agency:
            agencies = self._store.agencies.known()
            rows = self._store.rows("harvest_retracted_cited", source=client.name, **{"from": self._stale})
            dois = [Identifier("doi", row["doi"]) for row in rows]
            yield from self._anew(client, mine, [doi for doi in dois if self._may_hold(client, doi, agencies)])

    @staticmethod
    def _anew(client: Source, mine: Sequence[Task], names: Sequence[Identifier]) -> Iterator[Want]:
        """A look-up of those names that were not asked for yet in this run."""
        asked = names_asked(mine)
        if unasked := tuple(name for name in names if client.can_look_up(name.scheme) and name not in asked):
            yield None, Lookup(unasked)


def names_asked(tasks: Sequence[Task]) -> set[Identifier]:
    """The identifiers that these look-ups ask for."""
    return {name for task in tasks if isinstance(task.ask, Lookup) for name in task.ask.identifiers}


def names_of(identifiers: str) -> list[Identifier]:
    """A query's JSON list of (scheme, value)."""
    return [Identifier(*pair) for pair in msgspec.json.decode(identifiers, type=list[tuple[str, str]])]
