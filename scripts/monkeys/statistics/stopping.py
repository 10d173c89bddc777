"""Counts whose number of samples depends on their outcome: how it is noticed, and what can be estimated all the same.

The usual pass@k is unbiased for an n fixed beforehand. Where sampling stops at a success, n is short exactly where problems are solved, and pass@k comes out too
high. With a known rule the chance that the first k samples all fail, given n and c, is still a count of equally likely orders (Rao and Blackwell), so that pass@k
is unbiased again; for k = 1 and a stop at c successes it is (c - 1) / (n - 1) (Haldane 1945, Biometrika 33, 222).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.comparisons import equality_p_values
from monkeys.statistics.coverage import Curve, Difference, checked_counts, coverage_difference, curve_interval, pass_at_k
from monkeys.statistics.intervals import difference_interval

SUSPICIOUS = 1e-3
"""Below this p-value the number of samples is said to depend on the outcome."""
FEWEST_PROBLEMS = 8


@dataclass(frozen=True, slots=True)
class Stopping:
    """Samples are drawn in batches until a problem has so many successes, or until something that does not look at outcomes (a budget) ends it.

    Args:
        successes: at which sampling stops, >= 1.
        batch: samples that are drawn, and verified, at a time, >= 1.
    """

    successes: int = 1
    batch: int = 1

    def __str__(self) -> str:
        what = "the first success" if self.successes == 1 else f"{self.successes} successes"
        return f"stopped at {what}" + (f", in batches of {self.batch}" if self.batch > 1 else "")


def stopped_fault(samples: IntArray, correct: IntArray, rule: Stopping) -> tuple[int, str] | None:
    """The first problem whose counts the rule cannot have made, and why; None where none exists."""
    n, c, r, b = samples, correct, rule.successes, rule.batch
    for wrong, why in (
        (c > r - 1 + np.minimum(b, n), f"it has more successes than {r - 1} before the last batch of {b} and {b} in it"),
        ((c >= r) & (n % b != 0) & (n < n.max()), f"it stopped at {r} or more successes, but not at the end of a batch of {b}"),
    ):
        if wrong.any():
            return int(np.argmax(wrong)), why
    return None


def reach(samples: IntArray, correct: IntArray, rule: Stopping | None) -> int:
    """The largest k at which pass@k of every problem can be estimated: the smallest n; with a rule that of the problems that did not stop by it."""
    if rule is None:
        return int(samples.min())
    ended = correct < rule.successes
    return int(samples[ended].min() if ended.any() else samples.max())


def estimate(samples: ArrayLike, correct: ArrayLike, ks: ArrayLike, rule: Stopping | None) -> FloatArray:
    """Unbiased pass@k of each problem, shape (problems, K), by how samples were drawn; NaN where it does not exist.

    Under a rule, of the orders of c successes among n samples that have fewer than ``successes`` before the last batch, the share is counted that has a success
    among the first k. A problem that stopped by the rule has one by k = n, whatever k follows; one that was ended otherwise knows nothing beyond n.

    Args:
        samples: n, shape (problems,).
        correct: c, shape (problems,).
        ks: numbers of samples, shape (K,), each >= 1.
        rule: None where n was fixed beforehand.
    """
    if rule is None:
        return pass_at_k(samples, correct, ks)
    n, c = checked_counts(samples, correct)
    k = np.atleast_1d(np.asarray(ks, dtype=np.int64))
    pairs, inverse = np.unique(np.stack([n, c]), axis=1, return_inverse=True)
    rows = [_stopped(int(total), int(right), k, rule) for total, right in pairs.T]
    return np.stack(rows)[inverse.reshape(-1)]


def stopped_curve(
    samples: ArrayLike,
    correct: ArrayLike,
    ks: ArrayLike,
    rule: Stopping,
    bootstrap: int,
    confidence: float,
    seed: int,
    method: str = "dirichlet",
    groups: Sequence[object] | None = None,
) -> Curve:
    """As ``coverage_curve``, of samples that were stopped by a rule.

    Problems' estimates are unbiased and independent, as they are with a fixed n, so that the intervals are the same function of them. ``sampling_error`` comes
    from F_k^2 - F_2k as there, for 2k within reach.
    """
    n, c = checked_counts(samples, correct)
    k = np.atleast_1d(np.asarray(ks, dtype=np.int64))
    table = estimate(n, c, k, rule)
    interval = curve_interval(table, k, bootstrap, confidence, seed, method, groups)
    once, twice = 1 - table, 1 - estimate(n, c, 2 * k, rule)
    end = reach(n, c, rule)
    error = np.sqrt(np.maximum((once**2 - twice).sum(axis=0), 0)) / n.size
    return Curve(k, table.mean(axis=0), interval.lower, interval.upper, np.where(2 * k <= end, error, np.nan))


def part_of(samples: IntArray, correct: IntArray, held: IntArray, rule: Stopping | None, generator: np.random.Generator) -> tuple[IntArray, IntArray]:
    """(n, c) of a part of each problem's samples: a random one, or under a rule the first, in an order that the rule may have made.

    Args:
        samples: n, shape (problems,).
        correct: c, shape (problems,).
        held: samples of the part, shape (problems,).
        rule: as in ``estimate``.
        generator: of the chance.
    """
    if rule is None:
        return held, generator.hypergeometric(correct, samples - correct, held)
    first, passed = samples.copy(), correct.copy()
    for place in np.flatnonzero(samples > np.maximum(held // rule.batch, 1) * rule.batch):
        n, c = int(samples[place]), int(correct[place])
        length = int(max(held[place] // rule.batch, 1) * rule.batch)
        last, early = _before_last_batch(n, c, rule, generator)
        first[place] = length
        # What is cut off lies before the last batch, or in it where that is shorter than the others.
        within = min(length, n - last)
        passed[place] = generator.hypergeometric(early, n - last - early, within) if within else 0
        if length > within:
            passed[place] += generator.hypergeometric(c - early, last - (c - early), length - within)
    return first, passed


def _before_last_batch(n: int, c: int, rule: Stopping, generator: np.random.Generator) -> tuple[int, int]:
    """Samples of the last batch, and how many of c successes lie before it, in an order that the rule may have made."""
    last = n % rule.batch or rule.batch
    before = np.arange(min(rule.successes - 1, c) + 1)
    logs = _log_choose(n - last, before) + _log_choose(last, c - before)
    weights = np.exp(logs - logs.max())
    return last, int(generator.choice(before, p=weights / weights.sum()))


def stopped_again(
    samples: IntArray, correct: IntArray, own: Stopping | None, rule: Stopping, most: int, generator: np.random.Generator
) -> tuple[IntArray, IntArray]:
    """(n, c) as another rule that stops no later would have left them, ended at ``most``; from an order that the own rule may have made.

    Args:
        samples, correct: n and c, shape (problems,).
        own: the rule by which they were drawn; None where n was fixed beforehand.
        rule: the other one: not more successes, and batches into which the own ones can be cut.
        most: of samples, a multiple of its batch; at least so many were drawn of problems that the own rule did not stop.
        generator: of the chance.
    """
    n_cut, c_cut = samples.copy(), correct.copy()
    for place, (n, c) in enumerate(zip(samples.tolist(), correct.tolist(), strict=True)):
        last, early = (n, 0) if own is None else _before_last_batch(n, c, own, generator)
        passes = np.sort(
            np.concatenate([generator.choice(n - last, early, replace=False), n - last + generator.choice(last, c - early, replace=False)])
        )
        end = most
        if c >= rule.successes:
            end = min(end, (int(passes[rule.successes - 1]) // rule.batch + 1) * rule.batch)
        n_cut[place] = min(n, end)
        c_cut[place] = int(np.searchsorted(passes, n_cut[place]))
    return n_cut, c_cut


def stopped_difference(
    samples: ArrayLike,
    correct: ArrayLike,
    ks: ArrayLike,
    rules: Sequence[Stopping | None],
    confidence: float,
    seed: int,
    groups: Sequence[object] | None = None,
) -> Difference:
    """As ``coverage_difference``, of models of which one or both were stopped by a rule.

    Each model's pass@k is estimated by its own rule, so that the differences are unbiased and independent over problems, and the interval is the same
    function of them. The sign-flip test needs more: that equal models have counts of one distribution. So both models' samples are cut as one rule would have
    cut them that stops no later than either: the fewer successes, the largest batch that divides both, and no more samples than both have.

    Args:
        samples: n, shape (2, problems).
        correct: c, shape (2, problems).
        ks: numbers of samples, shape (K,), within the reach of both.
        rules: of each model; None where n was fixed beforehand.
        confidence, groups: as in ``coverage_curve``.
        seed: of the orders of samples and of the flips.

    Returns:
        The difference; the p-value is NaN at a k beyond the last whole batch of the common rule.
    """
    n, c, k = np.asarray(samples, dtype=np.int64), np.asarray(correct, dtype=np.int64), np.atleast_1d(np.asarray(ks, dtype=np.int64))
    known = [rule for rule in rules if rule is not None]
    if not known:
        return coverage_difference(n, c, k, confidence, seed, groups)
    first, second = (estimate(n[model], c[model], k, rules[model]) for model in (0, 1))
    interval = difference_interval(first, second, confidence, groups)
    rule = Stopping(min(one.successes for one in known), int(np.gcd.reduce([one.batch for one in known])))
    most = min(reach(n[model], c[model], rules[model]) for model in (0, 1)) // rule.batch * rule.batch
    tested = np.full(first.shape, np.nan)
    if most:
        generator = np.random.default_rng([seed, 2])
        cut = [stopped_again(n[model], c[model], rules[model], rule, most, generator) for model in (0, 1)]
        within = k <= most
        tested[:, within] = estimate(*cut[1], k[within], rule) - estimate(*cut[0], k[within], rule)
    p_values = equality_p_values(tested, seed, groups)
    return Difference(k, (second - first).mean(axis=0), interval.lower, interval.upper, p_values)


def success_bounds(samples: ArrayLike, correct: ArrayLike, rule: Stopping, confidence: float) -> tuple[FloatArray, FloatArray]:
    """Exact interval of each problem's chance of success in one sample, from samples that were stopped by a rule.

    As Clopper and Pearson's: a bound is the chance at which what was seen, or what speaks still more for a high (low) chance, has a probability of half of what
    the level leaves. Earlier stops speak for higher chances, and of equally early ones more successes. For batches of one sample the lower bound is Clopper
    and Pearson's, and the upper one is theirs from n - 1 samples with c - 1 passes where the last one passed and ended it.

    Args:
        samples: n, shape (problems,), each at least 1.
        correct: c, shape (problems,).
        rule: by which sampling stopped.
        confidence: level.

    Returns:
        Lower and upper ends, shape (problems,).
    """
    n, c = checked_counts(samples, correct)
    tail = (1 - confidence) / 2
    pairs, inverse = np.unique(np.stack([n, c]), axis=1, return_inverse=True)
    ends = np.array([_success_bounds(int(total), int(passed), rule, tail) for total, passed in pairs.T])[inverse.reshape(-1)]
    return ends[:, 0], ends[:, 1]


def _success_bounds(n: int, c: int, rule: Stopping, tail: float) -> tuple[float, float]:
    from scipy.optimize import brentq

    last = n % rule.batch or rule.batch
    before = np.arange(rule.successes)

    def reached(p: float, most: int) -> float:
        """The chance that sampling goes on to the last batch and has at most so many successes at its end."""
        chances = _at_most(before, n - last, p) - _at_most(before - 1, n - last, p)
        return float((chances * _at_most(most - before, last, p)).sum())

    def at_most(p: float) -> float:
        return reached(p, c)

    def at_least(p: float) -> float:
        return 1 - reached(p, c - 1)

    lower = 0.0 if c == 0 else float(brentq(lambda p: at_least(p) - tail, 0, 1, xtol=1e-12))
    full = c == n or at_most(1 - 1e-12) > tail
    return lower, 1.0 if full else float(brentq(lambda p: at_most(p) - tail, 0, 1 - 1e-12, xtol=1e-12))


def _at_most(successes: IntArray, samples: int, p: float) -> FloatArray:
    """The binomial distribution function, also below zero and beyond the number of samples."""
    from scipy.special import bdtr

    inside = bdtr(np.clip(successes, 0, samples), samples, p)
    return np.where(successes < 0, 0.0, np.where(successes >= samples, 1.0, inside))


def outcome_dependence(samples: ArrayLike, correct: ArrayLike) -> float:
    """Two-sided p-value of the hypothesis that the numbers of samples do not depend on outcomes; 1 where they are all the same, or problems are few.

    c / n has the same expectation whatever n was fixed beforehand, so it is regressed on log n over problems, with a standard error that allows for unequal
    variances (HC3, MacKinnon and White 1985, J. Econometrics 29, 305).
    """
    from scipy.special import stdtr

    n, c = checked_counts(samples, correct)
    if n.size < FEWEST_PROBLEMS or n.min() == n.max() or not c.any() or (c == n).all():
        return 1.0
    x, rate = np.log(n), c / n
    x = x - x.mean()
    square = float((x**2).sum())
    slope = float((x * rate).sum()) / square
    leverage = 1 / n.size + x**2 / square
    residual = (rate - rate.mean() - slope * x) / np.maximum(1 - leverage, 1e-9)
    error = float(np.sqrt((x**2 * residual**2).sum())) / square
    if error == 0:
        return 0.0 if slope else 1.0
    return float(2 * stdtr(n.size - 2, -abs(slope / error)))


def dependence_in_words(samples: ArrayLike, correct: ArrayLike) -> str | None:
    """That samples were drawn by looking at outcomes, in words, where the counts show it; else None."""
    n, c = checked_counts(samples, correct)
    value = outcome_dependence(n, c)
    if value >= SUSPICIOUS:
        return None
    short = n < n.max()
    stops = np.unique(c[short])
    fewer = float((c / n)[short].mean()) > float((c / n)[~short].mean())
    if stops.size == 1 and stops[0] > 0:
        what = f"every problem with fewer samples than others has {stops[0]} that passed, as if sampling had stopped there"
    else:
        what = f"problems with {'fewer' if fewer else 'more'} samples pass more often"
    return (
        f"the number of samples depends on the outcome ({what}; p = {value:.1g}). pass@k is unbiased only where n is fixed beforehand, so the curve and what is made "
        "of it are biased; declare the rule by the key stopping, or draw the same number for every problem"
    )


def _stopped(n: int, c: int, k: IntArray, rule: Stopping) -> FloatArray:
    last = n % rule.batch or rule.batch
    stopped = c >= rule.successes
    found = np.where(k <= n, 0.0, 1.0 if stopped else np.nan)
    before = np.arange(min(rule.successes - 1, c) + 1)
    every = np.logaddexp.reduce(_log_choose(n - last, before) + _log_choose(last, c - before))
    early = k <= n - last
    late = (k > n - last) & (k <= n)
    orders = _log_choose(n - last - k[early][:, None], before) + _log_choose(last, c - before)
    found[early] = 1 - np.exp(np.logaddexp.reduce(orders, axis=1) - every)
    found[late] = 1 - np.exp(_log_choose(n - k[late], np.array([c])) - every)
    return np.clip(found, 0, 1)


def _log_choose(n: ArrayLike, k: IntArray) -> FloatArray:
    """log C(n, k); -inf where k is more than n or less than 0."""
    # On use: a study starts hundreds of scripts that read counts and estimate nothing.
    from scipy.special import gammaln

    total, chosen = np.broadcast_arrays(np.asarray(n, dtype=np.float64), np.asarray(k, dtype=np.float64))
    possible = (chosen >= 0) & (chosen <= total)
    top, bottom = np.where(possible, total, 0), np.where(possible, chosen, 0)
    return np.asarray(np.where(possible, gammaln(top + 1) - gammaln(bottom + 1) - gammaln(top - bottom + 1), -np.inf))
