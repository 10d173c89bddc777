"""Strategies at equal cost: budgets, halves, planted best strategies, and no gain where there is none."""

import numpy as np
import pytest

from monkeys.statistics import FloatArray
from monkeys.statistics.comparisons import equality_p_values, holm
from monkeys.statistics.inference_scaling import (
    Apart,
    Candidate,
    at_budgets,
    common_budgets,
    compute_optimal,
    joined_bins,
    ranking,
    rising,
    saved_factor,
    saving,
    threshold_bins,
)
from monkeys.statistics.intervals import difference_interval, resamples

ONE_BIN = np.ones(2, dtype=np.int64)


def candidate(strategy: str = "a", ks: tuple[int, ...] = (1, 2, 4, 8), tokens: tuple[float, ...] = (10.0, 30.0)) -> Candidate:
    k = np.array(ks)
    return Candidate(strategy, "majority", k, np.stack([np.log2(k) / 10, np.log2(k) / 5]), np.array(tokens))


def test_accuracy_is_linear_in_log_tokens_and_never_extrapolated() -> None:
    found = at_budgets(candidate(), ONE_BIN, np.array([10, 20, 20 * 2**0.5, 80, 160, 161]))
    assert found[:, 1:5] == pytest.approx(np.array([[0, 0.05, 0.2, 0.3], [0, 0.1, 0.4, 0.6]]))
    assert np.isnan(found[:, [0, 5]]).all()


def test_each_bin_spends_the_budget() -> None:
    found = at_budgets(candidate(), np.array([1, 2]), np.array([30.0]))
    assert found[:, 0] == pytest.approx([np.log2(3) / 10 * (1 + 0), 0.0], abs=0.01)


def test_one_draw_alone_is_one_budget() -> None:
    found = common_budgets([candidate(ks=(1,))], ONE_BIN, 5)
    assert isinstance(found, np.ndarray)
    assert found.tolist() == [20.0]
    assert not np.isnan(at_budgets(candidate(ks=(1,)), ONE_BIN, found)).any()


def test_budgets_are_those_that_all_reach() -> None:
    found = common_budgets([candidate(), candidate("b", tokens=(40.0, 40.0))], ONE_BIN, 4)
    assert isinstance(found, np.ndarray)
    assert found == pytest.approx([40, 40 * 4 ** (1 / 3), 40 * 4 ** (2 / 3), 160])


def test_a_strategy_reaches_what_one_of_its_selectors_reaches() -> None:
    dear = Candidate("a", "best of", np.array([1, 2, 4, 8]), np.zeros((2, 4)), np.array([40.0, 40.0]))
    found = common_budgets([candidate(), dear], ONE_BIN, 4)
    assert isinstance(found, np.ndarray)
    assert found[[0, -1]] == pytest.approx([20, 320])


def test_strategies_without_a_common_budget_are_named() -> None:
    found = common_budgets([candidate(), candidate("dear", tokens=(1000.0, 3000.0))], ONE_BIN, 4)
    assert found == Apart("dear", 2000.0, "a", 160.0)


def test_thresholds_cut_at_fixed_shares() -> None:
    assert threshold_bins([0.9, 0.5, 0.49, 0.1, 0.0, np.nan], [0.1, 0.5]).tolist() == [1, 1, 2, 2, 3, 0]


def test_small_bins_join_their_neighbours() -> None:
    assert joined_bins([1] * 5 + [2] + [3] * 4 + [0], 4).tolist() == [1] * 5 + [2] * 5 + [0]
    assert joined_bins([1] * 5 + [2] * 4 + [3], 4).tolist() == [1] * 5 + [2] * 5
    assert joined_bins([1, 2, 3], 4).tolist() == [1, 1, 1]


def test_isotonic_regression_equals_pooling_by_hand() -> None:
    assert rising([[1, 3, 2, 4], [3, 2, 1, 1]]).tolist() == [[1, 2.5, 2.5, 4], [1.75] * 4]


def test_saved_factor_by_hand() -> None:
    budgets = np.array([100.0, 200, 400, 800])
    slow, fast = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.2, 0.4, 0.5, 0.6])
    assert saved_factor(fast, slow, budgets) == pytest.approx(4)
    assert saved_factor(slow, fast, budgets) == pytest.approx(0.25)
    assert saved_factor(slow, slow, budgets) == pytest.approx(1)
    assert saved_factor(np.full(4, 0.9), slow, budgets) == pytest.approx(8)
    # Half of the way from 100 to 200 tokens is their geometric mean.
    assert saved_factor(np.array([0.2, 0.6, 0.6, 0.6]), slow, budgets) == pytest.approx(8 / 2**0.5)


def planted(random: np.random.Generator, problems: int = 60) -> tuple[FloatArray, np.ndarray]:
    """Two strategies, the first better in bins 1 and 2, the second in bin 3; estimates from 8 samples a problem at three budgets."""
    numbers = np.repeat([1, 2, 3], problems // 3)
    truth = np.where(numbers[None, :] < 3, [[0.8], [0.5]], [[0.1], [0.4]])
    grown = truth[:, :, None] * np.array([0.6, 0.8, 1.0])
    return random.binomial(8, grown) / 8, numbers


def test_planted_strategies_are_found_for_each_bin() -> None:
    values, numbers = planted(np.random.default_rng(0))
    found = compute_optimal(values, numbers, 20, 0)
    assert found.bins.tolist() == [1, 2, 3]
    assert (found.chosen[:2, 0, -1] > 0.95).all()
    assert found.chosen[2, 1, -1] > 0.95
    assert found.chosen_fixed[:, -1].sum() == pytest.approx(1)
    # 0.8 in two thirds and 0.4 in one, against 0.8 and 0.1.
    assert (found.adaptive - found.fixed)[:, -1].mean() == pytest.approx(0.1, abs=0.04)
    factor = saving(found.adaptive, found.fixed, np.array([100.0, 200, 400]), 500, 0.95, 0)
    assert 1 < factor.lower < factor.factor < factor.upper
    assert not factor.at_least


def test_without_a_difference_nothing_is_gained() -> None:
    """Six equal strategies in noise: choosing on the very problems gains, choosing on others does not."""
    random = np.random.default_rng(1)
    gains, hindsight, factors = [], [], []
    for study in range(80):
        chance = random.beta(0.5, 0.5, 80)
        numbers = 1 + np.digitize(chance, [0.25, 0.5, 0.75])
        grown = chance[:, None] * np.linspace(0.7, 1, 6)
        values = random.binomial(16, np.broadcast_to(grown, (6, 80, 6))) / 16
        found = compute_optimal(values, joined_bins(numbers), 10, study)
        gains.append((found.adaptive - found.fixed).mean())
        hindsight.append((found.oracle - found.fixed).mean())
        factors.append(saved_factor(found.adaptive.mean(axis=0), found.fixed.mean(axis=0), np.geomspace(100, 3200, 6)))
    error = np.std(gains) / len(gains) ** 0.5
    assert abs(np.mean(gains)) < 3 * error + 1e-4
    assert np.mean(hindsight) > 20 * error
    assert 0.85 < np.median(factors) < 1.1


def test_bins_by_the_samples_that_measure_gain_falsely() -> None:
    """Why judging takes samples of its own: the usual strategy is lucky on the problems that it calls easy."""
    random = np.random.default_rng(2)
    gains: dict[str, list[float]] = {"own": [], "apart": []}
    for study in range(40):
        chance = random.beta(2, 2, 100)
        values = random.binomial(8, np.broadcast_to(chance, (2, 100)))[:, :, None] / 8
        judged = random.binomial(8, chance) / 8
        for name, success in (("own", values[0, :, 0]), ("apart", judged)):
            found = compute_optimal(values, joined_bins(threshold_bins(success, [0.3, 0.6])), 10, study)
            gains[name].append(float((found.adaptive - found.fixed).mean()))
    assert np.mean(gains["own"]) > 0.02
    assert abs(np.mean(gains["apart"])) < 3 * np.std(gains["apart"]) / 40**0.5 + 1e-4


def test_one_candidate_is_all_there_is() -> None:
    values = np.random.default_rng(0).random((1, 12, 3))
    found = compute_optimal(values, np.repeat([1, 2], 6), 3, 0)
    for one in (found.adaptive, found.fixed, found.oracle):
        assert one == pytest.approx(values[0])


def test_tied_candidates_are_chosen_equally_often() -> None:
    found = compute_optimal(np.zeros((4, 8, 2)), np.ones(8, dtype=np.int64), 3, 0)
    assert found.chosen == pytest.approx(np.full((1, 4, 2), 0.25))


def test_order_of_problems_does_not_change_what_is_best() -> None:
    values, numbers = planted(np.random.default_rng(3))
    order = np.random.default_rng(4).permutation(len(numbers))
    one, two = compute_optimal(values, numbers, 3, 0), compute_optimal(values[:, order], numbers[order], 3, 0)
    assert two.oracle == pytest.approx(one.oracle[order])


def test_nan_and_single_problems_are_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        compute_optimal(np.full((1, 4, 1), np.nan), np.ones(4, dtype=np.int64), 1, 0)
    with pytest.raises(ValueError, match="bin 2 has one problem"):
        compute_optimal(np.zeros((1, 3, 1)), np.array([1, 1, 2]), 1, 0)


def test_ranking_shows_differences_only_where_they_are() -> None:
    random = np.random.default_rng(5)
    chance = random.random(200)
    values = np.stack([chance * 0.6, chance, chance + random.normal(0, 0.01, 200)])
    values[2] -= (values[2] - chance).mean() + 1e-9
    found = ranking(values, 0.95, 0)
    assert found.best == 1
    assert found.p_value[0] < 0.05
    assert found.p_value[2] > 0.05
    assert found.lower[0] > 0
    assert found.difference[1] == 0


def test_equal_candidates_are_rarely_told_apart() -> None:
    """The best of four equal ones is chosen by the data: corrected for all pairs, at most some 5 % of studies tell any apart."""
    random = np.random.default_rng(6)
    wrong = sum((ranking(random.binomial(1, 0.5, (4, 40)).astype(float), 0.95, study).p_value < 0.05).any() for study in range(60))
    assert wrong <= 8


@pytest.mark.parametrize("grouped", [False, True])
def test_a_ranking_has_paired_intervals_and_p_values_of_all_pairs(grouped: bool) -> None:
    random = np.random.default_rng(8)
    groups = [number // 3 for number in range(30)] if grouped else None
    values = random.random((3, 30)) * 0.5 + np.array([0.0, 0.2, 0.4])[:, None] * random.random(30).round()
    found = ranking(values, 0.8, 4, groups)
    best = int(values.mean(axis=1).argmax())
    pairs = [(0, 1), (0, 2), (1, 2)]
    p_values = holm(np.concatenate([equality_p_values((values[one] - values[two])[:, None], 4, groups) for one, two in pairs]))
    for other in range(3):
        interval = difference_interval(values[[other]].T, values[[best]].T, 0.8, groups)
        assert (found.lower[other], found.upper[other]) == pytest.approx((interval.lower[0], interval.upper[0]))
        assert found.p_value[other] == pytest.approx(1 if other == best else p_values[pairs.index((min(other, best), max(other, best)))])


@pytest.mark.parametrize(("confidence", "grouped"), [(0.8, False), (0.95, True)])
def test_a_saving_has_the_quantiles_of_resampled_problems_or_groups(confidence: float, grouped: bool) -> None:
    random = np.random.default_rng(9)
    budgets = np.array([10.0, 100.0, 1000.0])
    better, other = (np.sort(random.random((24, 3)) + shift, axis=1) / 2 for shift in (0.3, 0.1))
    groups = [number // 4 for number in range(24)] if grouped else None
    found = saving(better, other, budgets, 300, confidence, 2, groups)
    counts = resamples(24, 300, 2, groups).counts
    factors = [float(saved_factor((row @ better) / row.sum(), (row @ other) / row.sum(), budgets)) for row in counts]
    assert (found.lower, found.upper) == pytest.approx(np.quantile(factors, [(1 - confidence) / 2, (1 + confidence) / 2]))
    assert found.factor == pytest.approx(float(saved_factor(better.mean(axis=0), other.mean(axis=0), budgets))) and found.lower < found.upper
