"""Plurality (majority) vote over random subsets: the exact chance that a class of equal answers wins, ties decided uniformly.

Of n samples of a problem, classes of equal answers have c_1, ..., c_m samples; the rest abstain. A subset of k is drawn without replacement. Class j wins
with t votes if no other class has more; where r others have t too, it wins one time in r + 1, which is the integral of y^r over y from 0 to 1. So

    P(j wins) = 1 / C(n, k) * sum over t of C(c_j, t) * [x^(k - t)] Int_0^1 prod_{i != j} (sum_{s < t} C(c_i, s) x^s + y C(c_i, t) x^t) dy * (1 + x)^abstaining.

Numerically, binomial(c_i, k / n) probabilities stand in place of C(c_i, s): conditioned on their sum being k, independent binomials are the subset's counts.
All terms are then chances and nothing overflows. The coefficient at k is a discrete Fourier transform, whose length need only be some 18 standard deviations
of the sum, for coefficients outside fold onto k with a weight below ``NOTHING``. The integral over y is Gauss-Legendre's. Classes that cannot lead, by the
same measure, are merged into one that is free. ``replaced=True`` is the same for fresh samples, whose classes have the chances c_i / n: Poisson
probabilities in place of binomial ones.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from monkeys.statistics import FloatArray, IntArray

NOTHING = 1e-17
"""Chance below which an event is left out. What is left out of one vote adds up to some 1e-14."""
AT_A_TIME = 1 << 18
"""Complex numbers of one product in memory."""

ComplexArray = NDArray[np.complex128]


def plurality(sizes: ArrayLike, right: ArrayLike, abstaining: int, ks: ArrayLike, replaced: bool = False) -> FloatArray:
    """Expected accuracy of a plurality vote of k of one problem's samples. A subset without a vote is wrong.

    Args:
        sizes: samples in each class of equal answers, shape (classes,).
        right: share of each class's samples that are right, shape (classes,): 0 or 1 where equal answers have equal verdicts. Of the winning class a sample
            is handed in that is drawn from its votes.
        abstaining: number of samples without a vote.
        ks: numbers of samples in a subset, shape (K,), each >= 1.
        replaced: of fresh samples with these shares, and not of subsets without replacement.

    Returns:
        Shape (K,), shares from 0 to 1; NaN where k > n and nothing is replaced.

    Raises:
        ValueError: sizes, shares or ks are out of range.
    """
    c, share = np.atleast_1d(np.asarray(sizes, dtype=np.int64)), np.atleast_1d(np.asarray(right, dtype=np.float64))
    k = np.atleast_1d(np.asarray(ks, dtype=np.int64))
    if c.shape != share.shape or (c < 1).any() or (share < 0).any() or (share > 1).any() or abstaining < 0 or (k < 1).any():
        raise ValueError("classes must have 1 sample or more, shares of right ones lie between 0 and 1, and k be at least 1")
    n = int(c.sum()) + int(abstaining)
    values, inverse, many = np.unique(c, return_inverse=True, return_counts=True)
    weight = np.bincount(inverse, weights=share, minlength=len(values))
    found = np.full(k.size, np.nan)
    for place, chosen in enumerate(k.tolist()):
        if chosen > n and not replaced:
            continue
        if not weight.any():
            found[place] = 0.0
        elif chosen == n and not replaced:
            found[place] = weight[-1] / many[-1]
        elif chosen == 1:
            found[place] = float(weight @ values) / n
        else:
            votes = _Votes(values, many, n, chosen, replaced)
            found[place] = sum(weight[number] * votes.win(number) for number in np.flatnonzero(weight).tolist())
    return np.asarray(np.clip(found, 0, 1))


class _Votes:
    """Subsets of k of one problem. ``sizes`` are different, ``many`` is how many classes have each."""

    def __init__(self, sizes: IntArray, many: IntArray, n: int, k: int, replaced: bool) -> None:
        self._sizes, self._many, self._n, self._k, self._replaced = sizes, many, n, k, replaced
        self._p = k / n
        spread = np.sqrt(k if replaced else k * (1 - self._p))
        # So far the sum of all may lie from k before it counts for nothing.
        reach = np.arange(1, int(12 * spread) + 60)
        log_at_k = self._log(n, np.array([k]))[0]
        self._at_k = float(np.exp(log_at_k))
        far = np.exp(np.maximum(self._log(n, k + reach), self._log(n, k - reach)) - log_at_k) < NOTHING
        self._length = int(reach[far][0]) if far.any() else int(reach[-1])
        half = self._length // 2 + 1
        self._roots = np.exp(2j * np.pi * np.arange(self._length) / self._length)
        self._nodes = np.arange(half)
        # Coefficients are real, so that half of the nodes tell all.
        self._doubled = np.where((self._nodes == 0) | (2 * self._nodes == self._length), 1.0, 2.0) / self._length
        self._chances = [self._window(int(size)) for size in sizes]

    def _log(self, size: int, counts: IntArray) -> FloatArray:
        """Log of the chance that a class of ``size`` has so many in the subset, before the condition that all sum to k."""
        found = np.full(counts.shape, -np.inf)
        if self._replaced:
            if size == 0:
                return np.where(counts == 0, 0.0, -np.inf)
            there = counts >= 0
            mean, log = self._p * size, _log_factorials(int(counts.max(initial=0)))
            found[there] = (counts[there] * np.log(np.longdouble(mean)) - mean - log[counts[there]]).astype(np.float64)
            return found
        there = (counts >= 0) & (counts <= size)
        chosen, log = counts[there], _log_factorials(self._n)
        p = np.longdouble(self._k) / self._n
        terms = log[size] - log[chosen] - log[size - chosen] + chosen * np.log(p) + (size - chosen) * np.log1p(-p)
        found[there] = terms.astype(np.float64)
        return found

    def _window(self, size: int) -> tuple[int, FloatArray]:
        """First count that matters, and the chances from there on."""
        mean = size * self._p
        spread = np.sqrt(mean if self._replaced else mean * (1 - self._p))
        first = max(0, int(mean - 10 * spread - 30))
        last = min(self._k if self._replaced else min(size, self._k), int(mean + 10 * spread + 30))
        return first, np.exp(self._log(size, np.arange(first, last + 1)))

    def win(self, number: int) -> float:
        """Chance that one given class of size ``number`` wins."""
        first, own = self._chances[number]
        counts = np.arange(first, first + len(own))
        others = self._many.copy()
        others[number] -= 1
        # The chance that the class has t, given that all sum to k: what it wins where nobody can reach t.
        with_rest = own * np.exp(self._log(self._n - int(self._sizes[number]), self._k - counts)) / self._at_k
        with_rest[counts == 0] = 0.0
        reached, below, tied = np.zeros(len(counts)), np.zeros(len(counts)), np.zeros(len(counts))
        contenders = []
        for other in np.flatnonzero(others):
            start, chances = self._chances[other]
            above = np.append(np.cumsum(chances[::-1])[::-1], 0.0)
            at_least = above[np.clip(counts - start, 0, len(chances))]
            reached += others[other] * at_least
            at_most = np.append(0.0, np.cumsum(chances))[np.clip(counts + 1 - start, 0, len(chances))]
            with np.errstate(divide="ignore"):
                below += others[other] * np.log(np.minimum(at_most, 1))
            inside = (counts >= start) & (counts < start + len(chances))
            tied[inside] += others[other] * chances[counts[inside] - start]
            contenders.append((int(other), at_least))
        safe = reached / self._at_k < NOTHING
        with np.errstate(over="ignore"):
            possible = np.exp(np.log(np.maximum(own, 1e-320)) + below) / self._at_k >= NOTHING
        contested = ~safe & possible & (with_rest >= NOTHING) & (counts > 0)
        won = float(with_rest[safe].sum())
        if contested.any():
            lowest = int(np.argmax(contested))
            chosen = [other for other, at_least in contenders if others[other] * at_least[lowest] / self._at_k >= NOTHING]
            won += self._contest(number, counts[contested], own[contested], tied[contested], others, chosen)
        return won

    def _contest(self, number: int, counts: IntArray, own: FloatArray, tied: FloatArray, others: IntArray, contenders: Sequence[int]) -> float:
        """The chance to win with the counts at which others may be as strong."""
        free = self._n - int(self._sizes[number]) - int((others[contenders] * self._sizes[contenders]).sum())
        steps = self._roots[self._nodes]
        outside = np.exp(self._p * free * (steps - 1)) if self._replaced else (1 - self._p + self._p * steps) ** free
        outside = outside * self._doubled * self._roots[(-self._nodes * self._k) % self._length]
        top = int(counts[-1])
        if any(self._chances[other][0] > top for other in contenders):
            return 0.0
        start = min([int(counts[0])] + [self._chances[other][0] for other in contenders])
        # e^(i theta s) for each count s and node: shape (counts, nodes).
        turns = self._roots[np.outer(np.arange(start, top + 1), self._nodes) % self._length]
        before, at = [], []
        for other in contenders:
            first, chances = self._chances[other]
            padded = np.zeros(top + 1 - start)
            length = min(len(chances), top + 1 - first)
            padded[first - start : first - start + length] = chances[:length]
            terms = padded[:, None] * turns
            sums = np.cumsum(terms, axis=0)
            before.append((sums - terms)[counts - start])
            at.append(terms[counts - start])
        degrees = self._degrees(counts, tied, int(others[contenders].sum()))
        total = 0.0
        for degree in np.unique(degrees):
            rows = np.flatnonzero(degrees == degree)
            for part in np.array_split(rows, -(-len(rows) * len(self._nodes) // AT_A_TIME)):
                shared: ComplexArray = np.zeros((len(part), len(self._nodes)), dtype=np.complex128)
                for y, weight in zip(*_quadrature(int(degree)), strict=True):
                    product: ComplexArray = np.full_like(shared, weight)
                    for other, low, level in zip(contenders, before, at, strict=True):
                        product *= _power(low[part] + y * level[part], int(others[other]))
                    shared += product
                total += float(((shared * turns[counts[part] - start]) @ outside).real @ own[part])
        return total / self._at_k

    def _degrees(self, counts: IntArray, tied: FloatArray, contenders: int) -> IntArray:
        """How many others may tie at each count, of any chance that matters; rounded up so that few different numbers are left."""
        numbers = np.arange(1, 65)
        with np.errstate(divide="ignore"):
            # The chance of r ties or more is at most (sum of chances)^r / r!.
            logs = numbers * np.log(tied)[:, None] - _log_factorials(64)[numbers].astype(np.float64) - np.log(self._at_k)
        rare = (logs < np.log(NOTHING)) & (numbers > 2 * tied[:, None])
        bound = np.where(rare.any(axis=1), np.argmax(rare, axis=1), np.iinfo(np.int64).max)
        degree = np.minimum(np.minimum(bound, contenders), (self._k - counts) // counts)
        small = np.maximum(degree, 1)
        return np.asarray(np.where(small < 8, small | 1, 2 ** np.ceil(np.log2(small)).astype(np.int64)), dtype=np.int64)


def _power(base: ComplexArray, exponent: int) -> ComplexArray:
    """By squaring, which numpy's own power of complex numbers does not do."""
    result: ComplexArray | None = None
    while exponent:
        if exponent & 1:
            result = base if result is None else result * base
        exponent >>= 1
        if exponent:
            base = base * base
    assert result is not None
    return result


@lru_cache
def _quadrature(degree: int) -> tuple[FloatArray, FloatArray]:
    """Nodes and weights on [0, 1]: exact for polynomials of this degree; to 1e-15 of high ones, which need no more than the root's multiple."""
    nodes = min(degree // 2 + 1, int(4 * np.sqrt(degree)) + 10)
    y, weights = np.polynomial.legendre.leggauss(nodes)
    return (y + 1) / 2, weights / 2


@lru_cache(maxsize=8)
def _table(length: int) -> NDArray[np.longdouble]:
    return np.concatenate([np.zeros(1, dtype=np.longdouble), np.cumsum(np.log(np.arange(1, length, dtype=np.longdouble)))])


def _log_factorials(largest: int) -> NDArray[np.longdouble]:
    """log s! for s from 0 to ``largest`` at least."""
    return _table(1 << max(int(largest) + 1, 64).bit_length())
