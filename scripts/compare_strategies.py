"""Compare strategies and selectors at equal cost: accuracy over tokens, FLOPs and dollars, by difficulty, and the compute-optimal choice."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from monkeys.command_line.interval_arguments import add_intervals
from monkeys.costs.architecture import known_architecture
from monkeys.errors import run_script
from monkeys.files import write_json, write_table
from monkeys.statistics import IntArray
from monkeys.statistics.difficulty import NO_BIN
from monkeys.tables.scaling import COLUMNS, EVERY, OPTIMAL_COLUMNS, Settings, curve_rows, difficulties, optimum
from monkeys.tables.selection import LABELS, Intervals
from monkeys.tables.ways import Pair, common_problems, groups, read_pair, ways


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=json.loads, required=True, help="JSON: strategies of models, as monkeys.study.scaling has them")
    parser.add_argument("--settings", type=json.loads, required=True, help="JSON: budgets, splits, bins, thresholds")
    parser.add_argument("--results", type=Path, required=True, help="folder of the run, which holds the folders of the pairs")
    add_intervals(parser)
    parser.add_argument("--method", required=True, help="of the intervals")
    parser.add_argument("--output", type=Path, required=True, help="CSV: all curves")
    parser.add_argument("--output-optimal", type=Path, required=True, help="CSV: the compute-optimal choice by budget")
    parser.add_argument("--output-choices", type=Path, required=True, help="JSON: what was chosen, and what it saves")
    arguments = parser.parse_args(argv)
    settings = Settings(**arguments.settings)
    by_model: dict[str, list[Mapping[str, Any]]] = {}
    for spec in arguments.pairs:
        by_model.setdefault(spec["model"], []).append(spec)
    curves, optima, choices = [], [], []
    for model, specs in by_model.items():
        pairs = [read_pair(spec, arguments.results) for spec in specs]
        names = common_problems(pairs)
        how = Intervals(arguments.bootstrap, arguments.confidence, arguments.seed, arguments.method, groups(pairs[0], names))
        bins = difficulties(pairs[0], names, settings)
        parameters = [parameters_of(pair.spec) for pair in pairs]
        for label in LABELS:
            if not all((pair.curves["label"] == label).any() for pair in pairs):
                continue
            found = of_label(pairs, label, False, names, parameters)
            curves.append(curve_rows(model, label, EVERY, None, np.arange(len(names)), found, how))
            measured = of_label(pairs, label, True, names, parameters)
            for difficulty, numbers in bins.items():
                for number in present(numbers):
                    curves.append(curve_rows(model, label, difficulty, number, np.flatnonzero(numbers == number), measured, how))
                table, said = optimum(model, label, difficulty, numbers, measured, pairs[0].strategy, settings, how)
                optima.append(table)
                choices.append(said)
    write_table(arguments.output, pd.concat(curves, ignore_index=True) if curves else pd.DataFrame(columns=list(COLUMNS)))
    filled = [table for table in optima if len(table)]
    write_table(arguments.output_optimal, pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(OPTIMAL_COLUMNS)))
    write_json(arguments.output_choices, {"confidence": arguments.confidence, "splits": settings.splits, "choices": choices})


def of_label(pairs: Sequence[Pair], label: str, measuring: bool, names: list[str], parameters: Sequence[Mapping[str, float]]) -> list[Any]:
    """The ways of all strategies."""
    return [way for pair, known in zip(pairs, parameters, strict=True) for way in ways(pair, label, measuring, names, known)]


def present(numbers: IntArray) -> list[int]:
    """Bins that there are."""
    return [number for number in np.unique(numbers).tolist() if number != NO_BIN]


def parameters_of(spec: Mapping[str, Any]) -> dict[str, float]:
    """Parameters of the policy, under an empty name, and of each scorer; NaN where unknown."""
    manifests = {"": spec["weights"], **spec["scorers"]}
    found = {name: known_architecture(spec["architecture"] if name == "" else None, [Path(path)] if path else []) for name, path in manifests.items()}
    return {name: np.nan if one is None else float(one.parameters) for name, one in found.items()}


if __name__ == "__main__":
    run_script(main)
