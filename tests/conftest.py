"""The network is closed in every test, except loopback where a test says so with `@pytest.mark.loopback`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import responses

from harvester.store import Store
from tests.build import Hand, a_store
from tests.replay import Answer, Replay

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(autouse=True)
def network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[responses.RequestsMock | None]:
    """A closed network: anything not registered on it is an error; loopback tests go through to 127.0.0.1 only."""
    ours = ("HARVESTER_", "OPENALEX_", "SEMANTIC_SCHOLAR_", "CROSSREF_", "OPENCITATIONS_")
    for name in [name for name in os.environ if name.startswith(ours)]:
        monkeypatch.delenv(name)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        if request.node.get_closest_marker("loopback"):
            mock.add_passthru("http://127.0.0.1")
        yield mock


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recorded replies beside the project; a test that needs it is skipped, saying so, where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the recorded replies (../shared) are not on this machine")
    return SHARED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What reads the recorded replies is not among the quick tests: there are thousands of them."""
    for item in items:
        if "shared" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new, empty store."""
    with a_store(tmp_path) as opened:
        yield opened


@pytest.fixture
def hand(store: Store) -> Hand:
    """What saves invented records into it."""
    return Hand(store)


@pytest.fixture(scope="module")
def replay() -> Iterator[Replay]:
    """A service on 127.0.0.1 that answers as its test sets it to."""
    with Replay(lambda _: Answer(500, b"")) as server:
        yield server
