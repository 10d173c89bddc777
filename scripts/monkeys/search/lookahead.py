"""Lookahead search (Snell et al. 2024, section 5.1): beam search in which a candidate's value is that of the prefix ``lookahead`` greedy steps later.

The steps that look ahead are drawn at temperature 0, count as tokens and are thrown away. ``lookahead: 0`` is beam search.
"""

from collections.abc import Generator, Mapping, Sequence
from typing import Any

from monkeys.search import beam
from monkeys.search.checks import whole_numbers
from monkeys.search.tree import GREEDY, Branch, Grow, Growth, Node, Rate

OPTIONS: Mapping[str, Any] = {**beam.OPTIONS, "lookahead": 1}
VALUES = True


def check(options: Mapping[str, Any]) -> None:
    """See ``monkeys.search.Method.check``."""
    beam.check(options)
    whole_numbers(options, "lookahead", least=0)


def grow(root: Node, options: Mapping[str, Any], _seed: int) -> Growth:
    """See ``monkeys.search.Method.grow``."""

    def ahead(nodes: Sequence[Node]) -> Generator[Grow | Rate, list[Node], None]:
        seen = list(nodes)
        for _ in range(options["lookahead"]):
            going = [place for place, node in enumerate(seen) if not node.ended]
            if not going:
                break
            steps = yield Grow([Branch(seen[place], GREEDY) for place in going])
            for place, step in zip(going, steps, strict=True):
                seen[place] = step
        yield Rate(seen)
        for node, last in zip(nodes, seen, strict=True):
            node.value = last.value

    return beam.levels(root, options, ahead)
