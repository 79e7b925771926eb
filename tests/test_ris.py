"""RIS: what a file is taken apart into, what its tags mean, and what none of it may do."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.errors import ParseError
from harvester.records import Record, Subject
from harvester.sources.bibliography import TAPS, parse
from tests.hostile import damaged, outcome, survives

TAP = TAPS[2]
FILES = sorted((Path(__file__).parent / "data" / "bibliography").glob("*.ris"))


def bodies(text: str) -> list[bytes]:
    return list(TAP.read(io.BytesIO(text.encode())))


def record(*lines: str, kind: str = "JOUR") -> Record:
    """The record of an entry of these lines besides its type and title."""
    return parse("\n".join([f"TY  - {kind}", "TI  - A title", *lines, "ER  - "]).encode())


# --- a file taken apart ---


def test_an_entry_is_given_with_its_exact_bytes_and_what_stands_between_belongs_to_none() -> None:
    first, second = "TY  - JOUR\r\nTI  - Ä\r\n\r\nER  -", "TY  - BOOK\nT1  - B\nER  - "
    text = f"Provider: Example Press\nContent: text/plain\n\n{first}\r\n\r\nsome remark\nAB  - lost\n{second}\nEF  - \n"
    assert bodies(text) == [first.encode(), second.strip().encode()]
    assert [parse(body).title for body in bodies(text)] == ["Ä", "B"]


def test_an_entry_without_its_end_goes_to_where_the_next_begins() -> None:
    text = "TY  - JOUR\nTI  - A\nAU  - Ebb, Ada\nTY  - JOUR\nTI  - B\nER  - \nTY  - JOUR\nTI  - C"
    assert [parse(body).title for body in bodies(text)] == ["A", "B", "C"]
    assert [parse(body).authors for body in bodies(text)][1] is None


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_they_like(newline: str) -> None:
    text = newline.join(
        ["TY  - JOUR", "TI  - A long", "title", "AU  - Ebb, Ada", "ER  - ", "", "TY  - BOOK", "TI  - B", "ER  - "]
    )
    found = [parse(body) for body in bodies(text)]
    assert [one.title for one in found] == ["A long title", "B"]
    assert found[0].authors[0].name == "Ada Ebb"


def test_one_space_before_the_dash_is_enough_and_words_of_an_abstract_are_no_tags() -> None:
    found = parse(b"TY - JOUR\nTI - A title\nAB - Of\nUS - Russia relations\nNATO - too\nPY - 2020\nER -")
    assert (found.title, found.abstract, found.year) == ("A title", "Of US - Russia relations NATO - too", 2020)


def test_one_broken_entry_harms_nobody_else() -> None:
    said = (b"TI  - A", b"AU  - Ebb, Ada", b"TI  - Gr\xf6\xdfe", b"TI  - B")
    raw = b"".join(b"TY  - JOUR\n" + line + b"\nER  - \n" for line in said)
    first, untitled, unread, last = TAP.read(io.BytesIO(raw))
    assert (parse(first).title, parse(last).title) == ("A", "B")
    with pytest.raises(ParseError, match="no title"):
        parse(untitled)
    with pytest.raises(ParseError, match="not UTF-8"):
        parse(unread)
    assert unread in raw
    assert bodies("") == bodies("no entry here\nTI  - A\n") == []


# --- tags ---


def test_the_same_said_in_other_tags_is_the_same() -> None:
    one = record("AU  - Ebb, Ada", "PY  - 2020", "T2  - Mind", "AB  - We ask.", "VL  - 3", "IS  - 1")
    lines = ["T1  - A title", "A1  - Ebb, Ada", "Y1  - 2020///", "JF  - Mind", "N2  - We ask.", "VL  - 3", "CP  - 1"]
    other = parse("\n".join(["TY  - JOUR", *lines, "ER  - "]).encode())
    assert one == other
    assert (one.venue.name, one.issue, one.abstract) == ("Mind", "1", "We ask.")


def test_the_first_value_counts_and_a_line_goes_on() -> None:
    found = record(
        "T2  - Mind",
        "JF  - Mind",
        "JO  - M.",
        "AB  - One",
        "two",
        "",
        "three",
        "AB  - again",
        "AU  - Ebb, Ada",
        "DO  - ",
    )
    assert (found.venue.name, found.abstract, found.identifiers) == ("Mind", "One two three", ())
    assert record("JO  - M.").venue.name == "M."


def test_names() -> None:
    found = record(
        "AU  - von Borzyskowski, Inken",
        "AU  - Sample, Sammy, Jr.",
        "AU  - World Health Organization",
        "AU  - ",
        "AU  - Plato",
    )
    assert [one.name for one in found.authors] == [
        "Inken von Borzyskowski", "Sammy Sample Jr.", "World Health Organization", "Plato",
    ]  # fmt: skip
    mixed = record("A1  - Ebb, Ada", "AU  - Roe, Rika", "AU  - Ebb, Ada", "A2  - Editor, Ed", "AU  - et al.")
    assert ([one.name for one in mixed.authors], mixed.authors_truncated) == (["Ada Ebb", "Rika Roe"], True)
    assert (record("A2  - Editor, Ed").authors, record().authors_truncated) == (None, False)


@pytest.mark.parametrize(
    ("lines", "date"),
    [
        (["PY  - 2022"], "2022"),
        (["PY  - 2022/05/03/"], "2022-05-03"),
        (["Y1  - 2022/5//"], "2022-05"),
        (["PY  - 2022", "DA  - 2022/05/03"], "2022-05-03"),
        (["PY  - 2022", "DA  - 2022-05-03"], "2022-05-03"),
        (["PY  - 2022", "DA  - MAY 3"], "2022-05-03"),
        (["PY  - 2022", "DA  - 2021/12/30"], "2022"),
        (["DA  - 2022/05/03/"], "2022-05-03"),
        (["PY  - 2022", "DA  - spring"], "2022"),
        (["PY  - in press"], None),
        (["Y2  - 2022/05/03"], None),
        ([], None),
    ],
)
def test_every_odd_form_of_a_date(lines: list[str], date: str | None) -> None:
    assert record(*lines).date == date


@pytest.mark.parametrize(
    ("lines", "pages"),
    [
        (["SP  - 7", "EP  - 32"], ("7", "32")),
        (["SP  - 390", "EP  - 7"], ("390", "397")),
        (["SP  - 7-32"], ("7", "32")),
        (["SP  - 7-32", "EP  - 32"], ("7", "32")),
        (["SP  - e70005"], ("e70005", None)),
        (["C7  - e70005"], ("e70005", None)),
        (["SP  - A-7 (online)", "EP  - B"], ("A-7 (online)", "B")),
        (["EP  - 9"], (None, "9")),
        ([], (None, None)),
    ],
)
def test_pages(lines: list[str], pages: tuple[str | None, str | None]) -> None:
    found = record(*lines)
    assert (found.first_page, found.last_page) == pages


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("JOUR", "article"), ("CONF", "article"), ("BOOK", "book"), ("CHAP", "book-chapter"), ("THES", "dissertation"),
        ("RPRT", "report"), ("DATA", "dataset"), ("UNPB", "preprint"), ("ELEC", "other"), ("GEN", None), ("", None),
    ],
)  # fmt: skip
def test_types_in_openalex_words(kind: str, expected: str | None) -> None:
    assert record(kind=kind).type == expected


def identifiers(*lines: str, kind: str = "JOUR") -> list[str]:
    return [str(one) for one in record(*lines, kind=kind).identifiers]


def test_identifiers_wherever_programs_write_them() -> None:
    assert identifiers("DO  - https://doi.org/10.1234/EXITS.7") == ["10.1234/exits.7"]
    assert identifiers("M3  - doi: 10.1234/x") == ["10.1234/x"]
    assert identifiers("M3  - Article", "UR  - https://example.org/10.1234/y", "UR  - https://doi.org/10.1234/x") == [
        "10.1234/x"
    ]
    assert identifiers("AN  - 77", "DB  - PubMed") == ["pmid:77"]
    assert identifiers("AN  - 77", "DB  - Scopus") == []
    assert identifiers("C2  - PMC88", "N1  - arXiv:1706.03762 [cs]") == ["pmcid:PMC88", "arxiv:1706.03762"]
    assert identifiers("JO  - arXiv preprint arXiv:1706.03762") == ["arxiv:1706.03762"]
    assert identifiers("N1  - compare arXiv:1706.03762 and doi:10.1234/x") == []
    assert identifiers("SN  - 0-306-40615-2 (ISBN)", kind="BOOK") == ["isbn:9780306406157"]
    assert identifiers("SN  - 0-306-40615-2", kind="CHAP") == []


def test_small_fields() -> None:
    assert record("SN  - 17585880 (ISSN); 1758-5899", "SN  - 0-306-40615-2").venue.issns == ("1758-5880", "1758-5899")
    assert record("KW  - a; b", "c", "KW  - d, e").subjects == tuple(
        Subject("keyword", one) for one in ("a", "b", "c", "d, e")
    )
    assert record().subjects is None
    assert record("LA  - eng").language == "en"
    assert record("UR  - javascript:alert(1)", "UR  - https://example.org/a").url == "https://example.org/a"
    assert record("N1  - Cited By: 12").cited_by_count is None
    assert record("T2  - Studies in Leaving", "PB  - Press", kind="BOOK").venue.name is None
    assert record("JO  - CoRR").type == "preprint"
    assert parse(b"TY  - BOOK\nBT  - B\nER  - ").title == "B"


def test_an_entry_without_identifiers_says_all_that_matching_asks_for() -> None:
    found = record(
        "AU  - Kai, Mira",
        "AU  - Ebb, Ada",
        "PY  - 2025",
        "T2  - Harbour Quarterly",
        "VL  - 3(1)",
        "SP  - 1",
        "EP  - 20",
    )
    assert (found.identifiers, found.title, found.year, found.type) == ((), "A title", 2025, "article")
    assert ([one.name for one in found.authors], found.venue.name) == (["Mira Kai", "Ada Ebb"], "Harbour Quarterly")
    assert (found.volume, found.issue, found.first_page, found.last_page) == ("3", "1", "1", "20")


# --- hostile files ---

N = 20_000


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "TY  - \n" * N, "TY  - JOUR\nTI  - x\nAB  - y\n" + "zz\n" * N, "TY  - JOUR\nTI  - x\n" + "KW  - y\n" * N,
        "TY  - JOUR\nTI  - x\n" + "AU  - y, z\n" * N, "TY  - JOUR\nTI  - x\nSP  - " + "1-" * N + "\nEP  - " + "-1" * N,
        " " * N + "TY", "\n" + " " * N + "\n" * N, "TY  - JOUR\n" + "ER" * N + "\n ER\n" * N,
        "TY  - JOUR\nTI  - x\nDA  - " + "1" * N + "\nM3  - doi" + " " * N + "\nT2  - arXiv" + " " * N,
    ],
    ids=lambda text: text[:30].strip() + text[-10:],
)  # fmt: skip
def test_a_hostile_file_takes_time_in_step_with_its_length(text: str) -> None:
    survives(TAP, parse, text.encode())


PIECES = (b"\n", b"\r", b"TY  - ", b"ER  - ", b"  - ", b"\x00", b"\xff", b"AU  - \n", b"-", b" ")


@settings(max_examples=250, deadline=2_000)
@given(damaged([path.read_bytes() for path in FILES], PIECES))
def test_a_damaged_file_is_records_or_parse_errors(content: bytes) -> None:
    survives(TAP, parse, content)


@settings(max_examples=150, deadline=2_000)
@given(st.binary(max_size=80) | st.text(alphabet="TYERAU - \n", max_size=80).map(str.encode))
def test_any_bytes_are_records_or_parse_errors(noise: bytes) -> None:
    survives(TAP, parse, b"TY  - JOUR\n" + noise)
    assert "\n" not in outcome(parse, b"TY  - " + noise)
