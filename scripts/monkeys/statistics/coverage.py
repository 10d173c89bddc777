"""Coverage, the chance that at least one of k samples solves a problem (pass@k), with intervals over problems."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


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


@dataclass(frozen=True, slots=True)
class Curve:
    """Coverage at each k with a bootstrap interval; shapes (K,), shares from 0 to 1."""

    k: IntArray
    coverage: FloatArray
    lower: FloatArray
    upper: FloatArray


def coverage_curve(samples: ArrayLike, correct: ArrayLike, ks: ArrayLike, bootstrap: int, confidence: float, seed: int) -> Curve:
    """Coverage averaged over problems, with a percentile bootstrap interval over problems.

    Problems are the unit that a study generalises over, so whole problems are resampled (a Beta prior for each problem instead gives absurd
    intervals at large k). The resamples are the same at every k: the band belongs to curves, not to points.

    Args:
        samples: n, shape (problems,).
        correct: c, shape (problems,).
        ks: numbers of samples, shape (K,).
        bootstrap: number of resamples.
        confidence: level of the interval, between 0 and 1.
        seed: of the resampling.

    Returns:
        The curve; NaN at every k that is more than the smallest n.
    """
    table = pass_at_k(samples, correct, ks)
    replicates = resample_weights(table.shape[0], bootstrap, seed) @ table
    tail = (1 - confidence) / 2
    lower, upper = np.quantile(replicates, [tail, 1 - tail], axis=0)
    return Curve(np.asarray(ks, dtype=np.int64), table.mean(axis=0), lower, upper)


def resample_weights(problems: int, bootstrap: int, seed: int) -> FloatArray:
    """Weights of problems in bootstrap resamples: shape (bootstrap, problems), rows sum to 1."""
    counts = np.random.default_rng(seed).multinomial(problems, np.full(problems, 1 / problems), size=bootstrap)
    return counts / problems


def _counts(samples: ArrayLike, correct: ArrayLike, ks: ArrayLike) -> tuple[IntArray, IntArray, IntArray]:
    n, c, k = (np.atleast_1d(np.asarray(values, dtype=np.int64)) for values in (samples, correct, ks))
    if n.shape != c.shape or n.ndim != 1 or n.size == 0:
        raise ValueError(f"samples and correct must be one-dimensional, equally long and not empty, but have shapes {n.shape} and {c.shape}")
    if (c < 0).any() or (c > n).any():
        raise ValueError("correct must lie between 0 and samples")
    if (k < 1).any():
        raise ValueError("k must be at least 1")
    return n, c, k
