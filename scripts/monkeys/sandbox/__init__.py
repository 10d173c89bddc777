"""Runs untrusted programs: one sandbox a worker, many programs in it.

``run_programs`` is the whole interface. What happens inside a sandbox is in ``worker.py``; how one is started, in ``bubblewrap.py``.
"""

import json
import os
import queue
import struct
import subprocess
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monkeys.errors import InfrastructureError
from monkeys.sandbox import bubblewrap

ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Program:
    """A program and its limits: CPU seconds (whole, the kernel counts no finer), and megabytes of address space."""

    text: str
    cpu_seconds: int
    memory_mb: int

    @property
    def wall_seconds(self) -> float:
        """Generous, so that a loaded machine does not change a verdict: CPU time decides, this only ends what waits for ever."""
        return 10 + 4 * self.cpu_seconds


@dataclass(frozen=True, slots=True)
class Execution:
    """What became of a program: an outcome of ``records.OUTCOMES``, why, and the CPU seconds that it took."""

    outcome: str
    detail: str
    cpu_seconds: float


CANARY = Program("assert sum(range(10)) == 45", cpu_seconds=5, memory_mb=1024)


class Worker:
    """A sandbox with a fork server in it.

    Raises:
        InfrastructureError: the sandbox does not start, or the server inside is gone.
    """

    def __init__(self) -> None:
        source = Path(__file__).with_name("worker.py").read_text()
        # Root inside a container can reach settings of the kernel, whatever the container promises: be nobody before it starts.
        drop: dict[str, Any] = {"user": bubblewrap.NOBODY, "group": bubblewrap.NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        try:
            self._process = subprocess.Popen(
                [*bubblewrap.command(), "-I", "-S", "-c", source],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd="/",
                env={"PATH": os.defpath},
                **drop,
            )
        except OSError as error:
            raise InfrastructureError(f"the sandbox does not start ({error}): {bubblewrap.INSTALL}") from error
        try:
            self.versions: dict[str, str] = self._receive()
        except InfrastructureError as error:
            raise InfrastructureError(f"the sandbox does not start ({error}): {bubblewrap.INSTALL}") from error

    def run(self, program: Program) -> Execution:
        """Execute one program; the server stays ready for the next."""
        request = {
            "program": program.text,
            "cpu_seconds": program.cpu_seconds,
            "wall_seconds": program.wall_seconds,
            "memory_mb": program.memory_mb,
        }
        data = json.dumps(request).encode()
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(struct.pack(">I", len(data)) + data)
            self._process.stdin.flush()
        except OSError as error:
            raise InfrastructureError(f"the sandbox's worker is gone ({error})") from error
        return Execution(**self._receive())

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None and self._process.stderr is not None
        header = self._process.stdout.read(4)
        body = self._process.stdout.read(struct.unpack(">I", header)[0]) if len(header) == 4 else b""
        if not body:
            self._process.kill()
            reason = self._process.stderr.read().decode("utf-8", "replace").strip().rsplit("\n", 1)[-1]
            raise InfrastructureError(reason or f"its worker ended with status {self._process.wait()}")
        message: dict[str, Any] = json.loads(body)
        return message

    def close(self) -> None:
        """End the sandbox and everything in it."""
        try:
            # The worker leaves when there is no more to read, and what it has used is then counted as ours.
            self._process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


def describe() -> dict[str, str]:
    """Start the sandbox once, run a program in it, and say what it is: name, version, and the Python and numpy that programs meet.

    Raises:
        InfrastructureError: there is no sandbox here, or it does not work; the message says what to do.
    """
    version = bubblewrap.version()
    worker = Worker()
    try:
        execution = worker.run(CANARY)
    finally:
        worker.close()
    if execution.outcome != "passed":
        raise InfrastructureError(
            f"the sandbox starts, but a trivial program ends as {execution.outcome} in it ({execution.detail}): {bubblewrap.INSTALL}"
        )
    return {"sandbox": "bubblewrap", "version": version, **worker.versions}


def run_programs(programs: Sequence[Program], workers: int) -> Iterator[tuple[int, Execution]]:
    """Execute programs, ``workers`` at a time.

    Yields:
        (position in ``programs``, execution), in the order in which they finish. A program on which the machinery failed is tried in a fresh
        sandbox, three times in all. If it ends the worker each time while a trivial program runs well in between, it is the program's doing and
        it has failed; else its outcome is ``infrastructure_error``.
    """
    todo: queue.SimpleQueue[int] = queue.SimpleQueue()
    for position in range(len(programs)):
        todo.put(position)
    done: queue.SimpleQueue[tuple[int, Execution] | None] = queue.SimpleQueue()
    stop = threading.Event()

    def work() -> None:
        keeper = _Keeper()
        try:
            while not stop.is_set():
                position = todo.get_nowait()
                done.put((position, keeper.run(programs[position])))
        except queue.Empty:
            pass
        finally:
            keeper.close()
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


class _Keeper:
    """Keeps one worker alive: starts it when needed and replaces it when it is lost."""

    def __init__(self) -> None:
        self._worker: Worker | None = None

    def run(self, program: Program) -> Execution:
        reason = ""
        for _ in range(ATTEMPTS):
            try:
                if self._worker is None:
                    self._worker = Worker()
                    if self._worker.run(CANARY).outcome != "passed":
                        raise InfrastructureError("a trivial program does not pass in the sandbox")
            except InfrastructureError as error:
                self.close()
                return Execution("infrastructure_error", str(error), 0.0)
            try:
                return self._worker.run(program)
            except InfrastructureError as error:
                reason = str(error)
                self.close()
        return Execution("failed", f"ended the sandbox's worker {ATTEMPTS} times ({reason})", 0.0)

    def close(self) -> None:
        if self._worker is not None:
            self._worker.close()
            self._worker = None
