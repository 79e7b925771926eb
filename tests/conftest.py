"""The network is closed in every test, except loopback where a test says so with `@pytest.mark.loopback`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import responses

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(autouse=True)
def network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[responses.RequestsMock | None]:
    """A closed network: anything not registered on it is an error; loopback tests go through to 127.0.0.1 only."""
    for name in [n for n in os.environ if n.startswith(("HARVESTER_", "OPENALEX_", "SEMANTIC_SCHOLAR_"))]:
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
