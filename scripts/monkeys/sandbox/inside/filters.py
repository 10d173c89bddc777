"""The filters of system calls (seccomp, classic BPF) that the zygote and all candidates run behind."""

import ctypes
import os
import platform
import resource
import signal
import socket
import struct
from collections.abc import Iterable
from typing import Any

DENIED = {
    # Access to other processes.
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
    # Other namespaces and file systems.
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
    # Objects that outlive the process, and memory that no limit counts.
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
    # Parts of the kernel that no program to be verified needs.
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
"""System calls that fail with EPERM: their numbers on x86_64 and on aarch64."""
CLONE3 = 435, 435
CLONE, SIGACTION, SOCKET, SETSOCKOPT, FCNTL, IOCTL = (56, 220), (13, 134), (41, 198), (54, 208), (72, 25), (16, 29)
SETSID, SETPGID = (112, 157), (109, 154)
KILL, TKILL, TGKILL = (62, 129), (200, 130), (234, 131)
SETPRIORITY, SETRLIMIT, PRLIMIT = (141, 140), (160, 164), (302, 261)
SCHEDULING = (203, 122), (144, 119), (142, 118), (314, 274)
"""sched_setaffinity, sched_setscheduler, sched_setparam, sched_setattr."""
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""By machine: which of the two numbers of a call counts, and the kernel's name of the architecture."""
NEW_NAMESPACES = 0x7E020000
OWNER_COMMANDS = 8, 10, 15  # F_SETOWN, F_SETSIG, F_SETOWN_EX: the kernel sends a signal of the caller's choice to any process
OWNER_REQUESTS = 0x8901, 0x8902  # FIOSETOWN, SIOCSPGRP: the same
LOAD, AND, JUMP_EQUAL, JUMP_SET, JUMP_NOT_BELOW, RETURN = 0x20, 0x54, 0x15, 0x45, 0x35, 0x06
ALLOW, EPERM, ENOSYS = 0x7FFF0000, 0x00050001, 0x00050026
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16
"""Offsets in the kernel's record of a call."""
PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 4, 22, 36, 38

Step = tuple[int, int, int, int]
"""A BPF instruction: operation, steps to skip if true, steps to skip if false, operand."""

libc = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, *arguments: int) -> None:
    """Call ``prctl``.

    Raises:
        OSError: the kernel refuses.
    """
    values = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    if libc.prctl(option, *values):
        raise OSError(ctypes.get_errno(), f"prctl {option}")


def for_call(number: int, *checks: Step) -> list[Step]:
    """Steps for one system call: the checks, then allow."""
    body = [*checks, (RETURN, 0, 0, ALLOW)]
    return [(JUMP_EQUAL, 0, len(body), number), *body]


def load_argument(position: int) -> Step:
    """The following steps look at the lower half of this argument."""
    return LOAD, 0, 0, ARGUMENTS + 8 * position


def deny_if(kind: int, value: int) -> tuple[Step, Step]:
    """Fail with EPERM if the comparison holds."""
    return (kind, 0, 1, value), (RETURN, 0, 0, EPERM)


def deny_unless(value: int) -> tuple[Step, Step]:
    """Fail with EPERM if the value is another one."""
    return (JUMP_EQUAL, 1, 0, value), (RETURN, 0, 0, EPERM)


def assemble(steps: Iterable[Step]) -> bytes:
    """A program for the kernel, which allows what no step has decided."""
    return b"".join(struct.pack("=HBBI", *step) for step in [*steps, (RETURN, 0, 0, ALLOW)])


def common_filter(protected: Iterable[int]) -> bytes:
    """The filter of the zygote and of all candidates.

    Args:
        protected: ids of processes that must get no signal from them.
    """
    machine, audit = ARCHITECTURES[platform.machine()]
    steps: list[Step] = [(LOAD, 0, 0, ARCHITECTURE), (JUMP_EQUAL, 1, 0, audit), (RETURN, 0, 0, EPERM), (LOAD, 0, 0, NUMBER)]
    if machine == 0:
        steps += deny_if(JUMP_NOT_BELOW, 0x40000000)  # the same calls under other numbers (x32)
    for number in DENIED.values():
        steps += deny_if(JUMP_EQUAL, number[machine])
    # Its arguments lie in memory, which a filter cannot read: libraries fall back to clone.
    steps += [(JUMP_EQUAL, 0, 1, CLONE3[machine]), (RETURN, 0, 0, ENOSYS)]
    # The signal at a child's end could be SIGKILL: SIGCHLD or none are allowed.
    ordinary_end: list[Step] = [(AND, 0, 0, 0xFF), (JUMP_EQUAL, 2, 0, 0), (JUMP_EQUAL, 1, 0, signal.SIGCHLD), (RETURN, 0, 0, EPERM)]
    steps += for_call(CLONE[machine], load_argument(0), *deny_if(JUMP_SET, NEW_NAMESPACES), *ordinary_end)
    # The kernel does not count the CPU time of children whose parent ignores SIGCHLD.
    steps += for_call(SIGACTION[machine], load_argument(0), *deny_if(JUMP_EQUAL, signal.SIGCHLD))
    targets = [step for pid in protected for step in deny_if(JUMP_EQUAL, pid)]
    for number, position in ((KILL, 1), (TKILL, 1), (TGKILL, 2)):
        # A negative id is a group or everybody; zero is the caller's own group. SIGKILL is for limits and for the machine alone: a program that
        # sent it to itself would look like one that was killed because memory ran out.
        others = deny_if(JUMP_SET, 0x80000000)
        steps += for_call(number[machine], load_argument(0), *others, *targets, load_argument(position), *deny_if(JUMP_EQUAL, signal.SIGKILL))
    steps += for_call(SOCKET[machine], load_argument(0), *deny_unless(socket.AF_UNIX))
    # Buffers of sockets are memory that no limit counts: they keep their default size.
    steps += for_call(SETSOCKOPT[machine], load_argument(2), *deny_if(JUMP_EQUAL, socket.SO_SNDBUF))
    steps += for_call(FCNTL[machine], load_argument(1), *(step for command in OWNER_COMMANDS for step in deny_if(JUMP_EQUAL, command)))
    steps += for_call(IOCTL[machine], load_argument(1), *(step for request in OWNER_REQUESTS for step in deny_if(JUMP_EQUAL, request)))
    steps += for_call(SETPRIORITY[machine], load_argument(0), *deny_if(JUMP_EQUAL, os.PRIO_USER), load_argument(1), *deny_unless(0))
    for number in SCHEDULING:
        steps += for_call(number[machine], load_argument(0), *deny_unless(0))
    return assemble(steps)


def candidate_filter(tests: int) -> bytes:
    """What remains to be denied when a candidate has a session and limits of its own: short, as each candidate pays for it.

    Args:
        tests: id of the tests' process, which must get no signal from the candidate.
    """
    machine, _ = ARCHITECTURES[platform.machine()]
    steps: list[Step] = [(LOAD, 0, 0, NUMBER)]
    # All that it starts stays in its process group, which is killed in the end.
    for number in (SETSID, SETPGID):
        steps += deny_if(JUMP_EQUAL, number[machine])
    for number in (KILL, TKILL, TGKILL):
        steps += for_call(number[machine], load_argument(0), *deny_if(JUMP_EQUAL, tests))
    steps += for_call(SETRLIMIT[machine], load_argument(0), *deny_if(JUMP_EQUAL, resource.RLIMIT_CPU))
    # Reading a limit is allowed: the pointer to the new one is null, in both halves.
    reading: tuple[Step, ...] = (load_argument(2), *deny_unless(0), (LOAD, 0, 0, ARGUMENTS + 20), *deny_unless(0))
    cpu_only: Step = (JUMP_EQUAL, 0, len(reading), resource.RLIMIT_CPU)
    steps += for_call(PRLIMIT[machine], load_argument(0), *deny_unless(0), load_argument(1), cpu_only, *reading)
    return assemble(steps)


class Filter:
    """A filter that is ready to be applied: a process forked later then needs a single call."""

    def __init__(self, instructions: bytes) -> None:
        self.memory = ctypes.create_string_buffer(instructions, len(instructions))
        self.header = ctypes.create_string_buffer(struct.pack("@HP", len(instructions) // 8, ctypes.addressof(self.memory)))
        values = PR_SET_SECCOMP, 2, ctypes.addressof(self.header), 0, 0
        self.arguments: list[Any] = [ctypes.c_ulong(value) for value in values]

    def apply(self) -> None:
        """Put this process, and all that it will start, behind the filter. This cannot be undone.

        Raises:
            OSError: the kernel accepts no filter.
        """
        if libc.prctl(*self.arguments):
            raise OSError(ctypes.get_errno(), "the kernel takes no filter of system calls")
