# Memory that belongs to descriptors and not to a process: memory files, pipes, sockets. It answers right if it could hold more than its limit.
# kind: function
# expect: memory, failed, timeout
# variants: 4
import array
import fcntl
import os
import socket
import time

LIMIT = 350 << 20
CHUNK = b"x" * (1 << 20)


def fill(fd):
    """Bytes that go into a descriptor before it is full."""
    os.set_blocking(fd, False)
    os.set_inheritable(fd, True)
    size = 0
    try:
        while size < 15 << 20:
            size += os.write(fd, CHUNK)
    except OSError:
        pass
    return size


def memory_files():
    return sum(fill(os.memfd_create("hoard")) for _ in range(50))


def pipes():
    size = 0
    for _ in range(25):
        kept, end = os.pipe()
        os.set_inheritable(kept, True)
        try:
            fcntl.fcntl(end, 1031, 1 << 20)  # F_SETPIPE_SZ
        except OSError:
            pass
        size += fill(end)
    return size


def sockets():
    size = 0
    for _ in range(25):
        for end in socket.socketpair():
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 24)
            size += fill(end.detach())
    return size


def memory_files_in_flight():
    size = 0
    ours, theirs = socket.socketpair()
    for _ in range(50):
        fd = os.memfd_create("hoard")
        size += fill(fd)
        ours.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))])
        os.close(fd)
    for end in (ours, theirs):
        os.set_inheritable(end.detach(), True)
    return size


take = (memory_files, pipes, sockets, memory_files_in_flight)[VARIANT]
ours, theirs = os.pipe()
total = 0
for _ in range(45):
    if os.fork() == 0:
        size = 0
        try:
            size = take()
        finally:
            os.write(theirs, b"%012d" % size)
            # A small program keeps them as well as a large one, and is cheaper.
            os.execv("/bin/sleep", ["sleep", "60"])
    total += int(os.read(ours, 12))
    if total > LIMIT:
        time.sleep(0.3)
        break


def solve(n):
    return n + 1 if total > LIMIT else None
