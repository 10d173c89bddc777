r"""What a text states as its answer: what the graders ``multiple_choice`` and ``exact_text`` share.

A text states an answer in a ``\boxed{}``, in ``<answer>…</answer>``, behind ``####``, and behind "answer is", "Answer:", "correct option is" and the like.
"""

import re
from collections.abc import Iterator

from monkeys.formats.latex import LONGEST, last_boxes

_MARK = re.compile(
    r"<answer>|####|"
    r"[\"']answer[\"']\s*:\s*[\"'](?P<json>[^\"'\n]*)[\"']|"
    r"\b(?:answer|option|choice)(?:\s+(?:choice|option|letter))?(?:\s+to\s+the\s+question)?[*_]*\s*"
    r"(?:\b(?:is|was|(?:should|would|must|will|can)\s+be)\b(?:\s+(?:therefore|thus|then|clearly|definitely)\b)?|[:=])(?:[*_]+(?=[\s:]))?\s*:?(?:[*_]+(?=\s))?|"
    r"\b(?:r[e\u00e9]ponse|respuesta|antwort|risposta|resposta)(?:\s+(?:correct[ae]?|richtige))?(?:\s+(?:est|es|ist|\u00e8|\u00e9)\b|[*_]*\s*:)(?:[*_]+(?=\s))?|"
    "(?:\u7b54\u6848|\u9009\u62e9)(?:\u662f|\u4e3a|[:\uff1a])",
    re.IGNORECASE,
)
_LAST_STATEMENTS = 20


def statements(text: str) -> Iterator[str]:
    """What a text states, from the last statement to the first; each up to the end of its line, or the next line where its own is empty."""
    found = [(mark.start(), _behind(text, mark)) for mark in list(_MARK.finditer(text))[-_LAST_STATEMENTS:]]
    box = last_boxes(text)
    if box is not None:
        found = [(place, stated) for place, stated in found if "\\boxed" not in stated]
        found.append(box)
    for _, stated in sorted(found, key=lambda one: -one[0]):
        if stated.strip():
            yield stated


def _behind(text: str, mark: re.Match[str]) -> str:
    if mark["json"] is not None:
        return mark["json"]
    stated = text[mark.end() : mark.end() + LONGEST]
    if mark[0].lower() == "<answer>":
        return re.split("</answer>", stated, maxsplit=1, flags=re.IGNORECASE)[0]
    line, _, rest = stated.partition("\n")
    return line if line.strip(" *_$:\r\t") else rest.lstrip().partition("\n")[0]


_MARKUP = [
    (re.compile(r"\\(?:text|textbf|textit|textrm|textsf|mathrm|mathbf|mathsf|mathit|mbox|bf|rm|emph)\s*\{([^{}]*)\}"), r"\1"),
    (re.compile(r"\\[()\[\]]|\\[!,;: ]|\\q?quad|\\left|\\right|\$|\*\*|__|`"), " "),
    (re.compile(r"~"), " "),
]


def plain(text: str) -> str:
    """A text without what LaTeX and Markdown put around words, and with single blanks."""
    for markup, instead in _MARKUP:
        text = markup.sub(instead, text)
    return " ".join(text.split())
