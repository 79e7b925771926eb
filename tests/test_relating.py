"""The commands `related` and `mark` as people use them: seeds of every kind, filters, marks, and why a list is empty."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harvester.orders import order
from harvester.records import Venue
from harvester.store import Store
from tests.build import DAY, Hand, record, sizes
from tests.test_inbox import call

LATER = "2026-06-01"
KEYS = ["work", "doi", "title", "year", "venue", "openalex", "score", "reasons"]


@pytest.fixture
def filled(store: Store) -> Store:
    """Two seeds (1 and 2, 10.5555/1 and 10.5555/2), each with two works near it; 3 and 4 to the first, 5 and 6 to the second."""
    works = [
        record(f"W{n}", title=f"{title} {n}", doi=f"10.5555/{n}", year=2018 + n, type="article", is_retracted=n == 4)
        for n, title in enumerate(
            ["Estrangement", "Lanterns", "Estrangement", "Estrangement", "Lanterns", "Lanterns"], 1
        )
    ]
    others = [record(f"W{n}", title=f"Moraine {n}", venue=Venue("Ice", issns=("1758-5880",))) for n in range(20, 30)]
    Hand(store).live(DAY, *works, *others)
    return store


def listed(store: Store, *words: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in call(store, "related", *words)[0].splitlines()]


def works(store: Store, *words: str) -> list[int]:
    return [row["work"] for row in listed(store, *words)]


def bib(folder: Path, *dois: str, more: str = "") -> str:
    path = folder / "library.bib"
    path.write_text("".join(f"@article{{k{n}, title={{A}}, doi={{{doi}}}}}\n" for n, doi in enumerate(dois)) + more)
    return str(path)


# --- seeds ---


def test_the_plain_question_and_its_keys(filled: Store) -> None:
    rows = listed(filled, "10.5555/1", "--format", "jsonl", "--limit", "100")
    assert {row["work"] for row in rows} == {3, 4}
    assert all(list(row) == [*KEYS, "is_retracted"] for row in rows)
    assert {row["work"]: row["is_retracted"] for row in rows} == {3: False, 4: True}
    assert "RETRACTED: Estrangement 4" in call(filled, "related", "1", "--format", "table")[0]


def test_several_seeds_are_one_question_and_twice_is_once(filled: Store) -> None:
    assert set(works(filled, "1", "10.5555/2")) == {3, 4, 5, 6}
    assert listed(filled, "1", "10.5555/1", "doi:10.5555/1") == listed(filled, "1")
    assert "name a work" in call(filled, "related", code=2)[1]


@pytest.mark.parametrize("form", ["bib", "ris", "json"])
def test_a_file_asks_for_the_works_it_lists_and_writes_nothing(filled: Store, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"library.{form}"
    path.write_text(
        {
            "bib": "@article{a, title={A}, doi={https://doi.org/10.5555/1}}\n@book{b, title={No such thing}}",
            "ris": "TY  - JOUR\nTI  - A\nDO  - 10.5555/1\nER  - \nTY  - BOOK\nTI  - No such thing\nER  - \n",
            "json": json.dumps(
                [
                    {"id": "a", "type": "article-journal", "DOI": "10.5555/1"},
                    {"id": "b", "type": "book", "title": "No such thing"},
                ]
            ),
        }[form]
    )
    before = sizes(filled)
    out, said = call(filled, "related", str(path), "--limit", "3")
    assert [json.loads(line) for line in out.splitlines()] == listed(filled, "1", "--limit", "3")
    advice = f"to have what is not held: harvester watch add {path}, then harvester harvest\n"
    assert said == f"{path}: of 2 entries 1 not held; {advice}"
    assert sizes(filled) == before


def test_a_file_that_gives_nothing_says_so(filled: Store, tmp_path: Path) -> None:
    nothing = call(filled, "related", bib(tmp_path, "10.5555/none", more="@article{x, year={2020}}"), code=2)[1]
    assert "library.bib: of 2 entries 1 not held, 1 not readable; to have" in nothing
    assert "No such file" in call(filled, "related", "no.bib", code=2)[1]
    (tmp_path / "library.bib").write_bytes(b"\xff\xfe@\x00")
    assert "not UTF-8 text" in call(filled, "related", str(tmp_path / "library.bib"), code=2)[1]
    assert "is no identifier" in call(filled, "related", "Estrangement et al. 2020", code=2)[1]
    assert "is no identifier" in call(filled, "related", "x" * 5_000 + ".y", code=2)[1]


def test_a_file_once_imported_is_known_by_more_than_its_identifiers(filled: Store, tmp_path: Path) -> None:
    path = bib(tmp_path, more="@book{b, title={Lanterns without a number}, year={2001}}\n")
    assert call(filled, "import", path, "--on", DAY)
    assert call(filled, "related", path)[1] == ""


def test_the_works_of_a_watch(filled: Store) -> None:
    with filled.transaction():
        watch, _ = filled.watches.add(order("10.5555/1"), DAY)
        empty, _ = filled.watches.add(order("1758-5880"), DAY)
        filled.watches.stands_for(watch.id, [1, 2])
    assert set(works(filled, "--watch", str(watch.id))) == {3, 4, 5, 6}
    assert "stands for no work yet" in call(filled, "related", "--watch", str(empty.id), code=2)[1]
    assert "there is no watch 9" in call(filled, "related", "1", "--watch", "9", code=2)[1]


# --- filters ---


def test_every_filter_has_its_option(filled: Store) -> None:
    assert works(filled, "1", "--from-year", "2022", "--to-year", "2022") == [4]
    assert set(works(filled, "1", "--type", "Article", "--type", "book")) == {3, 4}
    assert works(filled, "1", "2", "--about", 'lantern* -"lanterns 6"') == [5]
    assert "no venue 'Iceland' is held" in call(filled, "related", "1", "--venue", "Iceland", code=2)[1]
    assert call(filled, "related", "1", "--venue", "1758-5880", "--unseen", "--not-own", "--open-access")[1] == (
        "of 2 related works none is wanted: --venue leaves out 2, --open-access leaves out 2\n"
    )


@pytest.mark.parametrize("text", ['"', "NEAR(a b", "title : x OR", "-x *", "'; DROP TABLE work; --", "日本 \0"])
def test_hostile_words_are_only_words(filled: Store, text: str) -> None:
    out, said = call(filled, "related", "1", f"--about={text}", code=2 if text in ('"', "-x *") else 0)
    assert (out, said.count("\n")) == ("", 0 if "has no word to search for" in said else 1)
    assert filled.check()["integrity"] == "ok"


def test_nothing_related_is_nothing_filtered(filled: Store) -> None:
    Hand(filled).live(DAY, record("W99", title="Alone", doi="10.5555/99"))
    assert call(filled, "related", "10.5555/99", "--from-year", "2020") == ("", "nothing held is related to it\n")


# --- marks ---


def test_marks_are_set_listed_learnt_from_and_cleared(filled: Store) -> None:
    said = call(
        filled, "mark", "1", "--keep", "10.5555/3", "--dismiss", "4", "--note", "so", "--by", "Mira", "--on", LATER
    )
    assert said == ("", "2 marks set\n")
    rows = [json.loads(line) for line in call(filled, "mark", "1")[0].splitlines()]
    assert [(list(row)[:5], row["work"], row["state"], row["changed_on"], row["who"], row["note"]) for row in rows] == [
        (KEYS[:5], 3, "kept", LATER, "Mira", "so"), (KEYS[:5], 4, "dismissed", LATER, "Mira", "so"),
    ]  # fmt: skip
    assert call(filled, "mark", "1", "--as-of", DAY) == (
        "", "nothing is marked; do it with: harvester mark WORK --keep ID --dismiss ID\n",
    )  # fmt: skip
    assert call(filled, "related", "1") == (
        "",
        "nothing held is related to it; 2 are marked (--marked shows what is)\n",
    )
    shown = listed(filled, "1", "--marked")
    assert {row["work"]: row["mark"] for row in shown} == {3: "kept", 4: "dismissed"}
    assert list(shown[0]) == [*KEYS, "mark", "is_retracted"]
    assert set(works(filled, "1", "--no-feedback")) == set(works(filled, "1", "--as-of", DAY)) == {3, 4}
    assert (
        call(filled, "mark", "1", "--clear", "4", "--clear", "5", "--on", LATER)[1] == "1 mark set; 1 was so already\n"
    )
    assert works(filled, "1") == [4]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("1", "--keep", "3", "--dismiss", "10.5555/3"), "10.5555/3 (work 3) cannot be both kept and dismissed"),
        (("1", "--keep", "1"), "work 1 cannot be marked for itself"),
        (("1", "--keep", "3", "--dismiss", "10.5555/none"), "no work named doi 10.5555/none is held"),
        (("1", "--keep", "3", "--as-of", DAY), "--as-of shows what was marked then"),
        (("1", "--note", "so"), "say of what"),
        (("--keep", "3"), "name a work"),
    ],
)
def test_a_mark_that_cannot_be_set_sets_none(filled: Store, words: tuple[str, ...], said: str) -> None:
    assert said in call(filled, "mark", *words, code=2)[1]
    assert filled.row("marks_of", seeds="[1,2,3,4,5,6]") is None
