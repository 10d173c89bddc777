"""What rules hand to the scripts that score, train and select, and what a configuration of scorers and selectors may say."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from planned_jobs import ARGUMENTS, Job, read_jobs
from project import ROOT, Project

from monkeys.benchmarks import benchmark_names
from monkeys.errors import InputError
from monkeys.study.configuration import complete
from monkeys.study.job_memory import scoring_memory_mb

R = "results/chosen"
WEIGHTS = "results/assets/models/a--b-000000000000.json"
CONFIG: dict[str, Any] = {
    "run": "chosen",
    "seed": 3,
    "models": {
        "small": {
            "weights": f"hf:a/b@{'0' * 40}",
            "response_format": "chat",
            "device": "gpu",
            "options": {"dtype": "float32"},
        },
        "old": {"engine": "recorded", "samples": {"arithmetic": "samples.jsonl"}},
    },
    "benchmarks": {"arithmetic": {"problems": 5, "samples": 6, "shard": {"problems": 3, "samples": 6}}},
    "scorers": {
        "likelihood": {"kind": "log_likelihood", "price": 0.5},
        "judge": {"kind": "yes_no", "weights": f"hf:a/b@{'0' * 40}", "device": "gpu", "options": {"tensor_parallel_size": 2}},
        "prm": {"kind": "reward_model", "level": "process", "train": {"model": "small", "problems": 20}},
        "given": {"kind": "recorded", "files": {"arithmetic": {"old": "scores.csv"}}},
    },
    "selection": {
        "selectors": ["majority", {"best_of": "likelihood"}, {"weighted": "given"}],
        "points": 5,
        "permutations": 9,
        "plan_votes": {"orders": 7, "thresholds": [0.7, 0.9]},
    },
    "verification": {"sandbox": "bubblewrap", "samples_per_job": 10},
    "analysis": {"bootstrap": 177, "confidence": 0.8, "intervals": "percentile"},
}


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Job]:
    project = Project.fresh(tmp_path_factory.mktemp("chosen") / "project")
    (project.folder / "samples.jsonl").write_text(json.dumps({"task_id": "arithmetic/0/0", "completion": "1"}) + "\n", encoding="utf-8")
    (project.folder / "scores.csv").write_text("problem_id,sample_index,score\n", encoding="utf-8")
    (project.folder / "study.yaml").write_text(yaml.safe_dump(CONFIG, sort_keys=False), encoding="utf-8")
    answer = project.snakemake("all", "score", "select", "plan_votes", *ARGUMENTS, "--cores", "64")
    assert answer.returncode == 0, answer.stderr[-3000:]
    return read_jobs(answer.stdout + answer.stderr)


def test_scorers_rate_the_samples_that_they_can(jobs: dict[tuple[str, str], Job]) -> None:
    rated = {tuple(name.split("/")[1:4:2]) for rule, name in jobs if rule.startswith("score_samples")}
    assert rated == {(model, scorer) for model in ("small", "old") for scorer in ("likelihood", "judge", "prm")} | {("old", "given")}


def test_scorers_with_a_model_run_in_its_environment_and_on_its_gpus(jobs: dict[tuple[str, str], Job]) -> None:
    judge, plain = (
        jobs[rule, f"arithmetic/small/repeated/{name}/0001/0000"]
        for rule, name in (("score_samples_by_model", "judge"), ("score_samples", "likelihood"))
    )
    assert judge.environment == "envs/python vllm scripts/score_samples.py" and plain.environment == "envs/python workflow scripts/score_samples.py"
    assert (judge.resources["gpu"], judge.threads, judge.options["weights"]) == ("2", 4, WEIGHTS)
    assert (plain.threads, plain.options["weights"], plain.options["file"]) == (1, [], [])
    assert not any("references" in path or "verdicts" in path for job in (judge, plain) for path in job.inputs)


def test_a_scorer_is_told_how_samples_were_asked_for(jobs: dict[tuple[str, str], Job]) -> None:
    settings = jobs["score_samples", "arithmetic/small/repeated/likelihood/0000/0000"].options["settings"]
    assert settings["response_format"] == "chat" and settings["total"] == 6
    # What a scorer costs changes no score.
    assert "price" not in settings["scorer"]
    assert settings["scorer"]["kind"] == "log_likelihood" and settings["scorer"]["reduce"] == "mean"


def test_a_reward_model_is_trained_on_its_model_once(jobs: dict[tuple[str, str], Job]) -> None:
    ((name, job),) = [(name, job) for (rule, name), job in jobs.items() if rule == "train_reward_model"]
    assert name.startswith("small-") and job.options["source"] == WEIGHTS and job.options["settings"]["train"]["problems"] == 20
    assert job.options["settings"]["model"]["options"] == {"dtype": "float32"}
    assert (job.resources["gpu"], job.threads) == ("1", 2)
    scored = jobs["score_samples_by_model", "arithmetic/old/repeated/prm/0000/0000"]
    assert scored.options["weights"] == job.outputs[0] == f"results/assets/reward_models/{name}.json"


def test_selectors_are_those_whose_scores_exist(jobs: dict[tuple[str, str], Job]) -> None:
    small, old = (jobs["select_answers", f"arithmetic/{model}/repeated"] for model in ("small", "old"))
    assert small.options["selectors"] == ["majority", {"best_of": "likelihood"}] and old.options["selectors"] == CONFIG["selection"]["selectors"]
    assert small.options["scorers"] == "likelihood" and old.options["scorers"] == ["likelihood", "given"]
    level = {name: old.options[name] for name in ("bootstrap", "confidence", "method")}
    assert level == {"bootstrap": 177, "confidence": 0.8, "method": "percentile"}
    assert old.options["scorer-prices"] == {"likelihood": 0.5} and small.options["weights"] == WEIGHTS
    assert (old.options["points"], old.options["permutations"], old.options["samples"], old.options["seed"]) == (5, 9, 6, 3)
    assert {path for path in old.inputs if "/scores/" in path} == {
        f"{R}/arithmetic/old/repeated/scores/{scorer}/{shard}.parquet" for scorer in ("likelihood", "given") for shard in ("0000-0000", "0001-0000")
    }


def test_a_job_verifies_the_rows_of_its_part(jobs: dict[tuple[str, str], Job]) -> None:
    found = [jobs["verify_samples", f"arithmetic/small/repeated/0000/0000/000{part}"].options["rows"] for part in range(2)]
    assert found == ["0:10", "10:20"]


def test_strategies_are_compared_by_what_was_chosen_drawn_and_weighed(jobs: dict[tuple[str, str], Job]) -> None:
    job = jobs["compare_strategies", "arithmetic"]
    folders = [f"{R}/arithmetic/{model}/repeated" for model in ("small", "old")]
    names = ("selection_problems.parquet", "judgements.csv", "counts.csv", "samples/0000-0000.parquet", "samples/0001-0000.parquet")
    # The reward model, which no selector uses, need not be trained for it.
    assert set(job.inputs) == {f"{folder}/{name}" for folder in folders for name in names} | {WEIGHTS}
    small, old = job.options["pairs"]
    assert (small["model"], small["strategy"], small["folder"], small["samples"]) == ("small", "repeated", "arithmetic/small/repeated", 6)
    assert small["scorers"] == {"likelihood": None} and old["scorers"] == {"likelihood": None, "given": None}
    assert small["weights"] == WEIGHTS and old["weights"] is None and old["search_scorer"] is None
    assert job.options["settings"] == {"bins": 5, "budgets": 12, "splits": 50, "thresholds": []}
    assert all("judges" in jobs["select_answers", f"arithmetic/{model}/repeated"].options for model in ("small", "old"))


def test_strategies_are_compared_at_the_configurations_level(jobs: dict[tuple[str, str], Job]) -> None:
    job = jobs["compare_strategies", "arithmetic"]
    level = {name: job.options[name] for name in ("bootstrap", "confidence", "seed", "method")}
    assert level == {"bootstrap": 177, "confidence": 0.8, "seed": 3, "method": "percentile"}


def test_the_page_of_samples_shows_all_scores(jobs: dict[tuple[str, str], Job]) -> None:
    scores = {path for (rule, _), job in jobs.items() if rule.startswith("score_samples") for path in job.outputs}
    verdicts = {path for (rule, _), job in jobs.items() if rule == "verify_samples" for path in job.outputs}
    assert scores and verdicts and scores | verdicts <= set(jobs["draw_samples_page", ""].inputs)


def test_votes_are_planned_with_the_studys_seed(jobs: dict[tuple[str, str], Job]) -> None:
    job = jobs["forecast_votes", "arithmetic/small/repeated"]
    assert (job.options["seed"], job.options["samples"], job.options["orders"], job.options["thresholds"]) == (3, 6, 7, [0.7, 0.9])


def test_programs_are_scored_in_the_studys_sandbox_on_tests_of_a_file_or_a_model(tmp_path: Path) -> None:
    project = Project.fresh(tmp_path / "project")
    for name in ("samples.jsonl", "tests.jsonl"):
        (project.folder / name).write_text("{}\n", encoding="utf-8")
    config = {
        "run": "chosen",
        "models": {"old": {"engine": "recorded", "samples": {"humaneval": "samples.jsonl"}}},
        "benchmarks": {"humaneval": {"problems": 3, "samples": 2}},
        "scorers": {
            "given": {"kind": "generated_tests", "tests": "tests.jsonl"},
            "written": {"kind": "generated_tests", "weights": f"hf:a/b@{'0' * 40}"},
        },
        "verification": {"sandbox": "bubblewrap", "workers": 3, "cpu_seconds": 2, "memory_mb": 300},
    }
    (project.folder / "study.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    answer = project.snakemake("score", *ARGUMENTS, "--cores", "64")
    assert answer.returncode == 0, answer.stderr[-3000:]
    planned = read_jobs(answer.stdout + answer.stderr)
    files = {"given": "tests.jsonl", "written": f"{R}/humaneval/tests/written/0000.jsonl"}
    for name, file in files.items():
        job = planned["score_samples", f"humaneval/old/repeated/{name}/0000/0000"]
        assert (job.options["sandbox"], job.options["workers"], job.threads, job.options["file"]) == ("bubblewrap", 3, 3, file)
        assert (job.options["settings"]["cpu_seconds"], job.options["settings"]["memory_mb"]) == (2, 300)
        assert {file, f"{R}/sandbox.json"} <= set(job.inputs)
        assert job.resources["mem_mb"] == str(scoring_memory_mb(True, {"memory_mb": 300}, 3, 1))
    assert planned["write_tests", "humaneval/written/0000"].outputs == [files["written"]]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"scorers": {"x": {"kind": "yes_on"}}}, "config key scorers.x.kind"),
        ({"scorers": {"x": {"kind": "length", "window": 3}}}, "config key scorers.x.window is not a key of a scorer of the kind length"),
        ({"scorers": {"x": {"kind": "length", "benchmarks": ["math"]}}}, "config key scorers.x.benchmarks names 'math'"),
        ({"scorers": {"x": {"kind": "reward_model", "train": {"model": "big"}}}}, "config key scorers.x.train.model is 'big'"),
        ({"selection": {"selectors": [{"best_of": "none"}]}}, "names the scorer 'none', which does not exist"),
        ({"selection": {"selectors": ["best_of"]}}, "names no scorer"),
        ({"selection": {"selectors": ["vote"]}}, "config key selection.selectors"),
        ({"selection": {"selectors": [{"pairwise": "likelihood"}]}}, "pairwise reads recorded calls of a model, which likelihood does not have"),
        (
            {"selection": {"calls": {"p": {"arithmetic": {"old": "p.csv"}}}, "selectors": [{"best_of": "p"}]}},
            "best_of reads scores, which p does not have",
        ),
        ({"selection": {"calls": {"p": {"math": {"old": "p.csv"}}}}}, "config key selection.calls.p.math must name a benchmark"),
        ({"selection": {"calls": {"given": {}}}}, "config key selection.calls.given has the name of a scorer"),
        ({"selection": {"plan_votes": {"thresholds": [1.5]}}}, "config key selection.plan_votes.thresholds"),
        (
            {"scorers": {"x": {"kind": "recorded", "field": "rm", "files": {"arithmetic": {"old": "s.csv"}}}}},
            "config key scorers.x.files are not needed beside field",
        ),
        ({"selection": {"classes": "none"}}, "config key selection.classes is 'none'"),
    ],
)
def test_wrong_scorers_and_selectors_are_one_sentence(change: dict[str, Any], said: str) -> None:
    config = {**CONFIG, **change} if "selection" in change else {**CONFIG, "selection": {}, **change}
    with pytest.raises(InputError) as caught:
        complete(config, Path(ROOT) / "config/schema.yaml", benchmark_names())
    assert said in str(caught.value) and "\n" not in str(caught.value)
