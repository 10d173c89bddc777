# A child reads what the tests send before the interpreter does, so that half of a question is missing.
# kind: function
# expect: failed, timeout
# wall: 3
import os
import stat

for fd in range(64):
    try:
        if stat.S_ISSOCK(os.fstat(fd).st_mode) and os.fork() == 0:
            while os.read(fd, 3):
                pass
            os._exit(0)
    except OSError:
        pass


def solve(n):
    return None
