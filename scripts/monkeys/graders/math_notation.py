r"""Mathematical answers that are not written in LaTeX, or with things around them, put into plain LaTeX.

What was decided:

- Markdown, Unicode and programs: ``**5**``, ``½``, ``10⁻³``, ``√2``, ``pi/2``, ``sqrt(3)``, ``x**2``, ``x<=3``, ``oo``, ``3e8`` (a power of ten).
- Words and commands that say nothing of the value are dropped: "The answer is", ``\approx``, colours, ``aligned``.
- A word of size multiplies: ``5\text{ million}`` is 5000000, and not 5.
- Intervals and lists as written outside of English: ``]0,1[`` is ``(0,1)``, ``[0;1]`` is ``[0,1]``.
- ``2 3/4`` is a mixed number; ``2 to 3`` is ``2:3``; an angle in degrees within a sine or the like is one.
"""

import re
import unicodedata
from collections.abc import Callable
from fractions import Fraction

_SCALES = {"dozen": 12, "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_SCALED = re.compile(
    rf"(?<![0-9A-Za-z.,])([0-9][0-9,]*(?:\.[0-9]+)?)(?:\s|\\[ ,;])*((?:\\(?:text|mathrm|mbox)\s*\{{)?)\s*({'|'.join(_SCALES)})(?![A-Za-z])",
    re.IGNORECASE,
)
_WORDS = re.compile("|".join(_SCALES), re.IGNORECASE)

_SUPERSCRIPTS = dict(zip("\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207a\u207b\u207f", "0123456789+-n", strict=True))
_SUBSCRIPTS = {chr(0x2080 + digit): str(digit) for digit in range(10)}
_LETTERS = {
    **{
        letter: f"\\{name} "
        for letter, name in zip(
            "αβγδθλμπρσφω", ["alpha", "beta", "gamma", "delta", "theta", "lambda", "mu", "pi", "rho", "sigma", "phi", "omega"], strict=True
        )
    },
    **{
        letter: f"\\{name} "
        for letter, name in zip("ΓΔΘΛΠΣΦΨΩ", ["Gamma", "Delta", "Theta", "Lambda", "Pi", "Sigma", "Phi", "Psi", "Omega"], strict=True)
    },
}
_SIGNS = {
    "\u2264": r"\le ",
    "\u2265": r"\ge ",
    "\u2260": r"\ne ",
    "\u221e": r"\infty ",
    "\u222a": r"\cup ",
    "\u2229": r"\cap ",
    "\u2208": r"\in ",
    "\u2205": r"\emptyset ",
    "\u211d": r"\mathbb{R}",
    "\u00d7": r"\times ",
    "\u00b7": r"\cdot ",
    "\u22c5": r"\cdot ",
    "\u00f7": r"\div ",
    "\u00b1": r"\pm ",
    "\u2248": r"\approx ",
    "\u221a": "√",
}
_PLAIN = str.maketrans({**_LETTERS, **_SIGNS})
_KEPT = frozenset("\u00b0\u2026\u2212\u2013√") | set(_SUPERSCRIPTS) | set(_SUBSCRIPTS)
_POWER = re.compile(f"[{''.join(_SUPERSCRIPTS)}]+")
_INDEX = re.compile(f"[{''.join(_SUBSCRIPTS)}]+")
_ROOT = re.compile(r"√\s*(?:\(([^()]*)\)|\{([^{}]*)\}|([0-9]+(?:\.[0-9]+)?|[A-Za-z]|\\pi))")
_VULGAR = re.compile("([0-9]+)\u2044([0-9]+)")

_NOTATION: list[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]] = [
    (re.compile(r"^\s*(\*\*|__|`)(.*)\1\s*$", re.DOTALL), r"\2"),
    (re.compile(r"\*\*(?=\s*[-{(0-9A-Za-z])"), "^"),
    (re.compile(r"(?<![A-Za-z\\])(pi|infinity|infty|oo)(?![A-Za-z])"), lambda found: r"\pi " if found[1] == "pi" else r"\infty "),
    (re.compile(r"(?<![A-Za-z\\])sqrt\s*\(([^()]*)\)"), r"\\sqrt{\1}"),
    (re.compile(r"(?<![A-Za-z\\])sqrt(?=\s*\{)"), r"\\sqrt"),
    (re.compile(r"<=|\\leqslant(?![A-Za-z])"), r"\\le "),
    (re.compile(r">=|\\geqslant(?![A-Za-z])"), r"\\ge "),
    (re.compile(r"!="), r"\\ne "),
    (re.compile(r"\\lt(?![A-Za-z])"), "<"),
    (re.compile(r"\\gt(?![A-Za-z])"), ">"),
]
# What any of these begins with.
_OTHER_NOTATION = re.compile(r"[*_`=]|\\[lg](?:t|eqs)|(?<!\\)(?:pi|inf|oo|sqrt)")

_AROUND: list[tuple[re.Pattern[str], str]] = [
    (re.compile(r"\\(?:text)?color\s*\{[^{}]*\}|\\(?:begin|end)\s*\{(?:aligned|align\*?|gathered|split|equation\*?)\}"), " "),
    (
        re.compile(
            r"^\s*(\\(?:text|textbf|mathrm|mbox)\s*\{)?\s*(?:the\s+)?(?:(?:final|correct)\s+)?answer(?:\s+is|\s*[:=])+\s*(?(1)\}|)", re.IGNORECASE
        ),
        " ",
    ),
    (re.compile(r"^\s*(?:\\(?:approx|therefore|Rightarrow|implies)(?![A-Za-z])|=)\s*"), ""),
    (re.compile(r"\\varnothing(?![A-Za-z])"), r"\\emptyset "),
    (re.compile(r"\\lbrace(?![A-Za-z])"), r"\\{"),
    (re.compile(r"\\rbrace(?![A-Za-z])"), r"\\}"),
    (re.compile(r"^\s*(?:\\text\s*\{)?\s*(?:all\s+)?real(?:\s+numbers|s)\s*\}?\s*$", re.IGNORECASE), r"\\mathbb{R}"),
]
_SOME_AROUND = re.compile(r"olor|align|gather|split|equation|nswer|^\s*=|\\(?:approx|there|Right|impl|varn|[lr]brace)|(?i:real)")

_E_POWER = re.compile(r"(?<![0-9A-Za-z.^_{])(-?[0-9]+(?:\.[0-9]+)?)[eE]([-+]?[0-9]{1,4})(?![0-9A-Za-z.])")
_OPEN_INTERVAL = re.compile(r"^\s*([\[\]])([^\[\](){}]+[,;][^\[\](){}]+)([\[\]])\s*$")
_RATIO_IN_WORDS = re.compile(r"^\s*([0-9]+)\s*(?:\\text\s*\{\s*to\s*\}|to)\s*([0-9]+)\s*$")
_MIXED = re.compile(r"(?<![0-9.,/^{])([0-9]+)\s+([0-9]+)/([0-9]+)(?![0-9.])")
_FALLING = re.compile(r"^\s*([^<>=,;]+?)\s*(>|\\geq?(?![A-Za-z]))\s*([^<>=,;]+?)\s*(>|\\geq?(?![A-Za-z]))\s*([^<>=,;]+?)\s*$")
_ANGLE = re.compile(
    r"(\\(?:sin|cos|tan|cot|sec|csc)\s*)(\(?)\s*([0-9]+(?:\.[0-9]+)?)\s*(?:\^\s*(?:\{\s*\\circ\s*\}|\\circ(?![A-Za-z]))|\u00b0)\s*(\)?)"
)


def in_latex(answer: str) -> str:
    r"""An answer in plain LaTeX that may have been written as Markdown, with Unicode's signs, or as a program would."""
    if not answer.isascii():
        answer = _without_unicode(answer)
    if _SOME_AROUND.search(answer):
        for pattern, latex in _AROUND:
            answer = pattern.sub(latex, answer)
        answer = answer.replace("&=", "=") if "matrix" not in answer and "array" not in answer else answer
    if _OTHER_NOTATION.search(answer):
        for pattern, other in _NOTATION:
            answer = pattern.sub(other, answer)
    if _WORDS.search(answer):
        answer = _SCALED.sub(_scaled, answer)
    if "e" in answer or "E" in answer:
        answer = _E_POWER.sub(r"\1\\times10^{\2}", answer)
    if ";" in answer:
        answer = _with_commas(answer)
    if ("[" in answer or "]" in answer) and (found := _OPEN_INTERVAL.match(answer)):
        answer = f"{'(' if found[1] == ']' else '['}{found[2]}{')' if found[3] == '[' else ']'}"
    if found := _RATIO_IN_WORDS.match(answer):
        answer = f"{found[1]}:{found[2]}"
    if "/" in answer:
        answer = _MIXED.sub(r"\1\\frac{\2}{\3}", answer)
    if (">" in answer or "\\ge" in answer) and (found := _FALLING.match(answer)):
        first, second = (f"{sign.replace('>', '<').replace('ge', 'le')} " for sign in (found[2], found[4]))
        answer = f"{found[5]}{second}{found[3]}{first}{found[1]}"
    if "circ" in answer or "\u00b0" in answer:
        answer = _ANGLE.sub(r"\1(\\frac{\3\\pi}{180})", answer)
    return answer


def _without_unicode(answer: str) -> str:
    answer = _POWER.sub(lambda found: "^{" + "".join(_SUPERSCRIPTS[sign] for sign in found[0]) + "}", answer)
    answer = _INDEX.sub(lambda found: "_{" + "".join(_SUBSCRIPTS[sign] for sign in found[0]) + "}", answer)
    answer = answer.translate(_PLAIN)
    # Fractions, digits as wide as Chinese characters and blanks of all kinds become usual ones; what has no width goes.
    answer = "".join(one if one in _KEPT else _usual(one) for one in answer if unicodedata.category(one) != "Cf")
    return _ROOT.sub(lambda found: f"\\sqrt{{{found[1] or found[2] or found[3]}}}", answer)


def _usual(sign: str) -> str:
    usual = unicodedata.normalize("NFKC", sign)
    return _VULGAR.sub(r"\\frac{\1}{\2}", usual) if "\u2044" in usual else usual


def _scaled(found: re.Match[str]) -> str:
    value = Fraction(found[1].replace(",", "")) * _SCALES[found[3].lower()]
    plain = str(value.numerator) if value.denominator == 1 else f"\\frac{{{value.numerator}}}{{{value.denominator}}}"
    return f"{plain}{found[2]}"


def _with_commas(answer: str) -> str:
    """A list that is separated by semicolons, its commas, if any, those of decimals, as one with commas and decimal points."""
    inner = answer.replace(r"\;", " ")
    if ";" not in inner or re.search(r",(?![0-9])|(?<![0-9]),|,[0-9]+,", inner):
        return answer
    return re.sub(r",(?=[0-9])", ".", inner).replace(";", ", ")
