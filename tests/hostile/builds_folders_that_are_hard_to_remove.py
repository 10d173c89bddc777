# Folders without rights, thousands of levels deep, with names of any bytes, links that lead elsewhere, and files of every kind.
# kind: function
# expect: failed, timeout
# variants: 8
import os
import socket


def solve(n):
    if VARIANT == 0:
        for place in ("a", "/tmp/b", "/dev/shm/c"):
            os.makedirs(f"{place}/x/y")
            os.symlink("/usr", f"{place}/x/link")
            for path in (f"{place}/x/y", f"{place}/x", place):
                os.chmod(path, 0)
    elif VARIANT == 1:
        for _ in range(3000):
            os.mkdir("a")
            os.chdir("a")
        os.symlink("/", "root")
    elif VARIANT == 2:
        for name in (b"\n", b"\xff\xfe", b"-rf", b"*", b" ", b"\x1b[2J", b"a" * 255, b"..\\", b"$(id)", b"'", b'"'):
            os.makedirs(name + b"/x" if len(name) < 255 else name)
            open(b"/tmp/f" + name[:254], "wb").close()
    elif VARIANT == 3:
        os.symlink("/usr", "/tmp/usr")
        os.symlink("/dev/shm", "/tmp/shm")
        os.symlink("/tmp", "/dev/shm/tmp")
        os.symlink("loop", "loop")
        os.symlink("/proc/self/root", "root")
        os.symlink("/nowhere/at/all", "dangling")
    elif VARIANT == 4:
        os.mkfifo("pipe")
        socket.socket(socket.AF_UNIX).bind("socket")
        open("hole", "wb").truncate(15 << 20)
        open("file", "wb").close()
        for number in range(2000):
            os.link("file", f"/tmp/link-{number}")
        os.chmod("file", 0o7000)
        os.chmod(".", 0)
    elif VARIANT == 5:
        own = os.getcwd()
        os.rename(own, "/tmp/renamed")
        os.mkdir(own)
        os.chmod("/tmp/renamed", 0)
    elif VARIANT == 6:
        own = os.getcwd()
        os.rmdir(own)
        os.symlink("/dev/shm", own)
    else:
        for outer in range(60):
            os.makedirs(f"{outer}/" + "/".join("abcdefgh"))
            os.chmod(f"{outer}", 0o111)
