# Writes into every descriptor that it has, for ever, so that whoever reads there drowns.
# kind: function
# expect: failed, timeout, memory
import os


def solve(n):
    chunk = b'["passed", ""]\n' * 4000
    for fd in range(64):
        try:
            os.set_blocking(fd, False)
        except OSError:
            pass
    while True:
        for fd in range(64):
            try:
                os.write(fd, chunk)
            except OSError:
                pass
