"""BibTeX and biblatex: what a file is taken apart into, what its values mean, and what none of it may do."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.errors import ParseError
from harvester.records import Record
from harvester.sources.bibliography import TAPS, latex, parse
from tests.hostile import damaged, outcome, survives

TAP = TAPS[1]
FILES = sorted((Path(__file__).parent / "data" / "bibliography").glob("*.bib"))


def bodies(text: str) -> list[bytes]:
    return list(TAP.read(io.BytesIO(text.encode())))


def only(text: str) -> Record:
    (body,) = bodies(text)
    return parse(body)


def record(kind: str = "article", **fields: str) -> Record:
    """A record of an entry with these fields, braced, besides its title."""
    said = {"title": "A title"} | {name.replace("_", "-"): value for name, value in fields.items()}
    return only(f"@{kind}{{key,\n" + ",\n".join(f"  {name} = {{{value}}}" for name, value in said.items()) + "\n}\n")


def names(author: str) -> list[str]:
    return [one.name for one in record(author=author).authors or ()]


# --- a file taken apart ---


def test_an_entry_is_given_with_its_exact_bytes() -> None:
    first, second = "@Article{a,\r\n title = {Ä {b}},\n}", '@misc(b, title = "C (d)")'
    text = f"Some remarks,\n% a comment @ home\n{first}\n\n{second} and more @comment{{@misc{{no, title={{N}}}}}}\n"
    assert bodies(text) == [first.encode(), second.encode()]
    assert [parse(body).title for body in bodies(text)] == ["Ä b", "C (d)"]


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("@article{a, title = {B {c}, year = 2020}", "broken BibTeX"),
        ('@article{a, title = "B, year = 2020}', "broken BibTeX"),
        ("@article{a, title = {B} year = {2020}}", "no comma between two fields"),
        ("@article{a, title = {B},, year = {2020}}", "broken BibTeX"),
        ("@article{a, title {B}}", "broken BibTeX"),
        ("@article{a, b c, title = {B}}", "broken BibTeX"),
        ("@article{a, title = {B}, year", "broken BibTeX"),
        ("@article{a, year = 2020}", "no title"),
        ("@article{a}", "no title"),
        ("@{}", "no title"),
        ("@article{a, title = nowhere}", "no title"),
    ],
)
def test_one_broken_entry_harms_nobody_else(broken: str, why: str) -> None:
    good = "@article{%s, title = {Good}}"
    found = bodies(f"{good % 'x'}\n\n{broken}\n\n{good % 'y'}\n")
    assert found == [(good % "x").encode(), broken.encode(), (good % "y").encode()], "the exact bytes, to the next"
    with pytest.raises(ParseError, match=why) as caught:
        parse(found[1])
    assert "\n" not in str(caught.value)


def test_what_many_programs_write_is_read_all_the_same() -> None:
    assert only("@article{,\n title = {B}}").title == "B"
    assert only("@article{\n   author = {Ada Ebb},\n   title = {B}}").authors[0].name == "Ada Ebb", "EndNote: no key"
    assert only("@article{Müller 2020:a/b, title = {B},}").title == "B"
    assert only("@ARTICLE { a , TITLE\t=\t{B} , Year = 2020 , }").year == 2020
    assert only("@article{a, title = {B}, title = {C}}").title == "B", "the first, as in BibTeX"
    assert only('@article{a, title = "A {b "c" d} e"}').title == 'A b "c" d e'
    assert only('@article{a, title = "He said {"}no{"}, twice"}').title == 'He said "no", twice'
    assert only('@article{a, title = {He said "no}}').title == 'He said "no'
    assert only("@article{a, title = {mail me@home.org {x}}, note = {see @ {x}}}").title == "mail me@home.org x"
    assert [parse(body).title for body in bodies("@misc{a, title={B}}@misc{a, title={C}}")] == ["B", "C"]


def test_a_doi_is_name_enough_for_an_entry_without_a_title() -> None:
    entry = only("@inbook{1, DOI = {10.5555/A.10}, booktitle = {Harbours}, pages = {151-193}}")
    assert (entry.source_id, entry.title, entry.first_page) == ("10.5555/a.10", None, "151")
    with pytest.raises(ParseError, match="no title and no DOI"):
        only("@inbook{1, url = {https://doi.org/10.5555/a}}")


def test_settings_are_no_entries() -> None:
    text = '@preamble{"\\newcommand{\\x}{y}"}\n@IEEEtranBSTCTL{c, CTLuse = "yes"}\n@xdata{d, year = 2020}\n'
    assert bodies(text + "@comment{jabref-meta: databaseType:bibtex;}\n") == []
    assert bodies("") == bodies("no entry here") == []


def test_a_bad_letter_harms_only_its_entry() -> None:
    raw = b"@misc{a, title={Good}}\n@misc{b, title={Gr\xf6\xdfe}}\n@misc{c, title={Good}}\n"
    found = list(TAP.read(io.BytesIO(raw)))
    assert b"\n".join(found) + b"\n" == raw
    with pytest.raises(ParseError, match="not UTF-8"):
        parse(found[1])
    assert parse(found[2]).title == "Good"


@pytest.mark.parametrize("between", ["\n\n", "\r", " ", ""], ids=repr)
def test_a_large_file_is_the_sum_of_its_entries(between: str) -> None:
    entries = [f"@misc{{k{n}, title = {{Number {n}}},\n  note = {{{'x' * 500}}}}}" for n in range(1_000)]
    if between in (" ", ""):  # all in one line
        entries = [entry.replace("\n", " ") for entry in entries]
    assert [body.decode() for body in bodies(between.join(entries))] == entries


# --- macros and parents ---


def test_an_entry_carries_the_macros_it_uses_and_no_others() -> None:
    text = (
        '@string{gp = "Global " # pol}\n@string(Pol = {Policy})\n@string{gp = "Global " # pol}\n@string{x = "unused"}\n'
        "@article{a, title = {B}, journal = GP # { II}}\n@article{b, title = {C}, month = jan, year = 2020}\n"
    )
    first, second = bodies(text)
    assert first.decode().splitlines() == [
        "@string(Pol = {Policy})",
        '@string{gp = "Global " # pol}',
        "@article{a, title = {B}, journal = GP # { II}}",
    ]
    assert parse(first).venue.name == "Global Policy II"
    assert second == b"@article{b, title = {C}, month = jan, year = 2020}"
    assert parse(second).date == "2020-01"


def test_a_macro_is_what_it_was_where_it_was_used() -> None:
    text = '@string{j = "One"}\n@misc{a, title = j}\n@string{j = j # " and two"}\n@misc{b, title = j # "!"}\n'
    assert [parse(body).title for body in bodies(text)] == ["One", "One and two!"]


def test_a_field_of_an_unknown_macro_is_left_out_and_named() -> None:
    found = only("@article{a, title = {B}, journal = IEEE_J_AC, volume = 3, annote = nobody}")
    assert (found.venue, found.volume, found.drift) == (None, "3", ("journal",))


def test_a_part_takes_from_its_book_what_it_does_not_say() -> None:
    said = "title = {Proceedings of the Tides}, publisher = ep, year = 2023, doi = {10.5555/all}, pages = {9}"
    parent = f"@proceedings{{Tides, {said}}}"
    child = "@inproceedings{a, title = {Soundings}, crossref = {tides}, month = may}"
    text = f'@string{{ep = "Example Press"}}\n{child}\n{parent}\n'
    first, second = bodies(text)
    assert first.decode().splitlines() == ['@string{ep = "Example Press"}', parent, child]
    found = parse(first)
    assert (found.title, found.venue.name, found.venue.publisher) == (
        "Soundings",
        "Proceedings of the Tides",
        "Example Press",
    )
    assert (found.date, found.first_page, found.identifiers) == ("2023-05", None, ())
    assert (parse(second).title, parse(second).type, parse(second).source_id) == (
        "Proceedings of the Tides",
        "book",
        "10.5555/all",
    )


def test_a_parent_that_is_missing_or_oneself_changes_nothing_else() -> None:
    assert only("@inproceedings{a, title = {B}, crossref = {nowhere}}").drift == ("crossref",)
    assert only("@inproceedings{a, title = {B}, crossref = {a}}").title == "B"
    both = bodies("@book{a, title = {B}, crossref = {b}}\n@book{b, title = {C}, crossref = {a}}")
    assert [parse(body).title for body in both] == ["B", "C"]


def test_macros_of_macros_cannot_fill_the_memory() -> None:
    doubling = "".join(f"@string{{a{n + 1} = a{n} # a{n}}}\n" for n in range(60))
    found = bodies(f'@string{{a0 = "ten letters"}}\n{doubling}@misc{{b, title = {{C}}, author = a60}}\n')
    assert parse(found[0]).drift == ("author",)
    large = "x" * 100_000
    (body,) = bodies(f'@string{{m = "{large}"}}\n@misc{{b, title = {{C}}, author = m}}\n')
    assert (len(body) < 100, parse(body).drift) == (True, ("author",))
    whole = bodies(f"@book{{p, title = {{{large}}}}}\n" + "@misc{b, title = {C}, crossref = p}\n" * 200)
    assert sum(map(len, whole)) < 200_000


# --- names ---


def test_names_in_every_way_to_write_them() -> None:
    assert names("von Borzyskowski, Inken and Ludwig van Beethoven and Sample, Jr., Sammy and Plato") == [
        "Inken von Borzyskowski", "Ludwig van Beethoven", "Sammy Sample Jr.", "Plato",
    ]  # fmt: skip
    assert names("{World Health Organization} and {Barnes and Noble, Inc.} and {\\'E}tienne~D. Dupont") == [
        "World Health Organization", "Barnes and Noble, Inc.", "Étienne D. Dupont",
    ]  # fmt: skip
    assert names("family=Borzyskowski, given=Inken, prefix=von, useprefix=true and given={Hans Peter}, family=Doe") == [
        "Inken von Borzyskowski", "Hans Peter Doe",
    ]  # fmt: skip
    assert names("Ebb, Ada\n  AND Roe,  Rika") == ["Ada Ebb", "Rika Roe"]
    assert names("Charles Louis Xavier Joseph de la Vall{\\'e}e Poussin") == [
        "Charles Louis Xavier Joseph de la Vallée Poussin"
    ]


def test_a_list_that_ends_in_others_is_named_as_cut() -> None:
    found = record(author="Ebb, Ada and others")
    assert ([one.name for one in found.authors], found.authors_truncated) == (["Ada Ebb"], True)
    assert record(author="Ebb, Ada and et al.").authors_truncated
    assert not record(author="Ebb, Ada").authors_truncated
    assert (record().authors, record(author=" ").authors, record(editor="Ebb, Ada").authors) == (None, None, None)


# --- fields ---


@pytest.mark.parametrize(
    ("fields", "date"),
    [
        ({"date": "2022-05-03"}, "2022-05-03"),
        ({"date": "2021-05/2022-06", "year": "1999"}, "2021-05"),
        ({"date": "2022-21"}, "2022"),
        ({"date": "2022~"}, "2022"),
        ({"year": "2022", "month": "5"}, "2022-05"),
        ({"year": "2022", "month": "#may#", "day": "3"}, "2022-05-03"),
        ({"year": "2022", "month": "MAY 3"}, "2022-05-03"),
        ({"year": "2022", "month": "May-Jun"}, "2022-05"),
        ({"year": "2022", "month": "spring"}, "2022"),
        ({"year": "{2022}"}, "2022"),
        ({"year": "c. 1998"}, "1998"),
        ({"year": "in press"}, None),
        ({"month": "may"}, None),
    ],
)
def test_every_odd_form_of_a_date(fields: dict[str, str], date: str | None) -> None:
    assert record(**fields).date == date


def test_a_date_of_parts_that_are_joined() -> None:
    assert only('@misc{a, title = {B}, year = 2022, month = 3 # "~" # may}').date == "2022-05-03"


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("article", {"journal": "Mind"}, "article"),
        ("inproceedings", {}, "article"),
        ("book", {}, "book"),
        ("incollection", {}, "book-chapter"),
        ("phdthesis", {}, "dissertation"),
        ("techreport", {}, "report"),
        ("dataset", {}, "dataset"),
        ("misc", {}, "other"),
        ("unheardof", {}, None),
        ("misc", {"eprint": "1706.03762", "archivePrefix": "arXiv"}, "preprint"),
        ("misc", {"howpublished": "SSRN preprint"}, "preprint"),
        ("online", {"pubstate": "prepublished"}, "preprint"),
        ("article", {"journal": "arXiv preprint arXiv:1706.03762"}, "preprint"),
        ("article", {"journal": "CoRR", "volume": "abs/1706.03762"}, "preprint"),
        ("article", {"journal": "Mind", "eprint": "1706.03762", "eprinttype": "arxiv"}, "article"),
    ],
)
def test_types_in_openalex_words(kind: str, fields: dict[str, str], expected: str | None) -> None:
    assert record(kind, **fields).type == expected


def identifiers(kind: str = "article", **fields: str) -> list[str]:
    return [str(one) for one in record(kind, **fields).identifiers]


def test_identifiers_wherever_programs_write_them() -> None:
    assert identifiers(doi="https://doi.org/10.1234/EXITS.7") == ["10.1234/exits.7"]
    assert identifiers(DOI="DOI: 10.1234/a{\\_}b\\_c") == ["10.1234/a_b_c"]
    assert identifiers(url="http://dx.doi.org/10.1234/x") == ["10.1234/x"]
    assert record(url="https://doi.org/10.1234/x").source_id == record().source_id
    assert identifiers(url="https://example.org/doi/10.1234/x/pdf") == []
    assert identifiers(eprint="1706.03762v2", archivePrefix="arXiv", primaryClass="cs") == ["arxiv:1706.03762"]
    assert identifiers(eprint="hep-th/9901001") == ["arxiv:hep-th/9901001"]
    assert identifiers(note="arXiv:1706.03762 [cs]") == ["arxiv:1706.03762"]
    assert identifiers(note="A longer version of arXiv:1706.03762") == [], "of another article"
    assert identifiers(pmid="77", pmcid="PMC88") == ["pmid:77", "pmcid:PMC88"]
    assert identifiers(eprint="77", eprinttype="pubmed") == ["pmid:77"]
    assert identifiers("book", isbn="0-306-40615-2 and 978-0-306-40615-7") == ["isbn:9780306406157"]
    assert identifiers("inbook", isbn="0-306-40615-2") == [], "the book's, not the chapter's"


def test_an_entry_without_identifiers_says_all_that_matching_asks_for() -> None:
    found = record(
        author="Kai, Mira and Ebb, Ada and Roe, Rika", year="2025", journal="Harbour Quarterly", volume="3(1)",
        pages="1--20", issn="1758-5880, 1758-5899", title="Leaving: {{The}} Harbour",
    )  # fmt: skip
    assert (found.identifiers, found.title, found.year, found.type) == ((), "Leaving: The Harbour", 2025, "article")
    assert [one.name for one in found.authors] == ["Mira Kai", "Ada Ebb", "Rika Roe"]
    assert (found.venue.name, found.venue.issns) == ("Harbour Quarterly", ("1758-5880", "1758-5899"))
    assert (found.volume, found.issue, found.first_page, found.last_page) == ("3", "1", "1", "20")
    assert found.source_id == record(
        title="Leaving – the harbour", author="M. Kai", year="2025"
    ).source_id, "a little different in spelling, and still the same"  # fmt: skip


def test_small_fields() -> None:
    assert record(subtitle="And more").title == "A title: And more"
    assert record(title="Why?", subtitle="Because").title == "Why? Because"
    assert record(eid="e70005").first_page == "e70005"
    assert record(pages="390--7").last_page == "397"
    assert record("techreport", number="12", institution="WHO").issue is None
    assert record("techreport", number="12", institution="WHO").venue.publisher == "WHO"
    assert record(langid="ngerman").language == "de"
    assert record(keywords="a; b, c").subjects[1].name == "b, c"
    assert record(keywords="").subjects is None
    assert record(url="javascript:alert(1)").url is None
    assert record(url="https://example.org/a\\_b\\%20c~d").url == "https://example.org/a_b%20c~d"
    assert record("misc", howpublished="\\url{https://example.org/a_b}").url == "https://example.org/a_b"
    assert record(note="Cited by: 12", times_cited="12").cited_by_count is None
    assert record("incollection", booktitle="The Whole", publisher="Press").venue.name == "The Whole"
    assert record("book", series="Studies").venue is None


# --- LaTeX ---


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"{\'{\i}} \'\i{} \u{g} \H{o} \k{a} \r{a} \d{s} \c{c} \~{n} \=a \.z", "í í ğ ő ą å ṣ ç ñ ā ż"),
        (r"{\AE}sop \o re {\O}re stra{\ss}e \L{}odz \aa", "Æsop øre Øre straße Łodz å"),
        (r"\textquoteright s ``a'' `b' --- {\textendash} \ldots", "’s “a” `b' — – …"),
        (r"$\alpha$, H$_2$O, $x^{2}$, $<$i$>$", "α, H2O, x2, <i>"),
        (r"costs \$5 and $6 or 50\% of $ 3", "costs $5 and $6 or 50% of $ 3"),
        (r"\emph{a} {\bf b} {\it c\/} \textsuperscript{2}\,kg\- x", "a b c 2 kg x"),
        (r"\href{http://x.org}{shown}\footnote{not} \cite{key} {\noopsort{1973b}}1973", "shown  1973"),
        (r"a\\b \newline c \& \# \_ \{ \} \textbackslash", "a b  c & # _ { } \\"),
        ("unbalanced } { \\", "unbalanced   \\"),
        (r"\input{/etc/passwd}\unknown[x]{y}", "[x]y"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_latex_as_text(written: str, read: str) -> None:
    assert latex.text(written) == read


@given(st.text(alphabet="\\{}$~-`'\"^_ abiHc%&#\n", max_size=200))
def test_any_latex_is_some_text(value: str) -> None:
    assert len(latex.text(value)) <= 4 * len(value) + 8
    assert len(latex.verbatim(value)) <= 4 * len(value) + 8


# --- hostile files ---

N = 8_000


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "@a{\n" * N, "@a{" * N, "@a(" * N, "@" * N, "@misc{b, title={" + "{" * N,
        "@misc{b, title={" + "{" * N + "x" + "}" * N + "}}", '@misc{b, title="' + '"' * N,
        "@misc{b, title={" + "\\'" * N + "x}}", "@misc{b, title={x}, author={" + "A and " * N + "B}}",
        "@misc{b, title={x}, author={" + "A," * N + "B}}", '@misc{b, title={x}, author="' + "}" * N + '"}',
        "@misc{b, title=" + "{a}#" * N + "{b}}", "@misc{b, title={" + "$a " * N + "}}", "@misc{b" + ",title={d}" * N + "}",
        "@misc{b, title={x}, crossref" + " " * N + "}", "@misc" + " " * N + "{b}", "@misc{" + " " * N + "title={x}}",
        "".join(f"@string{{a{n + 1} = a{n}}}\n" for n in range(N // 10)) + "@misc{b, title=a1}",
    ],
    ids=lambda text: text[:20] + text[-10:],
)  # fmt: skip
def test_a_hostile_file_takes_time_in_step_with_its_length_and_no_recursion(text: str) -> None:
    survives(TAP, parse, text.encode())


SIGNS = [*b'{ } " @ \\ , = # $ % \x00 \xff @a{ crossref={'.split(), b"\n", b"\r"]


@settings(max_examples=250, deadline=2_000)
@given(damaged([path.read_bytes() for path in FILES], SIGNS))
def test_a_damaged_file_is_records_or_parse_errors(content: bytes) -> None:
    survives(TAP, parse, content)


@settings(max_examples=150, deadline=2_000)
@given(st.binary(max_size=80) | st.text(alphabet='@{}()=,"#\\ \nabstring', max_size=80).map(str.encode))
def test_any_bytes_are_records_or_parse_errors(noise: bytes) -> None:
    survives(TAP, parse, b"@" + noise)
    assert "\n" not in outcome(parse, b"@" + noise)
