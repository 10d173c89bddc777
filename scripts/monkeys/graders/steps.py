"""Whether a text takes the right course of steps: a chain of equations from one total to the next."""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

_SIGNS = str.maketrans({"\u2212": "-", "\u2013": "-", "\u00d7": "*", "\u00f7": "/", "\u00b7": "*", "(": " ", ")": " ", "$": " "})
_LATEX = (
    (re.compile(r"\\times|\\cdot"), "*"),
    (re.compile(r"\\div"), "/"),
    (re.compile(r"(?<=[0-9])\s*[xX]\s*(?=[0-9])"), "*"),
    (re.compile(r"[A-Za-z]+"), " "),
)
_NUMBER = r"[0-9][0-9,]{0,15}(?:\.[0-9]{1,9})?"
_EQUATION = re.compile(rf"{_NUMBER}(?:\s*[-+*/=]\s*{_NUMBER})+")
_TOKEN = re.compile(rf"[-+*/]|{_NUMBER}")
_LONGEST = 20_000
"""Characters of a text that are looked at: a course has a few lines."""

Equation = tuple[list[Fraction], list[str], Fraction]
"""Operands, the signs between them, and what they are said to come to."""


def equations(text: str) -> Iterator[Equation]:
    """The equations of a text in their order; of a chain such as 7 + 5 = 12 - 3 = 9 each link."""
    for line in text[:_LONGEST].translate(_SIGNS).splitlines():
        for pattern, plain in _LATEX:
            line = pattern.sub(plain, line)
        for found in _EQUATION.finditer(line):
            parts = [_TOKEN.findall(part) for part in found[0].split("=")]
            for left, right in pairwise(parts):
                operands, signs = [_value(token) for token in left[::2]], left[1::2]
                if signs:
                    yield operands, signs, _value(right[0])


def _value(token: str) -> Fraction:
    return Fraction(token.replace(",", ""))


def takes_course(text: str, totals: Sequence[int]) -> bool:
    """Whether the equations of a text lead from the first total to the last, through each of them, and each is true.

    Every equation goes on from the total before it, which may stand second in a sum or product; one that was there already is passed over. A step that is
    only told in words is none.
    """
    place = 0
    seen: list[Equation] = []
    for equation in equations(text):
        if equation in seen:
            continue
        seen.append(equation)
        operands, signs, result = equation
        if len(operands) == 2 and signs[0] in "+*" and operands[0] != totals[place]:
            operands = operands[::-1]
        running = operands[0]
        if running != totals[place]:
            return False
        for sign, operand in zip(signs, operands[1:], strict=True):
            if sign == "/" and operand == 0:
                return False
            running = {"+": running + operand, "-": running - operand, "*": running * operand}[sign] if sign != "/" else running / operand
            place += 1
            if place == len(totals) or running != totals[place]:
                return False
        if running != result:
            return False
    return place == len(totals) - 1
