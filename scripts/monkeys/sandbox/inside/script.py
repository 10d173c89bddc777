"""A candidate that is a script: standard streams, exit status, and what CPython does at the end."""

import atexit
import builtins
import gc
import io
import json
import os
import sys
import types
from collections.abc import Callable
from typing import Any, NoReturn, Optional

from monkeys.sandbox.inside.channel import Channel
from monkeys.sandbox.inside.constants import FOLDER
from monkeys.sandbox.inside.exceptions import failure
from monkeys.sandbox.inside.filters import libc

Failure = tuple[str, tuple[str, str]]

flush_c_streams = libc.fflush
"""Looked up before any program runs."""


def standard_stream(fd: int, name: str) -> io.TextIOWrapper:
    """A standard stream as Python makes it at its start, in the locale C.UTF-8: its end does not close the descriptor, lines end as they are."""
    buffer: Any = open(fd, "wb", closefd=False) if fd else open(fd, "rb", closefd=False)
    buffer.raw.name = name
    errors = "backslashreplace" if fd == 2 else "surrogateescape"
    stream: Any = io.TextIOWrapper(buffer, encoding="utf-8", errors=errors, newline="\n", line_buffering=fd == 2)
    stream.mode = "w" if fd else "r"
    return stream  # type: ignore[no-any-return]


def open_standard_streams() -> None:
    """Make ``sys.stdin`` and its like anew, for what the descriptors lead to now."""
    sys.stdin = sys.__stdin__ = standard_stream(0, "<stdin>")  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = standard_stream(1, "<stdout>")  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = standard_stream(2, "<stderr>")  # type: ignore[misc]


def run_script(program: str, channel: Channel) -> NoReturn:
    """Run a program as if Python had been started with it; end with its exit status, and send the reason of a failure."""
    open_standard_streams()
    owner = os.getpid()
    status, reason = run_main(program)
    if not end_python():
        status = 120  # as Python does when it cannot flush the streams
    if os.getpid() == owner and status:
        kind = "memory" if reason and reason[0] == "memory" else "failed"
        try:
            channel.send(json.dumps([kind, ": ".join(reason[1]) if reason else f"left with status {status}"]).encode())
        except OSError:  # closed by the program
            pass
    os._exit(status & 255)


def run_main(program: str) -> tuple[int, Optional[Failure]]:
    """Run a program as the module ``__main__``: its exit status, and what failed."""
    module = types.ModuleType("__main__")
    module.__file__ = FOLDER + "/program.py"
    sys.modules["__main__"] = module
    sys.argv = ["program.py"]
    builtins.exit = builtins.quit = sys.exit  # type: ignore[assignment]  # as Python's site module does, which is not loaded here
    try:
        try:
            exec(compile(program, "<program>", "exec"), module.__dict__)
        finally:
            flush_standard_streams()  # as Python does before threads and functions that are called at exit
    except SystemExit as error:
        return status_of(error), None
    except BaseException as error:
        reason = failure(error)
        if sys.excepthook is not sys.__excepthook__:
            try:
                sys.excepthook(type(error), error, error.__traceback__)
            except SystemExit as other:
                return status_of(other), reason
            except BaseException:
                pass
        return 1, reason
    return 0, None


def status_of(error: SystemExit) -> int:
    """The exit status that Python makes of it."""
    return error.code if isinstance(error.code, int) else 0 if error.code is None else 1


def end_python() -> bool:
    """Do what Python does before it ends, in its order, so that all output is written; return whether the standard streams could be flushed.

    Output is often written by a function that is called at exit, by a stream of the program's own, or in a thread.
    """
    if "threading" in sys.modules:
        ignore_errors(sys.modules["threading"]._shutdown)
    ignore_errors(atexit._run_exitfuncs)
    flushed = flush_standard_streams()
    if gc.isenabled():
        ignore_errors(gc.collect)  # among what is still needed, this puts streams before what they write to, so they go in that order below
    for name in ("stdin", "stdout", "stderr"):
        setattr(sys, name, getattr(sys, f"__{name}__", None))
    # The program's own names go first, and with them what is reachable from there alone; finalisers then write what they have to.
    sys.modules.pop("__main__", None)
    ignore_errors(gc.collect)
    streams = [
        item for item in gc.get_objects() if issubclass(type(item), (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom, io.BufferedRWPair))
    ]
    for text in (True, False):
        for stream in streams:
            if issubclass(type(stream), io.TextIOWrapper) is text and stream is not sys.stdout and stream is not sys.stderr:
                ignore_errors(stream.flush)
    flush_standard_streams()
    flush_c_streams(None)  # what C functions print
    return flushed


def ignore_errors(action: Callable[[], object]) -> None:
    """What fails while Python ends changes nothing."""
    try:
        action()
    except BaseException:
        pass


def flush_standard_streams() -> bool:
    """As Python does it: a stream that is closed or missing is skipped, one that cannot be flushed is an error (False)."""
    flushed = True
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name, None)
        if stream is None:
            continue
        try:
            closed = bool(stream.closed)
        except BaseException:
            closed = False
        try:
            if not closed:
                stream.flush()
        except BaseException:
            flushed = False
    return flushed
