"""Write a benchmark's prompts and references, a file of each for every block of problems."""

import argparse
import json
from itertools import islice
from math import ceil
from pathlib import Path

from monkeys.benchmarks import load_benchmark
from monkeys.errors import InputError, run_script
from monkeys.progress import Progress
from monkeys.records import read_jsonl, whole_file, write_prompts, write_references


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--benchmark", required=True)
    parser.add_argument("--dataset", type=Path, help="the data set's rows; none for a benchmark that makes its own problems")
    parser.add_argument("--settings", required=True, help="JSON: problems, block, options, version")
    parser.add_argument("--output", type=Path, required=True, help="names of all problems, one a line; prompts/ and references/ go beside it")
    parser.add_argument("--log", type=Path, required=True)
    arguments = parser.parse_args()
    settings = json.loads(arguments.settings)
    benchmark = load_benchmark(arguments.benchmark)
    progress = Progress(f"prepare_{benchmark.name}", arguments.log)
    wanted, block = settings["problems"], settings["block"]

    rows = [row for _, row in read_jsonl(arguments.dataset)] if arguments.dataset else []
    made = benchmark.problems(rows, {**benchmark.options, **settings["options"]})
    problems = list(made if benchmark.dataset else islice(made, wanted))
    if len(problems) < wanted:
        raise InputError(f"config key benchmarks.{benchmark.name}.problems is {wanted}, but the data set has {len(problems)}")
    blocks = range(ceil(wanted / block))
    for number in blocks:
        of_block = problems[:wanted][number * block : (number + 1) * block]
        write_prompts(arguments.output.with_name("prompts") / f"{number:04d}.jsonl", (prompt for prompt, _ in of_block))
        write_references(arguments.output.with_name("references") / f"{number:04d}.jsonl", (reference for _, reference in of_block))
    # Last, as it says that the blocks are there.
    with whole_file(arguments.output) as part:
        part.write_text("".join(f"{prompt.problem_id}\n" for prompt, _ in problems))
    progress.say(f"{wanted} problems in {len(blocks)} blocks")


if __name__ == "__main__":
    run_script(main)
