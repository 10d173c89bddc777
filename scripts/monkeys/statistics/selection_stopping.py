"""Votes that stop early: sampling ends where the leading answer is unlikely to be overtaken; accuracy over the mean number of samples.

``beta`` (Aggarwal et al. 2023, arXiv 2305.11860): stop when 1 - I_{1/2}(v1 + 1, v2 + 1) reaches the threshold, v1 and v2 being the votes of the two leading
answers. ``dirichlet`` (Komiyama et al. 2025, arXiv 2509.21091): stop when the posterior chance that the leading answer is the most likely one does, under a
uniform Dirichlet prior on the answers seen; with G_i the distribution function of a gamma variable it is Int g_1(x) prod_{i > 1} G_i(x) dx.

Samples are taken in the order of their index. In the order in which they are finished short ones would vote first, and short answers are not like others.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.selection import leaders

RULES = ("beta", "dirichlet")
NODES = 96
"""Of the integral over x."""


@lru_cache(maxsize=1 << 17)
def lead(first: int, second: int) -> float:
    """1 - I_{1/2}(v1 + 1, v2 + 1): the chance that the first of two answers is the more likely one, under a uniform prior."""
    from scipy.special import betainc

    return float(1 - betainc(first + 1, second + 1, 0.5))


@lru_cache
def _nodes() -> tuple[FloatArray, FloatArray]:
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return nodes, weights


@lru_cache(maxsize=1 << 17)
def mode_chance(counts: tuple[int, ...]) -> float:
    """Posterior chance that the first answer is the most likely one, by its votes and those of the others seen, under a uniform Dirichlet prior."""
    from scipy.special import gammainc, gammaln

    first = counts[0] + 1
    # x is a gamma variable; its density is next to nothing ten standard deviations from the mean.
    low, high = max(0.0, first - 10 * np.sqrt(first)), first + 10 * np.sqrt(first) + 20
    nodes, weights = _nodes()
    x = low + (high - low) * (nodes + 1) / 2
    density = np.exp((first - 1) * np.log(x) - x - gammaln(first))
    others = np.ones(NODES)
    values, many = np.unique(np.array(counts[1:], dtype=np.int64), return_counts=True)
    for value, number in zip(values, many, strict=True):
        others = others * gammainc(value + 1, x) ** number
    return float(np.clip((density * others) @ weights * (high - low) / 2, 0, 1))


def stops(counts: IntArray, rule: str, threshold: float) -> bool:
    """Whether a rule stops with these votes, shape (classes,)."""
    voted = np.sort(counts[counts > 0])[::-1]
    if not voted.size:
        return False
    if rule == "beta":
        return lead(int(voted[0]), int(voted[1]) if voted.size > 1 else 0) >= threshold
    return mode_chance(tuple(voted.tolist()) if voted.size > 1 else (int(voted[0]), 0)) >= threshold


def stopped_vote(classes: ArrayLike, right: ArrayLike, rule: str, threshold: float, cap: int, orders: IntArray) -> tuple[FloatArray, FloatArray]:
    """Samples taken, and accuracy of the vote, in each order.

    Args:
        classes, right: of one problem's samples, as in ``selection.classes_of``. A sample without an answer costs and does not vote.
        rule: one of ``RULES``.
        threshold: between 1/2 and 1.
        cap: samples at most.
        orders: places of samples, shape (orders, n).

    Returns:
        Shapes (orders,).
    """
    labels, correct = np.asarray(classes, dtype=np.int64), np.asarray(right, dtype=np.float64)
    names, numbers = np.unique(labels, return_inverse=True)
    voting = np.flatnonzero(names >= 0)
    share = np.bincount(numbers, weights=correct) / np.bincount(numbers)
    taken, accurate = np.zeros(len(orders)), np.zeros(len(orders))
    for row, order in enumerate(orders):
        counts = np.zeros(names.size, dtype=np.int64)
        for place in order[:cap]:
            counts[numbers[place]] += 1
            taken[row] += 1
            if labels[place] >= 0 and stops(counts[voting], rule, threshold):
                break
        votes = counts[voting]
        if votes.any():
            first = leaders(votes.astype(np.float64))
            accurate[row] = share[voting][first].mean()
    return taken, accurate


def stopping_curve(
    problems: Sequence[tuple[ArrayLike, ArrayLike]], rule: str, thresholds: Sequence[float], cap: int, orders: int, seed: int
) -> list[dict[str, float]]:
    """Accuracy over mean samples, one point a threshold.

    Args:
        problems: classes and right of each, in the order of the index.
        rule, cap: as in ``stopped_vote``; a problem with fewer samples than ``cap`` ends at its last.
        thresholds: of the rule.
        orders: random orders beside that of the index, over which accuracy and samples are averaged: samples are exchangeable. 0: that of the index alone.
        seed: of the orders.

    Returns:
        By threshold: ``mean_samples``, ``accuracy``, ``monte_carlo_error`` of the accuracy, ``mean_samples_by_index``, ``accuracy_by_index``.
    """
    found = []
    for threshold in thresholds:
        generator = np.random.default_rng(seed)
        means, indexed, variance = [], [], 0.0
        for classes, right in problems:
            n = np.asarray(classes).size
            places = np.arange(n)
            taken, accurate = stopped_vote(classes, right, rule, threshold, cap, places[None, :])
            indexed.append((taken[0], accurate[0]))
            if orders:
                shuffled = generator.permuted(np.broadcast_to(places, (orders, n)), axis=1)
                taken, accurate = stopped_vote(classes, right, rule, threshold, cap, shuffled)
                variance += float(accurate.var(ddof=1)) / orders if orders > 1 else np.nan
            means.append((taken.mean(), accurate.mean()))
        samples, accuracy = np.mean(means, axis=0)
        by_index = np.mean(indexed, axis=0)
        found.append(
            {
                "threshold": float(threshold),
                "mean_samples": float(samples),
                "accuracy": float(accuracy),
                "monte_carlo_error": float(np.sqrt(variance)) / len(means) if orders else float("nan"),
                "mean_samples_by_index": float(by_index[0]),
                "accuracy_by_index": float(by_index[1]),
            }
        )
    return found
