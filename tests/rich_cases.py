"""What tests of the rich study read and compare."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rich_study import BENCHMARKS, recorded
from study_fixtures import humaneval_rows

from monkeys.benchmarks.arithmetic import word_problem

on_benchmarks = pytest.mark.parametrize("benchmark", BENCHMARKS)


def table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path)


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    assert len(expected) > 0
    pd.testing.assert_frame_equal(found.reset_index(drop=True), expected.reset_index(drop=True), check_dtype=False, rtol=1e-9)


@cache
def passes(benchmark: str, model: str) -> dict[str, int]:
    """How many samples of each problem are right, by what was written into them."""
    found: dict[str, int] = {}
    for sample in recorded(model, benchmark, humaneval_rows()):
        if benchmark == "humaneval":
            right = "no answer of any problem" not in sample.text and "bytearray" not in sample.text
        else:
            right = sample.text.endswith(f"is {word_problem(5, int(sample.problem_id.rpartition('/')[2])).answer}.")
        found[sample.problem_id] = found.get(sample.problem_id, 0) + right
    return found
