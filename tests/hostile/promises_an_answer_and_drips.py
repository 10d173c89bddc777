# Announces a large answer and sends a byte of it now and then: there is always something to read, and never an answer.
# kind: function
# expect: timeout
# wall: 3
import os
import stat
import time


def solve(n):
    sockets = [fd for fd in range(64) if os.path.exists(f"/proc/self/fd/{fd}") and stat.S_ISSOCK(os.fstat(fd).st_mode)]
    for fd in sockets:
        os.write(fd, b"\x03\0\0\0")
    while True:
        time.sleep(0.02)
        for fd in sockets:
            os.write(fd, b"x")
