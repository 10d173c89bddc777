"""Answers that others recorded, without texts or prompts, through the whole workflow: printed numbers come out of it by configuration alone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from printed_votes import COVERAGE, COVERAGE_KS, KS, PLURALITY, SHORTEST, SHORTEST_KS, printed
from project import Project

FILES = {
    "analysis_aime2025_gpt-oss-20b.jsonl": "votes_reasoning/aime2025_gpt-oss-20b.jsonl",
    "analysis_aime2025_Phi-4-reasoning.jsonl": "votes_reasoning/aime2025_Phi-4-reasoning.jsonl",
    "analysis_aime2024_EXAONE-Deep-32B.jsonl": "votes_reasoning/aime2024_EXAONE-Deep-32B.jsonl",
    "analysis_math500_gpt-oss-20b.jsonl": "votes_reasoning/math500_gpt-oss-20b.jsonl",
    "math_cot_100.jsonl": "samples_math/qwen_math_cot_100x8_with_rm_scores.jsonl",
}
"""Of the shipped configuration, and where the tests have them."""
REWARDED = {
    ("majority", ""): [91, 91, 91.60, 92.01, 92.13, 92.32, 92.35, 92.50],
    ("best_of", ""): [91, 92.79, 93.39, 93.61, 93.71, 93.79, 93.88, 94],
    ("weighted", "link=sigmoid"): [91, 92.79, 92.79, 93.57, 93.66, 93.79, 93.75, 94],
    ("weighted", "link=exp"): [91, 92.79, 93.36, 93.36, 93.54, 93.86, 94, 94],
    ("oracle", ""): [91, 93.29, 94.45, 95.10, 95.48, 95.71, 95.88, 96],
}


@pytest.fixture(scope="module")
def recorded(shared_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Project:
    """config/recorded_votes.yaml with the files that the tests have: answers chosen, votes planned."""
    project = Project.fresh(tmp_path_factory.mktemp("votes") / "project")
    config = yaml.safe_load((project.folder / "config/recorded_votes.yaml").read_text())
    for model in config["models"].values():
        for entry in model["votes"].values():
            entry["file"] = str(shared_data(FILES[Path(entry["file"]).name]))
    config["selection"]["plan_votes"] = {"orders": 10, "thresholds": [0.8, 0.95]}
    (project.folder / "study.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    assert set(project.plan()) & {"check_sandbox", "fetch_model", "audit_gold"} == set()
    project.run("select", "plan_votes")
    return project


def pair_of(name: str) -> str:
    """The benchmark and the model of a file of answers, as the shipped configuration names them."""
    return name.lower().replace("_", "/", 1)


def table(project: Project, pair: str, name: str) -> pd.DataFrame:
    return pd.read_csv(project.folder / "results/recorded_votes" / pair / "repeated" / name, keep_default_na=False)


def curve(project: Project, pair: str, selector: str, ks: list[int], options: str = "") -> list[float]:
    rows = table(project, pair, "selection.csv").query("selector == @selector and options == @options").set_index("k")["accuracy"].astype(float)
    return [100 * rows[k] for k in ks]


@pytest.mark.full
@pytest.mark.parametrize("name", PLURALITY)
def test_votes_and_coverage_come_out_to_the_last_printed_digit(recorded: Project, name: str) -> None:
    assert curve(recorded, pair_of(name), "majority", KS) == printed(PLURALITY[name])
    assert curve(recorded, pair_of(name), "oracle", COVERAGE_KS) == printed(COVERAGE[name])


@pytest.mark.full
@pytest.mark.parametrize("name", SHORTEST)
def test_the_shortest_answer_is_best_of_one_model_and_worst_of_another(recorded: Project, name: str) -> None:
    assert curve(recorded, pair_of(name), "best_of", SHORTEST_KS) == printed(SHORTEST[name])


@pytest.mark.full
@pytest.mark.parametrize(("selector", "options"), REWARDED)
def test_rewarded_mathematics_comes_out_to_the_last_printed_digit(recorded: Project, selector: str, options: str) -> None:
    assert curve(recorded, "math_100/qwen2.5-math", selector, list(range(1, 9)), options) == printed(REWARDED[selector, options])


@pytest.mark.full
def test_votes_are_planned_for_each_model(recorded: Project) -> None:
    votes = json.loads((recorded.folder / "results/recorded_votes/aime2024/exaone-deep-32b/repeated/votes.json").read_text())
    # The curve falls from 8 on.
    assert 4 < votes["best_of_curve"] < 12 and votes["best_accuracy"] > votes["accuracy_of_all"]
    assert votes["curve"]["k"][-1] == votes["samples"] == 80
    stopping = table(recorded, "aime2025/gpt-oss-20b", "stopping.csv").query("rule == 'beta' and threshold == 0.95").iloc[0]
    # Measured elsewhere, with a cap of 80 and other random orders: 89.3 % with 14.7 samples. Over 20 orders the mean number of samples of 30 problems has a
    # standard error of about 0.8.
    assert abs(100 * stopping["accuracy"] - 89.3) < 1 and abs(stopping["mean_samples"] - 14.7) < 2.4


ROWS = [
    {"name": "one", "given": [["7", 10], ["7", 12], ["8", 9]], "key": "7", "rm": [0.5, 0.1, 0.9]},
    {"name": "two", "given": [["x", 5], ["", 6], ["x", 7]], "key": "y", "rm": [0.1, None, 0.3]},
    {"name": "open", "given": [["a", 5], ["b", 6], ["b", 7]], "key": None, "rm": [0.9, 0.1, 0.2]},
]


def small(folder: Path, rows: list[dict[str, Any]], **changes: Any) -> Project:
    project = Project.fresh(folder / "project")
    (project.folder / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    entry = {"file": "mine.jsonl", "problem": "name", "answers": "given", "gold": "key"}
    config: dict[str, Any] = {
        "run": "mine",
        "models": {"a": {"engine": "votes", "votes": {"exam": entry}}},
        "benchmarks": {"exam": {"problems": len(rows), "samples": 3, "title": "My exam"}},
        "scorers": {"rm": {"kind": "recorded", "field": "rm"}},
        "selection": {"selectors": ["majority", {"weighted": "rm", "link": "rank"}, {"best_of": "rm"}]},
        "analysis": {"bootstrap": 100},
    }
    config.update(changes)
    (project.folder / "study.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    return project


def test_a_problem_without_a_reference_is_answered_and_not_counted(tmp_path: Path) -> None:
    project = small(tmp_path, ROWS)
    project.run("select")
    folder = project.folder / "results/mine/exam/a/repeated"
    counts = pd.read_csv(folder / "counts.csv")
    assert counts[["problem_id", "n", "c", "no_answer"]].to_numpy().tolist() == [["one", 3, 2, 0], ["two", 3, 0, 1]]
    chosen = pd.read_csv(folder / "selected.csv", dtype={"passed": str}, keep_default_na=False)
    votes = chosen[chosen["selector"] == "majority"].set_index("problem_id")
    assert votes["answer"].to_dict() == {"one": "7", "two": "x", "open": "b"}
    assert votes["passed"].to_dict() == {"one": "True", "two": "False", "open": ""}
    best = chosen[chosen["selector"] == "best_of"].set_index("problem_id")
    assert best["answer"].to_dict() == {"one": "8", "two": "x", "open": "a"}
    selection = pd.read_csv(folder / "selection.csv")
    assert set(selection["problems"]) == {2}


def test_a_study_without_any_reference_says_what_is_chosen(tmp_path: Path) -> None:
    project = small(tmp_path, [{**row, "key": None} for row in ROWS])
    project.run("select")
    folder = project.folder / "results/mine/exam/a/repeated"
    chosen = pd.read_csv(folder / "selected.csv", keep_default_na=False)
    assert chosen[chosen["selector"] == "majority"]["answer"].tolist() == ["7", "x", "b"]
    assert pd.read_csv(folder / "selection.csv").empty and pd.read_csv(folder / "counts.csv").empty
    answer = project.snakemake()
    assert answer.returncode != 0
    assert "no problem of it has a reference, so that nothing can be said of coverage; `snakemake select` says which answers are chosen" in (
        answer.stdout + answer.stderr
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"file": "none.jsonl"}, "config key models.a.votes.exam.file names the file none.jsonl, which does not exist"),
        ({"file": "study.yaml"}, "config key models.a.votes.exam.file names study.yaml, but must name a file that ends in .jsonl or .jsonl.gz"),
        ({"right": "ok"}, "config key models.a.votes.exam has both gold, the right answer, and right"),
        ({"answers": None}, "config key models.a.votes.exam.answers"),
        ({"emtpy": "vote"}, "config key models.a.votes.exam.emtpy does not exist"),
    ],
)
def test_a_wrong_entry_is_one_sentence_before_a_job_starts(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    project = small(tmp_path, ROWS)
    project.configure(lambda config: config["models"]["a"]["votes"]["exam"].update(change))
    answer = project.snakemake("-n")
    assert answer.returncode != 0 and sentence in answer.stdout + answer.stderr, answer.stdout[-1500:]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"verification": {"audit": {}}}, "config key verification.audit verifies texts again, but of exam there are answers alone"),
        ({"scorers": {"rm": {"kind": "log_likelihood"}}}, "config key scorers.rm reads texts, but of exam there are answers alone"),
        ({"selection": {"selectors": [{"pairwise": "rm"}]}}, "pairwise reads recorded calls of a model, which rm does not have"),
    ],
)
def test_what_needs_a_text_is_one_sentence(tmp_path: Path, changes: dict[str, Any], sentence: str) -> None:
    answer = small(tmp_path, ROWS, **changes).snakemake("-n")
    assert answer.returncode != 0 and sentence in answer.stdout + answer.stderr, answer.stdout[-1500:]


def test_recorded_calls_of_a_judge_choose_by_configuration(tmp_path: Path) -> None:
    selection = {
        "calls": {"pairs": {"exam": {"a": "pairs.csv"}}, "judge": {"exam": {"a": "choices.csv"}}},
        "selectors": ["majority", {"pairwise": "pairs"}, {"recorded_choice": "judge"}],
    }
    project = small(tmp_path, ROWS[:2], selection=selection)
    better = {(0, 1): 0.3, (1, 0): 0.6, (0, 2): 0.2, (2, 0): 0.9, (1, 2): 0.1, (2, 1): 0.8}
    pairs = pd.DataFrame([(name, *pair, value) for name in ("one", "two") for pair, value in better.items()])
    pairs.to_csv(project.folder / "pairs.csv", index=False, header=["problem_id", "first", "second", "first_better"])
    choices = pd.DataFrame([("one", "0 1 2", 1), ("two", "0 1 2", 2)], columns=["problem_id", "subset", "chosen"])
    choices.to_csv(project.folder / "choices.csv", index=False)
    project.run("select")
    chosen = pd.read_csv(project.folder / "results/mine/exam/a/repeated/selected.csv", keep_default_na=False)
    found = {name: rows["sample_index"].tolist() for name, rows in chosen.groupby("selector")}
    assert found["pairwise"] == [2, 2] and found["recorded_choice"] == [1, 2]
    # Another judgement is noticed.
    choices.assign(chosen=[0, 0]).to_csv(project.folder / "choices.csv", index=False)
    assert project.plan("select") == {"select": 1, "select_answers": 1}
