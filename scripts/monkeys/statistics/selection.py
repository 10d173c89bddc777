"""Expected accuracy of choosing one of k samples, over random subsets of k of a problem's n samples, drawn without replacement.

Such an average is an unbiased estimate for k fresh samples, and uses all n. Subsets with replacement are biased, the first k samples are one noisy draw, and
100 random subsets leave errors of 0.2 to 0.6 points on 30 problems. Here are the selectors with closed forms but for the vote, which is in
``selection_votes``, and what estimates of all selectors have in common.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.coverage import pass_at_k
from monkeys.statistics.selection_votes import plurality

TIED = 1e-12
"""Totals that differ by less, relative to the largest, are tied: the order in which equal weights are added decides no vote."""
ENUMERATED = 10
"""Samples of a problem up to which all subsets are looked at, which is exact for any selector."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Expected accuracy of one problem at each k, shapes (K,).

    Args:
        accuracy: shares from 0 to 1; NaN where k > n.
        variance: of its Monte Carlo error; 0 where exact.
        subsets: drawn for each k; 0 for an exact form.
    """

    accuracy: FloatArray
    variance: FloatArray
    subsets: int

    @classmethod
    def exact(cls, accuracy: FloatArray) -> "Estimate":
        """Without a Monte Carlo error."""
        return cls(accuracy, np.where(np.isnan(accuracy), np.nan, 0.0), 0)


def oracle(right: ArrayLike, ks: ArrayLike) -> FloatArray:
    """Coverage: the chance that one of k samples is right, as ``pass_at_k``. For shares instead of 0 and 1 it does not exist.

    Args:
        right: of each sample, shape (n,).
        ks: shape (K,).
    """
    values = np.asarray(right, dtype=np.float64)
    found: FloatArray = pass_at_k([values.size], [int(values.sum())], ks)[0]
    return found


def random_choice(right: ArrayLike, ks: ArrayLike) -> FloatArray:
    """Accuracy of a sample taken blindly: pass@1 at every k; NaN where k > n."""
    values = np.asarray(right, dtype=np.float64)
    return np.where(np.asarray(ks) <= values.size, values.mean(), np.nan)


def below_share(n: int, ks: IntArray) -> FloatArray:
    """C(N, k) / C(n, k), the chance that a subset of k lies among N given samples, for N = 0, ..., n.

    Going down from N = n each is (N - k) / N times the one before, which neither overflows nor cancels.

    Returns:
        Shape (n + 1, K).
    """
    steps = np.arange(n, 0, -1, dtype=np.int64)[:, None]
    factors = np.clip((steps - ks[None, :]) / steps, 0, None)
    table = np.ones((n + 1, ks.size))
    table[:-1] = np.cumprod(factors, axis=0)[::-1]
    return table


def best_of_k(ranks: ArrayLike, right: ArrayLike, ks: ArrayLike, table: FloatArray | None = None) -> FloatArray:
    """Expected accuracy of the sample with the highest score of k; equal scores are decided uniformly.

    With N_g samples up to and including score g, the highest of a subset is g with the chance [C(N_g, k) - C(N_{g-1}, k)] / C(n, k), and the sample is then
    any of those with that score.

    Args:
        ranks: anything that orders samples, larger is better, -inf for those without a score; shape (n,), no NaN.
        right: of each sample, 0 to 1, shape (n,).
        ks: shape (K,), each >= 1.
        table: ``below_share(n, ks)``, where many problems have the same n.

    Returns:
        Shape (K,); NaN where k > n.

    Raises:
        ValueError: shapes differ, or a rank is NaN.
    """
    score, correct = np.asarray(ranks, dtype=np.float64), np.asarray(right, dtype=np.float64)
    k = np.atleast_1d(np.asarray(ks, dtype=np.int64))
    if score.shape != correct.shape or score.ndim != 1 or score.size == 0 or np.isnan(score).any() or (k < 1).any():
        raise ValueError("ranks and right must be one-dimensional, equally long and not empty, without NaN, and k at least 1")
    _, group = np.unique(score, return_inverse=True)
    many = np.bincount(group)
    share = np.bincount(group, weights=correct) / many
    chances = np.diff((below_share(score.size, k) if table is None else table)[np.concatenate([[0], np.cumsum(many)])], axis=0)
    return np.where(k <= score.size, np.clip(share @ chances, 0, 1), np.nan)


def classes_of(classes: ArrayLike, right: ArrayLike) -> tuple[IntArray, FloatArray, int]:
    """Sizes of classes of equal answers, the share of each that is right, and how many samples abstain.

    Args:
        classes: number of each sample's class, -1 where it does not vote; shape (n,).
        right: of each sample, shape (n,).
    """
    labels, correct = np.asarray(classes, dtype=np.int64), np.asarray(right, dtype=np.float64)
    voting = labels >= 0
    if not voting.any():
        return np.zeros(0, dtype=np.int64), np.zeros(0), int(labels.size)
    _, numbers, many = np.unique(labels[voting], return_inverse=True, return_counts=True)
    return many, np.bincount(numbers, weights=correct[voting]) / many, int((~voting).sum())


def majority_vote(classes: ArrayLike, right: ArrayLike, ks: ArrayLike) -> FloatArray:
    """Expected accuracy of the most frequent answer of k; see ``selection_votes.plurality``."""
    return plurality(*classes_of(classes, right), ks)


def filter_vote(classes: ArrayLike, right: ArrayLike, kept: ArrayLike, ks: ArrayLike) -> FloatArray:
    """Expected accuracy of a vote among those of k samples that pass a filter; of all k, where none that votes passes (Chen et al. 2024, arXiv 2403.02419).

    The sum over j of the chance that j of the subset pass times the vote of j among those is the vote of k in which the others abstain.

    Args:
        classes, right: as in ``classes_of``.
        kept: whether each sample passes, shape (n,). One without an answer never does.
        ks: shape (K,). A filter reads each sample, so that Chen et al. count 2 k calls.
    """
    labels, correct = np.asarray(classes, dtype=np.int64), np.asarray(right, dtype=np.float64)
    k = np.atleast_1d(np.asarray(ks, dtype=np.int64))
    passing = np.asarray(kept, dtype=bool) & (labels >= 0)
    voted = plurality(*classes_of(np.where(passing, labels, -1), correct), k)
    others = int((~passing).sum())
    if others == 0 or not (labels[~passing] >= 0).any():
        return voted
    none = below_share(labels.size, k)[others]
    fallback = plurality(*classes_of(labels[~passing], correct[~passing]), k)
    return np.where(none > 0, voted + none * np.nan_to_num(fallback), voted)


def leaders(totals: FloatArray) -> NDArray[np.bool_]:
    """Which totals lead in each row, ties included; -inf is no candidate. Shape as ``totals``, (..., classes)."""
    top = totals.max(axis=-1, keepdims=True)
    there = np.isfinite(top)
    size = np.where(there, np.abs(np.where(there, top, 0)), 0)
    return np.isfinite(totals) & (totals >= np.where(there, top, np.inf) - TIED * size)


Choose = Callable[[IntArray], FloatArray]
"""By the places of a subset's samples, shape (k,), the chance of each to be handed in; they sum to 1, or to 0 where nothing is handed in."""


def enumerated(choose: Choose, right: ArrayLike, ks: ArrayLike) -> FloatArray:
    """Expected accuracy of any selector, by all subsets of each k; for up to ``ENUMERATED`` samples."""
    from itertools import combinations

    correct = np.asarray(right, dtype=np.float64)
    found = []
    for k in np.atleast_1d(np.asarray(ks, dtype=np.int64)).tolist():
        subsets = [np.array(places, dtype=np.int64) for places in combinations(range(correct.size), k)]
        found.append(float(np.mean([choose(places) @ correct[places] for places in subsets])) if subsets else np.nan)
    return np.array(found)


def nested_permutations(choose: Choose, right: ArrayLike, ks: ArrayLike, permutations: int, generator: np.random.Generator) -> FloatArray:
    """Accuracy of any selector along random orders: the first k of each order are its subset of k.

    Returns:
        Shape (permutations, K); NaN where k > n.
    """
    correct = np.asarray(right, dtype=np.float64)
    k = np.atleast_1d(np.asarray(ks, dtype=np.int64))
    found = np.full((permutations, k.size), np.nan)
    for row in found:
        order = generator.permutation(correct.size)
        for place in np.flatnonzero(k <= correct.size):
            # In the order of their indices, so that a selector which looks at places sees them as they were drawn.
            subset = np.sort(order[: k[place]])
            row[place] = choose(subset) @ correct[subset]
    return found


def controlled(values: FloatArray, control: FloatArray, mean: FloatArray) -> Estimate:
    """The mean of values along random orders, with a control variate whose exact mean is known.

    The coefficient b of each half of the orders comes from the other half, so that the estimate of values - b (control - mean) stays unbiased.

    Args:
        values, control: of the same subsets, shapes (permutations, K), at least 4 of them.
        mean: the exact mean of ``control``, shape (K,).
    """
    rows = values.shape[0]
    corrected = np.empty_like(values)
    halves = np.arange(rows) % 2 == 0
    for half in (halves, ~halves):
        own, other = control[~half] - control[~half].mean(axis=0), values[~half] - values[~half].mean(axis=0)
        spread = (own**2).sum(axis=0)
        slope = np.divide((own * other).sum(axis=0), spread, out=np.zeros_like(spread), where=spread > 1e-15)
        corrected[half] = values[half] - slope * (control[half] - mean)
    variance = corrected.var(axis=0, ddof=1) / rows
    return Estimate(np.clip(corrected.mean(axis=0), 0, 1), np.where(variance < 1e-30, 0.0, variance), rows)
