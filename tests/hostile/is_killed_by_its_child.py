# A child whose end sends its parent the one signal that otherwise says that the machine ended the program: then nobody would be to blame.
# kind: function
# expect: failed
# variants: 3
import ctypes
import os
import signal
import time

CLONE = ctypes.c_long({"x86_64": 56, "aarch64": 220}[os.uname().machine])
PARENT_DEATH = 1


def solve(n):
    libc = ctypes.CDLL(None)
    if VARIANT == 0:
        if libc.syscall(CLONE, ctypes.c_long(signal.SIGKILL), None, None, None, None) == 0:
            os._exit(0)
    elif VARIANT == 1:
        libc.prctl(PARENT_DEATH, signal.SIGKILL, 0, 0, 0)
        os.kill(os.getpid(), signal.SIGKILL)
    else:
        # The end of a thread is the death of a parent, too, for what it has started.
        if os.fork() == 0:
            os.kill(os.getppid(), signal.SIGKILL)
            os._exit(0)
    time.sleep(0.5)
