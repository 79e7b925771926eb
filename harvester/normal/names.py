"""A name as it is printed, in the parts that reference managers and BibTeX ask for."""

from __future__ import annotations

import re
from typing import NamedTuple

from harvester.normal.texts import text

# Words between given and family name that belong to the latter but do not sort it (CSL: non-dropping particle).
_PARTICLES = frozenset({
    "af", "al", "av", "bin", "da", "dal", "de", "degli", "dei", "del", "della", "den", "der", "des", "di", "do", "dos",
    "du", "el", "ibn", "la", "las", "le", "los", "te", "ten", "ter", "van", "vom", "von", "zu", "zum", "zur",
})  # fmt: skip
_SUFFIX = re.compile(r"(?:[JS]r\.?|II|III|IV)", re.IGNORECASE)
# What no person's name holds: signs, and words by which bodies are called.
_SIGN = re.compile(r"[^\w\s.,'’ʼ`´‐‑–\u0300-\u036f-]|[\d_]")
_BODIES = frozenset({
    "academy", "agency", "and", "association", "authority", "board", "bureau", "center", "centre", "coalition",
    "collaboration", "college", "commission", "committee", "company", "consortium", "corporation", "council",
    "department", "et", "federation", "for", "foundation", "fund", "group", "inc", "institut", "institute", "institution",
    "investigators", "laboratory", "league", "library", "ltd", "ministry", "nations", "network", "observatory", "of",
    "office", "organisation", "organization", "party", "programme", "program", "project", "school", "secretariat",
    "service", "society", "study", "team", "the", "union", "universidad", "universität", "université", "university",
    "und", "with", "without",
})  # fmt: skip


class Name(NamedTuple):
    """The parts of a name, each "" where it has none; a body's name, or what cannot be told apart, is `family` alone."""

    given: str
    particle: str
    family: str
    suffix: str
    is_body: bool = False

    @property
    def whole(self) -> str:
        """The name as it is read.

        >>> name("Kai, Mira").whole
        'Mira Kai'
        """
        return " ".join(filter(None, (self.given, self.particle, self.family, self.suffix)))


def name(raw: str | None) -> Name | None:
    """A name's parts as well as they can be told apart, from either order of writing.

    >>> name("Mira Kai"), name("Kai, M. A.")
    (Name(given='Mira', particle='', family='Kai', suffix='', is_body=False), \
Name(given='M. A.', particle='', family='Kai', suffix='', is_body=False))
    >>> name("Inken von Borzyskowski")[:3], name("von Borzyskowski, Inken")[:3], name("Jean-Claude Van Damme")[:3]
    (('Inken', 'von', 'Borzyskowski'), ('Inken', 'von', 'Borzyskowski'), ('Jean-Claude', '', 'Van Damme'))
    >>> name("Sammy Sample Jr.")[:4], name("Sample, Sammy, Jr.")[:4], name("Sample, Jr., Sammy")[:4]
    (('Sammy', '', 'Sample', 'Jr.'), ('Sammy', '', 'Sample', 'Jr.'), ('Sammy', '', 'Sample', 'Jr.'))
    >>> name("World Health Organization"), name("Plato")[2:], name("R&D, Oslo").is_body, name(" ")
    (Name(given='', particle='', family='World Health Organization', suffix='', is_body=True), ('Plato', '', False), True, None)
    """
    clean = text(raw)
    if clean is None:
        return None
    parts = [part.strip() for part in clean.split(",")]
    words = clean.replace(",", " ").split()
    if _SIGN.search(clean) or _BODIES & {word.lower() for word in words} or len(parts) > 3 or "" in parts:
        return Name("", "", clean, "", is_body=True)
    if len(parts) == 1:
        return _in_order(words)
    family, *others = parts
    suffix = next((part for part in others if _SUFFIX.fullmatch(part)), "")
    given = " ".join(part for part in others if part != suffix)
    if not given:
        return _in_order([*family.split(), suffix])
    particle, family = _particle(family.split())
    return Name(given, particle, family, suffix)


def _in_order(words: list[str]) -> Name:
    """The parts of a name written as it is read."""
    suffix = words[-1] if len(words) > 2 and _SUFFIX.fullmatch(words[-1]) else ""
    words = words[:-1] if suffix else words
    begin = next((place for place in range(1, len(words) - 1) if words[place].lower() in _PARTICLES), len(words) - 1)
    particle, family = _particle(words[begin:])
    return Name(" ".join(words[:begin]), particle, family, suffix)


def _particle(family: list[str]) -> tuple[str, str]:
    """The particles that a family name begins with, and the rest; one in capitals is part of the name (Van Damme)."""
    end = 0
    while end < len(family) - 1 and family[end] in _PARTICLES:
        end += 1
    return " ".join(family[:end]), " ".join(family[end:])
