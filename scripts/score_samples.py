"""Score the samples of one shard, without a reference or a verdict."""

import argparse
import hashlib
import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from monkeys.closure import behaviour
from monkeys.command_line.jobs import add_progress, run_job
from monkeys.errors import InputError, run_script
from monkeys.files import file_sha256, read_text
from monkeys.progress import Progress
from monkeys.records.prompt import read_prompts
from monkeys.records.sample import read_provenance, read_samples
from monkeys.records.score import Score, check_score, write_scores
from monkeys.sampling.preparation import before_loading, journal_of, lock_of, settled_weights
from monkeys.sampling.sample_store import merged
from monkeys.scorers import Settings, Task, batches, complete


def score(arguments: argparse.Namespace, progress: Progress) -> None:
    given = json.loads(arguments.settings)
    options = complete(arguments.name, given["scorer"])
    module = import_module(f"monkeys.scorers.{options['kind']}")
    tasks = read_tasks(arguments.prompts, arguments.samples)
    manifest = settled_weights(options, "scores", arguments.weights, progress) if arguments.weights else None
    settings = Settings(
        options=options,
        manifest=manifest,
        file=arguments.file,
        problems=read_text(arguments.problems).split("\n")[:-1] if arguments.problems else None,
        provenance=read_provenance(arguments.samples),
        workers=arguments.workers,
        sandbox=arguments.sandbox,
        image=arguments.image,
        **{key: value for key, value in given.items() if key != "scorer"},
    )
    key = recipe_key(settings, str(module.__file__), arguments)
    with lock_of(arguments.output, progress):
        run(arguments, settings, module, tasks, key, progress)


def run(arguments: argparse.Namespace, settings: Settings, module: Any, tasks: list[Task], key: str, progress: Progress) -> None:
    digests = {task.prompt.problem_id: task.digest for task in tasks}
    journal = journal_of(arguments.output, key, 0, digests, Score, progress, "their samples are scored again")
    scored = {(one.problem_id, one.sample_index): one for one in journal.samples}
    if scored:
        progress.say(f"going on after {len(scored)} scores of an interrupted run")
    accounts = list(journal.accounts) if scored else []
    wanted = sum(len(task.samples) for task in tasks)
    # A batch that is not whole is scored whole again: its last digits may depend on what is in it.
    rest = [batch for batch in batches(tasks) if any((s.problem_id, s.sample_index) not in scored for task in batch for s in task.samples)]
    loaded = progress.seconds
    if rest:
        if settings.manifest is not None:
            before_loading(arguments.log, progress, {arguments.weights: settings.manifest})
        scorer = module.open_scorer(settings, progress)
        journal.drawn_by(scorer.provenance)
        accounts.append(scorer.provenance)
        loaded = progress.seconds
    for batch in rest:
        found = scorer.score(batch)
        for one in found:
            check_score(one, f"sample {one.sample_index} of {one.problem_id}")
        journal.add(found)
        scored |= {(one.problem_id, one.sample_index): one for one in found}
        progress.tick(f"{len(scored)} of {wanted} samples scored")
    scores = [scored[s.problem_id, s.sample_index] for task in tasks for s in task.samples]
    write_scores(arguments.output, scores, {"kind": settings.options["kind"], **merged(accounts)})
    journal.remove()
    none = sum(one.score is None for one in scores)
    tokens = sum(one.scored_tokens for one in scores)
    progress.say(
        f"{wanted} samples scored, {none} without a score, {tokens} tokens read, in {progress.seconds - loaded:.0f} s after {loaded:.0f} s of loading"
    )


def read_tasks(prompts: Path, samples: Path) -> list[Task]:
    """The shard's samples by problem, in the order of the prompts."""
    asked = read_prompts(prompts)
    found: dict[str, list[Any]] = {prompt.problem_id: [] for prompt in asked}
    for sample in read_samples(samples):
        if sample.problem_id not in found:
            raise InputError(
                f"{samples} has a sample of {sample.problem_id!r}, which is not among the prompts {prompts}; the two are of different studies"
            )
        found[sample.problem_id].append(sample)
    return [Task(prompt, found[prompt.problem_id]) for prompt in asked if found[prompt.problem_id]]


def recipe_key(settings: Settings, source: str, arguments: argparse.Namespace) -> str:
    """A name of all that decides on scores but what is scored."""
    decides = {
        "behaviour": behaviour(source),
        "options": settings.options,
        "format": [settings.response_format, settings.reasoning_marks, settings.reasoning_opened],
        "limits": [settings.cpu_seconds, settings.memory_mb, settings.sandbox],
        "weights": settings.manifest and settings.manifest["files"],
        "file": arguments.file and [file_sha256(arguments.file), dict(settings.answers)],
        "provenance": dict(settings.provenance),
    }
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()[:32]


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True, help="of the scorer in the configuration")
    parser.add_argument("--samples", type=Path, required=True, help="the shard")
    parser.add_argument("--prompts", type=Path, required=True, help="the block's prompts")
    parser.add_argument(
        "--settings",
        required=True,
        help="JSON: scorer (its entry of the configuration), response_format, reasoning_marks and reasoning_opened of the model that drew, total (samples a problem); for scorers that run programs cpu_seconds and memory_mb",
    )
    parser.add_argument("--weights", type=Path, nargs="?", help="manifest of the scorer's weights")
    parser.add_argument("--file", type=Path, nargs="?", help="a file that the scorer reads: recorded scores, or tests")
    parser.add_argument("--problems", type=Path, nargs="?", help="names of all the benchmark's problems, one a line, for scorers with a file")
    parser.add_argument("--sandbox", default="bubblewrap", help="what programs run in, where the scorer runs any")
    parser.add_argument("--image", type=Path, nargs="?", help="Apptainer's image")
    parser.add_argument("--workers", type=int, default=1, help="sandboxes at a time")
    add_progress(parser, "score_samples")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args(argv)
    progress = Progress(arguments.label, arguments.log)
    run_job(lambda: score(arguments, progress), progress, arguments.log, kept="scored")


if __name__ == "__main__":
    run_script(main)
