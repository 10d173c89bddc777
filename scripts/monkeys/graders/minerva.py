"""The reading of Minerva (Lewkowycz et al. 2022, arXiv 2206.14858, appendix D), as ``minerva_math`` of lm-evaluation-harness at 8b41f92 has it."""

import re

from monkeys.formats.latex import LONGEST

_SENTENCE = "Final Answer: The final answer is"
HOPE = "I hope it is correct."
_SENTENCE_END = re.compile(r". I hope it is correct.")

# Of appendix D: what is replaced, in this order, then what is taken out, in this order.
_MINERVA_REPLACED = [
    ("an ", ""), ("a ", ""), (".$", "$"), ("\\$", ""), ("\\ ", ""), (" ", ""), ("mbox", "text"), (",\\text{and}", ","), ("\\text{and}", ","),
    ("\\text{m}", "\\text{}"),
]  # fmt: skip
_MINERVA_REMOVED = [
    "square", "ways", "integers", "dollars", "mph", "inches", "ft", "hours", "km", "units", "\\ldots", "sue", "points", "feet", "minutes", "digits",
    "cents", "degrees", "cm", "gm", "pounds", "meters", "meals", "edges", "students", "childrentickets", "multiples", "\\text{s}", "\\text{.}",
    "\\text{\ns}", "\\text{}^2", "\\text{}^3", "\\text{\n}", "\\text{}", "\\mathrm{th}", "^\\circ", "^{\\circ}", "\\;", ",\\!", "{,}", '"', "\\dots",
]  # fmt: skip
_MINERVA_UNWRAPPED = [
    (re.compile(r"(.*?)(\$)(.*?)(\$)(.*)"), r"$\3$"),
    (re.compile(r"\\text\{(.*?)\}"), r"\1"),
    (re.compile(r"\\textbf\{(.*?)\}"), r"\1"),
    (re.compile(r"\\overline\{(.*?)\}"), r"\1"),
    (re.compile(r"\\boxed\{(.*)\}"), r"\1"),
    (re.compile(r"frac([^{])(.)"), r"frac{\1}{\2}"),
    (re.compile(r"sqrt([^{])"), r"sqrt{\1}"),
]


def minerva_answer(text: str) -> str | None:
    """What the paper's extraction finds, as it is; None where it finds nothing. A text that ends before it hopes may still be read."""
    for line in (text + HOPE).split("\n"):
        _, sentence, rest = line.partition(_SENTENCE)
        if sentence and (end := _SENTENCE_END.search(rest)):
            answer = rest[: end.start()].strip()
            return answer if len(answer) <= LONGEST else None
    return None


def minerva_normal(answer: str) -> str:
    """The paper's normal form."""
    answer = answer.split("=")[-1]
    for before, after in _MINERVA_REPLACED:
        answer = answer.replace(before, after)
    for removed in _MINERVA_REMOVED:
        answer = answer.replace(removed, "")
    for pattern, kept in _MINERVA_UNWRAPPED:
        answer = pattern.sub(kept, answer)
    answer = answer.replace("$", "")
    plain = answer.replace(",", "")
    return plain if plain.isdigit() else answer


# Whole numbers that sympy reads as what they are.
_INTEGER = re.compile(r"-?[1-9][0-9]{0,99}|0")


def minerva_fast_equal(gold: str, answer: str) -> bool | None:
    """What two of the paper's normal forms tell without sympy."""
    if answer == gold:
        return True
    return False if _INTEGER.fullmatch(gold) and _INTEGER.fullmatch(answer) else None
