"""A service's address, and which other addresses belong to the same host."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin, urlsplit

from harvester.errors import ConfigError

if TYPE_CHECKING:
    from harvester.http.service import Service


def split(url: str, base: str = "") -> SplitResult | None:
    """The parts of an address, seen from `base`; None if it has no host or its port is no number."""
    try:
        parts = urlsplit(urljoin(base, url))
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.hostname else None


def base_address(service: Service) -> str:
    """Where every path begins. Raises ConfigError where that is no plain address."""
    parts = split(service.url)
    if parts is None or parts.scheme not in ("http", "https") or "@" in parts.netloc or parts.query or parts.fragment:
        raise ConfigError(f"{service.source}: its address must be http(s)://host[:port][/path], without user or query")
    return service.url.rstrip("/")


_PORTS = {"http": 80, "https": 443}


def same_host(here: SplitResult, to: SplitResult) -> bool:
    """Whether a key may go along: same host and port, or the same host's step from http to https."""
    if here.hostname != to.hostname:
        return False
    ports = [parts.port or _PORTS[parts.scheme] for parts in (here, to)]
    return ports[0] == ports[1] or ports == [80, 443]
