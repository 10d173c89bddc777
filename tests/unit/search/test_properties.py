"""What holds of search methods exactly: with values that say nothing they are independent samples, with equal budgets they are each other."""

import json
import random
from typing import Any

import pytest
from stub_search import StubPolicy, StubValuer, final, leaves, noise, requests, search

from monkeys.search.particles import systematic, weights
from monkeys.search.rebase import shares
from monkeys.search.tree import node_seed

METHODS: list[dict[str, Any]] = [
    {"method": "beam", "width": 8, "children": 2},
    {"method": "beam", "width": 8, "children": 2, "distinct": True},
    {"method": "lookahead", "width": 4, "children": 2, "lookahead": 2},
    {"method": "dvts", "width": 8, "children": 4},
    {"method": "rebase", "width": 6},
    {"method": "particles", "width": 6},
    {"method": "revise", "sequential": 3, "parallel": 2},
]


def alone(width: int) -> dict[tuple[str, int], list[str]]:
    """Independent samples: chains that each draw one child after another."""
    policy = StubPolicy()
    found = {}
    for request in requests():
        texts = []
        for chain in range(width):
            path, tokens = [chain], request.rendered.tokens
            while True:
                from monkeys.search.loop import Step

                drawn = policy._draw(Step(tokens, (), "\n", node_seed(request.seed, path), 2000, False))
                tokens = (*tokens, *drawn.tokens)
                if drawn.ended:
                    break
                path.append(0)
            texts.append(policy.text(tokens[len(request.rendered.tokens) :]))
        found[request.prompt.problem_id, request.sample_index] = texts
    return found


@pytest.mark.parametrize("width", [1, 4])
@pytest.mark.parametrize(
    ("strategy", "value"),
    [
        ({"method": "beam", "children": 1}, noise),
        ({"method": "dvts", "children": 1}, noise),
        ({"method": "lookahead", "children": 1, "lookahead": 2}, noise),
        ({"method": "rebase"}, lambda text: 0.37),
        ({"method": "particles"}, lambda text: 0.37),
    ],
    ids=["beam", "dvts", "lookahead", "rebase", "particles"],
)
def test_methods_without_a_choice_draw_independent_samples(strategy: dict[str, Any], value: Any, width: int) -> None:
    assert leaves(search({**strategy, "width": width}, value)) == alone(width)


def test_one_attempt_is_an_independent_sample() -> None:
    once = search({"method": "revise", "sequential": 1, "parallel": 4})
    policy = StubPolicy()
    from monkeys.search.loop import Step

    for request in requests():
        wanted = [
            policy.text(policy._draw(Step(request.rendered.tokens, (), "", node_seed(request.seed, (chain,)), 2000, False)).tokens)
            for chain in range(4)
        ]
        assert leaves(once)[request.prompt.problem_id, request.sample_index] == wanted


def test_a_revision_sees_the_attempts_before_it() -> None:
    chains = search({"method": "revise", "sequential": 3, "parallel": 2, "remembered": 1})
    for tree in chains.values():
        assert len(tree.nodes) == len(tree.leaves) == 6
        assert {leaf.depth for leaf in tree.leaves} == {1, 2, 3}
        # A leaf's text is its own attempt, and not the chain's.
        assert all(leaf.whole_text == leaf.text for leaf in tree.leaves)
    other = search({"method": "revise", "sequential": 3, "parallel": 2, "remembered": 2})
    assert [leaf.text for leaf in chains["p/0", 0].leaves[:4]] == [leaf.text for leaf in other["p/0", 0].leaves[:4]]
    assert leaves(chains) != leaves(other)


@pytest.mark.parametrize("width", [2, 5])
def test_beam_with_all_children_is_dvts_with_one_tree(width: int) -> None:
    beam = search({"method": "beam", "width": width, "children": width})
    dvts = search({"method": "dvts", "width": width, "children": width})
    assert leaves(beam) == leaves(dvts)


def test_lookahead_0_is_beam_and_2_is_not() -> None:
    beam, ahead, far = (
        search({"method": method, "width": 8, "children": 4, **more})
        for method, more in (("beam", {}), ("lookahead", {"lookahead": 0}), ("lookahead", {"lookahead": 2}))
    )
    assert leaves(beam) == leaves(ahead)
    assert leaves(beam) != leaves(far)
    # Steps that look ahead cost tokens and are in no text.
    assert all(-1 not in leaf.path for tree in far.values() for leaf in tree.leaves)
    assert any(-1 in node.path for tree in far.values() for node in tree.nodes)


def test_rebases_children_sum_to_the_budget() -> None:
    rng = random.Random(1)
    for _ in range(2000):
        values = [rng.choice([0.0, 1.0, rng.random(), rng.random() ** 8]) for _ in range(rng.randint(1, 20))]
        budget, temperature = rng.randint(1, 40), rng.choice([1e-3, 0.05, 0.2, 1, 100])
        counts = shares(values, budget, temperature)
        assert sum(counts) == budget
        assert min(counts) >= 0
        assert all(counts[a] >= counts[b] for a in range(len(values)) for b in range(len(values)) if values[a] > values[b])
    assert shares([0.3] * 5, 5, 0.2) == [1] * 5
    assert shares([0.1, 0.9, 0.5], 9, 1e-3) == [0, 9, 0]
    assert shares([0.1, 0.9, 0.5], 9, 1e6) == [3, 3, 3]
    assert shares([float("-inf")] * 3, 5, 0.2) == [2, 2, 1]


def test_systematic_resampling_keeps_counts_within_one_of_their_share() -> None:
    rng = random.Random(2)
    for _ in range(2000):
        count = rng.randint(1, 30)
        raw = [rng.random() ** 3 for _ in range(rng.randint(1, 30))]
        weight = [one / sum(raw) for one in raw]
        drawn = systematic(weight, count, rng.random() * 0.998 + 0.001)
        assert sum(drawn) == count
        assert all(abs(number - count * share) < 1 + 1e-6 for number, share in zip(drawn, weight, strict=True))
    for offset in (0.001, 0.5, 0.999):
        assert systematic([1 / 7] * 7, 7, offset) == [1] * 7


def test_weights_of_particles_are_odds() -> None:
    assert weights([0.5, 0.8], 1.0) == pytest.approx([0.2, 0.8])
    # Odds of 1 and 4; half of their logarithm leaves 1 and 2.
    assert weights([0.5, 0.8], 2.0) == pytest.approx([1 / 3, 2 / 3])
    assert weights([None, 1.0], 1.0)[0] < 1e-9
    with pytest.raises(Exception, match="particles need values between 0 and 1"):
        weights([0.5, 12.0], 1.0)


@pytest.mark.parametrize("strategy", METHODS, ids=[f"{one['method']}{'-distinct' if 'distinct' in one else ''}" for one in METHODS])
class TestEveryMethod:
    def test_a_tree_depends_on_its_seed_alone(self, strategy: dict[str, Any]) -> None:
        together = search(strategy, asked=requests(3, 2))
        wide = search(strategy, asked=requests(3, 2)[::-1], policy=StubPolicy(at_once=100))
        single = search(strategy, asked=[requests(3, 2)[3]], policy=StubPolicy(at_once=1))
        assert leaves(together) == leaves(wide)
        assert leaves(single) == {name: texts for name, texts in leaves(together).items() if name in single}
        for name, tree in together.items():
            mine = sorted((node.path, node.text, node.value, node.scored_tokens, node.kept) for node in tree.nodes)
            assert mine == sorted((node.path, node.text, node.value, node.scored_tokens, node.kept) for node in wide[name].nodes)

    def test_a_killed_search_goes_on_and_ends_as_if_nothing_had_happened(self, strategy: dict[str, Any]) -> None:
        whole, journal = {}, []

        def keep(request: Any, number: int, answers: Any) -> None:
            journal.append(((request.prompt.problem_id, request.sample_index), number, json.loads(json.dumps(answers))))

        whole = search(strategy, keep=keep)
        for cut in range(0, len(journal) + 1, 3):
            kept: dict[tuple[str, int], list[Any]] = {}
            for name, number, answers in journal[:cut]:
                assert number == len(kept.setdefault(name, []))
                kept[name].append(answers)
            policy = StubPolicy()
            again = search(strategy, policy=policy, kept=kept)
            assert leaves(again) == leaves(whole)
            for name, tree in whole.items():
                rows = [
                    sorted((node.path, node.text, node.seed, node.value, node.scored_tokens, node.kept, node.ended) for node in one.nodes)
                    for one in (tree, again[name])
                ]
                assert rows[0] == rows[1]
            if cut == len(journal):
                assert policy.drawn == 0

    def test_limits_of_tokens_hold_for_the_whole_text(self, strategy: dict[str, Any]) -> None:
        short = search(strategy, most_tokens=12, policy=StubPolicy(longest=40))
        for tree in short.values():
            assert tree.leaves
            assert all(len(leaf.whole_tokens) <= 12 for leaf in tree.leaves)
        assert {leaf.ended for tree in short.values() for leaf in tree.leaves} >= {"length"}

    def test_a_context_that_is_full_ends_a_leaf(self, strategy: dict[str, Any]) -> None:
        policy = StubPolicy(longest=20, ending=0.0)
        full = search(strategy, policy=policy, most_tokens=10_000)
        assert {leaf.ended for tree in full.values() for leaf in tree.leaves} == {"length"} if strategy["method"] != "revise" else True
        assert all(len(tree.request.rendered.tokens) + len(leaf.whole_tokens) <= 20 for tree in full.values() for leaf in tree.leaves)

    def test_what_the_scorer_cannot_read_has_the_value_of_the_prefix_before(self, strategy: dict[str, Any]) -> None:
        trees = search(strategy, valuer=StubValuer(noise, longest=30), policy=StubPolicy(ending=0.1))
        unread = [node for tree in trees.values() for node in tree.nodes if len(node.whole_text) > 18 and -1 not in node.path]
        assert unread
        for node in unread:
            assert node.step_value is None
            assert node.value == (None if strategy["method"] in ("revise", "lookahead") else node.parent.value) or strategy["method"] == "lookahead"
        assert final(trees)

    def test_places_are_never_more_than_the_width(self, strategy: dict[str, Any]) -> None:
        most = strategy.get("width", 6)
        for tree in search(strategy).values():
            assert sum(leaf.kept for leaf in tree.leaves) <= most
            for depth in {node.depth for node in tree.nodes}:
                assert sum(node.depth == depth and -1 not in node.path for node in tree.nodes) <= most


def test_a_tree_that_never_ends_stops_at_its_depth() -> None:
    deep = search({"method": "beam", "width": 4, "children": 2, "max_depth": 3}, policy=StubPolicy(ending=0.0))
    assert {(leaf.ended, leaf.depth) for tree in deep.values() for leaf in tree.leaves} == {("depth", 3)}


def test_tokens_read_are_those_that_prefixes_do_not_share() -> None:
    valuer = StubValuer(noise)
    (tree,) = search({"method": "beam", "width": 4, "children": 2}, asked=requests(1, 1), valuer=valuer).values()
    question = len("question 0: ") + 1
    shared = sum(node.scored_tokens for node in tree.nodes)
    # Each step once, and the question once; texts may begin alike.
    assert shared <= question + sum(len(node.tokens) for node in tree.nodes)
    assert shared > sum(len(node.tokens) for node in tree.nodes) / 2
    alone = StubValuer(noise, shares=False)
    (other,) = search({"method": "beam", "width": 4, "children": 2}, asked=requests(1, 1), valuer=alone).values()
    assert sum(node.scored_tokens for node in other.nodes) == sum(question + len(node.whole_text) for node in other.nodes)
