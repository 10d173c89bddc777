"""How often intervals for coverage hold what they promise, on populations whose coverage is known.

Success per sample is drawn from a Beta fitted to Pythia models on MATH (counts of Brown et al.), passes of n samples from it, and an interval of nominal
95 % from the passes. The truth at k is 1 - B(alpha, beta + k) / B(alpha, beta): coverage of the population, not of the problems that were drawn.

Beside the two methods that the statistics know stand two that they do not, to show why:

- two levels: problems are resampled, and then the samples of each. That counts the noise of samples twice, and near k = n it moves the estimate itself,
  for of a problem solved once the resampled samples hold no pass in a third of the resamples.
- a Beta(1, 1) prior for each problem: what its posterior says about the mean over the problems drawn. It believes before the first sample that a
  problem is as likely solved at 90 % as at 1 %, and so it sees a chance of 1 in n on every problem that was never solved. It is held to coverage of the
  problems drawn, about which alone it speaks.

Arguments: replications (2,000), then resamples (1,000). Some ten minutes of one core; `200 400` takes half of one.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betaln

from monkeys.statistics.coverage import pass_at_k
from monkeys.statistics.intervals import METHODS, coverage_interval, resamples

POPULATIONS = {"Pythia 70M": (0.065, 100.0), "Pythia 160M": (0.176, 65.6), "Pythia 12B": (0.296, 12.4), "hard tail": (0.1, 20.0)}
"""(alpha, beta) of beta-binomials: three fitted to models on MATH, and one whose passes are on very few problems."""
SIZES = ((1000, 128), (1000, 20), (100, 128))
"""(samples, problems)."""
KS = (1, 10, 100, 1000)
CONFIDENCE = 0.95
AT_ONCE = 16
"""Replications that share resamples: it spares time, and few enough share them that their error is no part of the result."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A population of problems and what is drawn from it."""

    alpha: float
    beta: float
    samples: int
    problems: int

    @property
    def ks(self) -> tuple[int, ...]:
        return tuple(k for k in KS if k <= self.samples)

    def truth(self) -> NDArray[np.float64]:
        """Coverage of the population, shape (K,)."""
        ks = np.array(self.ks)
        return np.asarray(-np.expm1(betaln(self.alpha, self.beta + ks) - betaln(self.alpha, self.beta)))


@dataclass(frozen=True, slots=True)
class Found:
    """Share of intervals that hold the truth, shares that lie above and below it, and mean width; shape (K,) each."""

    coverage: NDArray[np.float64]
    above: NDArray[np.float64]
    below: NDArray[np.float64]
    width: NDArray[np.float64]


def known(setting: Setting, replications: int, bootstrap: int, seed: int = 0, methods: Sequence[str] = tuple(METHODS)) -> dict[str, Found]:
    """The methods of the statistics, by name.

    Args:
        setting: what is drawn from.
        replications: studies that are drawn.
        bootstrap: resamples of each.
        seed: of everything.
        methods: keys of ``METHODS``.
    """
    bounds: dict[str, list[NDArray[np.float64]]] = {method: [] for method in methods}
    for number, (_, passes) in enumerate(_studies(setting, replications, seed)):
        drawn = resamples(setting.problems, bootstrap, seed=1_000_000 * seed + number)
        values = _pass_at_k(setting, passes)
        for method in methods:
            interval = coverage_interval(values.reshape(setting.problems, -1), drawn, CONFIDENCE, method)
            bounds[method].append(np.stack([interval.lower, interval.upper]).reshape(2, passes.shape[1], len(setting.ks)))
    return {method: _found(np.concatenate(parts, axis=1), setting.truth()) for method, parts in bounds.items()}


def wrong(setting: Setting, replications: int, bootstrap: int, seed: int = 0) -> dict[str, Found]:
    """The two methods that are not used, by name; arguments as in ``known``."""
    tail, random = (1 - CONFIDENCE) / 2, np.random.default_rng([seed, 1])
    lookup = pass_at_k(np.full(setting.samples + 1, setting.samples), np.arange(setting.samples + 1), setting.ks)
    bounds: dict[str, list[NDArray[np.float64]]] = {"two levels": [], "Beta(1, 1) prior": []}
    truths = []
    for chances, passes in _studies(setting, replications, seed):
        for chance, correct in zip(chances.T, passes.T, strict=True):
            resampled = correct[random.integers(setting.problems, size=(bootstrap, setting.problems))]
            some = resampled > 0
            resampled[some] = random.binomial(setting.samples, resampled[some] / setting.samples)
            bounds["two levels"].append(np.quantile(lookup[resampled].mean(axis=1), [tail, 1 - tail], axis=0))
            posterior = random.beta(1 + correct, 1 + setting.samples - correct, size=(bootstrap, setting.problems))
            means = np.stack([_solved(posterior, k).mean(axis=1) for k in setting.ks], axis=1)
            bounds["Beta(1, 1) prior"].append(np.quantile(means, [tail, 1 - tail], axis=0))
            truths.append([_solved(chance, k).mean() for k in setting.ks])
    targets = {"two levels": setting.truth(), "Beta(1, 1) prior": np.array(truths)}
    return {method: _found(np.stack(parts, axis=1), targets[method]) for method, parts in bounds.items()}


def table(setting: Setting, replications: int, bootstrap: int) -> pd.DataFrame:
    """A row for each k, a column for the coverage and one for the width of each method."""
    found = known(setting, replications, bootstrap) | wrong(setting, replications, bootstrap)
    columns = {("", "truth"): setting.truth()}
    columns |= {("coverage", method): result.coverage for method, result in found.items()}
    columns |= {("mean width", method): result.width for method, result in found.items()}
    return pd.DataFrame(columns, index=pd.Index(setting.ks, name="k"))


def _studies(setting: Setting, replications: int, seed: int) -> Iterator[tuple[NDArray[np.float64], NDArray[np.int64]]]:
    """Chances of success and passes, shapes (problems, some replications)."""
    random = np.random.default_rng(seed)
    for start in range(0, replications, AT_ONCE):
        chances = random.beta(setting.alpha, setting.beta, size=(setting.problems, min(AT_ONCE, replications - start)))
        yield chances, random.binomial(setting.samples, chances)


def _pass_at_k(setting: Setting, passes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Shape (problems, replications, K); each count is computed once."""
    correct, inverse = np.unique(passes, return_inverse=True)
    return np.asarray(pass_at_k(np.full(correct.size, setting.samples), correct, setting.ks)[inverse.reshape(passes.shape)])


def _solved(chances: NDArray[np.float64], k: int) -> NDArray[np.float64]:
    return np.asarray(-np.expm1(k * np.log1p(-np.minimum(chances, 1 - 1e-16))))


def _found(bounds: NDArray[np.float64], truth: NDArray[np.float64]) -> Found:
    """Of bounds of shape (2, replications, K)."""
    lower, upper = bounds
    above, below = (lower > truth).mean(axis=0), (upper < truth).mean(axis=0)
    return Found(1 - above - below, above, below, (upper - lower).mean(axis=0))


def main() -> None:
    replications, bootstrap = map(int, (sys.argv[1:] + ["2000", "1000"][len(sys.argv) - 1 :])[:2])
    error = np.sqrt(CONFIDENCE * (1 - CONFIDENCE) / replications)
    print(
        f"shares of {CONFIDENCE:.0%} intervals that hold the truth, and mean widths: {replications} replications (standard error {error:.3f})", end=""
    )
    print(f", {bootstrap} resamples each")
    for samples, problems in SIZES:
        for name, (alpha, beta) in POPULATIONS.items():
            print(f"\n{name}, Beta({alpha:g}, {beta:g}), {samples} samples of {problems} problems")
            rows = table(Setting(alpha, beta, samples, problems), replications, bootstrap)
            print(rows.to_string(float_format="{:.3f}".format), flush=True)


if __name__ == "__main__":
    main()
