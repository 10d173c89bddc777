# Uses no CPU time at all and never answers: only the limit on the wall can end it.
# kind: function
# expect: timeout
import time


def solve(n):
    while True:
        time.sleep(3600)
