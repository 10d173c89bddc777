"""What sandboxes of all kinds share: whom they are started as, what can be reached then, and how they are ended."""

import atexit
import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Protocol

NOBODY = 65534
LIBRARY = Path(__file__).parents[2]
_IMPORT = re.compile(r"^from (monkeys[.\w]*) import .*\n", re.MULTILINE)


class Launcher(Protocol):
    """What a module offers that starts a kind of sandbox."""

    INSTALL: str
    """What to do where it does not work."""

    def command(self, image: Any, /) -> list[str]:
        """What starts Python inside, from an image or None, with ``dropped(environment())``; the interpreter's own arguments follow it."""

    def environment(self) -> dict[str, str]:
        """What the launcher itself gets; none of it reaches programs."""

    def version(self) -> str:
        """What it says of itself."""


def identity() -> tuple[int, int]:
    """User and group that a sandbox is started as: the caller's, or nobody's where the caller is root.

    Root inside a container can reach settings of the kernel, whatever the container promises.
    """
    return (NOBODY, NOBODY) if os.geteuid() == 0 else (os.geteuid(), os.getegid())


def dropped(environment: dict[str, str]) -> dict[str, Any]:
    """Arguments of ``subprocess`` that start a program as ``identity`` and away from the caller's terminal."""
    user, group = identity()
    drop = {"user": user, "group": group, "extra_groups": []} if os.geteuid() == 0 else {}
    return {**drop, "cwd": "/", "env": environment, "start_new_session": True}


def reachable(path: Path) -> bool:
    """Whether ``identity`` gets to a resolved path: a checkout under /root may be closed to nobody."""
    return os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in path.parents)


@cache
def self_contained(path: Path) -> str:
    """The text of a program for where the library is not: each module of the library that it imports stands in the place of the import."""
    seen: set[str] = set()

    def text(source: Path) -> str:
        return _IMPORT.sub(imported, source.read_text(encoding="utf-8"))

    def imported(line: re.Match[str]) -> str:
        if line[1] in seen:
            return ""
        seen.add(line[1])
        return text(LIBRARY.joinpath(*line[1].split(".")).with_suffix(".py"))

    return text(path)


def open_folder() -> Path:
    """A new folder that ``identity`` can reach; it goes when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="sandbox-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    return folder


def stop(process: subprocess.Popen[bytes], seconds: float = 5) -> None:
    """End a launcher, and with it all that runs in its sandbox: by end of input, which a server inside obeys, and after so many seconds by ``kill``.

    Not by SIGTERM: Apptainer hands it on to the server, which as process 1 does not feel it unless it has a handler, and loses one that comes
    while the sandbox starts.
    """
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a launcher at once. SIGKILL for it alone would leave the program that holds the image's mount, for ever."""
    if process.poll() is None:
        # Stopped first, so that it starts nothing new while what it has started is looked for.
        process.send_signal(signal.SIGSTOP)
        for number in below(process.pid):
            with contextlib.suppress(OSError):
                os.kill(number, signal.SIGKILL)
        process.kill()
    process.wait()


def below(number: int) -> dict[int, list[str]]:
    """The processes that a process has started, and those that they have: of each what /proc says in its ``stat``, from the state on."""
    found: dict[int, list[str]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            # After the name, which may hold anything.
            found[int(folder.name)] = (folder / "stat").read_text(errors="replace", encoding="utf-8").rpartition(")")[2].split()
    children: dict[int, list[int]] = {}
    for child, fields in found.items():
        children.setdefault(int(fields[1]), []).append(child)
    numbers = list(children.get(number, []))
    for child in numbers:
        numbers += children.get(child, [])
    return {child: found[child] for child in numbers}
