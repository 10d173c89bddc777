"""How often intervals of distributions hold the truth in each cell: a population, a number of problems, a number of samples.

An interval by profile likelihood holds the truth if the profile at the truth has not risen by the threshold, which is quicker to see than the interval is to find. So
a thousand studies of every cell take some twenty minutes of one core: enough to tell 93 from 95 %. The tables of `laws.py` are of the intervals themselves, from fewer
studies.

`python tests/benchmarks/law_cells.py` prints a short run; `--repetitions 1000 --write docs/tables/law_cells.md` makes the table.
"""

import argparse
import itertools
from pathlib import Path

import numpy as np
import pandas as pd
from forecasts import markdown, publish
from laws import CONFIDENCE, POPULATIONS, PROBLEMS, SAMPLES, chances
from numpy.typing import NDArray
from scipy.special import logit

from monkeys.statistics.populations import SMALLEST_NEVER, _free_loss, fit_population
from monkeys.statistics.profiles import _Profile, threshold

SEED = 11
PLAIN, INFLATED = "beta_binomial", "zero_inflated_beta_binomial"


def rises(n: NDArray[np.int64], c: NDArray[np.int64], estimator: str, truth: tuple[float, float, float]) -> dict[str, float]:
    """By how much the negative log-likelihood rises at the truth of each parameter; no parameter where nothing can be fitted."""
    try:
        fitted = fit_population(n, c, estimator)
    except ValueError:
        return {}
    loss, best, bounds, starts = _free_loss(n, c, fitted)
    least = loss(best)[0]
    places = [np.log(truth[0]), np.log(truth[1]), float(logit(np.clip(truth[2], SMALLEST_NEVER, 1 - SMALLEST_NEVER)))]
    names = ("alpha", "beta", "never")[: best.size]
    return {name: _Profile(loss, place, bounds, starts)(places[place], best)[0] - least for place, name in enumerate(names)}


def simulate(repetitions: int, cells: list[tuple[str, int, int]] | None = None) -> pd.DataFrame:
    """A row for each study, fit and parameter: the rise at the truth, and of how many solved problems."""
    rows = []
    for number, ((name, population), problems, samples) in enumerate(itertools.product(POPULATIONS.items(), PROBLEMS, SAMPLES)):
        if cells is not None and (name, problems, samples) not in cells:
            continue
        random = np.random.default_rng([SEED, number])
        for study in range(repetitions):
            c = random.binomial(samples, chances(random, population, problems))
            n = np.full(problems, samples)
            for estimator in (PLAIN, INFLATED):
                # No beta-binomial without a share that is never solved is the truth of a population that has one.
                if estimator == INFLATED or not population[2]:
                    found = rises(n, c, estimator, population)
                    rows += [(name, problems, samples, study, estimator, parameter, rise, int((c > 0).sum())) for parameter, rise in found.items()]
    return pd.DataFrame(rows, columns=["population", "problems", "samples", "study", "fit", "parameter", "rise", "solved"])


def held(rows: pd.DataFrame) -> pd.Series:
    """Whether the interval holds the truth. That of a shape with a share that may be none holds what the fit without one holds too."""
    parameters = rows["fit"].map({PLAIN: 2, INFLATED: 3})
    limits = [threshold(*values, CONFIDENCE) for values in zip(rows["problems"], rows["solved"], parameters, strict=True)]
    inside = rows["rise"] <= limits
    key = ["population", "problems", "samples", "study", "parameter"]
    plain = pd.Series(inside[rows["fit"] == PLAIN].to_numpy(), index=pd.MultiIndex.from_frame(rows.loc[rows["fit"] == PLAIN, key]))
    also = plain.reindex(pd.MultiIndex.from_frame(rows[key])).to_numpy() == True  # noqa: E712
    return inside | (also & (rows["fit"] == INFLATED))


def table(rows: pd.DataFrame) -> pd.DataFrame:
    """Shares in per cent that hold the truth: a row a cell, a column a parameter."""
    shares = (
        rows.assign(held=held(rows))
        .groupby(["population", "problems", "samples", "fit", "parameter"], sort=False)["held"]
        .mean()
        .unstack(["fit", "parameter"])
    )
    shares = shares[[*itertools.product([PLAIN], ["alpha", "beta"]), *itertools.product([INFLATED], ["alpha", "beta", "never"])]] * 100
    shares.index = pd.Index([f"{name}, {problems} problems, {samples:,} samples" for name, problems, samples in shares.index], name="cell")
    shares.columns = pd.Index([f"{fit}: {parameter}" for fit, parameter in shares.columns])
    return shares


def text(rows: pd.DataFrame, repetitions: int) -> str:
    shares = table(rows)
    values = shares.to_numpy()
    values = values[np.isfinite(values)]
    error = np.sqrt(0.95 * 0.05 / repetitions) * 100
    return "\n\n".join(
        [
            f"Made by `tests/benchmarks/law_cells.py --repetitions {repetitions}`: how often {CONFIDENCE:.0%} intervals hold the truth, in per cent. The standard error at 95 % is "
            f"{error:.1f} points. Of {values.size} numbers the lowest is {values.min():.1f}, the median {np.median(values):.1f}; {int((values < 93).sum())} are below 93.",
            markdown(shares, 1),
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=3, help="studies of every cell")
    parser.add_argument("--write", type=Path, help="a Markdown file for the table")
    arguments = parser.parse_args()
    said = text(simulate(arguments.repetitions), arguments.repetitions)
    publish("Intervals of distributions, cell by cell", said, arguments.write)


if __name__ == "__main__":
    main()
