"""What services share that are asked for batches of identifiers: closing in on a bad one, and what a raw record is."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from harvester.errors import ParseError, PlanRequired, Refused
from harvester.records import Failed, Item, Page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harvester.errors import SourceError
    from harvester.records import Identifier, Record

MOST_REQUESTS = 64
"""Requests that one look-up may become while it closes in on bad ids; one in 500 takes about 18."""


def halving(
    asked: Sequence[Identifier],
    ask: Callable[[tuple[Identifier, ...]], Page],
    alone: Callable[[Identifier, SourceError], Page],
    *,
    most: int = MOST_REQUESTS,
    refusals: tuple[type[SourceError], ...] = (Refused,),
    hopeless: Callable[[SourceError], bool] = lambda _: False,
) -> Page:
    """The answers to all that is asked at once: a batch that is refused is halved until the culprit is alone.

    alone: what the refusal of a single identifier says about it. hopeless: a refusal that every half would meet alike;
    it is raised, as one that wants a paid plan is. After `most` requests the rest is left as failed.
    """
    pages: list[Page] = []
    groups = deque([tuple(asked)])
    requests = 0
    while groups:
        group = groups.popleft()
        if not group:
            continue
        if requests == most:
            pages.append(Page(failed=tuple(Failed(one, "not asked: too many refusals before it") for one in group)))
            continue
        requests += 1
        try:
            pages.append(ask(group))
        except refusals as refusal:
            if isinstance(refusal, PlanRequired) or hopeless(refusal):
                raise
            if len(group) == 1:
                pages.append(alone(group[0], refusal))
            else:
                groups.extendleft((group[len(group) // 2 :], group[: len(group) // 2]))
    return together(pages)


def together(pages: Sequence[Page]) -> Page:
    """One page of all that these say about identifiers."""
    return Page(
        items=tuple(item for page in pages for item in page.items),
        absent=tuple(one for page in pages for one in page.absent),
        failed=tuple(one for page in pages for one in page.failed),
    )


def item(body: bytes, parse: Callable[[bytes], Record]) -> Item:
    """A raw record with what it means, or with the reason why it means nothing."""
    try:
        return Item(body, record=parse(body))
    except ParseError as fault:
        return Item(body, problem=str(fault))
