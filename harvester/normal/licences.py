"""Licences in the words OpenAlex uses."""

from __future__ import annotations

import re
from functools import lru_cache

_CC = re.compile(
    r"(?:\b(?:cc|creative ?commons)(?: org)?(?: licen[cs]es?)? ?(?:by|attribution)|^attribution)"
    r"(?P<terms>(?: ?(?:nc|non ?commercial|nd|no ?deriv(?:ative)?s?(?: works?)?|sa|share ?alike))*)(?![a-z])"
)
_LICENSES = (  # the first that is found; words of https://developers.openalex.org/api-reference/licenses
    (
        re.compile(r"\bcc ?0\b|\bcc ?zero\b|creative ?commons zero|publicdomain|public domain|^pd$|^zero\b"),
        "public-domain",
    ),
    (re.compile(r"\btdm\b|text and data mining|\bclosed ?access\b|restricted ?access|embargoed ?access"), None),
    (re.compile(r"^mit\b|licenses mit\b"), "mit"),
    (re.compile(r"\bapache\b"), "apache-2-0"),
    (re.compile(r"\b(?:gpl|gnu general public licen[cs]e)(?: only| or later| version)? ?v?2\b"), "gpl-v2"),
    (re.compile(r"\b(?:gpl|gnu general public licen[cs]e)(?: only| or later| version)? ?v?3\b"), "gpl-v3"),
    (re.compile(r"^isc\b|licenses isc\b"), "isc"),
    (re.compile(r"\bspecific\b|\buser ?licen[cs]e\b|authorchoice|author manuscript"), "publisher-specific-oa"),
    (
        re.compile(r"\boa\b|open ?access|creative ?commons|nonexclusive distrib|open government licen[cs]e|^bsd\b"),
        "other-oa",
    ),
)
_NOT_LETTER = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=4096)
def license(raw: str | None) -> str | None:  # noqa: A001 (a licence is called license by every source)
    """The licence a text or address names, in the words OpenAlex uses; versions and countries are left out.

    None also for what allows no reuse: terms for text mining, a publisher's general terms, an unknown address. OpenAlex
    counts CC0 and the public domain mark as one, "public-domain".

    >>> license("https://creativecommons.org/licenses/by-nc-nd/4.0/legalcode"), license("CC BY 3.0"), license("CCBYNCSA")
    ('cc-by-nc-nd', 'cc-by', 'cc-by-nc-sa')
    >>> license("Creative Commons Attribution-NonCommercial 4.0 International"), license("cc-by-sa-4.0"), license("CC-BY-ND")
    ('cc-by-nc', 'cc-by-sa', 'cc-by-nd')
    >>> license("http://creativecommons.org/publicdomain/zero/1.0/"), license("cc0"), license("pd"), license("public-domain")
    ('public-domain', 'public-domain', 'public-domain', 'public-domain')
    >>> license("elsevier-specific: oa user license"), license("publisher-specific, author manuscript"), license("implied-oa")
    ('publisher-specific-oa', 'publisher-specific-oa', 'other-oa')
    >>> license("https://www.elsevier.com/tdm/userlicense/1.0/"), license("http://onlinelibrary.wiley.com/termsAndConditions#vor")
    (None, None)
    >>> license("Apache License 2.0"), license("GPL-3.0-or-later"), license("MIT"), license(" "), license(None)
    ('apache-2-0', 'gpl-v3', 'mit', None, None)
    """
    if not raw or len(raw) > 500:
        return None
    words = _NOT_LETTER.sub(" ", raw.lower()).strip()
    if match := _CC.search(words):
        terms = match["terms"].replace(" ", "")
        marks = [mark for mark, found in (("nc", "nc" in terms or "noncommercial" in terms),
                                          ("nd", "nd" in terms or "noderiv" in terms),
                                          ("sa", "sa" in terms or "sharealike" in terms)) if found]  # fmt: skip
        return "-".join(("cc-by", *marks))
    return next((word for pattern, word in _LICENSES if pattern.search(words)), None)
