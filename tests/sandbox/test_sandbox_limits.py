"""Limits of a program and of all its processes: CPU time, wall time, memory, processes, files; and fixed seeds."""

import json
import random
import time
from pathlib import Path

import pytest
from sandbox_programs import fails_with, function, program

from monkeys import sandbox as sandboxes
from monkeys.sandbox import Sandbox, Worker, wall_seconds

CIRCUMSTANCES = """
import json, os, random, resource, sys
limits = {name: resource.getrlimit(getattr(resource, "RLIMIT_" + name)) for name in ("NOFILE", "FSIZE", "NPROC", "CORE", "AS")}
spaces = {name: os.readlink("/proc/self/ns/" + name) for name in ("ipc", "mnt", "net", "pid", "user", "uts")}
sizes = [os.statvfs(path).f_blocks * os.statvfs(path).f_frsize >> 20 for path in ("/tmp", "/dev/shm")]
print(json.dumps({"limits": limits, "spaces": spaces, "sizes": sizes, "random": random.random(), "hash": hash("text"), "path": sys.path, "folder": os.listdir(".")}))
"""


def test_limits_and_namespaces_are_as_documented(worker: Worker) -> None:
    execution = worker.run(program(CIRCUMSTANCES, memory_mb=300))
    assert execution.outcome == "passed", execution.detail
    found = json.loads(execution.output)
    assert found["limits"] == {"NOFILE": [64, 64], "FSIZE": [16 << 20] * 2, "NPROC": [128, 128], "CORE": [0, 0], "AS": [300 << 20] * 2}
    for name, space in found["spaces"].items():
        assert space != str(Path(f"/proc/self/ns/{name}").readlink()), name
    assert all(0 < size <= 64 for size in found["sizes"]) and found["folder"] == []
    assert "" not in found["path"] and "/tmp" not in found["path"]


def test_random_numbers_and_hashes_are_fixed(worker: Worker, sandbox: Sandbox) -> None:
    """Programs that use random numbers, or the order of a set, get the same verdict again."""
    other = Worker(sandbox)
    try:
        one, two = (json.loads(each.run(program(CIRCUMSTANCES)).output) for each in (worker, other))
    finally:
        other.close()
    assert one["random"] == two["random"] == random.Random(0).random() and one["hash"] == two["hash"]
    drawn = function("def f():\n    return 0", f"import random\n    assert random.random() == {random.Random(0).random()!r}")
    for _ in range(2):
        assert worker.run(drawn).outcome == "passed"


def test_cpu_time_limit(worker: Worker) -> None:
    execution = worker.run(program("while True: pass"))
    assert (execution.outcome, execution.detail) == ("timeout", "used up its 1 s of CPU time")
    assert execution.cpu_seconds == pytest.approx(1, abs=0.5)
    assert worker.run(function("def f():\n    while True: pass", "candidate()", cpu_seconds=1)).outcome == "timeout"


def test_cpu_time_limit_of_parallel_processes(worker: Worker) -> None:
    text = "import os\nfor _ in range(20):\n    if os.fork() == 0:\n        while True: pass\nos.wait()"
    started = time.monotonic()
    assert worker.run(program(text)).outcome == "timeout"
    assert time.monotonic() - started < 5


def test_cpu_time_limit_of_consecutive_processes(worker: Worker) -> None:
    """One after the other, each below the limit: the program ends soon after the sum has reached it."""
    text = "import os, time\nfor _ in range(30):\n    if os.fork() == 0:\n        while time.process_time() < 0.4: pass\n        os._exit(0)\n    os.wait()"
    execution = worker.run(program(text))
    assert (execution.outcome, execution.detail) == ("timeout", "used up its 1 s of CPU time")
    assert execution.cpu_seconds < 4


def test_cpu_time_limit_of_program_ignoring_sigxcpu(worker: Worker) -> None:
    text = "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True:\n    try:\n        while True: pass\n    except BaseException: pass"
    assert worker.run(program(text)).outcome == "timeout"


def test_wall_time_limit(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandboxes, "wall_seconds", lambda _: 1.0)
    execution = worker.run(program("import time; time.sleep(600)"))
    assert (execution.outcome, execution.detail) == ("timeout", "used up its 1 s of wall time")


def test_wall_time_limit_is_generous() -> None:
    assert wall_seconds(3) >= 5 * 3


@pytest.mark.parametrize("text", ["x = bytearray(1 << 30)", "x = []\nwhile True: x.append(' ' * (1 << 24))"])
def test_memory_limit(worker: Worker, text: str) -> None:
    assert worker.run(program(text, cpu_seconds=10, memory_mb=256)).outcome == "memory"
    assert worker.run(program("x = bytearray(1 << 27)", memory_mb=512)).outcome == "passed"


def test_memory_limit_of_parallel_processes(worker: Worker) -> None:
    """None of them has too much."""
    text = "import os, time\nfor _ in range(4):\n    if os.fork() == 0:\n        x = b'x' * (150 << 20)\n        time.sleep(8)\n        os._exit(0)\ntime.sleep(8)"
    execution = worker.run(program(text, cpu_seconds=10, memory_mb=300))
    assert (execution.outcome, execution.detail) == ("memory", "its processes used more than 300 MB")


def test_64_processes_are_allowed(worker: Worker) -> None:
    # Apptainer's launcher counts against the same limit, with as many threads as it happens to have. Memory that they share counts for each of them.
    text = "import os, time\nfor _ in range(64):\n    if os.fork() == 0:\n        time.sleep(1)\n        os._exit(0)\n"
    assert worker.run(program(text, memory_mb=2048)).outcome == "passed"


def test_process_and_thread_limit(worker: Worker) -> None:
    execution = worker.run(program("import os\nwhile True: os.fork()"))
    assert fails_with(execution, "BlockingIOError") or execution.outcome in ("timeout", "memory")
    text = "import threading, time\nfor i in range(500): threading.Thread(target=time.sleep, args=(600,), daemon=True).start()"
    assert fails_with(worker.run(program(text)), "can't start new thread")


def test_file_size_and_open_files_limit(worker: Worker) -> None:
    assert fails_with(worker.run(program("with open('x', 'wb') as f:\n    while True: f.write(bytes(1 << 20))")), "File too large")
    assert fails_with(worker.run(program("files = []\nwhile True: files.append(open('/dev/null'))")), "Too many open files")
