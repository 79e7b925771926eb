"""Commands by which a person decides about identity: review, join, split, undo, decisions, why."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from harvester import normal
from harvester.cli.state import (
    LARGEST,
    Form,
    Limit,
    OnDay,
    Part,
    State,
    WorkName,
    clock,
    day_or_today,
    emit,
    emit_parts,
    work_number,
    write_part,
)
from harvester.errors import UsageError

if TYPE_CHECKING:
    from harvester.store import Row, Store
    from harvester.store.deciding import Decided, Deciding, Word

_LIST = ("review", "title", "year", "candidate_title", "candidate_year", "why")
_DECISIONS = ("decision", "kind", "on", "who", "why", "works", "records", "undone_by")


class ByNumber(TyperGroup):
    """`review 7` is `review show 7`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """A number is no command, but what to show."""
        return super().resolve_command(ctx, ["show", *args] if args and args[0].isdecimal() else args)


review_commands = typer.Typer(
    cls=ByNumber, invoke_without_command=True, help="Doubts about identity: list them, see one (review 7), answer it."
)


def register(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    review_commands.callback()(_review)
    review_commands.command("list")(review_list)
    review_commands.command("show")(review_show)
    review_commands.command("accept")(review_accept)
    review_commands.command("refuse")(review_refuse)
    app.add_typer(review_commands, name="review")
    for command in (why, join, split, undo, decisions):
        app.command()(command)


Question = Annotated[int, typer.Argument(metavar="N", min=1, max=LARGEST, help="The question's number in `review`.")]
Decision = Annotated[int, typer.Argument(metavar="N", min=1, max=LARGEST, help="The decision's number in `decisions`.")]
Why = Annotated[str | None, typer.Option("--why", help="The reason, for whoever reads it later.")]
Who = Annotated[str | None, typer.Option("--who", help="Who decides.  [default: the user's name]")]


def _review(context: typer.Context, form: Form = None, limit: Limit = 100) -> None:
    if context.invoked_subcommand is None:
        review_list(context, form, limit)


def review_list(context: typer.Context, form: Form = None, limit: Limit = 100) -> None:
    """The open doubts: which record may be about which work, and why."""
    _list(context, form, "review_list", limit, _LIST, "there is no doubt to decide")


def review_show(context: typer.Context, number: Question, form: Form = None) -> None:
    """One doubt, with the evidence side by side.

    ≠ marks what differs, = what agrees; below it what each weighs for and against their being one article.
    """
    from harvester import report
    from harvester.report.facing import write_facing, write_weights
    from harvester.tracker.evidence import question

    state: State = context.obj
    with state.store() as store:
        found = question(store, number)
    if found is None:
        raise UsageError(
            f"there is no question {number}; `harvester review` lists them, `harvester decisions` the answers"
        )
    form = form or report.default_form(sys.stdout)
    if form != "table":
        report.write(form, [found], None, sys.stdout)
        return
    mine, theirs, asked = _asked(found)
    heads = (f"question {number} ({found['state']}, {found['on']}): {asked}?", found["why"])
    evidence = [(row["field"], row["record"], row["candidate"], row["differs"]) for row in found["evidence"]]
    write_facing(heads, (mine, theirs), evidence, sys.stdout)
    if found["candidate"] is not None:
        sys.stdout.write("\n")
        write_weights(_weights(found), sys.stdout)


def _asked(found: Row) -> tuple[str, str, str]:
    """What a question calls its two sides, and what it asks."""
    work, candidate = found["work"], found["candidate"]
    if work is not None and work == candidate:
        record = f"{found['source']}:{found['source_id']}"
        return record, f"the rest of work {work}", f"is {record} of work {work}, where it is, or another article"
    mine = f"work {work}" if work else "a text in no work"
    theirs = f"work {candidate}" if candidate else "none found"
    return mine, theirs, f"is {mine} the same article as {theirs}"


def _weights(found: Row) -> list[tuple[str, str, str]]:
    """What speaks for and against, as rows of (weight, name, said): shared identifiers, each piece, and their sum."""
    from harvester.evidence import DOUBT, NEVER, SAME

    weights = found["weights"]
    rows = [("shared", "identifier", name) for name in found["shares"]]
    rows += [(_weight(one["weight"]), one["name"], one["said"]) for one in weights]
    if not weights:
        return [*rows, ("", "", "nothing that both state can be compared")]
    bounds = f"the same from {SAME:g} on, a doubt from {DOUBT:g} on"
    if ruling := sum(one["weight"] for one in weights if one["weight"] <= NEVER):
        rest = _weight(found["score"] - ruling)
        return [*rows, ("never", "sum", f"two articles, whatever else agrees ({rest} without that; {bounds})")]
    verdict = found["verdict"]
    said = _VERDICTS[verdict]
    if verdict == "doubt" and found["score"] >= SAME:
        said += ", for title, authors and one thing more must agree"
    return [*rows, (_weight(found["score"]), "sum", f"{said} ({bounds})")]


_VERDICTS = {"same": "the same", "doubt": "a doubt", "new": "two articles"}


def _weight(weight: float) -> str:
    """A weight for a person: a word where it rules out whatever else agrees."""
    from harvester.evidence import NEVER

    return "never" if weight <= NEVER else f"{weight:+.1f}"


def review_accept(context: typer.Context, number: Question, why: Why = None, who: Who = None, on: OnDay = None) -> None:
    """Yes: the record is about that work; the two works become one."""
    with _deciding(context, why, who, on) as (_, hand, word):
        decided = hand.accept(word, number)
    _tell(context, decided, f"question {number} is accepted: one article, work {min(decided.works)}")


def review_refuse(context: typer.Context, number: Question, why: Why = None, who: Who = None, on: OnDay = None) -> None:
    """No: they are two articles. It is not asked again, and nothing joins them."""
    with _deciding(context, why, who, on) as (_, hand, word):
        decided = hand.refuse(word, number)
    _tell(context, decided, f"question {number} is refused: nothing will join the two")


def join(
    context: typer.Context,
    work: WorkName,
    other: WorkName,
    why: Why = None,
    who: Who = None,
    on: OnDay = None,
) -> None:
    """Make two works one: the smaller number stays, the other goes on answering."""
    with _deciding(context, why, who, on) as (store, hand, word):
        one, two = work_number(store, work), work_number(store, other)
        decided = hand.join(word, one, two)
    _tell(context, decided, f"works {min(one, two)} and {max(one, two)} are one: work {min(one, two)}")


Records = Annotated[
    list[str],
    typer.Argument(metavar="RECORD...", help="As source:id (see `why`), or an identifier that only it bears."),
]


def split(
    context: typer.Context, work: WorkName, records: Records, why: Why = None, who: Who = None, on: OnDay = None
) -> None:
    """Give records of a work a work of their own.

    No later harvest or import joins them again, whatever they share.
    """
    with _deciding(context, why, who, on) as (store, hand, word):
        number = work_number(store, work)
        moved = {_record(store, number, name) for name in records}  # one may be named twice
        decided = hand.split(word, number, sorted(moved))
    _tell(context, decided, f"{len(moved)} of the records of work {number} are now work {max(decided.works)}")


def undo(context: typer.Context, number: Decision, why: Why = None, who: Who = None, on: OnDay = None) -> None:
    """Take a decision back, exactly; undoing that makes it stand again."""
    with _deciding(context, why, who, on) as (_, hand, word):
        decided = hand.undo(word, number)
    _tell(context, decided, f"decision {number} is undone: work {', '.join(map(str, decided.works))}")


def decisions(context: typer.Context, form: Form = None, limit: Limit = 100) -> None:
    """What people decided about identity, the latest first: who, when, why, and whether it stands."""
    _list(context, form, "decisions", limit, _DECISIONS, "nobody has decided anything yet")


Other = Annotated[str | None, typer.Argument(metavar="WORK", help="Another work: why the two are not one.")]


def why(context: typer.Context, work: WorkName, other: Other = None, form: Form = None) -> None:
    """Why the records of a work are together; of two works, why they are two.

    What put each there and when, the identifiers they share, what happened since, what people decided, open doubts. Of two:
    what speaks for and against with its weight, and how they are related.
    """
    from harvester.tracker.evidence import why as told

    state: State = context.obj
    with state.store() as store:
        number = work_number(store, work)
        if other is not None:
            _why_not(store, number, work_number(store, other), form)
            return
        found = told(store, number)
    parts = [
        Part("records", "records", found.pop("records"), ("record", "on", "decision", "why", "shares")),
        Part("events", "events", found.pop("events"), ("on", "kind", "record", "before", "after", "why")),
        Part("decisions", "decisions by people", found.pop("decisions"), _DECISIONS),
        Part("doubts", "open doubts", found.pop("doubts"), ("review", "work", "candidate", "candidate_title", "why")),
    ]
    emit_parts(form, found, None, parts)


def _why_not(store: Store, one: int, other: int, form: str | None) -> None:
    from harvester import report
    from harvester.report.facing import write_facing, write_weights
    from harvester.tracker.evidence import why_not

    if one == other:
        raise UsageError(f"these are one work, number {one}; `harvester why {one}` says why")
    found = why_not(store, one, other)
    form = form or report.default_form(sys.stdout)
    if form != "table":
        report.write(form, [found], None, sys.stdout)
        return
    sides = [(field, found[field], found[f"candidate_{field}"], None) for field in ("title", "year", "venue", "doi")]
    heads = (f"works {one} and {other} are two: {found['why']}",)
    write_facing(heads, (f"work {one}", f"work {other}"), sides, sys.stdout)
    sys.stdout.write("\n")
    write_weights(_weights(found), sys.stdout)
    for part in (
        Part("family", "in one family", found["family"], ("work", "role", "why")),
        Part(
            "decisions",
            "decisions by people",
            found["decisions"],
            ("decision", "kind", "on", "who", "why", "undone_by"),
        ),
        Part("doubts", "open doubts", found["doubts"], ("review", "on", "why")),
    ):
        write_part(form, part)


# --- what they share ---


def _list(
    context: typer.Context, form: str | None, query: str, limit: int, columns: Sequence[str], nothing: str
) -> None:
    state: State = context.obj
    with state.store() as store:
        rows = store.rows(query, limit=limit)
    emit(form, rows, columns)
    if not rows:
        state.say(nothing)


@contextmanager
def _deciding(
    context: typer.Context, why: str | None, who: str | None, on: str | None
) -> Iterator[tuple[Store, Deciding, Word]]:
    """The store, with no harvest beside it, the hand that decides, and whose word it is. Raises Busy, StoreError."""
    from harvester import sources

    state: State = context.obj
    word = word_of(who, why, on)
    with state.writing() as store:
        yield store, store.deciding(store.saver(sources.ranks(), sources.parser_of)), word


def word_of(who: str | None, why: str | None, on: str | None) -> Word:
    """Whose word it is, why, and when: as the options say, else the user's, now. Raises UsageError."""
    from harvester.store.deciding import Word

    return Word(normal.text(who) or _user(), normal.text(why), day_or_today(on, "--on"), clock())


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user without name, as in some containers
        raise UsageError("the system does not know this user's name; say who decides with --who NAME") from None


def _record(store: Store, work: int, name: str) -> int:
    """The record of a work that a person means. Raises UsageError, naming those there are."""
    rows = store.rows("why_identifiers", work=work) + store.rows("why_records", work=work)
    exact = {row["number"] for row in rows if row["record"] == name}
    pair = normal.identifier(name)
    bearing = {row["number"] for row in rows if pair and (row.get("scheme"), row.get("value")) == pair}
    found = exact or bearing
    if len(found) == 1:
        return int(found.pop())
    held = ", ".join(_names(rows))
    raise UsageError(f"{name!r} names {len(found) or 'no'} records of work {work}; it has {held}")


def _names(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(str(row["record"]) for row in rows))


def _tell(context: typer.Context, decided: Decided, done: str) -> None:
    state: State = context.obj
    state.say(f"{done} (decision {decided.number})")
    for note in decided.notes:
        state.say(note)
    state.say(f"to undo it: harvester undo {decided.number}")
