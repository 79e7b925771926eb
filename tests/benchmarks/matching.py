"""How surely works are recognised without identifiers: python -m tests.benchmarks.matching [tune]

All the real works of ../shared/corpus, as OpenAlex, Semantic Scholar and Crossref tell them; four fifths are held. Every
work is told once more with its identifiers stripped and its fields damaged as sources damage them, and must find its way
back among all that are held; what is not held must come out as new. Two records are of one work where they share an
identifier. Weights and thresholds were chosen on one half of the works (`tune` shows that half); figures are of the other.
"""

from __future__ import annotations

import functools
import gc
import gzip
import random
import sys
import tempfile
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from harvester import normal
from harvester.errors import ParseError
from harvester.evidence import FILES
from harvester.identity import Decision, Doubt, Join, decide
from harvester.records import Author, Record, Venue, identifiers_of
from harvester.sources import parser_of
from harvester.store import Store
from harvester.store.known import Known
from harvester.titles import telling
from tests.benchmarks.table import Line
from tests.build import Hand
from tests.conftest import SHARED
from tests.replay import walk

DAY = "2026-01-01"
BATCH = 500  # records decided at once, as a page or a file brings them
PRECISION, RECALL, A_SECOND = 0.999, 0.98, 2000
SHOWN = 1  # examples of each kind of failure

# --- the real works ---


def real_records(corpus: Path) -> tuple[list[Record], dict[int, list[Record]]]:
    """Every record of a work in the corpus, in a fixed order; and for its number, what it looked like at other times.

    The fullest is the record; of the others those that tell the work otherwise (title, authors, year, journal, place).
    """
    found = defaultdict[tuple[str, str], dict[tuple[object, ...], Record]](dict)
    for record in _records(corpus):
        told = (
            record.title,
            record.authors and [a.name for a in record.authors],
            record.year,
            record.venue,
            record.first_page,
        )
        kept = found[record.source, record.source_id]
        key = (str(told),)
        if key not in kept or len(msgspec.json.encode(record)) > len(msgspec.json.encode(kept[key])):
            kept[key] = record
    records, others = list[Record](), dict[int, list[Record]]()
    for key in sorted(found):
        fullest, *rest = sorted(found[key].values(), key=lambda record: -len(msgspec.json.encode(record)))
        others[len(records)] = rest
        records.append(fullest)
    return records, others


def _records(corpus: Path) -> Iterator[Record]:
    openalex, papers = parser_of("openalex"), parser_of("semantic_scholar")
    for path in sorted((corpus / "openalex" / "synergy").glob("*.gz")):
        with gzip.open(path) as lines:
            yield from map(openalex, lines)
    for path in sorted(corpus.rglob("*.json*")):
        if path.parts[-3] == "schemas" or "timeseries" in path.parts or "synergy" in path.parts:
            continue
        for one in _objects(path):
            try:
                if str(one.get("id") or "").startswith("https://openalex.org/W") and one.get("title"):
                    yield openalex(msgspec.json.encode(one))
                elif one.get("paperId") and one.get("title"):
                    yield papers(msgspec.json.encode(one))
                elif isinstance(one.get("title"), list) and one.get("DOI") and one.get("publisher"):
                    yield _crossref(one)
            except ParseError:
                pass


def _objects(path: Path) -> Iterator[dict[str, Any]]:
    body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for document in body.splitlines() if path.suffix == ".jsonl" else (body,):
        try:
            yield from walk(msgspec.json.decode(document))
        except (msgspec.DecodeError, UnicodeDecodeError):
            return


def _crossref(one: dict[str, Any]) -> Record:
    """As much of a Crossref work as matching looks at."""
    titles = [*(one.get("title") or []), *(one.get("subtitle") or [])][:2]
    people = [
        normal.text(", ".join(filter(None, (a.get("family"), a.get("given")))) or a.get("name"))
        for a in one.get("author") or []
    ]
    dated = [(one.get(field) or {}).get("date-parts") for field in ("issued", "published-print", "created")]
    year = next((parts[0][0] for parts in dated if parts and parts[0] and parts[0][0]), None)
    page, _ = normal.pages(one.get("page"))
    kinds = {"journal-article": "article", "proceedings-article": "article", "posted-content": "preprint"}
    return Record(
        "crossref",
        str(normal.doi(one["DOI"])),
        identifiers_of([("doi", normal.doi(one["DOI"]))]),
        title=normal.text(": ".join(titles)),
        year=normal.year(year),
        type=kinds.get(str(one.get("type")), one.get("type")),
        venue=Venue(
            name=normal.text(next(iter(one.get("container-title") or []), None)),
            issns=tuple(filter(None, map(normal.issn, one.get("ISSN") or []))),
        ),
        volume=normal.text(one.get("volume")),
        issue=normal.text(one.get("issue")),
        first_page=page,
        authors=tuple(Author(name) for name in people if name),
    )


def clusters(records: Sequence[Record]) -> list[int]:
    """For each record the number of the first one that it is connected with by identifiers."""
    roots, bearers = list(range(len(records))), dict[tuple[str, str], int]()

    def root(number: int) -> int:
        while roots[number] != number:
            number = roots[number] = roots[roots[number]]
        return number

    for number, record in enumerate(records):
        for identifier in record.identifiers:
            one, other = sorted((root(number), root(bearers.setdefault(identifier, number))))
            roots[other] = one
    return [root(number) for number in range(len(records))]


# --- as sources damage them ---

Damage = Callable[[Record, random.Random], Record | None]
change = msgspec.structs.replace


def _titled(record: Record, title: str) -> Record | None:
    return change(record, title=normal.text(title)) if title != record.title else None


def _named(record: Record, names: Iterable[str]) -> Record | None:
    found = tuple(Author(name) for name in names)
    return change(record, authors=found) if found != record.authors else None


def untouched(record: Record, _: random.Random) -> Record:
    """Only the identifiers are gone."""
    return record


def capitals(record: Record, _: random.Random) -> Record | None:
    """THE TITLE AND THE NAMES."""
    shouted = change(record, authors=tuple(Author(author.name.upper()) for author in record.authors or ()))
    return change(shouted, title=(record.title or "").upper())


def no_subtitle(record: Record, _: random.Random) -> Record | None:
    """Only what stands before the first colon, question mark, full stop or dash."""
    title = record.title or ""
    marks = [place for mark in (": ", "? ", ". ", " - ", " – ", "—") if (place := title.find(mark)) > 0]
    return _titled(record, title[: min(marks)]) if marks and len(title[: min(marks)].split()) > 1 else None


def other_punctuation(record: Record, rng: random.Random) -> Record | None:
    """The subtitle after another mark, or after none."""
    title = record.title or ""
    return _titled(record, title.replace(": ", rng.choice((" - ", ". ", " ", "—", " : ")))) if ": " in title else None


def _ascii(text: str) -> str:
    folded = text.translate(
        str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ß": "ss", "æ": "ae", "đ": "d", "ı": "i"})
    )
    return "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))


def no_diacritics(record: Record, _: random.Random) -> Record | None:
    """Müller as Muller."""
    plain = change(
        record, title=_ascii(record.title or ""), authors=tuple(Author(_ascii(a.name)) for a in record.authors or ())
    )
    stripped = change(record, authors=tuple(Author(a.name) for a in record.authors or ()))
    return plain if plain != stripped else None


def broken_letters(record: Record, rng: random.Random) -> Record | None:
    """Letters outside ASCII as ?, as U+FFFD, or lost."""
    sign = rng.choice(("?", "\ufffd", ""))

    def broken(text: str) -> str:
        return "".join(c if c.isascii() or not c.isalpha() else sign for c in text)

    title, names = broken(record.title or ""), [broken(a.name) for a in record.authors or ()]
    if title == record.title and names == [a.name for a in record.authors or ()]:
        return None
    return change(record, title=title, authors=tuple(map(Author, names)))


def initials(record: Record, rng: random.Random) -> Record | None:
    """Kai MA; M. A. Kai; Kai, M."""
    form = rng.randrange(3)

    def short(name: str) -> str:
        family, comma, rest = name.partition(",")
        given = rest.split() if comma else name.split()[:-1]
        family = family if comma else name.rsplit(maxsplit=1)[-1]
        letters = [word[0] for word in given if word[0].isalpha()]
        if not letters:
            return name
        return (f"{family} {''.join(letters)}", f"{'. '.join(letters)}. {family}", f"{family}, {letters[0]}.")[form]

    return _named(record, (short(author.name) for author in record.authors or ()))


def year_off(record: Record, rng: random.Random) -> Record | None:
    """The year before or after."""
    return change(record, year=record.year + rng.choice((-1, 1))) if record.year else None


def markup(record: Record, rng: random.Random) -> Record | None:
    """Tags and entities in the title."""
    words = (record.title or "").replace("&", "&amp;").split()
    if len(words) < 2:
        return None
    place = rng.randrange(len(words))
    words[place] = f"<i>{words[place]}</i>"
    return change(record, title=normal.text("<p>" + " ".join(words) + " </p>"))


def transposed(record: Record, rng: random.Random) -> Record | None:
    """Two authors in exchanged places."""
    names = [author.name for author in record.authors or ()]
    if len(names) < 2:
        return None
    place = rng.randrange(len(names) - 1)
    names[place : place + 2] = reversed(names[place : place + 2])
    return _named(record, names)


def first_authors(record: Record, rng: random.Random) -> Record | None:
    """And others: the first, or the first three."""
    names = [author.name for author in record.authors or ()]
    return _named(record, names[: rng.choice((1, 3))])


def hundred_authors(record: Record, _: random.Random) -> Record | None:
    """Cut at a hundred, as lists of OpenAlex are."""
    many = tuple(Author(f"{author.name}") for author in record.authors or ())
    if len(many) < 12:
        return None
    crowd = tuple(Author(f"{a.name.split()[0]} {b.name.split()[-1]}") for a in many for b in many)[: 120 - len(many)]
    return change(record, authors=(*many, *crowd)[:100], authors_truncated=True)


def cut_title(record: Record, rng: random.Random) -> Record | None:
    """Cut after so many letters."""
    title, length = record.title or "", rng.choice((60, 80, 100))
    return _titled(record, title[:length]) if len(title) > length + 5 else None


def no_place(record: Record, _: random.Random) -> Record | None:
    """Neither journal nor volume nor pages."""
    return change(record, venue=None, volume=None, issue=None, first_page=None, last_page=None)


def short_venue(record: Record, _: random.Random) -> Record | None:
    """J Inv Harb, without an ISSN."""
    name = record.venue and record.venue.name
    words = [word for word in (name or "").split() if word.lower() not in {"of", "the", "and", "for", "&", "in"}]
    if len(words) < 2:
        return None
    return change(record, venue=Venue(name=" ".join(word[: 1 if word.startswith("Journal") else 4] for word in words)))


def together(*damages: Damage) -> Damage:
    """All of these that apply."""

    def damage(record: Record, rng: random.Random) -> Record | None:
        changed = record
        for one in damages:
            changed = one(changed, rng) or changed
        return changed if changed is not record else None

    return damage


def any_three(record: Record, rng: random.Random) -> Record | None:
    """Three of them at random."""
    return together(*rng.sample([*ALONE.values()][1:], 3))(record, rng)


ALONE: dict[str, Damage] = {
    "identifiers only": untouched,
    "capitals": capitals,
    "no subtitle": no_subtitle,
    "other punctuation": other_punctuation,
    "no diacritics": no_diacritics,
    "broken letters": broken_letters,
    "initials": initials,
    "year +-1": year_off,
    "markup": markup,
    "authors transposed": transposed,
    "first authors": first_authors,
    "100 authors": hundred_authors,
    "title cut": cut_title,
    "no journal, volume, pages": no_place,
    "short journal": short_venue,
}
COMBINED: dict[str, Damage] = {
    "capitals, initials, no diacritics": together(capitals, initials, no_diacritics),
    "no subtitle, year +-1, initials": together(no_subtitle, year_off, initials),
    "title cut, first authors": together(cut_title, first_authors),
    "year +-1, transposed, short journal": together(year_off, transposed, short_venue),
    "three at random": any_three,
}
DAMAGES = ALONE | COMBINED


# --- the question and the answer ---


class Query(NamedTuple):
    """A work told once more: how, by which record, its cluster."""

    damage: str
    told: Record
    cluster: int
    truth: Record


class Bench:
    """The works held, those that are not, and what is asked."""

    def __init__(self, store: Store, corpus: Path, *, tune: bool) -> None:
        self.store = store
        self.records, self.others = records, _ = real_records(corpus)
        self.cluster_of = clusters(records)
        held = [  # of each work what one service tells: the others ask for it
            record
            for record, cluster in zip(records, self.cluster_of, strict=True)
            if not self.left_out(cluster) and record.source == records[cluster].source
        ]
        hand, by_source = Hand(store), defaultdict[str, list[Record]](list)
        for record in held:
            by_source[record.source].append(record)
        for batch in by_source.values():
            hand.live(DAY, *batch)
        numbers = {
            (source, source_id): work
            for source, source_id, work in store.db.execute(
                "SELECT source, source_id, work FROM record WHERE work IS NOT NULL"
            )
        }
        self.works = defaultdict[int, set[int]](set)  # cluster -> the works that its records are in
        for record, cluster in zip(records, self.cluster_of, strict=True):
            if work := numbers.get((record.source, record.source_id)):
                self.works[cluster].add(work)
        self.tune = tune

    def left_out(self, cluster: int) -> bool:
        return self._mark(cluster) % 5 == 0

    def _mark(self, cluster: int) -> int:
        record = self.records[cluster]
        return int.from_bytes(blake2b(f"{record.source} {record.source_id}".encode(), digest_size=4).digest())

    def queries(self) -> Iterator[Query]:
        """Every work of this half, once for each damage that its first record can suffer."""
        for number, cluster in enumerate(self.cluster_of):
            if number != cluster or ((self._mark(cluster) >> 8) % 2 == 0) != self.tune:
                continue
            record = self.records[number]
            if not record.authors or not telling(normal.title_key(record.title)):
                continue
            for name, damage in DAMAGES.items():
                changed = damage(record, random.Random(f"{cluster} {name}"))
                if changed:
                    yield Query(name, _stripped(changed, f"{cluster} {name}"), cluster, record)

    def told_otherwise(self) -> Iterator[Query]:
        """Every work of this half as another service tells it, or the same one at another time."""
        for number, cluster in enumerate(self.cluster_of):
            record = self.records[number]
            if ((self._mark(cluster) >> 8) % 2 == 0) != self.tune:
                continue
            said = [("at another time", other) for other in self.others[number]]
            if record.source != self.records[cluster].source:
                said.append(("by another service", record))
            for place, (name, told) in enumerate(said):
                if told.authors and telling(normal.title_key(told.title)):
                    yield Query(name, _stripped(told, f"{number} {place} otherwise"), cluster, self.records[cluster])


def _stripped(record: Record, source_id: str) -> Record:
    return change(record, source=min(FILES), source_id=source_id, identifiers=(), abstract=None, relations=None)


class Tally(msgspec.Struct):
    """What came of one kind of question: works held and found, asked about, missed; works not held; wrong answers."""

    held: int = 0
    found: int = 0
    asked: int = 0  # a question to a person that names the right work
    missed: int = 0
    strangers: int = 0
    wrong: int = 0
    wrong_questions: int = 0  # questions that name only other works
    examples: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def precision(self) -> float:
        return self.found / (self.found + self.wrong) if self.found + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.found / self.held if self.held else 1.0

    def add(self, other: Tally) -> None:
        for field in ("held", "found", "asked", "missed", "strangers", "wrong", "wrong_questions"):
            setattr(self, field, getattr(self, field) + getattr(other, field))


def answers(store: Store, queries: Sequence[Query]) -> Iterator[tuple[Query, Decision]]:
    for start in range(0, len(queries), BATCH):
        batch = queries[start : start + BATCH]
        known = Known(store.db, [query.told for query in batch])
        for query in batch:
            yield query, decide(query.told, None, (), known.alike(query.told))


def tally(bench: Bench, queries: Sequence[Query]) -> dict[str, Tally]:
    """Kind of question -> what came of it."""
    result = defaultdict[str, Tally](Tally)
    for query, decision in answers(bench.store, queries):
        row, right = result[query.damage], bench.works.get(query.cluster, set())
        row.held += bool(right)
        row.strangers += not right
        named = {decision.work} if isinstance(decision, Join) else set()
        doubted = {work for work, _ in decision.doubts} if isinstance(decision, Doubt) else set()
        if named and named <= right:
            row.found += 1
        elif named:
            row.wrong += 1
            row.examples.setdefault("wrong", _example(bench, query, decision))
        elif doubted & right:
            row.asked += 1
            row.examples.setdefault("asked", _example(bench, query, decision))
        elif right:
            row.missed += 1
            row.examples.setdefault("missed", _example(bench, query, decision))
        row.wrong_questions += bool(doubted) and not doubted & right
    return result


def _example(bench: Bench, query: Query, decision: Decision) -> str:
    said = decision.doubts[0] if isinstance(decision, Doubt) else (getattr(decision, "work", ""), decision.why)
    held = bench.store.db.execute("SELECT title FROM work WHERE id = ?", (said[0],)).fetchone() if said[0] else None
    return f"{query.truth.source_id} {(query.told.title or '')[:90]!r} -> {said[1]}" + (
        f" {held[0][:90]!r}" if held else ""
    )


def speed(bench: Bench, queries: Sequence[Query]) -> tuple[float, float]:
    """(matches, bare look-ups of a title's key) a second; nothing of either remembered."""
    normal.title_key.cache_clear()
    gc.collect()
    began = time.perf_counter()
    count = sum(1 for _ in answers(bench.store, queries))
    took = time.perf_counter() - began
    normal.title_key.cache_clear()
    began = time.perf_counter()
    for query in queries:
        key = normal.title_key(query.told.title) or ""
        number = int.from_bytes(blake2b(b"w" + key.encode(), digest_size=6).digest())
        bench.store.db.execute("SELECT work FROM title_block WHERE hash = ?", (number,)).fetchall()
    return count / took, count / (time.perf_counter() - began)


class Measured(NamedTuple):
    """What one run found: the works, what came of each damage and of all, matches and look-ups a second."""

    works: str
    rows: dict[str, Tally]
    total: Tally
    rate: float
    limit: float


@functools.cache
def measured(shared: Path, *, tune: bool = False) -> Measured:
    """Measure once; both the table and what explains it are made of this."""
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "bench.db", create=True) as store:
        bench = Bench(store, shared / "corpus", tune=tune)
        held = store.db.execute("SELECT count(*) FROM work").fetchone()[0]
        sources = Counter(record.source for record in bench.records)
        works = f"{len(bench.records)} records {dict(sources)}, {len(set(bench.cluster_of))} works, {held} held"
        queries = [*bench.queries(), *bench.told_otherwise()]
        total, rows = Tally(), tally(bench, queries)
        for row in rows.values():
            total.add(row)
        return Measured(works, rows, total, *speed(bench, queries[: 20 * BATCH]))


def lines(shared: Path) -> list[Line]:
    """The rows for `make bench`."""
    _, _, total, rate, limit = measured(shared)
    return [
        Line(f"matching without identifiers: precision of {total.found + total.wrong:,}", total.precision * 100, "%",
             total.precision / PRECISION, 1.0),
        Line(f"matching without identifiers: recall of {total.held:,}", total.recall * 100, "%", total.recall / RECALL, 1.0),
        Line("matching: limit (the title's key, looked up)", limit, "/s"),
        Line("matching: blocks, evidence, decision", rate, "/s", rate / A_SECOND, 1.0),
    ]  # fmt: skip


_HEADS = ("held", "found", "recall", "precision", "asked", "missed", "not held", "wrong", "?wrong")


def breakdown(shared: Path, *, tune: bool = False) -> Iterator[str]:
    """How each damage is borne, and examples of where it fails."""
    found = measured(shared, tune=tune)
    yield found.works
    yield f"{'':36}" + "".join(f"{head:>10}" for head in _HEADS)
    for name, row in (*found.rows.items(), ("all", found.total)):
        figures = (
            row.held,
            row.found,
            f"{row.recall:.4f}",
            f"{row.precision:.5f}",
            row.asked,
            row.missed,
            row.strangers,
        )
        yield f"{name:36}" + "".join(f"{figure:>10}" for figure in (*figures, row.wrong, row.wrong_questions))
    for name, row in found.rows.items():
        yield from (f"{kind:7}{name}: {example}" for kind, example in row.examples.items())


def main(words: Sequence[str]) -> int:
    """Measure, print."""
    if not SHARED.is_dir():
        print("nothing measured: the benchmark's works (../shared) are not on this machine")
        return 0
    tune = "tune" in words
    for text in breakdown(SHARED, tune=tune):
        print(text)
    _, _, _, rate, limit = measured(SHARED, tune=tune)
    print(f"{rate:,.0f} matches a second; the title's key alone, looked up: {limit:,.0f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
