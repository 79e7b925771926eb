"""Environment and harvest.toml -> Settings. Keys are read here and nowhere else, from the environment only.

    # harvest.toml
    database = "harvest.db"                      # beside this file, unless the path is absolute
    mailto = "library@example.org"
    sources = ["openalex", "semantic_scholar"]   # in the order they are asked

    [source.openalex]
    url = "http://127.0.0.1:8000"                # a stand-in for the service

    [tracker]
    fall_share = 0.95                            # thresholds: see harvester/tracking.py

    [[watch]]                                    # the watch list, where people keep it in this file: see harvester/orders.py
    value = "1758-5880"

The environment wins: HARVESTER_DB, HARVESTER_MAILTO, HARVESTER_<SOURCE>_URL. Keys: OPENALEX_API_KEY,
SEMANTIC_SCHOLAR_API_KEY, CROSSREF_API_KEY (a Metadata Plus token), OPENCITATIONS_API_KEY. An empty variable counts as unset.
Whatever is unknown or of the wrong type is a ConfigError that says where it stands and what to do, so that a typing error is
never a harvest of something else.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn
from urllib.parse import urlsplit

import msgspec

from harvester.errors import ConfigError, UsageError
from harvester.orders import Order, read_tables
from harvester.tracking import DEFAULTS, Tracking

FILE = "harvest.toml"
SOURCES = ("openalex", "semantic_scholar", "crossref", "opencitations", "datacite")
ENABLED = ("openalex", "semantic_scholar")

_DATABASE = "HARVESTER_DB"
_MAILTO = "HARVESTER_MAILTO"
_KEYS = {
    "openalex": "OPENALEX_API_KEY", "semantic_scholar": "SEMANTIC_SCHOLAR_API_KEY", "crossref": "CROSSREF_API_KEY",
    "opencitations": "OPENCITATIONS_API_KEY",
}  # fmt: skip
_URLS = {source: f"HARVESTER_{source.upper()}_URL" for source in SOURCES}
_OURS = frozenset({_DATABASE, _MAILTO, *_URLS.values()})
_CRON = frozenset({"HARVESTER_BIN", "HARVESTER_ENV_FILE", "HARVESTER_LOG"})  # cron/harvest.sh reads these

_SECRET = re.compile(r"(?:.*[_-])?(?:api_?key|key|token|secret|password)", re.IGNORECASE)
_KEY = re.compile(r"[!-~]+")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_HOST_AND_PATH = re.compile(r"[!-~]+")


class Secret:
    """A key that no repr, format or traceback shows.

    >>> Secret("abc"), f"{Secret('abc')}", Secret("abc").reveal()
    (Secret(***), 'Secret(***)', 'abc')
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def __repr__(self) -> str:
        return "Secret(***)"

    def reveal(self) -> str:
        """The key itself, for a request's header."""
        return self._value


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is told. `urls` holds the addresses that were set, `keys` the keys; both by source."""

    database: Path = Path("harvest.db")
    mailto: str | None = None
    sources: tuple[str, ...] = ENABLED
    urls: Mapping[str, str] = MappingProxyType({})
    keys: Mapping[str, Secret] = MappingProxyType({})
    tracking: Tracking = DEFAULTS
    watches: tuple[Order, ...] | None = None  # None: the file holds no watch list
    file: Path | None = None  # where these settings were read

    def __repr__(self) -> str:
        mailto = "set" if self.mailto else "unset"
        where = f"database={str(self.database)!r}, sources={self.sources}, urls={dict(self.urls)}"
        return f"Settings({where}, mailto {mailto}, keys for {[*self.keys]})"

    def key(self, source: str) -> str | None:
        """The key for a source, None if there is none."""
        secret = self.keys.get(source)
        return secret.reveal() if secret else None

    def url(self, source: str) -> str | None:
        """The address set for a source, without a slash at its end; None: the source's own."""
        return self.urls.get(source)


def load(env: Mapping[str, str], path: Path | None = None, *, folder: Path = Path()) -> Settings:
    """The settings of an environment and a file. Raises ConfigError.

    path: the file that was named, which must exist; None: `harvest.toml` in `folder`, if it is there. A database named
    in the file lies relative to that file; one in the environment, relative to the current folder.
    """
    env = {name: value for name, value in env.items() if value}
    for name in sorted(env):
        if name.startswith("HARVESTER_") and name not in _OURS | _CRON:
            raise ConfigError(f"environment: {name} is not a setting; known are {', '.join(sorted(_OURS))}")
    found = path or folder / FILE
    told = _File(found, _table(found, must_exist=path is not None))
    urls = told.urls() | {source: _url(name, env[name]) for source, name in _URLS.items() if name in env}
    return Settings(
        database=_database(_DATABASE, env[_DATABASE]) if _DATABASE in env else told.database(),
        mailto=_mailto(_MAILTO, env[_MAILTO]) if _MAILTO in env else told.mailto(),
        sources=told.sources(),
        urls=MappingProxyType(urls),
        keys=MappingProxyType({source: _key(name, env[name]) for source, name in _KEYS.items() if name in env}),
        tracking=told.tracking(),
        watches=told.watches(),
        file=found if found.exists() else None,
    )


def _table(path: Path, *, must_exist: bool) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        if not must_exist:
            return {}
        raise ConfigError(f"{path}: no such file; give the path of your {FILE}, or leave --config out") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); check its kind and its permissions") from None
    except ValueError as error:  # TOMLDecodeError, UnicodeDecodeError
        where = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "it is not UTF-8"
        raise ConfigError(f"{path}: not a TOML file: {where}; correct it there") from None


class _File:
    """A settings file: each method gives one setting, checked, or what holds without it."""

    def __init__(self, path: Path, table: dict[str, Any]) -> None:
        self._path = path
        self._table = table
        self._refuse_secrets(table, "")
        self._only(table, ("database", "mailto", "sources", "source", "tracker", "watch"), "")
        self._services = self._typed("source", dict, "a table: [source.NAME]") or {}

    def database(self) -> Path:
        value = self._typed("database", str, 'a path in quotes: "harvest.db"')
        return self._path.parent / _database(self._at("database"), value) if value is not None else Path("harvest.db")

    def mailto(self) -> str | None:
        value = self._typed("mailto", str, "a mail address in quotes")
        return _mailto(self._at("mailto"), value) if value is not None else None

    def sources(self) -> tuple[str, ...]:
        names = self._typed("sources", list, 'a list of names: ["openalex"]')
        if names is None:
            return ENABLED
        for name in names:
            if not isinstance(name, str) or name not in SOURCES:
                self._wrong("sources", f"{name!r} is not a source; known are {', '.join(SOURCES)}")
        if not names or len(set(names)) < len(names):
            self._wrong("sources", "must name at least one source and none twice")
        return tuple(names)

    def watches(self) -> tuple[Order, ...] | None:
        if "watch" not in self._table:
            return None
        try:
            orders = read_tables(self._table["watch"], self._path.parent.absolute())
        except UsageError as fault:
            raise ConfigError(f"{self._path}: {fault}") from None
        for one in orders:
            if unknown := [name for name in one.sources or () if name not in SOURCES]:
                self._wrong("watch", f"{unknown[0]!r} is not a source; known are {', '.join(SOURCES)}")
        return orders

    def tracking(self) -> Tracking:
        table = self._typed("tracker", dict, "a table: [tracker]") or {}
        self._only(table, Tracking.__struct_fields__, "tracker.")
        for name in table:
            try:
                msgspec.convert({name: table[name]}, Tracking)
            except msgspec.ValidationError as fault:
                said = str(fault).partition(" - at")[0]
                self._wrong(f"tracker.{name}", said[:1].lower() + said[1:])
        return Tracking(**table)

    def urls(self) -> dict[str, str]:
        urls = {}
        for name, service in self._services.items():
            at = f"source.{name}"
            if name not in SOURCES:
                self._wrong(at, f"is not a source; known are {', '.join(SOURCES)}")
            if not isinstance(service, dict):
                self._wrong(at, f"must be a table: [{at}]")
            self._only(service, ("url",), f"{at}.")
            if "url" in service:
                urls[name] = _url(self._at(f"{at}.url"), service["url"])
        return urls

    def _refuse_secrets(self, table: dict[str, Any], prefix: str) -> None:
        for name, value in table.items():
            if _SECRET.fullmatch(name):
                self._wrong(
                    prefix + name, f"keys do not belong in a file; take it out and set {' or '.join(_KEYS.values())}"
                )
            if isinstance(value, dict):
                self._refuse_secrets(value, f"{prefix}{name}.")

    def _only(self, table: dict[str, Any], known: tuple[str, ...], prefix: str) -> None:
        for name in table:
            if name not in known:
                self._wrong(prefix + name, f"is not a setting; known are {', '.join(prefix + each for each in known)}")

    def _typed(self, name: str, kind: type, form: str) -> Any:
        value = self._table.get(name)
        if value is not None and not isinstance(value, kind):
            self._wrong(name, f"must be {form}")
        return value

    def _at(self, name: str) -> str:
        return f"{self._path}: {name}"

    def _wrong(self, name: str, what: str) -> NoReturn:
        raise ConfigError(f"{self._at(name)}: {what}")


# One check a kind of value. `at` says where it stands; the value itself is not shown, it may be private.


def _database(at: str, value: str) -> Path:
    if not value.strip() or value.startswith("~") or "\0" in value:
        raise ConfigError(f"{at}: must be the path of the database file, written in full (no ~)")
    return Path(value)


def _mailto(at: str, value: str) -> str:
    if not _ADDRESS.fullmatch(value) or len(value) > 254:
        raise ConfigError(f"{at}: must be one plain mail address: name@example.org")
    return value


def _url(at: str, value: object) -> str:
    if not isinstance(value, str) or not _is_base(value):
        raise ConfigError(f"{at}: must be an address like https://host[:port][/path], without user, '?' or '#'")
    return value.rstrip("/")


def _is_base(value: str) -> bool:
    try:
        parts = urlsplit(value)
        _ = parts.port  # ValueError where it is no port
    except ValueError:
        return False
    if not _HOST_AND_PATH.fullmatch(value) or any(mark in value for mark in "?#@"):
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _key(at: str, value: str) -> Secret:
    if not _KEY.fullmatch(value):
        raise ConfigError(
            f"environment: {at} holds a space, a line break or a character outside ASCII; copy the key again"
        )
    return Secret(value)
