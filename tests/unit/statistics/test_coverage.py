from collections.abc import Callable
from fractions import Fraction
from itertools import combinations
from math import comb
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from monkeys.statistics.coverage import coverage_curve, pass_at_k, resample_weights


def exact(n: int, c: int, k: int) -> float:
    return float(1 - Fraction(comb(n - c, k), comb(n, k)))


def test_every_small_case_is_exact() -> None:
    for n in range(1, 13):
        for c in range(n + 1):
            found = pass_at_k([n], [c], range(1, n + 1))[0]
            assert found == pytest.approx([exact(n, c, k) for k in range(1, n + 1)], abs=1e-15)


def test_it_is_the_share_of_subsets_that_hold_a_pass() -> None:
    passed = [True, False, False, True, False, False, False]
    subsets = list(combinations(passed, 3))
    assert pass_at_k([7], [2], [3])[0, 0] == pytest.approx(sum(map(any, subsets)) / len(subsets), abs=1e-15)


@pytest.mark.parametrize("n", [100, 1000, 10_000])
def test_large_cases_agree_with_rational_arithmetic(n: int) -> None:
    ks = sorted({1, 2, 3, 7, n // 100, n // 10, n // 3, n // 2, n - 2, n - 1, n})
    cs = sorted({0, 1, 2, 17, n // 100, n // 10, n // 2, n - 1, n})
    found = pass_at_k([n] * len(cs), cs, ks)
    assert np.abs(found - np.array([[exact(n, c, k) for k in ks] for c in cs])).max() < 1e-12


def test_a_million_samples_agree_with_rational_arithmetic() -> None:
    """C(n - c, k) / C(n, k) is C(n - k, c) / C(n, c) too, and with few passes that is quick to compute exactly."""
    n, cs, ks = 1_000_000, (1, 2, 7, 40), (1, 10, 1000, 123_456, 500_000, 999_990)
    expected = [[float(1 - Fraction(comb(n - k, c), comb(n, c))) for k in ks] for c in cs]
    assert np.abs(pass_at_k([n] * len(cs), cs, ks) - np.array(expected)).max() < 1e-12


def test_small_chances_keep_their_digits() -> None:
    assert pass_at_k([10_000], [1], [1])[0, 0] == pytest.approx(1e-4, rel=1e-12)


def test_k_beyond_the_samples_is_nan_for_that_problem_alone() -> None:
    found = pass_at_k([2, 5, 3], [1, 1, 3], [1, 2, 3, 4, 5, 6])
    assert np.isnan(found).tolist() == [[k > n for k in range(1, 7)] for n in (2, 5, 3)]
    for row, (n, c) in enumerate([(2, 1), (5, 1), (3, 3)]):
        assert found[row, :n] == pytest.approx([exact(n, c, k) for k in range(1, n + 1)], abs=1e-15)


def test_problems_and_ks_keep_their_order() -> None:
    n, c, ks = [5, 9, 5, 9], [4, 0, 1, 4], [5, 1, 3]
    assert pass_at_k(n, c, ks) == pytest.approx(np.array([[exact(i, j, k) for k in ks] for i, j in zip(n, c, strict=True)]), abs=1e-15)


def test_a_problem_without_samples_has_no_coverage() -> None:
    assert np.isnan(pass_at_k([0], [0], [1, 2])).all()


@pytest.mark.parametrize(
    ("samples", "correct", "ks", "said"),
    [
        ([3], [4], [1], "correct must lie between 0 and samples"),
        ([3], [-1], [1], "correct must lie between 0 and samples"),
        ([3], [1], [0], "k must be at least 1"),
        ([3, 3], [1], [1], r"shapes \(2,\) and \(1,\)"),
        ([], [], [1], "not empty"),
        ([[3]], [[1]], [1], "one-dimensional"),
    ],
)
def test_counts_that_cannot_be_are_refused(samples: list[int], correct: list[int], ks: list[int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        pass_at_k(samples, correct, ks)


def test_a_curve_is_the_mean_over_problems() -> None:
    curve = coverage_curve([10, 10, 12], [0, 3, 1], [1, 2, 10], bootstrap=200, confidence=0.9, seed=1)
    assert curve.k.tolist() == [1, 2, 10]
    assert curve.coverage == pytest.approx([(exact(10, 0, k) + exact(10, 3, k) + exact(12, 1, k)) / 3 for k in (1, 2, 10)], abs=1e-15)
    assert (curve.lower <= curve.coverage).all()
    assert (curve.coverage <= curve.upper).all()


def test_a_curve_ends_at_the_smallest_number_of_samples() -> None:
    curve = coverage_curve([2, 4], [1, 1], [1, 2, 3], bootstrap=100, confidence=0.9, seed=0)
    for values in (curve.coverage, curve.lower, curve.upper):
        assert np.isnan(values).tolist() == [False, False, True]


def test_problems_that_are_all_alike_have_the_doubt_of_shares_and_no_spread() -> None:
    """There is nothing to resample; the widest that a share between 0 and 1 allows is that of problems solved or not."""
    curve = coverage_curve([8] * 5, [2] * 5, [1, 4], bootstrap=100, confidence=0.95, seed=0)
    assert (curve.lower < curve.coverage - 0.1).all() and (curve.upper > curve.coverage + 0.1).all()
    curve = coverage_curve([8] * 5, [2] * 5, [1, 4], bootstrap=100, confidence=0.95, seed=0, method="percentile")
    assert curve.lower == pytest.approx(curve.coverage, abs=1e-12)
    assert curve.upper == pytest.approx(curve.coverage, abs=1e-12)


def test_the_interval_is_that_of_a_binomial_where_problems_are_solved_or_not() -> None:
    """Of 100 problems 30 are always solved: resamples hold Binomial(100, 0.3) of them, whose central 95 % are 21 to 39."""
    curve = coverage_curve([4] * 100, [4] * 30 + [0] * 70, [1, 4], bootstrap=20_000, confidence=0.95, seed=3)
    assert curve.lower == pytest.approx([0.21, 0.21], abs=0.0101)
    assert curve.upper == pytest.approx([0.39, 0.39], abs=0.0101)


def test_a_higher_confidence_makes_a_wider_interval() -> None:
    narrow, wide = (coverage_curve([4] * 20, [4] * 8 + [0] * 12, [1], 2000, confidence, seed=0) for confidence in (0.5, 0.99))
    assert wide.lower[0] < narrow.lower[0] < narrow.upper[0] < wide.upper[0]


def test_the_seed_makes_resamples_and_nothing_else() -> None:
    def interval(seed: int, method: str) -> list[float]:
        return coverage_curve([9] * 30, list(range(10)) * 3, [1, 5], 100, 0.95, seed, method).lower.tolist()

    assert interval(5, "percentile") == interval(5, "percentile") != interval(6, "percentile")
    assert interval(5, "dirichlet") == interval(6, "dirichlet")


def test_weights_of_resamples_are_counts_that_sum_to_one() -> None:
    weights = resample_weights(7, 500, seed=0)
    assert weights.shape == (500, 7)
    assert weights.sum(axis=1) == pytest.approx(np.ones(500), abs=1e-12)
    assert np.abs(weights * 7 - np.rint(weights * 7)).max() < 1e-9
    assert weights.mean(axis=0) == pytest.approx(np.full(7, 1 / 7), abs=0.03)


def test_the_interval_of_pythia_70m_is_that_of_an_independent_bootstrap(shared_data: Callable[[str], Path]) -> None:
    table = pd.read_csv(shared_data("pythia_math_counts/counts.csv")).query("model == 'Pythia 70M'")
    curve = coverage_curve(table["n"], table["c"], [1, 100, 10_000], bootstrap=2000, confidence=0.95, seed=0)
    assert curve.coverage[0] == pytest.approx(table["c"].sum() / table["n"].sum(), abs=1e-15)
    assert curve.coverage[1] == pytest.approx(np.mean([exact(10_000, c, 100) for c in table["c"]]), abs=1e-12)
    assert curve.coverage[2] == (table["c"] > 0).mean()
    assert curve.coverage[2] == pytest.approx(0.266, abs=5e-4)
    assert [curve.lower[2], curve.upper[2]] == pytest.approx([0.188, 0.344], abs=0.01)
