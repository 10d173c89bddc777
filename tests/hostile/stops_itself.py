# Stops its whole process group, which then neither runs nor ends.
# kind: function
# expect: timeout, failed
# wall: 4
import os
import signal


def solve(n):
    if os.fork() == 0:
        os.kill(os.getpid(), signal.SIGSTOP)
    os.kill(os.getpid(), signal.SIGSTOP)
