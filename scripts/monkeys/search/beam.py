"""Beam search over steps (Snell et al. 2024, arXiv 2408.03314, section 5.1).

``width`` candidates are drawn; the ``width / children`` with the highest values are kept, and each gets ``children`` children. A candidate that is kept and
has ended holds its place to the end; one that has ended and is not kept has lost. ``children: 1`` keeps all: independent samples, best of ``width``.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

from monkeys.search.checks import divides, whole_numbers
from monkeys.search.tree import Branch, Grow, Growth, Node, Rate, best, children, finish

OPTIONS: Mapping[str, Any] = {"width": 16, "children": 4, "delimiter": "\n\n", "max_depth": 40, "distinct": False}
VALUES = True
"""Whether the method needs values of prefixes."""


def check(options: Mapping[str, Any]) -> None:
    """See ``monkeys.search.Method.check``."""
    whole_numbers(options, "width", "children", "max_depth")
    divides(options)


def grow(root: Node, options: Mapping[str, Any], _seed: int) -> Growth:
    """See ``monkeys.search.Method.grow``."""
    return levels(root, options, now)


Rating = Callable[[Sequence[Node]], Generator[Grow | Rate, list[Node], None]]


def now(nodes: Sequence[Node]) -> Generator[Grow | Rate, list[Node], None]:
    """Values of the prefixes as they are."""
    yield Rate(nodes)


def levels(root: Node, options: Mapping[str, Any], rate: Rating) -> Growth:
    """Beam search with a way to find the values of candidates."""
    places = options["width"] // options["children"]
    root.kept = options["width"]
    held: list[Node] = []
    candidates = yield children([root])
    while True:
        finish(candidates, options["max_depth"])
        yield from rate(candidates)
        kept = best(candidates, places - len(held), options["distinct"])
        for node in kept:
            node.kept = 1 if node.ended else options["children"]
        held += [node for node in kept if node.ended]
        going = [node for node in kept if not node.ended]
        if not going:
            return held
        candidates = yield Grow([Branch(node, child) for node in going for child in range(options["children"])])
