"""Containers of Apptainer for tests: programs, the users that start them, and what is left of them."""

import contextlib
import multiprocessing
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from monkeys.sandbox import apptainer
from monkeys.sandbox.launching import NOBODY, identity, kill, stop, unprivileged

SERVER = "import sys; print('ready', flush=True); sys.stdin.read()"
STUBBORN = """
import os, signal, time
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
print("ready", flush=True)
time.sleep(600)
"""


def inside(image: Path, program: str) -> str:
    """What a program prints in the sandbox."""
    answer = subprocess.run(
        [*apptainer.command(image), "-I", "-S", "-c", program],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **unprivileged(apptainer.environment()),
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == ""
    return answer.stdout


def start(image: Path, program: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [*apptainer.command(image), "-I", "-S", "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        **unprivileged(apptainer.environment()),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def started_by(process: subprocess.Popen[bytes]) -> dict[int, str]:
    """All processes below one, and itself, by their id, with the time at which they started: ids are used again."""
    parents, starts = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(folder.name)], starts[int(folder.name)] = int(fields[1]), fields[19]
    below = {process.pid}
    while more := {pid for pid, parent in parents.items() if parent in below} - below:
        below |= more
    return {pid: starts[pid] for pid in below if pid in starts}


def left_of(processes: dict[int, str]) -> list[str]:
    """Those that are still there after a moment."""
    deadline = time.monotonic() + 3
    while True:
        left = []
        for pid, started in processes.items():
            try:
                fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
            except OSError:
                continue
            state = fields.rpartition(")")[2].split()
            if state[19] == started and state[0] != "Z":
                left.append(fields.partition("(")[2].rpartition(")")[0])
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.05)


def become(uid: int, gid: int, folder: str) -> None:
    """In a process of a pool: be an ordinary user, who has touched nothing yet."""
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    tempfile.tempdir = folder
    os.environ["HOME"] = folder
    apptainer._own_files.cache_clear()
    apptainer.startable.cache_clear()


@dataclass
class Person:
    """Somebody who starts sandboxes: the ids there, and how to call a function as that person."""

    uid: int
    call: Callable[..., Any]
    image: Path


@pytest.fixture(scope="module", params=["caller", "ordinary user"])
def person(request: pytest.FixtureRequest, sandbox_image: Path) -> Iterator[Person]:
    """Whoever runs the tests (root becomes nobody), then, if that is root, an ordinary user."""
    if request.param == "caller":
        yield Person(identity()[0], lambda function, *arguments: function(*arguments), sandbox_image)
        return
    if os.geteuid() != 0:
        pytest.skip("whoever runs the tests is an ordinary user")
    user = next(entry for entry in pwd.getpwall() if entry.pw_uid not in (0, NOBODY))
    folder = Path(tempfile.mkdtemp(prefix="test-apptainer-"))
    try:
        # pytest's own folders are closed to others.
        folder.chmod(0o755)
        (folder / "own").mkdir()
        os.chown(folder / "own", user.pw_uid, user.pw_gid)
        shutil.copyfile(sandbox_image, folder / "sandbox.sif")
        (folder / "sandbox.sif").chmod(0o644)
        with multiprocessing.get_context("fork").Pool(1, become, (user.pw_uid, user.pw_gid, str(folder / "own"))) as pool:
            yield Person(user.pw_uid, lambda function, *arguments: pool.apply(function, arguments), folder / "sandbox.sif")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def end(image: Path, program: str, way: str) -> tuple[list[str], list[str]]:
    """Processes of a sandbox while it runs, and those that are left after its end."""
    process = start(image, program)
    assert process.stdin is not None and process.stdout is not None
    processes = started_by(process)
    names = [Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip() for pid in processes]
    if way == "stop":
        stop(process, seconds=0.3)
    elif way == "kill":
        kill(process)
    elif way == "end of input":
        process.stdin.close()
    else:
        process.send_signal(getattr(signal, way))
    process.wait(timeout=5)
    process.stdout.close()
    left = left_of(processes)
    for pid in processes if left else ():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return names, left
