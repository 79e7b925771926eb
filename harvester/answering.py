"""Asking and keeping: one ask of a run, page by page, each saved in one transaction with the cursor after it.

Whoever plans asks (harvest.py, expanding.py) has them answered here, so that a failure never looks like an empty answer and a
list that was cut short never looks complete, whatever it was asked for.
"""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from harvester.errors import ComeBackLater, KeyRejected, Refused, ServerFault, SourceError, TimedOut, Unreachable
from harvester.records import (
    Agencies,
    Ask,
    Citing,
    Edge,
    Embeddings,
    Failed,
    FileWorks,
    Lookup,
    Page,
    References,
    Source,
    VenueFigures,
)
from harvester.store import Arrival, Saved, Saver, Store, Task, Visit, Watch
from harvester.tracking import Tracking

# After these, the rest of what a source was to be asked would only fail the same way.
SOURCE_IS_DOWN = (Unreachable, TimedOut, ServerFault, KeyRejected)


class Answered(msgspec.Struct):
    """How a run went so far. `faults` are the errors met, one for each ask that failed; `status` as in the runs view."""

    run: int
    status: str
    saved: Saved
    quarantined: int = 0
    absent: int = 0
    faults: list[SourceError] = []
    resumed: bool = False
    short: int = 0  # asks that sent less than they promised, or are capped


class Answers:
    """Has the asks of one run answered; what it must remember between pages is in the database.

    `down`: the sources that are not to be asked any more in this run, and why. `result` is added to.
    """

    def __init__(
        self, store: Store, clients: Sequence[Source], on: str, tracking: Tracking, result: Answered, saver: Saver
    ) -> None:
        self._store = store
        self._clients = {client.name: client for client in clients}
        self._on = on
        self._tracking = tracking
        self._result = result
        self._saver = saver
        self._seen: defaultdict[int, set[str]] = defaultdict(set)  # by task: what its pages told of so far
        self.down: dict[str, SourceError] = {}

    def answer(self, task: Task, pages: int | None = None) -> None:
        """Fetch and save an ask page by page (None: to its end); a fault is written down and the run goes on.

        Raises Enough, with the ask left open where it stands, if no more requests are allowed.
        """
        client = self._clients.get(task.source)
        if client is None or task.source in self.down:
            self._fail(task, self.down.get(task.source))
            return
        resumed = task.pages > 0
        last = None if pages is None else task.pages + pages
        while task.status == "open" and task.source not in self.down and task.pages != last:
            try:
                page = client.fetch(task.ask, task.cursor)
            except Refused as fault:
                if resumed and task.cursor is not None:  # the cursor has expired: from the first page
                    task.cursor, task.pages, task.received, task.failed, resumed = None, 0, 0, 0, False
                    continue
                self._fail(task, fault)
            except SourceError as fault:
                if isinstance(fault, (*SOURCE_IS_DOWN, ComeBackLater)):
                    self.down[task.source] = fault
                self._fail(task, fault)
            else:
                with self._store.transaction():
                    self._save(task, page, self._seen[task.position])
                self._store.checkpoint()
        if task.status != "open":
            self._seen.pop(task.position, None)

    def _fail(self, task: Task, fault: SourceError | None) -> None:
        """Write down that an ask was not answered. Where the source says to come back later it stays open."""
        why = str(fault) if fault else "the source is not enabled any more"
        if fault and fault not in self._result.faults:
            self._result.faults.append(fault)
        with self._store.transaction():
            if isinstance(fault, ComeBackLater):
                task.why = why
                self._store.runs.checkpoint(task)
                return
            if isinstance(task.ask, Lookup):
                unknown = [Failed(identifier, why) for identifier in task.ask.identifiers]
                self._store.runs.unanswered(task.run, task.source, [], unknown)
                task.failed = len(unknown)
            task.status, task.why = "failed", why
            self._store.runs.checkpoint(task)

    def _save(self, task: Task, page: Page, seen: set[str]) -> None:
        """One page and its checkpoint, inside one transaction."""
        runs, source = self._store.runs, task.source
        arrivals = [
            Arrival(item.record, item.body, item.asked) for item in page.items if item.record and not item.problem
        ]
        unread = [(task.stage, item.body, item.problem) for item in page.items if item.problem and not item.record]
        unasked = [(task.stage, item.body, item.problem) for item in page.items if item.problem and item.record]
        visit = Visit(source, self._on, live=True, second=task.stage == "confirm")
        saved = self._saver.save(visit, arrivals)
        quarantined = runs.quarantine(task.run, source, self._on, unread)
        quarantined += runs.quarantine(task.run, source, self._on, unasked, unasked=True)
        edges = page.edges or _edges(task.ask, arrivals)
        self._saver.save_edges(source, edges, self._on, task.run)
        unknown = _unknown(page)
        runs.unanswered(task.run, source, page.absent, unknown)
        self._saver.gone(source, [name.value for name in page.absent], self._on)
        runs.drift(source, self._on, [*page.drift, *(path for arrival in arrivals for path in arrival.record.drift)])
        runs.observed(source, self._on)
        ids = [arrival.record.source_id for arrival in arrivals]
        told = {*ids, *_far_ends(task.ask, edges)}
        watch = self._store.watches.numbered(task.watch) if task.watch is not None else None
        if watch:
            self._store.watches.caught(watch.id, source, ids)
        self._save_besides(source, page)
        task.pages += 1
        task.cursor = page.next
        task.expected = page.total if page.total is not None else task.expected
        task.absent += len(page.absent)
        if isinstance(task.ask, Lookup):
            task.received += len({item.asked for item in page.items if item.asked} - {one.asked for one in unknown})
            task.failed += len(unknown)
        elif isinstance(task.ask, Embeddings):
            task.received += len(page.embeddings)
            task.failed += len(unknown)
        else:
            task.received += len(told - seen) + page.unidentified + len(unread)
            task.failed += len(unread) + _untold(task.ask, arrivals, edges)
        seen.update(told)
        if page.next is None:
            self._close(task, capped=page.capped)
        elif watch and task.expected is not None and task.expected > watch.order.cap:
            task.status, task.why = "capped", _over_cap(watch, task)
        if watch and task.status == "done" and isinstance(task.ask, FileWorks):
            self._store.watches.lists(watch.id, source, sorted(seen), self._on)
        runs.checkpoint(task)
        runs.add(task.run, {"received": len(arrivals), "new_works": saved.new_works, "changed": saved.changed,
                            "quarantined": quarantined, "requests": 1})  # fmt: skip
        self._result.saved.add(saved)
        self._result.quarantined += quarantined
        self._result.absent += len(page.absent)

    def _save_besides(self, source: str, page: Page) -> None:
        """What a page tells that is neither a record nor a citation."""
        self._saver.save_given(source, page.related, page.embeddings, self._on)
        self._saver.save_venues(source, page.venues, self._on)
        self._store.agencies.keep(page.agencies, self._on)
        if agency := self._clients[source].agency:
            self._store.agencies.keep([(doi.partition("/")[0], agency) for doi in _dois_found(page)], self._on)

    def _close(self, task: Task, *, capped: bool) -> None:
        """The last page of an ask has come: is this all of it?"""
        if capped:
            task.status, task.why = "capped", f"{task.source} shows no more than {task.received} of them"
        elif isinstance(task.ask, Agencies | VenueFigures):
            task.status = "done"
        elif isinstance(task.ask, Lookup):
            task.expected = len(task.ask.identifiers)
            task.status = "failed" if task.failed else "done"
            task.why = f"{task.failed} identifiers are unanswered" if task.failed else None
        elif task.expected is not None and task.received < task.expected:
            task.status, task.why = "short", f"{task.source} promised {task.expected} and sent {task.received}"
        elif task.failed:
            task.status, task.why = "short", f"{task.failed} of {task.received} that {task.source} sent cannot be used"
        else:
            task.status = "done"
        if isinstance(task.ask, Citing):
            self._citing_read(task, task.ask)
        if isinstance(task.ask, References) and task.status in ("done", "capped"):  # a list withheld stays so
            self._store.references_read(task.source, task.ask.source_ids, self._on)

    def _citing_read(self, task: Task, ask: Citing) -> None:
        """The list of works citing these is at its end. What a complete list no longer has is closed.

        A list that is short, capped, or empty against the source's own count says nothing about what is gone.
        """
        counts = self._store.current_counts(task.source, ask.source_ids)
        if task.received:  # an empty list says nothing against the count that stands
            counts |= self._store.said_counts(task.source, ask.source_ids)
        if ask.years:
            self._years_read(task, ask, counts)
            return
        count = max(counts.values(), default=0)
        if (
            task.status == "done"
            and task.expected is None
            and ask.since is None
            and (not self._tracking.whole(count, task.received) or (count and not task.received))
        ):
            task.status, task.why = "short", f"{task.source} counts {count} and lists {task.received}"
        if task.status != "capped" and len(ask.source_ids) == 1 and not ask.since:
            self._saver.listed_again(task.source, ask.source_ids[0], task.received, self._on)
        if task.status != "done":
            self._listed(task, ask, counts)
            return
        for cited in ask.source_ids:  # a list from some day on says nothing of what came before
            closes = None if ask.since else task.run
            self._saver.close_unread(task.source, cited, self._on, closes, counts.get(cited))

    def _years_read(self, task: Task, ask: Citing, counts: Mapping[str, int]) -> None:
        """Some years of the list are at their end. Where they explain the count, the list is known again; they close nothing.

        A list that is only shown in parts is known when all its parts are read and nearly as many are held as counted.
        """
        if task.status != "done":
            self._listed(task, ask, counts)
            return
        unread = {
            cited
            for one in self._store.runs.tasks(task.run)
            if one.position != task.position and one.source == task.source and one.status != "done"
            for cited in (one.ask.source_ids if isinstance(one.ask, Citing) else ())
        }
        for cited in ask.source_ids:
            count = counts.get(cited)
            known = self._saver.explained(task.source, cited, count)
            held = self._saver.held(task.source, cited)
            nearly = known is None and count is not None and self._tracking.whole(count, held)
            if known or (nearly and cited not in unread):
                self._saver.close_unread(task.source, cited, self._on, None, count)
            elif known is None and cited not in unread:
                task.status, task.why = "short", f"{task.source} counts {count} and lists {held} by year"
                self._listed(task, ask, counts)

    def _listed(self, task: Task, ask: Citing, counts: Mapping[str, int]) -> None:
        """A list came to its end and is not the whole: say how far it goes."""
        for cited in ask.source_ids:
            self._saver.listed(task.source, cited, self._on, counts.get(cited), task.status)

    # --- afterwards ---

    def settle(self) -> list[Task]:
        """What follows from all that was saved, when nothing more is asked; returns the asks as they stand."""
        self._store.place_fragments(self._saver, self._on)
        self._saver.still(sorted(self._clients), self._on)
        self._store.account(self._on, self._tracking)
        self._store.tell_retracted_citations(self._on)
        self._store.count_common_stems()
        tasks = self._store.runs.tasks(self._result.run)
        self._result.short = sum(task.status in ("short", "capped") for task in tasks)
        return tasks

    def finish(self, tasks: Sequence[Task], now: str, whys: Sequence[str] = ()) -> None:
        """Close the run, and say why it is not complete; whys: what there is to say of that beside its asks."""
        result = self._result
        failed = [task for task in tasks if task.status in ("failed", "open")]
        if failed and len(failed) == len(tasks) and not any(task.received or task.absent for task in tasks):
            result.status = "failed"
        elif failed or result.short or result.quarantined or whys:
            result.status = "partial"
        else:
            result.status = "complete"
        note = "; ".join(dict.fromkeys([*(task.why for task in failed if task.why), *whys])) or None
        self._store.runs.finish(result.run, result.status, now, note)


def _dois_found(page: Page) -> list[str]:
    """The DOIs asked for that a page has found."""
    return [item.asked.value for item in page.items if item.record and item.asked and item.asked.scheme == "doi"]


def _over_cap(watch: Watch, task: Task) -> str:
    return (
        f"watch {watch.id} stands for {task.expected:,} works at {task.source}, more than its cap of {watch.order.cap:,}: "
        f"no more were asked for; if that is meant: harvester watch add {shlex.quote(watch.value)} --kind {watch.kind} "
        f"--cap {task.expected}"
    )


def _unknown(page: Page) -> list[Failed]:
    """The identifiers of a look-up that stay unanswered: not asked, or answered with what cannot be used."""
    return [*page.failed, *(Failed(item.asked, item.problem) for item in page.items if item.problem and item.asked)]


def _untold(ask: Ask, arrivals: Sequence[Arrival], edges: Sequence[Edge]) -> int:
    """How many works of a list of citing works do not tell whom they cite; what one does tell, it is believed."""
    if not isinstance(ask, Citing):
        return 0
    citing = {edge.citing for edge in edges}
    return sum(one.record.references is None and one.record.source_id not in citing for one in arrivals)


def _far_ends(ask: Ask, edges: Sequence[Edge]) -> set[str]:
    """The works a list of citing or cited works tells of, also where it sends no records of them."""
    if isinstance(ask, Citing):
        return {edge.citing for edge in edges}
    return {edge.cited for edge in edges} if isinstance(ask, References) else set()


def _edges(ask: Ask, arrivals: Sequence[Arrival]) -> list[Edge]:
    """Who cites what was asked about, where the records' own references say it."""
    if not isinstance(ask, Citing):
        return []
    wanted = set(ask.source_ids)
    return [
        Edge(arrival.record.source_id, cited)
        for arrival in arrivals
        for cited in arrival.record.references or ()
        if cited in wanted
    ]
