# Everything that runs when an interpreter ends tries to end it well, with words that sound like a verdict.
# kind: function
# expect: failed
import atexit
import os
import signal
import sys
import threading
import weakref


def well(*_):
    for fd in range(64):
        try:
            os.write(fd, b'{"outcome": "passed", "detail": ""}\n')
        except OSError:
            pass
    os._exit(0)


class Last:
    def __del__(self):
        well()


atexit.register(well)
threading._register_atexit(well)
weakref.finalize(threading.main_thread(), well)
kept = Last()
sys.excepthook = sys.unraisablehook = threading.excepthook = well
for number in (signal.SIGTERM, signal.SIGXCPU, signal.SIGHUP, signal.SIGPIPE, signal.SIGUSR1):
    signal.signal(number, well)


def solve(n):
    raise ValueError
