# Locks, leases and notices upon the folders that the worker has to wipe, held by a process that stays; and pipes whose opening would block.
# kind: function
# expect: failed, timeout
import fcntl
import os
import time


def solve(n):
    for place in ("/tmp", "/dev/shm", "."):
        os.mkfifo(f"{place}/pipe")
    if os.fork() == 0:
        for place in ("/tmp", "/dev/shm", "."):
            fd = os.open(place, os.O_RDONLY)
            fcntl.flock(fd, fcntl.LOCK_EX)
            path = f"{place}/leased"
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
            for call in (
                lambda fd=fd: fcntl.fcntl(fd, fcntl.F_NOTIFY, fcntl.DN_MULTISHOT | fcntl.DN_DELETE),
                lambda path=path: fcntl.fcntl(os.open(path, os.O_RDONLY), fcntl.F_SETLEASE, fcntl.F_RDLCK),
                lambda fd=fd: fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK),
            ):
                try:
                    call()
                except OSError:
                    pass
        time.sleep(600)
    time.sleep(0.05)
