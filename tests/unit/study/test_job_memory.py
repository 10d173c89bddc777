"""Jobs are given the memory that their processes may hold, and more each time that they are tried again."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from project import ROOT
from study_fixtures import recorded_study

from monkeys.sandbox import TESTS_MEMORY_MB
from monkeys.study.job_memory import scoring_memory_mb, verification_memory_mb

VERIFICATION: dict[str, Any] = {"memory_mb": 1000, "graders": {"repository_patch": {"memory_mb": 5000}}}


@pytest.mark.parametrize(
    ("grader", "least"),
    [
        ("python_tests", 3 * (1000 + TESTS_MEMORY_MB)),
        ("input_output", 3 * 1000),
        ("lean_proof", 3 * 16384),
        ("repository_patch", 3 * 5000),
        ("math_answer", 1024),
    ],
)
def test_job_memory_counts_all_processes(grader: str, least: int) -> None:
    asked = [verification_memory_mb(grader, VERIFICATION, 3, attempt) for attempt in (1, 2, 3)]
    assert least + 1500 <= asked[0] <= least + 1500 + 3 * 1024
    assert asked[0] < asked[1] < asked[2]


def test_job_that_scores_by_programs_has_memory_for_all_of_them() -> None:
    asked = [scoring_memory_mb(True, VERIFICATION, 3, attempt) for attempt in (1, 2)]
    assert 3 * (1000 + TESTS_MEMORY_MB) + 1500 <= asked[0] < asked[1]
    assert [scoring_memory_mb(False, VERIFICATION, 3, attempt) for attempt in (1, 2)] == [4000, 6000]


KILLED_TWICE = """
import os, signal
from pathlib import Path
count = Path({name!r} + ".tries")
count.write_text(count.read_text() + "x" if count.exists() else "x")
if len(count.read_text()) < 3:
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_job_that_is_killed_asks_for_more_memory(tmp_path: Path) -> None:
    """By the kernel, for want of memory, say: twice each job of the two kinds that Slurm runs."""
    project = recorded_study(tmp_path / "project")
    scripts = "generate_samples", "verify_samples"
    for name in scripts:
        project.edit(f"scripts/{name}.py", lambda text, name=name: KILLED_TWICE.format(name=name) + text)
    profile = yaml.safe_load((ROOT / "profiles/slurm/profile.yaml").read_text(encoding="utf-8"))
    drawn = profile["set-resources"]["generate_samples"]["mem_mb"]
    shard = "results/study/humaneval/canonical/repeated/verdicts/0000-0000-0000.parquet"
    more = "--retries", str(profile["retries"]), "--set-resources", f"generate_samples:mem_mb={drawn}", "--quiet", "host"
    answer = project.snakemake(shard, *more)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    asked: dict[str, list[int]] = {name: [] for name in scripts}
    for name, memory in re.findall(r"rule (\w+):\n(?:    .*\n)*?    resources: .*?mem_mb=(\d+)", answer.stdout + answer.stderr):
        if name in asked:
            asked[name].append(int(memory))
    for name in scripts:
        assert len(asked[name]) == 3
        assert asked[name] == sorted(set(asked[name])), name


def test_the_profile_asks_the_same_for_every_job_that_loads_a_model() -> None:
    settings = yaml.safe_load((ROOT / "profiles/slurm/profile.yaml").read_text(encoding="utf-8"))["set-resources"]
    loading = ("generate_samples", "search_samples", "score_samples_by_model", "train_reward_model", "write_tests")
    assert [settings.get(rule) for rule in loading] == [settings["generate_samples"]] * len(loading)
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "rules").glob("*.smk"))
    assert text.count("gpu=study.") == len(loading), "a rule that loads a model is not in the profile, or is no more"


def test_every_job_of_slurm_asks_for_more_memory_when_it_is_tried_again() -> None:
    profile = yaml.safe_load((ROOT / "profiles/slurm/profile.yaml").read_text(encoding="utf-8"))
    fixed = [settings["mem_mb"] for settings in [profile["default-resources"], *profile["set-resources"].values()] if "mem_mb" in settings]
    for expression in fixed:
        assert [eval(expression, {"attempt": attempt}) for attempt in (1, 2)] == [eval(expression, {"attempt": 1}) * times // 2 for times in (2, 3)]
    for path in (ROOT / "rules").rglob("*.smk"):
        for value in re.findall(r"mem_mb=(.*),\n", path.read_text(encoding="utf-8")):
            assert value == "study.verification.memory", path.name
