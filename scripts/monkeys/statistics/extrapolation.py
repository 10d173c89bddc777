"""Estimators of what further samples will solve: of the problems that n samples left unsolved, the share that k samples leave unsolved.

All say the same kind of thing, so that every forecast begins at what was reached: at k = n the share is 1, and it never rises. Three look at the curve (laws),
three at the distribution of success behind it; the others are what the literature has, and stand beside them for comparison.
"""

from collections.abc import Callable, Mapping

import numpy as np

from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.populations import Population, fit_population
from monkeys.statistics.posterior import gamma_tail_posterior, zero_inflated_posterior
from monkeys.statistics.scaling_laws import fit_power_law, fitting_points
from monkeys.statistics.stopping import Stopping, estimate, reach

Remaining = Callable[[FloatArray, FloatArray], FloatArray]
"""Of numbers of samples ks, shape (K,), and of samples already drawn, shape (N,): the share that remains unsolved, shape (N, K), from 0 to 1."""

MEMBERS = {
    "log_log": "exponentiated power law, log-log regression (Schaeffer et al.)",
    "log_log_local": "the same, fitted to the last fifth of the curve",
    "log_odds_local": "log-odds of coverage linear in log k, over the last fifth of the curve",
    "beta_binomial": "beta-binomial, maximum likelihood (Kazdan et al.)",
    "zero_inflated_posterior": "beta-binomial with a share that is never solved, posterior mean",
    "gamma_tail": "Gamma tail of the problems that are seldom solved, posterior mean",
}
"""The recommended forecast is their mean."""
ESTIMATORS = MEMBERS | {
    "log": "exponentiated power law, least squares on log c (Brown et al.)",
    "linear": "exponentiated power law, least squares on c",
    "zero_inflated_beta_binomial": "beta-binomial with a share that is never solved, maximum likelihood",
    "no_growth": "no growth: what is unsolved stays unsolved",
}
LOCAL = 5
"""Local estimators look at the curve from n / 5 on."""


class Curve:
    """Counts with coverage at the k that estimators look at; pass@k of each problem is computed once.

    Args:
        samples: n, shape (problems,).
        correct: c, shape (problems,).
        rule: by which sampling stopped, if by one.
    """

    def __init__(self, samples: IntArray, correct: IntArray, rule: Stopping | None = None) -> None:
        self.samples, self.correct, self.smallest = samples, correct, reach(samples, correct, rule)
        points = [fitting_points(self.smallest, loss) for loss in ("log", "log_log")]
        self.points = np.unique(np.concatenate([*points, [self.local, self.smallest]]))
        self.coverage = estimate(samples, correct, self.points, rule).mean(axis=0)

    @property
    def local(self) -> int:
        """The k from which local estimators look."""
        return max(1, self.smallest // LOCAL)

    def at(self, ks: IntArray) -> FloatArray:
        """Coverage at some of ``points``."""
        return np.asarray(self.coverage[np.searchsorted(self.points, ks)])


def fit_estimator(curve: Curve, estimator: str) -> Remaining:
    """Fit an estimator to counts, and to nothing else.

    Args:
        curve: the counts.
        estimator: a key of ``ESTIMATORS``.

    Raises:
        ValueError: it cannot be fitted to these counts; the message says why.
    """
    return _FITS[estimator](curve)


def _law(loss: str, local: bool = False) -> Callable[[Curve], Remaining]:
    def fit(curve: Curve) -> Remaining:
        points = fitting_points(curve.smallest, loss)
        points = points[points >= curve.local] if local else points
        a, b = fit_power_law(points, curve.at(points), loss)

        def remaining(ks: FloatArray, samples: FloatArray) -> FloatArray:
            return np.asarray(np.expm1(a * ks**b)[None, :] / np.expm1(a * samples**b)[:, None])

        return remaining

    return fit


def _log_odds(curve: Curve) -> Remaining:
    start, end = curve.at(np.array([curve.local, curve.smallest]))
    if not 0 < start <= end < 1:
        raise ValueError(f"coverage goes from {start:.3g} to {end:.3g} in the last fifth of the curve; log-odds need a growth between 0 and 1")
    first, last = (np.log(value / (1 - value)) for value in (start, end))
    slope = (last - first) / np.log(curve.smallest / curve.local)

    def failure(ks: FloatArray) -> FloatArray:
        return np.asarray(1 / (1 + np.exp(last + slope * np.log(ks / curve.smallest))))

    return lambda ks, samples: np.asarray(failure(ks)[None, :] / failure(samples)[:, None])


def _population(estimator: str) -> Callable[[Curve], Remaining]:
    def fit(curve: Curve) -> Remaining:
        found: Population = fit_population(curve.samples, curve.correct, estimator)
        return lambda ks, samples: np.asarray(found.fail_at_k(ks)[None, :] / np.maximum(found.fail_at_k(samples), 1e-300)[:, None])

    return fit


_FITS: Mapping[str, Callable[[Curve], Remaining]] = {
    "log_log": _law("log_log"),
    "log_log_local": _law("log_log", local=True),
    "log_odds_local": _log_odds,
    "beta_binomial": _population("beta_binomial"),
    "zero_inflated_posterior": lambda curve: zero_inflated_posterior(curve.samples, curve.correct).remaining,
    "gamma_tail": lambda curve: gamma_tail_posterior(curve.samples, curve.correct).remaining,
    "log": _law("log"),
    "linear": _law("linear"),
    "zero_inflated_beta_binomial": _population("zero_inflated_beta_binomial"),
    "no_growth": lambda curve: lambda ks, samples: np.ones((samples.size, ks.size)),
}
