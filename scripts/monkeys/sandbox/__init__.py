"""Runs untrusted programs: one sandbox a worker, many programs in it.

``run_programs`` is the whole interface. What runs inside a sandbox is in ``inside/``, which ``joining.py`` makes into one text. ``bubblewrap.py`` and
``apptainer.py`` start a sandbox; ``launching.py`` has what both need. What a program can and cannot do is in ``docs/sandbox.md``.
"""

import hashlib
import json
import os
import queue
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Protocol

from monkeys.clock import Elapsed, readable
from monkeys.errors import InfrastructureError
from monkeys.files import file_sha256
from monkeys.sandbox import apptainer, bubblewrap, launching
from monkeys.sandbox.joining import self_contained

ATTEMPTS = 4
KINDS = ("apptainer", "bubblewrap")
SERVER = Path(__file__).parent / "inside/server.py"
"""Where the program inside starts; it is joined with all that it imports."""
START_SECONDS = 120.0
GRACE_SECONDS = 60.0
"""Waited for a server's answer beyond twice the wall time of a program."""
TESTS_MEMORY_MB = 2048
"""Megabytes of address space of the process of a program's tests."""
START = "import sys; sys.path.remove('')\n"
"""Python's -I would keep its folder off the import path, too, but ignore PYTHONHASHSEED, which fixes the order of a program's sets."""
KEPT_TESTS = 8
"""Sets of tests that a worker keeps; programs come problem by problem, so few are enough."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Which sandbox: ``bubblewrap``, or ``apptainer`` with its image."""

    kind: str
    image: Path | None = None

    @property
    def launcher(self) -> launching.Launcher:
        """The module that starts it."""
        return bubblewrap if self.image is None else apptainer


BUBBLEWRAP = Sandbox("bubblewrap")


@dataclass(frozen=True, slots=True)
class Execution:
    """How a program ended: an outcome of ``records.OUTCOMES``, the reason, the CPU seconds that it took, and what a script wrote."""

    outcome: str
    detail: str
    cpu_seconds: float
    output: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """A program that reads standard input and writes standard output. It passes if it ends with status 0.

    Limits: whole CPU seconds, as the kernel counts no finer, and megabytes of address space.
    """

    program: str
    input: str
    cpu_seconds: int
    memory_mb: int

    def run(self, execute: "Execute") -> Execution:
        """One step."""
        return execute(self)


@dataclass(frozen=True, slots=True)
class FunctionTests:
    """A program that defines the function ``entry_point``, and tests that define ``check(candidate)``, which run in another process.

    Helper functions that the tests need, such as those of the problem's prompt, are part of ``tests``. The limits are the program's.
    """

    program: str
    tests: str
    entry_point: str
    cpu_seconds: int
    memory_mb: int

    def run(self, execute: "Execute") -> Execution:
        """One step."""
        return execute(self)


Execute = Callable[[Script | FunctionTests], Execution]
"""Runs one step in a worker. Raises InfrastructureError if the sandbox failed each time."""


class Program(Protocol):
    """What ``run_programs`` runs: one step, or several, such as a script with many inputs."""

    def run(self, execute: Execute) -> Execution:
        """Run all steps; return how the program ended."""


CANARY = FunctionTests(
    "def successor(n):\n    return n + 1\n", "def check(candidate):\n    assert candidate(1) == 2\n", "successor", cpu_seconds=5, memory_mb=1024
)


def wall_seconds(cpu_seconds: int) -> float:
    """Limit of wall time: generous, so that a loaded machine changes no verdict. CPU time decides; this ends programs that wait for ever."""
    return 10 + 4 * cpu_seconds


class Worker:
    """A sandbox with a server in it.

    Raises:
        InfrastructureError: the sandbox does not start, or the server inside is gone.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        source = self_contained(SERVER)
        launcher = sandbox.launcher
        process_options = launching.unprivileged(launcher.environment())
        try:
            self._process = subprocess.Popen(
                [*launcher.command(sandbox.image), "-s", "-S", "-c", f"{START}{source}"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                **process_options,
            )
        except OSError as error:
            raise InfrastructureError(f"the sandbox does not start ({error}): {launcher.INSTALL}") from error
        assert self._process.stdout is not None
        self._replies = self._process.stdout.fileno()
        self._kept: dict[str, None] = {}
        try:
            self.versions: dict[str, str] = self._receive(START_SECONDS)
        except InfrastructureError as error:
            raise InfrastructureError(f"the sandbox does not start ({error}): {launcher.INSTALL}") from error

    def run(self, program: Script | FunctionTests) -> Execution:
        """Execute one program; the server stays ready for the next."""
        request: dict[str, Any] = {
            "program": program.program,
            "cpu_seconds": program.cpu_seconds,
            "wall_seconds": wall_seconds(program.cpu_seconds),
            "memory_mb": program.memory_mb,
        }
        if isinstance(program, Script):
            request |= {"kind": "script", "input": program.input}
        else:
            request |= {"kind": "function", "key": self._define(program.tests, program.entry_point)}
        self._send(request)
        # The server ends a program in time by itself; if it does not, something is wrong with the server.
        return Execution(**self._receive(GRACE_SECONDS + 2 * wall_seconds(program.cpu_seconds)))

    def usage(self) -> tuple[float, float]:
        """What all processes inside have taken so far: CPU seconds, and megabytes of the server's own processes, at their peak."""
        self._send({"kind": "usage"})
        answer = self._receive(START_SECONDS)
        return answer["cpu_seconds"], answer["memory_mb"]

    def _define(self, tests: str, entry_point: str) -> str:
        key = hashlib.sha256(f"{entry_point}\n{tests}".encode("utf-8", "surrogatepass")).hexdigest()
        if key not in self._kept:
            while len(self._kept) >= KEPT_TESTS:
                del self._kept[next(iter(self._kept))]
            self._send({"kind": "define", "key": key, "tests": tests, "entry_point": entry_point, "keep": KEPT_TESTS, "memory_mb": TESTS_MEMORY_MB})
            if problem := self._receive(START_SECONDS)["error"]:
                raise BrokenTestsError(f"the tests of {entry_point} do not run in the sandbox: {problem}")
            self._kept[key] = None
        return key

    def _send(self, message: dict[str, Any]) -> None:
        data = json.dumps(message).encode()
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(struct.pack(">I", len(data)) + data)
            self._process.stdin.flush()
        except OSError:
            self._lost()

    def _receive(self, seconds: float) -> dict[str, Any]:
        waited = Elapsed()
        header = self._read(4, seconds, waited)
        message: dict[str, Any] = json.loads(self._read(struct.unpack(">I", header)[0], seconds, waited))
        return message

    def _read(self, size: int, seconds: float, waited: Elapsed) -> bytes:
        chunks = []
        while size:
            if not readable(self._replies, seconds, waited):
                launching.kill(self._process)
                raise InfrastructureError("its worker does not answer")
            chunk = os.read(self._replies, size)
            if not chunk:
                self._lost()
            chunks.append(chunk)
            size -= len(chunk)
        return b"".join(chunks)

    def _lost(self) -> NoReturn:
        """The worker has ended: raise its last error message."""
        launching.kill(self._process)
        assert self._process.stderr is not None
        reason = self._process.stderr.read().decode("utf-8", "replace").strip().rsplit("\n", 1)[-1]
        raise InfrastructureError(reason or f"its worker ended with status {self._process.wait()}")

    def close(self) -> None:
        """End the sandbox and everything in it."""
        launching.stop(self._process)
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            stream.close()


class BrokenTestsError(InfrastructureError):
    """Tests that do not run at all, whatever the candidate: another try does not help."""


def choose(kind: str) -> str:
    """The kind of sandbox that a configuration names: ``auto`` is ``apptainer`` where that is installed, else ``bubblewrap``."""
    return kind if kind != "auto" else "apptainer" if apptainer.available() else "bubblewrap"


def describe(sandbox: Sandbox = BUBBLEWRAP) -> dict[str, str]:
    """Start the sandbox once and run a program in it; return its name, its version, and the versions of Python and numpy in it.

    Raises:
        InfrastructureError: there is no sandbox here, or it does not work; the message says what to do.
    """
    version = sandbox.launcher.version()
    image = {} if sandbox.image is None else {"image": _digest(sandbox.image)}
    worker = Worker(sandbox)
    try:
        execution = worker.run(CANARY)
    finally:
        worker.close()
    if execution.outcome != "passed":
        raise InfrastructureError(
            f"the sandbox starts, but a trivial program ends as {execution.outcome} in it ({execution.detail}): {sandbox.launcher.INSTALL}"
        )
    return {"sandbox": sandbox.kind, "version": version, **image, **worker.versions}


def _digest(image: Path) -> str:
    """A file's hash; a folder, which has none, is identified by its name."""
    if not image.is_file():
        return image.name
    return f"sha256:{file_sha256(image)}"


def run_programs(programs: Sequence[Program], workers: int, sandbox: Sandbox = BUBBLEWRAP) -> Iterator[tuple[int, Execution]]:
    """Execute programs, ``workers`` at a time.

    Yields:
        (position in ``programs``, execution), in the order in which they finish. A program on which the sandbox failed is tried again in a new
        sandbox; after four failures its outcome is ``infrastructure_error``, which is no verdict.
    """
    todo: queue.SimpleQueue[int] = queue.SimpleQueue()
    for position in range(len(programs)):
        todo.put(position)
    done: queue.SimpleQueue[tuple[int, Execution] | None] = queue.SimpleQueue()
    stop = threading.Event()

    def work() -> None:
        worker = _RestartingWorker(sandbox)
        try:
            while not stop.is_set():
                position = todo.get_nowait()
                try:
                    done.put((position, programs[position].run(worker.execute)))
                except InfrastructureError as error:
                    done.put((position, Execution("infrastructure_error", str(error), 0.0)))
        except queue.Empty:
            pass
        finally:
            worker.close()
            done.put(None)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(workers, len(programs)))]
    for thread in threads:
        thread.start()
    try:
        running = len(threads)
        while running:
            item = done.get()
            if item is None:
                running -= 1
            else:
                yield item
    finally:
        stop.set()
        for thread in threads:
            thread.join()


class _RestartingWorker:
    """A worker that is started when needed and replaced when it is lost."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._worker: Worker | None = None

    def execute(self, step: Script | FunctionTests) -> Execution:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                if self._worker is None:
                    self._worker = Worker(self._sandbox)
                return self._worker.run(step)
            except BrokenTestsError:
                raise
            except InfrastructureError as error:
                self.close()
                if attempt == ATTEMPTS:
                    raise InfrastructureError(f"the sandbox failed {ATTEMPTS} times on it: {error}") from error
        raise AssertionError

    def close(self) -> None:
        if self._worker is not None:
            self._worker.close()
            self._worker = None
