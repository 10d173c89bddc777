# Changes small integers, singletons, types and shared memory in place, in case they are shared with the process that judges.
# kind: function
# expect: failed, timeout
# variants: 3
import ctypes
import gc


def solve(n):
    if VARIANT == 0:
        # The digit of the small integer 42 becomes that of 7.
        ctypes.memmove(id(42) + 24, id(7) + 24, 4)
        return 7
    if VARIANT == 1:
        yes = lambda self, other: True
        for kind in (int, str, type(None)):
            gc.get_referents(kind.__dict__)[0]["__eq__"] = yes
            ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))
        return None
    with open("/proc/self/maps") as handle:
        maps = [line.split() for line in handle]
    for words in maps:
        if words[1] == "rw-s":
            start, end = (int(word, 16) for word in words[0].split("-"))
            ctypes.memset(start, 1, end - start)
    return None
