"""Grows the trees of a shard side by side: their steps share the policy's batches, their prefixes the scorer's.

A tree waits for nothing but its own steps: while one has its values read, the steps of others are drawn. What a tree was given is handed to ``keep``, one answer
after another, so that a search that was killed goes on at its last finished depth.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from monkeys.engines import Rendered, Request
from monkeys.engines.stepping import StepDrawn
from monkeys.records.prompt import Prompt
from monkeys.search import load_method
from monkeys.search.tree import GREEDY, Branch, Grow, Growth, Node, Rate, node_seed
from monkeys.statistics.aggregation import aggregate

RATED = 64
"""Prefixes that wait for a value, from which on they are read although steps are still being drawn."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step that the policy is to draw: what it sees, what ends it, and how."""

    tokens: tuple[int, ...]
    stop: tuple[str, ...]
    delimiter: str
    seed: int
    most_tokens: int
    greedy: bool


class Policy(Protocol):
    """The engine, as a search uses it."""

    longest: int
    """Tokens that it can see and draw, together."""
    at_once: int
    """Steps that it draws at a time."""

    def submit(self, name: Any, step: Step) -> None:
        """Ask for a step."""

    def step(self) -> list[tuple[Any, StepDrawn]]:
        """Go on drawing; the steps that have ended since, by their names."""

    def text(self, tokens: Sequence[int]) -> str:
        """What tokens say."""


class Valuer(Protocol):
    """The scorer, as a search uses it."""

    longest: int
    """Tokens that it can read."""
    shares: bool
    """Whether what prefixes have in common is read once."""

    def tokens(self, prompt: Prompt, text: str) -> Sequence[int]:
        """What it reads of a prompt and a text so far; nothing where there is no step yet."""

    def values(self, prefixes: Sequence[Sequence[int]]) -> list[float]:
        """The value of the last step of each prefix."""


@dataclass(slots=True)
class Tree:
    """A tree that grows: its request, its root, all its nodes, and what it is waiting for."""

    request: Request
    root: Node
    growth: Growth
    nodes: list[Node] = field(default_factory=list)
    leaves: list[Node] = field(default_factory=list)
    asked: Grow | Rate | None = None
    answers: int = 0
    got: dict[int, Node] = field(default_factory=dict)
    unread: int = 0
    first: Node | None = None


Answers = list[dict[str, Any]]
"""What a tree was given for one thing that it asked for: a step or a value for each node, as JSON can hold it."""


class Search:
    """A search over the requests of a shard.

    Args:
        open_engines: loads the policy and, where there is one, the scorer.
        options: of the strategy, completed.
        most_tokens: of a final text.
        revised: what the model sees of a prompt with attempts behind it.
        kept: answers of an interrupted run, by problem and sample.
        keep: takes each tree's answers as they come.
    """

    def __init__(
        self,
        open_engines: Callable[[], tuple[Policy, Valuer | None]],
        options: Mapping[str, Any],
        most_tokens: int,
        revised: Callable[[Request, Sequence[str]], Rendered],
        kept: Mapping[tuple[str, int], Sequence[Answers]],
        keep: Callable[[Request, int, Answers], None],
    ) -> None:
        self._open, self._options, self._most = open_engines, options, most_tokens
        self._revised, self._kept, self._keep = revised, kept, keep
        self._method = load_method(options["method"])
        self._engines: tuple[Policy, Valuer | None] | None = None
        self._rate: deque[tuple[Tree, int]] = deque()
        self._flying: dict[tuple[int, int], tuple[Tree, Branch, int]] = {}

    @property
    def _policy(self) -> Policy:
        return self._both()[0]

    @property
    def _valuer(self) -> Valuer:
        valuer = self._both()[1]
        assert valuer is not None
        return valuer

    def _both(self) -> tuple[Policy, Valuer | None]:
        # Loaded when the first step or value is missing: what an interrupted run has kept needs no model.
        if self._engines is None:
            self._engines = self._open()
        return self._engines

    def run(self, requests: Sequence[Request]) -> Iterator[Tree]:
        """Grow the tree of each request; each is yielded as it is finished."""
        waiting, growing = deque(requests), 0
        done: list[Tree] = []
        while waiting or growing or done:
            while waiting and (self._engines is None or len(self._flying) < self._policy.at_once):
                request = waiting.popleft()
                root = Node(None, 0, seed=request.seed)
                tree = Tree(request, root, self._method.grow(root, self._options, request.seed))
                growing += 1
                self._advance(tree, None, done)
            while done:
                growing -= 1
                yield done.pop(0)
            if self._flying:
                for name, drawn in self._policy.step():
                    self._take(*self._flying.pop(name), drawn, done)
            if self._rate and (len(self._rate) >= RATED or not self._flying):
                self._read_values(done)

    def _advance(self, tree: Tree, answer: list[Node] | None, done: list[Tree]) -> None:
        """Give a tree what it asked for, and see what it wants next, as far as that is known already."""
        while True:
            try:
                tree.asked = next(tree.growth) if answer is None else tree.growth.send(answer)
            except StopIteration as end:
                tree.leaves = list(end.value)
                done.append(tree)
                return
            kept = self._kept.get((tree.request.prompt.problem_id, tree.request.sample_index), ())
            if tree.answers < len(kept):
                answer = self._replay(tree, kept[tree.answers])
                tree.answers += 1
                continue
            tree.got = {}
            if isinstance(tree.asked, Grow):
                self._submit(tree, tree.asked)
            else:
                tree.unread = len(tree.asked.nodes)
                self._rate.extend((tree, place) for place in range(len(tree.asked.nodes)))
            # What needs no engine has its answer at once.
            answer = self._complete(tree)
            if answer is None:
                return

    def _complete(self, tree: Tree) -> list[Node] | None:
        """The answer to what a tree asked for, where all of it is there."""
        assert tree.asked is not None
        if isinstance(tree.asked, Rate):
            if tree.unread:
                return None
            found = list(tree.asked.nodes)
            self._count_read(tree, found)
            self._keep(tree.request, tree.answers, [{"value": node.step_value, "read": node.scored_tokens} for node in found])
            for node in found:
                self._aggregate(node)
        else:
            if len(tree.got) < len(tree.asked.branches):
                return None
            found = [tree.got[place] for place in range(len(tree.asked.branches))]
            kept: Answers = [{name: getattr(node, name) for name in ("tokens", "text", "ended", "logprob")} for node in found]
            self._keep(tree.request, tree.answers, kept)
            tree.nodes += found
        tree.answers += 1
        return found

    def _replay(self, tree: Tree, answers: Answers) -> list[Node]:
        """What a tree was given before it was interrupted."""
        if isinstance(tree.asked, Rate):
            for node, one in zip(tree.asked.nodes, answers, strict=True):
                node.step_value, node.scored_tokens = one["value"], one["read"]
                self._aggregate(node)
                if node.scored_tokens:
                    tree.first = tree.first or node
            return list(tree.asked.nodes)
        assert tree.asked is not None
        found = [
            self._node(tree, branch, tuple(one["tokens"]), one["text"], one["ended"], one["logprob"])
            for branch, one in zip(tree.asked.branches, answers, strict=True)
        ]
        tree.nodes += found
        return found

    def _aggregate(self, node: Node) -> None:
        """The value of a prefix from the values of its steps: those that were asked for."""
        values = [one.step_value for one in node.steps if one.step_value is not None]
        node.value = aggregate(values, self._options["value"])

    def _node(self, tree: Tree, branch: Branch, tokens: tuple[int, ...], text: str, ended: str, logprob: float | None = None) -> Node:
        seed = node_seed(tree.request.seed, (*branch.parent.path, branch.child))
        return Node(branch.parent, branch.child, text, tokens, ended, seed, fresh=branch.whole, logprob=logprob)

    def _submit(self, tree: Tree, asked: Grow) -> None:
        policy = self._policy
        for place, branch in enumerate(asked.branches):
            anew = branch.whole and bool(branch.attempts)
            shown = self._revised(tree.request, branch.attempts) if anew else tree.request.rendered
            before = () if branch.whole else branch.parent.whole_tokens
            tokens = (*shown.tokens, *before)
            room = min(self._most - len(before), policy.longest - len(tokens))
            if room < 1:
                # The model's context, or the limit of tokens, is full.
                tree.got[place] = self._node(tree, branch, (), "", "length")
                continue
            seed = node_seed(tree.request.seed, (*branch.parent.path, branch.child))
            delimiter = "" if branch.whole else self._options["delimiter"]
            name = (id(tree), place)
            self._flying[name] = (tree, branch, place)
            policy.submit(name, Step(tokens, shown.stop, delimiter, seed, room, branch.child == GREEDY))

    def _take(self, tree: Tree, branch: Branch, place: int, drawn: StepDrawn, done: list[Tree]) -> None:
        """Make a node of a step that has been drawn."""
        parent = None if branch.whole else branch.parent
        before = "" if parent is None else parent.whole_text
        tokens = (*(() if parent is None else parent.whole_tokens), *drawn.tokens)
        # All of the text: tokens of one character may lie on both sides of a step's end.
        text, ended = self._policy.text(tokens), drawn.ended
        # A stop string of the prompt's may lie across the end of the step before.
        longest = max(map(len, tree.request.rendered.stop), default=0)
        found = [at for stop in tree.request.rendered.stop if (at := text.find(stop, max(0, len(before) - longest + 1))) >= 0]
        if found:
            text, ended = text[: max(min(found), len(before))], "stop"
        tree.got[place] = self._node(tree, branch, drawn.tokens, text[len(before) :], ended, drawn.logprob)
        answer = self._complete(tree)
        if answer is not None:
            self._advance(tree, answer, done)

    def _read_values(self, done: list[Tree]) -> None:
        """Read all prefixes that wait for a value, in one batch."""
        items = list(self._rate)
        self._rate.clear()
        nodes, read = [], []
        for tree, place in items:
            assert isinstance(tree.asked, Rate)
            nodes.append(tree.asked.nodes[place])
            read.append(self._valuer.tokens(tree.request.prompt, nodes[-1].whole_text))
        # What does not fit the scorer's context has no value, as what has no step.
        fitting = [place for place, tokens in enumerate(read) if 0 < len(tokens) <= self._valuer.longest]
        found = self._valuer.values([read[place] for place in fitting]) if fitting else []
        for place, value in zip(fitting, found, strict=True):
            nodes[place].step_value, nodes[place].read = value, tuple(read[place])
        trees: dict[int, Tree] = {}
        for tree, _ in items:
            tree.unread -= 1
            trees[id(tree)] = tree
        for tree in trees.values():
            answer = self._complete(tree)
            if answer is not None:
                self._advance(tree, answer, done)

    def _count_read(self, tree: Tree, nodes: Sequence[Node]) -> None:
        """Tokens that the scorer read for each node: those that the nearest node before it, which had a value, does not have too; the question once a tree."""
        for node in nodes:
            if node.read is None:
                continue
            shared = 0
            if self._valuer.shares:
                before = next((one for one in node.line[-2::-1] if one.scored_tokens), tree.first)
                if before is not None:
                    seen = before.read or self._valuer.tokens(tree.request.prompt, before.whole_text)
                    shared = next(
                        (place for place, (one, other) in enumerate(zip(node.read, seen, strict=False)) if one != other),
                        min(len(node.read), len(seen)),
                    )
            node.scored_tokens += len(node.read) - shared
            tree.first = tree.first or node
