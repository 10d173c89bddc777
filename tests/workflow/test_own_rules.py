"""A benchmark whose prompts and references another tool makes, by a rule file of its own."""

import csv
import json
from pathlib import Path

import pytest
from project import Project
from study_fixtures import new_study

MODULE = '''
"""Sums."""

from monkeys.benchmarks import Benchmark


def problems(rows, options):
    raise AssertionError("its rule file makes them")


BENCHMARK = Benchmark(name="sums", title="Sums by awk", version=1, grader="numeric_answer", problems=problems)
'''

RULES = r"""
checkpoint prepare_sums:
    input:
        "sums.txt",
    output:
        prompts=study.files("prompts", "sums"),
        references=study.files("references", "sums"),
        problems="<results>/sums/problems.txt",
    log:
        "<results>/logs/prepare_sums.log",
    localrule: True
    shell:
        r'''
        awk '{{ printf "{{\"problem_id\": \"%s\", \"prompt\": \"%s + %s =\", \"messages\": [], \"stop\": []}}\n", $1, $2, $3 }}' {input} >{output.prompts}
        awk '{{ printf "{{\"problem_id\": \"%s\", \"reference\": {{\"answer\": \"%d\"}}}}\n", $1, $2 + $3 }}' {input} >{output.references}
        cut -d' ' -f1 {input} >{output.problems}
        echo made >{log}
        '''
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = new_study(tmp_path_factory.mktemp("own") / "project")
    (project.folder / "scripts/monkeys/benchmarks/sums.py").write_text(MODULE, encoding="utf-8")
    (project.folder / "rules/benchmarks/sums.smk").write_text(RULES, encoding="utf-8")
    (project.folder / "sums.txt").write_text("a 1 2\nb 20 22\nc 5 5\n", encoding="utf-8")
    answers = {"a": ["3", "4"], "b": ["The answer is 42.", "42"], "c": ["11", "12"]}
    rows = [{"task_id": name, "completion": text} for name, texts in answers.items() for text in texts]
    (project.folder / "samples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    def apply(config: dict[str, object]) -> None:
        config["models"] = {"someone": {"engine": "recorded", "samples": {"sums": "samples.jsonl"}}}
        config["benchmarks"] = {"sums": {"problems": 3, "samples": 2}}

    project.configure(apply)
    return project


def test_prompts_and_references_of_another_tool_go_through_the_chain(study: Project) -> None:
    study.run("results/study/sums/someone/repeated/counts.csv")
    with (study.folder / "results/study/sums/someone/repeated/counts.csv").open(encoding="utf-8") as table:
        assert {row["problem_id"]: int(row["c"]) for row in csv.DictReader(table)} == {"a": 1, "b": 2, "c": 0}


def test_its_input_is_watched(study: Project) -> None:
    study.run("results/study/sums/someone/repeated/counts.csv")
    source = Path(study.folder / "sums.txt")
    source.write_text(source.read_text(encoding="utf-8").replace("c 5 5", "c 5 6"), encoding="utf-8")
    study.run("results/study/sums/someone/repeated/counts.csv")
    with (study.folder / "results/study/sums/someone/repeated/counts.csv").open(encoding="utf-8") as table:
        assert {row["problem_id"]: int(row["c"]) for row in csv.DictReader(table)} == {"a": 1, "b": 2, "c": 1}
