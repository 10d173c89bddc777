import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from benchmarks.planning import replay, samples_for
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.stats import beta as beta_distribution
from scipy.stats import betabinom

import plan_samples
from monkeys.errors import InputError
from monkeys.statistics.coverage import pass_at_k
from monkeys.statistics.planning import (
    JEFFREYS,
    STRATEGIES,
    Prior,
    _fill,
    allocate_samples,
    expected_error,
    fit_prior,
    posterior_coverage,
    sample_variance,
)

COUNTS = ([10, 12, 10, 30, 0, 11], [0, 3, 1, 0, 0, 11])


def drawn(problems: int = 200, alpha: float = 0.4, beta: float = 6.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    n = random.integers(20, 200, problems)
    return n, random.binomial(n, random.beta(alpha, beta, problems))


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("budget", [0, 1, 5, 17, 100, 99_991])
def test_an_allotment_spends_the_budget_and_is_the_same_again(strategy: str, budget: int) -> None:
    for n, c in (COUNTS, drawn(), ([0, 0, 0], [0, 0, 0]), ([5], [5])):
        further = allocate_samples(n, c, budget, strategy, 100)
        assert further.dtype == np.int64 and further.shape == np.shape(n)
        assert further.sum() == budget and (further >= 0).all()
        assert further.tolist() == allocate_samples(n, c, budget, strategy, 100).tolist()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_larger_budget_takes_nothing_away(strategy: str) -> None:
    n, c = drawn(40)
    plans = np.array([allocate_samples(n, c, budget, strategy, 50) for budget in range(0, 3000, 37)])
    assert (np.diff(plans, axis=0) >= 0).all()


def test_even_fills_up_the_totals() -> None:
    assert allocate_samples([3, 0, 10, 1], [0] * 4, 9, "even").tolist() == [2, 4, 0, 3]
    assert allocate_samples([3, 0, 10, 1], [0] * 4, 2, "even").tolist() == [0, 2, 0, 0]
    assert (allocate_samples([7] * 4, [0, 7, 1, 2], 10, "even")).tolist() == [3, 3, 2, 2]


def test_the_fewest_successes_get_all_and_of_these_the_fewest_samples() -> None:
    assert allocate_samples([10, 4, 6, 2], [0, 0, 0, 1], 8, "fewest_successes").tolist() == [0, 5, 3, 0]
    assert allocate_samples([10, 4, 6, 3], [2, 1, 1, 3], 3, "fewest_successes").tolist() == [0, 3, 0, 0]


def test_totals_are_in_neymans_ratios() -> None:
    weights = np.array([1.0, 2.0, 4.0, 0.5])
    assert _fill(np.zeros(4, dtype=np.int64), weights, 7500).tolist() == [1000, 2000, 4000, 500]
    # The second has more than its share already: the others divide what is left in the same ratios.
    assert _fill(np.array([0, 5000, 0, 0]), weights, 5500).tolist() == [1000, 0, 4000, 500]


def test_ratios_follow_from_chances_where_counts_are_large() -> None:
    """Chances of 1/4 and 1/2 are known well from 400,000 samples: w = k (1 - p)^(k - 1/2) p^(1/2)."""
    n, c, k = np.array([400_000, 400_000]), np.array([100_000, 200_000]), 3
    w = k * 0.75**2.5 * 0.25**0.5, k * 0.5**2.5 * 0.5**0.5
    assert sample_variance(n, c, k) == pytest.approx([1, (w[1] / w[0]) ** 2], rel=1e-3)
    total = n + allocate_samples(n, c, 10_000_000, "variance_optimal", k)
    assert total[0] / total[1] == pytest.approx(w[0] / w[1], rel=1e-3)
    assert expected_error(n, c, [0, 0], k) == pytest.approx(np.hypot(*w) / np.sqrt(400_000) / 2, rel=1e-3)


def test_the_allotment_is_the_best_of_all() -> None:
    random = np.random.default_rng(1)
    for _ in range(60):
        n, weights, budget = random.integers(0, 5, 4), random.choice([0.3, 1.0, 1.0, 2.5, 7.0], 4), int(random.integers(0, 9))
        every = [np.array(way) for way in product(range(budget + 1), repeat=4) if sum(way) == budget]

        def lost(way: np.ndarray, n: np.ndarray = n, weights: np.ndarray = weights) -> tuple[int, float]:
            total = n + way
            # A problem without samples is worse than anything; of several, those that weigh more.
            return (int((total == 0).sum()), float(np.where(total == 0, weights**2 * 1e6, weights**2 / np.maximum(total, 1)).sum()))

        assert lost(_fill(n, weights, budget)) == pytest.approx(min(map(lost, every)), rel=1e-12)


def test_the_worth_of_a_sample_is_an_integral_over_the_posterior() -> None:
    n, c = np.array([50, 50, 50, 80]), np.array([0, 0, 4, 30])
    prior = fit_prior(n, c)
    logs = np.linspace(-40, 0, 200_001)
    p, q = np.exp(logs), -np.expm1(logs)
    for k in (1, 10, 1000):
        posteriors = [beta_distribution(prior.alpha + c[row], prior.beta + n[row] - c[row]).pdf(p) for row in range(4)]
        means = np.array([np.trapezoid(k**2 * p * q ** (2 * k - 1) * density * p, logs) for density in posteriors])
        assert sample_variance(n, c, k) == pytest.approx(means / means.max(), rel=1e-3, abs=1e-12)
        assert means[0] > 0
        assert expected_error(n, c, [0, 0, 50, 0], k) == pytest.approx(np.sqrt((means / [50, 50, 100, 80]).sum()) / 4, rel=1e-3)


def test_the_error_expected_is_the_error_that_comes() -> None:
    """40 problems, n far more than k: the spread of pass@k over 400 draws of the samples."""
    random = np.random.default_rng(2)
    chances, k = random.beta(0.5, 5, 40), 10
    n = np.full(40, 400)
    spread = pass_at_k(np.tile(n, 400), random.binomial(400, np.tile(chances, 400)), [k]).reshape(400, 40).mean(axis=1).std()
    expected = np.mean([expected_error(n, random.binomial(400, chances), np.zeros(40), k) for _ in range(20)])
    assert expected == pytest.approx(spread, rel=0.15)


def test_planning_lowers_the_error_expected() -> None:
    n, c = drawn()
    errors = {strategy: expected_error(n, c, allocate_samples(n, c, 20_000, strategy, 100), 100) for strategy in STRATEGIES}
    assert errors["variance_optimal"] < 0.9 * errors["even"]
    assert errors["variance_optimal"] <= errors["fewest_successes"]
    assert expected_error([0, 5], [0, 1], [0, 0], 3) == float("inf")


def test_the_prior_is_the_most_likely_one_for_unequal_counts() -> None:
    n, c = drawn(400)
    prior = fit_prior(n, c)

    def cost(logs: np.ndarray) -> float:
        return float(-betabinom.logpmf(c, n, *np.exp(logs)).sum())

    independent = minimize(cost, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-9})
    assert [np.log(prior.alpha), np.log(prior.beta)] == pytest.approx(independent.x, abs=1e-3)
    assert (prior.alpha, prior.beta) == pytest.approx((0.4, 6.0), rel=0.4)
    assert prior.fitted


def test_counts_that_tell_nothing_leave_jeffreys_prior() -> None:
    assert fit_prior([4, 5], [0, 0]) == fit_prior([4, 5], [4, 5]) == Prior(*JEFFREYS, fitted=False)
    assert allocate_samples([4, 4], [0, 0], 10, "variance_optimal", 1000).tolist() == [5, 5]


def test_posterior_means_reach_beyond_the_samples() -> None:
    prior = Prior(0.5, 3.0, True)
    found = posterior_coverage([4, 10], [0, 3], [1, 50, 10_000], prior)
    assert found[:, 0] == pytest.approx([0.5 / 7.5, 3.5 / 13.5], rel=1e-12)
    for row, (a, b) in enumerate([(0.5, 7.0), (3.5, 10.0)]):
        mean, _ = quad(lambda p, a=a, b=b: (1 - p) ** 50 * beta_distribution(a, b).pdf(p), 0, 1, limit=500)
        assert found[row, 1] == pytest.approx(1 - mean, rel=1e-6)
    assert (np.diff(found, axis=1) > 0).all() and (found < 1).all()


@pytest.mark.parametrize(
    ("n", "c", "budget", "strategy", "k", "said"),
    [
        ([3], [4], 1, "even", None, "correct must lie between 0 and samples"),
        ([3, 3], [1], 1, "even", None, r"shapes \(2,\) and \(1,\)"),
        ([], [], 1, "even", None, "not empty"),
        ([3], [1], -1, "even", None, "the budget must be at least 0"),
        ([3], [1], 1, "odd", None, "no such strategy: 'odd'"),
        ([3], [1], 1, "variance_optimal", None, "needs the k"),
        ([3], [1], 1, "variance_optimal", 0, "k must be at least 1"),
    ],
)
def test_invalid_arguments_raise(n: list[int], c: list[int], budget: int, strategy: str, k: int | None, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        allocate_samples(n, c, budget, strategy, k)
    with pytest.raises(ValueError, match="k must be at least 1"):
        posterior_coverage([3], [1], [0], Prior(1, 1, True))


def plan(folder: Path, counts: pd.DataFrame, *arguments: str) -> pd.DataFrame:
    counts.to_csv(folder / "counts.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["plan_samples.py", "--counts", str(folder / "counts.csv"), "--output", str(folder / "plan.csv"), *arguments])
        plan_samples.main()
    return pd.read_csv(folder / "plan.csv", dtype={"problem_id": str})


def test_the_script_writes_an_allotment_and_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counts = pd.DataFrame({"problem_id": ["007", "x/1", "x/2"], "n": 10, "c": [0, 2, 10], "no_answer": 0})
    table = plan(tmp_path, counts, "--samples", "30", "--strategy", "fewest_successes")
    assert table.to_numpy().tolist() == [["007", 10, 0, 30, 40], ["x/1", 10, 2, 0, 10], ["x/2", 10, 10, 0, 10]]
    assert table.columns.tolist() == ["problem_id", "n", "c", "further", "total"]
    said = capsys.readouterr().out
    assert said == "fewest_successes: 30 further samples to 1 of 3 problems, 30 to 30 each, which makes 10 to 40 samples a problem\n"
    table = plan(tmp_path, counts, "--samples", "30", "--strategy", "variance_optimal", "--k", "20")
    assert table["further"].sum() == 30
    ways = table["further"], allocate_samples(counts["n"], counts["c"], 30, "even")
    errors = [f"{100 * expected_error(counts['n'], counts['c'], way, 20):.2f}" for way in ways]
    said = capsys.readouterr().out
    assert (
        f"the error of coverage at k = 20 expected from them is {errors[0]} points over samples of these problems, evenly drawn {errors[1]}" in said
    )
    assert errors[0] != errors[1]
    assert plan(tmp_path, counts, "--samples", "0")["further"].tolist() == [0, 0, 0]


def test_the_script_refuses_in_a_sentence(tmp_path: Path) -> None:
    counts = pd.DataFrame({"problem_id": ["a"], "n": 10, "c": 0})
    with pytest.raises(InputError, match="variance_optimal needs the k"):
        plan(tmp_path, counts, "--samples", "30", "--strategy", "variance_optimal")
    with pytest.raises(InputError, match="lacks the column 'c'"):
        plan(tmp_path, counts.drop(columns="c"), "--samples", "30")


def test_samples_for_an_error_lie_between_sizes() -> None:
    assert samples_for([10, 100, 1000], np.array([4.0, 2.0, 1.0]), 2.0) == pytest.approx(100)
    assert samples_for([10, 100, 1000], np.array([4.0, 2.0, 1.0]), np.sqrt(2.0)) == pytest.approx(10 * 10**1.5)
    assert samples_for([10, 100], np.array([4.0, 2.0]), 5.0) == 10
    assert np.isnan(samples_for([10, 100], np.array([4.0, 2.0]), 1.0))


@pytest.fixture(scope="module")
def chances(shared_data: Callable[[str], Path]) -> Callable[[str], np.ndarray]:
    table = pd.read_csv(shared_data("pythia_math_counts/counts.csv"))
    return lambda model: table.loc[table["model"] == model, "c"].to_numpy() / 10_000


def errors(chances: np.ndarray, k: int, size: int, strategies: list[str], replays: int = 30) -> dict[str, float]:
    return {strategy: float(replay(chances, strategy, k, (25, size), replays, batch=0.4).rmse()[-1]) for strategy in strategies}


def test_planning_saves_where_most_problems_pass_now_and_then(chances: Callable[[str], np.ndarray]) -> None:
    """Of the 128 problems Pythia 12B passes 112 in 10,000 samples, 2.8B 104. Of 200 replays and more the ratios of errors are 0.86 and 0.85."""
    both = [errors(chances(model), 10, 800, ["even", "variance_optimal"]) for model in ("Pythia 12B", "Pythia 2.8B")]
    assert sum(found["variance_optimal"] for found in both) < 0.95 * sum(found["even"] for found in both)
    found = errors(chances("Pythia 12B"), 1000, 400, ["even", "fewest_successes"], replays=60)
    assert found["fewest_successes"] < 0.9 * found["even"]


def test_the_fewest_successes_cost_where_problems_never_pass_and_where_k_is_small(chances: Callable[[str], np.ndarray]) -> None:
    """Of Pythia 70M's problems 34 pass at all: the others take the budget. And problems with a success or two are left in doubt."""
    found = errors(chances("Pythia 70M"), 1000, 400, ["even", "fewest_successes"])
    assert found["fewest_successes"] > 1.1 * found["even"]
    found = errors(chances("Pythia 12B"), 100, 800, ["even", "fewest_successes"])
    assert found["fewest_successes"] > 1.5 * found["even"]


def test_unbiased_estimates_are_biased_where_sampling_ends_with_a_success(chances: Callable[[str], np.ndarray]) -> None:
    even, fewest = (replay(chances("Pythia 12B"), strategy, 10, (25, 100), 40) for strategy in ("even", "fewest_successes"))
    assert abs(even.unbiased[:, -1].mean()) < 0.005
    assert fewest.unbiased[:, -1].mean() > 0.03
    assert abs(fewest.posterior[:, -1].mean()) < 0.01
