# A parent that waits inside vfork for a child that never executes, and children that nobody ever waits for.
# kind: function
# expect: failed, timeout
import ctypes
import os

CLONE = ctypes.c_long({"x86_64": 56, "aarch64": 220}[os.uname().machine])
CLONE_VFORK = 0x4000


def solve(n):
    for _ in range(40):
        if os.fork() == 0:
            os._exit(0)
    if os.fork() == 0:
        if ctypes.CDLL(None).syscall(CLONE, CLONE_VFORK | 17, None, None, None, None) == 0:
            os.read(os.pipe()[0], 1)
        os._exit(0)
