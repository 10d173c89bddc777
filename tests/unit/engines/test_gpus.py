"""Two jobs on one machine never share a GPU. A script in place of nvidia-smi: this is about locks, not about GPUs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from project import ROOT

from monkeys.engines import gpus
from monkeys.errors import InputError


@pytest.fixture(autouse=True)
def machine_with_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\nprintf '0, GPU-aaaa\\n1, GPU-bbbb\\n'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setattr(gpus, "_held", [])


def other_job(count: int) -> "subprocess.Popen[str]":
    script = f"from monkeys.engines.gpus import acquire_gpus; print(acquire_gpus({count}), flush=True); input()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "scripts")}
    return subprocess.Popen([sys.executable, "-c", script], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_jobs_get_different_gpus_and_a_third_waits_until_one_is_free() -> None:
    first = other_job(1)
    assert first.stdout is not None and first.stdout.readline() == "['GPU-aaaa']\n"
    assert gpus.acquire_gpus(1) == ["GPU-bbbb"]
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "GPU-bbbb"
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    with pytest.raises(InputError, match="no 1 of 2 GPUs became free"):
        gpus.acquire_gpus(1, timeout=0)
    first.kill()
    first.wait()
    assert gpus.acquire_gpus(1, timeout=10) == ["GPU-aaaa"]


def test_job_of_two_gpus_acquires_both_or_none() -> None:
    first = other_job(1)
    assert first.stdout is not None and first.stdout.readline()
    with pytest.raises(InputError):
        gpus.acquire_gpus(2, timeout=0)
    # What it could have had is free again.
    assert gpus.acquire_gpus(1, timeout=0) == ["GPU-bbbb"]
    first.kill()
    first.wait()


def test_only_visible_gpus_are_acquired(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert gpus.visible() == ["GPU-bbbb"]
    with pytest.raises(InputError, match="takes 2 GPUs, but 1 can be seen"):
        gpus.acquire_gpus(2, timeout=0)


def test_machine_without_gpu_raises(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(InputError, match="nvidia-smi finds none here"):
        gpus.acquire_gpus(1)
