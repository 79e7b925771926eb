"""The whole corpus through the command line into one database: what comes in, what is set aside, and nothing joined wrongly."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from harvester.store import Store
from tests.build import rows
from tests.replay import recordings, walk

PROGRAM = [sys.executable, "-c", "from harvester.cli import main; main()"]
SERVICES = ("openalex", "semantic_scholar", "crossref", "opencitations")

pytestmark = pytest.mark.slow


class Run(NamedTuple):
    """An import: its exit code, what it said, and the database's check after it."""

    code: int
    said: list[str]
    check: dict[str, Any]


class Corpus(NamedTuple):
    """The files, the database, and two imports of all of them."""

    files: list[Path]
    database: Path
    first: Run
    second: Run


@pytest.fixture(scope="module")
def corpus(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = tmp_path_factory.mktemp("corpus")
    files, database = list(everything(shared / "corpus", folder)), folder / "works.db"
    first, second = imported(database, files, "2026-11-23"), imported(database, files, "2026-11-24")
    return Corpus(files, database, first, second)


@pytest.fixture
def held(corpus: Corpus) -> Iterator[Store]:
    with Store(corpus.database) as store:
        yield store


def everything(corpus: Path, folder: Path) -> Iterator[Path]:
    """Every file that is no interaction, as it lies there; and the body of every interaction that was answered, in a file."""
    for service in SERVICES:
        answered = {one.name: one.answer for one in recordings(corpus / service)}
        for name, answer in answered.items():
            if answer.status == 200:
                path = folder / f"{service}__{name.replace('/', '__')}"
                path.write_bytes(answer.body)
                yield path
        yield from (
            path for path in sorted((corpus / service).glob("*/*")) if f"{path.parent.name}/{path.name}" not in answered
        )
    yield from sorted((corpus / "domain").glob("*"))


def imported(database: Path, files: list[Path], day: str) -> Run:
    words = [*PROGRAM, "--db", str(database), "import", "--on", day, *map(str, files)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    with Store(database) as store:
        return Run(done.returncode, done.stderr.splitlines(), store.check())


def test_all_of_it_comes_in_but_what_is_no_record(corpus: Corpus, held: Store) -> None:
    assert corpus.first.code == 6, "partly done: some files are none of records"
    assert not any("Traceback" in line for line in corpus.first.said)
    assert corpus.first.check["integrity"] == "ok"
    refused = [Path(line.split(": ")[1]) for line in corpus.first.said if line.startswith("harvester: ")]
    assert 100 < len(refused) < len(corpus.files) / 4
    for path in refused:
        assert names_in(path) == set(), path.name
    reasons = Counter(reason for (reason,) in rows(held, "SELECT reason FROM quarantine"))
    assert set(reasons) == {"no paperId", "no OpenAlex work id: 'None'"}
    for _, source, _, body in held.quarantined():
        assert not json.loads(body).get("paperId" if source == "semantic_scholar" else "id")
    (told,) = (line for line in corpus.first.said if re.match(r"\d+ records: ", line))
    assert int(told.split()[0]) > 36_000
    assert rows(held, "SELECT count(*) > 21000 FROM work") == [(1,)]


def names_in(path: Path) -> set[str]:
    """The works, papers and articles that a file of JSON holds, by their names."""
    try:
        value = json.loads(path.read_bytes())
    except ValueError:  # XML, CSV, Parquet, a citation in words
        return set()
    names = {str(one["paperId"]) for one in walk(value) if one.get("paperId")}
    names |= {one["id"] for one in walk(value) if str(one.get("id")).startswith("https://openalex.org/W")}
    return names | {one["DOI"] for one in walk(value) if "DOI" in one and "title" in one}


def test_all_of_it_again_changes_nothing(corpus: Corpus) -> None:
    assert corpus.second.code == 6
    assert any(" 0 new works" in line for line in corpus.second.said)
    assert corpus.second.check == corpus.first.check


def test_works_of_one_service_are_together_only_where_they_share_a_doi(held: Store) -> None:
    strange = rows(
        held,
        "SELECT a.work, a.source, a.source_id, b.source_id FROM record a "
        "JOIN record b ON b.work = a.work AND b.source = a.source AND b.id > a.id WHERE NOT EXISTS "
        "(SELECT 1 FROM identifier i JOIN identifier j ON j.scheme = i.scheme AND j.value = i.value "
        "WHERE i.scheme = 'doi' AND i.record = a.id AND j.record = b.id)",
    )
    assert strange == []
    together = rows(
        held, "SELECT count(*) FROM (SELECT 1 FROM record WHERE work > 0 GROUP BY work, source HAVING count(*) > 1)"
    )
    assert together[0][0] > 0


def test_no_work_has_two_dois_that_no_record_of_it_has_borne(held: Store) -> None:
    """Semantic Scholar's paper of a preprint has moved on to the article's DOI: it has borne both, one after the other."""
    named = rows(
        held,
        "SELECT r.work, r.id, i.value, i.outdated_on IS NULL FROM identifier i JOIN record r ON r.id = i.record "
        "WHERE i.scheme = 'doi' AND r.work > 0",
    )
    ever: dict[int, dict[int, set[str]]] = {}
    now: dict[int, set[str]] = {}
    for work, record, doi, current in named:
        ever.setdefault(work, {}).setdefault(record, set()).add(doi)
        now.setdefault(work, set()).update([doi] if current else [])
    several = {work: dois for work, dois in now.items() if len(dois) > 1}
    for work, dois in several.items():
        assert any(dois <= borne for borne in ever[work].values()), work
    assert 0 < len(several) < 20


def test_every_work_has_a_record_and_every_record_of_a_work_a_reason(held: Store) -> None:
    assert rows(held, "SELECT count(*) FROM work w WHERE NOT EXISTS (SELECT 1 FROM record r WHERE r.work = w.id)") == [
        (0,)
    ]
    assert rows(held, "SELECT count(*) FROM record WHERE work > 0 AND why IS NULL AND decision <> 'new'") == [(0,)]
    assert rows(held, "SELECT count(*) FROM record WHERE first_seen IS NOT NULL AND work IS NULL") == [(0,)]
    sources = {source for (source,) in rows(held, "SELECT DISTINCT source FROM record WHERE first_seen IS NOT NULL")}
    assert sources == {*SERVICES, "aggregator", "bibliography"}
    three = rows(
        held,
        "SELECT count(*) FROM (SELECT 1 FROM record WHERE work > 0 AND source IN ('openalex', 'semantic_scholar', 'crossref') "
        "GROUP BY work HAVING count(DISTINCT source) = 3)",
    )
    assert three[0][0] >= 6, "the articles that all three services answered, but the two of one study"
