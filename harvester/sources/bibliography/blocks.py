"""A BibTeX file taken apart: into blocks, values into their parts, entries with what they need to be read alone.

bibtexparser (MIT) finds blocks, fields and the parts of names. It was chosen over pybtex because an entry that is broken
costs it that entry, where pybtex gives up the file, or refuses what is in use (a key with a space, a field that comes
twice); it reads 11 MB with 10,000 entries in 0.6 s, in step with length. Values are put together here: it leaves
`"A" # macro` as it is.

A raw entry is the file's bytes from its "@" to its closing brace. One that uses macros or inherits by `crossref` would
say less alone, so the definitions and the parent that it needs, each as it stands in the file, are put before it, a line
each: the last entry of a body is the record's. Of a chain of parents only the first is followed, as BibTeX does.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, NamedTuple

from bibtexparser.model import Block, Entry, ImplicitComment, ParsingFailedBlock, String
from bibtexparser.splitter import Splitter

from harvester.errors import ParseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

logging.getLogger("bibtexparser").setLevel(logging.CRITICAL + 1)  # it would write every broken entry's words to stderr

_PIECE = 128 * 1024  # bytes of a file that are taken apart at once; the rest waits as bytes
_MOST_CARRIED = 8 * 1024  # letters of definitions before an entry: a macro of a megabyte would be kept for each user

NO_WORKS = frozenset({"xdata", "set", "control", "ieeetranbstctl"})
"""Types of entries that are no works but settings, or fields that others share."""


class Piece(NamedTuple):
    """A block and its text to the last letter; that of a broken one goes on to where the next begins."""

    text: str
    block: Block


def split(text: str) -> list[Piece]:
    """The blocks of a file or a body in order, without what stands between them."""
    blocks = [block for block in Splitter(text).split().blocks if not isinstance(block, ImplicitComment)]
    starts, place = list[int](), 0
    for block in blocks:
        starts.append(text.index(block.raw or "", place))
        place = starts[-1] + 1  # a broken one may be given with the beginning of the next
    pieces = []
    for block, start, following in zip(blocks, starts, [*starts, len(text)][1:], strict=True):
        whole = block
        if isinstance(block, ParsingFailedBlock) and block.ignore_error_block is not None:
            whole = block.ignore_error_block  # a key or a field that comes twice breaks nothing
        broken = isinstance(whole, ParsingFailedBlock)
        pieces.append(Piece(text[start:following].rstrip() if broken else whole.raw or "", whole))
    return pieces


# --- values --------------------------------------------------------------------------------------------------------

_MARK = re.compile(r'(?<!\\)[{}"]')
_VALUE = re.compile(r'\s*(?:(?P<open>[{"])|(?P<bare>[^#{}"=]*))')
_JOINT = re.compile(r"\s*(?:#|\Z)")


class Part(NamedTuple):
    """A part of a value: a text, or the name of a macro in lower case."""

    text: str
    is_macro: bool


def parts(value: str) -> list[Part]:
    """The parts of a value that `#` joins. Raises ParseError where something else stands between them.

    >>> parts('{a} # gp # " b"'), parts("2020"), parts("may"), parts("")
    ([Part(text='a', is_macro=False), Part(text='gp', is_macro=True), Part(text=' b', is_macro=False)], \
[Part(text='2020', is_macro=False)], [Part(text='may', is_macro=True)], [])
    """
    found = []
    place = 0
    while place < len(value):
        part = _VALUE.match(value, place)
        if part is None or part["open"] is None:
            bare = part["bare"].strip() if part else ""
            is_macro = not bare[:1].isdigit() and len(bare.split()) == 1
            found.append(Part(bare.lower() if is_macro else bare, is_macro))
            place = part.end() if part else place
        else:
            end = _closing(value, part.end() - 1)
            found.append(Part(value[part.end() : end], is_macro=False))
            place = end + 1
        joint = _JOINT.match(value, place)
        if joint is None:
            raise ParseError("broken BibTeX: no comma between two fields")
        place = joint.end()
    return found


def _closing(value: str, start: int) -> int:
    """Where what begins at `start` with a brace or a quotation mark ends. Raises ParseError where it does not."""
    depth = 0
    for mark in _MARK.finditer(value, start + 1):
        if mark.group() == "{":
            depth += 1
        elif mark.group() == "}":
            if depth == 0 and value[start] == "{":
                return mark.start()
            depth = max(depth - 1, 0)
        elif depth == 0 and value[start] == '"':
            return mark.start()
    if value[start] == '"' and value.endswith('"') and len(value) > start + 1:  # a brace too many inside
        return len(value) - 1
    raise ParseError("broken BibTeX: a value that does not end")


def joined(pieces: Iterable[Part], macros: Mapping[str, str], most: int) -> str | None:
    """The parts as one text; None where a macro is not defined. Raises ParseError where it is longer than `most`."""
    texts: list[str] = []
    length = 0
    for part in pieces:
        said = macros.get(part.text) if part.is_macro else part.text
        if said is None:
            return None
        length += len(said)
        if length > most:
            raise ParseError(f"a value of more than {most:,} letters")
        texts.append(said)
    return "".join(texts)


# --- a file --------------------------------------------------------------------------------------------------------

_ANY_BEGINNING = re.compile(rb"@\w*[ \t]*[{(]")
_BEGINNING = re.compile(rb"(?<=[\r\n}])[ \t]*" + _ANY_BEGINNING.pattern)
_CROSSREF = re.compile(rb"\bcrossref\s*=\s*[{\"]?\s*([^\s{}\",]+)", re.IGNORECASE)


class _Macro(NamedTuple):
    """A definition: its place among all, its text, and the definitions that it uses."""

    number: int
    text: str
    uses: tuple[_Macro, ...]


class _Found(NamedTuple):
    """An entry (None: a broken one), its text, and the definitions that it uses."""

    text: str
    entry: Entry | None
    uses: tuple[_Macro, ...] = ()


def bodies(whole: bytes) -> Iterator[bytes]:
    """The raw entries of a file, each with what it needs before it; a broken one up to where the next block begins."""
    wanted = {key.decode("utf-8", "replace").lower() for key in _CROSSREF.findall(whole)}
    parents: dict[str, _Found] = {}
    if wanted:
        for found in _entries(whole):
            if found.entry is not None and found.entry.key.lower() in wanted:
                parents.setdefault(found.entry.key.lower(), found)
    for found in _entries(whole):
        yield "\n".join((*_before(found, parents), found.text)).encode("utf-8", "surrogateescape")


def _entries(whole: bytes) -> Iterator[_Found]:
    macros: dict[str, _Macro] = {}
    number = 0
    for piece in _pieces(whole):
        for text, block in split(piece):
            if isinstance(block, String):
                number += 1
                macros[block.key.lower()] = _Macro(number, text, _used(macros, [block.value]))
            elif isinstance(block, Entry):
                if block.entry_type.lower() not in NO_WORKS:
                    yield _Found(text, block, _used(macros, (field.value for field in block.fields)) if macros else ())
            elif isinstance(block, ParsingFailedBlock):
                yield _Found(text, None)


def _pieces(whole: bytes) -> Iterator[str]:
    """A file in parts, cut only where an entry begins, as text with bad bytes kept (PEP 383).

    Where none begins on a line of its own or behind a brace for so long, what looks like a beginning is one: of the
    blocks it finds, bibtexparser keeps a hundred times their size.
    """
    start = 0
    while start < len(whole):
        least = start + _PIECE
        found = _BEGINNING.search(whole, least, least + _PIECE) or _ANY_BEGINNING.search(whole, least)
        end = found.start() if found else len(whole)
        yield whole[start:end].decode("utf-8", "surrogateescape")
        start = end


def _used(macros: Mapping[str, _Macro], values: Iterable[str]) -> tuple[_Macro, ...]:
    names: dict[str, None] = {}
    for value in values:
        if "#" not in value and value[:1] in ("{", '"'):
            continue  # nearly all
        try:
            names |= {part.text: None for part in parts(value) if part.is_macro}
        except ParseError:
            continue  # the parser will say why
    return tuple(macros[name] for name in names if name in macros)


def _before(found: _Found, parents: Mapping[str, _Found]) -> tuple[str, ...]:
    """What has to stand before an entry, in the file's order: definitions, then its parent; less where it is too much."""
    keys = (str(field.value) for field in found.entry.fields if field.key.lower() == "crossref") if found.entry else ()
    parent = parents.get(next(iter(keys), "").strip('{}" \t\r\n').lower())
    if parent is not None and parent.text != found.text:
        before = _definitions(found.uses + parent.uses, _MOST_CARRIED - len(parent.text))
        if before is not None:
            return (*before, parent.text)
    return _definitions(found.uses, _MOST_CARRIED) or ()


def _definitions(uses: tuple[_Macro, ...], most: int) -> tuple[str, ...] | None:
    """The texts of definitions and of all that those use; None where they are longer than `most`."""
    found: dict[int, str] = {}
    waiting = list(uses)
    while waiting and most >= 0:
        macro = waiting.pop()
        if macro.number not in found:
            found[macro.number] = macro.text
            most -= len(macro.text)
            waiting += macro.uses
    return tuple(found[number] for number in sorted(found)) if most >= 0 else None
