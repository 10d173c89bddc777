# Work in C that the interpreter cannot interrupt: a regular expression that backtracks, huge integers, endless iteration.
# kind: function
# expect: timeout, memory
# variants: 7
import collections
import itertools
import re


def solve(n):
    if VARIANT == 0:
        return re.match(r"(a+)+$", "a" * 64 + "b")
    if VARIANT == 1:
        return 7 ** (7**9)
    if VARIANT == 2:
        return sum(range(10**18))
    if VARIANT == 3:
        return collections.deque(itertools.count(), 0)
    if VARIANT == 4:
        return "x" * 10**12
    if VARIANT == 5:
        return list(range(10**12))
    return sorted(itertools.cycle("ab"))
