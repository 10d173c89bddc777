"""Let a model write tests for the problems of a block, for the scorer generated_tests."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from monkeys.command_line.jobs import add_progress, run_job
from monkeys.errors import run_script
from monkeys.files import write_jsonl
from monkeys.progress import Progress
from monkeys.records.prompt import read_prompts
from monkeys.sampling.preparation import before_loading, settled_weights
from monkeys.scorers import MODEL_KEYS
from monkeys.scorers.test_writing import OPTIONS, write_tests


def write(arguments: argparse.Namespace, progress: Progress) -> None:
    options = {**MODEL_KEYS, **OPTIONS, **json.loads(arguments.settings)}
    manifest = settled_weights(options, "tests", arguments.weights, progress)
    before_loading(arguments.log, progress, {arguments.weights: manifest})
    rows = write_tests(read_prompts(arguments.prompts), manifest, options, arguments.store)
    write_jsonl(arguments.output, rows)
    progress.say(f"{sum(len(row['tests']) for row in rows)} texts with tests of {len(rows)} problems, {sum(row['tokens'] for row in rows)} tokens")


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompts", type=Path, required=True, help="the block's prompts")
    parser.add_argument("--settings", required=True, help="JSON: the scorer's entry of the configuration")
    parser.add_argument("--weights", type=Path, required=True, help="manifest of the weights of the model that writes")
    parser.add_argument("--store", type=Path, required=True, help="folder of all samples that this checkout has drawn, for rendered prompts")
    add_progress(parser, "write_tests")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args(argv)
    progress = Progress(arguments.label, arguments.log)
    run_job(lambda: write(arguments, progress), progress, arguments.log)


if __name__ == "__main__":
    run_script(main)
