"""The map in a real Chromium: what is drawn is what there is; it is readable, works with mouse, finger and keys, asks nobody."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, expect, sync_playwright
from typer.testing import CliRunner

from harvester.cli import app
from harvester.records import Record, Venue
from tests.browser import chromium
from tests.build import DAY, Hand, a_store, record
from tests.test_map import HOSTILE

pytestmark = pytest.mark.slow

NODES = 200
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
ODD_DOI = '10.5555/(sici)1097<693::aid>3.0.co;2-o"onmouseover=alert(1)'
TITLES = {7: HOSTILE, 9: "\u0645\u0631\u062d\u0628\u0627 \u202e abc", 11: "W" * 400}
KINDS = ("cites", "references", "cocited", "authors")

Box = dict[str, float]
Open = Callable[..., Page]


# --- what is looked at ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests, which can look up no name: whatever it asked for would not be there."""
    path = chromium()
    if path is None:
        pytest.skip("no Chromium on this machine, and none could be installed (python -m tests.browser)")
    with sync_playwright() as playwright:
        closed = ["--host-resolver-rules=MAP * ~NOTFOUND"]
        browser = playwright.chromium.launch(executable_path=path, args=closed)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a work in a dense invented literature, with 200 works, some of them hostile or hardly known."""
    folder = tmp_path_factory.mktemp("map")
    with a_store(folder) as store:
        Hand(store).live(DAY, *literature())
        (folder / "harvest.db").touch()
    words = [
        "--db",
        str(folder / "harvest.db"),
        "map",
        "10.5555/1",
        "--nodes",
        str(NODES),
        "--out",
        str(folder / "map.html"),
    ]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    return folder / "map.html"


def literature() -> Iterator[Record]:
    """230 works of four schools; each cites some eight earlier ones, mostly of its school, and three works that are not held."""
    chance = random.Random(5)
    names = [
        "Mira Kai",
        "Ada Poe",
        "Inken van der Valkenburg-Oldenhoven",
        "李 明",
        "Bo Roe",
        "Łukasz Øre",
        "Zoë d'Arc",
        "N. Ng",
    ]
    for n in range(1, 231):
        school = n % 4
        near = [other for other in range(1, n) if other % 4 == school]
        cited = {*chance.sample(near, min(6, len(near))), *chance.sample(range(1, n), min(2, n - 1))} | (
            {1} if n % 5 == 0 else set()
        )
        others = [f"C{school}{chance.randrange(5)}" for _ in range(3)]
        yield record(
            f"W{n}",
            title=TITLES.get(n, f"Estrangement of states from the club of harbours, part {n}"),
            references=(*(f"W{one}" for one in sorted(cited)), *dict.fromkeys(others)),
            year=None if n % 40 == 3 else 1990 + n // 7,
            cited_by_count=None if n % 20 == 6 else round(2000 / n) + n % 9,
            venue=Venue("<b>Invented</b> Harbours & Sons", id="S1") if n % 3 else None,
            authors=[] if n % 30 == 12 else chance.sample(names, 1 + n % 3),
            **({} if n % 25 == 8 else {"doi": ODD_DOI if n == 10 else f"10.5555/{n}"}),
        )  # fmt: skip


@pytest.fixture
def opened(browser: Browser, written: Path) -> Iterator[Open]:
    """Opens the page in a context of its own; afterwards: no request, no complaint, no breach of the policy, no error."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_(path: Path = written, **options: Any) -> Page:
        context = browser.new_context(**({"viewport": DESKTOP} | options))
        contexts.append(context)
        context.add_init_script(
            "addEventListener('securitypolicyviolation', (e) => console.error('policy', e.blockedURI))"
        )
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", lambda dialog: (faults.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: faults.extend(_asked(request, path)))
        page.goto(path.as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()
    assert faults == []


def _asked(request: Request, path: Path) -> list[str]:
    return [] if request.url.split("#")[0] == path.as_uri() else [f"asked for {request.url}"]


def data_of(page: Page) -> dict[str, Any]:
    return dict(json.loads(page.locator("#data").text_content() or ""))


def node(page: Page, start: str) -> Locator:
    """The node of the work whose title begins so."""
    return page.locator(f'.node[aria-label^="{start}"]')


def part(n: int) -> str:
    return f"Estrangement of states from the club of harbours, part {n};"


def visible(page: Page, selector: str) -> int:
    """How many of these are to be seen."""
    count = "(all) => all.filter((e) => getComputedStyle(e).visibility === 'visible').length"
    return int(page.locator(selector).evaluate_all(count))


def names(page: Page) -> list[Box]:
    """The boxes of all names that are shown."""
    return list(
        page.evaluate(
            "[...document.querySelectorAll('.label')].filter((e) => e.getAttribute('visibility') === 'visible')"
            ".map((e) => ({ ...e.getBoundingClientRect().toJSON(), text: e.textContent, seed: e.classList.contains('seed') }))"
        )
    )


def overlaps(a: Box, b: Box) -> bool:
    """Whether letters of one may lie on the other: half a pixel is rounding."""
    across = min(a["right"], b["right"]) - max(a["left"], b["left"])
    return (
        across > 0.5 and min(a["bottom"], b["bottom"]) - max(a["top"], b["top"]) > 4
    )  # a line's box is higher than its letters


# --- drawn ---------------------------------------------------------------------------------------------------------


def test_what_is_drawn_is_what_there_is(opened: Open) -> None:
    page = opened()
    data = data_of(page)
    assert len(data["nodes"]) == NODES
    expect(page.locator(".node")).to_have_count(NODES)
    expect(page.locator("tbody tr")).to_have_count(NODES)
    for kind in KINDS:
        edges = [edge for edge in data["edges"] if edge[0] == kind]
        assert edges
        expect(page.locator(f"#edges .{kind}")).to_have_count(len(edges))
        assert visible(page, f"#edges .{kind}") == sum(edge[4] for edge in edges)
    told = "(all) => all.map((e) => [e.getAttribute('aria-label'), e.getAttribute('href'), e.lastChild.classList[1]])"
    for (kind, a, b, common, _), said in zip(
        data["edges"], page.locator("#edges title").all_text_contents(), strict=True
    ):
        assert str(common) in said or kind == "cites"
        assert data["nodes"][a]["label"] in said
        assert data["nodes"][b]["label"] in said
    for row, (name, href, shade) in zip(data["nodes"], page.locator(".node").evaluate_all(told), strict=True):
        assert name.startswith(f"{row['title']};")
        assert (href, shade) == (row["href"], row["shade"])


def test_colour_tells_the_year_size_the_citations_and_dash_and_colour_the_kind(opened: Open) -> None:
    page = opened()
    rows = data_of(page)["nodes"]
    drawn = page.locator(".dot").evaluate_all(
        "(all) => all.map((e) => [Number(e.getAttribute('r')), getComputedStyle(e).fill, getComputedStyle(e).strokeDasharray])"
    )[: len(rows)]
    by_count = sorted(zip(rows, drawn, strict=True), key=lambda both: both[0]["count"] or 0)
    assert all(less[1][0] <= more[1][0] for less, more in pairwise(by_count))
    assert by_count[-1][1][0] > 2 * by_count[0][1][0]
    fills = {row["shade"]: fill for row, (_, fill, _) in by_count}
    assert len(set(fills.values())) == len(fills) == 10
    assert {row["count"] is None for row, (_, _, dash) in by_count if dash != "none"} == {True}
    assert {row["count"] is None for row, (_, _, dash) in by_count if dash == "none"} == {False}
    styles = page.locator("#kinds line").evaluate_all(
        "(all) => all.map((e) => [getComputedStyle(e).stroke, getComputedStyle(e).strokeDasharray])"
    )
    assert len({colour for colour, _ in styles}) == len({dash for _, dash in styles}) == 4


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_two_hundred_works_are_readable(opened: Open, viewport: dict[str, int]) -> None:
    page = opened(viewport=viewport)
    frame = page.locator("#graph").evaluate("(e) => e.getBoundingClientRect().toJSON()")
    assert frame["bottom"] <= viewport["height"], "the whole map is seen without scrolling"
    dots = page.locator(".node .dot").evaluate_all("(all) => all.map((e) => e.getBoundingClientRect().toJSON())")
    shown = names(page)
    for box in (*dots, *shown):
        assert box["left"] >= frame["left"] - 0.5
        assert box["right"] <= frame["right"] + 0.5
        assert box["top"] >= frame["top"] - 0.5
        assert box["bottom"] <= frame["bottom"] + 0.5
    assert len(shown) >= (40 if viewport == DESKTOP else 15)
    assert [name["text"] for name in shown if name["seed"]] == [data_of(page)["nodes"][0]["label"]]
    assert [(a["text"], b["text"]) for a, b in combinations(shown, 2) if overlaps(a, b)] == []
    middles = [((dot["left"] + dot["right"]) / 2, (dot["top"] + dot["bottom"]) / 2, dot["width"] / 2) for dot in dots]
    covering = sum(
        (ax - bx) ** 2 + (ay - by) ** 2 < max(ar, br) ** 2 for (ax, ay, ar), (bx, by, br) in combinations(middles, 2)
    )
    assert covering == 0, "no node hides another's middle"
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], "nothing sticks out of the page"


def test_nearer_more_works_have_names_and_they_still_do_not_overlap(opened: Open) -> None:
    page = opened()
    before = len(names(page))
    for _ in range(4):
        page.locator("[data-zoom=in]").click()
    shown = names(page)
    assert len(shown) > max(before, NODES * 0.8)
    assert [(a["text"], b["text"]) for a, b in combinations(shown, 2) if overlaps(a, b)] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_dark(opened: Open, scheme: str) -> None:
    page = opened(color_scheme=scheme)
    ink, paper = page.evaluate(
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    )
    bright, dim = sorted((_luminance(ink), _luminance(paper)), reverse=True)
    assert (bright + 0.05) / (dim + 0.05) > 7, "WCAG's AAA"
    assert (_luminance(ink) > _luminance(paper)) is (scheme == "dark")


def _luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# --- used ----------------------------------------------------------------------------------------------------------


def follow(page: Page, act: Callable[[], None]) -> Page:
    """The page that an act opens, doi.org being played by nobody."""
    page.context.route("https://doi.org/**", lambda route: route.fulfill(body="an article"))
    with page.context.expect_page() as opening:
        act()
    other = opening.value
    other.wait_for_url("https://doi.org/**")
    return other


def test_a_click_opens_the_doi_in_a_page_that_knows_nothing_of_this_one(opened: Open) -> None:
    page = opened()
    other = follow(page, node(page, part(1)).click)
    assert other.url == "https://doi.org/10.5555/1"
    assert other.evaluate("[window.opener, document.referrer]") == [None, ""]
    assert page.url.startswith("file:")


def test_a_doi_of_odd_signs_stays_a_path_at_doi_org(opened: Open) -> None:
    page = opened()
    other = follow(page, node(page, part(10)).click)
    assert other.url.startswith("https://doi.org/10.5555/%28sici%291097%3C693%3A%3Aaid%3E3.0.co%3B2-o%22onmouseover")
    schemes = page.locator("a[href]").evaluate_all(
        "(all) => [...new Set(all.map((e) => e.href.baseVal ?? e.href).map((h) => h.split('/', 3).join('/')))]"
    )
    assert [one for one in schemes if not one.startswith("file:")] == ["https://doi.org"]


def test_a_work_without_a_doi_says_so_and_opens_nothing(opened: Open) -> None:
    page = opened()
    plain = node(page, part(8))
    assert plain.get_attribute("href") is None
    plain.click()
    expect(page.locator("#card")).to_contain_text("No DOI is held")
    assert len(page.context.pages) == 1


def test_pointing_shows_what_is_known_and_its_neighbours(opened: Open) -> None:
    page = opened()
    row = next(row for row in data_of(page)["nodes"] if row["title"].endswith("part 40"))
    node(page, part(40)).hover()
    card = page.locator("#card")
    for text in (
        row["title"],
        row["authors"],
        "1995",
        "<b>Invented</b> Harbours & Sons",
        f"openalex {row['count']} (seen {DAY})",
        *row["reasons"],
    ):
        expect(card).to_contain_text(text)
    place = data_of(page)["nodes"].index(row)
    around = {place} | {a + b - place for _, a, b, *_ in data_of(page)["edges"] if place in (a, b)}
    near = page.locator(".node").evaluate_all(
        "(all) => all.flatMap((e, n) => (e.classList.contains('near') ? [n] : []))"
    )
    assert set(near) == around
    edges = [edge for edge in data_of(page)["edges"] if place in edge[1:3]]
    assert visible(page, "#edges .near") == len(edges) > sum(edge[4] for edge in edges)
    page.mouse.move(5, 5)
    expect(card).to_be_hidden()


def test_the_card_lies_beside_what_it_tells_of(opened: Open) -> None:
    page = opened()
    for shape in page.locator(".node").all()[::23]:
        shape.hover()
        card, box = page.locator("#card").bounding_box(), shape.locator(".dot").bounding_box()
        assert card
        assert box
        assert not (
            card["x"] < box["x"] < card["x"] + card["width"] and card["y"] < box["y"] < card["y"] + card["height"]
        )


def test_the_legend_turns_each_kind_off_and_on(opened: Open) -> None:
    page = opened()
    for kind in KINDS:
        before = visible(page, f"#edges .{kind}")
        page.locator(f"input[name={kind}]").uncheck()
        assert visible(page, f"#edges .{kind}") == 0 < before
        page.locator(f"input[name={kind}]").check()
        assert visible(page, f"#edges .{kind}") == before
    page.locator("input[name=cites]").uncheck()
    node(page, part(40)).hover()
    expect(page.locator("#card")).to_contain_text("Edges shown: share references ")


def test_searching_marks_what_is_found_wherever_it_stands(opened: Open) -> None:
    page = opened()
    rows = data_of(page)["nodes"]
    for words, found in {
        "part 40 1995": [row for row in rows if "part 40" in row["title"]],
        "ZOE": [row for row in rows if "Zoë" in row["authors"]],
        "1995 sons": [row for row in rows if row["year"] == 1995 and row["venue"]],
        "10.5555/41": [row for row in rows if row["doi"] == "10.5555/41"],
        "no such word": [],
    }.items():
        page.locator("#find").fill(words)
        expect(page.locator("#found")).to_have_text(f"{len(found)} of {NODES}")
        expect(page.locator(".node.match")).to_have_count(len(found))
    page.locator("#find").fill("part 41")
    page.keyboard.press("Enter")
    expect(page.locator("#card h3")).to_have_text(part(41)[:-1])
    page.keyboard.press("Escape")
    expect(page.locator(".match")).to_have_count(0)
    expect(page.locator("#card")).to_be_hidden()


def test_keys_are_enough(opened: Open) -> None:
    page = opened()
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    for _ in range(6):  # the search, three buttons, the map as a whole
        page.keyboard.press("Tab")
    expect(page.locator(".node").first).to_be_focused()
    expect(page.locator("#card h3")).to_have_text(part(1)[:-1])
    assert follow(page, lambda: page.keyboard.press("Enter")).url == "https://doi.org/10.5555/1"
    page.bring_to_front()
    page.locator("#graph").focus()
    places = [_middle(page)]
    for key in ("+", "ArrowLeft", "ArrowUp", "-", "0"):
        page.keyboard.press(key)
        places.append(_middle(page))
    assert all(before != after for before, after in pairwise(places[:-1]))
    assert places[-1] == places[0], "0 shows all as at first"
    page.locator("#graph").focus()
    for _ in range(8):
        page.keyboard.press("+")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    focused, frame = page.locator(".node:focus").bounding_box(), page.locator("#graph").bounding_box()
    assert focused
    assert frame
    assert frame["x"] < focused["x"] < frame["x"] + frame["width"]
    assert frame["y"] < focused["y"] < frame["y"] + frame["height"]


def _middle(page: Page, n: int = 0) -> tuple[float, float]:
    box = page.locator(".node .dot").nth(n).bounding_box()
    assert box
    return round(box["x"] + box["width"] / 2, 1), round(box["y"] + box["height"] / 2, 1)


def test_wheel_and_drag_move_the_map_and_a_node_and_open_nothing(opened: Open) -> None:
    page = opened()
    at = _middle(page, 3)
    page.mouse.move(*at)
    page.mouse.wheel(0, -400)
    assert _middle(page, 3) == pytest.approx(at, abs=1.1), "what is under the pointer stays there"
    assert abs(_middle(page, 4)[0] - at[0]) > 1
    others = _middle(page, 4)
    page.mouse.down()
    page.mouse.move(at[0] + 40, at[1] - 30, steps=4)
    page.mouse.up()
    assert _middle(page, 3) == pytest.approx((at[0] + 40, at[1] - 30), abs=1.1)
    assert _middle(page, 4) == others
    page.keyboard.press("Escape")
    ground = "(x) => { for (let y = 120; y < 760; y += 3) if (document.elementFromPoint(x, y).id === 'graph') return [x, y]; }"
    corner = page.evaluate(ground, 500)
    page.mouse.move(*corner)
    page.mouse.down()
    page.mouse.move(corner[0] + 50, corner[1] + 20, steps=4)
    page.mouse.up()
    assert _middle(page, 4) == pytest.approx((others[0] + 50, others[1] + 20), abs=1.1)
    assert len(page.context.pages) == 1


def test_a_finger_looks_before_it_opens(opened: Open) -> None:
    page = opened(viewport=PHONE, has_touch=True)
    node(page, part(1)).tap()
    expect(page.locator("#card h3")).to_have_text(part(1)[:-1])
    assert len(page.context.pages) == 1
    assert follow(page, node(page, part(1)).tap).url == "https://doi.org/10.5555/1"


def test_the_table_has_every_work_and_is_sorted_by_its_heads(opened: Open) -> None:
    page = opened()
    rows = data_of(page)["nodes"]
    for head, value in {"Citations": "count", "Year": "year"}.items():
        for order in (False, True):
            page.get_by_role("button", name=head, exact=True).click()
            cell = f"row.cells[{5 if head == 'Citations' else 3}].firstChild?.textContent"
            cells = page.locator("tbody tr").evaluate_all(f"(all) => all.map((row) => {cell} ?? '-1')")
            expected = sorted((-1 if row[value] is None else row[value] for row in rows), reverse=order)
            assert [int(text.replace(",", "")) for text in cells] == expected
            assert page.locator("th[aria-sort]").get_attribute("aria-sort") == ("descending" if order else "ascending")
    page.get_by_role("button", name="Title", exact=True).click()
    page.locator("tbody tr", has_text="part 40").first.hover()
    expect(page.locator(".node.active")).to_have_attribute("aria-label", re.compile(re.escape(part(40))))


# --- hostile, bare, printed ----------------------------------------------------------------------------------------


def test_what_a_source_says_is_only_text(opened: Open) -> None:
    page = opened()
    shape = page.locator('.node[aria-label*="onerror"]')
    shape.hover()
    expect(page.locator("#card h3")).to_contain_text("</script><img src=x onerror=alert(1)><!--")
    expect(page.locator("tbody", has_text="<img src=x onerror=alert(1)>")).to_have_count(1)
    assert page.locator("img, iframe, object, embed, b").count() == 0
    assert page.locator("script").count() == 2
    assert page.locator("[onmouseover], [onerror]").count() == 0
    assert "\u202e" not in page.content()


def test_the_policy_stops_what_markup_would_bring(browser: Browser, written: Path, tmp_path: Path) -> None:
    """Were a text ever to become markup, nothing of it would run or be fetched."""
    evil = tmp_path / "evil.html"
    taken = "document.title = 'taken'"
    bad = f"<script>{taken}</script><img src='https://x.example/a.png' onerror=\"{taken}\"><body>"
    evil.write_text(written.read_text("utf-8").replace("<body>", bad, 1), "utf-8")
    with browser.new_context() as context:
        stopped = "(window.stopped ??= []).push(e.effectiveDirective)"
        context.add_init_script(f"addEventListener('securitypolicyviolation', (e) => {stopped})")
        page = context.new_page()
        failures: list[str | None] = []
        page.on("requestfailed", lambda request: failures.append(request.failure))
        page.goto(evil.as_uri())
        page.wait_for_function("(window.stopped ?? []).length > 2")
        assert sorted(page.evaluate("window.stopped")) == ["img-src", "script-src-attr", "script-src-elem"]
        assert page.title().startswith("Around:")
        assert failures == ["csp"], "it never left the browser"


def test_without_script_the_table_is_there(browser: Browser, written: Path) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(written.as_uri())
        assert page.locator("tbody tr").count() == NODES


def test_on_paper_there_are_map_legend_and_table_and_no_controls(opened: Open) -> None:
    page = opened(color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    for hidden in ("#search", "#zoom", ".skip"):
        expect(page.locator(hidden)).to_be_hidden()
    for there in ("#graph", "#kinds", "table"):
        expect(page.locator(there)).to_be_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.emulate_media(media="screen")


def test_a_work_alone_has_a_page_too(opened: Open, tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        Hand(store).live(DAY, record("W1", title="Alone"))
    done = CliRunner().invoke(
        app, ["--db", str(tmp_path / "harvest.db"), "map", "1", "--out", str(tmp_path / "alone.html")]
    )
    assert done.exit_code == 0, done.output
    assert "nothing held is related to it" in done.stderr
    page = opened(tmp_path / "alone.html")
    expect(page.locator(".node")).to_have_count(1)
    assert [name["text"] for name in names(page)] == ["“Alone”"]
