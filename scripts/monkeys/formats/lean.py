"""The form of theorems in prompts and in the files that Lean checks."""

import re

OPENING = "by ("
"""What proofs go on behind."""

STOP = "Write a lean4"
"""The beginning of the next task in a prompt: what a completion has behind it is no proof."""

_NAME = re.compile(r"\Atheorem\s+\S+(.*):=\s*\Z", re.DOTALL)


def strip_theorem_name(statement: str) -> str | None:
    """A theorem's statement without its name, up to its ``:=``; None if the text is not a statement."""
    found = _NAME.search(statement)
    return found[1] if found else None
