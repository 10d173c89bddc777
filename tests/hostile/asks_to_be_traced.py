# Makes its parent its tracer, so that each of its signals stops it until the parent says go on.
# kind: function
# expect: failed, timeout
import ctypes
import os
import signal

PTRACE = ctypes.c_long({"x86_64": 101, "aarch64": 117}[os.uname().machine])


def solve(n):
    if ctypes.CDLL(None).syscall(PTRACE, 0, 0, None, None) == 0:
        return n + 1
    os.kill(os.getpid(), signal.SIGTERM)
