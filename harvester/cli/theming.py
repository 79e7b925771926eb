"""The command that tells the literature of a theme: topic."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from harvester import normal
from harvester.cli.reading import fts_query
from harvester.cli.relating import FromYear, ToYear
from harvester.cli.state import AsOf, Form, Limit, Part, State, day_or_today, emit, emit_parts
from harvester.errors import UsageError

if TYPE_CHECKING:
    from harvester.related.rising import Gain, Rising
    from harvester.related.theme import Community, Member, Theme
    from harvester.store import Row, Store

DISTINCT = (
    0.3  # modularity from which communities are worth the name: Newman, Girvan 2004, doi:10.1103/PhysRevE.69.026113
)
SHOWN = 3  # works that show what a community is about
_BRIEF = ("work", "doi", "title", "year", "venue")
_WHOLE = ("theme", "matched", "works", "communities_found", "modularity", "in_no_community")
_CORE = ("title", "year", "community", "reasons")
_RISING = ("title", "year", "reasons")
_COMMUNITIES = ("community", "works", "years", "terms", "core")
_ABSENT = ("source", "id", "cited_by")


def register(app: typer.Typer) -> None:
    """Put this command on the command line."""
    app.command()(topic)


def topic(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help='The theme: words, "phrases", begin* and -without.')],
    days: Annotated[int, typer.Option("--days", min=1, max=36_500, help="What rose in the last so many days.")] = 365,
    from_year: FromYear = None,
    to_year: ToYear = None,
    form: Form = None,
    limit: Limit = 10,
    as_of: AsOf = None,
) -> None:
    """The literature of a theme: core works, rising works, communities.

    Of the works that match the words and those these are tied to by citations: which they cite most; which rise; into which
    communities they fall, with the terms that tell each from the others; what they cite that is not held. As CSV: the core.
    """
    from harvester.related.theme import Years, theme

    if from_year is not None and to_year is not None and from_year > to_year:
        raise UsageError(f"--from-year {from_year} is after --to-year {to_year}")
    state: State = context.obj
    match = fts_query(text)
    until = day_or_today(as_of, "--as-of")
    with state.store(as_of=as_of) as store:
        found = theme(store, match, Years(from_year, to_year))
        whole, parts = _told(store, found, text, normal.shift(until, -days), until, limit)
    if form == "csv":
        emit(form, parts[0].rows, _CORE)
    else:
        emit_parts(form, whole, _WHOLE, parts)
    for sentence in (*found.caps, *_lacking(whole, text, days)):
        state.say(sentence)


def _told(store: Store, found: Theme, text: str, since: str, until: str, limit: int) -> tuple[Row, list[Part]]:
    """The theme's own row, and its parts."""
    from harvester.related.rising import lately, rising

    gains = _gains(store, found, since, until)
    late = lately(found.members, since, until)
    core, groups = found.members[:limit], found.communities[:limit]
    risen = rising(found.members, late, gains)[:limit]
    whole = {
        "theme": text,
        "matched": found.matched,
        "works": len(found.members),
        "tied": sum(member.matches is None for member in found.members),
        "communities_found": len(found.communities),
        "modularity": found.modularity if found.modularity is None else round(found.modularity, 3),
        "in_no_community": sum(member.community is None for member in found.members),
        "since": since,
        "until": until,
        "counted": len(gains),
        "appeared": len(late),
        "caps": found.caps,
    }
    shown = {one.work for one in core} | {one.work for one in risen}
    shown |= {work for group in groups for work in group.works[:SHOWN]}
    briefs = {row["work"]: row for row in store.rows("briefs", works=json.dumps(sorted(shown)))}
    date_of = {member.work: member.date for member in found.members}
    return whole, [
        Part("core", "core works", [_core(one, briefs, whole) for one in core], _columns(whole)),
        Part("rising", f"rising since {since}", [_rising(one, briefs, gains, whole) for one in risen], _RISING),
        Part("communities", "communities", list(_communities(groups, briefs, date_of)), _COMMUNITIES),
        Part("absent", "cited by these works, and not held", _absent(found, limit), _ABSENT),
    ]


def _columns(whole: Row) -> Sequence[str]:
    """The columns of the core works: without that of their communities where there are none."""
    return _CORE if whole["communities_found"] else [name for name in _CORE if name != "community"]


def _gains(store: Store, found: Theme, since: str, until: str) -> dict[int, Gain]:
    """What the counts of the theme's works gained, of those seen on two days of the window, each by the source to go by."""
    from harvester.related.rising import Gain
    from harvester.tracker.growth import window
    from harvester.tracker.windows import series

    works = sorted(member.work for member in found.members)
    rows = series(store, window({"since": since, "to": until, "best": True}), works)
    return {
        row["work"]: Gain(row["gained"], row["count"], row["source"], row["from_date"], row["to_date"])
        for row in rows
        if row["from_date"] < row["to_date"]
    }


def _core(one: Member, briefs: Mapping[int, Row], whole: Row) -> Row:
    words = " ".join(word for word in whole["theme"].split() if not word.startswith("-"))
    found = {"title": f"title: {words}", "text": f"text: {words}", None: "without the words"}
    cited = f"cited by {len(one.cited_by)} of the theme's {whole['works']} works"
    figures = {"standing": round(one.standing, 3), "cited_by": len(one.cited_by), "cites": one.cites}
    reasons = [*([cited] if one.cited_by else []), found[one.matches]]
    return _head(briefs[one.work]) | figures | {"community": one.community, "reasons": reasons}


def _rising(one: Rising, briefs: Mapping[int, Row], gains: Mapping[int, Gain], whole: Row) -> Row:
    """A row of what rises; gained and what belongs to it are null where its counts were not seen on two days."""
    gain = gains.get(one.work)
    said = []
    if gain and gain.gained > 0:
        said.append(f"gained {gain.gained} of {gain.count} ({gain.source}) from {gain.from_date} to {gain.to_date}")
    if one.cited_lately:
        said.append(f"cited by {one.cited_lately} of the theme's {whole['appeared']} works of that time")
    figures = {name: getattr(gain, name, None) for name in ("gained", "count", "source", "from_date", "to_date")}
    row = _head(briefs[one.work]) | {"rise": round(one.rise, 3)} | figures
    return row | {"cited_lately": one.cited_lately if whole["appeared"] else None, "reasons": said}


def _communities(
    groups: Sequence[Community], briefs: Mapping[int, Row], date_of: Mapping[int, str | None]
) -> Iterator[Row]:
    for number, group in enumerate(groups, start=1):
        years = sorted(date[:4] for work in group.works if (date := date_of[work]))
        yield {
            "community": number,
            "works": len(group.works),
            "years": f"{years[0]}-{years[-1]}" if years else None,
            "terms": group.terms,
            "core": [briefs[work]["title"] for work in group.works[:SHOWN]],
            "members": group.works,
        }


def _absent(found: Theme, limit: int) -> list[Row]:
    return [{"source": one.source, "id": one.source_id, "cited_by": one.cited_by} for one in found.absent[:limit]]


def _head(brief: Row) -> Row:
    return {name: brief[name] for name in _BRIEF}


def _lacking(whole: Row, text: str, days: int) -> Iterator[str]:
    """What the parts do not show, and why."""
    if not whole["works"]:
        yield f"no work held matches {text!r}; try fewer words, or begin* for all that begin so"
        return
    if not whole["communities_found"]:
        yield "no community: no citation ties these works together; `harvester harvest` reads what they cite"
    elif whole["in_no_community"]:
        yield f"{whole['in_no_community']} of the {whole['works']} works are tied to no other, and in no community"
    if whole["communities_found"] and whole["modularity"] < DISTINCT:
        yield f"modularity {whole['modularity']}: below {DISTINCT} communities are hardly more than chance makes"
    if not whole["counted"]:
        yield f"rising: no count of these works was seen on two days of the last {days}"
    if not whole["appeared"]:
        yield f"rising: none of these works appeared in the last {days} days"
