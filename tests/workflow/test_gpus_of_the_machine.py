"""On one machine Snakemake runs no more jobs at a time than there are GPUs, whoever starts it. A script in place of nvidia-smi."""

import os
from pathlib import Path

import pytest
import yaml
from planned_jobs import read_jobs
from project import Project

JOB = "generate_samples", "arithmetic/large/repeated/0000/0000"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project.fresh(tmp_path_factory.mktemp("gpus") / "project")
    large = {"weights": f"hf:a/b@{'0' * 40}", "device": "gpu", "options": {"tensor_parallel_size": 8}}
    config = {"run": "gpus", "models": {"large": large}, "benchmarks": {"arithmetic": {"problems": 2, "samples": 2}}}
    (project.folder / "study.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return project


@pytest.fixture
def called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with four GPUs; the file that is there once somebody has asked for them."""
    program, called = tmp_path / "nvidia-smi", tmp_path / "called"
    program.write_text(f"#!/bin/sh\ntouch {called}\nprintf '0, GPU-a\\n1, GPU-b\\n2, GPU-c\\n3, GPU-d\\n'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return called


def planned(project: Project, *arguments: str) -> str:
    """The GPUs of a job that asks for eight: Snakemake plans a job with no more of a resource than there is of it."""
    answer = project.snakemake(*arguments, "-n", "-p", "--quiet", "host")
    assert answer.returncode == 0, answer.stderr[-3000:]
    return read_jobs(answer.stdout + answer.stderr)[JOB].resources["gpu"]


def test_the_gpus_of_the_machine_are_the_limit(project: Project, called: Path) -> None:
    assert planned(project) == "4" and called.exists()


def test_gpus_that_are_not_visible_do_not_count(project: Project, called: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,3")
    assert planned(project) == "2" and called.exists()


def test_a_number_that_is_given_stands(project: Project, called: Path) -> None:
    assert planned(project, "--resources", "gpu=3") == "3" and not called.exists()


def test_a_cluster_has_no_such_limit(project: Project, called: Path) -> None:
    assert planned(project, "--executor", "slurm", "--jobs", "10") == "8" and not called.exists()


def test_a_machine_without_nvidia_smi_has_no_such_limit(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("sh", "bash"):
        (tmp_path / name).symlink_to(f"/bin/{name}")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert planned(project) == "8"


def test_a_study_on_the_cpu_asks_for_no_gpus(project: Project, called: Path) -> None:
    text = (project.folder / "study.yaml").read_text(encoding="utf-8").replace("device: gpu", "device: cpu")
    (project.folder / "cpu.yaml").write_text(text, encoding="utf-8")
    answer = project.snakemake("-n", configfile="cpu.yaml")
    assert answer.returncode == 0 and not called.exists()
