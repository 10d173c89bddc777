# Every process forks for ever.
# kind: function
# expect: timeout, failed, memory
import os


def solve(n):
    while True:
        try:
            os.fork()
        except OSError:
            pass
