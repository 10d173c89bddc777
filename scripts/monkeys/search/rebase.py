"""Reward balanced search (Wu et al. 2024, arXiv 2408.00724): children in proportion to exp(value / temperature).

The budget is ``width`` less the leaves that have ended. The nodes of a depth share it by the largest remainder, ties by index, so that their children are
the budget whatever the values are. (The authors round up in the order of values.) A leaf holds one place.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from monkeys.search.checks import positive, whole_numbers
from monkeys.search.tree import Growth, Node, Rate, children, finish

OPTIONS: Mapping[str, Any] = {"width": 16, "delimiter": "\n\n", "max_depth": 40, "balance": 0.2}
VALUES = True


def check(options: Mapping[str, Any]) -> None:
    """See ``monkeys.search.Method.check``."""
    whole_numbers(options, "width", "max_depth")
    positive(options, "balance")


def shares(values: Sequence[float], budget: int, temperature: float) -> list[int]:
    """How many of ``budget`` children each node gets.

    Args:
        values: of the nodes; minus infinity for one without a value, which gets none beside others.
        budget: children in all.
        temperature: large: even; small: all to the best.
    """
    top = max(values)
    if math.isinf(top):
        values, top = [0.0] * len(values), 0.0
    weights = [math.exp((value - top) / temperature) for value in values]
    exact = [budget * weight / math.fsum(weights) for weight in weights]
    # As far as rounding can be wrong, a share of 2.9999999999 is 3.
    counts = [math.floor(share + 1e-9) for share in exact]
    order = sorted(range(len(values)), key=lambda place: (-round(exact[place] - counts[place], 9), -values[place], place))
    for place in order[: budget - sum(counts)]:
        counts[place] += 1
    return counts


def grow(root: Node, options: Mapping[str, Any], _seed: int) -> Growth:
    """See ``monkeys.search.Method.grow``."""
    root.kept = options["width"]
    leaves: list[Node] = []
    nodes = yield children([root])
    while True:
        finish(nodes, options["max_depth"])
        nodes = yield Rate(nodes)
        for node in nodes:
            node.kept = 1 if node.ended else 0
        leaves += [node for node in nodes if node.ended]
        going = [node for node in nodes if not node.ended]
        if not going:
            return leaves
        counts = shares([node.worth for node in going], options["width"] - len(leaves), options["balance"])
        for node, count in zip(going, counts, strict=True):
            node.kept = count
        nodes = yield children(going)
