# A child of the call comes back from it too, so that every question gets two answers.
# kind: function
# expect: failed, timeout
import os


def solve(n):
    return n + 2 if os.fork() else n + 3
