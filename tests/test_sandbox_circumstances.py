"""What a program meets in a sandbox as docs/sandbox.md lists it: limits, namespaces, chance; and what several processes take together."""

import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from test_sandbox import descendants, function, program

from monkeys import sandbox as sandboxes
from monkeys.errors import InfrastructureError
from monkeys.sandbox import FunctionTests, Sandbox, Worker, describe
from monkeys.sandbox.inside.constants import KILLED


@pytest.fixture(scope="module", params=["bubblewrap", "apptainer"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    return Sandbox("bubblewrap") if request.param == "bubblewrap" else Sandbox("apptainer", request.getfixturevalue("sandbox_image"))


@pytest.fixture(scope="module")
def worker(sandbox: Sandbox) -> Iterator[Worker]:
    worker = Worker(sandbox)
    yield worker
    worker.close()


CIRCUMSTANCES = """
import json, os, random, resource, sys
limits = {name: resource.getrlimit(getattr(resource, "RLIMIT_" + name)) for name in ("NOFILE", "FSIZE", "NPROC", "CORE", "AS")}
spaces = {name: os.readlink("/proc/self/ns/" + name) for name in ("ipc", "mnt", "net", "pid", "user", "uts")}
sizes = [os.statvfs(path).f_blocks * os.statvfs(path).f_frsize >> 20 for path in ("/tmp", "/dev/shm")]
print(json.dumps({"limits": limits, "spaces": spaces, "sizes": sizes, "random": random.random(), "hash": hash("text"), "path": sys.path, "folder": os.listdir(".")}))
"""


def test_a_program_meets_the_documented_limits_and_namespaces_of_its_own(worker: Worker) -> None:
    execution = worker.run(program(CIRCUMSTANCES, memory_mb=300))
    assert execution.outcome == "passed", execution.detail
    found = json.loads(execution.output)
    assert found["limits"] == {"NOFILE": [64, 64], "FSIZE": [16 << 20] * 2, "NPROC": [128, 128], "CORE": [0, 0], "AS": [300 << 20] * 2}
    for name, space in found["spaces"].items():
        assert space != str(Path(f"/proc/self/ns/{name}").readlink()), name
    assert all(0 < size <= 64 for size in found["sizes"]) and found["folder"] == []
    assert "" not in found["path"] and "/tmp" not in found["path"]


def test_chance_is_the_same_in_every_sandbox(worker: Worker, sandbox: Sandbox) -> None:
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


def test_tests_of_the_same_text_check_the_function_that_they_are_given(worker: Worker) -> None:
    text = "def f():\n    return 1\ndef g():\n    return 2"
    found = [worker.run(FunctionTests(text, "def check(candidate):\n    assert candidate() == 1\n", name, 2, 512)).outcome for name in "fgf"]
    assert found == ["passed", "failed", "passed"]


def test_memory_of_all_processes_counts_together(worker: Worker) -> None:
    """None of them has too much."""
    text = "import os, time\nfor _ in range(4):\n    if os.fork() == 0:\n        x = b'x' * (150 << 20)\n        time.sleep(8)\n        os._exit(0)\ntime.sleep(8)"
    execution = worker.run(program(text, cpu_seconds=10, memory_mb=300))
    assert (execution.outcome, execution.detail) == ("memory", "its processes used more than 300 MB")


def test_cpu_time_of_processes_that_have_ended_counts(worker: Worker) -> None:
    """One after the other, each below the limit: the program ends soon after the sum has reached it."""
    text = "import os, time\nfor _ in range(30):\n    if os.fork() == 0:\n        while time.process_time() < 0.4: pass\n        os._exit(0)\n    os.wait()"
    execution = worker.run(program(text))
    assert (execution.outcome, execution.detail) == ("timeout", "used up its 1 s of CPU time")
    assert execution.cpu_seconds < 4


def test_a_program_that_somebody_kills_is_no_verdict(sandbox: Sandbox) -> None:
    """As the kernel does where memory is short."""
    worker, ended = Worker(sandbox), []

    def run() -> None:
        try:
            worker.run(program("import time\ntime.sleep(60)"))
        except InfrastructureError as error:
            ended.append(str(error))

    try:
        assert worker.run(program("x = 1")).outcome == "passed"
        before = set(descendants())
        thread = threading.Thread(target=run)
        thread.start()
        while thread.is_alive():
            for process in set(descendants()) - before:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            time.sleep(0.3)
        thread.join()
    finally:
        worker.close()
    assert ended == [KILLED]


def test_a_sandbox_in_which_nothing_passes_is_no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandboxes, "CANARY", function("def f():\n    return 1", "assert candidate() == 2"))
    with pytest.raises(InfrastructureError, match="the sandbox starts, but a trivial program ends as failed in it"):
        describe()
