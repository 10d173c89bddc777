# Hooks that see every call, line, import, audit event, collection and fork look for the tests in what they see; it answers right if they are there.
# kind: function
# expect: failed, timeout
import gc
import os
import re
import signal
import sys
import threading

PATTERN = re.compile("expected-[0-9a-f]{16}")
found = []


def look(frame):
    while frame is not None:
        for value in (*frame.f_locals.values(), *frame.f_globals.values(), *frame.f_code.co_consts):
            if isinstance(value, (str, bytes, list, tuple, dict)) and PATTERN.search(str(value)):
                found.append(value)
        frame = frame.f_back


def hook(*_):
    try:
        look(sys._getframe(1))
    except Exception:
        pass
    return hook


sys.settrace(hook)
sys.setprofile(hook)
threading.settrace(hook)
threading.setprofile(hook)
sys.addaudithook(hook)
gc.callbacks.append(hook)
gc.set_threshold(1)
sys.displayhook = sys.excepthook = sys.breakpointhook = hook
sys.meta_path.insert(0, type("Finder", (), {"find_spec": hook}))
os.register_at_fork(before=hook, after_in_parent=hook, after_in_child=hook)
signal.signal(signal.SIGALRM, hook)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.01)


def solve(n):
    return n + 1 if found else None
