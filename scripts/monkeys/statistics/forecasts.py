"""Coverage beyond the samples that were drawn, from several estimators, each with its hold-out record; none is shown without.

The record: a tenth of each problem's samples is taken at random, everything is fitted to it, and the coverage of all the samples is predicted, as many times
the number of samples away as the forecast goes. On the seven Pythia curves of Brown et al., from 1,000 samples to 10,000, the estimator with the least
recorded error is off by 0.040 in the mean, for a tenth of the samples sees another part of the curve, where other estimators are good. The losses of one law and the
shapes of one population err alike (correlations above 0.95), so the mean of all gains little. What holds (0.023) is the mean of one estimator of
each kind, less those that the record shows to be far off: that is the recommended forecast, and it has a record of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.coverage import pass_at_k
from monkeys.statistics.populations import ESTIMATORS as POPULATIONS
from monkeys.statistics.populations import Population, fit_population
from monkeys.statistics.quantiles import normal_quantile
from monkeys.statistics.scaling_laws import LOSSES, fit_power_law, fitting_points, power_law

ESTIMATORS = {name: f"exponentiated power law, {loss}" for name, loss in LOSSES.items()} | POPULATIONS
RECOMMENDED = "recommended"
HOLD_OUTS = 20
"""Random tenths in a record."""
REFITS = 200
"""Resamples of the problems in a forecast's interval: every one is a fit of each estimator."""
KINDS = ("log", "log_log", "zero_inflated_beta_binomial")
"""What the recommended forecast may be made of: the law of Brown et al., the regression of Schaeffer et al., a population as of Kazdan et al."""
FAR_OFF = 3.0
"""Those whose recorded error is more than so many times the least of them are left out of it."""
ANCHOR = 5
"""Forecasts start from the coverage seen at a fifth of the samples: at n each problem is just solved or not, and so that coverage knows least."""
FEWEST_SAMPLES = 10
FEWEST_SOLVED = 3
POINTS = 30

Curve = Callable[[FloatArray], FloatArray]
"""Coverage at each k, shape (K,)."""


@dataclass(frozen=True, slots=True)
class Record:
    """How far off an estimator was in the hold-outs, in shares of the problems.

    Args:
        mean_absolute_error, bias, root_mean_square: of prediction - coverage at the end of the curve.
        hold_outs: in how many it could be fitted.
    """

    mean_absolute_error: float
    bias: float
    root_mean_square: float
    hold_outs: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """One estimator's forecast; ``coverage``, ``lower`` and ``upper`` have the shape of the ks asked for."""

    estimator: str
    description: str
    coverage: FloatArray
    lower: FloatArray
    upper: FloatArray
    record: Record


@dataclass(frozen=True, slots=True)
class Forecasts:
    """All that could be fitted, the recommended one first, and why others could not.

    Args:
        ks: numbers of samples, shape (K,), all beyond those drawn.
        samples: n that the forecasts start from.
        factor: how many times n the record predicts.
        forecasts: the recommended one first.
        members: estimators in the recommended one.
        left_out: reasons by estimator.
    """

    ks: IntArray
    samples: int
    factor: float
    forecasts: tuple[Forecast, ...]
    members: tuple[str, ...]
    left_out: dict[str, str]


def forecast_points(samples: int, largest: int) -> IntArray:
    """Whole k from behind ``samples`` to ``largest``, evenly on a log axis."""
    return np.unique(np.rint(np.geomspace(samples, largest, POINTS)).astype(np.int64))[1:]


def forecast_coverage(samples: ArrayLike, correct: ArrayLike, largest: int, confidence: float, seed: int) -> Forecasts:
    """Forecast coverage beyond the samples of every estimator, with intervals and records.

    Every forecast starts from coverage that was seen: 1 - (1 - c(m)) (1 - f(k)) / (1 - f(m)), where f is what was fitted and c(m) the coverage at m = n / ``ANCHOR``,
    so that a fit only says which part of what was unsolved then will be solved.

    Intervals join two doubts in quadrature: that about the problems (standard deviation of the forecasts over resamples of the problems), and
    that about the estimator (root mean square of its errors in the hold-outs).

    Args:
        samples: n, shape (problems,); the curve reaches to the smallest, from which the forecast goes on.
        correct: c, shape (problems,).
        largest: the last k, more than every n.
        confidence: level of the intervals.
        seed: of hold-outs and resamples.

    Raises:
        ValueError: there is too little for a hold-out, and so for a forecast; the message says what is missing.
    """
    n, c = np.asarray(samples, dtype=np.int64), np.asarray(correct, dtype=np.int64)
    smallest = int(n.min())
    if largest <= smallest:
        raise ValueError(f"{largest} samples is no forecast, for {smallest} were drawn")
    factor = largest / smallest
    held = np.maximum(np.rint(n / factor).astype(np.int64), 1)
    if int(held.min()) < FEWEST_SAMPLES:
        raise ValueError(
            f"a hold-out for {factor:g} times as many samples would have {int(held.min())} of {smallest} samples a problem, and needs {FEWEST_SAMPLES}; "
            "draw more, or look less far"
        )
    if int((c > 0).sum()) < FEWEST_SOLVED:
        raise ValueError(f"{int((c > 0).sum())} problems were solved; a forecast needs {FEWEST_SOLVED}")
    ks = forecast_points(smallest, largest)
    coverage = Coverage(n, c)
    curves, left_out = fit_curves(coverage)
    errors = _errors(n, c, held, curves, seed)
    for name in [name for name in curves if np.isfinite(errors[name]).sum() < HOLD_OUTS / 2]:
        left_out[name] = f"could be fitted in {np.isfinite(errors[name]).sum()} of {HOLD_OUTS} hold-outs only"
        del curves[name]
    if not curves:
        raise ValueError("no estimator could be fitted in half of the hold-outs; too few problems are solved in a tenth of the samples")
    recorded = {name: float(np.nanmean(np.abs(errors[name]))) for name in curves}
    kinds = [name for name in KINDS if name in curves] or list(curves)
    members = tuple(name for name in kinds if recorded[name] <= FAR_OFF * min(recorded[kind] for kind in kinds))
    errors[RECOMMENDED] = _mean([errors[name] for name in members])
    spread = _spread(coverage, ks, curves, members, seed)
    values = {name: curve(ks.astype(np.float64)) for name, curve in curves.items()}
    values[RECOMMENDED] = np.mean([values[name] for name in members], axis=0)
    # At k = n there is nothing to be wrong about; the recorded error is that at the far end.
    reach = np.log(ks / smallest) / np.log(factor)
    forecasts = []
    for name in (RECOMMENDED, *curves):
        record = _record(errors[name])
        half = normal_quantile((1 + confidence) / 2) * np.hypot(spread[name], record.root_mean_square * reach)
        lower, upper = np.clip(values[name] - half, 0, 1), np.clip(values[name] + half, 0, 1)
        description = f"mean of {len(members)} estimators" if name == RECOMMENDED else ESTIMATORS[name]
        forecasts.append(Forecast(name, description, values[name], lower, upper, record))
    return Forecasts(ks, smallest, factor, tuple(forecasts), members, left_out)


class Coverage:
    """Coverage of counts at given k, under changing weights of the problems; pass@k of each problem is computed once.

    Args:
        samples: n, shape (problems,).
        correct: c, shape (problems,).
    """

    def __init__(self, samples: IntArray, correct: IntArray) -> None:
        self.samples, self.correct, self.smallest = samples, correct, int(samples.min())
        self._points = np.unique(np.concatenate([fitting_points(self.smallest, name) for name in LOSSES] + [np.array([self.anchor, self.smallest])]))
        self._table = pass_at_k(samples, correct, self._points)

    @property
    def anchor(self) -> int:
        """The k from whose coverage forecasts start."""
        return max(1, self.smallest // ANCHOR)

    def at(self, ks: ArrayLike, weights: FloatArray) -> FloatArray:
        """Coverage at some of the k that fits and forecasts start from, shape (K,)."""
        return np.asarray(weights @ self._table[:, np.searchsorted(self._points, ks)] / weights.sum())


def fit_curves(
    coverage: Coverage, estimators: Sequence[str] = tuple(ESTIMATORS), weights: FloatArray | None = None, starts: Mapping[str, Curve] | None = None
) -> tuple[dict[str, Curve], dict[str, str]]:
    """Fit every estimator; curves that start from the coverage seen, and the reasons of those that could not be fitted.

    Args:
        coverage: of the counts.
        estimators: keys of ``ESTIMATORS``.
        weights: how often each problem counts; once by default.
        starts: earlier fits to begin at, which spares time.
    """
    times = np.ones(coverage.samples.size) if weights is None else weights
    curves: dict[str, Curve] = {}
    left_out: dict[str, str] = {}
    seen = float(coverage.at([coverage.anchor], times)[0])
    for name in estimators:
        fitted: Curve
        try:
            if name in LOSSES:
                points = fitting_points(coverage.smallest, name)
                a, b = fit_power_law(points, coverage.at(points, times), name)
                fitted = _Law(a, b)
            else:
                begin = starts[name] if starts else None
                start = begin.fitted.population if isinstance(begin, _Anchored) and isinstance(begin.fitted, _Drawn) else None
                fitted = _Drawn(fit_population(coverage.samples, coverage.correct, name, times, start))
        except ValueError as error:
            left_out[name] = str(error)
            continue
        curves[name] = _Anchored(fitted, coverage.anchor, seen)
    return curves, left_out


@dataclass(frozen=True, slots=True)
class _Law:
    """The exponentiated power law."""

    a: float
    b: float

    def __call__(self, k: FloatArray) -> FloatArray:
        return power_law(k, self.a, self.b)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A distribution of success."""

    population: Population

    def __call__(self, k: FloatArray) -> FloatArray:
        return self.population.pass_at_k(k)


@dataclass(frozen=True, slots=True)
class _Anchored:
    """What was fitted, from the coverage that was seen at ``samples`` on."""

    fitted: Curve
    samples: int
    seen: float

    def __call__(self, k: FloatArray) -> FloatArray:
        start = float(self.fitted(np.array([float(self.samples)]))[0])
        left = np.ones(k.size) if start >= 1 else np.clip((1 - self.fitted(k)) / (1 - start), 0, 1)
        return np.asarray(1 - (1 - self.seen) * left)


def _errors(n: IntArray, c: IntArray, held: IntArray, whole: Mapping[str, Curve], seed: int) -> dict[str, FloatArray]:
    """Prediction - coverage at the smallest n in each hold-out, NaN where it could not be fitted; shape (HOLD_OUTS,)."""
    generator = np.random.default_rng([seed, 1])
    smallest = int(n.min())
    truth = float(pass_at_k(n, c, [smallest]).mean())
    errors = {name: np.full(HOLD_OUTS, np.nan) for name in whole}
    for number in range(HOLD_OUTS):
        part = generator.hypergeometric(c, n - c, held)
        curves, _ = fit_curves(Coverage(held, part), tuple(whole), starts=whole)
        for name, curve in curves.items():
            errors[name][number] = float(curve(np.array([float(smallest)]))[0]) - truth
    return errors


def _spread(coverage: Coverage, ks: IntArray, curves: Mapping[str, Curve], members: Sequence[str], seed: int) -> dict[str, FloatArray]:
    """Standard deviation of the forecasts over resamples of the problems, shape (K,) each."""
    generator, problems = np.random.default_rng([seed, 2]), coverage.samples.size
    found: dict[str, list[FloatArray]] = {name: [] for name in (*curves, RECOMMENDED)}
    for _ in range(REFITS):
        weights = generator.multinomial(problems, np.full(problems, 1 / problems)).astype(np.float64)
        refitted, _ = fit_curves(coverage, tuple(curves), weights, curves)
        values = {name: curve(ks.astype(np.float64)) for name, curve in refitted.items()}
        for name, value in values.items():
            found[name].append(value)
        if chosen := [values[name] for name in members if name in values]:
            found[RECOMMENDED].append(np.mean(chosen, axis=0))
    return {name: np.std(values, axis=0) if values else np.zeros(ks.size) for name, values in found.items()}


def _mean(errors: Sequence[FloatArray]) -> FloatArray:
    """The mean of the members' errors in each hold-out, of those that could be fitted."""
    table = np.array(errors)
    number = np.isfinite(table).sum(axis=0)
    return np.where(number > 0, np.nansum(table, axis=0) / np.maximum(number, 1), np.nan)


def _record(errors: FloatArray) -> Record:
    known = errors[np.isfinite(errors)]
    return Record(float(np.abs(known).mean()), float(known.mean()), float(np.sqrt((known**2).mean())), int(known.size))
