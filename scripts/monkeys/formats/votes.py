"""Answers that someone recorded without their texts: JSON Lines, a problem each, with a list of answers, perhaps their tokens, scores and what is right."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monkeys.errors import InputError
from monkeys.files import read_jsonl

NULL = "\u2400"
"""The text of an answer that is null: the sign for it, which no answer is. Authors count null and the empty text as two answers, where these vote."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a row has what.

    Args:
        problem: the field of the problem's name, a text or a whole number.
        answers: a list of answers, texts or null; or of pairs of an answer and its output tokens. Empty and null are no answers, of two kinds.
        gold: the right answer, a text or a number: an answer is right when it is the same text. Or
        right: a list of true and false, one an answer; equal answers must be judged alike. Null under either, or neither: nobody knows what is right.
    """

    problem: str
    answers: str
    gold: str = ""
    right: str = ""

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> "Columns":
        """Those of an entry of a configuration, which has more keys."""
        return cls(**{name: entry[name] for name in cls.__dataclass_fields__ if entry.get(name)})


@dataclass(frozen=True, slots=True)
class Votes:
    """The answers to one problem, in the order in which they were drawn.

    ``answers``: texts, empty or ``NULL`` where there is none. ``tokens``: of each, None where unknown. ``right``: the answers that are right, None where nobody knows.
    ``row`` is all that the file says, ``place`` names it in error messages.
    """

    problem: str
    answers: list[str]
    tokens: list[int | None]
    right: list[str] | None
    row: Mapping[str, Any]
    place: str


def read_votes(path: Path, columns: Columns, problems: int | None = None) -> Iterator[Votes]:
    """The problems of a file, in its order.

    Args:
        path: JSON Lines.
        columns: where a row has what.
        problems: how many are taken, from the first; None: all.

    Raises:
        InputError: a field is missing or of another length, an answer is no text, equal answers are judged differently, a problem comes twice, or the file
            has fewer problems than wanted.
    """
    seen: set[str] = set()
    for line, row in read_jsonl(path):
        if problems is not None and len(seen) == problems:
            return
        place = f"{path}, line {line}"
        name = _name(_field(row, columns.problem, place), columns.problem, place)
        if name in seen:
            raise InputError(f"{place}: problem {name} comes a second time; each must have one line")
        seen.add(name)
        pairs = [_answer(value, place) for value in _list(row, columns.answers, place)]
        answers = [answer for answer, _ in pairs]
        yield Votes(name, answers, [tokens for _, tokens in pairs], _right(row, columns, answers, place), row, place)
    if not seen:
        raise InputError(f"{path} has no answers; it must have JSON Lines, a problem each")
    if problems is not None and len(seen) < problems:
        raise InputError(f"{path} has {len(seen)} problems, but the configuration asks for {problems}; lower problems")


def numbers_of(votes: Votes, field: str) -> list[float | None]:
    """The numbers that a row has under a field, one an answer; each may stand in a list of its own.

    Raises:
        InputError: it has none, too few, or what is no finite number.
    """
    return [_number(value, field, votes.place) for value in _list(votes.row, field, votes.place, len(votes.answers))]


def _right(row: Mapping[str, Any], columns: Columns, answers: Sequence[str], place: str) -> list[str] | None:
    if columns.gold:
        gold = _field(row, columns.gold, place)
        if gold is not None and (isinstance(gold, bool) or not isinstance(gold, str | int | float) or not str(gold).strip()):
            raise InputError(f"{place} has {gold!r:.100} under {columns.gold!r}, but must have a text or a number, or null where it is not known")
        return None if gold is None else [str(gold)]
    if not columns.right or _field(row, columns.right, place) is None:
        return None
    judged: dict[str, bool] = {}
    for answer, right in zip(answers, _list(row, columns.right, place, len(answers)), strict=True):
        if not isinstance(right, bool):
            raise InputError(f"{place}: {columns.right} has {right!r:.100}, but must have true or false for each answer")
        if judged.setdefault(answer, right) != right and answer not in ("", NULL):
            raise InputError(f"{place}: {columns.right} calls the answer {answer!r:.100} both right and wrong; equal answers must be judged alike")
    return sorted(answer for answer, right in judged.items() if right)


def _name(value: Any, field: str, place: str) -> str:
    text = str(value)
    if isinstance(value, bool) or not isinstance(value, str | int) or not text or not text.isprintable():
        raise InputError(f"{place} has {value!r:.100} under {field!r}, but must have a problem's name: a text in one line, or a whole number")
    return text


def _field(row: Mapping[str, Any], name: str, place: str) -> Any:
    if name not in row:
        raise InputError(f"{place} has no field {name!r}; it has {', '.join(row)}")
    return row[name]


def _list(row: Mapping[str, Any], name: str, place: str, length: int | None = None) -> Sequence[Any]:
    values = _field(row, name, place)
    if not isinstance(values, list) or not values or (length is not None and len(values) != length):
        raise InputError(f"{place}: {name} must be a list{' with an answer at least' if length is None else f' of {length} values, one an answer'}")
    return values


def _answer(value: Any, place: str) -> tuple[str, int | None]:
    answer, tokens = value if isinstance(value, list) and len(value) == 2 else (value, None)
    if answer is not None and not isinstance(answer, str):
        raise InputError(f"{place} has the answer {answer!r:.100}, but must have texts, null, or pairs of a text and its tokens")
    if tokens is not None and (isinstance(tokens, bool) or not isinstance(tokens, int) or tokens < 0):
        raise InputError(f"{place} has {tokens!r:.100} tokens for an answer, but must have a whole number from 0")
    return NULL if answer is None else answer, tokens


def _number(value: Any, name: str, place: str) -> float | None:
    value = value[0] if isinstance(value, list) and len(value) == 1 else value
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(f"{place}: {name} has {value!r:.100}, but must have a finite number or null for each answer")
    return float(value)
