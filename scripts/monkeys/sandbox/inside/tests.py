"""The tests' process, which never executes a line of a candidate: it calls the candidate's functions over a socket."""

import builtins
import gc
import json
import marshal
import os
import random
import resource
import socket
import sys
import types
from collections.abc import Callable
from typing import Any, NoReturn, Optional

from monkeys.sandbox.inside.assertions import failed_assertion
from monkeys.sandbox.inside.channel import Channel
from monkeys.sandbox.inside.constants import GONE, MANY_BYTES, MEGABYTE, READY, UNREADY
from monkeys.sandbox.inside.exceptions import describe_error, message_of
from monkeys.sandbox.inside.values import SHARED, RefusedValueError, RemoteObject, is_cyclic, shape, to_plain

LONGEST_REPLY = 64 * MEGABYTE
"""Bytes of a candidate's answer."""

ANSWERS: dict[str, tuple[Optional[type], Optional[list[type]]]] = {
    "value": (None, None),
    "range": (tuple, [int, int, int]),
    "iterator": (list, None),
    "object": (int, None),
    "error": (tuple, [str, str]),
    "memory": (None, None),
    GONE: (None, None),
}
"""Kinds of answers, with the type of the value, and of its parts, where only one is allowed."""


class RemoteFunction:
    """A function or class of the candidate's, as the tests see it."""

    def __init__(self, candidate: "RemoteCandidate", name: str) -> None:
        self.candidate, self.name = candidate, name

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self.candidate.call(self.name, arguments, keywords)


class CandidateNamespace(dict[str, Any]):
    """The tests' namespace, where a name that nothing defines is one of the candidate's."""

    candidate: "Optional[RemoteCandidate]" = None

    def __missing__(self, name: str) -> RemoteFunction:
        if self.candidate is None or hasattr(builtins, name):
            raise KeyError(name)
        return RemoteFunction(self.candidate, name)


class RemoteCandidate:
    """The candidate's process, as the tests see it.

    Args:
        channel: the connection to it.
        conclude: ends the tests' process with an outcome and a detail.
    """

    def __init__(self, channel: Channel, conclude: Callable[[str, str], NoReturn]) -> None:
        self.channel, self.conclude = channel, conclude
        self.received = self.uncollected = 0
        """Bytes of its answers, and of those since garbage was collected."""
        self.cyclic = False

    def call(self, name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """What a function of the candidate's namespace returns or raises."""
        message = marshal.dumps((name, to_plain(arguments), to_plain(keywords)))
        try:
            self.channel.send(message)
        except OSError:
            self.conclude("failed", GONE)
        return self.answer()

    def answer(self) -> Any:
        """The candidate's next answer: a result, or an exception, which is raised as the built-in one that its class is derived from.

        What ends the tests ends them here, as they may catch whatever is raised.
        """
        error: Any = None
        try:
            message = self.channel.receive()
            if message is None:
                kind = GONE
            else:
                self.count(len(message))
                kind, value = self.read(marshal.loads(message))
                if kind == "error":
                    name, text = value
                    error = getattr(builtins, name, None)
        except MemoryError:
            self.conclude("memory", "a result too large to look at")
        except OSError:
            kind = GONE
        except Exception:
            self.conclude("failed", "answered with what is no plain value")
        if kind == GONE:
            self.conclude("failed", GONE)
        if kind == "memory":
            self.conclude("memory", "MemoryError")
        if kind != "error":
            return value
        if not (isinstance(error, type) and issubclass(error, Exception)):
            self.conclude("failed", f"{name}: {text}")  # SystemExit, KeyboardInterrupt and their like: a program that leaves
        try:
            raised = error(text)
        except TypeError:  # the few that need more than a text
            raised = Exception(text)
        raise raised

    def count(self, size: int) -> None:
        """Count received bytes. Python would not look for containers that contain themselves while there are only a few large ones."""
        self.received += size
        self.uncollected += size
        if self.uncollected > MANY_BYTES:
            gc.collect()
            self.uncollected = 0

    def read(self, answer: Any) -> tuple[str, Any]:
        """Kind and value of an answer: exactly a tuple of two, in which each kind has a value of its own types."""
        if type(answer) is not tuple or len(answer) != 2 or type(answer[0]) is not str:
            raise RefusedValueError
        kind, value = answer
        found = shape(value)
        if not found or kind not in ANSWERS:
            raise RefusedValueError
        whole, parts = ANSWERS[kind]
        if (whole and type(value) is not whole) or (parts and [type(part) for part in value] != parts):
            raise RefusedValueError
        if found == SHARED and not self.cyclic:
            self.cyclic = is_cyclic(value)
        if kind == "range":
            value = range(*value)
        elif kind == "iterator":
            value = iter(value)
        elif kind == "object":
            value = RemoteObject(self, value)
        return kind, value


def explained(error: AssertionError, source: str) -> str:
    """An assertion's message, and its line of the tests."""
    message = message_of(error)
    try:
        line = failed_assertion(error, source.split("\n"), RemoteFunction)
    except MemoryError:  # tests of many megabytes, beside what a program answered
        line = ""
    return f"AssertionError: {'; '.join(filter(None, (message, line)))}"[:400]


def be_tests(source: str, code: types.CodeType, entry_point: str, memory_mb: int, control: socket.socket) -> NoReturn:
    """The tests' whole life: for each candidate, whose connection comes over ``control``, they answer with a verdict.

    Args:
        source: of the tests, which define ``check(candidate)``.
        code: the same, compiled.
        entry_point: name of the candidate's function.
        memory_mb: megabytes of address space of this process.
        control: to the supervisor.
    """
    supervisor = Channel(control.fileno())

    def send(*message: Any) -> None:
        supervisor.send(json.dumps(message).encode())

    def conclude(outcome: str, detail: str) -> NoReturn:
        send(outcome, detail[:400], "over")
        os._exit(0)

    def new_namespace() -> CandidateNamespace:
        namespace = CandidateNamespace({"__name__": "tests"})
        exec(code, namespace)
        return namespace

    resource.setrlimit(resource.RLIMIT_AS, (memory_mb * MEGABYTE,) * 2)
    uncollected = 0
    gc.freeze()
    try:
        problem = None if callable(new_namespace().get("check")) else "they define no function `check`"
    except BaseException as error:
        problem = describe_error(error)
    send("ready", problem)
    while True:
        message, fds, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            os._exit(0)
        try:
            random.seed(0)  # so that two verifications of the same program do not differ by chance
            if "numpy.random" in sys.modules:
                sys.modules["numpy.random"].seed(0)
            channel = Channel(fds[0], LONGEST_REPLY)
            try:
                ready = channel.receive() == READY
            except OSError:  # it was killed before it read its request
                ready = False
            if not ready:
                conclude("infrastructure_error", UNREADY)
            candidate = RemoteCandidate(channel, conclude)
            candidate.uncollected = uncollected
            candidate.answer()
            namespace = new_namespace()
            namespace.candidate = candidate
            function = RemoteFunction(candidate, entry_point)
            # Looked up before the function gets its name, which may be the same.
            check = namespace["check"]
            namespace[entry_point] = function
            check(function)
            verdict = "passed", ""
        except MemoryError:
            conclude("memory", "a result too large to look at")
        except AssertionError as error:
            verdict = "failed", explained(error, source)
        except Exception as error:
            verdict = "failed", describe_error(error)
        except BaseException as error:
            conclude("failed", describe_error(error))
        if candidate.cyclic or candidate.received > MEGABYTE:
            conclude(*verdict)  # whatever it leaves here would be found by the candidates after it
        uncollected = candidate.uncollected
        os.close(fds[0])
        send(*verdict)
