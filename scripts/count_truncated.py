"""Count the samples that were cut off at their limit of tokens, and what became of them."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from monkeys.command_line.pair_arguments import add_pair
from monkeys.errors import run_script
from monkeys.files import write_json
from monkeys.tables.shard_files import sample_files, verdict_files_by_shard
from monkeys.tables.truncation import count_truncated


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_pair(parser)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args(argv)
    pair, cut = arguments.pair, arguments.cut
    write_json(arguments.output, count_truncated(sample_files(pair, cut), verdict_files_by_shard(pair, cut)))


if __name__ == "__main__":
    run_script(main)
