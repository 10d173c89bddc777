"""The exponentiated power law c(k) = exp(a k^b), a < 0, b < 0 (Brown et al., arXiv 2407.21787, section 3), fitted with its loss named.

The paper's text describes least squares on c; the values that it prints come from least squares on log c, on 40 log-spaced k that are rounded
and keep their duplicates. Schaeffer et al. (arXiv 2502.17578) regress log(-log c) on log k, at 101 k of their own. All three are here; they differ by more
than their intervals on real curves, so a law without its loss means little.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import OptimizeWarning, curve_fit

from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.coverage import log_spaced, pass_at_k, resample_weights

LOSSES = {"log": "least squares on log c", "linear": "least squares on c", "log_log": "log-log regression of -log c on k"}
FIT_POINTS = 40
_HUNDREDS = (156, 162, 168, 175, 182, 189, 193, 200, 216, 233, 267, 300, 333, 367, 400, 433, 467, *range(500, 1050, 50))
_THOUSANDS = (1067, 1133, 1200, 1367, 1500, 1750, 2000, 2333, 2667, 3000, 3333, 3667, 4000, 4333, 4667, 5000, 5333, 5667, 6000, 6333, 6667, 7000)
_LAST = (7333, 7667, 8000, 8500, 9000, 9500, 10000)
LOG_LOG_POINTS = np.array(
    [*range(1, 11), *range(12, 20, 2), *range(20, 60, 4), *range(64, 104, 4), *range(105, 155, 5), *_HUNDREDS, *_THOUSANDS, *_LAST]
)
"""The k of Schaeffer et al.; their values come out on these alone (on 40 log-spaced k, Pythia-70M's a is 7.80 instead of 8.03)."""
ERROR_POINTS = 100


@dataclass(frozen=True, slots=True)
class Law:
    """c(k) = exp(a k^b) fitted to one curve.

    Args:
        loss: a key of ``LOSSES``.
        a, b: the parameters.
        a_interval, b_interval: percentile bootstrap intervals over problems.
        error_mean, error_sd: of |coverage - law| on 100 log-spaced k.
        replicates: resamples in which the law could be fitted (a resample without any solved problem has none).
    """

    loss: str
    a: float
    b: float
    a_interval: tuple[float, float]
    b_interval: tuple[float, float]
    error_mean: float
    error_sd: float
    replicates: int


@dataclass(frozen=True, slots=True)
class FittedLaw:
    """A law with its values and band: ``k``, ``coverage``, ``lower``, ``upper``, each of shape (100,)."""

    law: Law
    k: IntArray
    coverage: FloatArray
    lower: FloatArray
    upper: FloatArray


def fitting_points(largest: int, loss: str) -> IntArray:
    """The k up to ``largest`` at which a loss is taken."""
    if loss == "log_log":
        return LOG_LOG_POINTS[: np.searchsorted(LOG_LOG_POINTS, largest, side="right")]
    return log_spaced(largest, FIT_POINTS)


def power_law(k: FloatArray, a: float, b: float) -> FloatArray:
    """exp(a k^b)."""
    return np.asarray(np.exp(a * k**b))


def fit_power_law(k: ArrayLike, coverage: ArrayLike, loss: str) -> tuple[float, float]:
    """The parameters (a, b) of c = exp(a k^b), by least squares.

    Args:
        k: shape (K,).
        coverage: shape (K,); points at which it is 0 have no logarithm and are left out, for either loss.
        loss: ``log`` (residuals of log c), ``linear`` (of c) or ``log_log`` (of log(-log c); points with c = 1 are left out too).

    Raises:
        ValueError: fewer than three different points have a coverage above 0, coverage does not grow, or the fit does not converge.
    """
    k, c = np.asarray(k, dtype=np.float64), np.asarray(coverage, dtype=np.float64)
    k, c = k[c > 0], c[c > 0]
    if loss == "log_log":
        k, c = k[c < 1], c[c < 1]
    if np.unique(k).size < 3:
        where = "between 0 and 1" if loss == "log_log" else "above 0"
        raise ValueError(f"coverage is {where} at {np.unique(k).size} different k only; a law of two parameters needs three")
    if np.ptp(c) < 1e-12:
        raise ValueError("coverage is the same at every k; there is no growth to fit")
    if loss == "log_log":
        slope, intercept = np.polyfit(np.log(k), np.log(-np.log(c)), 1)
        return _growing(-float(np.exp(intercept)), float(slope))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OptimizeWarning)
        start = (min(float(np.log(c[0])), -1e-6), -0.3)
        try:
            if loss == "log":
                found, _ = curve_fit(lambda x, a, b: a * x**b, k, np.log(c), p0=start, maxfev=5000)
            else:
                found, _ = curve_fit(power_law, k, c, p0=start, maxfev=5000)
        except RuntimeError as error:
            raise ValueError(f"the fit does not converge ({error})") from error
    return _growing(float(found[0]), float(found[1]))


def _growing(a: float, b: float) -> tuple[float, float]:
    """The parameters, if they are those of a law."""
    if a >= 0 or b >= 0:
        raise ValueError(f"the fit is no law of growing coverage (a = {a:.3g}, b = {b:.3g})")
    return a, b


def fit_law(samples: ArrayLike, correct: ArrayLike, loss: str, bootstrap: int, confidence: float, seed: int) -> FittedLaw:
    """Fit the law to the coverage of counts, with intervals by resampling problems and refitting.

    Args:
        samples: n, shape (problems,); the curve reaches to the smallest.
        correct: c, shape (problems,).
        loss: a key of ``LOSSES``.
        bootstrap: number of resamples.
        confidence: level of the intervals.
        seed: of the resampling.

    Raises:
        ValueError: the law cannot be fitted to these counts; the message says why.
    """
    largest = int(np.min(np.asarray(samples)))
    if largest < 3:
        raise ValueError(f"the curve has {largest} points only; draw at least 3 samples a problem")
    grid, check = fitting_points(largest, loss), log_spaced(largest, ERROR_POINTS)
    table = pass_at_k(samples, correct, grid)
    a, b = fit_power_law(grid, table.mean(axis=0), loss)
    fits = []
    for curve in resample_weights(table.shape[0], bootstrap, seed) @ table:
        try:
            fits.append(fit_power_law(grid, curve, loss))
        except ValueError:
            continue
    tail = (1 - confidence) / 2
    values = power_law(check.astype(np.float64), a, b)
    if not fits:
        raise ValueError("no resample of the problems could be fitted; too few problems are solved")
    intervals = np.quantile(np.array(fits), [tail, 1 - tail], axis=0)
    bands = np.array([power_law(check.astype(np.float64), *pair) for pair in fits])
    lower, upper = np.quantile(bands, [tail, 1 - tail], axis=0)
    error = np.abs(pass_at_k(samples, correct, check).mean(axis=0) - values)
    law = Law(
        loss=loss,
        a=a,
        b=b,
        a_interval=(float(intervals[0, 0]), float(intervals[1, 0])),
        b_interval=(float(intervals[0, 1]), float(intervals[1, 1])),
        error_mean=float(error.mean()),
        error_sd=float(error.std()),
        replicates=len(fits),
    )
    return FittedLaw(law, check, values, lower, upper)
