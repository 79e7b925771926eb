"""Words that may leave the program: without keys, without mail addresses, without what a reply holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from harvester.errors import ConfigError
from harvester.http.limits import too_deep

if TYPE_CHECKING:
    from harvester.http.service import Service

_PRIVATE = re.compile(r"(?i)\b((?:api[_-]?key|access_token|key|token|mailto|email)=)[^&#;\s\"'<>]+")
_USER = re.compile(r"(?<=//)[^/?#@\s]+@")


def redact(text: str, secrets: tuple[str, ...] = ()) -> str:
    """`text` without these secrets, without the values of query parameters that hold one, without a URL's user.

    >>> redact("GET https://u:p@example.org/works?page=2&api_key=abc&mailto=a%40b.org", ())
    'GET https://***@example.org/works?page=2&api_key=***&mailto=***'
    >>> redact("Invalid API key: s3cret", ("s3cret",))
    'Invalid API key: ***'
    """
    for secret in secrets:
        text = text.replace(secret, "***")
    return _USER.sub("***@", _PRIVATE.sub(r"\1***", text))


def secrets_of(service: Service, mailto: str | None) -> tuple[str, ...]:
    """Every spelling in which a key or the mail address could come back. ConfigError for what no header can hold."""
    plain = [mailto] if mailto else []
    if service.key_header:
        value = service.key_header[1]
        plain += [value, value.split(" ")[-1]]  # "Bearer XXX": XXX alone is the secret
    for text in plain:
        if not (text.isascii() and text.isprintable()) or text != text.strip():
            raise ConfigError(f"{service.source}: the key or mail address has a character that no header can hold")
    spellings = {spelling for text in plain if text for spelling in (text, quote(text), quote(text, safe=""))}
    return tuple(sorted(spellings, key=lambda spelling: (-len(spelling), spelling)))


_SAYS = ("error", "errors", "message", "title", "detail")


def words_of(body: bytes, max_depth: int) -> str:
    """What an error's body says: {"error", "message"}, {"message"}, a list of such, a line of text, an HTML page."""
    if body[:256].lstrip()[:1] in (b"{", b"[") and not too_deep(body, max_depth):
        try:
            return _spoken(msgspec.json.decode(body))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass  # then it is a line of text
    text = body.decode("utf-8", "replace")
    title = re.search(r"<title[^>]{0,200}>([^<]{1,500})", text, re.IGNORECASE)
    return title[1] if title else text


def _spoken(value: Any) -> str:
    match value:
        case str():
            return value
        case dict():
            return ": ".join(filter(None, (_spoken(value[name]) for name in _SAYS if name in value)))
        case [first, *_]:
            return _spoken(first)
    return ""


_CONTENT_FREE = re.compile(r"(?:Expected |Object missing |JSON is malformed|Input data was truncated)[^'\"]*")
_PATH = re.compile(r"`(\$[^`]*)`$")


def without_content(error: Exception) -> str:
    """A decoding error in words that hold no content of the reply, whatever the decoder says."""
    said = str(error)
    if _CONTENT_FREE.fullmatch(said):
        return f"the reply's JSON is not as promised: {said}"
    place = _PATH.search(said)
    return f"the reply's JSON is not as promised{f', at {place[1]}' if place else ''}"
