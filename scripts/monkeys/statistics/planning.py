"""Where further samples do most: from counts so far and a budget, a number of further samples for each problem.

The plan minimises the error of the estimated coverage **of these problems**. More samples reduce the error on these problems only; the uncertainty over
problems, which ``coverage_curve`` estimates by resampling, stays, and is often the larger one with a hundred problems.

Counts whose n was chosen by looking at c call for care. The unbiased pass@k is unbiased for an n fixed beforehand: where sampling goes on because
nothing has passed and ends because something has, it is too high (``tests/benchmarks/planning.py`` shows by how much). The likelihood of the counts
is the same whatever the rule by which they were drawn, so a beta-binomial fit with its posterior means (``posterior_coverage``) may be used.

What to expect, from the same replays (means over seven models): ``variance_optimal`` saves about a tenth of the samples at 200 a problem and a fifth at
800, and may cost some below. ``fewest_successes`` saves up to two fifths where k is some times the samples drawn and most problems pass now and then;
it costs more than it saves where k is small beside the samples, for problems with one success are left in doubt, and where most problems never
pass, for these take the budget. No plan can tell a problem that never passes from one that passes once in 10,000 samples.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln

from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.coverage import checked_counts
from monkeys.statistics.populations import fit_population

STRATEGIES = {
    "even": "totals as equal as they can be",
    "fewest_successes": "all to the problems with the fewest successes, of these to those with the fewest samples",
    "variance_optimal": "in proportion to the standard deviation that a sample of the problem adds to coverage at k",
}
JEFFREYS = (0.5, 0.5)
"""The prior of a chance of success where there is nothing to fit one to."""


@dataclass(frozen=True, slots=True)
class Prior:
    """Chances of success over problems: Beta(alpha, beta). ``fitted`` is False where the counts tell nothing and Jeffreys' prior stands in."""

    alpha: float
    beta: float
    fitted: bool


def allocate_samples(samples: ArrayLike, correct: ArrayLike, budget: int, strategy: str, k: int | None = None) -> IntArray:
    """Whole further samples for each problem; they sum to the budget, and equal input gives equal output.

    ``even`` fills up the totals. ``fewest_successes`` is the rule of Kazdan et al. (arXiv 2510.05197), by which the next sample goes to the problem
    with the fewest successes, for a batch of which no verdict is known before its end: all of it goes to the problems that now have the fewest, and
    fills up their totals. The smaller the batches, the nearer to the sequential rule. ``variance_optimal`` is Neyman's allocation (J. Neyman 1934)
    for coverage at k, samples already drawn counted: it minimises the sum of w^2 / n, with w^2 of ``sample_variance``, over all whole totals n
    that are not below those drawn.

    Args:
        samples: n so far, shape (problems,).
        correct: c so far, shape (problems,), 0 <= c <= n.
        budget: further samples of all problems together.
        strategy: a key of ``STRATEGIES``.
        k: the number of samples at which coverage is wanted; ``variance_optimal`` alone needs it.

    Returns:
        Shape (problems,).

    Raises:
        ValueError: an argument is out of its range.
    """
    n, c = checked_counts(samples, correct)
    if budget < 0:
        raise ValueError(f"the budget must be at least 0, but is {budget}")
    if strategy == "even":
        return _fill(n, np.ones(n.size), budget)
    if strategy == "fewest_successes":
        further = np.zeros_like(n)
        fewest = c == c.min()
        further[fewest] = _fill(n[fewest], np.ones(int(fewest.sum())), budget)
        return further
    if strategy == "variance_optimal":
        if k is None:
            raise ValueError("variance_optimal needs the k at which coverage is wanted")
        return _fill(n, np.sqrt(sample_variance(n, c, k)), budget)
    raise ValueError(f"no such strategy: {strategy!r}; there are {', '.join(STRATEGIES)}")


def sample_variance(samples: ArrayLike, correct: ArrayLike, k: int) -> FloatArray:
    """What one sample's worth of chance adds to a problem's pass@k: w^2, so that the variance of the estimate from n samples is about w^2 / n.

    By the delta method the variance of 1 - (1 - p)^k, with p estimated from n samples, is k^2 (1 - p)^(2k - 2) p (1 - p) / n. p is not known: this is
    the mean over the posterior of p, with a prior fitted to all counts (Jeffreys' where nothing or everything has passed). A problem without a
    success has a w above 0 thereby, and it is the mean of the variance and not the variance at the mean: at p = 0.5 / 100, say, a problem
    would count as solved at k = 1,000, while most of those with no success in 100 are not. The delta method is good where n is some multiples of k;
    below, w is a guide only.

    Args:
        samples: n, shape (problems,).
        correct: c, shape (problems,).
        k: number of samples of the coverage, >= 1.

    Returns:
        Shape (problems,), divided by its largest value: an allotment asks for proportions, and its values may be as small as a float can be.
    """
    n, c = checked_counts(samples, correct)
    return np.asarray(np.exp((logs := _log_sample_variance(n, c, k, fit_prior(n, c))) - logs.max()))


def expected_error(samples: ArrayLike, correct: ArrayLike, further: ArrayLike, k: int) -> float:
    """The standard error of coverage at k, over the samples of these problems, that the delta method expects after further samples (a share).

    Args:
        samples: n so far, shape (problems,).
        correct: c so far, shape (problems,).
        further: samples to be drawn, shape (problems,).
        k: as in ``sample_variance``.

    Returns:
        The square root of the sum of w^2 / (n + further), divided by the number of problems; infinite where a problem stays without samples.
    """
    n, c = checked_counts(samples, correct)
    total = n + np.asarray(further, dtype=np.int64)
    if (total == 0).any():
        return float("inf")
    return float(np.sqrt((np.exp(_log_sample_variance(n, c, k, fit_prior(n, c))) / total).sum()) / n.size)


def fit_prior(samples: ArrayLike, correct: ArrayLike) -> Prior:
    """The Beta distribution of chances of success that makes the counts most likely; n may differ between problems, and depend on c."""
    n, c = checked_counts(samples, correct)
    if c.sum() == 0 or (c == n).all():
        return Prior(*JEFFREYS, fitted=False)
    found = fit_population(n, c, "beta_binomial")
    return Prior(found.alpha, found.beta, fitted=True)


def posterior_coverage(samples: ArrayLike, correct: ArrayLike, ks: ArrayLike, prior: Prior) -> FloatArray:
    """The posterior mean of 1 - (1 - p)^k for each problem, also for k > n: 1 - B(a, b + k) / B(a, b) with a = alpha + c, b = beta + n - c.

    Args:
        samples: n, shape (problems,).
        correct: c, shape (problems,).
        ks: numbers of samples, shape (K,), each >= 1.
        prior: of ``fit_prior``.

    Returns:
        Shape (problems, K). Its mean over problems estimates the coverage of these problems.
    """
    n, c = checked_counts(samples, correct)
    k = np.atleast_1d(np.asarray(ks, dtype=np.int64))
    if (k < 1).any():
        raise ValueError("k must be at least 1")
    a, b = (prior.alpha + c)[:, None], (prior.beta + n - c)[:, None]
    return np.asarray(-np.expm1(betaln(a, b + k) - betaln(a, b)))


def _log_sample_variance(n: IntArray, c: IntArray, k: int, prior: Prior) -> FloatArray:
    """log of k^2 E[p (1 - p)^(2k - 1)], p ~ Beta(alpha + c, beta + n - c)."""
    if k < 1:
        raise ValueError("k must be at least 1")
    a, b = prior.alpha + c, prior.beta + n - c
    return np.asarray(2 * np.log(k) + betaln(a + 1, b + 2 * k - 1) - betaln(a, b))


def _fill(drawn: IntArray, weights: FloatArray, budget: int) -> IntArray:
    """The further samples that minimise the sum of weight^2 / total over whole totals; with equal weights they make totals equal.

    A sample more, from n to n + 1, is worth weight^2 / (n (n + 1)). The best totals take all samples that are worth more than some threshold, so
    what is sought is the threshold at which the budget is spent. Of samples worth just as much the first problems get theirs.
    """

    def totals(level: float) -> IntArray:
        """The totals with all samples for which sqrt((n - 1) n) <= level * weight: the first is always worth it."""
        return np.maximum(drawn, np.floor(0.5 + np.sqrt(0.25 + np.square(level * weights))).astype(np.int64))

    aim = int(drawn.sum()) + budget
    low, high = 0.0, (aim + 1) / float(weights.max())
    if totals(low).sum() > aim:  # not even one sample for each problem without any
        under, over = drawn, totals(low)
        order = np.argsort(-weights, kind="stable")
    else:
        while low < (middle := (low + high) / 2) < high:
            low, high = (middle, high) if totals(middle).sum() <= aim else (low, middle)
        under, over = totals(low), totals(high)
        order = np.arange(drawn.size)
    further = under - drawn
    step = order[(over > under)[order]][: budget - int(further.sum())]
    further[step] += 1
    return further
