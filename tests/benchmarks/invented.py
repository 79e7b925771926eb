"""An invented literature of any size, in a database of this program: python -m tests.benchmarks.invented FILE [works]

What matters to `related` is as in real ones: a power law of citations with a few works that everybody cites; communities that
cite mostly within themselves, and often what the works they cite have cited; texts of which half is everybody's words (Zipf)
and the rest the community's own; authors, venues and subjects of which few are in very many works. Drawn from one seeded
chance: the same number of works makes the same rows.
"""

from __future__ import annotations

import math
import sys
import time
from array import array
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from random import Random

from harvester.normal import name_key
from harvester.store import Store, counts, days
from harvester.store.counts import Count
from harvester.store.stems import count_common

DAY = "2026-01-01"
LAST_YEAR, DOUBLING = 2025, 15  # the literature doubles in so many years
COMMUNITY = 500  # works in a community, on average
REFERENCES = (2.86, 0.6)  # logarithm of their number: mean, deviation
LONGEST_LIST = 200
FAMOUS, COPIED, POPULAR = 0.05, 0.35, 0.30  # how a reference was found; the others evenly, within the community
OWN_WORDS, OWN_SHARE = 150, 0.3
WITHOUT_ABSTRACT = 0.15
FIELDS = 8
STRIDE = 7_368_787  # a prime: what comes in order of age gets numbers in no such order


class Citations:
    """Who cites whom, by age: 0 is the oldest work. Every reference is older than the work that has it."""

    def __init__(self, works: int, rng: Random) -> None:
        self.communities = max(works // COMMUNITY, 1)
        sizes = list(accumulate(rng.lognormvariate(0, 0.8) for _ in range(self.communities)))
        self.community = array("I", rng.choices(range(self.communities), cum_weights=sizes, k=works))
        self.first = array("Q", [0])  # where a work's references begin in `cited`
        self.cited = array("I")
        self.received = array("I", bytes(4 * works))
        self._members = [array("I") for _ in range(self.communities)]
        self._ends = [
            array("I") for _ in range(self.communities)
        ]  # each of its works as often as it is cited from within
        for age in range(works):
            self._add(age, rng)

    def references(self, age: int) -> Sequence[int]:
        """The works that this one cites."""
        return self.cited[self.first[age] : self.first[age + 1]]

    def _add(self, age: int, rng: Random) -> None:
        own = self.community[age]
        found = self._draw(age, rng) if age > 1 else set()
        for one in found:
            self.received[one] += 1
            if self.community[one] == own:
                self._ends[own].append(one)
        self.cited.extend(sorted(found))
        self.first.append(len(self.cited))
        self._members[own].append(age)

    def _draw(self, age: int, rng: Random) -> set[int]:
        """A work famous everywhere (the older, the more), one from a list already leant on, a popular one, any one."""
        chance, cited, first = rng.random, self.cited, self.first
        members, ends = self._members[self.community[age]], self._ends[self.community[age]]
        wanted = min(int(rng.lognormvariate(*REFERENCES)), LONGEST_LIST, age // 2)
        found: set[int] = set()
        leads: list[int] = []
        for _ in range(3 * wanted):
            how = chance()
            if how < FAMOUS or not members:
                one = int(age ** chance()) - 1
            elif how < FAMOUS + COPIED and leads:
                lead = leads[int(chance() * len(leads))]
                one = cited[first[lead] + int(chance() * (first[lead + 1] - first[lead]))]
            else:
                near = ends if how < FAMOUS + COPIED + POPULAR and ends else members
                one = near[int(chance() * len(near))]
                if first[one] < first[one + 1]:
                    leads.append(one)
            found.add(one)
            if len(found) == wanted:
                break
        return found


class Literature:
    """Citations, and the rows of everything else."""

    def __init__(self, works: int) -> None:
        self.works = works
        self._rng = Random(works)
        self.citations = Citations(works, self._rng)
        self.words = _vocabulary(self._rng, max(works // 10, 2_000))
        self._keywords = self._surnames = len(self.words) // 5  # the most frequent words serve as these too
        self.venues = max(works // 200, 10)
        self._usual = list(accumulate(1 / rank for rank in range(1, len(self.words) + 1)))
        self._own_usual = self._usual[:OWN_WORDS]
        self._own = [
            self._rng.sample(self.words[len(self.words) // 1000 : len(self.words) // 5], OWN_WORDS)
            for _ in range(self.citations.communities)
        ]  # as frequent there as everybody's most frequent ones
        self._venues = [self._rng.sample(range(1, self.venues + 1), 8) for _ in range(self.citations.communities)]
        self._authors = max(works * 7 // 10, 1)

    def number(self, age: int) -> int:
        """The number of a work in the database."""
        return age * STRIDE % self.works + 1

    def ages(self) -> Iterator[int]:
        """Works in the order of their numbers."""
        back = pow(STRIDE, -1, self.works)
        return (number * back % self.works for number in range(self.works))

    def edges(self) -> Iterator[tuple[int, int]]:
        """(citing, cited), in the order of the key."""
        for number, age in enumerate(self.ages(), start=1):
            for cited in sorted(map(self.number, self.citations.references(age))):
                yield number, cited

    def counts(self) -> Iterator[Count]:
        """How often each is cited."""
        return (Count(number, DAY, self.citations.received[age]) for number, age in enumerate(self.ages(), start=1))

    def texts(self) -> Iterator[tuple[object, ...]]:
        """id, title, abstract, year, type, venue, doi, origin."""
        rng = self._rng
        for number, age in enumerate(self.ages(), start=1):
            own = self.citations.community[age]
            title = self._text(own, rng.randint(7, 13)).capitalize()
            abstract = self._text(own, rng.randint(80, 150)) if rng.random() >= WITHOUT_ABSTRACT else None
            year = LAST_YEAR + int(DOUBLING * math.log2((age + 1) / self.works))
            venue = self._venues[own][int(8 * rng.random() ** 2)] if rng.random() < 0.7 else _few(rng, self.venues)
            yield number, title, abstract, year, "article", venue, f"10.5555/{number:09}", "{}"

    def _text(self, community: int, words: int) -> str:
        own = round(words * OWN_SHARE)
        return " ".join(
            self._rng.choices(self.words, cum_weights=self._usual, k=words - own)
            + self._rng.choices(self._own[community], cum_weights=self._own_usual, k=own)
        )

    def people(self) -> list[tuple[object, ...]]:
        """id, key, name, name_key."""
        names = []
        for number in range(1, self._authors + 1):
            given, surname = self._rng.choice(self.words), self.words[_few(self._rng, self._surnames)]
            name = f"{given.capitalize()} {surname.capitalize()}"
            names.append((number, f"openalex:A{number:09}", name, name_key(name)))
        return names

    def authorships(self, people: Sequence[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
        """work, position, author, name. A community has its own people, and mostly stays among them."""
        rng, each = self._rng, self._authors / self.citations.communities
        for number, age in enumerate(self.ages(), start=1):
            start = self.citations.community[age] * each
            several = min(1 + int(rng.expovariate(0.4)), 15)
            drawn = {
                min(int(start + each * rng.random() ** 1.7 if rng.random() < 0.9 else self._authors * rng.random() ** 1.7),
                    self._authors - 1)
                for _ in range(several)
            }  # fmt: skip
            yield from ((number, place, one + 1, people[one][2]) for place, one in enumerate(sorted(drawn)))

    def subjects(self) -> list[tuple[object, ...]]:
        """id, scheme, name: the communities' topics, then fields, then keywords."""
        topics = [("topic", f"Topic {n}") for n in range(self.citations.communities)]
        fields = [("field", f"Field {n}") for n in range(FIELDS)]
        keywords = [("keyword", word) for word in self.words[: self._keywords]]
        return [(number, *one) for number, one in enumerate([*topics, *fields, *keywords], start=1)]

    def work_subjects(self) -> Iterator[tuple[int, int, float]]:
        """work, subject, score: its topic, its field, one to six keywords."""
        rng, topics = self._rng, self.citations.communities
        for number, age in enumerate(self.ages(), start=1):
            own = self.citations.community[age]
            keywords = {topics + FIELDS + _few(rng, self._keywords) for _ in range(rng.randint(1, 6))}
            for subject in (own + 1, topics + own % FIELDS + 1, *sorted(keywords)):
                yield number, subject, round(rng.random(), 3)


def _few(rng: Random, most: int) -> int:
    """One of 1 to `most`, each the rarer the higher it is (1/n)."""
    return min(int((most + 1) ** rng.random()), most)


def _vocabulary(rng: Random, size: int) -> list[str]:
    """Invented words, the most frequent first; the index's stemmer leaves them apart."""
    syllables = [consonant + vowel for consonant in "bdfgklmnprtvz" for vowel in "aiou"]
    n = len(syllables)
    return [syllables[w // n**2] + syllables[w // n % n] + syllables[w % n] for w in rng.sample(range(n**3), size)]


def build(path: Path, works: int) -> Store:
    """A new database of so many works and about twenty times as many citations. Left open; crashes leave it broken."""
    literature = Literature(works)
    store = Store(path, create=True)
    for setting in ("journal_mode = OFF", "synchronous = OFF", "foreign_keys = OFF", "cache_size = -1000000"):
        store.db.execute(f"PRAGMA {setting}")
    with store.bulk():
        days.begin(store.db, DAY)
        _write_names(store, literature)
        _write_works(store, literature)
        _write_edges(store, literature)
        count_common(store.db)
    store.close()
    return Store(path)


def _write_names(store: Store, literature: Literature) -> None:
    venues = (
        (n, f"Journal of Invented Harbours {n}", f"journal of invented harbours {n}")
        for n in range(1, literature.venues + 1)
    )
    store.db.executemany("INSERT INTO venue (id, name, name_key) VALUES (?, ?, ?)", venues)
    store.db.executemany("INSERT INTO subject VALUES (?, ?, ?)", literature.subjects())
    people = literature.people()
    store.db.executemany("INSERT INTO author (id, key, name, name_key) VALUES (?, ?, ?, ?)", people)
    put = "INSERT INTO authorship (work, position, author, name) VALUES (?, ?, ?, ?)"
    store.db.executemany(put, literature.authorships(people))
    store.db.executemany("INSERT INTO work_subject VALUES (?, ?, ?)", literature.work_subjects())


def _write_works(store: Store, literature: Literature) -> None:
    numbers = range(1, literature.works + 1)
    put = "INSERT INTO work (id, title, abstract, year, type, venue, doi, origin) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    store.db.executemany(put, literature.texts())
    store.db.execute("INSERT INTO work_text (rowid, title, abstract) SELECT id, title, abstract FROM work")
    store.db.executemany(
        "INSERT INTO record (id, source, source_id, work, decision, first_seen, last_seen, references_on) "
        "VALUES (?1, 'openalex', ?2, ?1, 'new', ?3, ?3, ?3)",
        ((n, f"W{n:09}", DAY) for n in numbers),
    )
    for scheme, form in (("doi", "10.5555/{:09}"), ("openalex", "W{:09}")):
        put = "INSERT INTO identifier (scheme, value, record, first_seen) VALUES (?, ?, ?, ?)"
        store.db.executemany(put, ((scheme, form.format(n), n, DAY) for n in numbers))


def _write_edges(store: Store, literature: Literature) -> None:
    put = f"INSERT INTO citation (citing, cited, first_seen) VALUES (?, ?, '{DAY}')"
    store.db.executemany(put, literature.edges())
    counts.begin(store.db, literature.counts())


def main(arguments: Sequence[str]) -> int:
    """Build the file and say what it holds."""
    path, works = Path(arguments[0]), int(arguments[1]) if len(arguments) > 1 else 1_000_000
    began = time.perf_counter()
    build(path, works).close()
    print(f"{works:,} works in {time.perf_counter() - began:.0f} s, {path.stat().st_size / 1e6:,.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
