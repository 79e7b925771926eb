"""Settings come from the environment and harvest.toml; what is wrong is said, keys never are."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from harvester.config import Secret, Settings, load
from harvester.errors import ConfigError

KEY = "s3cret-key-0123456789"
MAILTO = "librarian@example.org"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a harvest.toml of whoever runs the tests is none of their business


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str | bytes) -> Path:
        path = tmp_path / "harvest.toml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


def test_without_anything_the_defaults_hold(tmp_path: Path) -> None:
    settings = load({}, folder=tmp_path)
    assert settings == Settings()
    assert settings.database == Path("harvest.db")
    assert settings.sources == ("openalex", "semantic_scholar")
    assert (settings.mailto, settings.key("openalex"), settings.url("openalex")) == (None, None, None)


def test_the_file_is_read(write) -> None:
    path = write(
        f'database = "data/all.db"\nmailto = "{MAILTO}"\nsources = ["crossref", "openalex"]\n'
        '[source.crossref]\nurl = "http://127.0.0.1:8000/crossref/"\n[source.openalex]\n'
    )
    settings = load({}, path)
    assert settings.database == path.parent / "data/all.db"
    assert settings.mailto == MAILTO
    assert settings.sources == ("crossref", "openalex")
    assert settings.url("crossref") == "http://127.0.0.1:8000/crossref"
    assert settings.url("openalex") is None


def test_the_file_of_the_folder_is_found_and_its_database_lies_beside_it(write) -> None:
    path = write('database = "other.db"')
    assert load({}, folder=path.parent).database == path.parent / "other.db"


def test_an_absolute_database_stays_where_it_is(write) -> None:
    assert load({}, write('database = "/srv/harvest.db"')).database == Path("/srv/harvest.db")


def test_the_environment_wins_over_the_file(write) -> None:
    path = write('database = "a.db"\nmailto = "a@example.org"\n[source.datacite]\nurl = "http://a.example"\n')
    env = {
        "HARVESTER_DB": "b.db",
        "HARVESTER_MAILTO": MAILTO,
        "HARVESTER_DATACITE_URL": "https://b.example/",
        "HARVESTER_OPENCITATIONS_URL": "https://c.example",
        "OPENALEX_API_KEY": KEY,
        "SEMANTIC_SCHOLAR_API_KEY": "another",
        "OPENCITATIONS_API_KEY": "token",
        "PATH": "/bin",
    }
    settings = load(env, path)
    assert settings.database == Path("b.db")
    assert settings.mailto == MAILTO
    assert dict(settings.urls) == {"datacite": "https://b.example", "opencitations": "https://c.example"}
    assert (settings.key("openalex"), settings.key("semantic_scholar"), settings.key("crossref")) == (
        KEY,
        "another",
        None,
    )
    assert settings.key("opencitations") == "token"


def test_an_empty_variable_counts_as_unset(write) -> None:
    names = ("HARVESTER_DB", "HARVESTER_MAILTO", "HARVESTER_CROSSREF_URL", "OPENALEX_API_KEY", "HARVESTER_NO_SUCH")
    path = write(f'database = "/a.db"\nmailto = "{MAILTO}"\n')
    settings = load(dict.fromkeys(names, ""), path)
    assert (settings.database, settings.mailto, settings.key("openalex")) == (Path("/a.db"), MAILTO, None)
    assert dict(settings.urls) == {}


def test_no_repr_shows_a_key_or_the_mail_address() -> None:
    settings = load({"OPENALEX_API_KEY": KEY, "HARVESTER_MAILTO": MAILTO})
    shown = f"{settings!r} {settings} {settings.keys} {Secret(KEY)} {Secret(KEY)!r} %s" % Secret(KEY)
    assert KEY not in shown
    assert MAILTO not in repr(settings)
    assert "openalex" in repr(settings)


def test_settings_cannot_be_changed() -> None:
    settings = load({"OPENALEX_API_KEY": KEY})
    with pytest.raises(AttributeError):
        settings.mailto = MAILTO  # type: ignore[misc]
    with pytest.raises(TypeError):
        settings.keys["openalex"] = Secret("x")  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "place", "advice"),
    [
        ("databse = 'x'", "databse", "known are database, mailto"),
        ("database = 3", "database", "in quotes"),
        ("database = ' '", "database", "path"),
        ("database = '~/x.db'", "database", "in full"),
        ("mailto = ['a@example.org']", "mailto", "in quotes"),
        ("mailto = 'nobody'", "mailto", "name@example.org"),
        ("sources = 'openalex'", "sources", "a list"),
        ("sources = ['scopus']", "sources", "known are openalex"),
        ("sources = [1]", "sources", "known are openalex"),
        ("sources = []", "sources", "at least one"),
        ("sources = ['openalex', 'openalex']", "sources", "none twice"),
        ("source = 'openalex'", "source", "[source.NAME]"),
        ("[source.scopus]\nurl = 'https://x.example'", "source.scopus", "known are openalex"),
        ("[source]\nopenalex = 'https://x.example'", "source.openalex", "[source.openalex]"),
        ("[source.openalex]\naddress = 'x'", "source.openalex.address", "source.openalex.url"),
        ("[source.openalex]\nurl = 5", "source.openalex.url", "https://host"),
        ("tracker = 5", "tracker", "[tracker]"),
        ("[tracker]\nfall = 0.9", "tracker.fall", "tracker.fall_share"),
        ("[tracker]\nfall_share = 95", "tracker.fall_share", "<= 1.0"),
        ("[tracker]\nfall_least = 'few'", "tracker.fall_least", "expected `int`"),
        ("database = \n", "not a TOML file", "line 1"),
        (b"\xff\xfe", "not a TOML file", "UTF-8"),
    ],
)
def test_a_wrong_file_is_refused_with_file_place_and_advice(write, text: str | bytes, place: str, advice: str) -> None:
    path = write(text)
    with pytest.raises(ConfigError) as caught:
        load({}, path)
    assert str(caught.value).startswith(f"{path}: {place}")
    assert advice in str(caught.value)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f"key = '{KEY}'", "key"),
        (f"openalex_api_key = '{KEY}'", "openalex_api_key"),
        (f"[source.openalex]\napi_key = '{KEY}'", "source.openalex.api_key"),
        (f"[source.semantic_scholar]\nToken = '{KEY}'", "source.semantic_scholar.Token"),
        (f"[source.scopus]\nsecret = '{KEY}'", "source.scopus.secret"),
    ],
)
def test_a_key_in_the_file_is_refused_and_sent_to_the_environment(write, text: str, place: str) -> None:
    path = write(text)
    with pytest.raises(ConfigError) as caught:
        load({}, path)
    assert str(caught.value).startswith(f"{path}: {place}: ")
    assert "OPENALEX_API_KEY" in str(caught.value)
    assert KEY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "key", [f"{KEY}\n", f" {KEY}", f"{KEY[:5]} {KEY[5:]}", f"{KEY}é", f"{KEY}\x00", f"{KEY}\u200b"]
)
def test_a_key_no_header_could_hold_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load({"SEMANTIC_SCHOLAR_API_KEY": key})
    shown = "".join(traceback.format_exception(caught.value))
    assert "SEMANTIC_SCHOLAR_API_KEY" in shown
    assert KEY[:5] not in shown


@pytest.mark.parametrize(
    "url",
    [
        "api.example.org",
        "ftp://api.example.org",
        "file:///etc/passwd",
        "https://",
        "https://user:pass@api.example.org",
        "https://api.example.org?mailto=x",
        "https://api.example.org#x",
        "https://api.example.org:port",
        "https://api.example.org:99999",
        "https://api.example.org/a b",
        "https://api.example.org\n",
        "https://[::1",
        "https://bücher.example",
    ],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^HARVESTER_OPENALEX_URL: must be an address like https://"):
        load({"HARVESTER_OPENALEX_URL": url})


@pytest.mark.parametrize(
    "mailto", ["nobody", "a@b", "a@example.org\nX-Evil: 1", "a b@example.org", "a@example.org; b@x.org"]
)
def test_a_mail_address_that_is_none_is_refused(mailto: str) -> None:
    with pytest.raises(ConfigError, match=r"^HARVESTER_MAILTO: must be one plain mail address"):
        load({"HARVESTER_MAILTO": mailto})


def test_an_unknown_setting_in_the_environment_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"HARVESTER_DATABASE is not a setting; known are .*HARVESTER_DB,"):
        load({"HARVESTER_DATABASE": "x.db"})


def test_a_named_file_must_exist_and_be_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load({}, tmp_path / "harvest.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load({}, tmp_path)
