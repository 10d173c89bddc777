# Asks for more than it was given; it answers right if a hard limit can be raised or a lost right comes back.
# kind: function
# expect: failed
import ctypes
import os
import resource

NAMES = ("CPU", "AS", "FSIZE", "NOFILE", "NPROC", "CORE")


def solve(n):
    for name in NAMES:
        limit = getattr(resource, "RLIMIT_" + name)
        _, hard = resource.getrlimit(limit)
        if hard == resource.RLIM_INFINITY:
            return n + 1
        try:
            resource.setrlimit(limit, (hard + 1, hard + 1))
            return n + 1
        except (OSError, ValueError):
            pass
    libc = ctypes.CDLL(None)
    if libc.prctl(38, 0, 0, 0, 0) == 0 or libc.prctl(24, 21, 0, 0, 0) == 0 and libc.prctl(47, 2, 21, 0, 0) == 0:
        return n + 1
    for change in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0]), lambda: os.nice(-1)):
        try:
            change()
            return n + 1
        except OSError:
            pass
