"""The spelling rules against everything: any text at all, what sources really write, and texts meant to take long.

The plain cases are the examples in harvester/normal itself; here is what no example shows.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import date as calendar_date
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester import normal

IDENTIFIERS: dict[str, Callable[[str], str | None]] = {
    "doi": normal.doi,
    "openalex": normal.openalex,
    "s2": normal.s2,
    "pmid": normal.pmid,
    "pmcid": normal.pmcid,
    "arxiv": normal.arxiv,
    "corpusid": normal.number,
    "mag": normal.number,
    "isbn": normal.isbn,
}
STABLE = [*IDENTIFIERS.values(), normal.orcid, normal.ror, normal.issn, normal.title_key, normal.date]
EVERY = [
    *dict.fromkeys(STABLE), normal.dois, normal.identifier, normal.text, normal.abstract, normal.name_key, normal.year,
    normal.count, normal.volume_issue, normal.pages,
]  # fmt: skip

# What the rules look for, so that texts made of it come near to every one of them.
PIECES = [
    "10.1234/", "10.48550/arXiv.", "10.1234%2F", "doi:", "info:", "urn:", "https://x.example/", "/full", ".pdf", "?",
    "\u201d", "PMC1", ".1", "https://doi.org/", "%3C", "%25", "%", "https://", "pmid:", "PMC", "ISBN", "W1",
    "CorpusId:", "arxiv:", "1706.03762", "v2", "0306406152", "0000-0002-1825-009", "1758-589", "X", "<p>", "</p>", "<jats:p",
    "<script>", "<!--", "-->", "]]>", "<", ">", "&amp;", "&lt;", "&#60;", "&#x", "&Apos;", ";", "Abstract", "No abstract",
    "null", "n/a", " ", "\n", "\0", "\x80", "\u00a0", "\u0301", "\u202e", "\ud800", "Ã", "©", "â€™", "ß", "İ", "ﬁ", "℠", "²",
    "٣", "-", "–", "/", ".", ",", "_", "(", ")", "12", "2025", "-02", "-30", "T", "S8", "e",
]  # fmt: skip
texts = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=12).map("".join))


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule.__name__)
@settings(max_examples=100, deadline=None)
@given(raw=texts)
def test_no_text_is_too_odd_for_a_rule_and_nothing_is_none(rule: Callable[[str | None], object], raw: str) -> None:
    assert rule(None) in (None, (), (None, None))
    said = rule(raw)
    parts = said if isinstance(said, tuple) else (said,)
    assert "" not in parts, "what says nothing is None, so that it never beats a value"
    assert {type(part) for part in parts} <= {str, int, type(None)}


@pytest.mark.parametrize("rule", dict.fromkeys(STABLE), ids=lambda rule: rule.__name__)
@settings(max_examples=100, deadline=None)
@given(raw=texts)
def test_what_is_in_the_one_spelling_stays_as_it_is(rule: Callable[[str | None], str | None], raw: str) -> None:
    once = rule(raw)
    assert rule(once) == once


@settings(max_examples=200, deadline=None)
@given(raw=texts)
def test_clean_text_stays_as_it_is(raw: str) -> None:
    """Markup and entities aside: how often those were encoded, no text can tell."""
    once = normal.text(raw.replace("<", "").replace("&", ""))
    assert normal.text(once) == once
    assert once is None or once == " ".join(once.split())


@settings(max_examples=200, deadline=None)
@given(raw=texts)
def test_a_clean_text_has_no_letter_that_cannot_be_seen(raw: str) -> None:
    clean = normal.text(raw) or ""
    assert not {unicodedata.category(c) for c in clean} & {"Cc", "Zl", "Zp"}
    assert not set(clean) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\ufeff\u00ad")


@settings(max_examples=200, deadline=None)
@given(raw=texts)
def test_an_identifier_found_is_found_again_by_its_scheme_and_value(raw: str) -> None:
    found = normal.identifier(raw)
    if found is not None:
        scheme, value = found
        assert normal.identifier(f"{scheme}:{value}") == found
        assert IDENTIFIERS[scheme](value) == value


# --- DOIs ---


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (
            "https://doi.org/10.1002/(SICI)1097-4571(199806)49:8%3C693::AID-ASI4%3E3.0.CO;2-O",
            "10.1002/(sici)1097-4571(199806)49:8<693::aid-asi4>3.0.co;2-o",
        ),
        ("10.1234/a,b|c&d#e?f;g(h)<i>%j", "10.1234/a,b|c&d#e?f;g(h)<i>%j"),
        ("10.1234/a%3Cb", "10.1234/a%3cb"),  # no address, so nothing was encoded: the percent sign is its own
        ("https://doi.org/10.1234/a%20b%2Fc%25d", "10.1234/a b/c%d"),
        ("10.1234/a  b\n c", "10.1234/a b c"),
        ("10.1234/a, 10.5678/b", "10.1234/a"),
        ("10.1000.10/x", "10.1000.10/x"),
        ("doi:10.1234/A\u200bB.", "10.1234/ab"),
        ("DOI 10.1234/x/", None),
        ("10.1234/", None),
        ("10.123/x", None),
        ("10.1234/" + "x" * 3000, None),
        # what stands around it, and what is its own
        ("\u201c10.1234/a\u201d", "10.1234/a"),
        ("(doi:10.1234/a(2004)18:2(79))", "10.1234/a(2004)18:2(79)"),
        ("[10.1234/a[b]]", "10.1234/a[b]"),
        ("<10.1002/(SICI)1097<693::AID>3.0.CO;2-O>", "10.1002/(sici)1097<693::aid>3.0.co;2-o"),
        ("10.1061/(ASCE)0887-3828(2004)18:2(79)", "10.1061/(asce)0887-3828(2004)18:2(79)"),
        ("10.1002/1(SICI)9:8&lt;693::AID&gt;3.0.CO;2-O", "10.1002/1(sici)9:8<693::aid>3.0.co;2-o"),
        ("10.1234/a&amp;amp;b", "10.1234/a&b"),
        ("10.1234/.", None),
        # encodings, with and without an address
        ("info:doi/10.1234/a%3Cb%3E", "10.1234/a<b>"),
        ("urn:doi:10.1234%2Fa", "10.1234/a"),
        ("dx.doi.org/10.1234/a%2fb", "10.1234/a/b"),
        ("DOI:10.1234%2FA", "10.1234/a"),
        ("https://doi.org/10.1234/a%23b", "10.1234/a#b"),
        # the page of a publisher; a name of one's own keeps what looks like it
        ("https://press.example/doi/full/10.1234/a?src=x#s1", "10.1234/a"),
        ("https://press.example/doi/10.1234/a/full", "10.1234/a"),
        ("https://press.example/doi/10.1234/a.pdf", "10.1234/a"),
        ("https://press.example/doi/10.1234/a/full.pdf", "10.1234/a"),
        ("https://press.example/doi/10.1234/a%23b/abstract", "10.1234/a#b"),
        ("https://doi.org/10.1234/a/full", "10.1234/a/full"),
        ("10.1234/a.pdf", "10.1234/a.pdf"),
        ("https://press.example/full/pdf", None),
        # a version of an arXiv article is the same work
        ("https://doi.org/10.48550/arXiv.2301.00001v2", "10.48550/arxiv.2301.00001"),
        ("10.48550/arXiv.hep-th/9901001v11", "10.48550/arxiv.hep-th/9901001"),
        ("10.26434/chemrxiv-2022-x-v2", "10.26434/chemrxiv-2022-x-v2"),
    ],
)
def test_dois_as_they_really_occur(raw: str, value: str | None) -> None:
    assert normal.doi(raw) == value
    assert normal.doi(value) == value


@settings(max_examples=200)
@given(suffix=st.text(st.sampled_from("aB1 /.,;:|&#?()<>%+[]_-~'\"é"), min_size=1, max_size=40))
def test_an_address_and_the_doi_in_it_are_one(suffix: str) -> None:
    plain = f"10.1234/{suffix}"
    for address in ("https://doi.org/", "http://dx.doi.org/", "HTTPS://WWW.DOI.ORG/"):
        assert normal.doi(address + quote(plain, safe="/")) == normal.doi(plain)
    assert normal.doi(plain.upper()) == normal.doi(plain.lower())


def test_every_doi_of_a_field_is_given_once_in_its_order() -> None:
    assert normal.dois("10.1234/A; 10.5678/b, 10.1234/a 10.1234/") == ("10.1234/a", "10.5678/b")


# --- the other identifiers ---

HEX = "649def34f8be52c8b66281af98ae884c09aef38b"


@pytest.mark.parametrize(
    ("raw", "scheme", "value"),
    [
        ("https://arxiv.org/abs/2301.00001v3", "arxiv", "2301.00001"),
        ("http://arxiv.org/pdf/2301.00001v3.pdf", "arxiv", "2301.00001"),
        ("ARXIV: hep-th/9901001v2", "arxiv", "hep-th/9901001"),
        ("math.GT/0309136", "arxiv", "math/0309136"),
        ("https://doi.org/10.48550/arXiv.2301.00001", "arxiv", "2301.00001"),
        ("PMC3458974.1", "pmcid", "PMC3458974"),
        ("PMCID: PMC3458974", "pmcid", "PMC3458974"),
        ("https://pmc.ncbi.nlm.nih.gov/articles/PMC3458974/", "pmcid", "PMC3458974"),
        ("https://europepmc.org/article/PMC/PMC3458974", "pmcid", "PMC3458974"),
        ("pmid:10601965.1", "pmid", "10601965"),
        ("PMID: 0010601965", "pmid", "10601965"),
        ("https://europepmc.org/abstract/MED/10601965", "pmid", "10601965"),
        ("https://api.openalex.org/works/W0002741809807", "openalex", "W2741809807"),
        ("https://explore.openalex.org/works/w2741809807", "openalex", "W2741809807"),
        ("openalex:W2741809807", "openalex", "W2741809807"),
        (f"https://www.semanticscholar.org/paper/Leaving-the-harbour-Kai/{HEX.upper()}", "s2", HEX),
        (f"https://api.semanticscholar.org/graph/v1/paper/{HEX}", "s2", HEX),
        (f"https://www.semanticscholar.org/reader/{HEX}", "s2", HEX),
        ("https://api.semanticscholar.org/CorpusID:470667", "corpusid", "470667"),
        ("CorpusId: 0470667", "corpusid", "470667"),
        ("https://academic.microsoft.com/paper/2125158795", "mag", "2125158795"),
        ("MAG:2125158795", "mag", "2125158795"),
        ("ISBN-13 978-0-306-40615-7", "isbn", "9780306406157"),
        ("ISBN10: 0-306-40615-2", "isbn", "9780306406157"),
        ("urn:isbn:0-306-40615-2", "isbn", "9780306406157"),
        ("isbn 1-306-40615-9", "isbn", None),
    ],
)
def test_identifiers_as_they_really_occur(raw: str, scheme: str, value: str | None) -> None:
    assert normal.identifier(raw) == ((scheme, value) if value else None)


@pytest.mark.parametrize("raw", ["10601965", "2125158795", "3458974.1", "W", "10.1", "9780306406158", HEX[:39]])
def test_a_number_alone_names_nothing(raw: str) -> None:
    assert normal.identifier(raw) is None


# --- dates ---


@given(day=st.dates(calendar_date(1400, 1, 1), calendar_date(2100, 12, 31)))
def test_every_day_of_the_calendar_is_a_date(day: calendar_date) -> None:
    assert normal.date(day.isoformat()) == day.isoformat()
    assert normal.date(f"{day.year}-{day.month}-{day.day}T23:59:59Z") == day.isoformat()


@given(year=st.integers(0, 9999), month=st.integers(0, 99), day=st.integers(0, 99))
def test_a_date_is_cut_to_what_the_calendar_has(year: int, month: int, day: int) -> None:
    said = normal.date(f"{year:04}-{month:02}-{day:02}")
    if said is None:
        assert not 1400 <= year <= 2100
        return
    assert f"{year:04}-{month:02}-{day:02}".startswith(said)
    parts = [int(part) for part in said.split("-")]
    calendar_date(*parts, *[1] * (3 - len(parts)))
    if len(parts) < 3:  # what was left out is what made it no day
        with pytest.raises(ValueError, match="day|month"):
            calendar_date(year, month, day)


@pytest.mark.parametrize(
    "raw", ["", " ", "null", "0000-00-00", "2025/05/19", "19 May 2025", "25-05-19", "20250", "9999-12-31", "٢٠٢٥"]
)
def test_what_is_no_date_is_none(raw: str) -> None:
    assert normal.date(raw) is None


# --- pages, volumes, counts ---


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("\n          390-7\n        ", ("390", "397")),
        ("82 - 86", ("82", "86")),
        ("117 - 97", ("117", "97")),
        ("998-100", ("998", "100")),
        ("2838-42", ("2838", "2842")),
        ("e4375", ("e4375", None)),
        ("e1-e12", ("e1", "e12")),
        ("S12–S19", ("S12", "S19")),
        ("12—19", ("12", "19")),
        ("12−19", ("12", "19")),
        ("1-2, 5-6", ("1-2, 5-6", None)),
        ("null", (None, None)),
        ("12-", ("12-", None)),
    ],
)
def test_pages_as_they_really_occur(raw: str, said: tuple[str | None, str | None]) -> None:
    assert normal.pages(raw) == said


@given(first=st.integers(1, 99_999), more=st.integers(1, 9_999), short=st.booleans(), dash=st.sampled_from("-–—−"))
def test_a_short_last_page_is_the_page_it_stands_for(first: int, more: int, short: bool, dash: str) -> None:
    start, end = str(first), str(first + more)
    written = end
    while short and len(start) == len(end) and len(written) > 1 and written[0] == start[-len(written)]:
        written = written[1:]
    assert normal.pages(f"{start}{dash}{written}") == (start, end)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("12 5", ("12", "5")),
        ("16 3", ("16", "3")),
        ("15 S8", ("15", "S8")),
        ("12 Suppl. 1", ("12 Suppl. 1", None)),
        ("47 (2-3)", ("47", "2-3")),
        ("abs/2503.23674", ("abs/2503.23674", None)),
        ("500?225", ("500?225", None)),
        ("AU-13", ("AU-13", None)),
        ("null", (None, None)),
        ("NULL", (None, None)),
    ],
)
def test_volumes_as_they_really_occur(raw: str, said: tuple[str | None, str | None]) -> None:
    assert normal.volume_issue(raw) == said


@given(value=st.one_of(st.integers(), st.floats(), st.booleans(), texts))
def test_a_count_is_a_whole_number_from_zero_on_or_none(value: float | str) -> None:
    said = normal.count(value)
    assert said is None or (type(said) is int and 0 <= said < 2**53)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53:
        assert said == value


@pytest.mark.parametrize(
    "raw", [True, False, float("nan"), float("inf"), 1.5, -1, 2**53, "", "-1", "1e3", "0x10", "1_000", "9" * 5000]
)
def test_what_is_no_count_is_none_and_never_zero(raw: float | str) -> None:
    assert normal.count(raw) is None


# --- titles and names ---


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Café Straße", "CAFE STRASSE"),
        ("caf\u0065\u0301", "caf\u00e9"),
        ("ﬁeld of view", "Field of View"),
        ("Acme℠ and ™ marks", "ACMESM AND TM MARKS"),
        ("The end of 𝐻istory", "The End of History"),
        ("İstanbul", "istanbul"),
        ("A—B: “C”", 'a b "c"'),
    ],
)
def test_titles_that_are_one_have_one_key(one: str, other: str) -> None:
    assert normal.title_key(one) == normal.title_key(other) is not None


@settings(max_examples=100, deadline=None)
@given(raw=texts)
def test_a_title_key_is_the_same_however_the_title_is_composed(raw: str) -> None:
    assert normal.title_key(unicodedata.normalize("NFC", raw)) == normal.title_key(unicodedata.normalize("NFD", raw))


@settings(max_examples=100, deadline=None)
@given(raw=texts)
def test_a_name_key_is_a_surname_and_an_initial_at_most(raw: str) -> None:
    key = normal.name_key(raw)
    assert key is None or (key == normal.title_key(key) and len(key.split(" ")) <= 2)


# --- texts meant to take long ---

MANY = 5_000
HOSTILE = {
    "open tags": "<" * MANY,
    "endless attributes": "<p" + " x=y" * MANY,
    "open attributes": '<a x="' * MANY,
    "open comments": "<!--" * MANY,
    "open scripts": "<script>" * MANY,
    "deep entities": "&" + "amp;" * MANY,
    "open entities": "&a" * MANY,
    "long entity": "&" + "a" * MANY,
    "spaces": "x" + " " * MANY + "x",
    "marks on one letter": "a" + "\u0301\u0323" * MANY,
    "doubly encoded": "Ã©" * MANY,
    "half encoded": "â€" * MANY,
    "digits": "1" * MANY,
    "dashes": "1" + " -" * MANY,
    "brackets": "1" + "(" * MANY,
    "abstracts": "Abstract " * MANY,
    "dots": "." * MANY,
    "a DOI of parts": "10.1234" + ".1" * 1000,
    "DOIs of spaces": ("10.1234/a" + " ,;" * 20) * 25,
    "addresses": "https://" * MANY,
    "a path": "https://www.semanticscholar.org/paper/" + "a" * MANY,
    "a time": "2025-01-01T" + " " * MANY,
    "letters of many": "ﷺ" * MANY,
}


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule.__name__)
def test_a_text_meant_to_take_long_comes_to_an_end(rule: Callable[[str], object]) -> None:
    """No clock: a rule that backtracks without bound over these would never end."""
    ended = {name: rule(raw) for name, raw in HOSTILE.items()}
    assert ended.keys() == HOSTILE.keys()
