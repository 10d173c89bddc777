"""Samples that exist already, taken from files of the user's own."""

from monkeys.engines.recorded import RecordedEngine
from monkeys.formats.samples.reading import SampleFiles
from monkeys.records.sample import write_samples
from monkeys.sampling.job import ShardJob


def make_shard(job: ShardJob) -> None:
    """Write the samples of a shard.

    Raises:
        InputError: a file cannot be read, or lacks one of the samples.
    """
    names = [prompt.problem_id for prompt in job.prompts]
    first, stop = job.settings["samples"]
    source = SampleFiles(tuple(str(path) for path in job.source), job.settings.get("shape"), job.settings.get("columns") or {})
    questions = {prompt.problem_id: prompt.messages[-1]["content"] for prompt in (job.questions or job.prompts) if prompt.messages}
    engine = RecordedEngine(source, job.problems, questions, (frozenset(names), first, stop))
    samples = list(engine.all_of(names) if stop is None else engine.draw(job.requests()))
    write_samples(job.output, samples, engine.provenance)
    for reason, number in engine.left_out.items():
        job.progress.say(f"left out: {number} {reason}")
    job.progress.say(f"{len(samples)} samples taken from {', '.join(source.files)}")
