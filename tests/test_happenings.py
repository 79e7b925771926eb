"""What happens to the simulated literature on known days: in every reply of a service alike, and as the answer key has it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import pytest
from typer.testing import CliRunner

from harvester.cli import app
from harvester.errors import UsageError
from harvester.sandbox import Sandbox, truth
from harvester.sandbox.happenings import day_seen, look, parse, read
from harvester.sandbox.literature import SEED_DOI, Literature, imagine, work_id
from tests.test_sandbox import ask, everything, papers, seed_work, works

pytestmark = pytest.mark.slow  # all together some six seconds

EVE, DAY = date(2026, 10, 4), date(2026, 10, 5)
FOR_A_WEEK = f"{DAY}..{DAY + timedelta(6)}"
JOURNAL = "1758-5880"


@pytest.fixture(scope="module")
def literature() -> Literature:
    return imagine(works=60)


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with Sandbox(works=60, on=EVE, faults=["openalex:budget:1000000"]) as sandbox:
        yield sandbox


def on(sandbox: Sandbox, day: date, *rules: str) -> Sandbox:
    """The sandbox on a day that may be an earlier one than its last, under these rules."""
    sandbox._desk.on = day
    sandbox.set_happenings(rules)
    return sandbox


def a_pair(literature: Literature) -> tuple[str, str]:
    """The DOIs of two cited works which every service knows."""
    known = [w for w in literature.works if w.doi and w.openalex and w.s2 == "known" and not set(w.doi) & set(",|;()")]
    cited = Counter(number for w in literature.works for number in w.references)
    first, second = sorted(known, key=lambda w: -cited[w.number])[1:3]
    return first.doi or "", second.doi or ""


RULES = (
    f"{FOR_A_WEEK} * zero {SEED_DOI}",
    f"{DAY} * drop {SEED_DOI} 40%",
    f"{DAY} * reindex 50% down",
    f"{DAY} * reindex 50% up",
    f"{DAY} * late-batch 8",
    f"{DAY} openalex merge ONE into OTHER",
    f"{DAY} semantic_scholar merge ONE into OTHER",
    f"{DAY} crossref merge ONE into OTHER",
    f"{DAY} openalex split ONE from OTHER",
    f"{DAY} semantic_scholar split ONE from OTHER",
    f"{DAY} * retract {SEED_DOI}",
    f"{DAY} * title {SEED_DOI} Another title of the article",
    f"{DAY - timedelta(30)}..{DAY + timedelta(30)} * freeze",
)


def with_works(rule: str, literature: Literature) -> str:
    one, other = a_pair(literature)
    return rule.replace("ONE", one).replace("OTHER", other)


# --- the rules -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("tomorrow openalex outage", "not of the form"),
        ("2026-10-32 openalex outage", "day"),
        ("2026-10-05..2026-10-04 openalex outage", "ends before it begins"),
        ("2026-10-05..2026-10-09 openalex late-batch 3", "no last one"),
        ("2026-10-05 scopus outage", "no service 'scopus'"),
        ("2026-10-05 openalex earthquake", "known are outage, freeze"),
        ("2026-10-05 openalex outage today", "comes nothing more"),
        ("2026-10-05 openalex merge W1 W2", "WORK into WORK"),
        ("2026-10-05 openalex merge W1 into W1", "two works"),
        ("2026-10-05 opencitations merge W1 into W2", "only openalex, semantic_scholar, crossref"),
        ("2026-10-05 * merge W1 into W2", "not all at once"),
        ("2026-10-05 openalex drop W1 0%", "over 0 and at most 100"),
        ("2026-10-05 openalex retract W1", "there is no work W1"),
    ],
)
def test_a_wrong_rule_says_what_is_wrong(literature: Literature, rule: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as raised:
        read(literature, [rule])
    assert repr(rule) in str(raised.value)


def test_a_work_is_named_by_its_doi_or_openalex_id_in_any_case(literature: Literature) -> None:
    name = work_id(literature.article)
    for spelt in (SEED_DOI, name, name.lower()):
        rules = read(literature, [f"{DAY} openalex title {spelt} Other words"])
        assert look(literature, rules, "openalex", DAY).works[literature.article].title == "Other words"
        assert look(literature, rules, "openalex", EVE).works == literature.works
        assert look(literature, rules, "crossref", DAY).works == literature.works


def test_rules_hold_from_their_day_to_their_last() -> None:
    days = [DAY + timedelta(n) for n in (-1, 0, 6, 7)]
    for text, holds in (
        (f"{FOR_A_WEEK} * outage", [False, True, True, False]),
        (f"{DAY} * outage", [False, True, False, False]),
        (f"{DAY} * drop {SEED_DOI} 50%", [False, True, True, True]),
    ):
        assert [parse(text).holds(day) for day in days] == holds
    rules = [parse(f"{FOR_A_WEEK} openalex freeze")]
    assert [day_seen(rules, "openalex", day) for day in days] == [EVE, DAY, DAY, days[3]]
    assert day_seen(rules, "crossref", days[2]) == days[2]


# --- in every reply alike ------------------------------------------------------------------------------------------


@pytest.mark.loopback
@pytest.mark.parametrize("rule", RULES)
def test_counts_lists_and_references_agree_on_either_side_of_the_day(
    served: Sandbox, literature: Literature, rule: str
) -> None:
    for day in (EVE, DAY, DAY + timedelta(7)):
        sandbox = on(served, day, with_works(rule, literature))
        _openalex_agrees(sandbox)
        _semantic_scholar_agrees(sandbox)
        _crossref_agrees(sandbox)
        for service in truth.SERVICES:
            assert dict(sandbox.counts(service, day)) == _said(sandbox, service)


def _openalex_agrees(sandbox: Sandbox) -> None:
    found = {work["id"]: work for work in everything(sandbox, per_page=200)}
    cited = Counter(each for work in found.values() for each in work["referenced_works"])
    assert {name: work["cited_by_count"] for name, work in found.items()} == {name: cited[name] for name in found}
    ten_years = str(sandbox.on.year - 9)
    for name in (seed_work(sandbox)["id"], max(found, key=lambda name: cited[name])):
        citing = everything(sandbox, filter=f"cites:{name}", per_page=200)
        assert {one["id"] for one in citing} == {one["id"] for one in found.values() if name in one["referenced_works"]}
        recent = sum(one["publication_date"] >= ten_years for one in citing)
        assert sum(year["cited_by_count"] for year in found[name]["counts_by_year"]) == recent
    figures = ask(f"{sandbox.openalex_url}/sources/issn:{JOURNAL}").json
    listed = works(sandbox, filter=f"journal.issn:{JOURNAL}", per_page=200)
    assert figures["works_count"] == listed["meta"]["count"]
    assert figures["cited_by_count"] == sum(work["cited_by_count"] for work in listed["results"])


def _semantic_scholar_agrees(sandbox: Sandbox) -> None:
    graph = f"{sandbox.semantic_scholar_url}/graph/v1/paper"
    paper = papers(sandbox, [SEED_DOI])[0]
    citing = ask(f"{graph}/{paper['paperId']}/citations?limit=1000&fields=title").json["data"]
    assert len(citing) == paper["citationCount"]
    for one in citing[:5]:
        if name := one["citingPaper"]["paperId"]:
            cited = ask(f"{graph}/{name}/references?limit=1000&fields=title").json["data"]
            assert paper["paperId"] in [each["citedPaper"]["paperId"] for each in cited]


def _crossref_agrees(sandbox: Sandbox) -> None:
    items = ask(f"{sandbox.crossref_url}/works?rows=1000").json["message"]["items"]
    cited = Counter(reference["DOI"] for item in items for reference in item.get("reference", ()))
    assert {item["DOI"]: item["is-referenced-by-count"] for item in items} == {
        item["DOI"]: cited[item["DOI"]] for item in items
    }


def _said(sandbox: Sandbox, service: str) -> dict[str, int]:
    """Every count of a service, as its own replies give it, by the id that the service has for the work."""
    if service == "openalex":
        found = everything(sandbox, per_page=200, select="id,cited_by_count")
        return {work["id"].rsplit("/", 1)[1]: work["cited_by_count"] for work in found}
    if service == "crossref":
        items = ask(f"{sandbox.crossref_url}/works?rows=1000").json["message"]["items"]
        return {item["DOI"]: item["is-referenced-by-count"] for item in items}
    if service == "semantic_scholar":
        path = f"{sandbox.semantic_scholar_url}/graph/v1/paper/search/bulk?query=&fields=citationCount"
        return {paper["paperId"]: paper["citationCount"] for paper in ask(path).json["data"]}
    names = sandbox.counts(service, sandbox.on)
    spelt = {name: name if name.startswith("pmid:") else f"doi:{quote(name, safe='')}" for name in names}
    counted = f"{sandbox.opencitations_url}/index/v2/citation-count"
    return {name: int(ask(f"{counted}/{spelt[name]}").json[0]["count"]) for name in list(names)[:5]} | {
        name: names[name] for name in list(names)[5:]
    }


@pytest.mark.loopback
def test_a_day_shows_the_same_however_it_was_reached(literature: Literature) -> None:
    rules = [with_works(rule, literature) for rule in RULES]
    paths = ("/openalex/works?per-page=200", "/crossref/works?rows=200", "/openalex/sources/issn:1758-5880")
    with (
        Sandbox(works=60, on=DAY + timedelta(40), happenings=rules) as one,
        Sandbox(works=60, on=EVE, happenings=rules[:2]) as other,
    ):
        ask(other.url + paths[0])
        other.move_to(DAY)
        other.set_happenings(rules[::-1])
        ask(other.url + paths[0])
        other.move_to(DAY + timedelta(40))
        assert [ask(one.url + path).body for path in paths] == [ask(other.url + path).body for path in paths]


# --- each kind -----------------------------------------------------------------------------------------------------


@pytest.mark.loopback
def test_an_outage_is_a_503_at_every_address_of_the_service_and_at_no_other(served: Sandbox) -> None:
    for day, status in ((EVE, 200), (DAY, 503), (DAY + timedelta(7), 200)):
        on(served, day, f"{FOR_A_WEEK} openalex outage")
        assert ask(f"{served.openalex_url}/works").status == status
        assert (served.requests[-1].fault, served.requests[-1].status) == ("outage" if status == 503 else None, status)
        assert ask(f"{served.crossref_url}/works").status == 200
        assert ask(served.url).status == 200


@pytest.mark.loopback
def test_a_frozen_service_says_what_it_said_and_tells_all_at_once_afterwards(served: Sandbox) -> None:
    rule = f"{DAY}..{DAY + timedelta(55)} openalex freeze"
    path = f"{served.openalex_url}/works?per-page=200"
    said = [ask(path).body for weeks in (0, 1, 7, 8) if on(served, DAY + timedelta(weeks=weeks), rule)]
    assert said[0] == said[1] == said[2] != said[3]
    assert said[3] == ask(path).body if on(served, DAY + timedelta(weeks=8)) else None
    assert on(served, DAY, rule).moved("openalex", DAY, DAY + timedelta(55)) == []
    assert {one.why for one in served.moved("openalex", DAY, DAY + timedelta(56))} == {truth.PUBLISHED}


@pytest.mark.loopback
def test_a_zero_is_over_when_it_is_over(served: Sandbox) -> None:
    counts = [
        seed_work(on(served, DAY + timedelta(days), f"{FOR_A_WEEK} openalex zero {SEED_DOI}"))["cited_by_count"]
        for days in (-1, 0, 6, 7)
    ]
    assert counts[1:3] == [0, 0]
    assert 0 < counts[0] <= counts[3]


@pytest.mark.loopback
def test_a_merged_work_is_answered_as_each_service_answers(served: Sandbox, literature: Literature) -> None:
    gone, into = a_pair(literature)
    by_doi = {work.doi: work for work in literature.works}
    w_ids = [work_id(by_doi[name].number) for name in (gone, into)]
    merges = [f"{DAY} {service} merge {gone} into {into}" for service in ("openalex", "semantic_scholar", "crossref")]
    before = [papers(on(served, EVE, *merges), [name])[0] for name in (gone, into)]
    on(served, DAY, *merges)
    assert [ask(f"{served.openalex_url}/works/{name}").status for name in w_ids] == [404, 200]
    both = everything(served, filter="openalex:" + "|".join(w_ids))
    assert [work["id"].rsplit("/", 1)[1] for work in both] == w_ids[1:]
    there = works(served, filter=f"locations.landing_page_url:https://doi.org/{gone}")["results"]
    assert [work["id"].rsplit("/", 1)[1] for work in there] == w_ids[1:]
    after = papers(served, [gone, into, before[0]["paperId"], f"CorpusId:{before[0]['externalIds']['CorpusId']}"])
    assert {paper["paperId"] for paper in after} == {before[1]["paperId"]}
    assert after[0]["citationCount"] > max(paper["citationCount"] for paper in before)
    alone = ask(f"{served.crossref_url}/works/{quote(gone, safe='')}").json["message"]
    assert alone["DOI"] == into
    listed = ask(f"{served.crossref_url}/works", {"filter": f"doi:{gone},doi:{into}"}).json["message"]["items"]
    assert [item["DOI"] for item in listed] == [into]


@pytest.mark.loopback
def test_late_works_are_old_and_come_with_whom_they_cite(served: Sandbox) -> None:
    rule = f"{DAY} openalex late-batch 8"
    before, after = ({w["id"]: w for w in everything(on(served, day, rule), per_page=200)} for day in (EVE, DAY))
    late = [after[name] for name in after.keys() - before.keys()]
    assert len(late) == 8
    assert all(work["publication_date"] < "2025-10-06" for work in late)
    assert {work["created_date"][:10] for work in late} == {str(DAY)}
    gained = Counter(each for work in late for each in work["referenced_works"] if each in before)
    assert gained
    assert all(after[name]["cited_by_count"] >= before[name]["cited_by_count"] + n for name, n in gained.items())
    assert {one.why for one in served.moved("openalex", EVE, DAY)} == {rule}


@pytest.mark.loopback
@pytest.mark.parametrize(("way", "share"), [("down", 40), ("up", 40), ("down", 100)])
def test_a_new_index_moves_that_share_of_the_counts_one_way(served: Sandbox, way: str, share: int) -> None:
    on(served, DAY, f"{DAY} openalex reindex {share}% {way}")
    before, after = (served.counts("openalex", day) for day in (EVE, DAY))
    cited = [name for name in before if max(before[name], after[name])]
    changed = [after[name] - before[name] for name in cited if after[name] != before[name]]
    assert all((gain < 0) == (way == "down") for gain in changed)
    assert abs(len(changed) / len(cited) - share / 100) < 0.12


@pytest.mark.loopback
def test_a_drop_is_for_good_or_until_its_last_day(served: Sandbox) -> None:
    for rule, back in (
        (f"{DAY} openalex drop {SEED_DOI} 50%", False),
        (f"{FOR_A_WEEK} openalex drop {SEED_DOI} 50%", True),
    ):
        on(served, DAY, rule)
        name = work_id(served._desk.literature.article)
        before, low, later = (served.counts("openalex", DAY + timedelta(days))[name] for days in (-1, 0, 7))
        assert low == before // 2
        assert (later >= before) == back


@pytest.mark.loopback
def test_a_retraction_is_told_both_ways(served: Sandbox) -> None:
    rule = f"{DAY} * retract {SEED_DOI}"
    address = f"{served.crossref_url}/works/{SEED_DOI}"
    assert not seed_work(on(served, EVE, rule))["is_retracted"]
    notices = [one["DOI"] for one in ask(address).json["message"].get("updated-by", ())]
    on(served, DAY, rule)
    assert seed_work(served)["is_retracted"]
    [told] = [one for one in ask(address).json["message"]["updated-by"] if one["DOI"] not in notices]
    assert told["type"] == "retraction"
    notice = ask(f"{served.crossref_url}/works/{told['DOI']}").json["message"]
    assert [each["DOI"] for each in notice["update-to"]] == [SEED_DOI]
    assert notice["published"]["date-parts"] == [[2026, 10, 5]]


# --- the answer key ------------------------------------------------------------------------------------------------


def test_what_moved_is_what_makes_the_difference(literature: Literature) -> None:
    """For every service, every kind of happening and every work known on both days."""
    rules = read(literature, [with_works(rule, literature) for rule in RULES[:-1]])
    days = [EVE - timedelta(20), EVE, DAY, DAY + timedelta(6), DAY + timedelta(7), DAY + timedelta(30)]
    for service in truth.SERVICES:
        for since, until in pairwise(days):
            before, after = (truth.counts(literature, rules, service, day) for day in (since, until))
            moves = truth.moved(literature, rules, service, since, until)
            sums = Counter[str]()
            for one in moves:
                sums[one.cited] += 1 if one.came else -1
            differences = {name: after[name] - before[name] for name in before.keys() & after.keys()}
            assert differences == {name: sums[name] for name in differences}
            quiet = DAY not in (since, until) and until != DAY + timedelta(7)
            assert not quiet or {one.why for one in moves if one.came} <= {truth.PUBLISHED}
            assert [one for one in moves if one.why == truth.PUBLISHED and one.published <= since - timedelta(60)] == []


@pytest.mark.loopback
def test_rules_and_truth_over_http() -> None:
    with Sandbox(works=60, on=EVE) as sandbox:
        rule = f"{DAY} openalex late-batch 4"
        assert ask(f"{sandbox.url}/_happenings", payload={"rules": [rule]}).json == {"rules": [rule]}
        told: list[dict[str, Any]] = ask(f"{sandbox.url}/_truth?service=openalex&since={EVE}&until={DAY}").json
        assert [one["why"] for one in told] == [one.why for one in sandbox.moved("openalex", EVE, DAY)] != []
        for wrong in (["nonsense"], [f"{DAY} openalex retract 10.5555/nobody"]):
            answer = ask(f"{sandbox.url}/_happenings", payload={"rules": wrong})
            assert (answer.status, "happening" in answer.json["error"]) == (400, True)
        assert sandbox.moved("openalex", EVE, DAY)  # a wrong rule changed nothing
        assert ask(f"{sandbox.url}/_truth?service=datacite&since={EVE}&until={DAY}").status == 400
        assert ask(f"{sandbox.url}/_truth?service=openalex&since={EVE}").status == 400


def test_a_wrong_happening_is_a_usage_error() -> None:
    words = ["sandbox", "--port", "0", "--happening", "2026-10-05 openalex merge W1"]
    with pytest.raises(UsageError, match="after `merge` comes WORK into WORK"):
        CliRunner().invoke(app, words, catch_exceptions=False)
