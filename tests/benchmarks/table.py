"""One line of the benchmark table."""

from __future__ import annotations

from typing import NamedTuple


class Line(NamedTuple):
    """What was measured; `ratio` against the limit measured in the same run, `goal` where one is named."""

    what: str
    figure: float
    unit: str
    ratio: float | None = None
    goal: float | None = None

    def __str__(self) -> str:
        ratio = f"{self.ratio:7.2f}" if self.ratio is not None else " " * 7
        goal = f"  goal {self.goal:.2f}: {'met' if (self.ratio or 0) >= self.goal else 'MISSED'}" if self.goal else ""
        return f"{self.what:<56} {self.figure:>10,.1f} {self.unit:<8}{ratio}{goal}"
