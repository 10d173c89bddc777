"""How much of what is drawn is new: distinct answers, or distinct texts, among the samples of a problem.

A verifier says the same of the same text, so a sample that repeats an earlier one is no new chance. All here follows from multiplicities: how often
each distinct value stands among a problem's n samples. Samples without a value (no answer could be taken out) count in n and never as distinct.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.coverage import pass_at_k

FLAT = 0.05
"""A curve is flat where its last doubling of samples gained at most this share of what was covered at its end, and of what was left at its beginning.

Both, for a curve can be far below its ceiling or near it: one that rises from 6.8 to 7.1 points, or from 99.0 to 99.5, is not flat. A power law of
failure, fail@k ~ k^-b, is flat by this for b < 0.074, and solves half of what is left in 14 doublings or more.
"""
REPEATING = 0.1
"""A model repeats itself where a next sample is new with at most this chance: a doubling then buys no new chances for nine samples of ten or more.

The chance falls with every sample, so what Good and Turing's estimate says of the next sample bounds all samples behind it.
"""


def multiplicities(problems: ArrayLike, values: NDArray[np.uint64], count: int) -> list[IntArray]:
    """How often each distinct value comes, for each problem.

    Args:
        problems: number of each sample's problem, from 0, shape (samples,).
        values: a hash of each sample's text or answer, shape (samples,).
        count: how many problems there are.

    Returns:
        One array for each problem, in no particular order; empty where it has no value.
    """
    owner = np.asarray(problems, dtype=np.int64)
    order = np.lexsort((values, owner))
    owner, sorted_values = owner[order], values[order]
    first = np.ones(owner.size, dtype=bool)
    first[1:] = (owner[1:] != owner[:-1]) | (sorted_values[1:] != sorted_values[:-1])
    starts = np.flatnonzero(first)
    times = np.diff(np.append(starts, owner.size))
    return np.split(times, np.searchsorted(owner[starts], np.arange(1, count)))


def expected_distinct(multiplicity: ArrayLike, ks: ArrayLike, samples: int | None = None) -> FloatArray:
    """Distinct values among k of a problem's n samples, expected over all choices of k: rarefaction.

    The sum over values of 1 - C(n - m, k) / C(n, k), m being how often the value comes (S. H. Hurlbert 1971, eq. 14; exact, without replacement),
    each as the product of (n - k - i) / (n - i) for i < m: no factor overflows, and their number does not grow with k. It estimates without bias
    how many distinct values k fresh samples have: the ``effective samples`` at k.

    Args:
        multiplicity: m of each distinct value, shape (values,), each >= 1.
        ks: numbers of samples, shape (K,), each >= 1.
        samples: n, where some samples have no value; otherwise the sum of m.

    Returns:
        Shape (K,); NaN where k > n.

    Raises:
        ValueError: a multiplicity, a k or n is out of its range.
    """
    m, n = _multiplicity(multiplicity, samples)
    k = np.atleast_1d(np.asarray(ks, dtype=np.int64))
    if (k < 1).any():
        raise ValueError("k must be at least 1")
    result = np.full(k.size, np.nan)
    sizes, times = np.unique(m, return_counts=True)
    steps = np.arange(int(sizes.max(initial=0)), dtype=np.longdouble)
    for place in np.flatnonzero(k <= n):
        # Where fewer than m samples are left out, a factor is zero, and so is all that follows.
        missed = np.cumprod(np.clip((n - k[place] - steps) / (n - steps), 0, None))
        result[place] = float((times * (1 - missed[sizes - 1])).sum()) if sizes.size else 0.0
    return result


def distinct_share(problems: Sequence[ArrayLike], ks: ArrayLike, samples: ArrayLike) -> FloatArray:
    """Distinct values among k samples as a share of k, averaged over problems.

    Args:
        problems: multiplicities of each.
        ks: numbers of samples, shape (K,).
        samples: n of all problems, or of each.

    Returns:
        Shape (K,); NaN where a problem has fewer than k samples.
    """
    k = np.atleast_1d(np.asarray(ks, dtype=np.int64))
    return np.asarray(np.mean([expected_distinct(m, k, n) for m, n in zip(problems, _each(samples, problems), strict=True)], axis=0) / k)


def _each(samples: ArrayLike, problems: Sequence[ArrayLike]) -> list[int]:
    """n of each problem."""
    return [int(n) for n in np.broadcast_to(np.asarray(samples), (len(problems),))]


def unseen_mass(multiplicity: ArrayLike, samples: int | None = None) -> float:
    """The chance that a next sample of the problem has a value not seen before, by Good and Turing: the share of samples whose value comes once.

    I. J. Good (1953), The population frequencies of species. Its expectation is, to be exact, the chance that the last of the n samples is new; it
    is also the last step of the rarefaction curve.

    Returns:
        A share; NaN without samples.
    """
    m, n = _multiplicity(multiplicity, samples)
    return float((m == 1).sum() / n) if n else float("nan")


def collision_chance(multiplicity: ArrayLike, samples: int | None = None) -> float:
    """The chance that two samples of the problem have the same value: the sum of m (m - 1) / (n (n - 1)).

    An unbiased estimate of the sum over values of p^2 (E. H. Simpson 1949).

    Returns:
        A share; NaN with fewer than two samples.
    """
    m, n = _multiplicity(multiplicity, samples)
    return float((m * (m - 1)).sum() / (n * (n - 1))) if n > 1 else float("nan")


def effective_number(problems: Sequence[ArrayLike], samples: ArrayLike) -> float:
    """How many equally frequent values would repeat as often as these do: 1 / the mean over problems of ``collision_chance``.

    The Hill number of order 2 (inverse Simpson index), its harmonic mean over problems: an average that holds where single problems have no repeats
    and so no finite estimate. Frequent values rule it, rare ones hardly count: it says after how many samples repeats begin, not how many
    values there are. The chance is estimated without bias, its inverse is not. ``samples`` is n of all problems, or of each.

    Returns:
        At least 1; infinite where no value comes twice, which says only that the number is large beside n^2; NaN with fewer than two samples.
    """
    chance = float(np.mean([collision_chance(m, n) for m, n in zip(problems, _each(samples, problems), strict=True)]))
    return float("inf") if chance == 0 else 1 / chance


@dataclass(frozen=True, slots=True)
class Saturation:
    """What the end of a coverage curve tells, with the numbers behind it.

    Args:
        kind: ``rising``, ``repeats``, ``new_but_wrong`` or ``solved``.
        sentence: the same in words.
        unit: what was compared, ``answer`` or ``text``.
        half, k: the last doubling, in samples a problem.
        coverage_half, coverage: at both ends (shares).
        unsolved: number of problems without a pass.
        unseen_mass_unsolved: the mean over these of the chance that a next sample is new; None where there are none.
        unseen_mass: the mean over all problems.
    """

    kind: str
    sentence: str
    unit: str
    half: int
    k: int
    coverage_half: float
    coverage: float
    unsolved: int
    unseen_mass_unsolved: float | None
    unseen_mass: float


def saturation(samples: ArrayLike, correct: ArrayLike, unseen_masses: ArrayLike, unit: str) -> Saturation:
    """Whether a coverage curve has become flat, and if so, whether the model repeats itself or goes on with new values that are wrong.

    Only problems without a pass can still raise coverage, so the chance of something new is that of these problems. A flat curve of a model that
    repeats itself calls for other samples (a higher temperature, another prompt); one whose model still produces new and wrong answers does not.
    Texts that differ in a name or a blank are different: for programs ``new_but_wrong`` says less than for answers.

    Args:
        samples: n, shape (problems,); the doubling ends at the smallest.
        correct: c, shape (problems,).
        unseen_masses: ``unseen_mass`` of each problem, shape (problems,).
        unit: what they were taken from: ``answer`` or ``text``.

    Raises:
        ValueError: there is no doubling (fewer than two samples), or shapes differ.
    """
    n, c, chances = np.asarray(samples), np.asarray(correct), np.asarray(unseen_masses, dtype=np.float64)
    if chances.shape != n.shape:
        raise ValueError(f"samples and unseen_masses must be equally long, but have shapes {n.shape} and {chances.shape}")
    k = int(n.min()) if n.size else 0
    if k < 2:
        raise ValueError(f"a problem has {k} samples; a doubling needs two")
    before, after = (float(value) for value in pass_at_k(n, c, [k // 2, k]).mean(axis=0))
    open_problems = c == 0
    unsolved = int(open_problems.sum())
    chance = float(chances[open_problems].mean()) if unsolved else None
    start, end = f"{100 * before:.1f}", f"{100 * after:.1f} %"
    doubling = f"the last doubling ({k // 2} to {k} samples) " + (
        f"left coverage at {end}" if f"{start} %" == end else f"raised coverage from {start} to {end}"
    )
    # Rounding aside: gained is 0 where nothing was gained.
    flat = after - before <= FLAT * min(after, 1 - before) + 1e-12
    if chance is None:
        kind, sentence = "solved", f"every problem is solved: {doubling}"
    else:
        new = f"on the {unsolved} unsolved problems a next sample's {unit} is new with a chance of {100 * chance:.1f} %"
        if not flat:
            kind, sentence = "rising", f"the curve still rises: {doubling}; {new}"
        elif chance <= REPEATING:
            kind, sentence = "repeats", f"the curve flattens because the model repeats itself: {doubling}, and {new}"
        else:
            kind, sentence = (
                "new_but_wrong",
                f"the curve flattens although the model goes on producing new {unit}s, all wrong: {doubling}, while {new}",
            )
    return Saturation(kind, sentence, unit, k // 2, k, before, after, unsolved, chance, float(chances.mean()))


def _multiplicity(multiplicity: ArrayLike, samples: int | None) -> tuple[IntArray, int]:
    m = np.atleast_1d(np.asarray(multiplicity, dtype=np.int64))
    if m.ndim != 1 or (m < 1).any():
        raise ValueError("multiplicities must be one-dimensional and at least 1")
    n = int(m.sum()) if samples is None else samples
    if n < m.sum():
        raise ValueError(f"{n} samples cannot hold {m.sum()} values")
    return m, n
