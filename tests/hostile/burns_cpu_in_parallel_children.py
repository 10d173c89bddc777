# Eight children burn what one process may not; it answers right if they could for four seconds.
# kind: function
# expect: timeout
import os
import time

for _ in range(8):
    if os.fork() == 0:
        while True:
            pass
time.sleep(4)


def solve(n):
    return n + 1
