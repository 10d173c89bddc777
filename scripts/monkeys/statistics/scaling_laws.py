"""The exponentiated power law c(k) = exp(a k^b), a < 0, b < 0 (Brown et al., arXiv 2407.21787, section 3), fitted with its loss named.

The paper's text describes least squares on c; the values that it prints come from least squares on log c, on 40 log-spaced k that are rounded
and keep their duplicates (v3), or each of them once (v1, which prints a / ln 10). Schaeffer et al. (arXiv 2502.17578) regress log(-log c) on log k, at 101 k of
their own. All four are here; they differ by more than their intervals on real curves, so a law without its loss means little.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import OptimizeWarning, curve_fit

from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.coverage import checked_counts, log_spaced, resample_weights
from monkeys.statistics.doubts import doubt
from monkeys.statistics.law_fits import fit_curves
from monkeys.statistics.stopping import Stopping, estimate, reach

LOSSES = {
    "log": "least squares on log c",
    "linear": "least squares on c",
    "log_log": "log-log regression of -log c on k",
    "log_distinct": "least squares on log c, each k once",
}
FIT_POINTS = 40
_HUNDREDS = (156, 162, 168, 175, 182, 189, 193, 200, 216, 233, 267, 300, 333, 367, 400, 433, 467, *range(500, 1050, 50))
_THOUSANDS = (1067, 1133, 1200, 1367, 1500, 1750, 2000, 2333, 2667, 3000, 3333, 3667, 4000, 4333, 4667, 5000, 5333, 5667, 6000, 6333, 6667, 7000)
_LAST = (7333, 7667, 8000, 8500, 9000, 9500, 10000)
LOG_LOG_POINTS = np.array(
    [*range(1, 11), *range(12, 20, 2), *range(20, 60, 4), *range(64, 104, 4), *range(105, 155, 5), *_HUNDREDS, *_THOUSANDS, *_LAST]
)
"""The k of Schaeffer et al.; their values come out on these alone (on 40 log-spaced k, Pythia-70M's a is 7.80 instead of 8.03)."""
ERROR_POINTS = 100
LARGEST_HALF_WIDTH = 7.0
"""Of log(-a) or log(-b): an interval that spans a factor of a million says nothing, and is open."""


@dataclass(frozen=True, slots=True)
class Law:
    """c(k) = exp(a k^b) fitted to one curve.

    Args:
        loss: a key of ``LOSSES``.
        a, b: the parameters.
        a_log10: a / ln 10, the parameter where the law is written as 10^(a k^b).
        a_interval, b_interval: over problems; each holds its parameter, and an end is None where the counts do not bound it.
        error_mean, error_sd: of |coverage - law| on 100 log-spaced k.
        error_largest, error_largest_k: the largest of these errors, and its k.
        replicates: resamples in which the law could be fitted (a resample without any solved problem has none).
        doubts: parameters that the counts do not determine, in words, by parameter.
    """

    loss: str
    a: float
    b: float
    a_log10: float
    a_interval: tuple[float | None, float | None]
    b_interval: tuple[float | None, float | None]
    error_mean: float
    error_sd: float
    error_largest: float
    error_largest_k: int
    replicates: int
    doubts: dict[str, str]


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
    points = log_spaced(largest, FIT_POINTS)
    return np.unique(points) if loss == "log_distinct" else points


def power_law(k: FloatArray, a: float, b: float) -> FloatArray:
    """exp(a k^b)."""
    return np.asarray(np.exp(a * k**b))


def fit_power_law(k: ArrayLike, coverage: ArrayLike, loss: str) -> tuple[float, float]:
    """The parameters (a, b) of c = exp(a k^b), by least squares.

    Args:
        k: shape (K,).
        coverage: shape (K,); points at which it is 0 have no logarithm and are left out, for either loss.
        loss: ``log`` or ``log_distinct`` (residuals of log c), ``linear`` (of c) or ``log_log`` (of log(-log c); points with c = 1 are left out too).

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
            if loss != "linear":
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


def fit_law(
    samples: ArrayLike, correct: ArrayLike, loss: str, bootstrap: int, confidence: float, seed: int, rule: Stopping | None = None
) -> FittedLaw:
    """Fit the law to the coverage of counts, with intervals over problems.

    Intervals are those of Student's t for log(-a) and log(-b): their standard deviation is the larger of the bootstrap's and the jackknife's over
    problems; the degrees of freedom are half of Satterthwaite's, from the kurtosis of the jackknife's deviations, and half the number of solved problems less one at most:
    where a few problems make the curve, few deviations are known. docs/tables/laws.md has the simulated coverage.

    Args:
        samples: n, shape (problems,); the curve reaches to the smallest.
        correct: c, shape (problems,).
        loss: a key of ``LOSSES``.
        bootstrap: number of resamples.
        confidence: level of the intervals.
        seed: of the resampling.
        rule: by which sampling stopped, if by one.

    Raises:
        ValueError: the law cannot be fitted to these counts; the message says why.
    """
    n, c = checked_counts(samples, correct)
    largest = reach(n, c, rule)
    if largest < 3:
        raise ValueError(f"the curve has {largest} points only; draw at least 3 samples a problem")
    grid, check = fitting_points(largest, loss), log_spaced(largest, ERROR_POINTS)
    table = estimate(n, c, grid, rule)
    problems, points = table.shape[0], grid.astype(np.float64)
    a, b = fit_power_law(grid, table.mean(axis=0), loss)
    fits = fit_curves(points, resample_weights(problems, bootstrap, seed) @ table, loss)
    fits = fits[np.isfinite(fits[:, 0])]
    if not len(fits):
        raise ValueError("no resample of the problems could be fitted; too few problems are solved")
    apart = fit_curves(points, (table.sum(axis=0) - table) / max(problems - 1, 1), loss)
    apart = apart[np.isfinite(apart[:, 0])]
    solved = int((c > 0).sum())

    def spread(direction: FloatArray) -> FloatArray:
        """Half the widths of intervals for combinations of log(-a), b and log(-b), shape (combinations, 3) to (combinations,)."""
        return _half_width(_in_logs(fits) @ direction.T, _in_logs(apart) @ direction.T, problems, solved, confidence)

    half = spread(np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]))
    values = power_law(check.astype(np.float64), a, b)
    error = np.abs(estimate(n, c, check, rule).mean(axis=0) - values)
    # log(-log c) = log(-a) + b log k
    logs = np.log(check)
    band = spread(np.stack([np.ones(check.size), logs, np.zeros(check.size)], axis=1))
    hazard = np.log(-a) + b * logs
    intervals = [_interval(value, width) for value, width in zip((a, b), half, strict=True)]
    worst = int(np.argmax(error))
    law = Law(
        loss=loss,
        a=a,
        b=b,
        a_log10=a / float(np.log(10)),
        a_interval=intervals[0],
        b_interval=intervals[1],
        error_mean=float(error.mean()),
        error_sd=float(error.std()),
        error_largest=float(error[worst]),
        error_largest_k=int(check[worst]),
        replicates=len(fits),
        doubts={name: said for name, (low, high) in zip("ab", intervals, strict=True) if (said := doubt(low, high))},
    )
    with np.errstate(over="ignore"):
        return FittedLaw(law, check, values, np.exp(-np.exp(hazard + band)), np.exp(-np.exp(hazard - band)))


def _in_logs(fits: FloatArray) -> FloatArray:
    """log(-a), b, log(-b) of each fit, shape (fits, 3)."""
    return np.stack([np.log(-fits[:, 0]), fits[:, 1], np.log(-fits[:, 1])], axis=1)


def _half_width(resampled: FloatArray, apart: FloatArray, problems: int, solved: int, confidence: float) -> FloatArray:
    """Of t intervals, shape (columns,).

    Args:
        resampled: values in bootstrap resamples, shape (resamples, columns).
        apart: values with one problem left out, shape (problems or fewer, columns).
        problems, solved: their numbers.
        confidence: level.
    """
    from scipy.special import stdtrit

    if problems < 2 or solved < 2 or len(apart) < 2:
        return np.full(resampled.shape[1], np.inf)
    deviations = apart - apart.mean(axis=0)
    squares = deviations**2
    jackknife = np.sqrt((problems - 1) / problems * squares.sum(axis=0))
    bootstrap = resampled.std(axis=0) * np.sqrt(problems / (problems - 1))
    variance = squares.mean(axis=0)
    kurtosis = np.where(variance > 0, (squares**2).mean(axis=0) / np.maximum(variance, 1e-300) ** 2, 1.0)
    # Satterthwaite's degrees of freedom, halved: of few deviations with a long tail the kurtosis comes out too low.
    free = np.maximum(np.clip(2 * problems / (kurtosis - 1 + 2 / (problems - 1)), 1, min(problems, solved) - 1) / 2, 1)
    return np.asarray(stdtrit(free, (1 + confidence) / 2) * np.maximum(jackknife, bootstrap))


def _interval(value: float, half: float) -> tuple[float | None, float | None]:
    """An interval of a negative parameter from half the width of that of its log; open where that is infinite."""
    with np.errstate(over="ignore"):
        low, high = float(value * np.exp(half)), float(value * np.exp(-half))
    return (low, high) if half < LARGEST_HALF_WIDTH else (None, None)
