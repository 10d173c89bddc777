# Opens what it can until no descriptor is left, in many processes at once.
# kind: function
# expect: failed, memory
import os
import time


def solve(n):
    for _ in range(30):
        if os.fork() == 0:
            try:
                while True:
                    os.open("/dev/null", os.O_RDONLY)
            except OSError:
                time.sleep(60)
    try:
        while True:
            os.pipe()
    except OSError:
        return None
