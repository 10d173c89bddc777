"""How hard problems are for a model: success per problem with an interval, and coverage by bins of difficulty.

Bins are those of Snell et al. (arXiv 2408.03314, section 3.2): five of equal size, by a model's pass@1 on a problem, estimated from many samples. They
judge a problem and measure on it with the same samples; then the easiest bin holds the problems on which the model was lucky, and looks easier than
it is, as the hardest looks harder. Here a problem's samples are split: one half judges, the other measures.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.coverage import log_spaced, resample_weights
from monkeys.statistics.quantiles import beta_quantile, normal_quantile
from monkeys.statistics.stopping import Stopping, estimate, reach, success_bounds

INTERVALS = ("clopper-pearson", "wilson")
NO_BIN = 0
CURVE_POINTS = 60


def success_interval(samples: ArrayLike, correct: ArrayLike, confidence: float, method: str = "clopper-pearson") -> tuple[FloatArray, FloatArray]:
    """Interval of each problem's chance of success in one sample, from c passes in n samples.

    Clopper and Pearson's (Biometrika 26, 1934) covers at least as often as it says, whatever the chance; Wilson's (J. Am. Stat. Assoc. 22, 1927) is
    shorter and covers so often on average.

    Args:
        samples: n, shape (problems,).
        correct: c, shape (problems,).
        confidence: level, between 0 and 1.
        method: one of ``INTERVALS``.

    Returns:
        Lower and upper ends, shape (problems,); NaN where n = 0.

    Raises:
        ValueError: no such method, or c does not lie between 0 and n.
    """
    n, c = np.asarray(samples, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    if ((c < 0) | (c > n)).any():
        raise ValueError("correct must lie between 0 and samples")
    tail = (1 - confidence) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        if method == "clopper-pearson":
            lower = np.where(c == 0, 0.0, beta_quantile(tail, c, n - c + 1))
            upper = np.where(c == n, 1.0, beta_quantile(1 - tail, c + 1, n - c))
        elif method == "wilson":
            z = normal_quantile(1 - tail)
            middle = (c + z**2 / 2) / (n + z**2)
            half = z / (n + z**2) * np.sqrt(c * (n - c) / n + z**2 / 4)
            # At the ends the formula gives 0 and 1 but for rounding.
            lower, upper = np.where(c == 0, 0.0, middle - half), np.where(c == n, 1.0, middle + half)
        else:
            raise ValueError(f"no interval is called {method!r}; there are {', '.join(INTERVALS)}")
    return np.where(n == 0, np.nan, lower), np.where(n == 0, np.nan, upper)


def success(samples: ArrayLike, correct: ArrayLike) -> FloatArray:
    """c / n of each problem, NaN where n = 0; shape (problems,)."""
    n, c = np.asarray(samples, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    return np.asarray(np.divide(c, n, out=np.full(n.shape, np.nan), where=n > 0))


@dataclass(frozen=True, slots=True)
class Halves:
    """Counts of two halves of each problem's samples, each of shape (problems,)."""

    judging_samples: IntArray
    judging_correct: IntArray
    measuring_samples: IntArray
    measuring_correct: IntArray


def split_samples(samples: ArrayLike, correct: ArrayLike, seed: int) -> Halves:
    """Split each problem's samples at random into a half that judges its difficulty and one that measures coverage.

    Samples are exchangeable, so the counts are all that matters: of n // 2 samples drawn without replacement, a hypergeometric number passed. With an odd
    n the measuring half has one more.

    Args:
        samples: n, shape (problems,).
        correct: c, shape (problems,).
        seed: of the split.
    """
    n, c = np.asarray(samples, dtype=np.int64), np.asarray(correct, dtype=np.int64)
    # A stream apart from that of the bootstrap, which is seeded with the bare seed.
    judged = np.random.default_rng([seed, 1]).hypergeometric(c, n - c, n // 2)
    return Halves(n // 2, judged, n - n // 2, c - judged)


def difficulty_bins(successes: ArrayLike, bins: int) -> IntArray:
    """Cut problems into bins of equal size by their success; bin 1 is the easiest.

    Neighbouring bins in which all problems are equal (never solved, say) would differ by the order of the problems alone, and the differences between
    their curves would be chance: they are one bin, under the number of the first, and the numbers of the others do not occur.

    Args:
        successes: share of samples that passed, shape (problems,), or NaN where it is not known. Of equal ones the earlier counts as easier.
        bins: how many; as many as there are problems where these are fewer.

    Returns:
        Shape (problems,): 1 to ``bins``, or ``NO_BIN`` where success is not known. Sizes differ by one at most, the first bins being larger, but for
        bins that are several in one.

    Raises:
        ValueError: ``bins`` is less than 1.
    """
    if bins < 1:
        raise ValueError("there must be at least one bin")
    values = np.asarray(successes, dtype=np.float64)
    result = np.full(values.shape, NO_BIN, dtype=np.int64)
    known = np.flatnonzero(~np.isnan(values))
    if known.size:
        order = known[np.argsort(-values[known], kind="stable")]
        first = 1
        parts = np.array_split(order, min(bins, known.size))
        for number, part in enumerate(parts, 1):
            before = parts[max(number - 2, 0)]
            # In order, so that all are equal where the ends are.
            if values[part[-1]] != values[before[0]]:
                first = number
            result[part] = first
    return result


@dataclass(frozen=True, slots=True)
class BinCurve:
    """Coverage of one bin's problems; ``k``, ``coverage``, ``lower`` and ``upper`` of shape (K,), shares from 0 to 1."""

    problems: int
    k: IntArray
    coverage: FloatArray
    lower: FloatArray
    upper: FloatArray


def coverage_by_bin(
    samples: ArrayLike, correct: ArrayLike, numbers: ArrayLike, bootstrap: int, confidence: float, seed: int, rule: Stopping | None = None
) -> dict[int, BinCurve]:
    """Coverage of the problems of each bin, with percentile intervals by resampling problems within the bin.

    The intervals take the bins as they are: they hold for problems of such a bin, not for where the cuts would fall with others. Where all problems of a
    bin are solved at some k, resampling says nothing about other ones and the interval has no width; with one problem there is none (NaN).

    Args:
        samples: n, shape (problems,): of the samples that measure.
        correct: c, shape (problems,).
        numbers: bin of each problem, shape (problems,); those of ``NO_BIN`` and those without samples are left out.
        bootstrap: number of resamples.
        confidence: level of the intervals.
        seed: of the resampling.
        rule: by which sampling stopped, if by one.

    Returns:
        By bin, in order, curves at the same k for all of them: about ``CURVE_POINTS``, up to where the curve of all of them ends.
    """
    n, c, bins = (np.asarray(values, dtype=np.int64) for values in (samples, correct, numbers))
    used = (bins != NO_BIN) & (n > 0)
    curves: dict[int, BinCurve] = {}
    if not used.any():
        return curves
    ks = np.unique(log_spaced(reach(n[used], c[used], rule), CURVE_POINTS))
    tail = (1 - confidence) / 2
    for number in np.unique(bins[used]).tolist():
        rows = used & (bins == number)
        table = estimate(n[rows], c[rows], ks, rule)
        problems = len(table)
        lower = upper = np.full(ks.size, np.nan)
        if problems > 1:
            # Weights sum to 1 but for rounding.
            replicates = np.clip(resample_weights(problems, bootstrap, seed) @ table, 0, 1)
            lower, upper = np.quantile(replicates, [tail, 1 - tail], axis=0)
        curves[number] = BinCurve(problems, ks, table.mean(axis=0), lower, upper)
    return curves


@dataclass(frozen=True, slots=True)
class Grades:
    """Tables of difficulty.

    Args:
        problems: columns model, problem_id, n, c, success, lower, upper, bin; all samples count but for the bin, which is missing where none can be told.
        bins: columns model, bin, last_bin (of several in one), problems, k, pass_at_k, lower, upper; of the samples that measure.
    """

    problems: pd.DataFrame
    bins: pd.DataFrame


def grade_difficulty(
    counts: Mapping[str, pd.DataFrame],
    reference: str | None,
    bins: int,
    bootstrap: int,
    confidence: float,
    seed: int,
    split: bool = True,
    rules: Mapping[str, Stopping | None] | None = None,
) -> Grades:
    """Success of each problem with its Clopper-Pearson interval, and coverage by bins of difficulty, of several models.

    Args:
        counts: by model, columns problem_id, n, c.
        reference: the model whose success says how hard a problem is for all of them; None: each model's own. Problems that it has not met have no bin.
        bins: how many.
        bootstrap: number of resamples.
        confidence: level of the intervals.
        seed: of splits and resampling.
        split: whether the model that judges measures with samples of its own, up to half of n; other models measure with all of theirs in any case. Without
            it the judge measures with the samples that it judged with, which is biased, and here for comparison.
        rules: by which sampling of a model stopped. Its success is c / n then too (the likelihood is the same), with an exact interval by the rule. Such
            samples cannot be split: no half of them is independent of the other. So it has no bins where it would judge itself, and where another model
            judges it measures with all of its samples, by the rule.
    """
    rules = rules or {}
    halves = {name: split_samples(table["n"], table["c"], seed) for name, table in counts.items()}
    judged, ends = {}, {}
    for name, table in counts.items():
        half = halves[name]
        splits = split and not rules.get(name)
        successes = success(half.judging_samples, half.judging_correct) if splits else success(table["n"], table["c"])
        numbers = difficulty_bins(successes, bins)
        judged[name], ends[name] = pd.Series(numbers, index=table["problem_id"]), _last_bins(numbers, bins)
    problems, points = [], []
    for name, table in counts.items():
        judge = reference or name
        numbers = judged[judge].reindex(table["problem_id"], fill_value=NO_BIN).to_numpy(dtype=np.int64)
        if split and cannot_judge_itself(name, reference, rules):
            numbers = np.full_like(numbers, NO_BIN)
        n, c = table["n"].to_numpy(), table["c"].to_numpy()
        rule = rules.get(name)
        lower, upper = success_bounds(n, c, rule, confidence) if rule else success_interval(n, c, confidence)
        graded = table[["problem_id", "n", "c"]].assign(model=name, success=success(n, c), lower=lower, upper=upper)
        problems.append(graded.assign(bin=pd.Series(numbers, index=table.index, dtype="Int64").mask(numbers == NO_BIN)))
        if split and name == judge:
            n, c = halves[name].measuring_samples, halves[name].measuring_correct
        for number, curve in coverage_by_bin(n, c, numbers, bootstrap, confidence, seed, rule).items():
            values = {"k": curve.k, "pass_at_k": curve.coverage, "lower": curve.lower, "upper": curve.upper}
            points.append(pd.DataFrame({"model": name, "bin": number, "last_bin": ends[judge][number], "problems": curve.problems, **values}))
    return Grades(
        pd.concat(problems)[["model", "problem_id", "n", "c", "success", "lower", "upper", "bin"]],
        pd.concat(points) if points else pd.DataFrame(columns=["model", "bin", "last_bin", "problems", "k", "pass_at_k", "lower", "upper"]),
    )


def cannot_judge_itself(model: str, reference: str | None, rules: Mapping[str, Stopping | None]) -> bool:
    """Whether a model would have to judge problems by the samples that it measures with: they stopped by a rule, and no other model judges."""
    return rules.get(model) is not None and reference in (None, model)


def _last_bins(numbers: IntArray, bins: int) -> dict[int, int]:
    """By the number of each bin, the number of the last that is one with it."""
    known = numbers[numbers != NO_BIN]
    present: list[int] = np.unique(known).tolist()
    ends = [*(following - 1 for following in present[1:]), min(bins, known.size)]
    return dict(zip(present, ends, strict=False))


def success_table(problems: pd.DataFrame) -> pd.DataFrame:
    """Success of every model on every problem, for a heat map.

    Args:
        problems: columns model, problem_id, success.

    Returns:
        A row a problem, the easiest (by the mean over the models that met it) first, equal ones in the order given; a column a model, in the order given;
        NaN where a model has not met a problem.
    """
    models, ids = problems["model"].unique(), problems["problem_id"].unique()
    table = problems.pivot(index="problem_id", columns="model", values="success").reindex(index=ids, columns=models)
    return table.loc[table.mean(axis=1).sort_values(ascending=False, kind="stable").index]
