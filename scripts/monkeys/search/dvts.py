"""Diverse verifier tree search (Beeching et al. 2024): ``width / children`` trees beside each other, each greedy over ``children`` children.

With one tree (``children: width``) it is beam search; with ``children: 1`` the trees are independent samples.
"""

from collections.abc import Mapping
from typing import Any

from monkeys.search.checks import divides, whole_numbers
from monkeys.search.tree import Branch, Grow, Growth, Node, Rate, best, children, finish

OPTIONS: Mapping[str, Any] = {"width": 16, "children": 4, "delimiter": "\n\n", "max_depth": 40}
VALUES = True


def check(options: Mapping[str, Any]) -> None:
    """See ``monkeys.search.Method.check``."""
    whole_numbers(options, "width", "children", "max_depth")
    divides(options)


def grow(root: Node, options: Mapping[str, Any], _seed: int) -> Growth:
    """See ``monkeys.search.Method.grow``."""
    several = options["children"]
    root.kept = options["width"]
    leaves: list[Node] = []
    candidates = yield children([root])
    while True:
        finish(candidates, options["max_depth"])
        candidates = yield Rate(candidates)
        # Neighbours are of one tree: children come in the order of their parents.
        chosen = [best(candidates[first : first + several], 1)[0] for first in range(0, len(candidates), several)]
        for node in chosen:
            node.kept = 1 if node.ended else several
        leaves += [node for node in chosen if node.ended]
        going = [node for node in chosen if not node.ended]
        if not going:
            return leaves
        candidates = yield Grow([Branch(node, child) for node in going for child in range(several)])
