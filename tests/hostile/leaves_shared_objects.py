# Objects of the kernel that outlive their maker: shared memory, semaphores and queues of both kinds, keys. It answers right if one can be made.
# kind: function
# expect: failed
# variants: 5
import ctypes
import os

# shmget, semget, msgget, mq_open, add_key
CALLS = {"x86_64": (29, 64, 68, 240, 248), "aarch64": (194, 190, 186, 180, 217)}[os.uname().machine]
KEY = 0x6C656674
libc = ctypes.CDLL(None)


def solve(n):
    arguments = (
        (KEY, ctypes.c_size_t(4096), 0o1666),
        (KEY, 1, 0o1666),
        (KEY, 0o1666),
        (b"left", 0o102, 0o666, None),
        (b"user", b"left", b"left", ctypes.c_size_t(4), -4),
    )[VARIANT]
    return n + 1 if libc.syscall(ctypes.c_long(CALLS[VARIANT]), *arguments) >= 0 else None
