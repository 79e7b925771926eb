"""The neighbourhood as a graph, its layout, its page as text, and the command that writes it."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import os
import re
import subprocess
from collections.abc import Callable
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from harvester.cli import app
from harvester.records import Record, Venue
from harvester.related.layout import WIDE, layout
from harvester.related.neighbourhood import Edge, Neighbourhood, neighbourhood, pulls, strongest
from harvester.store import Store
from tests.build import DAY, Hand, record
from tests.docs import PROGRAM

LATER = "2026-06-01"
HOSTILE = "</script><img src=x onerror=alert(1)><!--\u2028\u202e]]>&lt;b&gt;"


def article(number: int, *, cites: tuple[int, ...] = (), **fields: Any) -> Record:
    fields = {
        "title": f"Estrangement of states from club {number}",
        "year": 2000 + number,
        "doi": f"10.5555/{number}",
    } | fields
    return record(f"W{number}", references=tuple(f"W{one}" for one in cites), **fields)


@pytest.fixture
def library(store: Store) -> Store:
    """Seed 1 cites 2; 3 and 4 share references 100 and 101; 5 and 6 are cited together by 7 and 8; 2 and 9 share an author."""
    Hand(store).live(
        DAY,
        article(
            1, cites=(2,), cited_by_count=7, authors=["Mira Kai", "B. Roe"], venue=Venue("Invented Harbours", id="S1")
        ),
        article(2, authors=["Ada Poe"], cited_by_count=900),
        article(3, cites=(100, 101), year=None),
        article(4, cites=(100, 101, 102)),
        article(5, doi=None),
        article(6, title=HOSTILE),
        article(7, cites=(5, 6)),
        article(8, cites=(5, 6)),
        article(9, authors=["Ada Poe"]),
    )
    return store


def named(store: Store, graph: Neighbourhood) -> set[tuple[str, str, str]]:
    """The edges by the names of their works."""
    names = dict(store.db.execute("SELECT work, source_id FROM record WHERE work IS NOT NULL").fetchall())
    return {(edge.kind, names[edge.a], names[edge.b]) for edge in graph.edges}


def seed_of(store: Store) -> int:
    return int(store.db.execute("SELECT work FROM record WHERE source_id = 'W1'").fetchone()[0])


# --- the graph -----------------------------------------------------------------------------------------------------


def test_each_kind_of_edge_is_found_and_no_other(library: Store) -> None:
    graph = neighbourhood(library, [seed_of(library)], nodes=50)
    assert named(library, graph) == {
        ("cites", "W1", "W2"),
        ("cites", "W7", "W5"),
        ("cites", "W7", "W6"),
        ("cites", "W8", "W5"),
        ("cites", "W8", "W6"),
        ("references", "W3", "W4"),
        ("references", "W7", "W8"),
        ("cocited", "W5", "W6"),
        ("authors", "W2", "W9"),
    }
    assert graph.there == {"cites": 5, "references": 2, "cocited": 1, "authors": 1}
    [coupled] = [edge for edge in graph.edges if edge.kind == "references" and edge.strength < 1]
    assert (coupled.common, coupled.strength) == (2, pytest.approx(2 / math.sqrt(2 * 3)))


def test_nodes_are_the_works_asked_about_and_then_the_related(library: Store) -> None:
    seed = seed_of(library)
    graph = neighbourhood(library, [seed], nodes=4)
    assert [node.place for node in graph.nodes] == [0, 1, 2, 3]
    assert (graph.nodes[0].work, graph.nodes[0].reasons) == (seed, ())
    assert all(node.reasons for node in graph.nodes[1:])
    assert graph.nodes[0].row["authors"] == ["Mira Kai", "B. Roe"]
    assert [dict(row) for row in graph.nodes[0].counts] == [
        {"work": seed, "source": "openalex", "count": 7, "last_seen": DAY}
    ]
    other = graph.nodes[2].work
    both = neighbourhood(library, [seed, other], nodes=9)
    assert [node.work for node in both.nodes if not node.place] == [seed, other]
    assert len({node.work for node in both.nodes}) == len(both.nodes) == 9


def test_the_graph_is_as_it_was_known_on_a_day(library: Store) -> None:
    seed = seed_of(library)
    before = neighbourhood(library, [seed], nodes=50)
    Hand(library).live(LATER, article(10, cites=(1, 2, 3)), article(1, cites=(2, 3), cited_by_count=8))
    assert len(neighbourhood(library, [seed], nodes=50).edges) > len(before.edges)
    with Store(library.path, read_only=True, as_of=DAY) as then:
        assert neighbourhood(then, [seed], nodes=50) == before


def test_in_a_dense_field_each_work_keeps_its_strongest_edges(store: Store) -> None:
    every = tuple(range(100, 110))
    Hand(store).live(DAY, *[article(n, cites=(*every, *range(1, n))) for n in range(1, 25)])
    graph = neighbourhood(store, [seed_of(store)], nodes=50)
    drawn = {kind: sum(edge.kind == kind and edge.drawn for edge in graph.edges) for kind in graph.there}
    assert graph.there["references"] == 24 * 23 / 2
    assert drawn["references"] <= 2 * 24
    assert graph.there["cites"] == 24 * 23 / 2 == sum(edge.kind == "cites" for edge in graph.edges)
    assert drawn["cites"] <= 2 * 24 + 23
    assert all(edge.drawn for edge in graph.edges if seed_of(store) in (edge.a, edge.b))


def test_the_strongest_edges_do_not_depend_on_the_order_of_equals() -> None:
    edges = [Edge("cocited", a, b, 2, 0.5) for a, b in combinations(range(8), 2)]
    assert set(strongest(edges)) == set(strongest(edges[::-1]))


# --- the layout ----------------------------------------------------------------------------------------------------


def test_a_layout_is_the_same_every_time_fills_the_sheet_and_keeps_nodes_apart() -> None:
    links = [(n, (n * 7 + 1) % 120, 0.5) for n in range(100)]  # 100 to 119 are bound to nothing
    sizes = [n % 5 / 4 for n in range(120)]
    places = layout(sizes, links)
    assert places == layout(sizes, links)
    across, down = zip(*places, strict=True)
    assert (min(across), max(across), min(down), max(down)) == (0, WIDE, 0, 1)
    share = math.sqrt(WIDE / len(places))
    assert min(math.dist(a, b) for a, b in combinations(places, 2)) > 0.35 * share


def test_what_is_bound_stands_nearer_than_what_is_not() -> None:
    groups = [n % 4 for n in range(60)]
    links = [(a, b, 1.0) for a, b in combinations(range(60), 2) if groups[a] == groups[b] and (a * b) % 3 == 0]
    places = layout([0.0] * 60, links)
    within = [math.dist(places[a], places[b]) for a, b in combinations(range(60), 2) if groups[a] == groups[b]]
    between = [math.dist(places[a], places[b]) for a, b in combinations(range(60), 2) if groups[a] != groups[b]]
    assert sum(within) / len(within) < 0.7 * sum(between) / len(between)


def test_a_work_that_nothing_binds_is_drawn_to_the_one_asked_about(library: Store) -> None:
    graph = neighbourhood(library, [seed_of(library)], nodes=50)
    assert {end for a, b, _ in pulls(graph) for end in (a, b)} == set(range(len(graph.nodes)))


@pytest.mark.parametrize("nodes", [2, 3])
def test_works_that_stand_alone_have_places(nodes: int) -> None:
    assert len(set(layout([0.0] * nodes, []))) == nodes


# --- the page as text ----------------------------------------------------------------------------------------------


def page(store: Store, *options: str) -> str:
    done = CliRunner().invoke(app, ["--db", str(store.path), "--quiet", "map", "10.5555/1", "--out", "-", *options])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_policy_allows_the_page_its_own_style_and_script_and_nothing_else(library: Store) -> None:
    text = page(library)
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert {name: rules[name] for name in ("default-src", "base-uri", "form-action")} == dict.fromkeys(
        ("default-src", "base-uri", "form-action"), "'none'"
    )
    for element, rule in (("style", "style-src"), ("script", "script-src")):
        [own] = re.findall(rf"<{element}>(.*?)</{element}>", text, re.DOTALL)
        assert rules[rule] == f"'sha256-{base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()}'"
    addresses = set(re.findall(r"https?://[^\s\"'<>/]+", text))
    assert addresses == {"https://doi.org", "http://www.w3.org"}, "a name of SVG, which nobody opens"


def test_nothing_from_the_database_is_markup(library: Store) -> None:
    text = page(library)
    assert text.count("<script") == text.count("</script>") == 2
    assert "<img" not in text
    assert "\u202e" not in text
    data = json.loads(re.findall(r'id="data">(.*?)</script>', text, re.DOTALL)[0])
    [title] = [node["title"] for node in data["nodes"] if "onerror" in node["title"]]
    assert title.startswith("</script><img src=x onerror=alert(1)>")


def test_the_page_says_what_it_knows_and_what_not(library: Store) -> None:
    data = json.loads(re.findall(r'id="data">(.*?)</script>', page(library), re.DOTALL)[0])
    nodes = {node["doi"]: node for node in data["nodes"]}
    assert nodes["10.5555/1"]["counts"] == [["openalex", 7, DAY]]
    assert (nodes["10.5555/1"]["label"], nodes["10.5555/1"]["seed"]) == ("Kai+ 2001", True)
    assert nodes["10.5555/3"]["year"] is None
    assert nodes["10.5555/3"]["shade"] == "yx"
    assert (nodes["10.5555/3"]["count"], nodes["10.5555/3"]["size"]) == (None, 0)
    assert nodes["10.5555/2"]["size"] == 1
    assert nodes[None]["href"] is None
    assert data["years"] == {"low": 2001, "high": 2009, "earlier": False, "unknown": 1}


def test_colours_of_years_are_evenly_apart_to_the_eye() -> None:
    """Equal steps of lightness in OKLab (Ottosson 2020), in both schemes, and the newest farthest from the paper."""
    style = (Path(__file__).resolve().parents[1] / "harvester/report/map/style.css").read_text("utf-8")
    light, dark = (
        [_lightness(found) for found in re.findall(r"--y\d: (#\w+)", part)] for part in style.split("@media screen", 1)
    )
    for shades in (light, dark):
        assert len(shades) == 9
        steps = [after - before for before, after in pairwise(shades)]
        assert max(steps) - min(steps) < 0.01
    assert light[0] > 0.9
    assert light[-1] < 0.4
    assert dark == light[::-1]


def _lightness(colour: str) -> float:
    red, green, blue = (((int(colour[n : n + 2], 16) / 255 + 0.055) / 1.055) ** 2.4 for n in (1, 3, 5))
    long = 0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue
    medium = 0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue
    short = 0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue
    return 0.2104542553 * long ** (1 / 3) + 0.7936177850 * medium ** (1 / 3) - 0.0040720468 * short ** (1 / 3)


# --- the command ---------------------------------------------------------------------------------------------------

Call = Callable[..., Any]


@pytest.fixture
def call(library: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """The command, in an empty folder."""
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return lambda *words: CliRunner().invoke(app, ["--db", str(library.path), "map", *words])


def test_the_page_goes_into_a_file_named_by_the_work(call: Call, library: Store) -> None:
    done = call("10.5555/1")
    name = f"map-{seed_of(library)}.html"
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == f"{name}: 9 works, 9 edges\n"
    assert [path.name for path in Path().iterdir()] == [name]
    assert Path(name).read_text("utf-8").startswith("<!DOCTYPE html>")
    assert call("10.5555/1", "10.5555/2", "10.5555/1").stderr.startswith(
        f"map-{seed_of(library)}-and-1-more.html: 9 works"
    )


def test_a_file_that_is_there_is_replaced_only_by_force(call: Call) -> None:
    Path("own.html").write_text("mine")
    done = call("10.5555/1", "--out", "own.html")
    assert done.exception is not None
    assert str(done.exception) == "own.html is there already; replace it with --force, or name another file with --out"
    assert Path("own.html").read_text() == "mine"
    assert call("10.5555/1", "--out", "own.html", "--force").exit_code == 0
    assert Path("own.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert [path.name for path in Path().iterdir()] == ["own.html"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["10.5555/1", "--out", "no/a.html"], "no/a.html: there is no folder no; make it first, or name another with --out"),
        (["10.5555/1", "--out", "."], ". is a folder; name a file with --out"),
        (["1", "2", "--nodes", "1"], "2 works are asked about; let there be room for them with --nodes 2 or more"),
        (["10.5555/none"], "no work named doi 10.5555/none is held; add it with: harvester watch add doi:10.5555/none"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_and_nothing_is_left(call: Call, words: list[str], said: str) -> None:
    done = call(*words)
    assert str(done.exception) == said
    assert list(Path().iterdir()) == []


def test_a_page_is_not_put_on_a_terminal(library: Store) -> None:
    reader, terminal = os.openpty()
    try:
        done = subprocess.run(
            [PROGRAM, "--db", library.path, "map", "1", "--out", "-"],
            stdout=terminal,
            stderr=subprocess.PIPE,
            text=True,
        )
    finally:
        os.close(terminal)
        os.close(reader)
    assert done.returncode == 2
    assert "is not for a terminal; put it into a file or a pipe" in done.stderr


def test_a_write_that_fails_leaves_nothing(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("harvester.report.page.write_page", full)
    assert "cannot be written (No space left on device)" in str(call("10.5555/1").exception)
    assert list(Path().iterdir()) == []
