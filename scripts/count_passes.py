"""Count, for each problem, the samples and those that passed."""

import argparse
import json
from pathlib import Path

from monkeys.errors import run_script
from monkeys.files import write_table
from monkeys.records.reference import read_references
from monkeys.shards import blocks, shards
from monkeys.tables.counts import count_passes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verdicts", type=Path, required=True, help="the folder of the shards")
    parser.add_argument("--references", type=Path, required=True, help="the folder of the blocks")
    parser.add_argument("--cut", type=json.loads, required=True, help="JSON: problems, samples and shard of the benchmark")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    cut = arguments.cut
    files = [arguments.references / f"{block}.jsonl" for block in blocks(cut)]
    references = {reference.problem_id: reference for path in files for reference in read_references(path)}
    counts = count_passes([arguments.verdicts / f"{shard}.parquet" for shard in shards(cut)], references, cut["samples"])
    write_table(arguments.output, counts)


if __name__ == "__main__":
    run_script(main)
