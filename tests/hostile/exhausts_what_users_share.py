# Kernel objects that are counted by user and not by process: asynchronous I/O, watches, queues of pipes and of pending signals.
# kind: function
# expect: failed
import ctypes
import os

IO_SETUP = ctypes.c_long({"x86_64": 206, "aarch64": 0}[os.uname().machine])
libc = ctypes.CDLL(None)


def solve(n):
    for _ in range(200):
        context = ctypes.c_ulong(0)
        libc.syscall(IO_SETUP, 4096, ctypes.byref(context))
    for _ in range(30):
        fd = libc.inotify_init()
        for name in os.listdir("/usr/bin")[:100]:
            libc.inotify_add_watch(fd, f"/usr/bin/{name}".encode(), 0xFFF)
    for _ in range(20):
        libc.epoll_create(1)
