"""A number as the answer.

How it comes out of a text says ``stated_number``: the number of the last statement ("answer is", "answer:", ``####``, a box); without one, the last
number of all. 12 and 12.0 are the same answer.
"""

from collections.abc import Mapping, Sequence

from monkeys.graders import CONSTANTS, Settings
from monkeys.graders.stated_number import check_number as check_reference
from monkeys.graders.stated_number import normalise, read_key
from monkeys.graders.stated_number import robust_answer as extract_answer
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict

__all__ = ["check_reference", "extract_answer", "grade", "normalise"]

RUNS_PROGRAMS = False


def constant_answers(_reference: Reference) -> list[tuple[str, str]]:
    """Constants where an answer stands."""
    return [(constant, f"The answer is {constant}.") for constant in CONSTANTS]


def grade(samples: Sequence[Sample], references: Mapping[str, Reference], _settings: Settings, progress: Progress) -> list[Verdict]:
    """Compare each sample's answer with the problem's."""
    right = {name: read_key(reference.reference["answer"]) for name, reference in references.items()}
    verdicts = []
    for sample in samples:
        answer = extract_answer(sample.text)
        outcome = "no_answer" if answer is None else "passed" if answer == right[sample.problem_id] else "failed"
        verdicts.append(Verdict(sample.problem_id, sample.sample_index, outcome, answer))
    progress.tick(f"{len(verdicts)} of {len(samples)} samples verified")
    return verdicts
