"""Decode a source's JSON into typed structs, leaving out what has changed its type instead of losing the record.

Services retype fields without notice (OpenAlex `ids.mag` was a number, then a text). A record whose `language` has
become a list is still a record: the list is left out, its path is reported as drift, and the rest is kept. Reported too
are names on a record's top level that nobody knows and names that every record used to have, where the shape states them:

    UNREAD      names that are known and left unread
    PROMISED    names of fields (None or UNSET by default) that are read and that every whole record has, be it null
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from harvester.errors import ParseError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_TRIES = 20
"""How many different fields of one record may be wrong; with more it is not the record we know."""

# msgspec: "Expected `str | null`, got `int` - at `$.authorships[3].author.id`"; a value in a mapping is "[...]" in the
# path, and a fault in a mapping's key is told of the mapping: "- at `key` in `$.mapping`".
_FAULT = re.compile(r"(?:, got `(?P<kind>\w+)`)?(?: - at `(?P<key>key` in `)?(?P<path>\$[^`]*)`)$")
_STEP = re.compile(r"\.(?P<name>[^.\[]+)|\[(?P<index>\d+|\.\.\.)\]")
_KINDS: dict[type[Any], str] = {
    type(None): "null", bool: "bool", int: "int", float: "float", str: "str", list: "array", dict: "object",
}  # fmt: skip

_MOST_UNKNOWN = 20
"""So many unknown names of one record are told, each cut to so many letters: a record may be hostile."""
_LONGEST_NAME = 80


class _Form(Generic[T]):
    """A shape with its decoders, and the names that the top level of such a record may and should have.

    As long as no unknown name was met, looking for one costs nothing: a decoder that refuses them is tried first. Taking
    the names out of every record would cost a twentieth of parsing it.
    """

    def __init__(self, shape: Any) -> None:
        self.decode: Callable[[bytes], T] = msgspec.json.Decoder(shape).decode
        self.strict: Callable[[bytes], T] | None = None
        self.checked = hasattr(shape, "UNREAD")
        if not self.checked:
            return
        fields = {field.encode_name: field.name for field in msgspec.structs.fields(shape)}
        self._names = frozenset((*fields, *shape.UNREAD))
        self._promised: tuple[str, ...] = shape.PROMISED
        self._values = [fields[name] for name in self._promised]
        left = [
            (f"_{n}", msgspec.Raw, msgspec.field(default=msgspec.Raw(), name=name))
            for n, name in enumerate(shape.UNREAD)
        ]
        narrow: Any = msgspec.defstruct(shape.__name__, left, bases=(shape,), forbid_unknown_fields=True)
        self.strict = msgspec.json.Decoder(narrow).decode

    def lacks(self, whole: T) -> bool:
        """Whether a promised field may be missing: it has no value, as one that is null has none."""
        return any((value := getattr(whole, name)) is None or value is msgspec.UNSET for name in self._values)

    def told(self, body: bytes) -> tuple[str, ...]:
        """Unknown names as "+name", missing ones that are promised as "-name".

        A record that lacks half of them was cut down by whoever asked for it or kept it: that is no drift.
        """
        try:
            names = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        except (ValueError, RecursionError):
            return ()
        unknown = [f"+{name[:_LONGEST_NAME]}" for name in names if name not in self._names]
        if unknown:
            self.strict = None  # from now on it would only fail
        missing = [f"-{name}" for name in self._promised if name not in names]
        return (*unknown[:_MOST_UNKNOWN], *(missing if 2 * len(missing) < len(self._promised) else ()))


_form: Callable[[Any], _Form[Any]] = functools.cache(_Form)


def decode(body: bytes, shape: type[T]) -> tuple[T, tuple[str, ...]]:
    """`body` as `shape`, and its drift: the paths of the values that were left out because they did not fit.

    In a path, `[]` stands for any place in a list or mapping: a field that is wrong for one author is left out for all
    who have it of the same wrong type. A value left out of an object takes the field's default; one left out of a list
    is gone from it. After the paths come "+name" for each name that is unknown and "-name" for each that is missing, where
    the shape states UNREAD and PROMISED. Raises ParseError with a one-line reason where `body` is not JSON, not an object,
    nested too deep, or wrong in too many places.

    >>> class Book(msgspec.Struct):
    ...     title: str | None = None
    ...     pages: list[int] = []
    >>> decode(b'{"title": "A", "pages": [1]}', Book)
    (Book(title='A', pages=[1]), ())
    >>> decode(b'{"title": {"en": "A"}, "pages": [1, "ii", 3, "iv"]}', Book)
    (Book(title=None, pages=[1, 3]), ('title', 'pages[]'))
    """
    form: _Form[T] = _form(shape)
    if form.strict:
        try:
            strict = form.strict(body)
        except (ValueError, RecursionError):
            pass  # what is wrong is told below
        else:
            return strict, form.told(body) if form.lacks(strict) else ()
    whole, drift = _decode(body, shape, form)
    return whole, drift + form.told(body) if form.checked else drift


def inside(body: bytes, name: str, shape: type[T]) -> tuple[T, tuple[str, ...]]:
    """As `decode` for the object that lies in a record as its field `name`; null, nothing and what is none are empty.

    Raises ParseError where the record itself cannot be read.

    >>> class Book(msgspec.Struct):
    ...     title: str | None = None
    >>> [inside(body, "book", Book) for body in (b'{"book": {"title": 7}}', b'{"book": null}', b'{"book": []}')]
    [(Book(title=None), ('book.title',)), (Book(title=None), ()), (Book(title=None), ('book',))]
    """
    try:
        raw = bytes(msgspec.json.decode(body, type=dict[str, msgspec.Raw]).get(name, b"null"))
    except (ValueError, RecursionError) as fault:
        raise _hopeless(fault) from None
    if raw == b"null":
        return shape(), ()
    try:
        found, drift = decode(raw, shape)
    except ParseError:
        return shape(), (name,)
    return found, tuple(f"{path[0]}{name}.{path[1:]}" if path[0] in "+-" else f"{name}.{path}" for path in drift)


def _decode(body: bytes, shape: type[T], form: _Form[T]) -> tuple[T, tuple[str, ...]]:
    """`decode` without the names."""
    try:
        whole = form.decode(body)
    except msgspec.ValidationError as fault:
        first = fault
    except (ValueError, RecursionError) as fault:  # what is no JSON or no UTF-8 is a ValueError
        raise _hopeless(fault) from None
    else:
        return whole, ()
    try:
        tree = msgspec.json.decode(body)
    except (ValueError, RecursionError) as fault:
        raise _hopeless(fault) from None
    return _mend(tree, shape, first)


def _hopeless(fault: Exception) -> ParseError:
    if isinstance(fault, RecursionError):
        return ParseError("nested too deep")
    if isinstance(fault, UnicodeDecodeError):
        return ParseError("not UTF-8")
    return ParseError(f"not JSON: {fault}"[:200])


def _mend(tree: Any, shape: type[T], fault: msgspec.ValidationError) -> tuple[T, tuple[str, ...]]:
    drift: dict[str, None] = {}
    for _ in range(_TRIES):
        found = _FAULT.search(str(fault))
        steps = _steps(found["path"]) if found else []
        if found is None or not _remove(tree, steps, None if found["key"] else found["kind"]):
            raise ParseError(f"not of the expected form: {fault}"[:200])
        drift["".join("[]" if not isinstance(step, str) else f".{step}" for step in steps).removeprefix(".")] = None
        try:
            return msgspec.convert(tree, shape), tuple(drift)
        except msgspec.ValidationError as next_fault:
            fault = next_fault
        except RecursionError as too_deep:
            raise _hopeless(too_deep) from None
    raise ParseError(f"not of the expected form in more than {_TRIES} places: {', '.join(drift)}"[:200])


def _steps(path: str) -> list[str | int | None]:
    """A path's steps: a field's name, a place in a list, or None for any key of a mapping."""
    return [step["name"] or (None if step["index"] == "..." else int(step["index"])) for step in _STEP.finditer(path)]


def _remove(tree: Any, steps: list[str | int | None], kind: str | None) -> int:
    """Take the values at the path out of the tree; how many were there.

    With `kind`, every value of that JSON type at the path, in whatever place of the lists on the way: it is wrong in
    all of them for the same reason. Without, only the one that was named.
    """
    if not steps:
        return 0
    step, rest = steps[0], steps[1:]
    if isinstance(tree, list):
        places = range(len(tree)) if kind else [step] if isinstance(step, int) and step < len(tree) else []
        keys: list[Any] = list(places)
    elif isinstance(tree, dict):
        keys = list(tree) if step is None else [step] if step in tree else []
    else:
        return 0
    if rest:
        return sum(_remove(tree[key], rest, kind) for key in keys)
    wrong = [key for key in keys if kind is None or _is(tree[key], kind)]
    for key in reversed(wrong):  # from the end, so that the places before it stay what they are
        del tree[key]
    return len(wrong)


def _is(value: Any, kind: str) -> bool:
    """Whether a value is of a JSON type as msgspec's faults name it: an integer of more than 64 bits may be a float there."""
    long = type(value) is int and not -(2**63) <= value < 2**64
    return _KINDS[type(value)] == kind or (long and kind == "float")
