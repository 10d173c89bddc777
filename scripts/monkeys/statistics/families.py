"""Families of models, whose coverage curves have one shape and differ by a shift on the log axis of k (Brown et al., arXiv 2407.21787, fig. 6).

The figure shifts each model's curve left by log(pass@k^-1(c0)), c0 being the best pass@1 in the family, and shows that the curves then lie on each
other. Here a number says how well they do.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.coverage import log_spaced, resample_weights
from monkeys.statistics.stopping import Stopping, estimate, reach

CURVE_POINTS = 400
"""Of a curve, about so many k are used, evenly spaced on a log axis; of up to a few dozen samples, every k."""
GAP_POINTS = 100
SHORTEST = 2.0
"""Curves are compared over at least a doubling of k: near the point through which the shift puts all of them, they always coincide."""


@dataclass(frozen=True, slots=True)
class ModelCurve:
    """Coverage of one model at each k; shapes (K,), shares from 0 to 1."""

    k: IntArray
    coverage: FloatArray


@dataclass(frozen=True, slots=True)
class Family:
    """How well the curves of a family coincide.

    A **gap** is the mean absolute difference in coverage between two of the models, over all pairs and over 100 points evenly spaced in log k from 1 to
    ``reach``, where every curve is known after the shift. It has the unit of coverage: 0.01 is one percentage point.

    Args:
        target: c0, the best pass@1 of the family.
        shift: pass@k^-1(c0) of each model, in the order given; None for one that is left out.
        left_out: why, for each model; None for one that is used.
        reach: the end of the common range, in shifted k; it begins at 1.
        after: the gap between the shifted curves.
        before: the gap between the curves as they are, over the same k, so that the shift is all that differs.
        after_interval, before_interval: percentile bootstrap intervals over problems.
        replicates: resamples in which all models that are used could be shifted.
    """

    target: float
    shift: tuple[float | None, ...]
    left_out: tuple[str | None, ...]
    reach: float
    after: float
    before: float
    after_interval: tuple[float, float]
    before_interval: tuple[float, float]
    replicates: int


def samples_to_reach(k: ArrayLike, coverage: ArrayLike, target: float) -> float | None:
    """The inverse of a coverage curve: the smallest real k with pass@k >= target, linear in log k between neighbouring points.

    Args:
        k: shape (K,), ascending.
        coverage: shape (K,), a share at each k.
        target: a share.

    Returns:
        k, or None where the curve ends below the target. A curve that begins above it is taken to reach it at its first k.
    """
    ks, values = np.asarray(k, dtype=np.float64), np.asarray(coverage, dtype=np.float64)
    # Means that are equal may differ by their rounding.
    reached = values >= target * (1 - 1e-12)
    if not reached.any():
        return None
    first = int(np.argmax(reached))
    if first == 0:
        return float(ks[0])
    part = min(1.0, (target - values[first - 1]) / (values[first] - values[first - 1]))
    return float(ks[first - 1] * (ks[first] / ks[first - 1]) ** part)


def gap(curves: Sequence[ModelCurve], shifts: Sequence[float], reach: float) -> float:
    """Mean absolute difference in coverage between two curves, over all pairs and over k / shift from 1 to ``reach`` (see ``Family``)."""
    grid = np.linspace(0, np.log(reach), GAP_POINTS)
    values = [np.interp(grid, np.log(curve.k / shift), curve.coverage) for curve, shift in zip(curves, shifts, strict=True)]
    first, second = np.triu_indices(len(values), 1)
    table = np.array(values)
    return float(np.abs(table[first] - table[second]).mean())


def model_curve(samples: ArrayLike, correct: ArrayLike, rule: Stopping | None = None) -> ModelCurve:
    """Coverage of counts, each of shape (problems,), at about ``CURVE_POINTS`` k up to where the curve ends; by the rule by which sampling stopped, if by one."""
    table, ks = _table(samples, correct, rule)
    return ModelCurve(ks, table.mean(axis=0))


def compare_family(
    samples: ArrayLike, correct: ArrayLike, bootstrap: int, confidence: float, seed: int, rules: Sequence[Stopping | None] | None = None
) -> Family:
    """Shift the curves of a family onto each other, and measure how well they coincide.

    Problems are resampled for all models together, since the models met the same ones; in each resample c0, the shifts and the common range are found
    anew.

    Args:
        samples: n, shape (models, problems).
        correct: c, shape (models, problems).
        bootstrap: number of resamples.
        confidence: level of the intervals.
        seed: of the resampling.
        rules: by which sampling of each model stopped; None where n was fixed beforehand.

    Raises:
        ValueError: fewer than two curves can be compared; the message says why. Or a count is out of its range.
    """
    n, c = np.asarray(samples, dtype=np.int64), np.asarray(correct, dtype=np.int64)
    if n.shape != c.shape or n.ndim != 2 or n.size == 0:
        raise ValueError(f"samples and correct must have the shape (models, problems), but have {n.shape} and {c.shape}")
    tables = [_table(*of_model) for of_model in zip(n, c, rules or [None] * len(n), strict=True)]
    curves = [ModelCurve(ks, table.mean(axis=0)) for table, ks in tables]
    target = max(float(curve.coverage[0]) for curve in curves)
    left_out = tuple(_why_left_out(curve, target) for curve in curves)
    used = [number for number, reason in enumerate(left_out) if reason is None]
    if len(used) < 2:
        raise ValueError(_too_few(left_out))
    shifted = _gaps([curves[number] for number in used])
    assert shifted is not None  # each of them reaches c0, and a doubling remains
    weights = resample_weights(n.shape[1], bootstrap, seed)
    replicates = [weights @ tables[number][0] for number in used]
    found = []
    for row in range(bootstrap):
        again = _gaps([ModelCurve(tables[number][1], values[row]) for number, values in zip(used, replicates, strict=True)])
        if again is not None:
            found.append((again.after, again.before))
    if not found:
        raise ValueError("in no resample of the problems do all curves reach c0; too few problems are solved")
    tail = (1 - confidence) / 2
    (after_lower, before_lower), (after_upper, before_upper) = np.quantile(np.array(found), [tail, 1 - tail], axis=0).tolist()
    shifts = dict(zip(used, shifted.shifts, strict=True))
    return Family(
        target=target,
        shift=tuple(shifts.get(number) for number in range(len(curves))),
        left_out=left_out,
        reach=shifted.reach,
        after=shifted.after,
        before=shifted.before,
        after_interval=(after_lower, after_upper),
        before_interval=(before_lower, before_upper),
        replicates=len(found),
    )


@dataclass(frozen=True, slots=True)
class _Gaps:
    shifts: list[float]
    reach: float
    after: float
    before: float


def _table(samples: ArrayLike, correct: ArrayLike, rule: Stopping | None) -> tuple[FloatArray, IntArray]:
    n, c = np.asarray(samples, dtype=np.int64), np.asarray(correct, dtype=np.int64)
    if n.min() < 1:
        raise ValueError("each problem needs a sample")
    ks = np.unique(log_spaced(reach(n, c, rule), CURVE_POINTS))
    return estimate(n, c, ks, rule), ks


def _gaps(curves: Sequence[ModelCurve]) -> _Gaps | None:
    """None where a curve does not reach c0, or reaches it with less than ``SHORTEST`` left behind it."""
    target = max(curve.coverage[0] for curve in curves)
    if target == 0:
        return None
    shifts = [samples_to_reach(curve.k, curve.coverage, target) for curve in curves]
    known = [shift for shift in shifts if shift is not None]
    if len(known) < len(curves):
        return None
    reach = min(curve.k[-1] / shift for curve, shift in zip(curves, known, strict=True))
    if reach < SHORTEST:
        return None
    return _Gaps(known, float(reach), gap(curves, known, reach), gap(curves, [1.0] * len(curves), reach))


def _why_left_out(curve: ModelCurve, target: float) -> str | None:
    last, end = int(curve.k[-1]), float(curve.coverage[-1])
    if end == 0:
        return f"solves no problem in {last} samples"
    shift = samples_to_reach(curve.k, curve.coverage, target)
    if shift is None:
        return f"coverage ends at {end:.2%} at k = {last}, below c0 = {target:.2%}"
    if last / shift < SHORTEST:
        return f"reaches c0 = {target:.2%} only at k = {shift:.0f} of {last}, with less than a doubling of k left to compare"
    return None


def _too_few(left_out: Sequence[str | None]) -> str:
    reasons = [reason for reason in dict.fromkeys(left_out) if reason is not None]
    others = f" (left out: {'; '.join(reasons)})" if reasons else ""
    return f"{left_out.count(None)} of {len(left_out)} curves can be shifted, a comparison needs two{others}"
