"""Put the audits of a run's verifiers into one table."""

import argparse
import json
from pathlib import Path

from monkeys.errors import run_script
from monkeys.files import read_table, write_json
from monkeys.tables.audit import summarise_gold, summarise_samples


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, required=True, help="the run's folder")
    parser.add_argument(
        "--benchmarks", type=json.loads, required=True, help="JSON: by benchmark, the folders of its pairs by label, and the cross-check's title"
    )
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    text = {"problem_id": str, "solution": str, "wrong": str, "other": str}
    audits = {}
    for benchmark, parts in arguments.benchmarks.items():
        folder = arguments.results / benchmark
        audits[benchmark] = {
            "gold": summarise_gold(read_table(folder / "audit_gold.csv", dtype=text, keep_default_na=False)),
            "models": {
                label: summarise_samples(read_table(arguments.results / pair / "audit.csv", dtype=text, keep_default_na=False))
                for label, pair in parts["pairs"].items()
            },
            "cross_check": parts["cross_check"],
        }
    write_json(arguments.output, audits)


if __name__ == "__main__":
    run_script(main)
