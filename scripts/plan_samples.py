"""Say where further samples do most: a number of them for each problem, from the counts so far."""

import argparse
from pathlib import Path

from monkeys.command_line.interval_arguments import add_counts
from monkeys.errors import InputError, run_script
from monkeys.files import write_table
from monkeys.statistics.planning import STRATEGIES, allocate_samples, expected_error
from monkeys.tables.counts import read_counts


def main() -> None:
    strategies = "; ".join(f"{name}: {meaning}" for name, meaning in STRATEGIES.items())
    parser = argparse.ArgumentParser(description=__doc__)
    add_counts(parser)
    parser.add_argument("--samples", type=int, required=True, help="the budget: further samples of all problems together")
    parser.add_argument("--strategy", choices=list(STRATEGIES), default="even", help=strategies)
    parser.add_argument("--k", type=int, help="the number of samples at which coverage is wanted; variance_optimal needs it")
    parser.add_argument("--output", type=Path, required=True, help="CSV: problem_id, n, c, further, total")
    arguments = parser.parse_args()
    counts = read_counts(arguments.counts)
    if missing := [name for name in ("problem_id", "n", "c") if name not in counts.columns]:
        raise InputError(f"{arguments.counts} lacks the column {missing[0]!r}; it has {', '.join(counts.columns)}")
    try:
        further = allocate_samples(counts["n"], counts["c"], arguments.samples, arguments.strategy, arguments.k)
        even = allocate_samples(counts["n"], counts["c"], arguments.samples, "even")
        errors = [] if arguments.k is None else [expected_error(counts["n"], counts["c"], way, arguments.k) for way in (further, even)]
    except ValueError as error:
        raise InputError(f"{arguments.counts} with --samples {arguments.samples} --k {arguments.k}: {error}") from error
    table = counts[["problem_id", "n", "c"]].assign(further=further, total=counts["n"] + further)
    write_table(arguments.output, table)
    chosen = table[table["further"] > 0]
    sentence = f"{arguments.strategy}: {arguments.samples} further samples to {len(chosen)} of {len(table)} problems"
    if len(chosen):
        sentence += f", {chosen['further'].min()} to {chosen['further'].max()} each, which makes {table['total'].min()} to {table['total'].max()} samples a problem"
    if errors:
        sentence += (
            f"; the error of coverage at k = {arguments.k} expected from them is {100 * errors[0]:.2f} points over samples of these problems,"
            f" evenly drawn {100 * errors[1]:.2f}"
        )
    print(sentence)


if __name__ == "__main__":
    run_script(main)
