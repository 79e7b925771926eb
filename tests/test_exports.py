"""Works as BibTeX, RIS and CSL-JSON: what goes out comes in again through the importers, whatever the titles hold."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from itertools import accumulate, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from harvester import normal, report
from harvester.cli import app
from harvester.errors import UsageError
from harvester.records import Identifier, Record, Subject, Venue
from harvester.report.citekeys import keys
from harvester.report.works import Work, read
from harvester.sources.bibliography import TAPS, parse
from harvester.store import Store
from tests.build import DAY, Hand, a_store, record, undone

FORMS = {tap.form.split()[0].lower(): tap for tap in TAPS}  # csl-json, bibtex, ris
HOSTILE = [
    "{", "}", "\\", "{\\input{/etc/passwd}}", "@article{x, title={y}}", "ER  - ", "\nER  - \nTY  - JOUR", "TY  - BOOK", "$x_1$",
    "50%", "#1", "R&D", "a_b", "~", "^", "--", "---", "``q''", '"', "'", "`", "A", "NATO", "iPhone", "Größe", "日本語", "‘’“”–—…",
    "\x00", "\x1b[2J", "\x85", "\u2028", "\u202e", "\\\\", "\\'e", "# macro", ",", ";", "and", " and others", "=", "<b>",
    "&amp;", "w" * 3000, "\ud7ff",
]  # fmt: skip


def cleaned(raw: str) -> str | None:
    """The text as the sources' parsers leave it, whatever was written in it several times over."""
    while (clean := normal.text(raw)) is not None and clean != raw:
        raw = clean
    return clean


texts = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=8), min_size=1, max_size=8).map(
    lambda pieces: cleaned(" ".join(pieces))
)
names = st.sampled_from([
    "Mira Kai", "Inken von Borzyskowski", "Jean-Claude Van Damme", "Sammy Sample Jr.", "Plato", "Simon and Schuster",
    "World Health Organization", "Ng{}o", "Kai O'Hara", "王小明", "Ǻsa Łódź", "R&D Group", "\\input x",
])  # fmt: skip
whole = st.tuples(st.sampled_from(["", "e", "S"]), st.integers(1, 999)).map(lambda both: f"{both[0]}{both[1]}")
TYPES = ["article", "book", "book-chapter", "dissertation", "report", "dataset", "preprint"]


@st.composite
def records(draw: st.DrawFn) -> Record:
    """A record with any of the fields that the forms have a place for in its type."""
    kind = draw(st.sampled_from(TYPES))
    date = draw(st.sampled_from(["2025-05-19", "2025-12", "1999", None]))
    first = draw(st.none() | whole)
    journal = kind == "article"
    return record(
        doi=draw(st.sampled_from(["10.5555/a", "10.5555/a_b(1)<2>%7e", "10.5555/{x", "10.5555/a\\b"])),
        title=draw(texts) or "Untitled",
        type=kind,
        date=date,
        year=int(date[:4]) if date else None,
        abstract=normal.abstract(draw(st.none() | texts)),
        language=draw(st.sampled_from(["en", "de", "ja", None])),
        venue=Venue(
            name=f"Annals {draw(texts) or ''}".strip(),
            issns=draw(st.sampled_from([(), ("1758-5880",), ("1758-5880", "1758-5899")])) if journal else (),
            type=draw(st.sampled_from(["journal", "conference"])) if journal else None,
            publisher=draw(texts),
        ),
        volume=draw(st.none() | whole),
        issue=draw(whole) if journal else None,
        first_page=first,
        last_page=draw(st.none() | st.just(f"{first}0")) if first else None,
        authors=draw(st.lists(names, unique=True, max_size=4)),
        subjects=tuple(Subject("keyword", one) for one in draw(st.lists(texts.filter(bool), max_size=3))),
        url=draw(st.sampled_from([None, "https://example.org/a_b?c=%20~{d}&e=$f#g"])),
    )


def exported(form: str, works: list[Work]) -> str:
    out = io.StringIO(newline="")
    report.write_works(form, works, out)
    return out.getvalue()


def imported(form: str, text: str) -> Iterator[Record]:
    content = text.encode()
    assert [tap.form for tap in TAPS if tap.sniff(content[:65_536])] == [FORMS[form].form]
    return (parse(body) for body in FORMS[form].read(io.BytesIO(content)))


def compared(one: Record, *, without: str = "") -> dict[str, Any]:
    """What both ends must agree on. without: a sign that the form cannot keep in a name."""
    found = [normal.name(author.name) for author in one.authors or ()]
    who = [name.whole.replace(without, " ").split() if without else name.whole for name in found if name]
    venue = one.venue or Venue()
    words = [part.strip() for subject in one.subjects or () for part in subject.name.split(";")]
    address = one.url and re.sub(r"[{}]", lambda sign: f"%{ord(sign.group()):X}", one.url)
    return {
        "names": {str(name) for name in one.identifiers},
        "venue": None if one.type in ("book", "dissertation", "report") else venue.name,
        "publisher": venue.publisher,
        "issns": {*venue.issns},
        "authors": who,
        "keywords": {*filter(None, words)},
        "url": address,
    } | {
        field: getattr(one, field)
        for field in (
            "title", "abstract", "year", "date", "type", "language", "volume", "issue", "first_page", "last_page",
            "authors_truncated",
        )
    }  # fmt: skip


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for all examples; each is undone."""
    with a_store(tmp_path_factory.mktemp("exports")) as store:
        yield store


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=40, deadline=None)
@given(one=records())
def test_what_goes_out_comes_in_again(shelf: Store, form: str, one: Record) -> None:
    with undone(shelf):
        Hand(shelf).file(DAY, one)

        text = exported(form, read(shelf, [work_of(shelf)]))
    [back] = imported(form, text)
    comma = "," if form == "ris" else ""
    assert compared(back, without=comma) == compared(one, without=comma)


# What https://github.com/citation-style-language/schema (v1.0.2, csl-data.json) allows, as far as it is written.
CSL_TYPES = {
    "article", "article-journal", "book", "chapter", "dataset", "document", "entry-encyclopedia", "paper-conference", "report",
    "standard", "thesis",
}  # fmt: skip
CSL_TEXTS = {
    "id", "citation-key", "type", "genre", "title", "container-title", "publisher", "volume", "issue", "page", "ISSN", "ISBN",
    "DOI", "PMID", "PMCID", "URL", "language", "keyword", "note", "abstract",
}  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(one=records())
def test_csl_json_is_what_its_schema_allows_and_states_nothing_empty(shelf: Store, one: Record) -> None:
    with undone(shelf):
        Hand(shelf).file(DAY, one)
        [item] = json.loads(exported("csl-json", read(shelf, [work_of(shelf)])))
    assert item["type"] in CSL_TYPES
    assert item["id"]
    assert item.keys() <= CSL_TEXTS | {"author", "issued"}
    assert all(isinstance(item[name], str) and item[name] for name in item.keys() & CSL_TEXTS)
    if "issued" in item:
        [parts] = item["issued"]["date-parts"]
        assert parts and all(type(part) is int for part in parts)
    for name in item.get("author", ()):
        assert name and name.keys() <= {"family", "given", "non-dropping-particle", "suffix", "literal"}
        assert all(name.values())


@settings(max_examples=20, deadline=None)
@given(one=records())
def test_no_text_is_syntax_in_bibtex_and_ris(shelf: Store, one: Record) -> None:
    with undone(shelf):
        Hand(shelf).file(DAY, one)
        works = read(shelf, [work_of(shelf)])
    bib, ris = exported("bibtex", works), exported("ris", works)
    assert re.fullmatch(r"@[a-z]+\{[a-z0-9]+,\n(?:  [a-z]+ = (?:\{.+\}|[a-z]{3}),\n)+\}\n", bib)
    for line in bib.splitlines()[1:-1]:
        depths = list(accumulate((sign == "{") - (sign == "}") for sign in line))
        assert min(depths) == 0 and depths[-1] == 0
        if not line.startswith(("  doi", "  url")):
            assert not re.search(r"(?<!\\)[$&%#_]|[~^<>|]|\\(?!text[a-z]+\{\}|[$&%#_])", line)
    *lines, end, _ = ris.split("\n")
    assert end == "ER  - "
    assert lines[0].startswith("TY  - ")
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - \S.*", line) and line[:2] != "ER" for line in lines)


def work_of(store: Store) -> int:
    """The number of the only work."""
    [[work]] = store.db.execute("SELECT DISTINCT work FROM record WHERE work IS NOT NULL").fetchall()
    return int(work)


def test_keys_are_ascii_and_each_is_of_one_work_whatever_the_order(store: Store) -> None:
    titles = ["When states leave clubs", "States and courts", "States of matter", "国際", "", "Größe"]
    who = [["Mira Kai"], ["Mira Kai"], ["Kai, M."], ["王小明"], [], ["Åsa von Łódź"]]
    Hand(store).file(DAY, *(
        record(f"W{n}", title=title, authors=names, year=2026, doi=f"10.5555/{n}")
        for n, (title, names) in enumerate(zip(titles, who, strict=True))
    ))  # fmt: skip
    works = read(store, range(1, 7))
    assert list(keys(works).values()) == [
        "kai2026states", "kai2026statesa", "kai2026statesb", "anonymous2026", "anonymous2026a", "lodz2026grosse"
    ]  # fmt: skip
    assert keys(works[::-1]) == keys(works)
    assert keys(works[:1])[1] == keys(works)[1]


def test_what_is_retracted_cut_or_only_a_sources_own_says_so_or_stays_behind(store: Store) -> None:
    own = "https://www.semanticscholar.org/paper/" + "0" * 40
    Hand(store).file(
        DAY,
        record(
            title="Exits",
            doi="10.5555/1",
            arxiv="2301.01234",
            is_retracted=True,
            authors=["Mira Kai"],
            authors_truncated=True,
            url=own,
        ),
    )
    [work] = read(store, [1, 1, 99])
    assert (work.note, work.url, work.truncated) == ("Retracted", "https://arxiv.org/abs/2301.01234", True)
    texts = {form: exported(form, [work]) for form in FORMS}
    assert "note = {Retracted}" in texts["bibtex"] and "author = {Kai, Mira and others}" in texts["bibtex"]
    assert "N1  - Retracted" in texts["ris"] and json.loads(texts["csl-json"])[0]["note"] == "Retracted"
    for form, text in texts.items():
        assert "W1" not in text and "semanticscholar" not in text and "openalex" not in text
        [back] = imported(form, text)
        assert Identifier("arxiv", "2301.01234") in back.identifiers


def run(database: Path, *words: str) -> str:
    done = CliRunner().invoke(app, ["--db", str(database), *words])
    assert done.exit_code == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_every_command_whose_rows_are_works_writes_them_and_no_other(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        Hand(store).file(
            DAY,
            record("W1", title="Estrangement of states", doi="10.5555/1", cited_by_count=1),
            record("W2", title="Estrangement and courts", doi="10.5555/2", references=("W1",), cited_by_count=2),
        )
        path = store.path
    questions = {
        ("search", "estrangement"): {"1", "2"}, ("growth",): {"1", "2"}, ("citing", "1"): {"2"}, ("related", "1"): {"2"},
        ("show", "2"): {"2"}, ("family", "1"): set(),
    }  # fmt: skip
    for (words, dois), form in product(questions.items(), FORMS):
        out = run(path, *words, "--format", form)
        found = imported(form, out) if dois else ()
        assert {one.source_id for one in found} == {f"10.5555/{doi}" for doi in dois}
    with pytest.raises(UsageError, match="ris is for lists of works, which this is not; its forms are csv, json"):
        report.write("ris", [{"work": 1}], None, io.StringIO())
