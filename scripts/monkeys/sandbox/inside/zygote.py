"""The zygote's process, which forks candidates and waits for them. It knows no program and no tests, so its children find none in their memory."""

import gc
import os
import resource
import socket
import struct
from typing import NoReturn, Optional

from monkeys.sandbox.inside.candidate import be_candidate
from monkeys.sandbox.inside.constants import FOLDER
from monkeys.sandbox.inside.filters import PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, Filter, candidate_filter, common_filter, prctl

FORK_FUNCTION, FORK_SCRIPT, WAIT, USAGE, PROTECT = b"f", b"s", b"w", b"u", b"t"
"""Commands: fork a candidate of one of two kinds; wait for it; report resources used; protect the tests' process, whose id follows, from candidates."""
PROCESS, END, USED = "=i", "=id", "=dq"
"""Formats of what crosses: a process id; a wait status and CPU seconds; CPU seconds and kilobytes at the peak."""


def be_zygote(control: socket.socket) -> NoReturn:
    """The zygote's whole life: it obeys commands that come over ``control`` until that is closed."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    last = Filter(candidate_filter(tests=1))
    Filter(common_filter((1, os.getppid(), os.getpid()))).apply()
    # The first compilation makes the types of syntax trees: a millisecond that each candidate would take anew.
    compile("pass", "", "exec")
    gc.collect()
    gc.freeze()
    before = 0.0
    while True:
        command = control.recv(1)
        if command == PROTECT:
            last = Filter(candidate_filter(*struct.unpack(PROCESS, control.recv(4))))
        elif command in (FORK_FUNCTION, FORK_SCRIPT):
            os.mkdir(FOLDER, 0o700)
            ours, theirs = socket.socketpair()
            pid = os.fork()
            if pid == 0:
                try:
                    control.close()
                    ours.close()
                    be_candidate(theirs, command == FORK_SCRIPT, last)
                finally:
                    os._exit(1)
            socket.send_fds(control, [struct.pack(PROCESS, pid)], [ours.fileno()])
            ours.close()
            theirs.close()
        elif command == WAIT:
            status = wait_for_all(pid)
            usage = resource.getrusage(resource.RUSAGE_CHILDREN)
            total = usage.ru_utime + usage.ru_stime
            cpu, before = total - before, total
            control.sendall(struct.pack(END, status, cpu))
        elif command == USAGE:
            own = resource.getrusage(resource.RUSAGE_SELF)
            control.sendall(struct.pack(USED, own.ru_utime + own.ru_stime, own.ru_maxrss))
        else:
            os._exit(0)


def wait_for_all(pid: int) -> Optional[int]:
    """Wait until a candidate and all that it started have ended (orphans are children of the zygote, too); the candidate's wait status."""
    status = None
    try:
        while True:
            found, one = os.waitpid(-1, 0)
            if found == pid:
                status = one
    except ChildProcessError:
        return status
