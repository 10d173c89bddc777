"""Tables of strategies and selectors at equal cost, and of the compute-optimal choice."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.coverage import TABLE_KS, curve_interval
from monkeys.statistics.difficulty import NO_BIN, difficulty_bins
from monkeys.statistics.inference_scaling import (
    Apart,
    Optimal,
    at_budgets,
    common_budgets,
    compute_optimal,
    joined_bins,
    ranking,
    saving,
    threshold_bins,
)
from monkeys.statistics.intervals import difference_interval
from monkeys.tables.problem_curves import SUCCESS
from monkeys.tables.selection import Intervals
from monkeys.tables.ways import BASELINES, Pair, Way

KEYS = ("model", "strategy", "selector", "scorer", "options", "label", "difficulty", "bin")
COLUMNS = (*KEYS, "k", "problems", "policy_tokens", "scored_tokens", "tokens", "flops", "dollars", "accuracy", "lower", "upper")
CHOICES = ("optimal", "fixed", "best_of_n", "oracle")
OPTIMAL_COLUMNS = (
    "model", "label", "difficulty", "tokens", "problems", *(name for one in CHOICES for name in (one, f"{one}_lower", f"{one}_upper")),
    "gain", "gain_lower", "gain_upper", "gain_over_best_of_n", "gain_over_best_of_n_lower", "gain_over_best_of_n_upper",
)  # fmt: skip
OUT_OF_REACH = -1.0
"""In place of an accuracy that is not known at a budget: never the best."""
EVERY, ORACLE = "all", "oracle"
"""Kinds of difficulty: none, and by the share of samples that passed; further ones are ``predicted (<scorer>)``."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Of the comparison: number of budgets, of random halves, of bins; and shares of success that bound bins in their place."""

    budgets: int
    splits: int
    bins: int
    thresholds: Sequence[float] = ()


def curve_rows(model: str, label: str, difficulty: str, number: int | None, rows: IntArray, found: Sequence[Way], how: Intervals) -> pd.DataFrame:
    """Rows of ``inference_scaling.csv``: the ways to spend tokens, over some problems.

    Args:
        model, label: names.
        difficulty, number: the kind of difficulty and the bin; None without bins.
        rows: places of the problems.
        found: the ways.
        how: of the intervals.
    """
    frames = []
    for way in found:
        kept = np.arange(way.ks.size) if number is None else np.flatnonzero(np.isin(way.ks, [*TABLE_KS, way.ks.max()]))
        table = way.accuracy[np.ix_(rows, kept)]
        interval = curve_interval(table, way.ks[kept], how.bootstrap, how.confidence, how.seed, how.method, _groups(how, rows))
        keys = (model, way.strategy, way.selector, way.scorer, way.options, label, difficulty, "" if number is None else str(number))
        frames.append(
            pd.DataFrame(
                {
                    **dict(zip(KEYS, keys, strict=True)),
                    "k": way.ks[kept],
                    "problems": len(rows),
                    **{name: values[kept] for name, values in way.costs(rows).items()},
                    "accuracy": table.mean(axis=0),
                    "lower": interval.lower,
                    "upper": interval.upper,
                }
            )
        )
    return pd.concat(frames)[list(COLUMNS)] if frames else pd.DataFrame(columns=list(COLUMNS))


def _groups(how: Intervals, rows: IntArray) -> list[object] | None:
    """Groups of some problems; None where fewer than two are left, of which nothing can be learnt about others."""
    chosen = None if how.groups is None else [how.groups[row] for row in rows.tolist()]
    return chosen if chosen is not None and len(set(chosen)) > 1 else None


def difficulties(judge: Pair, names: Sequence[str], settings: Settings) -> dict[str, IntArray]:
    """Bins of the problems by kind of difficulty, judged by samples that measure nothing; shape (problems,) each.

    Bins of predicted difficulty hold equally many problems: a score is no chance, so that fixed thresholds mean nothing.
    """
    found = {}
    for scorer, own in judge.judgements.groupby("scorer", sort=False):
        values = own.set_index("problem_id")["value"].reindex(list(names)).to_numpy(dtype=np.float64)
        fixed = scorer == SUCCESS and settings.thresholds
        bins = threshold_bins(values, settings.thresholds) if fixed else difficulty_bins(values, settings.bins)
        found[ORACLE if scorer == SUCCESS else f"predicted ({scorer})"] = joined_bins(bins)
    return found


def baseline(found: Sequence[Way], usual: str) -> int | None:
    """Best-of-N: the place of the usual strategy's first best-of selector, else of its majority vote; None where it has neither."""
    for selector in ("best_of", "majority"):
        for place, way in enumerate(found):
            if way.strategy == usual and way.selector == selector:
                return place
    return None


def optimum(
    model: str, label: str, difficulty: str, numbers: IntArray, found: Sequence[Way], usual: str, settings: Settings, how: Intervals
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The compute-optimal choice by one kind of difficulty: rows of ``compute_optimal.csv``, and what the report says.

    Args:
        model, label, difficulty: names.
        numbers: bin of each problem.
        found: ways to spend tokens, coverage and a blind choice among them.
        usual: the strategy of best-of-N.
        settings: of the comparison.
        how: of the intervals.
    """
    said: dict[str, Any] = {"model": model, "label": label, "difficulty": difficulty}
    rows = np.flatnonzero(numbers != NO_BIN)
    chosen = [way for way in found if way.selector not in BASELINES]
    if unknown := [way.strategy for way in chosen if np.isnan(way.tokens).any()]:
        return _nothing(said, f"the tokens of {unknown[0]} are not recorded")
    if rows.size < 4:
        return _nothing(said, "halves need four problems or more of known difficulty")
    part = [_rows(way, rows) for way in chosen]
    numbers, how = numbers[rows], Intervals(how.bootstrap, how.confidence, how.seed, how.method, _groups(how, rows))
    budgets = common_budgets([way.candidate for way in part], numbers, settings.budgets)
    if isinstance(budgets, Apart):
        return _nothing(
            said,
            f"{budgets.dear} begins at {budgets.low:,.0f} tokens a problem, where {budgets.cheap} has ended at {budgets.high:,.0f};"
            f" draw {np.ceil(10 * budgets.low / budgets.high) / 10:g} times the samples",
        )
    values = np.stack([at_budgets(way.candidate, numbers, budgets) for way in part])
    # A selector that does not reach a budget, as it needs no scorer and its samples are used up, cannot be chosen there.
    values = np.where(np.isnan(values).any(axis=1, keepdims=True), np.nan, values)
    there = ~np.isnan(values[:, 0])
    optimal = compute_optimal(np.where(np.isnan(values), OUT_OF_REACH, values), numbers, settings.splits, how.seed)
    place = baseline(part, usual)
    of_choice = {"optimal": optimal.adaptive, "fixed": optimal.fixed, "oracle": optimal.oracle}
    reached = {"fixed": np.ones(len(budgets), dtype=bool)}
    if place is not None and there[place].any():
        of_choice["best_of_n"], reached["best_of_n"] = values[place], there[place]
    table = _optimal_table(model, label, difficulty, of_choice, budgets, how)
    said |= {
        "tokens": [float(budgets[0]), float(budgets[-1])],
        "problems": int(rows.size),
        "usual": usual,
        "baseline": None if place is None else _named(part[place]),
        "last": {name: None if pd.isna(value) else float(value) for name, value in table.iloc[-1].drop(["model", "label", "difficulty"]).items()},
        "bins": _bins(optimal, numbers, part),
        "fixed": _shares(optimal.chosen_fixed[:, -1], part),
        "ranking": _ranking(values[there[:, -1], :, -1], [way for way, here in zip(part, there[:, -1], strict=True) if here], how),
        # Curves that end before the largest budget: mean tokens a problem, and the accuracy there.
        "ended": [
            {**_named(way), "tokens": float(way.ks[-1] * way.tokens.mean()), "accuracy": float(way.accuracy[:, -1].mean())}
            for way, here in zip(part, there[:, -1], strict=True)
            if not here
        ],
        "saved": {
            name: asdict(
                saving(optimal.adaptive[:, kept], of_choice[name][:, kept], budgets[kept], how.bootstrap, how.confidence, how.seed, how.groups)
            )
            for name, kept in reached.items()
        },
    }
    return table, said


def _nothing(said: dict[str, Any], reason: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    return pd.DataFrame(columns=list(OPTIMAL_COLUMNS)), {**said, "not_compared": reason}


def _rows(way: Way, rows: IntArray) -> Way:
    fields = {name: getattr(way, name) for name in Way.__dataclass_fields__}
    by_problem = {name: fields[name][rows] for name in ("accuracy", "policy", "search", "scored")}
    return Way(**{**fields, **by_problem, "dollars": way.dollars[:, rows]})


def _optimal_table(model: str, label: str, difficulty: str, of_choice: Mapping[str, FloatArray], budgets: FloatArray, how: Intervals) -> pd.DataFrame:
    columns: dict[str, Any] = {"model": model, "label": label, "difficulty": difficulty, "tokens": budgets, "problems": len(of_choice["optimal"])}
    order = np.arange(1, len(budgets) + 1)
    for name, values in of_choice.items():
        interval = curve_interval(values, order, how.bootstrap, how.confidence, how.seed, how.method, how.groups)
        columns |= {name: values.mean(axis=0), f"{name}_lower": interval.lower, f"{name}_upper": interval.upper}
    for name, gain in (("fixed", "gain"), ("best_of_n", "gain_over_best_of_n")):
        if name in of_choice:
            interval = difference_interval(of_choice[name], of_choice["optimal"], how.confidence, how.groups)
            columns |= {
                gain: (of_choice["optimal"] - of_choice[name]).mean(axis=0),
                f"{gain}_lower": interval.lower,
                f"{gain}_upper": interval.upper,
            }
    return pd.DataFrame(columns).reindex(columns=list(OPTIMAL_COLUMNS))


def _named(way: Way) -> dict[str, str]:
    return {"strategy": way.strategy, "selector": way.name}


def _shares(shares: FloatArray, found: Sequence[Way]) -> list[dict[str, Any]]:
    """Ways that were chosen, the most frequent first."""
    order = np.argsort(-shares, kind="stable")
    return [{**_named(found[place]), "share": round(float(shares[place]), 6)} for place in order.tolist() if shares[place] > 0]


def _bins(optimal: Optimal, numbers: IntArray, found: Sequence[Way]) -> list[dict[str, Any]]:
    return [
        {"bin": int(number), "problems": int((numbers == number).sum()), "chosen": _shares(optimal.chosen[place, :, -1], found)}
        for place, number in enumerate(optimal.bins)
    ]


def _ranking(values: FloatArray, found: Sequence[Way], how: Intervals) -> list[dict[str, Any]]:
    """All ways at the largest budget, the best first, each with the paired difference by which the best one is ahead."""
    ranked = ranking(values, how.confidence, how.seed, how.groups)
    means = values.mean(axis=1)
    order = [ranked.best, *(place for place in np.argsort(-means, kind="stable").tolist() if place != ranked.best)]
    return [
        {
            **_named(found[place]),
            "accuracy": float(means[place]),
            "behind": float(ranked.difference[place]),
            "lower": float(ranked.lower[place]),
            "upper": float(ranked.upper[place]),
            "p_holm": float(ranked.p_value[place]),
        }
        for place in order
    ]
