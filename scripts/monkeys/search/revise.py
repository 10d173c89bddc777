"""Revisions (Snell et al. 2024, section 6): ``parallel`` chains of ``sequential`` attempts, each of which sees the last ``remembered`` attempts of its chain.

Every attempt is a whole solution and a leaf. The final text is picked within and across chains (``pick``). A first attempt sees the prompt alone, so that
``sequential: 1`` is independent samples.
"""

from collections.abc import Mapping
from typing import Any

from monkeys.errors import InputError
from monkeys.search.checks import whole_numbers
from monkeys.search.tree import Branch, Grow, Growth, Node, Rate

OPTIONS: Mapping[str, Any] = {
    "sequential": 4,
    "parallel": 4,
    "remembered": 4,
    "instruction": "This solution may be wrong. Look at it again, and write a better one.",
}
VALUES = False


def check(options: Mapping[str, Any]) -> None:
    """See ``monkeys.search.Method.check``."""
    whole_numbers(options, "sequential", "parallel", "remembered")
    if not isinstance(options["instruction"], str) or not options["instruction"].strip():
        raise InputError(f"instruction is {options['instruction']!r}, but must be a text: what the model is asked after an attempt")


def grow(root: Node, options: Mapping[str, Any], _seed: int) -> Growth:
    """See ``monkeys.search.Method.grow``."""
    root.kept = options["parallel"]
    attempts = yield Grow([Branch(root, chain, whole=True) for chain in range(options["parallel"])])
    leaves: list[Node] = []
    for turn in range(options["sequential"]):
        if turn:
            attempts = yield Grow([Branch(node, 0, tuple(one.text for one in node.line[-options["remembered"] :]), whole=True) for node in attempts])
        if options["scorer"]:
            attempts = yield Rate(attempts)
        for node in attempts:
            node.kept = 1
            node.ended = node.ended or "stop"
        leaves += attempts
    return leaves
