"""The results of a run as the report takes them from the files that the stages wrote."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from monkeys.figures.registry import KINDS
from monkeys.files import read_json, read_table
from monkeys.study.catalogue import RESULTS, Result, Scope, files, of_pair
from monkeys.study.layout import Layout
from monkeys.tables.counts import read_counts


@dataclass(frozen=True, slots=True)
class PairResults:
    """The results of one pair that the report shows, by their names in the catalogue; a pair that has counts alone has no tokens and no repeats.

    ``model`` is what the pair is called: its model, with the strategy where that is not the usual one. ``folder`` is below the run's, ``drawn`` whether the
    workflow drew its samples.
    """

    benchmark: str
    title: str
    model: str
    coverage: pd.DataFrame
    counts: pd.DataFrame
    laws: dict[str, Any]
    forecasts: dict[str, Any]
    tokens: dict[str, Any] | None = None
    diversity: dict[str, Any] | None = None
    truncated: dict[str, Any] | None = None
    folder: str = ""
    drawn: bool = False
    selection: pd.DataFrame | None = None
    selection_differences: pd.DataFrame | None = None
    votes: dict[str, Any] | None = None
    vote_record: pd.DataFrame | None = None
    stopping: pd.DataFrame | None = None
    costs: pd.DataFrame | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a benchmark's models are compared by, by its names in the catalogue; no families where no models are related."""

    differences: pd.DataFrame
    budget: dict[str, Any]
    families: dict[str, Any] = field(default_factory=dict)
    compute_optimal_choices: dict[str, Any] = field(default_factory=dict)


def read_result(path: Path, result: Result) -> Any:
    """A result as the report takes it: a table, or JSON."""
    if result.name == "counts":
        return read_counts(path)
    return read_json(path) if path.suffix == ".json" else read_table(path, dtype=dict.fromkeys(result.text, str))


def read_pairs(layout: Layout, results: Path, titles: Mapping[str, str]) -> list[PairResults]:
    """The results of every pair of a run."""
    shown = [result for result in RESULTS.values() if result.in_report and result.scope is Scope.PAIR]
    return [
        PairResults(
            pair.benchmark,
            titles[pair.benchmark],
            pair.label,
            folder=pair.folder,
            drawn=layout.source(pair).drawn,
            **{result.name: read_result(results / path, result) for result in shown for path in of_pair(layout, result, pair)},
        )
        for pair in layout.pairs
    ]


def read_comparisons(layout: Layout, results: Path) -> dict[str, Comparison]:
    """What the stages wrote of each benchmark of a run."""
    shown = [result for result in RESULTS.values() if result.in_report and result.scope is Scope.BENCHMARK]
    return {
        benchmark: Comparison(
            **{result.name: read_result(results / path, result) for result in shown for path in files(layout, result.name, benchmark)}
        )
        for benchmark in layout.benchmarks
    }


def figure_files(layout: Layout, results: Path) -> dict[str, dict[str, Path]]:
    """The figures of each benchmark, by kind."""
    return {
        benchmark: {kind: results / path for kind in KINDS for path in files(layout, f"figure {kind} svg", benchmark)}
        for benchmark in layout.benchmarks
    }
