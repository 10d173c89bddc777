"""Targets of the Makefile that start Snakemake."""

import subprocess
from pathlib import Path

from study_fixtures import recorded_study


def test_make_fetch_fetches_for_the_named_study_and_makes_nothing_else(tmp_path: Path) -> None:
    project = recorded_study(tmp_path / "project")
    command = ["make", "--assume-old=environments", "fetch", "CONFIG=study.yaml"]
    answer = subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    made = {path.relative_to(project.folder).as_posix() for path in (project.folder / "results").rglob("*") if path.is_file()}
    data = {name for name in made if name.endswith((".jsonl", ".parquet", ".csv"))}
    assert data == {"results/study/humaneval/dataset.jsonl"}, made
