# Kills or stops every process that it can name, its parent and the first one included, and then everyone at once.
# kind: function
# expect: failed, timeout
# variants: 4
import os
import signal
import time


def solve(n):
    number = (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGSEGV)[VARIANT]
    own = os.getpid()
    others = [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != own]
    for pid in (os.getppid(), 1, 2, *others):
        for send in (os.kill, os.killpg):
            try:
                send(pid, number)
            except OSError:
                pass
    for pid in (-1, -2, -os.getppid()):
        try:
            os.kill(pid, number)
        except OSError:
            pass
    time.sleep(0.3)
