"""The final text of a tree: one of its leaves, without the reference."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from monkeys.search.tree import Node

Answer = Callable[[str], str | None]
"""The answer that a text states, None where it states none."""


def pick(leaves: Sequence[Node], how: str, answer: Answer) -> Node:
    """The leaf whose text is the tree's.

    Args:
        leaves: of one tree, each with the places that it holds (``kept``); one at least.
        how: ``best``: the highest value. ``majority``: the best leaf of the answer with most places. ``weighted``: the best leaf of the answer whose places,
            each times its value, sum to most. ``hierarchical``: of each child of the root its best leaf, then ``weighted`` among these (Snell et al. 2024,
            section 6). ``last``: the deepest leaf of the first chain. Equals are decided by the order of leaves.
        answer: reads the answer of a text; leaves without one do not vote.
    """
    if how == "last":
        return max(leaves, key=lambda leaf: (leaf.depth, [-child for child in leaf.path]))
    if how == "hierarchical":
        chains: dict[int, list[Node]] = defaultdict(list)
        for leaf in leaves:
            chains[leaf.path[0]].append(leaf)
        return pick([_best(chain) for chain in chains.values()], "weighted", answer)
    if how == "best":
        return _best(leaves)
    votes: dict[str, float] = defaultdict(float)
    voters: dict[str, list[Node]] = defaultdict(list)
    for leaf in leaves:
        said = answer(leaf.whole_text)
        if said is not None:
            votes[said] += leaf.kept * (max(leaf.value or 0.0, 0.0) if how == "weighted" else 1.0)
            voters[said].append(leaf)
    if not votes:
        return _best(leaves)
    return _best(voters[max(votes, key=lambda said: votes[said])])


def _best(leaves: Sequence[Node]) -> Node:
    return max(leaves, key=lambda leaf: leaf.worth)
