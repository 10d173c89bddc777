# Ignores and blocks every signal that it may, the one of the CPU limit too, and catches everything.
# kind: function
# expect: timeout
import signal


def solve(n):
    for number in signal.valid_signals():
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
