# More memory than it may have, by every way that the interpreter offers, and catches the error each time.
# kind: function
# expect: memory, timeout, failed
# variants: 5
import ctypes
import mmap
import sys

HOARD = []


def solve(n):
    taken = 0
    while taken < 4 << 30:
        size = 16 << 20
        try:
            if VARIANT == 0:
                HOARD.append("x" * size)
            elif VARIANT == 1:
                HOARD.append(bytearray(b"x" * size))
            elif VARIANT == 2:
                block = mmap.mmap(-1, size)
                block.write(b"x" * size)
                HOARD.append(block)
            elif VARIANT == 3:
                block = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000)
                block.write(b"x" * size)
                HOARD.append(block)
            else:
                HOARD.append(ctypes.create_string_buffer(b"x" * size))
        except MemoryError:
            if taken:
                raise
        taken += size
    return n + 1
