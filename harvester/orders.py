"""Standing orders: what can be watched, how a person writes it, and the form in which it is kept in a file.

    [[watch]]
    value = "10.1111/1758-5899.70005"
    label = "Ruxit Revisited"

    [[watch]]
    kind = "author"                      # only where the value does not tell
    value = "https://orcid.org/0000-0002-1825-0097"
    sources = ["openalex"]               # instead of all that are enabled
    depth = ["itself", "citing"]
    since = 2020-01-01                   # nothing published before that
    cap = 500                            # more works than this are not followed without asking

| kind | value |
| --- | --- |
| work | any identifier |
| author | ORCID, OpenAlex A..., s2:NUMBER |
| venue | ISSN |
| institution | ROR |
| topic | OpenAlex T... |
| query | words |
| filter | OpenAlex's filter language |
| file | a bibliography, read again at every run |
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec

from harvester import normal
from harvester.errors import UsageError
from harvester.records import (
    AuthorWorks,
    FileWorks,
    Filtered,
    Identifier,
    InstitutionWorks,
    Listing,
    Search,
    TopicWorks,
    VenueWorks,
)

DEPTHS: tuple[str, ...] = ("itself", "citing", "references")
CAP = 10_000
"""Works a watch may stand for without being asked: an order of magnitude above a journal, far below a discipline."""

_KEYS = ("kind", "value", "label", "sources", "depth", "since", "cap")


class Order(msgspec.Struct, frozen=True):
    """What is to be followed. `sources` None: all that are enabled; `since` an ISO day; `cap` in works."""

    kind: str
    value: str
    label: str | None = None
    sources: tuple[str, ...] | None = None
    depth: tuple[str, ...] = DEPTHS
    since: str | None = None
    cap: int = CAP

    @property
    def identifier(self) -> Identifier | None:
        """The identifier a watch of one work names; None for other kinds."""
        return Identifier(*self.value.split(":", 1)) if self.kind == "work" else None

    def asks(self, source: str) -> bool:
        """Whether this source is to be asked about it; a file is read by whoever reads files."""
        return self.sources is None or source in self.sources or self.kind == "file"

    @property
    def listing(self) -> Listing | None:
        """The list this stands for; None for a single work."""
        return _LISTINGS[self.kind](self.value, self.since) if self.kind in _LISTINGS else None


def _author_works(value: str, since: str | None) -> AuthorWorks:
    scheme, _, name = value.partition(":")
    return AuthorWorks(scheme, name, since)


_LISTINGS: dict[str, Callable[[str, str | None], Listing]] = {
    "author": _author_works,
    "venue": VenueWorks,
    "institution": InstitutionWorks,
    "topic": TopicWorks,
    "query": Search,
    "filter": Filtered,
    "file": FileWorks,
}
KINDS = ("work", *_LISTINGS)


# --- one spelling for each value ---------------------------------------------------------------------------------------


def _work(raw: str) -> str | None:
    name = normal.identifier(raw)
    return f"{name[0]}:{name[1]}" if name else None


def _author(raw: str) -> str | None:
    """
    >>> _author("https://orcid.org/0000-0002-1825-0097"), _author("https://openalex.org/a5023888391"), _author("s2:1741101")
    ('orcid:0000-0002-1825-0097', 'openalex:A5023888391', 's2:1741101')
    """
    scheme, colon, rest = raw.partition(":")
    if colon and scheme.lower() in ("orcid", "openalex"):
        raw = rest
    if orcid := normal.orcid(raw):
        return f"orcid:{orcid}"
    if own := normal.openalex_entity(raw, "A"):
        return f"openalex:{own}"
    found = re.fullmatch(
        r"(?:s2:|https?://(?:www\.)?semanticscholar\.org/author/(?:[^/]+/)?)(\d{1,12})/?", raw.strip(), re.IGNORECASE
    )
    return f"s2:{found[1]}" if found else None


def _filter(raw: str) -> str | None:
    """The expression as it stands if it looks like one: name:value, name:value."""
    clean = raw.strip()
    parts = clean.split(",")
    return (
        clean if all(re.fullmatch(r"\s*[a-z][a-z0-9_.-]*\s*:\s*\S.*", part, re.IGNORECASE) for part in parts) else None
    )


def _file(raw: str) -> str | None:
    return str(Path(raw).absolute()) if raw.strip() and "\0" not in raw else None


# In the order in which a bare value is tried; what is never guessed stands below.
_SPELLINGS: dict[str, tuple[Callable[[str], str | None], str]] = {
    "venue": (normal.issn, "no ISSN (or its check digit is wrong); write it as 1758-5880"),
    "author": (_author, "no ORCID, OpenAlex author (A...) or Semantic Scholar author (s2:NUMBER)"),
    "topic": (lambda raw: normal.openalex_entity(raw, "T"), "no OpenAlex topic; write it as T10123"),
    "institution": (normal.ror, "no ROR id; write it as https://ror.org/04jr1s763"),
    "work": (_work, "no identifier; give a DOI, W123, a Semantic Scholar id, pmid:1, arxiv:..."),
    "query": (normal.text, "an empty text"),
    "filter": (_filter, "no filter; write it as name:value,name:value (https://docs.openalex.org)"),
    "file": (_file, "no path"),
}
_GUESSED = ("venue", "author", "topic", "institution", "work")


def spelt(value: str, kind: str | None = None) -> tuple[str, str]:
    """(kind, value) of what a person wrote, in its one spelling. Raises UsageError.

    >>> spelt("17585880"), spelt("W2741809807"), spelt("https://ror.org/04jr1s763"), spelt("dissociation", "query")
    (('venue', '1758-5880'), ('work', 'openalex:W2741809807'), ('institution', '04jr1s763'), ('query', 'dissociation'))
    """
    if kind is not None and kind not in KINDS:
        raise UsageError(f"--kind {kind!r}: a watch is of kind {', '.join(KINDS)}")
    for each in (kind,) if kind else _GUESSED:
        if found := _SPELLINGS[each][0](value):
            return each, found
    if kind:
        raise UsageError(f"{value!r} is {_SPELLINGS[kind][1]}")
    if not value.startswith("10.") and Path(value).suffix and Path(value).is_file():
        return "file", str(Path(value).absolute())
    raise UsageError(
        f"{value!r} is neither an identifier, an ISSN, an ORCID, a ROR, a topic nor a file; to watch a text: --kind query"
    )


def order(
    value: str,
    kind: str | None = None,
    *,
    label: str | None = None,
    sources: Sequence[str] | None = None,
    depth: Sequence[str] | None = None,
    since: str | None = None,
    cap: int | None = None,
) -> Order:
    """The order a person gave, checked. Raises UsageError."""
    kind, value = spelt(value, kind)
    levels = (
        DEPTHS[:2] if kind not in ("work", "file") else DEPTHS
    )  # a venue's references are thousands nobody asked for
    if depth is not None:
        if unknown := [each for each in depth if each not in DEPTHS]:
            raise UsageError(f"--depth {unknown[0]!r}: it is {', '.join(DEPTHS)}")
        levels = tuple(each for each in DEPTHS if each in depth or each == "itself")
    if since is not None and kind == "file":
        raise UsageError("--since: a file says itself what is in it; leave the day out")
    if cap is not None and not 1 <= cap < 2**53:
        raise UsageError(f"--cap {cap}: it is a number of works, 1 or more")
    named = tuple(dict.fromkeys(sources)) if sources else None
    return Order(kind, value, normal.text(label), named, levels, since, CAP if cap is None else cap)


# --- files -------------------------------------------------------------------------------------------------------------


def read_tables(tables: object, folder: Path) -> tuple[Order, ...]:
    """The orders of a TOML document's [[watch]] tables; paths of files are relative to `folder`. Raises UsageError."""
    if not isinstance(tables, list) or not all(isinstance(table, Mapping) for table in tables):
        raise UsageError("watch: must be tables: [[watch]]")
    found: dict[tuple[str, str], Order] = {}
    for number, table in enumerate(tables, start=1):
        try:
            one = _read_table(table, folder)
        except UsageError as fault:
            raise UsageError(f"watch {number}: {str(fault).replace('--', '')}") from None
        if (one.kind, one.value) in found:
            raise UsageError(f"watch {number}: {one.kind} {one.value} stands there twice")
        found[one.kind, one.value] = one
    return tuple(found.values())


def _read_table(table: Mapping[str, Any], folder: Path) -> Order:
    if unknown := [name for name in table if name not in _KEYS]:
        raise UsageError(f"{unknown[0]} is not a setting of a watch; known are {', '.join(_KEYS)}")
    value, kind, since = table.get("value"), table.get("kind"), table.get("since")
    if not isinstance(value, str):
        raise UsageError("value must be a text in quotes")
    if kind == "file":
        value = str(folder / value)
    if isinstance(since, str):
        since = normal.date(since)
        if since is None or len(since) != 10:
            raise UsageError("since must be a day: 2020-01-31")
    if isinstance(since, datetime) or not (since is None or isinstance(since, str | date)):
        raise UsageError("since must be a day: 2020-01-31")
    return order(
        value,
        _typed(table, "kind", str),
        label=_typed(table, "label", str),
        sources=_names(table, "sources"),
        depth=_names(table, "depth"),
        since=str(since) if since else None,
        cap=_typed(table, "cap", int),
    )


def _typed(table: Mapping[str, Any], name: str, kind: type) -> Any:
    value = table.get(name)
    if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
        raise UsageError(f"{name} must be {'a text in quotes' if kind is str else 'a whole number'}")
    return value


def _names(table: Mapping[str, Any], name: str) -> list[str] | None:
    value = table.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not value or not all(isinstance(each, str) for each in value):
        raise UsageError(f'{name} must be a list of names: ["openalex"]')
    return value


def read_list(path: Path) -> tuple[Order, ...]:
    """The orders in a file: [[watch]] tables, or one value a line (what follows a # is for people). Raises UsageError."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        why = fault.strerror if isinstance(fault, OSError) else "it is not UTF-8"
        raise UsageError(f"{path}: cannot be read ({why}); check the name") from None
    try:
        if re.search(r"^\s*\[\[\s*watch\s*\]\]", text, re.MULTILINE):
            return read_tables(tomllib.loads(text).get("watch"), path.parent)
        return _read_lines(text)
    except tomllib.TOMLDecodeError as fault:
        raise UsageError(f"{path}: not a TOML file: {fault}; correct it there") from None
    except UsageError as fault:
        raise UsageError(f"{path}: {fault}; nothing was changed") from None


def _read_lines(text: str) -> tuple[Order, ...]:
    found: dict[tuple[str, str], Order] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        value, _, label = line.partition(" #") if not line.lstrip().startswith("#") else ("", "", "")
        if not value.strip():
            continue
        try:
            one = order(value.strip(), label=label or None)
        except UsageError as fault:
            raise UsageError(f"line {number}: {fault}") from None
        found.setdefault((one.kind, one.value), one)
    return tuple(found.values())


def as_table(one: Order, folder: Path) -> dict[str, Any]:
    """An order as a TOML table's keys and values; what is as it would be without saying so is left out."""
    usual = order(one.value, one.kind)
    value: str = one.value
    if one.kind == "file" and Path(value).is_relative_to(folder):
        value = str(Path(value).relative_to(folder))
    told: dict[str, Any] = {"kind": one.kind, "value": value}
    if one.label:
        told["label"] = one.label
    if one.sources:
        told["sources"] = list(one.sources)
    if one.depth != usual.depth:
        told["depth"] = list(one.depth)
    if one.since:
        told["since"] = date.fromisoformat(one.since)
    if one.cap != usual.cap:
        told["cap"] = one.cap
    return told


def as_toml(orders: Iterable[Order], folder: Path) -> str:
    """Orders as [[watch]] tables; files below `folder` by their path from there."""
    import tomlkit

    document = tomlkit.document()
    document["watch"] = [as_table(one, folder) for one in orders]
    return tomlkit.dumps(document)


def rewritten(text: str, orders: Iterable[Order], folder: Path) -> str:
    """A settings file's text with these orders as its [[watch]] tables; everything else, comments included, as it was.

    A table whose order has not changed stays as it is written.
    """
    import tomlkit

    document = tomlkit.parse(text)
    wanted = {(one.kind, one.value): one for one in orders}
    tables = document.get("watch")
    if tables is None:
        tables = document["watch"] = tomlkit.aot()
    for table in list(tables):
        held = _read_table(table.unwrap(), folder)
        one = wanted.pop((held.kind, held.value), None)
        if one is None:
            tables.remove(table)
        elif one != held:
            told = as_table(one, folder)
            for name in [name for name in table if name not in told]:
                del table[name]
            table.update(told)
    for one in wanted.values():
        table = tomlkit.table()
        table.update(as_table(one, folder))
        tables.append(table)
    return tomlkit.dumps(document)
