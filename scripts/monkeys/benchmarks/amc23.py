"""AMC 2023: 40 problems of both papers of the American Mathematics Competition 12, asked as in ``math``.

The competition lets one choose among five answers; the makers of the data set (AI-MO/aimo-validation-amc) reworded the problems so that each answer is a
whole number. Problem ``AMC/2023-12A-7`` is the seventh of the first paper. Its number there is its difficulty, for they grow harder.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monkeys.benchmarks import Benchmark, Dataset, Problem, Row
from monkeys.benchmarks.math import CROSS_CHECK, OPTIONS, contest_problems, solved, text_of
from monkeys.errors import InputError

_URL = re.compile(r".*/2023_AMC_(12[AB])_Problems/Problem_([0-9]+)")


def _parts(rows: Sequence[Row], number: int) -> tuple[str, int, str]:
    """Name, number in its paper, and answer of a row; 27.0 is 27."""
    place = f"row {number} of AMC 2023"
    url, answer = text_of(rows[number], "url", place), rows[number].get("answer")
    if (found := _URL.fullmatch(url)) is None:
        raise InputError(f"{place} has {url!r} under 'url', but must have the address of a problem of 2023")
    if not isinstance(answer, int | float) or answer != answer // 1:
        raise InputError(f"{place} has {answer!r} under 'answer', but must have a whole number")
    return f"AMC/2023-{found[1]}-{found[2]}", int(found[2]), str(int(answer))


def problems(rows: Sequence[Row], options: Mapping[str, Any]) -> Iterator[Problem]:
    """The rows as problems, in their order.

    Raises:
        InputError: an option has no such value, or a row lacks what it needs.
    """
    return contest_problems("amc23", "AMC 2023", rows, options, _parts)


def gold(rows: Sequence[Row], _options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The bare answers, for the rows have no solutions."""
    for number in range(len(rows)):
        name, _, answer = _parts(rows, number)
        yield name, f" {solved('', answer)}"


BENCHMARK = Benchmark(
    name="amc23",
    title="AMC 2023",
    version=1,
    grader="math_answer",
    problems=problems,
    size=lambda _options: 40,
    dataset=Dataset(
        hub="FlippyDora/amc23",
        subset=None,
        split="train",
        # A branch, for of its one commit, 73d35f1, the whole name was not to be had; the hash pins the rows.
        revision="main",
        # Of the rows that Qwen2.5-Math's evaluation has. The hub's table has the same columns and as many rows and bytes (40 and 25,799); it was not
        # seen itself.
        rows_sha256="d82d01890aa6fa95d9f55cd3508fcf9f0ccb3896da22150d6cfaafa297accca1",
    ),
    options=OPTIONS,
    gold=gold,
    cross_check=CROSS_CHECK,
)
