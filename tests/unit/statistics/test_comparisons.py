from itertools import product

import numpy as np
import pytest

from monkeys.statistics.comparisons import equality_p_values, equally_many, holm
from monkeys.statistics.coverage import coverage_difference, pass_at_k


def enumerated(values: list[float]) -> float:
    """The share of all flips of signs that make the sum as far from zero as it is."""
    sums = [abs(sum(sign * value for sign, value in zip(signs, values, strict=True))) for signs in product((-1, 1), repeat=len(values))]
    return float(np.mean([one >= abs(sum(values)) - 1e-9 for one in sums]))


@pytest.mark.parametrize("values", [[0.1, 0.3, 0.2, -0.1, 0.4, 0.25, 0.0, 0.3], [1.0, 1.0, 1.0, -1.0, 1.0, 0.0], [0.1, -0.1, 0.2], [0.0, 0.0]])
def test_p_values_are_the_share_of_flips_as_far_from_zero(values: list[float]) -> None:
    expected = enumerated(values)
    found = equality_p_values(np.array(values)[:, None], 0)[0]
    assert found == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / 9999) + 1e-4)


def test_groups_are_flipped_as_one() -> None:
    values, groups = [0.1, 0.2, 0.4, 0.3, -0.1, 0.2], [*"aabbcc"]
    found = equality_p_values(np.array(values)[:, None], 0, groups)[0]
    assert found == pytest.approx(enumerated([0.3, 0.7, 0.1]), abs=0.02) and found == pytest.approx(0.25, abs=0.02)
    assert equality_p_values(np.array(values)[:, None], 0)[0] < 0.15


@pytest.mark.parametrize("unequal", [False, True])
def test_differences_of_models_flip_groups_as_one(unequal: bool) -> None:
    n, c = np.full((2, 9), 8), np.array([[1, 2, 0, 3, 2, 1, 4, 0, 2], [4, 5, 2, 4, 6, 1, 5, 3, 4]])
    n[1] += 2 * unequal
    groups = [number // 3 for number in range(9)]
    found = coverage_difference(n, c, [1, 4], 0.95, 5, groups).p_value
    n, c = equally_many(n, c, 5)
    tested = pass_at_k(n[1], c[1], [1, 4]) - pass_at_k(n[0], c[0], [1, 4])
    assert found.tolist() == equality_p_values(tested, 5, groups).tolist()
    # Of three groups no p-value is below a quarter.
    assert found.min() > 0.2 > equality_p_values(tested, 5).max()


def test_the_order_of_models_and_columns_makes_no_difference() -> None:
    values = np.random.default_rng(0).normal(0.1, 0.3, size=(30, 3))
    found = equality_p_values(values, 1)
    assert (equality_p_values(-values, 1) == found).all()
    assert [equality_p_values(values[:, [column]], 1)[0] for column in range(3)] == found.tolist()
    values[2, 1] = np.nan
    assert np.isnan(equality_p_values(values, 1)).tolist() == [False, True, False]


def test_a_model_that_is_better_on_most_problems_is_seen() -> None:
    """At pass@1 of a hard benchmark, where an interval for problems that were not met holds zero."""
    random = np.random.default_rng(0)
    chances = random.beta(0.3, 60, size=128)
    c = random.binomial(1000, np.stack([chances / 10, chances]))
    found = coverage_difference(np.full((2, 128), 1000), c, [1], 0.95, 0)
    assert found.lower[0] < 0 < found.coverage[0] and found.p_value[0] < 0.001


def test_equal_models_with_unequal_samples_are_called_different_in_at_most_five_percent() -> None:
    """Ten samples beside a thousand: without thinning, 60 % of these studies have differences of one sign, as most of the few samples hold no pass."""
    random = np.random.default_rng(2)
    called = unthinned = 0
    n = np.stack([np.full(20, 10), np.full(20, 1000)])
    for study in range(400):
        c = random.binomial(n, 0.01)
        called += coverage_difference(n, c, [1], 0.95, study).p_value[0] <= 0.05
        first, second = (pass_at_k(n[model], c[model], [1]) for model in (0, 1))
        unthinned += equality_p_values(second - first, study, flips=199)[0] <= 0.05
    assert called <= 400 * 0.05 + 3 * np.sqrt(400 * 0.05 * 0.95)
    assert unthinned > called


def test_samples_are_made_equally_many_by_a_draw_without_replacement() -> None:
    n, c = np.array([[10, 1000, 7], [40, 100, 7]]), np.array([[3, 500, 7], [40, 100, 0]])
    taken, passed = equally_many(n, c, 0)
    assert taken.tolist() == [[10, 100, 7]] * 2
    assert passed[:, 0].tolist() == [3, 10] and passed[:, 2].tolist() == [7, 0] and passed[1, 1] == 100
    assert 30 < passed[0, 1] < 70
    draws = np.array([equally_many(n, c, seed)[1][0, 1] for seed in range(400)])
    assert draws.mean() == pytest.approx(50, abs=1) and draws.std() == pytest.approx(np.sqrt(100 * 0.25 * 0.9), rel=0.15)


@pytest.mark.parametrize(
    ("p_values", "expected"),
    [
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.2], [0.2]),
        ([0.9, 0.8], [1.0, 1.0]),
        ([0.01, np.nan, 0.02], [0.02, np.nan, 0.02]),
        ([], []),
    ],
)
def test_holms_correction(p_values: list[float], expected: list[float]) -> None:
    assert holm(p_values) == pytest.approx(expected, nan_ok=True)


def test_least_p_value_counts_what_was_seen_as_one_of_the_flips() -> None:
    """Of 40 differences of one sign no random flip reaches the sum: 1 of 10,000, and never 0, which would make the test inexact."""
    assert equality_p_values(np.linspace(0.1, 0.5, 40)[:, None], 0)[0] == pytest.approx(1e-4, rel=1e-12)
    assert equality_p_values(np.linspace(0.1, 0.5, 40)[:, None], 0, flips=19)[0] == pytest.approx(0.05, rel=1e-12)
