"""How much of a reply is read, how deep it may be nested, and how long it says to wait."""

from __future__ import annotations

import email.utils
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import io

DAY = 86_400
"""Seconds."""

_CHUNK = 64 * 1024


def fill(body: io.BytesIO, raw: Any, limit: int) -> bool:
    """Read a reply into `body` until its end, or until it has passed `limit` bytes: then True.

    urllib3's `read1` hands over what has arrived and decompresses no more than it is asked for, so a small reply that
    unfolds into gigabytes is never held.
    """
    while chunk := raw.read1(_CHUNK, decode_content=True):
        body.write(chunk)
        if body.tell() > limit:
            return True
    return False


_NOT_STRUCTURE = bytes(byte for byte in range(256) if byte not in b'[]{}"')
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_STRING = re.compile(rb'"[^"]*"?')


def too_deep(body: bytes, limit: int) -> bool:
    """Whether JSON is nested deeper than `limit`, told without decoding it and without recursion.

    Escapes, texts and everything but brackets are taken out, then the innermost pairs, level by level. Each step is one
    pass in C: some 5 ms a megabyte. Broken JSON may count as deep; it is never decoded then, which is as well.

    >>> too_deep(b'{"a": [1, "[[[[", {}]}', 3), too_deep(b'{"a": [1, "[[[[", {}]}', 2)
    (False, True)
    """
    bare = body.replace(rb"\\", b"").replace(rb"\"", b"").translate(_ONE_KIND, _NOT_STRUCTURE)
    bare = _STRING.sub(b"", bare.replace(b'""', b""))
    run = b"[" * (limit + 1)
    for _ in range(limit):
        if run in bare:
            return True
        outer = bare.replace(b"[]", b"")
        if len(outer) == len(bare):
            return False
        bare = outer
    return b"[" in bare


_SECONDS = re.compile(r"\d{1,10}(?:\.\d{1,10})?")


def retry_after(value: str | None, now: float) -> float | None:
    """Seconds to wait, from either form of Retry-After (RFC 9110, 10.2.3); None where it says nothing sensible."""
    if value is None:
        return None
    if _SECONDS.fullmatch(value.strip()):
        return min(float(value), 366 * DAY)
    try:
        when = email.utils.parsedate_to_datetime(value)
        stamp = (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return min(max(stamp - now, 0.0), 366 * DAY)


def moment(stamp: float) -> datetime:
    """A time of the clock in UTC."""
    return datetime.fromtimestamp(stamp, UTC)
