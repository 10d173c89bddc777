# Closes all that it has, or puts other things in their places.
# kind: function
# expect: failed, timeout
# variants: 3
import os


def solve(n):
    if VARIANT == 0:
        os.closerange(0, 64)
    elif VARIANT == 1:
        null = os.open("/dev/null", os.O_RDWR)
        for fd in range(63):
            if fd != null:
                os.dup2(null, fd)
    else:
        zero = os.open("/dev/zero", os.O_RDWR)
        for fd in range(63):
            if fd != zero:
                os.dup2(zero, fd)
    return n
