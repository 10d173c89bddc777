# Named shared memory and semaphores, held open and locked by a process that tries to stay.
# kind: function
# expect: failed, timeout
import fcntl
import mmap
import os
import time


def solve(n):
    handles = []
    for number in range(20):
        handle = open(f"/dev/shm/{'sem.' if number % 2 else ''}left-{number}", "w+b")
        handle.truncate(1 << 20)
        mmap.mmap(handle.fileno(), 1 << 20).write(b"left" * 1000)
        handles.append(handle)
    if os.fork() == 0:
        for handle in handles:
            fcntl.flock(handle, fcntl.LOCK_EX)
            fcntl.lockf(handle, fcntl.LOCK_EX)
        time.sleep(600)
    time.sleep(0.05)
