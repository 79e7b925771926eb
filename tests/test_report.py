"""Every form of a report, with titles that were written to break it."""

from __future__ import annotations

import csv
import importlib
import inspect
import io
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.cells import cell_len

from harvester import report
from harvester.errors import UsageError
from harvester.report.sheet import write_sheet

HOSTILE = [
    "[red]x[/]",
    "[/]",
    ":smile: [link=http://e]y[/link]",
    "\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\",
    "\x1b[2J\x1b[31mred\x9b31m",
    "=cmd|'/c calc'!A0",
    "+1+cmd|x",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a | b || c \\| d",
    "two\nlines\r\nthree\rfour\u2028five\x85six",
    "abc\u202edcba\u2066x\u2069",
    "w" * 500,
    "国" * 200,
    "Größe, «Übermaß» — naïve Ελληνικά Русский עברית العربية",
    'quote " and "" and , and ;',
    "[click](javascript:alert(1)) ![pixel](http://e/p.png) `code` *b* __u__ ~~s~~ $x$",
    "&lt;p&gt; &amp; &#60;",
    "bell\x07 null\x00 back\x08 del\x7f",
    "lone \ud800 surrogate",
    "",
    "   ",
]
ACTIVE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
ROWS: list[dict[str, object]] = [
    {"work": 1, "doi": "10.1111/1758-5899.70005", "title": "Ruxit Revisited", "year": 2025, "venue": "Global Policy"},
    {"work": 20, "doi": None, "title": "国際政治における分離", "year": 1999, "venue": "国際政治"},
]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def written(form: str, rows: Sequence[dict[str, object]], columns: Sequence[str] | None = None) -> str:
    out = io.StringIO(newline="")
    report.write(form, rows, columns, out)
    return out.getvalue()


def columns_at(line: str, word: str) -> int:
    """The terminal cell at which a word begins in a line."""
    return cell_len(line[: line.index(word)])


# --- the forms -----------------------------------------------------------------------------------------------------


def test_the_forms_are_found_by_name() -> None:
    assert {"csv", "json", "jsonl", "markdown", "table"} <= set(report.forms())
    assert not {"sheet", "cells", "paper"} & set(report.forms())


def test_a_new_form_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "count.py").write_text("def write(rows, columns, out):\n    out.write(str(len(rows)))\n")
    (tmp_path / "tool.py").write_text("x = 1\n")
    monkeypatch.setattr(report, "__path__", [*report.__path__, str(tmp_path)])
    assert "count" in report.forms()
    assert "tool" not in report.forms()
    assert written("count", ROWS) == "2"


def test_every_form_has_the_one_signature() -> None:
    for name in report.forms():
        module = importlib.import_module(f"harvester.report.{name}")
        assert [*inspect.signature(module.write).parameters] == ["rows", "columns", "out"], name


def test_an_unknown_form_is_a_usage_error_that_names_the_known() -> None:
    with pytest.raises(UsageError, match=r"'yaml' is not a form; known are csv, json, jsonl, markdown, table"):
        report.write("yaml", ROWS, None, io.StringIO())
    with pytest.raises(UsageError):
        report.write("sheet", ROWS, None, io.StringIO())


def test_a_person_gets_a_table_and_a_program_json_lines() -> None:
    assert report.default_form(Terminal()) == "table"
    assert report.default_form(io.StringIO()) == "jsonl"


def test_rich_is_imported_only_for_the_table() -> None:
    code = (
        "import io, sys; from harvester import report; import harvester.report.sheet; report.forms()\n"
        "[report.write(f, [{'a': 1}], None, io.StringIO()) for f in report.forms() if f != 'table']\n"
        "print('rich' in sys.modules)\n"
        "report.write('table', [{'a': 1}], None, io.StringIO()); print('rich' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["False", "True"]


@pytest.mark.parametrize(
    ("form", "nothing", "columns_only"),
    [("table", "", ""), ("jsonl", "", ""), ("markdown", "", ""), ("json", "[]\n", "[]\n"), ("csv", "", "a,b\r\n")],
)
def test_an_empty_result(form: str, nothing: str, columns_only: str) -> None:
    assert written(form, []) == nothing
    assert written(form, [], ["a", "b"]) == columns_only


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "markdown", "table"])
def test_columns_are_chosen_and_ordered(form: str) -> None:
    text = written(form, ROWS, ["year", "title"])
    assert text.index("year") < text.index("title")
    assert "Global Policy" not in text
    assert "venue" not in text


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "markdown", "table"])
def test_without_columns_every_key_of_any_row_is_shown(form: str) -> None:
    text = written(form, [{"a": 1}, {"b": 22}])
    assert text.index("a") < text.index("b")
    assert "22" in text


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "markdown", "table"])
def test_a_type_nobody_spoke_of_is_an_error(form: str) -> None:
    with pytest.raises(TypeError):
        written(form, [{"a": object()}])


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "markdown", "table"])
@pytest.mark.parametrize("title", HOSTILE)
def test_nothing_active_leaves_in_any_form(form: str, title: str) -> None:
    text = written(form, [{"title": title, "more": [title, {"x": title}], title: 1}])
    assert not ACTIVE.search(text)
    text.encode()  # what cannot be encoded would end the program halfway


# --- JSON ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("title", HOSTILE)
def test_json_comes_back_as_it_went(title: str) -> None:
    rows: list[dict[str, object]] = [
        {"title": title, "list": [title, 1, None], "dict": {title: [1.5]}, "yes": True}
    ] * 2
    assert json.loads(written("json", rows)) == rows
    lines = written("jsonl", rows).split("\n")
    assert [json.loads(line) for line in lines[:-1]] == rows
    assert lines[-1] == ""


def test_json_lines_are_lines_even_for_those_who_split_at_every_separator() -> None:
    assert len(written("jsonl", [{"a": "x\u2028y\x85z\x0b"}] * 3).splitlines()) == 3


def test_json_is_readable_and_strict() -> None:
    text = written("jsonl", [{"title": "Größe 国", "score": float("nan"), "deep": [float("inf"), ("a",)]}])
    assert text == '{"title": "Größe 国", "score": null, "deep": [null, ["a"]]}\n'


def test_a_missing_value_is_null_never_zero() -> None:
    assert json.loads(written("json", [{"count": None}, {"count": 0}, {}], ["count"])) == [
        {"count": None},
        {"count": 0},
        {"count": None},
    ]


# --- CSV -----------------------------------------------------------------------------------------------------------


def parsed(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_csv_is_rfc_4180() -> None:
    text = written("csv", [{"a": 'say "no"', "b": "x,y"}, {"a": "two\nlines", "b": None}])
    assert text == 'a,b\r\n"say ""no""","x,y"\r\n"two\nlines",\r\n'


def test_csv_comes_back_as_it_went() -> None:
    rows: list[dict[str, object]] = [
        {
            "title": "Größe 国",
            "count": -5,
            "score": 0.1,
            "open": True,
            "none": None,
            "list": ["a", 1],
            "dict": {"k": ["v"]},
        }
    ]
    assert parsed(written("csv", rows)) == [
        ["title", "count", "score", "open", "none", "list", "dict"],
        ["Größe 国", "-5", "0.1", "true", "", "a; 1", '{"k": ["v"]}'],
    ]


@pytest.mark.parametrize(
    "title", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＠x", "-", "=", "- dash"]
)
def test_no_spreadsheet_computes_a_title(title: str) -> None:
    header, (cell,) = parsed(written("csv", [{"title": title}]))
    assert header == ["title"]
    assert cell == f"'{title}"
    ((named,), _) = parsed(written("csv", [{title: 1}]))
    assert named == f"'{title}"


@pytest.mark.parametrize("value", [-5, -0.25, "-5", "+4.5", "-1e-3", "+49", "-.5"])
def test_a_real_number_stays_a_number(value: object) -> None:
    _, (cell,) = parsed(written("csv", [{"count": value}]))
    assert cell == str(value)


@given(
    st.lists(st.fixed_dictionaries({"a": st.text(), "b": st.one_of(st.text(), st.integers(), st.none())}), max_size=8)
)
def test_csv_has_a_line_a_row_whatever_stands_in_it(rows: list[dict[str, object]]) -> None:
    found = parsed(written("csv", rows, ["a", "b"]))
    assert len(found) == len(rows) + 1
    assert {len(row) for row in found} == {2}
    for row, (cell, _) in zip(rows, found[1:], strict=True):
        assert cell.startswith(("=", "@", "\t", "\r", "\n")) is False
        if str(row["a"]).isalnum():
            assert cell == row["a"]


# --- Markdown ------------------------------------------------------------------------------------------------------


def rendered(text: str) -> list[list[str]]:
    """The cells of a table as a reader of GitHub's Markdown sees them (HTML kept as it is written)."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append("".join(_shown(child.type, child.content) for child in token.children or []))
    return rows


def _shown(kind: str, content: str) -> str:
    assert kind in ("text", "text_special", "html_inline"), f"{kind}: {content}"
    assert kind != "html_inline" or content == "<br>"
    return "\n" if kind == "html_inline" else content


def test_markdown_is_a_github_table() -> None:
    assert written("markdown", ROWS, ["title", "year", "doi"]) == (
        "| title | year | doi |\n| --- | ---: | --- |\n"
        "| Ruxit Revisited | 2025 | 10.1111/1758-5899.70005 |\n| 国際政治における分離 | 1999 |  |\n"
    )


@pytest.mark.parametrize("title", [title for title in HOSTILE if not ACTIVE.search(title)])
def test_markdown_shows_a_title_as_it_is(title: str) -> None:
    _, (cell, last) = rendered(written("markdown", [{"title": title, "last": 1}]))
    assert re.sub(r"\s+", " ", cell).strip() == re.sub(r"\s+", " ", title).strip()
    assert last == "1"


@given(
    st.lists(
        st.fixed_dictionaries({"a": st.text(), "b": st.one_of(st.text(), st.integers(), st.none())}),
        min_size=1,
        max_size=8,
    )
)
def test_markdown_has_a_line_a_row_whatever_stands_in_it(rows: list[dict[str, object]]) -> None:
    text = written("markdown", rows, ["a", "b"])
    assert len(text.splitlines()) == len(rows) + 2
    found = rendered(text)
    assert len(found) == len(rows) + 1
    assert {len(row) for row in found} == {2}


# --- the table -----------------------------------------------------------------------------------------------------


def test_the_table_reads_well() -> None:
    assert written("table", ROWS) == (
        "work  doi                      title                 year  venue\n"
        "────────────────────────────────────────────────────────────────────────\n"
        "   1  10.1111/1758-5899.70005  Ruxit Revisited       2025  Global Policy\n"
        "  20                           国際政治における分離  1999  国際政治\n"
    )


def test_headings_are_for_a_person() -> None:
    assert written("table", [{"from_date": "2025-01-01"}]).startswith("from date\n")


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_keeps_within_its_column(title: str) -> None:
    lines = written(
        "table", [{"work": 1, "title": title, "count": 7}, {"work": 2, "title": "plain", "count": 1234}]
    ).splitlines()
    assert all(cell_len(line) <= 80 for line in lines)
    assert all(line == line.rstrip() for line in lines)
    head = lines[0]
    assert head.startswith("work  title")
    for line, number in ((lines[2], "7"), (lines[-1], "1234")):
        assert line.endswith(number)
        assert cell_len(line) == cell_len(head), "numbers end where their heading ends"
    assert columns_at(lines[-1], "plain") == columns_at(head, "title")


def test_markup_and_emoji_codes_are_shown_as_they_are() -> None:
    text = written("table", [{"title": "[red]x[/] :smile: [link=http://e]y[/link]"}])
    assert "[red]x[/] :smile: [link=http://e]y[/link]" in text


def test_wide_characters_are_aligned() -> None:
    rows: list[dict[str, object]] = [
        {"title": t, "next": "here"} for t in ("plain", "国際政治", "한국어 제목", "ｆｕｌｌ", "é")
    ]
    lines = written("table", rows).splitlines()
    assert len({columns_at(line, "here") for line in lines[2:]}) == 1


def test_a_long_title_wraps_and_a_very_long_one_ends_with_an_ellipsis() -> None:
    title = "The dissociation of states from the core rules of international institutions and what comes of it"
    wrapped = written("table", [{"title": title, "count": 1}])
    assert " ".join(wrapped.split()).endswith("what comes of it")
    assert "…" not in wrapped
    cut = written("table", [{"title": title * 20, "count": 1}])
    assert "…" in cut
    assert len(cut.splitlines()) <= 2 + 8


def test_numbers_are_never_cut_and_never_rounded_to_nothing() -> None:
    rows: list[dict[str, object]] = [
        {
            "title": "w" * 300,
            "doi": "10.1000/" + "x" * 60,
            "venue": "v" * 100,
            "count": 9_007_199_254_740_991,
            "score": 0.00012345,
        }
    ]
    text = written("table", rows)
    assert "9007199254740991" in text
    assert "0.000123" in text
    assert all(cell_len(line) <= 80 for line in text.splitlines())


def test_a_word_longer_than_its_column_goes_on_in_the_next_line() -> None:
    assert written("table", [{"title": "w" * 150, "count": 1}]).count("w") == 150


def test_where_room_is_scarce_words_break_before_numbers() -> None:
    row: dict[str, object] = {"a": "x" * 20, "b": "y" * 20} | {f"n{i}": 10**15 + i for i in range(3)}
    lines = written("table", [row]).splitlines()
    assert lines[0].split() == ["a", "b", "n0", "n1", "n2"], "still a table"
    assert lines[2].split()[2:] == ["1000000000000000", "1000000000000001", "1000000000000002"]


def test_a_missing_count_is_blank_not_zero() -> None:
    lines = written("table", [{"title": "a", "count": None}, {"title": "b", "count": 0}]).splitlines()
    assert lines[2:] == ["a", "b          0"]


def test_more_columns_than_the_paper_holds_become_blocks() -> None:
    row = ROWS[0] | {
        "source": "semantic_scholar",
        "count": 12,
        "gained": -3,
        "from_date": "2025-01-01",
        "to_date": "2025-02-01",
    }
    text = written("table", [row, row])
    first, second = text.split("\n\n")
    assert first.splitlines() == second.splitlines()
    assert first.splitlines()[1] == "doi        10.1111/1758-5899.70005"
    assert "from date  2025-01-01" in first
    assert all(cell_len(line) <= 80 for line in text.splitlines())


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 13, 40])
def test_any_number_of_columns_fits_the_paper_and_loses_no_number(count: int) -> None:
    row: dict[str, object] = {f"column_{i}": (10**7 + i if i % 2 else f"text of some length {i}") for i in range(count)}
    text = written("table", [row])
    assert all(cell_len(line) <= 80 for line in text.splitlines())
    for value in row.values():
        assert isinstance(value, str) or str(value) in text


def test_the_environment_does_not_change_what_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = written("table", ROWS)
    for name, value in {"COLUMNS": "20", "FORCE_COLOR": "1", "TERM": "xterm-256color", "TTY_COMPATIBLE": "1"}.items():
        monkeypatch.setenv(name, value)
    assert written("table", ROWS) == expected


def test_a_terminal_without_a_size_has_80_columns() -> None:
    out = Terminal()
    report.write("table", [{"title": "word " * 100}], None, out)
    assert max(map(cell_len, out.getvalue().splitlines())) == 80
    assert "\x1b" not in out.getvalue()


@given(st.lists(st.fixed_dictionaries({"title": st.text(), "count": st.integers(0, 10**9)}), min_size=1, max_size=4))
def test_every_count_stands_whole_at_the_right_of_its_row(rows: list[dict[str, object]]) -> None:
    lines = written("table", rows, ["title", "count"]).split("\n")[2:-1]
    edge = max(cell_len(line) for line in lines)
    at_the_edge = [line for line in lines if cell_len(line) == edge and re.search(r" \d+$", line)]
    assert len(at_the_edge) == len(rows)
    for line, row in zip(at_the_edge, rows, strict=True):
        assert line.endswith(f" {row['count']}")


# --- the sheet -----------------------------------------------------------------------------------------------------


def sheet(*sections: tuple[str, Sequence[tuple[str, str, str]]]) -> str:
    out = io.StringIO()
    write_sheet(sections, out)
    return out.getvalue()


def test_the_sheet_reads_well() -> None:
    title = "Ruxit Revisited: Unravelling Russia's Dissociation From the Pan-European Security Order"
    article = ("Article", [("title", title, "semantic_scholar"), ("is_open", "true", "crossref")])
    assert sheet(article, ("Empty", []), ("Counts", [("openalex", "3", "")])) == (
        "Article\n"
        "  title     Ruxit Revisited: Unravelling Russia's Dissociation  semantic_scholar\n"
        "            From the Pan-European Security Order\n"
        "  is open   true                                                crossref\n"
        "\n"
        "Counts\n"
        "  openalex  3\n"
    )


def test_an_empty_sheet_is_nothing() -> None:
    assert sheet() == ""
    assert sheet(("Article", [])) == ""


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_active_leaves_in_a_sheet(hostile: str) -> None:
    text = sheet((hostile, [(hostile, hostile, hostile), ("next", "value", "origin")]))
    assert not ACTIVE.search(text.replace("\n", ""))
    assert all(cell_len(line) <= 80 for line in text.splitlines()[1:])
    text.encode()


def test_a_sheet_cuts_nothing() -> None:
    value = "".join(f"word{i} " for i in range(500)) + "x" * 200
    text = sheet(("Article", [("abstract", value, "semantic_scholar")]))
    told = text.replace("semantic_scholar", "").replace("abstract", "").replace("Article", "")
    assert "".join(told.split()) == value.replace(" ", "")


def test_a_sheet_keeps_the_paragraphs_of_a_value() -> None:
    lines = sheet(("", [("abstract", "first\nsecond", "")])).splitlines()
    assert lines == ["  abstract  first", "            second"]
