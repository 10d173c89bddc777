"""The dependency graph: what each parameter is computed from, with a wanted number of operations.

The operations of a definition are the operands less one, and at least one: a number that is given counts as one (the paper's count, by which its first
example has 7). The operations of a problem are those of the parameters that the question needs.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monkeys.errors import InputError
from monkeys.formats.igsm.structure import Structure, draw_structure

MOST_OPERANDS = 4
ATTEMPTS = 400
"""Structures that are tried for a number of operations."""
PATIENCE = 60
"""Growing steps in a row that may change nothing before a structure is given up."""


@dataclass(frozen=True, slots=True)
class Definition:
    """How a parameter is computed: a sum of terms, or as the question says.

    Args:
        name: of the parameter.
        terms: its operands that are parameters. Of an abstract one the sum of these products. Of an instance each is one parameter, and they are added, or
            the second is taken from the first.
        difference: whether it is taken.
        constant: a number beside them, or alone; None: none. Abstract parameters have none.
        sign: ``+`` or ``*``: how the number goes with the terms.
        abstract: whether it follows from the structure, and the question does not state it.
    """

    name: str
    terms: tuple[tuple[str, ...], ...]
    difference: bool = False
    constant: int | None = None
    sign: str = "+"
    abstract: bool = False

    @property
    def needs(self) -> tuple[str, ...]:
        """The parameters that it is computed from, in order."""
        return tuple(name for term in self.terms for name in term)

    @property
    def operations(self) -> int:
        """How many it takes."""
        return max(1, len(self.needs) + (self.constant is not None) - 1)

    def value(self, values: Mapping[str, int], modulus: int) -> int:
        """What it comes to, from what it needs."""
        found = 0
        for place, term in enumerate(self.terms):
            product = 1
            for name in term:
                product *= values[name]
            found += -product if place and self.difference else product
        if self.constant is not None:
            found = self.constant if not self.terms else found + self.constant if self.sign == "+" else found * self.constant
        return found % modulus


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem: the parameters that the question needs, each behind all that it needs itself, the last being the one that is asked for; those that it
    does not need; and the order in which the question states what it states.
    """

    modulus: int
    needed: tuple[Definition, ...]
    others: tuple[Definition, ...]
    stated: tuple[str, ...]

    @property
    def query(self) -> str:
        """The parameter that is asked for."""
        return self.needed[-1].name

    @property
    def operations(self) -> int:
        """Of all that is needed."""
        return sum(one.operations for one in self.needed)

    @property
    def values(self) -> dict[str, int]:
        """Of all parameters of the problem."""
        found: dict[str, int] = {}
        for one in (*self.needed, *self.others):
            found[one.name] = one.value(found, self.modulus)
        return found


@dataclass(frozen=True, slots=True)
class Settings:
    """Of problems: layers and most edges of the structure, modulus, parameters that nothing needs (None: all that the structure has), largest number."""

    layers: int = 3
    edges: int = 6
    modulus: int = 23
    distractors: int | None = 1
    largest: int = 9


def draw_problem(rng: random.Random, operations: int, settings: Settings) -> Problem:
    """A problem of exactly so many operations.

    Raises:
        InputError: the structure is too small for so many.
    """
    for _ in range(ATTEMPTS):
        structure = draw_structure(rng, settings.layers, settings.edges)
        if (grown := _grow(rng, structure, operations)) is not None:
            return _finish(rng, structure, grown, settings)
    raise InputError(
        f"no problem of {operations} operations was found with at most {settings.edges} edges in {settings.layers} layers; raise edges or layers"
    )


class _Growing:
    """The parameters that the question needs so far, with the operands of each."""

    def __init__(self, structure: Structure, query: str) -> None:
        self.abstracts = structure.abstracts
        self.query = query
        self.operands: dict[str, list[str]] = {}
        self.given: set[str] = set()
        self.add(query)

    def add(self, name: str) -> None:
        """Need a parameter, and what it follows from."""
        if name in self.operands:
            return
        self.operands[name] = [one for term in self.abstracts.get(name, []) for one in term]
        for one in self.operands[name]:
            self.add(one)

    def reaches(self, first: str, second: str) -> bool:
        """Whether the first parameter is, or needs, the second."""
        if first == second:
            return True
        operands = self.operands.get(first, [one for term in self.abstracts.get(first, []) for one in term])
        return any(self.reaches(one, second) for one in operands)

    @property
    def operations(self) -> int:
        return sum(max(1, len(operands) + (name in self.given) - 1) for name, operands in self.operands.items())

    def copy(self) -> "_Growing":
        other = object.__new__(_Growing)
        other.abstracts, other.query = self.abstracts, self.query
        other.operands, other.given = {name: list(operands) for name, operands in self.operands.items()}, set(self.given)
        return other


def _grow(rng: random.Random, structure: Structure, operations: int) -> _Growing | None:
    """Needed parameters from the question down, until they take so many operations; None where that does not come about."""
    parameters = [*structure.instances, *structure.abstracts]
    state = _Growing(structure, rng.choice(parameters))
    if state.operations > operations:
        return None
    most = (MOST_OPERANDS - 1) * len(structure.instances) + sum(max(1, sum(map(len, terms)) - 1) for terms in structure.abstracts.values())
    failed = PATIENCE if operations > most else 0
    while failed < PATIENCE:
        failed += 1
        if state.operations == operations and (operations == 1 or rng.random() < 0.5):
            return state
        name = rng.choice([one for one in state.operands if one not in state.abstracts])
        if len(state.operands[name]) + (name in state.given) >= MOST_OPERANDS:
            continue
        tried = state.copy()
        if state.operands[name] and name not in state.given and rng.random() < 0.4:
            tried.given.add(name)
        else:
            other = rng.choice(parameters)
            if other in state.operands[name] or state.reaches(other, name):
                continue
            tried.operands[name].append(other)
            tried.add(other)
        if tried.operations <= operations:
            state, failed = tried, 0
    return state if state.operations == operations else None


def _finish(rng: random.Random, structure: Structure, grown: _Growing, settings: Settings) -> Problem:
    order: list[str] = []

    def visit(name: str) -> None:
        if name not in order:
            for one in grown.operands[name]:
                visit(one)
            order.append(name)

    visit(grown.query)
    needed = []
    for name in order:
        if name in structure.abstracts:
            needed.append(Definition(name, tuple(structure.abstracts[name]), abstract=True))
        else:
            needed.append(_instance(rng, name, grown.operands[name], name in grown.given, settings))
    rest = [name for name in structure.instances if name not in grown.operands]
    rng.shuffle(rest)
    others: list[Definition] = []
    for name in rest if settings.distractors is None else rest[: settings.distractors]:
        known = [*order, *(one.name for one in others)]
        operands = rng.sample(known, min(len(known), rng.choice([0, 1, 1, 2])))
        others.append(_instance(rng, name, operands, rng.random() < 0.5, settings))
    stated = [one.name for one in (*needed, *others) if not one.abstract]
    rng.shuffle(stated)
    return Problem(settings.modulus, tuple(needed), tuple(others), tuple(stated))


def _instance(rng: random.Random, name: str, operands: Sequence[str], given: bool, settings: Settings) -> Definition:
    """An instance parameter: its operands and, where it is ``given`` or there are none, a number."""
    difference = len(operands) == 2 and rng.random() < 0.4
    constant, sign = None, "+"
    if given or not operands:
        sign = "*" if operands and rng.random() < 0.4 else "+"
        constant = rng.randint(2 if sign == "*" else 1, settings.largest)
    return Definition(name, tuple((one,) for one in operands), difference, constant, sign)
