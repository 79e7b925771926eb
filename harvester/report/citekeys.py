"""The keys by which LaTeX and Pandoc cite a work: harbour2026estrangement. Not a form.

Of a work's first author, year and first telling word of its title, so that it has the same key in every export. Where
several of an export would have one key, all but the first of them, by the works' numbers, bear a letter: a, b, ..., z, aa.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, count, product
from string import ascii_lowercase
from typing import TYPE_CHECKING

from harvester import normal

if TYPE_CHECKING:
    from harvester.report.works import Work

_LONGEST = 30  # letters of a name or a word in a key
_NOT_TELLING = frozenset({
    "about", "after", "against", "among", "before", "beyond", "between", "does", "during", "from", "have", "into", "more",
    "over", "than", "that", "their", "these", "this", "those", "through", "toward", "towards", "under", "upon", "what",
    "when", "where", "which", "while", "with", "within", "without", "would", "your", "dans", "eine", "einer", "eines",
    "para", "pour", "sobre", "über", "zwischen",
})  # fmt: skip


def keys(works: Sequence[Work]) -> dict[int, str]:
    """Work's number -> its key, of lower-case ASCII letters and digits."""
    result: dict[int, str] = {}
    taken: set[str] = set()
    for work in sorted(works, key=lambda one: one.work):
        plain = _key(work)
        result[work.work] = next(
            key for key in (plain + letters for letters in chain([""], _letters())) if key not in taken
        )
        taken.add(result[work.work])
    return result


def _letters() -> Iterable[str]:
    return ("".join(letters) for length in count(1) for letters in product(ascii_lowercase, repeat=length))


def _key(work: Work) -> str:
    name = _ascii(work.authors[0].family if work.authors else None) or "anonymous"
    words = (work.title or "").split()
    telling = next(filter(None, (_telling(word) for word in words)), "")
    return f"{name}{work.date[0] if work.date else ''}{telling}"


def _telling(word: str) -> str:
    """A word of more than three letters that says something, as it stands in a key.

    >>> _telling("When"), _telling("Ruxit"), _telling("Größe,"), _telling("A"), _telling("NATO's")
    ('', 'ruxit', 'grosse', '', 'natos')
    """
    key = _ascii(word)
    return key if len(key) > 3 and key not in _NOT_TELLING else ""


def _ascii(text: str | None) -> str:
    key = normal.title_key(text) or ""
    return "".join(sign for sign in key if sign.isascii() and sign.isalnum())[:_LONGEST]
