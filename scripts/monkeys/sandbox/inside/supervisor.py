"""The supervisor's part of the work: it takes requests, has candidates and tests started, and decides."""

import json
import marshal
import os
import re
import resource
import select
import signal
import socket
import struct
import sys
import types
from collections.abc import Sequence
from typing import Any, Optional

from monkeys.clock import TICK, Elapsed, readable
from monkeys.sandbox.inside.channel import Channel, write_all
from monkeys.sandbox.inside.constants import GONE, KILLED, LOST, MEGABYTE, UNREADY
from monkeys.sandbox.inside.exceptions import describe_error
from monkeys.sandbox.inside.folders import writable_folders
from monkeys.sandbox.inside.tests import be_tests
from monkeys.sandbox.inside.verdicts import Output, Verdict, decide_outcome, last_message, limit_exceeded, was_killed
from monkeys.sandbox.inside.zygote import END, FORK_FUNCTION, FORK_SCRIPT, PROCESS, PROTECT, USAGE, USED, WAIT

ADDRESS = re.compile("0x[0-9a-f]{9,16}(?![0-9a-f])")
GATHER_MILLISECONDS = 2
"""In which more output is awaited, as scripts write in small pieces."""
PROGRAMS_OF_TESTS = 500
"""Programs after which the tests get a new process."""


class Zygote:
    """The zygote, as the supervisor sees it.

    Args:
        pid: its process.
        control: where it takes commands.

    Every method raises SystemExit if it is gone: it ends in no other way than by being killed.
    """

    def __init__(self, pid: int, control: socket.socket) -> None:
        self.pid, self.control = pid, control

    def fork(self, is_script: bool) -> tuple[int, socket.socket]:
        """Start a candidate: its process, and a connection to it."""
        self.send(FORK_SCRIPT if is_script else FORK_FUNCTION)
        (pid,), (fd,) = self.receive(PROCESS, descriptors=1)
        return pid, socket.socket(fileno=fd)

    def protect(self, pid: int) -> None:
        """Candidates started from now on cannot send signals to this process."""
        self.send(PROTECT + struct.pack(PROCESS, pid))

    def wait(self) -> tuple[int, float]:
        """Wait for all processes of the candidate: its wait status, and the CPU seconds of all."""
        self.send(WAIT)
        if not readable(self.control.fileno(), 30):
            sys.exit("a program's processes cannot be ended")
        (status, cpu), _ = self.receive(END)
        return status, cpu

    def usage(self) -> tuple[float, float]:
        """Its own CPU seconds, and its memory at the peak in kilobytes."""
        self.send(USAGE)
        (cpu, memory), _ = self.receive(USED)
        return cpu, memory

    def send(self, command: bytes) -> None:
        """Give a command."""
        try:
            self.control.sendall(command)
        except OSError:
            sys.exit(KILLED)

    def receive(self, form: str, descriptors: int = 0) -> tuple[tuple[Any, ...], list[int]]:
        """Take an answer: values, and file descriptors."""
        try:
            data, fds, _, _ = socket.recv_fds(self.control, struct.calcsize(form), descriptors)
        except OSError:
            data = b""
        if not data:
            sys.exit(KILLED)
        return struct.unpack(form, data), fds


class Tests:
    """The tests' process, as the supervisor sees it."""

    def __init__(self, key: str, pid: int, connection: socket.socket) -> None:
        self.key, self.pid, self.connection = key, pid, connection
        self.channel = Channel(connection.fileno())
        self.served = 0

    def answer(self) -> Optional[list[Any]]:
        """What they say next; None if they have ended."""
        try:
            message = self.channel.receive()
        except OSError:  # killed before they read all that was sent
            message = None
        return json.loads(message) if message else None


class Candidate:
    """A candidate's process, as the supervisor sees it.

    Args:
        pid: its process.
        output: what it writes if it is a script, else None.
    """

    def __init__(self, pid: int, output: Optional[Output]) -> None:
        self.pid, self.output = pid, output
        self.handle = os.pidfd_open(pid)


class Supervisor:
    """Takes requests and decides.

    Args:
        zygote: forks candidates.
        private: file descriptors that the tests must not have.
    """

    def __init__(self, zygote: Zygote, private: Sequence[int]) -> None:
        self.zygote, self.private = zygote, private
        self.folders = writable_folders()
        self.definitions: dict[str, tuple[str, types.CodeType, str, int]] = {}
        self.tests: Optional[Tests] = None
        self.candidates_cpu = 0.0

    def usage(self, _request: dict[str, Any]) -> dict[str, float]:
        """What the sandbox has taken so far."""
        zygote_cpu, zygote_memory = self.zygote.usage()
        own, tests = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = own.ru_utime + own.ru_stime + tests.ru_utime + tests.ru_stime + zygote_cpu + self.candidates_cpu
        return {"cpu_seconds": round(cpu, 4), "memory_mb": (own.ru_maxrss + zygote_memory) / 1024}

    def define(self, request: dict[str, Any]) -> dict[str, Optional[str]]:
        """Keep tests, and start them to see whether they run."""
        while len(self.definitions) >= request["keep"]:
            del self.definitions[next(iter(self.definitions))]
        try:
            code = compile(request["tests"], "<tests>", "exec")
        except (SyntaxError, ValueError) as error:
            return {"error": describe_error(error)}
        self.definitions[request["key"]] = request["tests"], code, request["entry_point"], request["memory_mb"]
        return {"error": self.start_tests(request["key"])}

    def start_tests(self, key: str) -> Optional[str]:
        """Make the tests of a key those that run now; return what is wrong with them."""
        self.stop_tests()
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            try:
                for fd in (*self.private, ours.fileno()):
                    os.close(fd)
                be_tests(*self.definitions[key], theirs)
            finally:
                os._exit(1)
        theirs.close()
        self.tests = Tests(key, pid, ours)
        self.zygote.protect(pid)
        answer = self.tests.answer()
        if answer:
            return answer[1]  # type: ignore[no-any-return]
        if was_killed(self.stop_tests()):
            sys.exit(KILLED)
        return "they end their process"

    def stop_tests(self) -> int:
        """End the tests' process; return its wait status."""
        if self.tests is None:
            return 0
        self.tests.connection.close()
        os.kill(self.tests.pid, signal.SIGKILL)
        _, status = os.waitpid(self.tests.pid, 0)
        self.tests = None
        return status

    def run(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run a program, restore the sandbox, and decide."""
        is_script = request["kind"] == "script"
        if not is_script and (self.tests is None or self.tests.key != request["key"]):
            problem = self.start_tests(request["key"])
            if problem:
                sys.exit("tests that ran do not run any more: " + problem)
        pid, connection = self.zygote.fork(is_script)
        candidate = Candidate(pid, self.hand_over(request, connection))
        report: Optional[Sequence[str]]
        report, excess = self.watch(request, candidate)
        os.close(candidate.handle)
        kill_group(pid)
        status, cpu = self.zygote.wait()
        self.candidates_cpu += cpu
        if candidate.output is not None:
            ready, report = last_message(connection)
            candidate.output.read()
            os.close(candidate.output.fd)
            excess = excess or candidate.output.excess()
            connection.close()
        else:
            ready = not report or report[1] != UNREADY
            tests_status = self.stop_tests_if_used_up(report, excess) if ready else 0
            if not excess and report and report[1] == LOST and was_killed(tests_status):
                sys.exit(KILLED)
        if not ready:
            sys.exit(KILLED if not excess and was_killed(status) else UNREADY)
        for folder in self.folders:
            folder.restore()
        outcome, detail = decide_outcome(request, report, excess, status, cpu, is_script)
        detail = ADDRESS.sub("0x...", detail.encode("utf-8", "replace").decode())  # addresses are the only thing in it that chance decides
        output = "" if candidate.output is None else candidate.output.text()
        return {"outcome": outcome, "detail": detail, "cpu_seconds": round(cpu, 4), "output": output}

    def hand_over(self, request: dict[str, Any], connection: socket.socket) -> Optional[Output]:
        """Send a candidate its program; a script gets its streams, too, and a function's connection goes to the tests.

        A candidate or tests that were killed meanwhile are found out later: they do not answer.
        """
        output = None
        message = marshal.dumps({key: request[key] for key in ("program", "cpu_seconds", "memory_mb")})
        try:
            if request["kind"] == "script":
                output = send_streams(request["input"], connection)
            Channel(connection.fileno()).send(message)
        except OSError:
            pass
        if output is None:
            assert self.tests is not None
            self.tests.served += 1
            try:
                socket.send_fds(self.tests.connection, [b"."], [connection.fileno()])
            except OSError:
                pass
            connection.close()
        return output

    def stop_tests_if_used_up(self, report: Optional[Sequence[str]], excess: Optional[Verdict]) -> int:
        """End the tests' process if it is busy, has ended, or has served many programs; return its wait status."""
        assert self.tests is not None
        over = not report or report[2:]
        return self.stop_tests() if excess or over or self.tests.served >= PROGRAMS_OF_TESTS else 0

    def watch(self, request: dict[str, Any], candidate: Candidate) -> tuple[Optional[list[str]], Optional[Verdict]]:
        """Wait until there is a verdict, the program has ended, or it has taken more than it may.

        Returns:
            (what the tests said or None; the verdict if it has taken too much, or None). A script has no tests.
        """
        output, tests = candidate.output, self.tests
        ended, waiter = select.poll(), select.poll()
        ended.register(candidate.handle, select.POLLIN)
        waiter.register(candidate.handle, select.POLLIN)
        if output is not None:
            source = output.fd
        else:
            assert tests is not None
            source = tests.connection.fileno()
        waiter.register(source, select.POLLIN)
        ours = {1, os.getpid(), self.zygote.pid, tests.pid if tests else None}
        report, excess = None, None
        elapsed = Elapsed()
        looked = 0.0
        while not (report or excess):
            ready = [fd for fd, _ in waiter.poll(TICK * 1000)]
            if output is not None and source in ready:
                size = output.read()
                excess = output.excess()
                if not size:
                    waiter.unregister(source)
                elif size < MEGABYTE // 32 and candidate.handle not in ready:
                    ended.poll(GATHER_MILLISECONDS)
            if output is None and tests is not None and source in ready:
                report = tests.answer() or ["failed", LOST, "over"]
            elif candidate.handle in ready:
                if output is not None:
                    break
                # Nobody is left to answer the tests but perhaps a child, which ends with its parent now.
                waiter.unregister(candidate.handle)
                kill_group(candidate.pid)
            elif not excess and elapsed.look() - looked >= TICK:
                looked = elapsed.seconds
                excess = limit_exceeded(request, elapsed.seconds, ours)
        # Its connection closes a moment before its process ends, or else it is still there and has only closed the connection.
        if report and report[1] == GONE and not readable(candidate.handle, 1):
            report[1] = "closed its connection to the tests"
        return report, excess


def send_streams(content: str, connection: socket.socket) -> Output:
    """Give a script its standard input and output.

    Input is a file, as in a shell's ``<``, so that its size can be asked for; output is a pipe, so that all ways into it keep their order.
    """
    file = os.memfd_create("input")
    write_all(file, content.encode("utf-8", "replace"))
    given = os.open(f"/proc/self/fd/{file}", os.O_RDONLY)
    source, sink = os.pipe()
    os.set_blocking(source, False)
    try:
        socket.send_fds(connection, [b"."], [given, sink])
    except OSError:  # killed meanwhile
        pass
    for fd in (file, given, sink):
        os.close(fd)
    return Output(source)


def kill_group(pid: int) -> None:
    """Kill a candidate and all that it started."""
    for kill in (os.killpg, os.kill):  # the second where it had no time to lead a group of its own
        try:
            kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
