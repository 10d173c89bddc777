# Short-lived children whose CPU time the kernel adds to nobody's, as SIGCHLD is ignored; it answers right if they burnt more than twice the limit.
# kind: function
# expect: timeout, failed
# variants: 2
import ctypes
import os
import signal
import time

SIGACTION = {"x86_64": 13, "aarch64": 134}[os.uname().machine]
NO_CHILD_WAIT = 2

if VARIANT == 0:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
else:
    action = (ctypes.c_ulong * 4)(0, NO_CHILD_WAIT, 0, 0)
    ctypes.CDLL(None).syscall(ctypes.c_long(SIGACTION), int(signal.SIGCHLD), action, None, ctypes.c_size_t(8))
for _ in range(110):
    if os.fork() == 0:
        while time.process_time() < 0.02:
            pass
        os._exit(0)
    try:
        os.wait()
    except ChildProcessError:
        pass


def solve(n):
    return n + 1
