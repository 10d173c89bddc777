"""Verify solutions that are known to be right."""

import json
from pathlib import Path

from monkeys.audit import gold_samples, gold_table
from monkeys.benchmarks import load_benchmark
from monkeys.errors import run_script
from monkeys.graders import judge
from monkeys.progress import Progress
from monkeys.records import read_jsonl, read_references, whole_file
from monkeys.verification_arguments import read_settings, verification_parser


def main() -> None:
    parser = verification_parser(__doc__, "audit_gold")
    parser.add_argument("--benchmark", required=True)
    parser.add_argument("--options", type=json.loads, required=True, help="JSON: the benchmark's options")
    parser.add_argument("--dataset", type=Path, required=True, help="the data set's rows")
    parser.add_argument("--references", type=Path, nargs="+", required=True, help="all blocks")
    parser.add_argument("--repeats", type=int, required=True, help="how often each is verified beside the first time")
    arguments = parser.parse_args()
    progress = Progress(arguments.label, arguments.log)
    benchmark = load_benchmark(arguments.benchmark)
    references = {reference.problem_id: reference for path in arguments.references for reference in read_references(path)}
    rows = [row for _, row in read_jsonl(arguments.dataset)]
    samples = gold_samples(benchmark, rows, {**benchmark.options, **arguments.options}, list(references))
    settings = read_settings(arguments, answers="completion")
    turns = [judge(arguments.grader, samples, references, settings, progress) for _ in range(1 + arguments.repeats)]
    with whole_file(arguments.output) as part:
        gold_table(turns).to_csv(part, index=False)
    progress.say(f"{len(samples)} solutions of {len({sample.problem_id for sample in samples})} problems verified in {progress.seconds:.0f} s")


if __name__ == "__main__":
    run_script(main)
