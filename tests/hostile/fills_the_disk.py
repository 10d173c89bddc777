# Fills every place that can be written to, with few large files or with as many small ones as it can make.
# kind: function
# expect: failed, timeout
# variants: 3
import os
import time

PLACE = ("/tmp", "/dev/shm", "/tmp")[VARIANT]


def solve(n):
    number = 0
    chunk = bytes(1 << 20)
    try:
        while time.process_time() < 0.6:
            number += 1
            with open(f"{PLACE}/{number}", "wb") as handle:
                for _ in range(15 if VARIANT < 2 else 0):
                    handle.write(chunk)
    except OSError:
        pass
    os.sync()
