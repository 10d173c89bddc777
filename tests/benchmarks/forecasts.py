"""Errors of forecasts on curves whose end is known, beside single estimators and no growth; how often the intervals hold; what the record says.

Counts at n are drawn at random out of real counts at N >= K (without replacement), or from known populations. The truth of a point is the same problems' pass@K from all N
samples; that of the interval for these problems is the share solved in K samples of which the n are the first; that of the interval for others is the
population's pass@K. Real counts are read where they are (``../shared/data`` by default); without them, simulated populations alone are used.

`python tests/benchmarks/forecasts.py` prints a short run (seconds); `--repetitions 12 --write docs/tables/forecasts.md` makes the tables (a few minutes of one core).
"""

import argparse
import csv
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from monkeys.statistics.coverage import pass_at_k
from monkeys.statistics.extrapolation import ESTIMATORS, MEMBERS
from monkeys.statistics.forecasts import DRAWN_TO_NONE, HOLD_OUTS, RECOMMENDED, Extrapolation, held_samples, hold_out_errors

ROOT = Path(__file__).parents[2]
CONFIDENCE = 0.95
REACHES = {"pythia": ((10, 100), (100, 1000), (1000, 10_000)), "codegen": ((10, 100), (50, 100)), "reasoning": ((8, 80), (40, 80))}
SIMULATED = ((10, 100), (100, 1000), (100, 200))
PROBLEMS = (30, 164)

Chances = Callable[[np.random.Generator, int], NDArray[np.float64]]
POPULATIONS: dict[str, Chances] = {
    "Beta(.065, 100)": lambda random, size: random.beta(0.065, 100, size),
    "Beta(.3, 12)": lambda random, size: random.beta(0.3, 12, size),
    "Beta(.25, .35)": lambda random, size: random.beta(0.25, 0.35, size),
    "Beta(2, 5)": lambda random, size: random.beta(2, 5, size),
    "half never, else Beta(.3, 3)": lambda random, size: np.where(random.random(size) < 0.5, 0, random.beta(0.3, 3, size)),
    "3 % never, else .9": lambda random, size: np.where(random.random(size) < 0.03, 0, 0.9),
    "all .01": lambda random, size: np.full(size, 0.01),
    "logit normal(-3, 3)": lambda random, size: 1 / (1 + np.exp(-random.normal(-3, 3, size))),
    "60 % Beta(8, 2), else Beta(.5, 60)": lambda random, size: np.where(
        random.random(size) < 0.6, random.beta(8, 2, size), random.beta(0.5, 60, size)
    ),
    "30 % never, else logit normal(0, 2)": lambda random, size: np.where(random.random(size) < 0.3, 0, 1 / (1 + np.exp(-random.normal(0, 2, size)))),
}


@dataclass(frozen=True, slots=True)
class Case:
    """Counts at n, and what is true at ``largest``: of these problems (pass@K, and the share solved if sampling went on), and of the population."""

    source: str
    data: str
    samples: int
    largest: int
    correct: NDArray[np.int64]
    truth: float
    reached: float
    population: float | None

    @property
    def group(self) -> str:
        return f"{self.source} {self.samples:,} → {self.largest:,}"


def real_counts(data: Path) -> dict[str, dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]]]:
    """(n, c) by source and data set; what is not there is left out."""
    found: dict[str, dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]]] = {}
    if (data / "pythia_math_counts/counts.csv").exists():
        table = pd.read_csv(data / "pythia_math_counts/counts.csv")
        found["pythia"] = {str(model): (rows["n"].to_numpy(), rows["c"].to_numpy()) for model, rows in table.groupby("model")}
    flags = [line.split() for line in (ROOT / "tests/data/human_eval_flags.txt").read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    found["codegen"] = {"codegen-16b": (np.full(len(flags), 100), np.array([line.count("+") for _, line in flags]))}
    for path in sorted((data / "votes_reasoning").glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        passes = [row["answer_counts"].get(str(row["gold_answer"]), 0) for row in rows]
        found.setdefault("reasoning", {})[path.stem] = (np.array([row["total_answers"] for row in rows]), np.array(passes))
    return found


def cases(data: Path, repetitions: int, seed: int = 0) -> Iterator[Case]:
    """All curves, real and simulated."""
    random = np.random.default_rng(seed)
    for source, sets in real_counts(data).items():
        for name, (n, c) in sets.items():
            for (samples, largest), _ in itertools.product(REACHES[source], range(repetitions)):
                end = random.hypergeometric(c, n - c, largest)
                start = random.hypergeometric(end, largest - end, samples)
                truth = float(pass_at_k(n, c, [largest]).mean())
                yield Case(source, name, samples, largest, start, truth, float((end > 0).mean()), None)
    for name, chances in POPULATIONS.items():
        many = chances(np.random.default_rng(1), 400_000)
        for problems, (samples, largest), _ in itertools.product(PROBLEMS, SIMULATED, range(max(1, repetitions // 2))):
            p = chances(random, problems)
            start = random.binomial(samples, p)
            end = start + random.binomial(largest - samples, p)
            truth, population = (float((1 - (1 - values) ** largest).mean()) for values in (p, many))
            yield Case("simulated", name, samples, largest, start, truth, float((end > 0).mean()), population)


def outcomes(found: Sequence[Case], records: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A row for each case and estimator (error, and the share that it leaves unsolved), and a row for each case (intervals; the record of every ``records``-th)."""
    errors, intervals = [], []
    for number, case in enumerate(found):
        n, end = np.full(case.correct.size, case.samples), np.array([case.largest])
        whole = Extrapolation(n, case.correct)
        unsolved = int((case.correct == 0).sum())
        values = {name: whole.single(name, end)[0] for name in whole.fitted} | {RECOMMENDED: whole.recommended(end)[0]}
        for name in (RECOMMENDED, *ESTIMATORS):
            # What cannot be fitted says nothing beyond what was seen.
            value = values.get(name, values["no_growth"])
            gain = (value - values["no_growth"]) * n.size
            errors.append(
                (number, case.source, case.group, name, abs(value - case.truth) * 100, gain, unsolved, values["no_growth"], case.truth, n.size)
            )
        these, others = whole.these(end, CONFIDENCE), whole.others(end, CONFIDENCE)
        row = {"group": case.group, "these": these.lower[0] - 1e-9 <= case.reached <= these.upper[0] + 1e-9, "width": these.upper[0] - these.lower[0]}
        if case.population is not None:
            row |= {"others": others.lower[0] <= case.population <= others.upper[0], "width_others": others.upper[0] - others.lower[0]}
        if number % records == 0 and case.correct.any():
            recorded, inside = hold_out_errors(n, case.correct, held_samples(n, case.samples, case.largest / case.samples), CONFIDENCE, seed=0)
            row |= {"recorded": float(np.abs(recorded[RECOMMENDED]).mean()) * 100, "inside": inside / HOLD_OUTS}
        intervals.append(row)
    columns = ["case", "source", "group", "estimator", "error", "gain", "unsolved", "seen", "truth", "problems"]
    return pd.DataFrame(errors, columns=columns), pd.DataFrame(intervals)


def error_table(errors: pd.DataFrame) -> pd.DataFrame:
    """Mean |error| in points, a row an estimator, a column a group, and their mean."""
    table = errors.groupby(["estimator", "group"], sort=False)["error"].mean().unstack(sort=False)
    table["mean"] = table.mean(axis=1)
    return table


def left_out(errors: pd.DataFrame) -> pd.DataFrame:
    """For each source: the subset of estimators (and whether drawn to none) whose mean is best on the other sources, and its error on this one."""
    gains = errors.pivot(index="case", columns="estimator", values="gain")
    known = errors.drop_duplicates("case").set_index("case")
    none = errors[errors["estimator"] == "no_growth"].groupby("group")["error"].mean()
    singles = [name for name in ESTIMATORS if name != "no_growth"]
    rules = [(subset, draw) for size in range(1, 7) for subset in itertools.combinations(singles, size) for draw in (0.0, DRAWN_TO_NONE)]
    groups = known.groupby("group").ngroup().to_numpy()
    names = sorted(known["group"].unique())
    number = np.bincount(groups)
    source_of = dict(zip(known["group"], known["source"], strict=True))
    scores = np.empty((len(rules), len(names)))
    values = {name: gains[name].to_numpy() for name in singles}
    for place, (subset, draw) in enumerate(rules):
        mean = np.mean([values[name] for name in subset], axis=0)
        gain = mean**2 / (mean + draw) if draw else mean
        gain = np.nan_to_num(gain)
        error = np.abs(known["seen"].to_numpy() + gain / known["problems"].to_numpy() - known["truth"].to_numpy()) * 100
        scores[place] = np.bincount(groups, weights=error) / number
    relative = scores / none[names].to_numpy()
    chosen = next(place for place, (subset, draw) in enumerate(rules) if set(subset) == set(MEMBERS) and draw)
    rows = []
    for source in dict.fromkeys(known["source"]):
        own = np.array([source_of[name] == source for name in names])
        best = int(np.argmin(relative[:, ~own].mean(axis=1))) if (~own).any() else chosen
        single = [place for place, (subset, draw) in enumerate(rules) if len(subset) == 1 and not draw]
        best_single = single[int(np.argmin(relative[single][:, ~own].mean(axis=1)))] if (~own).any() else single[0]
        subset, draw = rules[best]
        rows.append(
            {
                "left out": source,
                "best rule on the others": ", ".join(subset) + (", drawn to none" if draw else ""),
                "its error here": scores[best, own].mean(),
                "best single on the others": rules[best_single][0][0],
                "its error here ": scores[best_single, own].mean(),
                "shipped rule": scores[chosen, own].mean(),
                "no growth": none[names].to_numpy()[own].mean(),
            }
        )
    return pd.DataFrame(rows)


def markdown(table: pd.DataFrame, digits: int = 2) -> str:
    """A table with its index as the first column."""
    head = [table.index.name or "", *map(str, table.columns)]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for name, row in table.iterrows():
        cells = [("–" if pd.isna(value) else f"{value:.{digits}f}") if isinstance(value, float) else str(value) for value in row]
        lines.append("| " + " | ".join([str(name), *cells]) + " |")
    return "\n".join(lines)


def publish(title: str, text: str, path: Path | None) -> None:
    """Print what was measured and, where a file is named, make it a page."""
    print(text)
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {title}\n\n{text}\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=1, help="random draws of every real curve, and half as many of simulated ones")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--write", type=Path, help="a Markdown file for the tables; a CSV file of all errors is written beside it")
    arguments = parser.parse_args()
    found = list(cases(arguments.data, arguments.repetitions))
    errors, intervals = outcomes(found, records=max(1, arguments.repetitions))
    table = error_table(errors)
    held = intervals.groupby("group", sort=False)
    shares = pd.DataFrame(
        {
            "these problems: held, %": held["these"].mean() * 100,
            "width, points": held["width"].mean() * 100,
            "others: held, %": held["others"].apply(lambda column: column.astype(float).mean() * 100),
            "width, points ": held["width_others"].mean() * 100,
            "recorded error": held["recorded"].mean(),
            "hold-outs inside, %": held["inside"].mean() * 100,
        }
    )
    shares["error"] = table.loc[RECOMMENDED].drop("mean")
    text = "\n\n".join(
        [
            f"Made by `tests/benchmarks/forecasts.py --repetitions {arguments.repetitions}`: {len(found)} curves.",
            "Mean |error| in percentage points, at the last k; groups are equally weighted in the mean. An estimator that cannot be fitted counts as no growth.",
            markdown(table.rename_axis("estimator")),
            "The rule chosen with a source of curves left out (best mean error relative to no growth on the others), and its error there, in points:",
            markdown(left_out(errors).set_index("left out")),
            f"The {CONFIDENCE:.0%} intervals of the recommended forecast: how often they hold the truth, their width, and what the record says.",
            markdown(shares.rename_axis("curves"), 1),
        ]
    )
    publish("Forecasts: errors and intervals", text, arguments.write)
    if arguments.write:
        with arguments.write.with_suffix(".csv").open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["estimator", *table.columns])
            rows.writerows([name, *(f"{value:.4f}" for value in row)] for name, row in zip(table.index, table.to_numpy(), strict=True))


if __name__ == "__main__":
    main()
