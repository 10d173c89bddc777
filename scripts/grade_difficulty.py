"""Say how hard each problem is for each model, and estimate coverage by bins of difficulty."""

import argparse
from pathlib import Path

from monkeys.command_line.interval_arguments import add_counts_of_models, add_intervals
from monkeys.errors import InputError, run_script
from monkeys.files import write_table
from monkeys.statistics.difficulty import grade_difficulty
from monkeys.tables.counts import read_counts, stopping_of


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_counts_of_models(parser)
    parser.add_argument("--reference", nargs="*", default=[], help="the model whose success says how hard a problem is; none: each model's own")
    parser.add_argument("--bins", type=int, required=True)
    parser.add_argument("--naive", action="store_true", help="judge and measure with the same samples, as a comparison: biased")
    add_intervals(parser)
    parser.add_argument("--problems-output", type=Path, required=True)
    parser.add_argument("--bins-output", type=Path, required=True)
    arguments = parser.parse_args()
    counts = {name: read_counts(path) for name, path in zip(arguments.models, arguments.counts, strict=True)}
    reference = "".join(arguments.reference[:1]) or None
    if reference and reference not in counts:
        raise InputError(f"the reference model {reference!r} is not among the models ({', '.join(counts)})")
    rules = {name: stopping_of(table) for name, table in counts.items()}
    how = (arguments.bins, arguments.bootstrap, arguments.confidence, arguments.seed)
    grades = grade_difficulty(counts, reference, *how, split=not arguments.naive, rules=rules)
    write_table(arguments.problems_output, grades.problems)
    write_table(arguments.bins_output, grades.bins)


if __name__ == "__main__":
    run_script(main)
