"""Values that cross between a candidate and its tests."""

import collections.abc
from collections.abc import Callable
from typing import Any, Optional

ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes})
CONTAINERS = frozenset({list, tuple, set, frozenset})

OTHER, TREE, SHARED = range(3)


def shape(value: Any) -> int:
    """Whether a value and all that it contains are of exactly the built-in types that can cross.

    Returns:
        ``OTHER`` (which is false) if not; else ``TREE``, or ``SHARED`` if a container in it is met more than once. Each object is looked at once.
    """
    if type(value) in ATOMS:
        return TREE
    found, todo, seen = TREE, [value], set()
    while todo:
        item = todo.pop()
        kind = type(item)
        if kind in ATOMS:
            continue
        if id(item) in seen:
            found = SHARED
            continue
        seen.add(id(item))
        if kind in CONTAINERS:
            todo.extend(item)
        elif kind is dict:
            todo.extend(item)
            todo.extend(item.values())
        else:
            return OTHER
    return found


def is_cyclic(value: Any) -> bool:
    """Whether a container among plain values contains itself, directly or not."""
    todo = [(value, False)]
    path: set[int] = set()
    done: set[int] = set()
    while todo:
        item, left = todo.pop()
        if type(item) in ATOMS or id(item) in done:
            continue
        if left:
            path.remove(id(item))
            done.add(id(item))
        elif id(item) in path:
            return True
        else:
            path.add(id(item))
            todo.append((item, True))
            # Each once: there may be millions of the same.
            parts = {id(part): part for part in item if type(part) not in ATOMS}
            if type(item) is dict:
                parts.update((id(part), part) for part in item.values() if type(part) not in ATOMS)
            todo.extend((part, False) for part in parts.values())
    return False


class RefusedValueError(TypeError):
    """A value that cannot cross."""


class RemoteObject:
    """An object of the candidate's, as the tests see it: true, equal to nothing else, good for handing it back and for its attributes.

    Tests need attributes when they build a tree out of the candidate's nodes.

    Args:
        candidate: has ``call(name, arguments, keywords)``, which calls a function in the candidate.
        number: the object's place in the candidate's list of kept objects.
    """

    def __init__(self, candidate: Any, number: int) -> None:
        vars(self).update(_candidate=candidate, _number=number)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # Python itself asks for these
            raise AttributeError(name)
        return self._candidate.call("getattr", (self, name), {})

    def __setattr__(self, name: str, value: Any) -> None:
        self._candidate.call("setattr", (self, name, value), {})

    def __repr__(self) -> str:
        return "<an object of the program>"


def to_plain(value: Any, made: Optional[dict[int, Any]] = None) -> Any:
    """A value of built-in types, made of one whose types are derived from them, such as a named tuple or a numpy number.

    Args:
        value: any value.
        made: the containers begun so far, by the identity of what they are made of: one that contains itself becomes one that contains itself.

    Raises:
        RefusedValueError: it is, or contains, an object of another type.
    """
    if shape(value):
        return value
    if type(value) is RemoteObject:
        return (..., value._number)
    made = {} if made is None else made
    if id(value) in made:
        return made[id(value)]
    new: Any
    if isinstance(value, list):
        new = made[id(value)] = []
        for item in list.__iter__(value):
            new.append(to_plain(item, made))
        return new
    if isinstance(value, dict):
        new = made[id(value)] = {}
        for key, item in dict.items(value):
            new[to_plain(key, made)] = to_plain(item, made)
        return new
    conversions: tuple[tuple[type, Callable[[Any], Any]], ...] = (
        (bool, bool),
        (int, int.__int__),
        (float, float.__float__),
        (complex, lambda number: complex(number.real, number.imag)),
        (str, str.__str__),
        (bytes, lambda text: bytes.__getitem__(text, slice(None))),
        (bytearray, bytes),
        (tuple, lambda items: tuple([to_plain(item, made) for item in tuple.__iter__(items)])),
        (set, lambda items: {to_plain(item, made) for item in set.__iter__(items)}),
        (frozenset, lambda items: frozenset([to_plain(item, made) for item in frozenset.__iter__(items)])),
    )
    for kind, convert in conversions:
        if isinstance(value, kind):
            return convert(value)
    if getattr(type(value), "__module__", None) == "numpy" and getattr(value, "shape", None) == ():
        return to_plain(value.item())
    raise RefusedValueError(f"{type(value).__name__} is no plain value")


def pack_result(value: Any, kept: list[Any]) -> tuple[str, Any]:
    """A result as (kind, plain value).

    Iterators and ranges cross as their items, as a test may make a list of them. Any other object that is no plain value stays here, in ``kept``,
    and its number crosses: a test can only hand it back.
    """
    if isinstance(value, range):
        return "range", (value.start, value.stop, value.step)
    if isinstance(value, collections.abc.Iterator):
        return "iterator", [to_plain(item) for item in value]
    try:
        return "value", to_plain(value)
    except RefusedValueError:
        kept.append(value)
        return "object", len(kept) - 1


def unpack_arguments(value: Any, kept: list[Any], made: dict[int, Any]) -> Any:
    """Arguments with the kept objects in the places of their numbers, which cross as (..., number); ``made`` as in ``to_plain``."""
    kind = type(value)
    if kind is tuple and len(value) == 2 and value[0] is ...:
        return kept[value[1]]
    if kind not in CONTAINERS and kind is not dict:
        return value
    if id(value) in made:
        return made[id(value)]
    new: Any
    if kind is list:
        new = made[id(value)] = []
        for item in value:
            new.append(unpack_arguments(item, kept, made))
    elif kind is dict:
        new = made[id(value)] = {}
        for key, item in value.items():
            new[unpack_arguments(key, kept, made)] = unpack_arguments(item, kept, made)
    else:
        new = kind([unpack_arguments(item, kept, made) for item in value])
    return new
