"""The number that a text states: what the graders ``gsm8k_answer`` (``robust``) and ``numeric_answer`` share.

A text states a number behind ``####``, in a ``\\boxed{}``, in ``<answer>``, or behind "answer is", "answer should be", "answer:" and the like; the last
statement counts, and without one the last number of all. Of a statement the first number counts that is not denied ("not 20 but 18"); a calculation
counts as what it comes to. Separators of thousands (commas, or blanks and apostrophes in a statement), currencies and units are dropped; million, K and
the like multiply; 3 1/2 is 7/2; 1.5e3 is 1500; 50% is 50; 2^3 is 8. A comma that cannot separate thousands is a decimal comma: 1,5 is 1.5.
"""

import math
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from monkeys.errors import InputError
from monkeys.graders import shown

_LONGEST = 1000
"""Digits beyond which a number is no answer: a model that repeats a digit for ever is not worth exact arithmetic."""

_SCALES = {"hundred": 100, "thousand": 10**3, "k": 10**3, "million": 10**6, "m": 10**6, "billion": 10**9, "b": 10**9, "trillion": 10**12}
_SCALE = re.compile(r"\s*(hundred|thousand|million|billion|trillion)\b|([kKMB])(?![A-Za-z0-9])")
_DECIMAL_COMMA = re.compile(r"[-+]?[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})")
_MIXED = re.compile(r"\s+([0-9]{1,6})\s*/\s*([0-9]{1,6})(?![0-9/]|\.[0-9])")
_POWER = re.compile(r"[eE]([-+]?[0-9]{1,3})(?![0-9]|\.[0-9])|\s*[*x\u00d7]\s*10\s*(?:\^|\*\*)\s*\{?([-+]?[0-9]{1,3})\}?")
_BLANKS = re.compile(r"(?<![0-9.,])([0-9]{1,3})((?:[ \u00a0\u2009\u202f][0-9]{3})+|(?:['\u2019][0-9]{3})+|(?:_[0-9]{3})+)(?![0-9])")
_DENIED = re.compile(r"\b(?:not|no longer|never|rather than|instead of)\s+(?:\$\s*)?-?[0-9][0-9,.]*")
_OTHER_SIGNS = str.maketrans(
    {
        "\u2212": "-",
        "\u2013": "-",
        "\u2011": "-",
        "\uff0c": ",",
        "\uff0e": ".",
        "\uff1a": ":",
        "\uff1d": "=",
        "\uff04": "$",
        "\uff0d": "-",
        "\uff05": "%",
    }
    | {chr(0xFF10 + digit): str(digit) for digit in range(10)}
    | {"\u200b": None, "\u2060": None, "\ufeff": None}
)
_VULGAR = {
    "\u00bd": "1/2",
    "\u00bc": "1/4",
    "\u00be": "3/4",
    "\u2153": "1/3",
    "\u2154": "2/3",
    "\u215b": "1/8",
    "\u215c": "3/8",
    "\u215d": "5/8",
    "\u215e": "7/8",
}
_FRACTION_SIGN = re.compile(f"(?:(?<=[0-9]) ?)?([{''.join(_VULGAR)}])")


def _in_ascii(text: str) -> str:
    """A text whose numbers are written with ASCII's signs."""
    if text.isascii():
        return text
    text = text.translate(_OTHER_SIGNS)
    return _FRACTION_SIGN.sub(lambda found: f"{' ' if text[found.start() - 1 : found.start()].isdigit() else ''}{_VULGAR[found[1]]}", text)


def normalise(number: str) -> str | None:
    """A number without separators and currency, in the shortest form; None where it is none."""
    digits = number.replace("$", "").strip().rstrip(",")
    digits = digits.replace(",", "." if _DECIMAL_COMMA.fullmatch(digits) else "")
    if len(digits) > _LONGEST or not re.fullmatch(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)", digits):
        return None
    try:
        value = Decimal(digits)
    except InvalidOperation:
        return None
    return "0" if value == 0 else f"{value:f}".rstrip("0").rstrip(".") if "." in digits else str(int(value))


def written(value: Fraction) -> str:
    """A value in the form that ``normalise`` gives; a ratio where no decimal is exact."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return str(value)
    places = max(math.ceil(math.log2(value.denominator)), 0)
    return normalise(f"{Decimal(value.numerator * 10**places // value.denominator).scaleb(-places):f}") or str(value)


_KEY = re.compile(
    r"[-+]?[$\u20ac\u00a3]?[-+]?(?:[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3}\.?[0-9]*|[0-9]+(?:,[0-9]+|\.?[0-9]*)|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?(?:\s*/\s*[0-9]+|\s+[0-9]+/[0-9]+)?\s*[%\u20ac\u00a3]?(?:\s*[^\W\d_][^\d]*)?\.?"
)


def read_key(value: object) -> str | None:
    """The normal form of a right answer, a number or a text of one; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, float):
        return written(Fraction(repr(value))) if math.isfinite(value) else None
    text = _in_ascii(str(value)).strip()
    if len(text) > _LONGEST or not _KEY.fullmatch(_BLANKS.sub(lambda found: re.sub(r"\D", "", found[0]), text)):
        return None
    return _stated("answer is", text)


def check_number(reference: Mapping[str, Any]) -> None:
    """See ``Grader.check_reference``: the field ``answer`` must be a number.

    Raises:
        InputError: it is none.
    """
    if read_key(reference.get("answer")) is None:
        raise InputError(f"has {shown(reference.get('answer'))} under 'answer', but must have a number, such as 48, 1/2 or 1.5")


# Whole numbers only: no part of one, no power's base or exponent. Atomic, so that a number is not cut short to make it fit.
_NUMBER = re.compile(r"(?<![\^0-9])(?<!\^[-{])(?<![0-9]\.)-?\$?-?(?>[0-9][0-9,]*(?:\.[0-9]+)?|(?<![\w)])\.[0-9]+)(?!\s*\^)")
_STATED = re.compile(
    r"####|\\boxed\s*\{|<answer>|answer(?:(?<=\bthe answer)\s(?:to|of|for|I|we|you)\b[^.\n]{0,60}?)?\s+"
    r"(?:is|was|(?:should|would|must|will|can|could|has to) be|equals|(?:comes|works)(?:\s+out)?\s+to|turns out to be)\b"
    r"|answer(?:\*\*|[\"'])?\s*[:=]|answer[ \t*_]{0,8}$|\u7b54\u6848(?:\u662f|\u4e3a|:)",
    re.IGNORECASE | re.MULTILINE,
)
_IS_HEADING = re.compile(r"(?:\n|\A)[ \t*#_>]*(?:final[ \t]+)?\Z", re.IGNORECASE)
_LAST_STATEMENTS = 20
_STATEMENT = 300
"""Characters of a statement that are looked at."""
_GAP = 20
"""Characters that may stand between "answer is" and its number."""

# What LaTeX and Markdown put around numbers, and what to read instead.
_MARKUP = [
    (re.compile(r"(?<=[0-9])\s*\\[dt]?frac"), r" \\frac"),
    (re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}|\\[dt]?frac\s*([0-9])\s*([0-9])"), r"\1\3/\2\4"),
    (re.compile(r"\\(?:text|mathrm|mbox)\{[^{}]*\}"), " "),
    (re.compile(r"\\[!,;: ]|\\left|\\right"), ""),
    (re.compile(r"\{,\}"), ","),
    (re.compile(r"\\\$"), "$"),
    (re.compile(r"(?<=[0-9])\*\*(?=[0-9({])"), "^"),
    (re.compile(r"\*\*"), " "),
    (re.compile(r"\\times|\\cdot|\\div"), "*"),
]
_OPERATION = re.compile(r"\s*\)?\s*(?:[-+*/x×÷]\s*[$(]*|(?<=\))\s*\()\.?[0-9]")
_SHARE = re.compile(r"\s*(?:%|percent)\s+of\b[^=.\n]{1,40}=")
_PLAIN_POWER = re.compile(r"(?<![0-9.*x×^{/])(?<![*x×] )([0-9]{1,4})\s*\^\s*(?:([0-9]{1,2})|\{([0-9]{1,2})\})(?![0-9]|\.[0-9])")
_NUMERATOR = re.compile(r"(?<![0-9./+*=-])(?<![+*=x×-] )-?(?:[0-9]{1,6}\s+)?[0-9]{1,6}\s*/\s*\Z")
_BEFORE_EXPONENT = re.compile(r"(?<![0-9A-Za-z.])-?[0-9]+(?:\.[0-9]+)?[eE][-+]?\Z")
_RATIO = re.compile(r"\s*/\s*")
_HEADING = re.compile(r"[.):]\s*\S")
_SENTENCE_END = re.compile(r"\n|\.(?=\s|$)")


def robust_answer(text: str) -> str | None:
    """The number that a text states last, or its last number, in a normal form; None where it has none."""
    text = _in_ascii(text)
    for found in reversed(list(_STATED.finditer(text))[-_LAST_STATEMENTS:]):
        if found[0].lower().rstrip(" \t*_") == "answer" and not _IS_HEADING.search(text, max(found.start() - _GAP, 0), found.start()):
            continue
        answer = _stated(found[0], text[found.end() : found.end() + _STATEMENT])
        if answer is not None:
            return answer
    last = None
    for number in _NUMBER.finditer(text):
        last = number
    return None if last is None else _last_number(text, last)


def _last_number(text: str, last: re.Match[str]) -> str | None:
    """The last number of a text, with what belongs to it: the fraction whose denominator it is, its power of ten, a word such as million."""
    before = text[max(last.start() - _GAP, 0) : last.start()]
    if parts := _NUMERATOR.search(before):
        start = last.start() - len(before) + parts.start()
        text, number = text[start : last.end() + _GAP], None
        number = _NUMBER.search(text)
        value = number and (_scaled(text, number) or _outcome(text, number))
        if value:
            return value
    elif power := _BEFORE_EXPONENT.search(before):
        text = text[last.start() - len(before) + power.start() : last.end() + _GAP]
        if (number := _NUMBER.match(text)) and (value := _scaled(text, number)):
            return value
    elif value := _scaled(text, last):
        return value
    return normalise(last[0])


def _stated(mark: str, text: str) -> str | None:
    """The number that a statement gives behind its mark; None where it gives none, or where the mark only begins a heading."""
    if mark.startswith("\\"):
        text = _braced(text)
    else:
        line, _, rest = text.partition("\n")
        # What stands in a line of its own, below its heading.
        text = line if line.strip(" *_:$\\[(\r\t") else rest.lstrip(" *_:$\\[(\r\t\n").partition("\n")[0]
    if "\\" in text or "*" in text or "{" in text:
        for markup, plain in _MARKUP:
            text = markup.sub(plain, text)
    if "^" in text:
        text = _PLAIN_POWER.sub(_power, text)
    text = _DENIED.sub(" ", _BLANKS.sub(lambda found: re.sub(r"\D", "", found[0]), text))
    found = _NUMBER.search(text)
    if found is None or ("answer" in mark.lower() and "<" not in mark and found.start() > _GAP):
        return None
    if mark == "####" and (re.search(r"[^\W\d_]", text[: found.start()]) or _HEADING.match(text, found.end())):
        return None
    if (scaled := _scaled(text, found)) is not None:
        return scaled
    if not _OPERATION.match(text, found.end()) and not _SHARE.match(text, found.end()):
        return normalise(found[0])
    # "Answer:" may also head a whole solution.
    return None if mark.endswith((":", "=")) and text.count("=") > 1 else _outcome(text, found)


def _power(found: re.Match[str]) -> str:
    exponent = int(found[2] or found[3])
    return str(int(found[1]) ** exponent)


def _scaled(text: str, number: re.Match[str]) -> str | None:
    """The value of a number with a power of ten, a fraction or a word such as million behind it; None where none exists."""
    plain = normalise(number[0])
    if plain is None:
        return None
    value, end = Fraction(plain), number.end()
    if power := _POWER.match(text, end):
        value, end = value * Fraction(10) ** int(power[1] or power[2]), power.end()
    elif (mixed := _MIXED.match(text, end)) and int(mixed[2]) and value.denominator == 1:
        part = Fraction(int(mixed[1]), int(mixed[2]))
        value, end = value - part if plain.startswith("-") else value + part, mixed.end()
    if scale := _SCALE.match(text, end):
        value *= _SCALES[(scale[1] or scale[2]).lower()]
        end = scale.end()
    return None if end == number.end() or _OPERATION.match(text, end) else written(value)


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
    return None if above is None or below is None or below == "0" else written(Fraction(above) / Fraction(below))
