"""Bibliographies of every form and program: one article is one record, and one file after the other through `import`."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harvester.cli import app
from harvester.records import Record
from harvester.sources import files, parser_of
from harvester.sources.bibliography import TAPS, parse
from harvester.store import Store
from tests.build import rows

DATA = Path(__file__).parent / "data" / "bibliography"
EXPORTS = sorted(path.name for path in DATA.iterdir() if not path.name.startswith("library"))
FORMS = [DATA / f"library.{ending}" for ending in ("bib", "ris", "json")]

TITLE = "Exits & Voices: How Größe Matters for the Šibenik Treaty"
SURNAMES = ["Borzyskowski", "Alvarez-Nunez", "Exits"]


def read(path: Path) -> list[Record]:
    form = files.read(path)
    return [parser_of(form.source)(body) for body in form]


# --- programs ---


def test_every_program_that_is_named_has_its_example() -> None:
    assert {name.partition(".")[0] for name in EXPORTS} == {
        "betterbibtex", "endnote", "jabref", "mendeley", "scholar", "scopus", "webofscience", "zotero",
    }  # fmt: skip


@pytest.mark.parametrize("name", EXPORTS)
def test_the_same_article_from_every_program(name: str) -> None:
    found = read(DATA / name)[0]
    assert (found.title, found.year, found.type) == (TITLE, 2022, "article")
    assert (found.volume, found.issue, found.first_page, found.last_page) == ("47", "2", "7", "32")
    surnames = [one.name.replace("Á", "A").replace("ú", "u").replace("ñ", "n").split()[-1] for one in found.authors]
    assert surnames == SURNAMES[: len(surnames)]
    assert found.authors[0].name.endswith("von Borzyskowski")
    assert (found.venue.name.lower().replace("&", "and"), found.venue.type) == (
        "journal of exits and voices",
        "journal",
    )
    assert found.drift == ()
    assert found.cited_by_count is None
    if name.startswith("scholar"):  # which states neither DOI nor all authors
        assert (found.identifiers, found.authors_truncated, len(surnames)) == ((), True, 2)
    else:
        assert (found.source_id, len(surnames), found.authors_truncated) == ("10.1234/exits.7", 3, False)
        assert {subject.name for subject in found.subjects} == {"withdrawal", "norms"}
        assert found.abstract.startswith("We ask. 50% of states leave.")
        assert "1758-5880" in found.venue.issns


def test_days_languages_addresses_as_far_as_a_program_writes_them() -> None:
    found = {name: read(DATA / name)[0] for name in EXPORTS}
    assert {name: one.date for name, one in found.items() if len(one.date) > 4} == {
        "betterbibtex.bib": "2022-05-03", "endnote.ris": "2022-05-03", "jabref.bib": "2022-05", "mendeley.bib": "2022-05",
        "mendeley.ris": "2022-05", "webofscience.bib": "2022-05-03", "webofscience.ris": "2022-05-03",
        "zotero.bib": "2022-05", "zotero.ris": "2022-05-03",
    }  # fmt: skip
    assert {one.language for one in found.values()} == {"en", None}
    assert {one.url for one in found.values() if one.url and "scopus" not in one.url} == {
        "https://example.org/exits_7?a=b%20c~d"
    }


def test_preprints_books_and_chapters() -> None:
    for name in ("zotero.bib", "zotero.ris", "betterbibtex.bib"):
        preprint = read(DATA / name)[1]
        assert [str(one) for one in preprint.identifiers] == ["10.48550/arxiv.2301.01234", "arxiv:2301.01234"]
        assert (preprint.type, preprint.date) == ("preprint", "2023-01")
    scholar = read(DATA / "scholar.bib")[1]
    assert (scholar.type, scholar.venue.name, str(scholar.identifiers[0])) == ("preprint", "arXiv", "arxiv:2301.01234")
    for name in ("endnote.bib", "endnote.ris"):
        book = read(DATA / name)[1]
        assert (book.type, book.authors[0].name, book.venue.name) == ("book", "Sammy Sample Jr.", None)
        assert [str(one) for one in book.identifiers] == ["isbn:9780306406157"]
    for name in ("zotero.ris", "betterbibtex.bib"):
        chapter = read(DATA / name)[2]
        assert (chapter.title, chapter.type, chapter.venue.name) == ("A Part: Of a Whole", "book-chapter", "The Whole")
        assert (chapter.identifiers, chapter.first_page) == ((), "5")


# --- forms ---


def test_an_entry_is_the_same_record_in_every_form() -> None:
    for bib, ris, csl in zip(*map(read, FORMS), strict=True):
        assert bib == ris == csl


def test_each_form_is_claimed_by_its_own_tap_and_by_no_other() -> None:
    own = dict(zip(("json", "bib", "ris"), TAPS, strict=True))
    for path in DATA.iterdir():
        head = path.read_bytes()[:65_536].removeprefix(b"\xef\xbb\xbf")
        claimed = [tap for tap in files.taps() if tap.sniff(head)]
        assert claimed == [own[path.suffix[1:]]], path.name


def test_a_word_of_another_form_inside_an_entry_changes_nothing() -> None:
    words = [
        '"paperId": "x"', '{"id": "https://openalex.org/W1", "authorships": []}', "TY  - JOUR", "@article{x, title={y}}",
        "Policy implications", '"PeriodicalId": 1, "title": "x", "issued": 1',
    ]  # fmt: skip
    for word, (start, end, form) in itertools.product(
        words,
        [
            ("@misc{a, title = {B}, abstract = {\n", "\n}}", "BibTeX"),
            ("TY  - JOUR\nTI  - B\nAB  - x\n", "\nER  - ", "RIS"),
        ],
    ):
        head = f"{start}{word}\n{word}{end}".encode()
        assert [tap.form for tap in files.taps() if tap.sniff(head)] == [f"{form} bibliography"]


def test_a_body_of_no_form_is_a_parse_error() -> None:
    for body in (b"", b"[]", b"<html>", b"hello", b"\xff", b"TYPO - x", b"AUTHOR: x"):
        with pytest.raises(ValueError, match="neither CSL-JSON nor BibTeX nor RIS"):
            parse(body)


# --- the command line ---


def run(database: Path, *paths: Path, code: int = 0) -> str:
    """What the import says."""
    done = CliRunner().invoke(app, ["--db", str(database), "import", *map(str, paths), "--on", "2026-11-24"])
    assert done.exit_code == code, done.stderr
    return done.stderr


def works(database: Path) -> list[tuple[object, ...]]:
    with Store(database) as store:
        return rows(store, "SELECT doi, title, year FROM works ORDER BY year DESC")


@pytest.mark.slow
@pytest.mark.parametrize(
    "order", list(itertools.permutations(FORMS)), ids=lambda order: "-".join(one.suffix[1:] for one in order)
)
def test_three_forms_of_five_articles_are_five_works(tmp_path: Path, order: tuple[Path, ...]) -> None:
    database = tmp_path / "harvest.db"
    said = run(database, *order)
    assert "15 records: 5 new works" in said
    assert said.count("5 records, 2 without an identifier") == 3
    assert works(database) == [
        ("10.5555/quay.1", "Leaving the harbour: how ports withdraw", 2025),
        ("10.5555/quay.2", "The price of a lighthouse", 2024),
        (None, "Soundings of distrust", 2023),
        (None, "Tide agreements", 2020),
        (None, "Pilots: A History", 1998),
    ]
    assert "everything was held already; nothing changed" in run(database, *reversed(order))


def test_a_broken_entry_is_set_aside_with_its_bytes_and_the_rest_is_imported(tmp_path: Path) -> None:
    broken = '@article{roe2023, title = {Soundings of {distrust}, year = 2023,\n  note = "\x1b[31m"}'
    text = FORMS[0].read_text("utf-8")
    file = tmp_path / "broken.bib"
    file.write_text(text.replace("@book{", f"{broken}\n\n@book{{"), "utf-8")
    database = tmp_path / "harvest.db"
    said = run(database, file, code=6)
    assert "BibTeX bibliography, 6 records, 2 without an identifier, 1 set aside" in said
    assert len(works(database)) == 5
    with Store(database) as store:
        ((_, source, _, body),) = store.quarantined()
    assert (source, body.decode()) == ("bibliography", broken)


def test_what_is_kept_is_enough_to_be_read_again(tmp_path: Path) -> None:
    database = tmp_path / "harvest.db"
    run(database, FORMS[0])
    before = works(database)
    done = CliRunner().invoke(app, ["--db", str(database), "reparse"])
    assert done.exit_code == 0, done.stderr
    assert works(database) == before
    shown = CliRunner().invoke(app, ["--db", str(database), "show", "10.5555/quay.1", "--format", "json"])
    assert "Harbour Quarterly" in json.dumps(json.loads(shown.stdout)), "the macro went along"
