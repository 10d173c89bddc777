"""Runs a script in a container with a repository, where everything is writable and discarded afterwards: this is how patches are tested.

Under Apptainer only, as each repository has an image of its own. The image is not unpacked: what the script writes goes to a folder beside it. Inside,
the user has the name root, as in the images' own builds; outside, it is ``launching.identity``, without any capability.
"""

import contextlib
import os
import re
import selectors
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from monkeys.clock import Elapsed
from monkeys.errors import InfrastructureError
from monkeys.sandbox import apptainer
from monkeys.sandbox.launching import descendants, identity, kill, unprivileged

ATTEMPTS = 3
LOG_BYTES = 64 << 20
"""Of output, beyond which a script is ended."""
FILE_BYTES = 4 << 30
PROCESSES = 4096
POLL_SECONDS = 0.25
INPUT = "/input"
"""Where the files of the caller lie inside, read-only."""

_STARTED = b"\0the script starts\0\n"
_SHELL = f"""
printf '\\0the script starts\\0\\n'
unset ${{!APPTAINER_*}} ${{!SINGULARITY_*}} LD_LIBRARY_PATH PS1 PROMPT_COMMAND
export HOME=/root
# Where less is allowed anyway, that stays.
ulimit -c 0 -f {FILE_BYTES >> 10} 2>/dev/null
ulimit -u {PROCESSES} 2>/dev/null
# In a group of its own: a signal to the launcher's would reach the launcher.
set -m
/bin/bash {INPUT}/script </dev/null &
wait $!
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of all processes of a container together: CPU seconds, and megabytes of memory, files in memory included.

    With ``network`` they can use the host's network.
    """

    cpu_seconds: int
    memory_mb: int
    network: bool = False

    @property
    def wall_seconds(self) -> float:
        """Limit of wall time: generous, so that a loaded machine changes no verdict; it ends scripts that wait for ever."""
        return 10 + 2 * self.cpu_seconds


@dataclass(frozen=True, slots=True)
class CompletedRun:
    """How a script ended: its exit status, or which limit ended it (``timeout``, ``memory`` or ``output``), and all that it printed on both streams."""

    status: int | None
    limit: str
    log: str


def run_script(image: Path, script: str, files: Mapping[str, bytes], limits: Limits) -> CompletedRun:
    """Run a shell script in a new container; end all that it left running and remove all that it wrote. A container that does not start is tried again.

    Args:
        image: an Apptainer image with bash.
        script: for bash; its output may be any bytes.
        files: contents by name, which lie in ``INPUT`` inside.
        limits: of all its processes.

    Raises:
        InfrastructureError: the container does not start.
    """
    for _ in range(ATTEMPTS - 1):
        with contextlib.suppress(InfrastructureError):
            return _run_once(image, script, files, limits)
    return _run_once(image, script, files, limits)


def _run_once(image: Path, script: str, files: Mapping[str, bytes], limits: Limits) -> CompletedRun:
    folder = Path(tempfile.mkdtemp(prefix="repository-"))
    try:
        folder.chmod(0o755)
        (folder / "input").mkdir()
        for name, content in {**files, "shell": _SHELL.encode(), "script": script.encode()}.items():
            (folder / "input" / name).write_bytes(content)
            (folder / "input" / name).chmod(0o644)
        for name in ("overlay", "tmp"):
            (folder / name).mkdir()
            if os.geteuid() == 0:
                os.chown(folder / name, *identity())
        return _watched(_command(image, folder, limits.network), limits)
    finally:
        _remove(folder)


def _command(image: Path, folder: Path, network: bool) -> list[str]:
    arguments = [
        *apptainer.isolation(),
        # With the name root, the one user of the container's namespace owns all files. Apptainer's helpers for more users differ between machines.
        *("--fakeroot", "--ignore-subuid", "--ignore-fakeroot-command"),
        *([] if network else ["--net", "--network", "none"]),
        *("--overlay", str(folder / "overlay"), "--bind", f"{folder / 'tmp'}:/tmp", "--bind", f"{folder / 'input'}:{INPUT}:ro", "--pwd", "/"),
    ]
    return [apptainer.executable(), "--nocolor", "--silent", "exec", *arguments, str(apptainer.startable(image)), "/bin/bash", f"{INPUT}/shell"]


def _watched(command: list[str], limits: Limits) -> CompletedRun:
    """Run a container until it ends or exceeds a limit."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0, **unprivileged(apptainer.environment())
    )
    assert process.stdout is not None
    log = bytearray()
    limit = ""
    elapsed = Elapsed()
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            looked = 0.0
            while not limit:
                if selector.select(POLL_SECONDS):
                    chunk = os.read(process.stdout.fileno(), 1 << 16)
                    if not chunk:
                        break
                    log += chunk
                if elapsed.look() - looked >= POLL_SECONDS:
                    looked = elapsed.seconds
                    limit = _exceeded(process.pid, limits)
                if elapsed.seconds > limits.wall_seconds:
                    limit = "timeout"
                if len(log) > LOG_BYTES:
                    limit = "output"
        if not limit:
            # The pipe is closed, but the container may still run: a script can close its output.
            while process.poll() is None and not limit:
                time.sleep(POLL_SECONDS / 10)
                limit = _exceeded(process.pid, limits) or ("timeout" if elapsed.look() > limits.wall_seconds else "")
    finally:
        kill(process)
        process.stdout.close()
    before, started, after = bytes(log).partition(_STARTED)
    if not started:
        why = apptainer.reason(before.decode("utf-8", "replace")) or f"status {process.returncode}"
        raise InfrastructureError(f"the container of a repository does not start ({why}): {apptainer.INSTALL}")
    return CompletedRun(None if limit else process.returncode, limit, after.decode("utf-8", "replace"))


def _exceeded(launcher: int, limits: Limits) -> str:
    """The limit that the descendants of a launcher exceed, or an empty text.

    CPU time includes that of processes that have ended, as their parents have waited for them. Memory is private memory and a share of shared memory.
    """
    processes = descendants(launcher)
    ticks = sum(int(ticks) for fields in processes.values() for ticks in fields[11:15])
    if ticks > limits.cpu_seconds * os.sysconf("SC_CLK_TCK"):
        return "timeout"
    most = limits.memory_mb << 20
    files = _bytes_of_files(processes)
    # Resident pages count once for each process that shares them, but are quick to read: a first look.
    pages = sum(int(fields[21]) for fields in processes.values())
    if files + pages * os.sysconf("SC_PAGE_SIZE") > most and files + sum(map(_proportional_bytes, processes)) > most:
        return "memory"
    return ""


def _bytes_of_files(processes: Iterable[int]) -> int:
    """Bytes of a container's files in memory: Apptainer makes one file system for /dev, /dev/shm and /var/tmp, as large as the kernel allows."""
    # The youngest processes are inside.
    for number in sorted(processes, reverse=True):
        with contextlib.suppress(OSError):
            there = os.statvfs(f"/proc/{number}/root/dev")
            return (there.f_blocks - there.f_bfree) * there.f_frsize
    return 0


def _proportional_bytes(number: int) -> int:
    """A process's memory, with its share of memory that others use, too."""
    try:
        found = re.search(r"^Pss: *(\d+) kB", Path(f"/proc/{number}/smaps_rollup").read_text(encoding="utf-8"), re.M)
    except OSError:
        return 0
    return int(found[1]) << 10 if found else 0


def _remove(folder: Path) -> None:
    """Remove a folder that untrusted code wrote to: it may contain folders closed to their owner or too deep to name, and what an overlay leaves.

    Done as the user that wrote it, so that no name or link in it leads to files that this user could not remove before.
    """
    options = unprivileged({"PATH": os.defpath})
    inside = [str(folder / name) for name in ("overlay", "tmp")]
    for command in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
        subprocess.run([*command, *inside], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, **options)
    shutil.rmtree(folder, ignore_errors=True)
