"""What a search asks of its engines, and what it makes of their answers: stop strings, steps that look ahead, values, attempts and places."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from stub_search import StubPolicy, noise, requests, search, spelled

from monkeys.engines import Rendered, Request
from monkeys.engines.stepping import StepDrawn
from monkeys.search import beam, particles, revise
from monkeys.search.loop import Step
from monkeys.search.tree import Grow, Node, best


class Scripted(StubPolicy):
    """Writes the same pieces whatever its seed is, and goes on from wherever a text is."""

    def __init__(self, *pieces: str) -> None:
        super().__init__()
        self.pieces, self.asked = pieces, list[Step]()

    def submit(self, name: Any, step: Step) -> None:
        self.asked.append(step)
        super().submit(name, step)

    def _draw(self, step: Step) -> StepDrawn:
        text, said = "".join(map(chr, step.tokens)), "q"
        for number, piece in enumerate(self.pieces):
            if said == text:
                return StepDrawn(spelled(piece), "stop" if number == len(self.pieces) - 1 else "", -0.5 * len(piece))
            said += piece
        raise AssertionError(text)


def stopped(*stop: str) -> list[Request]:
    return [replace(requests(1, 1)[0], rendered=Rendered(spelled("q"), stop))]


def only(policy: StubPolicy, *stop: str, **strategy: Any) -> Node:
    """The leaf of a chain without a choice."""
    (tree,) = search({"method": "beam", "width": 1, "children": 1, **strategy}, asked=stopped(*stop), policy=policy).values()
    (leaf,) = tree.leaves
    return leaf


def test_a_stop_string_of_the_prompt_ends_the_text() -> None:
    policy = Scripted("one\n", "two END three\n", "four")
    leaf = only(policy, "END", "FIN")
    assert (leaf.whole_text, leaf.ended, leaf.depth) == ("one\ntwo ", "stop", 2)
    assert {step.stop for step in policy.asked} == {("END", "FIN")} and {step.delimiter for step in policy.asked} == {"\n"}


def test_a_stop_string_may_lie_across_the_end_of_a_step() -> None:
    leaf = only(Scripted("one\n", "Q: two\n", "three"), "\nQ:")
    assert (leaf.whole_text, leaf.ended, leaf.depth) == ("one\n", "stop", 2)
    # What was drawn behind it was drawn all the same.
    assert len(leaf.tokens) == len("Q: two\n")


def test_steps_have_the_log_probability_that_they_were_drawn_with() -> None:
    leaf = only(Scripted("one\n", "two\n", "three"))
    assert [node.logprob for node in leaf.steps] == [-2.0, -2.0, -2.5]


@pytest.mark.parametrize(
    ("way", "value"), [("minimum", min), ("last", lambda values: values[-1]), ("mean", lambda values: sum(values) / len(values))]
)
def test_a_prefix_is_valued_by_the_values_of_its_steps(way: str, value: Any) -> None:
    trees = search({"method": "beam", "width": 4, "children": 2, "value": way})
    nodes = [node for tree in trees.values() for node in tree.nodes]
    assert max(node.depth for node in nodes) > 2
    for node in nodes:
        assert node.value == pytest.approx(value([noise(one.whole_text) for one in node.line]))


class Watched(StubPolicy):
    """Notes which steps were to be drawn without chance."""

    def __init__(self) -> None:
        super().__init__()
        self.greedy: list[bool] = []

    def submit(self, name: Any, step: Step) -> None:
        self.greedy.append(step.greedy)
        super().submit(name, step)


@pytest.mark.parametrize("ahead", [1, 2])
def test_a_candidate_is_worth_what_it_becomes_in_so_many_greedy_steps(ahead: int) -> None:
    policy = Watched()
    trees = search({"method": "lookahead", "width": 4, "children": 2, "lookahead": ahead}, policy=policy)
    looked = 0
    for tree in trees.values():
        for node in (one for one in tree.nodes if -1 not in one.path):
            line = [one for one in tree.nodes if one.path[: node.depth] == node.path and set(one.path[node.depth :]) <= {-1}]
            last = max(line, key=lambda one: one.depth)
            assert last.depth - node.depth == ahead or last.ended
            assert node.value == pytest.approx(noise(last.whole_text))
            looked += last.depth - node.depth
    assert sum(policy.greedy) == looked > 0


def ask(growth: Any, texts: Sequence[str] | None = None, asked: Grow | None = None) -> Any:
    """Answer what a method asked for, and read what it asks for next."""
    if asked is None:
        return next(growth)
    nodes = [Node(branch.parent, branch.child, text, fresh=branch.whole) for branch, text in zip(asked.branches, texts or (), strict=True)]
    return growth.send(nodes)


def test_a_revision_sees_the_last_attempts_in_the_order_in_which_they_were_made() -> None:
    growth = revise.grow(Node(None, 0), {**revise.OPTIONS, "sequential": 4, "parallel": 2, "remembered": 2, "scorer": None}, 0)
    asked = ask(growth)
    assert [branch.attempts for branch in asked.branches] == [(), ()]
    asked = ask(growth, ["a1", "b1"], asked)
    assert [branch.attempts for branch in asked.branches] == [("a1",), ("b1",)]
    asked = ask(growth, ["a2", "b2"], asked)
    assert [branch.attempts for branch in asked.branches] == [("a1", "a2"), ("b1", "b2")]
    asked = ask(growth, ["a3", "b3"], asked)
    assert [branch.attempts for branch in asked.branches] == [("a2", "a3"), ("b2", "b3")]


def test_each_depth_of_a_particle_filter_has_a_comb_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    real = particles.comb
    monkeypatch.setattr(particles, "comb", lambda seed, depth: (asked.append((seed, depth)), real(seed, depth))[1])
    (tree,) = search({"method": "particles", "width": 4}, asked=requests(1, 1), policy=StubPolicy(ending=0.1)).values()
    assert asked == [(tree.request.seed, depth) for depth in range(1, max(node.depth for node in tree.nodes) + 1)] and len(asked) > 2
    assert len({real(seed, depth) for seed in range(5) for depth in range(5)}) == 25


@pytest.mark.parametrize(("balance", "even"), [(1e6, True), (1e-6, False)])
def test_the_balance_of_a_search_decides_how_even_its_children_are(balance: float, even: bool) -> None:
    for tree in search({"method": "rebase", "width": 6, "balance": balance}, policy=StubPolicy(ending=0.0), most_tokens=40).values():
        first = [node for node in tree.nodes if node.depth == 1]
        best_value = max(node.worth for node in first)
        assert sum(node.kept for node in first) == 6
        assert {node.kept for node in first} == {1} if even else {node.worth for node in first if node.kept} == {best_value}


def test_of_equal_values_the_earlier_is_kept_and_copies_of_a_text_come_last() -> None:
    root = Node(None, 0)
    left, right = Node(root, 0, "a "), Node(root, 1, "b ")
    nodes = [Node(left, 0, "same", value=0.5), Node(right, 0, "same", value=0.5), Node(left, 1, "same", value=0.5), Node(left, 2, "low", value=0.1)]
    assert best(nodes, 2) == nodes[:2] and best(nodes, 1) == nodes[:1]
    # Steps that are alike behind other steps are no copies.
    assert best(nodes, 2, distinct=True) == nodes[:2] and best(nodes, 3, distinct=True) == [nodes[0], nodes[1], nodes[3]]


def test_distinct_candidates_are_kept_before_copies_of_one_text() -> None:
    growth = beam.grow(Node(None, 0), {**beam.OPTIONS, "width": 4, "children": 2, "distinct": True}, 0)
    asked = ask(growth)
    nodes = [Node(branch.parent, branch.child, text) for branch, text in zip(asked.branches, ("x", "x", "y", "z"), strict=True)]
    for node, value in zip(nodes, (0.9, 0.9, 0.5, 0.4), strict=True):
        node.value = value
    growth.send(nodes)
    assert [branch.parent for branch in growth.send(nodes).branches] == [nodes[0], nodes[0], nodes[2], nodes[2]]


def test_a_leaf_that_is_kept_holds_one_place_to_the_end() -> None:
    growth = beam.grow(Node(None, 0), {**beam.OPTIONS, "width": 4, "children": 2}, 0)
    nodes = [Node(branch.parent, branch.child, str(branch.child)) for branch in ask(growth).branches]
    for node, value, ended in zip(nodes, (0.9, 0.8, 0.7, 0.6), ("stop", "", "", ""), strict=True):
        node.value, node.ended = value, ended
    growth.send(nodes)
    asked = growth.send(nodes)
    assert [branch.parent for branch in asked.branches] == [nodes[1]] * 2 and [node.kept for node in nodes] == [1, 2, 0, 0]
    more = [Node(branch.parent, branch.child, value=value, ended="stop") for branch, value in zip(asked.branches, (0.99, 0.95), strict=True)]
    growth.send(more)
    with pytest.raises(StopIteration) as end:
        growth.send(more)
    assert end.value.value == [nodes[0], more[0]]
