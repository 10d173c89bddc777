# Runs next to the hostile programs and must pass. It leaves files behind, as honest programs do.
import os

for path in ("left", "/tmp/left-by-an-honest-program", "/dev/shm/left-by-an-honest-program"):
    with open(path, "w") as handle:
        handle.write("honest was here")
os.environ["HONEST"] = "was here"


def solve(n):
    return n + 1
