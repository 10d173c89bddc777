"""Verify the samples of one shard, or a part of them."""

from collections import Counter
from pathlib import Path

from monkeys.command_line.verification_arguments import read_settings, verification_parser
from monkeys.errors import run_script
from monkeys.graders import verify
from monkeys.progress import Progress
from monkeys.records.reference import read_references
from monkeys.records.sample import read_samples
from monkeys.records.verdict import write_verdicts


def rows(text: str) -> slice:
    first, _, stop = text.partition(":")
    return slice(int(first), int(stop))


def main() -> None:
    parser = verification_parser(__doc__, "verify_samples")
    parser.add_argument("--samples", type=Path, required=True)
    parser.add_argument("--rows", type=rows, default=slice(None), help="first:stop of the rows that are verified; all, if it is not given")
    parser.add_argument("--references", type=Path, required=True)
    arguments = parser.parse_args()
    progress = Progress(arguments.label, arguments.log)
    references = {reference.problem_id: reference for reference in read_references(arguments.references)}
    verdicts = verify(arguments.grader, read_samples(arguments.samples)[arguments.rows], references, read_settings(arguments), progress)
    write_verdicts(arguments.output, verdicts)
    outcomes = ", ".join(f"{number} {outcome}" for outcome, number in Counter(verdict.outcome for verdict in verdicts).most_common())
    progress.say(f"{len(verdicts)} samples verified in {progress.seconds:.0f} s: {outcomes}")


if __name__ == "__main__":
    run_script(main)
