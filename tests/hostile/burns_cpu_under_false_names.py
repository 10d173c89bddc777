# Children whose names are no text, or read like the other fields of /proc/PID/stat, burn CPU time; it answers right if they could burn four times the limit.
# kind: function
# expect: timeout
import ctypes
import os
import time

NAMES = (b") Z 0 0 0 0 0 0", b"a b) S 1 1", b"\n) X 0", b"((((", b")", b"\xff\xfe\xfd", b"1 (python3) S")

ours, theirs = os.pipe()
for name in NAMES:
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(15, name, 0, 0, 0)
        while time.process_time() < 0.6:
            pass
        os.write(theirs, b"!")
        while True:
            pass
burnt = b""
while len(burnt) < len(NAMES):
    burnt += os.read(ours, len(NAMES))


def solve(n):
    return n + 1
