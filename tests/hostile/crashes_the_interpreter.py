# Ends its process by a signal of the hardware, in ways that no interpreter can catch.
# kind: function
# expect: failed
# variants: 7
import ctypes
import faulthandler
import mmap
import os
import types


def solve(n):
    if VARIANT == 0:
        ctypes.string_at(0)
    elif VARIANT == 1:
        os.abort()
    elif VARIANT == 2:
        faulthandler._sigsegv()
    elif VARIANT == 3:
        ctypes.memset(id(None), 255, 16)
    elif VARIANT == 4:
        code = solve.__code__.replace(co_code=bytes([100, 255, 83, 0]) * 8, co_consts=())
        types.FunctionType(code, {})(n)
    elif VARIANT == 5:
        page = mmap.mmap(-1, 4096, prot=7)
        page.write(bytes(4096))
        ctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
    else:
        with open("short", "wb") as handle:
            handle.write(b"x" * 8192)
        with open("short", "r+b") as handle:
            page = mmap.mmap(handle.fileno(), 8192)
            handle.truncate(0)
        return page[5000]
