"""Solutions written as equations, one a line (``7 + 5 = 12``), compared with the right course of steps.

A word problem that starts from a number and changes it step by step has one right course. ``step_labels`` says of each line of a solution whether
all is right up to its end: the label of a process reward model (Lightman et al. 2023, arXiv 2305.20050), known by construction.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

AnswerOf = Callable[[str], str | None]
"""Reads the answer that a text states; None where it states none."""

_NUMBER = r"[0-9]{1,9}(?![0-9.,]*[0-9])"
_EXPRESSION = re.compile(rf"{_NUMBER}(?:\s*[-+*]\s*{_NUMBER})+")
_PART = re.compile(rf"([-+*]?)\s*({_NUMBER})")
_SIGNS = str.maketrans({"\u2212": "-", "\u2013": "-", "\u00d7": "*", "x": "*", "$": " ", "\\": " "})


@dataclass(frozen=True, slots=True)
class Change:
    """One step of a problem: ``+``, ``-`` or ``*`` and a number."""

    sign: str
    number: int

    def of(self, value: int) -> int:
        """The value after the step."""
        return value + self.number if self.sign == "+" else value - self.number if self.sign == "-" else value * self.number


@dataclass(frozen=True, slots=True)
class Step:
    """A line of a solution: where it ends in the text (behind its last character), and whether everything up to there is right."""

    end: int
    right: bool


def steps(text: str) -> list[tuple[int, int]]:
    """Where the steps of a solution stand: its lines that are not blank, each as (start, end)."""
    return [(found.start(), found.end()) for found in re.finditer(r"[^\n]*\S", text)]


def step_labels(text: str, start: int, changes: Sequence[Change], answer_of: AnswerOf) -> list[Step]:
    """Compare each line with the course that begins at ``start`` and makes the ``changes`` in order.

    A line with equations is right if they make the next changes, in order, and are computed rightly; several in one line, and several changes in one
    equation, may be. A sum may be written the other way round, and a doubling as a sum. A line that states the answer is right if all changes were made
    and the answer is what they come to. Other lines are as right as what stands before them. Nothing is right again behind a wrong line.

    Args:
        text: the solution.
        start: the number that the problem begins with.
        changes: the problem's steps.
        answer_of: reads the answer that a line states; None where it states none.
    """
    value, made, right = start, 0, True
    labels = []
    for first, end in steps(text):
        line = text[first:end].translate(_SIGNS)
        if right:
            if _EXPRESSION.search(line):
                moved = _follow(line, value, changes[made:])
                right = moved is not None
                if moved is not None:
                    made += moved[0]
                    value = moved[1]
            elif (stated := answer_of(text[first:end])) is not None:
                right = made == len(changes) and stated == str(value)
        labels.append(Step(end, right))
    return labels


def is_right(text: str, start: int, changes: Sequence[Change], answer_of: AnswerOf) -> bool:
    """Whether a solution makes all of a problem's steps rightly and states nothing wrong."""
    labels = step_labels(text, start, changes, answer_of)
    return bool(labels) and labels[-1].right and _made_all(text, start, changes)


def _made_all(text: str, start: int, changes: Sequence[Change]) -> bool:
    value, made = start, 0
    for first, end in steps(text):
        line = text[first:end].translate(_SIGNS)
        if _EXPRESSION.search(line) and (moved := _follow(line, value, changes[made:])) is not None:
            made, value = made + moved[0], moved[1]
    return made == len(changes)


def _follow(line: str, value: int, changes: Sequence[Change]) -> tuple[int, int] | None:
    """How many changes the equations of a line make, and what they come to; None where one of them is wrong."""
    made = 0
    for found in _EXPRESSION.finditer(line):
        parts = [(sign or "+", int(number)) for sign, number in _PART.findall(found[0])]
        result = re.match(rf"\s*=\s*({_NUMBER})", line[found.end() :])
        if result is None:
            return None
        moved = _apply(parts, value, changes[made:])
        if moved is None or moved[1] != int(result[1]):
            return None
        made, value = made + moved[0], moved[1]
    return made, value


def _apply(parts: Sequence[tuple[str, int]], value: int, changes: Sequence[Change]) -> tuple[int, int] | None:
    """The changes that an expression makes, one for each of its operations; None where they are not the next ones."""
    if len(parts) - 1 > len(changes):
        return None
    (_, first), *rest = parts
    if first != value:
        # A sum, or a product, the other way round.
        sign, second = rest[0]
        if sign == "-" or second != value or (sign, first) not in _forms(changes[0], value):
            return None
        return (1, changes[0].of(value)) if len(rest) == 1 else _rest(rest[1:], changes[0].of(value), changes[1:], 1)
    return _rest(rest, value, changes, 0)


def _rest(rest: Sequence[tuple[str, int]], value: int, changes: Sequence[Change], made: int) -> tuple[int, int] | None:
    for part, change in zip(rest, changes, strict=False):
        # Where a product follows a sum, the line computes something else.
        if part not in _forms(change, value) or (part[0] == "*" and made):
            return None
        value, made = change.of(value), made + 1
    return made, value


def _forms(change: Change, value: int) -> list[tuple[str, int]]:
    """How a change of a value may be written."""
    forms = [(change.sign, change.number)]
    return [*forms, ("+", value)] if (change.sign, change.number) == ("*", 2) else forms
