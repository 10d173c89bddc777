"""From samples to verdicts by running programs: what graders share that do so.

The class of a program, which votes count, is its text here: lines without white space at their ends, and without empty ones. Its behaviour would be a better
one, but the tests of the benchmark must not form it, for they are what decides. Where a scorer runs programs on inputs of its own, its ``answer_class``
takes this one's place.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Protocol

from monkeys.graders import Settings
from monkeys.progress import Progress
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict
from monkeys.sandbox import Program, Sandbox, run_programs


class TextProgram(Program, Protocol):
    """A program that is one text."""

    @property
    def program(self) -> str:
        """The text."""


def text_class(text: str) -> str:
    """The class of a program, proof or patch by its text, as a short hash."""
    lines = (line.rstrip() for line in text.splitlines())
    return hashlib.sha256("\n".join(line for line in lines if line).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def run_distinct(
    samples: Sequence[Sample], program_of: Callable[[Sample], TextProgram | None], settings: Settings, progress: Progress
) -> list[Verdict]:
    """Run every distinct program once, in sandboxes. One verdict a sample, in their order; a sample of which there is no program is no answer."""
    places: dict[TextProgram, list[int]] = {}
    verdicts: dict[int, Verdict] = {}
    for position, sample in enumerate(samples):
        program = program_of(sample)
        if program is None:
            verdicts[position] = Verdict(sample.problem_id, sample.sample_index, "no_answer", detail="no code in the answer")
        else:
            places.setdefault(program, []).append(position)

    programs = list(places)
    classes = [text_class(program.program) for program in programs]
    for done, (number, execution) in enumerate(run_programs(programs, settings.workers, Sandbox(settings.sandbox, settings.image)), start=1):
        for position in places[programs[number]]:
            sample = samples[position]
            verdicts[position] = Verdict(
                sample.problem_id, sample.sample_index, execution.outcome, detail=execution.detail, answer_class=classes[number]
            )
        progress.tick(f"{done} of {len(programs)} distinct programs run, {len(verdicts)} of {len(samples)} samples verified")
    return [verdicts[position] for position in range(len(samples))]
