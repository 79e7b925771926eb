"""The connections themselves, with a limit to the time that a whole request takes.

A read timeout bounds the silence between two bytes, so a server that sends a byte a second, in the headers or in the
body, can hold a request for days. These few classes put a stream under every reply on which each read from the socket
gets at most what is left of the request's time.
"""

from __future__ import annotations

import contextvars
import http.client
import io
import time
from typing import TYPE_CHECKING, Any

import requests  # noqa: TID251 (this package may)
import urllib3
from requests.adapters import HTTPAdapter  # noqa: TID251

if TYPE_CHECKING:
    import socket

DEADLINE: contextvars.ContextVar[float] = contextvars.ContextVar("deadline")
"""When the request under way has to be done, on the monotonic clock."""


class _Timed(io.RawIOBase):
    """A socket's incoming bytes until a moment of the monotonic clock; after it, TimeoutError."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock = sock
        self._until = until
        self._silence = sock.gettimeout()
        self.ended = False
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left if self._silence is None else min(left, self._silence))
        count = self._raw.readinto(buffer)
        self.ended = count == 0
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self._timed = _Timed(sock, DEADLINE.get())
        self.fp = io.BufferedReader(self._timed)

    def begin(self) -> None:
        super().begin()
        if self._timed.ended:  # http.client takes headers that were cut short for a whole reply with an empty body
            raise http.client.RemoteDisconnected("in the headers")


class _HTTPConnection(urllib3.connection.HTTPConnection):
    response_class = _TimedResponse


class _HTTPSConnection(urllib3.connection.HTTPSConnection):
    response_class = _TimedResponse


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


_POOLS = {"http": _HTTPPool, "https": _HTTPSPool}


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(*args, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager


def new_session() -> requests.Session:
    """A session that sends what it is given and nothing else: no .netrc password, no retry of its own."""
    session = requests.Session()
    session.auth = lambda request: request  # an auth of any kind keeps .netrc closed
    session.headers.clear()
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(max_retries=0))
    return session
