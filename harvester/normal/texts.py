"""Plain text out of what sources send: no markup, no entities, nothing that cannot be seen."""

from __future__ import annotations

import html
import html.entities
import re
import unicodedata
from typing import Literal

# Tags that occur in titles and abstracts: HTML, JATS (with or without its prefix) and MathML (always prefixed or <math>).
_BLOCK = (
    "p|br|div|sec|title|subtitle|label|list|list-item|li|ul|ol|h[1-6]|abstract|disp-formula|tr|td|table|hr|blockquote"
)
_INLINE = (
    "a|abbr|b|bold|big|cite|code|em|emph|ext-link|font|i|img|inline-formula|inline-graphic|italic|jats|mark|mfrac|mi|mml|mn|"
    "mo|mover|mrow|ms|mspace|msqrt|mstyle|msub|msubsup|msup|mtext|munder|named-content|overline|q|roman|s|sc|scp|small|span|"
    "strike|strong|styled-content|sub|sup|tex-math|tt|u|underline|xref|semantics|annotation|alternatives"
)
_ATTRIBUTES = r"""(?:\s+[\w:.-]+(?:\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s<>"']+))?){0,20}\s*/?"""
# One that is not closed goes on to the end, as in a browser.
_SCRIPT = re.compile(r"<(script|style)\b[^>]{0,500}>.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(
    rf"<(?:(?P<block>/?(?:(?:jats:)?(?:{_BLOCK})|(?:mml:)?math))|/?(?:(?:jats:)?(?:{_INLINE})|(?:mml|jats|ali|xlink|m):[\w-]+)){_ATTRIBUTES}>"
    r"|<!--(?:(?!<!--).){0,2000}?-->|<!\[CDATA\[|\]\]>",
    re.IGNORECASE | re.DOTALL,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]\w{1,31});")
INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
_MOJIBAKE = re.compile(r"[ÃÂâ][\u0080-\u00bf\u20ac\u2018-\u2122]")


def text(raw: str | None) -> str | None:
    """Plain text: no markup, no entities (however often encoded), NFC, no control or direction characters, single spaces.

    >>> text("<p>Russia&amp;#8217;s <i>dissociation</i></p>"), text("  a\\n   b\\u202e "), text("<jats:p />")
    ('Russia’s dissociation', 'a b', None)
    >>> text("p < 0.05 and q > 0.3"), text("H<sub>2</sub>O"), text("CH&Apos;S"), text("")
    ('p < 0.05 and q > 0.3', 'H2O', "CH'S", None)
    >>> text("caf\\u0065\\u0301"), text("cafÃ©")
    ('café', 'café')
    >>> text("e\\x08\\u0301") == "\N{LATIN SMALL LETTER E WITH ACUTE}"
    True
    """
    if not raw:
        return None
    if raw.isprintable() and "<" not in raw and "&" not in raw and "  " not in raw:
        if raw.isascii():
            return raw.strip() or None
        if not _MOJIBAKE.search(raw):
            return normalized("NFC", raw).strip() or None
    return _clean(raw)


# Letters of any script stand between marks; thirty marks on one letter is what Unicode's Stream-Safe Format allows (UAX 15),
# and sorting more of them takes time that grows with their square.
_STACKED = re.compile(r"([^\w\s\x00-\x7f]{30})[^\w\s\x00-\x7f]+")


def normalized(form: Literal["NFC", "NFKD"], raw: str) -> str:
    """Unicode's normal form, in time that grows with the length."""
    return unicodedata.normalize(form, _STACKED.sub(r"\1", raw))


def _clean(raw: str) -> str | None:
    clean = _cleaned(raw)
    while not clean.isascii() and _MOJIBAKE.search(clean) and len(again := _cleaned(clean)) < len(clean):
        clean = again  # what was taken out of a text may have hidden that it is doubly encoded
    return clean or None


def _cleaned(raw: str) -> str:
    for _ in range(3):  # "&amp;amp;" and "&lt;p&gt;" are real; deeper is not
        decoded = html.unescape(_ENTITY.sub(_named, raw)) if "&" in raw else raw
        if decoded == raw:
            break
        raw = decoded
    if "<" in raw:
        raw = _SCRIPT.sub(" ", raw)
        raw = _TAG.sub(lambda tag: " " if tag["block"] else "", raw)
    if not raw.isascii() and _MOJIBAKE.search(raw):
        import ftfy  # only where a text looks doubly encoded: 60 ms to import

        raw = ftfy.fix_encoding(raw)
    if not raw.isprintable():
        raw = INVISIBLE.sub("", raw)  # before what it kept apart is composed
    return " ".join((raw if raw.isascii() else normalized("NFC", raw)).split())


def _named(entity: re.Match[str]) -> str:
    """An entity that only differs in case from a known one ("&Apos;") in the known spelling."""
    found = entity.group()
    if found[1] == "#" or found[1:] in html.entities.html5 or found[1:].lower() not in html.entities.html5:
        return found
    return found.lower()


_LEADING = re.compile(r"(?i:abstract|summary)\s*[:.\-\u2013\u2014]?\s+(?=[A-Z\"'\u201c\u2018(])")
_PLACEHOLDER = re.compile(
    r"\W*(?:no abstract(?: (?:is )?(?:provided|available)(?: (?:in|for) this (?:article|paper|work))?)?|"
    r"abstract(?: not available)?|not available|n/?a|none|null)\W*",
    re.IGNORECASE,
)


def abstract(raw: str | None) -> str | None:
    """The clean text of an abstract, without the word "Abstract" before it; None for a placeholder.

    >>> abstract("<jats:title>Abstract</jats:title><jats:p>We show</jats:p>"), abstract("No abstract provided.")
    ('We show', None)
    >>> abstract("Abstract art is old")
    'Abstract art is old'
    """
    clean = text(raw)
    if clean is None:
        return None
    if clean[:8].lower() in ("abstract", "summary ", "summary:", "summary."):
        match = _LEADING.match(clean)
        if match:
            clean = clean[match.end() :]
    if len(clean) < 60 and _PLACEHOLDER.fullmatch(clean):
        return None
    return clean
