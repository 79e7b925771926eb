"""Laying out for a person: how wide the paper is, and rich's tables put on it as plain text."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import RenderableType

WIDTH = 80  # where nobody tells


def width_of(out: TextIO) -> int:
    """How many cells a line of `out` has: a terminal's own width, else 80."""
    if not out.isatty():
        return WIDTH
    try:
        return os.get_terminal_size(out.fileno()).columns or WIDTH
    except OSError:  # a terminal without a size, or without a file
        return WIDTH


def put(renderable: RenderableType, width: int, out: TextIO) -> None:
    """Write what rich makes of `renderable`: no colour, no escape sequence, no blanks at a line's end."""
    from rich.console import Console  # 60 ms: only where a person reads

    drawn = io.StringIO()
    console = Console(file=drawn, width=width, color_system=None, legacy_windows=False)
    console.print(renderable)
    out.writelines(f"{line.rstrip()}\n" for line in drawn.getvalue().splitlines())
