"""Grade the samples of one shard."""

import argparse
import json
from collections import Counter
from pathlib import Path

from monkeys.errors import InfrastructureError, run_script
from monkeys.graders import Settings, grader_options, load_grader
from monkeys.progress import Progress
from monkeys.records import read_references, read_samples, write_verdicts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=Path, required=True)
    parser.add_argument("--references", type=Path, required=True)
    parser.add_argument("--grader", required=True, help="a module of monkeys.graders")
    parser.add_argument("--settings", required=True, help="JSON: cpu_seconds, memory_mb, answers, and options of the grader's own")
    parser.add_argument("--sandbox", default="bubblewrap", help="what programs run in, where the grader runs any")
    parser.add_argument("--image", type=Path, nargs="?", help="Apptainer's image")
    parser.add_argument("--workers", type=int, required=True, help="sandboxes at a time")
    parser.add_argument("--label", default="verify_samples", help="what the progress lines begin with")
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    progress = Progress(arguments.label, arguments.log)
    given = json.loads(arguments.settings)
    options = {**grader_options(arguments.grader), **given.pop("options", {})}
    settings = Settings(workers=arguments.workers, sandbox=arguments.sandbox, image=arguments.image, options=options, **given)
    references = {reference.problem_id: reference for reference in read_references(arguments.references)}
    verdicts = load_grader(arguments.grader).grade(read_samples(arguments.samples), references, settings, progress)
    broken = [verdict for verdict in verdicts if verdict.outcome == "infrastructure_error"]
    if broken:
        raise InfrastructureError(
            f"{len(broken)} of {len(verdicts)} samples of {arguments.samples} could not be verified ({broken[0].detail}); no verdict is written, run again"
        )
    write_verdicts(arguments.output, verdicts)
    outcomes = ", ".join(f"{number} {outcome}" for outcome, number in Counter(verdict.outcome for verdict in verdicts).most_common())
    progress.say(f"{len(verdicts)} samples verified in {progress.seconds:.0f} s: {outcomes}")


if __name__ == "__main__":
    run_script(main)
