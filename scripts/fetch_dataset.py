"""Fetch the rows of a benchmark's data set, where the network is, and check their hash."""

import argparse
import json
from pathlib import Path

from monkeys.benchmarks import Dataset, load_benchmark
from monkeys.dataset_rows import fetch_rows, own_rows, read_rows
from monkeys.errors import run_script
from monkeys.files import write_jsonl
from monkeys.progress import Progress


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--benchmark", required=True)
    parser.add_argument(
        "--dataset", required=True, help="JSON: the fields of monkeys.benchmarks.Dataset; own: rows of the user's, which keep their places"
    )
    parser.add_argument("--data", type=Path, nargs="*", help="a local file of rows, in place of the download")
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    progress = Progress(f"fetch_dataset {arguments.benchmark}", arguments.log)
    given = json.loads(arguments.dataset)
    if given.pop("own", False):
        origin = arguments.data[0] if arguments.data else Dataset(**given)
        write_jsonl(arguments.output, own_rows(origin, given.get("rows_sha256"), arguments.benchmark, progress.say))
        return
    dataset = Dataset(**given)
    if arguments.data:
        rows = read_rows(arguments.data[0], dataset.rows_sha256, arguments.benchmark)
    else:
        rows = fetch_rows(dataset, progress.say, load_benchmark(arguments.benchmark).reduce_row)
    write_jsonl(arguments.output, rows)


if __name__ == "__main__":
    run_script(main)
