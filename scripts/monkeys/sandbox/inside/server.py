"""Where the program inside a sandbox starts: it forks the zygote, then serves requests.

Messages are JSON, each behind its length in four bytes; requests come in on standard input, replies leave on standard output. The first message of
all is ``{"python": "3.11.2", "numpy": "2.4.6"}``. Then each request is answered by one reply:

- ``{"kind": "define", "key", "tests", "entry_point", "keep", "memory_mb"}``: keep tests (source text that defines ``check(candidate)``) under a key,
  and try whether they run; forget the oldest beyond ``keep``. ``memory_mb`` limits their process. Reply ``{"error": str or null}``.
- ``{"kind": "function", "program", "key", **limits}``: run the tests of a key on the function that the program defines.
- ``{"kind": "script", "program", "input", **limits}``: run a program that reads standard input and writes standard output.
- ``{"kind": "usage"}``: what the sandbox has taken so far. Reply ``{"cpu_seconds": float, "memory_mb": float}``, memory at its peak, of the
  supervisor and the zygote together.

Limits are ``{"cpu_seconds": int, "wall_seconds": float, "memory_mb": int}``; the reply to a program is ``{"outcome", "detail", "cpu_seconds",
"output"}``.
"""

import json
import os
import platform
import re
import signal
import socket
import sys

from monkeys.sandbox.inside.channel import Channel
from monkeys.sandbox.inside.constants import PACKAGES
from monkeys.sandbox.inside.filters import ARCHITECTURES, PR_SET_DUMPABLE, prctl
from monkeys.sandbox.inside.script import open_standard_streams
from monkeys.sandbox.inside.supervisor import Supervisor, Zygote
from monkeys.sandbox.inside.zygote import be_zygote

PRELOADED = (
    *("collections", "copy", "datetime", "functools", "hashlib", "heapq", "itertools", "math", "operator"),
    *("random", "re", "statistics", "string", "typing"),
)
"""Imported before the first fork, so that programs find them loaded. A short list: a fork takes longer, the more memory the server has."""


def numpy_version() -> str:
    """The version of numpy that programs may import, read without importing it; empty where there is none."""
    try:
        with open(PACKAGES + "/numpy/version.py", encoding="utf-8") as handle:
            found = re.search(r'^version = "([^"]+)"', handle.read(), re.M)
    except OSError:
        return ""
    return found[1] if found else ""


def reset_signals() -> None:
    """Handle signals as a program in the foreground of a shell does, however the workflow was started.

    ``nohup`` and shells make jobs in the background ignore some, and all descendants inherit that.
    """
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in signal.valid_signals() - {signal.SIGPIPE, signal.SIGXFSZ}:  # Python itself ignores these two
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


def main() -> None:
    """Serve requests until standard input ends.

    Raises:
        SystemExit: the sandbox cannot go on; the message says why, and the workflow starts another.
    """
    if platform.machine() not in ARCHITECTURES:
        sys.exit(f"no filter of system calls is known for a machine of the kind {platform.machine()}")
    sys.setrecursionlimit(1000)
    if hasattr(sys, "set_int_max_str_digits"):  # a limit that the data sets' own verifiers did not have; tests and candidates inherit it from here
        sys.set_int_max_str_digits(0)
    for name in PRELOADED:
        __import__(name)
    os.umask(0o022)
    reset_signals()
    requests, replies = os.dup(0), os.dup(1)
    sys.stderr = os.fdopen(os.dup(2), "w", encoding="utf-8")  # for this server's own error messages; candidates have it closed
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)
    os.close(nowhere)
    sys.path.append(PACKAGES)
    prctl(PR_SET_DUMPABLE, 0)  # nobody reads or writes our memory or files through /proc, nor those of what we fork
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        try:
            ours.close()
            os.close(requests)
            os.close(replies)
            errors = sys.stderr
            open_standard_streams()
            errors.close()
            be_zygote(theirs)
        finally:
            os._exit(1)
    theirs.close()
    supervisor = Supervisor(Zygote(pid, ours), (requests, replies, ours.fileno()))
    channel, output = Channel(requests), Channel(replies)
    output.send(json.dumps({"python": platform.python_version(), "numpy": numpy_version()}).encode())
    actions = {"define": supervisor.define, "usage": supervisor.usage, "function": supervisor.run, "script": supervisor.run}
    while True:
        message = channel.receive()
        if message is None:
            return
        request = json.loads(message)
        output.send(json.dumps(actions[request["kind"]](request)).encode())


if __name__ == "__main__":
    main()
