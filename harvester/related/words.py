"""The telling words of a work, as stems that are exactly those of the full-text index, and queries made of them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from harvester.related.signals import Look

_WORD = re.compile(r"[^\W_]+")  # letters and digits alone: a query made of these in quotes has no syntax
TITLE = 3  # a word of the title counts as three of the abstract
LONGEST = 20_000  # characters read of a text
TERMS = 60  # words in a query
REPEATS = 2  # a word that tells more is repeated in the query, which BM25 reads as a weight
COMMON, FEW = 0.2, 50  # a stem in more than a fifth of the works, and in more than a few, is left out
SHOWN = 3  # words in a reason


class Profile(msgspec.Struct, frozen=True):
    """A text's stems: their share in it (together 1), and how each was first written."""

    shares: Mapping[str, float]
    spelling: Mapping[str, str]


def profiles(look: Look, works: Sequence[int]) -> dict[int, Profile]:
    """The profiles of these works, of title, abstract and highlights; a work that does not exist is absent."""
    texts = {
        row["work"]: [(_split(row["title"]), TITLE), (_split(row["abstract"]), 1), (_split(row["highlights"]), 1)]
        for row in look.rows("related_words_of", works=list(works))
    }
    stems = _stems(look, dict.fromkeys(word for parts in texts.values() for words, _ in parts for word in words))
    return {work: _profile(parts, stems) for work, parts in texts.items()}


def _split(text: str | None) -> list[str]:
    """Its words in lower case; single characters and numbers tell nothing.

    >>> _split("Ruxit 2 NEAR(a, \\"b*\\") 2014 café-OR")
    ['ruxit', 'near', 'café', 'or']
    """
    words = _WORD.findall((text or "")[:LONGEST].lower())
    return [word for word in words if 1 < len(word) <= 40 and not word.isdigit()]


def _profile(parts: Iterable[tuple[list[str], int]], stems: Mapping[str, str]) -> Profile:
    counts: dict[str, int] = {}
    spelling: dict[str, str] = {}
    for words, weight in parts:
        for word in words:
            if stem := stems.get(word):
                counts[stem] = counts.get(stem, 0) + weight
                spelling.setdefault(stem, word)
    total = sum(counts.values())
    return Profile({stem: count / total for stem, count in counts.items()}, spelling)


def _stems(look: Look, words: Iterable[str]) -> dict[str, str]:
    """Word -> stem, by the index's own tokenizer in a table of this connection's own."""
    listed = list(words)
    look.rows("related_stems_table")
    look.rows("related_stems_vocabulary")
    look.rows("related_stems_fill", words=listed)
    found = {listed[row["place"]]: row["stem"] for row in look.rows("related_stems")}
    look.rows("related_stems_clear")
    return found


def telling(look: Look, mixed: Sequence[Profile], terms: int = TERMS) -> list[tuple[str, float]]:
    """The most telling stems, best first, with their share: of the first profile and, as much again, the others.

    Telling is what is frequent here and rare elsewhere (share times inverse document frequency); the others are the
    feedback of Rocchio 1971, with weight 1.
    """
    shares = dict(mixed[0].shares)
    for profile in mixed[1:]:
        for stem, share in profile.shares.items():
            shares[stem] = shares.get(stem, 0.0) + share / (len(mixed) - 1)
    told = {stem: shares[stem] * rarity for stem, rarity in _rarities(look, shares).items()}
    best = sorted(told, key=lambda stem: (-told[stem], stem))[:terms]
    return [(stem, shares[stem]) for stem in best]


def _rarities(look: Look, stems: Iterable[str]) -> dict[str, float]:
    """Stem -> log(works / works with it); without the common ones, which cost most and tell least."""
    known: dict[str, float | None] = look.remembered.setdefault("rarities", {})
    asked = sorted(stem for stem in stems if stem not in known)
    for row in look.rows("related_frequencies", stems=asked):
        common = row["n"] > max(FEW, COMMON * row["works"])
        known[row["stem"]] = None if common else math.log((row["works"] + 1) / row["n"])
    return {stem: rarity for stem in stems if (rarity := known.get(stem)) is not None}


def query(look: Look, mixed: Sequence[Profile], terms: int = TERMS) -> str | None:
    """A full-text query of the telling words of these profiles, each in quotes; None where there are none."""
    told = telling(look, mixed, terms)
    if not told:
        return None
    usual = sorted(share for _, share in told)[len(told) // 2]
    spelling = {stem: word for profile in reversed(mixed) for stem, word in profile.spelling.items()}
    repeated = ((spelling[stem], min(REPEATS, max(1, round(share / usual)))) for stem, share in told)
    return " OR ".join(f'"{word}"' for word, times in repeated for _ in range(times))


def shared(look: Look, work: int, others: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Of each other work, the most telling words of `work` that it shares, as `work` writes them."""
    found = profiles(look, [work, *others])
    own = found.get(work)
    if own is None:
        return {}
    told = [stem for stem, _ in telling(look, [own])]
    return {
        other: tuple(own.spelling[stem] for stem in told if stem in profile.shares)[:SHOWN]
        for other, profile in found.items()
    }
