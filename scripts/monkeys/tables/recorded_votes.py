"""Answers and scores that someone else recorded, as verdicts and scores: the way into selection for studies of which there are no texts."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monkeys.errors import InputError
from monkeys.files import read_jsonl
from monkeys.records.verdict import Verdict

EMPTY = ("abstain", "vote")
LENGTH = "length"
"""The scorer of minus a sample's tokens, where answers come with them."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a table has what, a row a problem.

    Args:
        problem: the field of its identifier.
        answers: a list of answers, texts or null; or of pairs of an answer and its output tokens.
        gold: the right answer: an answer is right when it is the same text. Or
        right: a list of true and false, one an answer.
        scores: by scorer, a list of numbers (each may stand in a list of its own) or null, one an answer.
        empty: whether an empty answer or null is an answer like any other (``vote``; the two are different) or none (``abstain``).
    """

    problem: str
    answers: str
    gold: str = ""
    right: str = ""
    scores: Mapping[str, str] | None = None
    empty: str = "abstain"


@dataclass(frozen=True, slots=True)
class Recorded:
    """Verdicts, and by scorer the score of each."""

    verdicts: list[Verdict]
    scores: dict[str, list[float | None]]


def read_recorded(path: Path, columns: Columns, problems: int | None = None) -> Recorded:
    """Verdicts and scores out of JSON Lines.

    Raises:
        InputError: a field is missing or of another length, an answer is no text, a score is no number, or a problem comes twice.
    """
    verdicts: list[Verdict] = []
    names = dict(columns.scores or {})
    scores: dict[str, list[float | None]] = {name: [] for name in names}
    lengths: list[float | None] = []
    seen: set[str] = set()
    for line, row in read_jsonl(path):
        if problems is not None and len(seen) == problems:
            break
        where = f"{path}, line {line}"
        name = str(_field(row, columns.problem, where))
        if name in seen:
            raise InputError(f"{where}: problem {name} comes a second time; each must have one line")
        seen.add(name)
        answers = [_answer(value, where) for value in _list(row, columns.answers, where)]
        gold = _field(row, columns.gold, where) if columns.gold else None
        right = _list(row, columns.right, where, len(answers)) if columns.right else [answer == gold for answer, _ in answers]
        for index, ((answer, tokens), passed) in enumerate(zip(answers, right, strict=True)):
            if not isinstance(passed, bool):
                raise InputError(f"{where}: {columns.right} has {passed!r}, but must have true or false for each answer")
            votes = bool(answer) or columns.empty == "vote"
            label = None if not votes else answer or json.dumps(answer)
            outcome = "passed" if passed and votes else "failed" if votes else "no_answer"
            verdicts.append(Verdict(name, index, outcome, label, "", label))
            lengths.append(None if tokens is None else -float(tokens))
        for scorer, field in names.items():
            scores[scorer] += [_number(value, field, where) for value in _list(row, field, where, len(answers))]
    if not verdicts:
        raise InputError(f"{path} has no answers; it must have JSON Lines, a problem each")
    if problems is not None and len(seen) < problems:
        raise InputError(f"{path} has {len(seen)} problems, but {problems} are asked for")
    if any(length is not None for length in lengths):
        scores[LENGTH] = lengths
    return Recorded(verdicts, scores)


def _field(row: Mapping[str, Any], name: str, where: str) -> Any:
    if name not in row:
        raise InputError(f"{where} has no field {name!r}; it has {', '.join(row)}")
    return row[name]


def _list(row: Mapping[str, Any], name: str, where: str, length: int | None = None) -> Sequence[Any]:
    values = _field(row, name, where)
    if not isinstance(values, list) or (length is not None and len(values) != length):
        raise InputError(f"{where}: {name} must be a list{'' if length is None else f' of {length} values, one an answer'}")
    return values


def _answer(value: Any, where: str) -> tuple[str | None, int | None]:
    answer, tokens = value if isinstance(value, list) and len(value) == 2 else (value, None)
    if answer is not None and not isinstance(answer, str):
        raise InputError(f"{where} has the answer {answer!r}, but must have texts, null, or pairs of a text and its tokens")
    if tokens is not None and (isinstance(tokens, bool) or not isinstance(tokens, int)):
        raise InputError(f"{where} has {tokens!r} tokens for an answer, but must have a whole number")
    return answer, tokens


def _number(value: Any, name: str, where: str) -> float | None:
    value = value[0] if isinstance(value, list) and len(value) == 1 else value
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(f"{where}: {name} has {value!r}, but must have a finite number or null for each answer")
    return float(value)
