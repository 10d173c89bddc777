r"""GSM8K's answer, a number, read in one of two ways; a reference's ``grader`` says which.

``paper``, as Large Language Monkeys (arXiv 2407.21787; its released ``llmonk/evaluate/math_datasets.py``) does: what stands behind the first
``####``, without ``,`` and ``$`` and one full stop at its end, must be the key, or Minerva's ``is_equiv`` must take it for the key. Of such texts, digits
and points, ``is_equiv`` adds one thing worth having: decimals are compared by value, so 18.00 is 18. (That it also takes 18.0.0 for 18 is its parser's
reading of what is no number, and not followed.) Whatever does not keep to the format has no answer.

``robust``, for models that were not shown the format or do not keep to it: the number that a text states last, behind ``####`` or "answer is" or in a
``\boxed{}``; where it states none, its last number. It counts as an answer what the paper's way does not, and chance hits with it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from monkeys.errors import InputError
from monkeys.graders import CONSTANTS, Settings, compared
from monkeys.graders.stated_number import check_number, normalise, read_key, robust_answer
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict

RUNS_PROGRAMS = False
read_answer = robust_answer

_LONGEST = 1000
"""Characters beyond which what stands behind ``####`` is no answer."""

_PAPER = re.compile(r"#### (-?[$0-9.,]+)")
_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+")


def paper_answer(text: str) -> str | None:
    """What the paper's extraction finds, decimals in their shortest form; None where it finds nothing."""
    found = _PAPER.search(text)
    if found is None or found.end() - found.start() > _LONGEST:
        return None
    answer = found[1].replace(",", "").replace("$", "").removesuffix(".")
    return normalise(answer) if _DECIMAL.fullmatch(answer) else answer or None


READINGS = {"paper": paper_answer, "robust": robust_answer}


def check_reference(reference: Mapping[str, Any]) -> None:
    """See ``Grader.check_reference``."""
    check_number(reference)
    if reference.get("grader") not in READINGS:
        raise InputError(f"has {reference.get('grader')!r} under 'grader', but must have {' or '.join(READINGS)}")


def constant_answers(_reference: Reference) -> list[tuple[str, str]]:
    """Constants where both readings find them."""
    return [(constant, f"The answer is {constant}.\n#### {constant}") for constant in CONSTANTS]


def grade(samples: Sequence[Sample], references: Mapping[str, Reference], _settings: Settings, progress: Progress) -> list[Verdict]:
    """Compare each sample's answer with the problem's."""
    right = {name: read_key(reference.reference["answer"]) for name, reference in references.items()}
    return compared(samples, right, lambda sample: READINGS[references[sample.problem_id].reference["grader"]](sample.text), progress)
