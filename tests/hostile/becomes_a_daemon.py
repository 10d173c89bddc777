# Leaves a process of its own session behind, whose parent is gone, that ignores what it can and keeps all descriptors.
# kind: function
# expect: failed
import os
import signal
import time


def solve(n):
    if os.fork() == 0:
        try:
            os.setsid()
        except OSError:
            pass
        if os.fork():
            os._exit(0)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        while True:
            time.sleep(1)
    os.wait()
