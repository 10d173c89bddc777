"""Verify solutions that are known to be right, and answers that ignore the problem and must fail."""

import json
from itertools import islice
from pathlib import Path

from monkeys.benchmarks import load_benchmark
from monkeys.command_line.verification_arguments import read_settings, verification_parser
from monkeys.errors import run_script
from monkeys.files import read_jsonl, write_table
from monkeys.graders import verify
from monkeys.progress import Progress
from monkeys.records.reference import read_references
from monkeys.tables.audit import gold_samples, gold_table, is_hole, known_answers, wrong_answers, wrong_samples


def main() -> None:
    parser = verification_parser(__doc__, "audit_gold")
    parser.add_argument("--benchmark", required=True)
    parser.add_argument("--options", type=json.loads, required=True, help="JSON: the benchmark's options")
    parser.add_argument("--dataset", type=Path, nargs="?", help="the data set's rows; none where problems are made from the options alone")
    parser.add_argument("--references", type=Path, nargs="+", required=True, help="all blocks")
    parser.add_argument("--repeats", type=int, required=True, help="how often each is verified beside the first time")
    arguments = parser.parse_args()
    progress = Progress(arguments.label, arguments.log)
    benchmark = load_benchmark(arguments.benchmark, arguments.options)
    references = {reference.problem_id: reference for path in arguments.references for reference in read_references(path)}
    rows = [row for _, row in read_jsonl(arguments.dataset)] if arguments.dataset else []
    options = {**benchmark.options, **arguments.options}
    samples = gold_samples(benchmark, rows, options, list(references))
    settings = read_settings(arguments, response_format="completion", reasoning_marks=())
    turns = [verify(arguments.grader, samples, references, settings, progress) for _ in range(1 + arguments.repeats)]
    prompts = (prompt for prompt, reference in benchmark.problems(rows, options) if reference.problem_id in references)
    tried = [
        answer for prompt in islice(prompts, len(references)) for answer in wrong_answers(arguments.grader, prompt, references[prompt.problem_id])
    ]
    right = known_answers(references.values(), turns[0])
    wrong = []
    for chat in (False, True):
        chosen = [answer for answer in tried if answer.chat == chat]
        reading = read_settings(arguments, response_format="chat" if chat else "completion", reasoning_marks=())
        verdicts = verify(arguments.grader, wrong_samples(chosen), references, reading, progress)
        wrong += [(answer, verdict) for answer, verdict in zip(chosen, verdicts, strict=True)]
    kept = [(answer, verdict) for answer, verdict in wrong if verdict.outcome != "passed" or is_hole(verdict, right[answer.problem_id])]
    write_table(arguments.output, gold_table(turns, kept))
    progress.say(
        f"{len(samples)} solutions of {len({sample.problem_id for sample in samples})} problems and {len(wrong)} wrong answers verified"
        f" in {progress.seconds:.0f} s"
    )


if __name__ == "__main__":
    run_script(main)
