"""The doubt that intervals of forecasts are made of, computed again from what the estimators and the posterior say."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import betainc, betaln, gammaln
from scipy.stats import beta, binom, norm

from monkeys.statistics.coverage import pass_at_k
from monkeys.statistics.extrapolation import MEMBERS, Curve, fit_estimator
from monkeys.statistics.forecasts import NODES, Extrapolation
from monkeys.statistics.posterior import gamma_tail_posterior, zero_inflated_posterior

Counts = tuple[NDArray[np.int64], NDArray[np.int64]]


def counts(never: float = 0.0, problems: int = 80, samples: int = 60, shape: tuple[float, float] = (0.4, 8.0), seed: int = 0) -> Counts:
    random = np.random.default_rng(seed)
    p = np.where(random.random(problems) < never, 0, random.beta(*shape, size=problems))
    return np.full(problems, samples), random.binomial(samples, p)


def chances(n: NDArray[np.int64], c: NDArray[np.int64], ks: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of an unsolved problem to be solved at each k, at equally likely values of the doubt; shape (NODES, K), for equal n."""
    whole, start, unsolved = Extrapolation(n, c), int(n[0]), int((c == 0).sum())
    floor = 1 / (4 * unsolved)
    seen = float((c > 0).mean())
    gains = np.array([(whole.single(name, ks) - seen) * n.size for name in MEMBERS])
    growth = np.log(-np.log1p(-np.clip(gains / unsolved, floor, 1 - 1e-12)))
    posterior = zero_inflated_posterior(n, c)
    failure = posterior.failure(np.array([start, *ks], dtype=float))
    logs = np.log(np.maximum(np.log(failure[:, :1] / failure[:, 1:]), floor))
    mean = posterior.weight @ logs
    open_ = np.sqrt(posterior.weight @ (logs - mean) ** 2)
    common = 0.3 * np.minimum(1, np.log(ks / start) / np.log(2))
    doubt = np.sqrt(np.maximum(growth.std(axis=0), open_) ** 2 + common**2)
    gain = (whole.recommended(ks) - seen) * n.size
    centre = np.log(-np.log1p(-np.clip(gain / unsolved, floor, 1 - 1e-12)))
    ranks = (np.arange(NODES) + 0.5) / NODES
    own = np.empty((NODES, ks.size))
    for column in range(ks.size):
        order = np.argsort(logs[:, column])
        own[:, column] = logs[order, column][np.searchsorted(np.cumsum(posterior.weight[order]), ranks)]
    usual = centre + norm.ppf(ranks)[:, None] * doubt
    values = np.where(ranks[:, None] < 0.5, np.minimum(usual, own), np.maximum(usual, own))
    return np.asarray(-np.expm1(-np.exp(values)))


@pytest.mark.parametrize("never", [0.0, 0.5])
def test_these_problems_are_binomial_with_a_chance_in_doubt(never: float) -> None:
    n, c = counts(never)
    ks, unsolved = np.array([75, 120, 600]), int((c == 0).sum())
    bounds = Extrapolation(n, c).these(ks, 0.9)
    for column, chance in enumerate(chances(n, c, ks).T):
        reached = binom.cdf(np.arange(unsolved + 1)[:, None], unsolved, chance).mean(axis=1)
        low, high = (int(np.argmax(reached >= tail)) for tail in (0.05, 0.95))
        centre = float(Extrapolation(n, c).recommended(ks)[column])
        assert bounds.lower[column] == pytest.approx(min((c > 0).mean() + low / n.size, centre), abs=1e-9)
        assert bounds.upper[column] == pytest.approx(max((c > 0).mean() + high / n.size, centre), abs=1e-9)


@pytest.mark.parametrize("never", [0.0, 0.5])
def test_other_problems_have_the_doubt_of_what_n_samples_solve_too(never: float) -> None:
    n, c = counts(never)
    ks, solved, problems, tail = np.array([75, 120, 600]), int((c > 0).sum()), n.size, 0.05
    ranks = (np.arange(NODES) + 0.5) / NODES
    left = 1 - chances(n, c, ks)
    bounds = Extrapolation(n, c).others(ks, 0.9)
    low, high = beta.ppf(ranks, solved, problems - solved + 1), beta.ppf(ranks, solved + 1, problems - solved)
    first, last = beta.ppf(tail, solved, problems - solved + 1), beta.ppf(1 - tail, solved + 1, problems - solved)
    for column in range(ks.size):
        lower, upper = (np.quantile(1 - (1 - share[:, None]) * left[:, column], rank) for share, rank in ((low, tail), (high, 1 - tail)))
        assert bounds.lower[column] == pytest.approx(max(lower, first), abs=1e-9)
        assert bounds.upper[column] == pytest.approx(min(upper, last * ks[column] / n[0], 1), abs=1e-9)


def test_concavity_bounds_what_other_problems_reach() -> None:
    """One solved problem of 300: estimators allow for more growth than a concave curve can have."""
    n, c = np.full(300, 12), np.array([1] + [0] * 299)
    bounds = Extrapolation(n, c).others(np.array([120]), 0.95)
    assert bounds.upper[0] == pytest.approx(beta.ppf(0.975, 2, 299) * 10, rel=1e-9)


def test_problems_with_more_samples_than_k_are_known_and_others_are_as_far_as_they_went() -> None:
    """At k = 20 a problem with exactly 20 samples is no forecast, and one with 19 is."""
    n, c = np.array([10, 19, 20, 40, 40]), np.array([0, 0, 0, 4, 1])
    whole = Extrapolation(n, c)
    known = pass_at_k(n[2:], c[2:], [20])[:, 0].sum() / 5
    gain = (whole.single("beta_binomial", np.array([20]))[0] - known) * 5
    remaining = fit_estimator(Curve(n, c), "beta_binomial")(np.array([20.0]), np.array([10.0, 19.0]))
    assert gain == pytest.approx((1 - remaining).sum(), rel=1e-9)


def test_local_estimators_begin_at_a_fifth_of_the_curve() -> None:
    """Log-odds on the line in log k through n / 5 and n."""
    n, c = counts()
    start, end = (float(pass_at_k(n, c, [k]).mean()) for k in (12, 60))
    odds = [np.log(value / (1 - value)) for value in (start, end)]
    there = odds[1] + (odds[1] - odds[0]) / np.log(5) * np.log(4)
    left = fit_estimator(Curve(n, c), "log_odds_local")(np.array([240.0]), np.array([60.0]))[0, 0]
    assert left == pytest.approx((1 - 1 / (1 + np.exp(-there))) / (1 - end), rel=1e-9)


def test_posterior_weighs_points_by_likelihood_and_prior() -> None:
    """Three quarters for some share that is never solved, uniform over it; flat in log alpha and in log beta."""
    n, c = counts(0.4, problems=30)
    found = zero_inflated_posterior(n, c)
    assert found.weight.sum() == pytest.approx(1)
    part = np.exp(betaln(c + found.alpha[:, None], n - c + found.beta[:, None]) - betaln(found.alpha, found.beta)[:, None])
    likelihood = np.prod(np.where(c == 0, found.never[:, None], 0) + (1 - found.never[:, None]) * part, axis=1)
    shares = np.unique(found.never)
    step = shares[2] - shares[1]
    prior = np.where(found.never == 0, 0.25, 0.75 * step)
    expected = likelihood * prior
    assert found.weight == pytest.approx(expected / expected.sum(), rel=1e-6)


def test_refined_grid_is_around_the_mass() -> None:
    """Many problems, narrow mass: on the whole box's grid a point or two would hold all of it."""
    n, c = counts(problems=2000, samples=400, seed=1)
    weight = zero_inflated_posterior(n, c).weight
    assert 1 / (weight**2).sum() > 12


def test_gamma_tail_is_of_the_problems_that_pass_seldom_and_cut_off_there() -> None:
    n, c = counts(problems=40)
    found = gamma_tail_posterior(n, c)
    seldom = c[c <= 12]
    assert 0 < seldom.size < c.size
    chance = found.rate[:, None] / (found.rate[:, None] + 60)
    shape = found.shape[:, None]
    logs = gammaln(shape + seldom) - gammaln(shape) + shape * np.log(chance) + seldom * np.log1p(-chance) - np.log(betainc(shape, 13, chance))
    expected = np.exp(logs.sum(axis=1) - logs.sum(axis=1).max())
    assert found.weight == pytest.approx(expected / expected.sum(), rel=1e-6)


def test_unsolved_problem_with_k_samples_is_not_solved_by_them() -> None:
    """One unsolved problem has 10 samples and six have 20: at most the one can be newly solved at k = 20, at k = 21 all seven."""
    n, c = np.array([10] + [20] * 6 + [40] * 8), np.array([0] * 7 + [3, 1, 1, 2, 1, 5, 1, 1])
    whole, ks = Extrapolation(n, c), np.array([20, 21])
    known = [float(pass_at_k(n[-8:], c[-8:], [k]).sum()) / n.size for k in ks]
    upper = whole.these(ks, 1 - 1e-9).upper
    assert upper[0] <= known[0] + 1 / n.size + 1e-12
    assert upper[1] > known[1] + 2 / n.size
