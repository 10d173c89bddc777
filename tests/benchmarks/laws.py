"""How often intervals of laws and of distributions hold the truth, and what pass@k says of samples that stop at a success.

A law's truth is the law fitted, by the same loss at the same k, to the population's coverage. Intervals are nominal 95 %. Cells are studies of 20 to 500 problems with 10 to 1,000
samples each, of populations whose chances are known. A cell where a law cannot be fitted in half of the studies is left out.

`python tests/benchmarks/laws.py` prints a short run; `--repetitions 60 --write docs/tables/laws.md` makes the tables (some ten minutes of one core).
"""

import argparse
import itertools
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
from forecasts import markdown, publish
from numpy.typing import NDArray

from monkeys.statistics.coverage import coverage_curve
from monkeys.statistics.law_fits import fit_curves
from monkeys.statistics.populations import fit_with_intervals
from monkeys.statistics.scaling_laws import fit_law, fitting_points
from monkeys.statistics.stopping import Stopping, outcome_dependence, reach, stopped_curve

CONFIDENCE = 0.95
BOOTSTRAP = 200
PROBLEMS, SAMPLES = (20, 60, 164, 500), (10, 100, 1000)
LOSSES = ("log", "linear", "log_log")
POPULATIONS = {
    "Beta(.065, 100)": (0.065, 100.0, 0.0),
    "Beta(.3, 12)": (0.3, 12.0, 0.0),
    "Beta(.25, .35)": (0.25, 0.35, 0.0),
    "Beta(.1, 20)": (0.1, 20.0, 0.0),
    "half never, else Beta(.3, 3)": (0.3, 3.0, 0.5),
    "30 % never, else Beta(.8, 12)": (0.8, 12.0, 0.3),
}
"""alpha, beta and the share that is never solved."""
RULES = {"at the first success": Stopping(1), "at 3 successes": Stopping(3), "at the first success, batches of 60": Stopping(1, 60)}
MOST = 1200


def chances(random: np.random.Generator, population: tuple[float, float, float], size: int) -> NDArray[np.float64]:
    alpha, beta, never = population
    return np.where(random.random(size) < never, 0, random.beta(alpha, beta, size))


def holds(ends: tuple[float | None, float | None], truth: float) -> bool:
    low, high = ends
    return (low is None or low <= truth) and (high is None or truth <= high)


def simulate(repetitions: int) -> pd.DataFrame:
    """A row for each study and parameter: whether its interval holds the truth, how wide it is, and whether the counts determine the number."""
    random, rows = np.random.default_rng(0), []
    for (name, population), problems, samples in itertools.product(POPULATIONS.items(), PROBLEMS, SAMPLES):
        many = chances(np.random.default_rng(1), population, 200_000)
        truths = {}
        for loss in LOSSES:
            ks = fitting_points(samples, loss)
            curve = np.array([(-np.expm1(k * np.log1p(-np.minimum(many, 1 - 1e-16)))).mean() for k in ks])
            truths[loss] = fit_curves(ks.astype(float), curve[None], loss)[0]
        for _ in range(repetitions):
            c = random.binomial(samples, chances(random, population, problems))
            n = np.full(problems, samples)
            found: dict[str, tuple[dict[str, tuple[float | None, float | None]], dict[str, float], dict[str, str]]] = {}
            for loss in LOSSES:
                try:
                    law = fit_law(n, c, loss, BOOTSTRAP, CONFIDENCE, 0).law
                except ValueError:
                    continue
                found[loss] = {"a": law.a_interval, "b": law.b_interval}, dict(zip("ab", truths[loss], strict=True)), law.doubts
            for estimator in ("beta_binomial", "zero_inflated_beta_binomial"):
                if estimator == "beta_binomial" and population[2]:
                    continue
                try:
                    fit = fit_with_intervals(n, c, estimator, CONFIDENCE)
                except ValueError:
                    continue
                ends = {"alpha": fit.alpha_interval, "beta": fit.beta_interval}
                if estimator.startswith("zero"):
                    ends["never"] = fit.never_interval
                found[estimator] = ends, dict(zip(("alpha", "beta", "never"), population, strict=True)), fit.doubts
            for kind, (ends, truth, doubts) in found.items():
                rows += [
                    (name, problems, samples, kind, key, holds(pair, truth[key]), width(key, pair), key not in doubts) for key, pair in ends.items()
                ]
    return pd.DataFrame(rows, columns=["population", "problems", "samples", "fit", "parameter", "held", "width", "determined"])


def width(parameter: str, ends: tuple[float | None, float | None]) -> float:
    """Of an interval: the factor that it spans, infinite where it is open; of a share the percentage points."""
    low, high = ends
    if parameter == "never":
        return (float(high or 0) - float(low or 0)) * 100
    return np.inf if low is None or high is None else max(high / low, low / high)


def lowest(rows: pd.DataFrame) -> pd.DataFrame:
    """The distribution over cells (of a population, a number of problems and one of samples) of the share that holds the truth, by fit and parameter."""
    cells = rows.groupby(["fit", "parameter", "population", "problems", "samples"], sort=False)["held"].agg(["mean", "size"]).reset_index()
    found = []
    for (fit, parameter), own in cells.groupby(["fit", "parameter"], sort=False):
        least = own.loc[own["mean"].idxmin()]
        share, studies = own["mean"], own["size"]
        # How low the lowest of so many cells comes out by chance where the true share is 95 % in each.
        random = np.random.default_rng(0).binomial(studies.to_numpy(), 0.95, size=(2000, len(own))) / studies.to_numpy()
        cell = f"{least['population']}, {least['problems']} problems, {least['samples']:,} samples"
        low = share + 2 * np.sqrt(share * (1 - share) / studies) < 0.93
        found.append((f"{fit}: {parameter}", len(own), int(low.sum()), least["mean"] * 100, np.median(random.min(axis=1)) * 100, cell))
    columns = ["fit: parameter", "cells", "cells surely below 93 %", "lowest", "lowest by chance where all are 95 %", "which"]
    return pd.DataFrame(found, columns=columns).set_index("fit: parameter")


def shares(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """Shares in per cent that hold the truth, by fit and parameter; in columns what ``by`` names."""
    table = rows.groupby(["fit", "parameter", by], sort=False)["held"].mean().unstack()[list(dict.fromkeys(rows[by]))] * 100
    table["all"] = rows.groupby(["fit", "parameter"])["held"].mean() * 100
    table["width"] = rows.groupby(["fit", "parameter"])["width"].median()
    table["determined"] = rows.groupby(["fit", "parameter"])["determined"].mean() * 100
    table.index = pd.Index([f"{fit}: {parameter}" for fit, parameter in table.index], name="fit: parameter")
    return table


def stopped(repetitions: int) -> pd.DataFrame:
    """Mean pass@k of samples that stop by a rule: the truth, the usual estimate, that by the rule, how often its interval holds, how often it is noticed."""
    random, rows = np.random.default_rng(0), []
    for (name, population), (said, rule) in itertools.product(list(POPULATIONS.items())[1:3], RULES.items()):
        many = chances(np.random.default_rng(1), population, 200_000)
        values: dict[int, list[tuple[float, float, bool]]] = defaultdict(list)
        noticed = []
        for seed in range(repetitions):
            p = chances(random, population, 128)
            n, c = np.zeros(128, dtype=np.int64), np.zeros(128, dtype=np.int64)
            while (going := (c < rule.successes) & (n < MOST)).any():
                c[going] += random.binomial(rule.batch, p)[going]
                n[going] += rule.batch
            noticed.append(outcome_dependence(n, c) < 1e-3)
            usual_end = int(n.min())
            for k in (1, 60):
                if k > reach(n, c, rule):
                    continue
                curve = stopped_curve(n, c, [k], rule, BOOTSTRAP, CONFIDENCE, seed)
                usual = float(coverage_curve(n, c, [k], 2, CONFIDENCE, seed).coverage[0]) if k <= usual_end else np.nan
                truth = float((1 - (1 - many) ** k).mean())
                values[k].append((usual, float(curve.coverage[0]), bool(curve.lower[0] <= truth <= curve.upper[0])))
        for k, found in values.items():
            usual, own, held = np.array(found, dtype=float).T
            truth = float((1 - (1 - many) ** k).mean()) * 100
            usual_mean = float(np.mean(usual)) * 100 if np.isfinite(usual).all() else np.nan
            rows.append((f"{name}, {said}", str(k), truth, usual_mean, own.mean() * 100, held.mean() * 100, np.mean(noticed) * 100))
    columns = ["population, stop", "k", "truth", "usual estimate", "by the rule", "interval held, %", "noticed, %"]
    return pd.DataFrame(rows, columns=columns).set_index("population, stop")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=2, help="studies of every cell; three times as many of stopped samples")
    parser.add_argument("--write", type=Path, help="a Markdown file for the tables")
    arguments = parser.parse_args()
    rows = simulate(arguments.repetitions)
    text = "\n\n".join(
        [
            f"Made by `tests/benchmarks/laws.py --repetitions {arguments.repetitions}`: {len(PROBLEMS) * len(SAMPLES) * len(POPULATIONS)} cells of a population, "
            f"{', '.join(map(str, PROBLEMS))} problems and {', '.join(f'{number:,}' for number in SAMPLES)} samples.",
            f"How often {CONFIDENCE:.0%} intervals hold the truth, in per cent, by number of problems; the width of the median interval (the factor from end to end, of a "
            "share percentage points); and how often the counts determine the number (interval with two ends that span less than a factor of four, or a share not open to "
            "0):",
            markdown(shares(rows, "problems"), 1),
            f"Cells one by one, {arguments.repetitions} studies in each; a cell is surely below 93 % where it is so by more than two standard errors:",
            markdown(lowest(rows), 1),
            "The same by number of samples:",
            markdown(shares(rows.sort_values("samples", kind="stable"), "samples").drop(columns=["width", "determined"]), 1),
            "The same by population:",
            markdown(shares(rows, "population").drop(columns=["width", "determined"]), 1),
            f"Samples of 128 problems that stop by a rule, or at {MOST:,}: mean pass@k in per cent, {3 * arguments.repetitions} studies each. The usual estimate does not "
            "exist where a problem has fewer than k samples.",
            markdown(stopped(3 * arguments.repetitions), 1),
        ]
    )
    publish("Laws, distributions and stopped samples: intervals in simulation", text, arguments.write)


if __name__ == "__main__":
    main()
