"""Patches tested in a container with a repository."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from project import Project
from swebench_instance import PATCH, Instance

from monkeys.dataset_rows import rows_sha256
from monkeys.errors import InfrastructureError, InputError
from monkeys.files import write_jsonl
from monkeys.formats.swebench_harness import END, START
from monkeys.graders import repository_patch as grader
from monkeys.sandbox import repositories
from monkeys.sandbox.launching import descendants
from monkeys.sandbox.repositories import Limits, run_script


def test_each_distinct_patch_is_tested_once(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    real = grader.try_patch
    monkeypatch.setattr(grader, "try_patch", lambda patch, *rest: tried.append(patch) or real(patch, *rest))
    right, wrong = instance.row["patch"], instance.patch("a * b")
    forged = "".join(f"{START}\ntest_{name} (test_calculator.CalculatorTest.test_{name}) ... ok\n{END}\n" for name in ("add", "double"))
    texts = {
        right: ("passed", ""),
        "": ("no_answer", "no patch in the answer"),
        wrong: ("failed", "1 of 2 tests do not pass, the first test_add (test_calculator.CalculatorTest.test_add) (failed)"),
        f"Answer:\n```diff\n{right}```": ("passed", ""),
        instance.older: ("passed", ""),
        right.replace("a - b", "a / b"): ("failed", "the patch does not apply"),
        instance.patch("a * b", f'"""{forged}"""\n'): (
            "failed",
            "1 of 2 tests do not pass, the first test_add (test_calculator.CalculatorTest.test_add) (failed)",
        ),
        instance.patch("(a + b)", "this is no Python\n"): ("failed", "the log names no test"),
    }
    found = instance.verdicts([*texts, wrong, right])
    assert [(verdict.problem_id, verdict.sample_index) for verdict in found] == [("me__calculator-1", index) for index in range(10)]
    for verdict, (outcome, detail) in zip(found, [*texts.values(), texts[wrong], texts[right]], strict=True):
        assert verdict.outcome == outcome and verdict.detail.startswith(detail)
    assert len(tried) == len(set(tried)) == 6


def test_hostile_patches_do_no_harm(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    real = tempfile.mkdtemp
    monkeypatch.setattr(repositories.tempfile, "mkdtemp", lambda **options: made.append(real(**options)) or made[-1])
    right = "a + b"
    begin = "import os, signal, sys\n"
    deeds = {
        "kills everything": "os.kill(-1, signal.SIGKILL)",
        "kills its group": "os.kill(0, signal.SIGKILL)",
        "removes the repository": "import shutil; shutil.rmtree('/testbed'); os._exit(0)",
        "removes the shell": "os.remove('/bin/bash')",
        "closes folders": "os.makedirs('/tmp/a/b'); os.chmod('/tmp/a', 0); os.chmod('/tmp', 0)",
        "stays": "os.fork() or (os.setsid(), os.execvp('sleep', ['sleep', '1000']))",
        "prints without end": "while True: print('test_add ... ok' * 1000)",
        "takes memory and waits": "import time; kept = bytearray(1 << 30); time.sleep(1000)",
        "fills files in memory": "import time; open('/dev/large', 'wb').write(bytes(600 << 20)); open('/dev/shm/large', 'wb').write(bytes(600 << 20)); time.sleep(1000)",
    }
    found = instance.verdicts([instance.patch(right, f"{begin}{deed}\n") for deed in deeds.values()] + [instance.row["patch"]])
    outcomes = dict(zip(deeds, (verdict.outcome for verdict in found), strict=False))
    assert outcomes == {
        **dict.fromkeys(("kills everything", "kills its group", "removes the repository"), "failed"),
        # What they do is ugly, but their tests do pass.
        **dict.fromkeys(("removes the shell", "closes folders", "stays"), "passed"),
        "prints without end": "failed",
        **dict.fromkeys(("takes memory and waits", "fills files in memory"), "memory"),
    }
    assert found[-1].outcome == "passed"
    endless = [instance.patch(right, f"{begin}{deed}\n") for deed in ("while True: pass", "[os.fork() for _ in range(3)]\nwhile True: pass")]
    assert [(verdict.outcome, verdict.detail) for verdict in instance.verdicts(endless, seconds=2)] == [
        ("timeout", "more than 2 s of CPU time, or 14 s by the clock")
    ] * 2
    folders = [Path(folder) for folder in made if "repository-" in folder]
    assert len(folders) == 12 and not any(folder.exists() for folder in folders)
    assert not [process for process in descendants(1) if b"sleep\x001000" in cmdline(process)]


def cmdline(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def test_absurd_patches_do_not_apply(instance: Instance) -> None:
    absurd = [
        "--- a/calculator.py\n" * 50_000,
        "--- " + "".join(map(chr, range(256))) * 400,
        f"--- \ud800{PATCH}",
        "diff --git a/../../etc/passwd b/x\n",
    ]
    assert [(verdict.outcome, verdict.detail) for verdict in instance.verdicts(absurd)] == [("failed", "the patch does not apply")] * 4


def test_flaky_instance_is_run_several_times(instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[str] = []
    real = grader.try_patch
    monkeypatch.setattr(grader, "try_patch", lambda *given: runs.append(outcome := real(*given)) or outcome)  # type: ignore[func-returns-value]
    throw = instance.patch("a + b if os.urandom(1)[0] < 128 else a", "import os\n")
    (verdict,) = instance.verdicts([throw], flaky=True, flaky_repeats=3)
    passed = [outcome for outcome, _ in runs].count("passed")
    assert len(runs) in (2, 3) and verdict.outcome == ("passed" if passed == 2 else "failed")
    assert verdict.detail.startswith(f"{passed} of {len(runs)} runs passed")
    (tmp_path / "flaky").write_text("me__calculator-1\n")
    for options in ({"repeats": 3}, {"flaky_file": str(tmp_path / "flaky"), "flaky_repeats": 3}):
        runs.clear()
        assert instance.verdicts([instance.row["patch"]], **options)[0].detail == "2 of 2 runs passed"
        assert len(runs) == 2


def test_no_network_no_privileges_and_nothing_of_the_host(instance: Instance) -> None:
    script = """
    python3 -c 'import socket; print([name for _, name in socket.if_nameindex()])'
    grep -E "^(CapEff|NoNewPrivs)" /proc/self/status
    ls /home /tmp
    env
    """
    ended = run_script(instance.image, script, {}, Limits(20, 1000))
    assert (ended.status, ended.limit) == (0, "")
    assert "['lo']\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\n/home:\n\n/tmp:\n" in ended.log
    names = {line.partition("=")[0] for line in ended.log.partition("/tmp:\n")[2].splitlines()}
    assert names <= {"PATH", "HOME", "LANG", "PWD", "SHLVL", "_", "OLDPWD", "LC_ALL"}


def test_wall_time_limit(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repositories.Limits, "wall_seconds", 4.0)
    for script in ("echo begun; sleep 1000", "echo begun; exec >&- 2>&-; sleep 1000"):
        ended = run_script(instance.image, script, {}, Limits(20, 1000))
        assert (ended.status, ended.limit, ended.log) == (None, "timeout", "begun\n")


def test_missing_image_or_repository_raises(instance: Instance, tmp_path: Path, base_image: Path) -> None:
    with pytest.raises(InputError, match=r"image .*me__calculator-1\.sif does not exist; make it .* apptainer pull .* docker://swebench/sweb\.eval"):
        instance.verdicts([instance.row["patch"]], images=str(tmp_path))
    (tmp_path / "me__calculator-1.sif").symlink_to(base_image)
    with pytest.raises(InfrastructureError, match=r"has no git, or no repository in /testbed"):
        instance.verdicts([instance.row["patch"]], images=str(tmp_path))
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "me__calculator-1.sif").write_text("no image\n")
    with pytest.raises(InfrastructureError, match=r"the container of a repository does not start"):
        instance.verdicts([instance.row["patch"]], images=str(tmp_path / "others"))


def test_image_that_cannot_be_pulled_raises(instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        InfrastructureError, match=r"docker://127\.0\.0\.1:1/nobody/me_1776_calculator-1:latest cannot be pulled .* make <instance>\.sif"
    ):
        instance.verdicts([instance.row["patch"]], images="docker://127.0.0.1:1/nobody/*:latest")
    assert not list(tmp_path.rglob("*.sif"))


def test_predictions_through_the_workflow(instance: Instance, tmp_path: Path) -> None:
    project = Project.fresh(tmp_path / "project")
    write_jsonl(project.folder / "rows.jsonl", [instance.row])
    patches = [instance.row["patch"], instance.patch("a * b"), None, instance.row["patch"]]
    predictions = [{"instance_id": "me__calculator-1", "model_name_or_path": "agent", "model_patch": patch} for patch in patches]
    (project.folder / "predictions.json").write_text(json.dumps(predictions))
    benchmark: dict[str, Any] = {"problems": 1, "samples": 4, "data": "rows.jsonl", "data_sha256": rows_sha256([instance.row])}
    config = {
        "run": "study",
        "models": {"agent": {"engine": "recorded", "samples": {"swebench_lite": "predictions.json"}}},
        "benchmarks": {"swebench_lite": benchmark},
        "verification": {"graders": {"repository_patch": {"images": str(instance.images), "seconds": 20}}},
    }
    (project.folder / "study.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    project.run("results/study/swebench_lite/agent/repeated/counts.csv")
    counts = (project.folder / "results/study/swebench_lite/agent/repeated/counts.csv").read_text().splitlines()
    assert [line.split(",")[:3] for line in counts[1:]] == [["me__calculator-1", "4", "2"]]
