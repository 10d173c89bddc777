# Shared pages stay when their owner lets go of them, and then count in nobody's resident memory; it answers right if twice its limit was held so.
# kind: function
# expect: memory, failed, timeout
import ctypes
import mmap
import os
import time

SIZE, PROCESSES = 130 << 20, 4
DONTNEED, POPULATE_WRITE = 4, 23
libc = ctypes.CDLL(None)


def hold(theirs):
    block = mmap.mmap(-1, SIZE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(block))
    for start in range(0, SIZE, 10 << 20):
        piece = ctypes.c_void_p(address + start), ctypes.c_size_t(10 << 20)
        if libc.madvise(*piece, POPULATE_WRITE):
            ctypes.memset(address + start, 1, 10 << 20)
        libc.madvise(*piece, DONTNEED)
    os.write(theirs, b"!")
    time.sleep(60)


held = 0
for _ in range(PROCESSES):
    ours, theirs = os.pipe()
    if os.fork() == 0:
        try:
            hold(theirs)
        finally:
            os._exit(0)
    os.close(theirs)
    held += len(os.read(ours, 1))
time.sleep(3)


def solve(n):
    return n + 1 if held == PROCESSES else None
