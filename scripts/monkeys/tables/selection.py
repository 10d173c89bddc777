"""From selectors to the tables of a study."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from monkeys.selectors import Draws, Entry, load_selector
from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.comparisons import equality_p_values
from monkeys.statistics.coverage import TABLE_KS, curve_interval, log_spaced, pass_at_k
from monkeys.statistics.intervals import difference_interval
from monkeys.statistics.selection import random_choice
from monkeys.tables.ballots import Problem

LABELS = ("outcome", "process")
"""What may be right: the answer; or the answer and the course of steps, where a benchmark knows it."""
BASELINES = ("oracle", "random")
COLUMNS = (
    "selector", "scorer", "options", "label", "k", "problems", "accuracy", "lower", "upper", "monte_carlo_error", "subsets", "coverage",
    "output_tokens", "scored_tokens", "flops", "dollars",
)  # fmt: skip


def subset_sizes(largest: int, points: int) -> IntArray:
    """k of a curve: all up to the smallest n where these are no more than ``points``, else as many on a log scale."""
    return np.arange(1, largest + 1) if largest <= points else np.unique(log_spaced(largest, points))


@dataclass(frozen=True, slots=True)
class Curves:
    """Expected accuracy of each problem at each k, for one selector and label: shape (problems, K)."""

    entry: Entry | None
    name: str
    label: str
    table: FloatArray
    variance: FloatArray
    subsets: int

    @property
    def accuracy(self) -> FloatArray:
        """Mean over problems, shape (K,)."""
        return np.asarray(self.table.mean(axis=0))

    @property
    def error(self) -> FloatArray:
        """Monte Carlo error of the mean, shape (K,)."""
        return np.asarray(np.sqrt(self.variance.sum(axis=0)) / len(self.table))


def curves(problems: Sequence[Problem], entries: Sequence[Entry], ks: IntArray, draws: Draws) -> list[Curves]:
    """Coverage, blind choice and every selector, by each label that the benchmark knows."""
    verified = [problem for problem in problems if problem.verified]
    if not verified:
        return []
    labels = LABELS if verified[0].process is not None else LABELS[:1]
    found = []
    for label in labels:
        right = [problem.right(label) for problem in verified]
        solved = pass_at_k([problem.size for problem in verified], [int(values.sum()) for values in right], ks)
        blind = np.array([random_choice(values, ks) for values in right])
        for name, table in zip(BASELINES, (solved, blind), strict=True):
            found.append(Curves(None, name, label, table, np.zeros_like(table), 0))
        for entry in entries:
            selector = load_selector(entry.selector)
            estimates = [
                selector.accuracy(problem.ballot(entry.scorer), values, ks, entry.options, draws.of(problem.name))
                for problem, values in zip(verified, right, strict=True)
            ]
            found.append(
                Curves(
                    entry,
                    entry.label,
                    label,
                    np.array([estimate.accuracy for estimate in estimates]),
                    np.array([estimate.variance for estimate in estimates]),
                    max(estimate.subsets for estimate in estimates),
                )
            )
    return found


@dataclass(frozen=True, slots=True)
class Intervals:
    """How intervals over problems are made; see ``monkeys.statistics.coverage.curve_interval``."""

    bootstrap: int
    confidence: float
    seed: int
    method: str
    groups: Sequence[object] | None = None


def selection_table(
    found: Sequence[Curves], ks: IntArray, how: Intervals, costs: Mapping[str, FloatArray], scored: Mapping[str, FloatArray]
) -> pd.DataFrame:
    """``selection.csv``: a row for each selector, label and k.

    Args:
        found: of ``curves``.
        ks: shape (K,).
        how: of the intervals.
        costs: ``output_tokens``, ``flops`` and ``dollars`` of k samples of all problems, shape (K,) each.
        scored: by scorer, tokens that it takes for k samples of all problems, shape (K,); and under ``<scorer> flops`` and ``<scorer> dollars`` what they cost.
    """
    nothing = np.full(ks.size, np.nan)
    coverage = {one.label: one.accuracy for one in found if one.name == "oracle"}
    frames = [pd.DataFrame(columns=list(COLUMNS))]
    for one in found:
        interval = curve_interval(one.table, ks, how.bootstrap, how.confidence, how.seed, how.method, how.groups)
        scorer = one.entry.scorer if one.entry else ""
        frame = pd.DataFrame(
            {
                "selector": one.entry.selector if one.entry else one.name,
                "scorer": scorer,
                "options": one.entry.changed if one.entry else "",
                "label": one.label,
                "k": ks,
                "problems": len(one.table),
                "accuracy": one.accuracy,
                "lower": interval.lower,
                "upper": interval.upper,
                "monte_carlo_error": one.error,
                "subsets": one.subsets,
                "coverage": coverage[one.label],
                "output_tokens": costs.get("output_tokens", nothing),
                "scored_tokens": scored.get(scorer, nothing) if scorer else 0.0,
                **{name: costs.get(name, nothing) + (scored.get(f"{scorer} {name}", nothing) if scorer else 0.0) for name in ("flops", "dollars")},
            }
        )
        frames.append(frame[frame["accuracy"].notna()])
    return pd.concat(frames[1:] or frames, ignore_index=True)[list(COLUMNS)]


def difference_table(found: Sequence[Curves], ks: IntArray, how: Intervals) -> pd.DataFrame:
    """Paired differences between selectors, second minus first, on the same problems and subsets' sizes, at the k of tables and the last."""
    frames = [pd.DataFrame(columns=["first", "second", "label", "k", "problems", "difference", "lower", "upper", "p_value"])]
    shown = np.flatnonzero(np.isin(ks, [*TABLE_KS, ks.max(initial=0)]) & (ks > 1))
    compared = [one for one in found if one.name != "oracle"]
    for place, first in enumerate(compared):
        for second in compared[place + 1 :]:
            if first.label != second.label:
                continue
            one, two = first.table[:, shown], second.table[:, shown]
            interval = difference_interval(one, two, how.confidence, how.groups)
            frame = pd.DataFrame(
                {
                    "first": first.name,
                    "second": second.name,
                    "label": first.label,
                    "k": ks[shown],
                    "problems": len(one),
                    "difference": (two - one).mean(axis=0),
                    "lower": interval.lower,
                    "upper": interval.upper,
                    "p_value": equality_p_values(two - one, how.seed, how.groups),
                }
            )
            frames.append(frame[frame["difference"].notna()])
    return pd.concat(frames[1:] or frames, ignore_index=True)


def selected_table(problems: Sequence[Problem], entries: Sequence[Entry]) -> pd.DataFrame:
    """``selected.csv``: what each selector hands in of all samples of each problem, with or without a reference.

    ``total`` is what decided (votes, weights, the best score), ``margin`` how far it is ahead of the next answer, empty where there is no other. Of ``ties``
    answers that lead, and of samples with the chosen answer, the one with the highest score is handed in, and of equal ones the first.
    """
    rows = []
    for entry in entries:
        selector = load_selector(entry.selector)
        for problem in problems:
            ballot = problem.ballot(entry.scorer)
            choice = selector.choose(ballot, entry.options)
            row: dict[str, Any] = {
                "problem_id": problem.name,
                "selector": entry.selector,
                "scorer": entry.scorer,
                "options": entry.changed,
                "samples": problem.size,
                "answer": None,
                "sample_index": None,
                "votes": 0,
            }
            if choice.chances.any():
                best = np.flatnonzero(choice.chances > 0)
                best = best[ballot.ranks[best] == ballot.ranks[best].max()]
                place = int(best[0])
                number = int(problem.classes[place])
                row |= {
                    "answer": problem.answers[number] if number >= 0 else None,
                    "sample_index": int(problem.indices[place]),
                    "votes": int((problem.classes == number).sum()) if number >= 0 else 0,
                    "total": float(choice.totals.max()) if choice.totals.size else np.nan,
                    "margin": choice.margin,
                    "ties": choice.ties,
                }
                if problem.verified:
                    row["passed"] = bool(problem.passed[place])
                    if problem.process is not None:
                        row["process"] = bool(problem.process[place])
            elif problem.verified:
                row["passed"] = False
            rows.append(row)
    columns = [
        "problem_id",
        "selector",
        "scorer",
        "options",
        "samples",
        "answer",
        "sample_index",
        "votes",
        "total",
        "margin",
        "ties",
        "passed",
        "process",
    ]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype({"sample_index": "Int64", "ties": "Int64", "passed": "boolean", "process": "boolean"})
