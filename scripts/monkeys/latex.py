r"""What texts put into a ``\boxed{}``."""

import re

LONGEST = 500
"""Characters beyond which a text is no answer; the longest key in MATH has 81."""

_BOX = re.compile(r"\\(?:boxed|fbox|framebox)(?![A-Za-z])\s*")
_BARE = re.compile(r"[^\s{}$\\]+")
_LAST_BOXES = 20


def last_boxed(text: str) -> str | None:
    r"""What stands in the last ``\boxed{}`` (or ``\fbox{}``) of a text that is closed; of boxes in boxes in the inner one."""
    box = last_box(text)
    return None if box is None else box[1]


def last_box(text: str) -> tuple[int, str] | None:
    """Where the last box begins, and what is in it. Of very many boxes the last are looked at."""
    for found in reversed(list(_BOX.finditer(text))[-_LAST_BOXES:]):
        if not text.startswith("{", found.end()):
            # \boxed 5, as TeX takes it
            if found[0][-1].isspace() and (bare := _BARE.match(text, found.end())):
                return found.start(), bare[0]
        elif (content := _braced(text, found.end() + 1)) is not None:
            return found.start(), content
    return None


def _braced(text: str, start: int) -> str | None:
    """A text from ``start`` up to the brace that closes it; None where none does, not too far away."""
    depth = 1
    for place in range(start, min(len(text), start + LONGEST + 1)):
        if text[place] in "{}" and text[place - 1] != "\\":
            depth += 1 if text[place] == "{" else -1
            if depth == 0:
                return text[start:place]
    return None
