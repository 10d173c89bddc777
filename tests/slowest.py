"""The slowest tests of a run, as the table in docs/development.md: ``python tests/slowest.py .cache/ci/tests.csv``."""

import argparse
import csv
from pathlib import Path

PARTS = ("setup", "call", "teardown")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("durations", type=Path, help="what pytest wrote to --durations-file")
    parser.add_argument("--number", type=int, default=40, help="how many tests (default: 40)")
    arguments = parser.parse_args()
    with arguments.durations.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    seconds = {row["test"]: [float(row[part]) for part in PARTS] for row in rows}
    print(f"{len(rows)} tests, {sum(map(sum, seconds.values())):.0f} s in all workers together\n")
    print("| seconds | of these set-up | test |\n|---:|---:|---|")
    for test, parts in sorted(seconds.items(), key=lambda item: -sum(item[1]))[: arguments.number]:
        print(f"| {sum(parts):.0f} | {parts[0]:.0f} | `{test.removeprefix('tests/')}` |")


if __name__ == "__main__":
    main()
