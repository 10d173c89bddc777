"""Count what was drawn: tokens, samples cut off at the limit, distinct texts, and what drew them."""

import argparse
from pathlib import Path

from monkeys.errors import run_script
from monkeys.records import write_json
from monkeys.tokens import count_tokens


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=Path, nargs="+", required=True)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    write_json(arguments.output, count_tokens(arguments.samples))


if __name__ == "__main__":
    run_script(main)
