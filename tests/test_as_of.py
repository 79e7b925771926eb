"""--as-of: what a command says of a day it says again, byte for byte, whatever has come since."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from harvester import sources
from harvester.cli import app
from harvester.config import Settings
from harvester.harvest import connected, harvest
from harvester.records import Edge
from harvester.sandbox import Sandbox
from harvester.store import Arrival, Store, Visit
from harvester.store.lens import Lens
from tests.test_harvest import JOURNAL, MONDAY, SEED, Time, now, time, watch  # noqa: F401

pytestmark = [pytest.mark.slow, pytest.mark.loopback]

WEEKS = 14
# What to give for each argument of a reading command, and its options beside the common ones that change what is read.
GIVEN = {
    "work": ["1", "{joined}", "{moved}"],
    "text": ["institutions OR states", "europe*"],
    "issn": [JOURNAL],
    "number": ["1", "2"],
    "value": ["1"],
}
OPTIONS = {
    "growth": [[], ["--days", "14"], ["--watch", "1"], ["--watch", "2"], ["--issn", JOURNAL], ["--source", "openalex"]],
    "citing": [[], ["--family"], ["--since", "{since}"]],
    "search": [["--limit", "50"]],
    "topic": [["--limit", "50", "--days", "14"]],
    "related": [
        *([seed, "--limit", "40"] for seed in ("1", "{joined}", "{moved}")),
        ["1", "--marked"], ["--watch", "1", "--unseen", "--not-own", "--about", "institutions"],
    ],
    "mark": [["1"], ["{joined}", "{moved}"]],
    "map": [["1", "--out", "-", "--nodes", "12"]],
}  # fmt: skip
ONE_FORM = ("map",)  # what has no --format
FAULTS = {2: ["semantic_scholar:503"], 4: ["openalex:429-budget@3-"], 6: ["semantic_scholar:empty@2-"], 8: ["*:503%30"],
          9: ["openalex:retyped"], 11: ["openalex:cut@2-4"]}  # fmt: skip


def week(number: int) -> str:
    return (date.fromisoformat(MONDAY) + timedelta(weeks=number)).isoformat()


def reading_commands(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    """Every command on the command line that has --as-of: its words, and the arguments it must be given."""
    for name, command in (group or typer.main.get_command(app)).commands.items():
        words = (*path, name)
        if hasattr(command, "commands"):
            yield from reading_commands(command, words)
        elif any("--as-of" in one.opts for one in command.params):
            yield words, [one for one in command.params if one.param_type_name == "argument" and one.required]


def questions(since: str, names: dict[str, str]) -> Iterator[list[str]]:
    """Each reading command as it is asked, without form and day."""
    for words, arguments in reading_commands():
        assert all(one.name in GIVEN for one in arguments), f"say in GIVEN what to ask {words} for"
        given: list[list[str]] = [[]]
        for one in arguments:
            given = [[*before, value.format_map(names)] for before in given for value in GIVEN[one.name]]
        for options in OPTIONS.get(words[-1], [[]]):
            yield from (
                [*words, *values, *(option.format(since=since, **names) for option in options)] for values in given
            )


def answer(path: Path, question: list[str], form: str, on: str) -> tuple[int, str]:
    """Exit code and stdout of a command as of a day."""
    words = [
        "--db",
        str(path),
        "--quiet",
        *question,
        *([] if question[0] in ONE_FORM else ["--format", form]),
        "--as-of",
        on,
    ]
    done = CliRunner().invoke(app, words, env={"COLUMNS": "80"})
    assert done.exception is None or done.exit_code or type(done.exception).__name__ == "UsageError", done.exception
    return done.exit_code, done.stdout


class Year:
    """A database, harvested week by week from the sandbox, and what people and sources do to it."""

    def __init__(self, store: Store, box: Sandbox) -> None:
        self.store, self.box, self.on = store, box, MONDAY
        urls = {
            "openalex": box.openalex_url,
            "semantic_scholar": box.semantic_scholar_url,
            "crossref": box.crossref_url,
        }
        self.settings = Settings(database=store.path, urls=urls, sources=tuple(urls))
        self.names = {"joined": "2", "moved": "3"}

    def a_week(self, number: int) -> None:
        self.on = week(number)
        self.box.set_faults(FAULTS.get(number, []))
        if number:
            self.box.move_to(date.fromisoformat(self.on))
        with connected(self.settings, self.store) as clients:
            harvest(self.store, clients, self.on, now)
        if happening := getattr(self, f"in_week_{number}", None):
            happening()

    def do(self, *words: str, on: bool = True) -> None:
        done = CliRunner().invoke(app, ["--db", str(self.store.path), *words, *(["--on", self.on] if on else [])])
        assert done.exit_code == 0, (words, done.output, done.exception)

    def sent(self, work: int, **changes: Any) -> None:
        """OpenAlex sends a work once more, with other fields."""
        [body, *_] = [body for row, body in self.store.payloads_of(work) if row["source"] == "openalex"]
        body = json.dumps(json.loads(body) | changes).encode()
        saver = self.store.saver(sources.ranks(), sources.parser_of)
        with self.store.transaction():
            saver.save(Visit("openalex", self.on, live=True), [Arrival(sources.parser_of("openalex")(body), body)])

    def listed(self, leave_out: int) -> None:
        """The list of works citing the first one is read once more, without some of them."""
        [cited] = self.store.db.execute(
            "SELECT source_id FROM record WHERE work = 1 AND source = 'openalex'"
        ).fetchone()
        select = ("SELECT a.source_id FROM citation c JOIN record a ON a.id = c.citing JOIN record b ON b.id = c.cited "
                  "WHERE b.source_id = ? AND b.source = 'openalex' ORDER BY 1")  # fmt: skip
        citing = [row[0] for row in self.store.db.execute(select, (cited,))]
        assert len(citing) > leave_out
        saver = self.store.saver(sources.ranks(), sources.parser_of)
        with self.store.transaction():
            run = self.store.runs.start("harvest", self.on, now())
            saver.save_edges("openalex", [Edge(one, cited) for one in citing[leave_out:]], self.on, run)
            saver.close_unread("openalex", cited, self.on, run, len(citing))

    def in_week_1(self) -> None:
        self.sent(5, title="Another title altogether", display_name="Another title altogether")
        self.listed(2)
        self.do("mark", "1", "--keep", "5", "--dismiss", "7", "--by", "Ada")

    def in_week_2(self) -> None:
        self.do("join", "2", "7", "--who", "Ada", "--why", "one text")

    def in_week_3(self) -> None:
        self.listed(0)
        self.do("watch", "remove", "2")

    def in_week_4(self) -> None:
        self.do("watch", "add", JOURNAL, "--no-look", "--label", "again")
        self.do("mark", "1", "2", "--keep", "3", "--clear", "5", "--by", "Ben")

    def in_week_5(self) -> None:
        self.do("undo", "1", "--who", "Ben")
        self.sent(1, title="Leaving, a second edition", is_retracted=True)

    def in_week_6(self) -> None:
        records = self.store.rows("why_records", work=1)
        self.do("split", "1", records[-1]["record"], "--who", "Ada")

    def in_week_7(self) -> None:
        """The id of a work moves."""
        [name] = self.store.db.execute("SELECT source_id FROM record WHERE work = 3 AND source = 'openalex'").fetchone()
        self.sent(3, id="https://openalex.org/W77000001", ids={"openalex": "https://openalex.org/W77000001"})
        with self.store.transaction():
            self.store.saver(sources.ranks(), sources.parser_of).gone("openalex", [name], self.on)

    def in_week_9(self) -> None:
        self.sent(5, authorships=[], type="letter", publication_year=2019)

    def in_week_10(self) -> None:
        file = self.store.path.with_name("few.bib")
        file.write_text(
            f"@article{{a, title={{The seed, in a file}}, doi={{{SEED}}}, year=2025, journal={{Some Journal}}}}\n"
        )
        self.do("import", str(file))

    def in_week_12(self) -> None:
        self.do("undo", "3", "--who", "Ben")


def test_every_report_is_given_again_next_year_byte_for_byte(
    tmp_path: Path,
    time: Time,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "year.db"
    then: dict[str, dict[tuple[str, ...], tuple[int, str]]] = {}
    with Sandbox(seed=3, works=90, on=date.fromisoformat(MONDAY)) as box, Store(path, create=True) as store:
        watch(store, ("work", f"doi:{SEED}"), ("venue", JOURNAL))
        year = Year(store, box)
        for number in range(WEEKS):
            year.a_week(number)
            since = week(max(0, number - 3))
            asked = [(*question, form) for question in questions(since, year.names) for form in ("jsonl", "table")]
            then[year.on] = {one: answer(path, list(one[:-1]), one[-1], year.on) for one in asked}
    wrong = [
        (on, *one, before, now_said)
        for on, told in then.items()
        for one, before in told.items()
        if (now_said := answer(path, list(one[:-1]), one[-1], on)) != before
    ]
    assert not wrong, (len(wrong), {(one[0], *one[1:-2]) for one in wrong}, wrong[0])
    said = sum(bool(out) for told in then.values() for _, out in told.values())
    assert said > len(then) * 20, "most of these have something to say"
    monkeypatch.setattr(Lens, "look", lambda *_: None)
    changed = {
        one[0] for one, before in then[MONDAY].items() if answer(path, list(one[:-1]), one[-1], MONDAY) != before
    }
    assert len(changed) > 5, "and without the lens hardly any would be as it was"
