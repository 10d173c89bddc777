"""Count, for each problem, the samples and those that passed."""

import argparse
from pathlib import Path

from monkeys.counts import count_passes
from monkeys.errors import run_script
from monkeys.records import read_references, whole_file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verdicts", type=Path, nargs="+", required=True)
    parser.add_argument("--references", type=Path, nargs="+", required=True)
    parser.add_argument("--samples", type=int, required=True, help="how many of each problem's samples to count")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    references = {reference.problem_id: reference for path in arguments.references for reference in read_references(path)}
    counts = count_passes(arguments.verdicts, references, arguments.samples)
    with whole_file(arguments.output) as part:
        counts.to_csv(part, index=False)


if __name__ == "__main__":
    run_script(main)
