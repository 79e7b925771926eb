"""Crossref: what one raw work means, what is asked and how, what a reply says of each DOI, its files, and a harvest of it."""

from __future__ import annotations

import gzip
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvester import normal
from harvester.config import Settings, load
from harvester.errors import (
    BadReply,
    KeyRejected,
    NotFound,
    ParseError,
    RateLimited,
    Refused,
    ServerFault,
    SourceError,
    UsageError,
)
from harvester.harvest import Harvested, connected, harvest
from harvester.http import Door
from harvester.orders import order
from harvester.records import (
    Agencies,
    Ask,
    Author,
    AuthorWorks,
    Citing,
    Filtered,
    Funding,
    Identifier,
    Institution,
    InstitutionWorks,
    Lookup,
    Page,
    Record,
    References,
    Relation,
    Search,
    TopicWorks,
    Venue,
    VenueWorks,
)
from harvester.sandbox import Sandbox
from harvester.sandbox.literature import imagine
from harvester.sources import crossref, files
from harvester.sources.crossref import Crossref, parse
from harvester.store import Store
from harvester.tracker.sheet import sheet
from tests.build import one, openalex_work, rows
from tests.hostile import outcome, values
from tests.replay import Answer, Question, Replay, door

DATA = Path(__file__).parent / "data"
WHOLE = json.loads((DATA / "crossref_work.json").read_text())


def dump(value: object) -> bytes:
    return json.dumps(value).encode()


def work(doi: str = "10.5555/tide.1", **fields: Any) -> dict[str, Any]:
    return {"DOI": doi, "title": [f"Tides of {doi}"], "type": "journal-article", **fields}


def parsed(**fields: Any) -> Record:
    return parse(dump(work(**{name.replace("_", "-"): value for name, value in fields.items()})))


def doi(value: str) -> Identifier:
    return Identifier("doi", value)


# --- one work ------------------------------------------------------------------------------------------------------


def test_a_work_in_full() -> None:
    assert parse((DATA / "crossref_work.json").read_bytes()) == Record(
        source="crossref",
        source_id="10.5555/harbour.1",
        identifiers=(doi("10.5555/harbour.1"), doi("10.5555/harbour.old")),
        title="Leaving the harbour: ships & states",
        abstract="Ships leave harbours.",
        abstract_status="present",
        year=2025,
        date="2025-05-19",
        type="article",
        language="en",
        venue=Venue(
            "Journal of Invented Harbours", None, ("1758-5880", "1758-5899"), "journal", "Quay Press & Sons", None
        ),
        volume="16",
        issue="s3",
        first_page="430",
        last_page="441",
        authors=(
            Author(
                "Mira Kai", "0000-0002-1825-0097", institutions=(Institution("Harbour University", "04jr1s763"),),
                raw_affiliation="Harbour University; Office of Tides",
            ),
            Author("the harbour study group"),
            Author("Anker"),
        ),
        references=("10.5555/cited.1", "10.5555/cited.2"),
        cited_by_count=7,
        license="cc-by-nc",
        url="https://doi.org/10.5555/harbour.1",
        relations=(
            Relation("has_preprint", doi("10.5555/preprint.1")),
            Relation("corrected_by", doi("10.5555/notice.1"), "publisher", "2025-09-01"),
        ),
        funding=(
            Funding("Fund for Invented Seas", "10.13039/999999999999", ("A-1", "A-2")),
            Funding("Tidal Trust", "02twcfp32"),
        ),
        as_of="2025-10-02",
    )  # fmt: skip


def test_what_is_not_said_is_none_and_what_is_said_to_be_empty_is_empty() -> None:
    silent, empty = parsed(), parsed(author=[], reference=[], relation={}, funder=[])
    nothing = (silent.authors, silent.references, silent.relations, silent.funding, silent.cited_by_count, silent.venue)
    assert set(nothing) == {None}
    assert (empty.authors, empty.references, empty.relations, empty.funding) == ((), (), (), ())
    assert (silent.abstract_status, parsed(indexed={}).abstract_status) == (None, "absent")
    assert (silent.is_retracted, empty.is_retracted, silent.is_oa) == (None, None, None)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"DOI": null}', b'{"DOI": "no doi"}', b'{"DOI": ["10.5555/x"]}'])
def test_what_has_no_doi_is_no_record(body: bytes) -> None:
    with pytest.raises(ParseError):
        parse(body)


@pytest.mark.parametrize(
    ("dates", "kept"),
    [
        ({"issued": [[None]]}, None),
        ({"issued": [[]]}, None),
        ({"issued": []}, None),
        ({"issued": [[2011]]}, "2011"),
        ({"issued": [["2011", 5]]}, "2011-05"),
        ({"issued": [[2011, 1, 1]]}, "2011-01-01"),
        ({"issued": [[2011, 13]]}, "2011"),
        ({"issued": [[None]], "published-online": [[2013, 5, 3]], "published-print": [[2011]]}, "2011"),
        ({"issued": [[2011]], "published-online": [[2011, 5, 3]], "published-print": [[2011]]}, "2011-05-03"),
        ({"published-print": [[2013, 2]], "published-online": [[2012, 11, 30]]}, "2012-11-30"),
        ({"posted": [[2018, 2, 23]], "issued": [[None]]}, "2018-02-23"),
        ({"approved": [[2013, 5, 1]], "created": [[2018, 11, 29]], "issued": [[None]]}, "2013-05-01"),
        ({"created": [[2018, 11, 29]], "deposited": [[2019, 1, 1]]}, None),
    ],
)
def test_quirk_38_the_date_is_the_earliest_and_no_more_exact_than_what_is_known(
    dates: dict[str, Any], kept: str | None
) -> None:
    record = parse(dump(work(**{name: {"date-parts": parts} for name, parts in dates.items()})))
    assert (record.date, record.year) == (kept, int(kept[:4]) if kept else None)


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"title": []}, None),
        ({"title": [""]}, None),
        ({"title": None}, None),
        ({"title": ["", "Ebb"]}, "Ebb"),
        ({"title": ["Ebb", "Flood"]}, "Ebb"),
        ({"title": "Ebb"}, "Ebb"),
        ({"title": ["\n   Ebb of\n   <i>Mare</i>&amp;lt;sub&amp;gt;2&amp;lt;/sub&amp;gt;\n"]}, "Ebb of Mare2"),
        ({"title": [""], "original-title": ["Wattenmeer"]}, "Wattenmeer"),
        ({"title": ["Ebb"], "subtitle": ["a study"]}, "Ebb: a study"),
        ({"title": ["Ebb?"], "subtitle": ["A study"]}, "Ebb? A study"),
        ({"title": ["Ebb: A Study"], "subtitle": ["A study."]}, "Ebb: A Study"),
        ({"title": ["Ebb"], "subtitle": ["Eb"]}, "Ebb: Eb"),
        ({"title": ["Ebb"], "subtitle": []}, "Ebb"),
    ],
)
def test_quirk_39_titles(fields: dict[str, Any], kept: str | None) -> None:
    assert parse(dump(work(**fields))).title == kept


def test_quirk_40_authors_as_groups_halves_in_capitals_and_twice() -> None:
    same = {"given": "Mira", "family": "KAI", "affiliation": []}
    record = parsed(
        author=[
            {**same, "sequence": "first"},
            {**same, "sequence": "additional"},
            {"name": "WHO harbour group", "sequence": "additional"},
            {"family": "Anker", "suffix": "Jr."},
            {"given": "", "family": None},
            None,
        ]
    )
    assert record.authors == (Author("Mira KAI"), Author("WHO harbour group"), Author("Anker"))
    assert parsed().authors is None


@pytest.mark.parametrize(
    ("raw", "kept", "status"),
    [
        ("<jats:title>Abstract</jats:title>\n<jats:p>Ships <jats:i>leave</jats:i>.</jats:p>", "Ships leave.", "present"),
        ("<p>Plain &amp; short</p>", "Plain & short", "present"),
        ("<jats:p />", None, "absent"),
        ("No abstract available.", None, "absent"),
        (None, None, "absent"),
    ],
)  # fmt: skip
def test_quirk_41_abstracts(raw: str | None, kept: str | None, status: str) -> None:
    record = parsed(abstract=raw, indexed={})
    assert (record.abstract, record.abstract_status) == (kept, status)


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"volume": "null", "issue": "s9", "page": "753b"}, (None, "s9", "753b", None)),
        ({"volume": "XXXIV", "issue": "1/2", "page": "998-100"}, ("XXXIV", "1/2", "998", "100")),
        ({"volume": 4, "article-number": "235306"}, ("4", None, "235306", None)),
        ({"page": "7-7, 12", "article-number": "x"}, (None, None, "7-7, 12", None)),
        ({"journal-issue": {"issue": "11"}}, (None, "11", None, None)),
    ],
)
def test_quirk_42_volumes_issues_and_pages(fields: dict[str, Any], kept: tuple[str | None, ...]) -> None:
    record = parse(dump(work(**fields)))
    assert (record.volume, record.issue, record.first_page, record.last_page) == kept


def test_quirk_43_references_by_doi_only_and_each_once() -> None:
    entries = [
        {"key": "1", "unstructured": "Anker, Tides, 1998a."},
        {"DOI": "10.5555/A"},
        {"DOI": "10.5555/a", "year": "1998a"},
        {"DOI": "10.5555/tide. 12"},
        {"DOI": "10.5555/tide.1"},
        {"DOI": "https://doi.org/10.5555/B"},
        {"DOI": "DOI unknown"},
        None,
    ]
    assert parsed(reference=entries).references == ("10.5555/a", "10.5555/b")


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"reference_count": 3}, None),
        ({"reference_count": 0}, ()),
        ({"references_count": 0, "reference_count": 4}, None),
        ({"reference_count": 1, "reference": [{"key": "1"}]}, ()),
        ({}, None),
    ],
)
def test_quirk_44_a_count_without_a_list_is_a_list_that_is_not_open(fields: dict[str, Any], kept: object) -> None:
    assert parsed(**fields).references == kept


def test_quirk_45_the_venue() -> None:
    assert parsed(container_title=[]).venue is None
    venue = parsed(
        type="book-chapter", container_title=["Series of Tides", "Ebb &amp; Flood"], ISSN=["0000-0141", "17585899"]
    ).venue
    assert venue == Venue("Series of Tides", None, ("1758-5899",))
    assert parsed(container_title="Ebb &amp; Flood").venue == Venue("Ebb & Flood", type="journal")
    issns = parsed(issn_type=[{"value": "http://id.crossref.org/issn/1758-5880", "type": "print"}, None]).venue
    assert issns == Venue(issns=("1758-5880",), type="journal")
    posted = parsed(type="posted-content", institution=[{"name": "harbourRxiv"}], publisher="Quay").venue
    assert posted == Venue("harbourRxiv", type="repository", publisher="Quay")


def test_quirk_47_a_count_is_what_was_said_and_nothing_is_not_zero() -> None:
    assert parsed(is_referenced_by_count=0).cited_by_count == 0
    assert parsed(is_referenced_by_count={"$numberLong": "12"}).cited_by_count == 12
    assert [parsed(is_referenced_by_count=odd).cited_by_count for odd in (None, -1, "many", {})] == [None] * 4


def update(kind: str, notice: str, source: str | None = None, day: list[int] | None = None) -> dict[str, Any]:
    said = {"DOI": notice, "type": kind, "label": kind.title(), "updated": {"date-parts": [day or [2024, 3, 2]]}}
    return said | ({"source": source} if source else {})


def test_quirk_48_relations_from_either_end() -> None:
    end = {"id-type": "doi", "id": "10.5555/OTHER", "asserted-by": "object"}
    named = {
        "is-preprint-of": "preprint_of", "has-preprint": "has_preprint", "is-review-of": "review_of",
        "has-review": "has_review", "is-version-of": "version_of", "has-version": "has_version",
        "is-manuscript-of": "accepted_of", "has-manuscript": "has_accepted", "is-identical-to": "version_of",
    }  # fmt: skip
    for name, kind in named.items():
        assert parsed(relation={name: [end]}).relations == (Relation(kind, doi("10.5555/other")),)
    assert parsed(relation={"has-preprint": end}).relations == (Relation("has_preprint", doi("10.5555/other")),)
    strange = [{"id-type": "issn", "id": "1758-5880"}, {"id-type": "doi", "id": "10.5555/tide.1"}, {"id": "x"}, None]
    assert parsed(relation={"has-review": strange, "is-comment-on": [end], "cites": [end]}).relations == ()
    other_schemes = [{"id-type": "arxiv", "id": "arXiv:2501.00001v2"}, {"id-type": "pmid", "id": "12"}]
    found = parsed(relation={"has-preprint": other_schemes}).relations or ()
    assert [str(one.other) for one in found] == ["arxiv:2501.00001", "pmid:12"]


@pytest.mark.parametrize(
    ("kind", "of", "by", "retracted"),
    [
        ("retraction", "retraction_of", "retracted_by", True),
        ("withdrawal", "retraction_of", "retracted_by", True),
        ("removal", "retraction_of", "retracted_by", True),
        ("correction", "correction_of", "corrected_by", None),
        ("erratum", "correction_of", "corrected_by", None),
        ("partial_retraction", "correction_of", "corrected_by", None),
        ("expression_of_concern", "concern_of", "concern_by", None),
        ("Expression of Concern", "concern_of", "concern_by", None),
        ("new_version", "version_of", "has_version", None),
    ],
)
def test_notices_stand_on_the_article_and_on_the_notice(kind: str, of: str, by: str, retracted: bool | None) -> None:
    notice = parsed(update_to=[update(kind, "10.5555/article")])
    assert notice.relations == (Relation(of, doi("10.5555/article"), "publisher", "2024-03-02"),)
    assert notice.is_retracted is None
    article = parsed(updated_by=[update(kind, "10.5555/notice", "retraction-watch"), update("nonsense", "10.5555/n")])
    assert article.relations == (Relation(by, doi("10.5555/notice"), "retraction-watch", "2024-03-02"),)
    assert article.is_retracted is retracted


def test_a_notice_known_to_two_is_told_by_both_and_one_under_the_articles_own_doi_is_about_the_article() -> None:
    both = [
        update("retraction", "10.5555/n", "publisher"),
        update("retraction", "10.5555/n", "retraction-watch", [2024]),
    ]
    assert [(one.origin, one.on) for one in parsed(updated_by=[*both, both[0]]).relations or ()] == [
        ("publisher", "2024-03-02"),
        ("retraction-watch", "2024"),
    ]
    own = parsed(update_to=[update("retraction", "10.5555/TIDE.1", "retraction-watch")])
    assert own.relations == (Relation("retracted_by", doi("10.5555/tide.1"), "retraction-watch", "2024-03-02"),)
    assert own.is_retracted is True


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ([], None),
        ([("https://creativecommons.org/licenses/by/4.0/", "vor")], "cc-by"),
        ([("https://press.example/tdm", "tdm"), ("https://press.example/terms", "vor")], None),
        ([("https://press.example/tdm", "tdm")], None),
        ([("https://press.example/tdm", "tdm"), ("http://creativecommons.org/licenses/by-nc/4.0", "tdm")], "cc-by-nc"),
        ([("https://press.example/t", "vor"), ("https://creativecommons.org/publicdomain/zero/1.0/", None)], "public-domain"),
        ([("https://creativecommons.org/licenses/by/4.0/", "am"), ("https://press.example/t", "vor")], None),
    ],
)  # fmt: skip
def test_the_licence_is_that_of_the_version_of_record(stated: list[tuple[str, str | None]], kept: str | None) -> None:
    assert parsed(license=[{"URL": url, "content-version": version} for url, version in stated]).license == kept


@pytest.mark.parametrize(
    ("kind", "subtype", "kept"),
    [
        ("journal-article", None, "article"),
        ("proceedings-article", None, "article"),
        ("posted-content", "preprint", "preprint"),
        ("posted-content", None, "preprint"),
        ("posted-content", "working_paper", "preprint"),
        ("posted-content", "report", "report"),
        ("posted-content", "other", "other"),
        ("monograph", None, "book"),
        ("book-chapter", None, "book-chapter"),
        ("peer-review", None, "peer-review"),
        ("journal-issue", None, "paratext"),
        ("component", None, "supplementary-materials"),
        ("newly-invented", None, "newly-invented"),
        (None, None, None),
    ],
)
def test_types_in_the_words_of_openalex(kind: str | None, subtype: str | None, kept: str | None) -> None:
    assert parsed(type=kind, subtype=subtype).type == kept


def test_an_isbn_is_a_name_of_a_book_only() -> None:
    isbn = ["http://id.crossref.org/isbn/9780306406157", "078039464X", "9780306406158"]
    assert parsed(type="monograph", ISBN=isbn).identifiers[1:] == (
        Identifier("isbn", "9780306406157"),
        Identifier("isbn", "9780780394643"),
    )
    assert parsed(type="book-chapter", ISBN=isbn).identifiers == (doi("10.5555/tide.1"),)


def test_funders_once_with_all_their_awards() -> None:
    ror = {"id": "https://ror.org/02twcfp32", "id-type": "ROR", "asserted-by": "publisher"}
    stated = [
        {"name": "Sea Fund", "DOI": "10.13039/1", "award": ["A", "A", 7]},
        {"name": "Sea Fund", "DOI": "10.13039/1", "award": ["B"]},
        {"name": "Tide Fund", "id": [ror]},
        {"id": [ror]},
        {"award": ["C"]},
        None,
    ]
    assert parsed(funder=stated).funding == (
        Funding("Sea Fund", "10.13039/1", ("A", "7", "B")),
        Funding("Tide Fund", "02twcfp32"),
        Funding("02twcfp32", "02twcfp32"),
    )


def test_a_field_that_has_changed_its_type_is_left_out_and_named() -> None:
    record = parsed(volume=["1"], author=[{"family": {"x": 1}}, {"family": "Kai"}], license="cc-by")
    assert (record.volume, record.authors, record.license) == (None, (Author("Kai"),), None)
    assert set(record.drift) == {"volume", "author[].family", "license"}


JSON = values([*WHOLE, "DOI", "date-parts", "id", "name", "$numberLong"])


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(WHOLE)), JSON, max_size=5), st.binary(max_size=3), st.integers(0, 10_000))
def test_a_mutated_work_is_a_record_or_a_parse_error(changes: dict[str, Any], noise: bytes, place: int) -> None:
    body = json.dumps(WHOLE | changes).encode("utf-8", "surrogatepass")
    for hostile in (body, body[: place % len(body)] + noise + body[place % len(body) + len(noise) :]):
        assert "\n" not in outcome(parse, hostile)


# --- files ---------------------------------------------------------------------------------------------------------


def page(*works: dict[str, Any], total: int | None = None, cursor: str | None = None) -> dict[str, Any]:
    message = {"facets": {}, "total-results": len(works) if total is None else total, "items": list(works)}
    following = {"next-cursor": cursor} if cursor else {}
    return {"status": "ok", "message-type": "work-list", "message-version": "1.0.0", "message": message | following}


def single(one: dict[str, Any]) -> dict[str, Any]:
    return {"status": "ok", "message-type": "work", "message-version": "1.0.0", "message": one}


TWO = [WHOLE, {**WHOLE, "DOI": "10.5555/harbour.2"}]


@pytest.mark.parametrize(
    "text",
    [
        dump(page(*TWO)),
        dump({"items": TWO}),
        json.dumps({"items": TWO}, indent=1).encode(),
        dump(TWO),
        b"\n".join(map(dump, TWO)),
        b"\n".join(dump(single(each)) for each in TWO),
        json.dumps(TWO, indent=2, sort_keys=True).encode(),
    ],
)
def test_every_file_of_works_is_known_by_its_content(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "works"
    for packed in (text, gzip.compress(text)):
        path.write_bytes(packed)
        form = files.read(path)
        assert form.source == "crossref"
        assert [parse(body).source_id for body in form] == ["10.5555/harbour.1", "10.5555/harbour.2"]


def test_one_work_in_a_file_alone_and_an_empty_page(tmp_path: Path) -> None:
    path = tmp_path / "work.json"
    for text, count in ((json.dumps(WHOLE, indent=2), 1), (json.dumps(single(WHOLE)), 1), (json.dumps(page()), 0)):
        path.write_text(text)
        assert files.read(path).source == "crossref"
        assert len(list(files.read(path))) == count


def test_other_forms_are_left_alone() -> None:
    (tap,) = crossref.TAPS
    for other in (
        openalex_work(1),
        dump([{"id": "x", "type": "article-journal", "title": "A", "DOI": "10.5555/x", "container-title": "B"}]),
        dump({**WHOLE, "title": "In CSL the title is one text"}),
        dump({"paperId": "a" * 40, "externalIds": {"DOI": "10.5555/x"}, "title": "A"}),
        dump({"status": "ok", "message-type": "funder-list", "message": {"items": []}}),
        b'"DOI": "10.5555/x", "indexed": {}',
        b"@article{x, doi = {10.5555/x}}",
    ):
        assert not tap.sniff(other), other[:60]


def test_a_line_that_is_broken_harms_nobody_else() -> None:
    (tap,) = crossref.TAPS
    lines = b"\n".join((dump(WHOLE), b'{"DOI": "10.5555/x", "title', dump([1]), dump(TWO[1])))
    found = list(tap.read(io.BytesIO(lines)))
    assert [outcome(parse, body) for body in (found[0], found[3])] == ["10.5555/harbour.1", "10.5555/harbour.2"]
    assert "not JSON" in outcome(parse, found[1])
    assert len(found) == 4


# --- the service ---------------------------------------------------------------------------------------------------


@pytest.fixture
def sent(replay: Replay) -> list[Question]:
    """The questions of this test."""
    replay.questions.clear()
    return replay.questions


def client(replay: Replay, answer: Callable[[Question], Answer], sleeps: list[float] | None = None) -> Crossref:
    replay.answer = answer
    return Crossref(door(crossref.service(replay.url), sleeps))


def answers(source: Crossref, want: Ask) -> list[Page]:
    """Every page of every ask."""
    found = []
    for ask in source.asks(want):
        cursor = None
        while True:
            got = source.fetch(ask, cursor)
            found.append(got)
            cursor = got.next
            if cursor is None:
                break
    return found


def test_the_token_goes_in_its_header_and_the_pace_follows_what_is_said() -> None:
    plain, paid = crossref.service(), crossref.service("http://127.0.0.1:1/", "secret")
    assert (plain.url, paid.url) == ("https://api.crossref.org", "http://127.0.0.1:1")
    assert plain.key_header is None
    assert paid.key_header == ("Crossref-Plus-API-Token", "Bearer secret")
    assert paid.interval < plain.interval == pytest.approx(1 / 3)
    assert "secret" not in repr(paid)
    env = {"CROSSREF_API_KEY": "secret"}
    assert load(env).key("crossref") == "secret"


@pytest.mark.loopback
def test_the_door_slows_down_where_the_pool_is_slow(replay: Replay) -> None:
    headers = {"x-rate-limit-limit": "1", "x-rate-limit-interval": "1s", "x-api-pool": "public-array"}
    replay.answer = lambda _: Answer(200, dump(page(WHOLE, cursor="C")), headers)
    naps: list[float] = []
    with Door(crossref.service(replay.url), sleep=naps.append, clock=lambda: 1_788_000_000.0, rng=Random(1)) as way:
        source = Crossref(way)
        for _ in range(3):
            source.fetch(VenueWorks("1758-5880"))
    assert naps == [pytest.approx(1 / 3), pytest.approx(1 / 3 + 1)]  # the first reply says 1 s, the third request knows


@pytest.mark.loopback
@pytest.mark.parametrize("retry_after", [None, "2", "43200"])
def test_a_429_of_any_kind_is_waited_for_or_comes_back_later(
    replay: Replay, sent: list[Question], retry_after: str | None
) -> None:
    headers = {"content-type": "text/plain"} | ({"retry-after": retry_after} if retry_after else {})
    naps: list[float] = []
    source = client(replay, lambda _: Answer(429, b"Too many requests.", headers), naps)
    with pytest.raises(RateLimited) as caught:
        source.fetch(Lookup((doi("10.5555/a"),)))
    assert caught.value.status == 429
    assert len(sent) == (1 if retry_after == "43200" else 5)
    assert (caught.value.retry_at is None) == (retry_after is None)


HTML = b"<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body><h1>504</h1></body></html>"
FAILED = {
    "status": "failed",
    "message-type": "validation-failure",
    "message": [{"type": "x", "message": "No such filter"}],
}


@pytest.mark.loopback
@pytest.mark.parametrize(
    "ask", [Lookup((doi("10.5555/a"),)), Lookup((doi("10.5555/a"), doi("10.5555/b"))), Search("tide")]
)
@pytest.mark.parametrize(
    ("answer", "kind", "requests"),
    [
        (Answer(401, b"Unauthorized"), KeyRejected, 1),
        (Answer(403, HTML), KeyRejected, 1),
        (Answer(500, b"{}"), ServerFault, 5),
        (Answer(503, b""), ServerFault, 5),
        (Answer(504, HTML, {"content-type": "text/html"}), ServerFault, 5),
        (Answer(200, HTML, {"content-type": "text/html"}), BadReply, 1),
        (Answer(200, b""), BadReply, 1),
        (Answer(200, b"{}"), BadReply, 1),
        (Answer(200, b"[]"), BadReply, 1),
        (Answer(200, dump(page(WHOLE, TWO[1]))[:-30]), BadReply, 1),
        (Answer.json({"status": "ok", "message-type": "funder-list", "message": {"items": [], "total-results": 0}}), BadReply, 1),
        (Answer.json(page(total=3)), BadReply, 1),
        (Answer.json({"status": "ok", "message-type": "work-list", "message": {"items": [WHOLE]}}), BadReply, 1),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_never_an_empty_one(
    replay: Replay, sent: list[Question], ask: Ask, answer: Answer, kind: type[SourceError], requests: int
) -> None:
    with pytest.raises(kind) as caught:
        client(replay, lambda _: answer).fetch(ask)
    assert caught.value.source == "crossref"
    assert len(sent) == requests
    assert "\n" not in str(caught.value)


# --- look-up -------------------------------------------------------------------------------------------------------


class Register:
    """A Crossref of these works; DOIs that lead elsewhere, lists that it refuses, and statuses it gives instead."""

    def __init__(self, *works: dict[str, Any], aliases: dict[str, str] | None = None, poison: str = "") -> None:
        self.works = {normal.doi(one["DOI"]): one for one in works}
        self.aliases = aliases or {}
        self.poison = poison
        self.instead: dict[str, int] = {}

    def __call__(self, question: Question) -> Answer:
        if question.path == "/works":
            asked = [part.removeprefix("doi:") for part in question.params["filter"].split(",")]
            if self.poison in asked:
                return Answer.json(FAILED, 400)
            return Answer.json(page(*(self.works[one] for one in asked if one in self.works)))
        asked_for = Question.of("GET", question.path, None).path.removeprefix("/works/").replace("%2F", "/")
        if status := self.instead.get(asked_for):
            return Answer(status, HTML)
        if asked_for in self.aliases:
            return Answer(301, b"", {"location": f"/works/{self.aliases[asked_for]}"})
        if asked_for in self.works:
            return Answer.json(single(self.works[asked_for]))
        return Answer(404, b"Resource not found.", {"content-type": "application/json"})


FIFTY = [f"10.5555/tide.{number}" for number in range(50)]


@pytest.mark.loopback
def test_fifty_dois_are_one_request(replay: Replay, sent: list[Question]) -> None:
    source = client(replay, Register(*map(work, FIFTY)))
    (got,) = answers(source, Lookup(tuple(map(doi, FIFTY))))
    assert [item.asked for item in got.items] == list(map(doi, FIFTY))
    assert (got.absent, got.failed, len(sent)) == ((), (), 1)
    assert sent[0].params["rows"] == "50"


@pytest.mark.loopback
def test_one_doi_asked_in_two_spellings_is_answered_for_both(replay: Replay, sent: list[Question]) -> None:
    asked = (doi("10.5555/A"), doi("10.5555/a"), doi("10.5555/b"))
    (got,) = answers(client(replay, Register(work("10.5555/a"), work("10.5555/B"))), Lookup(asked))
    assert {item.asked for item in got.items} == set(asked)
    assert len(sent) == 1


@pytest.mark.loopback
def test_every_doi_is_found_absent_or_failed_and_an_alias_names_what_it_leads_to(
    replay: Replay, sent: list[Question]
) -> None:
    register = Register(work("10.5555/a"), work("10.5555/new"), aliases={"10.5555/old": "10.5555%2Fnew"})
    asked = tuple(map(doi, ("10.5555/a", "10.5555/old", "10.5555/none")))
    found, failed = answers(client(replay, register), Lookup((*asked, Identifier("pmid", "1"), doi("10.12/x"))))
    assert {item.asked: item.record and item.record.source_id for item in found.items} == {
        asked[0]: "10.5555/a",
        asked[1]: "10.5555/new",
    }
    assert found.absent == (asked[2],)
    assert {one.asked for one in failed.failed} == {Identifier("pmid", "1"), doi("10.12/x")}
    assert [question.path for question in sent] == [
        "/works", "/works/10.5555%2Fold", "/works/10.5555%2Fnew", "/works/10.5555%2Fnone",
    ]  # fmt: skip


@pytest.mark.loopback
def test_an_alias_that_the_work_itself_names_is_its_own_name(replay: Replay, sent: list[Question]) -> None:
    new = work("10.5555/new", aliases=["10.5555/OLD"])
    (got,) = answers(client(replay, lambda _: Answer.json(page(new))), Lookup((doi("10.5555/old"), doi("10.5555/new"))))
    assert {item.asked for item in got.items} == {doi("10.5555/old"), doi("10.5555/new")}
    assert len(sent) == 1


@pytest.mark.loopback
def test_another_work_without_a_redirect_is_no_answer(replay: Replay) -> None:
    got = client(replay, lambda _: Answer.json(single(work("10.5555/b")))).fetch(Lookup((doi("10.5555/a"),)))
    assert [(item.asked, item.problem) for item in got.items] == [
        (doi("10.5555/a"), "asked for 10.5555/a, sent 10.5555/b")
    ]


@pytest.mark.loopback
def test_one_bad_doi_of_fifty_harms_no_other(replay: Replay, sent: list[Question]) -> None:
    register = Register(*map(work, FIFTY), poison=FIFTY[17])
    register.instead[FIFTY[17]] = 400
    (got,) = answers(client(replay, register), Lookup(tuple(map(doi, FIFTY))))
    assert {item.asked for item in got.items} == set(map(doi, FIFTY)) - {doi(FIFTY[17])}
    assert [one.asked for one in got.failed] == [doi(FIFTY[17])]
    assert got.absent == ()
    assert len(sent) < 15


@pytest.mark.loopback
def test_what_an_outage_leaves_unasked_has_failed_and_what_came_before_stands(replay: Replay) -> None:
    register = Register(*map(work, FIFTY[:5]))
    register.instead = dict.fromkeys(FIFTY[6:], 504)
    (got,) = answers(client(replay, register), Lookup(tuple(map(doi, FIFTY[:9]))))
    assert {item.asked for item in got.items} == set(map(doi, FIFTY[:5]))
    assert got.absent == (doi(FIFTY[5]),)
    assert [one.asked for one in got.failed] == list(map(doi, FIFTY[6:9]))
    assert got.failed[2].why.startswith("not asked: ")


@pytest.mark.loopback
def test_a_list_that_was_not_asked_for_or_is_short_of_its_word_is_no_answer(replay: Replay) -> None:
    asked = Lookup((doi("10.5555/a"), doi("10.5555/b")))
    for reply in (
        page(*map(work, FIFTY[:3])),
        page(work("10.5555/a"), total=2),
        page(work("10.5555/a"), total=140_000_000),
    ):
        with pytest.raises(BadReply, match="works for 2 DOIs|promised 2 works and sent 1"):
            client(replay, lambda _, reply=reply: Answer.json(reply)).fetch(asked)


@pytest.mark.loopback
def test_a_stranger_in_a_list_is_set_aside_and_the_rest_is_asked_alone(replay: Replay) -> None:
    register = Register(work("10.5555/b"))
    strange = page(work("10.5555/stranger"), {"title": ["no DOI"]})
    answer = lambda question: Answer.json(strange) if question.path == "/works" else register(question)  # noqa: E731
    got = client(replay, answer).fetch(Lookup((doi("10.5555/a"), doi("10.5555/b"))))
    assert [(item.asked, item.problem) for item in got.items] == [
        (None, "not asked for"),
        (None, "no DOI: 'None'"),
        (doi("10.5555/b"), None),
    ]
    assert got.absent == (doi("10.5555/a"),)


def test_lists_are_bounded_by_count_and_by_encoded_bytes(replay: Replay) -> None:
    source = client(replay, Register())
    asks = list(source.asks(Lookup(tuple(map(doi, FIFTY * 2 + [f"10.5555/x{n}" for n in range(70)])))))
    assert [len(ask.identifiers) for ask in asks if isinstance(ask, Lookup)] == [50, 50, 20]
    long = [f"10.5555/{n}-{'(1)/' * 60}x" for n in range(20)]
    lengths = [
        sum(len(one.value.replace("/", "%2F").replace("(", "%28").replace(")", "%29")) + 9 for one in ask.identifiers)
        for ask in source.asks(Lookup(tuple(map(doi, long))))
        if isinstance(ask, Lookup)
    ]
    assert max(lengths) < 3_600
    assert len(lengths) > 2


ODD = ["10.5555/(sici)1097(1998)49:8<693::aid>3.0.co;2-o", *(f"10.5555/a{sign}b" for sign in ",&#|+;%")]


def test_a_doi_that_may_not_come_through_in_a_list_is_asked_alone(replay: Replay) -> None:
    plain = ["10.1016/s0140-6736(97)11096-0", "10.1023/a:1007154515475", "10.5555/a_b"]
    asks = list(client(replay, Register()).asks(Lookup(tuple(map(doi, ODD + plain)))))
    assert asks == [*(Lookup((doi(one),)) for one in ODD), Lookup(tuple(map(doi, plain)))]


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[Sandbox]:
    with Sandbox(seed=3, works=30, on=date(2026, 1, 1)) as box:
        yield box


AWKWARD = st.lists(st.text(st.sampled_from(";()<>&#%,|+?=/:ab1"), min_size=1, max_size=12), min_size=1, max_size=4)


@pytest.mark.slow
@pytest.mark.loopback
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(suffixes=AWKWARD)
def test_any_doi_comes_through_and_is_answered_with_its_own_work(fuzzed: Sandbox, suffixes: list[str]) -> None:
    """Complaints of others: "&" broke a filter, "#" and "?" cut the address, commas split a DOI in two."""
    names = dict.fromkeys(
        name for one in suffixes if (name := normal.doi(f"10.5555/{one}")) and not name.endswith("/agency")
    )
    desk = fuzzed._desk
    works = [msgspec.structs.replace(work, doi=None) for work in desk.literature.works]
    for number, name in enumerate(names):
        works[number] = msgspec.structs.replace(works[number], doi=name)
    desk.literature = msgspec.structs.replace(desk.literature, works=tuple(works))
    fuzzed.move_to(fuzzed.on + timedelta(1))  # the register is made anew every day
    before = len(fuzzed.requests)
    with door(crossref.service(fuzzed.crossref_url)) as way:
        pages = answers(Crossref(way), Lookup(tuple(map(doi, names))))
    assert {item.asked: item.record and item.record.source_id for got in pages for item in got.items} == {
        doi(name): name for name in names
    }
    alone = sum(not all(letter in "()/:ab1" for letter in name[8:]) for name in names)
    assert len(fuzzed.requests) - before == alone + (len(names) > alone)


# --- lists ---------------------------------------------------------------------------------------------------------


def test_what_crossref_cannot_be_asked_is_not_asked(replay: Replay) -> None:
    source = client(replay, Register())
    for want in (
        Citing(("10.5555/a",)),
        TopicWorks("T1"),
        Filtered("type:article"),
        AuthorWorks("openalex", "A1"),
        AuthorWorks("s2", "1"),
    ):
        assert list(source.asks(want)) == []
    assert source.agency == "crossref"
    assert [source.can_look_up(scheme) for scheme in ("doi", "pmid", "isbn", "s2")] == [True, False, False, False]


@pytest.mark.parametrize(
    "want",
    [
        Search(" "),
        VenueWorks("1758-5881"),
        AuthorWorks("orcid", "0000-0002-1825-0098"),
        InstitutionWorks("harbour"),
        VenueWorks("1758-5880", "yesterday"),
        References(("W1",)),
    ],
)
def test_a_question_that_is_wrong_in_itself_is_never_sent(replay: Replay, want: Ask) -> None:
    with pytest.raises(UsageError):
        list(client(replay, Register()).asks(want))


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("want", "params"),
    [
        (Search(" tides & ", "2024-01-01"), {"query.bibliographic": "tides &", "filter": "from-pub-date:2024-01-01"}),
        (VenueWorks("17585880", "2024"), {"filter": "issn:1758-5880,from-pub-date:2024"}),
        (AuthorWorks("orcid", "https://orcid.org/0000-0002-1825-0097"), {"filter": "orcid:0000-0002-1825-0097"}),
        (InstitutionWorks("04jr1s763"), {"filter": "ror-id:https://ror.org/04jr1s763"}),
    ],
)  # fmt: skip
def test_lists_are_asked_by_cursor(replay: Replay, sent: list[Question], want: Ask, params: dict[str, str]) -> None:
    assert [got.total for got in answers(client(replay, lambda _: Answer.json(page())), want)] == [0]
    assert sent[0].params == {**params, "rows": "100", "cursor": "*"}


def paged(pages: list[dict[str, Any]]) -> Callable[[Question], Answer]:
    """The pages one after another, whatever the cursor; then empty ones."""
    rest = iter(pages)
    return lambda _: Answer.json(next(rest, page(total=4, cursor="same")))


@pytest.mark.loopback
def test_a_list_ends_with_an_empty_page_though_its_cursor_stays_the_same(replay: Replay, sent: list[Question]) -> None:
    first, second = (
        page(*map(work, FIFTY[:2]), total=4, cursor="same"),
        page(*map(work, FIFTY[2:4]), total=5, cursor="same"),
    )
    got = answers(client(replay, paged([first, second])), VenueWorks("1758-5880"))
    assert [len(one.items) for one in got] == [2, 2, 0]
    assert [one.total for one in got] == [4, 5, 4]  # a total that shifts is told as it is
    assert [question.params["cursor"] for question in sent] == ["*", "same", "same"]


@pytest.mark.loopback
def test_a_page_that_comes_twice_is_a_list_that_never_ends(replay: Replay, sent: list[Question]) -> None:
    again = page(*map(work, FIFTY[:2]), total=40, cursor="same")
    with pytest.raises(BadReply, match="does not end"):
        answers(client(replay, lambda _: Answer.json(again)), VenueWorks("1758-5880"))
    assert len(sent) == 2


@pytest.mark.loopback
def test_a_list_in_circles_is_noticed_also_by_a_run_that_goes_on_later(replay: Replay, sent: list[Question]) -> None:
    circle = [page(*map(work, FIFTY[start : start + 25]), total=60, cursor="same") for start in (0, 25)]
    cursor = None
    with pytest.raises(BadReply, match="175 works of 60"):
        while True:  # another process for every page
            got = client(replay, lambda _: Answer.json(circle[len(sent) % 2])).fetch(VenueWorks("1758-5880"), cursor)
            cursor = got.next
    assert len(sent) == 7


@pytest.mark.loopback
@pytest.mark.parametrize(
    "answer", [Answer(404, b"Resource not found."), Answer(500, b'{"message": {"message": "Response Exception"}}')]
)
def test_a_cursor_that_is_over_is_refused_so_that_the_list_is_read_anew(replay: Replay, answer: Answer) -> None:  # fmt: skip
    with pytest.raises(Refused, match="cursor is not known any more"):
        client(replay, lambda _: answer).fetch(VenueWorks("1758-5880"), "DnF1ZXJ5")
    with pytest.raises(ServerFault):
        client(replay, lambda _: Answer(504, HTML)).fetch(VenueWorks("1758-5880"), "DnF1ZXJ5")
    with pytest.raises(NotFound):
        client(replay, lambda _: Answer(404, b"Resource not found.")).fetch(VenueWorks("1758-5880"))


@pytest.mark.loopback
def test_a_search_shows_the_best_thousand_and_says_so(replay: Replay, sent: list[Question]) -> None:
    def answer(_: Question) -> Answer:
        start = 100 * (len(sent) - 1)
        return Answer.json(
            page(*(work(f"10.5555/s.{n}") for n in range(start, start + 100)), total=9_999_999, cursor="C")
        )

    got = answers(client(replay, answer), Search("tide"))
    assert len(got) == 10
    assert [one.capped for one in got] == [False] * 9 + [True]


# --- references and agencies ---------------------------------------------------------------------------------------


@pytest.mark.loopback
def test_the_works_that_one_cites_come_fifty_at_a_time(replay: Replay, sent: list[Question]) -> None:
    cited = [*FIFTY, "10.5555/b", "10.5555/a,b", "10.48550/elsewhere"]
    citing = work("10.5555/citing", reference=[{"DOI": one} for one in cited])
    register = Register(citing, *map(work, FIFTY[1:]), work("10.5555/b"))
    got = answers(client(replay, register), References(("10.5555/CITING",)))
    assert [len(one.items) for one in got] == [49, 1, 0]
    assert {one.total for one in got} == {len(cited)}
    assert sum(len(one.items) + one.unidentified for one in got) == len(cited)
    assert all(item.asked is None and item.record for one in got for item in one.items)
    assert len(sent) == 4
    resumed = client(replay, register).fetch(References(("10.5555/citing",)), got[0].next)
    assert resumed == got[1]


@pytest.mark.loopback
def test_references_that_are_withheld_are_not_empty(replay: Replay) -> None:
    source = client(replay, Register(work("10.5555/a", **{"reference-count": 9}), work("10.5555/b", reference=[])))
    assert source.fetch(References(("10.5555/a",))) == Page(capped=True)
    assert source.fetch(References(("10.5555/b",))) == Page(total=0)
    with pytest.raises(NotFound):
        source.fetch(References(("10.5555/c",)))


@pytest.mark.loopback
def test_of_several_dois_of_a_prefix_one_that_exists_tells_its_agency(replay: Replay, sent: list[Question]) -> None:
    agency = {
        "message-type": "work-agency",
        "message": {"DOI": "10.5281/b", "agency": {"id": "datacite", "label": "DataCite"}},
    }
    missing = Answer(404, b"Resource not found.")
    source = client(replay, lambda question: Answer.json(agency) if "%2Fb/" in question.path else missing)
    (ask,) = source.asks(Agencies(("10.5281/a", "10.5281/b", "10.5281/c")))
    assert source.fetch(ask).agencies == (("10.5281", "datacite"),)
    assert len(sent) == 2


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(seed=3, works=90, on=date(2026, 8, 31)) as served:
        yield served


@pytest.mark.loopback
def test_the_agency_of_a_prefix_is_told_by_a_doi_that_bears_it(box: Sandbox) -> None:
    with door(crossref.service(box.crossref_url)) as way:
        source = Crossref(way)
        named = (
            "10.1111/1758-5899.70005",
            "10.1111/another",
            "10.48550/arxiv.2501.00001",
            "10.5555",
            "10.9999/x",
            "10.99",
        )
        asks = list(source.asks(Agencies(named)))
        assert len(asks) == 5
        found = [pair for ask in asks for pair in source.fetch(ask).agencies]
    assert found == [
        ("10.1111", "crossref"), ("10.48550", "datacite"), ("10.5555", "crossref"), ("10.9999", None), ("10.99", None),
    ]  # fmt: skip


# --- the stand-in, and a harvest of it ------------------------------------------------------------------------------

MONDAY, SEED, JOURNAL = "2026-08-31", "10.1111/1758-5899.70005", "1758-5880"


@pytest.mark.loopback
def test_the_stand_in_lists_authors_institutions_and_notices(box: Sandbox) -> None:
    known = box._desk.literature
    person = next(p for work in known.works[:40] if work.doi for p in work.authors if p.orcid and p.place)
    with door(crossref.service(box.crossref_url)) as way:
        source = Crossref(way)
        for want, theirs in (
            (AuthorWorks("orcid", person.orcid), lambda work: person in work.authors),
            (InstitutionWorks(person.place.ror), lambda work: any(p.place == person.place for p in work.authors)),
        ):
            found = {item.record.source_id for got in answers(source, want) for item in got.items if item.record}
            wanted = {work.doi for work in known.works if work.doi and work.published <= box.on and theirs(work)}
            assert wanted
            assert {name for name in found if not name.endswith((".correction", ".retraction"))} == wanted
        (notice,) = way.decode(way.get("/works", {"filter": f"updates:{first_retracted(box)}"}), dict)["message"][
            "items"
        ]
        record = parse(dump(notice))
        assert record.relations == (
            Relation("retraction_of", doi(first_retracted(box)), "retraction-watch", record.date),
        )


def first_retracted(box: Sandbox) -> str:
    return next(work.doi for work in box._desk.literature.works if work.is_retracted and work.doi)


def now() -> str:
    return "2026-01-01T00:00:00+00:00"


class Harvester:
    """A database, and a harvest of the stand-in's Crossref."""

    def __init__(self, store: Store, box: Sandbox, *watched: str, sources: tuple[str, ...] = ("crossref",)) -> None:
        urls = {"crossref": box.crossref_url, "openalex": box.openalex_url}
        self.store, self.box = store, box
        self.settings = Settings(database=store.path, urls=urls, sources=sources)
        with store.transaction():
            for each in watched:
                store.watches.add(order(each), MONDAY)

    def run(self, *faults: str, on: str = MONDAY) -> Harvested:
        self.box.set_faults(faults)
        with connected(self.settings, self.store) as clients:
            return harvest(self.store, clients, on, now)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody sleeps, and pages are short."""
    monkeypatch.setattr("harvester.harvest.Door", partial(Door, sleep=lambda _: None, rng=Random(1)))
    monkeypatch.setattr("harvester.sources.crossref.fetch._PER_PAGE", 7)


@pytest.mark.loopback
def test_a_harvest_of_crossref_alone(store: Store, box: Sandbox, quick: None) -> None:
    retracted = first_retracted(box)
    harvester = Harvester(store, box, SEED, retracted, "10.5555/nowhere", JOURNAL)
    result = harvester.run()
    assert result.faults == []
    assert (result.status, result.absent) == ("complete", 1)
    tasks = Counter((task.stage, task.status) for task in store.runs.tasks(result.run))
    assert tasks == {("list", "done"): 1, ("look-up", "done"): 1, ("references", "done"): 2}
    with door(crossref.service(box.crossref_url)) as way:
        theirs = [item.record for got in answers(Crossref(way), VenueWorks(JOURNAL)) for item in got.items]
        cited = [item.record for got in answers(Crossref(way), References((SEED,))) for item in got.items]
    held = dict(rows(store, "SELECT r.source_id, o.count FROM observation o JOIN record r ON r.id = o.record"))
    assert len(theirs) > 14  # three pages
    assert {one.source_id: one.cited_by_count for one in [*theirs, *cited] if one}.items() <= held.items()
    retracted_works = "SELECT r.source_id FROM work w JOIN record r ON r.work = w.id WHERE w.is_retracted"
    assert rows(store, retracted_works) == [(retracted,)]
    assert one(store, "SELECT count(*) FROM citation") > 20
    assert harvester.run(on="2026-09-01").saved.changed == 0
    assert store.check()["integrity"] == "ok"


@pytest.mark.loopback
def test_an_article_of_two_services_is_one_work_and_the_deposit_gives_its_fields(
    store: Store, box: Sandbox, quick: None
) -> None:
    result = Harvester(store, box, SEED, sources=("openalex", "crossref")).run()
    assert result.faults == []
    (number,) = store.works_named(doi(SEED))
    found = sheet(store, number, MONDAY)
    assert {(row["source"], row["source_id"]) for row in found["records"]} >= {("crossref", SEED)}
    assert {row["source"] for row in found["counts"]} == {"crossref", "openalex"}
    assert {found["origin"][field] for field in ("title", "date", "volume", "issue", "first_page")} == {"crossref"}
    assert {found["origin"][field] for field in ("subjects", "is_oa")} == {"openalex"}


@pytest.mark.loopback
def test_a_retraction_is_news_on_the_day_its_notice_is_there(store: Store, quick: None) -> None:
    published = next(work.published for work in imagine(3, 90).works if work.is_retracted and work.doi)
    with Sandbox(seed=3, works=90, on=published + timedelta(399)) as box:
        harvester = Harvester(store, box, first_retracted(box))
        for later in (0, 1):
            box.move_to(published + timedelta(399 + later))
            harvester.run(on=box.on.isoformat())
            events = rows(store, "SELECT on_day, source FROM event WHERE kind = 'retracted'")
            assert events == ([(box.on.isoformat(), "crossref")] if later else [])


@pytest.mark.loopback
def test_a_list_whose_cursor_died_in_the_pause_is_read_from_its_start(store: Store, quick: None) -> None:
    with Sandbox(seed=2, works=90, on=date(2026, 8, 31)) as box:
        harvester = Harvester(store, box, JOURNAL)
        first = harvester.run("crossref:429-burst@3-")
        assert [(task.status, task.pages) for task in store.runs.tasks(first.run)] == [("open", 2)]
        box.move_to(date(2026, 9, 1))  # its cursors live no longer than their day
        second = harvester.run()
        assert (second.resumed, second.faults) == (True, [])
        (task,) = store.runs.tasks(second.run, "list")
        assert (task.status, task.received) == ("done", task.expected)


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("504@2-", ServerFault), ("html@2-", BadReply), ("cut@2-", SourceError), ("garbage@2-", BadReply),
        ("empty@1", BadReply), ("401@2-", KeyRejected), ("reset@2-", SourceError), ("bare@3", BadReply),
    ],
)  # fmt: skip
def test_a_list_cut_short_never_looks_whole(
    store: Store, box: Sandbox, quick: None, fault: str, kind: type[SourceError]
) -> None:
    result = Harvester(store, box, JOURNAL).run(f"crossref:{fault}")
    assert result.status in ("partial", "failed")
    assert isinstance(result.faults[0], kind)
    assert store.runs.tasks(result.run)[0].status == "failed"
    assert 0 not in [count for (count,) in rows(store, "SELECT count FROM observation WHERE count = 0 AND gained < 0")]


@pytest.mark.slow
@pytest.mark.loopback
def test_a_sporadic_504_costs_a_wait_and_nothing_else(store: Store, box: Sandbox, quick: None) -> None:
    result = Harvester(store, box, SEED, JOURNAL).run("crossref:504%20")
    assert (result.faults, result.status) == ([], "complete")
    assert any(one.status == 504 for one in box.requests)
