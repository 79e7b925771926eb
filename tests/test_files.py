from __future__ import annotations

import gzip
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harvester.errors import ParseError, UsageError
from harvester.sources import files, parser_of
from harvester.sources.files import read

DATA = Path(__file__).parent / "data"
WORK = {"id": "https://openalex.org/W11", "title": "A work", "authorships": [], "cited_by_count": 3}
PAPER = {"paperId": "a" * 40, "title": "A paper", "citationCount": 4}
ENTRY = {"id": "x", "type": "book", "title": "An entry", "issued": {"date-parts": [[1998]]}}
ARTICLE = {"title": "An article", "doi": "10.1234/x", "PeriodicalId": 7, "citationCount": "5"}
WORDS = "We ask why.\nPolicy implications\n- Rules: few.\n"

FORMS = [
    ("openalex", json.dumps(WORK)),
    ("openalex", json.dumps([WORK, WORK], indent=1)),
    ("openalex", json.dumps({"meta": {"count": 1}, "results": [WORK]})),
    ("openalex", f"{json.dumps(WORK)}\n{json.dumps(WORK)}\n"),
    ("semantic_scholar", json.dumps(PAPER)),
    ("semantic_scholar", json.dumps({"total": 1, "data": [PAPER]})),
    ("semantic_scholar", f"{json.dumps(PAPER)}\n{json.dumps(PAPER)}\n"),
    ("bibliography", json.dumps([ENTRY], indent=1)),
    ("bibliography", json.dumps({"items": [ENTRY]})),
    ("bibliography", "@book{x, title = {An entry}, year = 1998}\n\n@misc{y,\n title = {Another}}\n"),
    ("bibliography", "% Encoding: UTF-8\n\n@Book{x,\n title = {OpenAlex: W11},\n}\n"),
    (
        "bibliography",
        "Mendeley wrote this.\n\n@article{x,\nabstract = {\nPolicy implications\n},\ntitle = {An entry}\n}\n",
    ),
    ("bibliography", "TY  - BOOK\nTI  - An entry\nER  - \n\nTY  - JOUR\nTI  - Another\nER  - \n"),
    (
        "bibliography",
        "Provider: Press\r\n\r\nTY  - JOUR\r\nTI  - An entry\r\nAB  - x\r\nPolicy implications\r\nER  - \r\n",
    ),
    ("aggregator", json.dumps(ARTICLE)),
    ("aggregator", json.dumps(ARTICLE) + "\nthe page's words"),
    ("aggregator", json.dumps({"records": [ARTICLE]})),
    ("aggregator", WORDS),
]


def written(folder: Path, content: bytes | str, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(("source", "content"), FORMS)
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_every_form_is_told_by_its_content(
    tmp_path: Path, source: str, content: str, packed: bool, mark: bytes
) -> None:
    raw = mark + content.encode()
    form = read(written(tmp_path, gzip.compress(raw) if packed else raw, "anything.dat"))
    assert form.source == source
    assert form.form
    bodies = list(form)
    records = [parser_of(form.source)(body) for body in bodies]
    assert records
    assert {record.source for record in records} == {source}
    assert list(form) == bodies, "it can be read again"
    assert all(body in raw for body in bodies), "the exact bytes"


def test_a_file_in_several_gzip_members_is_read_to_its_end(tmp_path: Path) -> None:
    line = json.dumps(PAPER).encode() + b"\n"
    form = read(written(tmp_path, gzip.compress(line) + gzip.compress(line)))
    assert len(list(form)) == 2


def test_one_broken_line_harms_nobody_else(tmp_path: Path) -> None:
    line = json.dumps(PAPER).encode()
    bodies = list(read(written(tmp_path, line + b'\n{"paperId": \n\n' + line)))
    assert bodies == [line, b'{"paperId":', line]


def test_a_bad_letter_far_inside_harms_only_its_record(tmp_path: Path) -> None:
    good = json.dumps(PAPER).encode()
    bad = good.replace(b"A paper", b"\xff paper")
    bodies = list(read(written(tmp_path, b"[" + b",\n".join([*[good] * 2_000, bad, good]) + b"]")))
    assert bodies == [*[good] * 2_000, bad, good]
    with pytest.raises(ParseError, match="UTF-8"):
        parser_of("semantic_scholar")(bad)


def refusal(path: Path) -> str:
    with pytest.raises(UsageError) as caught:
        list(read(path))
    message = str(caught.value)
    assert "\n" not in message
    assert path.name[:5] in message
    assert ";" in message, "what, then what to do"
    return message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \n\t\n", "is empty"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (b"just a shopping list", "not known"),
        (b"{}", "not known"),
        (b"<html><body>Not found</body></html>", "not known"),
        ("@misc{a, title={naïve}}".encode("latin-1"), "iconv -f WINDOWS-1252"),
        ("TY  - JOUR".encode("utf-16"), "iconv -f UTF-16"),
        ("[]".encode("utf-16"), "not UTF-8"),
        (b"PK\x03\x04\xff\xfe\xfa", "not UTF-8"),
        (gzip.compress(json.dumps(PAPER).encode(), mtime=0)[:-9], "broken gzip"),
        (b"\x1f\x8bnonsense", "broken gzip"),
        (b'[{"paperId": "x", "title":', "broken JSON"),
        (b'{"paperId": ' + b"[" * 100_000, "nested deeper"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in refusal(written(tmp_path, content))


def test_a_gzip_cut_short_behind_its_head_gives_what_is_there_and_says_so(tmp_path: Path) -> None:
    lines = b"".join(json.dumps(PAPER | {"title": os.urandom(40).hex()}).encode() + b"\n" for _ in range(5_000))
    bodies = iter(read(written(tmp_path, gzip.compress(lines)[:-1000])))
    assert sum(1 for _ in itertools.islice(bodies, 3_000)) == 3_000
    with pytest.raises(UsageError, match="broken gzip"):
        list(bodies)


def test_missing_folder_and_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "No such file" in refusal(tmp_path / "nowhere")
    assert "inside a folder" in refusal(tmp_path)
    path = written(tmp_path, json.dumps(PAPER))

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    assert "Permission denied" in refusal(path)


def test_a_name_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path / "\x1b[31mred\n.json")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "content",
    [json.dumps([PAPER] * 400, indent=1), json.dumps([PAPER] * 400), json.dumps(PAPER) + "\n" + "x" * 30_000 + "\n"],
)
def test_a_piece_too_large_for_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, packed: bool
) -> None:
    monkeypatch.setattr(files, "MAX_PIECE", 20_000)
    path = written(tmp_path, gzip.compress(content.encode()) if packed else content)
    assert "more than 20,000 bytes in one piece" in refusal(path)


def test_many_small_lines_may_be_more_than_one_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_PIECE", 20_000)
    lines = (json.dumps(PAPER) + "\n") * 1_000
    assert len(list(read(written(tmp_path, gzip.compress(lines.encode()))))) == 1_000


def test_leaving_a_file_in_the_middle_closes_it(tmp_path: Path) -> None:
    bodies = iter(read(written(tmp_path, gzip.compress((json.dumps(PAPER) + "\n").encode() * 9))))
    assert next(bodies)
    bodies.close()  # an open file would be a ResourceWarning, which is an error here


def test_every_source_of_a_form_has_a_parser() -> None:
    for tap in files.taps():
        assert callable(parser_of(tap.source))
    assert {tap.source for tap in files.taps()} == {
        "openalex", "semantic_scholar", "crossref", "bibliography", "aggregator", "opencitations", "datacite",
    }  # fmt: skip
    with pytest.raises(UsageError):
        parser_of("astrology")


def test_reading_files_loads_neither_the_network_nor_the_client_libraries() -> None:
    code = (
        "import sys; from harvester.sources import files; files.taps(); "
        "heavy = ('requests', 'pyalex', 'semanticscholar', 'httpx', 'bibtexparser', 'rispy'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_given_files(shared: Path) -> None:
    found = {}
    for path in sorted([*(shared / "seed").glob("*.txt"), *(shared / "corpus" / "domain").glob("*.json")]):
        form = read(path)
        found[path.name[:12]] = (form.source, sum(1 for body in form if parser_of(form.source)(body)))
    assert found == {
        "000_564ca1c4": ("aggregator", 1),
        "001_4e42bf64": ("aggregator", 1),
        "dissociation": ("bibliography", 11),
        "global_polic": ("aggregator", 5),
        "seed_booksci": ("aggregator", 1),
    }
