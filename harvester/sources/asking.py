"""What services share: identifiers in batches, closing in on a bad one, what a raw record is and whether it is too old."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import msgspec

from harvester.errors import ParseError, PlanRequired, Refused
from harvester.records import Failed, Item, Lookup, Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from harvester.errors import SourceError
    from harvester.records import Identifier, Record

MOST_REQUESTS = 64
"""Requests that one look-up may become while it closes in on bad ids; one in 500 takes about 18."""


def lookups(
    asked: Iterable[Identifier],
    value_of: Callable[[Identifier], str | None],
    is_listable: Callable[[str], bool],
    batches: Callable[[Iterable[str]], Iterable[list[str]]],
    field_of: Callable[[Identifier], str] = lambda _: "",
) -> Iterator[Lookup]:
    """Look-ups of one request each: values that cannot stand in a list alone, the others in batches of one field.

    value_of: what a service is to be asked for an identifier. Those it cannot be asked for come last, in one look-up
    which is answered without a request.
    """
    lists: dict[str, dict[str, list[Identifier]]] = {}
    unknown: list[Identifier] = []
    for one in dict.fromkeys(asked):
        value = value_of(one)
        if value is None:
            unknown.append(one)
        elif is_listable(value):
            lists.setdefault(field_of(one), {}).setdefault(value, []).append(one)
        else:
            yield Lookup((one,))
    for named in lists.values():
        for batch in batches(named):
            yield Lookup(tuple(one for value in batch for one in named[value]))
    if unknown:
        yield Lookup(tuple(unknown))


def looked_up(
    asked: Iterable[Identifier],
    value_of: Callable[[Identifier], str | None],
    service: str,
    one: Callable[[Identifier, str], Page],
    several: Callable[[dict[Identifier, str]], Page],
) -> Page:
    """The answer to a look-up, by `one` or `several`; what the service has no word for has failed without a request."""
    values = {each: value for each in asked if (value := value_of(each))}
    failed = tuple(Failed(each, f"not an identifier {service} has") for each in asked if each not in values)
    if not values:
        return Page(failed=failed)
    page = one(*values.popitem()) if len(values) == 1 else several(values)
    return msgspec.structs.replace(page, failed=failed + page.failed)


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
        embeddings=tuple(one for page in pages for one in page.embeddings),
        drift=tuple(path for page in pages for path in page.drift),
    )


def item(body: bytes, parse: Callable[[bytes], Record]) -> Item:
    """A raw record with what it means, or with the reason why it means nothing."""
    try:
        return Item(body, record=parse(body))
    except ParseError as fault:
        return Item(body, problem=str(fault))


def is_before(stated: str | None, day: str | None) -> bool:
    """Whether what is dated so is known to be older than a day: a year or a month alone stands for the whole of it.

    >>> [is_before(on, "2024-05-06") for on in ("2024-05-05", "2024-05", "2023", None)], is_before("2023", None)
    ([True, False, True, False], False)
    """
    return bool(day and stated and stated < day[: len(stated)])


def is_older(one: Item, day: str | None) -> bool:
    """Whether a raw record is known to be of a work from before a day."""
    record = one.record
    return record is not None and is_before(record.date or (str(record.year) if record.year else None), day)
