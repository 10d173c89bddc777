r"""What the words, signs and letters of two mathematical answers say beside their values: units, times of day, percentages, dots, the case of letters.

The rules, which ``math_answer`` applies before anything else compares the values:

- A unit that one side leaves out makes no difference; two different words do (``5.4\text{ cents}``, ``5.4\text{ dollars}``).
- A time of day is compared to the minute, in 12 or 24 hours; a.m. or p.m. may be left out by one side.
- A percentage is right by its number or by its value: ``50\%`` is 50 and is 0.5. Two plain numbers are never taken for percentages.
- Letters of different case are different variables. Words may begin with a capital letter or not.
- In lists with dots, what stands in front of the dots and behind them must be the same, place by place.
- A list of solutions is no point: of the key ``1,2`` the answer ``(1,2)`` is wrong. A sign in front of an interval is no interval.
- A decimal is a fraction's or a root's value if it gives at least 12 significant digits, all of them right but for the last: what a program prints, not what a person rounds.
"""

import re
from fractions import Fraction
from math import gcd

_TEXT = re.compile(r"\\(?:text|textbf|textit|textrm|textnormal|mathrm|mathbf|mbox)\s*\{([^{}]*)\}")
_BLANK = re.compile(r"(?:(?<!\\)\\[!,;:> ]|\\q?quad(?![A-Za-z])|~|\s)+")
_DEGREES = re.compile(r"\^\s*(?:\{\s*\\circ\s*\}|\\circ(?![A-Za-z]))|\u00b0")
_MERIDIEM = re.compile(r"([0-9]{1,2})(?::([0-9]{2}))?\s*(?:([ap])\.?\s?m\b\.?|(noon|midnight)\b)", re.IGNORECASE)
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_MEASURED = re.compile(r"(?P<value>.*[0-9})\u03c0]|.*\\pi)\s*(?P<unit>[A-Za-z][A-Za-z. /]*?)\s*(?:\^\s*\{?(?P<power>[0-9])\}?)?\s*\.?", re.DOTALL)
_INVERSE = re.compile(r"(?<=[A-Za-z] )\s*([A-Za-z]+)\s*\^\s*\{\s*-1\s*\}\s*\Z")
_CURRENCY = {"$": "dollar", "\u20ac": "euro", "\u00a3": "pound", "\u00a5": "yen"}
_NAMES = {
    "inch": "in inch inches",
    "foot": "ft foot feet",
    "yard": "yd yard",
    "mile": "mi mile",
    "millimeter": "mm millimeter millimetre",
    "centimeter": "cm centimeter centimetre",
    "meter": "m meter metre",
    "kilometer": "km kilometer kilometre",
    "gram": "g gm gram",
    "kilogram": "kg kilogram kilo",
    "pound": "lb lbs pound",
    "ounce": "oz ounce",
    "second": "s sec second",
    "minute": "min minute",
    "hour": "h hr hour",
    "liter": "l liter litre",
    "milliliter": "ml milliliter millilitre",
    "milligram": "mg milligram",
    "gallon": "gal gallon",
    "quart": "qt quart",
    "pint": "pt pint",
    "ton": "ton tonne",
    "acre": "acre",
    "rupee": "rupee",
    "celsius": "celsius centigrade",
    "fahrenheit": "fahrenheit",
    "percent": "percent pct percentage",
    "degree": "degree deg",
    "dollar": "dollar usd buck",
    "cent": "cent",
    "euro": "euro",
    "day": "day",
    "week": "week",
    "month": "month",
    "year": "year",
    "radian": "radian rad",
    "student": "student",
    "mile per hour": "mph",
    "kilometer per hour": "kph kmh kmph",
    "person": "person people persons",
    "": "unit units the of hundred thousand million billion trillion dozen",
    "per": "per a an",
}
_CANONICAL = {
    form: name for name, words in _NAMES.items() for word in words.split() for form in ((word, f"{word}s") if name and len(word) > 1 else (word,))
}
_PER = ("per", "a", "an")
_POWERS = {"square": 2, "sq": 2, "squared": 2, "cubic": 3, "cubed": 3}
_NO_UNITS = {"and", "or", "if", "for", "when", "where", "mod", "pi", "i", "e", "n", "x", "y", "z", "k", "t"}
BARE_UNITS = frozenset(form for form, name in _CANONICAL.items() if len(form) > 1 and name and name != "per") | {"unit", "units", *_POWERS}
"""Units that are known as such without being marked as text: words that are no product of variables."""


def _plain(answer: str) -> tuple[str, bool]:
    """An answer without what wraps text, with blanks for LaTeX's spaces; and whether any of it was marked as text."""
    unwrapped = _TEXT.sub(r" \1 ", answer)
    plain = _DEGREES.sub(" degrees ", unwrapped)
    return _BLANK.sub(" ", plain).strip(), unwrapped != answer


def unit(answer: str, known: str = "") -> str:
    """The unit, or whatever words, that an answer gives behind its value, or as a currency in front of it; empty where it gives none.

    Args:
        answer: as it is.
        known: the key's unit. A letter that is not marked as text, and may be a variable, is a unit if it is this one.
    """
    plain, marked = _plain(answer)
    plain = _INVERSE.sub(r" per \1", plain)
    percent = re.fullmatch(r"(.*[0-9}])\s*\\?%", plain)
    if percent:
        return "percent"
    for sign, name in _CURRENCY.items():
        if re.match(rf"\s*-?\s*\\?{re.escape(sign)}\s*-?[0-9.]", plain) and plain.count(sign) == 1:
            return name
    found = _MEASURED.fullmatch(plain)
    if found is None:
        return ""
    words = re.findall(r"[A-Za-z]+", found["unit"].lower().replace("a.m", "am").replace("p.m", "pm").replace("/", " per "))
    if not words or set(words) & _NO_UNITS:
        return ""
    is_one = marked or "degrees" in words or bool(set(map(_singular, words)) & BARE_UNITS)
    power = int(found["power"] or 1)
    names: list[str] = []
    for word in words:
        if word in _POWERS:
            power = _POWERS[word]
        elif word in _PER and not names:
            continue  # an article
        elif name := _CANONICAL.get(word, _CANONICAL.get(_singular(word), _singular(word))):
            names.append(name)
    name = " ".join(names) + (f"^{power}" if names and power != 1 else "")
    return name if is_one or name == known else ""


def without_unit(answer: str) -> str:
    """The value of an answer that has a unit behind it."""
    found = _MEASURED.fullmatch(_INVERSE.sub(r" per \1", _plain(answer)[0]))
    return found["value"] if found else answer


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def differing_units(gold: str, answer: str) -> bool:
    """Whether both give a unit, and not the same."""
    ours, theirs = unit(gold), unit(answer)
    return bool(ours and theirs and ours != theirs)


def has_words(answer: str) -> bool:
    """Whether a key has a unit or is a time of day, so that the words of an answer matter."""
    return bool(unit(answer)) or (_time(answer) is not None and (":" in answer or not answer.strip().isdigit())) or _PART.search(answer) is not None


_PART = re.compile(r"noon|midnight|[ap]\.?\s?m\b", re.IGNORECASE)


def same_time(gold: str, answer: str) -> bool | None:
    """Whether two times of day are the same; None where they are not two times of day."""
    ours, theirs = _time(gold), _time(answer)
    if ours is None or theirs is None or (ours[1] is None and theirs[1] is None and not _surely_a_time(gold)):
        return None
    if ours[1] is None or theirs[1] is None:
        return ours[0] % 720 == theirs[0] % 720
    return ours == theirs


def _time(answer: str) -> tuple[int, str | None] | None:
    """Minutes after midnight, and a or p where the answer says it; a bare whole number is a full hour."""
    plain, _ = _plain(answer)
    plain = re.sub(r"\s*o'?clock$", "", re.sub(r"\s*:\s*", ":", plain).strip(" ."), flags=re.IGNORECASE)
    if plain.lower() in ("noon", "midnight"):
        plain = f"12 {plain}"
    if found := _MERIDIEM.fullmatch(plain):
        part = (found[3] or {"noon": "p", "midnight": "a"}[found[4].lower()]).lower()
        hours = int(found[1])
        return (hours % 12 * 60 + int(found[2] or 0) + 720 * (part == "p"), part) if 1 <= hours <= 12 else None
    found = _CLOCK.fullmatch(plain) or re.fullmatch(r"([0-9]{1,2})()", plain)
    if found is None or int(found[1]) > 24 or int(found[2] or 0) > 59:
        return None
    minutes = int(found[1]) * 60 + int(found[2] or 0)
    return minutes, "p" if minutes >= 780 else None


def _surely_a_time(gold: str) -> bool:
    """Whether 4:30 is no ratio: one would be in its lowest terms."""
    found = _CLOCK.fullmatch(_plain(gold)[0])
    return found is not None and (found[2].startswith("0") or gcd(int(found[1]), int(found[2])) > 1)


_COMMAND = re.compile(r"\\[A-Za-z]+")
_LETTERS = re.compile(r"[A-Za-z]+")
_SHOUTED = {"YES", "NO", "NONE", "TRUE", "FALSE", "EVEN", "ODD", "DNE", "RED", "BLUE", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN", "ZERO"}
_GREEK = {
    f"\\{form}": letter
    for name, small in zip(["gamma", "delta", "theta", "lambda", "xi", "pi", "sigma", "upsilon", "phi", "psi", "omega"], "γδθλξπσυφψω", strict=True)
    for form, letter in ((name, small), (name.capitalize(), small.upper()))
}


def _variables(answer: str, other: str) -> set[str]:
    """The letters of an answer that are variables: not those of words, unless the other answer has the same letters as capitals alone (``abc``, ``ABC``)."""
    runs = _LETTERS.findall(_COMMAND.sub(" ", answer))
    capitals = {run for run in _LETTERS.findall(_COMMAND.sub(" ", other)) if run.isupper() and len(run) <= _LONGEST_PRODUCT}
    words = [
        run
        for run in runs
        if run.upper() in _SHOUTED
        or (len(run) > 2 and run[1:].islower() and run.upper() not in capitals and re.search("[aeiouy]", run, re.IGNORECASE))
    ]
    greek = {_GREEK[command] for command in _COMMAND.findall(answer) if command in _GREEK}
    return set("".join(run for run in runs if run not in words)) | greek


_LONGEST_PRODUCT = 4
"""Capital letters beside each other that may be variables or points; more are a word."""


def differing_case(gold: str, answer: str) -> bool:
    """Whether a letter stands in both, as a capital in the one and as a small letter in the other."""
    ours, theirs = _variables(gold, answer), _variables(answer, gold)
    return any(
        bool(forms & ours) and bool(forms & theirs) and not forms & ours & theirs
        for forms in ({letter.lower(), letter.upper()} for letter in ours | theirs)
    )


def same_words(gold: str, answer: str) -> bool:
    """Whether two words are the same but for a capital letter."""
    return gold.lower() == answer.lower() and gold.isascii() and gold.isalpha() and not differing_case(gold, answer)


DOTS = re.compile(r"\\(?:[lc]?dots[cbmio]?)(?![A-Za-z])|\.\.\.+|\u2026")


_ONE_IN_BRACES = re.compile(r"(?<=[_^])\{([0-9A-Za-z])\}?")


def dotted(answer: str) -> tuple[list[str], list[str]] | None:
    """What stands in front of the dots of a list and behind them; None for what is no list with dots."""
    parts = [_ONE_IN_BRACES.sub(r"\1", part.strip()) for part in answer.strip("\\{}").split(",")]
    places = [place for place, part in enumerate(parts) if DOTS.fullmatch(part)]
    return (parts[: places[0]], parts[places[0] + 1 :]) if len(places) == 1 else None


_POINT = re.compile(r"\([^()\[\]]*,[^()\[\]]*\)")
_SIGNED_INTERVAL = re.compile(r"[-+]\s*(?:\[[^\[\]()]*,[^\[\]()]*[\])]|\([^\[\]()]*,[^\[\]()]*\])")


def different_kinds(gold: str, answer: str) -> bool:
    """Whether a list of values stands against a point, or a sign in front of an interval against anything else."""
    if bool(_SIGNED_INTERVAL.fullmatch(gold)) != bool(_SIGNED_INTERVAL.fullmatch(answer)):
        return True
    plain = "," in gold and not re.search(r"[()\[\]{}=]", gold)
    return plain and bool(_POINT.fullmatch(answer))


_MACHINE = re.compile(r"-?[0-9]*\.[0-9]+")
MACHINE_DIGITS = 12


def machine_decimal(answer: str) -> bool:
    """Whether a number is a decimal with as many digits as a program prints."""
    return bool(_MACHINE.fullmatch(answer)) and len(answer.lstrip("-0.").replace(".", "")) >= MACHINE_DIGITS


def near(decimal: str, value: Fraction) -> bool:
    """Whether a decimal has a value's digits, but for what a program's arithmetic may lose in the last of them."""
    return abs(Fraction(decimal) - value) <= Fraction(10, 10 ** len(decimal.partition(".")[2]))


_DECIMAL_COMMA = re.compile(r"\s*(-?[0-9]+)(?:,|\{,\})([0-9]+)\s*")
_DECIMAL_POINT = re.compile(r"\s*(-?[0-9]+)\.([0-9]+)\s*")


def same_decimal(one: str, other: str) -> bool:
    """Whether one number has a decimal comma where the other, with the same digits, has a decimal point.

    No where the comma may group thousands: 1,234 is never 1.234.
    """
    for comma, point in ((one, other), (other, one)):
        left, right = _DECIMAL_COMMA.fullmatch(comma), _DECIMAL_POINT.fullmatch(point)
        if left and right and left.groups() == right.groups():
            grouped = len(left[2]) == 3 and left[1].lstrip("-0") != "" and len(left[1].lstrip("-")) <= 3
            return not grouped
    return False
