# A process whose main thread has ended looks like a zombie without memory while its other threads hold it; it answers right if twice its limit was held.
# kind: function
# expect: memory, failed, timeout
import ctypes
import os
import threading
import time

EXIT = {"x86_64": 60, "aarch64": 93}[os.uname().machine]
SIZE, PROCESSES = 120 << 20, 5


def hold(theirs):
    time.sleep(0.05)
    os.write(theirs, b"!")
    time.sleep(60)


held = 0
for _ in range(PROCESSES):
    ours, theirs = os.pipe()
    if os.fork() == 0:
        try:
            block = b"x" * SIZE
            threading.stack_size(1 << 16)
            threading.Thread(target=hold, args=(theirs,)).start()
            ctypes.CDLL(None).syscall(EXIT, 0)
        finally:
            os._exit(0)
    os.close(theirs)
    held += len(os.read(ours, 1))
time.sleep(3)


def solve(n):
    return n + 1 if held == PROCESSES else None
