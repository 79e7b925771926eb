"""Rows in the form a person or a program asked for. A form is a module of this folder with a `write`:

    def write(rows: Sequence[Mapping[str, object]], columns: Sequence[str] | None, out: TextIO) -> None

`columns` says which keys are shown and in what order; None: all keys of the rows, as they come. A value is a str, int,
float, bool, None, list, tuple or dict; anything else is a TypeError. What stands in a value never acts on the terminal,
spreadsheet or page that shows it (`cells`).

A bibliography is a form of works alone, with all that is known of them (`works`), and its module has instead:

    def write_works(works: Sequence[Work], out: TextIO) -> None
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, TextIO, cast

from harvester.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType

    from harvester.report.works import Work


class _Form(Protocol):
    def write(self, rows: Sequence[Mapping[str, object]], columns: Sequence[str] | None, out: TextIO) -> None: ...


class _Bibliography(Protocol):
    def write_works(self, works: Sequence[Work], out: TextIO) -> None: ...


def forms() -> list[str]:
    """The names of all forms of rows, sorted.

    >>> set(forms()) >= {"csv", "json", "jsonl", "markdown", "table"}, "sheet" in forms()
    (True, False)
    """
    return _having("write")


def bibliographies() -> list[str]:
    """The names of all forms of works, sorted.

    >>> bibliographies()
    ['bibtex', 'csl-json', 'ris']
    """
    return _having("write_works")


def _having(function: str) -> list[str]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return [name.replace("_", "-") for name in names if hasattr(_module(name), function)]


def _module(form: str) -> ModuleType:
    return import_module(f"{__name__}.{form.replace('-', '_')}")


def write(form: str, rows: Sequence[Mapping[str, object]], columns: Sequence[str] | None, out: TextIO) -> None:
    """Write `rows` to `out`. Raises UsageError for a form there is not, and for one of works."""
    known = forms()
    if form in bibliographies():
        raise UsageError(f"{form} is for lists of works, which this is not; its forms are {', '.join(known)}")
    if form not in known:
        raise UsageError(f"{form!r} is not a form; known are {', '.join(known)}")
    cast("_Form", _module(form)).write(rows, columns, out)


def write_works(form: str, works: Sequence[Work], out: TextIO) -> None:
    """Write a bibliography of `works`, in one of the forms that `bibliographies` names, to `out`."""
    cast("_Bibliography", _module(form)).write_works(works, out)


def title(form: str, text: str, out: TextIO, *, level: int = 1) -> None:
    """A title over what follows: a heading in markdown, else a line."""
    from harvester.report import markdown
    from harvester.report.cells import line

    out.write(f"{'#' * level} {markdown.escaped(line(text))}\n" if form == "markdown" else f"{line(text)}\n")


def default_form(out: TextIO) -> str:
    """What is written where nothing was asked: a table for a person, JSON lines for a program."""
    return "table" if out.isatty() else "jsonl"
