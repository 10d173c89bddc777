"""What planning saves: the strategies of ``monkeys.statistics.planning`` replayed on models whose chances of success are known.

A problem's chance is its share of passes among 10,000 published samples (../shared/data/pythia_math_counts: 128 problems of MATH, seven models). A
replay draws a small even pilot and then batch after batch by a strategy, and after each batch estimates coverage at k by the posterior means of a
fitted beta-binomial. Errors are root mean squares over replays of estimate - truth, for coverage of these 128 problems. Every strategy's estimate is
the same function of the counts; only where samples go differs. Beside it stands the mean error of the unbiased pass@k, which is unbiased no more where n
was chosen by looking at c (NaN where a problem has fewer than k samples).

Arguments: number of replays (100), then the ks (10 100 1000). A minute of CPU time for each k.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from project import ROOT

from monkeys.statistics.coverage import pass_at_k
from monkeys.statistics.planning import STRATEGIES, allocate_samples, fit_prior, posterior_coverage

COUNTS = ROOT.parent / "shared" / "data" / "pythia_math_counts" / "counts.csv"
SIZES = (25, 50, 100, 200, 400, 800)
"""Samples a problem, on average, at which errors are noted."""
REPORTED = (100, 200, 400, 800)
"""Of these, where it is said what a strategy saves."""
BIASED = 200
"""Of these, where the mean error is shown."""
BATCH = 0.2
"""A batch, as a share of the samples drawn before it."""


@dataclass(frozen=True, slots=True)
class Replays:
    """Errors of the estimated coverage, estimate - truth (shares); each array has shape (replays, sizes)."""

    truth: float
    sizes: Sequence[int]
    posterior: NDArray[np.float64]
    unbiased: NDArray[np.float64]

    def rmse(self) -> NDArray[np.float64]:
        return np.asarray(np.sqrt(np.square(self.posterior).mean(axis=0)))

    def samples_for(self, error: float) -> float:
        return samples_for(self.sizes, self.rmse(), error)


def samples_for(sizes: Sequence[int], rmse: NDArray[np.float64], error: float) -> float:
    """Samples a problem from which the error stays at most ``error``, between sizes on log axes; NaN where it does not within the sizes."""
    above = np.flatnonzero(rmse > error)
    place = above[-1] + 1 if above.size else 0
    if place in (0, len(sizes)):
        return float("nan") if place else float(sizes[0])
    part = np.log(rmse[place - 1] / error) / np.log(rmse[place - 1] / rmse[place])
    return float(sizes[place - 1] * (sizes[place] / sizes[place - 1]) ** part)


def replay(chances: NDArray[np.float64], strategy: str, k: int, sizes: Sequence[int] = SIZES, replays: int = 100, batch: float = BATCH) -> Replays:
    """Draw by a strategy, ``replays`` times.

    Args:
        chances: of success, shape (problems,).
        strategy: a key of ``STRATEGIES``.
        k: at which coverage is wanted.
        sizes: samples a problem, on average, at which errors are noted; the first is the even pilot.
        replays: how many.
        batch: size of a batch, as a share of the samples drawn before it.
    """
    problems, truth = chances.size, float((1 - (1 - chances) ** k).mean())
    posterior, unbiased = np.empty((2, replays, len(sizes)))
    for number in range(replays):
        random = np.random.default_rng(number)
        n = np.full(problems, sizes[0])
        c = random.binomial(n, chances)
        for place, size in enumerate(sizes):
            while (left := size * problems - int(n.sum())) > 0:
                # An even allotment is the same in one batch.
                now = left if strategy == "even" else min(left, int(np.ceil(batch * n.sum())))
                further = allocate_samples(n, c, now, strategy, k)
                n, c = n + further, c + random.binomial(further, chances)
            posterior[number, place] = posterior_coverage(n, c, [k], fit_prior(n, c)).mean() - truth
            unbiased[number, place] = pass_at_k(n, c, [k]).mean() - truth
    return Replays(truth, sizes, posterior, unbiased)


def table(models: Mapping[str, NDArray[np.float64]], k: int, replays: int) -> pd.DataFrame:
    """A row for each model and strategy: errors in points of coverage, and samples saved where even drawing has the same error."""
    rows = []
    for model, chances in models.items():
        found = {strategy: replay(chances, strategy, k, replays=replays) for strategy in STRATEGIES}
        for strategy, result in found.items():
            row = {"model": model, "strategy": strategy, "truth": 100 * result.truth}
            row |= {f"rmse {size}": 100 * error for size, error in zip(result.sizes, result.rmse(), strict=True)}
            for size in REPORTED:
                row[f"saved of {size}"] = 100 * (1 - result.samples_for(found["even"].rmse()[SIZES.index(size)]) / size)
            row[f"bias {BIASED}"] = 100 * result.posterior.mean(axis=0)[SIZES.index(BIASED)]
            row[f"bias {BIASED} unbiased"] = 100 * result.unbiased.mean(axis=0)[SIZES.index(BIASED)]
            rows.append(row)
    return pd.DataFrame(rows)


def means(found: pd.DataFrame) -> pd.DataFrame:
    """Means over models. Samples saved are those at the mean error over models, for a mean of shares would be ruled by one model's luck."""
    mean = found.drop(columns="model").groupby("strategy", sort=False).mean()
    errors = mean[[f"rmse {size}" for size in SIZES]].to_numpy()
    for size in REPORTED:
        aim = errors[list(mean.index).index("even"), SIZES.index(size)]
        mean[f"saved of {size}"] = [100 * (1 - samples_for(SIZES, row, aim) / size) for row in errors]
    return mean


def main() -> None:
    replays = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    counts = pd.read_csv(COUNTS)
    models = {str(name): (rows["c"] / rows["n"]).to_numpy() for name, rows in counts.groupby("model")}
    for k in map(int, sys.argv[2:] or (10, 100, 1000)):
        found = table(models, k, replays)
        print(f"\ncoverage at k = {k}, in points, {replays} replays; saved: per cent of the samples that even drawing takes for its error")
        for rows in (found.set_index(["model", "strategy"]), means(found)):
            print(rows.to_string(float_format="{:.2f}".format), flush=True)


if __name__ == "__main__":
    main()
