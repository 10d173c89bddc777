# Names another process the owner of a descriptor: the kernel then sends it a signal of our choice when there is something to read.
# kind: function
# expect: failed, timeout
# variants: 8
import ctypes
import fcntl
import os
import signal
import socket
import struct
import time

SETOWN, SETSIG, SETOWN_EX, FIOSETOWN, SIOCSPGRP = 8, 10, 15, 0x8901, 0x8902


def own(fd, pid, way):
    if way == 0:
        fcntl.fcntl(fd, SETOWN, pid)
    elif way == 1:
        fcntl.fcntl(fd, SETOWN_EX, struct.pack("ii", 1, pid))
    elif way == 2:
        fcntl.ioctl(fd, FIOSETOWN, struct.pack("i", pid))
    else:
        fcntl.ioctl(fd, SIOCSPGRP, struct.pack("i", pid))


def solve(n):
    kept = []
    me = os.getpid()
    for pid in [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != me]:
        ours, theirs = socket.socketpair()
        kept += [ours, theirs]
        try:
            fcntl.fcntl(ours, SETSIG, (signal.SIGKILL, signal.SIGSTOP)[VARIANT % 2])
        except OSError:
            pass
        try:
            own(ours.fileno(), pid, VARIANT // 2)
            fcntl.fcntl(ours, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
        except OSError:
            continue
        theirs.send(b"x")
    ctypes.CDLL(None)
    time.sleep(0.3)
