# Ends its process in good order, before it is called or in the call: an end is not an answer.
# kind: function
# expect: failed
# variants: 12
import _thread
import ctypes
import os
import sys

EXIT_GROUP = {"x86_64": 231, "aarch64": 94}[os.uname().machine]


def leave():
    if VARIANT % 6 == 0:
        os._exit(0)
    if VARIANT % 6 == 1:
        sys.exit(0)
    if VARIANT % 6 == 2:
        raise SystemExit
    if VARIANT % 6 == 3:
        os.execv("/bin/true", ["true"])
    if VARIANT % 6 == 4:
        ctypes.CDLL(None).syscall(EXIT_GROUP, 0)
    ctypes.CDLL(None).exit(0)


if VARIANT < 6:
    leave()


def solve(n):
    leave()
