"""Fetching the neighbourhood of some works before it is ranked, within a number of requests that a person states.

A small allowance is to bring as much as it can, so what brings most for a request comes first, and every list gives its first
page before any gives its second:

look-up      the works themselves, at each source that has not sent them today
recommended  what the source lists as related to them
references   the works they cite
citing       the works that cite them
embeddings   the vectors of all these, some hundreds a request; a harvest asks for none, as vectors of watched works alone have
             nothing to be compared with
more         the further pages of long lists, page by page; and the vectors of what these brought

What was read today is not asked again. An ask is written down when it is sent, so that what was left for want of requests leaves
nothing behind but lists that are read in part: they stay open, and the next call of the same day goes on with them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import msgspec

from harvester import normal, sources
from harvester.answering import Answered, Answers
from harvester.errors import Enough
from harvester.http import Allowance
from harvester.plan import Plan, names_asked, names_of
from harvester.records import Ask, Citing, Embeddings, Identifier, Lookup, Recommended, References, Source
from harvester.store import Row, Saved, Store, Task
from harvester.tracking import DEFAULTS, Tracking

STAGES = ("look-up", "recommended", "references", "citing", "embeddings")
MORE = "more"
MOST_EMBEDDED = 2000  # vectors asked for in one call: more than anybody looks through

Progress = Callable[[str, int, int], None]


class Expanded(Answered):
    """How it went: requests sent, citations added, and by stage how many asks were left for want of requests."""

    requests: int = 0
    new_edges: int = 0
    left: dict[str, int] = msgspec.field(default_factory=dict)


def expand(
    store: Store,
    clients: Sequence[Source],
    works: Sequence[int],
    on: str,
    now: Callable[[], str],
    allowance: Allowance,
    *,
    unheld: Sequence[Identifier] = (),
    tracking: Tracking = DEFAULTS,
    progress: Progress = lambda stage, done, of: None,  # noqa: ARG005
) -> Expanded:
    """Fetch what lies around these works on day `on` (ISO). The doors of `clients` must share `allowance`.

    unheld: names of works that are not held yet and belong to them; now: the time of day for the run's record; progress: told
    the stage, and of the requests allowed how many are sent.
    """
    return _Expansion(store, clients, works, unheld, on, now, allowance, tracking, progress).go()


class _Expansion:
    """One call; what it must remember beyond that is in the database."""

    def __init__(
        self,
        store: Store,
        clients: Sequence[Source],
        works: Sequence[int],
        unheld: Sequence[Identifier],
        on: str,
        now: Callable[[], str],
        allowance: Allowance,
        tracking: Tracking,
        progress: Progress,
    ) -> None:
        self._store = store
        self._clients = clients
        self._seeds = list(works)
        self._unheld = unheld
        self._on = on
        self._now = now
        self._allowance = allowance
        self._progress = progress
        with store.transaction():
            unfinished = store.runs.resume("expand", on)
            run = unfinished or store.runs.start("expand", on, now())
        self._result = Expanded(run, "running", Saved(), resumed=unfinished is not None)
        self._saver = store.saver(sources.ranks(), sources.parser_of, tracking)
        self._plan = Plan(store, clients, run, on, tracking)
        self._answers = Answers(store, clients, on, tracking, self._result, self._saver)
        self._begun = {(task.source, task.ask): task for task in store.runs.tasks(run) if task.status == "open"}
        self._long: list[Task] = []  # lists of which one page at least is to come
        self._left: Counter[str] = Counter()

    @property
    def _works(self) -> str:
        """The works as the queries take them: those held, and those that have been found since."""
        found = [work for name in self._unheld for work in self._store.works_meant(name)]
        return msgspec.json.encode(list(dict.fromkeys([*self._seeds, *found]))).decode()

    def go(self) -> Expanded:
        for stage in STAGES:
            self._do(stage)
        self._read_on()
        if self._left[STAGES[-1]] == 0:
            self._do(STAGES[-1])
        return self._finish()

    def _do(self, stage: str) -> None:
        """The first page of every ask of a stage, as long as requests are allowed."""
        for client in self._clients:
            answered = [task for task in self._store.runs.answered(self._on) if task.source == client.name]
            for ask in _unanswered(self._wants(client, stage), client, answered):
                self._progress(stage, self._allowance.sent, self._allowance.sent + self._allowance.left)
                if client.name in self._answers.down:
                    break  # said once
                task = self._task(client, stage, ask) if self._allowance.left else None
                if task is None or not self._page(task):
                    self._left[stage] += 1
                elif task.status == "open":
                    self._long.append(task)

    def _task(self, client: Source, stage: str, ask: Ask) -> Task:
        """An ask written down; one that was begun today goes on where it stands."""
        if begun := self._begun.pop((client.name, ask), None):
            return begun
        run = self._result.run
        with self._store.transaction():
            self._store.runs.plan(run, [(client.name, stage, None, ask)])
            return self._store.runs.tasks(run)[-1]

    def _page(self, task: Task) -> bool:
        """One page more of an ask; whether there were requests enough."""
        try:
            self._answers.answer(task, pages=1)
        except Enough:
            task.why = "no more requests were allowed"
            with self._store.transaction():
                self._store.runs.checkpoint(task)
            return False
        return True

    def _read_on(self) -> None:
        """The further pages of long lists, one of each in turn."""
        while self._long and self._allowance.left:
            self._progress(MORE, self._allowance.sent, self._allowance.sent + self._allowance.left)
            task = self._long.pop(0)
            if task.source not in self._answers.down and (not self._page(task) or task.status == "open"):
                self._long.append(task)
        self._left[MORE] += len(self._long)

    def _finish(self) -> Expanded:
        result = self._result
        with self._store.transaction():
            tasks = self._answers.settle()
            self._store.inbox.fill(self._on)
            whys = [
                f"{n} asks of {stage} were left: no more requests were allowed" for stage, n in self._left.items() if n
            ]
            self._answers.finish(tasks, self._now(), whys)
            if not tasks:  # everything was read today, or there was nobody to ask
                self._store.runs.withdraw(result.run)
        self._store.checkpoint()
        result.requests, result.new_edges = self._allowance.sent, self._saver.new_edges
        result.left = {stage: n for stage, n in self._left.items() if n}
        return result

    # --- what there is to ask ---

    def _wants(self, client: Source, stage: str) -> Iterator[Ask]:
        """What a stage asks of a source, in parts of one request each."""
        match stage:
            case "look-up":
                yield from self._look_ups(client)
            case "recommended":
                for row in self._records(client):
                    yield from client.asks(Recommended(row["source_id"]))
                yield from islice(self._named(client), 1)
            case "references":
                yield from self._references(client)
            case "citing":
                unread = [
                    row["source_id"]
                    for row in self._records(client)
                    if row["citing_on"] != self._on and row["count"] != 0
                ]
                yield from client.asks(Citing(tuple(unread)))
            case "embeddings":
                rows = self._store.rows("expand_unembedded", works=self._works, source=client.name, most=MOST_EMBEDDED)
                yield from client.asks(Embeddings(tuple(row["source_id"] for row in rows)))

    def _records(self, client: Source) -> list[Row]:
        return self._store.rows("expand_records", works=self._works, source=client.name)

    def _look_ups(self, client: Source) -> Iterator[Ask]:
        rows = self._store.rows("expand_works", works=self._works, source=client.name)
        known = [names_of(row["identifiers"]) for row in rows if row["last_seen"] != self._on]
        known += [[name] for name in self._unheld if not self._store.works_meant(name)]
        agencies = self._store.agencies.known()
        names = [name for each in known if (name := self._plan.askable(client, each, agencies))]
        yield from client.asks(Lookup(tuple(names)))

    def _named(self, client: Source) -> Iterator[Ask]:
        """What the records of these works name, related works first, by the hundred, where nobody has fetched it.

        Only of a source that states it there: one that lists it apart sends the records along, or has none in number.
        """
        if not client.states_references:
            return iter(())
        rows = self._store.rows("expand_named", works=self._works, source=client.name)
        names = [Identifier(*pair) for row in rows if (pair := normal.identifier(row["source_id"]))]
        return client.asks(Lookup(tuple(name for name in names if client.can_look_up(name.scheme))))

    def _references(self, client: Source) -> Iterator[Ask]:
        if client.states_references:
            return self._named(client)
        unread = [row["source_id"] for row in self._records(client) if row["cited_on"] != self._on]
        return client.asks(References(tuple(unread)))


def _unanswered(asks: Iterator[Ask], client: Source, answered: Sequence[Task]) -> Iterator[Ask]:
    """Without what was answered today: the same ask, an identifier, a vector."""
    before = {task.ask for task in answered}
    names = names_asked(answered)
    vectors = {one for task in answered if isinstance(task.ask, Embeddings) for one in task.ask.source_ids}
    for ask in asks:
        if isinstance(ask, Lookup):
            yield from client.asks(Lookup(tuple(name for name in ask.identifiers if name not in names)))
        elif isinstance(ask, Embeddings):
            yield from client.asks(Embeddings(tuple(one for one in ask.source_ids if one not in vectors)))
        elif ask not in before:
            yield ask
