"""Identifiers in the one spelling in which they are kept and compared."""

from __future__ import annotations

import re
from urllib.parse import unquote

from harvester.normal.texts import INVISIBLE

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
    match = _DOI.search(INVISIBLE.sub("", _DOI_ENTITY.sub(_decoded, raw)))
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
