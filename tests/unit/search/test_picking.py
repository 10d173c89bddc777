"""The final text of a tree."""

import pytest
from stub_search import search, stated

from monkeys.errors import InputError
from monkeys.search import complete, method_names
from monkeys.search.picking import pick
from monkeys.search.tree import Node


def leaf(path: tuple[int, ...], answer: str, value: float | None, kept: int = 1) -> Node:
    node = Node(None, 0)
    for child in path:
        node = Node(node, child)
    node.text, node.value, node.kept = f"The answer is {answer}." if answer else "nothing", value, kept
    return node


LEAVES = [leaf((0,), "7", 0.9), leaf((1,), "5", 0.5), leaf((2,), "5", 0.3), leaf((3,), "", 0.8), leaf((4,), "6", 0.05), leaf((5,), "6", 0.04)]


@pytest.mark.parametrize(("how", "path"), [("best", (0,)), ("majority", (1,)), ("weighted", (0,)), ("last", (0,))])
def test_how_a_leaf_is_picked(how: str, path: tuple[int, ...]) -> None:
    assert pick(LEAVES, how, stated).path == path


def test_places_of_a_particle_are_votes() -> None:
    leaves = [leaf((0,), "7", 0.5), leaf((1,), "6", 0.4, kept=2)]
    assert pick(leaves, "majority", stated).path == (1,)
    assert pick(leaves, "weighted", stated).path == (1,)
    assert pick(leaves, "best", stated).path == (0,)


def test_revisions_vote_with_the_best_of_each_chain() -> None:
    leaves = [leaf((0,), "1", 0.1), leaf((0, 0), "2", 0.4), leaf((1,), "2", 0.3), leaf((1, 0), "1", 0.2), leaf((2,), "1", 0.6)]
    # Chains choose 2 (0.4), 2 (0.3) and 1 (0.6).
    assert pick(leaves, "hierarchical", stated).path == (0, 0)
    assert pick(leaves, "weighted", stated).path == (2,)
    assert pick(leaves, "last", stated).path == (0, 0)


def test_votes_across_chains_are_weighed() -> None:
    leaves = [leaf((0,), "2", 0.2), leaf((1,), "2", 0.1), leaf((2,), "1", 0.6)]
    assert pick(leaves, "hierarchical", stated).path == (2,)
    assert pick(leaves, "majority", stated).path == (0,)


def test_without_an_answer_the_best_value_decides() -> None:
    assert pick([leaf((0,), "", 0.1), leaf((1,), "", 0.2), leaf((2,), "", None)], "majority", stated).path == (1,)


def test_a_leaf_without_a_value_is_worth_least() -> None:
    assert pick([leaf((0,), "1", None), leaf((1,), "2", 0.0)], "best", stated).path == (1,)


def test_revise_without_a_scorer_takes_the_last_or_the_vote() -> None:
    trees = search({"method": "revise", "sequential": 2, "parallel": 3, "scorer": None, "pick": "majority"}, value=None)
    assert all(len(tree.leaves) == 6 and pick(tree.leaves, "majority", stated) in tree.leaves for tree in trees.values())


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"method": "bean"}, "strategies.s.method: there is no method 'bean' (did you mean 'beam'?)"),
        ({"method": "beam", "widht": 3}, "strategies.s.widht is not a key of the method beam (did you mean 'width'?)"),
        ({"method": "beam"}, "strategies.s.scorer is missing; the method beam needs the values of a scorer of the kind reward_model"),
        ({"method": "revise"}, "strategies.s.scorer is missing; pick: best needs the values"),
        ({"method": "beam", "scorer": "p", "width": 8, "children": 3}, "strategies.s.children is 3, which does not divide width, 8"),
        ({"method": "dvts", "scorer": "p", "width": 0}, "strategies.s.width is 0, but must be a whole number from 1"),
        ({"method": "rebase", "scorer": "p", "balance": 0}, "strategies.s.balance is 0, but must be a number above 0"),
        ({"method": "lookahead", "scorer": "p", "lookahead": -1}, "strategies.s.lookahead is -1, but must be a whole number from 0"),
        ({"method": "beam", "scorer": "p", "pick": "first"}, "strategies.s.pick is 'first', but must be one of best, majority"),
        ({"method": "beam", "scorer": "p", "value": "median"}, "strategies.s.value is 'median'"),
        ({"method": "beam", "scorer": "p", "delimiter": ""}, "strategies.s.delimiter is '', but must be the text that ends a step"),
        ({"method": "revise", "scorer": "p", "instruction": " "}, "strategies.s.instruction is ' ', but must be a text"),
    ],
)
def test_a_strategy_that_cannot_be_is_one_sentence(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError) as fault:
        complete("s", given)
    assert sentence in str(fault.value)


def test_every_file_with_grow_is_a_method() -> None:
    assert method_names() == ["beam", "dvts", "lookahead", "particles", "rebase", "revise"]
