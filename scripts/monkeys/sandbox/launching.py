"""What sandboxes of all kinds share: which user starts them, what that user can reach, and how they are ended."""

import atexit
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Protocol

NOBODY = 65534


class Launcher(Protocol):
    """What a module offers that starts a kind of sandbox."""

    INSTALL: str
    """What to install or change where it does not work."""

    def command(self, image: Any, /) -> list[str]:
        """The command that starts Python inside, from an image or None, to be run with ``unprivileged(environment())``; the interpreter's own
        arguments follow it."""

    def environment(self) -> dict[str, str]:
        """The environment of the launcher; none of it reaches programs."""

    def version(self) -> str:
        """Its version."""


def identity() -> tuple[int, int]:
    """User and group that start a sandbox: the caller's, or nobody's if the caller is root.

    Root inside a container can reach settings of the kernel, whatever the container promises.
    """
    return (NOBODY, NOBODY) if os.geteuid() == 0 else (os.geteuid(), os.getegid())


def unprivileged(environment: dict[str, str]) -> dict[str, Any]:
    """Arguments of ``subprocess`` that start a program as ``identity``, with this environment and without the caller's terminal."""
    user, group = identity()
    drop = {"user": user, "group": group, "extra_groups": []} if os.geteuid() == 0 else {}
    return {**drop, "cwd": "/", "env": environment, "start_new_session": True}


def reachable(path: Path) -> bool:
    """Whether ``identity`` can reach a resolved path: a checkout under /root may be closed to nobody."""
    return os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in path.parents)


def open_folder() -> Path:
    """A new folder that ``identity`` can reach; it is removed when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="sandbox-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    return folder


def stop(process: subprocess.Popen[bytes], seconds: float = 5) -> None:
    """End a launcher and all that runs in its sandbox: by end of input, which a server inside obeys, and after ``seconds`` by ``kill``.

    Not by SIGTERM: Apptainer forwards it to the server, which as process 1 ignores it unless it has a handler, and loses one that comes while the
    sandbox starts.
    """
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a launcher and all its descendants. SIGKILL for the launcher alone would leave the program that mounts the image running for ever."""
    if process.poll() is None:
        # Stopped first, so that it starts nothing new while its descendants are looked for.
        process.send_signal(signal.SIGSTOP)
        for number in descendants(process.pid):
            with contextlib.suppress(OSError):
                os.kill(number, signal.SIGKILL)
        process.kill()
    process.wait()


def descendants(number: int) -> dict[int, list[str]]:
    """The processes that a process has started, and those that they have started: by id, the fields of /proc's ``stat`` from the state on."""
    found: dict[int, list[str]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            # After the name, which may contain anything.
            found[int(folder.name)] = (folder / "stat").read_text(errors="replace", encoding="utf-8").rpartition(")")[2].split()
    children: dict[int, list[int]] = {}
    for child, fields in found.items():
        children.setdefault(int(fields[1]), []).append(child)
    numbers = list(children.get(number, []))
    for child in numbers:
        numbers += children.get(child, [])
    return {child: found[child] for child in numbers}
