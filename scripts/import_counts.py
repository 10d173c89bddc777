"""Take counts that exist already: samples and passes of each problem, from a table of the user's own."""

import argparse
import json
from pathlib import Path

from monkeys.errors import run_script
from monkeys.files import write_table
from monkeys.tables.counts import import_counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, required=True)
    parser.add_argument("--problem-column", required=True, help="the column that names the problem")
    parser.add_argument("--where", type=json.loads, required=True, help="JSON: values by column; other rows are left out")
    parser.add_argument("--problems", type=int, required=True, help="the first so many problems")
    parser.add_argument(
        "--samples", type=json.loads, required=True, help="JSON: samples a problem, of more so many are drawn at random; null for all"
    )
    parser.add_argument("--stopping", type=json.loads, required=True, help="JSON: successes and batch of the rule by which sampling stopped, or null")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    what = (arguments.table, arguments.problem_column, arguments.where, arguments.problems, arguments.samples)
    counts = import_counts(*what, arguments.seed, arguments.stopping)
    write_table(arguments.output, counts)


if __name__ == "__main__":
    run_script(main)
