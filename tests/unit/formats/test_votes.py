"""Answers that others recorded without their texts, row by row."""

import json
from pathlib import Path
from typing import Any

import pytest

from monkeys.errors import InputError
from monkeys.formats.votes import NULL, Columns, Votes, numbers_of, read_votes

ROW = {"name": "p", "answers": ["7", "", None], "gold": "7", "rewards": [[1.5], None, -2]}
COLUMNS = Columns("name", "answers", gold="gold")


def read(folder: Path, rows: list[dict[str, Any]], columns: Columns = COLUMNS, problems: int | None = None) -> list[Votes]:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return list(read_votes(path, columns, problems))


def test_empty_answers_and_null_are_no_answer(tmp_path: Path) -> None:
    (votes,) = read(tmp_path, [ROW])
    assert (votes.problem, votes.answers, votes.tokens, votes.right) == ("p", ["7", "", NULL], [None] * 3, ["7"])
    assert numbers_of(votes, "rewards") == [1.5, None, -2]


def test_answers_have_tokens_and_numbers_name_problems(tmp_path: Path) -> None:
    (votes,) = read(tmp_path, [{"name": 3, "answers": [["7", 12], [None, 5]], "gold": 7}])
    assert (votes.problem, votes.answers, votes.tokens, votes.right) == ("3", ["7", NULL], [12, 5], ["7"])


def test_nobody_knows_what_is_right_without_gold(tmp_path: Path) -> None:
    assert read(tmp_path, [{**ROW, "gold": None}])[0].right is None
    assert read(tmp_path, [ROW], Columns("name", "answers"))[0].right is None


def test_judgements_become_right_answers(tmp_path: Path) -> None:
    rows = [{"name": "p", "answers": ["1/2", "0.5", "3", "3"], "ok": [True, True, False, False]}]
    assert read(tmp_path, rows, Columns("name", "answers", right="ok"))[0].right == ["0.5", "1/2"]


def test_the_first_problems_are_taken(tmp_path: Path) -> None:
    rows = [{**ROW, "name": name} for name in "abc"]
    assert [votes.problem for votes in read(tmp_path, rows, problems=2)] == ["a", "b"]
    with pytest.raises(InputError, match="has 3 problems, but the configuration asks for 4; lower problems"):
        read(tmp_path, rows, problems=4)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"answers": [7, 8, 9]}, "line 1 has the answer 7, but must have texts, null, or pairs"),
        ({"answers": "7"}, "line 1: answers must be a list"),
        ({"answers": []}, "line 1: answers must be a list with an answer at least"),
        ({"answers": [["7", -1]]}, "line 1 has -1 tokens for an answer"),
        ({"name": None}, "line 1 has None under 'name', but must have a problem's name"),
        ({"name": "a\nb"}, "must have a problem's name: a text in one line"),
        ({"gold": ["7"]}, "line 1 has ['7'] under 'gold', but must have a text or a number"),
        ({"gold": " "}, "line 1 has ' ' under 'gold'"),
    ],
)
def test_impossible_rows_are_one_sentence(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError) as raised:
        read(tmp_path, [{**ROW, **change}])
    assert sentence in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("rewards", "sentence"),
    [
        ([1, 2], "line 1: rewards must be a list of 3 values, one an answer"),
        (["a", 1, 2], "line 1: rewards has 'a', but must have a finite number or null"),
        ([float("nan"), 1, 2], "line 1: rewards has nan, but must have a finite number or null"),
    ],
)
def test_impossible_scores_are_one_sentence(tmp_path: Path, rewards: list[Any], sentence: str) -> None:
    (votes,) = read(tmp_path, [{**ROW, "rewards": rewards}])
    with pytest.raises(InputError) as raised:
        numbers_of(votes, "rewards")
    assert sentence in str(raised.value)


def test_impossible_fields_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no field 'key'; it has name, answers, gold, rewards"):
        read(tmp_path, [ROW], Columns("name", "answers", gold="key"))
    with pytest.raises(InputError, match="problem p comes a second time"):
        read(tmp_path, [ROW, ROW])
    with pytest.raises(InputError, match="calls the answer '7' both right and wrong"):
        read(tmp_path, [{"name": "p", "answers": ["7", "7"], "ok": [True, False]}], Columns("name", "answers", right="ok"))
