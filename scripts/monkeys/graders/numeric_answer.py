"""A number as the answer.

How it comes out of a text says ``stated_number``: the number of the last statement ("answer is", "answer:", ``####``, a box); without one, the last
number of all. 12 and 12.0 are the same answer.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from monkeys.errors import InputError
from monkeys.formats.equations import Change, is_right
from monkeys.graders import CONSTANTS, Settings, compared, shown
from monkeys.graders.stated_number import check_number, normalise, read_key
from monkeys.graders.stated_number import robust_answer as extract_answer
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict

__all__ = ["check_reference", "extract_answer", "grade", "normalise"]

RUNS_PROGRAMS = False
read_answer = extract_answer


def constant_answers(_reference: Reference) -> list[tuple[str, str]]:
    """Constants where an answer stands."""
    return [(constant, f"The answer is {constant}.") for constant in CONSTANTS]


def check_reference(reference: Mapping[str, Any]) -> None:
    """See ``Grader.check_reference``: a number; where there is a ``course``, whole numbers and signs that come to the answer."""
    check_number(reference)
    course = reference.get("course")
    if course is None:
        return
    try:
        start, changes = _course(course)
    except (TypeError, ValueError, KeyError, AttributeError):
        raise InputError(
            f"has {shown(course)} under 'course', but must have a start and changes, such as {{'start': 7, 'changes': [['+', 5]]}}"
        ) from None
    for change in changes:
        start = change.of(start)
    if str(start) != read_key(reference["answer"]):
        raise InputError(f"has a course that comes to {start} under 'course', but must have one that comes to the answer {reference['answer']}")


def _course(course: Any) -> tuple[int, list[Change]]:
    changes = [(sign, number) for sign, number in course["changes"]]
    if not changes or any(type(number) is not int for number in [course["start"], *(number for _, number in changes)]):
        raise ValueError("a course has whole numbers")
    if any(sign not in ("+", "-", "*") for sign, _ in changes):
        raise ValueError("a course has the signs +, - and *")
    return course["start"], [Change(sign, number) for sign, number in changes]


def grade(samples: Sequence[Sample], references: Mapping[str, Reference], _settings: Settings, progress: Progress) -> list[Verdict]:
    """Compare each sample's answer with the problem's."""
    right = {name: read_key(reference.reference["answer"]) for name, reference in references.items()}
    courses = {name: None if (course := reference.reference.get("course")) is None else _course(course) for name, reference in references.items()}

    def steps(sample: Sample) -> bool | None:
        course = courses[sample.problem_id]
        return None if course is None else is_right(sample.text, *course, extract_answer)

    return compared(samples, right, lambda sample: extract_answer(sample.text), progress, steps)
