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
from monkeys.statistics.coverage import log_spaced, pass_at_k
from monkeys.statistics.scaling_laws import ERROR_POINTS

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
REFITS = 200
"""Resamples for an interval; a fit takes milliseconds, and ends of 95 % intervals are known well enough by so many."""
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
    """A population with percentile bootstrap intervals over problems, and its error.

    Args:
        alpha, beta, scale, never: as in ``Population``.
        alpha_interval, beta_interval, never_interval: from ``REFITS`` resamples.
        error_mean, error_sd: of |coverage - population's| on 100 log-spaced k.
        replicates: resamples that could be fitted.
    """

    alpha: float
    beta: float
    scale: float
    never: float
    alpha_interval: tuple[float, float]
    beta_interval: tuple[float, float]
    never_interval: tuple[float, float]
    error_mean: float
    error_sd: float
    replicates: int


def fit_with_intervals(samples: ArrayLike, correct: ArrayLike, estimator: str, confidence: float, seed: int) -> FittedPopulation:
    """Fit a distribution of success, and refit it to resamples of the problems.

    Args:
        samples: n, shape (problems,).
        correct: c, shape (problems,).
        estimator: a key of ``ESTIMATORS``.
        confidence: level of the intervals.
        seed: of the resampling.

    Raises:
        ValueError: as ``fit_population``.
    """
    n, c = np.asarray(samples, dtype=np.int64), np.asarray(correct, dtype=np.int64)
    fitted = fit_population(n, c, estimator)
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(REFITS):
        try:
            again = fit_population(n, c, estimator, generator.multinomial(n.size, np.full(n.size, 1 / n.size)), fitted)
        except ValueError:
            continue
        found.append((again.alpha, again.beta, again.never))
    tail = (1 - confidence) / 2
    bounds = np.quantile(np.array(found), [tail, 1 - tail], axis=0).T if found else np.full((3, 2), np.nan)
    ks = log_spaced(int(n.min()), ERROR_POINTS)
    error = np.abs(pass_at_k(n, c, ks).mean(axis=0) - fitted.pass_at_k(ks))
    alpha, beta, never = ((float(low), float(high)) for low, high in bounds)
    shape = (fitted.alpha, fitted.beta, fitted.scale, fitted.never)
    return FittedPopulation(*shape, alpha, beta, never, float(error.mean()), float(error.std()), len(found))


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
    low, high = np.maximum((c - 0.5) / n, 0) / scale, np.minimum((c + 0.5) / n / scale, 1)

    def loss(x: FloatArray) -> float:
        mass = _distribution(estimator, high, *np.exp(x)) - _distribution(estimator, low, *np.exp(x))
        return float(-(times * np.log(np.maximum(mass, 1e-300))).sum())

    found = _best(loss, [np.log(shape) for shape in shapes], SHAPE_BOUNDS)
    return Population(estimator, float(np.exp(found[0])), float(np.exp(found[1])), scale)


def _fit_zero_inflated(n: FloatArray, c: FloatArray, times: FloatArray, start: Population | None) -> Population:
    """The share of problems that are never solved goes up to that of the unsolved ones and no further, so that it cannot run away from the data.

    Where few samples were drawn, an unsolved problem says little about whether it ever will be: the likelihood is flat from a heavy left tail without such
    problems to a light one with many.
    """
    unsolved = float(times[c == 0].sum() / times.sum())
    zero = c == 0

    def loss(x: FloatArray) -> tuple[float, FloatArray]:
        alpha, beta, never = np.exp(x[0]), np.exp(x[1]), expit(x[2]) * unsolved
        part = betaln(c + alpha, n - c + beta) - betaln(alpha, beta)
        rest = np.log1p(-never) + part
        total = np.where(zero, np.logaddexp(np.log(never), rest), rest)
        share = np.exp(rest - total)  # of the likelihood that comes from the beta-binomial
        d_alpha, d_beta = _beta_binomial_slopes(alpha, beta, n, c)
        d_never = np.where(zero, np.exp(np.where(zero, np.log(never) - total, 0)) * -np.expm1(part), -never / (1 - never)) * (1 - expit(x[2]))
        slopes = [share * d_alpha * alpha, share * d_beta * beta, d_never]
        return float(-(times * total).sum()), -np.array([(times * slope).sum() for slope in slopes])

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
