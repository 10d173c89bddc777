"""Answers without texts, as someone recorded them: an answer is right if it is one of the reference's, to the letter.

A reference has ``right``, the list of right answers, or null where nobody knows them: then nothing is judged (``unverified``), and answers can be voted on
all the same. ``empty`` says whether an empty answer, or null, votes like
any other (``vote``; the two are different) or is none (``abstain``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from monkeys.errors import InputError
from monkeys.formats.votes import NULL
from monkeys.graders import Settings, shown
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict

RUNS_PROGRAMS = False

EMPTY = ("abstain", "vote")
NONE = {"": "(empty)", NULL: "(null)"}
"""The classes of answers that are none, where they vote."""


def check_reference(reference: Mapping[str, Any]) -> None:
    """See ``Grader.check_reference``."""
    right = reference.get("right")
    if right is not None and not (isinstance(right, list) and all(isinstance(answer, str) for answer in right)):
        raise InputError(f"has {shown(right)} under 'right', but must have a list of texts, or null where nobody knows what is right")
    if reference.get("empty") not in EMPTY:
        raise InputError(f"has {shown(reference.get('empty'))} under 'empty', but must have {' or '.join(EMPTY)}")


def grade(samples: Sequence[Sample], references: Mapping[str, Reference], _settings: Settings, progress: Progress) -> list[Verdict]:
    """Look each sample's answer up among the right ones."""
    verdicts = []
    for sample in samples:
        reference = references[sample.problem_id].reference
        right = reference["right"]
        # Half a character is none, and could not be written.
        text = sample.text.encode("utf-8", "replace").decode("utf-8")
        answer = text if text not in NONE else NONE[text] if reference["empty"] == "vote" else None
        outcome = "unverified" if right is None else "no_answer" if answer is None else "passed" if text in right else "failed"
        verdicts.append(Verdict(sample.problem_id, sample.sample_index, outcome, answer))
    progress.tick(f"{len(verdicts)} of {len(samples)} samples verified")
    return verdicts
