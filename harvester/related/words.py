"""The telling words of works, as stems that are exactly those of the full-text index: what to search for, how texts compare."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from harvester.related.look import Hit, Look, Seeds, Signal

_WORD = re.compile(r"[^\W_]+")  # letters and digits alone: a query made of these in quotes has no syntax
TITLE = 3  # a word of the title counts as three of the abstract
LONGEST = 20_000  # characters read of a text
FREQUENT = 150  # stems, the most frequent of the texts, whose rarity is looked up
TERMS = 60  # words in a query ...
READ = 16_000  # ... and works in which they occur, together: what a search costs
REPEATS = 2  # a word that tells more is repeated in the query, which BM25 reads as a weight
COMMON, FEW = 0.2, 50  # a stem in more than a fifth of the works, and in more than a few, is left out
AGAINST = 0.25  # of a work that somebody dismissed, against 1 of those asked about: Rocchio 1971
SHOWN, HANDFUL = 3, 3  # words in a reason; works, in which any word may be


class Profile(msgspec.Struct, frozen=True):
    """A text's stems: their share in it (together 1), and how each was first written."""

    shares: Mapping[str, float]
    spelling: Mapping[str, str]


class Telling(msgspec.Struct, frozen=True):
    """What tells a text from others: stems, the most telling first, with their share and their rarity."""

    shares: Mapping[str, float]
    rarities: Mapping[str, float]
    frequencies: Mapping[str, int]


def profiles(look: Look, works: Collection[int]) -> dict[int, Profile]:
    """The profiles of these works, of title, abstract and highlights; a work that does not exist is absent."""
    known: dict[int, Profile] = look.remembered.setdefault("profiles", {})
    texts = {
        row["work"]: [(_split(row["title"]), TITLE), (_split(row["abstract"]), 1), (_split(row["highlights"]), 1)]
        for row in look.rows("related_words_of", works=[work for work in works if work not in known])
    }
    stems = _stems(look, dict.fromkeys(word for parts in texts.values() for words, _ in parts for word in words))
    known |= {work: _profile(parts, stems) for work, parts in texts.items()}
    return {work: known[work] for work in works if work in known}


def _split(text: str | None) -> list[str]:
    """Its words in lower case; single characters and numbers tell nothing.

    >>> _split("Ruxit 2 NEAR(a, \\"b*\\") 2014 café-OR")
    ['ruxit', 'near', 'café', 'or']
    """
    words = _WORD.findall((text or "")[:LONGEST].lower())
    return [word for word in words if 1 < len(word) <= 40 and not word.isdigit()]


def _profile(parts: Sequence[tuple[list[str], int]], stems: Mapping[str, str]) -> Profile:
    counts: dict[str, int] = {}
    for words, weight in parts:
        for stem, n in Counter(stems[word] for word in words if word in stems).items():
            counts[stem] = counts.get(stem, 0) + n * weight
    total = sum(counts.values())
    written = [
        word for words, _ in reversed(parts) for word in reversed(words)
    ]  # the first of a stem comes last and stays
    return Profile(
        {stem: count / total for stem, count in counts.items()},
        {stems[word]: word for word in written if word in stems},
    )


def _stems(look: Look, words: Iterable[str]) -> dict[str, str]:
    """Word -> stem, by the index's own tokenizer in a table of this connection's own."""
    known: dict[str, str] = look.remembered.setdefault("stems", {})
    listed = [word for word in words if word not in known]
    if listed:
        look.rows("related_stems_table")
        look.rows("related_stems_vocabulary")
        look.rows("related_stems_fill", words=listed)
        known |= {listed[row["place"]]: row["stem"] for row in look.rows("related_stems")}
        look.rows("related_stems_clear")
    return known


def mixed(profiles: Mapping[int, Profile], weights: Seeds) -> dict[str, float]:
    """The shares of the stems in these works together, as a weighted mean; what is negative or nothing is left out."""
    total = sum(weight for work, weight in weights.items() if work in profiles)
    shares: dict[str, float] = {}
    for work, weight in weights.items():
        if work in profiles:
            for stem, share in profiles[work].shares.items():
                shares[stem] = shares.get(stem, 0.0) + share * weight / total
    return shares


def telling(look: Look, shares: Mapping[str, float]) -> Telling:
    """The stems of these shares that are not common, most telling first: frequent here and rare elsewhere.

    Share times inverse document frequency: Spärck Jones 1972, doi:10.1108/eb026526.
    """
    frequent = sorted(shares, key=lambda stem: (-shares[stem], stem))[:FREQUENT]
    known = _frequencies(look, frequent)
    works = known.get("", 0)
    usual = {stem: known[stem] for stem in frequent if 0 < known[stem] <= max(FEW, COMMON * works)}
    rarities = {stem: math.log((works + 1) / n) for stem, n in usual.items()}
    best = sorted(rarities, key=lambda stem: (-shares[stem] * rarities[stem], stem))
    return Telling({stem: shares[stem] for stem in best}, rarities, usual)


def _frequencies(look: Look, stems: Iterable[str]) -> dict[str, int]:
    """Stem -> works with it, 0 where none has it; under the empty stem: all works."""
    known: dict[str, int] = look.remembered.setdefault("frequencies", {})
    asked = sorted(stem for stem in stems if stem not in known)
    known |= dict.fromkeys(asked, 0)
    for row in look.rows("related_frequencies", stems=asked) if asked else ():
        known[row["stem"]] = row["n"]
        known[""] = row["works"]
    return known


def query(told: Telling, spelling: Mapping[str, str]) -> str | None:
    """A full-text query of the most telling stems, each as a word in quotes; None where there are none.

    As many as are read at a bearable cost, which is in proportion to the works they occur in.
    """
    chosen, read = list[str](), 0
    for stem, n in ((stem, told.frequencies[stem]) for stem in told.shares):
        if len(chosen) < TERMS and read + n <= READ:
            chosen.append(stem)
            read += n
    if not chosen:
        return None
    usual = sorted(told.shares[stem] for stem in chosen)[len(chosen) // 2]
    repeated = ((spelling[stem], min(REPEATS, max(1, round(told.shares[stem] / usual)))) for stem in chosen)
    return " OR ".join(f'"{word}"' for word, times in repeated for _ in range(times))


def similar(look: Look, told: Telling, candidates: Collection[int]) -> Signal:
    """The cosine of TF-IDF vectors, for these candidates: Salton and Buckley 1988, doi:10.1016/0306-4573(88)90021-0.

    A candidate's words that the others do not have are taken to be as rare as theirs on average: that of every one of them
    would have to be looked up. Repetition is dampened on both sides, by the root where several texts are mixed.
    """
    if not told.shares:
        return {}
    usual = sum(told.rarities.values()) / len(told.rarities)
    rarities = _rarities(look)
    own = {stem: math.sqrt(share) * told.rarities[stem] for stem, share in told.shares.items()}
    length = math.hypot(*own.values())
    found: Signal = {}
    for work, profile in profiles(look, sorted(candidates)).items():
        least = min(profile.shares.values(), default=1.0)
        values = {
            stem: (1 + math.log(share / least)) * rarities.get(stem, usual) for stem, share in profile.shares.items()
        }
        if product := sum(value * own[stem] for stem, value in values.items() if stem in own):
            cosine = product / (length * math.hypot(*values.values()))
            found[work] = Hit(cosine, round(cosine, 4))
    return found


def _rarities(look: Look) -> dict[str, float]:
    """Stem -> its rarity, of all stems that have been looked up."""
    known = _frequencies(look, ())
    works = known.get("", 0)
    return {stem: math.log((works + 1) / n) for stem, n in known.items() if n and stem}


def shared(look: Look, seeds: Seeds, others: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Of each other work, the most telling words of the works asked about that it shares, as they write them.

    In a small library common words help to rank, for want of others; to a person they say nothing.
    """
    own = profiles(look, list(seeds))
    told = telling(look, mixed(own, seeds))
    spelling = spelt(own)
    most = max(HANDFUL, COMMON * _frequencies(look, ()).get("", 0))
    worth = [stem for stem in told.shares if told.frequencies[stem] <= most]
    return {
        other: tuple(spelling[stem] for stem in worth if stem in profile.shares)[:SHOWN]
        for other, profile in profiles(look, others).items()
    }


def spelt(profiles: Mapping[int, Profile]) -> dict[str, str]:
    """Stem -> how it was written, by the first of these that has it."""
    return {stem: word for profile in reversed(list(profiles.values())) for stem, word in profile.spelling.items()}
