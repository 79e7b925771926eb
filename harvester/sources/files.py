"""Files of records: told apart by content, opened plain or gzipped, read one raw record at a time.

`read(path)` gives a FileForm; each record it yields is for `sources.parser_of(form.source)`.
"""

from __future__ import annotations

import codecs
import contextlib
import gzip
import io
import stat
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from harvester import sources
from harvester.errors import BadReply, UsageError
from harvester.records import FileWorks, Page, Source
from harvester.sources import asking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harvester.records import Ask, Tap

BIBLIOGRAPHY = "bibliography"

MAX_PIECE = 2 * 1024**3
"""Bytes of a whole document or of one line, decompressed: what is read at once has to fit into memory."""

_HEAD = 64 * 1024
_STEP = 1024 * 1024
_GZIP = b"\x1f\x8b"
_TOO_MUCH = "more than {:,} bytes in one piece; split the file into one record a line"
_BROKEN = (EOFError, zlib.error, gzip.BadGzipFile)


class FileForm:
    """A file whose form is known. Iterating gives each record's exact bytes, anew each time.

    source: the name of the source its records belong to; form: the form's name, for a person.
    """

    def __init__(self, path: Path, tap: Tap) -> None:
        self.path = path
        self.source = tap.source
        self.form = tap.form
        self._tap = tap

    def __iter__(self) -> Iterator[bytes]:
        """Raises UsageError where the file turns out to be broken; the records before that have been given."""
        with _faults_of(self.path), _open(self.path) as stream:
            yield from self._tap.read(stream)


def read(path: Path) -> FileForm:
    """The file with its form. Raises UsageError, one line, where it cannot be read or is of no known form."""
    with _faults_of(path):
        with _open(path) as stream:
            head = stream.read(_HEAD)
        return FileForm(path, _tap_of(head))


def taps() -> tuple[Tap, ...]:
    """Every known form of every source, the most trusted source's first."""
    return tuple(tap for module in sources.modules().values() for tap in getattr(module, "TAPS", ()))


def _tap_of(head: bytes) -> Tap:
    if not head.strip():
        raise UsageError("the file is empty; was the download cut short?")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # a letter cut at the head's end is no fault
    except UnicodeDecodeError:
        raise UsageError(_NOT_TEXT.format(_encoding(head))) from None
    for tap in taps():
        if tap.sniff(head):
            return tap
    known = "; ".join(tap.form for tap in taps())
    raise UsageError(f"the form of this file is not known; known forms: {known}")


_NOT_TEXT = "not UTF-8 text; export it again as UTF-8 or convert it ({}), or unpack it if it is an archive"


def _encoding(head: bytes) -> str:
    """How to convert what begins so. Nothing is converted here: what is kept of a record is what its file holds."""
    utf16 = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return f"iconv -f {'UTF-16' if utf16 else 'WINDOWS-1252'} -t UTF-8 FILE > NEW"


@contextlib.contextmanager
def _faults_of(path: Path) -> Iterator[None]:
    """Whatever is wrong with the file as one UsageError of one line: which file, what, what to do."""
    name = "".join(letter if letter.isprintable() else "?" for letter in str(path))
    try:
        yield
    except UsageError as fault:
        raise UsageError(f"{name}: {fault}") from None
    except _BROKEN as fault:
        raise UsageError(f"{name}: broken gzip ({fault}); get the file again") from None
    except OSError as fault:
        raise UsageError(f"{name}: {fault.strerror or fault}; check the name and who may read it") from None


class BibliographyFiles(Source):
    """The files people keep their literature in, as a records.Source: read from disk, whole, whenever they are asked for."""

    name = BIBLIOGRAPHY

    def can_look_up(self, scheme: str) -> bool:  # noqa: ARG002 (the Source's signature)
        """It holds nothing that could be looked up."""
        return False

    def asks(self, want: Ask) -> Iterator[Ask]:
        """A file's entries, and nothing else."""
        if isinstance(want, FileWorks):
            yield want

    def fetch(self, ask: Ask, cursor: str | None = None) -> Page:  # noqa: ARG002
        """All entries on one page. Raises BadReply where the file cannot be read or holds no bibliography."""
        if not isinstance(ask, FileWorks):
            raise TypeError(f"{self.name} cannot be asked {ask!r}")
        path, parse = Path(ask.path), sources.parser_of(BIBLIOGRAPHY)
        try:
            items = tuple(asking.item(body, parse) for body in _bibliography(path))
        except UsageError as fault:
            raise BadReply(self.name, path.name, str(fault), advice="what it held before stays watched") from None
        return Page(items=items, total=len({item.record.source_id if item.record else item.body for item in items}))


def _bibliography(path: Path) -> FileForm:
    form = read(path)
    if form.source != BIBLIOGRAPHY:
        raise UsageError(f"{path}: {form.form}, not a bibliography; read it with: harvester import")
    return form


class _Pieces(io.BufferedReader):
    """A stream that never reads more than MAX_PIECE at once, so that a gzip bomb is a refusal and no crash."""

    def read(self, size: int | None = -1, /) -> bytes:
        everything = size is None or size < 0
        limit = MAX_PIECE + 1 if everything else cast("int", size)
        whole = bytearray()  # grows with what is there: super().read(limit) would take that much memory at once
        while len(whole) < limit and (part := super().read(min(_STEP, limit - len(whole)))):
            whole += part
        return self._within(bytes(whole)) if everything else bytes(whole)

    def readline(self, size: int | None = -1, /) -> bytes:
        if size is not None and size >= 0:
            return super().readline(size)
        return self._within(super().readline(MAX_PIECE + 1))

    @staticmethod
    def _within(piece: bytes) -> bytes:
        if len(piece) > MAX_PIECE:
            raise UsageError(_TOO_MUCH.format(MAX_PIECE))
        return piece


def _open(path: Path) -> BinaryIO:
    """The file's content, decompressed, without a byte order mark."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise UsageError("not a file; name the files inside a folder one by one")
    with path.open("rb") as plain:
        packed = plain.read(len(_GZIP)) == _GZIP
    inner = gzip.open(path) if packed else path.open("rb")  # noqa: SIM115 (closed by the stream around it)
    stream = _Pieces(cast("io.RawIOBase", inner))
    try:
        if stream.peek(3)[:3] == codecs.BOM_UTF8:
            stream.read(3)
    except BaseException:
        stream.close()
        raise
    return stream
