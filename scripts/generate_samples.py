"""Make the samples of one shard: draw them, or take them from a file."""

import argparse
import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from monkeys.command_line.jobs import add_progress, run_job
from monkeys.errors import run_script
from monkeys.files import read_text
from monkeys.progress import Progress
from monkeys.records.allocation import read_allocation
from monkeys.records.prompt import read_prompts
from monkeys.sampling.job import ShardJob


def read_job(arguments: argparse.Namespace, progress: Progress) -> ShardJob:
    settings, prompts = json.loads(arguments.settings), read_prompts(arguments.prompts)
    most = settings["samples"][1]
    allocation = [read_allocation(path, [prompt.problem_id for prompt in prompts]) for path in arguments.allocation]
    problems = [name for path in arguments.problems for name in read_text(path).split("\n")[:-1]]
    return ShardJob(
        prompts,
        settings,
        arguments.source,
        problems,
        allocation[0] if allocation and most is not None else None,
        arguments.store,
        arguments.reuse,
        arguments.log,
        arguments.output,
        progress,
        [
            prompt
            for path in arguments.questions
            for file in (sorted(path.glob("*.jsonl")) if path.is_dir() else [path])
            for prompt in read_prompts(file)
        ],
        arguments.trees,
        arguments.scorer,
    )


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompts", type=Path, required=True, help="the block's prompts")
    parser.add_argument("--source", type=Path, nargs="*", default=[], help="manifest of the weights, or files of recorded samples")
    parser.add_argument(
        "--problems", type=Path, nargs="*", default=[], help="for recorded samples: names of all the benchmark's problems, one a line"
    )
    parser.add_argument(
        "--questions",
        type=Path,
        nargs="*",
        default=[],
        help="for recorded samples: prompts of all blocks, or their folder, by which rows find their problems",
    )
    parser.add_argument("--allocation", type=Path, nargs="*", default=[], help="samples of each problem, where they do not all get the same")
    parser.add_argument(
        "--settings",
        required=True,
        help="JSON: source, engine, seed, samples (first, stop); for vllm weights, device, batch_invariant, environment, response_format, chat_template_kwargs, template_date, options, sampling; for a search strategy, scorer and grader",
    )
    parser.add_argument("--scorer", type=Path, nargs="?", help="for a search: manifest of the weights of the scorer whose values steer it")
    parser.add_argument("--trees", type=Path, help="for a search: where its trees go")
    parser.add_argument("--store", type=Path, help="folder of all samples that this checkout has drawn")
    parser.add_argument("--reuse", action="store_true", help="take from the store what is there")
    add_progress(parser, "generate_samples")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args(argv)
    progress = Progress(arguments.label, arguments.log)

    def work() -> None:
        job = read_job(arguments, progress)
        # By name, so that a rule's `code` holds the source that it uses and no other.
        import_module(f"monkeys.sampling.{job.settings['source']}").make_shard(job)

    run_job(work, progress, arguments.log, kept="drawn")


if __name__ == "__main__":
    run_script(main)
