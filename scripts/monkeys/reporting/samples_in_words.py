"""Samples for a terminal. Texts are a model's, and may hold what a terminal obeys: control characters are shown, not sent."""

import re
from collections.abc import Mapping
from typing import Any

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that move the cursor, colour, ring, or turn the direction of what follows; line breaks and tabs are none."""
LINES = 40
"""Lines of a text that are shown unless all are wanted."""


def harmless(text: str) -> str:
    """A text whose control characters are written out (``\\x1b``)."""
    return CONTROLS.sub(lambda match: f"\\x{ord(match[0]):02x}" if ord(match[0]) < 256 else f"\\u{ord(match[0]):04x}", text.replace("\r\n", "\n"))


def shortened(text: str, whole: bool) -> str:
    """The first and the last lines of a long text."""
    lines = harmless(text).split("\n")
    if whole or len(lines) <= LINES:
        return "\n".join(lines)
    kept = LINES // 2
    return "\n".join([*lines[:kept], f"[… {len(lines) - 2 * kept} lines; --whole shows them]", *lines[-kept:]])


def headline(row: Mapping[str, Any], title: str) -> str:
    """Whose sample it is and what became of it."""
    return harmless(f"{title}: {row['problem_id']}, sample {row['sample_index']}: {row['outcome']}")


def facts(row: Mapping[str, Any]) -> list[str]:
    """What is known of a sample beside its text, a line each."""
    said = []
    if row.get("detail"):
        said.append(f"reason   {one_line(row['detail'])}")
    if row.get("answer") is not None:
        said.append(f"answer   {one_line(row['answer'])}")
    if row.get("answer_class") not in (None, row.get("answer")):
        said.append(f"class    {one_line(row['answer_class'])}")
    for name, score in sorted(row.get("scores", {}).items()):
        said.append(f"score    {name} {'none' if score is None else f'{score:.4g}'}")
    tokens = [
        f"{row[name]} {what}" for name, what in (("prompt_tokens", "tokens of prompt"), ("output_tokens", "tokens")) if row.get(name) is not None
    ]
    ended = f"ended by {row['finish_reason']}" if row.get("finish_reason") else ""
    seed = f"seed {row['seed']}" if row.get("seed") is not None else ""
    if drawn := ", ".join(part for part in (*tokens, ended, seed) if part):
        said.append(f"drawn    {harmless(drawn)}")
    return said


def one_line(text: str) -> str:
    """A reason as one line, at most 300 characters of it."""
    line = " ".join(harmless(str(text)).split())
    return line if len(line) <= 300 else f"{line[:300]}…"


def block(row: Mapping[str, Any], title: str, whole: bool, prompt: str = "") -> str:
    """A sample as it is printed."""
    parts = [headline(row, title), *(f"  {line}" for line in facts(row))]
    if prompt:
        parts += ["  prompt", *(f"  | {line}" for line in shortened(prompt, whole).split("\n"))]
    return "\n".join([*parts, "  text", *(f"  | {line}" for line in shortened(row["text"], whole).split("\n"))])
