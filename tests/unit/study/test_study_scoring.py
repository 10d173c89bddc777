"""What jobs that search, score and select are handed, and what of a study makes them run again: without Snakemake."""

import json
import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from project import ROOT

from monkeys.benchmarks import benchmark_names
from monkeys.study.configuration import complete
from monkeys.study.scoring import trained_name
from monkeys.study.study import Study

WEIGHTS = f"hf:a/b@{'0' * 40}"
OTHER = f"hf:c/d@{'0' * 40}"
CONFIG: dict[str, Any] = {
    "run": "scored",
    "models": {
        "small": {
            "weights": WEIGHTS,
            "response_format": "chat",
            "reasoning_marks": [["<r>", "</r>"]],
            "reasoning_opened": True,
            "price": {"per_million_tokens": {"prompt": 2.0, "output": 6.0}},
        },
        "old": {"engine": "recorded", "samples": dict.fromkeys(("arithmetic", "math", "humaneval"), "samples.jsonl")},
    },
    "benchmarks": {
        "arithmetic": {"problems": 5, "samples": 6, "sampling": {"temperature": 0.7, "max_tokens": 50}},
        "math": {"problems": 5, "samples": 6},
        "humaneval": {"problems": 5, "samples": 6},
    },
    "scorers": {
        "likelihood": {"kind": "log_likelihood"},
        "judge": {"kind": "yes_no", "weights": WEIGHTS},
        "foreign": {"kind": "yes_no", "weights": OTHER},
        "prm": {"kind": "reward_model", "level": "process", "train": {"model": "small"}},
        "given": {"kind": "recorded", "files": {"arithmetic": {"old": "scores.csv"}}},
        "programs": {"kind": "generated_tests", "tests": "tests.jsonl", "benchmarks": ["humaneval"]},
    },
    "strategies": {
        "repeated": {},
        "hot": {"sampling": {"temperature": 1.2}},
        "beam": {"method": "beam", "scorer": "prm", "width": 8, "children": 4, "samples": 2},
    },
    "selection": {
        "selectors": ["majority", {"best_of": "judge"}, {"best_of": "foreign"}, {"best_of": "prm"}, {"best_of": "given"}, {"pairwise": "calls"}],
        "calls": {"calls": {"arithmetic": {"old": "calls.csv"}}},
        "plan_votes": {"thresholds": [0.7, 0.9], "cap": 5, "orders": 7},
    },
    "verification": {"sandbox": "bubblewrap", "workers": 3, "cpu_seconds": 2, "memory_mb": 300},
    "analysis": {"difficulty": {"bins": 3}, "inference_scaling": {"budgets": 7, "splits": 9, "thresholds": [0.4]}},
}


def study(**changes: Any) -> Study:
    """The study, with keys as ``strategies.beam.width`` changed (written with two underscores for a point)."""
    config = json.loads(json.dumps(CONFIG))
    for path, value in changes.items():
        *parts, last = path.split("__")
        place = config
        for part in parts:
            place = place[part]
        place[last] = value
    return Study(complete(config, ROOT / "config" / "schema.yaml", benchmark_names()))


def of(benchmark: str = "arithmetic", model: str = "small", strategy: str = "repeated", scorer: str = "") -> Any:
    return SimpleNamespace(benchmark=benchmark, model=model, strategy=strategy, scorer=scorer, block="0000", round="0000")


def options(words: str) -> dict[str, str]:
    found = shlex.split(words)
    return {found[place]: found[place + 1] for place in range(0, len(found), 2)}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("samples.jsonl", "scores.csv", "calls.csv", "tests.jsonl"):
        Path(name).write_text("first\n", encoding="utf-8")


# Drawing and searching.


def test_a_strategys_sampling_lies_over_the_benchmarks() -> None:
    generation = study().generation
    sampling = [json.loads(generation.settings(of(strategy=name)))["sampling"] for name in ("repeated", "hot")]
    assert sampling == [{"temperature": 0.7, "max_tokens": 50}, {"temperature": 1.2, "max_tokens": 50}]


def test_more_trees_are_searched_as_the_first_ones_were() -> None:
    """The store finds them by these settings."""
    first, more = (json.loads(study(strategies__beam__samples=number).generation.settings(of(strategy="beam"))) for number in (2, 5))
    assert (first.pop("samples"), more.pop("samples")) == ([0, 2], [0, 5])
    assert first == more and first["strategy"]["width"] == 8 and first["scorer"]["level"] == "process"


def test_a_search_runs_again_when_its_methods_code_is_another() -> None:
    beam, rebase = (study(strategies__beam={"method": method, "scorer": "prm"}).generation.code(of(strategy="beam")) for method in ("beam", "rebase"))
    assert beam != rebase and beam == study().generation.code(of(strategy="beam"))


def test_a_search_runs_again_when_its_scorers_code_is_another() -> None:
    revise = {"method": "revise", "pick": "last"}
    with_scorer, without = (study(strategies__beam=revise | more).generation.code(of(strategy="beam")) for more in ({"scorer": "prm"}, {}))
    assert with_scorer != without


# Scoring.


def test_programs_are_scored_under_the_studys_limits_and_read_as_their_model_answers() -> None:
    scoring = study().scoring
    settings = json.loads(scoring.settings(of("humaneval", scorer="programs")))
    assert (settings["cpu_seconds"], settings["memory_mb"], settings["total"]) == (2, 300, 6)
    assert (settings["response_format"], settings["reasoning_marks"], settings["reasoning_opened"]) == ("chat", [["<r>", "</r>"]], True)
    wildcards = of(scorer="programs")
    assert (scoring.threads(wildcards), scoring.sandbox(wildcards), len(scoring.sandbox_check(wildcards))) == (3, "bubblewrap", 1)
    plain = of(scorer="likelihood")
    assert (scoring.threads(plain), scoring.sandbox(plain), scoring.sandbox_check(plain)) == (1, "none", [])
    assert "memory_mb" not in json.loads(scoring.settings(plain))


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("scores.csv", lambda one: one.scoring.code(of(model="old", scorer="given"))),
        ("tests.jsonl", lambda one: one.scoring.code(of("humaneval", scorer="programs"))),
        ("calls.csv", lambda one: one.selection.code(of(model="old"))),
    ],
    ids=["scores", "tests", "calls"],
)
def test_another_content_of_a_file_is_another_code(file: str, code: Any) -> None:
    before = code(study())
    assert code(study()) == before
    Path(file).write_text("second\n", encoding="utf-8")
    assert code(study()) != before


@pytest.mark.parametrize(
    "change",
    [
        {"scorers__prm__level": "outcome"},
        {"scorers__prm__train": {"model": "small", "problems": 50}},
        {"models__small__weights": OTHER},
        {"models__small__template_date": "2024-07-26"},
        {"models__small__options": {"dtype": "float16"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_all_that_a_reward_model_is_made_of_is_in_its_name(change: dict[str, Any]) -> None:
    def name(config: Any) -> str:
        return trained_name(config["scorers"]["prm"], config["models"]["small"])

    without_search = {"strategies": {"repeated": {}}}
    assert name(study(**without_search, **change).config) != name(study(**without_search).config)
    assert name(study(**without_search, models__small__price={"per_attempt": 1}).config) == name(study(**without_search).config)


# Selecting.


def test_a_scorer_with_the_weights_of_a_model_reads_at_its_price() -> None:
    costs = options(study().selection.costs(of()))
    assert json.loads(costs["--scorer-prices"]) == {"judge": 2.0, "prm": 2.0}
    assert set(json.loads(costs["--scorer-weights"])) == {"judge", "foreign", "prm"}
    assert json.loads(options(study(scorers__foreign__price=0.5).selection.costs(of()))["--scorer-prices"])["foreign"] == 0.5
    assert json.loads(options(study().selection.costs(of(model="old")))["--calls"]) == {"calls": "calls.csv"}


def test_answers_are_chosen_anew_with_another_selectors_code() -> None:
    codes = {study(selection__selectors=chosen).selection.code(of()) for chosen in (["majority"], [{"best_of": "judge"}], [{"weighted": "judge"}])}
    assert len(codes) == 3


@pytest.mark.parametrize(("reading", "said"), [({"grader": "minerva"}, "minerva"), ({}, "verify")])
def test_mathematics_is_joined_by_the_reading_that_graded_it(reading: dict[str, str], said: str) -> None:
    found = study(benchmarks__math__options=reading).selection
    assert all(f"--equality {said}" in words for words in (found.numbers(of("math")), found.votes(of("math"))))
    assert "--equality" not in found.numbers(of())


def test_votes_are_planned_as_the_configuration_says() -> None:
    assert study().selection.votes(of()) == "--orders 7 --thresholds 0.7 0.9 --samples 6 --cap 5"


def test_strategies_are_compared_as_the_configuration_says() -> None:
    scaling = study().scaling
    assert json.loads(scaling.settings(of())) == {"budgets": 7, "splits": 9, "thresholds": [0.4], "bins": 3}
    small = [pair for pair in json.loads(scaling.pairs(of())) if pair["model"] == "small"]
    assert [(pair["strategy"], pair["samples"], pair["search_scorer"]) for pair in small] == [
        ("repeated", 6, None),
        ("hot", 6, None),
        ("beam", 2, "prm"),
    ]
