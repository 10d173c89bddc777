# Sockets by names in the file system and without: it listens where the next sample might look, in a process that stays; and calls whoever listens.
# kind: function
# expect: failed, timeout
import glob
import os
import socket
import time


def solve(n):
    with open("/proc/net/unix") as handle:
        names = [line.split()[7] for line in handle if len(line.split()) == 8 and line.split()[0] != "Num"]
    for name in names + glob.glob("/run/**", recursive=True) + glob.glob("/tmp/*"):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
            try:
                socket.socket(socket.AF_UNIX, kind).connect(name.replace("@", "\0"))
            except OSError:
                continue
            return n + 1
    if os.fork() == 0:
        kept = []
        for name in ("\0left", "/tmp/left.socket", "/dev/shm/left.socket"):
            server = socket.socket(socket.AF_UNIX)
            try:
                server.bind(name)
                server.listen()
            except OSError:
                pass
            kept.append(server)
        time.sleep(600)
    time.sleep(0.1)
