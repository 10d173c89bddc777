"""Classes of equal answers, formed without looking at the key: what votes count.

Equal texts are one class. Of different ones the grader's equality decides, pair by pair, and classes are closed under it: if a equals b and b equals c, all
three are one. Of m different answers there are m^2 / 2 pairs, so that only those are compared that may be equal: numbers (and what has a numeric value once its
variables have been given some) with those next to them in size; the others, up to ``OTHERS`` of
them, each with each. A class is named by the shortest of its answers, so that its name depends neither on their order nor on how often they come.
"""

import bisect
import math
from collections.abc import Callable, Iterable, Mapping, Sequence

NEAR = 1e-4
"""Relative difference up to which two values are compared: a grader's own tolerance is far smaller."""
OTHERS = 50
"""Answers without a value that are compared with each other, the shortest first; a longer one is a class by its text."""


class Unions:
    """Sets that merge."""

    def __init__(self, names: Iterable[str]) -> None:
        self._parent = {name: name for name in names}

    def find(self, name: str) -> str:
        """The representative of a name's set."""
        while self._parent[name] != name:
            self._parent[name] = self._parent[self._parent[name]]
            name = self._parent[name]
        return name

    def join(self, one: str, other: str) -> None:
        """Make two sets one."""
        first, second = sorted((self.find(one), self.find(other)), key=_order)
        self._parent[second] = first


def _order(answer: str) -> tuple[int, str]:
    return len(answer), answer


def class_names(answers: Iterable[str], values: Mapping[str, float | None], same: Callable[[str, str], bool]) -> dict[str, str]:
    """The class of each different answer.

    Args:
        answers: different texts.
        values: a number for each answer that has one, such that equal answers have equal values; None for others;
            NaN for those that are compared with nothing.
        same: whether the grader takes either of two answers for the other.

    Returns:
        By answer, the shortest answer of its class (the first in alphabetical order of several).
    """
    names = sorted(answers, key=_order)
    unions = Unions(names)

    def compare(one: str, other: str) -> None:
        if unions.find(one) != unions.find(other) and same(one, other):
            unions.join(one, other)

    valued = sorted(
        ((value, name) for name in names if (value := values[name]) is not None and not math.isnan(value)),
        key=lambda pair: (pair[0], _order(pair[1])),
    )
    keys = [value for value, _ in valued]
    for value, name in valued:
        reach = abs(value) * NEAR
        for place in range(bisect.bisect_left(keys, value - reach), bisect.bisect_right(keys, value + reach)):
            if valued[place][1] != name:
                compare(*sorted((name, valued[place][1]), key=_order))
    others: Sequence[str] = [name for name in names if values[name] is None][:OTHERS]
    for place, one in enumerate(others):
        for other in others[place + 1 :]:
            compare(one, other)
    return {name: unions.find(name) for name in names}
