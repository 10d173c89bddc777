"""`kill -9` of Snakemake alone leaves its job drawing: the next run waits for it and draws nothing twice."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from project import PATIENCE, Project, Run, journaled

from monkeys.files import seal_of
from monkeys.records.sample import read_samples


def kill_snakemake_alone(run: Run) -> None:
    """End the run's shell and Snakemake, and nothing that they started."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            group = os.getpgid(int(folder.name))
        except OSError:
            continue
        if group == run.process.pid and any(word.endswith((b"bin/snakemake", b"envs/run.sh")) for word in words[:3]):
            os.kill(int(folder.name), signal.SIGKILL)
    run.process.wait()


@pytest.mark.full
def test_a_run_after_one_whose_snakemake_was_killed_draws_nothing_twice(finished_study: Project, tmp_path: Path) -> None:
    project = finished_study.copy(tmp_path / "project")

    def change(config: dict[str, Any]) -> None:
        del config["benchmarks"]["humaneval"]
        config["benchmarks"]["arithmetic"].update(samples=4, sampling={"temperature": 0.7, "max_tokens": 64})
        config["reuse_samples"] = False

    project.configure(change)
    shard = project.folder / "results/study/arithmetic/smollm2/repeated/samples/0000-0000.parquet"
    log = project.folder / "results/study/logs/generate_samples/arithmetic/smollm2/repeated/0000-0000.log"
    run = project.start("generate")
    run.wait_for(lambda: journaled(shard.with_name(f".{shard.name}.journal")) > 0)
    kill_snakemake_alone(run)
    assert project.start("generate").process.wait(timeout=PATIENCE) == 0, (project.folder / "run.log").read_text(encoding="utf-8", errors="replace")
    said = log.read_text(encoding="utf-8", errors="replace")
    assert "is drawing this shard; waiting until it ends" in said
    assert "the job that this waited for has drawn these 32 samples" in said
    # Snakemake has begun the log anew: these are the second job's words.
    assert "loading the model" not in said
    assert len(read_samples(shard)) == 32
    assert {path.name for path in shard.parent.iterdir()} == {shard.name, seal_of(shard).name}
    assert project.plan("generate") == {}
