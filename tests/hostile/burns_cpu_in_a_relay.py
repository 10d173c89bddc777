# Each process burns less than the limit and hands on to a child; it answers right if four times the limit was burnt.
# kind: function
# expect: timeout
import os
import time

ours, theirs = os.pipe()
if os.fork() == 0:
    for _ in range(14):
        while time.process_time() < 0.3:
            pass
        if os.fork():
            os._exit(0)
    os.write(theirs, b"!")
    os._exit(0)
os.close(theirs)
burnt = os.read(ours, 1) == b"!"


def solve(n):
    return n + 1 if burnt else None
