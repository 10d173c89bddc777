"""Tests whether two models are equal on the same problems, and the correction for many pairs of models."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.intervals import group_numbers

FLIPS = 9999
"""Random flips of signs; the least p-value is 1 / (1 + FLIPS)."""
AT_A_TIME = 500
"""Flips in memory at once."""


def equality_p_values(differences: ArrayLike, seed: int, groups: Sequence[object] | None = None, flips: int = FLIPS) -> FloatArray:
    """Two-sided p-values of the sign-flip test (Fisher's randomisation test for pairs), for each column.

    If the models are equal on every problem, a problem's difference is as likely d as -d, whatever its distribution. So the p-value is the share of random
    flips of signs that make the mean as far from zero as it is, the observed one among them. Such a test is exact: equal models have a p-value of at most .05
    in at most 5 % of studies, however few the problems and whatever the number of flips (Lehmann and Romano 2005, Testing Statistical Hypotheses, ch. 15.2).

    Args:
        differences: of estimates of pass@k from equally many samples, shape (problems, K); a column with a NaN has no p-value.
        seed: of the flips.
        groups: the group of each problem, where problems come in groups: all differences of a group are flipped together.
        flips: their number.

    Returns:
        Shape (K,).
    """
    values = np.asarray(differences, dtype=np.float64)
    if groups is not None:
        numbers = group_numbers(groups, len(values))
        sums = np.zeros((int(numbers.max()) + 1, values.shape[1]))
        np.add.at(sums, numbers, values)
        values = sums
    total = np.abs(values.sum(axis=0))
    # What rounding leaves between two sums of the same numbers is no difference.
    limit = total - 1e-12 * np.abs(values).sum(axis=0)
    random = np.random.default_rng(seed)
    reached = np.zeros(values.shape[1], dtype=np.int64)
    for start in range(0, flips, AT_A_TIME):
        signs = 2.0 * random.integers(0, 2, size=(min(AT_A_TIME, flips - start), len(values)), dtype=np.int8) - 1
        reached += (np.abs(signs @ values) >= limit).sum(axis=0)
    return np.where(np.isnan(total), np.nan, (1 + reached) / (1 + flips))


def equally_many(samples: IntArray, correct: IntArray, seed: int) -> tuple[IntArray, IntArray]:
    """Counts of two models from equally many samples of each problem: of the model with more, so many are taken at random.

    Args:
        samples, correct: n and c, shape (2, problems).
        seed: of the draw; c is hypergeometric.

    Returns:
        The same shapes.
    """
    taken = np.broadcast_to(samples.min(axis=0), samples.shape)
    thinned = np.random.default_rng(seed).hypergeometric(correct, samples - correct, taken)
    return taken, np.where(samples > taken, thinned, correct)


def holm(p_values: ArrayLike) -> FloatArray:
    """Holm's (1979, Scand. J. Stat. 6, 65) adjusted p-values: of those of at most .05 any is wrong in at most 5 % of studies.

    Args:
        p_values: of one family, shape (tests,); a NaN is no test.
    """
    values = np.asarray(p_values, dtype=np.float64)
    result = np.full(values.shape, np.nan)
    tests = np.flatnonzero(~np.isnan(values))
    order = tests[np.argsort(values[tests], kind="stable")]
    result[order] = np.minimum(np.maximum.accumulate(values[order] * np.arange(len(order), 0, -1)), 1)
    return result
