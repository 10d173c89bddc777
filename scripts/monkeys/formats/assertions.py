"""Tests that a model wrote, as data: the assertions in a text that compare a call with a value, where arguments and value are literals.

Nothing of them is ever executed but the call, so what a model writes as a test can do no harm, and needs no trust.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

LONGEST = 2000
"""Characters of an assertion beyond which it is no test."""


@dataclass(frozen=True, slots=True)
class Case:
    """A call of a function and what it should return: arguments, keywords and value as Python writes them."""

    arguments: str
    keywords: str
    expected: str

    @property
    def call(self) -> str:
        """What tells inputs apart."""
        return f"{self.arguments} {self.keywords}"

    def values(self) -> tuple[Any, Any, Any]:
        """Arguments, keywords and expected value."""
        return ast.literal_eval(self.arguments), ast.literal_eval(self.keywords), ast.literal_eval(self.expected)


def assertions(text: str, entry_point: str) -> list[Case]:
    """The assertions of a text on one function, in order.

    A text may be one that continues "assert " (CodeT's way to ask), a block of code or an answer with words around it; each assertion is one that begins a
    line, and may go on over several.

    Args:
        text: what the model wrote.
        entry_point: the function's name.
    """
    cases = []
    for piece in _pieces(text):
        case = _case(piece, entry_point)
        if case is not None:
            cases.append(case)
    return cases


def _pieces(text: str) -> Iterator[str]:
    """What may be assertions: from each "assert" at the beginning of a line to the next."""
    parts: list[str] = []
    for line in text.split("\n"):
        stripped = line.strip()
        if stripped.startswith("assert") and not stripped[6:7].isalnum():
            if parts:
                yield "\n".join(parts)
            parts = [stripped[6:].strip()]
        elif parts:
            parts.append(line)
    if parts:
        yield "\n".join(parts)


def _case(piece: str, entry_point: str) -> Case | None:
    """The longest beginning of a piece, line by line, that is an assertion on the function; None where none exists."""
    lines = piece[:LONGEST].split("\n")
    for stop in range(1, min(len(lines), 20) + 1):
        source = "\n".join(lines[:stop]).strip()
        if not source:
            continue
        try:
            statement = ast.parse(f"assert {source}").body[0]
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        if isinstance(statement, ast.Assert) and (case := _compared(statement.test, entry_point)):
            return case
        return None
    return None


def _compared(test: ast.expr, entry_point: str) -> Case | None:
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], ast.Eq | ast.Is):
        return None
    left, right = test.left, test.comparators[0]
    if not _calls(left, entry_point):
        left, right = right, left
    if not _calls(left, entry_point) or not isinstance(left, ast.Call):
        return None
    if any(isinstance(argument, ast.Starred) for argument in left.args) or any(keyword.arg is None for keyword in left.keywords):
        return None
    try:
        arguments = [ast.literal_eval(argument) for argument in left.args]
        keywords = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in left.keywords}
        return Case(repr(arguments), repr(keywords), repr(ast.literal_eval(right))) if _readable(arguments, keywords) else None
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def _readable(*values: object) -> bool:
    """Whether values can be read again from what ``repr`` writes: not infinite ones."""
    return all(ast.literal_eval(repr(value)) == value for value in values)


def _calls(node: ast.expr, entry_point: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == entry_point
