"""Samples that somebody else's tool has drawn: one file a shape, one interface for all of them.

``reading.SampleFiles`` says which files, ``reading.Reader`` reads them: an iterator of samples, each with the place where it stands. A shape
(``shapes/``) says how a tool writes a sample; ``rows.py`` takes the rows out of JSON Lines, JSON, CSV, Parquet, YAML or inspect_ai's archives;
``problems.py`` finds out which of the benchmark's problems a row is of.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]


class RowError(ValueError):
    """A row that cannot be read. The message is the end of a sentence that begins with the row's place."""

    joint = " "


class PlaceError(RowError):
    """A row whose sample has no place. The message is a sentence of its own behind the row's place."""

    joint = ": "


@dataclass(frozen=True, slots=True)
class Found:
    """A sample as a file has it; None where the file does not say.

    ``problem``: the problem's name, or its number in the tool's order. ``question``: the text that was asked, to check a number or to replace a name.
    ``numbered``: whether a name may end in the sample's number (``HumanEval/5-0``).
    ``index``: the sample's number among its problem's, from 0; None: numbered in the order of the files. ``key``: what no second sample of the same
    problem and file may have. ``variant``: of a file that has the same samples several times, which time this is; those of the file's first one count.
    """

    problem: str | int | None
    text: str
    question: str | None = None
    numbered: bool = False
    index: int | None = None
    key: str | int | None = None
    variant: str | None = None
    seed: int | None = None
    prompt_tokens: int | None = None
    output_tokens: int | None = None
    finish_reason: str | None = None
    cumulative_logprob: float | None = None
    confidences: list[float] | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """How a tool writes samples.

    ``fields`` are named where a file fits no shape. ``fits`` decides by a file's first row. ``samples`` takes a row and its number in the file, from 0,
    and gives the row's samples, or the reason (a text) why the row is none, such as a request that failed. ``whole_programs``: whether texts are
    programs or chat answers, to be read with ``response_format: chat``, rather than continuations of the prompt; None: as the model was asked.
    """

    name: str
    title: str
    fields: str
    fits: Callable[[Row], bool]
    samples: Callable[[Row, int], Iterable[Found | str]]
    whole_programs: bool | None = None


NAMES = ("problem_id", "task_id", "instance_id", "unique_id", "question_id", "id", "name", "idx", "index")
"""Fields under which tools and data sets name a problem, best first."""
QUESTIONS = ("question", "problem", "prompt", "input", "text")
"""Fields under which they have its text."""


def text_under(row: Row, field: str, needs: str) -> str:
    """The text of a field.

    Raises:
        RowError: there is none.
    """
    value = row.get(field)
    if not isinstance(value, str):
        raise RowError(f"has no text under {field!r}; each needs {needs}")
    return value


def name_of(row: Row, fields: Iterable[str] = NAMES) -> str | int | None:
    """The first of some fields that has a name or a number."""
    for field in fields:
        value = row.get(field)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "":
            return value
    return None


def question_of(row: Row) -> str | None:
    """The text of a problem, where a row has it."""
    return next((row[field] for field in QUESTIONS if isinstance(row.get(field), str)), None)


def fields(value: Any) -> Row:
    """An object's fields; none where there is no object."""
    return value if isinstance(value, dict) else {}


def whole(value: Any) -> int | None:
    """A number of tokens or a seed; None for whatever is no whole number."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and fits(value) else None


def fits(number: int) -> bool:
    """Whether a whole number fits the 64 bits of a column."""
    return -(1 << 63) <= number < 1 << 63


def word(value: Any) -> str | None:
    """A reason; None for whatever is no text, or an empty one."""
    return value if isinstance(value, str) and value else None


def log_probability(values: Any) -> float | None:
    """The sum of the tokens' log-probabilities; None where one is missing."""
    if not isinstance(values, list) or not values or any(isinstance(value, bool) or not isinstance(value, (int, float)) for value in values):
        return None
    total = float(sum(values))
    return total if math.isfinite(total) else None
