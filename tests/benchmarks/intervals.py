"""How often 95 % intervals hold what they promise, on populations whose coverage is known, and how wide they are.

For each population, number of problems, samples and k, studies are drawn (problems with replacement, passes of n samples for each problem and model). It
is counted how often their intervals hold the population's coverage, or the difference of two models' coverages. The workflow's own intervals are made of
all studies, those of others of the first ``OTHERS``, which share resamples.

Arguments: number of studies (2,000), then ``--write``, which puts the summary between the markers of docs/statistics.md and the whole grid into
docs/intervals.md. Some ten minutes of one core; ``200`` takes two. With a table of counts (``counts.csv``) its models are the populations, and nothing is
written.
"""

import sys
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from benchmarks.interval_populations import POPULATIONS, Population, from_counts
from benchmarks.interval_rivals import Bounds, Values, bayes, clopper_pearson, percentile, student, studentised, wilson
from benchmarks.interval_tables import write

from monkeys.statistics.comparisons import equality_p_values
from monkeys.statistics.coverage import pass_at_k
from monkeys.statistics.intervals import Interval, coverage_interval, difference_interval

PROBLEMS = (20, 30, 40, 60, 164, 500)
SAMPLES = (10, 100, 1000)
STUDIES, OTHERS = 2000, 400
FLIPS = 499
CONFIDENCE = 0.95

Row = dict[str, object]


def solved(chances: Values, k: int) -> Values:
    """pass@k of known chances."""
    return np.asarray(-np.expm1(k * np.log1p(-np.minimum(chances, 1 - 1e-16))))


def cells(population: Population, problems: int, samples: int, studies: int, others: int = OTHERS, seed: int = 0) -> Iterator[Row]:
    """For coverage and difference, each k and each method: the share of intervals that hold the truth, the shares above and below it, and widths."""
    random = np.random.default_rng([seed, problems, samples])
    drawn = random.integers(population.first.size, size=(studies, problems))
    correct = [random.binomial(samples, chances[drawn]) for chances in (population.first, population.second)]
    ks = {"1": 1, "n/2": samples // 2, "n": samples}
    lookup = pass_at_k(np.full(samples + 1, samples), np.arange(samples + 1), list(ks.values()))
    for column, (label, k) in enumerate(ks.items()):
        first, second = (np.ascontiguousarray(lookup[passes, column]) for passes in correct)
        truths = [float(solved(chances, k).mean()) for chances in (population.first, population.second)]
        cell: Row = {"P": problems, "n": samples, "k": label}
        few, apart = first[:others], (second - first)[:others]
        coverages = {"dirichlet": _both(coverage_interval(first.T, CONFIDENCE))}
        differences = {"dirichlet": _both(difference_interval(first.T, second.T, CONFIDENCE))}
        if others:
            coverages |= {
                "percentile": percentile(few, random),
                "studentised": studentised(few, random),
                "student": student(few, 0.0),
                "wilson": wilson(few),
                "clopper_pearson": clopper_pearson(few),
                "bayes": bayes(correct[0][:others], samples, k),
            }
            differences |= {"percentile": percentile(apart, random), "student": student(apart, -1.0)}
            found = float((equality_p_values(apart.T, samples, flips=FLIPS) <= 1 - CONFIDENCE).mean())
            yield cell | {"quantity": "difference", "method": "sign_flip", "held": 1 - found if population.equal else np.nan, "apart": found}
            these = solved(population.first[drawn[:others]], k).mean(axis=1)
            yield cell | {"quantity": "coverage", "method": "bayes_these"} | held(coverages["bayes"], these)
        for method, bounds in coverages.items():
            yield cell | {"quantity": "coverage", "method": method} | held(bounds, truths[0])
        for method, bounds in differences.items():
            yield cell | {"quantity": "difference", "method": method} | held(bounds, 0.0 if population.equal else truths[1] - truths[0])


def held(bounds: Bounds, truth: float | Values) -> dict[str, float]:
    """Shares of intervals that hold the truth, lie above and below it, and do not hold zero, and widths; what rounding leaves is no miss."""
    lower, upper = bounds
    above, below = float((lower > truth + 1e-12).mean()), float((upper < truth - 1e-12).mean())
    return {
        "held": float(((lower <= truth + 1e-12) & (upper >= truth - 1e-12)).mean()),
        "above": above,
        "below": below,
        "apart": float(((lower > 0) | (upper < 0)).mean()),
        "width": float((upper - lower).mean()),
        "least": float((upper - lower).min()),
    }


def grid(studies: int, populations: Mapping[str, Population] = POPULATIONS) -> pd.DataFrame:
    """All rows; a line for each population is printed when it is through."""
    rows: list[Row] = []
    for name, population in populations.items():
        new: list[Row] = []
        for problems, samples in product(PROBLEMS, SAMPLES):
            new += [
                {"population": name, "equal": population.equal} | row for row in cells(population, problems, samples, studies, min(studies, OTHERS))
            ]
        own = pd.DataFrame([row for row in new if row["method"] == "dirichlet"]).groupby("quantity")["held"].agg(["min", "median"])
        print(name + ":", "; ".join(f"{quantity} {low:.3f} (median {mid:.3f})" for quantity, low, mid in own.itertuples()), flush=True)
        rows += new
    return pd.DataFrame(rows)


def _both(interval: Interval) -> Bounds:
    return interval.lower, interval.upper


def main() -> None:
    tables = [Path(argument) for argument in sys.argv[1:] if argument.endswith(".csv")]
    studies = int(next((argument for argument in sys.argv[1:] if argument.isdigit()), STUDIES))
    print(f"shares of {CONFIDENCE:.0%} intervals that hold the truth, least and median over P, n and k: {studies} studies a cell", flush=True)
    found = grid(studies, from_counts(tables[0])) if tables else grid(studies)
    write(found, studies, min(studies, OTHERS), store="--write" in sys.argv and not tables)


if __name__ == "__main__":
    main()
