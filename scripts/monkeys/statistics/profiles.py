"""Profile-likelihood intervals: the values of one parameter with which the others can still make the counts about as likely as the best fit does.

A bootstrap that begins every refit at the fit stays in its valley, and says [0, 0] of a share that may as well be 24 %. A profile follows the ridge.
"""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import brentq, minimize

from monkeys.statistics import FloatArray

Loss = Callable[[FloatArray], tuple[float, FloatArray]]
"""Negative log-likelihood and its slope at a point, shape (parameters,)."""
STEP = 0.25
GROWTH = 1.7
PRECISION = 1e-3


def threshold(problems: int, solved: int, parameters: int, confidence: float) -> float:
    """By how much the negative log-likelihood may rise above its least: half the squared quantile of Student's t, which is that of chi-squared for many problems.

    Degrees of freedom are the problems, but at most twice those that were solved, less the parameters: unsolved problems that have no solved ones beside them
    tell little about a shape. Twice is a calibration (docs/tables/laws.md). Infinite where none are left.
    """
    from scipy.special import stdtrit

    free = min(problems, 2 * solved) - parameters
    return float(stdtrit(free, (1 + confidence) / 2) ** 2 / 2) if free > 0 else np.inf


def profile_interval(
    loss: Loss, best: FloatArray, place: int, bounds: Sequence[tuple[float, float]], rise: float, starts: Sequence[FloatArray] = ()
) -> tuple[float, float]:
    """Where the profile of one parameter has risen by ``rise``, on either side of the best fit; the parameter's own bound where it has not.

    Args:
        loss: as ``Loss``.
        best: where it is least, shape (parameters,).
        place: the parameter's position.
        bounds: of all parameters.
        rise: of ``threshold``.
        starts: further points from which the other parameters are fitted at every value, for losses with flat places that a search does not leave.
    """
    profile = _Profile(loss, place, bounds, starts)
    least = loss(best)[0]
    low, high = (_side(profile, best, least, least + rise, edge, sign) for edge, sign in zip(bounds[place], (-1, 1), strict=True))
    return low, high


class _Profile:
    """The least loss with one parameter held, and where it is."""

    def __init__(self, loss: Loss, place: int, bounds: Sequence[tuple[float, float]], starts: Sequence[FloatArray]) -> None:
        self._loss, self.place, self._starts = loss, place, starts
        self._others = [number for number in range(len(bounds)) if number != place]
        self._bounds = [bounds[number] for number in self._others]

    def __call__(self, at: float, near: FloatArray) -> tuple[float, FloatArray]:
        def whole(x: FloatArray) -> FloatArray:
            point = np.empty(near.size)
            point[self.place], point[self._others] = at, x
            return point

        def rest(x: FloatArray) -> tuple[float, FloatArray]:
            value, slope = self._loss(whole(x))
            return value, slope[self._others]

        found = [minimize(rest, start[self._others], jac=True, method="L-BFGS-B", bounds=self._bounds) for start in (near, *self._starts)]
        best = min(found, key=lambda one: float(one.fun))
        return float(best.fun), whole(best.x)


def _side(profile: _Profile, best: FloatArray, least: float, limit: float, edge: float, sign: int) -> float:
    if not np.isfinite(limit):
        return edge
    inner, held, around, step = float(best[profile.place]), least, best, STEP
    while inner != edge:
        outer = max(inner - step, edge) if sign < 0 else min(inner + step, edge)
        value, there = profile(outer, around)
        if value > limit:
            return _crossing(profile, around, limit, {inner: held, outer: value})
        inner, held, around, step = outer, value, there, step * GROWTH
    return edge


def _crossing(profile: _Profile, near: FloatArray, limit: float, known: dict[float, float]) -> float:
    """Between an inner and an outer value, whose losses are ``known``: brentq asks for them again."""
    inner, outer = known

    def above(at: float) -> float:
        return (known[at] if at in known else profile(at, near)[0]) - limit

    return float(brentq(above, inner, outer, xtol=PRECISION, rtol=1e-6))
