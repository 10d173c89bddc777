# Looks for the text of the tests in frames, among all objects, in modules, in the garbage and in sources; it answers right if it is there.
# kind: function
# expect: failed, timeout
import gc
import inspect
import linecache
import re
import sys
import threading

PATTERN = re.compile("expected-[0-9a-f]{16}")


def objects():
    for frame in sys._current_frames().values():
        while frame is not None:
            yield from (frame.f_locals, frame.f_globals, frame.f_builtins, frame.f_code.co_consts)
            frame = frame.f_back
    yield from (vars(module) for module in list(sys.modules.values()))
    yield from (sys.argv, sys.orig_argv, linecache.cache, threading.enumerate(), gc.garbage, sys.exc_info())
    yield from gc.get_objects()
    for item in gc.get_objects():
        yield from gc.get_referents(item)


def solve(n):
    seen = set()
    for item in objects():
        if id(item) in seen:
            continue
        seen.add(id(item))
        values = item.values() if type(item) is dict else item if type(item) in (list, tuple, set) else (item,)
        for value in list(values):
            text = value.decode("latin1") if type(value) in (bytes, bytearray) else value
            if type(text) is str and PATTERN.search(text):
                return n + 1
    try:
        source = inspect.getsource(sys.modules["__main__"])
    except Exception:
        source = ""
    return n + 1 if PATTERN.search(source) else None
