"""The tree of one draw: its nodes, what a method asks for while it grows one, and the seeds of nodes."""

import hashlib
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field

GREEDY = -1
"""The child index of a step that only looks ahead: drawn without chance, and never part of a final text."""


def node_seed(sample_seed: int, path: Sequence[int]) -> int:
    """The seed of a node, in [0, 2**63): a hash of its sample's seed and of the child indices that lead to it.

    It depends neither on the values of nodes nor on how many there are, so that methods which keep the same nodes draw the same texts.
    """
    key = f"{sample_seed}\x1f{','.join(map(str, path))}".encode()
    return int.from_bytes(hashlib.sha256(key).digest()[:8], "big") >> 1


@dataclass(slots=True, eq=False)
class Node:
    """A prefix of a solution: the step that was drawn last, and the node that it goes on from.

    Args:
        parent: the node before; None for the root, which is the prompt.
        child: its index among the children of its parent.
        text: of its own step.
        tokens: of its own step.
        ended: why it cannot go on: ``stop`` (the text is complete), ``length`` (of tokens or of the model's context), ``depth``; empty: it can.
        seed: of its step.
        scored_tokens: tokens that the scorer read for it, those of looking ahead included.
        fresh: whether the model saw another prompt than the parent's text (a revision), so that texts do not add up along the path.
        value: of the prefix up to here; None where it was not asked for, or where there is no step yet.
        step_value: of its own step.
        kept: places that it holds: the children that it got, or the votes of a leaf.
        logprob: of its own step's tokens, where that is recorded.
        read: what the scorer read for its value, token by token.
    """

    parent: "Node | None"
    child: int
    text: str = ""
    tokens: tuple[int, ...] = ()
    ended: str = ""
    seed: int = 0
    fresh: bool = False
    value: float | None = None
    step_value: float | None = None
    scored_tokens: int = 0
    kept: int = 0
    logprob: float | None = None
    read: tuple[int, ...] | None = None
    depth: int = field(init=False)

    def __post_init__(self) -> None:
        self.depth = 0 if self.parent is None else self.parent.depth + 1

    @property
    def line(self) -> "list[Node]":
        """The nodes from the first step to this one."""
        nodes: list[Node] = []
        node: Node | None = self
        while node is not None and node.parent is not None:
            nodes.append(node)
            node = node.parent
        return nodes[::-1]

    @property
    def path(self) -> tuple[int, ...]:
        """Child indices from the root to here."""
        return tuple(node.child for node in self.line)

    @property
    def steps(self) -> "list[Node]":
        """The nodes whose texts make this one's text: the line, from the last fresh one on."""
        line = self.line
        first = max((place for place, node in enumerate(line) if node.fresh), default=0)
        return line[first:]

    @property
    def whole_text(self) -> str:
        """The text up to here."""
        return "".join(node.text for node in self.steps)

    @property
    def whole_tokens(self) -> tuple[int, ...]:
        """The tokens up to here."""
        return tuple(token for node in self.steps for token in node.tokens)

    @property
    def worth(self) -> float:
        """The value for comparisons: a node without one is worth least."""
        return float("-inf") if self.value is None else self.value


@dataclass(frozen=True, slots=True)
class Branch:
    """A step that is wanted: child ``child`` of ``parent``.

    ``attempts`` are texts that the model is to see before it writes another solution, the last one last; without them it goes on with the parent's text.
    ``whole``: the step is a whole solution, and the delimiter ends nothing.
    """

    parent: Node
    child: int
    attempts: tuple[str, ...] = ()
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Grow:
    """What a method asks for: steps. The answer is a node for each branch, in their order."""

    branches: Sequence[Branch]


@dataclass(frozen=True, slots=True)
class Rate:
    """What a method asks for: values of nodes. The answer is the same nodes, with their values."""

    nodes: Sequence[Node]


Growth = Generator[Grow | Rate, list[Node], list[Node]]
"""How a method grows a tree: it yields what it wants, is sent the nodes, and returns the leaves from which the final text is picked, each with the places
that it holds (``kept``)."""


def children(nodes: Sequence[Node]) -> Grow:
    """As many children of each node as it holds places."""
    return Grow([Branch(node, child) for node in nodes for child in range(node.kept)])


def finish(nodes: Sequence[Node], most_depth: int) -> None:
    """Mark nodes that are as deep as a tree may be."""
    for node in nodes:
        if not node.ended and node.depth >= most_depth:
            node.ended = "depth"


def best(nodes: Sequence[Node], count: int, distinct: bool = False) -> list[Node]:
    """The nodes with the highest values, the earlier one of equals, in the order in which they came.

    Args:
        nodes: to choose among.
        count: how many.
        distinct: whether nodes whose text another one has too come behind all others (Yao et al. 2023 do not expand copies).
    """
    order = sorted(range(len(nodes)), key=lambda place: (-nodes[place].worth, place))
    if distinct:
        seen: set[str] = set()
        copies = {place for place in order if (text := nodes[place].whole_text) in seen or seen.add(text)}  # type: ignore[func-returns-value]
        order = [place for place in order if place not in copies] + [place for place in order if place in copies]
    return [nodes[place] for place in sorted(order[:count])]


def walk(nodes: Sequence[Node]) -> Iterator[Node]:
    """Nodes in the order of their depth and path, which does not depend on the order in which they were drawn."""
    yield from sorted(nodes, key=lambda node: (node.depth, node.path))
