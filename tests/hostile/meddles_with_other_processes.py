# Every call by which a process may look at or change another one; it answers right if one of them is let through.
# kind: function
# expect: failed, timeout
# variants: 14
import ctypes
import os
import resource

# ptrace, process_vm_readv, process_vm_writev, pidfd_open, pidfd_getfd, kcmp, process_madvise, migrate_pages, move_pages, perf_event_open, ioprio_set
CALLS = {
    "x86_64": (101, 310, 311, 434, 438, 312, 440, 256, 279, 298, 251),
    "aarch64": (117, 270, 271, 434, 438, 272, 440, 238, 239, 241, 30),
}[os.uname().machine]
PTRACE, READ, WRITE, OPEN, GETFD, KCMP, MADVISE, MIGRATE, MOVE, PERF, IOPRIO = (ctypes.c_long(number) for number in CALLS)
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
WORD = ctypes.create_string_buffer(64)


class Piece(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))


HERE = Piece(ctypes.addressof(WORD), 8)
# The processes here are forks of one another: what lies at an address here lies there too.
THERE = Piece(id(resource), 8)


def silent(call):
    try:
        call()
    except (OSError, ValueError):
        return False
    return True


def meddle(pid):
    call = libc.syscall
    ways = (
        lambda: call(PTRACE, 16, pid, None, None) == 0,
        lambda: call(PTRACE, 0x4206, pid, None, None) == 0,
        lambda: call(READ, pid, ctypes.byref(HERE), 1, ctypes.byref(THERE), 1, 0) > 0,
        lambda: call(WRITE, pid, ctypes.byref(HERE), 1, ctypes.byref(THERE), 1, 0) > 0,
        lambda: any(call(GETFD, call(OPEN, pid, 0), fd, 0) >= 0 for fd in range(16)),
        lambda: call(KCMP, os.getpid(), pid, 0, 0, 0) >= 0,
        lambda: call(MADVISE, call(OPEN, pid, 0), ctypes.byref(THERE), 1, 21, 0) >= 0,
        lambda: silent(lambda: resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, 3))),
        lambda: silent(lambda: resource.prlimit(pid, resource.RLIMIT_AS)),
        lambda: silent(lambda: os.setpriority(os.PRIO_PROCESS, pid, 19)),
        lambda: silent(lambda: os.sched_setaffinity(pid, {0})),
        lambda: silent(lambda: os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))),
        lambda: call(IOPRIO, 1, pid, 3 << 13) == 0,
        lambda: call(PERF, ctypes.byref(WORD), pid, -1, -1, 0) >= 0 or silent(lambda: os.setpgid(pid, os.getpgrp())),
    )
    return ways[VARIANT]()


def solve(n):
    own = os.getpid()
    for pid in [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != own]:
        if meddle(pid):
            return n + 1
