r"""Answers of competition mathematics, LaTeX, compared in one of two ways; a reference's ``grader`` says which.

``minerva``, as Large Language Monkeys (arXiv 2407.21787) does, with ``minerva_math`` of lm-evaluation-harness at 8b41f92, after appendix D of Lewkowycz et
al. 2022 (arXiv 2206.14858): the answer is what the first sentence "Final Answer: The final answer is X. I hope it is correct." says and nothing else is
one; it is right if its normal form is the key's, or if sympy finds their difference to be 0. Only the limit differs: 5 s of CPU time and not of the clock.

``verify``, right more often: the answer is what the text states last, in a ``\boxed{}`` or in that sentence. Equal normal forms are right; two different
rational numbers, or numerals of two different bases, are wrong; about everything else math-verify decides.

An answer is compared once a problem, however many samples give it, in a process of its own (``math_judge``) with limits.
"""

import contextlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from monkeys.errors import InputError
from monkeys.formats.latex import LONGEST, last_boxes
from monkeys.graders import CONSTANTS, Settings, math_judge, shown
from monkeys.graders.answer_classes import class_names
from monkeys.graders.math_normal import normal, rational
from monkeys.graders.math_notation import in_latex
from monkeys.graders.math_process import OUTCOMES, judge_process
from monkeys.graders.math_words import (
    DOTS,
    different_kinds,
    differing_case,
    differing_units,
    dotted,
    has_words,
    machine_decimal,
    near,
    same_decimal,
    same_time,
    same_words,
    unit,
    without_unit,
)
from monkeys.graders.minerva import HOPE, minerva_answer, minerva_fast_equal, minerva_normal
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict

RUNS_PROGRAMS = False
JUDGE_MEMORY_MB = math_judge.MEMORY >> 20

# Reading what a text states last

_STATED = "final answer is"
_STATED_ANYHOW = re.compile(_STATED, re.IGNORECASE)
_FORMULA = re.compile(r"\\\((.*?)\\\)|\\\[(.*?)\\\]|(?<!\\)\$+(.*?)(?<!\\)\$+")
_BETWEEN = re.compile(r"(?:\s|,|\.|\"|and|or)*")


def stated_answer(text: str) -> str | None:
    """The answer that a text states last, as it is; None where it states none, or one that is empty or beyond measure."""
    box = last_boxes(text)
    # Behind a box "the final answer is" may begin any sentence, unless it hopes to be correct.
    end = text.rfind(HOPE)
    start = text.rfind(_STATED, max(0, end - 2 * LONGEST), end) if end >= 0 else -1
    if box is None and start < 0:
        for found in _STATED_ANYHOW.finditer(text):
            start = found.start()
        end = text.find("\n", start)
    if start >= 0 and (box is None or start > box[0]):
        answer = _said(text[start + len(_STATED) : end if end >= 0 else None])
    else:
        answer = "" if box is None else box[1]
    return answer if answer.strip() and len(answer) <= LONGEST else None


def _said(sentence: str) -> str:
    """The answer in the rest of a sentence: its formulas where it has any, all of them if they are a list, else what there is."""
    sentence = sentence[: 2 * LONGEST].strip(" :.")
    formulas = ["".join(found) for found in _FORMULA.findall(sentence)]
    if not formulas:
        return sentence
    return ",".join(formulas) if _BETWEEN.fullmatch(_FORMULA.sub("", sentence)) else formulas[0]


# What normal forms say

_IN_BASE = re.compile(r"([0-9][0-9A-Z]*)_\{?([0-9]+)\}?")
_LETTERED = re.compile(r"\(([A-Z])\)(?=.)")
_EQUATION = re.compile(r"((?:[A-Za-z]|\\[a-z]+)(?:_\{?\w+\}?)?(?:\([a-z]\))?)=([^=<>]+)")
_FLIPPED = re.compile(r"((?:\\[A-Za-z]+|[^=<>A-Za-z])+)=[A-Za-z]")
_ASSIGNED = re.compile(r"(?:[A-Za-z]|\\[a-z]+)(?:\([a-z]\))?(?:=|\\in(?![A-Za-z]))([^=]+)")


def _in_base(answer: str) -> tuple[str, str] | None:
    """Digits and base of a numeral that bears one."""
    found = _IN_BASE.fullmatch(answer)
    return (found[1].lstrip("0"), found[2]) if found else None


def quickly(gold: str, answer: str) -> bool | None:
    """What two normal forms tell by themselves; None where math-verify is to decide."""
    if answer == gold:
        return True
    if rational(gold) is not None and rational(answer) is not None:
        return False
    values = [[rational(part) for part in form.split(", ")] for form in (gold, answer)]
    if all(None not in one for one in values):
        # Of values that the key gives twice each is asked for; one that only the answer repeats makes no difference.
        return len(set(values[0])) == len(values[0]) and set(values[0]) == set(values[1])
    if same_words(gold, answer):
        return True
    if different_kinds(gold, answer) or differing_case(gold, answer):
        return False
    lists = dotted(gold), dotted(answer)
    if lists[0] is not None or lists[1] is not None:
        return lists[0] is not None and lists[0] == lists[1]
    if bool(DOTS.search(gold)) != bool(DOTS.search(answer)):
        return False
    bases = _in_base(gold), _in_base(answer)
    # A base that only one of them bears may go without saying, since the problem asks for it.
    return None if None in bases else bases[0] == bases[1]


def answer_to(gold: str, answer: str) -> str:
    """The normal form of an answer; of x = 5 that of 5, unless the key is an equation too."""
    form = normal(answer)
    if "=" not in gold and (found := _ASSIGNED.fullmatch(form) or _FLIPPED.fullmatch(form)):
        return normal(found[1])
    # Of (B) 12 the letter is the answer, where the key is one.
    return lettered[1] if len(gold) == 1 and gold.isupper() and (lettered := _LETTERED.match(form)) else form


def right_sides(gold: str, answer: str) -> tuple[str, str]:
    """Of two equations that give the same variable its value, the values; else the two as they are."""
    ours, theirs = _EQUATION.fullmatch(gold), _EQUATION.fullmatch(answer)
    if ours and theirs and ours[1] == theirs[1] and ours[1][0] not in ours[2] + theirs[2]:
        return normal(ours[2]), normal(theirs[2])
    return gold, answer


class Reading(NamedTuple):
    """A way to read and compare answers.

    Args:
        said: what a text gives as its answer; None where it gives none.
        normal: the normal form of a key.
        answer: the normal form of an answer, given the key's.
        quickly: what two normal forms tell by themselves; None where the other process is to decide.
    """

    said: Callable[[str], str | None]
    normal: Callable[[str], str]
    answer: Callable[[str, str], str]
    quickly: Callable[[str, str], bool | None]


READINGS = {
    "verify": Reading(stated_answer, normal, answer_to, quickly),
    "minerva": Reading(minerva_answer, minerva_normal, lambda _, answer: minerva_normal(answer), minerva_fast_equal),
}


class Key:
    """A problem's right answer, and what became of the answers that were compared with it."""

    def __init__(self, answer: str, grader: str) -> None:
        self._grader = grader
        self._reading = READINGS[grader]
        self._said = answer
        self._gold = self._reading.normal(answer)
        self._verify = grader == "verify"
        self._words = self._verify and has_words(answer)
        self._forms: dict[str, str] = {}
        self._compared: dict[str, tuple[str, str]] = {}

    def verdict(self, text: str) -> tuple[str, str | None, str]:
        """Outcome, answer in its normal form, and detail of a sample."""
        return self.verdict_on(self._reading.said(text))

    def verdict_on(self, said: str | None) -> tuple[str, str | None, str]:
        """The same of what a sample says; None where it says nothing."""
        if said is None:
            return "no_answer", None, ""
        if said not in self._forms:
            self._forms[said] = self._by_words(said) or self._reading.answer(self._gold, said)
        answer = self._forms[said]
        if answer not in self._compared:
            self._compared[answer] = self._compare(answer)
        outcome, detail = self._compared[answer]
        return outcome, answer, detail

    def _by_words(self, said: str) -> str | None:
        """An answer's form where its words decide: the key's for what is right, one that says the unit for what is wrong by it."""
        if not self._verify:
            return None
        form = self._reading.answer(self._gold, said)
        if form != self._gold and same_decimal(self._said, said):
            return self._gold
        if (
            form != self._gold
            and ("." in said + self._said or "%" in said + self._said or "p" in said + self._said)
            and (value := rational(form)) is not None
            and (key := rational(self._gold)) is not None
        ):
            percentages = unit(self._said) == "percent", unit(said) == "percent"
            hundredths = key / 100 == value if percentages == (True, False) else value / 100 == key if percentages == (False, True) else False
            decimals = ((said.strip(), key), (self._said.strip(), value))
            if hundredths or any(machine_decimal(decimal) and near(decimal, other) for decimal, other in decimals):
                return self._gold
        if not self._words:
            return form
        same = same_time(self._said, said)
        if same:
            return self._gold
        if same is False or differing_units(self._said, said):
            wrong = f"{form} {unit(said)}"
            self._compared[wrong] = OUTCOMES["different"]
            return wrong
        plain = in_latex(said)
        if form != self._gold and unit(plain, unit(self._said)):
            return self._reading.answer(self._gold, without_unit(plain))
        return form

    def _compare(self, answer: str) -> tuple[str, str]:
        gold, answer = right_sides(self._gold, answer) if self._verify else (self._gold, answer)
        same = self._reading.quickly(gold, answer)
        return judge_process().verdict(self._grader, gold, answer) if same is None else OUTCOMES["same" if same else "different"]


LARGEST = 10**LONGEST
"""A number beyond which a key is none that a text could give."""


def check_reference(reference: Mapping[str, Any]) -> None:
    """See ``Grader.check_reference``: a text or a finite number that has a normal form."""
    answer, grader = reference.get("answer"), reference.get("grader")
    if grader not in READINGS:
        raise InputError(f"has {shown(grader)} under 'grader', but must have {' or '.join(READINGS)}")
    number = isinstance(answer, int | float) and not isinstance(answer, bool) and -LARGEST < answer < LARGEST
    text = isinstance(answer, str) and len(answer) <= LONGEST and answer.strip().lower() not in ("", "nan", "null")
    braces = re.sub(r"\\[{}]", "", str(answer))
    if not (number or text) or not READINGS[grader].normal(str(answer)) or braces.count("{") != braces.count("}"):
        raise InputError(f"has {shown(answer)} under 'answer', but must have a number or a text in LaTeX of at most {LONGEST} characters")


def read_answer(text: str) -> str | None:
    """The normal form of the answer that a text states."""
    said = stated_answer(text)
    return None if said is None else normal(said) or said.strip()


def constant_answers(_reference: Reference) -> list[tuple[str, str]]:
    """Constants where both readings find them."""
    return [(constant, f"Final Answer: The final answer is $\\boxed{{{constant}}}$. I hope it is correct.") for constant in CONSTANTS]


def answer_classes(said: Iterable[str], reading: str) -> dict[str, str]:
    """Classes of equal answers to one problem, formed without its key. A percentage is one with its number, and not with its value as well.

    Args:
        said: what samples give as their answers, as they are.
        reading: ``verify`` or ``minerva``.

    Returns:
        By answer, a name of its class: the shortest normal form in it.
    """
    forms: dict[str, str] = {}
    texts: dict[str, str] = {}
    for text in sorted(set(said), key=lambda text: (len(text), text)):
        form = READINGS[reading].answer("", text) or text.strip()
        if reading == "verify" and (word := unit(text) if has_words(text) else ""):
            form = f"{form} {word}"
        forms[text] = form
        texts.setdefault(form, text)

    slow: set[str] = set()

    def same(one: str, other: str) -> bool:
        if one in slow or other in slow:
            return False
        for first, second in ((one, other), (other, one)):
            outcome = Key(texts[first], reading).verdict_on(texts[second])[0]
            if outcome == "passed":
                return True
            if outcome == "timeout":
                slow.update((one, other))
                return False
        return False

    def value(form: str) -> float | None:
        plain = READINGS[reading].answer("", texts[form])
        if len(plain) > LONGEST or ":" in plain:  # a time of day is no ratio
            return None
        number = rational(plain)
        with contextlib.suppress(OverflowError):
            return float(number) if number is not None else judge_process().value(reading, plain)
        return None

    if len(texts) == 1:
        return dict.fromkeys(forms, next(iter(texts)))
    values = {form: value(form) for form in texts}
    names = class_names(texts, values, same)
    return {text: names[form] for text, form in forms.items()}


def grade(samples: Sequence[Sample], references: Mapping[str, Reference], _settings: Settings, progress: Progress) -> list[Verdict]:
    """Compare each distinct answer with the problem's once, and with each other those that may be equal."""
    keys = {name: Key(str(reference.reference["answer"]), reference.reference["grader"]) for name, reference in references.items()}
    readings = {name: reference.reference["grader"] for name, reference in references.items()}
    said = [READINGS[readings[sample.problem_id]].said(sample.text) for sample in samples]
    answers: dict[str, set[str]] = {}
    for sample, answer in zip(samples, said, strict=True):
        if answer is not None:
            answers.setdefault(sample.problem_id, set()).add(answer)
    classes = {name: answer_classes(found, readings[name]) for name, found in answers.items()}
    verdicts = []
    for sample, answer in zip(samples, said, strict=True):
        outcome, form, detail = keys[sample.problem_id].verdict_on(answer)
        own = None if answer is None else classes[sample.problem_id][answer]
        verdicts.append(Verdict(sample.problem_id, sample.sample_index, outcome, form, detail, own))
        progress.tick(f"{len(verdicts)} of {len(samples)} samples verified")
    return verdicts
