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


_CONNECTED = re.compile(
    r"(?:\s|[,;.$]|\\\(|\\\)|\\\[|\\\]|\\[,;:! ]|\\q?quad|\\text\s*\{[^{}]{0,20}\}|\b(?:and|or|also)\b|[A-Za-z]\w*(?:_\{?\w+\}?)?\s*=|[a-z]{3,12}(?=\s+(?:and|or)\b))*"
)
_CONNECTION = 60
"""Characters between two boxes of one answer, at most."""


def last_boxes(text: str) -> tuple[int, str] | None:
    """Where the last answer in boxes begins, and what is in them: several boxes are one list if nothing but "and" or the like stands between them."""
    box = last_box(text)
    if box is None:
        return None
    if text.count("box", max(0, box[0] - LONGEST - _CONNECTION), box[0]) == 0:
        return box
    boxes = [box]
    found = [place.start() for place in list(_BOX.finditer(text))[-_LAST_BOXES:]]
    for start in reversed(found):
        end = _end(text, start)
        if end is None or end > boxes[-1][0]:
            continue
        between = text[end + 1 : boxes[-1][0]]
        if (not between.strip() and "\n" in between) or len(between) > _CONNECTION or not _CONNECTED.fullmatch(between) or between.count("\n\n"):
            break
        boxes.append((start, text[text.index("{", start) + 1 : end]))
    contents = list(dict.fromkeys(content.strip() for _, content in reversed(boxes)))
    return box if len(contents) == 1 else (boxes[-1][0], ", ".join(contents))


def _end(text: str, start: int) -> int | None:
    """The place of the brace that closes the box that begins at ``start``."""
    opening = _BOX.match(text, start)
    if opening is None or not text.startswith("{", opening.end()):
        return None
    content = _braced(text, opening.end() + 1)
    return None if content is None else opening.end() + 1 + len(content)


def _braced(text: str, start: int) -> str | None:
    """A text from ``start`` up to the brace that closes it; None where none does, not too far away."""
    depth = 1
    escaped = False
    for place in range(start, min(len(text), start + LONGEST + 1)):
        if text[place] in "{}" and not escaped:
            depth += 1 if text[place] == "{" else -1
            if depth == 0:
                return text[start:place]
        escaped = text[place] == "\\" and not escaped
    return None
