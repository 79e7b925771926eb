"""The simulated literature: one real article's bibliographic facts, and some hundred invented articles around it.

Everything follows from the seed number (`random.Random` with integers, choices and square roots only: the same seed
gives the same bytes on every platform). Invented articles say so at the end of their abstracts, and their DOIs lie
under 10.5555, a prefix that Crossref keeps for tests.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from datetime import date, timedelta
from random import Random

import msgspec

from harvester.sandbox import words

SEED_DOI = "10.1111/1758-5899.70005"
SEED_DATE = date(2025, 5, 19)
FIRST, LAST = date(1995, 1, 1), date(2027, 12, 31)
SEASON = date(2026, 6, 1)  # from here the weekly citations of the seed article begin
SEASON_WEEKS = 30
FEWEST = 30


class Place(msgspec.Struct, frozen=True):
    """An invented research institute; `ror` has the form of a ROR id and belongs to nobody."""

    number: int
    name: str
    city: str
    country: str
    ror: str


class Person(msgspec.Struct, frozen=True):
    """An author; `orcid` has a right check digit and lies outside the ranges in use."""

    number: int
    given: str
    family: str
    orcid: str | None = None
    place: Place | None = None

    @property
    def name(self) -> str:
        """The name in reading order."""
        return f"{self.given} {self.family}"


class Venue(msgspec.Struct, frozen=True):
    """A journal."""

    number: int
    name: str
    short: str
    publisher: str
    issn_print: str
    issn_online: str
    field: str
    is_oa: bool


class Work(msgspec.Struct, frozen=True):
    """One article, as it is; what each service knows of it is said by `openalex`, `s2` and `s2_lag`.

    references: numbers of earlier articles; s2: "known", "unknown", or "unresolved" (seen in reference lists only);
    s2_lag: days from publication until Semantic Scholar has it; s2_unseen: references it never parsed. indexed, retracted:
    the days on which services heard of it, and of its retraction, where a happening names them.
    """

    number: int
    theme: words.Theme
    title: str
    abstract: str | None
    authors: tuple[Person, ...]
    venue: Venue | None
    published: date
    type: str
    references: tuple[int, ...]
    doi: str | None = None
    pmid: int | None = None
    arxiv: str | None = None
    volume: str | None = None
    issue: str | None = None
    first_page: str | None = None
    last_page: str | None = None
    is_retracted: bool = False
    openalex: bool = True
    s2: str = "known"
    s2_lag: int = 0
    s2_unseen: frozenset[int] = frozenset()
    indexed: date | None = None
    retracted: date | None = None


class Literature(msgspec.Struct, frozen=True):
    """All articles, oldest first (an article's number is its index), and the number of the seed article."""

    seed: int
    works: tuple[Work, ...]
    article: int

    def paper_id(self, work: Work) -> str:
        """The Semantic Scholar paperId of a work."""
        return hashlib.sha256(f"simulated paper {self.seed}/{work.number}".encode()).hexdigest()[:40]


def work_id(number: int) -> str:
    """The OpenAlex id of an article; real ones are lower."""
    return f"W{9_900_000_001 + 37 * number}"


def imagine(seed: int = 1, works: int = 300, weeks: int = SEASON_WEEKS) -> Literature:
    """Write a literature of `works` articles, of which some cite the seed article in each of `weeks` weeks.

    Raises ValueError where that is too few to hold the seed article's story.

    >>> literature = imagine(seed=1, works=60)
    >>> len(literature.works), literature.works[literature.article].doi
    (60, '10.1111/1758-5899.70005')
    """
    if works < FEWEST:
        raise ValueError(f"works: {works} is too few, {FEWEST} or more are needed")
    return _Author(Random(seed), seed, works, weeks).write()  # noqa: S311 - to be repeated, not to be secret


def issn(first_seven: str) -> str:
    """An ISSN from its first seven digits (check digit: ISO 3297).

    >>> issn("1758588"), issn("1758589")
    ('1758-5880', '1758-5899')
    """
    rest = sum((8 - i) * int(digit) for i, digit in enumerate(first_seven)) % 11
    check = "0" if rest == 0 else "X" if rest == 1 else str(11 - rest)
    return f"{first_seven[:4]}-{first_seven[4:]}{check}"


def orcid(first_fifteen: str) -> str:
    """An ORCID iD from its first fifteen digits (check digit: ISO 7064 mod 11-2).

    >>> orcid("000000021825009")
    '0000-0002-1825-0097'
    """
    total = 0
    for digit in first_fifteen:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    whole = first_fifteen + ("X" if check == 10 else str(check))
    return "-".join(whole[i : i + 4] for i in range(0, 16, 4))


class _Plan(msgspec.Struct):
    """What is settled about an article before it is written."""

    published: date
    theme: words.Theme
    cites_the_article: bool = False
    is_the_article: bool = False
    in_global_policy: bool = False
    title: str | None = None
    doi: str | None = None
    crowd: int = 0
    is_preprint: bool = False
    preprint: _Plan | None = None


class _Author:
    """Writes the articles one after another, oldest first."""

    def __init__(self, rng: Random, seed: int, size: int, weeks: int) -> None:
        self.rng = rng
        self.seed = seed
        self.size = size
        self.season_weeks = weeks
        self.themes = {theme.key: theme for theme in words.THEMES}
        self.venues = [
            Venue(number, name, short, publisher, issn(print_), issn(online), field, is_oa)
            for number, (name, short, publisher, print_, online, field, is_oa) in enumerate(words.VENUES)
        ]
        self.places = [
            Place(number, name, city, country, f"0{self._letters(6)}{rng.randrange(10, 98)}")
            for number, (name, city, country) in enumerate(words.PLACES)
        ]
        self.people: dict[str, list[Person]] = {}  # by field; whoever has written more stands in it more often
        self.person_count = 0
        self.titles: set[str] = set()
        self.shelf: dict[str, list[int]] = {theme.key: [] for theme in words.THEMES}  # as `people`: by times cited
        self.written: list[Work] = []
        self.by_plan: dict[int, Work] = {}

    def write(self) -> Literature:
        plans = self._plans()
        waiting: list[Work] = []
        for plan in plans:
            if waiting and waiting[0].published < plan.published:  # an article cites only what was out the day before
                for work in waiting:
                    if work.doi != SEED_DOI:
                        self.shelf[work.theme.key].append(work.number)
                waiting = []
            work = self._the_article(plan) if plan.is_the_article else self._work(plan)
            self.written.append(work)
            self.by_plan[id(plan)] = work
            waiting.append(work)
        article = next(work.number for work in self.written if work.doi == SEED_DOI)
        return Literature(self.seed, tuple(self.written), article)

    # --- the plan: when, about what, citing the seed article or not ------------------------------------------------

    def _plans(self) -> list[_Plan]:
        citing = min(2 * self.season_weeks, self.size // 5)
        plans = [_Plan(SEED_DATE, self.themes["dissociation"], is_the_article=True, in_global_policy=True)]
        plans += [_Plan(day, self._theme(politics=True), cites_the_article=True) for day in self._season(citing)]
        plans += [_Plan(self._day(), self._theme()) for _ in range(self.size - len(plans))]
        plans.sort(key=lambda plan: plan.published)
        self._set_in_global_policy(plans)
        self._set_oddities(plans)
        return plans

    def _theme(self, *, politics: bool = False) -> words.Theme:
        themes = [theme for theme in words.THEMES if theme.near or not politics]
        return self.rng.choices(themes, [theme.share for theme in themes])[0]

    def _day(self) -> date:
        """A publication day: ever more of them, 15 % after the season's begin, one in twelve on 1 January."""
        if self.rng.random() < 0.15:
            return SEASON + timedelta(self.rng.randrange((LAST - SEASON).days + 1))
        day = FIRST + timedelta(int((SEASON - FIRST).days * math.sqrt(self.rng.random())))
        return date(day.year, 1, 1) if self.rng.randrange(12) == 0 else day

    def _season(self, count: int) -> list[date]:
        """Days on which articles that cite the seed appear: a few before the season, then one to four a week."""
        early = max(count - 9 * self.season_weeks // 5, count // 10)
        span = (SEASON - SEED_DATE).days - 90
        days = [SEED_DATE + timedelta(90 + self.rng.randrange(span)) for _ in range(early)]
        weeks = [1] * self.season_weeks
        while sum(weeks) < count - early:
            week = self.rng.randrange(self.season_weeks)
            weeks[week] += weeks[week] < 4
        for week, articles in enumerate(weeks):
            days += [SEASON + timedelta(7 * week + self.rng.randrange(7)) for _ in range(articles)]
        return days[:count]

    def _set_in_global_policy(self, plans: list[_Plan]) -> None:
        fit = [p for p in plans if p.theme.near and p.published.year >= 2010 and not p.is_the_article]
        for plan in self.rng.sample(fit, min(len(fit), self.size * 4 // 15 - 1)):
            plan.in_global_policy = True

    def _set_oddities(self, plans: list[_Plan]) -> None:
        """Awkward titles and DOIs, two articles of one title, crowds of authors, preprints: all long published."""
        old = [p for p in plans if p.published < SEED_DATE and not p.is_the_article and not p.in_global_policy]
        politics = [p for p in old if p.theme.near]
        self.rng.shuffle(politics)
        spare = iter(politics)
        for title, plan in zip(words.ODD_TITLES, spare, strict=False):
            plan.title = title
        for doi, plan in zip(words.ODD_DOIS, spare, strict=False):
            plan.doi = doi
        for plan in itertools.islice(spare, 2):
            plan.title = "Introduction"
        for plan, crowd in zip((p for p in old if p.theme.key in ("ocean", "health")), (137, 104), strict=False):
            plan.crowd = crowd
        for preprint, article in zip(spare, (p for p in plans if p.in_global_policy and p.title is None), strict=False):
            if preprint.published >= article.published or article.is_the_article:
                continue
            article.preprint, article.theme, preprint.is_preprint = preprint, preprint.theme, True
            if sum(p.preprint is not None for p in plans) == 3:
                break

    # --- an article ------------------------------------------------------------------------------------------------

    def _the_article(self, plan: _Plan) -> Work:
        """The seed article's bibliographic facts; the abstract is not the article's."""
        return Work(
            number=len(self.written),
            theme=plan.theme,
            title="Ruxit Revisited: Unravelling Russia's Dissociation From the Pan-European Security Order",
            abstract=(
                "This is a stand-in text for an article on how a state grew apart from the institutions of European "
                "security. It was written for a simulation and says nothing about the article's findings. "
                "Simulated record."
            ),
            authors=(self._person("politics", Person(self._next_person(), "Mikhail", "Polianskii")),),
            venue=self.venues[0],
            published=plan.published,
            type="article",
            references=self._references(plan),
            doi=SEED_DOI,
            volume="16",
            issue="3",
            first_page="430",
            last_page="441",
            s2_lag=9,
        )

    def _work(self, plan: _Plan) -> Work:
        rng, number = self.rng, len(self.written)
        preprint = self.by_plan.get(id(plan.preprint)) if plan.preprint else None
        is_odd = bool(plan.doi or plan.title or plan.crowd)
        is_preprint = plan.is_preprint or (rng.randrange(40) == 0 and not is_odd)
        references = self._references(plan)
        venue = None if is_preprint or rng.randrange(25) == 0 else self._venue(plan)
        volume, issue, first_page, last_page = self._imprint(plan, venue)
        fate = 0 if plan.cites_the_article and rng.randrange(3) else rng.randrange(100)
        return Work(
            number=number,
            theme=plan.theme,
            title=preprint.title if preprint else plan.title or self._title(plan.theme),
            abstract=preprint.abstract if preprint else self._abstract(plan.theme),
            authors=preprint.authors if preprint else self._authors(plan),
            venue=venue,
            published=plan.published,
            type="preprint" if is_preprint else rng.choices(("article", "review", "book-chapter"), (88, 6, 6))[0],
            references=references,
            doi=plan.doi or (f"10.5555/sim.{number:04d}" if is_preprint or rng.randrange(14) else None),
            pmid=990000000 + number if plan.theme.key in ("memory", "health") else None,
            arxiv=f"9999.{number:05d}" if is_preprint else None,
            volume=volume,
            issue=issue,
            first_page=first_page,
            last_page=last_page,
            is_retracted=plan.doi is None and not plan.in_global_policy and rng.randrange(90) == 0,
            openalex=not 95 <= fate < 98 or is_odd,
            s2="unknown" if 80 <= fate < 86 else "unresolved" if 86 <= fate < 89 else "known",
            s2_lag=rng.randrange(2, 22),
            s2_unseen=frozenset(cited for cited in references if rng.randrange(16) == 0),
        )

    def _references(self, plan: _Plan) -> tuple[int, ...]:
        """Earlier articles of the same theme and its neighbours; to those who are cited, more is given."""
        rng, theme = self.rng, plan.theme
        cited: list[int] = []
        if plan.cites_the_article:
            cited.append(next(work.number for work in self.written if work.doi == SEED_DOI))
        wanted = len(cited) + (14 if plan.is_the_article else rng.randrange(3, 15))
        for _ in range(4 * wanted):
            near = theme.near if rng.random() < 0.3 else ()
            shelf = self.shelf[rng.choice(near) if near else theme.key]
            if len(cited) < wanted and shelf and (number := rng.choice(shelf)) not in cited:
                cited.append(number)
        for number in cited:
            work = self.written[number]
            if work.doi != SEED_DOI:
                self.shelf[work.theme.key].append(number)
        return tuple(sorted(cited))

    def _venue(self, plan: _Plan) -> Venue:
        if plan.in_global_policy:
            return self.venues[0]
        field = _field(plan.theme)
        return self.rng.choice([v for v in self.venues[1:] if v.field in (field, "")])

    def _imprint(self, plan: _Plan, venue: Venue | None) -> tuple[str | None, str | None, str | None, str | None]:
        """Volume, issue, first and last page; nothing of it for what is not yet in an issue."""
        if venue is None or self.rng.randrange(12) == 0:
            return None, None, None, None
        first = self.rng.randrange(1, 700)
        volume = plan.published.year - (2009 if venue.number == 0 else 1980 + venue.number)
        issue = "1_Supplement" if self.rng.randrange(40) == 0 else str((plan.published.month + 2) // 3)
        return str(volume), issue, str(first), str(first + self.rng.randrange(5, 30))

    def _title(self, theme: words.Theme) -> str:
        for attempt in itertools.count():
            title = self._fill(self.rng.choice(theme.titles), theme)
            title = title[0].upper() + title[1:] + (f" ({len(self.written)})" if attempt > 20 else "")
            if title not in self.titles:
                break
        self.titles.add(title)
        return title

    def _abstract(self, theme: words.Theme) -> str | None:
        if self.rng.randrange(9) == 0:
            return None
        sentences = [self._fill(sentence, theme) for sentence in theme.sentences]
        keep = self.rng.randrange(2, len(sentences) + 1)
        return " ".join(s[0].upper() + s[1:] for s in (*sentences[:keep], "Simulated record."))

    def _fill(self, pattern: str, theme: words.Theme) -> str:
        rng = self.rng
        a, b = rng.sample(words.ACTORS, 2)
        x, y = rng.sample(words.THINGS.get(theme.key, words.CONCEPTS), 2)
        return pattern.format(a=a, b=b, i=rng.choice(words.INSTITUTIONS), c=rng.choice(words.CONCEPTS), x=x, y=y)

    # --- people ----------------------------------------------------------------------------------------------------

    def _authors(self, plan: _Plan) -> tuple[Person, ...]:
        count = plan.crowd or self.rng.choices((1, 2, 3, 4), (40, 32, 18, 10))[0]
        field = _field(plan.theme)
        if plan.crowd:
            return tuple(self._person(field, self._newcomer()) for _ in range(count))
        authors: list[Person] = []
        while len(authors) < count:
            known = self.people.get(field, [])
            person = self.rng.choice(known) if known and self.rng.random() < 0.5 else self._newcomer()
            if person not in authors:
                authors.append(self._person(field, person))
        return tuple(authors)

    def _person(self, field: str, person: Person) -> Person:
        self.people.setdefault(field, []).append(person)
        return person

    def _newcomer(self) -> Person:
        rng = self.rng
        number = self._next_person()
        iris = orcid(f"00000007{number:07d}") if rng.randrange(100) < 45 else None
        place = rng.choice(self.places) if rng.randrange(8) else None
        return Person(number, rng.choice(words.GIVEN), rng.choice(words.FAMILY), iris, place)

    def _next_person(self) -> int:
        self.person_count += 1
        return self.person_count

    def _letters(self, count: int) -> str:
        return "".join(self.rng.choice("abcdefghjkmnpqrstvwxyz0123456789") for _ in range(count))


def _field(theme: words.Theme) -> str:
    return "politics" if theme.near else theme.key
