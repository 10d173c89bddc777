"""Apptainer as a sandbox: what ``bubblewrap.py`` promises, with an image as the system. Needs no set-user-id program, no service and no root."""

import json
import os
import re
import shutil
from functools import cache
from pathlib import Path
from typing import Any

from spython.utils import run_command  # type: ignore[import-untyped]

from monkeys.errors import InfrastructureError
from monkeys.sandbox.launching import identity, open_folder, reachable

FUSE = Path("/dev/fuse")
INSTALL = "install Apptainer 1.1 or newer, or load a cluster's module of it; the kernel must allow user namespaces"
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "OPENBLAS_NUM_THREADS": "1",
}
"""The whole environment of programs."""
NEW_USER_NAMESPACE = 0x10000000
SYSTEM_CALLS: dict[str, Any] = {
    "defaultAction": "SCMP_ACT_ALLOW",
    "syscalls": [
        # A process that makes a user namespace is root in it, and reaches parts of the kernel that are meant for root.
        {"names": ["unshare", "setns", "ptrace"], "action": "SCMP_ACT_ERRNO"},
        {
            "names": ["clone"],
            "action": "SCMP_ACT_ERRNO",
            "args": [{"index": 0, "op": "SCMP_CMP_MASKED_EQ", "value": NEW_USER_NAMESPACE, "valueTwo": NEW_USER_NAMESPACE}],
        },
        # Its flags lie in memory, which a filter cannot read. Apptainer can answer with "not permitted" only, on which C libraries give up. If a
        # call is left to a tracer and there is none, the kernel answers "no such call", on which they fall back to clone.
        {"names": ["clone3"], "action": "SCMP_ACT_TRACE"},
    ],
}


def executable() -> str:
    """The path of Apptainer, also under its former name.

    Raises:
        InfrastructureError: it is not on the PATH; the message says what to do.
    """
    found = shutil.which("apptainer") or shutil.which("singularity")
    if found is None:
        raise InfrastructureError(f"there is no Apptainer on the PATH: {INSTALL}")
    return found


def available() -> bool:
    """Whether Apptainer is on the PATH, also under its former name."""
    return (shutil.which("apptainer") or shutil.which("singularity")) is not None


def version() -> str:
    """The version that ``apptainer --version`` prints, without the name."""
    # spython's own functions look for a program called singularity, which is a game on Debian.
    try:
        answer = run_command([executable(), "--version"], quiet=True)
    except OSError as error:
        raise InfrastructureError(f"Apptainer does not start ({error}): {INSTALL}") from error
    text = " ".join(answer["message"]).strip()
    found = re.search(r"(?:apptainer|singularity\S*) version (\S+)", text)
    if answer["return_code"] or found is None:
        raise InfrastructureError(f"Apptainer does not start ({text or answer['return_code']}): {INSTALL}")
    return found[1]


@cache
def _own_files() -> Path:
    """A folder with the files that Apptainer needs beside the image, reachable by ``identity``; it is removed when this process ends."""
    folder = open_folder()
    user, group = identity()
    (folder / "configuration").mkdir()
    if os.geteuid() == 0:
        os.chown(folder / "configuration", user, group)
    (folder / "system_calls.json").write_text(json.dumps(SYSTEM_CALLS), encoding="utf-8")
    (folder / "passwd").write_text(f"root:x:0:0::/:/bin/sh\nsandbox:x:{user}:{group}::/tmp:/bin/sh\n", encoding="utf-8")
    (folder / "group").write_text(f"root:x:0:\nsandbox:x:{group}:\n", encoding="utf-8")
    (folder / "hostname").write_text("sandbox\n", encoding="utf-8")
    (folder / "resolv.conf").touch()
    for path in folder.iterdir():
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


@cache
def startable(image: Path) -> Path:
    """The image, or a copy if it cannot be started as it is: a folder if it cannot be mounted, which takes seconds.

    Raises:
        InfrastructureError: it does not exist, or cannot be unpacked.
    """
    image = image.resolve()
    if not image.exists():
        raise InfrastructureError(f"the image {image} does not exist")
    if os.geteuid() == 0:
        readable = image.stat().st_mode & 0o004
        mountable = FUSE.exists() and FUSE.stat().st_mode & 0o006 == 0o006
    else:
        readable, mountable = True, os.access(FUSE, os.R_OK | os.W_OK)
    if readable and reachable(image) and (image.is_dir() or mountable):
        return image
    place = open_folder()
    if image.is_file() and mountable:
        copy = place / image.name
        shutil.copyfile(image, copy)
        copy.chmod(0o644)
        return copy
    folder = place / image.stem
    run(["build", "--force", "--sandbox", str(folder), str(image)], f"the image {image} cannot be unpacked")
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o777 | (0o755 if path.is_dir() else 0o444))
    return folder


def run(arguments: list[str], complaint: str, folder: Path | None = None, variables: dict[str, str] | None = None) -> None:
    """Run Apptainer as the caller, and wait for it.

    Raises:
        InfrastructureError: it failed; the message is ``complaint`` with Apptainer's error message.
    """
    # spython's Client.build and Client.pull hide whether Apptainer failed and why, and look for a program called singularity.
    change = ["env", f"--chdir={folder}"] if folder else []
    answer = run_command([*change, executable(), "--nocolor", *arguments], quiet=True, environ=variables)
    if answer["return_code"]:
        raise InfrastructureError(f"{complaint} ({reason(''.join(answer['message'])) or answer['return_code']})")


def reason(text: str) -> str:
    """Apptainer's error message: the last line marked FATAL, else the last marked ERROR, else the last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for kind in ("FATAL:", "ERROR:", ""):
        for line in reversed(lines):
            if line.startswith(kind):
                return line.removeprefix(kind).strip()
    return ""


def environment() -> dict[str, str]:
    """The environment of the launcher; none of it reaches programs."""
    folder = str(_own_files() / "configuration")
    return {"PATH": os.environ.get("PATH", os.defpath), "HOME": folder, "APPTAINER_CONFIGDIR": folder, "APPTAINER_CACHEDIR": folder}


def isolation() -> list[str]:
    """Arguments for every container: namespaces of its own, no privileges, nothing of the host's, and a filter of system calls. The network is not
    among them."""
    return [
        *("--containall", "--userns", "--no-privs", "--hostname", "sandbox"),
        # A site may add folders, and the devices and libraries of its GPUs, to every container.
        *("--no-home", "--no-mount", "sys,hostfs,bind-paths", "--no-nv", "--no-rocm"),
        # Apptainer's /dev/shm has no limit; a scratch folder shares that of /tmp.
        *("--scratch", "/dev/shm"),
        # Without Apptainer's own process 1: programs of the same user could read its memory and descriptors, under the id of any of its threads.
        # The program is process 1 then, and cannot be read.
        *("--no-init", "--bind", "/proc/sys:/proc/sys:ro"),
        *("--security", f"seccomp:{_own_files() / 'system_calls.json'}"),
    ]


def command(image: Path) -> list[str]:
    """The command that starts the Python of an image inside; the interpreter's own arguments follow it.

    What programs can write to is held in memory, all of it together in what the site's ``sessiondir max size`` allows: 64 MB if nobody changed it.

    Raises:
        InfrastructureError: there is no Apptainer, or no image.
    """
    files = _own_files()
    arguments = [
        *isolation(),
        *("--net", "--network", "none", "--pwd", "/tmp"),
        # Apptainer would make these for every container, writable and with the caller's name and home in them.
        *(word for name in ("passwd", "group", "hostname", "resolv.conf") for word in ("--bind", f"{files / name}:/etc/{name}:ro")),
    ]
    variables = [f"{name}={value}" for name, value in ENVIRONMENT.items()]
    return [executable(), "--silent", "exec", *arguments, str(startable(image)), "/usr/bin/env", "-i", *variables, "python3"]
