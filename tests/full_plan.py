"""A study that leaves nothing at its default, planned: what rules hand to scripts, for the tests of rules."""

import csv
import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from planned_jobs import ARGUMENTS, Job, read_jobs
from project import Project
from study_fixtures import humaneval_rows

from monkeys.dataset_rows import rows_sha256
from monkeys.files import write_jsonl

R = "results/rich"
WEIGHTS = "results/assets/models/a--b-000000000000.json"
PRICE = {"per_gpu_hour": {"dollars": 3.0, "output_tokens_per_second": 500.0}}
ARCHITECTURE = {"parameters": 1000000000.0, "layers": 3, "width": 8}
COLUMN = {"file": "counts.csv", "problem": "name", "where": {"size": "big"}}
ZETA = {
    "weights": f"hf:a/b@{'0' * 40}",
    "device": "gpu",
    "batch_invariant": True,
    "environment": {"OMP_NUM_THREADS": "3"},
    "response_format": "chat",
    "chat_template_kwargs": {"enable_thinking": False},
    "template_date": "2024-07-26",
    "options": {"tensor_parallel_size": 2, "pipeline_parallel_size": 3},
}
REASONING = {"reasoning_marks": [["<r>", "</r>"]], "reasoning_opened": True}
"""Settings of zeta that its graders get and its engine does not."""
CONFIG: dict[str, Any] = {
    "run": "rich",
    "seed": 3,
    "reuse_samples": False,
    "models": {
        "zeta": ZETA | REASONING | {"price": PRICE, "tokens": {"prompt": 5, "output": 7}},
        "mu": {"engine": "recorded", "samples": {"humaneval": "samples.jsonl"}, "family": "greek", "architecture": ARCHITECTURE},
        "alpha": {"engine": "counts", "counts": dict.fromkeys(("humaneval", "arithmetic", "gsm8k", "quiz"), COLUMN), "family": "greek"},
    },
    "pairs": [
        {"model": model, "benchmark": benchmark}
        for benchmark, models in (
            ("humaneval", ("zeta", "mu", "alpha")),
            ("arithmetic", ("zeta", "alpha")),
            ("gsm8k", ("zeta", "alpha")),
            ("quiz", ("alpha",)),
        )
        for model in models
    ],
    "benchmarks": {
        "humaneval": {
            "problems": 12,
            "samples": 11,
            "shard": {"problems": 7, "samples": 4},
            "data": "rows.jsonl",
            "sampling": {"temperature": 0.9, "max_tokens": 33, "top_p": 0.7},
        },
        "arithmetic": {"problems": 5, "samples": 6, "shard": {"problems": 5, "samples": 6}, "options": {"seed": 5}},
        "gsm8k": {"problems": 3, "samples": 2, "options": {"examples": 1}},
        "quiz": {"problems": 7, "samples": 20, "title": "The quiz"},
    },
    "verification": {"sandbox": "bubblewrap", "workers": 3, "cpu_seconds": 2, "memory_mb": 300, "audit": {"samples": 5, "repeats": 2}},
    "analysis": {
        "bootstrap": 333,
        "confidence": 0.8,
        "intervals": "percentile",
        "forecast_factor": 1.2,
        "difficulty": {"bins": 3, "reference": "alpha"},
        "planning": {"samples": 77, "strategy": "fewest_successes", "k": 5},
        "reference_lines": {"humans": {"benchmark": "humaneval", "coverage": 0.77}, "a calculator": {"benchmark": "arithmetic", "coverage": 0.91}},
        "budgets": {"dollars": [0.05], "flops": [1.0e15]},
        "coverages": [0.35, 0.6],
    },
    "figures": {"colours": ["#112233", "#AA5500"], "width_inches": 5.5, "height_inches": 3.1},
}
CUT = {"problems": 12, "block": 7, "samples": 11, "round": 4, "part": None}
SHARDS = [f"{block}-{round}" for block in ("0000", "0001") for round in ("0000", "0001", "0002")]
FIRST_SHARDS = [name for name in SHARDS if not name.endswith("2")]
LEVEL = {"bootstrap": 333, "confidence": 0.8, "seed": 3}


@pytest.fixture(scope="session")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Job]:
    project = Project.fresh(tmp_path_factory.mktemp("rules") / "project")
    rows = humaneval_rows()[:12]
    write_jsonl(project.folder / "rows.jsonl", rows)
    write_jsonl(project.folder / "samples.jsonl", ({"task_id": row["task_id"], "completion": "x"} for row in rows for _ in range(11)))
    with (project.folder / "counts.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["name", "size", "n", "c"], *([f"p{number}", "big", 20, 3] for number in range(12))])
    config = json.loads(json.dumps(CONFIG))
    config["benchmarks"]["humaneval"]["data_sha256"] = rows_sha256(rows)
    (project.folder / "study.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    answer = project.snakemake("all", "plan", "fetch", *ARGUMENTS, "--forceall", "--cores", "64")
    assert answer.returncode == 0, answer.stderr[-3000:]
    return read_jobs(answer.stdout + answer.stderr)


Check = Callable[..., None]


@pytest.fixture
def check(jobs: dict[tuple[str, str], Job]) -> Check:
    """Compare a job with the files and options that it should have; ``log`` and ``label`` are left to another test."""

    def compare(rule: str, wildcards: str, inputs: list[str], outputs: list[str], **expected: Any) -> None:
        job = jobs[rule, wildcards]
        assert job.inputs == inputs
        assert job.outputs == outputs
        found = {name: entry for name, entry in job.options.items() if name not in ("log", "label")}
        assert found == {name.replace("_", "-"): entry for name, entry in expected.items()}

    return compare


def parts(shards: list[str]) -> list[str]:
    """Files of verdicts, of which each shard has one."""
    return [f"{shard}-0000" for shard in shards]


def of_models(benchmark: str, name: str) -> list[str]:
    return [f"{R}/{pair['benchmark']}/{pair['model']}/repeated/{name}" for pair in CONFIG["pairs"] if pair["benchmark"] == benchmark]


def of_pairs(name: str, sampled: bool = False) -> list[str]:
    return [f"{R}/{pair['benchmark']}/{pair['model']}/repeated/{name}" for pair in CONFIG["pairs"] if not sampled or pair["model"] != "alpha"]
