# An orphan that exchanges folders and links to the system for as long as it lives, to lead the wiping astray.
# kind: function
# expect: failed, timeout
import os


def swap():
    while True:
        for place in ("/tmp", "/dev/shm"):
            for call in (
                lambda place=place: os.makedirs(f"{place}/x/deep/er"),
                lambda place=place: os.rename(f"{place}/x", f"{place}/y"),
                lambda place=place: os.symlink("/usr", f"{place}/x"),
                lambda place=place: os.rename(f"{place}/y", f"{place}/x"),
                lambda place=place: os.unlink(f"{place}/x"),
                lambda place=place: os.chmod(f"{place}/y", 0),
            ):
                try:
                    call()
                except OSError:
                    pass


def solve(n):
    for _ in range(3):
        if os.fork() == 0:
            if os.fork():
                os._exit(0)
            swap()
