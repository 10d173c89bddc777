# Each child takes less than the limit, all together many times as much; it answers right if they could hold it.
# kind: function
# expect: memory, failed, timeout
import os
import time

CHILDREN = 5
ours, theirs = os.pipe()
for _ in range(CHILDREN):
    if os.fork() == 0:
        block = b"x" * (130 << 20)
        os.write(theirs, b"!")
        time.sleep(60)
        os._exit(len(block) % 2)
held = 0
while held < CHILDREN:
    held += len(os.read(ours, 1))
time.sleep(3)


def solve(n):
    return n + 1
