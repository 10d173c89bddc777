"""From samples to verdicts by running programs: what graders share that do so."""

from collections.abc import Callable, Sequence

from monkeys.graders import Settings
from monkeys.progress import Progress
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict
from monkeys.sandbox import Program, Sandbox, run_programs


def run_distinct(samples: Sequence[Sample], program_of: Callable[[Sample], Program | None], settings: Settings, progress: Progress) -> list[Verdict]:
    """Run every distinct program once, in sandboxes. One verdict a sample, in their order; a sample of which there is no program is no answer."""
    places: dict[Program, list[int]] = {}
    verdicts: dict[int, Verdict] = {}
    for position, sample in enumerate(samples):
        program = program_of(sample)
        if program is None:
            verdicts[position] = Verdict(sample.problem_id, sample.sample_index, "no_answer", detail="no code in the answer")
        else:
            places.setdefault(program, []).append(position)

    programs = list(places)
    for done, (number, execution) in enumerate(run_programs(programs, settings.workers, Sandbox(settings.sandbox, settings.image)), start=1):
        for position in places[programs[number]]:
            sample = samples[position]
            verdicts[position] = Verdict(sample.problem_id, sample.sample_index, execution.outcome, detail=execution.detail)
        progress.tick(f"{done} of {len(programs)} distinct programs run, {len(verdicts)} of {len(samples)} samples verified")
    return [verdicts[position] for position in range(len(samples))]
