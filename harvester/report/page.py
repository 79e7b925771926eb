"""A map of works as one page that needs nothing else: no script, style or picture from anywhere. Not a form.

The page's parts lie in the folder `map`. Its policy allows its own style and script, by their hashes, and nothing else at
all: no request, no form, no frame. Data go in as JSON in which no markup can begin, and as escaped text in the table.
"""

from __future__ import annotations

import base64
import hashlib
import html
import math
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, TextIO
from urllib.parse import quote

from harvester.report.cells import encode, heading, line

Map = Mapping[str, Any]
"""What is drawn: nodes, edges, `there` (kind -> how many edges there are), `wide` (x is 0 to this, y 0 to 1) and `as_of`.

A node has doi, title, year, venue, authors, author_count, is_retracted, counts (source, count, last_seen; the highest first),
reasons, place (0: asked about), x, y. An edge has kind, a, b (nodes by their place in the list), common, and drawn: whether it is
shown always, or only with one of its two works.
"""

SHADES = 9  # of the years; style.css has their colours
OLDEST = 0.05  # the scale begins where this share of the works is older: one classic would leave all others one colour
_INITIALS = re.compile(r"[A-Z]{1,3}|(?:[A-Z]\.-?){1,3}")
_MARK = re.compile(r"%([a-z]+)%")
_COLUMNS = ("Rank", "Title", "Authors", "Year", "Venue", "Citations", "Why")
_NUMERIC = {"Rank", "Year", "Citations"}
_PARTICLES = {
    "van", "von", "de", "der", "den", "del", "della", "di", "da", "dos", "du", "la", "le", "ter", "ten", "zu", "zur",
}  # fmt: skip


def write_page(drawn: Map, out: TextIO) -> None:
    """Write the page."""
    part = {
        name: (files(__package__) / "map" / name).read_text("utf-8") for name in ("page.html", "style.css", "script.js")
    }
    style, script = part["style.css"], part["script.js"]
    asked = [line(node["title"] or "(without title)") for node in drawn["nodes"] if not node["place"]]
    title = asked[0] + (f" and {len(asked) - 1} more" if len(asked) > 1 else "")
    texts = {
        "policy": _policy(style, script),
        "style": style,
        "script": script,
        "title": html.escape(f"Around: {title}"),
        "heading": html.escape(title),
        "summary": html.escape(_summary(drawn, len(asked))),
        "head": "".join(map(_head, _COLUMNS)),
        "rows": "\n".join(map(_row, drawn["nodes"])),
        "data": inert(_data(drawn)),
    }
    out.write(_MARK.sub(lambda mark: texts[mark[1]], part["page.html"]))


def inert(value: object) -> str:
    r"""JSON in which nothing can end the script element it stands in, or begin another.

    >>> inert({"title": "</script><!--&\u2028"})
    '{"title": "\\u003c/script\\u003e\\u003c!--\\u0026\\u2028"}'
    """
    return re.sub("[<>&]", lambda found: f"\\u{ord(found[0]):04x}", encode(value))


def address(doi: str | None) -> str | None:
    """Where a DOI leads; whatever it holds is only a path there.

    >>> address("10.1002/(SICI)<693::AID>3.0.CO;2-O"), address('javascript:alert("x")'), address(None)
    ('https://doi.org/10.1002/%28SICI%29%3C693%3A%3AAID%3E3.0.CO%3B2-O', 'https://doi.org/javascript%3Aalert%28%22x%22%29', None)
    """
    return f"https://doi.org/{quote(line(doi), safe='/')}" if doi else None


def _policy(style: str, script: str) -> str:
    own = {name: _hash(text) for name, text in (("style-src", style), ("script-src", script))}
    return "; ".join(
        [
            "default-src 'none'",
            *(f"{name} '{value}'" for name, value in own.items()),
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _summary(drawn: Map, asked: int) -> str:
    related = len(drawn["nodes"]) - asked
    edges = len(drawn["edges"])
    return f"{related} related {_many(related, 'work')}, {edges} {_many(edges, 'edge')}, as known on {drawn['as_of']}"


def _many(n: int, one: str) -> str:
    return one if n == 1 else f"{one}s"


# --- data ----------------------------------------------------------------------------------------------------------


def _data(drawn: Map) -> dict[str, Any]:
    nodes = drawn["nodes"]
    years = scale_of([node["year"] for node in nodes])
    most = max((count for node in nodes if (count := highest(node["counts"])) is not None), default=0)
    return {
        "wide": drawn["wide"],
        "there": drawn["there"],
        "years": years,
        "sizes": [{"count": count, "size": size(count, most)} for count in _examples(most)],
        "nodes": [_node(node, years, most) for node in nodes],
        "edges": [[edge["kind"], edge["a"], edge["b"], edge["common"], int(edge["drawn"])] for edge in drawn["edges"]],
    }


def _node(node: Map, years: Map, most: int) -> dict[str, Any]:
    count = highest(node["counts"])
    return {
        "seed": not node["place"],
        "x": node["x"],
        "y": node["y"],
        "label": label(node),
        "title": line(node["title"] or "(without title)"),
        "authors": _authors(node),
        "year": node["year"],
        "shade": shade(node["year"], years),
        "venue": line(node["venue"] or ""),
        "count": count,
        "size": size(count, most),
        "counts": [[heading(one["source"]), one["count"], one["last_seen"]] for one in node["counts"]],
        "doi": node["doi"] and line(node["doi"]),
        "href": address(node["doi"]),
        "retracted": bool(node["is_retracted"]),
        "reasons": [line(reason) for reason in node["reasons"]],
    }


def highest(counts: Sequence[Map]) -> int | None:
    """The highest count that any source gives; None where none gives one."""
    return max((one["count"] for one in counts), default=None)


def size(count: int | None, most: int) -> float:
    """Its share of the largest area, by the square root of the count; unknown as 0.

    >>> size(0, 100), size(25, 100), size(100, 100), size(None, 100), size(0, 0)
    (0.0, 0.5, 1.0, 0.0, 0.0)
    """
    return round(math.sqrt(count / most), 4) if count and most else 0.0


def _examples(most: int) -> list[int]:
    """Counts whose sizes the legend shows.

    >>> _examples(0), _examples(7), _examples(2400)
    ([0], [0, 7], [0, 10, 100, 2400])
    """
    return sorted({0, most, *(10**n for n in (1, 2, 3, 4, 5) if 10**n * 3 <= most)})


def scale_of(years: Sequence[int | None]) -> dict[str, Any]:
    """The first and last year of the colours, whether some are earlier than the first, and how many are unknown.

    >>> scale_of([None, 1960, *range(2000, 2026)])
    {'low': 2000, 'high': 2025, 'earlier': True, 'unknown': 1}
    >>> scale_of([None])
    {'low': None, 'high': None, 'earlier': False, 'unknown': 1}
    """
    known = sorted(year for year in years if year is not None)
    low, high = (known[int(len(known) * OLDEST)], known[-1]) if known else (None, None)
    return {"low": low, "high": high, "earlier": low is not None and known[0] < low, "unknown": len(years) - len(known)}


def shade(year: int | None, years: Map) -> str:
    """The class of a year's colour, y0 to y8; yx where it is unknown.

    >>> [shade(year, {"low": 2000, "high": 2025}) for year in (1960, 2000, 2012, 2025, None)]
    ['y0', 'y0', 'y4', 'y8', 'yx']
    """
    if year is None:
        return "yx"
    span = years["high"] - years["low"]
    return f"y{round((SHADES - 1) * max(0.0, (year - years['low']) / span)) if span else SHADES - 1}"


def label(node: Map) -> str:
    """What stands beside a node: the first author's surname and the year, else how the title begins.

    >>> label({"authors": ["Mikhail Polianskii"], "author_count": 1, "year": 2025, "title": "Ruxit"})
    'Polianskii 2025'
    >>> label({"authors": ["Rens van de Schoot", "B. Roe"], "author_count": 2, "year": None, "title": "PTSD"})
    'van de Schoot+'
    >>> label({"authors": [], "author_count": 0, "year": 2001, "title": "A report on the state of invented harbours"})
    '“A report on the state…” 2001'
    """
    names = [line(name) for name in node["authors"]]
    if names and names[0]:
        name = _cut(_surname(names[0])) + ("+" if node["author_count"] > 1 else "")
    else:
        name = f"“{_cut(line(node['title'] or 'without title'))}”"
    return f"{name} {node['year']}" if node["year"] is not None else name


def _surname(name: str) -> str:
    """The surname as it is written, from either order of writing; a last word of capitals alone is initials.

    >>> _surname("Kai, Mira"), _surname("Kai MJ"), _surname("Wei Li"), _surname("Plato")
    ('Kai', 'Kai', 'Li', 'Plato')
    """
    family, comma, _ = name.partition(",")
    if comma and family.strip():
        return family.strip()
    *given, last = name.split()
    if given and _INITIALS.fullmatch(last):
        return " ".join(given)
    particles: list[str] = []
    while given and given[-1].lower() in _PARTICLES:
        particles.insert(0, given.pop())
    return " ".join([*particles, last])


def _cut(text: str, most: int = 24) -> str:
    return text if len(text) <= most else f"{text[:most].rsplit(' ', 1)[0]}…"


def _authors(node: Map) -> str:
    names = [line(name) for name in node["authors"]]
    more = node["author_count"] - len(names)
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


# --- table ---------------------------------------------------------------------------------------------------------


def _head(name: str) -> str:
    kind = ' class="number"' if name in _NUMERIC else ""
    return f'<th scope="col"{kind}><button type="button">{name}</button></th>'


def _row(node: Map) -> str:
    title = html.escape(line(node["title"] or "(without title)"))
    if where := address(node["doi"]):
        title = f'<a href="{html.escape(where)}" target="_blank" rel="noopener noreferrer">{title}</a>'
    if node["is_retracted"]:
        title += ' <span class="retracted">retracted</span>'
    count = highest(node["counts"])
    told = f"{count:,}<small>{html.escape(heading(node['counts'][0]['source']))}</small>" if count is not None else ""
    why = "; ".join(map(line, node["reasons"])) if node["place"] else "asked about"
    cells = (
        _number(node["place"], str(node["place"] or "–")),
        f'<td class="title" dir="auto">{title}</td>',
        f'<td dir="auto">{html.escape(_authors(node))}</td>',
        _number(node["year"], str(node["year"] or "")),
        f'<td dir="auto">{html.escape(line(node["venue"] or ""))}</td>',
        _number(count, told),
        f'<td class="why" dir="auto">{html.escape(why)}</td>',
    )
    return f"<tr>{''.join(cells)}</tr>"


def _number(value: int | None, told: str) -> str:
    """A cell that is sorted by its number; what is unknown before all others."""
    return f'<td class="number" data-value="{-1 if value is None else value}">{told}</td>'
