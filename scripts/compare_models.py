"""Differences in coverage between models on the same problems, with paired intervals, and p-values corrected for the number of pairs."""

import argparse
from itertools import combinations
from pathlib import Path

import pandas as pd

from monkeys.command_line.interval_arguments import add_counts_of_models, add_intervals
from monkeys.errors import run_script
from monkeys.files import write_table
from monkeys.statistics.comparisons import holm
from monkeys.statistics.coverage import TABLE_KS
from monkeys.statistics.stopping import reach, stopped_difference
from monkeys.tables.counts import groups_of, read_counts, stopping_of

COLUMNS = ["first", "second", "k", "problems", "difference", "lower", "upper", "p_value", "p_holm"]
"""``p_holm`` is corrected for all pairs that are compared at the same k."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_counts_of_models(parser)
    add_intervals(parser, bootstrap=False)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    counts = {name: read_counts(path) for name, path in zip(arguments.models, arguments.counts, strict=True)}
    frames = [pd.DataFrame(columns=COLUMNS)]
    for one, two in combinations(counts, 2):
        both = counts[one].merge(counts[two], on="problem_id", suffixes=("_1", "_2"), validate="one_to_one")
        if both.empty:
            continue
        n, c = both[["n_1", "n_2"]].to_numpy().T, both[["c_1", "c_2"]].to_numpy().T
        rules = [stopping_of(counts[name]) for name in (one, two)]
        last = min(reach(*of_model) for of_model in zip(n, c, rules, strict=True))
        ks = [k for k in TABLE_KS if k < last] + [last]
        found = stopped_difference(
            n,
            c,
            ks,
            rules,
            arguments.confidence,
            arguments.seed,
            groups_of(both, "group_1"),
        )
        frames.append(
            pd.DataFrame(
                {
                    "first": one,
                    "second": two,
                    "k": ks,
                    "problems": len(both),
                    "difference": found.coverage,
                    "lower": found.lower,
                    "upper": found.upper,
                    "p_value": found.p_value,
                }
            )
        )
    table = pd.concat(frames[1:] or frames, ignore_index=True)
    table["p_holm"] = table.groupby("k")["p_value"].transform(holm) if len(table) else table["p_value"]
    write_table(arguments.output, table[COLUMNS])


if __name__ == "__main__":
    run_script(main)
