# What a script says of its own end is read by the judge: it says that all is well, or what no reader expects, and ends badly.
# kind: script
# expect: failed, memory
# variants: 9
import json
import os
import stat


def frame(body):
    return len(body).to_bytes(4, "big") + body


MESSAGE = (
    lambda: frame(json.dumps(["passed", ""]).encode()),
    lambda: frame(json.dumps({"passed": 1, "outcome": 2}).encode()),
    lambda: frame(b"[" * 16_000),
    lambda: frame(b'["failed", ' + b"9" * 10_000 + b"]"),
    lambda: frame(b'["failed", ' + b"[" * 900 + b"]" * 900 + b"]"),
    lambda: frame(b'["failed", "\\ud800\\u0000"]'),
    lambda: b"\xff\xff\xff\xff" * 10_000,
    lambda: b"\0\0",
    lambda: b"\x00\x01\x00\x00" + b"x" * 30_000,
)[VARIANT]()
for fd in range(3, 64):
    try:
        if stat.S_ISSOCK(os.fstat(fd).st_mode):
            os.set_blocking(fd, False)
            os.write(fd, MESSAGE)
    except OSError:
        pass
os._exit(1)
