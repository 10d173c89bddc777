# Namespaces, mounts and roots of its own, in which it would be root; it answers right if one call is let through.
# kind: function
# expect: failed
# variants: 3
import ctypes
import glob
import os

NAMES = "unshare setns mount umount2 pivot_root chroot clone3 open_tree move_mount fsopen fsmount mount_setattr".split()
CALLS = {
    "x86_64": (272, 308, 165, 166, 155, 161, 435, 428, 429, 430, 432, 442),
    "aarch64": (97, 268, 40, 39, 41, 51, 435, 428, 429, 430, 432, 442),
}[os.uname().machine]
NUMBER = {name: ctypes.c_long(number) for name, number in zip(NAMES, CALLS, strict=True)}
CLONE = ctypes.c_long({"x86_64": 56, "aarch64": 220}[os.uname().machine])
FLAGS = (0x10000000, 0x00020000, 0x08000000, 0x20000000, 0x40000000, 0x04000000, 0x02000000, 0x00000080)
libc = ctypes.CDLL(None)


def call(name, *arguments):
    return libc.syscall(NUMBER[name], *arguments)


def solve(n):
    done = []
    if VARIANT == 0:
        done += [flag for flag in FLAGS if call("unshare", flag) == 0]
        done += [flag for flag in FLAGS[1:] if call("unshare", FLAGS[0] | flag) == 0]
    elif VARIANT == 1:
        for flag in FLAGS[:-1]:
            for more in (0, FLAGS[0]):
                pid = libc.syscall(CLONE, ctypes.c_long(flag | more | 17), None, None, None, None)
                if pid == 0:
                    os._exit(0)
                if pid > 0:
                    done.append(flag)
        arguments = (ctypes.c_uint64 * 11)(FLAGS[0], 0, 0, 0, 17)
        pid = call("clone3", ctypes.byref(arguments), ctypes.c_size_t(88))
        if pid == 0:
            os._exit(0)
        done += [pid] * (pid > 0)
    else:
        for path in glob.glob("/proc/[0-9]*/ns/*"):
            try:
                done += [path] * (call("setns", os.open(path, os.O_RDONLY), 0) == 0)
            except OSError:
                pass
        os.mkdir("a")
        done += [1] * (call("mount", b"none", b"a", b"tmpfs", ctypes.c_long(0), None) == 0)
        done += [2] * (call("mount", b"/usr", b"a", None, ctypes.c_long(4096), None) == 0)
        done += [3] * (call("mount", None, b"/", None, ctypes.c_long(32 | 4096), None) == 0)
        done += [4] * (call("umount2", b"/proc/sys", 2) == 0)
        done += [5] * (call("pivot_root", b"a", b"a") == 0)
        done += [6] * (call("chroot", b".") == 0)
        done += [7] * (call("open_tree", -100, b"/usr", 1) >= 0)
        done += [8] * (call("fsopen", b"tmpfs", 0) >= 0)
    return n + 1 if done else None
