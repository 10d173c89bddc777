"""Where the power law comes from: the distribution of single-attempt success over problems, fitted to counts.

On each problem failure falls exponentially in k; the average over problems is a power law where the distribution of success p has a power-law left tail,
density ~ p^(alpha - 1), and then -log pass@k ~ k^-alpha (Schaeffer et al., arXiv 2502.17578). So the tail's exponent can be had from the distribution, without
a curve. Kazdan et al. (arXiv 2510.05197) fit a beta-binomial, which takes unequal numbers of samples as they are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import betainc, betaln, digamma, expit, logit

from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.coverage import log_spaced
from monkeys.statistics.doubts import doubt, doubt_of_share
from monkeys.statistics.profiles import Loss, profile_interval, threshold
from monkeys.statistics.scaling_laws import ERROR_POINTS
from monkeys.statistics.stopping import Stopping, estimate, reach

ESTIMATORS = {
    "beta_binomial": "beta-binomial, maximum likelihood on counts",
    "zero_inflated_beta_binomial": "beta-binomial and a share of problems that are never solved, maximum likelihood on counts",
    "scaled_beta": "Beta on [0, the largest success seen], maximum likelihood on discretised success rates",
    "scaled_kumaraswamy": "Kumaraswamy on [0, the largest success seen], maximum likelihood on discretised success rates",
}
LARGEST_ALPHA = 100.0
"""Problems that are all alike, or are solved at one rate or never, would send alpha to infinity; as an exponent of a tail 100 says as much."""
SHAPE_BOUNDS = [(np.log(1e-3), np.log(LARGEST_ALPHA)), (np.log(1e-3), np.log(1e6))]
"""Of log alpha and log beta; problems that are solved always or never send both to zero."""
STARTS = ((0.3, 10.0), (1.0, 100.0), (0.1, 1.0))
SMALLEST_NEVER = 1e-6
"""A share of problems that are never solved below this is none."""
EDGE = 0.05
"""An interval that comes so near to a bound of log alpha or log beta is open there: estimates at the bound are not determined by the counts."""
SLOPE_STEP = 1e-4
QUADRATURE_POINTS = 3000
SMALLEST_SUCCESS = 1e-12


@dataclass(frozen=True, slots=True)
class Population:
    """A distribution of single-attempt success p over problems.

    Args:
        estimator: a key of ``ESTIMATORS``.
        alpha, beta: shape; alpha is the exponent of the left tail.
        scale: largest p.
        never: share of problems that no number of samples solves.
    """

    estimator: str
    alpha: float
    beta: float
    scale: float = 1.0
    never: float = 0.0

    def fail_at_k(self, ks: ArrayLike) -> FloatArray:
        """1 - coverage of a new problem at each k, shape (K,), exact also where it is tiny."""
        if self.estimator not in ("beta_binomial", "zero_inflated_beta_binomial"):
            return np.asarray(1 - self.pass_at_k(ks))
        k = np.atleast_1d(np.asarray(ks, dtype=np.float64))
        return np.asarray(self.never + (1 - self.never) * np.exp(betaln(self.alpha, self.beta + k) - betaln(self.alpha, self.beta)))

    def pass_at_k(self, ks: ArrayLike) -> FloatArray:
        """Coverage of a new problem at each k, shape (K,); k need not be whole.

        For a Beta on [0, 1] it is 1 - B(alpha, beta + k) / B(alpha, beta) (Schaeffer et al., eq. 4). Otherwise, with F the distribution function,
        the integral of k (1 - p)^(k - 1) (1 - F(p)) over p, by the trapezoidal rule in log p.
        """
        k = np.atleast_1d(np.asarray(ks, dtype=np.float64))
        if self.estimator in ("beta_binomial", "zero_inflated_beta_binomial"):
            return np.asarray((1 - self.never) * -np.expm1(betaln(self.alpha, self.beta + k) - betaln(self.alpha, self.beta)))
        p = np.geomspace(SMALLEST_SUCCESS, 1, QUADRATURE_POINTS) * self.scale
        survival = 1 - _distribution(self.estimator, p / self.scale, self.alpha, self.beta)
        log_failure = np.log1p(-np.minimum(p, 1 - 1e-16))
        values = k[:, None] * np.exp((k[:, None] - 1) * log_failure) * p * survival
        return np.asarray(np.trapezoid(values, np.log(p), axis=1))


@dataclass(frozen=True, slots=True)
class FittedPopulation:
    """A population with profile-likelihood intervals, and its error.

    Args:
        alpha, beta, scale, never: as in ``Population``.
        alpha_interval, beta_interval, never_interval: each holds its estimate; an end is None where the counts do not bound it.
        error_mean, error_sd: of |coverage - population's| on 100 log-spaced k.
        doubts: parameters that the counts do not determine, in words, by parameter.
    """

    alpha: float
    beta: float
    scale: float
    never: float
    alpha_interval: tuple[float | None, float | None]
    beta_interval: tuple[float | None, float | None]
    never_interval: tuple[float | None, float | None]
    error_mean: float
    error_sd: float
    doubts: dict[str, str]


def fit_with_intervals(samples: ArrayLike, correct: ArrayLike, estimator: str, confidence: float, rule: Stopping | None = None) -> FittedPopulation:
    """Fit a distribution of success, with an interval for each parameter by profile likelihood.

    Args:
        samples: n, shape (problems,).
        correct: c, shape (problems,).
        estimator: a key of ``ESTIMATORS``.
        confidence: level of the intervals.
        rule: by which sampling stopped, if by one. The likelihood is the same; what the error is taken from is not.

    Raises:
        ValueError: as ``fit_population``.
    """
    n, c = np.asarray(samples, dtype=np.int64), np.asarray(correct, dtype=np.int64)
    fitted = fit_population(n, c, estimator)
    loss, best, bounds, starts = _free_loss(n, c, fitted)
    solved = int((c > 0).sum())
    rise = threshold(n.size, solved, best.size, confidence)
    ends = [profile_interval(loss, best, place, bounds, rise, starts) for place in range(2)]
    never = (0.0, 0.0)
    if estimator == "zero_inflated_beta_binomial":
        low, high = (float(expit(end)) for end in profile_interval(loss, best, 2, bounds, rise, starts))
        never = (0.0 if low <= SMALLEST_NEVER * 1.01 else min(low, fitted.never), max(high, fitted.never))
        if never[0] == 0:
            # A share that is none is at the edge of what it may be, where the fit strays to one side: alpha's interval would lie too high in up to 13 % of
            # studies without such problems. What is as likely without any is inside too.
            plain, bare, plain_bounds, _ = _free_loss(n, c, fit_population(n, c, "beta_binomial"))
            for place in range(2):
                low, high = profile_interval(plain, bare, place, plain_bounds, threshold(n.size, solved, 2, confidence))
                ends[place] = min(ends[place][0], low), max(ends[place][1], high)
    shapes: list[tuple[float | None, float | None]] = [
        (
            None if low <= bounds[place][0] + EDGE else min(float(np.exp(low)), value),
            None if high >= bounds[place][1] - EDGE else max(float(np.exp(high)), value),
        )
        for place, (value, (low, high)) in enumerate(zip((fitted.alpha, fitted.beta), ends, strict=True))
    ]
    ks = log_spaced(reach(n, c, rule), ERROR_POINTS)
    error = np.abs(estimate(n, c, ks, rule).mean(axis=0) - fitted.pass_at_k(ks))
    doubts = {name: said for name, ends in (("alpha", shapes[0]), ("beta", shapes[1])) if (said := doubt(*ends))}
    if said := doubt_of_share(*never):
        doubts["never"] = said
    shape = (fitted.alpha, fitted.beta, fitted.scale, fitted.never)
    return FittedPopulation(*shape, shapes[0], shapes[1], never, float(error.mean()), float(error.std()), doubts)


def _free_loss(n: IntArray, c: IntArray, fitted: Population) -> tuple[Loss, FloatArray, list[tuple[float, float]], list[FloatArray]]:
    """The loss of a fit with all of its parameters free, where it is least, the bounds of the parameters, and further points to search from.

    The share that is never solved may exceed that of the unsolved here, as it does in the population by chance.
    """
    total, passed, times = _merged(n.astype(np.float64), c.astype(np.float64), np.ones(n.size))
    shape = [float(np.log(fitted.alpha)), float(np.log(fitted.beta))]
    if fitted.estimator == "beta_binomial":
        return lambda x: _beta_binomial(x, total, passed, times), np.array(shape), SHAPE_BOUNDS, []
    if fitted.estimator == "zero_inflated_beta_binomial":
        best = np.array([*shape, float(logit(np.clip(fitted.never, SMALLEST_NEVER, 1 - SMALLEST_NEVER)))])
        edge = float(logit(SMALLEST_NEVER))
        # At a share near 0 its logit is flat, and a search that begins there stays.
        unsolved = float((c == 0).mean())
        half = np.array([best[0] + np.log(2), best[1], float(logit(np.clip(unsolved / 2, 0.01, 0.99)))])
        return lambda x: _zero_inflated(x, total, passed, times, 1.0), best, [*SHAPE_BOUNDS, (edge, -edge)], [half]
    value = _scaled_loss(fitted.estimator, fitted.scale, total, passed, times)

    def with_slope(x: FloatArray) -> tuple[float, FloatArray]:
        here = value(x)
        return here, np.array([(value(x + step) - value(x - step)) / (2 * SLOPE_STEP) for step in SLOPE_STEP * np.eye(2)])

    return with_slope, np.array(shape), SHAPE_BOUNDS, []


def fit_population(
    samples: ArrayLike, correct: ArrayLike, estimator: str, weights: ArrayLike | None = None, start: Population | None = None
) -> Population:
    """Fit a distribution of success by maximum likelihood.

    Args:
        samples: n, shape (problems,); they may differ.
        correct: c, shape (problems,).
        estimator: a key of ``ESTIMATORS``.
        weights: how often each problem counts, as in a resample; once by default.
        start: a fit of the same kind to begin at, which spares time where many resamples are fitted; several starts are tried by default.

    Raises:
        ValueError: no problem was solved, or every sample passed: then no distribution is more likely than another.
    """
    n, c = np.asarray(samples, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    times = np.ones(n.size) if weights is None else np.asarray(weights, dtype=np.float64)
    n, c, times = _merged(n[times > 0], c[times > 0], times[times > 0])
    if not (c > 0).any():
        raise ValueError("no problem was solved; a distribution of success needs one that is")
    if (c == n).all():
        raise ValueError("every sample passed; a distribution of success needs one that fails")
    shapes = [(start.alpha, start.beta)] if start else STARTS
    if estimator == "beta_binomial":
        found = _best(lambda x: _beta_binomial(x, n, c, times), [np.log(shape) for shape in shapes], SHAPE_BOUNDS, gradient=True)
        return Population(estimator, *map(float, np.exp(found)))
    if estimator == "zero_inflated_beta_binomial":
        return _fit_zero_inflated(n, c, times, start)
    scale = min(1.0, float(((c + 0.5) / n).max()))
    found = _best(_scaled_loss(estimator, scale, n, c, times), [np.log(shape) for shape in shapes], SHAPE_BOUNDS)
    return Population(estimator, float(np.exp(found[0])), float(np.exp(found[1])), scale)


def _fit_zero_inflated(n: FloatArray, c: FloatArray, times: FloatArray, start: Population | None) -> Population:
    """The share of problems that are never solved goes up to that of the unsolved ones and no further, so that it cannot run away from the data.

    Where few samples were drawn, an unsolved problem says little about whether it ever will be: the likelihood is flat from a heavy left tail without such
    problems to a light one with many.
    """
    unsolved = float(times[c == 0].sum() / times.sum())

    def loss(x: FloatArray) -> tuple[float, FloatArray]:
        return _zero_inflated(x, n, c, times, unsolved)

    if unsolved == 0:
        plain = fit_population(n, c, "beta_binomial", times, start)
        return Population("zero_inflated_beta_binomial", plain.alpha, plain.beta)
    if start:
        starts = [[np.log(start.alpha), np.log(start.beta), float(logit(np.clip(start.never / unsolved, 1e-3, 1 - 1e-3)))]]
    else:
        plain = fit_population(n, c, "beta_binomial", times)
        starts = [[np.log(plain.alpha), np.log(plain.beta), -4.0], [np.log(2 * plain.alpha), np.log(plain.beta), 0.0], [0.0, np.log(plain.beta), 2.0]]
    found = _best(loss, starts, [*SHAPE_BOUNDS, (-12, 12)], gradient=True)
    return Population("zero_inflated_beta_binomial", float(np.exp(found[0])), float(np.exp(found[1])), never=float(expit(found[2]) * unsolved))


def _zero_inflated(x: FloatArray, n: FloatArray, c: FloatArray, times: FloatArray, largest: float) -> tuple[float, FloatArray]:
    """As ``_beta_binomial``, with a share expit(x[2]) x ``largest`` that is never solved."""
    zero = c == 0
    alpha, beta, never = np.exp(x[0]), np.exp(x[1]), expit(x[2]) * largest
    part = betaln(c + alpha, n - c + beta) - betaln(alpha, beta)
    rest = np.log1p(-never) + part
    total = np.where(zero, np.logaddexp(np.log(never), rest), rest)
    share = np.exp(rest - total)  # of the likelihood that comes from the beta-binomial
    d_alpha, d_beta = _beta_binomial_slopes(alpha, beta, n, c)
    d_never = np.where(zero, np.exp(np.where(zero, np.log(never) - total, 0)) * -np.expm1(part), -never / (1 - never)) * (1 - expit(x[2]))
    slopes = [share * d_alpha * alpha, share * d_beta * beta, d_never]
    return float(-(times * total).sum()), -np.array([(times * slope).sum() for slope in slopes])


def _scaled_loss(estimator: str, scale: float, n: FloatArray, c: FloatArray, times: FloatArray) -> Callable[[FloatArray], float]:
    """Negative log-likelihood of discretised success rates up to ``scale``, in log alpha and log beta."""
    low, high = np.maximum((c - 0.5) / n, 0) / scale, np.minimum((c + 0.5) / n / scale, 1)

    def loss(x: FloatArray) -> float:
        mass = _distribution(estimator, high, *np.exp(x)) - _distribution(estimator, low, *np.exp(x))
        return float(-(times * np.log(np.maximum(mass, 1e-300))).sum())

    return loss


def _distribution(estimator: str, x: FloatArray, alpha: float, beta: float) -> FloatArray:
    """The distribution function on [0, 1]."""
    if estimator == "scaled_beta":
        return np.asarray(betainc(alpha, beta, x))
    if estimator == "scaled_kumaraswamy":
        return np.asarray(-np.expm1(beta * np.log1p(-np.minimum(x**alpha, 1 - 1e-16))))
    raise ValueError(f"the estimator {estimator} does not exist; there are {', '.join(ESTIMATORS)}")


def _beta_binomial(x: FloatArray, n: FloatArray, c: FloatArray, times: FloatArray) -> tuple[float, FloatArray]:
    """Negative log-likelihood, less what does not depend on the shape, and its slope in log alpha and log beta."""
    alpha, beta = np.exp(x)
    value = -(times * (betaln(c + alpha, n - c + beta) - betaln(alpha, beta))).sum()
    d_alpha, d_beta = _beta_binomial_slopes(alpha, beta, n, c)
    return float(value), -np.array([(times * d_alpha).sum() * alpha, (times * d_beta).sum() * beta])


def _beta_binomial_slopes(alpha: float, beta: float, n: FloatArray, c: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Of each problem's log-likelihood in alpha and in beta."""
    common = digamma(alpha + beta) - digamma(n + alpha + beta)
    return np.asarray(digamma(c + alpha) - digamma(alpha) + common), np.asarray(digamma(n - c + beta) - digamma(beta) + common)


def _best(loss: Callable[..., Any], starts: Sequence[ArrayLike], bounds: list[tuple[float, float]], gradient: bool = False) -> FloatArray:
    """Where the loss is least, over several starts."""
    found: list[Any] = []
    for start in starts:
        inside = np.clip(np.asarray(start, dtype=np.float64), *np.array(bounds).T)
        found.append(
            minimize(loss, inside, jac=True, method="L-BFGS-B", bounds=bounds)
            if gradient
            else minimize(loss, inside, method="L-BFGS-B", bounds=bounds)
        )
    return np.asarray(min(found, key=lambda result: float(result.fun)).x)


def _merged(n: FloatArray, c: FloatArray, times: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Problems with the same counts in one."""
    pairs, inverse = np.unique(np.stack([n, c]), axis=1, return_inverse=True)
    numbers: IntArray = inverse.reshape(-1)
    return pairs[0], pairs[1], np.asarray(np.bincount(numbers, weights=times), dtype=np.float64)
