"""Votes that stop early, and what is predicted of votes beyond the samples: by hand and by enumeration."""

from itertools import permutations

import numpy as np
import pytest

from monkeys.statistics.selection_forecast import TwoAnswers, two_answers
from monkeys.statistics.selection_stopping import lead, mode_chance, stopped_vote, stopping_curve, stops


def problem(*many: int) -> tuple[list[int], list[float]]:
    """Classes of so many samples each, of which the first is right."""
    return [name for name, number in enumerate(many) for _ in range(number)], [1.0] * many[0] + [0.0] * sum(many[1:])


@pytest.mark.parametrize(("counts", "alone"), [((3, 1, 1), (3, 1)), ((4, 2, 2, 2), (4, 2))])
def test_every_answer_seen_may_be_the_most_likely_one(counts: tuple[int, ...], alone: tuple[int, int]) -> None:
    drawn = np.random.default_rng(0).dirichlet(np.array(counts) + 1, size=200_000)
    share = float((drawn.argmax(axis=1) == 0).mean())
    assert mode_chance(counts) == pytest.approx(share, abs=0.005) and mode_chance(counts) < mode_chance(alone) - 0.05
    assert stops(np.array(counts), "dirichlet", mode_chance(counts) - 1e-9) and not stops(np.array(counts), "dirichlet", mode_chance(counts) + 1e-9)


def test_a_vote_stops_at_its_threshold_or_its_cap() -> None:
    classes, right = [0, 1, 0, 1, 0, 0, 0, 0], [1.0, 0, 1, 0, 1, 1, 1, 1]
    order = np.arange(8)[None, :]
    taken, accurate = stopped_vote(classes, right, "beta", 0.9999, 3, order)
    assert (taken.tolist(), accurate.tolist()) == ([3], [1])
    assert stopped_vote(classes, right, "beta", 0.9999, 2, order)[1].tolist() == [0.5], "two answers are tied"
    # 5 votes against 2 are the first that reach it: with 4 against 2 the chance is 0.77.
    threshold = lead(5, 2)
    assert lead(4, 2) < threshold and stopped_vote(classes, right, "beta", threshold, 8, order)[0].tolist() == [7]


def test_a_stopping_curve_is_the_mean_over_orders_with_its_error() -> None:
    problems = [problem(3, 2), problem(2, 2, 1)]
    (found,) = stopping_curve(problems, "beta", [0.8], 5, 400, 7)
    exact, error = [], []
    for classes, right in problems:
        orders = np.array(list(permutations(range(5))))
        taken, accurate = stopped_vote(classes, right, "beta", 0.8, 5, orders)
        exact.append((taken.mean(), accurate.mean()))
        error.append(accurate.var())
    samples, accuracy = np.mean(exact, axis=0)
    # Errors of problems add up as variances: those of two problems of 400 orders each.
    assert found["monte_carlo_error"] == pytest.approx(np.sqrt(sum(error) / 400) / 2, rel=0.15)
    assert abs(found["accuracy"] - accuracy) < 4 * found["monte_carlo_error"] and found["mean_samples"] == pytest.approx(samples, abs=0.2)


def test_the_rival_of_right_answers_is_the_strongest_and_ties_are_half_easy() -> None:
    assert two_answers([problem(4, 3, 3)]) == TwoAnswers(1.0, pytest.approx(4 / 7), pytest.approx(float("nan"), nan_ok=True))
    found = two_answers([problem(3, 3), problem(4, 1)])
    # Half of the tied problem is easy: (0.5 x 1/2 + 0.8) / 1.5.
    assert (found.easy, found.right_easy, found.right_hard) == pytest.approx((0.75, (0.25 + 0.8) / 1.5, 0.5))


def test_an_even_number_of_votes_is_worth_the_odd_one_before() -> None:
    model = TwoAnswers(0.7, 0.8, 0.4)
    odd = [0.7 * p + 0.3 * q for p, q in ((0.8, 0.4), (0.8**3 + 3 * 0.8**2 * 0.2, 0.4**3 + 3 * 0.4**2 * 0.6))]
    assert model.accuracy([1, 2, 3, 4]).tolist() == pytest.approx([odd[0], odd[0], odd[1], odd[1]])
