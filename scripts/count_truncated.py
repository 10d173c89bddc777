"""Count the samples that were cut off at their limit of tokens, and what became of them."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from monkeys.errors import run_script
from monkeys.files import write_json
from monkeys.shards import shards
from monkeys.tables.truncation import count_truncated


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=Path, required=True, help="the folder of the shards")
    parser.add_argument("--verdicts", type=Path, required=True, help="the folder of their verdicts")
    parser.add_argument("--cut", type=json.loads, required=True, help="JSON: problems, samples and shard of the benchmark")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args(argv)
    files = [f"{shard}.parquet" for shard in shards(arguments.cut)]
    write_json(arguments.output, count_truncated([arguments.samples / name for name in files], [arguments.verdicts / name for name in files]))


if __name__ == "__main__":
    run_script(main)
