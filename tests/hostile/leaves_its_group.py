# Processes in sessions and groups of their own, which a signal to the group does not reach; it answers right if there is one.
# kind: function
# expect: failed, timeout
# variants: 6
import ctypes
import fcntl
import os
import subprocess
import termios
import time

CLONE = ctypes.c_long({"x86_64": 56, "aarch64": 220}[os.uname().machine])
CLONE_PARENT = 0x8000


def solve(n):
    group = os.getpgrp()
    ours, theirs = os.pipe()
    os.set_inheritable(theirs, True)
    if VARIANT == 3:
        answer = subprocess.run(["/usr/bin/setsid", "/bin/sh", "-c", "cut -d' ' -f5 /proc/$$/stat"], capture_output=True, text=True)
        return n + 1 if answer.stdout.strip() not in ("", str(group)) else None
    if VARIANT == 5:
        try:
            child = os.posix_spawn("/bin/sleep", ["sleep", "60"], {}, setpgroup=0)
        except OSError:
            return None
        time.sleep(0.2)
        return n + 1 if os.getpgid(child) != group else None
    # With CLONE_PARENT the child is its parent's sibling: a stranger to whoever waits for children there.
    pid = ctypes.CDLL(None).syscall(CLONE, CLONE_PARENT | 17, None, None, None, None) if VARIANT == 4 else os.fork()
    if pid == 0:
        try:
            if VARIANT == 0:
                os.setsid()
            elif VARIANT == 1:
                os.setpgid(0, 0)
            elif VARIANT == 2:
                leader, follower = os.openpty()
                fcntl.ioctl(follower, termios.TIOCSCTTY, 1)
                os.setpgid(0, 0)
                os.tcsetpgrp(follower, os.getpgrp())
        except OSError:
            pass
        os.write(theirs, b"%d\n" % os.getpgrp())
        time.sleep(60)
        os._exit(0)
    os.close(theirs)
    return n + 1 if int(os.read(ours, 20)) != group else None
