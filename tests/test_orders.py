"""What can be watched and how it is written: on the command line, in harvest.toml, in a list of lines."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester import config
from harvester.errors import ConfigError, UsageError
from harvester.orders import CAP, DEPTHS, KINDS, Order, as_toml, order, read_list, read_tables, rewritten, spelt
from harvester.records import (
    AuthorWorks,
    FileWorks,
    Filtered,
    Identifier,
    InstitutionWorks,
    Search,
    TopicWorks,
    VenueWorks,
)

ORCID = "0000-0002-1825-0097"


@pytest.mark.parametrize(
    ("written", "kind", "expected"),
    [
        ("https://doi.org/10.5555/ABC.1", None, ("work", "doi:10.5555/abc.1")),
        ("pmid:12", None, ("work", "pmid:12")),
        ("arXiv:1706.03762v2", None, ("work", "arxiv:1706.03762")),
        ("ISBN 0-306-40615-2", None, ("work", "isbn:9780306406157")),
        ("17585880", None, ("venue", "1758-5880")),
        (f"https://orcid.org/{ORCID}", None, ("author", f"orcid:{ORCID}")),
        ("A5023888391", None, ("author", "openalex:A5023888391")),
        ("https://www.semanticscholar.org/author/O.-Etzioni/1741101", None, ("author", "s2:1741101")),
        ("https://ror.org/04JR1S763", None, ("institution", "04jr1s763")),
        ("https://openalex.org/T10123", None, ("topic", "T10123")),
        ("  dissociation\n of states ", "query", ("query", "dissociation of states")),
        ("publication_year:2025,type:article", "filter", ("filter", "publication_year:2025,type:article")),
    ],
)
def test_one_spelling_for_whatever_a_person_writes(written: str, kind: str | None, expected: tuple[str, str]) -> None:
    assert spelt(written, kind) == expected
    assert spelt(expected[1], expected[0]) == expected  # what is kept means itself


@pytest.mark.parametrize(
    ("written", "kind", "said"),
    [
        ("dissociation", None, "--kind query"),
        ("1758-5890", "venue", "check digit"),
        ("0000-0002-1825-0098", "author", "ORCID"),
        ("no filter at all", "filter", "name:value"),
        (" ", "query", "empty"),
        ("x", "person", "of kind work, author"),
    ],
)
def test_what_is_none_says_how_to_write_it(written: str, kind: str | None, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        spelt(written, kind)


@given(st.text(max_size=60), st.sampled_from([None, *KINDS]))
def test_any_text_is_an_order_or_a_usage_error(written: str, kind: str | None) -> None:
    try:
        found = order(written, kind)
    except UsageError:
        return
    assert order(found.value, found.kind) == found


def test_each_kind_is_a_question_to_the_sources(tmp_path: Path) -> None:
    day = "2020-01-01"
    file = tmp_path / "mine.bib"
    listings = [
        order(value, kind, since=day).listing
        for value, kind in (
            (ORCID, "author"), ("17585880", "venue"), ("04jr1s763", "institution"), ("T10123", "topic"),
            ("harbours", "query"), ("type:article", "filter"),
        )
    ]  # fmt: skip
    assert listings == [
        AuthorWorks("orcid", ORCID, day), VenueWorks("1758-5880", day), InstitutionWorks("04jr1s763", day),
        TopicWorks("T10123", day), Search("harbours", day), Filtered("type:article", day),
    ]  # fmt: skip
    assert order(str(file), "file").listing == FileWorks(str(file))
    work = order("10.5555/a")
    assert (work.listing, work.identifier) == (None, Identifier("doi", "10.5555/a"))


def test_how_far_a_watch_follows() -> None:
    assert order("10.5555/a").depth == DEPTHS
    assert order("1758-5880").depth == ("itself", "citing")  # what a journal cites nobody asked for
    assert order("1758-5880", depth=["references"]).depth == ("itself", "references")
    assert order("1758-5880", depth=["itself"]).depth == ("itself",)
    with pytest.raises(UsageError, match="citing"):
        order("10.5555/a", depth=["everything"])
    with pytest.raises(UsageError, match="1 or more"):
        order("10.5555/a", cap=0)


# --- files ---

SETTINGS = """\
# what our library follows
mailto = "library@example.org"   # for the services

[[watch]]
# the first article
value = "https://doi.org/10.5555/QUAY.1"
label = "quays"

[[watch]]
kind = "file"
value = "lists/mine.bib"

[source.openalex]
url = "http://127.0.0.1:1"
"""


def test_the_settings_file_may_hold_the_watch_list(tmp_path: Path) -> None:
    (tmp_path / "harvest.toml").write_text(SETTINGS)
    found = config.load({}, folder=tmp_path)
    assert found.watches == (
        Order("work", "doi:10.5555/quay.1", "quays"),
        Order("file", str(tmp_path / "lists" / "mine.bib")),
    )
    assert config.load({}, folder=tmp_path / "elsewhere").watches is None


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ('value = "10.5555/a"\n[[watch]]\nvalue = "doi:10.5555/A"', "watch 2: work doi:10.5555/a stands there twice"),
        ('value = "nothing"', "watch 1: 'nothing' is neither"),
        ('value = "10.5555/a"\nlabell = "x"', "watch 1: labell is not a setting"),
        ('value = "10.5555/a"\ncap = "many"', "cap must be a whole number"),
        ('value = "10.5555/a"\ncap = true', "cap must be a whole number"),
        ('value = "10.5555/a"\nsince = "soon"', "since must be a day"),
        ('value = "10.5555/a"\nsources = "openalex"', "must be a list of names"),
        ('value = "10.5555/a"\nsources = ["openalx"]', "'openalx' is not a source"),
        ('label = "no value"', "value must be a text"),
    ],
)
def test_a_mistake_in_the_list_is_told_with_its_place(tmp_path: Path, tables: str, said: str) -> None:
    (tmp_path / "harvest.toml").write_text(f"[[watch]]\n{tables}\n")
    with pytest.raises(ConfigError, match="harvest.toml") as told:
        config.load({}, folder=tmp_path)
    assert said in str(told.value)
    assert "\n" not in str(told.value)


def test_a_list_written_and_read_is_the_same(tmp_path: Path) -> None:
    orders = (
        order("10.5555/a", label='with "quotes" and ü'),
        order("1758-5880", sources=["openalex"], depth=["itself"], since="2020-05-01", cap=99),
        order(str(tmp_path / "sub" / "x.bib"), "file"),
        order("a \\ b\t\"'''", "query"),
    )
    text = as_toml(orders, tmp_path)
    assert read_tables(tomllib.loads(text)["watch"], tmp_path) == orders
    assert str(tmp_path) not in text
    (tmp_path / "list.toml").write_text(text)
    assert read_list(tmp_path / "list.toml") == orders


def test_a_list_may_be_plain_lines(tmp_path: Path) -> None:
    file = tmp_path / "dois.txt"
    file.write_text("# ours\n10.5555/a # the first\n\nhttps://doi.org/10.5555/B\n10.5555/a\n1758-5880\n")
    assert read_list(file) == (order("10.5555/a", label="the first"), order("10.5555/b"), order("1758-5880"))
    file.write_text("10.5555/a\nnonsense\n")
    with pytest.raises(UsageError, match=r"dois.txt: line 2: 'nonsense'.*nothing was changed"):
        read_list(file)


def test_a_settings_file_is_rewritten_with_all_that_people_wrote_in_it(tmp_path: Path) -> None:
    quays, mine = order("10.5555/quay.1", label="quays"), order(str(tmp_path / "lists" / "mine.bib"), "file")
    more = order("1758-5880", cap=500)
    text = rewritten(SETTINGS, [quays, mine], tmp_path)
    assert text == SETTINGS
    text = rewritten(SETTINGS, [quays, more], tmp_path)
    assert "# the first article\n" in text
    assert "# for the services" in text
    assert "mine.bib" not in text
    parsed = tomllib.loads(text)
    assert read_tables(parsed["watch"], tmp_path) == (quays, more)
    assert parsed["source"] == {"openalex": {"url": "http://127.0.0.1:1"}}
    changed = rewritten(SETTINGS, [order("10.5555/quay.1", label="harbours"), mine], tmp_path)
    assert "# the first article\n" in changed
    assert read_tables(tomllib.loads(changed)["watch"], tmp_path)[0].label == "harbours"
    nameless = rewritten(SETTINGS, [order("10.5555/quay.1"), mine], tmp_path)
    assert read_tables(tomllib.loads(nameless)["watch"], tmp_path)[0] == order("10.5555/quay.1")
    assert read_tables(tomllib.loads(rewritten("", [quays], tmp_path))["watch"], tmp_path) == (quays,)


def test_the_cap_is_what_a_person_sets(tmp_path: Path) -> None:
    assert order("1758-5880").cap == CAP
    assert "cap" not in as_toml([order("1758-5880")], tmp_path)
