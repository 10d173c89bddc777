"""A number as the answer.

How it comes out of a text: the number behind the last "answer is"; without that, the last number of all. Thousands separators, a dollar sign and a
full stop at the end are dropped; 12 and 12.0 are the same answer.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from monkeys.graders import Settings
from monkeys.progress import Progress
from monkeys.records import Reference, Sample, Verdict

RUNS_PROGRAMS = False

_NUMBER = r"-?\$?\d[\d,]*(?:\.\d+)?"
_STATED = re.compile(rf"answer is:?[^\d\n-]{{0,20}}({_NUMBER})", re.IGNORECASE)
_ANY = re.compile(_NUMBER)
_LONGEST = 1000
"""Digits beyond which a number is no answer: a model that repeats a digit for ever is not worth exact arithmetic."""


def extract_answer(text: str) -> str | None:
    """The answer that a text gives, in a normal form, or None."""
    found = _STATED.findall(text) or _ANY.findall(text)
    return None if not found else normalise(found[-1])


def normalise(number: str) -> str | None:
    """A number without separators and currency, in the shortest form; None where it is none."""
    digits = number.replace(",", "").replace("$", "")
    if len(digits) > _LONGEST:
        return None
    try:
        value = Decimal(digits)
    except InvalidOperation:
        return None
    return "0" if value == 0 else f"{value:f}".rstrip("0").rstrip(".") if "." in digits else str(int(value))


def grade(samples: Sequence[Sample], references: Mapping[str, Reference], _settings: Settings, progress: Progress) -> list[Verdict]:
    """Compare each sample's answer with the problem's."""
    right = {name: normalise(reference.reference["answer"]) for name, reference in references.items()}
    verdicts = []
    for sample in samples:
        answer = extract_answer(sample.text)
        outcome = "no_answer" if answer is None else "passed" if answer == right[sample.problem_id] else "failed"
        verdicts.append(Verdict(sample.problem_id, sample.sample_index, outcome, answer))
    progress.tick(f"{len(verdicts)} of {len(samples)} samples verified")
    return verdicts
