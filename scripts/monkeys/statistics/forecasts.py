"""Coverage beyond the samples that were drawn: one recommended forecast, single estimators beside it, and a hold-out record of each.

A forecast says what goes on sampling would give on these problems: what was solved stays solved, and of the unsolved problems an estimator says which share
remains so. It therefore begins on the observed curve, never falls and never goes below what was reached. The recommended forecast is the mean of the members'
shares, drawn towards no growth where less than about one more solved problem is expected. docs/tables/forecasts.md has the errors on many
curves, and those of rules that were chosen with whole sources of curves left out, made by tests/benchmarks/forecasts.py.

The record: a part of each problem's samples is taken at random, everything is fitted to that part alone, and the coverage of all samples is forecast.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr

from monkeys.statistics import FORECAST_SAMPLES, FloatArray, IntArray
from monkeys.statistics.coverage import checked_counts
from monkeys.statistics.extrapolation import ESTIMATORS, MEMBERS, Curve, Remaining, fit_estimator
from monkeys.statistics.posterior import zero_inflated_posterior
from monkeys.statistics.quantiles import beta_quantile, normal_quantile
from monkeys.statistics.stopping import Stopping, estimate, part_of, reach

RECOMMENDED = "recommended"
DESCRIPTION = f"mean of {len(MEMBERS)} estimators, drawn towards no growth where little is expected"
HOLD_OUTS = 20
"""Random parts in a record."""
FEWEST_HELD = 5
"""A hold-out with fewer samples a problem says nothing; then the record looks less far than the forecast, from this many or half of the samples."""
DRAWN_TO_NONE = 0.5
"""An expected number m of newly solved problems becomes m^2 / (m + this)."""
MODEL_DOUBT = 0.3
"""Standard deviation of log(growth) that estimators have in common, at k = 2 n and beyond; calibrated by tests/benchmarks/forecasts.py."""
NODES = 61
POINTS = 30


@dataclass(frozen=True, slots=True)
class Record:
    """How far off an estimator was in the hold-outs, in shares of the problems.

    Args:
        mean_absolute_error, bias, root_mean_square: of prediction - coverage at the end of the curve.
        hold_outs: in how many it could be fitted.
        inside: in how many of these the interval for these problems held the coverage; None for estimators without an interval.
    """

    mean_absolute_error: float
    bias: float
    root_mean_square: float
    hold_outs: int
    inside: int | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """Lower and upper bounds at each k, shape (K,) each."""

    lower: FloatArray
    upper: FloatArray


@dataclass(frozen=True, slots=True)
class Forecast:
    """One estimator's forecast, shape (K,), with intervals where it is the recommended one.

    Args:
        estimator, description: its name and what it is.
        coverage: at each k.
        record: its errors in the hold-outs.
        these: interval for the coverage of these problems, as if sampling went on.
        others: interval for the coverage of the population that the problems come from.
    """

    estimator: str
    description: str
    coverage: FloatArray
    record: Record
    these: Bounds | None = None
    others: Bounds | None = None


@dataclass(frozen=True, slots=True)
class Forecasts:
    """All that could be fitted, the recommended one first, and why others could not.

    Args:
        ks: numbers of samples, shape (K,); the first is ``samples``.
        samples: the smallest n, where the forecasts begin.
        factor: how many times as far as the samples the last k is.
        record_factor: how many times as far the record looks.
        forecasts: the recommended one first.
        members: estimators in the recommended one.
        left_out: reasons by estimator.
    """

    ks: IntArray
    samples: int
    factor: float
    record_factor: float
    forecasts: tuple[Forecast, ...]
    members: tuple[str, ...]
    left_out: dict[str, str]


def forecast_points(samples: int, largest: int) -> IntArray:
    """Whole k from ``samples`` to ``largest``, evenly on a log axis."""
    return np.unique(np.rint(np.geomspace(samples, largest, POINTS)).astype(np.int64))


def forecast_coverage(samples: ArrayLike, correct: ArrayLike, largest: int, confidence: float, seed: int, rule: Stopping | None = None) -> Forecasts:
    """Forecast coverage beyond the samples by every estimator, with records, and with intervals of the recommended one.

    Args:
        samples: n, shape (problems,); where they differ, the forecast begins at the smallest and uses what the others know.
        correct: c, shape (problems,).
        largest: the last k, more than the smallest n.
        confidence: level of the intervals.
        seed: of the hold-outs.
        rule: by which sampling stopped, if by one; the forecast begins where the curve ends then.

    Raises:
        ValueError: there is too little to forecast from; the message says what is missing.
    """
    n, c = checked_counts(samples, correct)
    smallest = reach(n, c, rule)
    if largest <= smallest:
        raise ValueError(f"{largest} samples is no forecast, for {smallest} were drawn")
    if smallest < FORECAST_SAMPLES:
        raise ValueError(f"a forecast needs {FORECAST_SAMPLES} samples of each problem, and one has {smallest}")
    if not c.any():
        tail, problems = (1 - confidence) / 2, n.size
        most = min(1.0, float(largest / smallest * beta_quantile(1 - tail, 1.0, float(problems))))
        raise ValueError(
            f"no problem was solved; of problems like these at most {most:.1%} are solved with {largest} samples ({confidence:.0%}, exact)"
        )
    ks = forecast_points(smallest, largest)
    held = held_samples(n, smallest, largest / smallest)
    errors, inside = hold_out_errors(n, c, held, confidence, seed, rule)
    whole = Extrapolation(n, c, rule)
    left_out = dict(whole.left_out)
    recommended = whole.recommended(ks)
    forecasts = [
        Forecast(
            RECOMMENDED,
            DESCRIPTION,
            recommended,
            _record(errors[RECOMMENDED], inside),
            whole.these(ks, confidence),
            whole.others(ks, confidence),
        )
    ]
    for name in whole.fitted:
        if not np.isfinite(errors[name]).any():
            left_out[name] = "could be fitted in none of the hold-outs, so that it has no record"
            continue
        forecasts.append(Forecast(name, ESTIMATORS[name], whole.single(name, ks), _record(errors[name])))
    return Forecasts(
        ks,
        smallest,
        largest / smallest,
        smallest / int(np.rint(smallest * _held_share(smallest, largest / smallest))),
        tuple(forecasts),
        tuple(whole.members),
        left_out,
    )


def held_samples(samples: IntArray, smallest: int, factor: float) -> IntArray:
    """How many of each problem's samples a hold-out has: n / factor where these are enough, else what leaves ``FEWEST_HELD``, or half of the samples.

    Args:
        samples: n, shape (problems,).
        smallest: where the curve ends.
        factor: how many times as far the forecast goes.
    """
    return np.maximum(np.rint(np.maximum(samples, smallest) * _held_share(smallest, factor)).astype(np.int64), 1)


def _held_share(smallest: int, factor: float) -> float:
    return max(1 / factor, min(FEWEST_HELD, smallest // 2) / smallest)


def hold_out_errors(
    samples: IntArray, correct: IntArray, held: IntArray, confidence: float, seed: int, rule: Stopping | None = None
) -> tuple[dict[str, FloatArray], int]:
    """Prediction - coverage at the smallest n in each hold-out, by estimator, NaN where it could not be fitted; and how many intervals held it.

    Each hold-out is forecast by the same code as the whole, which sees the hold-out's counts and nothing else.

    Args:
        samples: n, shape (problems,).
        correct: c, shape (problems,).
        held: samples of each problem in a hold-out, shape (problems,).
        confidence: level of the intervals.
        seed: of the hold-outs.
        rule: by which sampling stopped, if by one.
    """
    generator = np.random.default_rng([seed, 1])
    end = np.array([reach(samples, correct, rule)])
    truth = float(estimate(samples, correct, end, rule).mean())
    errors = {name: np.full(HOLD_OUTS, np.nan) for name in (RECOMMENDED, *ESTIMATORS)}
    inside = 0
    for number in range(HOLD_OUTS):
        part = Extrapolation(*part_of(samples, correct, held, rule, generator), rule)
        errors[RECOMMENDED][number] = part.recommended(end)[0] - truth
        bounds = part.these(end, confidence)
        inside += bool(bounds.lower[0] - 1e-9 <= truth <= bounds.upper[0] + 1e-9)
        for name in part.fitted:
            errors[name][number] = part.single(name, end)[0] - truth
    return errors, inside


class Extrapolation:
    """Counts, all estimators that can be fitted to them, and what they forecast.

    Args:
        samples: n, shape (problems,).
        correct: c, shape (problems,).
        rule: by which sampling stopped, if by one.
        estimators: keys of ``ESTIMATORS`` to fit.
    """

    def __init__(self, samples: IntArray, correct: IntArray, rule: Stopping | None = None, estimators: Sequence[str] = tuple(ESTIMATORS)) -> None:
        self.samples, self.correct, self._rule = samples, correct, rule
        self._smallest = reach(samples, correct, rule)
        self.fitted: dict[str, Remaining] = {}
        self.left_out: dict[str, str] = {}
        self._unsolved = np.sort(samples[correct == 0]).astype(np.float64)
        self._shares: dict[tuple[int, ...], Mapping[str, FloatArray]] = {}
        curve = Curve(samples, correct, rule)
        for name in estimators:
            try:
                self.fitted[name] = fit_estimator(curve, name)
            except ValueError as error:
                self.left_out[name] = str(error)

    @property
    def members(self) -> list[str]:
        """Of the recommended forecast; the posterior means can always be fitted."""
        return [name for name in MEMBERS if name in self.fitted]

    def single(self, estimator: str, ks: IntArray) -> FloatArray:
        """Coverage at each k by one estimator, shape (K,)."""
        return self._coverage(ks, self._gains(ks)[estimator])

    def recommended(self, ks: IntArray) -> FloatArray:
        """Coverage at each k by the mean of the members, shape (K,)."""
        return self._coverage(ks, self._recommended_gain(ks))

    def these(self, ks: IntArray, confidence: float) -> Bounds:
        """An interval for what these problems reach: the number that is newly solved is binomial, with a chance that is itself in doubt."""
        solved, unsolved = self._known(ks), self._open(ks)
        chances = self._chances(ks, unsolved)
        tail, problems = (1 - confidence) / 2, self.samples.size
        lower, upper = solved.copy(), solved.copy()
        for place in np.flatnonzero(unsolved):
            number = np.arange(unsolved[place] + 1)
            reached = bdtr(number[:, None], unsolved[place], chances[:, place]).mean(axis=1)
            lower[place] += np.searchsorted(reached, tail) / problems
            upper[place] += min(int(np.searchsorted(reached, 1 - tail)), int(unsolved[place])) / problems
        centre = self.recommended(ks)
        return Bounds(np.minimum(np.maximum.accumulate(lower), centre), np.maximum(np.maximum.accumulate(upper), centre))

    def others(self, ks: IntArray, confidence: float) -> Bounds:
        """An interval for problems of the same kind: the share that n samples solve is in doubt too, by Clopper and Pearson.

        Two bounds hold whatever the population: coverage at k is at least that at n, and at most k / n times it, as it is concave in k.
        """
        solved, problems = int((self.correct > 0).sum()), self.samples.size
        tail, smallest = (1 - confidence) / 2, self._smallest
        at_smallest = float(estimate(self.samples, self.correct, [smallest], self._rule).mean()) * problems
        ranks = (np.arange(NODES) + 0.5) / NODES
        low = beta_quantile(ranks, max(solved, 1e-9), problems - solved + 1.0) if solved else np.zeros(NODES)
        high = beta_quantile(ranks, solved + 1.0, max(problems - solved, 1e-9)) if solved < problems else np.ones(NODES)
        first = float(beta_quantile(tail, max(at_smallest, 1e-9), problems - at_smallest + 1)) if at_smallest > 0 else 0.0
        last = float(beta_quantile(1 - tail, at_smallest + 1, max(problems - at_smallest, 1e-9))) if at_smallest < problems else 1.0
        left = 1 - self._chances(ks, self._open(ks))
        shares = [
            np.quantile((1 - (1 - share[:, None, None]) * left).reshape(-1, ks.size), rank, axis=0) for share, rank in ((low, tail), (high, 1 - tail))
        ]
        # Where problems have more samples than the smallest n, what they reached is not reached at k yet.
        behind = self._known(ks) - solved / problems
        centre = self.recommended(ks)
        lower = np.minimum(np.maximum(shares[0] + behind, first), centre)
        upper = np.maximum(np.minimum(np.minimum(shares[1] + np.minimum(behind, 0), 1), last * ks / smallest), centre)
        lower[0], upper[0] = (min(first, centre[0]), max(last, centre[0])) if ks[0] == smallest else (lower[0], upper[0])
        return Bounds(np.maximum.accumulate(lower), np.maximum.accumulate(upper))

    def _known(self, ks: IntArray) -> FloatArray:
        """The part of coverage at each k that is no forecast: problems with k samples by the unbiased estimate, others that were solved as solved."""
        values = estimate(self.samples, self.correct, ks, self._rule)
        return np.asarray(np.where(np.isnan(values), (self.correct > 0)[:, None], values).mean(axis=0))

    def _open(self, ks: IntArray) -> IntArray:
        """How many unsolved problems have fewer than k samples, shape (K,)."""
        return np.searchsorted(self._unsolved, ks, side="left").astype(np.int64)

    def _gains(self, ks: IntArray) -> Mapping[str, FloatArray]:
        """How many problems each estimator expects to be newly solved at each k, shape (K,)."""
        key = tuple(ks.tolist())
        if key not in self._shares:
            numbers, times = np.unique(self._unsolved, return_counts=True)
            found = {}
            for name, remaining in self.fitted.items():
                gain: FloatArray = np.zeros(ks.size)
                if numbers.size:
                    left = np.clip(np.nan_to_num(remaining(ks.astype(np.float64), numbers), nan=1.0), 0, 1)
                    gain = np.asarray(times.astype(np.float64) @ np.where(ks > numbers[:, None], 1 - left, 0))
                found[name] = np.maximum.accumulate(gain)
            self._shares[key] = found
        return self._shares[key]

    def _recommended_gain(self, ks: IntArray) -> FloatArray:
        gains = self._gains(ks)
        mean = np.mean([gains[name] for name in self.members], axis=0)
        return np.asarray(mean**2 / (mean + DRAWN_TO_NONE))

    def _coverage(self, ks: IntArray, gain: FloatArray) -> FloatArray:
        return np.asarray(np.minimum(np.maximum.accumulate(self._known(ks) + gain / self.samples.size), 1))

    def _chances(self, ks: IntArray, unsolved: IntArray) -> FloatArray:
        """Of an unsolved problem to be solved at each k, at equally likely values of the doubt about growth; shape (NODES, K).

        Growth is the cumulative hazard -log(share that remains). Its log is in doubt by what estimators disagree on or the posterior leaves open, whichever is
        more, and by what they have in common; and at least by the posterior's own quantiles.
        """
        count = np.maximum(unsolved, 1)
        least = 1 / (4 * count)
        gains = self._gains(ks)
        growth = np.array([-np.log1p(-np.clip(gains[name] / count, least, 1 - 1e-12)) for name in self.members])
        start, posterior = self._smallest, zero_inflated_posterior(self.samples, self.correct)
        failure = posterior.failure(np.concatenate([[start], ks]).astype(np.float64))
        seen = np.log(np.maximum(np.log(failure[:, :1] / failure[:, 1:]), least))
        mean = np.einsum("m,mk->k", posterior.weight, seen)
        left_open = np.sqrt(np.maximum(np.einsum("m,mk->k", posterior.weight, (seen - mean) ** 2), 0))
        shared = MODEL_DOUBT * np.minimum(1, np.log(ks / start) / np.log(2))
        doubt = np.hypot(np.maximum(np.log(growth).std(axis=0), left_open), shared)
        centre = -np.log1p(-np.clip(self._recommended_gain(ks) / count, least, 1 - 1e-12))
        ranks = (np.arange(NODES) + 0.5) / NODES
        steps = np.array([normal_quantile(rank) for rank in ranks])[:, None]
        values = np.log(centre) + steps * doubt
        # The posterior's own quantiles where they are further out: that many problems are never solved makes a long tail towards no growth.
        own = np.stack([_weighted_quantiles(column, posterior.weight, ranks) for column in seen.T], axis=1)
        values = np.where(steps < 0, np.minimum(values, own), np.maximum(values, own))
        chances = -np.expm1(-np.exp(values))
        return np.asarray(np.where((unsolved > 0) & (ks > start), chances, 0.0))


def _weighted_quantiles(values: FloatArray, weights: FloatArray, ranks: FloatArray) -> FloatArray:
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    return np.asarray(values[order][np.minimum(np.searchsorted(reached, ranks), values.size - 1)])


def _record(errors: FloatArray, inside: int | None = None) -> Record:
    known = errors[np.isfinite(errors)]
    return Record(float(np.abs(known).mean()), float(known.mean()), float(np.sqrt((known**2).mean())), int(known.size), inside)
