"""The conductor of a harvest: what the watch list wants -> asks -> pages -> saved, with a checkpoint for every page.

A stage is planned when the one before it is done, and its asks are written down before the first is sent; each page is
saved in one transaction with the cursor after it. So a run that was killed goes on at the page it had reached, and ends
as if nothing had happened. An ask that fails is written down as failed: it never looks like an empty answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import msgspec

from harvester import sources
from harvester.answering import Answered, Answers
from harvester.config import Settings
from harvester.errors import ConfigError
from harvester.http import Allowance, Door
from harvester.plan import Plan, names_asked
from harvester.records import Source
from harvester.sources.files import BibliographyFiles
from harvester.store import Saved, Saver, Store, Task, Watch
from harvester.tracking import DEFAULTS, Tracking

AFTER_LOOK_UP = ("agency", "again", "elsewhere", "confirm")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
TRIES_WITHIN_ALLOWANCE = 3
IMPATIENT = {"tries": 1, "connect_timeout": 5.0, "read_timeout": 20.0, "total_timeout": 30.0}  # seconds


class Harvested(Answered):
    """How a harvest went."""

    new_citations: int = 0  # in lists of citing works, not held before
    news: int = 0  # citing works that appeared after the first list of them: items of the inbox
    held: int = 0  # counts that fell and are not believed
    unasked: list[Watch] = msgspec.field(default_factory=list)  # what is watched and no source was asked about


Progress = Callable[[str, int, int], None]


def _silent(_stage: str, _done: int, _of: int) -> None:
    """Nobody is watching."""


@contextmanager
def connected(
    settings: Settings, store: Store | None, *, patient: bool = True, allowance: Allowance | None = None
) -> Iterator[list[Source]]:
    """The services the settings name, each behind a door that shares pace and budget through the database (None: alone).

    patient: tries again and waits as an unattended run may; otherwise somebody is waiting for the answer. allowance: how many
    requests all of them may send together, too dear to be spent on what fails again and again. Raises ConfigError for a service
    this version does not have.
    """
    with ExitStack() as doors:
        clients = []
        for name in settings.sources:
            module = sources.modules().get(name)
            if module is None or not hasattr(module, "client"):
                raise ConfigError(
                    f"sources: {name!r} cannot be harvested by this version; leave it out of the settings"
                )
            service = module.service(settings.urls.get(name), settings.key(name))
            if urlsplit(service.url).hostname in LOOPBACK:
                service = msgspec.structs.replace(service, interval=0.0)  # a stand-in on this machine needs no courtesy
            if not patient:
                service = msgspec.structs.replace(service, **IMPATIENT)
            if allowance:
                service = msgspec.structs.replace(service, tries=min(service.tries, TRIES_WITHIN_ALLOWANCE))
            book = store.book() if store else None
            door = doors.enter_context(Door(service, book, mailto=settings.mailto, allowance=allowance))
            clients.append(module.client(door))
        yield [*clients, BibliographyFiles()]


def harvest(
    store: Store,
    clients: Sequence[Source],
    on: str,
    now: Callable[[], str],
    *,
    tracking: Tracking = DEFAULTS,
    progress: Progress = _silent,
) -> Harvested:
    """One run over the whole watch list on day `on` (ISO), or the rest of one that was cut short on that day.

    now: the time of day for the run's record; tracking: the thresholds; progress: told the stage, asks done and planned.
    """
    return _Run(store, clients, on, now, tracking, progress).go()


class _Run:
    """One run; everything it must remember between pages is in the database."""

    def __init__(
        self,
        store: Store,
        clients: Sequence[Source],
        on: str,
        now: Callable[[], str],
        tracking: Tracking,
        progress: Progress,
    ) -> None:
        self._store = store
        self._clients = {client.name: client for client in clients}
        self._on = on
        self._now = now
        self._progress = progress
        self._saver: Saver = store.saver(sources.ranks(), sources.parser_of, tracking)
        with store.transaction():
            unfinished = store.runs.resume("harvest", on)
            run = unfinished or store.runs.start("harvest", on, now())
        self._result = Harvested(run, "running", Saved(), resumed=unfinished is not None)
        self._answers = Answers(store, clients, on, tracking, self._result, self._saver)
        self._planner = Plan(store, clients, run, on, tracking)

    def go(self) -> Harvested:
        if self._result.resumed:  # what it had planned comes first; then what may be wanted since
            for stage in self._planner.stages:
                self._work_off(stage)
        for stage in self._planner.stages:
            with self._store.transaction():  # for all sources or for none, so that a resumed run plans the same
                for client in self._clients.values():
                    if stage == "confirm":  # what is explained by now need not be asked for
                        self._saver.settle(client.name, self._on)
                    self._plan(client, stage)
            self._work_off(stage)
        return self._finish()

    def _plan(self, client: Source, stage: str) -> None:
        """Write down what this stage will ask of a source, apart from what this run has asked it already.

        A source that has asked us to come back later is planned no further: what it still has to send decides it. What it
        sends then may be news to the others, which had gone on without it: so a resumed run plans every stage again.
        """
        mine = [task for task in self._store.runs.tasks(self._result.run) if task.source == client.name]
        if any(task.status == "open" for task in mine) or (
            stage in AFTER_LOOK_UP and client.name in self._answers.down
        ):
            return  # what is down is said once, by the look-up
        if stage == "citing":
            self._saver.uncited(client.name, self._on)
        asks = self._planner.asks(client, stage, mine)
        self._store.runs.plan(self._result.run, [(client.name, stage, watch, ask) for watch, ask in asks])

    # --- asking ---

    def _work_off(self, stage: str) -> None:
        tasks = self._store.runs.tasks(self._result.run, stage)
        for done, task in enumerate(tasks):
            self._progress(stage, done, len(tasks))
            if task.status == "open":
                self._answers.answer(task)
        self._progress(stage, len(tasks), len(tasks))
        if stage == "look-up" or (tasks and stage in ("again", "elsewhere")):
            self._link_watches()

    # --- afterwards ---

    def _link_watches(self) -> None:
        """A watched work stands for all its records, whichever source sent them."""
        with self._store.transaction():
            for watch in self._store.watches.all():
                if name := watch.order.identifier:
                    self._store.watches.stands_for(watch.id, self._store.works_named(name))
                elif watch.kind == "file":
                    self._store.watches.spread(watch.id)

    def _unasked(self, tasks: Sequence[Task]) -> list[Watch]:
        """The watches that no source was asked about: none that is enabled can be, or it was added during the run."""
        planned = {task.watch for task in tasks}
        asked = names_asked(tasks)
        return [
            watch
            for watch in self._store.watches.all()
            if (name := watch.order.identifier) not in asked
            and watch.id not in planned
            and not (name and self._store.works_named(name))
        ]

    def _finish(self) -> Harvested:
        result = self._result
        with self._store.transaction():
            tasks = self._answers.settle()
            failed = any(task.status in ("failed", "open") for task in tasks)
            result.unasked = [] if failed else self._unasked(tasks)
            result.held = (self._store.row("harvest_held_now", on=self._on) or {})["counts"]
            found = self._store.row("harvest_citations", run=result.run, on=self._on) or {}
            result.new_citations, result.news = found["citations"], self._store.inbox.fill(self._on)
            whys = [f"no source was asked about watch {watch.id}" for watch in result.unasked]
            self._answers.finish(tasks, self._now(), whys)
        self._store.checkpoint()
        return result
