"""How a verdict comes about: limits of all processes of a program together, what a script wrote and reported, and the decision."""

import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Collection, Sequence
from typing import Any, Optional

from monkeys.sandbox.inside.channel import Channel
from monkeys.sandbox.inside.constants import GONE, KILLED, LONGEST_FILE, MEGABYTE, READY

Verdict = tuple[str, str]
"""Outcome and detail."""

LONGEST_REPORT = 1 << 14
"""Bytes of what a script reports of its end."""


class Output:
    """What a script writes to its standard output, read while it runs."""

    def __init__(self, fd: int) -> None:
        self.fd, self.size = fd, 0
        self.chunks: list[bytes] = []

    def read(self) -> int:
        """Read what there is, up to the limit; return how many bytes."""
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

    def excess(self) -> Optional[Verdict]:
        """The verdict if it is too long."""
        return ("failed", f"wrote more than {LONGEST_FILE // MEGABYTE} MB") if self.size > LONGEST_FILE else None

    def text(self) -> str:
        """All that was written."""
        return b"".join(self.chunks)[:LONGEST_FILE].decode("utf-8", "replace")


def last_message(connection: socket.socket) -> tuple[bool, Optional[Verdict]]:
    """What a script sent before it ended.

    Returns:
        (whether it was ready to run its program; the failure that it reported, None if it sent none or nonsense). Its exit status has decided: the
        report is for the reader alone, as a program can send it, too.
    """
    connection.setblocking(False)
    channel = Channel(connection.fileno(), LONGEST_REPORT)
    ready = False
    try:
        ready = channel.receive() == READY
        report = json.loads(channel.receive() or b"")
        if type(report) is not list or [type(part) for part in report] != [str, str]:
            return ready, None
        outcome, detail = report
        return ready, ("memory" if outcome == "memory" else "failed", detail[:400])
    except (OSError, ValueError, RecursionError):
        return ready, None


def limit_exceeded(request: dict[str, Any], elapsed: float, ours: Collection[Optional[int]]) -> Optional[Verdict]:
    """The verdict if all processes of a program together have taken more than it may; None if not.

    Args:
        request: has the limits.
        elapsed: seconds of wall time so far.
        ours: ids of processes that are not the program's.
    """
    if elapsed > request["wall_seconds"]:
        return "timeout", f"used up its {request['wall_seconds']:g} s of wall time"
    ticks = pages = size = 0
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) not in ours:
            try:
                with open(f"/proc/{name}/stat", "rb") as handle:
                    fields = handle.read().rsplit(b")", 1)[1].split()
                resident, mapped = int(fields[21]), int(fields[20])
                if not resident and int(fields[17]) > 1:  # its first thread has ended, others live on
                    found = []
                    for thread in os.listdir(f"/proc/{name}/task"):
                        with open(f"/proc/{name}/task/{thread}/statm", "rb") as handle:
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
    # Shared pages can be held by being mapped alone: address space is limited, too, to twice as much.
    if max(pages * resource.getpagesize(), size / 2) > request["memory_mb"] * MEGABYTE:
        return "memory", f"its processes used more than {request['memory_mb']} MB"
    return None


def out_of_cpu_time(request: dict[str, Any]) -> Verdict:
    """The verdict on a program that used up its CPU time."""
    return "timeout", f"used up its {request['cpu_seconds']:g} s of CPU time"


def was_killed(status: Optional[int]) -> bool:
    """Whether a wait status is that of SIGKILL."""
    return status is not None and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def decide_outcome(
    request: dict[str, Any], report: Optional[Sequence[str]], excess: Optional[Verdict], status: int, cpu: float, is_script: bool
) -> Verdict:
    """Outcome and detail of a program that has ended.

    Args:
        request: has the limits.
        report: outcome and detail, as the tests say, or as a script says of its own end.
        excess: the verdict if it was ended because it took too much.
        status: the candidate's wait status.
        cpu: CPU seconds of all its processes.
        is_script: whether it is a script, whose exit status decides.

    Raises:
        SystemExit: it was killed from outside, so there is no verdict.
    """
    if excess:
        return excess
    if cpu > request["cpu_seconds"]:
        return out_of_cpu_time(request)
    if not is_script and report and report[1] != GONE:
        return report[0], report[1]
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number == signal.SIGXCPU:
            return out_of_cpu_time(request)
        if number == signal.SIGKILL:
            sys.exit(KILLED)
        return "failed", f"killed by {signal.Signals(number).name if number in set(signal.Signals) else number}"
    if is_script and os.WEXITSTATUS(status) == 0:
        return "passed", ""
    if is_script and report:
        return report[0], report[1]
    return "failed", f"left with status {os.WEXITSTATUS(status)}"
