"""Count, for each problem, the samples and those that passed."""

import argparse
from pathlib import Path

from monkeys.command_line.pair_arguments import add_pair
from monkeys.errors import run_script
from monkeys.files import write_table
from monkeys.records.allocation import read_allocation
from monkeys.records.reference import read_references
from monkeys.tables.counts import count_passes
from monkeys.tables.shard_files import verdict_files


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_pair(parser)
    parser.add_argument("--references", type=Path, nargs="+", required=True, help="all blocks, in order")
    parser.add_argument("--allocation", type=Path, nargs="*", default=[], help="samples of each problem, where they do not all get the same")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    cut = arguments.cut
    references = {reference.problem_id: reference for path in arguments.references for reference in read_references(path)}
    allocation = [read_allocation(path, references, cut.samples) for path in arguments.allocation]
    counts = count_passes(verdict_files(arguments.pair, cut), references, cut.samples, allocation[0] if allocation else None)
    write_table(arguments.output, counts)


if __name__ == "__main__":
    run_script(main)
