# Machine code that makes system calls by the 32-bit convention, or by the one with 32-bit pointers: other numbers than a filter may expect.
# kind: function
# expect: failed, timeout
# variants: 3
import ctypes
import mmap
import os
import time


def code(number, first, second):
    """The call by the interrupt of 32-bit programs: push rbx; mov eax, ebx, ecx; int 0x80; pop rbx; ret."""
    words = (number.to_bytes(4, "little"), (first & 0xFFFFFFFF).to_bytes(4, "little"), second.to_bytes(4, "little"))
    return b"\x53\xb8" + words[0] + b"\xbb" + words[1] + b"\xb9" + words[2] + b"\xcd\x80\x5b\xc3"


def call(*arguments):
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code(*arguments))
    return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()


def solve(n):
    if os.uname().machine != "x86_64":
        return None
    number = 19 if VARIANT else 9
    if VARIANT < 2:
        if call(20, 0, 0) > 0 and call(37, -1, number) == 0:  # getpid, kill
            return n + 1
    elif ctypes.CDLL(None).syscall(ctypes.c_long(0x40000000 | 62), -1, 9) == 0:  # kill by the x32 convention
        return n + 1
    time.sleep(0.3)
