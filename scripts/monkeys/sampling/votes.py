"""Answers that someone recorded without their texts, in the place of samples: the text of a sample is its answer."""

from monkeys.errors import InputError
from monkeys.formats.votes import Columns, read_votes
from monkeys.records.sample import Sample, write_samples
from monkeys.sampling.job import ShardJob


def make_shard(job: ShardJob) -> None:
    """Write the answers of a shard.

    Raises:
        InputError: the file cannot be read, or lacks one of the problems or answers.
    """
    path = job.source[0]
    first, stop = job.settings["samples"]
    there = {votes.problem: votes for votes in read_votes(path, Columns.of(job.settings["columns"]))}
    samples = []
    for prompt in job.prompts:
        votes = there.get(prompt.problem_id)
        if votes is None:
            raise InputError(
                f"{path} has no answers to problem {prompt.problem_id}, which another model's file has; add them, or give the models benchmarks of their own"
            )
        if stop is not None and len(votes.answers) < stop:
            raise InputError(
                f"{votes.place} has {len(votes.answers)} answers to {votes.problem}, but the configuration asks for more; lower samples, or say all"
            )
        samples += [
            Sample(votes.problem, index, None, votes.answers[index], output_tokens=votes.tokens[index])
            for index in range(first, len(votes.answers) if stop is None else stop)
        ]
    write_samples(job.output, samples, {"engine": "votes"})
    job.progress.say(f"{len(samples)} answers taken from {path}")
