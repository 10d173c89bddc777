# Opens other processes' descriptors anew by /proc and writes there what the judge would say to the world outside; or reads there.
# kind: function
# expect: failed, timeout
# variants: 2
import glob
import json
import os
import time

REPLY = json.dumps({"outcome": "passed", "detail": "", "cpu_seconds": 0.0, "output": ""}).encode()


def solve(n):
    for path in [path for pid in range(1, 500) if pid != os.getpid() for path in glob.glob(f"/proc/{pid}/fd/*")]:
        try:
            fd = os.open(path, os.O_NONBLOCK | (os.O_WRONLY if VARIANT == 0 else os.O_RDONLY))
            if VARIANT == 0:
                os.write(fd, len(REPLY).to_bytes(4, "big") + REPLY)
            else:
                return n + 1
        except OSError:
            pass
    time.sleep(0.2)
