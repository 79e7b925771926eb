"""Titles and names in a form for comparing, in which spelling differs least."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from harvester.normal.texts import normalized

# Letters that Unicode does not take apart, as sources without them write them.
_FOLDED = str.maketrans({
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ŋ": "n", "ı": "i", "ĸ": "k", "æ": "ae", "œ": "oe", "þ": "th",
    "ə": "e", "ɛ": "e", "ɔ": "o", "ƀ": "b", "ɖ": "d", "ɗ": "d", "ƒ": "f", "ɠ": "g", "ɨ": "i", "ɫ": "l", "ɲ": "n", "ʉ": "u",
})  # fmt: skip
_NOT_WORD_ASCII = re.compile(r"[^a-z0-9]+")
_NOT_WORD = re.compile(r"[\W_]+")


@lru_cache(maxsize=1 << 16)  # one title, name or institution is compared several times on its way in
def title_key(raw: str | None) -> str | None:
    """A title for comparing: letters and digits in lower case, without diacritics, one space between words.

    >>> title_key("Hello, goodbye: When do States…"), title_key("Daßler’s Größe"), title_key("?!")
    ('hello goodbye when do states', 'dassler s grosse', None)
    >>> title_key("Łódź, Øresund, Đorđe, İstanbul, Iğdır"), title_key("Æsop’s œuvre, Þingvellir")
    ('lodz oresund dorde istanbul igdir', 'aesop s oeuvre thingvellir')
    """
    if not raw:
        return None
    if raw.isascii():
        return _NOT_WORD_ASCII.sub(" ", raw.lower()).strip() or None
    folded = normalized("NFKD", raw.casefold()).casefold()  # "℠" is a capital "SM" in one sign
    folded = "".join(c for c in folded if not unicodedata.combining(c)).translate(_FOLDED)
    return _NOT_WORD.sub(" ", folded).strip() or None


def name_key(raw: str | None) -> str | None:
    """A person's name for comparing loosely: surname and first initial, from either order of writing.

    >>> name_key("Mikhail Polianskii"), name_key("Polianskii, M.A."), name_key("Inken von Borzyskowski")
    ('polianskii m', 'polianskii m', 'borzyskowski i')
    >>> name_key("Plato"), name_key("WHO Group"), name_key(None)
    ('plato', 'group w', None)
    """
    if not raw:
        return None
    surname, comma, given = raw.partition(",")
    if not comma:
        given, _, surname = raw.strip().rpartition(" ")
    family, first = title_key(surname), title_key(given)
    if not family:
        return first.rsplit(" ", 1)[-1] if first else None
    last_word = family.rsplit(" ", 1)[-1]
    return f"{last_word} {first[0]}" if first else last_word
