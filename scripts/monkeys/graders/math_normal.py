r"""Normal forms of mathematical answers, as the grader ``verify`` compares them: LaTeX still, without layout and units; of rational numbers one each."""

import re
from fractions import Fraction

from monkeys.graders.math_notation import in_latex
from monkeys.graders.math_words import BARE_UNITS

_NUMERAL = r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_NUMBER = re.compile(_NUMERAL)
_RATIO = re.compile(rf"([-+]?)\\frac\{{({_NUMERAL})\}}\{{({_NUMERAL})\}}|({_NUMERAL})/({_NUMERAL})")
_MIXED = re.compile(r"([-+]?)([0-9]+)\\frac\{([0-9]+)\}\{([0-9]+)\}")
_REPEATING = re.compile(r"([-+]?)([0-9]*)\.([0-9]*)\\overline\{([0-9]+)\}")
_LETTER_OR_NUMBER = re.compile(r"\(([A-Za-z]|[-0-9./]+)\)")
_BRACKETS = re.compile(r"[(\[]|\\\{")
_THOUSANDS = re.compile(r"(?<![0-9.,])[0-9]{1,3}(?:,[0-9]{3})+(?![0-9]|,[0-9])")

_EXPONENT = r"\s*(?:\^\s*\{?[0-9]\}?)?\s*$"
_WORDS = ["units?", "sq", "mph", "points?", "digits?", "ways", "integers?", "edges", "people", "yen"]
_UNIT = "|".join(sorted({*BARE_UNITS, *_WORDS}, key=len, reverse=True))
_UNITS = rf"(?:(?<![A-Za-z])(?i:{_UNIT})(?![A-Za-z])\.?(?:\s*(?:/|\b(?:per|an?)\b)\s*(?:(?i:{_UNIT})|[hs])(?![A-Za-z]))?\s*)+"
_REWRITTEN = [
    (re.compile("[\u2212\u2013]"), "-"),
    (re.compile(r"\\(?:left|right|middle|[Bb]igg?[lr]?)(?![A-Za-z])\.?"), ""),
    (re.compile(r"\\(?:displaystyle|textstyle|rm|bf)(?![A-Za-z])"), ""),
    (re.compile(r",\s*\\!\s*"), ","),
    (re.compile(r"(?:(?<!\\)\\[!,;:> ]|\\q?quad(?![A-Za-z])|~|\\?[$\u20ac\u00a3\u00a5]|\s)+"), " "),
    (re.compile(r"\\[dtc]frac(?![A-Za-z])"), r"\\frac"),
    (re.compile(r"\{\s*,\s*\}"), ","),
    # Units behind a number or a formula, but no variable. What else is written as text is what it says.
    (re.compile(r"(?<=[0-9A-Za-z}).])\s*\\(?:text|textrm|mathrm|mbox)\s*\{(?!\s*(?:and|or|[einxyz])\b)[^{}]*\}" + _EXPONENT), ""),
    (re.compile(r"\\(?:text|textbf|textit|textrm|textnormal|mathrm|mathbf|mathit|mathsf|mbox)\s*\{([^{}]*)\}"), r" \1 "),
    (re.compile(rf"(?<=[0-9}}])\s*{_UNITS}" + _EXPONENT), ""),
    (re.compile(r"\s*,?\s*(?<!\\)\b(?:and|or)\b\s*"), ", "),
    (re.compile(r"\^\s*(?:\{\s*\\circ\s*\}|\\circ(?![A-Za-z]))(?:\s*[CF]\s*$)?|\u00b0(?:\s*[CF]\s*$)?|(?:\\?%\s*)+$"), " "),
    (re.compile(r"\\frac\s*(\\pi|[0-9A-Za-z])"), r"\\frac{\1}"),
    (re.compile(r"\\frac\s*(\{(?:[^{}]|\{[^{}]*\})*\})\s*(\\pi|[0-9A-Za-z])"), r"\\frac\1{\2}"),
    (re.compile(r"\\sqrt\s*(\\pi|[0-9A-Za-z])"), r"\\sqrt{\1}"),
    (re.compile(r"\\([lgn])eq(?![A-Za-z])"), r"\\\1e"),
    # Two numbers are not one, unless the blank stands for thousands.
    (re.compile(r"(?<=[0-9])\s+(?=[0-9])(?![0-9]{3}(?![0-9]))"), r"\\ "),
]
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\S", re.DOTALL)
_ONE_VALUE = re.compile(r"[A-Za-z]=[^=<>]+")


def normal(answer: str) -> str:
    """A normal form: equal for answers that differ by layout or units only, LaTeX still, and for rational numbers one that is theirs alone."""
    if answer.isascii() and answer.isdecimal():
        return str(int(answer))  # as most answers are
    answer = in_latex(answer)
    for pattern, plain in _REWRITTEN:
        answer = pattern.sub(plain, answer)
    if not _BRACKETS.search(answer):
        answer = _THOUSANDS.sub(lambda found: found[0].replace(",", ""), answer)
    answer = _without_spaces(answer).strip(",;:").removesuffix("\\\\").removesuffix(".")
    if found := _LETTER_OR_NUMBER.fullmatch(answer):
        answer = found[1]
    if (value := rational(answer)) is not None:
        return _written(value)
    # With blanks behind the commas, or math-verify takes 45,135 for one number.
    parts = answer.split(",")
    values = [value for value in map(rational, parts) if value is not None]
    if len(parts) > 1 and all(map(_ONE_VALUE.fullmatch, parts)):
        parts = sorted(parts)
    # Numbers without brackets are a set, in whatever order.
    return ", ".join(map(_written, sorted(values)) if len(values) == len(parts) else parts)


def rational(answer: str) -> Fraction | None:
    """The value of a number, which may repeat its last digits for ever, or of a ratio of two, written without blanks; None for anything else."""
    if _NUMBER.fullmatch(answer):
        return Fraction(answer.removesuffix("."))
    if found := _RATIO.fullmatch(answer):
        above, below = Fraction(found[2] or found[4]), Fraction(found[3] or found[5])
        return None if below == 0 else above / below * (-1 if found[1] == "-" else 1)
    if (found := _MIXED.fullmatch(answer)) and int(found[4]):
        value = int(found[2]) + Fraction(int(found[3]), int(found[4]))
        return -value if found[1] == "-" else value
    if found := _REPEATING.fullmatch(answer):
        repeated = Fraction(int(found[4]), int("9" * len(found[4])))
        value = (int(found[2] + found[3] or "0") + repeated) / Fraction(f"1{'0' * len(found[3])}")
        return -value if found[1] == "-" else value
    return None


def _written(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    return f"{'-' if value < 0 else ''}\\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def _without_spaces(answer: str) -> str:
    """LaTeX without white space, but for what ends a command in front of a letter."""
    written: list[str] = []
    for token in _TOKEN.findall(answer):
        if written and token[0].isalpha() and len(written[-1]) > 1 and written[-1][-1].isalpha():
            written.append(" ")
        written.append(token)
    return "".join(written)
