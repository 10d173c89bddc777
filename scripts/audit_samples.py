"""Verify some of a model's samples again, and by a second verifier."""

import json
from pathlib import Path

from monkeys.benchmarks import load_benchmark
from monkeys.command_line.pair_arguments import add_pair
from monkeys.command_line.verification_arguments import read_settings, verification_parser
from monkeys.errors import run_script
from monkeys.files import read_jsonl, write_table
from monkeys.graders import verify
from monkeys.progress import Progress
from monkeys.records.reference import read_references
from monkeys.tables.audit import read_recorded, sample_table


def main() -> None:
    parser = verification_parser(__doc__, "audit_samples")
    add_pair(parser)
    parser.add_argument("--first", type=int, required=True, help="how many samples of each problem are audited")
    parser.add_argument("--references", type=Path, nargs="+", required=True, help="all blocks")
    parser.add_argument("--repeats", type=int, required=True, help="how often each is verified again")
    parser.add_argument("--other", type=json.loads, help="JSON: benchmark and options of the cross-check, and settings; null where there is none")
    parser.add_argument("--other-dataset", type=Path, nargs="?", help="rows of the cross-check's benchmark")
    arguments = parser.parse_args()
    progress = Progress(arguments.label, arguments.log)
    samples, recorded = read_recorded(arguments.pair, arguments.cut, arguments.first)
    references = {reference.problem_id: reference for path in arguments.references for reference in read_references(path)}
    turns = [verify(arguments.grader, samples, references, read_settings(arguments), progress) for _ in range(arguments.repeats)]
    other = None
    if arguments.other:
        benchmark = load_benchmark(arguments.other["benchmark"])
        rows = [row for _, row in read_jsonl(arguments.other_dataset)]
        problems = benchmark.problems(rows, {**benchmark.options, **arguments.other["options"]})
        known = {reference.problem_id: reference for _, reference in problems if reference.problem_id in references}
        arguments.settings = arguments.other["settings"]
        settings = read_settings(arguments, benchmark.grader)
        other = verify(benchmark.grader, [sample for sample in samples if sample.problem_id in known], known, settings, progress)
    write_table(arguments.output, sample_table(recorded, turns, other))
    progress.say(
        f"{len(samples)} samples verified {arguments.repeats} times more{', and by a second verifier' if other else ''}, in {progress.seconds:.0f} s"
    )


if __name__ == "__main__":
    run_script(main)
