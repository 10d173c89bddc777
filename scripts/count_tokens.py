"""Count what was drawn: tokens, samples cut off at the limit, distinct texts, and what drew them. Stops where samples are no draws of their own."""

import argparse
import json
from pathlib import Path

from monkeys.command_line.pair_arguments import add_pair
from monkeys.errors import run_script
from monkeys.files import write_json, write_table
from monkeys.tables.duplicates import check_duplicates
from monkeys.tables.shard_files import sample_files
from monkeys.tables.tokens import count_tokens, read_accounts, read_columns, tokens_by_problem


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_pair(parser)
    parser.add_argument("--sampling", type=json.loads, required=True, help="JSON: vLLM's sampling parameters, null for recorded samples")
    parser.add_argument("--label", required=True, help="model and benchmark, for errors")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--by-problem", type=Path, required=True, help="CSV of each problem's tokens, from which costs are counted")
    arguments = parser.parse_args()
    files = sample_files(arguments.pair, arguments.cut)
    samples = read_columns(files)
    check_duplicates(samples, files, arguments.sampling, arguments.label, searched="generated_tokens" in samples)
    write_json(arguments.output, count_tokens(samples) | {"provenance": read_accounts(files)})
    write_table(arguments.by_problem, tokens_by_problem(samples))


if __name__ == "__main__":
    run_script(main)
