"""AIME 2024: both papers of the American Invitational Mathematics Examination, asked as in ``math``. Answers are whole numbers from 0 to 999.

Problem ``AIME/2024-II-7`` is the seventh of the second paper. Its number there is its difficulty, for they grow harder.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monkeys.benchmarks import Benchmark, Dataset, Problem, Row
from monkeys.benchmarks.math import CROSS_CHECK, OPTIONS, contest_problems, solved, text_of
from monkeys.errors import InputError

_URL = re.compile(r".*/2024_AIME_(I+)_Problems/Problem_([0-9]+)")


def _parts(rows: Sequence[Row], number: int) -> tuple[str, int, str]:
    """Name, number in its paper, and answer of a row; 025 is 25."""
    place = f"row {number} of AIME 2024"
    url, answer = text_of(rows[number], "url", place), text_of(rows[number], "answer", place)
    if (found := _URL.fullmatch(url)) is None:
        raise InputError(f"{place} has {url!r} under 'url', but must have the address of a problem of 2024")
    if re.fullmatch("[0-9]{1,3}", answer) is None:
        raise InputError(f"{place} has {answer!r} under 'answer', but must have a number from 0 to 999")
    return f"AIME/2024-{found[1]}-{found[2]}", int(found[2]), str(int(answer))


def problems(rows: Sequence[Row], options: Mapping[str, Any]) -> Iterator[Problem]:
    """The rows as problems, in their order.

    Raises:
        InputError: an option has no such value, or a row lacks what it needs.
    """
    return contest_problems("aime24", "AIME 2024", rows, options, _parts)


def gold(rows: Sequence[Row], _options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The solutions that the rows have, each several that readers wrote, and the answer behind them."""
    for number, row in enumerate(rows):
        name, _, answer = _parts(rows, number)
        yield name, f" {solved(text_of(row, 'solution', f'row {number} of AIME 2024'), answer)}"


BENCHMARK = Benchmark(
    name="aime24",
    title="AIME 2024",
    version=1,
    grader="math_answer",
    problems=problems,
    size=lambda _options: 30,
    dataset=Dataset(
        hub="HuggingFaceH4/aime_2024",
        subset=None,
        split="train",
        # As others pin it; not seen at the hub itself from here, so the hash has the last word.
        revision="2fe88a2f1091d5048c0f36abc874fb997b3dd99a",
        # Of the rows that Qwen2.5-Math's evaluation has, without its column question and with the hub's year, "2024". The hub's table has as many
        # rows and bytes (30 and 139,586).
        rows_sha256="184ee7fae42148f5b9058b574db32562867167353f70048a83c516807bb1a1e8",
    ),
    options=OPTIONS,
    gold=gold,
    cross_check=CROSS_CHECK,
)
