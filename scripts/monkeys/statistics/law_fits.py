"""Least squares of c = exp(a k^b) to many curves at once, as bootstrap intervals need: thousands of fits in a fraction of a second."""

from typing import Any

import numpy as np

from monkeys.statistics import FloatArray

EXPONENTS = (-12.0, 1.0)
"""Where b is looked for. A curve that is done after one sample has no finite b."""
GRID = 79
STEPS = 48
"""Golden sections after the grid: b to 1e-10."""
ROUNDS = 60
"""Of Levenberg and Marquardt."""
_GOLDEN = (np.sqrt(5) - 1) / 2


def fit_curves(k: FloatArray, curves: FloatArray, loss: str) -> FloatArray:
    """(a, b) of each curve by the loss; the same minimum as ``fit_power_law`` finds for one.

    Args:
        k: shape (K,).
        curves: coverage, shape (curves, K).
        loss: a key of ``monkeys.statistics.scaling_laws.LOSSES``; of ``log_distinct`` the ks have no duplicates.

    Returns:
        Shape (curves, 2); NaN where fewer than three different k have a coverage above 0 (and below 1 for ``log_log``), where coverage does not
        grow, or where the fit is no law (a >= 0 or b >= 0).
    """
    used = curves > 0
    if loss == "log_log":
        used &= curves < 1
    # k are in ascending order, so that each first of equal ones stands for them.
    first = np.concatenate([[True], np.diff(k) > 0])
    enough = np.array([np.unique(k[row]).size >= 3 for row in used]) if not first.all() else used.sum(axis=1) >= 3
    highest, lowest = (np.where(used, curves, fill) for fill in (-np.inf, np.inf))
    enough &= highest.max(axis=1) - lowest.min(axis=1) >= 1e-12
    found = np.full((curves.shape[0], 2), np.nan)
    if not enough.any():
        return found
    rows, weight = curves[enough], used[enough].astype(np.float64)
    safe = np.where(weight > 0, rows, 0.5)
    if loss == "log_log":
        found[enough] = _regress(np.log(k), np.log(-np.log(safe)), weight)
    else:
        start = _log_fit(np.log(k), np.log(safe), weight)
        found[enough] = _linear_fit(np.log(k), safe, weight, start) if loss == "linear" else start
    found[(found >= 0).any(axis=1)] = np.nan
    return found


def _regress(x: FloatArray, y: FloatArray, weight: FloatArray) -> FloatArray:
    """-exp(intercept) and slope of y on x."""
    total = weight.sum(axis=1)
    mean_x, mean_y = (weight @ x) / total, (weight * y).sum(axis=1) / total
    centred = x[None, :] - mean_x[:, None]
    slope = (weight * centred * y).sum(axis=1) / (weight * centred**2).sum(axis=1)
    return np.stack([-np.exp(mean_y - slope * mean_x), slope], axis=1)


def _log_fit(x: FloatArray, y: FloatArray, weight: FloatArray) -> FloatArray:
    """Least squares of y = a exp(b x): a is linear, so that b alone is searched for."""

    def explained(b: FloatArray) -> tuple[FloatArray, FloatArray]:
        power = np.exp(b[:, None] * x)
        cross, square = (weight * y * power).sum(axis=1), (weight * power**2).sum(axis=1)
        return cross / square, cross**2 / square

    grid = np.linspace(*EXPONENTS, GRID)
    powers = np.exp(grid[:, None] * x).T
    best = np.argmax(((weight * y) @ powers) ** 2 / (weight @ powers**2), axis=1)
    low, high = grid[np.maximum(best - 1, 0)], grid[np.minimum(best + 1, GRID - 1)]
    inner = [high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)]
    values = [explained(point)[1] for point in inner]
    for _ in range(STEPS):
        left = values[0] > values[1]
        low, high = np.where(left, low, inner[0]), np.where(left, inner[1], high)
        fresh = np.where(left, high - _GOLDEN * (high - low), low + _GOLDEN * (high - low))
        value = explained(fresh)[1]
        inner = [np.where(left, fresh, inner[1]), np.where(left, inner[0], fresh)]
        values = [np.where(left, value, values[1]), np.where(left, values[0], value)]
    b = (low + high) / 2
    return np.stack([explained(b)[0], b], axis=1)


def _linear_fit(x: FloatArray, c: FloatArray, weight: FloatArray, start: FloatArray) -> FloatArray:
    """Least squares of c = exp(a exp(b x)), by Levenberg and Marquardt in log(-a) and b."""
    u, b = np.log(np.maximum(-start[:, 0], 1e-9)), np.minimum(start[:, 1], -1e-6)

    def residuals(u: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray, Any]:
        hazard = np.exp(np.minimum(u[:, None] + b[:, None] * x, 50))
        value = np.exp(-hazard)
        rest = weight * (c - value)
        return rest, -weight * value * hazard, (rest**2).sum(axis=1)

    rest, slope, loss = residuals(u, b)
    damping = np.full(u.size, 1e-3)
    for _ in range(ROUNDS):
        # The slope in b is that in log(-a), times x.
        uu, ub, bb = (slope**2).sum(axis=1), (slope**2 * x).sum(axis=1), (slope**2 * x**2).sum(axis=1)
        gu, gb = (slope * rest).sum(axis=1), (slope * x * rest).sum(axis=1)
        au, ab = uu * (1 + damping) + 1e-300, bb * (1 + damping) + 1e-300
        determinant = au * ab - ub**2
        step_u, step_b = (gu * ab - gb * ub) / determinant, (gb * au - gu * ub) / determinant
        new_u, new_b = u + np.clip(step_u, -2, 2), np.clip(b + np.clip(step_b, -1, 1), *EXPONENTS)
        new_rest, new_slope, new_loss = residuals(new_u, new_b)
        better = new_loss < loss
        u, b, loss = np.where(better, new_u, u), np.where(better, new_b, b), np.where(better, new_loss, loss)
        rest, slope = np.where(better[:, None], new_rest, rest), np.where(better[:, None], new_slope, slope)
        damping = np.where(better, damping / 5, np.minimum(damping * 4, 1e9))
    return np.stack([-np.exp(u), b], axis=1)
