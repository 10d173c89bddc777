"""Studies whose problems have different numbers of samples, through the whole chain, and tables that say how many each gets."""

import csv
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from project import Project
from study_fixtures import new_study

from monkeys.benchmarks.arithmetic import word_problem
from monkeys.engines import shard_requests
from monkeys.errors import InputError
from monkeys.records.allocation import read_allocation
from monkeys.records.prompt import Prompt
from monkeys.records.sample import Sample, read_samples, write_samples
from monkeys.records.verdict import read_verdicts

NUMBERS = [4, 9, 6, 7, 12]
"""Samples of each problem."""
RIGHT = [1, 0, 6, 3, 5]
"""How many of them are right: the first."""


def table(folder: Path, text: str) -> Path:
    path = folder / "plan.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("column", ["samples", "total"])
def test_an_allocation_gives_each_problem_its_number(tmp_path: Path, column: str) -> None:
    path = table(tmp_path, f"problem_id,n,{column}\nb,1,7\na,1,3\nother,1,9\n")
    assert read_allocation(path, ["a", "b"], 9) == {"a": 3, "b": 7}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("problem_id,n\na,1\n", "needs the columns problem_id and samples (or total); it has problem_id, n"),
        ("problem_id,samples\na,3\n", "has no row for problem b"),
        ("problem_id,samples\na,3\na,4\nb,1\n", "line 3: problem a stands there twice"),
        ("problem_id,samples\na,3\nb,0\n", "line 3 has '0' under 'samples', but needs a whole number from 1 to 9"),
        ("problem_id,samples\na,3\nb,10\n", "line 3 has '10' under 'samples'"),
        ("problem_id,samples\na,3\nb,2.5\n", "line 3 has '2.5' under 'samples'"),
    ],
)
def test_a_wrong_allocation_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_allocation(table(tmp_path, text), ["a", "b"], 9)
    assert said in str(caught.value) and "plan.csv" in str(caught.value) and "\n" not in str(caught.value)


def test_an_allocation_leaves_seeds_as_they_are() -> None:
    prompts = [Prompt(name, "", []) for name in ("a", "b")]
    whole = {(request.prompt.problem_id, request.sample_index): request.seed for request in shard_requests(prompts, 4, 8, 1)}
    found = {(request.prompt.problem_id, request.sample_index): request.seed for request in shard_requests(prompts, 4, 8, 1, {"a": 3, "b": 6})}
    assert found == {place: seed for place, seed in whole.items() if place in {("b", 4), ("b", 5)}}


@pytest.fixture(scope="module")
def ragged(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A study of all recorded samples, of which problems have different numbers, verified in parts."""
    project = new_study(tmp_path_factory.mktemp("ragged") / "project")
    samples = []
    for number, (total, right) in enumerate(zip(NUMBERS, RIGHT, strict=True)):
        answer = word_problem(5, number).answer
        for index in range(total):
            text = f"Step {index // 2}. The answer is {answer + (index >= right)}."
            samples.append(Sample(f"arithmetic/5/{number}", index, None, text, 20, 10 + index, "stop"))
    write_samples(project.folder / "samples.parquet", samples, {"engine": "recorded"})

    def change(config: dict[str, Any]) -> None:
        config["models"] = {"old": {"engine": "recorded", "samples": {"arithmetic": "samples.parquet"}, "response_format": "chat"}}
        settings = {"problems": 5, "samples": "all", "shard": {"problems": 3, "samples": 2}, "options": {"seed": 5}}
        config["benchmarks"] = {"arithmetic": settings}
        config["verification"] = {"sandbox": "bubblewrap", "audit": {"samples": 3}}
        config["analysis"] = {"bootstrap": 100}
        config["scorers"] = {"short": {"kind": "length", "unit": "characters"}, "elsewhere": {"kind": "length", "benchmarks": []}}
        config["selection"] = {"selectors": ["majority", {"best_of": "short"}], "points": 4}

    project.configure(change)
    project.run("results/study/arithmetic/old/repeated/counts.csv", "results/study/audit.json")
    return project


def test_all_samples_are_verified_and_counted(ragged: Project) -> None:
    folder = ragged.folder / "results/study/arithmetic/old/repeated"
    counts = pd.read_csv(folder / "counts.csv")
    assert counts["n"].tolist() == NUMBERS and counts["c"].tolist() == RIGHT
    assert [len(read_samples(path)) for path in sorted(folder.glob("samples/*.parquet"))] == [sum(NUMBERS[:3]), sum(NUMBERS[3:])]
    assert sum(len(read_verdicts(path)) for path in folder.glob("verdicts/*.parquet")) == sum(NUMBERS)
    audit = json.loads((ragged.folder / "results/study/audit.json").read_text(encoding="utf-8"))
    assert audit["arithmetic"]["models"]["old"]["samples"] == 15


@pytest.mark.full
def test_a_ragged_study_reaches_the_report(ragged: Project) -> None:
    ragged.run()
    results = ragged.folder / "results/study"
    curve = list(csv.DictReader((results / "arithmetic/old/repeated/coverage.csv").open(encoding="utf-8")))
    assert len(curve) == min(NUMBERS)
    assert float(curve[0]["pass_at_k"]) == pytest.approx(sum(c / n for n, c in zip(NUMBERS, RIGHT, strict=True)) / 5)
    tokens = pd.read_csv(results / "arithmetic/old/repeated/tokens.csv")
    assert tokens["samples"].tolist() == NUMBERS
    assert pd.read_csv(results / "arithmetic/old/repeated/diversity.csv")["k"].max() == min(NUMBERS)
    assert "problem arithmetic/5/0 has no more samples, although others have up to 12" in (results / "report.html").read_text(encoding="utf-8")
    chosen = pd.read_csv(results / "arithmetic/old/repeated/selection.csv", keep_default_na=False)
    last = chosen[(chosen["k"] == min(NUMBERS)) & (chosen["label"] == "outcome")].set_index("selector")["accuracy"].astype(float)
    assert last["oracle"] == pytest.approx(float(curve[-1]["pass_at_k"])) and last["random"] == pytest.approx(float(curve[0]["pass_at_k"]))
    assert 0 < last["majority"] <= last["oracle"]
    assert len(pd.read_csv(results / "arithmetic/old/repeated/selected.csv")) == 2 * len(NUMBERS)
    report = (results / "report.html").read_text(encoding="utf-8")
    assert "Choosing an answer: old on Arithmetic" in report and "best of (short)" in report
    assert not (results / "arithmetic/old/repeated/scores/elsewhere").exists()
    assert ragged.plan() == {}
