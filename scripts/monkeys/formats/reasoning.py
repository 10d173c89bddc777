"""Which part of a text is the answer, where a model reasons before it answers.

The answer part of a text is what stands behind the last end-of-reasoning mark. The opening mark may be missing, because many chat templates put it
into the prompt. Reasoning that is opened and never ended has no answer part. A mark in quotation marks, or inside a fenced block of the answer, is
data and cuts nothing.
"""

import re
from collections.abc import Sequence

Marks = Sequence[Sequence[str]]
"""Pairs of texts: what opens reasoning, and what ends it."""

DEFAULT_MARKS: Marks = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),
    # The same channels where special tokens were left out of the text, as vLLM does unless told otherwise.
    ("analysis", "assistantfinal"),
)

_FENCE_LINE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})[ \t]*(.*)$", re.MULTILINE)
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_ENDS = re.compile(r"(?:<\|(?:return|end)\|>\s*)+\Z")
"""Tokens that end a message of channels."""


def answer_part(text: str, marks: Marks = DEFAULT_MARKS) -> str | None:
    """The answer part of a text, the whole text where it has no mark; None where reasoning never ends or nothing follows it."""
    marks = [(opening, ending) for opening, ending in marks if opening in text or ending in text]
    if not marks:
        return text
    marks = [pair for pair in marks if not pair[0][:1].isalpha() or _begins_with_word(text, pair[0])]
    cut = 0
    for start, end in sorted((found.start(), found.end()) for _, ending in marks for found in re.finditer(re.escape(ending), text)):
        if not _is_quoted(text, start, end) and not _is_in_answer(text, cut, start, end, marks):
            cut = end
    answer = text[cut:]
    if any(_opens(answer, opening, is_whole=cut == 0) for opening, _ in marks):
        return None
    if cut == 0:
        return text
    answer = _ENDS.sub("", answer)
    return answer if answer.strip() else None


def _begins_with_word(text: str, opening: str) -> bool:
    """Whether a text begins with a mark that is a word, glued to the text behind it: "analysisWe need", and not "analysis: we"."""
    text = text.lstrip()
    return text.startswith(opening) and text[len(opening) : len(opening) + 1].isupper()


def _is_quoted(text: str, start: int, end: int) -> bool:
    """Whether a place stands in quotation marks within its line."""
    before = text[text.rfind("\n", 0, start) + 1 : start]
    stop = text.find("\n", end)
    after = text[end : len(text) if stop < 0 else stop]
    if "'" in before:
        before, after = _APOSTROPHE.sub("", before), _APOSTROPHE.sub("", after)
    return any(before.count(quote) % 2 and quote in after for quote in "\"'`")


def _is_in_answer(text: str, cut: int, start: int, end: int, marks: Marks) -> bool:
    """Whether an ending mark stands inside a fenced block of the answer: a draft may leave its fence open, so the block must be closed behind it."""
    fences = list(_FENCE_LINE.finditer(text, cut, start))
    if len(fences) % 2 == 0:
        return False
    behind = _FENCE_LINE.search(text, end)
    if behind is None or behind[1].strip():
        return False
    piece = text[cut:start]
    if any(_opens(piece, opening, is_whole=cut == 0) for opening, _ in marks):
        return False
    alone = text[text.rfind("\n", 0, start) + 1 : start].strip() == "" and text[end : end + 1] in ("", "\n", "\r")
    return cut > 0 or not alone


def _opens(text: str, opening: str, is_whole: bool) -> bool:
    """Whether a text opens reasoning: at the beginning of a line that is not in a fenced block."""
    if opening[:1].isalpha():
        return is_whole and _begins_with_word(text, opening)
    anywhere = opening.startswith("<|")
    for found in re.finditer(re.escape(opening), text):
        start = found.start()
        at_margin = not text[text.rfind("\n", 0, start) + 1 : start].strip()
        if (at_margin or anywhere) and not _is_quoted(text, start, found.end()) and len(_FENCE_LINE.findall(text, 0, start)) % 2 == 0:
            return True
    return False
