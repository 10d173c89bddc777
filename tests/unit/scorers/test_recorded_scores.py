"""Scores of someone else's."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from monkeys.errors import InputError
from monkeys.progress import Progress
from monkeys.records.prompt import Prompt
from monkeys.records.sample import Sample
from monkeys.records.score import Score, read_scores, write_scores
from monkeys.scorers import Settings, Task, complete, load_scorer
from monkeys.scorers.recorded import read_recorded

ROWS: list[dict[str, Any]] = [
    {"problem_id": "a,1", "sample_index": 0, "score": 0.25, "step_scores": [0.5, 0.5], "step_ends": [2, 4], "scored_tokens": 9},
    {"problem_id": "a,1", "sample_index": 1, "score": None, "step_scores": None, "step_ends": None, "scored_tokens": None},
    {"problem_id": "b", "sample_index": 0, "score": -3, "step_scores": None, "step_ends": None, "scored_tokens": None},
]
SCORES = [Score("a,1", 0, 0.25, [0.5, 0.5], [2, 4], 9), Score("a,1", 1, None), Score("b", 0, -3.0)]
TASKS = [
    Task(Prompt("a,1", "", []), [Sample("a,1", 0, None, "text"), Sample("a,1", 1, None, "text")]),
    Task(Prompt("b", "", []), [Sample("b", 0, None, "text")]),
]


def write(folder: Path, kind: str, rows: list[dict[str, Any]]) -> Path:
    path = folder / f"scores.{kind}"
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif kind == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    else:

        def field(value: Any) -> str:
            text = "" if value is None else value if isinstance(value, str) else json.dumps(value)
            return f'"{text}"' if "," in text else text

        names = list(rows[0])
        lines = [",".join(names), *(",".join(field(row[name]) for name in names) for row in rows)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def scored(path: Path, problems: list[str] | None = None, total: int | None = None, tasks: list[Task] = TASKS) -> list[Score]:
    entry = complete("mine", {"kind": "recorded", "files": {"some": {"model": str(path)}}})
    return load_scorer("recorded").open_scorer(Settings(entry, file=path, problems=problems, total=total), Progress("test")).score(tasks)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_three_formats_say_the_same(tmp_path: Path, kind: str) -> None:
    path = write(tmp_path, kind, ROWS)
    assert scored(path, ["a,1", "b", "c"], 2) == SCORES
    write_scores(tmp_path / "out.parquet", SCORES, {"kind": "recorded"})
    assert read_scores(tmp_path / "out.parquet") == SCORES


def changed(number: int, **values: Any) -> list[dict[str, Any]]:
    return [{**row, **values} if place == number else row for place, row in enumerate(ROWS)]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (changed(0, score=float("nan")), "line 2 has the score nan, which cannot be ordered; write null"),
        (changed(0, score=float("-inf")), "line 2 has the score -inf"),
        (changed(1, sample_index=0), "line 3: sample 0 of a,1 stands there twice"),
        (changed(1, sample_index=-1), "line 3 has -1 under 'sample_index', but needs a whole number from 0"),
        (changed(0, step_ends=[2]), "line 2 has 2 step_scores but 1 step_ends"),
        (changed(0, step_ends=[4, 2]), "line 2 has step_ends that do not grow"),
        (changed(0, scored_tokens=-1), "line 2 has -1 under 'scored_tokens'"),
    ],
)
def test_bad_value_names_file_line_and_column(tmp_path: Path, rows: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(InputError) as error:
        read_recorded(write(tmp_path, "csv", rows))
    assert str(error.value).startswith(f"{tmp_path / 'scores.csv'}, ") and message in str(error.value)
    path = write(tmp_path, "jsonl", rows)
    with pytest.raises(InputError) as error:
        read_recorded(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"score": "high"}, "line 1 has 'high' under 'score', but needs a number or null"),
        ({"score": True}, "line 1 has True under 'score'"),
        ({"problem_id": 5}, "line 1 has 5 under 'problem_id', but needs a text"),
        ({"sample_index": 1.5}, "line 1 has 1.5 under 'sample_index'"),
        ({"step_scores": ["a"]}, "line 1 has ['a'] under 'step_scores', but needs a list of numbers"),
        ({"step_scores": 0.5}, "line 1 has 0.5 under 'step_scores'"),
        ({"step_ends": [1.5, 2]}, "line 1 has [1.5, 2] under 'step_ends'"),
    ],
)
def test_value_of_another_type_is_refused(tmp_path: Path, row: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as error:
        read_recorded(write(tmp_path, "jsonl", [{**ROWS[0], **row}]))
    assert message in str(error.value)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_missing_column_is_named(tmp_path: Path, kind: str) -> None:
    with pytest.raises(InputError, match=r"lacks .*'score'"):
        read_recorded(write(tmp_path, kind, [{"problem_id": "a", "sample_index": 0}]))


def test_unknown_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="of no format that is known"):
        read_recorded(tmp_path / "scores.xlsx")


def test_scores_of_another_study_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "csv", ROWS)
    with pytest.raises(
        InputError, match=r"has scores of 'a,1', which is no problem of the benchmark \(its first is 'x'\); these are the scores of another study"
    ):
        scored(path, ["x", "b"])
    with pytest.raises(InputError, match="has a score of sample 1 of a,1, but the study has samples 0 to 0 of each problem"):
        scored(path, ["a,1", "b"], 1)
    with pytest.raises(InputError, match=r"ends at character 4, but the sample has 3; these are the scores of other samples"):
        scored(path, tasks=[Task(TASKS[0].prompt, [Sample("a,1", 0, None, "abc")])])


def test_sample_without_an_entry_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no score of sample 7 of b"):
        scored(write(tmp_path, "csv", ROWS), tasks=[Task(TASKS[1].prompt, [Sample("b", 7, None, "")])])
