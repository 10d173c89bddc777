r"""A text as the answer: right if it is the reference's, up to white space and case.

``part`` of a sample is the answer: ``stated``, what its last statement says (a ``\boxed{}``, "Answer: …", "the answer is …", ``<answer>…</answer>``,
``####``), or without one its last line; or ``all`` of it. ``white_space: collapse`` makes every run of white space one blank, ``keep`` takes it as it is, but
none at the ends. ``ignore_case`` compares case-folded texts. Unless the part is ``all``, quotation marks, stars and LaTeX's ``\text{}`` around an answer, and one full stop at
its end, are dropped, in references too. Characters without width (a byte order mark) never count. A whole number of JSON, 5.0, is the text 5. The normal form is the class of equal answers.

These are options of the grader in a study; a reference may have fields of the same names, which come first.
"""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from monkeys.errors import InputError
from monkeys.graders import CONSTANTS, Settings, compared, shown
from monkeys.graders.stated_text import statements
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict

RUNS_PROGRAMS = False

OPTIONS: Mapping[str, Any] = {"part": "stated", "white_space": "collapse", "ignore_case": False}

_VALUES = {"part": ("stated", "all"), "white_space": ("collapse", "keep"), "ignore_case": (True, False)}
_LONGEST = 10_000
"""Characters beyond which a text is no answer."""
_AROUND = [
    ("**", "**"),
    ("*", "*"),
    ("_", "_"),
    ("`", "`"),
    ('"', '"'),
    ("\u201c", "\u201d"),
    ("\u2018", "\u2019"),
    ("\u00ab", "\u00bb"),
    ("\u300c", "\u300d"),
    ("'", "'"),
    ("$", "$"),
    (r"\(", r"\)"),
    (r"\[", r"\]"),
]
_IN_LATEX = re.compile(r"\\(?:text|textbf|textit|textrm|textsf|mathrm|mathbf|mathsf|mathit|mbox|emph)\s*\{([^{}]*)\}")
_UNSEEN = str.maketrans(dict.fromkeys("\ufeff\u200b\u2060"))
_FENCE = re.compile(r"\s*(?:`{3,}|~{3,})[\w+-]*\s*")


def check_options(options: Mapping[str, Any]) -> None:
    """See that options of a study, or of a reference, have values that there are.

    Raises:
        InputError: "<option> is ..., but must be ...": the end of a sentence.
    """
    for name, values in _VALUES.items():
        if name in options and options[name] not in values:
            raise InputError(f"{name} is {shown(options[name])}, but must be {' or '.join(str(value).lower() for value in values)}")


def key_text(value: str | float) -> str:
    """A reference's answer as a text. A table that lacks a value somewhere has its whole numbers with a point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def normal_form(text: str, options: Mapping[str, Any]) -> str | None:
    """A text as it is compared; None where nothing is left or it is too long."""
    # Half a character is none, and could not be written.
    text = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))
    if not text.isascii():
        text = text.translate(_UNSEEN)
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    if options["part"] != "all":
        text = _bare(text)
    if options["white_space"] == "collapse":
        text = " ".join(text.split())
    if options["ignore_case"]:
        text = unicodedata.normalize("NFC", text.casefold())
    return text or None


def _bare(text: str) -> str:
    before = None
    while text != before:
        before = text
        text = text[:-1].strip() if text.endswith((".", "\u3002")) and not text.endswith("..") else text
        for opening, closing in _AROUND:
            inner = text[len(opening) : -len(closing)]
            if text.startswith(opening) and text.endswith(closing) and len(text) > len(opening + closing) and opening not in inner:
                text = inner.strip()
        if found := _IN_LATEX.fullmatch(text):
            text = found[1].strip()
        # Half of an emphasis, whose other half stands around "Answer:".
        for mark in ("**", "*"):
            if text.count(mark) == 1 and len(text) > len(mark):
                text = text.removesuffix(mark).removeprefix(mark).strip()
    return text


def answer_of(text: str, options: Mapping[str, Any]) -> str | None:
    """The answer of a model's text, in its normal form; None where it has none."""
    if options["part"] == "all":
        return normal_form(text, options)
    stated = next(statements(text), None)
    if stated is None:
        lines = text.rstrip()[-_LONGEST - 1 :].splitlines()
        stated = next((line for line in reversed(lines) if line.strip() and not _FENCE.fullmatch(line)), "")
    return normal_form(stated, options)


def check_reference(reference: Mapping[str, Any]) -> None:
    """See ``Grader.check_reference``: a text, or a number; and options, if any, that exist."""
    value: Any = reference.get("answer")
    is_none = isinstance(value, bool) or not isinstance(value, str | int | float) or (isinstance(value, float) and not math.isfinite(value))
    if is_none or normal_form(key_text(value), {**OPTIONS, "part": "all"}) is None:
        raise InputError(f"has {shown(value)} under 'answer', but must have a text of 1 to {_LONGEST:,} characters")
    try:
        check_options(reference)
    except InputError as error:
        raise InputError(f"has a value that does not exist: {error}") from None


def constant_answers(_reference: Reference) -> list[tuple[str, str]]:
    """Constants where an answer stands."""
    return [(constant, f"The answer is {constant}.") for constant in CONSTANTS]


def grade(samples: Sequence[Sample], references: Mapping[str, Reference], settings: Settings, progress: Progress) -> list[Verdict]:
    """Compare each sample's answer with the problem's."""
    options = {
        name: {**OPTIONS, **settings.options, **{key: value for key, value in reference.reference.items() if key in OPTIONS}}
        for name, reference in references.items()
    }
    right = {name: normal_form(key_text(reference.reference["answer"]), options[name]) for name, reference in references.items()}
    return compared(samples, right, lambda sample: answer_of(sample.text, options[sample.problem_id]), progress)
