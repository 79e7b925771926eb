"""What goes wrong on the wire, in our words: only names of kinds, never the texts of other libraries' exceptions."""

from __future__ import annotations

import requests  # noqa: TID251 (this package may)
import urllib3

from harvester.errors import BadReply, SourceError, TimedOut, Unreachable
from harvester.http.service import Service

_HOPELESS: tuple[tuple[tuple[type[Exception], ...], type[SourceError], str], ...] = (
    (
        (requests.exceptions.SSLError, urllib3.exceptions.SSLError),
        Unreachable,
        "the server's certificate or encryption is not accepted",
    ),
    (
        (urllib3.exceptions.DecodeError,),
        BadReply,
        "the reply's compression is broken",
    ),
    (
        (ValueError,),  # InvalidURL, LocationParseError, UnicodeError: what a redirect can lead to
        Unreachable,
        "an address that cannot be used",
    ),
)


def connection_fault(service: Service, error: Exception, asked: str, *, late: bool) -> tuple[SourceError, bool]:
    """What went wrong on the wire, in our words, and whether another try may mend it."""
    source, limits = service.source, service
    if late:  # a server that uses up the whole time once will do so again
        return TimedOut(source, asked, f"no complete reply within {limits.total_timeout:g} s"), False
    if isinstance(error, requests.ConnectTimeout):
        return TimedOut(source, asked, f"no connection within {limits.connect_timeout:g} s"), True
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
        return TimedOut(source, asked, f"no answer for {limits.read_timeout:g} s"), True
    for kinds, fault, what in _HOPELESS:
        if isinstance(error, kinds):
            return fault(source, asked, what), False
    return Unreachable(source, asked, _broken(error)), True


def _broken(error: Exception) -> str:
    """What broke a connection, told from the chain of causes; only names of kinds, never their texts."""
    kinds: set[str] = set()
    links: list[object] = [error]
    while links and len(kinds) < 50:
        link = links.pop()
        if isinstance(link, BaseException) and type(link).__name__ not in kinds:
            kinds.add(type(link).__name__)
            links += [link.__cause__, link.__context__, getattr(link, "reason", None), *link.args]
    if "ConnectionRefusedError" in kinds:
        return "the connection was refused"
    if kinds & {"NameResolutionError", "gaierror"}:
        return "the host's name is not known"
    if kinds & {"IncompleteRead", "InvalidChunkLength"}:
        return "the reply was cut short"
    if kinds & {"ConnectionResetError", "RemoteDisconnected", "BrokenPipeError", "ConnectionAbortedError"}:
        return "the connection was closed by the other side"
    return "no connection, or it broke"
