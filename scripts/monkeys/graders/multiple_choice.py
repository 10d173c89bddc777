r"""A letter as the answer: multiple choice.

A text's letter is that of its last statement: ``\boxed{B}``, "Answer: B", "The answer is (b).", "the correct option is **B) Paris**", ``<answer>B</answer>``;
where the options are known, a statement of an option's text counts too. Without a statement, a text that is nothing but a letter ("B", "(B)", "B. Paris"),
or else the only letter that its last line names as an option: "(B)", "option B", "B is correct". A statement of several letters ("A or B") is no answer.

A reference has ``answer`` and perhaps ``options``, a list of texts, in the reference or in its metadata. The answer is a letter, a whole number (the place
among the options, from 0), or an option's text. What could be read in two ways is refused. The class of equal answers is the letter.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import Any

from monkeys.errors import InputError
from monkeys.graders import CONSTANTS, Settings, compared, shown
from monkeys.graders.stated_text import plain, statements
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict

RUNS_PROGRAMS = False

_KEY = re.compile(r"\(?\s*([A-Za-z])\s*[).:]?")
_HEAD = 20_000
_TAIL = 20_000
"""Characters at the beginning and the end of a text that are looked at, where it is longer than both."""

_UNSEEN = str.maketrans(dict.fromkeys("\ufeff\u200b\u2060"))
_LEAD = r"(?:(?:option|choice|answer|letter)\s*:?\s*)?"
_ENCLOSED = re.compile(_LEAD + r"[(\[{]\s*([A-Za-z])\s*[)\]}]", re.IGNORECASE)
_BARE = re.compile(
    _LEAD
    + r"[\"'\u201c\u2018]?([A-Za-z])[\"'\u201d\u2019]?(?=\s*$|\s*[.,;:)\]!?/&|]|\s+[-\u2013\u2014(=]|\s+(?:because|since|as|which|and|or|with|for|if)\b)",
    re.IGNORECASE,
)
_CAPITAL = re.compile(r"(?i:" + _LEAD + r")([B-HJ-Z])(?=\s)")
_DENIED = re.compile(r"\bnot\s+(?:option\s+|choice\s+)?[(\[]?[A-Za-z][)\]]?(?=[\s.,;:]|$)", re.IGNORECASE)
_MORE = re.compile(r"[\s,;/&|]*(?:\b(?:and|or)\b|[,/&|])\s*(?:option\s+|choice\s+)?(?:[(\[]\s*([A-Za-z])\s*[)\]]|([A-Z])(?![\w'\u2019]))")
_ALONE = re.compile(r"[(\[]?\s*([A-Za-z])\s*[)\]]?[.:]?")
_HEADING = re.compile(r"(?:[(\[]\s*([A-Za-z])\s*[)\]]|([A-Z])\s*[.):])\s+(?!(?:and|or)\b)\S.*")
_LISTED = re.compile(r"(?:\A|[.;,!?]\s)\s*\(?([A-Z])\s*[):]\s")
_NAMED = re.compile(
    r"[(\[]([A-Z])[)\]]|\b(?:[Oo]ption|[Cc]hoice|[Cc]hoose|[Ss]elect|[Pp]ick)\s+([A-Z])\b|(?<!\w)([A-Z])\s+is\s+(?:the\s+)?(?:correct|right|best|true|answer)"
    # The last word of the line.
    r"|\b(?:[Ii]t's|[Ii]t\s+is|[Ss]o|[Tt]hus|[Tt]herefore|[Hh]ence|with|[Aa]nswer)[,:]?\s+([A-Z])[.!]?\Z"
    r"|\A([B-HJ-Z])\s+(?:because|since|as)\b"
)


def letters_of(count: int | None) -> str:
    """The letters that so many options have; all, where their number is not known."""
    return ascii_uppercase if count is None else ascii_uppercase[:count]


def choice_letter(text: str, options: Sequence[str] | None = None) -> str | None:
    """The letter that a text answers, a capital; None where it gives none, or several.

    Args:
        text: of a model.
        options: the texts of the options, where they are known; letters beyond them are none.
    """
    known = letters_of(None if options is None else len(options))
    if len(text) > _HEAD + _TAIL:
        text = f"{text[:_HEAD]}\n{text[-_TAIL:]}"
    text = unicodedata.normalize("NFKC", text)
    if not text.isascii():
        text = text.translate(_UNSEEN)
    for stated in statements(text):
        found = _stated(stated, known, options)
        if found:
            return found if len(found) == 1 else None
    whole = plain(text)
    if (alone := _ALONE.fullmatch(whole)) and alone[1].upper() in known:
        return alone[1].upper()
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) == 1 and len(set(_LISTED.findall(whole))) > 1:
        return None  # several options, one after the other
    if not lines:
        return None
    if len(lines) == 1 and options is not None and (letter := _of_option(whole, options)):
        return letter
    for line in dict.fromkeys((lines[-1], lines[0])):
        heading = _HEADING.fullmatch(plain(line)) if line is lines[0] and len(lines) == 1 else _ALONE.fullmatch(plain(line))
        letter = next((group for group in heading.groups() if group), "").upper() if heading else ""
        if letter and letter in known:
            return letter
    named = {next(group for group in found.groups() if group) for found in _NAMED.finditer(plain(_DENIED.sub(" ", lines[-1])))} & set(known)
    return named.pop() if len(named) == 1 else None


def _stated(stated: str, known: str, options: Sequence[str] | None) -> str:
    """The letters of a statement: none, one, or several where it does not decide."""
    text = plain(stated)
    if options is not None and (letter := _of_option(text, options)):
        return letter
    text = _DENIED.sub(" ", text).strip(" ,;:*_")
    text = re.sub(r"^(?:but|rather|instead|the|it is|it's|is|definitely|indeed)\s+", "", text, flags=re.IGNORECASE)
    found = _ENCLOSED.match(text) or _BARE.match(text) or _CAPITAL.match(text)
    if found is None or found[1].upper() not in known:
        return ""
    letters, end = found[1].upper(), found.end()
    while more := _MORE.match(text, end):
        letter = (more[1] or more[2]).upper()
        if letter in known and letter not in letters:
            letters += letter
        end = more.end()
    return letters


def _words(text: str) -> str:
    return plain(unicodedata.normalize("NFKC", text)).strip(" .\"'").casefold()


def _of_option(text: str, options: Sequence[str]) -> str:
    """The letter of the option that has this text; nothing where none has, or two have."""
    words = _words(text)
    same = [letter for letter, option in zip(ascii_uppercase, options, strict=False) if words and _words(option) == words]
    return same[0] if len(same) == 1 and len(words) > 1 else ""


def read_options(value: object) -> list[str] | None:
    """The texts of the options of a reference; None where it has none.

    Raises:
        InputError: they are no list of 2 to 26 texts or numbers.
    """
    if value is None:
        return None
    if (
        not isinstance(value, list)
        or not 2 <= len(value) <= len(ascii_uppercase)
        or any(isinstance(one, bool) or not isinstance(one, str | int | float) or not str(one).strip() for one in value)
    ):
        raise InputError(f"has {shown(value)} under 'options', but must have a list of 2 to 26 texts")
    return [str(one) for one in value]


def read_key(answer: object, options: Sequence[str] | None) -> str:
    """The letter of a reference.

    Args:
        answer: a letter, a whole number from 0, or an option's text.
        options: their texts, where they are known.

    Raises:
        InputError: it names no option, or two.
    """
    letters = letters_of(None if options is None else len(options))
    must = f"must have a letter{f' from A to {letters[-1]}' if options else ''}, a whole number (the option's place from 0)"
    must += " or an option's text" if options else "; for an option's text it needs 'options'"
    if isinstance(answer, bool) or not isinstance(answer, str | int):
        raise InputError(f"has {shown(answer)} under 'answer', but {must}")
    text = str(answer).strip()
    found: dict[str, str] = {}
    if re.fullmatch(r"[0-9]{1,3}", text):
        if int(text) < len(letters):
            found["the place of an option"] = letters[int(text)]
    elif (letter := _KEY.fullmatch(text)) and letter[1].upper() in letters:
        found["a letter"] = letter[1].upper()
    words = _words(text)
    same = [letter for letter, option in zip(letters, options or (), strict=False) if _words(option) == words]
    if len(same) > 1:
        raise InputError(f"has {shown(answer)} under 'answer', which is the text of the options {' and '.join(same)}; name the letter")
    if same:
        found["an option's text"] = same[0]
    if len(set(found.values())) > 1:
        ways = " and ".join(f"{way} ({letter})" for way, letter in found.items())
        raise InputError(f"has {shown(answer)} under 'answer', which can be read as {ways}; name the letter as (A), and options that are no letters")
    if not found:
        raise InputError(f"has {shown(answer)} under 'answer', but {must}")
    return next(iter(found.values()))


def check_reference(reference: Mapping[str, Any]) -> None:
    """See ``Grader.check_reference``."""
    read_key(reference.get("answer"), read_options(reference.get("options")))


def check_record(reference: Reference) -> None:
    """The same for a whole record, whose metadata may have the options.

    Raises:
        InputError: see ``Grader.check_reference``.
    """
    read_key(reference.reference.get("answer"), _options(reference))


def _options(reference: Reference) -> list[str] | None:
    return read_options(reference.reference.get("options", reference.metadata.get("options")))


def constant_answers(_reference: Reference) -> list[tuple[str, str]]:
    """Constants where an answer stands."""
    return [(constant, f"The answer is {constant}.") for constant in CONSTANTS]


def grade(samples: Sequence[Sample], references: Mapping[str, Reference], _settings: Settings, progress: Progress) -> list[Verdict]:
    """Compare each sample's letter with the problem's."""
    options = {name: _options(reference) for name, reference in references.items()}
    right = {name: read_key(reference.reference.get("answer"), options[name]) for name, reference in references.items()}
    return compared(samples, right, lambda sample: choice_letter(sample.text, options[sample.problem_id]), progress)
