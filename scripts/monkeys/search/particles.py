"""A particle filter (Puri et al. 2025, arXiv 2502.01618): after each step the particles are drawn anew, by the odds of their values.

Weights are the softmax of the log-odds of values, so values must be probabilities. Resampling is systematic: a particle of weight w of N gets floor(N w) or
ceil(N w) places. Particles that have ended are drawn among the others, and hold as many places, and votes, as they get.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from monkeys.errors import InputError
from monkeys.search.checks import positive, whole_numbers
from monkeys.search.tree import Growth, Node, Rate, children, finish

OPTIONS: Mapping[str, Any] = {"width": 16, "delimiter": "\n\n", "max_depth": 40, "softness": 1.0}
VALUES = True
LEAST = 1e-6
"""Values are taken to lie between this and one less this: a particle at 0 or 1 would have infinite odds."""


def check(options: Mapping[str, Any]) -> None:
    """See ``monkeys.search.Method.check``."""
    whole_numbers(options, "width", "max_depth")
    positive(options, "softness")


def weights(values: Sequence[float | None], softness: float) -> list[float]:
    """Weights of particles, which sum to one.

    Args:
        values: probabilities; None counts as 0.
        softness: by which log-odds are divided; 1 as in the paper.

    Raises:
        InputError: a value is no probability.
    """
    odds = []
    for value in values:
        if value is not None and not 0 <= value <= 1:
            raise InputError(f"particles need values between 0 and 1, but the scorer gave {value}; set its activation to sigmoid or softmax")
        share = min(max(value or 0.0, LEAST), 1 - LEAST)
        odds.append((math.log(share) - math.log1p(-share)) / softness)
    top = max(odds)
    raw = [math.exp(one - top) for one in odds]
    return [one / math.fsum(raw) for one in raw]


def systematic(shares: Sequence[float], count: int, offset: float) -> list[int]:
    """Systematic resampling: how often each particle is drawn.

    Args:
        shares: weights, which sum to one.
        count: draws in all.
        offset: in (0, 1), where the comb of ``count`` teeth begins.
    """
    edges = [0.0]
    for share in shares:
        edges.append(edges[-1] + count * share)
    # Teeth at offset, offset + 1, ...: those below an edge, less those below the one before.
    below = [math.ceil(round(edge, 9) - offset) for edge in edges[:-1]] + [count]
    return [after - before for before, after in pairwise(below)]


def comb(seed: int, depth: int) -> float:
    """Where a tree's comb begins at a depth: in (0, 1), by the seed alone."""
    digest = hashlib.sha256(f"{seed}\x1fresample\x1f{depth}".encode()).digest()
    return (int.from_bytes(digest[:6], "big") + 0.5) / 2**48


def grow(root: Node, options: Mapping[str, Any], seed: int) -> Growth:
    """See ``monkeys.search.Method.grow``."""
    root.kept = options["width"]
    held: list[Node] = []
    drawn = yield children([root])
    depth = 0
    while True:
        depth += 1
        finish(drawn, options["max_depth"])
        drawn = yield Rate(drawn)
        for node in drawn:
            node.kept = 1
        # A particle with several places is as many particles.
        particles = [node for node in [*held, *drawn] for _ in range(node.kept)]
        counts = systematic(weights([node.value for node in particles], options["softness"]), options["width"], comb(seed, depth))
        for node in [*held, *drawn]:
            node.kept = 0
        for node, count in zip(particles, counts, strict=True):
            node.kept += count
        held = [node for node in [*held, *drawn] if node.ended and node.kept]
        going = [node for node in drawn if not node.ended and node.kept]
        if not going:
            return held
        drawn = yield children(going)
