"""Samples that exist already, taken from files of the user's own."""

from monkeys.engines.recorded import RecordedEngine
from monkeys.records.sample import write_samples
from monkeys.sampling.job import ShardJob


def make_shard(job: ShardJob) -> None:
    """Write the samples of a shard.

    Raises:
        InputError: the file cannot be read, or lacks one of the samples.
    """
    engine = RecordedEngine(job.source[0], job.problems)
    takes_all = job.settings["samples"][1] is None
    samples = list(engine.all_of([prompt.problem_id for prompt in job.prompts]) if takes_all else engine.draw(job.requests()))
    write_samples(job.output, samples, engine.provenance)
    job.progress.say(f"{len(samples)} samples taken from {job.source[0]}")
