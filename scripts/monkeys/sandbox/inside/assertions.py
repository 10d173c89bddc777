"""Which assertion of the tests failed, in words."""

import re
from types import FrameType
from typing import Any, Optional

LONGEST_LINE = 160
"""Characters of a line of the tests in a verdict."""
MOST_PARTS = 6
"""Parts of a list, a tuple or a dictionary that are shown. The order of a set is another one in each process."""


def failed_assertion(error: AssertionError, lines: list[str], held: type) -> str:
    """The line of the tests that failed and the values of its variables; empty where the tests have no such line.

    Args:
        error: as it was raised.
        lines: of the tests, compiled as ``<tests>``.
        held: the class of the candidate's function. The innermost function of the tests that holds one is at fault: a helper that it calls may compare, but
            does not know what was called.
    """
    found: Optional[tuple[FrameType, int]] = None
    trace = error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        if frame.f_code.co_filename == "<tests>" and any(type(value) is held for value in frame.f_locals.values()):
            found = frame, trace.tb_lineno
        trace = trace.tb_next
    if found is None or found[1] > len(lines):
        return ""
    frame, number = found
    line = lines[number - 1].strip()[:LONGEST_LINE]
    names = dict.fromkeys(re.findall(r"[A-Za-z_]\w*", line))
    values = [f"{name}={show(frame.f_locals[name])}" for name in names if name in frame.f_locals and type(frame.f_locals[name]) is not held]
    return line + (f" with {', '.join(values)}" if values else "")


def show(value: Any, depth: int = 3) -> str:
    """A value in a few words, whatever its size: the tests' own, or what a program answered."""
    kind = type(value)
    if value is None or kind in (bool, float):
        return repr(value)
    if kind is int:
        return repr(value) if value.bit_length() <= 64 else "a large integer"
    if kind in (str, bytes):
        return repr(value) if len(value) <= 40 else f"{value[:40]!r}..."
    if kind not in (list, tuple, dict) or not depth:
        return "..."
    parts: list[str] = []
    for part in value:
        if len(parts) == MOST_PARTS:
            parts.append("...")
            break
        parts.append(f"{show(part, depth - 1)}: {show(value[part], depth - 1)}" if kind is dict else show(part, depth - 1))
    if kind is tuple and len(value) == 1:
        parts.append("")
    around = {"list": "[]", "tuple": "()", "dict": "{}"}[kind.__name__]
    return around[0] + ", ".join(parts).rstrip(" ") + around[1]
