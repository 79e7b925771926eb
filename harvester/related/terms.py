"""The terms that tell one group of texts from others. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from harvester.related.words import Profile

PRIOR = 20  # works that the library's habits weigh as much as
TERMS = 6  # terms of a group
COMMON = 0.1  # a stem that more of the library's works have is no term
FEW = 2  # titles of a group in which a term must stand, and two words together ...
SMALL = 3  # ... but one is enough in a group of so few works
_WORD = re.compile(r"[^\W_]+")
# Words of titles that are too rare to be common, and tell nothing.
_BETWEEN = {
    "about", "after", "against", "among", "before", "behind", "between", "beyond", "during", "since", "than", "through",
    "toward", "towards", "under", "upon", "versus", "via", "vs", "whether", "within", "without",
}  # fmt: skip


class Usage(NamedTuple):
    """How many works there are, and in how many of them each stem occurs."""

    works: int
    having: Counter[str]


def usage(profiles: Iterable[Profile]) -> Usage:
    """The usage of these works."""
    listed = list(profiles)
    return Usage(len(listed), Counter(stem for profile in listed for stem in profile.shares))


def terms(group: Sequence[tuple[str, Profile]], whole: Usage, library: Usage, most: int = TERMS) -> list[str]:
    """The terms that tell a group of works, each its (title, profile), from the others of a whole, the most telling first.

    By log odds with an informative Dirichlet prior (Monroe, Colaresi, Quinn 2008, doi:10.1093/pan/mpn018), of the works in
    which a stem occurs; the prior is the `library`, a sample of works of any theme, so that words everybody uses tell
    nothing. A term stands in titles of the group: what is in abstracts alone is mostly manner of speaking. It is written as
    most of the group's works first spell it, two words where titles have them together.
    """
    own = usage(profile for _, profile in group)
    titles = [_stems_of(title, profile) for title, profile in group]
    titled = Counter(stem for words in titles for stem in set(words) if stem)
    told = {
        stem: _log_odds(
            (own.having[stem], whole.having[stem] - own.having[stem]),
            (own.works, whole.works - own.works),
            PRIOR * (library.having[stem] + 1) / (library.works + 2),
        )
        for stem, n in titled.items()
        if n >= (FEW if own.works > SMALL else 1) and library.having[stem] <= COMMON * library.works
    }
    best = sorted((stem for stem in told if told[stem] > 0), key=lambda stem: (-told[stem], stem))[: 2 * most]
    return _written(best, [profile for _, profile in group], titles)[:most]


def _stems_of(title: str, profile: Profile) -> list[str]:
    """The words of a title in order, as stems; "" for a word that is no stem's first spelling, or tells nothing."""
    stem_of = {word: stem for stem, word in profile.spelling.items() if word not in _BETWEEN}
    return [stem_of.get(word, "") for word in _WORD.findall(title.lower())]


def _log_odds(found: tuple[int, int], works: tuple[int, int], prior: float) -> float:
    """The difference of the log odds of a stem in two sets of works, over its standard error."""
    inside, outside = ((n + prior, of + PRIOR - n - prior) for n, of in zip(found, works, strict=True))
    difference = math.log(inside[0] / inside[1]) - math.log(outside[0] / outside[1])
    return difference / math.sqrt(1 / inside[0] + 1 / outside[0])


def _written(stems: Sequence[str], profiles: Sequence[Profile], titles: Sequence[Sequence[str]]) -> list[str]:
    """These stems as words, the pairs of them that titles mostly have together as one term."""
    wanted = set(stems)
    spelling: dict[str, Counter[str]] = {stem: Counter() for stem in stems}
    for profile in profiles:
        for stem in wanted & profile.spelling.keys():
            spelling[stem][profile.spelling[stem]] += 1
    word = {stem: min(found, key=lambda one: (-found[one], one)) for stem, found in spelling.items()}
    titled = Counter(stem for words in titles for stem in set(words))
    pairs = Counter(pair for words in titles for pair in set(pairwise(words)) if wanted.issuperset(pair))
    usual = [(a, b) for (a, b), n in pairs.items() if a != b and n >= FEW and 2 * n >= min(titled[a], titled[b])]
    return _joined(stems, word, sorted(usual, key=lambda pair: (-pairs[pair], pair)))


def _joined(stems: Sequence[str], word: Mapping[str, str], pairs: Sequence[tuple[str, str]]) -> list[str]:
    """The words of these stems in their order, each pair where the first of its two stands; no word is written twice.

    >>> _joined(["cat", "sea", "wild"], {"cat": "cats", "sea": "sea", "wild": "wild"}, [("wild", "cat")])
    ['wild cats', 'sea']
    """
    result: list[str] = []
    done: set[str] = set()
    for stem in stems:
        if stem in done:
            continue
        pair = next((pair for pair in pairs if stem in pair and not done & set(pair)), (stem,))
        done.update(pair)
        result.append(" ".join(word[one] for one in pair))
    return result
