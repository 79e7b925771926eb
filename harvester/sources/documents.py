"""What file forms share: the raw records of a JSON file, a name for a record that has none, addresses to follow."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from harvester import normal
from harvester.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_WEB = re.compile(r"https?://[^\s/<>\"]+[^\s<>\"]*", re.IGNORECASE)


def values(stream: BinaryIO) -> Iterator[bytes]:
    """The values of a JSON file, each with its exact bytes: the elements of a list, the lines, or the one object.

    A broken line of JSON lines is given as it is: it harms nobody but itself. Raises UsageError where a document that
    is one whole is broken.
    """
    first = b""
    while not first.strip():
        first = stream.readline()
        if not first:
            return
    if first.lstrip().startswith(b"{") and _is_json(first):
        yield first.strip()
        yield from filter(None, (line.strip() for line in stream))
    else:
        yield from elements(first + stream.read())


def elements(document: bytes) -> Iterator[bytes]:
    """The elements of a JSON list, or the document itself if it is no list. Raises UsageError where it is not JSON."""
    try:
        if document.lstrip().startswith(b"["):
            parts = msgspec.json.decode(document, type=list[msgspec.Raw])
        else:
            parts = [msgspec.json.decode(document, type=msgspec.Raw)]
    except msgspec.DecodeError as fault:
        raise UsageError(f"broken JSON ({fault}); get the file again, it may have been cut short") from None
    except RecursionError:
        raise UsageError("JSON nested deeper than any record; this is not a file of records") from None
    for part in parts:
        yield bytes(part).strip()


# Lines that begin an entry: "@article{", "TY  - JOUR".
_ENTRY = re.compile(rb"(?:\A|(?<=[\r\n]))[ \t]*(?:(?P<bibtex>@[A-Za-z]{2,30}[ \t]*[{(])|(?P<ris>TY  ?-[ \t]*[A-Z]))")


def entries(head: bytes) -> str | None:
    """Whether a text holds entries of a bibliography: "bibtex", "ris", whichever begins first, or None.

    >>> entries(b"Scopus export\\n\\n@ARTICLE{a, abstract={\\nTY  - X\\n}}"), entries(b"TY  - JOUR"), entries(b'{"a": 1}')
    ('bibtex', 'ris', None)
    """
    if head.lstrip()[:1] in (b"", b"{", b"[", b"<"):
        return None
    found = _ENTRY.search(head)
    return found.lastgroup if found else None


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def fingerprint(title: str, year: int | None, first_author: str | None) -> str:
    """A name for a record whose form gives it none: the same article written a little differently has the same.

    >>> fingerprint("Drifting Apart: A Framework", 2022, "Matthias Dembinski")
    'aaeb3e2dc7f3c18cdaa7'
    >>> fingerprint("Drifting apart – a framework", 2022, "Dembinski, M.") == fingerprint(
    ...     "Drifting Apart: A Framework", 2022, "Matthias Dembinski"
    ... )
    True
    """
    return digest(f"{normal.title_key(title) or title}\n{year or ''}\n{normal.name_key(first_author) or ''}")


def digest(text: str) -> str:
    """Twenty hexadecimal digits that stand for a text (BLAKE2b, 80 bits)."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()


def web(raw: str | None) -> str | None:
    """An address a browser may follow; None for anything that is not http or https.

    >>> web(" https://example.org/a b"), web("https://example.org/a"), web("javascript:alert(1)"), web("")
    (None, 'https://example.org/a', None, None)
    """
    found = raw.strip() if raw else ""
    return found if len(found) <= 2048 and _WEB.fullmatch(found) else None
