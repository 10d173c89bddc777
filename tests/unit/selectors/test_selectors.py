"""What each selector makes of a ballot, by hand: who may stand, who wins, and how surely."""

import math
from typing import Any

import numpy as np
import pytest

from monkeys.selectors import Ballot, Choice, Draws, load_selector, read_entry
from monkeys.selectors.weighted import weights
from monkeys.statistics import FloatArray

NAN = float("nan")
DRAWS = Draws(permutations=200, seed=3)


def chosen(spec: Any, ballot: Ballot) -> list[float]:
    """The chance of each sample to be handed in."""
    entry = read_entry(spec)
    return [float(one) for one in load_selector(entry.selector).choose(ballot, entry.options).chances]


def accuracy(spec: Any, ballot: Ballot, right: list[float], *ks: int) -> Any:
    entry = read_entry(spec)
    found = load_selector(entry.selector).accuracy(ballot, np.array(right), np.array(ks), entry.options, DRAWS)
    return pytest.approx(found.accuracy.tolist(), nan_ok=True)


def test_samples_without_a_score_come_behind_those_with_one_and_before_those_without_an_answer() -> None:
    ballot = Ballot.of([0, 1, 2, -1], [0.5, NAN, -7.0, 9.0])
    assert chosen({"best_of": "s"}, ballot) == [1, 0, 0, 0]
    for places, best in (([1, 2], 1), ([1, 3], 0), ([2, 3], 0)):
        assert chosen({"best_of": "s"}, ballot.part(np.array(places)))[best] == 1
    assert chosen({"best_of": "s"}, ballot.part(np.array([3]))) == [0]


def test_a_right_text_without_an_answer_is_not_handed_in() -> None:
    assert accuracy({"best_of": "s"}, Ballot.of([-1, 0], [9.0, 1.0]), [1, 0], 1, 2) == [0, 0]


def test_frequent_are_answers_with_their_share_of_all_samples() -> None:
    # Two of four are half of them.
    assert chosen({"best_of_majority": "s", "share": 0.5}, Ballot.of([0, 0, 1, 2], [0.1, 0.2, 0.9, 0.95])) == [0, 1, 0, 0]
    # Two of ten are less than a quarter, though half of the samples say nothing.
    ballot = Ballot.of([0, 0, 0, 1, 1, -1, -1, -1, -1, -1], [0.1, 0.2, 0.3, 0.9, 0.8, 1, 1, 1, 1, 1])
    assert np.argmax(chosen({"best_of_majority": "s", "share": 0.25}, ballot)) == 2
    assert np.argmax(chosen({"best_of_majority": "s", "share": 0.2}, ballot)) == 3
    # Where none is frequent, the most frequent ones are.
    assert chosen({"best_of_majority": "s", "share": 0.9}, Ballot.of([0, 0, 1], [0.1, 0.2, 0.9])) == [0, 1, 0]


def test_a_score_at_the_threshold_passes_a_filter() -> None:
    ballot = Ballot.of([0, 1, 1], [0.4, 0.3, 0.3])
    assert chosen({"filter_vote": "s", "threshold": 0.4}, ballot) == [1, 0, 0]
    assert chosen({"filter_vote": "s", "threshold": 0.41}, ballot) == [0, 0.5, 0.5]


def test_a_chain_that_is_not_whole_is_left_out() -> None:
    ballot = Ballot.of([0, 1, 1, 0, 2], [1.0, 5.0, 2.0, 4.0, 9.0])
    # The heads are samples 1 and 3; the last sample has no chain.
    assert accuracy({"hierarchical": "s", "chain": 2}, ballot, [0, 1, 1, 0, 1], 2, 4, 5, 6) == [0.5, 1, NAN, NAN]


def test_both_orders_of_a_comparison_count() -> None:
    calls = {(0, 1): 0.6, (1, 0): 0.9}
    assert chosen({"pairwise": "calls"}, Ballot.of([0, 1], calls=calls)) == [0, 1], "0 is better with (0.6 + 0.1) / 2"
    assert chosen({"pairwise": "calls"}, Ballot.of([0, 1], calls={(0, 1): 0.6})) == [1, 0], "the one order that there is"


def test_recorded_choices_have_the_error_of_their_mean() -> None:
    choices = {(0, 1): 0, (0, 2): 2, (1, 2): 1, (0,): 0}
    ballot = Ballot(np.zeros(3, dtype=np.int64), np.full(3, NAN), np.arange(3), choices=choices)
    found = load_selector("recorded_choice").accuracy(ballot, np.array([1.0, 0, 1]), np.array([1, 2, 3]), {}, DRAWS)
    # Right, right and wrong; of one subset of one sample nothing is known.
    assert found.accuracy.tolist() == pytest.approx([NAN, 2 / 3, NAN], nan_ok=True)
    assert found.variance.tolist() == pytest.approx([NAN, 1 / 3 / 3, NAN], nan_ok=True)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"link": "rank", "temperature": 1.0}, [1 / 3, 1 / 3, 5 / 6]),
        ({"link": "sigmoid", "temperature": 2.0}, [1 / (1 + math.exp(-1)), 1 / (1 + math.exp(-1)), 1 / (1 + math.exp(-3))]),
        ({"link": "exp", "temperature": 2.0}, [math.exp(-2), math.exp(-2), 1.0]),
        ({"link": "identity", "temperature": 2.0}, [2.0, 2.0, 6.0]),
    ],
    ids=lambda value: value["link"] if isinstance(value, dict) else None,
)
def test_weights_of_scores(options: dict[str, Any], expected: list[float]) -> None:
    assert weights(np.array([2.0, 2.0, 6.0]), options).tolist() == pytest.approx(expected)
    assert np.isnan(weights(np.array([2.0, NAN, 2.0, 6.0]), options)[1])


def test_totals_that_rounding_alone_tells_apart_are_tied() -> None:
    def choice(*totals: float) -> Choice:
        values: FloatArray = np.array(totals)
        return Choice(np.ones(1), np.arange(values.size), values)

    assert (choice(0.1 + 0.2, 0.3).margin, choice(0.1 + 0.2, 0.3).ties) == (0, 2)
    assert (choice(5, 3, 1).margin, choice(5, 3, 1).ties) == (2, 1) and math.isnan(choice(5).margin)


def test_orders_of_problems_are_independent_and_the_same_again() -> None:
    one, other = DRAWS.of("p"), DRAWS.of("q")
    assert one == DRAWS.of("p") and one.seed != other.seed != DRAWS.seed
    assert one.generator("weighted").random() != one.generator("pairwise").random()
