# Says what its world looks like, as JSON. After any program it must look as it does in a new sandbox.
import builtins
import ctypes
import decimal
import fcntl
import gc
import json
import locale
import os
import random
import re
import signal
import socket
import sys
import threading
import time
import warnings

X86 = os.uname().machine == "x86_64"
libc = ctypes.CDLL(None)
facts = {}


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as handle:
            return handle.read()
    except OSError as error:
        return type(error).__name__


def outcome(call):
    try:
        return repr(call())
    except Exception as error:
        return type(error).__name__


# Files
facts["folder"] = [os.getcwd(), os.listdir(".")]
for place in ("/tmp", "/dev/shm", "/var/tmp", "/dev/mqueue", "/dev/pts"):
    if os.path.isdir(place):
        status, space = os.stat(place), os.statvfs(place)
        facts[place] = [
            sorted(os.listdir(place)),
            oct(status.st_mode),
            status.st_uid,
            status.st_gid,
            outcome(lambda place=place: os.listxattr(place)),
        ]
        facts[f"{place}: space"] = [space.f_bfree, space.f_ffree]
status = os.stat(".")
facts["rights"] = [oct(status.st_mode), status.st_uid, status.st_gid, outcome(lambda: os.listxattr("."))]
os.mkdir("new")
open("file", "w").close()
facts["new files"] = [oct(os.stat(name).st_mode) for name in ("new", "file")]
halves = [line.split(" - ") for line in read("/proc/self/mountinfo").splitlines()]
facts["mounts"] = sorted([*half.split()[3:6], rest] for half, rest in halves)  # ids and propagation differ from sandbox to sandbox
facts["locks"] = len(read("/proc/locks").splitlines())

# Processes
pids = [name for name in os.listdir("/proc") if name.isdigit()]
facts["processes"] = sorted(re.sub(r"^\d+ |\).*", "", read(f"/proc/{pid}/stat"), flags=re.DOTALL) for pid in pids)
facts["threads"] = threading.active_count()
facts["ids"] = [os.getuid(), os.geteuid(), os.getgid(), os.getgroups(), os.getsid(0) == os.getpgrp() == os.getpid()]
facts["status"] = [
    line for line in read("/proc/self/status").splitlines() if re.match("Umask|Threads|Sig[^Q]|Shd|Cap|NoNew|Secc|Groups|Cpus_a", line)
]
facts["nice"] = [os.nice(0), os.getpriority(os.PRIO_USER, os.getuid()), os.sched_getscheduler(0), sorted(os.sched_getaffinity(0))]
facts["settings"] = [read(f"/proc/self/{name}") for name in ("oom_score_adj", "coredump_filter", "timerslack_ns", "personality", "comm")]
facts["prctl"] = [libc.prctl(option, 0, 0, 0, 0) for option in (3, 7, 21, 30, 39)]
facts["timers"] = [signal.getitimer(timer) for timer in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL)]
facts["signals"] = {number: outcome(lambda number=number: signal.getsignal(number)) for number in range(1, 32)}
facts["limits"] = read("/proc/self/limits").splitlines()
facts["environment"] = dict(os.environ)
names = {fd: outcome(lambda fd=fd: os.readlink(f"/proc/self/fd/{fd}")) for fd in range(64)}
facts["descriptors"] = {fd: re.sub(r"\[\d+\]", "", name) for fd, name in names.items() if name != "FileNotFoundError"}
facts["flags"] = {fd: [fcntl.fcntl(fd, fcntl.F_GETFL), outcome(lambda fd=fd: os.lseek(fd, 0, os.SEEK_CUR))] for fd in range(3)}

# What outlives processes
KEY = 0x6C656674
for name, number, arguments in (
    ("shared memory", 29 if X86 else 194, (KEY, ctypes.c_size_t(0), 0)),
    ("semaphores", 64 if X86 else 190, (KEY, 0, 0)),
    ("queue", 68 if X86 else 186, (KEY, 0)),
    ("posix queue", 240 if X86 else 180, (b"left", 0, 0, None)),
    ("key", 249 if X86 else 218, (b"user", b"left", None, 0)),
):
    facts[name] = libc.syscall(ctypes.c_long(number), *arguments) >= 0
facts["lists"] = [len(read(f"/proc/{name}").splitlines()) for name in ("sysvipc/shm", "sysvipc/sem", "sysvipc/msg", "net/unix")]
facts["host"] = [socket.gethostname(), *(read(f"/proc/sys/kernel/{name}") for name in ("core_pattern", "domainname"))]
facts["sockets"] = outcome(lambda: socket.socket(socket.AF_UNIX).connect("\0left"))

# The interpreter
facts["random"] = random.random()
facts["locale"] = [locale.setlocale(locale.LC_ALL), time.tzname, time.timezone, sys.getfilesystemencoding()]
facts["interpreter"] = [
    sys.getrecursionlimit(),
    sys.getswitchinterval(),
    gc.isenabled(),
    gc.get_threshold(),
    sys.path,
    sys.argv,
    sys.dont_write_bytecode,
]
facts["hooks"] = [str(hook) for hook in (sys.gettrace(), sys.getprofile(), gc.callbacks, sys.excepthook, sys.displayhook, len(sys.meta_path))]
facts["modules"] = sorted(name for name in sys.modules if name not in globals())
facts["builtins"] = sorted(f"{name} {type(value).__name__}" for name, value in vars(builtins).items())
facts["small things"] = [len("abc"), 40 + 2, isinstance(5, str), repr(None), "a" == "b", str(decimal.getcontext()), len(warnings.filters)]

print(json.dumps(facts, default=repr))
