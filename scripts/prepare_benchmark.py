"""Write a benchmark's prompts and references, a file of each for every block of problems."""

import argparse
import json
from itertools import islice
from pathlib import Path

from monkeys.benchmarks import load_benchmark
from monkeys.errors import InputError, run_script
from monkeys.files import read_jsonl, write_text
from monkeys.graders import check_references
from monkeys.progress import Progress
from monkeys.records.prompt import write_prompts
from monkeys.records.reference import write_references


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--benchmark", required=True)
    parser.add_argument("--dataset", type=Path, nargs="*", default=[], help="the data set's rows; none for a benchmark that makes its own problems")
    parser.add_argument("--settings", required=True, help="JSON: problems, block, options, version")
    parser.add_argument("--prompts", type=Path, nargs="+", required=True, help="a file a block, in the order of the blocks")
    parser.add_argument("--references", type=Path, nargs="+", required=True, help="likewise")
    parser.add_argument("--problems", type=Path, required=True, help="where the names of all problems go, one a line")
    parser.add_argument("--log", type=Path, required=True)
    arguments = parser.parse_args()
    settings = json.loads(arguments.settings)
    benchmark = load_benchmark(arguments.benchmark, settings["options"])
    progress = Progress(f"prepare_{benchmark.name}", arguments.log)
    wanted, block = settings["problems"], settings["block"]

    rows = [row for path in arguments.dataset for _, row in read_jsonl(path)]
    options = {**benchmark.options, **settings["options"]}
    made = benchmark.problems(rows, options)
    problems = list(made if benchmark.dataset else islice(made, wanted))
    if len(problems) < wanted:
        raise InputError(f"config key benchmarks.{benchmark.name}.problems is {wanted}, but the data set has {len(problems)}")
    source = str(arguments.dataset[0] if arguments.dataset else f"benchmark {benchmark.name}")
    if odd := [prompt.problem_id for prompt, _ in problems if not prompt.problem_id.isprintable() or not prompt.problem_id]:
        raise InputError(f"{source} has a problem called {odd[0]!r}, but a name must be text in one line, without control characters")
    places = benchmark.places(rows, options) if benchmark.places else None
    check_references(benchmark.grader, (reference for _, reference in problems[:wanted]), source, places)
    write_text(arguments.problems, "".join(f"{prompt.problem_id}\n" for prompt, _ in problems))
    for number, (prompts, references) in enumerate(zip(arguments.prompts, arguments.references, strict=True)):
        of_block = problems[:wanted][number * block : (number + 1) * block]
        write_prompts(prompts, (prompt for prompt, _ in of_block))
        write_references(references, (reference for _, reference in of_block))
    progress.say(f"{wanted} problems in {len(arguments.prompts)} blocks")


if __name__ == "__main__":
    run_script(main)
