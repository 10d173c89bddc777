"""Weighted votes over random subsets: the answer with the largest sum of weights of its samples wins, ties decided uniformly.

There is no closed form for arbitrary weights. Where weights are few, multiples of one unit, the sum over subsets is a polynomial in the number of samples and
the weight. Else random orders are drawn, of which each gives every k by running sums; the plurality of the same subsets, whose mean is known exactly, is the
control variate: with one sample a subset the two are the same, so that the error there is zero.
"""

import numpy as np
from numpy.typing import ArrayLike

from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.selection import ENUMERATED, Estimate, classes_of, controlled, leaders, majority_vote
from monkeys.statistics.selection_votes import plurality

FEW_WEIGHTS = 8
"""Different weights up to which a common unit is looked for."""
FEW_SAMPLES, FEW_UNITS = 128, 512
"""Samples of a problem, and units of all its weights together, up to which the polynomials are multiplied."""
CELLS = 1 << 22
"""Running sums in memory at once."""


def weighted_vote(
    classes: ArrayLike, weights: ArrayLike, right: ArrayLike, ks: ArrayLike, permutations: int, generator: np.random.Generator
) -> Estimate:
    """Expected accuracy of a weighted vote of k samples: exact where it can be had quickly, else by random orders.

    Args:
        classes: number of each sample's class, -1 where it does not vote; shape (n,).
        weights: of each sample, finite, may be negative; shape (n,).
        right: of each sample, 0 to 1, shape (n,).
        ks: shape (K,), each >= 1.
        permutations: random orders, at least 4.
        generator: of the orders.
    """
    labels, weight, correct = np.asarray(classes, dtype=np.int64), np.asarray(weights, dtype=np.float64), np.asarray(right, dtype=np.float64)
    k = np.atleast_1d(np.asarray(ks, dtype=np.int64))
    voting = labels >= 0
    if not np.isfinite(weight[voting]).all():
        raise ValueError("weights must be finite")
    if not voting.any() or (np.ptp(weight[voting]) == 0 and weight[voting][0] > 0):
        return Estimate.exact(majority_vote(labels, correct, k))
    if labels.size <= ENUMERATED:
        return Estimate.exact(_of_all_subsets(labels, weight, correct, k))
    if labels.size <= FEW_SAMPLES and (units := common_units(weight[voting])) is not None:
        whole = np.zeros(labels.size, dtype=np.int64)
        whole[voting] = units
        return Estimate.exact(few_weights(labels, whole, correct, k))
    return by_permutations(labels, weight, correct, k, permutations, generator)


def common_units(weights: FloatArray) -> IntArray | None:
    """Weights as multiples of their largest common unit; None where they are many, or such a unit would be too small."""
    different = np.unique(weights)
    if different.size > FEW_WEIGHTS:
        return None
    sizes = np.abs(different[different != 0])
    if sizes.size == 0:
        return np.zeros(weights.size, dtype=np.int64)
    smallest = float(sizes.min())
    for part in range(1, FEW_UNITS):
        multiples = weights * (part / smallest)
        if np.abs(multiples).sum() > FEW_UNITS:
            return None
        if np.allclose(multiples, np.rint(multiples), rtol=0, atol=1e-9):
            return np.rint(multiples).astype(np.int64)
    return None


def few_weights(classes: ArrayLike, units: ArrayLike, right: ArrayLike, ks: ArrayLike) -> FloatArray:
    """Exact accuracy of a weighted vote whose weights are whole numbers.

    As for plurality, with the number x^s and the weight z^w of a class's samples: class j wins with weight w if each other class is absent, has less, or is
    tied. Each sample is in with chance 1/2 in all terms, so that they are chances.

    Args:
        classes, right, ks: as in ``weighted_vote``.
        units: weights, whole numbers, shape (n,).
    """
    labels, unit, correct = np.asarray(classes, dtype=np.int64), np.asarray(units, dtype=np.int64), np.asarray(right, dtype=np.float64)
    k = np.atleast_1d(np.asarray(ks, dtype=np.int64))
    n = labels.size
    names = np.unique(labels[labels >= 0])
    low = int(np.minimum(unit, 0).sum())
    width = int(np.maximum(unit, 0).sum()) - low + 1
    # Chances of s samples and weight w of each class, shape (s, w - low); of the share right of its winners' samples likewise.
    tables, good = [], []
    for name in names:
        members = np.flatnonzero(labels == name)
        table, own = np.zeros((members.size + 1, width)), np.zeros((members.size + 1, width))
        table[0, -low] = 1.0
        for member in members:
            added, taken = _moved(table, int(unit[member])), _moved(own, int(unit[member]))
            own = (own + taken + correct[member] * added) / 2
            table = (table + added) / 2
        with np.errstate(invalid="ignore"):
            own = own / np.arange(members.size + 1)[:, None]
        tables.append(table)
        good.append(np.nan_to_num(own))
    abstaining = int((labels < 0).sum())
    total = np.zeros(n + 1)
    outside = _halves(abstaining)
    nodes, node_weights = np.polynomial.legendre.leggauss(len(names) // 2 + 1)
    for place, winner in enumerate(good):
        if not winner.any():
            continue
        for level in np.flatnonzero(tables[place][1:].any(axis=0)):
            for y, weight in zip((nodes + 1) / 2, node_weights / 2, strict=True):
                product = winner[:, level] * weight
                for other, table in enumerate(tables):
                    if other != place:
                        factor = table[:, :level].sum(axis=1) + y * table[:, level]
                        factor[0] = table[0, -low]
                        product = np.convolve(product, factor)
                product = np.convolve(product, outside)
                total[: product.size] += product
    inside = k <= n
    found = np.full(k.size, np.nan)
    found[inside] = total[k[inside]] / _halves(n)[k[inside]]
    return np.asarray(np.clip(found, 0, 1))


def _moved(table: FloatArray, unit: int) -> FloatArray:
    """One sample and ``unit`` of weight more."""
    moved = np.zeros_like(table)
    if unit >= 0:
        moved[1:, unit:] = table[:-1, : table.shape[1] - unit]
    else:
        moved[1:, :unit] = table[:-1, -unit:]
    return moved


def _halves(n: int) -> FloatArray:
    """Binomial(n, 1/2) chances."""
    row = np.ones(1)
    for _ in range(n):
        row = np.convolve(row, [0.5, 0.5])
    return row


def _of_all_subsets(labels: IntArray, weights: FloatArray, correct: FloatArray, k: IntArray) -> FloatArray:
    n = labels.size
    names = np.unique(labels[labels >= 0])
    subsets = (np.arange(1 << n)[:, None] >> np.arange(n)) & 1
    belongs = (labels[:, None] == names).astype(np.float64)
    count = subsets @ belongs
    sums = np.where(count > 0, subsets @ (belongs * weights[:, None]), -np.inf)
    first = leaders(sums)
    share = np.divide(subsets @ (belongs * correct[:, None]), count, out=np.zeros_like(count), where=count > 0)
    accuracy = (first * share).sum(axis=1) / np.maximum(first.sum(axis=1), 1)
    sizes = subsets.sum(axis=1)
    return np.array([accuracy[sizes == size].mean() if size <= n else np.nan for size in k])


def by_permutations(
    classes: ArrayLike, weights: ArrayLike, right: ArrayLike, ks: ArrayLike, permutations: int, generator: np.random.Generator
) -> Estimate:
    """Accuracy of a weighted vote along random orders, with the plurality as control variate; arguments as in ``weighted_vote``."""
    labels, weight, correct = np.asarray(classes, dtype=np.int64), np.asarray(weights, dtype=np.float64), np.asarray(right, dtype=np.float64)
    k = np.atleast_1d(np.asarray(ks, dtype=np.int64))
    sizes, share, abstaining = classes_of(labels, correct)
    number = np.full(labels.size, len(sizes))
    number[labels >= 0] = np.unique(labels[labels >= 0], return_inverse=True)[1]
    inside = np.unique(k[k <= labels.size])
    voted, counted = [], []
    for start in range(0, permutations, rows := max(1, CELLS // (labels.size + len(sizes) + 1))):
        many = min(rows, permutations - start)
        orders = generator.permuted(np.broadcast_to(np.arange(labels.size), (many, labels.size)), axis=1)
        by_weight, by_count = _along(orders, number, weight, share, inside)
        voted.append(by_weight)
        counted.append(by_count)
    mean = plurality(sizes, share, abstaining, inside)
    found = controlled(np.concatenate(voted), np.concatenate(counted), mean)
    accuracy, variance = np.full(k.size, np.nan), np.full(k.size, np.nan)
    reached = k <= labels.size
    places = np.searchsorted(inside, k[reached])
    accuracy[reached], variance[reached] = found.accuracy[places], found.variance[places]
    return Estimate(accuracy, variance, permutations)


def _along(orders: IntArray, number: IntArray, weight: FloatArray, share: FloatArray, ks: IntArray) -> tuple[FloatArray, FloatArray]:
    """Accuracy at each k of weighted vote and plurality, shapes (orders, K)."""
    many, classes = orders.shape[0], share.size
    sums, counts = np.zeros(many * (classes + 1)), np.zeros(many * (classes + 1))
    rows = np.arange(many)[:, None] * (classes + 1)
    found = np.empty((2, many, ks.size))
    before = 0
    for place, k in enumerate(ks.tolist()):
        new = orders[:, before:k]
        cells = (rows + number[new]).ravel()
        sums += np.bincount(cells, weights=weight[new].ravel(), minlength=sums.size)
        counts += np.bincount(cells, minlength=counts.size)
        before = k
        seen = counts.reshape(many, -1)[:, :classes]
        for row, totals in enumerate((np.where(seen > 0, sums.reshape(many, -1)[:, :classes], -np.inf), np.where(seen > 0, seen, -np.inf))):
            first = leaders(totals)
            found[row, :, place] = (first @ share) / np.maximum(first.sum(axis=1), 1)
    return found[0], found[1]
