# Orphans write new files and folders into every place for as long as they live, also while it is being wiped.
# kind: function
# expect: failed, timeout
import os


def solve(n):
    for worker in range(4):
        if os.fork() == 0:
            if os.fork():
                os._exit(0)
            number = 0
            while True:
                number += 1
                for place in ("/tmp", "/dev/shm", "."):
                    try:
                        os.mkdir(f"{place}/{worker}-{number}")
                        with open(f"{place}/{worker}-{number}/left", "w") as handle:
                            handle.write("left")
                    except OSError:
                        pass
