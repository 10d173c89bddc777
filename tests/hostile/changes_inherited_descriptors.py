# Flags and positions that a descriptor shares with all its copies, those of other processes and later samples too.
# kind: function
# expect: failed, timeout
import fcntl
import os


def solve(n):
    for fd in range(64):
        for change in (
            lambda fd=fd: fcntl.fcntl(fd, fcntl.F_SETFL, os.O_ASYNC),
            lambda fd=fd: fcntl.fcntl(fd, fcntl.F_SETFL, os.O_DIRECT),
            lambda fd=fd: fcntl.fcntl(fd, fcntl.F_SETFL, os.O_NONBLOCK | os.O_APPEND),
            lambda fd=fd: os.lseek(fd, 1000, os.SEEK_SET),
            lambda fd=fd: os.ftruncate(fd, 5),
            lambda fd=fd: fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB),
            lambda fd=fd: os.fchmod(fd, 0),
        ):
            try:
                change()
            except OSError:
                pass
