# The same calls upon whole groups or all of a user's processes, by which a check of the process's id is passed by.
# kind: function
# expect: failed, timeout
# variants: 4
import ctypes
import os

IOPRIO = ctypes.c_long({"x86_64": 251, "aarch64": 30}[os.uname().machine])


def solve(n):
    try:
        if VARIANT == 0:
            os.setpriority(os.PRIO_USER, 0, 15)
        elif VARIANT == 1:
            os.setpriority(os.PRIO_USER, os.getuid(), 15)
        elif VARIANT == 2:
            group = os.getpgid(os.getppid())
            if group == 0:  # of another process namespace; and 0 means one's own
                return None
            os.setpriority(os.PRIO_PGRP, group, 15)
        elif ctypes.CDLL(None).syscall(IOPRIO, 3, os.getuid(), 3 << 13) != 0:
            return None
    except OSError:
        return None
    return n + 1
