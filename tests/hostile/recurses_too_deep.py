# Deep recursion in Python and in C, with the interpreter's own guard switched off.
# kind: function
# expect: failed, memory, timeout
# variants: 5
import sys


class Chain:
    def __getattr__(self, name):
        return getattr(self, name + "x")


def down(n):
    return down(n)


def solve(n):
    if VARIANT:
        sys.setrecursionlimit(2**31 - 1)
    if VARIANT < 2:
        return down(n)
    if VARIANT == 2:
        return Chain().x
    nest = []
    for _ in range(1_000_000):
        nest = [nest]
    return repr(nest) if VARIANT == 3 else nest == [nest]
