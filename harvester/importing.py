"""The file tap: files of records through the same stream as a harvest, and kept payloads through it again (reparse)."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TypeVar

import msgspec

from harvester import sources
from harvester.errors import ParseError, UsageError
from harvester.sources.files import FileForm, read
from harvester.store import Arrival, Saved, Saver, Store, Visit
from harvester.tracking import DEFAULTS, Tracking

T = TypeVar("T")

BATCH = 2000  # records saved at once: larger gains nothing, smaller loses to the queries a batch costs


class FileResult(msgspec.Struct):
    """How one file went: its form, the records in it, and those set aside; `problem` where it was refused whole.

    unnamed: records with a title and no identifier, which only what they say can bring to their work.
    """

    path: Path
    form: str = ""
    received: int = 0
    quarantined: int = 0
    unnamed: int = 0
    problem: str | None = None


class Imported(msgspec.Struct):
    """What an import or a reparse did."""

    saved: Saved
    files: list[FileResult]
    placed: int = 0  # texts without title that found their article
    run: int | None = None  # None: nothing changed, so no run was kept

    @property
    def quarantined(self) -> int:
        """Records set aside."""
        return sum(file.quarantined for file in self.files)

    @property
    def refused(self) -> list[FileResult]:
        """Files that could not be read and changed nothing."""
        return [file for file in self.files if file.problem]


def import_files(
    store: Store,
    paths: Sequence[Path],
    on: str,
    now: str,
    *,
    tracking: Tracking = DEFAULTS,
    progress: Callable[[int], None] = lambda _: None,
) -> Imported:
    """Import files, all in one transaction: either all that can be read is in, or nothing is.

    on: the day of records that state none (ISO); now: the time of the run, for its record; tracking: the thresholds;
    progress: told how many records are done. A bad record goes to quarantine; a bad file changes nothing and the others go
    on. An import that brings nothing new leaves the database as it was.
    """
    forms = [_recognise(path) for path in paths]
    result = Imported(Saved(), [])
    saver = store.saver(sources.ranks(), sources.parser_of, tracking)
    with store.bulk(), _no_search_for_cycles():
        run = store.runs.start("import", on, now)
        for path, form in zip(paths, forms, strict=True):
            if isinstance(form, str):
                result.files.append(FileResult(path, problem=form))
                continue
            result.files.append(_import_file(store, saver, form, run, on, result.saved, progress))
        result.placed = store.place_fragments(saver, on)
        store.account(on, tracking)
        if result.saved.anything or result.placed:
            store.tell_retracted_citations(on)
            store.count_common_stems()
        store.inbox.fill(None)
        _close(store, result, run, now)
    store.checkpoint()
    return result


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Records are trees: looking for cycles among so many of them takes a twentieth of an import and finds none."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _close(store: Store, result: Imported, run: int, now: str) -> None:
    saved = result.saved
    if not (saved.anything or result.placed or result.quarantined):
        store.runs.withdraw(run)
        return
    result.run = run
    store.runs.add(
        run,
        {
            "received": saved.received,
            "new_works": saved.new_works,
            "changed": saved.changed,
            "quarantined": result.quarantined,
        },
    )
    partial = result.quarantined or result.refused
    store.runs.finish(run, "partial" if partial else "complete", now)


def _recognise(path: Path) -> FileForm | str:
    try:
        return read(path)
    except UsageError as fault:
        return str(fault)


def _import_file(
    store: Store, saver: Saver, form: FileForm, run: int, on: str, total: Saved, progress: Callable[[int], None]
) -> FileResult:
    """One file, in a transaction of its own inside the import's."""
    result, saved = FileResult(form.path, form.form), Saved()
    try:
        with store.transaction():
            for bodies in _batched(enumerate(form, start=1), BATCH):
                arrivals, bad, drift = _parse(form, bodies)
                changes = saver.save(Visit(form.source, on, live=False), arrivals)
                if changes.anything:
                    store.runs.drift(form.source, on, drift, live=False)
                saved.add(changes)
                result.quarantined += store.runs.quarantine(run, form.source, on, bad)
                result.received += len(bodies)
                result.unnamed += sum(bool(one.record.title) and not one.record.identifiers for one in arrivals)
                progress(total.received + saved.received)
    except UsageError as fault:
        return FileResult(form.path, form.form, problem=str(fault))
    total.add(saved)
    return result


def _parse(
    form: FileForm, bodies: Iterable[tuple[int, bytes]]
) -> tuple[list[Arrival], list[tuple[str, bytes, str]], list[str]]:
    """Records, what cannot be one (origin, bytes, reason), and fields of unexpected shape."""
    parse = sources.parser_of(form.source)
    arrivals, bad, drift = list[Arrival](), list[tuple[str, bytes, str]](), list[str]()
    for number, body in bodies:
        try:
            record = parse(body)
        except ParseError as error:
            bad.append((f"{form.path.name}, record {number}", body, str(error)))
            continue
        arrivals.append(Arrival(record, body))
        drift += record.drift
    return arrivals, bad, drift


def _batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


class Reparsed(msgspec.Struct):
    """What a reparse did: `recovered` came out of quarantine; `failed` payloads cannot be read any more."""

    saved: Saved
    recovered: int = 0
    failed: int = 0


def reparse(
    store: Store,
    on: str,
    now: str,
    *,
    progress: Callable[[int, int], None] = lambda done, of: None,  # noqa: ARG005
) -> Reparsed:
    """Build every record anew from its kept payloads, and try what is in quarantine again; no network.

    Observations and first-seen days stay as they are: history is not what a new parser may rewrite.
    """
    result = Reparsed(Saved())
    saver = store.saver(sources.ranks(), sources.parser_of)
    with store.transaction():
        run = store.runs.start("reparse", on, now)
        total = store.payload_count()
        for source, payloads in store.newest_payloads(BATCH):
            arrivals, parse = [], sources.parser_of(source)
            for body in payloads:
                try:
                    arrivals.append(Arrival(parse(body), body))
                except ParseError:
                    result.failed += 1
            result.saved.add(saver.save(Visit(source, on, live=False, again=True), arrivals))
            progress(result.saved.received + result.failed, total)
        result.recovered = _retry_quarantine(store, saver, result.saved)
        store.place_fragments(saver, on)
        store.tell_retracted_citations(on)
        store.count_common_stems()
        store.runs.add(run, {"received": result.saved.received, "changed": result.saved.changed})
        store.runs.finish(run, "partial" if result.failed else "complete", now)
    store.checkpoint()
    return result


def _retry_quarantine(store: Store, saver: Saver, saved: Saved) -> int:
    recovered = []
    for number, source, day, body in store.quarantined():
        try:
            record = sources.parser_of(source)(body)
        except ParseError:
            continue
        saved.add(saver.save(Visit(source, day, live=False), [Arrival(record, body)]))
        recovered.append(number)
    store.release(recovered)
    return len(recovered)
