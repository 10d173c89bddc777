"""Shift the coverage curves of each family of models onto each other, and measure how well they coincide."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from monkeys.command_line.interval_arguments import add_counts_of_models, add_intervals
from monkeys.errors import run_script
from monkeys.files import write_json, write_table
from monkeys.statistics.families import compare_family, model_curve
from monkeys.tables.counts import read_counts, stopping_of

COLUMNS = ["family", "model", "k", "shifted_k", "pass_at_k"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_counts_of_models(parser)
    parser.add_argument("--families", nargs="+", required=True, help="family of each model, in the order of the models")
    add_intervals(parser)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--table", type=Path, required=True, help="CSV of the curves: family, model, k, shifted_k, pass_at_k")
    arguments = parser.parse_args()
    of_family: dict[str, dict[str, Path]] = {}
    for model, family, path in zip(arguments.models, arguments.families, arguments.counts, strict=True):
        of_family.setdefault(family, {})[model] = path
    entries, frames = [], []
    for family, paths in of_family.items():
        # Of problems that not every model has met, a difference in coverage would say nothing about the models.
        counts = [read_counts(path).set_index("problem_id") for path in paths.values()]
        rules = [stopping_of(table) for table in counts]
        n, c = (pd.concat([table[name] for table in counts], axis=1, join="inner") for name in ("n", "c"))
        entry: dict[str, Any] = {"family": family, "models": list(paths), "problems": len(n)}
        if n.empty:
            entries.append(entry | {"not_compared": "the models have no problem in common"})
            continue
        shifts: list[float | None] = [None] * len(paths)
        try:
            compared = compare_family(n.T, c.T, arguments.bootstrap, arguments.confidence, arguments.seed, rules)
        except ValueError as error:
            entry["not_compared"] = str(error)
        else:
            entry |= asdict(compared)
            shifts = list(compared.shift)
        entries.append(entry)
        for place, (model, shift) in enumerate(zip(paths, shifts, strict=True)):
            curve = model_curve(n.iloc[:, place], c.iloc[:, place], rules[place])
            shifted = curve.k / shift if shift is not None else None
            frames.append(pd.DataFrame({"family": family, "model": model, "k": curve.k, "shifted_k": shifted, "pass_at_k": curve.coverage}))
    write_json(arguments.output, {"confidence": arguments.confidence, "bootstrap": arguments.bootstrap, "families": entries})
    write_table(arguments.table, pd.concat(frames or [pd.DataFrame(columns=COLUMNS)])[COLUMNS])


if __name__ == "__main__":
    run_script(main)
