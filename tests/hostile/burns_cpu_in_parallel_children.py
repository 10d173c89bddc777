# Eight children burn what one process may not; it answers right if they could burn four times the limit, however long that takes.
# kind: function
# expect: timeout
import os
import time

ours, theirs = os.pipe()
for _ in range(8):
    if os.fork() == 0:
        while time.process_time() < 0.5:
            pass
        os.write(theirs, b"!")
        while True:
            pass
burnt = b""
while len(burnt) < 8:
    burnt += os.read(ours, 8)


def solve(n):
    return n + 1
