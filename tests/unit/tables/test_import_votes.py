"""Recorded answers and scores of others, through files to the numbers that are printed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import import_votes
import select_answers
from monkeys.errors import InputError
from monkeys.records.verdict import read_verdicts


def select(tmp_path: Path, data: Path, selectors: list[Any], *words: str) -> pd.DataFrame:
    verdicts, scores = tmp_path / "verdicts.parquet", tmp_path / "scores"
    import_votes.main(["--data", str(data), "--output-verdicts", str(verdicts), "--output-scores", str(scores), *words])
    files = json.dumps({path.stem: [str(path)] for path in scores.glob("*.parquet")})
    outputs = [word for name in ("selection", "differences", "selected") for word in (f"--output-{name}", str(tmp_path / f"{name}.csv"))]
    how = ["--bootstrap", "100", "--confidence", "0.95", "--seed", "0", "--method", "dirichlet", "--points", "80"]
    select_answers.main(["--verdicts", str(verdicts), "--scores", files, "--selectors", json.dumps(selectors), *how, *outputs])
    return pd.read_csv(tmp_path / "selection.csv", keep_default_na=False)


def accuracy(table: pd.DataFrame, ks: list[int], selector: str, options: str = "") -> list[float]:
    rows = table[(table["selector"] == selector) & (table["options"] == options)].set_index("k")["accuracy"].astype(float)
    return [100 * rows[k] for k in ks]


def test_falling_votes_come_out_of_the_files_to_the_last_printed_digit(tmp_path: Path, shared_data: Callable[[str], Path]) -> None:
    data = shared_data("votes_reasoning/aime2024_EXAONE-Deep-32B.jsonl")
    words = ["--problem", "problem_num", "--answers", "all_answers", "--gold", "gold_answer", "--empty", "vote"]
    table = select(tmp_path, data, ["majority", {"best_of": "length"}], *words)
    assert accuracy(table, [1, 2, 4, 8, 16, 32, 64, 80], "majority") == pytest.approx(
        [71.54, 71.54, 74.88, 75.78, 75.23, 74.37, 73.73, 73.33], abs=0.0051
    )
    assert accuracy(table, [8, 32, 80], "oracle") == pytest.approx([88.99, 93.19, 93.33], abs=0.0051)


def test_rewarded_mathematics_comes_out_of_the_files_to_the_last_printed_digit(tmp_path: Path, shared_data: Callable[[str], Path]) -> None:
    data = shared_data("samples_math/qwen_math_cot_100x8_with_rm_scores.jsonl")
    selectors: list[Any] = ["majority", {"best_of": "reward"}, *({"weighted": "reward", "link": link} for link in ("sigmoid", "exp"))]
    words = ["--problem", "idx", "--answers", "pred", "--right", "score", "--score-fields", '{"reward": "pred_score"}']
    table = select(tmp_path, data, selectors, *words)
    ks = list(range(1, 9))
    assert accuracy(table, ks, "majority") == pytest.approx([91, 91, 91.60, 92.01, 92.13, 92.32, 92.35, 92.50], abs=0.0051)
    assert accuracy(table, ks, "best_of") == pytest.approx([91, 92.79, 93.39, 93.61, 93.71, 93.79, 93.88, 94], abs=0.0051)
    assert accuracy(table, ks, "weighted", "link=sigmoid") == pytest.approx([91, 92.79, 92.79, 93.57, 93.66, 93.79, 93.75, 94], abs=0.0051)
    assert accuracy(table, ks, "weighted", "link=exp") == pytest.approx([91, 92.79, 93.36, 93.36, 93.54, 93.86, 94, 94], abs=0.0051)
    chosen = pd.read_csv(tmp_path / "selected.csv")
    assert (chosen["selector"] == "majority").sum() == 100


ROW = {"name": "p", "answers": ["7", "", None], "gold": "7", "rewards": [[1.5], None, -2]}
WORDS = ["--problem", "name", "--answers", "answers", "--gold", "gold", "--score-fields", '{"rm": "rewards"}']


def imported(tmp_path: Path, rows: list[dict[str, Any]], *words: str) -> Path:
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    out = ["--output-verdicts", str(tmp_path / "v.parquet"), "--output-scores", str(tmp_path / "s")]
    import_votes.main(["--data", str(tmp_path / "rows.jsonl"), *(words or WORDS), *out])
    return tmp_path / "v.parquet"


def test_empty_answers_abstain_or_vote_as_asked(tmp_path: Path) -> None:
    assert [one.answer_class for one in read_verdicts(imported(tmp_path, [ROW]))] == ["7", None, None]
    assert [one.answer_class for one in read_verdicts(imported(tmp_path, [ROW], *WORDS, "--empty", "vote"))] == ["7", '""', "null"]
    assert pd.read_parquet(tmp_path / "s" / "rm.parquet")["score"].tolist()[::2] == [1.5, -2]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"rewards": [1, 2]}, "line 1: rewards must be a list of 3 values, one an answer"),
        ({"rewards": ["a", 1, 2]}, "line 1: rewards has 'a', but must have a finite number or null"),
        ({"answers": [7, 8, 9]}, "line 1 has the answer 7, but must have texts, null, or pairs"),
        ({"answers": "7"}, "line 1: answers must be a list"),
    ],
)
def test_impossible_rows_are_one_sentence(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError) as raised:
        imported(tmp_path, [{**ROW, **change}])
    assert sentence in str(raised.value)


def test_impossible_fields_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no field 'key'; it has name, answers, gold, rewards"):
        imported(tmp_path, [ROW], "--problem", "name", "--answers", "answers", "--gold", "key")
    with pytest.raises(InputError, match="problem p comes a second time"):
        imported(tmp_path, [ROW, ROW])
    with pytest.raises(InputError, match="give either --gold"):
        imported(tmp_path, [ROW], "--problem", "name", "--answers", "answers")
