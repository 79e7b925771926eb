"""The sources: each one file (or folder) here that states NAME, RANK and parse; nothing else lists them.

RANK is the trust in its fields where sources disagree: higher wins.
A service also has `service(...)` and a class that fetches; a file form has TAPS.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import ModuleType

from harvester.errors import UsageError
from harvester.records import Record


@cache
def modules() -> dict[str, ModuleType]:
    """Every source's module by the source's name, most trusted first."""
    found = [import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__)]
    sources = [module for module in found if hasattr(module, "NAME")]
    return {module.NAME: module for module in sorted(sources, key=lambda module: (-module.RANK, module.NAME))}


def ranks() -> dict[str, int]:
    """Source -> its place in merging, 0 best."""
    return {name: place for place, name in enumerate(modules())}


def parser_of(source: str) -> Callable[[bytes], Record]:
    """The function that reads one raw record of a source. Raises UsageError for a source nobody knows."""
    module = modules().get(source)
    if module is None:
        raise UsageError(f"no source is named {source!r}; known: {', '.join(modules())}")
    parse: Callable[[bytes], Record] = module.parse
    return parse
