"""What counts say about chances of success that were not seen yet: posteriors on a grid, in place of the single best fit.

From few samples the likelihood is flat between a heavy left tail of p and many problems that are never solved, and its maximum lies anywhere on that ridge.
A mean over the ridge is a better forecast than any point of it.

Sums are einsums: threads that BLAS starts for products of this size cost more than the products.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, betaln, gammaln

from monkeys.statistics import FloatArray, IntArray

LOG_ALPHA, LOG_BETA = (-4.6, 4.0), (-2.0, 12.0)
"""The prior of a beta-binomial: flat in log alpha and in log beta."""
PRIOR_NEVER = 0.75
"""Prior chance that some share of the problems is never solved; the share is uniform then."""
GRID = (30, 30, 12)
TAIL_SHARE = 0.2
"""The left tail are problems with at most so large a share of passes."""
TAIL_SHAPE, TAIL_RATE = (-3.5, 1.5), (-6.0, 4.0)
"""The prior of a Gamma tail: flat in log shape, and in log of rate / samples."""
NEGLIGIBLE = 1e-7
"""Points of a grid that are less likely than the best by this factor are out of the refined grid."""


@dataclass(frozen=True, slots=True)
class Posterior:
    """Weighted points (alpha, beta, never) of a zero-inflated beta-binomial; shapes (M,), weights sum to 1."""

    alpha: FloatArray
    beta: FloatArray
    never: FloatArray
    weight: FloatArray

    def failure(self, ks: FloatArray) -> FloatArray:
        """E[(1 - p)^k] at each point, shape (M, K)."""
        part = np.exp(betaln(self.alpha[:, None], self.beta[:, None] + ks) - betaln(self.alpha, self.beta)[:, None])
        return np.asarray(np.maximum(self.never[:, None] + (1 - self.never[:, None]) * part, 1e-300))

    def remaining(self, ks: FloatArray, samples: FloatArray) -> FloatArray:
        """The chance that a problem unsolved in n samples is unsolved in k, posterior mean; shape (len(samples), K)."""
        return np.asarray(np.einsum("mn,mk->nk", self.weight[:, None] / self.failure(samples), self.failure(ks)))


def zero_inflated_posterior(samples: IntArray, correct: IntArray) -> Posterior:
    """The posterior of a zero-inflated beta-binomial, on a grid that is refined once around its mass.

    Args:
        samples: n, shape (problems,).
        correct: c, shape (problems,).
    """
    box = np.array([LOG_ALPHA, LOG_BETA, (0.0, 1.0)])
    points, logs = _evaluate(samples, correct, box)
    likely = logs > logs.max() + np.log(NEGLIGIBLE)
    steps = (box[:, 1] - box[:, 0]) / GRID
    for axis, values in enumerate((np.log(points[0]), np.log(points[1]), points[2])):
        inside = values[likely & (points[2] > 0)] if axis == 2 else values[likely]
        if inside.size:
            low, high = inside.min() - steps[axis], inside.max() + steps[axis]
            box[axis] = np.clip([low, high], box[axis, 0], box[axis, 1])
    points, logs = _evaluate(samples, correct, box)
    kept = logs > logs.max() + np.log(NEGLIGIBLE)
    weight = np.exp(logs[kept] - logs.max())
    return Posterior(points[0][kept], points[1][kept], points[2][kept], weight / weight.sum())


def _evaluate(samples: IntArray, correct: IntArray, box: FloatArray) -> tuple[tuple[FloatArray, FloatArray, FloatArray], FloatArray]:
    """Points at the middles of a grid's cells and, for never, at 0; and log likelihood x prior of each, shape (M,)."""
    middles = [low + (np.arange(number) + 0.5) * (high - low) / number for (low, high), number in zip(box, GRID, strict=True)]
    alpha, beta = np.exp(middles[0])[:, None, None], np.exp(middles[1])[None, :, None]
    never = np.concatenate([[0.0], middles[2]])
    inflated = PRIOR_NEVER * (box[2, 1] - box[2, 0]) / GRID[2]
    prior = np.log(np.concatenate([[1 - PRIOR_NEVER], np.full(GRID[2], inflated)]))
    pairs, times = np.unique(np.stack([samples, correct]), axis=1, return_counts=True)
    n, c = pairs.astype(np.float64)
    part = betaln(c + alpha, n - c + beta) - betaln(alpha, beta)
    solved = c > 0
    logs = (
        prior + np.einsum("abu,u->ab", part[..., solved], times[solved].astype(np.float64))[..., None] + float(times[solved].sum()) * np.log1p(-never)
    )
    for zero in np.flatnonzero(~solved):
        logs = logs + times[zero] * np.log(never + (1 - never) * np.exp(part[..., zero, None]))
    shape = logs.shape
    spread = [np.broadcast_to(axis, shape).ravel() for axis in (alpha, beta, never)]
    return (spread[0], spread[1], spread[2]), logs.ravel()


@dataclass(frozen=True, slots=True)
class GammaTail:
    """Weighted points (shape, rate) of the left tail of p, density ~ p^(shape - 1) exp(-rate p); shapes (M,), weights sum to 1."""

    shape: FloatArray
    rate: FloatArray
    weight: FloatArray

    def remaining(self, ks: FloatArray, samples: FloatArray) -> FloatArray:
        """As ``Posterior.remaining``: ((rate + n) / (rate + k))^shape, posterior mean."""
        rate, shape = self.rate[:, None], self.shape[:, None]
        start, end = -shape * np.log(rate + samples), -shape * np.log(rate + ks)
        return np.stack([np.einsum("m,mk->k", self.weight, np.exp(end - start[:, [place]])) for place in range(samples.size)])


def gamma_tail_posterior(samples: IntArray, correct: IntArray) -> GammaTail:
    """The posterior of a Gamma tail, from problems with at most ``TAIL_SHARE`` of their samples passed, given that they are such problems.

    Problems that are solved often do not tell how many are solved seldom. Here they have no say: passes of the others are negative binomial (Poisson at a
    Gamma-distributed rate), cut off at the limit.
    """
    limit = np.maximum(2, np.floor(TAIL_SHARE * samples)).astype(np.int64)
    tail = correct <= limit
    rows, times = np.unique(np.stack([samples, correct, limit])[:, tail], axis=1, return_counts=True)
    n, c, last = rows.astype(np.float64)
    middle = float(np.median(samples))
    shape = np.exp(np.linspace(*TAIL_SHAPE, 41))[:, None]
    rate = np.exp(np.linspace(*TAIL_RATE, 31))[None, :] * middle
    logs = np.zeros((shape.size, rate.size))
    for total, passed, most, number in zip(n, c, last, times, strict=True):
        chance = rate / (rate + total)
        part = gammaln(shape + passed) - gammaln(shape) + shape * np.log(chance) + passed * np.log1p(-chance)
        logs += number * (part - np.log(np.maximum(betainc(shape, most + 1, chance), 1e-300)))
    weight = np.exp(logs - logs.max())
    grid = np.broadcast_arrays(shape, rate)
    kept = (weight > NEGLIGIBLE).ravel()
    weights = weight.ravel()[kept]
    return GammaTail(grid[0].ravel()[kept], grid[1].ravel()[kept], weights / weights.sum())
