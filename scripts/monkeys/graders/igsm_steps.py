"""A number as the answer, and beside it whether every step of the solution is right and needed (iGSM, arXiv 2407.20311).

The answer is read as ``numeric_answer`` reads it; the steps as ``formats/igsm/checking.py`` says.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from monkeys.errors import InputError
from monkeys.formats.igsm.checking import Key, is_right, read_key
from monkeys.graders import CONSTANTS, Settings, compared, shown
from monkeys.graders.stated_number import check_number
from monkeys.graders.stated_number import robust_answer as extract_answer
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict

RUNS_PROGRAMS = False


def constant_answers(_reference: Reference) -> list[tuple[str, str]]:
    """Constants where an answer stands."""
    return [(constant, f"The answer is {constant}.") for constant in CONSTANTS]


def check_reference(reference: Mapping[str, Any]) -> None:
    """See ``Grader.check_reference``: a number, and a problem whose question has that value."""
    check_number(reference)
    try:
        key = _key(reference)
    except (TypeError, ValueError, KeyError, AttributeError):
        raise InputError(
            f"has {shown(reference.get('problem'))} under 'problem', but must have a modulus, a query and parameters, each behind those that it is computed from"
        ) from None
    if str(key.answer) != str(reference["answer"]):
        raise InputError(
            f"has a problem that comes to {key.answer} under 'problem', but must have one that comes to the answer {reference['answer']}"
        )


def _key(reference: Mapping[str, Any]) -> Key:
    return read_key(reference["problem"])


def grade(samples: Sequence[Sample], references: Mapping[str, Reference], _settings: Settings, progress: Progress) -> list[Verdict]:
    """Compare each sample's answer, and its steps, with the problem's."""
    keys = {name: _key(reference.reference) for name, reference in references.items()}
    right = {name: str(key.answer) for name, key in keys.items()}
    return compared(
        samples,
        right,
        lambda sample: extract_answer(sample.text),
        progress,
        steps=lambda sample: is_right(sample.text, keys[sample.problem_id], extract_answer),
    )
