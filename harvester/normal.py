"""The only spelling rules: total functions, None for what is no such thing, each with its examples.

Sources write one identifier in many ways; everything that compares, stores or asks goes through here first.
"""

from __future__ import annotations

import html
import html.entities
import re
import unicodedata
from functools import lru_cache
from typing import Literal
from urllib.parse import unquote

# --- identifiers ---------------------------------------------------------------------------------------------------

_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/\S.*", re.DOTALL)
# What percent-encodes the DOI that follows: web addresses, and the info: (RFC 4452) and urn: schemes.
_DOI_URL = re.compile(r"<?(?:https?://[^/]+/|(?:www\.|dx\.)?doi\.org/|info:doi/|urn:doi:)", re.IGNORECASE)
_RESOLVER = re.compile(r"<?(?:https?://)?(?:[\w-]+\.)*doi\.org/|<?(?:info|urn):", re.IGNORECASE)
# What a publisher's page adds to the DOI in its address. A bare DOI may really end so, and keeps it.
_PAGE_OF = re.compile(
    r"(?:/(?:full|abstract|summary|epdf|pdf|epub|html|meta|references)|\.full|\.pdf)+\Z", re.IGNORECASE
)
_IN_PAGE = re.compile(r"10\.\d{4,9}(?:\.\d+)*(?:/|%2f)", re.IGNORECASE)
_ARXIV_DOI = re.compile(r"(10\.48550/arxiv\.(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7}))v\d+\Z", re.ASCII)
# SICI DOIs hold < and >, which JATS and HTML write as entities, some of them twice over.
_DOI_ENTITY = re.compile(r"&(?:amp;)*(?:(lt)|(gt));|&(?:amp;)+", re.IGNORECASE)
_ALWAYS_AROUND = ".,;:\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb"
_BRACKETS = {")": "(", "]": "[", "}": "{", ">": "<"}
_TWO_DOIS = re.compile(r"[\s,;]+(?=10\.\d{4,9}(?:\.\d+)*/)")
_SPACES = re.compile(r"\s+")


def doi(raw: str | None) -> str | None:
    """A DOI in lower case without its prefix (DOIs are case-insensitive: DOI Handbook 2.4), nor what stands around it.

    >>> doi("https://doi.org/10.1111/1758-5899.70005"), doi("DOI: 10.1023/A:1007154515475")
    ('10.1111/1758-5899.70005', '10.1023/a:1007154515475')
    >>> doi("10.1002/(SICI)1097-4571(199806)49:8<693::AID-ASI4>3.0.CO;2-O")
    '10.1002/(sici)1097-4571(199806)49:8<693::aid-asi4>3.0.co;2-o'
    >>> doi("http://dx.doi.org/10.1000%2Fa%3Cb%3E."), doi("10.1109/TIT.2023.3 10.4230/LIPIcs.73")
    ('10.1000/a<b>', '10.1109/tit.2023.3')
    >>> doi("info:doi/10.1000%2Fa"), doi("urn:doi:10.1000/a"), doi("doi.org/10.1000/a"), doi("10.1000%2Fa")
    ('10.1000/a', '10.1000/a', '10.1000/a', '10.1000/a')
    >>> doi("(see 10.1000/a(1))."), doi('"10.1000/a",'), doi("[doi:10.1000/a]"), doi("<https://doi.org/10.1000/a>")
    ('10.1000/a(1)', '10.1000/a', '10.1000/a', '10.1000/a')
    >>> doi("https://onlinelibrary.example/doi/10.1002/1097(199806)49:8%3C693::AID%3E3.0.CO;2-O/full?src=x")
    '10.1002/1097(199806)49:8<693::aid>3.0.co;2-o'
    >>> doi("https://x.example/article?id=10.1371%2Fjournal.0001&type=print"), doi("https://x.example/pdf/10.1000/a.pdf")
    ('10.1371/journal.0001', '10.1000/a')
    >>> doi("10.1002/1097(199806)49:8&amp;lt;693::AID&gt;3.0.CO;2-O"), doi("10.1000/a/pdf"), doi("10.48550/arXiv.1706.03762v5")
    ('10.1002/1097(199806)49:8<693::aid>3.0.co;2-o', '10.1000/a/pdf', '10.48550/arxiv.1706.03762')
    >>> doi("10.1234/ asdf"), doi("10.12/x"), doi("not a doi"), doi(None)
    (None, None, None, None)
    """
    found = dois(raw)
    return found[0] if found else None


def dois(raw: str | None) -> tuple[str, ...]:
    """Every DOI of a field that holds one or, as some sources write, several.

    >>> dois("10.1109/TIT.2023.3 10.4230/LIPIcs.73")
    ('10.1109/tit.2023.3', '10.4230/lipics.73')
    """
    if not raw:
        return ()
    if len(raw) > 2048:  # no DOI is; a hostile field would only cost time
        return ()
    raw = raw.strip()
    address = _DOI_URL.match(raw)
    page = address and not _RESOLVER.match(raw)
    if page:
        raw = _of_page(raw)
    if address or "/" not in raw:
        raw = unquote(raw)  # the slash may be encoded too
    match = _DOI.search(_INVISIBLE.sub("", _DOI_ENTITY.sub(_decoded, raw)))
    if match is None:
        return ()
    found = []
    for piece in _TWO_DOIS.split(match.group()):
        part = _bare(_SPACES.sub(" ", piece))
        if page:
            part = _bare(_PAGE_OF.sub("", part))
        if part and not part.endswith("/") and _DOI.fullmatch(part):
            found.append(_ARXIV_DOI.sub(r"\1", part.lower()) if part.startswith("10.48550/") else part.lower())
    return tuple(dict.fromkeys(found))


def _of_page(address: str) -> str:
    """What of a publisher's web address may be a DOI: up to its query or fragment, or a value of that query."""
    begin = _IN_PAGE.search(address)
    if begin is None:
        return address
    ends = "?#&" if "?" in address[: begin.start()] else "?#"
    return re.split(f"[{ends}]", address[begin.start() :], maxsplit=1)[0]


def _decoded(entity: re.Match[str]) -> str:
    return "<" if entity[1] else ">" if entity[2] else "&"


def _bare(part: str) -> str:
    """A DOI without the sentence's marks behind it: full stops, quotes, brackets that open nowhere in it."""
    while part:
        last = part[-1]
        opens = _BRACKETS.get(last)
        if not (last in _ALWAYS_AROUND or last.isspace() or (opens and part.count(last) > part.count(opens))):
            break
        part = part[:-1]
    return part


def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.ASCII)


_OPENALEX = _pattern(r"(?:https?://(?:\w+\.)?openalex\.org/(?:works/)?|openalex:\s*)?W0*([1-9]\d{0,11})/?")
_PMID = _pattern(
    r"(?:https?://(?:www\.)?(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed|europepmc\.org/(?:article|abstract)/med)/|"
    r"(?:pmid|pubmed):?\s*|info:pmid/)?0*([1-9]\d{0,8})(?:\.\d{1,2})?/?"
)
_PMCID = _pattern(
    r"(?:https?://(?:www\.)?(?:ncbi\.nlm\.nih\.gov/pmc/articles|pmc\.ncbi\.nlm\.nih\.gov/articles|europepmc\.org/articles|"
    r"europepmc\.org/article/pmc)/|pmcid:?\s*)?(?:PMC)?0*([1-9]\d{0,8})(?:\.\d{1,2})?/?"
)
_ARXIV = _pattern(
    r"(?:https?://(?:\w+\.)?arxiv\.org/(?:abs|pdf|html|format)/|arxiv:\s*|(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?10\.48550/arxiv\.)?"
    r"(?:(\d{4}\.\d{4,5})|([a-z-]+)(?:\.[a-z]{2})?(/\d{7}))(?:v\d+)?(?:\.pdf)?"
)
_S2 = _pattern(
    r"(?:https?://(?:www\.|api\.)?semanticscholar\.org/(?:graph/v1/)?(?:paper|reader)/(?:[^/]+/)?|s2:\s*)?([0-9a-f]{40})/?"
)
_NUMBER = _pattern(
    r"(?:(?:https?://api\.semanticscholar\.org/)?corpusid:|https?://academic\.microsoft\.com/paper/|mag:)?\s*0*([1-9]\d{0,11})/?"
)
_ISBN_LABEL = _pattern(r"^\s*(?:urn:)?isbn(?:-?1[03](?=[:\s]))?")
_ORCID = _pattern(r"(?:https?://(?:www\.)?orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])/?")
_ROR = _pattern(r"(?:https?://ror\.org/)?(0[0-9a-z]{6}\d{2})/?")
_ISSN = _pattern(r"(?:issn:?\s*)?(\d{4})-?(\d{3}[\dX])")


def _whole(pattern: re.Pattern[str], raw: str | int | None) -> str | None:
    match = pattern.fullmatch(str(raw).strip()) if raw is not None else None
    return match.group(1) if match else None


def openalex(raw: str | None) -> str | None:
    """An OpenAlex work id.

    >>> openalex("https://openalex.org/w2741809807"), openalex("openalex:W00123"), openalex("A123"), openalex("W0")
    ('W2741809807', 'W123', None, None)
    """
    found = _whole(_OPENALEX, raw)
    return f"W{found}" if found else None


def openalex_entity(raw: str | None, letter: str) -> str | None:
    """The OpenAlex id of what is not a work: A for authors, T topics, S sources, I institutions.

    >>> openalex_entity("https://openalex.org/authors/a5023888391", "A"), openalex_entity("T10123", "A")
    ('A5023888391', None)
    """
    found = re.fullmatch(
        rf"(?:https?://(?:api\.)?openalex\.org/(?:\w+/)?)?({letter}[1-9]\d{{0,11}})/?",
        (raw or "").strip(),
        re.IGNORECASE | re.ASCII,
    )
    return found[1].upper() if found else None


def pmid(raw: str | int | None) -> str | None:
    """A PubMed id without its version.

    >>> pmid("https://pubmed.ncbi.nlm.nih.gov/10601965"), pmid("0010601965"), pmid("PMC3"), pmid(0)
    ('10601965', '10601965', None, None)
    >>> pmid("PMID 10601965.2"), pmid("info:pmid/10601965"), pmid("https://europepmc.org/article/MED/10601965")
    ('10601965', '10601965', '10601965')
    """
    return _whole(_PMID, raw)


def pmcid(raw: str | int | None) -> str | None:
    """A PubMed Central id, with its PMC and without its version.

    >>> pmcid("https://www.ncbi.nlm.nih.gov/pmc/articles/3458974"), pmcid("pmc77"), pmcid("PMC77.1")
    ('PMC3458974', 'PMC77', 'PMC77')
    """
    found = _whole(_PMCID, raw)
    return f"PMC{found}" if found else None


def arxiv(raw: str | None) -> str | None:
    """An arXiv id without its version (a version is the same work), an old one without its subject class.

    >>> arxiv("arXiv:1706.03762v5"), arxiv("https://arxiv.org/abs/hep-th/9901001"), arxiv("10.48550/arXiv.1706.03762")
    ('1706.03762', 'hep-th/9901001', '1706.03762')
    >>> arxiv("math.GT/0309136v1"), arxiv("http://export.arxiv.org/pdf/1706.03762v2.pdf"), arxiv("1706.0376")
    ('math/0309136', '1706.03762', '1706.0376')
    """
    match = _ARXIV.fullmatch(raw.strip()) if raw else None
    return "".join(filter(None, match.groups())).lower() if match else None


def s2(raw: str | None) -> str | None:
    """A Semantic Scholar paperId (40 hexadecimal digits).

    >>> s2("649DEF34F8BE52C8B66281AF98AE884C09AEF38B")
    '649def34f8be52c8b66281af98ae884c09aef38b'
    >>> s2("https://www.semanticscholar.org/paper/Of-tides-Kai/649def34f8be52c8b66281af98ae884c09aef38b")
    '649def34f8be52c8b66281af98ae884c09aef38b'
    """
    found = _whole(_S2, raw)
    return found.lower() if found else None


def number(raw: str | int | None) -> str | None:
    """A plain number that serves as an identifier (corpusid, mag).

    >>> number(2125158795), number("CorpusId:470667"), number("x"), number(0)
    ('2125158795', '470667', None, None)
    >>> number("https://api.semanticscholar.org/CorpusID:470667"), number("mag: 0470667")
    ('470667', '470667')
    """
    return _whole(_NUMBER, raw)


def isbn(raw: str | None) -> str | None:
    """An ISBN-13, converted from ISBN-10 where needed; None if the check digit is wrong.

    >>> isbn("0-306-40615-2"), isbn("978 0 306 40615 7"), isbn("978-0-306-40615-8")
    ('9780306406157', '9780306406157', None)
    >>> isbn("ISBN-13: 978-0-306-40615-7"), isbn("urn:isbn:0306406152"), isbn("ISBN-10 0306406152")
    ('9780306406157', '9780306406157', '9780306406157')
    """
    digits = re.sub(r"[^0-9Xx]", "", _ISBN_LABEL.sub("", raw or "")).upper()
    if len(digits) == 10 and digits[:9].isdigit():
        weighted = sum((10 - i) * (10 if c == "X" else int(c)) for i, c in enumerate(digits))
        if weighted % 11:
            return None
        digits = "978" + digits[:9]
        return digits + str(-sum(int(c) * (3 if i % 2 else 1) for i, c in enumerate(digits)) % 10)
    if len(digits) == 13 and digits.isdigit() and digits.startswith(("978", "979")):
        return None if sum(int(c) * (3 if i % 2 else 1) for i, c in enumerate(digits)) % 10 else digits
    return None


def orcid(raw: str | None) -> str | None:
    """An ORCID iD whose check digit is right (ISO 7064 mod 11-2).

    >>> orcid("https://orcid.org/0000-0002-1825-0097"), orcid("0000-0002-1825-0098")
    ('0000-0002-1825-0097', None)
    """
    found = _whole(_ORCID, raw)
    if not found:
        return None
    total = 0
    for digit in found[:-1].replace("-", ""):
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return found.upper() if found[-1].upper() == ("X" if check == 10 else str(check)) else None


def ror(raw: str | None) -> str | None:
    """A ROR id without its address.

    >>> ror("https://ror.org/04jr1s763")
    '04jr1s763'
    """
    found = _whole(_ROR, raw)
    return found.lower() if found else None


def issn(raw: str | None) -> str | None:
    """An ISSN with its hyphen; None if the check digit is wrong (ISO 3297).

    >>> issn("17585899"), issn("1758-5880"), issn("2434-561x"), issn("1758-5890")
    ('1758-5899', '1758-5880', '2434-561X', None)
    """
    match = _ISSN.fullmatch(raw.strip()) if raw else None
    if match is None:
        return None
    digits = (match.group(1) + match.group(2)).upper()
    total = sum((8 - i) * (10 if c == "X" else int(c)) for i, c in enumerate(digits))
    return None if total % 11 else f"{digits[:4]}-{digits[4:]}"


_SCHEMES = {
    "doi": doi, "openalex": openalex, "s2": s2, "pmid": pmid, "pmcid": pmcid, "arxiv": arxiv,
    "corpusid": number, "mag": number, "isbn": isbn,
}  # fmt: skip


def twin(scheme: str, value: str) -> tuple[str, str] | None:
    """The other identifier that this one is: an arXiv id is a DOI too; None for those that are only themselves.

    >>> twin("arxiv", "1706.03762"), twin("doi", "10.48550/arxiv.1706.03762"), twin("doi", "10.1000/a")
    (('doi', '10.48550/arxiv.1706.03762'), ('arxiv', '1706.03762'), None)
    """
    if scheme == "arxiv":
        return "doi", f"10.48550/arxiv.{value}"
    found = arxiv(value) if scheme == "doi" else None
    return ("arxiv", found) if found else None


# What a text says of itself -> the scheme that may be tried on it: a number alone could be anything.
_GUESSED = (
    ("pubmed", "pmid"), ("pmid", "pmid"), ("europepmc", "pmid"), ("pmc", "pmcid"), ("corpusid", "corpusid"),
    ("academic.microsoft", "mag"), ("isbn", "isbn"),
)  # fmt: skip


def identifier(raw: str | None) -> tuple[str, str] | None:
    """(scheme, value) of an identifier in any spelling; None if it is none.

    >>> identifier("https://doi.org/10.1111/1758-5899.70005"), identifier("W2741809807")
    (('doi', '10.1111/1758-5899.70005'), ('openalex', 'W2741809807'))
    >>> identifier("pmid:1"), identifier("arXiv:1706.03762"), identifier("CorpusID:470667"), identifier("PMC77")
    (('pmid', '1'), ('arxiv', '1706.03762'), ('corpusid', '470667'), ('pmcid', 'PMC77'))
    >>> identifier("42"), identifier("ISBN 0-306-40615-2"), identifier("")
    (None, ('isbn', '9780306406157'), None)
    >>> identifier("urn:isbn:0306406152"), identifier("info:pmid/1"), identifier("info:doi/10.1000%2Fa")
    (('isbn', '9780306406157'), ('pmid', '1'), ('doi', '10.1000/a'))
    >>> identifier("https://api.semanticscholar.org/CorpusID:470667"), identifier("PMID 10601965")
    (('corpusid', '470667'), ('pmid', '10601965'))
    """
    raw = (raw or "").strip()
    scheme, _, rest = raw.partition(":")
    scheme = scheme.strip().lower()
    if scheme in _SCHEMES and rest.strip():
        guesses = [(scheme, rest)]
    else:
        guesses = [(scheme, raw) for scheme in ("openalex", "s2", "arxiv", "doi")]
        guesses += [(scheme, raw) for word, scheme in _GUESSED if word in raw.lower()]
    return next(((scheme, value) for scheme, said in guesses if (value := _SCHEMES[scheme](said.strip()))), None)


# --- text ----------------------------------------------------------------------------------------------------------

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
_INVISIBLE = re.compile(
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
    """
    if not raw:
        return None
    if raw.isprintable() and "<" not in raw and "&" not in raw and "  " not in raw:
        if raw.isascii():
            return raw.strip() or None
        if not _MOJIBAKE.search(raw):
            return _normalized("NFC", raw).strip() or None
    return _clean(raw)


# Letters of any script stand between marks; thirty marks on one letter is what Unicode's Stream-Safe Format allows (UAX 15),
# and sorting more of them takes time that grows with their square.
_STACKED = re.compile(r"([^\w\s\x00-\x7f]{30})[^\w\s\x00-\x7f]+")


def _normalized(form: Literal["NFC", "NFKD"], raw: str) -> str:
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
    if not raw.isascii():
        if _MOJIBAKE.search(raw):
            import ftfy  # only where a text looks doubly encoded: 60 ms to import

            raw = ftfy.fix_encoding(raw)
        raw = _normalized("NFC", raw)
    if not raw.isprintable():
        raw = _INVISIBLE.sub("", raw)
    return " ".join(raw.split())


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
    folded = _normalized("NFKD", raw.casefold()).casefold()  # "℠" is a capital "SM" in one sign
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


# --- licences ------------------------------------------------------------------------------------------------------

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


# --- dates, numbers, pages -----------------------------------------------------------------------------------------

_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:[T ].*)?", re.ASCII)


def date(raw: str | None) -> str | None:
    """An ISO date, cut to what is really known: parts that no calendar has are left out.

    >>> date("2025-05-19"), date("2020-00-00"), date("2021-2-30"), date("2023-03-29T14:45:55"), date("soon")
    ('2025-05-19', '2020', '2021-02', '2023-03-29', None)
    """
    match = _DATE.fullmatch(raw.strip()) if raw else None
    if match is None or year(match[1]) is None:
        return None
    if match[2] is None or not 1 <= int(match[2]) <= 12:
        return match[1]
    month = f"{match[1]}-{int(match[2]):02d}"
    if match[3] is None or not 1 <= int(match[3]) <= _days(int(match[1]), int(match[2])):
        return month
    return f"{month}-{int(match[3]):02d}"


def _days(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def year(raw: str | int | None) -> int | None:
    """A year somebody can have published in.

    >>> year("2025"), year(1937), year(0), year("1998a")
    (2025, 1937, None, None)
    """
    try:
        value = int(raw) if raw is not None else 0
    except ValueError:
        return None
    return value if 1400 <= value <= 2100 else None


def count(raw: str | int | float | None) -> int | None:
    """A count that may come as text; None for what is none, never zero.

    >>> count("0"), count(" 12 "), count("1,204"), count(-1), count("many"), count(None)
    (0, 12, 1204, None, None, None)
    >>> count(7.0), count(0.5), count("1_2")
    (7, None, None)
    """
    if isinstance(raw, bool) or raw is None:
        return None
    if (isinstance(raw, float) and not raw.is_integer()) or (isinstance(raw, str) and "_" in raw):
        return None
    try:
        value = int(raw.replace(",", "").strip()) if isinstance(raw, str) else int(raw)
    except (ValueError, OverflowError):
        return None
    return value if 0 <= value < 2**53 else None


_VOLUME_ISSUE = re.compile(r"([A-Za-z]{0,3}\d+)[ (]+([A-Za-z]{0,4}\.?\s?\d+(?:[-/–]\d+)?[A-Za-z]?)\)?")


def volume_issue(raw: str | None) -> tuple[str | None, str | None]:
    """Volume and issue of a field that may hold both.

    >>> volume_issue("16 3"), volume_issue("15 S8"), volume_issue("47(2)"), volume_issue("12"), volume_issue("null")
    (('16', '3'), ('15', 'S8'), ('47', '2'), ('12', None), (None, None))
    >>> volume_issue("abs/2503.23674"), volume_issue(" ")
    (('abs/2503.23674', None), (None, None))
    """
    clean = text(raw)
    if clean is None or clean.lower() == "null":
        return None, None
    match = _VOLUME_ISSUE.fullmatch(clean)
    return (match[1], match[2]) if match else (clean, None)


_PAGES = re.compile(r"([A-Za-z]{0,3}\d+[A-Za-z]?)\s*[-\u2010-\u2015\u2212]+\s*([A-Za-z]{0,3}\d+[A-Za-z]?)")


def pages(raw: str | None) -> tuple[str | None, str | None]:
    """First and last page as the source has them, spaces and newlines aside; a short last page is made whole.

    >>> pages("430-441"), pages("\\n 390-7\\n "), pages("1345-54"), pages("117 - 97"), pages("753b"), pages("")
    (('430', '441'), ('390', '397'), ('1345', '1354'), ('117', '97'), ('753b', None), (None, None))
    """
    clean = text(raw)
    if clean is None or clean.lower() == "null":
        return None, None
    match = _PAGES.fullmatch(clean)
    if match is None:
        return clean, None
    first, last = match[1], match[2]
    tight = len(clean) == len(first) + len(last) + 1  # "117 - 97" is how a source wrote two pages in the wrong order
    if tight and first.isdigit() and last.isdigit() and len(last) < len(first) and last > first[-len(last) :]:
        last = first[: -len(last)] + last
    return first, last
