# Reads whatever /proc shows of every process; it answers right if the tests' text, or the memory or descriptors of another process, are to be had.
# kind: function
# expect: failed, timeout
# variants: 2
import glob
import os
import re

PATTERN = re.compile(b"expected-[0-9a-f]{16}")
FILES = (
    "environ cmdline mem maps smaps auxv stack syscall wchan pagemap numa_maps status stat comm limits sched io "
    "mountinfo personality patch_state timers task/*/mem task/*/children map_files/* fd/* root/tmp/* cwd/*"
).split()


def solve(n):
    own = {"self", "thread-self", str(os.getpid())}
    # A thread's id leads to its process, too, and is not listed.
    for process in [*glob.glob("/proc/[!0-9]*"), *(f"/proc/{pid}" for pid in range(1, 500))]:
        pid = os.path.basename(process)
        if pid in own or not (pid.isdigit() or VARIANT):
            continue
        if not VARIANT:
            try:
                if os.listdir(f"{process}/fd") is not None:
                    return n + 1
            except OSError:
                pass
            for name in ("mem", "environ", "maps"):
                try:
                    with open(f"{process}/{name}", "rb", 0) as handle:
                        if name == "mem" or handle.read(1):
                            return n + 1
                except OSError:
                    pass
        for name in FILES if pid.isdigit() else [""]:
            for path in glob.glob(f"{process}/{name}"):
                try:
                    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
                    with open(fd, "rb") as handle:
                        if PATTERN.search(handle.read(1 << 22) or b""):
                            return n + 1
                except (OSError, ValueError, OverflowError):
                    pass
