"""A logistic head on a model's states: fitted by Newton's method, without an intercept, as the heads that vLLM serves have none."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

PENALTIES = (1.0, 10.0, 100.0, 1000.0)
"""Among these the strength of the penalty is chosen."""
FOLDS = 4
DIGITS = 5
"""Significant digits of the head's numbers: further ones depend on the order in which a machine adds."""


def fit_head(states: NDArray[np.float64], labels: NDArray[np.bool_], groups: NDArray[np.int64]) -> tuple[NDArray[np.float64], float]:
    """A head that tells right states from wrong ones.

    The states are scaled by their standard deviations, the loss is the log-loss plus half of penalty x the squared norm; the penalty is chosen by the
    log-loss in cross-validation over groups.

    Args:
        states: (n, width).
        labels: (n,), with both values in it.
        groups: (n,) number of the problem that each belongs to; a problem is in one fold.

    Returns:
        Weights (width,) whose product with a state is the log-odds that it is right, and the penalty.
    """
    scale = states.std(axis=0)
    scale[scale == 0] = 1.0
    scaled = states / scale
    folds = groups % FOLDS
    losses = [
        sum(
            _loss(scaled[folds == fold] @ _newton(scaled[folds != fold], labels[folds != fold], penalty), labels[folds == fold])
            for fold in range(FOLDS)
        )
        for penalty in PENALTIES
    ]
    penalty = PENALTIES[int(np.argmin(losses))]
    weights = _newton(scaled, labels, penalty) / scale
    return np.array([float(f"{weight:.{DIGITS}g}") for weight in weights]), penalty


def _newton(states: NDArray[np.float64], labels: NDArray[np.bool_], penalty: float) -> NDArray[np.float64]:
    weights = np.zeros(states.shape[1])
    for _ in range(30):
        odds = np.clip(states @ weights, -30, 30)
        chances = 1 / (1 + np.exp(-odds))
        gradient = states.T @ (chances - labels) + penalty * weights
        curvature = (states * (chances * (1 - chances))[:, None]).T @ states
        curvature[np.diag_indices_from(curvature)] += penalty
        step = np.linalg.solve(curvature, gradient)
        weights -= step
        if np.abs(step).max() < 1e-10:
            break
    return weights


def _loss(odds: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
    return float(np.logaddexp(0, np.where(labels, -odds, odds)).sum())


def area_under_curve(scores: Sequence[float], labels: Sequence[bool]) -> float | None:
    """The chance that something right has a higher score than something wrong, ties counted half; None where one of the kinds is missing."""
    values, right = np.asarray(scores, dtype=np.float64), np.asarray(labels, dtype=bool)
    if right.all() or not right.any():
        return None
    wrong = np.sort(values[~right])
    below = np.searchsorted(wrong, values[right], side="left")
    upto = np.searchsorted(wrong, values[right], side="right")
    return float((below + upto).mean() / 2 / len(wrong))
