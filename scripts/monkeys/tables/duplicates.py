"""The alarm for samples that are not independent draws: seeds that come twice, files that repeat each other, seeds that change nothing.

Independent samples of a problem are exchangeable: which of them has which index, and so is in which file, is chance, however often texts
repeat. The two tests of texts rest on nothing else. Given the texts, they ask of each rare one where it fell, so that a text which is nine tenths of
a problem's samples weighs no more than any other, and they bound the chance of what they see from above.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csc_array
from scipy.special import rel_entr

from monkeys.errors import InputError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.integer[Any]]

CHANCE = 5e-10
"""How often, at most, independent samples of a model on a benchmark set off one of the two tests of texts, over all that it compares."""
RANDOM_FROM = 0.2
"""Temperature from which texts are compared. Below, rounding decides more than seeds do, and it repeats with the batches."""
VARIED_FROM = 0.5
"""Temperature from which samples are expected to differ."""
LONG = 50
"""Output tokens from which they are: the mean of a problem's samples."""
ALIKE = 0.95
"""Share of pairs with the same text, the mean over problems, from which seeds seem to change nothing."""
PAIRS_AT_A_TIME = 1_000_000
"""Pairs of files in memory: some 100 MB."""


def check_duplicates(samples: pd.DataFrame, files: Sequence[Path], sampling: Mapping[str, Any] | None, label: str, searched: bool = False) -> None:
    """See that a model's samples on a benchmark are draws of their own.

    Args:
        samples: what ``monkeys.tables.tokens.read_columns`` makes of the files.
        files: the files, by block and round.
        sampling: vLLM's sampling parameters; None for recorded samples, of which they are unknown, and whose seeds may be anything.
        label: model and benchmark, for the sentence.
        searched: whether samples are trees, whose final texts may all be the same: the values decide, too.

    Raises:
        InputError: a problem has a seed twice; two files hold the same samples, in whatever order; samples come again in the same order, some
            places later; or samples hardly differ although the temperature is high.
    """
    temperature = None if sampling is None else _temperature(sampling)
    if temperature is not None:
        _check_seeds(samples, files, label)
        if temperature < RANDOM_FROM:
            return
    texts = samples.groupby(["problem_id", "text"], sort=False, observed=True).ngroup().to_numpy()
    if temperature is not None and temperature >= VARIED_FROM and not searched:
        _check_variety(samples, texts, temperature, label)
    remedy = (
        "take the doubles out of the recorded samples"
        if sampling is None
        else "delete {} and run again; if it comes again, the engine does not heed seeds"
    )
    _check_files(samples, texts, files, label, remedy)
    _check_distances(samples, texts, label, remedy)


def _temperature(sampling: Mapping[str, Any]) -> float:
    """The temperature, 0 where another parameter leaves little but the likeliest token."""
    narrow = sampling.get("top_k") == 1 or sampling.get("top_p", 1) < 0.5 or sampling.get("min_p", 0) > 0.5
    return 0.0 if narrow else float(sampling["temperature"])


def _check_seeds(samples: pd.DataFrame, files: Sequence[Path], label: str) -> None:
    seeded = samples[samples["seed"] >= 0]
    twice = seeded[seeded.duplicated(["problem_id", "seed"], keep=False)]
    if twice.empty:
        return
    problem, seed = twice["problem_id"].iloc[0], twice["seed"].iloc[0]
    same = twice[(twice["problem_id"] == problem) & (twice["seed"] == seed)]
    one, two = same["sample_index"].iloc[:2]
    where = " and ".join(str(files[number]) for number in same["file"].iloc[:2].unique())
    raise InputError(
        f"{label}: {len(twice)} of {len(samples)} samples have the same seed as another of their problem, such as samples {one} and {two} of {problem}"
        f" (seed {seed}), so they are not independent draws; delete {where} and run again"
    )


def _check_variety(samples: pd.DataFrame, texts: IntArray, temperature: float, label: str) -> None:
    """Raise where long samples are nearly all equal, on 8 problems or more with 64 samples or more beside the first of each."""
    problem = samples["problem_id"].cat.codes.to_numpy(np.int64)
    n, tokens = np.bincount(problem), np.bincount(problem, samples["output_tokens"])
    _, first, repeats = np.unique(texts, return_index=True, return_counts=True)
    same = np.bincount(problem[first], repeats * (repeats - 1), len(n))
    long = (n > 1) & (tokens >= LONG * n)
    if long.sum() < 8 or (n[long] - 1).sum() < 64:
        return
    share = float(np.mean(same[long] / (n[long] * (n[long] - 1))))
    if share >= ALIKE:
        raise InputError(
            f"{label}: at temperature {temperature:g}, on {long.sum()} problems whose samples have {LONG} tokens or more, {100 * share:.1f} % of the pairs"
            " of samples have the same text, so seeds seem to change nothing; look at the engine, delete the samples and run again (a model that is"
            " truly as sure needs but one sample, at temperature 0)"
        )


def log_rarity(hits: ArrayLike, trials: ArrayLike, chance: ArrayLike) -> FloatArray:
    """Minus the logarithm of a bound on the chance of that many hits or more; 0 where there are no more than expected.

    The bound is Hoeffding's (1963, theorem 1), exp(-K KL(x / K || p)). It holds for trials whose chances differ and have the mean p, and for trials
    one after the other of which each, whatever went before, hits with at most its own chance.

    Args:
        hits: x.
        trials: K, 0 <= x <= K.
        chance: p, 0 < p <= 1.
    """
    x, k, p = (np.asarray(value, dtype=np.float64) for value in (hits, trials, chance))
    with np.errstate(invalid="ignore"):
        divergence = rel_entr(x, k * p) + rel_entr(k - x, k * (1 - p))
    return np.where(x > k * p, divergence, 0.0)


@dataclass(frozen=True, slots=True)
class _Files:
    """Files with samples of the same problems.

    Args:
        names: of the F files, or of the rounds.
        counts: how often each has each text of each problem, shape (texts, F).
        smallest: the least number of samples of a problem in each, shape (F,).
    """

    names: list[str]
    counts: csc_array
    smallest: IntArray

    @classmethod
    def of(cls, problem: IntArray, texts: IntArray, place: IntArray, names: list[str]) -> "_Files":
        rows = np.unique(texts, return_inverse=True)[1]
        counts = csc_array((np.ones(len(rows), np.int32), (rows, place)), shape=(int(rows.max()) + 1, len(names)))
        counts.sum_duplicates()
        keys, sizes = np.unique(problem * len(names) + place, return_counts=True)
        smallest = np.full(len(names), np.iinfo(np.int64).max)
        np.minimum.at(smallest, keys % len(names), sizes)
        return cls(names, counts, smallest)

    def having(self, chosen: NDArray[np.bool_]) -> csc_array:
        """Ones at the chosen counts, shape (texts, F)."""
        ones = self.counts.copy()
        ones.data = chosen.astype(np.int32)
        ones.eliminate_zeros()
        return ones


def _check_files(samples: pd.DataFrame, texts: IntArray, files: Sequence[Path], label: str, remedy: str) -> None:
    """Raise where a file repeats another: within each block, and round against round over all blocks, where they have the same number of rounds.

    Of the texts that two files together hold twice, each lies once in each file or twice in one. Where the two have n places for a problem's samples
    and m of those are left when the texts before are placed, the next is parted with a chance of at most m / (2 (m - 1)): about a half. In a file
    that repeats another all are parted.
    """
    problem, file = (samples["problem_id"].cat.codes.to_numpy(np.int64), samples["file"].to_numpy(np.int64))
    first = np.full(int(problem.max()) + 1, len(files))
    np.minimum.at(first, problem, file)
    block = first[problem]
    groups, rounds = [], np.zeros(len(file), np.int64)
    for name in np.unique(block):
        rows = np.flatnonzero(block == name)
        members, place = np.unique(file[rows], return_inverse=True)
        rounds[rows] = place
        groups.append(_Files.of(problem[rows], texts[rows], place, [str(files[member]) for member in members]))
    if len(groups) > 1 and len({len(group.names) for group in groups}) == 1:
        groups.append(_Files.of(problem, texts, rounds, [f"{name} with the files of its round" for name in groups[0].names]))
    tests = sum(len(group.names) * (len(group.names) - 1) // 2 for group in groups)
    for group in groups:
        if found := _most_alike(group, tests):
            _stop_at(group, *found, label, remedy)


def _most_alike(group: _Files, tests: int) -> tuple[int, int, int] | None:
    """The two files that are most surely alike and the number of pairs that are surely so; None where no pair is."""
    if len(group.names) == 1 or np.partition(group.smallest, -2)[-2:].sum() < 4:
        # Nothing to compare with; or one sample a problem and file, where a text that two files hold twice is parted in any case.
        return None
    data = group.counts.data
    once, twice, present = group.having(data == 1), group.having(data == 2), group.having(data > 0)
    singles, pairs = once.sum(axis=0), twice.sum(axis=0)
    # The mean of m / (2 (m - 1)) over m = 2, 4, ..., n, by n / 2.
    half = np.arange(1, int(group.smallest.max()) + 1)
    parted = 0.5 + 0.5 * np.cumsum(1 / (2 * half - 1)) / half
    total = len(group.names)
    best, alike = (0.0, 0, 0), 0
    step = max(1, PAIRS_AT_A_TIME // total)
    for start in range(0, total, step):
        rows = np.arange(start, min(start + step, total))
        hits = (once[:, rows].T @ once).toarray()
        together = pairs[rows][:, None] - (twice[:, rows].T @ present).toarray() + pairs - (present[:, rows].T @ twice).toarray()
        chance = parted[(group.smallest[rows][:, None] + group.smallest) // 2 - 1]
        rarity = log_rarity(hits, hits + together, chance)
        # More than half of what stands once in a file stands once in the other: rounds may share a few texts, say if each begins with the likeliest.
        rarity[(2 * hits <= np.minimum(singles[rows][:, None], singles)) | (rows[:, None] >= np.arange(total))] = 0
        alike += int((rarity > np.log(tests / CHANCE)).sum())
        row, column = np.unravel_index(np.argmax(rarity), rarity.shape)
        best = max(best, (float(rarity[row, column]), int(rows[row]), int(column)))
    return (best[1], best[2], alike) if alike else None


def _stop_at(group: _Files, one: int, two: int, alike: int, label: str, remedy: str) -> None:
    a, b = (group.counts[:, [place]].toarray().ravel().astype(np.int64) for place in (one, two))
    n, m = group.smallest[[one, two]].tolist()
    expected = (a * (a - 1) + b * (b - 1)).sum() * n * m / (n * (n - 1) + m * (m - 1))
    others, doubles = (f" (so do {alike - 1} more pairs)", "the samples") if alike > 1 else ("", "both")
    raise InputError(
        f"{label}: {group.names[one]} and {group.names[two]} hold the same samples{others}: {np.minimum(a, b).sum()} of {min(a.sum(), b.sum())} stand in"
        f" both, and {(a * b).sum()} pairs across the two have the same text, where about {expected:.0f} were expected from how often texts repeat"
        f" within each; {remedy.format(doubles)}"
    )


def _check_distances(samples: pd.DataFrame, texts: IntArray, label: str, remedy: str) -> None:
    """Raise where a quarter of the samples and half of the rare texts stand already a number of places before, in the same order, whatever the files.

    A text that a problem has m times, when n places are left by the texts before, comes at any given distance for the second time with a chance of
    at most m / n. Distance 1 is left out, for it is what sorting does.
    """
    problem, index = (samples["problem_id"].cat.codes.to_numpy(np.int64), samples["sample_index"].to_numpy(np.int64))
    order = np.lexsort((index, texts))
    _, start, m = np.unique(texts[order], return_index=True, return_counts=True)
    owner, n = problem[order[start]], np.bincount(problem)
    rare = (m > 1) & (m <= np.maximum(3, n[owner] // 20))
    start, m, owner = start[rare], m[rare], owner[rare]
    if not len(m):
        return
    by_owner = np.argsort(owner, kind="stable")
    start, m, owner = start[by_owner], m[by_owner], owner[by_owner]
    before = np.cumsum(m) - m
    before -= before[np.searchsorted(owner, owner)]
    distance = index[order[start + 1]] - index[order[start]]
    hits = np.bincount(distance, minlength=3)
    hits[:2] = 0
    rarity = log_rarity(hits, len(m), np.mean(m / (n[owner] - before)))
    far = int(np.argmax(rarity))
    if rarity[far] <= np.log(len(hits) / CHANCE):
        return
    width = int(index.max()) + 1
    order = np.lexsort((index, problem))
    keys, sorted_texts = problem[order] * width + index[order], texts[order]
    earlier = np.minimum(np.searchsorted(keys, keys - far), len(keys) - 1)
    again = int(((keys[earlier] == keys - far) & (sorted_texts[earlier] == sorted_texts)).sum())
    if 4 * again >= len(keys) and 2 * hits[far] > len(m):
        raise InputError(
            f"{label}: {again} of {len(keys)} samples have the same text as the sample {far} places before, and of the {len(m)} rare texts that come again"
            f" {hits[far]} do so at that distance, where about {hits.sum() / len(hits):.0f} were expected; {remedy.format('the samples')}"
        )
