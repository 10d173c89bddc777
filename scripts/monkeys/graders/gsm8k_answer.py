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
from fractions import Fraction

from monkeys.graders import Settings
from monkeys.graders.numeric_answer import normalise
from monkeys.progress import Progress
from monkeys.records import Reference, Sample, Verdict

RUNS_PROGRAMS = False

_LONGEST = 1000
"""Characters beyond which what stands behind ``####`` is no answer."""

_PAPER = re.compile(r"#### (-?[$0-9.,]+)")
_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+")

# Whole numbers only: no part of one, no power's base or exponent. Atomic, so that a number is not cut short to make it fit.
_NUMBER = re.compile(r"(?<![\^0-9])(?<!\^[-{])(?<![0-9]\.)-?\$?-?(?>[0-9][0-9,]*(?:\.[0-9]+)?|(?<![\w)])\.[0-9]+)(?!\s*\^)")
_STATED = re.compile(r"####|\\boxed\{|answer is", re.IGNORECASE)
_LAST_STATEMENTS = 20
_STATEMENT = 300
"""Characters of a statement that are looked at."""
_GAP = 20
"""Characters that may stand between "answer is" and its number."""

# What LaTeX and Markdown put around numbers, and what to read instead.
_MARKUP = [
    (re.compile(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}"), r"\1/\2"),
    (re.compile(r"\\(?:text|mathrm|mbox)\{[^{}]*\}"), " "),
    (re.compile(r"\\[!,;: ]|\\left|\\right"), ""),
    (re.compile(r"\{,\}"), ","),
    (re.compile(r"\\\$"), "$"),
    (re.compile(r"\*\*"), " "),
    (re.compile(r"\\times|\\cdot|\\div"), "*"),
]
_OPERATION = re.compile(r"\s*[-+*/x×÷]\s*[$(]*\.?[0-9]")
_RATIO = re.compile(r"\s*/\s*")
_HEADING = re.compile(r"[.):]\s*\S")
_SENTENCE_END = re.compile(r"\n|\.(?=\s|$)")


def paper_answer(text: str) -> str | None:
    """What the paper's extraction finds, decimals in their shortest form; None where it finds nothing."""
    found = _PAPER.search(text)
    if found is None or found.end() - found.start() > _LONGEST:
        return None
    answer = found[1].replace(",", "").replace("$", "").removesuffix(".")
    return normalise(answer) if _DECIMAL.fullmatch(answer) else answer or None


def robust_answer(text: str) -> str | None:
    """The number that a text states last, or its last number, in a normal form; None where it has none."""
    text = text.replace("\u2212", "-")
    for found in reversed(list(_STATED.finditer(text))[-_LAST_STATEMENTS:]):
        answer = _stated(found[0], text[found.end() : found.end() + _STATEMENT])
        if answer is not None:
            return answer
    last = None
    for number in _NUMBER.finditer(text):
        last = number[0]
    return None if last is None else normalise(last)


def _stated(mark: str, text: str) -> str | None:
    """The number that a statement gives behind its mark; None where it gives none, or where the mark only begins a heading."""
    text = _braced(text) if mark.startswith("\\") else text.partition("\n")[0]
    for markup, plain in _MARKUP:
        text = markup.sub(plain, text)
    found = _NUMBER.search(text)
    if found is None or (mark.lower() == "answer is" and found.start() > _GAP):
        return None
    if mark == "####" and (re.search(r"[^\W\d_]", text[: found.start()]) or _HEADING.match(text, found.end())):
        return None
    return _outcome(text, found) if _OPERATION.match(text, found.end()) else normalise(found[0])


def _braced(text: str) -> str:
    """A text up to the brace that closes what it began in; all of it where none does."""
    depth = 1
    for place, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        if depth == 0:
            return text[:place]
    return text


def _outcome(text: str, first: re.Match[str]) -> str | None:
    """What a calculation that begins with ``first`` comes to, as its sentence says behind the last sign of equality; a ratio may go without."""
    end = _SENTENCE_END.search(text, first.end())
    calculation, _, result = text[: end.start() if end else len(text)].rpartition("=")
    if calculation:
        found = _NUMBER.search(result)
        return None if found is None or _OPERATION.match(result, found.end()) else normalise(found[0])
    sign = _RATIO.match(text, first.end())
    divisor = _NUMBER.match(text, sign.end()) if sign else None
    if divisor is None or _OPERATION.match(text, divisor.end()):
        return None
    above, below = normalise(first[0]), normalise(divisor[0])
    return None if above is None or below is None or below == "0" else str(Fraction(above) / Fraction(below))


READINGS = {"paper": paper_answer, "robust": robust_answer}


def grade(samples: Sequence[Sample], references: Mapping[str, Reference], _settings: Settings, progress: Progress) -> list[Verdict]:
    """Compare each sample's answer with the problem's."""
    right = {name: normalise(reference.reference["answer"]) for name, reference in references.items()}
    verdicts = []
    for sample in samples:
        answer = READINGS[references[sample.problem_id].reference["grader"]](sample.text)
        outcome = "no_answer" if answer is None else "passed" if answer == right[sample.problem_id] else "failed"
        verdicts.append(Verdict(sample.problem_id, sample.sample_index, outcome, answer))
    progress.tick(f"{len(verdicts)} of {len(samples)} samples verified")
    return verdicts
