# Everything that a process may set for itself and its children, which the next sample must not meet.
# kind: function
# expect: failed
import ctypes
import gc
import locale
import os
import random
import resource
import signal
import sys
import time
import warnings


def solve(n):
    os.environ.clear()
    os.environ.update(LEFT="left", TZ="Asia/Kathmandu", PYTHONPATH="/tmp", LD_PRELOAD="/tmp/left.so")
    time.tzset()
    os.umask(0o777)
    os.nice(19)
    random.seed(1)
    sys.setrecursionlimit(50)
    sys.setswitchinterval(100)
    sys.path[:] = ["/tmp"]
    sys.modules.clear()
    sys.dont_write_bytecode = True
    sys.set_int_max_str_digits(640)
    gc.disable()
    gc.freeze()
    warnings.simplefilter("error")
    for change in (
        lambda: locale.setlocale(locale.LC_ALL, "C"),
        lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN),
        lambda: signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals()),
        lambda: signal.alarm(1000),
        lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (5, 5)),
        lambda: resource.setrlimit(resource.RLIMIT_STACK, (1 << 16, 1 << 16)),
        lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
        lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}),
        lambda: os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0)),
        lambda: ctypes.CDLL(None).personality(0x0040000),
        lambda: ctypes.CDLL(None).prctl(15, b"left", 0, 0, 0),
        lambda: ctypes.CDLL(None).prctl(36, 1, 0, 0, 0),
        lambda: ctypes.CDLL(None).prctl(29, 1_000_000_000, 0, 0, 0),
        lambda: ctypes.CDLL(None).prctl(1, 9, 0, 0, 0),
        lambda: open("/proc/self/oom_score_adj", "w").write("1000"),
        lambda: open("/proc/self/coredump_filter", "w").write("0"),
        lambda: os.chdir("/"),
    ):
        try:
            change()
        except OSError:
            pass
