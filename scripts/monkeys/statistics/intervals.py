"""Intervals for means over problems: other problems of the same kind, and other samples.

Problems are the unit that a study generalises over. The values of problems that were drawn are independent and of one distribution, whatever it is, and
each carries the noise of its samples along. So what is sought is an interval for the mean of a distribution of which nothing is known but the ends of its
scale. The difficulty is what was not met: where 2 % of the problems are solved by one model alone, 67 % of the studies of 20 problems hold none of them,
and no resampling of such a study can tell. ``monkeys.statistics.dirichlet`` adds one pseudo-problem at the end of the scale for it.

Resampling samples within problems would count their noise twice, and near k = n move the estimate itself: of a problem solved once, the resampled samples
hold no pass in a third of the resamples. ``tests/benchmarks/intervals.py`` simulates how often each interval holds what it promises.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.dirichlet import upper_bounds

METHODS = {
    "dirichlet": "Dirichlet bounds over problems, which are those of Clopper and Pearson for shares",
    "percentile": "percentile bootstrap over problems",
}
COVERAGE_ATOM = 1.0
"""Weight of the pseudo-problem for coverage: that of a problem. Shares have the exact bounds of Clopper and Pearson."""
DIFFERENCE_ATOM = 0.7
"""And for differences, whose scale has ends that are twice as far apart. It is the least weight, in steps of 0.05, that leaves 5 % or less unheld where one
model alone solves some problems that the study did not meet: 1 - exp(-g) >= 0.95, g being the 97.5 % quantile of a Gamma(weight) (the limit of many
problems; with 20 problems it is 95.2 %)."""
COLUMNS_AT_A_TIME = 64
"""Columns whose replicates are in memory at once, so that they stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Lower and upper bounds, shape (K,) each."""

    lower: FloatArray
    upper: FloatArray


@dataclass(frozen=True, slots=True)
class Resamples:
    """Resamples of problems, the same for everything that is compared.

    Args:
        counts: how often each resample holds each problem, shape (bootstrap, problems).
    """

    counts: FloatArray


def resamples(problems: int, bootstrap: int, seed: int, groups: Sequence[object] | None = None) -> Resamples:
    """Resamples of problems, or of the groups that they come in.

    Args:
        problems: number of problems.
        bootstrap: number of resamples.
        seed: of the resampling.
        groups: the group of each problem; see ``group_numbers``.
    """
    generator = np.random.default_rng(seed)
    if groups is None:
        counts = generator.multinomial(problems, np.full(problems, 1 / problems), size=bootstrap)
        return Resamples(counts.astype(np.float64))
    numbers = group_numbers(groups, problems)
    size = int(numbers.max()) + 1
    counts = generator.multinomial(size, np.full(size, 1 / size), size=bootstrap)
    return Resamples(counts[:, numbers].astype(np.float64))


def group_numbers(groups: Sequence[object], problems: int) -> IntArray:
    """Number of the group of each problem, from 0, in the order of the groups' names; shape (problems,).

    Args:
        groups: the group of each problem, such as the repository of an issue: problems of a group are alike, and so a study of 300 issues from 12
            repositories knows less than one of 300 unrelated issues (cluster bootstrap; Field and Welsh 2007, J. R. Stat. Soc. B 69, 369).
        problems: number of problems.

    Raises:
        ValueError: fewer than two groups, of which nothing can be learnt about others.
    """
    names, numbers = np.unique(np.asarray([str(group) for group in groups]), return_inverse=True)
    if len(numbers) != problems:
        raise ValueError(f"there are {problems} problems, but groups of {len(numbers)}")
    if len(names) < 2:
        raise ValueError("all problems are in one group; an interval needs two groups or more")
    return np.asarray(numbers, dtype=np.int64)


def coverage_interval(table: ArrayLike, confidence: float, groups: Sequence[object] | None = None) -> Interval:
    """Dirichlet bounds for coverage, between 0 and 1. They do not fall from one column to the next where no problem's value does.

    Args:
        table: pass@k of each problem at each k, shape (problems, K); a column with a NaN has no interval.
        confidence: level; each side leaves half of what it leaves.
        groups: the group of each problem, where problems come in groups.
    """
    return _dirichlet_interval(np.asarray(table, dtype=np.float64), 0.0, 1.0, COVERAGE_ATOM, confidence, groups)


def difference_interval(first: ArrayLike, second: ArrayLike, confidence: float, groups: Sequence[object] | None = None) -> Interval:
    """Dirichlet bounds for the difference in coverage of two models on the same problems, second - first, paired by problem, between -1 and 1.

    Args:
        first, second: pass@k of each problem at each k, shapes (problems, K), problems in the same order.
        confidence: level.
        groups: as in ``coverage_interval``.
    """
    one, two = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if one.shape != two.shape:
        raise ValueError(f"the tables have shapes {one.shape} and {two.shape}; a paired difference needs the same problems and ks")
    return _dirichlet_interval(two - one, -1.0, 1.0, DIFFERENCE_ATOM, confidence, groups)


def percentile_interval(table: ArrayLike, drawn: Resamples, confidence: float) -> Interval:
    """The percentile bootstrap: quantiles of resampled means. It is what most papers print, and is falsely certain where few problems are met that count.

    Args:
        table: a value of each problem in each column, shape (problems, K); a column with a NaN has no interval.
        drawn: the resamples.
        confidence: level, between 0 and 1.

    Raises:
        ValueError: shapes do not fit.
    """
    values = np.asarray(table, dtype=np.float64)
    if values.ndim != 2 or values.shape[0] != drawn.counts.shape[1]:
        raise ValueError(f"the table has shape {values.shape}, but the resamples are of {drawn.counts.shape[1]} problems")
    lower, upper = np.full(values.shape[1], np.nan), np.full(values.shape[1], np.nan)
    weights = (drawn.counts / drawn.counts.sum(axis=1)[:, None]).T
    for start in range(0, values.shape[1], COLUMNS_AT_A_TIME):
        part = slice(start, start + COLUMNS_AT_A_TIME)
        columns = np.ascontiguousarray(values[:, part].T)
        lower[part], upper[part] = _percentiles(columns, weights, (1 - confidence) / 2)
    missing = np.isnan(values).any(axis=0)
    lower[missing], upper[missing] = np.nan, np.nan
    return Interval(lower, upper)


def _dirichlet_interval(
    values: FloatArray, lowest: float, highest: float, atom: float, confidence: float, groups: Sequence[object] | None
) -> Interval:
    if values.ndim != 2:
        raise ValueError(f"the table has shape {values.shape}, but needs a row for each problem and a column for each k")
    lower, upper = np.full(values.shape[1], np.nan), np.full(values.shape[1], np.nan)
    there = ~np.isnan(values).any(axis=0)
    rows, sizes = _rows(values[:, there], groups)
    tail = (1 - confidence) / 2
    lower[there] = np.clip(-upper_bounds(-rows, -lowest, atom, tail, sizes), lowest, highest)
    upper[there] = np.clip(upper_bounds(rows, highest, atom, tail, sizes), lowest, highest)
    return Interval(lower, upper)


def _rows(values: FloatArray, groups: Sequence[object] | None) -> tuple[FloatArray, FloatArray | None]:
    """Columns as rows, or means over groups and the sizes of these."""
    if groups is None:
        return np.ascontiguousarray(values.T), None
    numbers = group_numbers(groups, len(values))
    sizes = np.bincount(numbers).astype(np.float64)
    sums = np.zeros((len(sizes), values.shape[1]))
    np.add.at(sums, numbers, values)
    return np.ascontiguousarray((sums / sizes[:, None]).T), sizes


def _percentiles(columns: FloatArray, weights: FloatArray, tail: float) -> tuple[FloatArray, FloatArray]:
    """Bounds for columns of shape (K, problems)."""
    mean = columns.mean(axis=1)
    centred = columns - mean[:, None]
    # What rounding leaves of zero is zero here too: values that are all alike have no spread, not one of 1e-17.
    centred[np.abs(centred) <= 1e-14 * np.abs(columns).max(axis=1)[:, None]] = 0
    low, high = np.quantile(centred @ weights, [tail, 1 - tail], axis=1)
    return _clean(mean + low, columns), _clean(mean + high, columns)


def _clean(bounds: FloatArray, columns: FloatArray) -> FloatArray:
    """Bounds whose sign can be read: what rounding leaves of zero is zero."""
    return np.where(np.abs(bounds) <= 1e-14 * np.abs(columns).max(axis=1), 0.0, bounds)
