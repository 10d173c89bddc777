# Sends one answer after another before any is asked for, so that each question meets an old one, or an endless one.
# kind: function
# expect: failed, timeout, memory
# variants: 2
# wall: 3
import marshal
import os
import stat


def frame(value):
    body = marshal.dumps(("value", value))
    return len(body).to_bytes(4, "big") + body


def speak():
    for fd in range(64):
        try:
            if not stat.S_ISSOCK(os.fstat(fd).st_mode):
                continue
        except OSError:
            continue
        if VARIANT == 0:
            os.write(fd, b"".join(frame(value) for value in (None, 0, True, 1, "passed", 42) * 20))
            if os.fork() == 0:
                while True:
                    os.write(fd, frame(7) * 1000)
        else:
            os.write(fd, b"\x03\xff\xff\x00")
            while True:
                os.write(fd, b"N" * 60_000)


speak()


def solve(n):
    return None
