# Answers that are code, or that only live in the process that made them.
# kind: function
# expect: failed
# variants: 18
import array
import ctypes
import sys
import types
import weakref


class Thing:
    pass


KEPT = Thing()


async def later():
    pass


MAKERS = (
    lambda: compile("import os; os._exit(0)", "<answer>", "exec"),
    lambda: solve,
    lambda: (number for number in [42]),
    lambda: Thing,
    lambda: sys,
    lambda: memoryview(b"42"),
    lambda: types.MappingProxyType({1: 2}),
    lambda: weakref.proxy(KEPT),
    lambda: sys._getframe(),
    later,
    lambda: iter([42]),
    lambda: Ellipsis,
    lambda: StopIteration,
    lambda: array.array("i", [42]),
    lambda: ctypes.c_int(42),
    lambda: [compile("1", "<answer>", "eval")],
    lambda: {compile("1", "<answer>", "eval"): 1},
    lambda: NotImplemented,
)


def solve(n):
    return MAKERS[VARIANT]()
