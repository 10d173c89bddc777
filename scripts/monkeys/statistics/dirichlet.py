"""Bounds for the mean of bounded values, exact for shares: the Bayesian bootstrap with a pseudo-problem at the end of the scale.

Give P values weights that are Dirichlet(1, ..., 1), and one further value, at the end of the scale (1 for an upper bound of pass@k), a weight of the same
kind. The upper bound is the 97.5 % quantile of the weighted mean. Of shares (values 0 and 1) it is the bound of Clopper and Pearson (1934, Biometrika 26,
404). That no distribution on the scale breaks it, whatever P is, is a conjecture (Gaffke 2005, Math. Methods Stat. 14, 451; Learned-Miller and Thomas
2019, arXiv 1905.06208). The bound rises with every value, so bounds of pass@k do not fall while k rises.

No random numbers are drawn. Dirichlet weights are standard exponentials E_i over their sum, so the weighted mean is above m with the chance that
sum a_i E_i (x_i - m) is above zero. That chance is Lugannani and Rice's saddlepoint approximation (1980, Adv. Appl. Probab. 12, 475) in the form of
Barndorff-Nielsen; its saddlepoint is the Lagrange multiplier of the empirical likelihood (Owen 2001, ch. 2). A bound is within 1 % of its distance to the
estimate.

Where problems come in groups, a group is drawn or not as a whole: x_i is then the sum over a group, and m counts as often as the group has problems.
"""

from collections.abc import Callable
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from monkeys.statistics import FloatArray
from monkeys.statistics.quantiles import beta_quantile

STEPS = 200
"""Steps of a search at most; all rows are exact to ``EXACT`` after some 20."""
EXACT = 1e-11
NEAREST, FARTHEST = -34.0, 18.0
"""Logarithms of the distance between the saddlepoint's pole and the largest value, in units of the scale, where the search begins."""

Function = Callable[[FloatArray], FloatArray]


def upper_bounds(rows: FloatArray, top: float, atom: float, tail: float, sizes: FloatArray | None = None) -> FloatArray:
    """Upper bounds for the mean over the population of each row.

    Args:
        rows: values of problems, shape (K, P), or means over groups of problems, none above ``top``; no NaN.
        top: the end of the scale.
        atom: weight of the pseudo-problem at ``top``; that of a problem is 1.
        tail: the chance that is left above, such as .025.
        sizes: number of problems of each group, shape (P,); without it each has one.

    Returns:
        Shape (K,). For lower bounds negate the rows, ``top`` and the result.
    """
    distances, numbers = top - np.asarray(rows, dtype=np.float64), _relative(sizes)
    farthest = distances.max(axis=1)
    bounds = np.full(len(distances), top, dtype=np.float64)
    alike = (farthest > 0) & _alike(distances) & (numbers is None)
    if alike.any():
        # Two values only: the weight of the one at the end is a beta variable.
        bounds[alike] -= farthest[alike] * (1 - beta_quantile(1 - tail, atom, distances.shape[1]))
    searched = (farthest > 0) & ~alike
    if searched.any():
        scale, deviate = farthest[searched], NormalDist().inv_cdf(1 - tail)
        scaled = distances[searched] / scale[:, None]
        found = _bound_of_problems(scaled, atom, deviate) if numbers is None else _bound_of_groups(scaled, numbers, atom, deviate)
        bounds[searched] = top - scale * found
    return np.asarray(bounds)


def _bound_of_problems(distances: FloatArray, atom: float, deviate: float) -> FloatArray:
    """Distances of bounds from the end of the scale, shape (K,).

    With s beyond the end, weights 1 / (s - x_i) tilt the mean to m(s) = s - N / sum 1 / (s - x_i). So one unknown gives the mean and its saddlepoint
    1 / (s - m), and the deviate falls from infinity to below zero while s runs from the end to infinity.
    """
    values, weights = _with_end(distances, 0.0), _weights(distances, atom)

    def gaps(place: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        beyond = np.exp(place)
        inverse = 1 / (values + beyond[:, None])
        reach = weights.sum() / (inverse @ weights)
        return beyond, inverse, reach

    def off(place: FloatArray) -> FloatArray:
        _, inverse, reach = gaps(place)
        return _deviate(inverse * reach[:, None], weights) - deviate

    beyond, _, reach = gaps(_zero(off, len(values), NEAREST, FARTHEST))
    return np.asarray(reach - beyond)


def _bound_of_groups(distances: FloatArray, numbers: FloatArray, atom: float, deviate: float) -> FloatArray:
    """The same where problems come in groups; two searches, one in the other, for then no closed form of the mean is there."""
    weights, sizes = _weights(distances, atom), np.append(numbers, 1.0)
    values = _with_end(distances, 0.0)
    nearest = values @ (weights * sizes) / (weights @ sizes)

    def off(share: FloatArray) -> FloatArray:
        return deviate - _deviate_of_zero((share[:, None] * nearest[:, None] - values) * sizes, weights)

    return np.asarray(_zero(off, len(values), 1.0, 1e-12) * nearest)


def _deviate_of_zero(deviations: FloatArray, weights: FloatArray) -> FloatArray:
    """The normal deviate of the chance that sum a_i E_i d_i is above zero, for deviations d whose weighted sum is not; shape (K,)."""
    largest = deviations.max(axis=1)
    scale = np.maximum(np.abs(deviations).max(axis=1), 1e-300)
    below = (largest[:, None] - deviations) / scale[:, None]
    ahead = largest / scale

    def inverse(place: FloatArray) -> FloatArray:
        beyond = np.exp(place)
        return np.asarray((beyond + ahead)[:, None] / (below + beyond[:, None]))

    def slope(place: FloatArray) -> FloatArray:
        return np.asarray((inverse(place) - 1) @ weights)

    return _deviate(inverse(_zero(slope, len(deviations), NEAREST, FARTHEST)), weights)


def _deviate(inverse: FloatArray, weights: FloatArray) -> FloatArray:
    """Lugannani and Rice's deviate at the saddlepoint t from 1 / (1 - t d_i), shape (K, N): the generating function K(t) is the sum of their logarithms."""
    root = np.sqrt(np.maximum(-2 * (np.log(inverse) @ weights), 1e-16))
    spread = np.sqrt(np.maximum((inverse - 1) ** 2 @ weights, 1e-16))
    return np.asarray(root + np.log(spread / root) / root)


def _zero(function: Function, rows: int, above: float, below: float) -> FloatArray:
    """Where a function of each row is zero, between ``above``, where it is above zero, and ``below``: secants, and a halving every third step."""
    left, right = np.full(rows, above), np.full(rows, below)
    at_left, at_right = np.full(rows, np.nan), np.full(rows, np.nan)
    place = (left + right) / 2
    for step in range(STEPS):
        value = function(place)
        positive = value > 0
        left, at_left = np.where(positive, place, left), np.where(positive, value, at_left)
        right, at_right = np.where(positive, right, place), np.where(positive, at_right, value)
        if (np.minimum(np.abs(value), np.abs(right - left)) < EXACT).all():
            break
        share = at_left / (at_left - at_right)
        place = left + (right - left) * (0.5 if step % 3 == 2 else np.where(np.isnan(share), 0.5, np.clip(share, 0.01, 0.99)))
    return np.asarray(place)


def _alike(rows: FloatArray) -> NDArray[np.bool_]:
    """Rows in which nothing varies; what rounding leaves of zero is zero."""
    return np.asarray(np.ptp(rows, axis=1) <= 1e-13 * np.abs(rows).max(axis=1))


def _relative(sizes: FloatArray | None) -> FloatArray | None:
    """Sizes of groups with mean 1; none where all are of one size, which is as if each were a problem."""
    return None if sizes is None or np.ptp(sizes) == 0 else np.asarray(sizes / np.mean(sizes))


def _with_end(rows: FloatArray, end: float) -> FloatArray:
    return np.concatenate([rows, np.full((len(rows), 1), end)], axis=1)


def _weights(rows: FloatArray, atom: float) -> FloatArray:
    return np.append(np.ones(rows.shape[1]), atom)
