"""Which part of a text is the answer, where a model reasons before it answers (docs/benchmarks.md, "The answer part").

The answer part is the text after the last end-of-reasoning mark. The opening mark may be missing, because many chat templates put it into the
prompt. Reasoning that is opened and never ended has no answer part. A mark in quotation marks, or in a fenced block of the answer, is data and ends
nothing. Upper and lower case are the same.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

Marks = Sequence[Sequence[str]]
"""Pairs of texts: what opens reasoning, and what ends it."""

_FINAL = "<|channel|>final<|message|>"
_WORDS = ("analysis", "assistantfinal")
DEFAULT_MARKS: Marks = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<scratchpad>", "</scratchpad>"),
    ("<seed:think>", "</seed:think>"),
    ("<mm:think>", "</mm:think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|channel>thought", "<channel|>"),
    ("<|channel|>analysis<|message|>", _FINAL),
    ("<|channel|>commentary<|message|>", _FINAL),
    # The same channels where special tokens were left out of the text, as vLLM does unless it is asked for them.
    _WORDS,
)
"""DeepSeek-R1, Qwen3 and most others; EXAONE Deep; Reka; Seed-OSS; MiniMax-M3; Magistral; Kimi; Sky-T1; Command A; Gemma 4; gpt-oss."""

_FENCE = re.compile(r"^(?P<before>[^\n`]*+)(?P<run>`{3,})(?P<name>[^\n`]*)$|^[ \t>]*(?P<tildes>~{3,})(?P<more>[^\n]*)$", re.MULTILINE)
_NAME = re.compile(r"[ \t]*[\w+#.-]*[ \t\r]*")
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_TOKENS = re.compile(r"(?:<[|｜][^<>|｜\n]{1,40}[|｜]>|\s)*")
_BEGINS = re.compile(r"\s*<\|(?:begin_of_solution|START_RESPONSE)\|>")
_ENDS = re.compile(r"\s*(?:<\|(?:return|end|im_end|end_of_solution|END_RESPONSE)\|>\s*)+\Z")
"""Tokens around an answer, where special tokens were left in the text."""
_STOPS = re.compile(r"\s*(?:(?:<[|｜](?:im_end|endoftext|eot_id|end|end_of_text|EOT|return|end▁of▁sentence)[|｜]>|<(?:eos|end_of_turn)>|</s>)\s*)+\Z")
"""Tokens that end a text, where a tool left them in it."""
_GLUED = re.compile(r"\s*analysis(?=\w|[\"'(*])")
_GLUED_SENTENCE = re.compile(r"\s*analysis(?=[A-Z])")
_LINE = 200
"""Characters of a line, on each side of a mark, that are searched for quotation marks."""


def answer_part(text: str, marks: Marks = DEFAULT_MARKS, is_opened: bool = False) -> str | None:
    """The answer part of a text; None where reasoning never ends or nothing follows it. Takes time linear in the text's length.

    Args:
        text: what the model wrote.
        marks: pairs of an opening and an ending mark.
        is_opened: whether the prompt opens the reasoning, so that a text without any ending mark is all reasoning. Without it such a text is all answer,
            for nothing in it says otherwise.
    """
    if text.endswith((">", ">\n")):
        text = _without_stops(text)
    pairs = tuple((opening, ending) for opening, ending in marks)
    present = _present(text, pairs)
    if not present:
        return None if is_opened else text
    endings = {ending.lower() for _, ending in present}
    fences = _fences(text)
    ahead = _faults(fences)

    beginning = len(text) - len(text.lstrip())
    cut, in_block, passed = 0, False, 0
    awaited = {ending.lower() for _, ending in pairs} if is_opened else None
    for found in _pattern(present).finditer(text):
        start, end, mark = found.start(), found.end(), found[0].lower()
        while passed < len(fences) and fences[passed][0] < start:
            in_block = fences[passed][1] or not in_block
            passed += 1
        if mark == _WORDS[0] and start > beginning:
            continue
        before, after = _line_around(text, start, end)
        if mark in endings:
            if awaited is not None and mark not in awaited:
                continue
            if _is_quoted(before, after) or (in_block and ahead[passed][1] < ahead[passed][0]):
                continue
            cut, in_block, awaited = end, False, None
        elif awaited is None and not in_block and not _is_quoted(before, after) and (mark.startswith("<|") or _TOKENS.fullmatch(before)):
            awaited = {ending.lower() for opening, ending in present if opening.lower() == mark}
    if awaited is not None:
        return None
    if cut == 0:
        return text
    answer = _ENDS.sub("", _BEGINS.sub("", text[cut:], count=1))
    return answer if answer.strip() else None


def _without_stops(text: str) -> str:
    """A text without the tokens that end it; ``</s>`` is HTML where ``<s>`` stands before it."""
    found = _STOPS.search(text, max(len(text) - _LINE, 0))
    return text if found is None or ("</s>" in found[0] and "<s>" in text) else text[: found.start()]


Pairs = tuple[tuple[str, str], ...]


@lru_cache
def _cores(pairs: Pairs) -> tuple[str, ...]:
    """Short texts of which every mark, in lower case, contains one: most texts contain none, and are done with."""
    words = {max(re.findall(r"[^\W_]+", mark) or [mark], key=len).lower() for pair in pairs for mark in pair}
    return tuple(word for word in words if not any(other != word and other in word for other in words))


def _present(text: str, pairs: Pairs) -> Pairs:
    """The pairs of which a mark occurs in a text."""
    lower = text.lower()
    if not any(core in lower for core in _cores(pairs)):
        return ()
    found = tuple(pair for pair in pairs if pair[0].lower() in lower or pair[1].lower() in lower)
    # Words of a language, which are marks only where they are glued to what follows: "analysisWe need 5.assistantfinalThe answer is 18".
    if _WORDS in found and not (_GLUED_SENTENCE.match(text) or (_WORDS[1] in text and _GLUED.match(text))):
        return tuple(pair for pair in found if pair != _WORDS)
    return found


@lru_cache
def _pattern(pairs: Pairs) -> re.Pattern[str]:
    marks = sorted({mark for pair in pairs for mark in pair}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, marks)), re.IGNORECASE)


def _fences(text: str) -> list[tuple[int, bool]]:
    """The places of fences in a text, and whether each names a language (or says anything else), which only one does that opens a block."""
    found = []
    for fence in _FENCE.finditer(text):
        if fence["tildes"]:
            found.append((fence.start("tildes"), bool(fence["more"].strip())))
        elif not fence["before"].strip(" \t>") or _NAME.fullmatch(fence["name"]):
            found.append((fence.start("run"), bool(fence["name"].strip())))
    return found


def _faults(fences: Sequence[tuple[int, bool]]) -> list[tuple[int, int]]:
    """How badly the fences from each one on are paired if they begin outside of a block, and if they begin inside: fences that open a block in a block,
    and a block that nothing closes."""
    ahead = [(0, 1)]
    for _, is_named in reversed(fences):
        outside, inside = ahead[-1]
        # Outside, it opens a block. Inside, it closes one, unless it names a language.
        ahead.append((inside, inside + 1 if is_named else outside))
    return ahead[::-1]


def _line_around(text: str, start: int, end: int) -> tuple[str, str]:
    """The text before and after a position in its line, within a limit."""
    return text[max(start - _LINE, 0) : start].rpartition("\n")[2], text[end : end + _LINE].partition("\n")[0]


def _is_quoted(before: str, after: str) -> bool:
    if "'" in before:
        before, after = _APOSTROPHE.sub("", before), _APOSTROPHE.sub("", after)
    return any(quote in after and before.count(quote) % 2 for quote in "\"'`")
