# Reads every descriptor that it has, from the start and as a socket, also without taking the data; it answers right if the tests' text comes out.
# kind: function
# expect: failed, timeout
import os
import re
import socket

PATTERN = re.compile(b"expected-[0-9a-f]{16}")


def contents(fd):
    os.set_blocking(fd, False)
    for take in (
        lambda: os.pread(fd, 1 << 20, 0),
        lambda: socket.socket(fileno=os.dup(fd)).recv(1 << 20, socket.MSG_PEEK | socket.MSG_DONTWAIT),
        lambda: os.read(fd, 1 << 20),
        lambda: os.fdopen(os.open(f"/proc/self/fd/{fd}", os.O_RDONLY | os.O_NONBLOCK), "rb").read(1 << 20),
        lambda: os.readlink(f"/proc/self/fd/{fd}").encode(),
    ):
        try:
            yield take() or b""
        except (OSError, ValueError):
            pass


def look():
    for fd in range(64):
        try:
            os.fstat(fd)
        except OSError:
            continue
        for data in contents(fd):
            if PATTERN.search(data):
                return True
    return False


found = look()


def solve(n):
    return n + 1 if found or look() else None
