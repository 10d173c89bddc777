"""Strategies and selectors at equal cost, and what it gains to choose among them by difficulty.

The unit of cost is the token: those that the policy draws and those that a scorer reads, a problem. A number of draws is no common unit, as a draw of beam
search costs many times an independent sample. All comparisons are therefore made at the same mean tokens a problem; between the k that were measured,
accuracy is interpolated on log tokens, and nothing is extrapolated.

The compute-optimal strategy (Snell et al., arXiv 2408.03314, section 3) is the best one for each bin of difficulty at each budget. Chosen and scored on the
same problems it gains even where no strategy is better than another. Here it is chosen on one half of each bin and scored on the other, then the other way
round, over many random halves. The best fixed strategy, with which it is compared, is chosen and scored on the same halves.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.comparisons import equality_p_values, holm
from monkeys.statistics.difficulty import NO_BIN
from monkeys.statistics.intervals import difference_interval, resamples

EQUAL = 1e-12
"""Accuracies that differ by less are tied."""
NEAR = 1e-9
"""Relative difference by which rounding may put a budget outside of a curve that ends there."""
LEAST_IN_BIN = 4
"""Problems of a bin, so that each half has two. A smaller bin joins its neighbour."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to spend tokens on a problem: k draws of a strategy, and a selector that hands in one answer.

    Args:
        strategy: its name.
        selector: what picks the answer, as tables name it.
        ks: numbers of draws, increasing, shape (K,).
        accuracy: expected accuracy of each problem at each k, shares, shape (problems, K).
        tokens: mean tokens of one draw, of policy and scorers together, by problem; shape (problems,).
    """

    strategy: str
    selector: str
    ks: IntArray
    accuracy: FloatArray
    tokens: FloatArray


@dataclass(frozen=True, slots=True)
class Apart:
    """Two strategies whose curves have no budget in common: the ``dear`` one begins at ``low`` tokens a problem, the ``cheap`` one ends at ``high``."""

    dear: str
    low: float
    cheap: str
    high: float


def threshold_bins(success: ArrayLike, thresholds: Sequence[float]) -> IntArray:
    """Bins of difficulty by fixed shares of success, bin 1 the easiest (Liu et al., arXiv 2502.06703: 0.1 and 0.5).

    Args:
        success: of each problem, shape (problems,); NaN where it is not known.
        thresholds: shares between 0 and 1; a problem at a threshold belongs to the easier bin.

    Returns:
        Shape (problems,): 1 to the number of thresholds + 1, or ``NO_BIN``.
    """
    values, cuts = np.asarray(success, dtype=np.float64), np.sort(np.asarray(thresholds, dtype=np.float64))[::-1]
    numbers = 1 + (values[:, None] < cuts[None, :]).sum(axis=1)
    return np.where(np.isnan(values), NO_BIN, numbers).astype(np.int64)


def joined_bins(numbers: ArrayLike, least: int = LEAST_IN_BIN) -> IntArray:
    """Bins of which each has ``least`` problems or more: a smaller one joins the next harder one, and the last joins the one before it.

    Args:
        numbers: bin of each problem, shape (problems,); ``NO_BIN`` stays.
        least: problems.

    Returns:
        Shape (problems,); a joined bin has the number of its easiest part.
    """
    found = np.array(numbers, dtype=np.int64)
    present = [number for number in np.unique(found).tolist() if number != NO_BIN]
    place = 0
    while place < len(present) and len(present) > 1:
        if (found == present[place]).sum() >= least:
            place += 1
            continue
        first, second = (place, place + 1) if place + 1 < len(present) else (place - 1, place)
        found[found == present[second]] = present[first]
        del present[second]
        place = first
    return found


def at_budgets(candidate: Candidate, numbers: IntArray, budgets: FloatArray) -> FloatArray:
    """Accuracy of each problem where each bin spends the same mean tokens a problem.

    Within a bin all problems get the same number of draws, which is what a strategy that knows the bin alone can do.

    Args:
        candidate: what spends.
        numbers: bin of each problem, shape (problems,).
        budgets: mean tokens a problem, shape (B,).

    Returns:
        Shape (problems, B); NaN outside of the curve, and in ``NO_BIN``.
    """
    found = np.full((len(numbers), len(budgets)), np.nan)
    for number in np.unique(numbers[numbers != NO_BIN]).tolist():
        rows = np.flatnonzero(numbers == number)
        found[rows] = _at_k(candidate.accuracy[rows], candidate.ks, budgets / candidate.tokens[rows].mean())
    return found


def _at_k(table: FloatArray, ks: IntArray, wanted: FloatArray) -> FloatArray:
    """Accuracy at broken k, linear in log k; NaN outside."""
    inside = (wanted >= ks[0] * (1 - NEAR)) & (wanted <= ks[-1] * (1 + NEAR))
    grid, place = np.log(ks.astype(np.float64)), np.log(np.clip(wanted, ks[0], ks[-1]))
    right = np.clip(np.searchsorted(grid, place), min(1, len(ks) - 1), len(ks) - 1)
    left = np.maximum(right - 1, 0)
    width = grid[right] - grid[left]
    share = np.divide(place - grid[left], width, out=np.zeros_like(place), where=width > 0)
    return np.where(inside, table[:, left] * (1 - share) + table[:, right] * share, np.nan)


def common_budgets(candidates: Sequence[Candidate], numbers: IntArray, points: int) -> FloatArray | Apart:
    """Budgets that every strategy reaches in every bin, with one of its selectors, evenly on a log axis, in mean tokens a problem; or why there are none.

    Args:
        candidates: one or more.
        numbers: bin of each problem, shape (problems,).
        points: how many.
    """
    lows: dict[str, float] = {}
    highs: dict[str, float] = {}
    for candidate in candidates:
        name = candidate.strategy
        means = [candidate.tokens[numbers == number].mean() for number in np.unique(numbers[numbers != NO_BIN])]
        lows[name] = min(lows.get(name, np.inf), float(candidate.ks[0] * max(means)))
        highs[name] = max(highs.get(name, -np.inf), float(candidate.ks[-1] * min(means)))
    (low, dear), (high, cheap) = max((low, name) for name, low in lows.items()), min((high, name) for name, high in highs.items())
    if low > high * (1 + NEAR):
        return Apart(dear, low, cheap, high)
    return np.unique(np.geomspace(low, max(low, high), points)) if high > low * (1 + NEAR) else np.array([low])


@dataclass(frozen=True, slots=True)
class Optimal:
    """Accuracy of each problem at each budget, shape (problems, B), by how the strategy was chosen.

    Args:
        adaptive: the best candidate for each bin, chosen on the other half of the problems.
        fixed: one candidate for all bins, chosen on the other half.
        oracle: the best candidate for each bin, chosen on the very problems: overstated, an upper end.
        chosen: how often each candidate was chosen in each bin, shape (bins, candidates, B); shares.
        chosen_fixed: how often each was the best fixed one, shape (candidates, B); shares.
        bins: their numbers, shape (bins,).
    """

    adaptive: FloatArray
    fixed: FloatArray
    oracle: FloatArray
    chosen: FloatArray
    chosen_fixed: FloatArray
    bins: IntArray


def compute_optimal(values: FloatArray, numbers: IntArray, splits: int, seed: int) -> Optimal:
    """Choose on one half of the problems, score on the other, over random halves of each bin.

    Candidates that are tied are chosen equally often.

    Args:
        values: accuracy of each candidate on each problem at each budget, shape (candidates, problems, B), without NaN.
        numbers: bin of each problem, shape (problems,), none of them ``NO_BIN``; each bin has two problems or more.
        splits: how many random halves; each half is scored once a split, so that every problem is scored so often.
        seed: of the halves.

    Raises:
        ValueError: an accuracy is NaN, or a bin cannot be halved.
    """
    if np.isnan(values).any():
        raise ValueError("accuracies must not be NaN; choose among budgets that all candidates reach")
    bins, sizes = np.unique(numbers, return_counts=True)
    if (sizes < 2).any():
        raise ValueError(f"bin {bins[sizes < 2][0]} has one problem, which cannot be halved")
    candidates, problems, budgets = values.shape
    random = np.random.default_rng(seed)
    adaptive, fixed, oracle = (np.zeros((problems, budgets)) for _ in range(3))
    chosen, chosen_fixed = np.zeros((len(bins), candidates, budgets)), np.zeros((candidates, budgets))
    rows_of = [np.flatnonzero(numbers == number) for number in bins]
    for rows in rows_of:
        best = _best(values[:, rows].mean(axis=1))
        oracle[rows] = np.einsum("cb,cpb->pb", best, values[:, rows])
    for _ in range(splits):
        first = np.zeros(problems, dtype=bool)
        for rows in rows_of:
            # Of an odd number the larger part falls to either half.
            half = (len(rows) + int(random.integers(2))) // 2
            first[random.permutation(rows)[:half]] = True
        for training in (first, ~first):
            best = _best(values[:, training].mean(axis=1))
            chosen_fixed += best
            fixed[~training] += np.einsum("cb,cpb->pb", best, values[:, ~training])
            for number, rows in enumerate(rows_of):
                own = training[rows]
                best = _best(values[:, rows[own]].mean(axis=1))
                chosen[number] += best
                adaptive[rows[~own]] += np.einsum("cb,cpb->pb", best, values[:, rows[~own]])
    return Optimal(adaptive / splits, fixed / splits, oracle, chosen / (2 * splits), chosen_fixed / (2 * splits), bins)


def _best(means: FloatArray) -> FloatArray:
    """Weights of the best candidates, equal where they are tied: shape (candidates, B), columns sum to 1."""
    tied = means >= means.max(axis=0) - EQUAL
    return np.asarray(tied / tied.sum(axis=0))


def rising(curves: ArrayLike) -> FloatArray:
    """The non-decreasing curves nearest in least squares (isotonic regression), along the last axis, by the max-min formula."""
    values = np.asarray(curves, dtype=np.float64)
    size = values.shape[-1]
    sums = np.concatenate([np.zeros((*values.shape[:-1], 1)), np.cumsum(values, axis=-1)], axis=-1)
    first, last = np.arange(size)[:, None], np.arange(size)[None, :]
    lengths = np.maximum(last - first + 1, 1)
    # Means from each first to each last; where last is before first there is none.
    means = np.where(last >= first, (sums[..., None, 1:] - sums[..., :-1, None]) / lengths, np.inf)
    least = np.minimum.accumulate(means[..., ::-1], axis=-1)[..., ::-1]
    allowed = np.where(last >= first, least, -np.inf)
    return np.asarray(allowed.max(axis=-2))


def saved_factor(better: ArrayLike, other: ArrayLike, budgets: FloatArray) -> FloatArray:
    """How many times the tokens ``other`` needs for the same accuracy, at the largest budget.

    Both curves are made non-decreasing. Where ``better`` ends above ``other``, it is the largest budget over the smallest one at which ``better`` reaches
    the last accuracy of ``other``, interpolated on log tokens; where it ends below, the inverse of the same with the two exchanged, less than 1.

    Args:
        better, other: accuracies, shapes (..., B).
        budgets: shape (B,), increasing.

    Returns:
        Shape (...). At most ``budgets[-1] / budgets[0]``: there the accuracy is reached at the smallest budget, and the factor may be larger.
    """
    one, two = rising(better), rising(other)
    return np.where(one[..., -1] >= two[..., -1] - EQUAL, _reach(one, two[..., -1], budgets), 1 / _reach(two, one[..., -1], budgets))


def _reach(curve: FloatArray, target: FloatArray, budgets: FloatArray) -> FloatArray:
    """The largest budget over the smallest at which a non-decreasing curve reaches a target; 1 where it never does."""
    reached = curve >= target[..., None] - EQUAL
    place = np.where(reached.any(axis=-1), reached.argmax(axis=-1), len(budgets) - 1)
    before = np.maximum(place - 1, 0)
    high, low = (np.take_along_axis(curve, index[..., None], axis=-1)[..., 0] for index in (place, before))
    share = np.clip(np.divide(target - low, high - low, out=np.ones_like(high), where=high - low > EQUAL), 0, 1)
    logs = np.log(budgets)
    return np.asarray(np.exp(logs[-1] - np.where(place == 0, logs[0], logs[before] * (1 - share) + logs[place] * share)))


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor of compute with its interval over problems. ``at_least``: the accuracy is reached at the smallest budget already."""

    factor: float
    lower: float
    upper: float
    at_least: bool


def saving(
    better: FloatArray, other: FloatArray, budgets: FloatArray, bootstrap: int, confidence: float, seed: int, groups: Sequence[object] | None = None
) -> Factor:
    """``saved_factor`` of means over problems, with a percentile interval over resamples of problems.

    Args:
        better, other: accuracy of each problem at each budget, shape (problems, B).
        budgets: shape (B,).
        bootstrap, confidence, seed, groups: as in ``monkeys.statistics.coverage``.
    """
    weights = resamples(len(better), bootstrap, seed, groups).counts
    weights /= weights.sum(axis=1, keepdims=True)
    tail = (1 - confidence) / 2
    low, high = np.quantile(saved_factor(weights @ better, weights @ other, budgets), [tail, 1 - tail])
    factor = float(saved_factor(better.mean(axis=0), other.mean(axis=0), budgets))
    return Factor(factor, float(low), float(high), bool(len(budgets) > 1 and factor >= budgets[-1] / budgets[0] * (1 - NEAR)))


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates at one budget.

    Args:
        best: number of the one with the highest mean accuracy; of tied ones the first.
        difference, lower, upper: its accuracy minus that of each candidate, paired by problem; shape (candidates,).
        p_value: of the sign-flip test for equal candidates, corrected for all pairs of candidates (Holm), since the best one is known from the same
            numbers only; 1 for itself. Shape (candidates,).
    """

    best: int
    difference: FloatArray
    lower: FloatArray
    upper: FloatArray
    p_value: FloatArray


def ranking(values: FloatArray, confidence: float, seed: int, groups: Sequence[object] | None = None) -> Ranking:
    """Compare the best candidate with the others on the same problems.

    Args:
        values: accuracy of each candidate on each problem, shape (candidates, problems).
        confidence: of the intervals.
        seed: of the test's flips.
        groups: of problems.
    """
    size = len(values)
    means = values.mean(axis=1)
    best = int(np.flatnonzero(means >= means.max() - EQUAL)[0])
    pairs = [(one, two) for one in range(size) for two in range(one + 1, size)]
    p_values = np.ones(size)
    if pairs:
        differences = np.stack([values[one] - values[two] for one, two in pairs], axis=1)
        for (one, two), corrected in zip(pairs, holm(equality_p_values(differences, seed, groups)), strict=True):
            if best in (one, two):
                p_values[two if one == best else one] = corrected
    first = np.ascontiguousarray(values.T)
    interval = difference_interval(first, np.repeat(first[:, [best]], size, axis=1), confidence, groups)
    return Ranking(best, means[best] - means, interval.lower, interval.upper, p_values)
