"""Coverage, the chance that at least one of k samples solves a problem (pass@k), with intervals over problems."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.comparisons import equality_p_values, equally_many
from monkeys.statistics.intervals import METHODS, Interval, coverage_interval, difference_interval, percentile_interval, resamples


def pass_at_k(samples: ArrayLike, correct: ArrayLike, ks: ArrayLike) -> FloatArray:
    """Unbiased estimate of pass@k for each problem.

    With n samples of which c are correct, 1 - C(n - c, k) / C(n, k) (Chen et al. 2021, arXiv 2107.03374, eq. 1), as the product of
    (n - c - i) / (n - i) for i < k, which neither overflows nor cancels.

    Args:
        samples: n, shape (problems,).
        correct: c, shape (problems,), 0 <= c <= n.
        ks: numbers of samples, shape (K,), each >= 1.

    Returns:
        Shape (problems, K); NaN where k > n, for there the estimate does not exist.

    Raises:
        ValueError: a count or a k is out of its range.
    """
    n, c, k = _counts(samples, correct, ks)
    pairs, inverse = np.unique(np.stack([n, c]), axis=1, return_inverse=True)
    result = np.full((pairs.shape[1], k.size), np.nan)
    for row, (total, right) in enumerate(pairs.T):
        reach = k <= total
        steps = np.arange(int(k[reach].max(initial=0)), dtype=np.longdouble)
        # Behind k = n - c a factor is zero, and so is all that follows.
        factors = np.clip((total - right - steps) / (total - steps), 0, None)
        failure = np.cumprod(factors)
        result[row, reach] = 1 - failure[k[reach] - 1].astype(np.float64)
    return result[inverse.reshape(-1)]


TABLE_KS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
"""The k of tables."""
INTERVAL_POINTS = 1000
"""Of a curve with more points the bounds of some 600 are computed, evenly on a log axis, and those between them are interpolated: curves are smooth."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Coverage at each k; shapes (K,), shares from 0 to 1.

    Args:
        k: numbers of samples.
        coverage: pass@k averaged over problems.
        lower, upper: interval over problems: other problems of the same kind, and other samples.
        sampling_error: standard error over samples alone: the same problems, other samples.
    """

    k: IntArray
    coverage: FloatArray
    lower: FloatArray
    upper: FloatArray
    sampling_error: FloatArray


def coverage_curve(
    samples: ArrayLike,
    correct: ArrayLike,
    ks: ArrayLike,
    bootstrap: int,
    confidence: float,
    seed: int,
    method: str = "dirichlet",
    groups: Sequence[object] | None = None,
) -> Curve:
    """Coverage averaged over problems, with an interval over problems: one for each k, not a band that holds the whole curve.

    Args:
        samples: n, shape (problems,).
        correct: c, shape (problems,).
        ks: numbers of samples, shape (K,).
        bootstrap: number of resamples, for the percentile bootstrap.
        confidence: level of the interval, between 0 and 1.
        seed: of the resampling.
        method: a key of ``monkeys.statistics.intervals.METHODS``.
        groups: the group of each problem, where problems come in groups.

    Returns:
        The curve; NaN at every k that is more than the smallest n.

    Raises:
        ValueError: the method does not exist.
    """
    table = pass_at_k(samples, correct, ks)
    k = np.asarray(ks, dtype=np.int64)
    interval = curve_interval(table, k, bootstrap, confidence, seed, method, groups)
    return Curve(k, table.mean(axis=0), interval.lower, interval.upper, sampling_error(samples, correct, k))


def curve_interval(
    table: FloatArray, k: IntArray, bootstrap: int, confidence: float, seed: int, method: str, groups: Sequence[object] | None
) -> Interval:
    """An interval for the mean of each column of a table of pass@k, shape (problems, K); further arguments as in ``coverage_curve``.

    With more than ``INTERVAL_POINTS`` k the bounds between so many are interpolated on log k. A column with a NaN has none.

    Raises:
        ValueError: the method does not exist.
    """
    if method not in METHODS:
        raise ValueError(f"the method {method} does not exist; there are {', '.join(METHODS)}")

    def interval(values: FloatArray) -> Interval:
        if method == "percentile":
            return percentile_interval(values, resamples(values.shape[0], bootstrap, seed, groups), confidence)
        return coverage_interval(values, confidence, groups)

    if k.size <= INTERVAL_POINTS:
        return interval(table)
    places = np.unique(np.rint(np.geomspace(1, k.size, INTERVAL_POINTS)).astype(np.int64)) - 1
    chosen = np.argsort(k, kind="stable")[places]
    found = interval(table[:, chosen])
    lower, upper = (np.interp(np.log(k), np.log(k[chosen]), bound) for bound in (found.lower, found.upper))
    lower[np.isnan(table).any(axis=0)] = upper[np.isnan(table).any(axis=0)] = np.nan
    return Interval(lower, upper)


@dataclass(frozen=True, slots=True)
class Difference:
    """Difference in coverage at each k, with an interval over problems; shapes (K,), shares from -1 to 1.

    ``p_value`` is that of the sign-flip test for equal models, two-sided.
    """

    k: IntArray
    coverage: FloatArray
    lower: FloatArray
    upper: FloatArray
    p_value: FloatArray


def coverage_difference(
    samples: ArrayLike, correct: ArrayLike, ks: ArrayLike, confidence: float, seed: int, groups: Sequence[object] | None = None
) -> Difference:
    """How much more coverage the second of two models has than the first, on the same problems.

    Problems that are hard are hard for both, so the paired interval is narrower than two intervals apart suggest.

    Args:
        samples: n, shape (2, problems).
        correct: c, shape (2, problems).
        ks: numbers of samples, shape (K,).
        confidence, groups: as in ``coverage_curve``.
        seed: of the flips of the test, and of the samples that it leaves out where one model has more than the other.
    """
    n, c = np.asarray(samples, dtype=np.int64), np.asarray(correct, dtype=np.int64)
    first, second = (pass_at_k(n[model], c[model], ks) for model in (0, 1))
    interval = difference_interval(first, second, confidence, groups)
    tested = second - first
    if (n[0] != n[1]).any():
        n, c = equally_many(n, c, seed)
        tested = pass_at_k(n[1], c[1], ks) - pass_at_k(n[0], c[0], ks)
    p_values = equality_p_values(tested, seed, groups)
    return Difference(np.asarray(ks, dtype=np.int64), (second - first).mean(axis=0), interval.lower, interval.upper, p_values)


def sampling_error(samples: ArrayLike, correct: ArrayLike, ks: ArrayLike) -> FloatArray:
    """Standard error of coverage over samples: how far another run on the same problems would differ.

    With F_k the unbiased estimate of a problem's fail@k, (1 - p)^k, its square's expectation exceeds (1 - p)^2k by the variance that is sought, and F_2k
    estimates (1 - p)^2k without bias. So F_k^2 - F_2k estimates the variance without bias as long as 2k samples are there.

    Args:
        samples: n, shape (problems,).
        correct: c, shape (problems,).
        ks: numbers of samples, shape (K,).

    Returns:
        Shape (K,); NaN where 2k is more than the smallest n.
    """
    n, c, k = _counts(samples, correct, ks)
    once, twice = 1 - pass_at_k(n, c, k), 1 - pass_at_k(n, c, 2 * k)
    return np.asarray(np.sqrt(np.maximum((once**2 - twice).sum(axis=0), 0)) / n.size)


def log_spaced(largest: int, points: int) -> IntArray:
    """``points`` whole numbers from 1 to ``largest``, evenly spaced on a log axis, duplicates kept as in the paper's code."""
    return np.rint(np.logspace(0, np.log10(largest), points)).astype(np.int64)


def resample_weights(problems: int, bootstrap: int, seed: int) -> FloatArray:
    """Weights of problems in bootstrap resamples: shape (bootstrap, problems), rows sum to 1."""
    return resamples(problems, bootstrap, seed).counts / problems


def checked_counts(samples: ArrayLike, correct: ArrayLike) -> tuple[IntArray, IntArray]:
    """Counts as arrays of shape (problems,).

    Raises:
        ValueError: they are no counts: 0 <= c <= n of one problem or more.
    """
    n, c = (np.atleast_1d(np.asarray(values, dtype=np.int64)) for values in (samples, correct))
    if n.shape != c.shape or n.ndim != 1 or n.size == 0:
        raise ValueError(f"samples and correct must be one-dimensional, equally long and not empty, but have shapes {n.shape} and {c.shape}")
    if (c < 0).any() or (c > n).any():
        raise ValueError("correct must lie between 0 and samples")
    return n, c


def _counts(samples: ArrayLike, correct: ArrayLike, ks: ArrayLike) -> tuple[IntArray, IntArray, IntArray]:
    n, c = checked_counts(samples, correct)
    k = np.atleast_1d(np.asarray(ks, dtype=np.int64))
    if (k < 1).any():
        raise ValueError("k must be at least 1")
    return n, c, k
