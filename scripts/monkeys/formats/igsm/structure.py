"""The structure graph: layers of things, and which of them hold which of the next layer.

An edge is an *instance* parameter, the number of some thing in each of another. A thing and a category below it make an *abstract* parameter, how many
of the category each such thing holds in all, which follows from the instances and is never stated.
"""

import itertools
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monkeys.formats.igsm.words import CHAINS, ITEMS, LAYERS


@dataclass(frozen=True, slots=True)
class Structure:
    """Layers of things and their categories, the outermost first; for each thing the things of the next layer that it holds."""

    categories: tuple[str, ...]
    layers: tuple[tuple[str, ...], ...]
    held: Mapping[str, tuple[str, ...]]

    @property
    def instances(self) -> list[str]:
        """Names of the instance parameters."""
        return [parameter(thing, other) for layer in self.layers for thing in layer for other in self.held[thing]]

    @property
    def abstracts(self) -> dict[str, list[tuple[str, ...]]]:
        """What abstract parameters are the sums of, by name: each term the product of one or two parameters."""
        found: dict[str, list[tuple[str, ...]]] = {}
        for depth, layer in enumerate(self.layers[:-1]):
            for thing in layer:
                for below in range(depth + 1, len(self.layers)):
                    category = self.categories[below]
                    found[parameter(thing, category)] = [
                        (parameter(thing, other),) if below == depth + 1 else (parameter(thing, other), parameter(other, category))
                        for other in self.held[thing]
                    ]
        return found


def parameter(thing: str, other: str) -> str:
    """The name of the number of something in each of a thing."""
    return f"{thing}'s {other}"


def draw_structure(rng: random.Random, layers: int, most_edges: int) -> Structure:
    """A structure of some layers with at most so many edges: each thing is held by one of the layer before, and holds something of the next.

    Args:
        rng: of the draw.
        layers: 2 to ``words.LAYERS``.
        most_edges: at least ``least_edges(layers)``.
    """
    chain = rng.choice(CHAINS)
    first = rng.randint(0, LAYERS - layers)
    categories = chain[first : first + layers]
    # With so many things a layer, a cheapest graph still has few enough edges.
    most_things = max(2, min(ITEMS, most_edges // (layers - 1)))
    sizes = [rng.randint(2, most_things) for _ in range(layers)]
    while _least(sizes) > most_edges:
        sizes[sizes.index(max(sizes))] -= 1
    named = [[f"{word} {category}" for word in rng.sample(words, size)] for (category, words), size in zip(categories, sizes, strict=True)]
    edges: set[tuple[str, str]] = set()
    for upper, lower in itertools.pairwise(named):
        long, short = (upper, lower) if len(upper) >= len(lower) else (lower, upper)
        partners = [*short, *(rng.choice(short) for _ in range(len(long) - len(short)))]
        rng.shuffle(partners)
        edges |= {(one, two) if long is upper else (two, one) for one, two in zip(long, partners, strict=True)}
    rest = [(one, two) for upper, lower in itertools.pairwise(named) for one in upper for two in lower if (one, two) not in edges]
    rng.shuffle(rest)
    edges |= set(rest[: rng.randint(0, max(0, most_edges - len(edges)))])
    held = {thing: tuple(other for other in below if (thing, other) in edges) for layer, below in _pairs(named) for thing in layer}
    return Structure(tuple(category for category, _ in categories), tuple(tuple(layer) for layer in named), held)


def least_edges(layers: int) -> int:
    """The fewest edges of a structure: two things a layer, each held and holding."""
    return 2 * (layers - 1)


def _least(sizes: Sequence[int]) -> int:
    return sum(max(one, two) for one, two in itertools.pairwise(sizes))


def _pairs(named: Sequence[Sequence[str]]) -> list[tuple[Sequence[str], Sequence[str]]]:
    return [(layer, named[depth + 1] if depth + 1 < len(named) else []) for depth, layer in enumerate(named)]
