"""A number as the answer.

How it comes out of a text says ``stated_number``: the number of the last statement ("answer is", "answer:", ``####``, a box); without one, the last
number of all. 12 and 12.0 are the same answer.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from monkeys.errors import InputError
from monkeys.graders import CONSTANTS, Settings, shown
from monkeys.graders.stated_number import check_number, normalise, read_key
from monkeys.graders.stated_number import robust_answer as extract_answer
from monkeys.graders.steps import takes_course
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict

__all__ = ["check_reference", "extract_answer", "grade", "normalise"]

RUNS_PROGRAMS = False


def constant_answers(_reference: Reference) -> list[tuple[str, str]]:
    """Constants where an answer stands."""
    return [(constant, f"The answer is {constant}.") for constant in CONSTANTS]


def check_reference(reference: Mapping[str, Any]) -> None:
    """See ``Grader.check_reference``: a number; where there are ``totals``, whole numbers of which the last is the answer."""
    check_number(reference)
    totals = reference.get("totals")
    if totals is None:
        return
    if not isinstance(totals, list) or len(totals) < 2 or not all(isinstance(total, int) and not isinstance(total, bool) for total in totals):
        raise InputError(f"has {shown(totals)} under 'totals', but must have two whole numbers or more, from the first total to the answer")
    if str(totals[-1]) != read_key(reference["answer"]):
        raise InputError(f"has {totals[-1]} at the end of 'totals', but must have the answer {reference['answer']} there")


def grade(samples: Sequence[Sample], references: Mapping[str, Reference], _settings: Settings, progress: Progress) -> list[Verdict]:
    """Compare each sample's answer with the problem's."""
    right = {name: read_key(reference.reference["answer"]) for name, reference in references.items()}
    verdicts = []
    for sample in samples:
        answer = extract_answer(sample.text)
        outcome = "no_answer" if answer is None else "passed" if answer == right[sample.problem_id] else "failed"
        totals = references[sample.problem_id].reference.get("totals")
        process = None if totals is None else takes_course(sample.text, totals)
        verdicts.append(Verdict(sample.problem_id, sample.sample_index, outcome, answer, process=process))
    progress.tick(f"{len(verdicts)} of {len(samples)} samples verified")
    return verdicts
